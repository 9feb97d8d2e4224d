# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# update.bats: the resources of a container that exists are changed
load helpers

setup_test() {
	need_root
	program sleep 1000
}

# value CONTROLLER V1-FILE V2-FILE: what the kernel says
value() {
	local dir
	dir=$(cgroup_dir "$1") || return
	cat "$dir/$2" 2>/dev/null || cat "$dir/$3"
}

# is_v1 CONTROLLER: is the container's controller driven in a v1 hierarchy?
is_v1() {
	[ ! -e "$(cgroup_dir "$1")/cgroup.controllers" ]
}

# refuses TEXT OPTION...: the update fails with this in the message
refuses() {
	local text=$1
	shift
	expect 1 taper update "$@" "$ID"
	has "$text"
}

@test "RS-26 pids, by option and by document, from a file and from standard input" {
	need_controller pids
	launch
	expect 0 taper update --pids-limit 50 "$ID"
	is "$output" ""
	is "$(value pids pids.max)" 50
	echo '{"pids": {"limit": 51}}' >"$T/r.json"
	taper update -r "$T/r.json" "$ID"
	is "$(value pids pids.max)" 51
	echo '{"pids": {"limit": 52}}' | taper update --resources=- "$ID"
	is "$(value pids pids.max)" 52
	echo '{"pids": {"limit": 53}}' | taper update --resources - --pids-limit -1 "$ID"
	is "$(value pids pids.max)" max
	taper update --pids-limit 0 "$ID"
	is "$(value pids pids.max)" 0
}

@test "RS-15 RS-16 RS-19 cpu: quota and period one by one, shares, idle" {
	need_controller cpu
	config '.linux.resources.cpu = {quota: 20000, period: 50000}'
	launch
	taper update --cpu-quota 30000 "$ID"
	if is_v1 cpu; then
		is "$(value cpu cpu.cfs_quota_us) $(value cpu cpu.cfs_period_us)" "30000 50000"
		taper update --cpu-period 100000 --cpu-share 2048 "$ID"
		is "$(value cpu cpu.cfs_quota_us) $(value cpu cpu.cfs_period_us)" "30000 100000"
		is "$(value cpu cpu.shares)" 2048
	else
		is "$(value cpu cpu.max)" "30000 50000"
		taper update --cpu-period 100000 --cpu-share 2048 "$ID"
		is "$(value cpu cpu.max)" "30000 100000"
		is "$(value cpu cpu.weight)" 174
	fi
	taper update --cpu-idle 1 "$ID"
	is "$(value cpu cpu.idle)" 1
	refuses "set cpu.idle to 0" --cpu-share 512
	taper update --cpu-idle 0 --cpu-share 1024 "$ID"
	is "$(value cpu cpu.idle)" 0
	taper update --cpu-quota -1 "$ID"
	is "$(value cpu cpu.cfs_quota_us cpu.max | cut -d ' ' -f 1 | tr -d -)" "$(is_v1 cpu && echo 1 || echo max)"
}

@test "RS-16 cpu-burst, and a quota that is too small for it" {
	need_controller cpu
	config '.linux.resources.cpu = {quota: 50000, period: 100000}'
	launch
	[ -e "$(cgroup_dir cpu)/cpu.cfs_burst_us" ] || [ -e "$(cgroup_dir cpu)/cpu.max.burst" ] ||
		skip "no bursts in this kernel"
	taper update --cpu-burst 40000 "$ID"
	is "$(value cpu cpu.cfs_burst_us cpu.max.burst)" 40000
	# the quota is only possible once the burst is smaller, whatever their order
	taper update --cpu-quota 10000 --cpu-burst 5000 "$ID"
	is "$(value cpu cpu.cfs_burst_us cpu.max.burst)" 5000
	taper update --cpu-burst 0 "$ID"
	is "$(value cpu cpu.cfs_burst_us cpu.max.burst)" 0
}

@test "RS-7 RS-8 RS-10 memory, up and down, with units" {
	need_controller memory
	config '.linux.resources.memory = {limit: 33554432}'
	launch
	taper update --memory 64m --memory-reservation 1MiB "$ID"
	is "$(value memory memory.limit_in_bytes memory.max)" 67108864
	is "$(value memory memory.soft_limit_in_bytes memory.low)" 1048576
	taper update --memory 16777216 "$ID"
	is "$(value memory memory.limit_in_bytes memory.max)" 16777216
	for bad in 5x -2 -1k 1.5m '' 9999999999999g; do
		[ -z "$bad" ] || refuses "--memory" --memory "$bad"
	done
	taper update --kernel-memory 100m "$ID" 2>"$T/log"
	grep -q "kernel and kernelTCP are ignored" "$T/log"
}

