# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# process.bats: the program and what it is given
load helpers

# says SCRIPT TEXT: the script in the container prints exactly this
says() {
	script "$1"
	expect 0 taper run "$ID"
	is "$output" "$2"
}

# caps SET MASK... of a running shell's own status
caps_are() {
	script 'awk "/^Cap/ { print \$2 }" /proc/self/status'
	expect 0 taper --log-level error run "$ID"
	is "$(echo "$output" | tr '\n' ' ')" "$* "
}

setup_test() {
	need_root
	config '.root.readonly = false'
}

# ---- user ----

@test "U-1 U-2 ids and exactly the additional groups" {
	config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 55, 1001]}'
	says 'id -u; id -g; id -G; grep -E "^(U|G)id" /proc/self/status' "1000
1001
1001 5 55
Uid:	1000	1000	1000	1000
Gid:	1001	1001	1001	1001"
	config '.process.user = {uid: 0, gid: 0}'
	says 'awk "/^Groups/ { print NF }" /proc/self/status' 1
}

@test "U-3 umask: the given one, 0022 by default whatever the caller's is" {
	says umask 0022
	umask 077
	says umask 0022
	config '.process.user.umask = 63'
	says umask 0077
	config '.process.user.umask = 512'
	refused umask
}

# ---- capabilities ----

@test "P-10 all five sets, each its own" {
	config '.process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_SYS_CHROOT"],
		permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"],
		inheritable: ["CAP_CHOWN", "CAP_KILL"],
		effective: ["CAP_CHOWN", "CAP_KILL"],
		ambient: ["CAP_CHOWN"]} | .process.user = {uid: 1000, gid: 1000}'
	caps_are 0000000000000021 0000000000000001 0000000000000001 00000000000400a1 0000000000000001
}

@test "P-10 a program of root has what execve gives: the bounding set" {
	config '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL"],
		permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"], inheritable: ["CAP_CHOWN"]} |
		.process.noNewPrivileges = false'
	script 'grep ^Cap /proc/self/status'
	expect 0 taper run "$ID"
	has "CapInh:	0000000000000001"
	has "CapBnd:	0000000000000021"
	has "CapAmb:	0000000000000000"
}

@test "P-10 no capabilities object: none at all" {
	config 'del(.process.capabilities)'
	caps_are 0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000
}

@test "P-11 P-12 P-13 what cannot be granted is a warning; names in small letters" {
	config '.process.capabilities = {bounding: ["cap_chown", "CAP_FOO"], permitted: ["CAP_CHOWN"],
		effective: ["CAP_CHOWN"], ambient: ["CAP_CHOWN"]}'
	program grep CapBnd /proc/self/status
	expect 0 taper run "$ID"
	has "CapBnd:	0000000000000001"
	has "CAP_FOO"
	has "ambient"
}

@test "P-14 noNewPrivileges: a set-user-id program gains nothing" {
	need_ear
	chmod 4755 rootfs/bin/ear
	config '.process.user = {uid: 1000, gid: 1000}'
	says 'grep NoNewPrivs /proc/self/status; ear euid' "NoNewPrivs:	1
1000"
	config '.process.noNewPrivileges = false'
	says 'grep NoNewPrivs /proc/self/status; ear euid' "NoNewPrivs:	0
0"
}

# ---- limits and scheduling ----

@test "P-7 rlimits: soft and hard, in force" {
	config '.process.rlimits = [
		{type: "RLIMIT_NOFILE", soft: 100, hard: 200},
		{type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_FSIZE", soft: 1024, hard: 4096},
		{type: "RLIMIT_NPROC", soft: 500, hard: 600},
		{type: "RLIMIT_CPU", soft: 100, hard: 4242424242},
		{type: "RLIMIT_STACK", soft: 1048576, hard: 2097152},
		{type: "RLIMIT_AS", soft: 1073741824, hard: 1073741824}]'
	script 'awk "/Max (open|core|file size|proc|cpu|stack|address)/ {
			print substr(\$0, 1, 19) substr(\$0, 27, 40) }" /proc/self/limits | tr -s " "
		head -c 2000 /dev/zero >/big; wc -c </big'
	sed -i s/4242424242/18446744073709551615/ config.json # more than jq can keep
	expect 0 taper run "$ID"
	has "Max cpu time 100 unlimited"
	has "Max file size 1024 4096"
	has "Max stack size 1048576 2097152"
	has "Max core file size 0 0"
	has "Max processes 500 600"
	has "Max open files 100 200"
	has "Max address space 1073741824 1073741824"
	is "${lines[-1]}" 1024
}

