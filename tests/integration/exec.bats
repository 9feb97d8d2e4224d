# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# exec.bats: one more program in a running container
load helpers

setup_test() {
	need_root
	program sleep 1000
}

# sees COMMAND...: what it prints in the container
sees() {
	taper exec "$ID" "$@" </dev/null
}

# same_ns KIND PID: is it in the container's namespace?
same_ns() {
	is "$(readlink "/proc/$2/ns/$1")" "$(readlink "/proc/$PID/ns/$1")"
}

# background ARG...: exec --detach of a long program; its pid in $EXEC
background() {
	taper exec --detach --pid-file "$T/exec.pid" "$@" </dev/null >"$T/exec.out" 2>&1 3>&- || {
		cat "$T/exec.out"
		return 1
	}
	EXEC=$(cat "$T/exec.pid")
}

@test "exec: the exit code of the program, and 128 plus the signal" {
	launch
	expect 0 taper exec "$ID" true
	expect 7 taper exec "$ID" sh -c 'exit 7'
	expect 137 taper exec "$ID" sh -c 'kill -KILL $$'
	expect 0 taper exec "$ID" -- echo -d -t
	is "$output" "-d -t"
}

@test "exec: a program that cannot be executed is 255, in one line that says why" {
	launch
	expect 255 taper exec "$ID" /nosuch
	has 'exec: "/nosuch": no such file or directory'
	is "${#lines[@]}" 1
	expect 255 taper exec "$ID" nosuch
	has 'exec: "nosuch": executable file not found in $PATH'
	expect 255 taper exec "$ID" /etc
	has 'exec: "/etc"'
	printf '#!/no/interpreter\n' >rootfs/bin/script
	chmod 755 rootfs/bin/script
	expect 255 taper exec "$ID" script
	has 'missing interpreter'
	chmod 644 rootfs/bin/script
	expect 255 taper exec "$ID" /bin/script
	has 'permission denied'
	# the process may fail before its maker has told who it is
	for _ in {1..40}; do
		taper exec "$ID" /bin/script 2>&1 </dev/null || true
	done >"$T/many"
	is "$(grep -c 'exec: "/bin/script": permission denied' "$T/many")" 40
}

@test "exec: all namespaces and cgroups are the container's" {
	local kind
	launch
	background "$ID" sleep 1000
	for kind in mnt pid net ipc uts cgroup user time; do
		[ ! -e /proc/self/ns/$kind ] || same_ns $kind "$EXEC"
	done
	is "$(cat "/proc/$EXEC/cgroup")" "$(cat "/proc/$PID/cgroup")"
	sees sh -c 'cat /proc/1/comm' | grep -qx sleep
	# its parent is not in the container, and it leads a session
	is "$(sees sh -c 'echo $PPID')" 0
	is "$(awk '{ print $6 }' "/proc/$EXEC/stat")" "$EXEC"
}

@test "exec: the host's network, when the container has no network namespace" {
	config 'del(.linux.namespaces[] | select(.type == "network" or .type == "cgroup"))'
	launch
	background "$ID" sleep 1000
	is "$(readlink "/proc/$EXEC/ns/net")" "$(readlink /proc/self/ns/net)"
	same_ns mnt "$EXEC"
}

@test "exec: without a pid namespace it is killed with the container" {
	config 'del(.linux.namespaces[] | select(.type == "pid"))'
	launch
	background "$ID" sleep 1000
	is "$(readlink "/proc/$EXEC/ns/pid")" "$(readlink /proc/self/ns/pid)"
	taper delete --force "$ID"
	[ ! -d "/proc/$EXEC" ] || grep -q '^State:	Z' "/proc/$EXEC/status"
}

