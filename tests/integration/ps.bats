#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# ps.bats: the processes of a container

load helpers

setup_test() {
	need_root
}

three() {
	script 'sleep 1001 & sleep 1002 & wait'
	launch
	wait_for 5 all_there
}

all_there() {
	[ "$(taper ps -f json "$ID" | jq length)" = 3 ]
}

@test "ps: the lines of ps -ef, or what is asked of ps" {
	need ps
	three
	expect 0 taper ps "$ID"
	is "${#lines[@]}" 4
	[[ ${lines[0]} == UID*PID*CMD ]]
	has "sleep 1001"
	has "sleep 1002"
	expect 0 taper ps --format table "$ID" -e -o ppid,pid,args
	[[ ${lines[0]} == *PPID*PID*COMMAND ]]
	has "& wait"
	expect 1 taper ps "$ID" -e -o args
	has "no column PID"
	expect 1 taper ps "$ID" --no-such-option
	has "ps failed"
}

@test "ps -f json: numbers, also of cgroups that the container has made, and when it is paused" {
	three
	expect 0 taper ps --format json "$ID"
	is "$(jq -c 'map(type) | unique' <<<"$output")" '["number"]'
	[[ $output == *"$PID"* ]]
	dir=$(cgroup_dir pids)
	mkdir "$dir/below"
	last=$(jq '.[-1]' <<<"$output")
	echo "$last" >"$dir/below/cgroup.procs"
	[ -d /sys/fs/cgroup/unified ] || is "$(taper ps -f json "$ID" | jq -c .)" "$output"
	all_there
	expect 0 taper pause "$ID"
	all_there
}

@test "ps without the program ps: a table of its own" {
	three
	no_ps='for p in /usr/bin/ps /bin/ps; do ! [ -e $p ] || mount --bind /dev/null $p; done; exec "$@"'
	expect 0 unshare --mount sh -c "$no_ps" sh "$TAPER" --root "$ROOT" ps "$ID"
	[[ ${lines[0]} == *PID*STATE*CMD ]]
	has "$PID S     sh -c sleep 1001 & sleep 1002 & wait"
	has "sleep 1002"
	is "${#lines[@]}" 4
	expect 1 unshare --mount sh -c "$no_ps" sh "$TAPER" --root "$ROOT" ps "$ID" -e
	has "no ps"
}

@test "ps without a cgroup: the processes of the pid namespace" {
	script 'sleep 1001 & sleep 1002 & wait'
	config '.linux.resources = {}'
	taper --cgroup-manager disabled run --detach --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1 3>&-
	PID=$(cat "$T/pid")
	wait_for 5 all_there
	expect 0 taper ps -f json "$ID"
	has "$PID"
}

@test "ps of what is not there or has ended" {
	expect 1 taper ps "$ID"
	has "does not exist"
	launch
	wait_for 5 status_is stopped
	expect 0 taper ps "$ID"
	is "${#lines[@]}" 1
	has PID
	is "$(taper ps --format json "$ID")" "[]"
}