@test "RS-9 memory and swap together keep their order" {
	need_controller memory
	launch
	[ -e "$(cgroup_dir memory)/memory.memsw.limit_in_bytes" ] ||
		[ -e "$(cgroup_dir memory)/memory.swap.max" ] || skip "swap is not counted here"
	taper update --memory 32m --memory-swap 64m "$ID"
	taper update --memory 128m --memory-swap 256m "$ID"
	taper update --memory 16m --memory-swap 32m "$ID"
	if is_v1 memory; then
		is "$(value memory memory.memsw.limit_in_bytes)" 33554432
	else
		is "$(value memory memory.swap.max)" 16777216
	fi
	refuses "below the limit" --memory 64m
	taper update --memory -1 "$ID"
	is "$(value memory memory.limit_in_bytes memory.max | grep -cE '^(max|9223372036854771712)$')" 1
	is "$(value memory memory.memsw.limit_in_bytes memory.swap.max | grep -cE '^(max|9223372036854771712)$')" 1
}

@test "when one value is refused, those before it go back" {
	need_controller memory
	need_controller pids
	need_controller cpu
	need_controller cpuset
	config '.linux.resources = {memory: {limit: 33554432}, cpu: {shares: 700}, pids: {limit: 40}}'
	launch
	echo '{"cpu": {"shares": 800, "cpus": "0"}, "memory": {"limit": 67108864}, "pids": {"limit": 41},
		"blockIO": {"throttleReadBpsDevice": [{"major": 4000, "minor": 1, "rate": 1}]}}' >"$T/r.json"
	refuses "linux.resources.blockIO.throttleReadBpsDevice[0]" -r "$T/r.json"
	is "$(value memory memory.limit_in_bytes memory.max)" 33554432
	is "$(value pids pids.max)" 40
	is "$(value cpu cpu.shares cpu.weight)" "$(is_v1 cpu && echo 700 || echo 75)"
	# the record was not touched either
	[ ! -e "$ROOT/$ID/resources.json" ]
}

@test "--dry-run shows what was and what would be, and changes nothing" {
	need_controller pids
	config '.linux.resources.pids = {limit: 40}'
	launch
	expect 0 taper update --dry-run --pids-limit 41 "$ID"
	is "$output" "$(cgroup_dir pids)/pids.max: 40 -> 41 (linux.resources.pids.limit)"
	is "$(value pids pids.max)" 40
	[ ! -e "$ROOT/$ID/resources.json" ]
}

@test "mistakes in a document are named with their place" {
	launch
	printf '{"memory": {\n  "limit": "5"}}' >"$T/r.json"
	refuses "$T/r.json: memory.limit: expected integer, found string at line 2 column 12" -r "$T/r.json"
	printf '{"memory": {"limit": 5000000,\n  "swap": 4000000}}' >"$T/r.json"
	refuses "memory.swap: swap counts memory and swap together" -r "$T/r.json"
	has "line 2"
	refuses "/nowhere/r.json" -r /nowhere/r.json
	refuses "expected a number" --pids-limit many
	refuses "no linux.intelRdt" --l3-cache-schema 'L3:0=f'
}

@test "stopped, absent and half-made containers" {
	need_controller pids
	expect 1 taper update --pids-limit 5 "$ID"
	has "does not exist"
	program true
	launch
	wait_for 5 status_is stopped
	expect 1 taper update --pids-limit 5 "$ID"
	has "not running"
}

@test "a created container" {
	need_controller pids
	create
	taper update --pids-limit 45 "$ID"
	is "$(value pids pids.max)" 45
	taper start "$ID"
	is "$(value pids pids.max)" 45
}

@test "a frozen container" {
	need_controller memory
	local dir file
	config '.linux.resources.memory = {limit: 33554432}'
	launch
	dir=$(cgroup_dir freezer) && file=$dir/freezer.state && echo FROZEN >"$file" || {
		file=$(cgroup_dir memory)/cgroup.freeze && echo 1 >"$file"
	}
	expect 0 taper update --memory 16m "$ID"
	is "$(value memory memory.limit_in_bytes memory.max)" 16777216
	case $file in
	*freezer.state) is "$(cat "$file")" FROZEN && echo THAWED >"$file" ;;
	*) is "$(cat "$file")" 1 && echo 0 >"$file" ;;
	esac
}

@test "RS-1 device rules of a running container" {
	config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	script 'until [ -e /go ]; do sleep 0.01; done; (exec 5</dev/mem) 2>&1 && echo open
		until [ -e /again ]; do sleep 0.01; done; (exec 5</dev/mem) 2>&1 && echo open again'
	config '.linux.devices = [{path: "/dev/mem", type: "c", major: 1, minor: 1, fileMode: 438}]'
	launch
	echo '{"devices": [{"allow": false, "access": "rwm"},
		{"allow": true, "type": "c", "major": 1, "minor": 1, "access": "rw"}]}' >"$T/r.json"
	taper update -r "$T/r.json" "$ID"
	touch rootfs/go
	wait_for 5 grep -q mem "$T/out" || wait_for 5 grep -q open "$T/out"
	grep -q '^open$' "$T/out" || ! grep -q 'Operation not permitted' "$T/out"
	echo '{"devices": [{"allow": false, "access": "rwm"}]}' | taper update -r - "$ID"
	touch rootfs/again
	wait_for 5 status_is stopped
	grep -q "can't open /dev/mem: Operation not permitted" "$T/out"
}

