#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# spec-options.bats: mount options that mounts.bats does not have, and annotations that change what is done
load helpers

setup_test() {
	need_root
	config '.root.readonly = false'
	SRC=$T/src
	mkdir "$SRC"
	echo data >"$SRC/file"
}

# mount_at DESTINATION TYPE SOURCE OPTION...: add a mount to the config
mount_at() {
	config '.mounts += [{destination: $ARGS.positional[0], type: $ARGS.positional[1],
		source: $ARGS.positional[2], options: $ARGS.positional[3:]}]' --args -- "$@"
}

says() {
	script "$1"
	expect 0 taper --log-level error run "$ID"
	is "$output" "$2"
}

@test "MO-8 remount changes what is mounted there" {
	mount_at /m tmpfs tmpfs size=64k
	mount_at /m tmpfs tmpfs remount ro
	says 'touch /m/x 2>&1; grep -c " /m " /proc/self/mountinfo' "touch: /m/x: Read-only file system
1"
}

@test "MO-10 MO-11 MO-12 the r* options that clear" {
	local option
	for option in rrw rsuid rdev rexec ratime rdiratime rrelatime rsymfollow rnostrictatime; do
		mount_at "/m/$option" bind "$SRC" rbind "$option"
	done
	mkdir "$SRC/sub"
	script 'grep "/sub " /proc/self/mountinfo | sort | cut -d " " -f 5-6'
	expect 0 unshare --mount --propagation private sh -c '
		mount -t tmpfs -o ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow none "$1/sub" && shift && exec "$@"' \
		- "$SRC" "$TAPER" --root "$ROOT" run "$ID"
	for option in rrw:ro rsuid:nosuid rdev:nodev rexec:noexec ratime:noatime rdiratime:nodiratime \
		rrelatime:noatime rsymfollow:nosymfollow; do
		[[ $(grep "/${option%:*}/" <<<"$output" | cut -d ' ' -f 2), != *"${option#*:},"* ]] ||
			{ echo "$option in:"; echo "$output"; return 1; }
	done
	has '/m/rrw/sub rw,nosuid,nodev,noexec'
}

@test "MO-13 MO-22 idmap: from the container's namespace, from the option, and from nowhere" {
	chown 1000:1000 "$SRC/file"
	mount_at /m bind "$SRC" bind idmap
	refused idmap
	config '.mounts[-1].options = ["bind", "idmap=uids=1000-2000-1#0-0-1;gids=1000-3000-1#0-0-1"]'
	says 'stat -c %u:%g /m/file; touch /m/new; stat -c %u:%g /m/new' "2000:3000
0:0"
	is "$(stat -c %u:%g "$SRC/new")" 0:0
	config '.mounts[-1].options = ["bind", "idmap"] | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 2000}] |
		.linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 rootfs
	says 'stat -c %u:%g /m/file' 1000:1000
}

@test "MO-19 without options, the usual ones of the destination" {
	config '(.mounts[] | select(.destination == "/dev/shm")) |= del(.options)'
	says 'grep " /dev/shm " /proc/self/mounts | grep -o "nosuid,nodev,noexec.*size=65536k"; stat -c %a /dev/shm' \
		"nosuid,nodev,noexec,relatime,size=65536k
1777"
}

@test "MO-20 copy-symlink: the same link" {
	ln -s file "$SRC/link"
	mount_at /etc/link bind "$SRC/link" bind copy-symlink
	says 'readlink /etc/link; grep -c /etc/link /proc/self/mountinfo; true' "file
0"
	# Another link that is there is not replaced.
	ln -sf other rootfs/etc/link
	refused /etc/link
}

@test "MO-21 src-nofollow, dest-nofollow: the link itself" {
	ln -s file "$SRC/link"
	ln -s none rootfs/dest
	mount_at /dest bind "$SRC/link" bind src-nofollow dest-nofollow
	says 'readlink /dest' file
	is "$(readlink rootfs/dest)" none
	[ ! -e rootfs/none ]
}

@test "A-6 an unknown name in a filter is skipped, or an error where the annotation says so" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}'
	says 'echo runs' runs
	config '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "1"'
	refused no_such_call
}

@test "A-7 keep_original_groups" {
	config '.annotations["run.oci.keep_original_groups"] = "1"'
	program grep Groups /proc/self/status
	expect 0 setpriv --groups 12345,23456 "$TAPER" --root "$ROOT" run "$ID"
	has 12345
	has 23456
	config 'del(.annotations)'
	expect 0 setpriv --groups 12345,23456 "$TAPER" --root "$ROOT" run "$ID"
	lacks 12345
}

@test "SC-6 calls that are newer than the profile answer ENOSYS" {
	need_ear
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, syscalls: [
		{names: ["read", "write", "open", "openat", "close", "execve", "execveat", "exit_group", "brk", "mmap",
		"munmap", "mprotect", "fstat", "newfstatat", "rt_sigaction", "rt_sigprocmask", "set_tid_address",
		"set_robust_list", "rseq", "prlimit64", "getrandom", "readlink", "readlinkat", "arch_prctl", "getuid",
		"futex", "prctl", "mkdir", "uname"], action: "SCMP_ACT_ALLOW"}]}'
	program ear syscall 9999
	expect 38 taper run "$ID"
	program ear syscall 99
	expect 1 taper run "$ID"
}

@test "SC-11 a filter with and without noNewPrivileges is in force, whoever the user is" {
	local nnp
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 39}]} |
		.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"
		says 'mkdir /tmp/x 2>&1; grep -w Seccomp: /proc/self/status' "mkdir: can't create directory '/tmp/x': Directory not empty
Seccomp:	2"
	done
}
