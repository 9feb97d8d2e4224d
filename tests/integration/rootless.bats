#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rootless.bats: containers of a user without privileges, who needs no entry in any file of the system
#
# The tests become uid and gid 65533, which nobody has. What /etc/subuid grants is tested with files of
# our own, bound over those of the system in a mount namespace.

load helpers

OWN=65533

setup_test() {
	need_root
	need setpriv unshare
	cp "$TAPER" "$T/taper"
	chmod 755 "$T/taper"
	mkdir -m 700 "$T/home" "$T/home/run"
	cp -a "$BUILDDIR/tests/rootfs" "$T/home/rootfs"
	chown -R $OWN:$OWN "$T/home"
	rm -rf "$BUNDLE"
	BUNDLE=$T/home
	cd "$BUNDLE"
	as_user unshare --user true || skip "no user namespaces for users"
	user_taper spec --rootless
	config '.process.terminal = false'
	chown $OWN:$OWN config.json
}

teardown_test() {
	local id failed=0
	for id in $(user_taper list -q 2>/dev/null); do
		user_taper delete --force "$id" || failed=1
	done
	[ -z "$(find /sys/fs/cgroup -type d -name "*$ID*")" ] || { echo "a cgroup is left"; failed=1; }
	return $failed
}

# as_user COMMAND...: as the user without privileges, with a runtime directory
as_user() {
	setpriv --reuid $OWN --regid $OWN --clear-groups env XDG_RUNTIME_DIR="$T/home/run" "$@"
}

# user_taper ARG...: without --root, that is with the user's default
user_taper() {
	as_user "$T/taper" "$@" </dev/null 3>&-
}

user_status_is() {
	[ "$(user_taper state "$ID" | jq -r .status)" = "$1" ]
}

# with_grants LINE COMMAND...: where LINE is all that /etc/subuid and /etc/subgid say
with_grants() {
	printf '%s\n' "$1" >"$T/granted"
	{ cat /etc/passwd; echo "tap-user:x:$OWN:$OWN::/:/bin/sh"; } >"$T/passwd"
	{ cat /etc/group; echo "tap-user:x:$OWN:"; } >"$T/group"
	chmod 644 "$T/granted" "$T/passwd" "$T/group"
	shift
	# shellcheck disable=SC2016
	unshare --mount sh -c 'mount --bind "$0/granted" /etc/subuid && mount --bind "$0/granted" /etc/subgid &&
		mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group && exec "$@"' \
		"$T" setpriv --reuid $OWN --regid $OWN --clear-groups env XDG_RUNTIME_DIR="$T/home/run" "$@"
}

need_helpers() {
	need newuidmap newgidmap
	[ -f /etc/subuid ] && [ -f /etc/subgid ] || skip "no /etc/subuid to cover"
}

@test "spec --rootless, run: root inside is the user outside" {
	script 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups'
	expect 0 user_taper run "$ID"
	is "$(tr -s ' \n' ' ' <<<"$output")" "0 0 0 $OWN 1 0 $OWN 1 deny "
	[ -d run/taper ]
	is "$(stat -c '%u %a' run/taper)" "$OWN 1700"
	is "$(find run/taper -mindepth 1 ! -name '.*')" ""
}

@test "run answers with the exit code of the program" {
	script 'exit 42'
	expect 42 user_taper run "$ID"
}

@test "files made inside belong to the user" {
	script 'echo text >/new'
	config '.root.readonly = false'
	expect 0 user_taper run "$ID"
	is "$(stat -c '%u:%g' rootfs/new)" "$OWN:$OWN"
}

@test "create, start, state, list, kill, delete" {
	program sleep 1000
	user_taper create --pid-file run/pid "$ID" >"$T/out" 2>&1
	user_status_is created
	[ -d "run/taper/$ID" ]
	expect 0 user_taper start "$ID"
	user_status_is running
	expect 0 user_taper list -q
	is "$output" "$ID"
	is "$(stat -c %u "/proc/$(cat run/pid)")" "$OWN"
	# another user, root, has a state root of its own
	expect 1 taper state "$ID"
	expect 1 user_taper delete "$ID"
	has "is not stopped: it is running"
	expect 0 user_taper kill "$ID" KILL
	wait_for 5 user_status_is stopped
	expect 0 user_taper delete "$ID"
	[ ! -e "run/taper/$ID" ]
	expect 1 user_taper state "$ID"
	has "does not exist"
}

@test "delete --force of a running container leaves nothing" {
	program sleep 1000
	user_taper run --detach --pid-file run/pid "$ID" >"$T/out" 2>&1
	expect 0 user_taper delete --force "$ID"
	[ ! -e "/proc/$(cat run/pid)/exe" ]
	[ ! -e "run/taper/$ID" ]
	expect 0 user_taper delete --force "$ID"
}

