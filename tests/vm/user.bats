#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# An ordinary user with a session of logind, and controllers delegated by systemd. Runs in the leg user.
load ../integration/helpers

setup_test() {
	[ "$(id -u)" -ne 0 ]
	XDG_RUNTIME_DIR=/run/user/$(id -u)
	export XDG_RUNTIME_DIR
	rm config.json
	"$TAPER" spec --rootless
	config '.process.terminal = false | .process.args = ["true"]'
}

# Run taper in a subgroup of a scope that systemd leaves to us, so that the container's group is beside it. The
# groups between, such as app.slice, are the user's too, but systemd takes controllers away there as it likes.
delegated() {
	cat >"$T/in-scope" <<-'END'
		#!/bin/sh
		own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
		mkdir "$own/caller" && echo $$ >"$own/caller/cgroup.procs" && exec "$@"
	END
	chmod 755 "$T/in-scope"
	TAPER_WRAP="systemd-run --user --scope --quiet -p Delegate=yes -- $T/in-scope"
}

@test "RS-29 run without a cgroup of its own: root inside, the user outside" {
	script 'id -u; cat /proc/self/uid_map'
	expect 0 taper run "$ID"
	is "${lines[0]}" 0
	[[ ${lines[1]} =~ ^\ *0\ +1000\ +1$ ]]
}

@test "all ids that are granted, by newuidmap" {
	config '.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}, {containerID: 1, hostID: 100000, size: 65535}]
		| .linux.gidMappings = .linux.uidMappings | .process.user = {uid: 7, gid: 8}'
	script 'id -u; id -g; exec sleep 1000'
	launch
	wait_for 5 grep -q 8 "$T/out"
	is "$(tr '\n' ' ' <"$T/out")" "7 8 "
	is "$(stat -c %u "/proc/$PID")" 100006
}

@test "limits in a delegated cgroup: memory, pids, cpu, in force and seen from outside" {
	delegated
	config '.linux.resources = {memory: {limit: 50331648}, pids: {limit: 33}, cpu: {quota: 50000, period: 100000},
		unified: {"memory.high": "41943040"}}'
	program sleep 1000
	launch
	dir=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$PID/cgroup")
	case $dir in
	/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/*) ;;
	*) false ;;
	esac
	is "$(cat "$dir/memory.max")" 50331648
	is "$(cat "$dir/memory.high")" 41943040
	is "$(cat "$dir/pids.max")" 33
	is "$(cat "$dir/cpu.max")" "50000 100000"
	taper delete --force "$ID"
	[ ! -e "$dir" ]
}

@test "a limit on processes is felt" {
	delegated
	config '.linux.resources = {pids: {limit: 4}}'
	script 'for i in 1 2 3 4 5 6; do sleep 5 & done; echo all'
	run taper run "$ID"
	lacks all
}

@test "more memory than its limit: killed, and 137" {
	delegated
	config '.linux.resources = {memory: {limit: 16777216, swap: 16777216}}'
	script 'x=$(head -c 64000000 /dev/zero | tr "\0" x); echo "${#x}"'
	run taper run "$ID"
	is "$status" 137
}

@test "RS-29 a limit where nothing is delegated: the error names the cgroup" {
	config --arg path "/$ID" '.linux.cgroupsPath = $path | .linux.resources = {pids: {limit: 33}}'
	refused "is not delegated to this user"
}

@test "create, start, kill, delete, in the session" {
	delegated
	program sleep 1000
	create
	status_is created
	taper start "$ID"
	status_is running
	taper kill "$ID" KILL
	wait_for 10 status_is stopped
	taper delete "$ID"
}

@test "the state is in XDG_RUNTIME_DIR, and goes with its container" {
	program sleep 1000
	"$TAPER" run --detach "$ID" </dev/null >"$T/out" 2>&1 3>&-
	[ -d "$XDG_RUNTIME_DIR/taper/$ID" ]
	"$TAPER" delete --force "$ID"
	[ ! -e "$XDG_RUNTIME_DIR/taper/$ID" ]
}

@test "update: a running container's limits, all or none" {
	delegated
	config '.linux.resources = {pids: {limit: 33}}'
	program sleep 1000
	launch
	dir=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$PID/cgroup")
	TAPER_WRAP=
	expect 0 taper update --dry-run --pids-limit 44 "$ID"
	is "$(cat "$dir/pids.max")" 33
	expect 0 taper update --pids-limit 44 --memory 52428800 --cpu-quota 30000 --cpu-share 2048 --cpuset-cpus 0 "$ID"
	is "$(cat "$dir/pids.max")" 44
	is "$(cat "$dir/memory.max")" 52428800
	is "$(cat "$dir/cpu.max")" "30000 100000"
	is "$(cat "$dir/cpuset.cpus")" 0
	expect 1 taper update --pids-limit 55 --cpuset-mems 77 "$ID"
	is "$(cat "$dir/pids.max")" 44
	echo '{"unified": {"memory.high": "41943040"}}' | taper update -r - "$ID"
	is "$(cat "$dir/memory.high")" 41943040
	expect 0 taper pause "$ID"
	expect 0 taper update --pids-limit 66 "$ID"
	is "$(cat "$dir/pids.max")" 66
	expect 0 taper resume "$ID"
}

@test "update of a container that has no cgroup of its own is refused" {
	program sleep 1000
	launch
	expect 1 taper update --pids-limit 44 "$ID"
	has "no cgroup of its own"
}
