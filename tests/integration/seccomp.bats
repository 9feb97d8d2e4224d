# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# seccomp.bats: the filter of system calls, and the agent that answers some of them
load helpers

setup_test() {
	need_root
	config '.root.readonly = false'
}

# filter JQ: linux.seccomp, which allows all that is not said
filter() {
	config '.linux.seccomp = ({defaultAction: "SCMP_ACT_ALLOW"} + '"$1"')'
}

# act ACTION [MORE]: this action for mkdir
act() {
	filter '{syscalls: [{names: ["mkdir"], action: "'"$1"'"'"${2-}"'}]}'
}

@test "SC-1 SC-2 each action: what mkdir meets" {
	script 'mkdir /x 2>&1; echo $?; grep ^Seccomp: /proc/self/status'
	act SCMP_ACT_ERRNO
	expect 0 taper run "$ID"
	is "$output" "mkdir: can't create directory '/x': Operation not permitted
1
Seccomp:	2"
	act SCMP_ACT_ERRNO ', errnoRet: 39'
	expect 0 taper run "$ID"
	has "Directory not empty"
	act SCMP_ACT_TRACE
	expect 0 taper run "$ID" # nobody traces: ENOSYS
	has "Function not implemented"
	for action in KILL KILL_THREAD KILL_PROCESS TRAP; do
		act SCMP_ACT_$action
		expect 0 taper run "$ID"
		has 159 # 128 + SIGSYS
		[ ! -e rootfs/x ]
	done
	act SCMP_ACT_LOG
	expect 0 taper run "$ID"
	[ -d rootfs/x ]
	act SCMP_ACT_ALLOW
	rmdir rootfs/x
	expect 0 taper run "$ID"
	[ -d rootfs/x ]
}

@test "SC-1 SC-2 the default action, its number, and what is refused" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 5}'
	refused linux.seccomp.defaultErrnoRet
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_NONE"}'
	refused linux.seccomp.defaultAction
	act SCMP_ACT_KILL ', errnoRet: 5'
	refused 'linux.seccomp.syscalls[0].errnoRet'
	config '.linux.seccomp = {syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	refused linux.seccomp
}

# mkdir32 FILE: a program for i386 that calls mkdir("/x", 0755) and exits with the number of the error
mkdir32() {
	{
		# ELF header, program header
		printf '\x7fELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\x54\x80\x04\x08\x34\0\0\0\0\0\0\0'
		printf '\0\0\0\0\x34\0\x20\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\x80\x04\x08\0\x80\x04\x08'
		printf '\x71\0\0\0\x71\0\0\0\5\0\0\0\0\x10\0\0'
		# mov $39 (mkdir), %eax; mov $path, %ebx; mov $0755, %ecx; int $0x80
		printf '\xb8\x27\0\0\0\xbb\x6e\x80\x04\x08\xb9\xed\1\0\0\xcd\x80'
		# neg %eax; mov %eax, %ebx; xor %eax, %eax; inc %eax (exit); int $0x80
		printf '\xf7\xd8\x89\xc3\x31\xc0\x40\xcd\x80/x\0'
	} >"$1"
	chmod 755 "$1"
}

@test "SC-3 a 32-bit program under a filter of two architectures" {
	[ "$(uname -m)" = x86_64 ] || skip "for x86_64"
	mkdir32 rootfs/bin/mkdir32
	program /bin/mkdir32
	expect 0 taper run "$ID"
	[ -d rootfs/x ]
	rmdir rootfs/x
	filter '{architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 39}]}'
	expect 39 taper run "$ID"
	[ ! -e rootfs/x ]
	# an architecture that is not in the list
	filter '{architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 39}]}'
	expect 159 taper run "$ID"
	filter '{architectures: ["SCMP_ARCH_Z80"]}'
	refused 'linux.seccomp.architectures[0]'
}

@test "SC-4 each flag is taken; an unknown one is refused" {
	for flag in TSYNC LOG SPEC_ALLOW WAIT_KILLABLE_RECV; do
		filter '{flags: ["SECCOMP_FILTER_FLAG_'$flag'"]}'
		program grep ^Seccomp: /proc/self/status
		expect 0 taper run "$ID"
		is "$output" "Seccomp:	2"
	done
	filter '{flags: ["SECCOMP_FILTER_FLAG_NONE"]}'
	refused 'linux.seccomp.flags[0]'
}