@test "the program has no capability outside, whatever it has inside" {
	config '.process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_CHOWN"])'
	script 'chown 1:1 /proc/self/comm; mount -t tmpfs none /tmp && echo mounted; cat /proc/1/uid_map'
	run user_taper run "$ID"
	has mounted
	lacks "4294967295"
}

@test "without XDG_RUNTIME_DIR: an error that says so" {
	expect 1 setpriv --reuid $OWN --regid $OWN --clear-groups "$T/taper" run "$ID"
	is "${#lines[@]}" 1
	has "XDG_RUNTIME_DIR is not set"
	has "--root"
}

@test "a config without a user namespace gets one" {
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	script 'cat /proc/self/uid_map'
	expect 0 user_taper run "$ID"
	[[ $(tr -s ' \n' ' ' <<<"$output") == *" 0 $OWN 1 "* ]]
}

@test "RS-29 limits without access to cgroups are refused; without limits there is no cgroup" {
	need_controller pids
	script 'cat /proc/self/cgroup'
	# so that its own path is seen; a mount of cgroups on v2 needs the namespace
	config 'del(.linux.resources, .linux.cgroupsPath) | .linux.namespaces |= map(select(.type != "cgroup"))
		| .mounts |= map(select(.type != "cgroup"))'
	expect 0 user_taper run "$ID"
	is "$output" "$(cat /proc/self/cgroup)"
	config '.linux.resources.pids.limit = 33'
	expect 1 user_taper run "$ID"
	has "is not delegated to this user"
	[ -z "$(find /sys/fs/cgroup -type d -name "*$ID*")" ]
}

@test "ids that are not granted: an error that names them" {
	config '.linux.uidMappings += [{containerID: 1, hostID: 700000, size: 10}]'
	expect 1 user_taper run "$ID"
	is "${#lines[@]}" 1
	[[ $output == *"linux.uidMappings[1]: host ids 700000 to 700009 are not granted"* ||
		$output == *"needs newuidmap and newgidmap"* ]]
	[ ! -e run/taper ]
	config 'del(.linux.uidMappings[1]) | .linux.uidMappings[0].hostID = 0'
	expect 1 user_taper run "$ID"
	is "${#lines[@]}" 1
	has "linux.uidMappings"
}

@test "granted ids are mapped by newuidmap" {
	need_helpers
	config '.linux.uidMappings += [{containerID: 1, hostID: 700000, size: 1000}] |
		.linux.gidMappings += [{containerID: 1, hostID: 700000, size: 1000}]'
	script 'cat /proc/self/uid_map /proc/self/setgroups; touch /tmp/file; chown 5:6 /tmp/file; stat -c %u:%g /tmp/file'
	config '.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}] |
		.process.capabilities |= map_values(["CAP_CHOWN"])'
	expect 0 with_grants "tap-user:700000:1000" "$T/taper" run "$ID"
	is "$(tr -s ' \n' ' ' <<<"$output")" " 0 $OWN 1 1 700000 1000 allow 5:6 "
	expect 0 with_grants "$OWN:700000:65536" "$T/taper" run "$ID"
	expect 1 with_grants "tap-user:700000:999" "$T/taper" run "$ID"
	has "linux.uidMappings[1]: host ids 700000 to 700999 are not granted to tap-user in /etc/subuid"
}

@test "a user namespace without mappings: the user's own id and all that is granted" {
	need_helpers
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	script 'cat /proc/self/uid_map'
	expect 0 with_grants "tap-user:700000:1000" "$T/taper" run "$ID"
	is "$(tr -s ' \n' ' ' <<<"$output")" " 0 $OWN 1 1 700000 1000 "
	expect 0 with_grants "" "$T/taper" run "$ID"
	has "only one user id and one group id are mapped"
}

@test "exec: in a container of a user, with a binary that the user may write too" {
	config '.process.args = ["sleep", "1000"]'
	user_taper run --detach "$ID" >/dev/null 2>&1
	is "$(user_taper exec "$ID" id -u)" 0
	expect 7 user_taper exec -e A=7 "$ID" sh -c 'exit $A'
	is "$(user_taper exec -t "$ID" tty | tr -d '\r')" /dev/pts/0
	PID=$(user_taper state "$ID" | jq .pid)
	user_taper exec --detach --pid-file "$T/home/pid" "$ID" sleep 1000 >/dev/null 2>&1
	for kind in user mnt pid net ipc uts; do
		is "$(readlink "/proc/$(cat "$T/home/pid")/ns/$kind")" "$(readlink "/proc/$PID/ns/$kind")"
	done
	cp "$T/taper" "$T/home/taper"
	chown $OWN:$OWN "$T/home/taper"
	is "$(as_user "$T/home/taper" exec "$ID" id -u </dev/null)" 0
	run as_user "$T/home/taper" exec "$ID" /proc/self/exe --version
	lacks "taper version"
}
