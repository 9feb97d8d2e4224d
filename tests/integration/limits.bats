#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# limits.bats: death by a limit of the cgroup is told, with the limit and its file

load helpers

setup_test() {
	need_root
}

# memory BYTES
memory() {
	need_controller memory
	config --argjson bytes "$1" '.linux.resources.memory.limit = $bytes'
}

@test "F03 create: a memory limit too low for the first process" {
	memory 16384
	refused "the first process was killed by the memory limit: /"
	has "$ID/memory."
	has "is 16384"
	has "oom_kill"
	has "TAPER-CGR-005"
}

@test "F03 run: a little memory is enough; with less the limit is named; never anything else" {
	memory 262144
	for attempt in 1 2 3; do # the kernel charges more than is used, by what each processor has in store
		run taper run "$ID" </dev/null
		[ "$status" -ne 0 ] || break
	done
	is "$status $output" "0 "
	for kib in 16 32 48 64 96 128 192; do
		memory $((kib * 1024))
		run taper run "$ID" </dev/null
		[ "$status" -eq 0 ] || has "killed by the memory limit: /"
	done
}

@test "run: a program that takes too much memory" {
	memory 8388608
	script 'x=0123456789abcdef; while :; do x=$x$x; done'
	expect 137 taper run "$ID"
	has "container $ID: killed by the memory limit: /"
	has "is 8388608"
	program sh -c 'exec 2>&1; sh -c "kill -9 \$\$"; exit 3'
	expect 3 taper run "$ID"
	lacks "memory limit"
}

@test "F03 start: killed by the memory limit before its program runs, or ended by it" {
	memory 65536
	taper create "$ID" </dev/null >"$T/out" 2>&1 3>&- || {
		grep "killed by the memory limit" "$T/out"
		return
	}
	run taper start "$ID" </dev/null
	[ "$status" -eq 0 ] || has "killed by the memory limit: /"
}

@test "F04 start, create: a hook that cannot be executed for the pids limit" {
	need_controller pids
	config '.linux.resources.pids.limit = 1 | .hooks.startContainer = [{path: "/bin/true"}]'
	create
	expect 1 taper start "$ID"
	has "the pids limit: /"
	has "$ID/pids.max is 1 (pids.events: max "
	has "TAPER-CGR-006"
	config '.hooks = {createContainer: [{path: "/bin/true"}]}'
	is "$(taper list -q)" ""
	run taper run "$ID" </dev/null
	[ "$status" -eq 0 ] || has "$ID/pids.max is 1 (pids.events: max "
}

# A container whose program says ready and lives on, whatever happens to others in it
living() {
	script 'echo ready; while :; do sleep 1 <>/dev/null || :; done'
	launch
	wait_for 10 grep -q ready "$T/out"
}

@test "exec: a program that takes too much memory" {
	memory 16777216
	living
	expect 137 taper exec "$ID" sh -c 'x=0123456789abcdef; while :; do x=$x$x; done'
	has "container $ID: killed by the memory limit: /"
	has "$ID/memory."
	has "is 16777216"
	# that was another one's death
	expect 137 taper exec "$ID" sh -c 'kill -KILL $$'
	lacks "memory limit"
	expect 137 taper exec "$ID" sh -c 'x=0123456789abcdef; while :; do x=$x$x; done'
	has "killed by the memory limit: /"
	has "oom_kill 1)"
}

# filled: a container with no memory left, in which whoever says so is killed first. It lives on: who asks for
# memory is killed, and it asks for none; who takes the memory is not a process
filled() {
	memory 4194304
	config '.mounts += [{destination: "/fill", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]'
	script 'echo ready; exec sleep 1000'
	launch
	wait_for 10 grep -q ready "$T/out"
	taper exec "$ID" sh -c 'echo 1000 >/proc/self/oom_score_adj; exec dd if=/dev/zero of=/fill/f bs=64k' \
		</dev/null >/dev/null 2>&1 3>&- || :
}

@test "exec: killed by the memory limit before its program has run, or while it begins" {
	filled
	echo '{"args": ["true"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}, "oomScoreAdj": 1000}' \
		>"$T/p.json"
	for i in $(seq 20); do
		run taper exec --process "$T/p.json" "$ID" </dev/null
		[ "$status" -eq 0 ] || break
	done
	case $status in
	0) ;; # it was enough
	137 | 255) has "killed by the memory limit: /" ;;
	*) false ;;
	esac
}

# strangled: such a container, and a program in $T/p.json whose arguments do not fit: it dies in its execve
strangled() {
	filled
	jq -n '{args: (["sleep", "1000"] + [range(15) | "x" * 100000]), cwd: "/", env: ["PATH=/bin"],
		user: {uid: 0, gid: 0}, oomScoreAdj: 1000}' >"$T/p.json"
}

@test "exec: killed by the memory limit in its execve: named, detached or not" {
	strangled
	status=0
	taper exec --detach --process "$T/p.json" "$ID" </dev/null >"$T/err" 2>&1 3>&- || status=$?
	output=$(cat "$T/err")
	is "$status" 255
	has "the new process was killed by the memory limit: /"
	has "$ID/memory."
	has "is 4194304"
	has TAPER-CGR-005
	run taper exec --process "$T/p.json" "$ID" </dev/null
	case $status in
	137 | 255) has "killed by the memory limit: /" ;;
	*) false ;;
	esac
	is "$(status_of)" running
}

@test "run: killed by the memory limit in its execve: told when it is detached, too" {
	memory 1048576
	config '.process.args = ["true"] + [range(18) | "x" * 100000]'
	status=0
	taper run --detach "$ID" </dev/null >"$T/err" 2>&1 3>&- || status=$?
	output=$(cat "$T/err")
	is "$status" 1
	has "the first process was killed by the memory limit: /"
	has TAPER-CGR-005
	is "$(taper list -q)" ""
}

@test "exec: a container that is full: the pids limit is named, where it is in force for who comes from outside" {
	need_controller pids
	config '.linux.resources.pids.limit = 2'
	script 'sleep 1000 & echo ready; wait'
	launch
	wait_for 10 grep -q ready "$T/out"
	for i in $(seq 20); do
		run taper exec "$ID" true </dev/null
		[ "$status" -eq 0 ] || break
	done
	if [ "$status" -ne 0 ]; then
		is "$status" 255
		has "the pids limit: /"
		has "$ID/pids.max is 2 (pids.events: max "
		has TAPER-CGR-006
	else
		# v1 counts who is moved there, but lets them in
		[ ! -e "$(cgroup_dir pids)/cgroup.controllers" ]
	fi
}