@test "exec: in a user namespace" {
	need_userns
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.type != "cgroup"))'
	chmod -R o+rX rootfs
	launch
	background "$ID" sleep 1000
	same_ns user "$EXEC"
	is "$(cat "/proc/$EXEC/cgroup")" "$(cat "/proc/$PID/cgroup")"
	is "$(awk '/^Uid/ { print $2 }' "/proc/$EXEC/status")" 100000
	is "$(sees id -u)" 0
	taper exec --user 5:6 "$ID" id | grep -q 'uid=5 gid=6'
	expect 255 taper exec --user 70000 "$ID" true
	has "not mapped"
}

@test "exec: user, groups, directory, environment" {
	config '.process.env += ["HOME=/root", "A=1"]'
	launch
	is "$(taper exec -u 1000:50 -g 7 -g 8 --cwd /tmp -e A=2 -e B=3 "$ID" sh -c 'id; pwd; echo $A$B$HOME')" \
		"uid=1000 gid=50 groups=7,8
/tmp
23/root"
	expect 255 taper exec --cwd /nosuch "$ID" true
	has "no such file or directory"
	[ ! -e rootfs/nosuch ]
	expect 1 taper exec -e A "$ID" true
	expect 1 taper exec -u 99999999999 "$ID" true
	expect 1 taper exec -u root "$ID" true
}

@test "exec: capabilities: those of the container, more by --cap, none is inherited" {
	config '.process.capabilities |= map_values(["CAP_KILL"]) | .process.capabilities.inheritable = [] |
		.process.capabilities.ambient = []'
	launch
	is "$(sees grep CapEff /proc/self/status)" "CapEff:	0000000000000020"
	taper exec --cap CAP_CHOWN "$ID" grep Cap /proc/self/status >"$T/caps"
	grep -q 'CapEff:	0000000000000021' "$T/caps"
	grep -q 'CapBnd:	0000000000000021' "$T/caps"
	grep -q 'CapInh:	0000000000000000' "$T/caps"
	grep -q 'CapAmb:	0000000000000000' "$T/caps"
}

@test "exec: --no-new-privs" {
	config '.process.noNewPrivileges = false'
	launch
	is "$(sees grep NoNewPrivs /proc/self/status)" "NoNewPrivs:	0"
	is "$(taper exec --no-new-privs "$ID" grep NoNewPrivs /proc/self/status)" "NoNewPrivs:	1"
}

@test "exec: the container's system call filter" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
	launch
	is "$(sees grep -c '^Seccomp:	2' /proc/self/status)" 1
	expect 1 taper exec "$ID" mkdir /tmp/x
	has "not supported"
}

@test "exec: limits, oomScoreAdj, umask, scheduler and I/O priority of the container's process" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 333, hard: 444}] | .process.oomScoreAdj = 77 |
		.process.user.umask = 63 | .process.scheduler = {policy: "SCHED_BATCH", nice: 3} |
		.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	launch
	background "$ID" sleep 1000
	grep -q '^Max open files *333 *444' "/proc/$EXEC/limits"
	is "$(cat "/proc/$EXEC/oom_score_adj")" 77
	is "$(awk '/^Umask/ { print $2 }' "/proc/$EXEC/status")" 0077
	is "$(awk '{ print $19, $41 }' "/proc/$EXEC/stat")" "3 3"
	need ionice
	is "$(ionice -p "$EXEC")" idle
}

@test "exec: a limit above the caller's is raised" {
	(ulimit -Hn 500 && ulimit -Hn 600) 2>/dev/null || skip "needs CAP_SYS_RESOURCE"
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 2000, hard: 3000}]'
	launch
	(ulimit -n 1000 && background "$ID" sleep 1000)
	EXEC=$(cat "$T/exec.pid")
	grep -q '^Max open files *2000 *3000' "/proc/$EXEC/limits"
}

