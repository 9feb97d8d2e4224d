#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154,SC2016,SC2034
#
# procfs, sysfs, cgroups: what is written there lands where it should, and what is seen there is harmless.

load helpers

@test "T03 files of procfs and sysfs that can be opened for writing: the known ones" {
	program probe writable
	attempt
	is "$status" 0
	run grep -v -x -f <(sed '/^#/d' "$SRCDIR/tests/security/writable") <<<"$output"
	is "$output" ""
}

@test "T03 with nothing masked or read-only: only what the kernel keeps per namespace" {
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .process.user = {uid: 1000, gid: 1000}'
	program probe writable
	attempt
	is "$status" 0
	lacks sysrq
	lacks core_pattern
	lacks uevent
}

@test "T08 a false /proc: a label cannot be faked" {
	[ ! -e /sys/kernel/security/apparmor ] || skip "AppArmor is there: tests/vm/apparmor.bats"
	mkdir -p "$T/fake/self/attr/apparmor" "$T/fake/self/fd" "$T/fake/thread-self/attr"
	for file in self/attr/exec self/attr/current self/attr/apparmor/exec thread-self/attr/exec; do
		: >"$T/fake/$file"
	done
	script 'echo RUNS UNCONFINED'
	for label in '.process.apparmorProfile = "p"' '.process.selinuxLabel = "system_u:system_r:container_t:s0"'; do
		cp config.json config.saved
		config "$label"
		# a host without the module refuses, it does not pretend
		attempt
		[ "$status" -ne 0 ]
		lacks RUNS
		config --arg source "$T/fake" '.mounts |= map(select(.destination != "/proc")) |
			.mounts += [{destination: "/proc", type: "bind", source: $source, options: ["bind", "rw"]}]'
		attempt
		[ "$status" -ne 0 ]
		lacks RUNS
		config '.mounts |= map(select(.destination != "/proc")) |
			.mounts += [{destination: "/proc", type: "tmpfs", source: "tmpfs"}]'
		attempt
		[ "$status" -ne 0 ]
		lacks RUNS
		mv config.saved config.json
	done
	is "$(find "$T/fake" -type f -size +0)" ""
}

@test "T09 /proc or /sys of the image is a link, a file, or missing" {
	program probe look host-marker
	for dir in proc sys; do
		for kind in tmp/p "$OUT" nowhere "../../../../../../../..$OUT" self/../tmp FILE; do
			rm -rf "rootfs/$dir"
			case $kind in
			FILE) echo data >"rootfs/$dir" ;;
			*) ln -s "$kind" "rootfs/$dir" ;;
			esac
			attempt
			unchanged
			lacks FOUND
			if [ "$status" -eq 0 ]; then
				grep -q "^mount / /$dir ${dir/sys/sysfs} " <<<"$output" || { echo "$output"; return 1; }
			else
				tells
			fi
		done
		rm -rf "rootfs/$dir"
		mkdir "rootfs/$dir"
	done
}

@test "T16 a user's container: the host's cgroups are not writable" {
	need setpriv
	mkdir -m 755 "$T/home"
	cp "$TAPER" "$T/runtime"
	cp -a rootfs "$T/home/rootfs"
	chown -R 65533:65533 "$T/home"
	cd "$T/home"
	as_user() { setpriv --reuid 65533 --regid 65533 --clear-groups env XDG_RUNTIME_DIR="$T/home" "$@" </dev/null 3>&-; }
	as_user unshare --user true || skip "no user namespaces for users"
	as_user "$T/runtime" spec --rootless
	for how in rw ro; do
		for type in cgroup bind; do
			rm -f config.json
			as_user "$T/runtime" spec --rootless
			config --arg how "$how" --arg type "$type" '.process.terminal = false |
				.linux.namespaces |= map(select(.type != "cgroup")) |
				.mounts |= map(select(.destination != "/sys/fs/cgroup")) |
				.mounts += [if $type == "cgroup" then {destination: "/sys/fs/cgroup", type: "cgroup",
					source: "cgroup", options: [$how]} else
					{destination: "/sys/fs/cgroup", type: "bind", source: "/sys/fs/cgroup",
					options: ["rbind", $how]} end]'
			script 'echo inside; for d in /sys/fs/cgroup /sys/fs/cgroup/*; do
				mkdir $d/'"$ID"'-escape 2>/dev/null; done; true'
			run as_user "$T/runtime" run "$ID"
			[ "$status" -eq 0 ] || tells
			# what is made in a tmpfs of the container is no harm
			is "$(find /sys/fs/cgroup -name "$ID-escape")" ""
		done
	done
}

