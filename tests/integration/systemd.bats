#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Cgroups made by systemd: as root, and as a user with a session. CYCLES: of create and delete (200).

load helpers

setup_test() {
	USER_OPTION=
	UNIT=taper-$ID.scope
	if [ "$(id -u)" -ne 0 ]; then
		export XDG_RUNTIME_DIR=/run/user/$(id -u)
		USER_OPTION=--user
		rm config.json
		"$TAPER" spec --rootless
		config '.process.terminal = false | .process.args = ["true"]'
	fi
	config --arg path ":taper:$ID" '.linux.cgroupsPath = $path'
}

need_systemd() {
	[ -d /run/systemd/system ] || skip "PID 1 is not systemd"
	[ "$(id -u)" -eq 0 ] || [ -S "$XDG_RUNTIME_DIR/bus" ] || skip "no session of this user"
}

# After each test, beside what helpers.bash looks for: its units, and their cgroups in any hierarchy
teardown_test() {
	local id
	for id in $("$TAPER" --root "$ROOT" list -q 2>/dev/null); do
		taper delete --force "$id"
	done
	[ -d /run/systemd/system ] || return 0
	left=$(left_units; find /sys/fs/cgroup -name "*$ID*")
	[ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

need_v2() {
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "cgroup v2 alone is not mounted"
}

sd() {
	# shellcheck disable=SC2086
	systemctl $USER_OPTION --no-pager "$@"
}

property() {
	sd show --property "$1" --value "$UNIT"
}

# left_units: of this test
left_units() {
	sd list-units --all --plain --no-legend "*$ID*"
}

# The unit's directory in the v2 hierarchy
unit_dir() {
	echo "/sys/fs/cgroup$(property ControlGroup)"
}

@test "RS-7 RS-26 UN-1 limits are properties of the scope, and stand in its files" {
	need_systemd
	need_v2
	program sleep 1000
	config '.linux.resources.memory = {"limit": 50331648} | .linux.resources.pids = {"limit": 33}
		| .linux.resources.unified = {"memory.high": "41943040", "memory.oom.group": "1"}'
	start_unit
	is "$(property MemoryMax)" 50331648
	is "$(property MemoryHigh)" 41943040
	is "$(property TasksMax)" 33
	is "$(property Delegate)" yes
	is "$(cat "$(unit_dir)/memory.max")" 50331648
	is "$(cat "$(unit_dir)/pids.max")" 33
	is "$(cat "$(unit_dir)/container/cgroup.procs")" "$PID"
	sd daemon-reload
	# systemd 252 writes 0 there for every scope when it is reloaded, whatever it is told
	[ "$(sd --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')" -lt 253 ] ||
		is "$(cat "$(unit_dir)/memory.oom.group")" 1
	is "$(cat "$(unit_dir)/memory.max")" 50331648
	taper delete --force "$ID"
	is "$(left_units)" ""
	[ ! -e "$(unit_dir)" ] || [ "$(unit_dir)" = /sys/fs/cgroup ]
}

# start_unit: the test's container in its scope
start_unit() {
	taper --systemd-cgroup run --detach --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1 3>&- || {
		cat "$T/out"
		return 1
	}
	PID=$(cat "$T/pid")
}

@test "RS-7 RS-15 RS-18 RS-26 limits on cgroup v1, and what systemd does not manage there" {
	need_systemd
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || skip "cgroup v1 is not mounted"
	program sleep 1000
	config '.linux.resources.memory = {"limit": 50331648} | .linux.resources.pids = {"limit": 33}
		| .linux.resources.cpu = {"cpus": "0", "shares": 2048}'
	start_unit
	is "$(property MemoryLimit)" 50331648
	is "$(property TasksMax)" 33
	is "$(property CPUShares)" 2048
	is "$(cat "$(cgroup_dir memory)/memory.limit_in_bytes")" 50331648
	is "$(cat "$(cgroup_dir pids)/pids.max")" 33
	is "$(cat "$(cgroup_dir cpuset)/cpuset.cpus")" 0
	for controller in freezer cpuset memory devices; do
		[[ $(cgroup_dir $controller) == */system.slice/$UNIT ]]
	done
	taper update --memory 60000000 "$ID"
	is "$(property MemoryLimit)" 60000000
	is "$(cat "$(cgroup_dir memory)/memory.limit_in_bytes")" 59998208
}

@test "CPU limits, also without the subgroup" {
	need_systemd
	need_v2
	program sleep 1000
	config '.linux.resources.cpu = {"shares": 2048, "quota": 25000, "period": 50000}
		| .annotations["run.oci.systemd.subgroup"] = ""'
	start_unit
	is "$(property CPUQuotaPerSecUSec)" 500ms
	is "$(cat "$(unit_dir)/cpu.max")" "25000 50000"
	is "$(property CPUWeight)" "$(cat "$(unit_dir)/cpu.weight")"
	is "$(cat "$(unit_dir)/cgroup.procs")" "$PID"
}

@test "slice:prefix:name" {
	need_systemd
	program sleep 1000
	config --arg path "tap-inner.slice:pre:$ID" '.linux.cgroupsPath = $path'
	UNIT=pre-$ID.scope
	start_unit
	is "$(property Slice)" tap-inner.slice
	grep -q "/tap.slice/tap-inner.slice/pre-$ID.scope" "/proc/$PID/cgroup"
	taper delete --force "$ID"
	is "$(left_units)" ""
	sd stop tap.slice
}

@test "update changes the unit and its files, or neither" {
	need_systemd
	need_v2
	program sleep 1000
	config '.linux.resources.pids = {"limit": 33}'
	start_unit
	expect 0 taper update --dry-run --pids-limit 44 "$ID"
	has "$UNIT: TasksMax uint64 44"
	is "$(property TasksMax)" 33
	taper update --pids-limit 44 --memory 52428800 --cpu-quota 30000 "$ID"
	is "$(property TasksMax)" 44
	is "$(property MemoryMax)" 52428800
	is "$(property CPUQuotaPerSecUSec)" 300ms
	is "$(cat "$(unit_dir)/pids.max")" 44
	is "$(cat "$(unit_dir)/cpu.max")" "30000 100000"
	sd daemon-reload
	is "$(cat "$(unit_dir)/memory.max")" 52428800
	expect 1 taper update --pids-limit 55 --cpuset-mems 77 "$ID"
	is "$(property TasksMax)" 44
	is "$(cat "$(unit_dir)/pids.max")" 44
	is "$(property MemoryMax)" 52428800
}

@test "exec, ps, pause and resume find the processes below the unit" {
	need_systemd
	program sleep 1000
	start_unit
	expect 0 taper exec "$ID" cat /proc/self/cgroup
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || is "$output" "0::/"
	expect 0 taper ps --format json "$ID"
	has "$PID"
	taper pause "$ID"
	is "$(status_of)" paused
	taper resume "$ID"
	is "$(status_of)" running
	taper pause "$ID"
	taper delete --force "$ID"
	is "$(left_units)" ""
}

@test "annotations are properties" {
	need_systemd
	program sleep 1000
	config '.annotations = {"org.systemd.property.TimeoutStopSec": "7",
		"org.systemd.property.Description": "\"a pot of tea\""}'
	start_unit
	is "$(property TimeoutStopUSec)" 7s
	[[ $(property Description) == "a pot of tea [taper "* ]]
	taper delete --force "$ID"
	config '.annotations = {"org.systemd.property.NoSuchThing": "7"}'
	expect 1 taper --systemd-cgroup run "$ID-2"
	has "NoSuchThing"
	has "TAPER-SDB-001"
	is "$(sd list-units --all --plain --no-legend "*$ID-2*")" ""
}

@test "a daemon-reload changes nothing for devices" {
	need_systemd
	need_root
	config '.linux.resources.devices = [{"allow": false, "access": "rwm"},
			{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rwm"}]
		| .linux.devices = [{"type": "c", "path": "/dev/allowed", "major": 1, "minor": 11},
			{"type": "c", "path": "/dev/denied", "major": 1, "minor": 1}]'
	script 'try() { : 2>/dev/null >/dev/allowed && echo "$1 allowed"
			(: >/dev/denied) 2>/dev/null || echo "$1 denied"; }
		try before; while [ ! -e /go ]; do sleep 0.1; done; try after; sleep 1000'
	start_unit
	wait_for 20 grep -q "before denied" "$T/out"
	sd daemon-reload
	sd set-property --runtime "$UNIT" CPUWeight=77
	touch rootfs/go
	wait_for 20 grep -q "after denied" "$T/out"
	is "$(cat "$T/out")" "before allowed
before denied
after allowed
after denied"
}

# may_open MINOR: is the device of this number, which has no driver, allowed?
may_open() {
	run taper exec "$ID" sh -c ": </dev/d$1" </dev/null
	case $output in
	*"No such device"*) ;;
	*"Operation not permitted"*) return 1 ;;
	*) echo "$output" && exit 1 ;;
	esac
}