@test "P-18 exec: execCPUAffinity; without it all CPUs of the container, whatever the caller has" {
	need taskset
	[ "$(nproc)" -ge 2 ] || skip "needs two CPUs"
	launch
	is "$(taskset -c 0 "$TAPER" --root "$ROOT" exec "$ID" grep Cpus_allowed_list /proc/self/status)" \
		"$(grep Cpus_allowed_list "/proc/$PID/status")"
	echo '{"args": ["grep", "Cpus_allowed_list", "/proc/self/status"], "cwd": "/", "env": ["PATH=/bin"],
		"user": {"uid": 0, "gid": 0}, "execCPUAffinity": {"initial": "0", "final": "1"}}' >"$T/p.json"
	is "$(taper exec -p "$T/p.json" "$ID")" "Cpus_allowed_list:	1"
	sed -i 's/, "final": "1"//' "$T/p.json"
	# without the second one the kernel decides; older ones with cpuset of v1 give all of the cgroup's
	output=$(taper exec -p "$T/p.json" "$ID")
	[ "$output" = "$(grep Cpus_allowed_list "/proc/$PID/status")" ] || is "$output" "Cpus_allowed_list:	0"
}

@test "exec: --process: a mistake is named with its place in that document" {
	launch
	printf '{\n"cwd": "/", "args": ["true"], "user": {"uid": 0, "gid": 0},\n%s}\n' \
		'"rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1, "soft": 2}]' >"$T/p.json"
	expect 255 taper exec --process "$T/p.json" "$ID"
	has "$T/p.json: rlimits[0]: soft 2 is above hard 1 at line 3 column 13"
}

@test "exec: --process, and options on top of it" {
	launch
	echo '{"args": ["sh", "-c", "pwd; id; echo $X"], "cwd": "/tmp", "env": ["PATH=/bin", "X=1"],
		"user": {"uid": 5, "gid": 6, "additionalGids": [8]}}' >"$T/p.json"
	is "$(taper exec --process "$T/p.json" "$ID")" "/tmp
uid=5 gid=6 groups=8
1"
	is "$(taper exec --process "$T/p.json" -e X=2 "$ID" sh -c 'echo $X')" 2
	is "$(taper exec -p <(cat "$T/p.json") --user 9 "$ID" id -u)" 9
	# "-" is standard input; the program finds it at its end
	is "$(taper exec --process - "$ID" <"$T/p.json" | head -n 1)" /tmp
	is "$(taper exec -p - "$ID" sh -c 'wc -c; pwd' < <(cat "$T/p.json") | xargs)" "0 /tmp"
	taper exec -d -p - "$ID" sh -c 'touch /dev/shm/done' <"$T/p.json" 3>&-
	wait_for 10 inside test -e /dev/shm/done
	status=0
	echo '{"args": [7]}' | taper exec -p - "$ID" >"$T/out" 2>&1 || status=$?
	is "$status" 255
	grep -F "standard input: args[0]: expected string, found number at line 1" "$T/out"
	echo '{"args": ["true"], "cwd": 7}' >"$T/p.json"
	expect 255 taper exec -p "$T/p.json" "$ID"
	has "$T/p.json: cwd: expected string, found number at line 1"
	echo '{"args": [], "cwd": "/", "user": {"uid": 0, "gid": 0}}' >"$T/p.json"
	expect 255 taper exec -p "$T/p.json" "$ID"
	has "$T/p.json: args: "
}

@test "exec: no fd but the standard ones, and those of --preserve-fds and LISTEN_FDS" {
	launch
	is "$(taper exec "$ID" sh -c 'ls /proc/$$/fd; true' 5</dev/null | tr '\n' ' ')" "0 1 2 "
	is "$(taper exec --preserve-fds 1 "$ID" sh -c 'cat <&3' 3< <(echo kept))" kept
	is "$(LISTEN_FDS=1 taper exec "$ID" sh -c 'cat <&3; [ $LISTEN_PID = $$ ] && echo $LISTEN_FDS' \
		3< <(echo heard))" "heard
1"
	expect 1 taper exec --preserve-fds 9 "$ID" true
	has "is not open"
}

@test "exec: a container that has stopped, was never there, or is being made" {
	launch
	taper kill "$ID" KILL
	wait_for 10 status_is stopped
	expect 255 taper exec "$ID" true
	has "container not running"
	taper delete "$ID"
	expect 255 taper exec "$ID" true
	has "does not exist"
	mkdir "$ROOT/$ID"
	expect 255 taper exec "$ID" true
	has "container not running: it is still being created"
}

