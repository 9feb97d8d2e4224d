# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# namespaces.bats: new ones, those of somebody else, none
load helpers

setup_test() {
	need_root
	holder=
}

teardown_test() {
	[ -z "${holder-}" ] || kill -KILL "$holder"
}

# hold UNSHARE-OPTION...: a process in namespaces of its own, HELD
hold() {
	unshare "$@" --fork --kill-child sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	holder=$!
	wait_for 5 pgrep -P "$holder" sleep >/dev/null
	HELD=$(pgrep -P "$holder" sleep)
}

ns_of() {
	readlink "/proc/$1/ns/$2"
}

@test "N-1 N-3 new ones of each type" {
	config '.linux.namespaces |= . + [{type: "time"}]'
	program sleep 100
	launch
	for ns in pid net ipc uts mnt cgroup time; do
		[ "$(ns_of "$PID" "$ns")" != "$(ns_of self "$ns")" ] || { echo "$ns is shared"; return 1; }
	done
	is "$(ns_of "$PID" user)" "$(ns_of self user)"
}

@test "N-2 a type that is not listed is the caller's" {
	config '.linux.namespaces = [{type: "mount"}] | del(.hostname) |
		.mounts |= map(select(.destination | test("^/(sys|dev/mqueue)") | not))'
	program sleep 100
	launch
	for ns in pid net ipc uts cgroup time user; do
		is "$(ns_of "$PID" "$ns")" "$(ns_of self "$ns")"
	done
}

@test "N-4 joined by path: net, ipc, uts, cgroup, time" {
	hold --net --ipc --uts --cgroup --time
	config --arg pid "$HELD" 'del(.hostname) | .linux.namespaces = [{type: "mount"}, {type: "pid"}] + (
		[["network", "net"], ["ipc", "ipc"], ["uts", "uts"], ["cgroup", "cgroup"], ["time", "time"]] |
		map({type: .[0], path: "/proc/\($pid)/ns/\(.[1])"}))'
	program sleep 100
	launch
	for ns in net ipc uts cgroup time; do
		is "$(ns_of "$PID" "$ns")" "$(ns_of "$HELD" "$ns")"
	done
	[ "$(ns_of "$PID" pid)" != "$(ns_of self pid)" ]
}

@test "N-4 N-7 a joined pid namespace: not pid 1; kill and delete reach all of the container" {
	hold --pid --mount-proc
	config --arg pid "$HELD" '(.linux.namespaces[] | select(.type == "pid")).path = "/proc/\($pid)/ns/pid"'
	script 'sleep 1001 & exec sleep 1000'
	launch
	is "$(ns_of "$PID" pid)" "$(ns_of "$HELD" pid)"
	wait_for 5 eval '[ "$(wc -l <"$(cgroup_dir pids)/cgroup.procs")" -eq 2 ]'
	taper kill "$ID" KILL
	wait_for 5 status_is stopped
	taper delete "$ID"
	[ -e "/proc/$HELD" ]
}

@test "N-4 a joined user namespace, the maps already there" {
	hold --user --map-root-user
	chmod -R a+rwX rootfs
	config --arg pid "$HELD" '.linux.namespaces |= . + [{type: "user", path: "/proc/\($pid)/ns/user"}] |
		(.mounts[].options | arrays) -= ["gid=5"]'
	program sleep 100
	launch
	is "$(ns_of "$PID" user)" "$(ns_of "$HELD" user)"
}

@test "N-8 the maps of a user namespace that is joined: the same ones may be named, others are refused" {
	hold --user --map-root-user
	chmod -R a+rwX rootfs
	config --arg pid "$HELD" '.linux.namespaces |= . + [{type: "user", path: "/proc/\($pid)/ns/user"}] |
		(.mounts[].options | arrays) -= ["gid=5"] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	program true
	expect 0 taper run "$ID"
	config '.linux.gidMappings[0].hostID = 5'
	refused linux.gidMappings
}

@test "N-4 a path that is no namespace, of another type, relative, missing" {
	config '(.linux.namespaces[] | select(.type == "network")).path = "/etc/passwd"'
	refused /etc/passwd
	config '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/uts"'
	refused 'linux.namespaces['
	config '(.linux.namespaces[] | select(.type == "network")).path = "proc/self/ns/net"'
	refused 'linux.namespaces['
	config '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/none"'
	refused /proc/self/ns/none
}