@test "SC-5 arguments: comparisons, several on one argument" {
	# busybox calls mkdir(path, 0777), which is 511
	local op value want
	script 'mkdir /x 2>/dev/null && rmdir /x && echo made'
	while read -r op value want; do
		filter '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO",
			args: [{index: 1, value: '$value', valueTwo: 511, op: "SCMP_CMP_'$op'"}]}]}'
		run taper run "$ID" </dev/null
		is "$op $value $output" "$op $value $want"
	done <<-END
		EQ 510 made
		EQ 511
		NE 511 made
		NE 510
		LT 511 made
		LT 512
		LE 510 made
		LE 511
		GT 511 made
		GT 510
		GE 512 made
		GE 511
		MASKED_EQ 4095
		MASKED_EQ 511
	END
	filter '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 39, args: [
		{index: 1, value: 1, op: "SCMP_CMP_EQ"}, {index: 1, value: 511, op: "SCMP_CMP_EQ"}]}]}'
	script 'mkdir /x 2>&1'
	expect 1 taper run "$ID"
	has "Directory not empty"
	filter '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO",
		args: [{index: 6, value: 1, op: "SCMP_CMP_EQ"}]}]}'
	refused 'linux.seccomp.syscalls[0].args[0]'
	filter '{syscalls: [{names: [], action: "SCMP_ACT_ERRNO"}]}'
	refused 'linux.seccomp.syscalls[0].names'
}

@test "SC-5 A-6 an unknown system call is skipped, or an error where the annotation says so" {
	filter '{syscalls: [{names: ["no_such_call", "mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	script 'mkdir /x 2>/dev/null || echo no'
	expect 0 taper run "$ID"
	is "$output" no
	config '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "1"'
	refused no_such_call
}

@test "SC-7 SC-9 NOTIFY for all calls, for those of the runtime; without a listener; metadata alone" {
	filter '{defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/run/none"}'
	refused linux.seccomp.defaultAction
	for call in write sendmsg; do
		filter '{listenerPath: "/run/none",
			syscalls: [{names: ["'$call'"], action: "SCMP_ACT_NOTIFY"}]}'
		refused 'linux.seccomp.syscalls[0].names[0]'
	done
	act SCMP_ACT_NOTIFY
	refused linux.seccomp.listenerPath
	filter '{listenerMetadata: "x"}'
	refused linux.seccomp.listenerMetadata
	# no action that needs the agent: its socket is not looked at
	filter '{listenerPath: "/run/no/such/socket"}'
	expect 0 taper run "$ID"
}

# agent [KIND]: in the background; its document goes to $T/heard
agent() {
	need_ear
	[ "$(uname -m)" = x86_64 ] || skip "for x86_64"
	timeout 20 "$EAR" "${1-agent}" "$T/agent" >"$T/heard" 3>&- &
	wait_for 5 test -S "$T/agent"
	config --arg path "$T/agent" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
		listenerMetadata: "some data", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]} |
		.annotations["org.example.key"] = "value"'
	script 'mkdir /x; echo $?; [ -e /x ] || ls -d /x.agent'
}

# document PID
document() {
	is "$(jq -c '[.ociVersion, .fds, .metadata, .state.id, .state.status, .state.annotations]' "$T/heard")" \
		'["1.3.0",["seccompFd"],"some data","'"$ID"'","creating",{"org.example.key":"value"}]'
	is "$(jq -r '.pid, .state.pid, .state.bundle' "$T/heard" | tr '\n' ' ')" "$1 $1 $BUNDLE "
}

@test "SC-8 SC-10 an agent answers mkdir: run" {
	agent
	expect 0 taper run --pid-file "$T/pid" "$ID"
	is "$output" "0
/x.agent"
	document "$(cat "$T/pid")"
}

@test "SC-8 SC-10 an agent answers mkdir: run at one go, with and without NNP" {
	for nnp in true false; do
		agent
		config '.process.noNewPrivileges = '$nnp
		expect 0 taper run "$ID"
		is "$output" "0
/x.agent"
		wait
		rm "$T/agent"
		rmdir rootfs/x.agent
	done
}

@test "SC-8 SC-10 an agent answers mkdir: create and start, a socket that keeps messages" {
	agent agent-seqpacket
	create
	taper start "$ID"
	wait_for 5 status_is stopped
	[ -d rootfs/x.agent ]
	document "$PID"
}

