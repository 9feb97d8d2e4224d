#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# spec-lifecycle.bats: the specification's rows of the life of a container
load helpers

setup_test() {
	need_root
	config '.root.readonly = false'
	program sleep 100
}

# fails COMMAND...: with one line, and the container as it was
fails() {
	local before after
	before=$(taper state "$ID" 2>&1)
	expect 1 taper "$@"
	is "${#lines[@]}" 1
	after=$(taper state "$ID" 2>&1)
	is "$after" "$before"
}

@test "RT-1 an id is there once, and for each state root" {
	launch
	fails create "$ID"
	has "already exists"
	is "$(status_of)" running
	config '.linux.cgroupsPath += "-other"'
	"$TAPER" --root "$T/root2" run --detach "$ID" </dev/null >/dev/null 2>&1 3>&-
	"$TAPER" --root "$T/root2" delete --force "$ID"
	is "$(status_of)" running
}

@test "RT-2 state of an id that is not there" {
	expect 1 taper state "$ID"
	has "does not exist"
}

@test "RT-3 RT-4 RT-5 created, running, stopped, and what start may do" {
	script 'touch /ran; sleep 100'
	create
	is "$(status_of)" created
	[ ! -e rootfs/ran ]
	[ -e "/proc/$PID" ]
	taper start "$ID"
	wait_for 5 test -e rootfs/ran
	is "$(status_of)" running
	fails start "$ID"
	taper kill "$ID" KILL
	wait_for 5 status_is stopped
	fails start "$ID"
}

@test "RT-3 creating, while create works" {
	config --arg dir "$T" '.hooks.createRuntime = [{path: "/bin/sh",
		args: ["sh", "-c", "jq -r .status >\($dir)/status"]}]'
	create
	is "$(cat "$T/status")" creating
}

@test "RT-6 kill: created and running, not stopped" {
	create
	taper kill "$ID" KILL
	wait_for 5 status_is stopped
	fails kill "$ID" KILL
	taper delete "$ID"
	script 'trap "exit 3" USR1; touch /ready; while :; do sleep 0.02; done'
	launch
	wait_for 5 test -e rootfs/ready
	taper kill "$ID" USR1
	wait_for 5 status_is stopped
}

@test "RT-7 RT-9 delete: not running, and the id is free again" {
	launch
	fails delete "$ID"
	taper kill "$ID" KILL
	wait_for 5 status_is stopped
	taper delete "$ID"
	create
	taper delete "$ID"
	create
	is "$(status_of)" created
}

@test "RT-20 the steps, each at its time" {
	local hook
	for hook in prestart createRuntime createContainer startContainer poststart poststop; do
		config --arg hook "$hook" --arg log "$T/log" '.hooks[$hook] = [{path: "/bin/sh",
			args: ["sh", "-c", "echo \($hook) >>\(if $hook == "startContainer" then "/log" else $log end)"]}]'
	done
	config '.process.args = ["sh", "-c", "echo program >>/log; exec sleep 100"]'
	create
	is "$(paste -sd ' ' "$T/log")" "prestart createRuntime createContainer"
	[ ! -e rootfs/log ]
	taper start "$ID"
	is "$(tail -n 1 "$T/log")" poststart
	wait_for 5 grep -q program rootfs/log
	is "$(paste -sd ' ' rootfs/log)" "startContainer program"
	taper kill "$ID" KILL
	wait_for 5 status_is stopped
	is "$(tail -n 1 "$T/log")" poststart
	taper delete "$ID"
	is "$(tail -n 1 "$T/log")" poststop
}

@test "RT-30 a create that fails, early and late, leaves nothing" {
	local filter
	cp config.json "$T/good.json"
	for filter in '.mounts += [{destination: "/x", type: "bind", source: "/none", options: ["bind"]}]' \
		'.mounts += [{destination: "/x", type: "tmpfs", source: "x", options: ["size=bad"]}]' \
		'.process.args = ["/none"]' '.linux.sysctl = {"kernel.msgmax": "no number"}' \
		'.hooks.createContainer = [{path: "/bin/false"}]'; do
		jq "$filter" <"$T/good.json" >config.json
		refused "taper: create"
		[ ! -e "$ROOT/$ID" ]
		is "$(left_processes; left_mounts; left_cgroups)" ""
	done
}

@test "RT-32 state: JSON on standard output, with the specification's properties" {
	launch
	taper state "$ID" 2>"$T/err" |
		jq -e --arg id "$ID" --arg bundle "$BUNDLE" --argjson pid "$PID" '
			(.ociVersion | test("^1\\.[0-9]+\\.[0-9]+")) and .id == $id and .status == "running" and
			.pid == $pid and .bundle == $bundle'
	[ ! -s "$T/err" ]
}

@test "HK-18 the end of a hook's output is in the error" {
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo to out; echo to err >&2; exit 4"]}]'
	refused "to err"
	has "to out"
	has 4
}
