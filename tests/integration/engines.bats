# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# engines.bats: configs of the kind that container engines write, as a whole
#
# engines/NAME.json has placeholders for what belongs to a test: @DIR@ (host files), @ID@, @PID@.
load helpers

setup_test() {
	need_root
	DIR=$T/files
	mkdir -p "$DIR/shm"
	chmod 1777 "$DIR/shm"
	printf '127.0.0.1 engine\n' >"$DIR/hosts"
	printf 'engine-host\n' >"$DIR/hostname"
	printf 'nameserver 192.0.2.1\n' >"$DIR/resolv.conf"
	: >"$DIR/containerenv"
	sandbox=
}

teardown_test() {
	[ -z "${sandbox-}" ] || kill -KILL "$sandbox"
}

# engine NAME: make its config the test's
engine() {
	sed -e "s|@DIR@|$DIR|g" -e "s|@ID@|$ID|g" -e "s|@PID@|${sandbox:-0}|g" \
		"$BATS_TEST_DIRNAME/engines/$1.json" >config.json
}

# mount_is DESTINATION WORD...: a mount of the container is there, with these words in its line
mount_is() {
	local line word
	line=$(awk -v at="$1" '$5 == at { line = $0 } END { print line }' "/proc/$PID/mountinfo")
	for word in "${@:2}"; do
		[[ ${line//,/ } == *" $word"* ]] || { echo "$1: no $word in: $line"; return 1; }
	done
}

# cap_is SET MASK
cap_is() {
	is "$(awk -v key="Cap$1:" '$1 == key { print $2 }' "/proc/$PID/status")" "$2"
}

status_has() {
	grep -q "^$1:	$2\$" "/proc/$PID/status" || { grep "^$1" "/proc/$PID/status"; return 1; }
}

@test "engines: a config as of podman: 1.0.2-dev, cgroup mount, seccomp, limits" {
	local memory
	engine podman
	program sleep 100
	launch
	status_is running
	is "$(taper state "$ID" | jq -r '.annotations["io.container.manager"]')" libpod
	is "$(inside hostname)" 6f1c2a7b90de
	is "$(inside cat /etc/hosts)" "127.0.0.1 engine"
	mount_is /proc nosuid nodev noexec "- proc"
	mount_is /dev nosuid noexec "- tmpfs" size=65536k mode=755
	mount_is /sys ro "- sysfs"
	mount_is /dev/pts nosuid noexec "- devpts" gid=5 mode=620 ptmxmode=666
	mount_is /dev/shm nosuid nodev noexec
	cap_is Eff 00000000800405fb
	cap_is Prm 00000000800405fb
	cap_is Bnd 00000000800405fb
	cap_is Inh 0000000000000000
	cap_is Amb 0000000000000000
	status_has Seccomp 2
	status_has NoNewPrivs 0
	status_has Umask 0022
	is "$(tr '\0' '\n' <"/proc/$PID/environ" | sort | tr '\n' ' ')" \
		"HOME=/root HOSTNAME=6f1c2a7b90de PATH=/bin TERM=xterm container=podman "
	grep -q "/$ID/libpod-$ID\$" "/proc/$PID/cgroup"
	memory=$(cgroup_dir memory)
	is "$(cat "$memory"/memory.limit_in_bytes "$memory"/memory.max 2>/dev/null)" 67108864
	is "$(cat "$(cgroup_dir pids)/pids.max")" 2048
}

@test "engines: a config as of podman: what is closed stays closed" {
	engine podman
	script 'cat /proc/keys; ls /sys/firmware
		echo x >/proc/sys/kernel/domainname
		mkdir /sys/fs/cgroup/x
		mknod /dev/loop9 b 7 9 || echo no node
		mount -t tmpfs none /mnt
		unshare -n true
		ls /sys/fs/cgroup >/dev/null && echo seen
		echo x >/dev/null && head -c 4 /dev/zero | wc -c'
	expect 0 taper run "$ID"
	has "seen"
	has 4
	has "sys/kernel/domainname: Read-only"
	has "'/sys/fs/cgroup/x': Read-only"
	has "mount: permission denied"
	has "unshare(0x40000000): Operation not permitted"
	has "no node"
}

@test "engines: a config as of docker: a user with groups, read-only root, zeros that mean unset" {
	local shares
	engine docker
	script 'trap exit TERM; id; touch /x; touch /dev/shm/y && echo shm; pwd
		cat /proc/sys/net/ipv4/ip_unprivileged_port_start
		while :; do sleep 0.05; done'
	launch
	wait_for 5 grep -q '^0$' "$T/out"
	is "$(cat "$T/out")" "uid=1000 gid=1000 groups=55,56,1000
shm
/var
0"
	grep -q "/x: Read-only file system" "$T/err"
	mount_is / ro
	mount_is /etc/hosts rw
	cap_is Bnd 00000000a80425fb
	cap_is Eff 0000000000000000
	cap_is Prm 0000000000000000
	status_has Seccomp 2
	is "$(cat "/proc/$PID/oom_score_adj")" 500
	is "$(awk '/^Max open files/ { print $4, $5 }' "/proc/$PID/limits")" "100 200"
	is "$(awk '/^Max core/ { print $5, $6 }' "/proc/$PID/limits")" "0 0"
	if shares=$(cgroup_dir cpu); then # on v2 there may be none, as no limit asks for it
		is "$(cat "$shares"/cpu.shares 2>/dev/null || cat "$shares"/cpu.weight)" \
			"$(cat "$(dirname "$shares")"/cpu.shares 2>/dev/null || echo 100)"
	fi
}

@test "engines: a config as of containerd: an absolute root, NNP, /run, device rules" {
	cp -a rootfs "$DIR/rootfs"
	engine containerd
	script 'id -u; ls -A /run; ulimit -n; head -c 1 /dev/zero | od -An -tx1
		mknod /tmp/kmsg c 1 11 && cat /tmp/kmsg'
	expect 1 taper run "$ID"
	is "${lines[0]}" 0
	is "${lines[1]}" 1024
	is "${lines[2]}" " 00"
	has "/tmp/kmsg': Operation not permitted"
	[ ! -e rootfs/tmp/kmsg ]
	script 'exec sleep 100'
	launch
	mount_is /run nosuid "- tmpfs" size=65536k mode=755
	mount_is /dev/shm "- tmpfs"
	status_has NoNewPrivs 1
	status_has Seccomp 0
	cap_is Eff 00000000a80425fb
	[ "$(readlink "/proc/$PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

@test "engines: a config as of containerd's CRI: a sandbox's namespaces, by path" {
	local name
	unshare --net --ipc --uts --fork --kill-child sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	sandbox=$!
	wait_for 5 pgrep -P "$sandbox" sleep >/dev/null
	nsenter --target "$(pgrep -P "$sandbox")" --uts hostname sandbox-host
	local holder
	holder=$(pgrep -P "$sandbox")
	engine cri
	config --arg pid "$holder" \
		'(.linux.namespaces[] | select(.path)).path |= sub("/proc/[0-9]+/"; "/proc/\($pid)/")'
	program sleep 100
	launch
	for name in net ipc uts; do
		is "$(readlink "/proc/$PID/ns/$name")" "$(readlink "/proc/$holder/ns/$name")"
	done
	for name in pid mnt; do
		[ "$(readlink "/proc/$PID/ns/$name")" != "$(readlink "/proc/self/ns/$name")" ]
	done
	is "$(inside hostname)" sandbox-host
	is "$(inside cat /etc/resolv.conf)" "nameserver 192.0.2.1"
	is "$(cat "/proc/$PID/oom_score_adj")" 1000
	echo more >>"$DIR/hosts"
	inside grep -q more /etc/hosts
	inside sh -c 'echo inside >>/etc/hosts && touch /dev/shm/x'
	grep -q inside "$DIR/hosts"
	[ -e "$DIR/shm/x" ]
	is "$(taper state "$ID" | jq -r '.annotations["io.kubernetes.cri.sandbox-id"]')" "$ID-sandbox"
	taper delete --force "$ID"
	is "$(nsenter --target "$holder" --uts hostname)" sandbox-host
}

@test "engines: a config as of buildah: ambient capabilities, an empty cgroups path" {
	cp -a rootfs "$DIR/rootfs"
	engine buildah
	program sleep 100
	launch
	for set in Inh Prm Eff Bnd Amb; do
		cap_is "$set" 00000000800405fb
	done
	mount_is /dev/shm nosuid nodev noexec "- tmpfs"
	mount_is /sys/fs/cgroup nosuid nodev noexec
	[ -f "/proc/$PID/root/run/.containerenv" ]
	is "$(awk '/^Max open files/ { print $4, $5 }' "/proc/$PID/limits")" "1024 1024"
	is "$(inside hostname)" 713f445de7ca
}

@test "engines: a config as of podman without root: a user namespace, no cgroup of its own" {
	need_userns
	chown -R 100000:100000 rootfs "$DIR"
	engine podman-rootless
	script 'id -u; cat /proc/self/uid_map | tr -s " "; cat /proc/sys/net/ipv4/ping_group_range
		touch /made && echo made; ls /sys/fs/cgroup >/dev/null && echo cgroup
		stat -c %u /etc/hosts; echo x >/dev/null && echo null'
	expect 0 taper run "$ID"
	is "${lines[0]}" 0
	is "${lines[1]}" " 0 100000 65536"
	has "0	0"
	has made
	has cgroup
	has null
	is "$(stat -c %u:%g rootfs/made)" 100000:100000
	lacks denied
}