@test "RS-1 v1 device lists are changed by the difference" {
	local dir
	config '.linux.resources.devices = [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 10, minor: 200, access: "rw"}]'
	launch
	dir=$(cgroup_dir devices) && [ -e "$dir/devices.list" ] || skip "no v1 device controller"
	grep -qx 'c 10:200 rw' "$dir/devices.list"
	sort "$dir/devices.list" >"$T/before"
	# what is written appears in the order in which it was written: null was never taken away
	echo 'c 7:7 r' >"$dir/devices.allow"
	echo '{"devices": [{"allow": false, "access": "rwm"},
		{"allow": true, "type": "c", "major": 10, "minor": 200, "access": "r"},
		{"allow": true, "type": "b", "major": 8, "access": "r"}]}' >"$T/r.json"
	cp "$dir/devices.list" "$T/order"
	taper update -r "$T/r.json" "$ID"
	grep -qx 'c 10:200 r' "$dir/devices.list"
	grep -qx 'b 8:\* r' "$dir/devices.list"
	! grep -q '7:7' "$dir/devices.list"
	is "$(grep -n 'c 1:3 rwm' "$dir/devices.list")" "$(grep -n 'c 1:3 rwm' "$T/order")"
	# the same list again leaves alone what others have added since
	echo 'c 7:7 r' >"$dir/devices.allow"
	taper update -r "$T/r.json" --pids-limit 20 "$ID"
	grep -q '7:7' "$dir/devices.list"
}

@test "RS-1 from all devices to some and back, without a moment in between" {
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	script 'n=0; while [ ! -e /stop ]; do : >/dev/null || { echo denied; exit 1; }; n=$((n + 1)); done; echo $n'
	launch
	for _ in 1 2 3 4 5; do
		echo '{"devices": [{"allow": false, "access": "rwm"}]}' | taper update -r - "$ID"
		echo '{"devices": [{"allow": true, "access": "rwm"},
			{"allow": false, "type": "c", "major": 1, "minor": 1, "access": "rw"}]}' |
			taper update -r - "$ID"
	done
	is "$(status_of)" running
	touch rootfs/stop
	wait_for 10 status_is stopped
	! grep -q denied "$T/out"
	[ ! -s "$T/err" ]
}

@test "IR-6 schemata of resctrl" {
	launch
	refuses "no linux.intelRdt" --l3-cache-schema "L3:0=f"
	mkdir "$T/group"
	echo "L3:0=ff" >"$T/group/schemata"
	echo "join $T/group" >"$ROOT/$ID/rdt"
	taper update --l3-cache-schema "L3:0=7
MB:0=10" --mem-bw-schema "MB:0=50" "$ID"
	is "$(cat "$T/group/schemata")" "L3:0=7
MB:0=50"
	expect 0 taper update --dry-run --mem-bw-schema "MB:0=60" "$ID"
	is "$output" "resctrl schemata: MB:0=60 (linux.intelRdt)"
}

@test "a later update builds on the earlier ones" {
	need_controller pids
	launch
	taper update --pids-limit 20 "$ID"
	taper update --cpu-share 300 "$ID"
	is "$(jq -c '[.pids.limit, .cpu.shares]' "$ROOT/$ID/resources.json")" "[20,300]"
	is "$(value pids pids.max)" 20
}

@test "a killed update leaves a container that can be updated and deleted" {
	need_controller pids
	local n
	[ -x "$BUILDDIR/tests/fault/inject" ] || skip "tests/fault/inject is not built"
	config '.linux.resources.pids = {limit: 40}'
	launch
	for n in 40 60 80 100 120 140 160 180 200; do
		"$BUILDDIR/tests/fault/inject" -k "1:$n" /dev/null \
			"$TAPER" --root "$ROOT" update --pids-limit 41 --cpu-share 333 "$ID" \
			</dev/null >/dev/null 2>&1 3>&- || true
		is "$(status_of)" running
		taper update --pids-limit 42 "$ID"
		is "$(value pids pids.max)" 42
	done
}

@test "RS-14 checkBeforeUpdate" {
	need_controller memory
	config '.root.readonly = false | .linux.resources.memory = {limit: 67108864, checkBeforeUpdate: true}'
	script 'x=$(head -c 8000000 /dev/zero | tr "\0" x); touch /ready; while :; do sleep 100; done; echo $x'
	launch
	wait_for 10 [ -e rootfs/ready ]
	refuses "linux.resources.memory.limit" --memory 1m
	is "$(value memory memory.limit_in_bytes memory.max)" 67108864
}
