#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# spec-devices.bats: the specification's rows of devices, default file systems, namespaces, sysctl, paths
load helpers

setup_test() {
	need_root
	config '.root.readonly = false'
}

# says SCRIPT TEXT: the script in the container prints exactly this
says() {
	script "$1"
	expect 0 taper --log-level error run "$ID"
	is "$output" "$2"
}

# own_users: a user namespace, and a root file system of its root
own_users() {
	chown -R 100000:100000 rootfs
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
}

@test "D-1 the file systems of the default config" {
	says 'awk "{ print \$2, \$3 }" /proc/self/mounts | grep -E "^/(proc|sys|dev/pts|dev/shm) " | sort' "/dev/pts devpts
/dev/shm tmpfs
/proc proc
/sys sysfs"
}

@test "D-6 /dev/core" {
	[ -e /proc/kcore ] || skip "this kernel has no /proc/kcore"
	says 'readlink /dev/core' /proc/kcore
}

@test "D-7 a device that is there: the same numbers, and others" {
	config 'del(.mounts[] | select(.destination | test("^/dev")))'
	mknod -m 600 rootfs/dev/null c 1 3 2>/dev/null || skip "cannot make devices"
	mknod -m 600 rootfs/dev/mine c 1 5
	config '.linux.devices = [{type: "c", path: "/dev/mine", major: 1, minor: 5, fileMode: 416, uid: 3, gid: 4}]'
	says 'stat -c "%a %u:%g" /dev/mine; stat -c %a /dev/null' "640 3:4
666"
	config '.linux.devices[0].minor = 7'
	refused /dev/mine
}

@test "D-7 a device that a bind has brought is the host's: its mode and owner stay" {
	mkdir "$T/dev"
	mknod -m 600 "$T/dev/mine" c 1 5 2>/dev/null || skip "cannot make devices"
	chown 7:8 "$T/dev/mine"
	config --arg src "$T/dev" 'del(.mounts[] | select(.destination | test("^/dev"))) |
		.mounts += [{destination: "/dev", type: "bind", source: $src, options: ["rbind"]}] |
		.linux.devices = [{type: "c", path: "/dev/mine", major: 1, minor: 5, fileMode: 416, uid: 3, gid: 4}]'
	says 'stat -c "%a %u:%g" /dev/mine' "600 7:8"
	is "$(stat -c "%a %u:%g" "$T/dev/mine")" "600 7:8"
}

@test "DV-3 numbers: required, not negative, not for a fifo" {
	config '.linux.devices = [{type: "p", path: "/dev/pipe"}]'
	says 'stat -c "%F %a" /dev/pipe' 'fifo 666'
	config '.linux.devices = [{type: "c", path: "/dev/x", minor: 3}]'
	refused 'linux.devices[0]'
	config '.linux.devices = [{type: "c", path: "/dev/x", major: -1, minor: 3}]'
	refused 'linux.devices[0]'
}

@test "DV-6 D-2 in a user namespace the host's devices are bound" {
	need_userns
	own_users
	config '.linux.devices = [{type: "c", path: "/dev/full", major: 1, minor: 7}]'
	says 'echo x >/dev/full 2>/dev/null || echo full; grep -c " /dev/\(null\|full\) " /proc/self/mountinfo' "full
2"
	config '.linux.devices = [{type: "c", path: "/dev/none-such", major: 1, minor: 7}]'
	refused /dev/none-such
}

@test "DV-7 the same numbers twice are a warning" {
	config '.linux.devices = [{type: "c", path: "/dev/one", major: 1, minor: 3},
		{type: "c", path: "/dev/two", major: 1, minor: 3}]'
	script 'test -c /dev/one && test -c /dev/two'
	expect 0 taper --log "$T/log" --log-level warning run "$ID"
	grep -q 'linux.devices\[1\]' "$T/log"
}

@test "DV-8 a device of the list is not usable by that alone" {
	need_controller devices
	config '.linux.devices = [{type: "c", path: "/dev/mem0", major: 1, minor: 1}] |
		.linux.resources.devices = [{allow: false, access: "rwm"}]'
	says 'test -c /dev/mem0 && (head -c 1 </dev/mem0) 2>&1 | grep -o "not permitted"' 'not permitted'
}

@test "N-6 a user namespace that owns the network namespace is joined first" {
	need_userns
	unshare --user --map-root-user --net --fork --kill-child sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	holder=$!
	wait_for 5 pgrep -P "$holder" sleep >/dev/null
	held=$(pgrep -P "$holder" sleep)
	chmod -R a+rwX rootfs
	config --arg pid "$held" '(.mounts[].options | arrays) -= ["gid=5"] |
		.linux.namespaces = [.linux.namespaces[] | select(.type != "network")] +
		[{type: "network", path: "/proc/\($pid)/ns/net"}, {type: "user", path: "/proc/\($pid)/ns/user"}]'
	says 'readlink /proc/self/ns/net; readlink /proc/self/ns/user' \
		"$(readlink "/proc/$held/ns/net" "/proc/$held/ns/user")"
	kill -KILL "$holder"
}

@test "N-9 three hundred lines of a mapping; more than the kernel takes" {
	need_userns
	own_users
	config '.linux.uidMappings = [range(300) | {containerID: ., hostID: (100000 + 2 * .), size: 1}]'
	says 'wc -l </proc/self/uid_map' 300
	config '.linux.uidMappings = [range(341) | {containerID: ., hostID: (100000 + 2 * .), size: 1}]'
	refused uidMappings
}

@test "SY-2 sysctl is written although /proc/sys is read-only" {
	config '.linux.sysctl = {"kernel.msgmax": "4242"} | .linux.readonlyPaths = ["/proc/sys"]'
	says 'cat /proc/sys/kernel/msgmax; (echo 1 >/proc/sys/kernel/msgmax) 2>&1 | grep -o "Read-only"' "4242
Read-only"
	[ "$(cat /proc/sys/kernel/msgmax)" != 4242 ]
}

@test "LX-4 a path in both lists is masked" {
	mkdir rootfs/both
	echo secret >rootfs/both/file
	config '.linux.maskedPaths = ["/both"] | .linux.readonlyPaths = ["/both"]'
	says 'ls /both; touch /both/x 2>&1 | grep -o "Read-only"' Read-only
}

@test "MN-10 sysfs without a network namespace of its own, for an unprivileged root" {
	need_userns
	own_users
	config 'del(.linux.namespaces[] | select(.type == "network")) |
		(.mounts[] | select(.destination == "/sys")) |=
			{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}'
	says 'test -d /sys/kernel && (mkdir /sys/x 2>/dev/null || echo refused)' refused
}

@test "MN-13 locked flags of a source stay in a user namespace, and are not cleared" {
	need_userns
	mkdir "$T/src"
	config --arg src "$T/src" '.mounts += [{destination: "/m", type: "bind", source: $src, options: ["bind", "ro"]}] |
		del(.linux.resources, .linux.cgroupsPath) | (.mounts[].options | arrays) -= ["gid=5"] |
		.mounts |= map(select(.type != "cgroup")) | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	program grep " /m " /proc/self/mounts
	expect 0 locked
	[[ $output == *" ro,nosuid,nodev"* ]]
	config '.mounts[-1].options = ["bind", "suid"]'
	expect 1 locked
	has /m
}

# locked: run, where the flags of $T/src are those of a more privileged mount namespace
locked() {
	unshare --mount --propagation private sh -c '
		mount -t tmpfs -o nosuid,nodev none "$1" && shift && exec "$@"' - "$T/src" \
		unshare --user --map-root-user --mount "$TAPER" --root "$ROOT" run "$ID"
}
