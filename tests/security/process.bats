#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154,SC2016,SC2034
#
# The process in the container: who it is, what it may, what it holds.

load helpers

# payload_fds LINES: descriptors above 2
above_two() {
	grep -E '^([3-9]|[0-9]{2,}) ' <<<"$1" || :
}

@test "T05 numbers are never looked up as names of the image" {
	printf '1000:x:0:0::/:/bin/sh\n99999999999:x:0:0::/:/bin/sh\n' >rootfs/etc/passwd
	printf '1000:x:0:1000\n' >rootfs/etc/group
	config '.process.user = {uid: 1000, gid: 1000}'
	script 'id -u; id -g; grep Groups /proc/self/status'
	attempt
	is "$status" 0
	is "$(tr -s '\n\t ' ' ' <<<"$output")" "1000 1000 Groups: "
}

@test "T05 exec: numbers are never looked up as names of the image" {
	need_exec
	printf '1000:x:0:0::/:/bin/sh\n99999999999:x:0:0::/:/bin/sh\n' >rootfs/etc/passwd
	program sleep 100
	launch
	expect 0 taper exec --user 1000 "$ID" id -u
	is "$output" 1000
	run taper exec --user 99999999999 "$ID" id -u
	[ "$status" -ne 0 ]
}

@test "T06 while exec enters, nobody inside gets hold of it" {
	need_exec
	program probe watch 4
	launch
	wait_for 5 grep -q ready "$T/out"
	until grep -q -e watched -e 'too slow' "$T/out"; do
		taper exec "$ID" probe bytes 1 </dev/null >"$T/exec" 2>&1 3>&- || break
	done
	wait_for 20 grep -q watched "$T/out"
	run cat "$T/out"
	lacks CAUGHT
}

@test "T06 while a container joins the namespaces of another, nobody inside gets hold of its runtime" {
	program probe watch 3
	launch
	wait_for 5 grep -q ready "$T/out"
	config --arg pid "$PID" '.process.args = ["probe", "bytes", "1"] |
		.linux.cgroupsPath += "-b" |
		.linux.namespaces |= map(if .type == "pid" then .path = "/proc/" + $pid + "/ns/pid" else . end)'
	n=0
	until grep -q -e watched -e 'too slow' "$T/out"; do
		taper run "$ID-b" </dev/null >"$T/exec" 2>&1 3>&- || break
		n=$((n + 1))
	done
	wait_for 20 grep -q watched "$T/out" || { cat "$T/exec"; return 1; }
	run cat "$T/out"
	echo "# $n containers" >&3
	lacks CAUGHT
}

@test "T06 the exit code comes, though a process of the joined namespace traces the program" {
	program probe trace 3
	launch
	wait_for 5 grep -q ready "$T/out"
	config --arg pid "$PID" '.process.args = ["sh", "-c", "exit 7"] |
		.linux.cgroupsPath += "-b" |
		.linux.namespaces |= map(if .type == "pid" then .path = "/proc/" + $pid + "/ns/pid" else . end)'
	until grep -q -e watched -e 'too slow' "$T/out"; do
		run taper run "$ID-b" </dev/null 3>&-
		[ "$status" -eq 7 ] || break
	done
	wait_for 20 grep -q -e watched -e 'too slow' "$T/out" || { echo "$status: $output"; return 1; }
	lacks "not our child"
}

@test "T07 the runtime's binary: as program, as interpreter, by a preloaded library" {
	cp "$TAPER" "$T/runtime"
	TAPER=$T/runtime
	before=$(sha256sum <"$TAPER"; stat -c %Y "$TAPER")
	ln -s /proc/self/exe rootfs/bin/evil
	printf '#!/proc/self/exe\n' >rootfs/bin/script
	chmod 755 rootfs/bin/script
	for words in /proc/self/exe /bin/evil /bin/script; do
		program $words --version
		attempt
		lacks "spec:"
	done
	program /bin/probe bytes 3
	config '.process.env += ["LD_PRELOAD=/lib/evil.so", "LD_LIBRARY_PATH=/lib", "LD_AUDIT=/lib/evil.so"]'
	cp "$BUILDDIR/tests/probe" rootfs/lib/evil.so
	attempt
	is "$status" 0
	is "$(sha256sum <"$TAPER"; stat -c %Y "$TAPER")" "$before"
}

@test "T07 the binary of a waiting container cannot be written through its process" {
	cp "$TAPER" "$T/runtime"
	TAPER=$T/runtime
	program sleep 100
	create
	exec 7<"/proc/$PID/exe"
	taper delete --force "$ID"
	# no longer executed by anyone: "text file busy" does not protect it
	run sh -c 'echo x >>/proc/self/fd/7'
	exec 7<&-
	[ "$status" -ne 0 ]
	has "Read-only file system"
}