@test "SC-8 no agent: an error, and the program does not run" {
	agent
	kill $!
	rm "$T/agent"
	script 'touch /ran'
	expect 1 taper run "$ID"
	has linux.seccomp.listenerPath
	[ ! -e rootfs/ran ]
	create
	expect 1 taper start "$ID"
	has linux.seccomp.listenerPath
	is "$(status_of)" created
	[ ! -e rootfs/ran ]
}

@test "SC-8 A-5 the receiver by annotation, and by the environment" {
	agent
	config 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
	RUN_OCI_SECCOMP_RECEIVER=$T/agent expect 0 taper run "$ID"
	is "$output" "0
/x.agent"
	wait
	rm "$T/agent"
	rmdir rootfs/x.agent
	agent
	config --arg path "$T/agent" 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata) |
		.annotations["run.oci.seccomp.receiver"] = $path'
	expect 0 taper run "$ID"
	is "$output" "0
/x.agent"
}

@test "SC-12 a kernel without filters: an error, never a container without one" {
	need_ear
	filter '{}'
	script 'touch /ran'
	TAPER_WRAP="$EAR no-seccomp" refused linux.seccomp
	[ ! -e rootfs/ran ]
}

@test "A-10 a program that is ready-made, by annotation" {
	[ "$(uname -m)" = x86_64 ] || skip "for x86_64"
	local bpf
	# ld nr; jeq 83 (mkdir), 0, 1; ret ERRNO | 39; ret ALLOW
	bpf=$(printf '\x20\0\0\0\0\0\0\0\x15\0\0\1\x53\0\0\0\6\0\0\0\x27\0\5\0\6\0\0\0\0\0\xff\x7f' | base64 -w 0)
	config --arg bpf "$bpf" '.annotations["run.oci.seccomp_bpf_data"] = $bpf'
	script 'mkdir /x 2>&1; grep ^Seccomp: /proc/self/status'
	expect 0 taper run "$ID"
	has "Directory not empty"
	has "Seccomp:	2"
	# instead of linux.seccomp, not beside it
	act SCMP_ACT_KILL
	expect 0 taper run "$ID"
	has "Directory not empty"
	for bad in "${bpf%?}" "${bpf:0:16}" '****'; do
		config --arg bpf "$bad" '.annotations["run.oci.seccomp_bpf_data"] = $bpf'
		refused annotations.run.oci.seccomp_bpf_data
	done
	# one instruction, which is no program: the kernel says so
	config '.annotations["run.oci.seccomp_bpf_data"] = "AAAAAAAAAAA="'
	expect 1 taper run "$ID"
	has "load the system call filter"
}

@test "A-10 a ready-made program that notifies needs an agent; plugins are refused" {
	local bpf
	bpf=$(printf '\6\0\0\0\0\0\xc0\x7f' | base64 -w 0) # ret USER_NOTIF
	config --arg bpf "$bpf" '.annotations["run.oci.seccomp_bpf_data"] = $bpf'
	refused linux.seccomp.listenerPath
	config '.annotations["run.oci.seccomp.plugins"] = "/lib/plugin.so"'
	refused annotations.run.oci.seccomp.plugins
}

@test "SC-13 SC-10 MP-5 exec: the filter with a listener of its own, the memory policy" {
	agent
	script 'exec sleep 100'
	[ ! -e /proc/self/numa_maps ] || config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
	launch
	wait_for 5 test -s "$T/heard"
	rm "$T/agent"
	# the first agent still listens for the first process; exec's connects anew
	timeout 20 "$EAR" agent "$T/agent" >"$T/heard2" 3>&- &
	wait_for 5 test -S "$T/agent"
	run taper exec --pid-file "$T/pid2" "$ID" sh -c 'mkdir /y; echo $?; grep ^Seccomp: /proc/self/status
		[ ! -e /proc/self/numa_maps ] || head -n 1 /proc/self/numa_maps | cut -d " " -f 2' </dev/null 3>&-
	is "$(head -n 2 <<<"$output")" "0
Seccomp:	2"
	[ ! -e /proc/self/numa_maps ] || is "$(tail -n 1 <<<"$output")" bind:0
	[ -d rootfs/y.agent ]
	is "$(jq -c '[.state.status, .state.pid, .pid, .metadata]' "$T/heard2")" \
		'["running",'"$PID,$(cat "$T/pid2")"',"some data"]'
}