@test "exec: in a created container, too" {
	create
	is "$(sees cat /proc/1/cgroup | wc -l)" "$(wc -l <"/proc/$PID/cgroup")"
	status_is created
}

@test "exec: the namespaces that a pod shares, and a time namespace" {
	[ -e /proc/self/ns/time ] || skip "no time namespaces"
	launch
	first=$PID
	new_bundle "$T/two"
	cd "$T/two"
	config --arg ns "/proc/$PID/ns" '.linux.namespaces |= map(select(.type != "pid" and .type != "network")) |
		.linux.namespaces += [{type: "pid", path: ($ns + "/pid")}, {type: "network", path: ($ns + "/net")},
			{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000}} | .linux.cgroupsPath += "-2"'
	program sleep 1000
	ID=$ID-2 launch
	ID=$ID-2 background "$ID-2" sleep 1000
	for kind in mnt pid net ipc uts cgroup time; do
		same_ns $kind "$EXEC"
	done
	is "$(readlink "/proc/$EXEC/ns/pid")" "$(readlink "/proc/$first/ns/pid")"
	[ "$(taper exec "$ID-2" cut -d. -f1 /proc/uptime)" -ge 1000000 ]
}

# ---- terminals ----

@test "exec --tty: a terminal of its own, which controls its session" {
	launch
	taper exec -t "$ID" sh -c 'tty; echo x >/dev/tty; test -t 0 && test -t 2 && echo all; exit 5' \
		</dev/null >"$T/out" 2>&1 3>&- || status=$?
	is "$status" 5
	is "$(tr -d '\r' <"$T/out")" "/dev/pts/0
x
all"
	# the container's /dev/console is left alone
	[ ! -e rootfs/dev/console ] || [ ! -s rootfs/dev/console ]
	is "$(taper exec -t=false "$ID" tty </dev/null || true)" "not a tty"
}

@test "terminals belong to the user of the process and to the group that devpts says" {
	need_root
	config '.process.terminal = true | .process.user = {uid: 1000, gid: 100}'
	receive "$T/sock" 'timeout 20 cat <&9' >"$T/got" 2>&1 3>&-
	script 'stat -c "%u:%g of run" $(tty); sleep 1000'
	taper run --detach --console-socket "$T/sock" "$ID" </dev/null >/dev/null 2>&1 3>&-
	wait_for 10 grep -q '1000:5 of run' "$T/got"
	is "$(taper exec -t --user 7:8 "$ID" sh -c 'stat -c %u:%g $(tty)' </dev/null | tr -d '\r')" 7:5
}

@test "exec --console-socket gets the master of the terminal; --pidfd-socket a pidfd" {
	launch
	receive "$T/sock" 'echo hello >&9; timeout 18 cat <&9' >"$T/got" 2>&1 3>&-
	background -t --console-socket "$T/sock" "$ID" sh -c 'read line; echo "got $line"'
	wait_for 10 grep -q 'got hello' "$T/got"
	head -n 1 "$T/got" | grep -q '^/dev/pts/[0-9]'
	wait
	receive "$T/pidfd" 'cat /proc/self/fdinfo/9' >"$T/got" 2>&1 3>&-
	background --pidfd-socket "$T/pidfd" "$ID" sleep 1000
	wait_for 5 grep -q "^Pid:	$EXEC\$" "$T/got"
	wait
	expect 255 taper exec -d -t "$ID" true
	has "TAPER-TTY-002"
	expect 255 taper exec -d --console-socket "$T/sock" "$ID" true
	has "TAPER-TTY-002"
	expect 255 taper exec -d -t --console-socket "$T/nobody" "$ID" sh -c 'touch /tmp/ran'
	has "console socket $T/nobody: no such file or directory"
	is "$(ps_of)" "$(printf '%s\n' "$PID" "$EXEC" | sort -n)"
}