@test "P-7 rlimits: unknown, twice, soft above hard" {
	config '.process.rlimits = [{type: "RLIMIT_FOO", soft: 1, hard: 1}]'
	refused 'process.rlimits[0]'
	config '.process.rlimits = [{type: "RLIMIT_CPU", soft: 9, hard: 9}, {type: "RLIMIT_CPU", soft: 9, hard: 9}]'
	refused RLIMIT_CPU
	config '.process.rlimits = [{type: "RLIMIT_CPU", soft: 10, hard: 9}]'
	refused 'process.rlimits[0]'
}

@test "P-7 P-15 what the kernel refuses is an error: more than the hard limit, less than the caller's score" {
	need setpriv
	local hard
	hard=$(($(ulimit -Hn) - 1))
	weak() { setpriv --bounding-set -sys_resource prlimit --nofile=$hard:$hard "$TAPER" --root "$ROOT" run "$ID"; }
	config --argjson n $hard '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10, hard: $n}]'
	expect 0 weak
	config --argjson n $((hard + 1)) '.process.rlimits[0].hard = $n'
	expect 1 weak
	has 'process.rlimits[0]: '
	has 'operation not permitted'
	config 'del(.process.rlimits) | .process.oomScoreAdj = -1000'
	expect 1 weak
	has 'process.oomScoreAdj: '
	has 'permission denied'
}

@test "P-15 oomScoreAdj: the value, or the caller's" {
	config '.process.oomScoreAdj = 700'
	says 'cat /proc/self/oom_score_adj' 700
	config 'del(.process.oomScoreAdj)'
	says 'cat /proc/self/oom_score_adj' "$(cat /proc/self/oom_score_adj)"
}

@test "P-16 P-17 scheduler and ioPriority" {
	need_ear
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 7} |
		.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	says 'ear sched' "3 0 7 2 6"
	config '.process.scheduler = {policy: "SCHED_IDLE"} |
		.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	says 'ear sched' "5 0 $(nice) 3 0"
	config '.process.scheduler = {policy: "SCHED_OTHER", priority: 3}'
	refused process.scheduler
	config '.process.scheduler = {policy: "SCHED_OTHER", nice: 20}'
	refused process.scheduler.nice
}

@test "MP-1 MP-2 MP-3 MP-4 memoryPolicy" {
	[ -e /proc/self/numa_maps ] || skip "this kernel knows no NUMA"
	local mode want
	script 'head -n 1 /proc/self/numa_maps | cut -d " " -f 2'
	while read -r mode want; do
		config '.linux.memoryPolicy = '"$mode"
		expect 0 taper run "$ID"
		is "$mode $output" "$mode $want"
	done <<-END
		{"mode":"MPOL_DEFAULT"} default
		{"mode":"MPOL_BIND","nodes":"0"} bind:0
		{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES"]} bind=static:0
		{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_RELATIVE_NODES"]} bind=relative:0
		{"mode":"MPOL_INTERLEAVE","nodes":"0"} interleave:0
		{"mode":"MPOL_PREFERRED","nodes":"0"} prefer:0
		{"mode":"MPOL_PREFERRED"} local
		{"mode":"MPOL_PREFERRED_MANY","nodes":"0"} prefer
		{"mode":"MPOL_LOCAL"} local
	END
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1022"}' # a machine with so many is not met
	expect 1 taper run "$ID"
	has "memory policy"
	config '.linux.memoryPolicy = {mode: "MPOL_NEAR"}'
	refused linux.memoryPolicy.mode
	config '.linux.memoryPolicy = {mode: "MPOL_BIND"}'
	refused linux.memoryPolicy.nodes
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}'
	refused linux.memoryPolicy.flags
}

@test "P-16 P-17 scheduler and ioPriority: real time, deadline, flags" {
	need_ear
	need chrt
	chrt -f 1 true 2>/dev/null || skip "no real time here"
	# v1 gives a new cgroup no real time (kernel Documentation/scheduler/sched-rt-group.rst)
	taper() { $TAPER_WRAP "$TAPER" --root "$ROOT" --cgroup-manager disabled "$@"; }
	config 'del(.linux.resources, .linux.cgroupsPath)'
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 5} |
		.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 2}'
	says 'ear sched' "1 5 $(nice) 1 2"
	config '.process.scheduler = {policy: "SCHED_RR", priority: 6, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	program ear sched
	expect 0 taper run "$ID"
	is "$output" "$((2 | 0x40000000)) 6 $(nice) 1 2"
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 10000000, period: 10000000}'
	run taper run "$ID" </dev/null
	[ "$output" = "6 0 $(nice) 1 2" ] || has "scheduling policy" # not everywhere: affinity, bandwidth
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 5, runtime: 1000}'
	refused process.scheduler
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 5, flags: ["SCHED_FLAG_X"]}'
	refused process.scheduler.flags
	config '.process.scheduler = {policy: "SCHED_X"}'
	refused process.scheduler.policy
	config 'del(.process.scheduler) | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
	refused process.ioPriority.priority
	config '.process.ioPriority = {class: "BE", priority: 1}'
	refused process.ioPriority.class
}

