#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the container may change in its own cgroup (cgroup v2).

load helpers

setup_test() {
	need_root
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "cgroup v2 alone is not mounted"
	config '.linux.namespaces += [{"type": "cgroup"}] | .linux.namespaces |= unique_by(.type)'
}

writable() {
	config '.mounts |= map(select(.type != "cgroup")) + [{"destination": "/sys/fs/cgroup",
		"type": "cgroup", "source": "cgroup", "options": ["nosuid", "nodev"]}]'
}

cgroup_of() {
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$PID/cgroup")"
}

@test "CG-4 the cgroup belongs to the process's user, its limits do not" {
	writable
	config '.process.user = {"uid": 1234, "gid": 1234} | .process.args = ["sleep", "1000"]'
	launch
	dir=$(cgroup_of)
	is "$(stat -c %u "$dir")" 1234
	for file in cgroup.procs cgroup.subtree_control cgroup.threads; do
		is "$(stat -c %u "$dir/$file")" 1234
	done
	is "$(stat -c %u "$dir/cgroup.freeze")" 0
	is "$(stat -c %u "$dir/pids.max" 2>/dev/null || echo 0)" 0
	is "$(stat -c %u "$dir/..")" 0
	expect 0 taper exec --user 1234 "$ID" mkdir /sys/fs/cgroup/mine
}

@test "CG-4 not without a writable mount" {
	config '.process.user = {"uid": 1234, "gid": 1234} | .process.args = ["sleep", "1000"]'
	launch
	is "$(stat -c %u "$(cgroup_of)")" 0
}

@test "CG-4 in a user namespace: the id outside" {
	need_userns
	writable
	chown -R 100000:100000 rootfs
	config '.linux.namespaces += [{"type": "user"}] | .process.args = ["sleep", "1000"]
		| .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	launch
	is "$(stat -c %u "$(cgroup_of)")" 100000
	expect 0 taper exec "$ID" mkdir /sys/fs/cgroup/mine
}

@test "run.oci.delegate-cgroup: processes below the namespace's root, limits above" {
	writable
	config '.annotations["run.oci.delegate-cgroup"] = "a/inner" | .linux.resources.pids.limit = 50
		| .process.args = ["sh", "-c", "cat /proc/self/cgroup; mkdir /sys/fs/cgroup/beside &&
			echo +pids >/sys/fs/cgroup/cgroup.subtree_control && sleep 1000"]'
	launch
	wait_for 20 grep -q . "$T/out"
	is "$(cat "$T/out")" "0::/a/inner"
	dir=$(cgroup_of)
	is "$dir" "/sys/fs/cgroup/$ID/a/inner"
	is "$(cat "/sys/fs/cgroup/$ID/pids.max")" 50
	wait_for 20 test -e "/sys/fs/cgroup/$ID/beside/pids.max"
	expect 0 taper exec "$ID" cat /proc/self/cgroup
	is "$output" "0::/a/inner"
	taper delete --force "$ID"
	[ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "run.oci.delegate-cgroup with systemd: below the unit's own" {
	[ -d /run/systemd/system ] || skip "PID 1 is not systemd"
	writable
	config --arg path ":taper:$ID" '.annotations["run.oci.delegate-cgroup"] = "inner"
		| .linux.cgroupsPath = $path | .process.args = ["sh", "-c", "cat /proc/self/cgroup; sleep 1000"]'
	taper --systemd-cgroup run --detach --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1 3>&-
	PID=$(cat "$T/pid")
	wait_for 20 grep -q . "$T/out"
	is "$(cat "$T/out")" "0::/inner"
	is "$(cgroup_of)" "/sys/fs/cgroup/system.slice/taper-$ID.scope/container/inner"
}

@test "run.oci.delegate-cgroup is one path downwards" {
	for path in ../x /x x/ a//b . a/../b; do
		config --arg path "$path" '.annotations["run.oci.delegate-cgroup"] = $path'
		refused "run.oci.delegate-cgroup"
	done
}
