#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# nested.bats: taper in a container that taper has made, which has a cgroup namespace and a writable mount of
# cgroups (cgroup v2)

load helpers

setup_test() {
	need_root
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "cgroup v2 alone is not mounted"
	inner=$BUNDLE/rootfs/inner
	cp -a "$BUNDLE" "$T/inner" && mv "$T/inner" "$inner"
	cp "$TAPER" rootfs/bin/taper
	config '.root.readonly = false | .process.args = ["sleep", "1000"] | .process.noNewPrivileges = false
		| del(.linux.seccomp, .linux.maskedPaths, .linux.readonlyPaths, .process.rlimits)
		| .linux.namespaces |= (. + [{type: "cgroup"}] | unique_by(.type))
		| .linux.resources.devices = [{allow: true, access: "rwm"}]
		| .mounts |= map(select(.type != "cgroup" and .type != "sysfs"))
		| .mounts += [{destination: "/sys", type: "sysfs", source: "sysfs"},
			{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"]}]'
	config --argjson caps "$(capsh_all)" '.process.capabilities |= map_values($caps)'
	for dir in /lib /lib64 /usr/lib; do
		[ ! -d $dir ] || config --arg dir $dir '.mounts += [{destination: $dir, source: $dir, type: "bind",
			options: ["rbind", "ro"]}]'
	done
	inner_config '.linux.cgroupsPath = "/inner" | .process.args = ["sleep", "1000"]'
}

# All capabilities that a container can have, as JSON
capsh_all() {
	"$TAPER" features | jq -c .linux.capabilities
}

inner_config() {
	(cd "$inner" && config "$@")
}

# nested ARG...: taper in the container
nested() {
	taper exec "$ID" taper --root /state "$@" </dev/null
}

# start_inner: in the background
start_inner() {
	nested run --detach --bundle /inner i >"$T/out" 2>&1 3>&- || {
		cat "$T/out"
		return 1
	}
}

# cgroup_of_container: its directory, wherever it has moved its processes
cgroup_of_container() {
	local path
	path=$(sed -n 's/^0:://p' "/proc/$PID/cgroup")
	echo "/sys/fs/cgroup${path%/init}"
}

inner_limits() {
	inner_config '.linux.resources = {pids: {limit: 7}, memory: {limit: 33554432}, cpu: {quota: 50000, period: 100000},
		devices: [{allow: false, access: "rwm"}]}'
	start_inner
	dir=$(cgroup_of_container)
	is "$(cat "$dir/inner/pids.max")" 7
	is "$(cat "$dir/inner/memory.max")" 33554432
	is "$(cat "$dir/inner/cpu.max")" "50000 100000"
	[ "$(wc -l <"$dir/inner/cgroup.procs")" -eq 1 ]
	grep -qx "$PID" "$dir/init/cgroup.procs"
	is "$(cat "$dir/cgroup.procs")" ""
	is "$(nested list -q)" i
	expect 0 nested exec i cat /proc/self/cgroup
	is "$output" "0::/"
	expect 0 nested update --pids-limit 5 i
	is "$(cat "$dir/inner/pids.max")" 5
	run nested exec i sh -c 'for i in 1 2 3 4 5 6; do sleep 9 & done; echo all'
	lacks all
	expect 0 nested pause i
	is "$(cat "$dir/inner/cgroup.freeze")" 1
	expect 0 nested delete --force i
	[ ! -e "$dir/inner" ]
	[ -e "$dir" ]
}

@test "limits of a container in a container are in force, and the outer one goes on" {
	config '.linux.resources.pids = {limit: 500}'
	launch
	inner_limits
	is "$(cat "/sys/fs/cgroup/$ID/pids.max")" 500
	expect 0 taper ps --format json "$ID"
	has "$PID"
	expect 0 taper exec "$ID" cat /proc/self/cgroup
	is "$output" "0::/init"
	expect 0 taper update --pids-limit 400 "$ID"
	is "$(cat "/sys/fs/cgroup/$ID/pids.max")" 400
	expect 0 taper pause "$ID"
	expect 0 taper resume "$ID"
}

@test "one that uses more memory than its limit is killed, and the outer one goes on" {
	launch
	inner_config '.linux.resources.memory = {limit: 16777216, swap: 16777216}
		| .process.args = ["sh", "-c", "x=$(head -c 64000000 /dev/zero | tr \"\\0\" x); echo ${#x}"]'
	expect 137 nested run --bundle /inner i
	has "killed by the memory limit"
	is "$(status_of)" running
}

@test "without limits inside nothing is moved; the outer one is deleted with what runs in it" {
	launch
	start_inner
	grep -qx "$PID" "/sys/fs/cgroup/$ID/cgroup.procs"
	expect 0 taper delete --force "$ID"
	[ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "three levels" {
	launch
	cp -a rootfs/bin/taper "$inner/rootfs/bin/"
	cp -a "$inner" "$T/third" && mkdir "$inner/rootfs/third" && cp -a "$T/third/." "$inner/rootfs/third"
	jq '.process.args = ["sh", "-c", "cat /proc/self/cgroup; cat /sys/fs/cgroup/pids.max; exit 5"]
		| .linux.resources.pids = {limit: 9}' "$inner/config.json" >"$inner/rootfs/third/config.json"
	jq '.linux.cgroupsPath = "/inner"' config.json >"$inner/config.json"
	start_inner
	expect 5 nested exec i taper --root /state run --bundle /third third
	has "0::/"
	has 9
}

@test "where other processes are in a cgroup above, they stay there, and the error says so" {
	launch
	inner_config '.linux.cgroupsPath = "/busy/inner" | .linux.resources.pids = {limit: 9}'
	mkdir "/sys/fs/cgroup/$ID/busy"
	sleep 1000 3>&- &
	echo $! >"/sys/fs/cgroup/$ID/busy/cgroup.procs"
	expect 1 nested run --bundle /inner i
	kill $!
	has "enable controller pids in /sys/fs/cgroup/busy/cgroup.subtree_control: the cgroup has processes"
	is "$(cat "/sys/fs/cgroup/$ID/busy/cgroup.subtree_control")" ""
}

@test "in the scope of systemd" {
	[ -d /run/systemd/system ] || skip "PID 1 is not systemd"
	config --arg path ":taper:$ID" '.linux.cgroupsPath = $path'
	taper --systemd-cgroup run --detach --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1 3>&-
	PID=$(cat "$T/pid")
	inner_limits
	is "$dir" "/sys/fs/cgroup/system.slice/taper-$ID.scope/container"
	expect 0 taper delete --force "$ID"
}

@test "where the cgroups are read-only the error says so" {
	config '.mounts |= map(if .type == "cgroup" then .options = ["ro"] else . end)'
	launch
	expect 1 nested run --bundle /inner i
	has "make cgroup /sys/fs/cgroup/inner: read-only file system"
	lacks "remove cgroup"
}