# ps_of: the host's pids of the container's processes
ps_of() {
	taper ps --format json "$ID" | jq -r '.[]' | sort -n
}

# ---- signals ----

@test "exec: signals are forwarded to the program" {
	launch
	"$TAPER" --root "$ROOT" exec "$ID" sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done' \
		</dev/null >"$T/out" 2>&1 3>&- &
	wait_for 10 grep -q ready "$T/out"
	kill -TERM $!
	wait $! || status=$?
	is "$status" 9
}

# ---- cgroups ----

@test "exec --cgroup: one below the container's, in all hierarchies or by controller" {
	need_controller pids
	launch
	dir=$(cgroup_dir pids)
	mkdir "$dir/sub"
	taper exec -d --pid-file "$T/exec.pid" --cgroup pids:/sub "$ID" sleep 1000 </dev/null >/dev/null 2>&1 3>&-
	grep -qx "$(cat "$T/exec.pid")" "$dir/sub/cgroup.procs"
	expect 255 taper exec --cgroup pids:nosuch "$ID" true
	has "/nosuch: no such file or directory"
	expect 255 taper exec --cgroup nosuch:sub "$ID" true
	has "no hierarchy has the controller nosuch"
	expect 1 taper exec --cgroup ../sub "$ID" true
	taper exec --cgroup / "$ID" true
	is "$(ps_of | wc -l)" 2
}