@test "T07 the binary of a process that joins cannot be written from inside" {
	cp "$TAPER" "$T/runtime"
	TAPER=$T/runtime
	before=$(sha256sum <"$TAPER")
	program probe write-exe 3
	launch
	wait_for 5 grep -q ready "$T/out"
	config --arg pid "$PID" '.process.args = ["probe", "bytes", "1"] |
		.linux.cgroupsPath += "-b" |
		.linux.namespaces |= map(if .type == "pid" then .path = "/proc/" + $pid + "/ns/pid" else . end)'
	until grep -q -e watched -e 'too slow' "$T/out"; do
		taper run "$ID-b" </dev/null >"$T/exec" 2>&1 3>&- || break
	done
	wait_for 20 grep -q watched "$T/out" || { cat "$T/exec"; return 1; }
	run cat "$T/out"
	lacks WRITTEN
	is "$(sha256sum <"$TAPER")" "$before"
}

@test "T14 capabilities: inheritable and ambient are empty unless asked for, whatever the caller has" {
	need setpriv
	config '.process.capabilities |= (.inheritable = [] | .ambient = [])'
	script 'grep ^Cap /proc/self/status'
	attempt
	is "$status" 0
	has "CapInh:	0000000000000000"
	has "CapAmb:	0000000000000000"
	run setpriv --inh-caps +chown,+kill --ambient-caps +chown,+kill "$TAPER" --root "$ROOT" run "$ID" </dev/null 3>&-
	is "$status" 0
	has "CapInh:	0000000000000000"
	has "CapAmb:	0000000000000000"
	# inheritable alone raises nothing
	config '.process.capabilities.inheritable = ["CAP_CHOWN"] | .process.capabilities.permitted += ["CAP_CHOWN"] |
		.process.capabilities.effective += ["CAP_CHOWN"] | .process.capabilities.bounding += ["CAP_CHOWN"]'
	run setpriv --inh-caps +chown --ambient-caps +chown "$TAPER" --root "$ROOT" run "$ID" </dev/null 3>&-
	is "$status" 0
	has "CapInh:	0000000000000001"
	has "CapAmb:	0000000000000000"
}

@test "T14 spec gives no inheritable capabilities" {
	is "$(jq -c '[.process.capabilities.inheritable, .process.capabilities.ambient] | map(. // [])' config.json)" "[[],[]]"
}

@test "T14 exec: inheritable stays empty, also with --cap" {
	need_exec
	program sleep 100
	launch
	expect 0 taper exec --cap CAP_SYS_TIME "$ID" grep ^Cap /proc/self/status
	has "CapInh:	0000000000000000"
	expect 0 taper exec "$ID" grep ^Cap /proc/self/status
	has "CapInh:	0000000000000000"
	is "$(grep CapEff <<<"$output")" "$(grep CapEff "/proc/$PID/status")"
}

@test "T20 the working directory is not a descriptor of the runtime" {
	script 'readlink /proc/self/cwd; ls ../../../../host-marker ../../../../../../../../etc/hostname 2>/dev/null; ls -l /proc/self/fd'
	touch "$OUT/host-marker"
	for cwd in $(seq -f '/proc/self/fd/%g' 3 40) /proc/self/cwd /proc/1/cwd /proc/1/fd/7 /link; do
		ln -sfn /proc/self/fd/7 rootfs/link
		config --arg cwd "$cwd" '.process.cwd = $cwd'
		attempt
		lacks unreachable
		lacks host-marker
		[ "$status" -eq 0 ] || tells
	done
}

@test "T20 exec: the working directory is not a descriptor of the runtime" {
	need_exec
	program sleep 100
	launch
	for n in $(seq 3 20); do
		run taper exec --cwd "/proc/self/fd/$n" "$ID" sh -c 'readlink /proc/self/cwd; ls -d ../../../../../../..'"$OUT" </dev/null
		lacks unreachable
		lacks "$OUT
"
	done
}

@test "T21 only the caller's descriptors" {
	program probe fds
	attempt
	is "$status" 0
	is "$(above_two "$output")" ""
	exec 17</etc/hostname
	attempt
	exec 17<&-
	is "$(above_two "$output")" ""
	create
	is "$(find "/proc/$PID/fd" -lname "$OUT*")" ""
	taper delete --force "$ID"
}

