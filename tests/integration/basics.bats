#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The main road: a container is made, seen, started, signalled and removed.

load helpers

setup_test() {
	need_root
}

@test "run: the program's exit status is taper's" {
	script 'exit 7'
	expect 7 taper run "$ID"
	expect 0 taper list -q
	is "$output" ""
}

@test "run: a signal's exit status is 128 and its number" {
	# The first process of a pid namespace cannot kill itself, its child can.
	program sh -c 'sh -c "kill -KILL \$\$"; exit $?'
	expect 137 taper run "$ID"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	script 'kill -KILL $$'
	expect 137 taper run "$ID"
}

@test "run: output and input pass straight through" {
	script 'read line; echo "out: $line"; echo "err: $line" >&2'
	run sh -c "echo hello | '$TAPER' --root '$ROOT' run $ID 2>err"
	is "$output" "out: hello"
	is "$(cat err)" "err: hello"
}

@test "run: inside are own hostname, pid 1, few processes" {
	config '.hostname = "inside"'
	script 'hostname; echo pid $$; ls /proc | grep -c "^[0-9]*$"'
	expect 0 taper run "$ID"
	is "${lines[0]}" inside
	is "${lines[1]}" "pid 1"
	[ "${lines[2]}" -le 4 ]
}

@test "run --detach: the program lives, state and list tell of it" {
	program sleep 100
	launch
	status_is running
	expect 0 taper state "$ID"
	is "$(jq -r .id <<<"$output")" "$ID"
	is "$(jq -r .pid <<<"$output")" "$PID"
	is "$(jq -r .bundle <<<"$output")" "$BUNDLE"
	expect 0 taper list --format json
	is "$(jq -r '.[].id' <<<"$output")" "$ID"
	kill -0 "$PID"
	is "$(tr '\0' ' ' <"/proc/$PID/cmdline")" "sleep 100 "
}

@test "run --rootfs: a container without a bundle" {
	expect 5 taper run --rootfs "$BUNDLE/rootfs" "$ID" sh -c 'exit 5'
}

@test "create, start, kill, delete: the status at each step" {
	program sleep 100
	create
	status_is created
	expect 0 taper start "$ID"
	status_is running
	expect 1 taper start "$ID"
	expect 0 taper kill "$ID" KILL
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID"
	expect 1 taper state "$ID"
	has "does not exist"
}

@test "create: the program is not yet there" {
	config '.root.readonly = false'
	script 'touch /started; sleep 100'
	create
	[ ! -e rootfs/started ]
	expect 0 taper start "$ID"
	wait_for 5 test -e rootfs/started
}

@test "delete --force: a running container goes" {
	program sleep 100
	launch
	expect 0 taper delete --force "$ID"
	# Dead at once; reaped by whoever adopted it.
	! grep -q '^State:	[^Z]' "/proc/$PID/status" 2>/dev/null
	expect 0 taper delete --force "$ID"
}

@test "cgroups: the container's process is in its own, in every hierarchy" {
	program sleep 100
	launch
	while IFS=: read -r _ name path; do
		[ "$path" = "/$ID" ] || { echo "$name:$path"; return 1; }
	done < <(grep -v '^0::' "/proc/$PID/cgroup")
}

@test "start: a program that cannot be executed is the error of start" {
	printf '#!/no/such/interpreter\n' >rootfs/bin/bad
	chmod 755 rootfs/bin/bad
	program bad
	create
	expect 1 taper start "$ID"
	has "no such file or directory"
	status_is stopped
}

@test "create: a program that does not exist is found out early" {
	program /no/such/program
	expect 1 taper create "$ID"
	has "no such file or directory"
	expect 0 taper list -q
	is "$output" ""
}