@test "T19 cgroup paths and files do not leave the container's group" {
	program true
	for key in ../x/cgroup.freeze /cgroup.freeze a/b '' .. 'pids\n.max' 'a b' ../../cgroup.procs; do
		cp config.json config.saved
		config --arg key "$(printf '%b' "$key")" '.linux.resources.unified = {($key): "1"}'
		attempt
		[ "$status" -ne 0 ] || { echo "taken: $key"; return 1; }
		tells
		mv config.saved config.json
	done
	config '.linux.resources.unified = {"pids.max\u0000x": "1"}'
	attempt
	[ "$status" -ne 0 ]
	config 'del(.linux.resources.unified)'
	for path in ../tap-x "/../../$ID" "/$ID/../$ID-x" "$ID/.." "/$(printf '%4096s' '' | tr ' ' a)" "/$ID\nx"; do
		config --arg path "$(printf '%b' "$path")" '.linux.cgroupsPath = $path'
		attempt
		[ ! -d "/sys/fs/cgroup/pids/$ID-x" ]
		[ "$status" -eq 0 ] || tells
		[ "$status" -ne 0 ] || { echo "taken: $path"; return 1; }
	done
	is "$(find /sys/fs/cgroup -name 'tap-x*' -newer config.json)" ""
}

@test "T24 a false procfs at /proc: no sysctl goes there" {
	mkdir -p "$T/fake/sys/net/ipv4" "$T/fake/sys/kernel"
	: >"$T/fake/sys/net/ipv4/ip_forward"
	config --arg source "$T/fake" '.mounts |= map(if .destination == "/proc" then
		{destination: "/proc", type: "bind", source: $source, options: ["bind", "rw"]} else . end) |
		.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	script 'mkdir -p /tmp/p && mount -t proc proc /tmp/p && cat /tmp/p/sys/net/ipv4/ip_forward'
	config '.process.capabilities |= map_values(["CAP_SYS_ADMIN"])'
	attempt
	is "$(find "$T/fake" -type f -size +0)" ""
	[ "$status" -ne 0 ] || is "$output" 1
}

@test "T36 a profile or label with a name that looks like none is not taken for none" {
	[ ! -e /sys/kernel/security/apparmor ] || skip "AppArmor is there: tests/vm/apparmor.bats"
	script 'echo RUNS'
	for name in unconfined_x 'x (enforce)' 'unconfined (enforce)' ' unconfined' 'unconfined '; do
		config --arg name "$name" '.process.apparmorProfile = $name'
		attempt
		[ "$status" -ne 0 ] || { echo "taken: $name"; return 1; }
		lacks RUNS
	done
	config 'del(.process.apparmorProfile) | .process.selinuxLabel = "a:b"'
	attempt
	[ "$status" -ne 0 ]
	lacks RUNS
}

@test "T38 propagation: nothing comes in or goes out that was not asked for" {
	mkdir -p "$T/v/sub"
	mount -t tmpfs none "$T/v"
	mkdir "$T/v/sub"
	mount --make-shared "$T/v"
	for how in private rprivate slave rslave shared; do
		config --arg v "$T/v" --arg how "$how" '.mounts |= map(select(.destination != "/v")) |
			.mounts += [{destination: "/v", type: "bind", source: $v, options: ["rbind", $how]}]'
		program sleep 100
		launch
		mount -t tmpfs hotplug "$T/v/sub"
		seen=$(grep -c hotplug "/proc/$PID/mountinfo" || :)
		nsenter -t "$PID" -m -r mkdir -p /v/fromin
		nsenter -t "$PID" -m -r mount -t tmpfs escaping /v/fromin
		back=$(grep -c escaping /proc/self/mountinfo || :)
		nsenter -t "$PID" -m -r umount /v/fromin
		taper delete --force "$ID"
		umount "$T/v/sub"
		case $how in
		private | rprivate) is "$seen $back" "0 0" ;;
		slave | rslave) is "$seen $back" "1 0" ;;
		shared) is "$seen $back" "1 1" ;;
		esac
	done
	umount "$T/v"
}

@test "T57 sysctl: only of own namespaces, by one spelling or the other" {
	script 'echo RUNS'
	before=$(cat /proc/sys/kernel/core_pattern)
	for key in kernel.core_pattern kernel/core_pattern kernel.sysrq net.../../kernel/core_pattern net/../kernel/core_pattern \
		kernel.shm_rmid_forced/../core_pattern fs.mqueue.../x vm.swappiness '' . net ../kernel; do
		config --arg key "$key" '.linux.sysctl = {($key): "|/tmp/tap-evil"}'
		attempt
		[ "$status" -ne 0 ] || { echo "taken: $key"; return 1; }
		tells
		is "$(cat /proc/sys/kernel/core_pattern)" "$before"
	done
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))'
	attempt
	[ "$status" -ne 0 ]
	config '.linux.sysctl = {"kernel.shm_rmid_forced": "1"} | .linux.namespaces |= map(select(.type != "ipc"))'
	attempt
	[ "$status" -ne 0 ]
}
