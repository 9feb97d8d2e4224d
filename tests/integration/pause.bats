#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# pause.bats: pause and resume, and everything that can be done to a paused container, with the freezer of
# v1 (where the host has it) and with that of v2

load helpers

setup_test() {
	need_root
}

# ticking: launch a container that counts, in the file rootfs/count
ticking() {
	script 'while :; do echo >>/count; sleep 0.02; done'
	config '.root.readonly = false'
	launch
	wait_for 5 test -s rootfs/count
}

count() {
	stat -c %s rootfs/count
}

grows() {
	local before
	before=$(count)
	wait_for 5 has_grown "$before"
}

has_grown() {
	[ "$(count)" -gt "$1" ]
}

# stands_still: nothing is counted in ten times the time of one count
stands_still() {
	local before
	before=$(count)
	sleep 0.2
	is "$(count)" "$before"
}

# on_v2: let all calls see cgroup v2 alone
on_v2() {
	"$SRCDIR/tests/lib/v2-view" test -e /sys/fs/cgroup/cgroup.procs 2>/dev/null ||
		skip "cannot mount cgroup2"
	TAPER_WRAP="$SRCDIR/tests/lib/v2-view $TAPER_WRAP"
}

need_v1() {
	need_controller freezer
	[ -n "$(awk '/ - cgroup / && $NF ~ /freezer/' /proc/self/mountinfo)" ] || skip "no freezer of v1 here"
}

# teardown_test: teardown deletes through the same view
teardown_test() {
	[ -z "$TAPER_WRAP" ] || taper delete --force "$ID" </dev/null 3>&-
}

pause_and_resume() {
	ticking
	expect 1 taper resume "$ID"
	has "container not paused"
	expect 0 taper pause "$ID"
	is "$output" ""
	is "$(status_of)" paused
	is "$(taper state "$ID" | jq .pid)" "$PID"
	is "$(taper list -f json | jq -r '.[].status')" paused
	stands_still
	expect 1 taper pause "$ID"
	has "container already paused"
	expect 1 taper start "$ID"
	has "resume it first"
	expect 1 taper delete "$ID"
	has "it is paused"
	expect 0 taper resume "$ID"
	is "$(status_of)" running
	grows
	expect 1 taper resume "$ID"
}

@test "pause and resume: v1" {
	need_v1
	pause_and_resume
}

@test "pause and resume: v2" {
	on_v2
	pause_and_resume
}

end_paused() {
	ticking
	expect 0 taper pause "$ID"
	expect 0 taper kill "$ID" TERM
	is "$(status_of)" paused
	expect 0 taper kill "$ID" KILL
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID"
	ticking
	expect 0 taper pause "$ID"
	expect 0 taper kill --all "$ID" KILL
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID"
	ticking
	expect 0 taper pause "$ID"
	expect 0 taper delete --force "$ID"
	is "$(taper list -q)" ""
}

@test "F14 kill and delete of a paused container: v1" {
	need_v1
	end_paused
}

@test "F14 kill and delete of a paused container: v2" {
	on_v2
	end_paused
}

# Without a pid namespace nobody but taper ends the others.
end_paused_without_pidns() {
	config '.linux.namespaces |= map(select(.type != "pid")) | .root.readonly = false'
	program sh -c 'sleep 1000 & sleep 1000 & echo >/count; wait'
	launch
	wait_for 5 test -s rootfs/count
	expect 0 taper pause "$ID"
	expect 0 taper kill "$ID" 9
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID"
	rm rootfs/count
	launch
	wait_for 5 test -s rootfs/count
	expect 0 taper pause "$ID"
	expect 0 taper delete -f "$ID"
}

@test "a paused container without a pid namespace of its own: v1" {
	need_v1
	end_paused_without_pidns
}

@test "a paused container without a pid namespace of its own: v2" {
	on_v2
	end_paused_without_pidns
}

@test "a created container can be paused; it is created again after resume" {
	create
	expect 0 taper pause "$ID"
	is "$(status_of)" paused
	expect 0 taper resume "$ID"
	is "$(status_of)" created
	expect 0 taper start "$ID"
}

@test "pause and resume of what is not there or has ended" {
	expect 1 taper pause "$ID"
	has "does not exist"
	expect 1 taper resume "$ID"
	has "does not exist"
	launch
	wait_for 5 status_is stopped
	expect 1 taper pause "$ID"
	has "container not running"
	expect 1 taper resume "$ID"
	has "container not running"
}

# stuck: a container with a process that cannot be frozen
stuck() {
	need_ear
	config '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"] | unique)
		| .root.readonly = false'
	script '/bin/ear stuck & while :; do echo >>/count; sleep 0.02; done'
	launch
	wait_for 5 test -s rootfs/count
	wait_for 5 is_stuck || skip "cannot make a process that does not freeze here"
}

is_stuck() {
	local file
	for file in $(grep -lw ear /proc/[0-9]*/comm); do
		grep -q "$ID" "${file%comm}cgroup" && grep -q handle_userfault "${file%comm}wchan" && return
	done 2>/dev/null
	return 1
}

refuses() {
	stuck
	expect 1 taper pause --timeout 1 "$ID"
	has "TAPER-SYS-005"
	[[ $output =~ not\ frozen\ in\ (1\.0|0\.[0-9])\ s,\ thawed\ again ]]
	has "(ear, state "
	lacks "(sh, state "
	is "$(status_of)" running
	grows
}

@test "who refuses to freeze is named, and the others go on: v1" {
	need_v1
	refuses
}

@test "who refuses to freeze is named, and the others go on: v2" {
	on_v2
	refuses
}

# the_pausing_one: neither a wrapper around it, nor its child that thaws
the_pausing_one() {
	local pid pids=
	for pid in $(pgrep -f "$ROOT pause --timeout 60 $ID\$"); do
		[ "$(cat "/proc/$pid/comm")" != taper ] || pids="$pids $pid "
	done
	for pid in $pids; do
		[[ $pids == *" $(ps -o ppid= -p "$pid" | tr -d ' ') "* ]] || echo "$pid"
	done
}

killed_meanwhile() {
	stuck
	taper pause --timeout 60 "$ID" </dev/null >"$T/out" 2>&1 3>&- &
	local pausing=$!
	wait_for 5 freezing
	kill -KILL "$(the_pausing_one)"
	wait "$pausing" || true
	wait_for 5 status_is running
	grows
	expect 1 taper resume "$ID"
	has "container not paused"
}

freezing() {
	local dir
	dir=$(cgroup_dir freezer)
	if [ -n "$TAPER_WRAP" ]; then
		$SRCDIR/tests/lib/v2-view grep -q 1 "/sys/fs/cgroup/$ID/cgroup.freeze"
	else
		grep -q FREEZING "$dir/freezer.state"
	fi
}

@test "taper is killed while it freezes: nothing stays frozen: v1" {
	need_v1
	killed_meanwhile
}

@test "taper is killed while it freezes: nothing stays frozen: v2" {
	on_v2
	killed_meanwhile
}

@test "frozen by a cgroup above it: paused, and resume says why it cannot" {
	need_v1
	ticking_path=/$ID-above/c
	config --arg path "$ticking_path" '.linux.cgroupsPath = $path'
	script 'sleep 1000'
	launch
	above=$(dirname "$(cgroup_dir freezer)")
	echo FROZEN >"$above/freezer.state"
	wait_for 5 status_is paused
	expect 1 taper resume "$ID"
	has "a cgroup above"
	echo THAWED >"$above/freezer.state"
	is "$(status_of)" running
}