@test "the first process may use all CPUs of its cpuset, whatever taper was pinned to" {
	need taskset
	[ "$(nproc)" -ge 2 ] || skip "needs two CPUs"
	program awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status
	all=$(taper run "$ID")
	is "$(taskset -c 0 "$TAPER" --root "$ROOT" run "$ID")" "$all"
	[ "$all" != 0 ]
	need_root
	need_controller cpuset
	config '.linux.resources.cpu = {cpus: "1", mems: "0"}'
	is "$(taskset -c 0 "$TAPER" --root "$ROOT" run "$ID")" 1
}

@test "P-2 consoleSize without a terminal is ignored" {
	config '.process.consoleSize = {height: 33, width: 77}'
	says 'test -t 0 || echo none' none
}

@test "P-18 execCPUAffinity: not for the first process, and a list that is none" {
	local mine
	mine=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)
	config '.process.execCPUAffinity = {initial: "0", final: "0"}'
	script 'awk "/^Cpus_allowed_list/ { print \$2 }" /proc/self/status'
	expect 0 taper run "$ID"
	is "$output" "$mine"
	config '.process.execCPUAffinity = {initial: "0-"}'
	refused process.execCPUAffinity.initial
	config '.process.execCPUAffinity = {final: "x"}'
	refused process.execCPUAffinity.final
}

@test "LX-6 personality" {
	config '.linux.personality = {domain: "LINUX32"}'
	script 'uname -m'
	expect 0 taper run "$ID"
	[ "$output" != "$(uname -m)" ]
	config '.linux.personality = {domain: "LINUX"}'
	says 'uname -m' "$(uname -m)"
	config '.linux.personality = {domain: "MINIX"}'
	refused linux.personality
}

# ---- environment and program ----

@test "P-4 the environment is the configured one, HOME from the container's passwd" {
	export TAPER_TEST_LEAK=1
	config '.process.env = ["PATH=/bin", "A=1", "B=x=y", "A=2"]'
	program env
	expect 0 taper run "$ID"
	is "$(echo "$output" | sort | tr '\n' ' ')" "A=2 B=x=y HOME=/root PATH=/bin "
	config '.process.user.uid = 4711'
	expect 0 taper run "$ID"
	has HOME=/
	lacks HOME=/root
	config '.process.env += ["HOME=/somewhere"]'
	expect 0 taper run "$ID"
	has HOME=/somewhere
	config '.process.env = ["=x"]'
	refused 'process.env[0]'
}

@test "P-3 cwd: made when missing, an error when it is none" {
	config '.process.cwd = "/a/b"'
	says pwd /a/b
	is "$(stat -c %a rootfs/a/b)" 755
	config '.root.readonly = true | .process.cwd = "/c/d"'
	says pwd /c/d
	config '.process.cwd = "/etc/passwd"'
	refused "process.cwd /etc/passwd: not a directory"
	# what startContainer hooks and others do later is seen at start
	config '.process.cwd = "/tmp" | .root.readonly = false'
	create
	rmdir rootfs/tmp && touch rootfs/tmp
	expect 1 taper start "$ID"
	has "process.cwd /tmp"
	taper delete "$ID"
	rm rootfs/tmp
	config '.process.cwd = "tmp"'
	refused process.cwd
}