@test "T21 --preserve-fds with fewer descriptors open is refused" {
	program probe fds
	(
		exec 3</etc/hostname 4>&- 5>&- 6>&-
		"$TAPER" --root "$ROOT" run --preserve-fds 4 "$ID" </dev/null >"$T/said" 2>&1
	) && failed=0 || failed=1
	output=$(cat "$T/said")
	if [ $failed -eq 0 ]; then
		# whatever it does, nothing of its own
		is "$(above_two "$output" | grep -v /etc/hostname || :)" ""
	fi
	is "$failed" 1
}

@test "T21 closed standard descriptors, all eight ways: the payload has /dev/null, not a file of ours" {
	script 'probe fds >/tmp/fds'
	mkdir -p rootfs/tmp
	for closed in '' '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		for log in "" "--log $T/log"; do
			rm -f rootfs/tmp/fds
			(eval "exec </dev/null >$T/said 2>&1 3>&- $closed; exec \"$TAPER\" --root \"$ROOT\" $log run \"$ID\"")
			is "$(above_two "$(cat rootfs/tmp/fds)")" ""
			lacks_file() { ! grep -E "$T/(log|state)|cgroup|anon_inode|socket" rootfs/tmp/fds; }
			lacks_file
		done
	done
}

# user_says JSON: the container's user, and what its ids are then, or how it is refused
user_says() {
	config --argjson user "$1" '.process.user = $user'
	attempt
}

@test "T40 ids: exact, in range, numbers" {
	script 'echo "$(id -u):$(id -g)"'
	for bad in '-1' 1.5 '"0"' 4294967295 4294967296 18446744073709551616 true '[]' '{}'; do
		for user in "{\"uid\": $bad, \"gid\": 0}" "{\"uid\": 0, \"gid\": $bad}" \
			"{\"uid\": 0, \"gid\": 0, \"additionalGids\": [$bad]}" "{\"uid\": 0, \"gid\": 0, \"umask\": $bad}"; do
			# jq rounds what it cannot hold
			sed -i 's/^/ /' config.json
			config '.process.user = "USER"'
			sed -i "s/\"USER\"/$user/" config.json
			attempt
			[ "$status" -ne 0 ] || { echo "taken: $user: $output"; return 1; }
			tells
		done
	done
	config '.process.user = "USER"'
	sed -i 's/"USER"/{"uid": 1e3, "gid": 0}/' config.json
	attempt
	[ "$status" -ne 0 ]
	user_says '{"uid": 4294967294, "gid": 4294967294}'
	is "$output" 4294967294:4294967294
}

@test "T30 exec: users, exact or refused" {
	need_exec
	program sleep 100
	launch
	while read -r user want; do
		run taper exec --user "$user" "$ID" sh -c 'echo "$(id -u):$(id -g)"' </dev/null
		if [ "$want" = no ]; then
			[ "$status" -ne 0 ] || { echo "taken: $user: $output"; return 1; }
		else
			is "$output" "$want"
		fi
	done <<-END
	0 0:0
	1 1:0
	1:2 1:2
	4294967294 4294967294:0
	-1 no
	+1 no
	1x no
	0x1 no
	1: no
	:1 no
	: no
	1:2:3 no
	4294967295 no
	4294967296 no
	9223372036854775808 no
	18446744073709551616 no
	18446744073709551617 no
	1e1 no
	1.0 no
	١ no
	1,2 no
	1/2 no
	1:-1 no
	1:4294967295 no
	1:x no
	END
	for user in '' ' 1' '1 ' $'1\n' $'\t1' '1: 2' '1 :2'; do
		run taper exec --user "$user" "$ID" id -u </dev/null
		[ "$status" -ne 0 ] || [ -z "$user" ] || { echo "taken: '$user'"; return 1; }
	done
}

@test "T47 no byte reaches the caller's terminal" {
	need script
	config '.process.terminal = true'
	program probe tiocsti
	run timeout 20 script -qec "$TAPER --root $ROOT run $ID; echo after" /dev/null </dev/null 3>&-
	has tried
	# into its own terminal at most, which is another one than the caller's
	[[ $output != *"#after"* && $output != *"after"*"#"* ]] || { echo "$output"; return 1; }
}

@test "T55 additional groups: exactly those of the config" {
	printf 'root:x:0:root\nextra:x:77:root,user\n' >rootfs/etc/group
	script 'grep Groups /proc/self/status'
	for groups in '[5]' '[5, 77777]' '[]'; do
		config --argjson groups "$groups" '.process.user.additionalGids = $groups'
		attempt
		is "$status" 0
		is "$(tr -s '\t ' ' ' <<<"$output" | sed 's/ $//')" "Groups:$(jq -r 'map(" \(.)") | join("")' <<<"$groups")"
	done
	config 'del(.process.user.additionalGids)'
	attempt
	is "$(tr -s '\t ' ' ' <<<"$output" | sed 's/ $//')" "Groups:"
}
