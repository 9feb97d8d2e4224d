# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# cgroups.bats: where a container is, what it may use, and what is left
load helpers

setup_test() {
	need_root
	other=
}

teardown_test() {
	[ -z "${other-}" ] || kill -KILL "$other" 2>/dev/null
	[ -z "${made-}" ] || wait_for 5 rmdir "$made"
}

# value CONTROLLER V1-FILE V2-FILE: what the kernel says
value() {
	local dir
	dir=$(cgroup_dir "$1") || return
	cat "$dir/$2" 2>/dev/null || cat "$dir/$3"
}

@test "CG-1 CG-7 the path of the config, in every hierarchy" {
	config --arg path "/$ID/a/b" '.linux.cgroupsPath = $path'
	program sleep 100
	launch
	is "$(cut -d : -f 3 "/proc/$PID/cgroup" | sort -u)" "/$ID/a/b"
}

@test "CG-1 a relative path, and none" {
	config --arg path "$ID-relative" '.linux.cgroupsPath = $path'
	program sleep 100
	launch
	is "$(cut -d : -f 3 "/proc/$PID/cgroup" | sort -u | grep -vc "$ID-relative\$")" 0
	taper delete --force "$ID"
	config 'del(.linux.cgroupsPath)'
	launch
	is "$(cut -d : -f 3 "/proc/$PID/cgroup" | sort -u | grep -vc "$ID\$")" 0
	taper delete --force "$ID"
	config '.linux.cgroupsPath = "/../../x"'
	refused cgroupsPath
}

@test "CG-6 RT-8 what was made is removed, what was there stays" {
	local dir
	program sleep 100
	launch
	dir=$(cgroup_dir memory)
	taper delete --force "$ID"
	[ ! -e "$dir" ]
	mkdir "$dir"
	made=$dir
	config --arg path "/$ID/below" '.linux.cgroupsPath = $path'
	launch
	[ -d "$dir/below" ]
	taper delete --force "$ID"
	[ -d "$dir" ]
	[ ! -e "$dir/below" ]
	rmdir "$dir"
	made=
}

@test "CG-6 groups that the container made below go too" {
	local dir
	program sleep 100
	launch
	dir=$(cgroup_dir memory)
	mkdir -p "$dir/x/y" "$dir/z"
	taper delete --force "$ID"
	[ ! -e "$dir" ]
}

@test "CG-3 a group with somebody in it is refused, and left as it is" {
	local dir
	program sleep 100
	launch
	dir=$(cgroup_dir pids)
	taper delete --force "$ID"
	mkdir "$dir"
	made=$dir
	sleep 1000 </dev/null >/dev/null 3>&- &
	other=$!
	echo "$other" >"$dir/cgroup.procs"
	refused "$ID"
	is "$(cat "$dir/cgroup.procs")" "$other"
	kill "$other"
	wait "$other" || true
	other=
}

@test "RS-7 memory.limit, in force" {
	need_controller memory
	config '.linux.resources.memory = {limit: 33554432, reservation: 16777216}'
	program sleep 100
	launch
	is "$(value memory memory.limit_in_bytes memory.max)" 33554432
	is "$(value memory memory.soft_limit_in_bytes memory.low)" 16777216
	taper delete --force "$ID"
	script 'x=$(head -c 100000000 /dev/zero | tr "\0" x); echo ${#x}'
	expect 137 taper run "$ID"
	lacks 100000000
	config '.linux.resources.memory = {limit: -1}'
	program sleep 100
	launch
	is "$(value memory memory.limit_in_bytes memory.max | grep -cE '^(max|9223372036854771712)$')" 1
}

@test "RS-15 RS-16 cpu.shares, quota and period" {
	need_controller cpu
	config '.linux.resources.cpu = {shares: 512, quota: 25000, period: 50000}'
	program sleep 100
	launch
	if [ -e "$(cgroup_dir cpu)/cpu.shares" ]; then
		is "$(cat "$(cgroup_dir cpu)/cpu.shares")" 512
		is "$(cat "$(cgroup_dir cpu)/cpu.cfs_quota_us")" 25000
		is "$(cat "$(cgroup_dir cpu)/cpu.cfs_period_us")" 50000
	else
		is "$(cat "$(cgroup_dir cpu)/cpu.max")" "25000 50000"
	fi
}

@test "RS-18 cpuset: the processors that the process sees" {
	need_controller cpuset
	config '.linux.resources.cpu = {cpus: "0", mems: "0"}'
	program grep Cpus_allowed_list /proc/self/status
	expect 0 taper run "$ID"
	is "$output" "Cpus_allowed_list:	0"
	config '.linux.resources.cpu = {cpus: "0-"}'
	refused linux.resources.cpu.cpus
	config '.linux.resources.cpu = {cpus: "4000"}'
	refused cpuset
}

@test "RS-26 pids.limit, in force; -1 is none" {
	need_controller pids
	config '.linux.resources.pids = {limit: 5}'
	script 'for i in 1 2 3 4 5 6 7 8; do sleep 9 & done; echo not reached'
	run taper run "$ID" </dev/null
	has "can't fork"
	config '.linux.resources.pids = {limit: -1}'
	program sleep 100
	launch
	is "$(value pids pids.max pids.max)" max
}

@test "RS-1 RS-6 device rules, in force" {
	config '.linux.resources.devices = [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 1, minor: 11, access: "r"}] |
		.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	script 'mknod /dev/mine c 1 3 && echo made; echo x >/dev/null && echo null
		mknod /dev/mem c 1 1; (exec 5</dev/mem) 2>&1; (exec 5>/dev/kmsg) 2>&1; true'
	expect 0 taper run "$ID"
	has made
	has null
	has "can't open /dev/mem: Operation not permitted"
}

@test "RS-20 zeros and empty objects mean unset" {
	config '.linux.resources |= . + {memory: {disableOOMKiller: false}, cpu: {shares: 0},
		blockIO: {weight: 0}, pids: {}, network: {}, hugepageLimits: []}'
	expect 0 taper run "$ID"
	is "$output" ""
}

@test "RS-28 the limits hold before the program runs" {
	need_controller pids
	config '.linux.resources.pids = {limit: 1}'
	program grep -c . /proc/self/status
	expect 0 taper run "$ID"
}

@test "UN-1 UN-3 unified" {
	config '.linux.resources.unified = {"pids.max": "44"}'
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		program sleep 100
		launch
		is "$(cat "$(cgroup_dir pids)/pids.max")" 44
	else
		refused unified
	fi
	config '.linux.resources.unified = {"../x": "1"}'
	refused unified
}

@test "a shared pid namespace: all processes end with the container" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	script 'sleep 1000 & sleep 1000 & exec sleep 1000'
	launch
	wait_for 5 eval '[ "$(wc -l <"$(cgroup_dir pids)/cgroup.procs")" -eq 3 ]'
	taper kill "$ID" KILL
	wait_for 5 status_is stopped
	taper delete "$ID"
}