@test "P-3 cwd: readable by the user alone" {
	mkdir -m 700 rootfs/private
	chown 1000 rootfs/private
	config '.process.user = {uid: 1000, gid: 1000} | .process.cwd = "/private" |
		.process.capabilities = {}'
	says pwd /private
}

@test "P-3 cwd: the host is not reached through a descriptor" {
	config '.process.cwd = "/proc/self/fd/7"'
	run taper run "$ID" 7</
	[ "$status" -ne 0 ]
	lacks unreachable
}

@test "P-5 PATH of the config is searched, in the container" {
	mkdir -p rootfs/opt/one rootfs/opt/two
	printf '#!/bin/sh\necho two\n' >rootfs/opt/two/tool
	echo no >rootfs/opt/one/tool
	chmod 755 rootfs/opt/two/tool
	chmod 644 rootfs/opt/one/tool
	config '.process.env = ["PATH=/nowhere:/opt/one:/opt/two"] | .process.args = ["tool"]'
	expect 0 taper run "$ID"
	is "$output" two
}

@test "P-5 P-6 not found, not executable, a directory, no interpreter: the engines' words" {
	config '.process.args = ["no-such-program"]'
	refused 'exec: "no-such-program": executable file not found in $PATH'
	config '.process.args = ["/bin/no-such-program"]'
	refused 'exec: "/bin/no-such-program":'
	has 'no such file or directory'
	config '.process.args = ["/etc/passwd"]'
	refused 'exec: "/etc/passwd": permission denied'
	config '.process.args = ["/etc"]'
	refused 'exec: "/etc":'
	printf '#!/no/such/interpreter\n' >rootfs/bin/script
	chmod 755 rootfs/bin/script
	config '.process.args = ["/bin/script"]'
	expect 1 taper run "$ID"
	has 'exec: "/bin/script": no such file or directory'
	config '.process.args = []'
	refused process.args
}

@test "P-5 a script without an interpreter line is not given to a shell" {
	echo 'echo ran' >rootfs/bin/script
	chmod 755 rootfs/bin/script
	config '.process.args = ["/bin/script"]'
	expect 1 taper run "$ID"
	has 'exec: "/bin/script": exec format error'
	lacks ran
}

@test "C-6 a config without a process is refused, with its place" {
	config 'del(.process)'
	refused process
}

# ---- what is inherited ----

@test "P-19 only the three standard descriptors" {
	script 'ls /proc/self/fd'
	run taper run "$ID" </dev/null 7</dev/null 11</dev/null
	# The fourth is ls' own.
	is "$(echo "$output" | tr '\n' ' ')" "0 1 2 3 "
}

@test "P-19 --preserve-fds keeps the next ones, and no others" {
	echo three >"$T/3"
	echo four >"$T/4"
	script 'cat <&3; cat <&4; ls /proc/self/fd | wc -l'
	run taper run --preserve-fds 2 "$ID" </dev/null 3<"$T/3" 4<"$T/4" 7</dev/null
	is "$output" "three
four
6"
	run taper run --preserve-fds 5 "$ID" </dev/null 3<"$T/3" 4<&- 5<&- 6<&- 7<&-
	[ "$status" -ne 0 ]
}

@test "LISTEN_FDS: sockets come before preserved descriptors, and LISTEN_PID is 1" {
	echo three >"$T/3"
	echo four >"$T/4"
	script 'echo $LISTEN_FDS $LISTEN_PID; cat <&3; cat <&4'
	LISTEN_FDS=1 run taper run --preserve-fds 1 "$ID" </dev/null 3<"$T/3" 4<"$T/4"
	is "$output" "1 1
three
four"
}

@test "closed standard descriptors become /dev/null" {
	script 'readlink /proc/self/fd/0 >/out; echo $? >>/out; ls /proc/self/fd | wc -l >>/out'
	taper run "$ID" <&- >&- 2>&- 3>&- 4>&-
	is "$(cat rootfs/out)" "/dev/null
0
4"
}