refused_open() {
	if may_open "$1"; then
		echo "device $1 is allowed"
		return 1
	fi
}

# The unit, and systemd's idea of it, as after packages were installed and a limit was set
reload() {
	sd daemon-reload
	sd daemon-reexec
	sd set-property --runtime "$UNIT" CPUWeight=78 CPUShares=512
	sd set-property --runtime "$UNIT" DevicePolicy="$(property DevicePolicy)"
}

@test "what update has changed for devices is systemd's idea, too" {
	need_systemd
	need_root
	config '.linux.resources.devices = [{"allow": false, "access": "rwm"},
			{"allow": true, "type": "c", "major": 241, "minor": 1, "access": "rwm"}]
		| .linux.devices = [{"type": "c", "path": "/dev/d1", "major": 241, "minor": 1, "fileMode": 438},
			{"type": "c", "path": "/dev/d2", "major": 241, "minor": 2, "fileMode": 438}]'
	program sleep 1000
	start_unit
	may_open 1
	refused_open 2
	echo '{"devices": [{"allow": false, "access": "rwm"},
		{"allow": true, "type": "c", "major": 241, "minor": 2, "access": "rwm"}]}' >"$T/r.json"
	expect 0 taper update -r "$T/r.json" "$ID"
	may_open 2
	refused_open 1
	reload
	may_open 2
	refused_open 1
	echo '{"devices": [{"allow": true, "access": "rwm"}]}' | taper update -r - "$ID"
	reload
	may_open 1
	may_open 2
}

