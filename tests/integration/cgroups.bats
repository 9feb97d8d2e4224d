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

@test "CG-1 CG-2 CG-7 the path of the config, in every hierarchy" {
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
	need_controller memory
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
	need_controller memory
	program sleep 100
	launch
	dir=$(cgroup_dir memory)
	mkdir -p "$dir/x/y" "$dir/z"
	taper delete --force "$ID"
	[ ! -e "$dir" ]
}

@test "CG-3 a group with somebody in it is refused, and left as it is" {
	local dir
	need_controller pids
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

@test "RS-7 RS-8 memory.limit, in force, and reservation" {
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

@test "RS-9 RS-11 RS-12 UN-5 memory.swap, swappiness, disableOOMKiller" {
	local dir
	need_controller memory
	config '.linux.resources.memory = {limit: 33554432, swappiness: 7, disableOOMKiller: true}'
	program sleep 100
	launch
	dir=$(cgroup_dir memory)
	if [ -e "$dir/memory.swappiness" ]; then
		is "$(cat "$dir/memory.swappiness")" 7
		grep -qx "oom_kill_disable 1" "$dir/memory.oom_control"
	else
		grep -q "memory.swappiness is ignored: cgroup v2" "$T/err"
		grep -q "memory.disableOOMKiller is ignored" "$T/err"
	fi
	taper delete --force "$ID"
	config '.linux.resources.memory = {limit: 33554432, swappiness: 101}'
	refused linux.resources.memory.swappiness
	config '.linux.resources.memory = {limit: 33554432, swap: 16777216}'
	refused linux.resources.memory.swap
	config '.linux.resources.memory = {limit: 33554432, swap: 50331648}'
	[ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || [ -e /sys/fs/cgroup/cgroup.controllers ] ||
		skip "swap is not counted here"
	launch
	dir=$(cgroup_dir memory)
	if [ -e "$dir/memory.memsw.limit_in_bytes" ]; then
		is "$(cat "$dir/memory.memsw.limit_in_bytes")" 50331648
	else
		is "$(cat "$dir/memory.swap.max")" 16777216
	fi
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

# c 240:9 is for local use: without a rule its open fails for want of a driver, not of a permission
@test "RS-1 RS-6 device rules, in force" {
	config '.linux.resources.devices = [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 1, minor: 11, access: "r"}] |
		.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	script 'mknod /dev/mine c 1 3 && echo made; echo x >/dev/null && echo null
		mknod /dev/other c 240 9; (exec 5</dev/other) 2>&1; (exec 5>/dev/kmsg) 2>&1; true'
	expect 0 taper run "$ID"
	has made
	has null
	has "can't open /dev/other: Operation not permitted"
}

@test "RS-2 an empty list of devices: what every container may use; an absent one: what the caller may" {
	local denied="can't open /dev/other: Operation not permitted"
	config '.linux.resources.devices = [] | .process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	script 'mknod /dev/other c 240 9; (exec 5</dev/other) 2>&1; echo x >/dev/null && echo null'
	expect 0 taper run "$ID"
	has null
	has "$denied"
	config 'del(.linux.resources.devices)'
	expect 0 taper run "$ID"
	has null
	mknod "$T/other" c 240 9
	if (exec 5<"$T/other") 2>&1 | grep -q "Operation not permitted"; then
		has "$denied"
	else
		lacks "$denied"
	fi
}

@test "RS-20 zeros and empty objects mean unset" {
	config '.linux.resources |= . + {memory: {disableOOMKiller: false}, cpu: {shares: 0},
		blockIO: {weight: 0}, pids: {}, network: {}, hugepageLimits: []}'
	expect 0 taper run "$ID"
	is "$output" ""
}

@test "RS-13 RS-19 RS-20 RS-21 RS-22 RS-23 weights, throttles, idle, useHierarchy" {
	local dir disk
	need_controller cpu
	[ -d /sys/fs/cgroup/blkio ] && need_controller blkio || need_controller io
	disk=$(cat /sys/block/*/dev | head -n 1)
	config --arg disk "$disk" '($disk | split(":") | map(tonumber)) as [$major, $minor] |
		{major: $major, minor: $minor} as $dev |
		.linux.resources.blockIO = {
			throttleReadBpsDevice: [$dev + {rate: 1048576}],
			throttleWriteBpsDevice: [$dev + {rate: 2097152}],
			throttleReadIOPSDevice: [$dev + {rate: 100}],
			throttleWriteIOPSDevice: [$dev + {rate: 200}]} |
		.linux.resources.cpu = {idle: 1, shares: 512}'
	program sleep 100
	launch
	dir=$(cgroup_dir blkio) && [ -e "$dir/blkio.throttle.read_bps_device" ] || dir=$(cgroup_dir io)
	if [ -e "$dir/io.max" ]; then
		is "$(cat "$dir/io.max")" "$disk rbps=1048576 wbps=2097152 riops=100 wiops=200"
	else
		is "$(cat "$dir/blkio.throttle.read_bps_device")" "$disk 1048576"
		is "$(cat "$dir/blkio.throttle.write_bps_device")" "$disk 2097152"
		is "$(cat "$dir/blkio.throttle.read_iops_device")" "$disk 100"
		is "$(cat "$dir/blkio.throttle.write_iops_device")" "$disk 200"
	fi
	is "$(value cpu cpu.idle cpu.idle)" 1
	taper delete --force "$ID"
	config '.linux.resources.blockIO.weight = 500'
	if launch; then
		grep -qE "(^| )(500|4950)\$" "$dir"/*.weight
	else
		grep -q "weights need the BFQ scheduler" "$T/err"
	fi
	taper delete --force "$ID" 2>/dev/null || :
	config '.linux.resources.blockIO = {leafWeight: 300}'
	if launch; then
		grep -qx 300 "$(cgroup_dir blkio)/blkio.leaf_weight" || grep -q "leafWeight is ignored" "$T/err"
	else
		grep -q "linux.resources.blockIO.leafWeight" "$T/err"
	fi
}

@test "RS-23 a device that is not there is refused, with its place" {
	[ -d /sys/fs/cgroup/blkio ] && need_controller blkio || need_controller io
	config '.linux.resources.blockIO.throttleReadBpsDevice = [{major: 4000, minor: 1, rate: 1}]'
	refused "linux.resources.blockIO.throttleReadBpsDevice[0]"
	has "no such block device"
}

@test "RS-24 CG-7 limits of v1 and of v2 in one container, and gone with it" {
	local dir memory
	need_controller memory
	need_controller pids
	need_controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "no huge pages of 2 MB"
	config '.linux.resources = {memory: {limit: 33554432}, pids: {limit: 30},
		cpu: {quota: 50000, period: 100000}, hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	program sleep 100
	launch
	memory=$(cgroup_dir memory)
	dir=$(cgroup_dir hugetlb)
	[ "$memory" != "$dir" ] || [ ! -e /sys/fs/cgroup/unified/cgroup.controllers ]
	is "$(value memory memory.limit_in_bytes memory.max)" 33554432
	is "$(value pids pids.max pids.max)" 30
	is "$(value hugetlb hugetlb.2MB.limit_in_bytes hugetlb.2MB.max)" 4194304
	is "$(value hugetlb hugetlb.2MB.rsvd.limit_in_bytes hugetlb.2MB.rsvd.max)" 4194304
	grep -qx "$PID" "$dir/cgroup.procs"
	grep -qx "$PID" "$memory/cgroup.procs"
	taper update --memory 16m "$ID"
	echo '{"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]}' | taper update -r - "$ID"
	is "$(value hugetlb hugetlb.2MB.rsvd.limit_in_bytes hugetlb.2MB.rsvd.max)" 0
	taper delete --force "$ID"
	[ ! -e "$dir" ]
	[ ! -e "$memory" ]
	config '.linux.resources = {hugepageLimits: [{pageSize: "64MB", limit: 0}]}'
	refused "this machine has no pages of that size"
	has "linux.resources.hugepageLimits[0]"
}

@test "CG-2 UN-1 UN-2 UN-4 unified for the controllers of v2, also on a hybrid host" {
	need_controller hugetlb
	grep -qw hugetlb "$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)/cgroup.controllers" ||
		skip "hugetlb is not a controller of v2"
	config '.linux.resources = {hugepageLimits: [{pageSize: "2MB", limit: 4194304}],
		unified: {"hugetlb.2MB.max": "2097152", "cgroup.max.depth": "3"}}'
	program sleep 100
	launch
	is "$(cat "$(cgroup_dir hugetlb)/hugetlb.2MB.max")" 2097152
	is "$(cat "$(cgroup_dir hugetlb)/cgroup.max.depth")" 3
	taper delete --force "$ID"
	# two values in one write would be none that the kernel takes
	config '.linux.resources = {unified: {"hugetlb.2MB.max": "4194304\n6291456\n"}}'
	launch
	is "$(cat "$(cgroup_dir hugetlb)/hugetlb.2MB.max")" 6291456
	taper delete --force "$ID"
	config '.linux.resources = {unified: {"hugetlb.2MB.nothing": "1"}}'
	refused "linux.resources.unified.hugetlb.2MB.nothing"
	config '.linux.resources = {unified: {"nosuch.max": "1"}}'
	refused "needs the nosuch controller, cgroup.controllers has:"
}

@test "RS-10 RS-25 RS-27 what this host cannot do is said" {
	local line
	config '.linux.resources.memory = {kernel: 100000000}'
	expect 0 taper run "$ID"
	has "kernel and kernelTCP are ignored"
	for line in 'network = {classID: 5}' 'network = {priorities: [{name: "lo", priority: 1}]}' 		'rdma = {mlx5_9: {hcaHandles: 2}}'; do
		config ".linux.resources = {} | .linux.resources.$line"
		case $line in
		*classID*) name=net_cls ;;
		*priorities*) name=net_prio ;;
		*) name=rdma ;;
		esac
		! awk -v c=$name '/ - cgroup / && $NF ~ "(^|,)" c "(,|$)" { found = 1 } END { exit !found }' 			/proc/self/mountinfo || continue
		[ $name != rdma ] || ! grep -qsw rdma /sys/fs/cgroup/cgroup.controllers || continue
		refused "linux.resources.${line%% *}"
		has "$name"
	done
}

@test "RS-25 class and priorities of network packets" {
	need_controller net_cls
	need_controller net_prio
	[ -d /sys/fs/cgroup/net_cls ] || skip "no v1 hierarchy for them"
	config '.linux.resources.network = {classID: 1048577, priorities: [{name: "lo", priority: 5}]}'
	program sleep 100
	launch
	is "$(value net_cls net_cls.classid none)" 1048577
	value net_prio net_prio.ifpriomap none | grep -qx "lo 5"
}

@test "RS-17 realtime CPU time" {
	need_controller cpu
	config '.linux.resources.cpu = {realtimePeriod: 1000000, realtimeRuntime: 1000}'
	[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || {
		refused "linux.resources.cpu.realtime"
		return
	}
	others=$(cat /sys/fs/cgroup/cpu/*/cpu.rt_runtime_us 2>/dev/null | awk '{ n += $1 } END { print n + 0 }')
	[ $((others + 1000)) -le "$(cat /sys/fs/cgroup/cpu/cpu.rt_runtime_us)" ] ||
		skip "other cgroups have all of the realtime CPU time"
	program sleep 100
	launch
	is "$(value cpu cpu.rt_period_us none) $(value cpu cpu.rt_runtime_us none)" "1000000 1000"
}

@test "RS-28 the limits hold before the program runs" {
	need_controller pids
	config '.linux.resources.pids = {limit: 1}'
	program grep -c . /proc/self/status
	expect 0 taper run "$ID"
}

@test "UN-1 UN-3 UN-4 unified" {
	need_controller pids
	config '.linux.resources.unified = {"pids.max": "44"}'
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		config '.linux.resources.pids.limit = 33'
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
	need_controller pids
	config '.linux.namespaces |= map(select(.type != "pid"))'
	script 'sleep 1000 & sleep 1000 & exec sleep 1000'
	launch
	wait_for 5 eval '[ "$(wc -l <"$(cgroup_dir pids)/cgroup.procs")" -eq 3 ]'
	taper kill "$ID" KILL
	wait_for 5 status_is stopped
	taper delete "$ID"
}

@test "nested: a container in a container, with a cgroup namespace and a cgroup mount of its own" {
	local lib
	# the inner taper is the same program with its libraries, if it has any
	mkdir -p rootfs/inner/rootfs
	cp -a "$BUILDDIR/tests/rootfs/." rootfs/inner/rootfs
	cp "$TAPER" rootfs/bin/taper
	for lib in $(ldd "$TAPER" 2>/dev/null | grep -o '/[^ ]*'); do
		mkdir -p "rootfs$(dirname "$lib")"
		cp "$lib" "rootfs$lib"
	done
	jq '.process.args = ["sh", "-c", "cat /proc/self/cgroup; echo inside"] | .process.terminal = false |
		.linux.cgroupsPath = "/inner" | .linux.resources = {pids: {limit: 20}}' \
		config.json >rootfs/inner/config.json
	[ -d /sys/fs/cgroup/pids ] || jq 'del(.linux.resources)' config.json >rootfs/inner/config.json
	[ -d /sys/fs/cgroup/pids ] || (cd rootfs/inner && config '.process.args = ["echo", "inside"] |
		.process.terminal = false | .linux.cgroupsPath = "/inner"')
	config '.root.readonly = false | .linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}]) |
		.mounts |= map(select(.destination != "/sys/fs/cgroup")) +
			[{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
			  options: ["nosuid", "noexec", "nodev", "rw"]}] |
		.process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_CHOWN", "CAP_MKNOD", "CAP_SETUID",
			"CAP_SETGID", "CAP_KILL", "CAP_DAC_OVERRIDE", "CAP_SETPCAP", "CAP_NET_ADMIN",
			"CAP_SYS_CHROOT", "CAP_FOWNER", "CAP_SETFCAP", "CAP_NET_BIND_SERVICE",
			"CAP_AUDIT_WRITE", "CAP_SYS_RESOURCE"]) |
		.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .process.noNewPrivileges = false'
	script 'mkdir -p /run && cd /inner && taper --root /run/taper run inner; echo "exit $?"
		find /sys/fs/cgroup -name inner'
	expect 0 taper run "$ID"
	has inside
	has "exit 0"
	lacks "/sys/fs/cgroup"
}

# grown_less COUNT: other tests come and go beside this one; what is ours would grow by one each time
grown_less() {
	[ $(($("$EAR" bpf taper_devices) - $1)) -lt "$CYCLES" ]
}

@test "cycles leave no cgroup and no device program behind" {
	local before
	: "${CYCLES:=12}"
	need_ear
	before=$("$EAR" bpf taper_devices)
	for _ in $(seq "$CYCLES"); do
		create
		taper start "$ID"
		wait_for 5 status_is stopped
		taper delete "$ID"
	done
	is "$(left_cgroups)" ""
	wait_for 20 grown_less "$before"
}

# limited KIB: a container with this memory limit ends well ($fits), or is said to have been killed by it
limited() {
	config --argjson limit $(($1 * 1024)) '.linux.resources.memory = {limit: $limit}'
	run taper run "$ID" </dev/null
	fits=$((status == 0))
	if [ $fits -eq 0 ]; then
		has "memory limit"
		is "$(left_state)" ""
		is "$(left_cgroups)" ""
	fi
}

@test "a memory limit of 256 KiB is enough; what kills a smaller one is said" {
	local kib try fits
	need_controller memory
	for kib in 3072 1024 512; do
		limited $kib
		is $fits 1
	done
	# A processor that charges a page takes 64 pages, which is this limit, and gives those back late that another
	# one needs meanwhile (the kernel's MEMCG_CHARGE_BATCH): with two, one of ten is killed without need.
	for try in 1 2 3 4 5 6; do
		limited 256
		[ $fits -eq 0 ] || break
	done
	is $fits 1
	for kib in 192 160 128 112 96 80 64 48 32 24 16 8 4; do
		limited $kib
	done
}
