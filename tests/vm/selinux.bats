#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# SELinux: labels of the program, its keyring and its mounts. Runs in the leg selinux, under Debian's
# policy; permissive, so that tests can look on, but for those that enforce.
load ../integration/helpers

LABEL=system_u:system_r:container_t:s0:c1,c2
FILES=system_u:object_r:container_file_t:s0:c1,c2

setup_test() {
	[ -e /sys/fs/selinux/enforce ]
}

teardown_test() {
	echo 0 >/sys/fs/selinux/enforce
}

label() {
	config --arg label "$1" '.process.selinuxLabel = $label'
}

# The attribute of the running container, without its NUL.
attribute() {
	tr -d '\0' <"/proc/$PID/attr/$1"
}

# label_of PATH: the label of a file inside
label_of() {
	context_of "/proc/$PID/root$1"
}

context_of() {
	python3 -c 'import os, sys
print(os.getxattr(sys.argv[1], "security.selinux").decode().rstrip("\0"))' "$1"
}

@test "P-9 selinuxLabel: of the program, seen from inside and outside" {
	label $LABEL
	script 'cat /proc/self/attr/current; exec sleep 1000'
	launch
	wait_for 5 grep -q . "$T/out"
	is "$(tr -d '\0\n' <"$T/out")" "$LABEL"
	is "$(attribute current)" "$LABEL"
	is "$(attribute exec)" ""
	is "$(attribute keycreate)" ""
}

@test "P-9 enforcing: the policy decides what the program may do" {
	label $LABEL
	config --arg label $FILES '.linux.mountLabel = $label | .root.readonly = false'
	chcon -R $FILES rootfs
	script 'cat /proc/self/attr/current >/label; echo x >/dev/shm/x && cat /dev/shm/x >/shm; cat /secret >/got'
	: >rootfs/secret
	chcon -t shadow_t -l s0:c1,c2 rootfs/secret
	echo 1 >/sys/fs/selinux/enforce
	status=0
	taper run "$ID" </dev/null >"$T/out" 2>&1 || status=$?
	echo 0 >/sys/fs/selinux/enforce
	is "$status" 1
	is "$(tr -d '\0\n' <rootfs/label)" "$LABEL"
	is "$(cat rootfs/shm)" x
	[ ! -s rootfs/got ]
}

@test "P-9 the kernel's own form of the level is accepted" {
	label system_u:system_r:container_t:s0:c2,c1
	script 'cat /proc/self/attr/current'
	expect 0 taper run "$ID"
	has "$LABEL"
}

@test "P-9 D22 an invalid label is refused" {
	for bad in nonsense system_u:system_r:no_such_type_t:s0 system_u:object_r:container_t:s0:c9999; do
		label $bad
		expect 1 taper run "$ID"
		has "process.selinuxLabel: set the SELinux label"
		has "$bad"
		has TAPER-LSM-001
		refused "process.selinuxLabel: set the SELinux label"
		expect 1 taper state "$ID"
	done
}

@test "P-9 podman: the text by which it knows that a label was refused" {
	label nonsense
	expect 1 taper run "$ID"
	grep -E '`/proc/[a-z0-9-].+/attr.*`' <<<"$output"
	config 'del(.process.selinuxLabel)'
	program sleep 1000
	launch
	expect 255 taper exec --process-label nonsense "$ID" true
	grep -E '`/proc/[a-z0-9-].+/attr.*`' <<<"$output"
}

@test "P-9 the session keyring is labelled like the program" {
	need_ear
	program ear keyring-label
	label $LABEL
	expect 0 taper run "$ID"
	is "$output" $LABEL
	label system_u:system_r:container_t:s0:c7,c8
	expect 0 taper run "$ID"
	is "$output" system_u:system_r:container_t:s0:c7,c8
	config 'del(.process.selinuxLabel)'
	expect 0 taper run "$ID"
	lacks container_t
}

@test "MN-16 LX-5 mountLabel: tmpfs, devpts, shm, mqueue and masks have it; proc and sysfs have not" {
	config --arg label $FILES '.linux.mountLabel = $label
		| .mounts += [{destination: "/x", type: "tmpfs", source: "tmpfs"}]'
	program sleep 1000
	launch
	for path in /x /dev /dev/null /dev/pts /dev/shm /dev/mqueue; do
		echo "$path: $(label_of $path)"
		is "$(label_of $path)" "$FILES"
	done
	for path in /proc /proc/self /sys; do
		lacks_label "$path"
	done
	if [ -d "/proc/$PID/root/sys/firmware" ]; then
		is "$(label_of /sys/firmware)" "$FILES"
	fi
	is "$(context_of "$BUNDLE/rootfs/bin" 2>/dev/null | grep -c container_file)" 0
}

lacks_label() {
	! label_of "$1" 2>/dev/null | grep container_file_t
}

@test "MN-16 mountLabel: an mqueue that is the host's keeps its label" {
	mountpoint -q /dev/mqueue || { mkdir -p /dev/mqueue; mount -t mqueue mqueue /dev/mqueue; }
	before=$(context_of /dev/mqueue)
	config --arg label $FILES '.linux.mountLabel = $label | .linux.namespaces |= map(select(.type != "ipc"))'
	program sleep 1000
	launch
	is "$(context_of /dev/mqueue)" "$before"
}

@test "MN-16 MO-15 a context of the mount's own goes first" {
	config --arg label $FILES --arg own system_u:object_r:tmp_t:s0 '.linux.mountLabel = $label
		| .mounts += [{destination: "/x", type: "tmpfs", source: "tmpfs", options: ["context=" + $own]}]'
	program sleep 1000
	launch
	is "$(label_of /x)" system_u:object_r:tmp_t:s0
}

@test "LX-5 an invalid mountLabel is refused" {
	config '.linux.mountLabel = "a:b:c:s0"'
	refused "mount"
	has "a:b:c:s0"
}

@test "MN-16 A-4 run.oci.mount_context_type: another option carries the label" {
	config --arg label $FILES '.linux.mountLabel = $label
		| .annotations["run.oci.mount_context_type"] = "rootcontext"'
	program sleep 1000
	launch
	grep " - tmpfs .*rootcontext=\"*$FILES" "/proc/$PID/mountinfo"
	is "$(label_of /dev/shm)" "$FILES"
}

@test "P-9 in a user namespace too" {
	label $LABEL
	config --arg label $FILES '.linux.mountLabel = $label | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 rootfs
	program sleep 1000
	launch
	is "$(attribute current)" "$LABEL"
	is "$(label_of /dev/shm)" "$FILES"
	is "$(label_of /dev/mqueue)" "$FILES"
}

@test "P-8 an AppArmor profile where AppArmor is off is refused" {
	config '.process.apparmorProfile = "x"'
	refused "process.apparmorProfile: profile x cannot be enforced: AppArmor is not enabled"
}

@test "P-9 exec: the container's label, and another by --process-label" {
	label $LABEL
	program sleep 1000
	launch
	is "$(taper exec "$ID" cat /proc/self/attr/current </dev/null | tr -d '\0\n')" "$LABEL"
	is "$(taper exec --process-label "${LABEL/c1,c2/c3}" "$ID" cat /proc/self/attr/current </dev/null |
		tr -d '\0\n')" "${LABEL/c1,c2/c3}"
	expect 255 taper exec --process-label no-such-label "$ID" true
	has "process.selinuxLabel"
}