@test "N-4 H-1 SY-1 by path the host's own: nothing in it may change" {
	config '(.linux.namespaces[] | select(.type == "uts")).path = "/proc/self/ns/uts"'
	refused hostname:
	config 'del(.hostname) | .linux.sysctl["kernel.domainname"] = "x"'
	refused linux.sysctl.kernel.domainname
	config 'del(.linux.sysctl)'
	program true
	expect 0 taper run "$ID"
	config '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net" |
		.linux.sysctl["net.ipv4.ip_forward"] = "1"'
	refused linux.sysctl.net.ipv4.ip_forward
}

@test "N-1 N-5 twice the same, an unknown one, no mount namespace" {
	cp config.json "$T/config"
	config '.linux.namespaces += [{type: "uts"}]'
	refused uts
	cp "$T/config" config.json
	config '.linux.namespaces += [{type: "colour"}]'
	refused colour
	cp "$T/config" config.json
	config '.linux.namespaces |= map(select(.type != "mount"))'
	refused mount
}

@test "N-8 a new user namespace: maps, owners of files, no change of the root's owners" {
	chown -R 100000:200000 rootfs
	config '.root.readonly = false | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 500}, {containerID: 500, hostID: 300000, size: 9}]'
	script 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; touch /made; stat -c %u:%g /etc'
	local null
	null=$(stat -c %u:%g /dev/null)
	expect 0 taper run "$ID" </dev/null
	is "$output" " 0 100000 1000
 0 200000 500
 500 300000 9
0:0"
	is "$(stat -c %u:%g rootfs/made)" 100000:200000
	is "$(stat -c %u:%g /dev/null)" "$null" # the host's, although it is standard input
	config '.process.user.uid = 5000'
	refused process.user.uid
}

@test "N-8 maps without a user namespace, a user namespace without maps, an empty range" {
	cp config.json "$T/config"
	config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1}]'
	refused linux.uidMappings:
	has " at line "
	cp "$T/config" config.json
	config '.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1}]'
	refused linux.gidMappings:
	has " at line "
	cp "$T/config" config.json
	config '.linux.namespaces += [{type: "user"}]'
	refused Mappings
	config '.linux |= . + {uidMappings: [{containerID: 0, hostID: 0, size: 0}],
		gidMappings: [{containerID: 0, hostID: 0, size: 1}]}'
	refused 'linux.uidMappings[0]'
}

@test "N-10 timeOffsets" {
	local up
	config '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {boottime: {secs: 1000000}, monotonic: {secs: 5}}'
	program cat /proc/uptime
	expect 0 taper run "$ID"
	up=${output%%.*}
	[ "$up" -ge 1000000 ]
	program awk '{ print $1, $2, $3 }' /proc/self/timens_offsets
	expect 0 taper run "$ID"
	is "$output" "monotonic 5 0
boottime 1000000 0"
	config '.linux.timeOffsets = {realtime: {secs: 1}}'
	refused timeOffsets
	config '.linux.timeOffsets = {boottime: {secs: 1}} |
		.linux.namespaces |= map(select(.type != "time"))'
	refused timeOffsets
	config '.linux.namespaces += [{type: "time", path: "/proc/self/ns/time"}]'
	refused timeOffsets
}

@test "N-10 timeOffsets in a user namespace, new and joined" {
	need_userns
	chown -R 100000:100000 rootfs
	config '.linux.namespaces += [{type: "time"}, {type: "user"}] |
		.linux.timeOffsets = {boottime: {secs: 1000000}, monotonic: {secs: 5}} |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	program awk '{ print $1, $2, $3 }' /proc/self/timens_offsets
	expect 0 taper run "$ID"
	is "$output" "monotonic 5 0
boottime 1000000 0"
	need_root
	hold --user --net
	echo "0 100000 1000" >"/proc/$HELD/uid_map"
	echo "0 100000 1000" >"/proc/$HELD/gid_map"
	config --arg pid "$HELD" 'del(.linux.uidMappings, .linux.gidMappings) |
		(.linux.namespaces[] | select(.type == "user" or .type == "network")) |=
			(.path = "/proc/\($pid)/ns/" + {user: "user", network: "net"}[.type])'
	expect 0 taper run "$ID"
	is "$output" "monotonic 5 0
boottime 1000000 0"
}

@test "N-11 the loopback device of a new network namespace is up" {
	program ip link show lo
	expect 0 taper run "$ID"
	has "UP,LOWER_UP"
}

@test "RT-8 delete leaves the namespaces that were joined" {
	hold --net
	local before
	before=$(ns_of "$HELD" net)
	config --arg pid "$HELD" '(.linux.namespaces[] | select(.type == "network")).path = "/proc/\($pid)/ns/net"'
	program true
	expect 0 taper run "$ID"
	is "$(ns_of "$HELD" net)" "$before"
	[ -e "/proc/$HELD" ]
}