@test "exec: a container with processes in a cgroup below, and none in its own" {
	[ -f /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v2 with controllers"
	launch
	dir=$(cgroup_dir pids)
	mkdir "$dir/leaf"
	echo "$PID" >"$dir/leaf/cgroup.procs"
	echo +pids >"$dir/cgroup.subtree_control"
	background "$ID" sleep 1000
	is "$(cat "/proc/$EXEC/cgroup")" "$(cat "/proc/$PID/cgroup")"
}

# ---- paused ----

# newcomer: the pid that is in the container's frozen cgroup and is not the first
newcomer() {
	NEW=$(grep -vx "$PID" "$(cgroup_dir freezer)/cgroup.procs") && [ -n "$NEW" ]
}

@test "CG-5 exec: a paused container, and --ignore-paused" {
	launch
	taper pause "$ID"
	expect 255 taper exec "$ID" true
	has "paused"
	taper exec --ignore-paused "$ID" sh -c 'exit 6' </dev/null 3>&- &
	sleep 0.3
	kill -0 $!
	taper resume "$ID"
	wait $! || status=$?
	is "$status" 6
}

@test "F14 exec: gives up in a paused container, whose freezer does not let go of the dead" {
	launch
	taper pause "$ID"
	begin=$SECONDS
	status=0
	taper --timeout 500ms exec --ignore-paused "$ID" sleep 1000 </dev/null >"$T/out" 2>&1 3>&- || status=$?
	is "$status" 255
	grep "the time of --timeout was up" "$T/out"
	[ $((SECONDS - begin)) -lt 20 ]
	is "$(status_of)" paused
	taper resume "$ID"
	only_first() { is "$(cat "$(cgroup_dir freezer || cgroup_dir pids)/cgroup.procs")" "$PID"; }
	wait_for 5 only_first
}

@test "exec: the process on its way holds nothing of the host's, and dies with its caller" {
	need_controller freezer
	[ -n "$(awk '/ - cgroup / && /freezer/' /proc/self/mountinfo)" ] || skip "needs the freezer of v1"
	cp "$TAPER" "$T/taper" # a binary that can be written
	launch
	taper pause "$ID"
	"$T/taper" --root "$ROOT" exec --ignore-paused "$ID" sleep 1000 5</ </dev/null >/dev/null 2>&1 3>&- &
	caller=$!
	wait_for 10 newcomer
	same_ns pid "$NEW"
	for fd in /proc/"$NEW"/fd/*; do
		case $(readlink "$fd") in
		/ | socket:* | /dev/null | *"/tasks" | pipe:*) ;;
		*) readlink "$fd"; return 1 ;;
		esac
	done
	# "/" is its root, the container's
	[ ! "/proc/$NEW/root/" -ef / ]
	exec 7<"/proc/$NEW/exe"
	cmp - "$T/taper" <&7
	kill -KILL "$caller"
	wait "$caller" || true
	taper resume "$ID"
	wait_for 10 test ! -d "/proc/$NEW"
	run sh -c 'echo x >>/proc/self/fd/7'
	exec 7<&-
	[ "$status" -ne 0 ]
	is "$(ps_of)" "$PID"
}

@test "exec: /proc/self/exe as program or interpreter does not run taper" {
	cp "$TAPER" "$T/taper"
	TAPER=$T/taper
	launch
	expect 255 taper exec "$ID" /proc/self/exe --version
	lacks "taper version"
	printf '#!/proc/self/exe --version\n' >rootfs/bin/evil
	chmod 755 rootfs/bin/evil
	expect 255 taper exec "$ID" evil
	lacks "taper version"
}

# ---- many ----

@test "exec: fifty at once" {
	launch
	for i in {1..50}; do
		taper exec "$ID" sh -c "exit $i" </dev/null >/dev/null 2>&1 3>&- &
		pids[i]=$!
	done
	for i in {1..50}; do
		status=0
		wait "${pids[i]}" || status=$?
		is "$status" "$i"
	done
	is "$(ps_of)" "$PID"
}

@test "exec: while the container is deleted, with and without a pid namespace of its own" {
	for i in {1..10}; do
		[ "$i" -ne 6 ] || config 'del(.linux.namespaces[] | select(.type == "pid"))'
		launch
		for _ in 1 2 3; do
			taper exec "$ID" sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
		done
		taper delete --force "$ID"
		wait
	done
}

# ---- seccomp agent ----

@test "exec: each has its own listener at the seccomp agent" {
	need_ear
	[ "$(uname -m)" = x86_64 ] || skip "for x86_64"
	config --arg path "$T/agent" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]} | .root.readonly = false'
	timeout 20 "$EAR" agent "$T/agent" >"$T/first" 3>&- &
	wait_for 5 test -S "$T/agent"
	launch
	rm -f "$T/agent"
	expect 255 taper exec "$ID" true
	has listenerPath
	timeout 20 "$EAR" agent "$T/agent" >"$T/heard" 3>&- &
	wait_for 5 test -S "$T/agent"
	expect 0 taper exec "$ID" mkdir /x
	[ -d rootfs/x.agent ]
	is "$(jq -r '.state.status, .state.pid' "$T/heard" | tr '\n' ' ')" "running $PID "
	[ "$(jq .pid "$T/heard")" -ne "$PID" ]
}

# ---- from outside and inside at once ----

@test "exec: from a poststart hook, while start holds the lock" {
	printf '#!/bin/sh\n"%s" --root "%s" exec "%s" sh -c "echo inside" >"%s/hooked" 2>&1\n' \
		"$TAPER" "$ROOT" "$ID" "$T" >"$T/hook"
	chmod 755 "$T/hook"
	config --arg hook "$T/hook" '.hooks.poststart = [{path: $hook}]'
	launch
	is "$(cat "$T/hooked")" inside
}

@test "T06 exec: the container sees nothing of the process on its way" {
	config '.root.readonly = false'
	script 'while :; do for p in /proc/[0-9]*; do
		for l in $p/exe $p/cwd $p/root $p/fd/*; do readlink $l; done; echo x >>/rounds
	done >>/seen 2>/dev/null; done'
	launch
	for _ in {1..40}; do
		taper exec "$ID" true </dev/null
	done
	wait_for 10 test -s rootfs/rounds
	taper kill "$ID" KILL
	grep -q /bin/busybox rootfs/seen
	# who can be looked at is a program of the image
	! grep -e taper -e socket: -e tasks -e cgroup -e "$ROOT" rootfs/seen
}