@test "a unit of somebody else is left alone" {
	need_systemd
	# shellcheck disable=SC2086
	systemd-run $USER_OPTION --scope --unit "$UNIT" sleep 1000 >/dev/null 2>&1 3>&- &
	wait_for 20 sd is-active --quiet "$UNIT"
	expect 1 taper --systemd-cgroup run "$ID"
	expect 0 sd is-active "$UNIT"
	sd stop "$UNIT"
}

@test "kill and delete find the unit without the option" {
	need_systemd
	program sleep 1000
	start_unit
	taper kill "$ID" KILL
	wait_for 20 status_is stopped
	taper delete "$ID"
	is "$(left_units)" ""
}

@test "a scope that systemd has stopped is no obstacle to delete" {
	need_systemd
	program sleep 1000
	start_unit
	sd kill --signal KILL "$UNIT"
	wait_for 20 status_is stopped
	taper delete "$ID"
	is "$(left_units)" ""
}

# programs: how many device filters of taper's there are
programs() {
	"$EAR" bpf taper_devices
}

@test "cycles of create and delete leave no unit and no device program" {
	need_systemd
	need_ear
	before=$([ "$(id -u)" -ne 0 ] || programs)
	for ((i = 0; i < ${CYCLES:-200}; i++)); do
		taper --systemd-cgroup create "$ID" </dev/null >"$T/out" 2>&1 3>&-
		taper delete --force "$ID"
	done
	is "$(left_units)" ""
	is "$(find /sys/fs/cgroup -name "*$ID*")" ""
	# the kernel takes them away when it has time
	[ -z "$before" ] || wait_for 20 no_more_programs
}

no_more_programs() {
	[ "$(programs)" -le "$before" ]
}

@test "killed at its system calls, it leaves nothing that delete --force does not remove" {
	need_systemd
	inject=$BUILDDIR/tests/fault/inject
	[ -x "$inject" ] || skip "tests/fault/inject is not built"
	program sleep 1000
	for ((call = 30; call < 1000; call += 17)); do
		rm -f "$T/report"
		"$inject" -k "0:$call" "$T/report" "$TAPER" --root "$ROOT" --systemd-cgroup create "$ID" \
			</dev/null >"$T/out" 2>&1 3>&- || true
		taper delete --force "$ID"
		is "$(left_units)" ""
		is "$(find /sys/fs/cgroup -name "*$ID*")" ""
		grep -q killed "$T/report" || break      # it has no more calls
	done
	[ "$call" -gt 100 ]
}

@test "without a bus the error says so, and nothing is left" {
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/none DBUS_SESSION_BUS_ADDRESS=unix:path=$T/none
	expect 1 taper --systemd-cgroup run "$ID"
	has "connect to the bus at unix:path=$T/none"
	has "TAPER-SDB-001"
	is "$(left_state)" ""
}

@test "the unit is in the plan, without privileges" {
	config '.linux.resources.pids = {"limit": 33}'
	expect 0 "$TAPER" --systemd-cgroup explain
	has "unit-property TasksMax \"uint64 33\" (linux.resources.pids.limit)"
}
