#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# output.bats: what state, list, spec and explain print

load helpers

# ---- state ----

@test "state: all properties, and their order" {
	program sleep 1000
	config '.annotations = {"a.b": "c"}'
	launch
	taper state "$ID" >"$T/json"
	is "$(jq -r 'keys_unsorted | join(" ")' "$T/json")" \
		"ociVersion id pid status bundle rootfs created annotations owner"
	is "$(jq -r .ociVersion "$T/json")" 1.3.0
	is "$(jq -r .id "$T/json")" "$ID"
	is "$(jq -r .status "$T/json")" running
	is "$(jq -r .bundle "$T/json")" "$BUNDLE"
	is "$(jq -r .rootfs "$T/json")" "$BUNDLE/rootfs"
	is "$(jq -r '.annotations["a.b"]' "$T/json")" c
	is "$(jq -r .owner "$T/json")" "$(id -un)"
	[[ $(jq -r .created "$T/json") =~ ^20..-..-..T..:..:..\.[0-9]{9}Z$ ]]
	is "$(tr -d '\n' <"/proc/$(jq .pid "$T/json")/comm")" sleep
	# indented by two blanks
	grep -q '^  "id": ' "$T/json"
}

@test "state: no annotations, no property" {
	create
	is "$(taper state "$ID" | jq 'has("annotations")')" false
}

# ---- list ----

@test "list: a table with a row per container" {
	program sleep 1000
	create
	config --arg path "/$ID-2" '.linux.cgroupsPath = $path'
	taper run -d "$ID-2" </dev/null >/dev/null 2>&1 3>&-
	expect 0 taper list
	is "${#lines[@]}" 3
	[[ ${lines[0]} =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER$ ]]
	[[ ${lines[1]} =~ ^$ID\ +$PID\ +created\ +$BUNDLE\ +20[^\ ]+Z\ +$(id -un)$ ]]
	[[ ${lines[2]} =~ ^$ID-2\ +[0-9]+\ +running\  ]]
	# the columns stand below each other
	before=${lines[0]%%STATUS*}
	is "${lines[1]:${#before}:7}" created
	is "${lines[2]:${#before}:7}" running
}

@test "list: JSON on one line, ids alone" {
	program sleep 1000
	create
	taper list --format json >"$T/list"
	is "$(wc -l <"$T/list")" 1
	is "$(jq -r 'map(.id, .status) | join(" ")' "$T/list")" "$ID created"
	is "$(jq -r '.[0] | keys | join(" ")' "$T/list")" \
		"bundle created id ociVersion owner pid rootfs status"
	is "$(taper list -q)" "$ID"
	is "$(taper list -f=json -q)" "$ID"
	expect 1 taper list --format yaml
	has "expected one of json, table"
}

@test "list: nothing there" {
	mkdir -m 700 "$ROOT"
	is "$(taper list -f json)" "[]"
	is "$(taper list -q)" ""
	expect 0 taper list
	is "${#lines[@]}" 1
}

# ---- spec ----

@test "spec: a config that runs, indented by tabs, not overwritten" {
	mkdir "$T/new"
	cp -a rootfs "$T/new/rootfs"
	cd "$T/new"
	expect 0 "$TAPER" spec
	is "$output" ""
	jq -e . config.json >/dev/null
	grep -q '^	"ociVersion"' config.json
	is "$(jq .process.terminal config.json)" true
	is "$(jq -r .process.args[0] config.json)" sh
	is "$(jq -r '.process.capabilities | keys | join(" ")' config.json)" "bounding effective permitted"
	sum=$(cksum <config.json)
	expect 1 "$TAPER" spec
	has "config.json exists: it is not overwritten"
	is "$(cksum <config.json)" "$sum"
	config '.process.terminal = false | .process.args = ["true"]'
	expect 0 taper run "$ID"
}

@test "spec: --bundle and --file" {
	mkdir "$T/new"
	expect 0 "$TAPER" spec -b "$T/new"
	expect 0 "$TAPER" spec -b "$T/new" -f other.json
	expect 0 "$TAPER" spec --file "$T/third.json"
	cmp "$T/new/config.json" "$T/third.json"
	cmp "$T/new/other.json" "$T/third.json"
	expect 1 "$TAPER" spec -b "$T/nowhere"
	has "write $T/nowhere/config.json: no such file or directory"
}

@test "spec --rootless: for an unprivileged user, who can run it" {
	need_root
	need setpriv
	mkdir "$T/new"
	cp -a rootfs "$T/new/rootfs"
	chown -R 65534:65534 "$T/new"
	user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$TAPER" --root "$T/new/state" "$@"; }
	cd "$T/new"
	expect 0 user spec --rootless
	is "$(jq -c '.linux.uidMappings' config.json)" '[{"containerID":0,"hostID":65534,"size":1}]'
	is "$(jq -r '[.linux.namespaces[].type] | sort | join(" ")' config.json)" "cgroup ipc mount pid user uts"
	config '.process.terminal = false | .process.args = ["sh", "-c", "id -u; exit 5"]'
	expect 5 user run "$ID"
	is "$output" 0
	expect 6 user run --rootfs "$T/new/rootfs" "$ID" sh -c 'exit 6'
}

# ---- explain ----

@test "explain: the plan, and nothing is done" {
	expect 0 taper explain
	has "container example bundle=$BUNDLE"
	has "(mounts[0])"
	expect 0 taper explain --bundle "$BUNDLE" --id "$ID" --json
	jq -e . <<<"$output" >/dev/null
	[ ! -e "$ROOT" ]
	cd "$T"
	expect 1 taper explain
	has "a bundle is a directory with config.json"
}

@test "explain: every problem of a config, a line each" {
	config '.process.cwd = "relative" | .linux.maskedPaths = ["x"] | .process.rlimits[0].soft = -3'
	expect 1 taper create "$ID"
	has "(and 2 more: taper explain lists them)"
	is "${#lines[@]}" 1
	taper explain >"$T/out" 2>"$T/err" || status=$?
	is "$status" 1
	is "$(wc -l <"$T/out")" 3
	grep -q "^$BUNDLE/config.json: process.cwd: .* at line [0-9]* column [0-9]* \[TAPER-" "$T/out"
	grep -q "linux.maskedPaths\[0\]: " "$T/out"
	grep -q "process.rlimits\[0\].soft: " "$T/out"
	grep -q "^taper: explain: .*: 3 problems" "$T/err"
	taper explain --json >"$T/json" 2>/dev/null || status=$?
	is "$(jq -r '.problems | length' "$T/json")" 3
	is "$(jq -r '[.problems[].path] | sort | join(" ")' "$T/json")" \
		"linux.maskedPaths[0] process.cwd process.rlimits[0].soft"
	jq -e '.problems[] | .code and .text and .line > 0 and .column > 0' "$T/json" >/dev/null
}

@test "explain: problems that only the planner sees have a place too" {
	config '.process.args = [] | .linux.namespaces += [{type: "pid"}]'
	taper explain >"$T/out" 2>/dev/null || true
	is "$(grep -v ' at line [0-9]* column [0-9]* ' "$T/out")" ""
	[ -s "$T/out" ]
}

@test "explain CODE: meaning and hint" {
	expect 0 taper explain MNT-003
	is "${lines[0]}" TAPER-MNT-003
	has "hint: "
	expect 0 taper explain taper-mnt-003
	expect 1 taper explain XXX-999
	has "there is no code XXX-999"
}
