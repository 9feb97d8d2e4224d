#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# spec-config.bats: the specification's rows of the bundle, config.json as a whole, the root, annotations
load helpers

setup_test() {
	need_root
	cp config.json "$T/good.json"
}

# refuses FILTER TEXT: the good config with this change
refuses() {
	jq "$1" <"$T/good.json" >config.json
	refused "$2"
	[ ! -e "$ROOT/$ID" ] || { echo "state was made"; return 1; }
}

# runs FILTER [TEXT]
runs() {
	jq "$1" <"$T/good.json" >config.json
	expect 0 taper --log-level error run "$ID"
	[ $# -eq 1 ] || is "$output" "$2"
}

@test "B-1 config.json: missing, a directory, or of another name" {
	mv config.json Config.json
	refused "$BUNDLE/config.json"
	[ ! -e "$ROOT/$ID" ]
	mkdir config.json
	refused "$BUNDLE/config.json"
	[ ! -e "$ROOT/$ID" ]
}

@test "B-2 R-2 root.path: relative, absolute, missing, not a directory" {
	runs .
	mv rootfs other
	refused rootfs
	[ ! -e "$ROOT/$ID" ]
	runs '.root.path = "other"'
	runs ".root.path = \"$BUNDLE/other\""
	: >file
	refuses '.root.path = "file"' file
	mv other rootfs
}

@test "B-3 the bundle is not part of the container" {
	echo secret >beside
	runs '.process.args = ["sh", "-c", "cat /config.json /../beside /../config.json 2>/dev/null; echo end"]' end
}

@test "B-4 the bundle is the current directory, and absolute in the state" {
	program sleep 100
	launch
	is "$(taper state "$ID" | jq -r .bundle)" "$BUNDLE"
	taper delete --force "$ID"
	cd ..
	launch --bundle bundle
	is "$(taper state "$ID" | jq -r .bundle)" "$BUNDLE"
	taper delete --force "$ID"
	refused "$T/config.json"
}

@test "B-5 changes of config.json after create have no effect" {
	script 'echo old; read line'
	mkfifo "$T/in"
	exec 9<>"$T/in"
	taper create "$ID" <"$T/in" >"$T/out" 2>&1 3>&-
	script 'echo new'
	taper start "$ID"
	wait_for 5 grep -q . "$T/out"
	is "$(cat "$T/out")" old
	exec 9>&-
}

@test "C-1 ociVersion: what is accepted, and what is not" {
	local version
	for version in 1.0.0 1.0.2-dev 1.3.0-rc.1 1.2.0+build.5 1.3.0 1.99.0; do
		runs ".ociVersion = \"$version\""
	done
	for version in x 2.0.0 0.9.0 1.2 1.2.3.4 01.2.3 1.2.3- ""; do
		refuses ".ociVersion = \"$version\"" ociVersion
	done
	refuses 'del(.ociVersion)' ociVersion
	refuses '.ociVersion = 1' ociVersion
}

@test "C-2 unknown properties, everywhere" {
	runs '.zzz = 1 | .root.zzz = [1, {"a": null}] | .process.zzz = {} | .process.user.zzz = "x" |
		.linux.zzz = true | .linux.resources.zzz = {"b": [[]]} | .mounts[0].zzz = 1.5 |
		.linux.namespaces[0].zzz = "x"'
}

@test "C-3 wrong types, ranges and names" {
	refuses '.root.readonly = "yes"' root.readonly
	refuses '.linux.resources.cpu.shares = -1' linux.resources.cpu.shares
	jq '.linux.resources.pids.limit = "BIG"' <"$T/good.json" |
		sed 's/"BIG"/9223372036854775808/' >config.json
	refused linux.resources.pids.limit
	refuses '.linux.rootfsPropagation = "some"' linux.rootfsPropagation
	refuses '.process.args = "true"' process.args
}

@test "C-4 without mounts, and without linux" {
	runs 'del(.mounts)'
	# No linux block, no mount namespace: refused like every config without one (N-5).
	refuses 'del(.linux, .hostname)' namespace
}

@test "C-5 blocks of other platforms" {
	runs '.windows = {"layerFolders": 5} | .solaris = {"milestone": 1} | .vm = {"kernel": []} |
		.zos = {"x": 1} | .freebsd = {"jail": 7}'
}

@test "C-7 a key that appears twice" {
	sed '0,/"cwd"/s//"cwd": "\/tmp",\n"cwd"/' "$T/good.json" >config.json
	refused process.cwd
}

@test "C-8 null is absent" {
	runs '.hooks = null | .annotations = null | .linux.devices = null | .linux.seccomp = null |
		.process.rlimits = null | .process.capabilities = null | .linux.resources = null |
		.linux.sysctl = null | .process.apparmorProfile = null | .process.oomScoreAdj = null'
	runs '.mounts = null'
	refuses '.process.cwd = null' process.cwd
}

@test "C-9 64-bit numbers are exact" {
	need_controller memory
	jq '.process.rlimits = [{type: "RLIMIT_CORE", soft: "S", hard: "S"}] |
		.process.args = ["grep", "core file", "/proc/self/limits"]' <"$T/good.json" |
		sed 's/"S"/9007199254740993/' >config.json
	# The hard limit of the caller may be lower than what can be asked for.
	if prlimit --core=9007199254740993 true 2>/dev/null; then
		expect 0 taper run "$ID"
		has 9007199254740993
	fi
	jq '.process.rlimits = [{type: "RLIMIT_CORE", soft: "S", hard: "S"}] |
		.process.args = ["grep", "core file", "/proc/self/limits"]' <"$T/good.json" |
		sed 's/"S"/18446744073709551615/' >config.json
	(
		[ "$(ulimit -Hc)" = unlimited ] || exit 0
		expect 0 taper run "$ID"
		[[ $(tr -s ' ' <<<"$output") == *"unlimited unlimited"* ]]
	)
}

@test "R-1 root is required" {
	refuses 'del(.root)' root
	refuses '.root = {}' root.path
}

@test "A-1 annotations: keys and values" {
	refuses '.annotations = {"a": 1}' annotations.a
	refuses '.annotations = {"": "x"}' annotations
	runs '.annotations = {"a": ""}'
}

@test "A-2 A-3 annotations are in the state as they were" {
	config '.annotations = {"org.opencontainers.x": "1", "com.example.ü": "a\"b\\c\n", "e": ""}'
	program sleep 100
	launch
	is "$(taper state "$ID" | jq -cS .annotations)" "$(jq -cS .annotations config.json)"
	taper delete --force "$ID"
	config 'del(.annotations)'
	launch
	is "$(taper state "$ID" | jq 'has("annotations")')" false
}

@test "U-4 username is ignored" {
	runs '.process.user.username = "nobody" | .process.args = ["id", "-u"]' 0
}

@test "RT-31 a warning goes to the log and changes nothing" {
	config '.process.capabilities.bounding += ["CAP_NONE_SUCH"] | .process.args = ["sh", "-c", "exit 7"]'
	expect 7 taper --log "$T/log" --log-level warning run "$ID"
	grep -q CAP_NONE_SUCH "$T/log"
}

@test "C-2 C-5 with --debug unknown properties are told, with their place" {
	config '.linux.zzz = [1] | .windows = {}'
	program true
	expect 0 taper --debug run "$ID"
	has "linux.zzz: not known, and ignored (line "
	has "windows: not known"
	expect 0 taper run "$ID"
	is "$output" ""
}