@test "closed standard descriptors: the container's /dev/null, wherever the host's is" {
	need_root
	script 'ls -l /proc/$$/fd >/out; :'
	mkdir "$T/dev"
	mknod "$T/dev/null" c 1 3
	: >"$T/dev/null" 2>/dev/null || skip "no devices on this file system"
	taper run "$ID" <"$T/dev/null" >"$T/dev/null" 2>"$T/dev/null" 3>&-
	is "$(grep -c '[012] -> /dev/null$' rootfs/out)" 3
}

@test "pipes as standard descriptors can be opened by the container's user" {
	need_root
	config '.process.user = {uid: 1000, gid: 1000}'
	script 'echo a >/dev/stdout && echo b >/dev/stderr; cat /dev/stdin'
	mkdir -p rootfs/dev
	out=$(echo c | taper run "$ID" 2>&1 3>&- | cat)
	is "$out" $'a\nb\nc'
}

@test "P-20 no signal is ignored or blocked, whatever the caller does" {
	need_ear
	program ear signals
	run bash -c "trap '' INT PIPE HUP USR1 TERM; exec '$TAPER' --root '$ROOT' run '$ID'" </dev/null
	is "$output" ""
	is "$status" 0
}

@test "P-20 a session of its own, no parent death signal" {
	program sleep 100
	launch
	is "$(awk '{ print $5, $6 }' "/proc/$PID/stat")" "$PID $PID"
}

@test "P-21 a session keyring of its own, or the caller's" {
	need_ear
	program ear keyring
	expect 0 taper run "$ID"
	has "_ses.$ID"
	run taper run --no-new-keyring "$ID" </dev/null
	lacks "_ses.$ID"
}

# ---- names, sysctl ----

@test "H-1 H-2 hostname and domainname, the host's unchanged" {
	local name domain
	name=$(hostname)
	domain=$(cat /proc/sys/kernel/domainname)
	config '.hostname = "within" | .domainname = "example"'
	says 'hostname; cat /proc/sys/kernel/domainname' "within
example"
	is "$(hostname) $(cat /proc/sys/kernel/domainname)" "$name $domain"
	config '.linux.namespaces |= map(select(.type != "uts"))'
	refused hostname:
	config 'del(.hostname)'
	refused domainname:
}

@test "SY-1 sysctl: both separators, only in namespaces of the container" {
	local before
	before=$(cat /proc/sys/net/ipv4/ip_forward)
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "net/ipv4/conf/lo/forwarding": "1",
		"kernel.shmmni": "17", "fs.mqueue.msg_max": "11"}'
	says 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni /proc/sys/fs/mqueue/msg_max' "1
17
11"
	is "$(cat /proc/sys/net/ipv4/ip_forward)" "$before"
	config '.linux.sysctl = {"kernel.pid_max": "99999"}'
	refused kernel.pid_max
	config '.linux.sysctl = {"kernel.hostname": "x"}'
	refused kernel.hostname
	config '.linux.sysctl = {"net.ipv4.no_such": "1"}'
	refused net.ipv4.no_such
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} |
		.linux.namespaces |= map(select(.type != "network"))'
	refused net.ipv4.ip_forward
}

# ---- sd_notify ----

@test "NOTIFY_SOCKET: READY=1 is passed on, with the host's pid" {
	need_ear
	script 'ear say "$NOTIFY_SOCKET" READY=1; sleep 100'
	"$EAR" notify "$T/sock" >"$T/heard" 3>&- &
	wait_for 5 test -S "$T/sock"
	NOTIFY_SOCKET=$T/sock launch
	wait
	grep -qx READY=1 "$T/heard"
	grep -qx "MAINPID=$PID" "$T/heard"
}

@test "NOTIFY_SOCKET: a program that ends without a word does not block start" {
	need_ear
	program true
	"$EAR" notify "$T/sock" >"$T/heard" 3>&- &
	wait_for 5 test -S "$T/sock"
	NOTIFY_SOCKET=$T/sock launch
	kill $!
	is "$(grep -c READY "$T/heard")" 0
}
