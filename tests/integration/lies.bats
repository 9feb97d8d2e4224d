#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lies.bats: what confines the container is read back. One system call of taper is not made, and says that it was
# (tests/fault/fault, "lie"): the program must not start.
load helpers

setup_test() {
	need_root
	FAULT=$BUILDDIR/tests/fault/fault
	[ "$(uname -m)" = x86_64 ] || skip "numbers of system calls are those of x86_64"
	! grep -qa __asan_init "$TAPER" || skip "LeakSanitizer cannot be traced"
	script 'echo started'
}

# lie NUMBER WORD...: of taper WORD..., the last such call
lie() {
	local number=$1 at
	shift
	"$FAULT" -l "$T/calls" "$TAPER" --root "$ROOT" "$@" </dev/null >"$T/true"
	grep -q started "$T/true"
	at=$(awk -v number="$number" '$1 == "call" && $4 == number { last = $2; n[$2]++ }
		END { print last ":" n[last] "@" number }' "$T/calls")
	run "$FAULT" -f "$at:lie" "$T/report" "$TAPER" --root "$ROOT" "$@" </dev/null
	echo "$output"
	grep -q "^hit ${at%:*} " "$T/report" && [[ $output != *started* ]] && grep -q '^exit [1-9]' "$T/report"
}

# told TEXT: in the error of the last lie
told() {
	[[ $output == *"$1"* ]]
}

@test "D2 a mount that was not attached" {
	lie 429 run "$ID" # move_mount
	told "does not lead to what was just mounted there"
}

@test "D3 a pivot that did not happen" {
	lie 155 run "$ID" # pivot_root
	told 'still the root of the host'
}

@test "D3 the old root was not detached" {
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	lie 166 run "$ID" # umount2
	told 'still the root of the host'
}

@test "D9 the user was not changed" {
	config '.process.user = { uid: 1000, gid: 1000 }'
	lie 117 run "$ID" # setresuid
	told "the ids are not those that were set"
	lie 119 run "$ID" # setresgid
	told "the ids are not those that were set"
}

@test "D9 additional groups were not set" {
	config '.process.user = { uid: 0, gid: 0, additionalGids: [5, 7] }'
	lie 116 run "$ID" # setgroups
	told "the supplementary groups are not those that were set"
}

@test "D10 capabilities were not dropped" {
	config '.process.capabilities.effective = [] | .process.capabilities.permitted = []'
	lie 126 run "$ID" # capset
	told "the capabilities are not those that were set"
}

# Each prctl(2): what drops, sets and reads. The program does not start, or has exactly what it is to have.
@test "D8 D10 P-6 whatever prctl(2) is not made, the program has no other rights" {
	script 'grep -E "^(Cap|NoNewPrivs)" /proc/self/status; echo started'
	config '.process.capabilities |= map_values(["CAP_KILL", "CAP_CHOWN"]) | .process.capabilities.inheritable = ["CAP_KILL"]
		| .process.capabilities.ambient = ["CAP_KILL"]'
	"$FAULT" -l "$T/calls" "$TAPER" --root "$ROOT" run "$ID" </dev/null >"$T/true"
	grep -q started "$T/true"
	: >"$T/refusals"
	for at in $(awk '$1 == "call" && $4 == 157 { print $2 ":" ++n[$2] "@157" }' "$T/calls"); do
		"$FAULT" -f "$at:lie" "$T/report" "$TAPER" --root "$ROOT" run "$ID" </dev/null >"$T/said" 2>&1
		if grep -q started "$T/said"; then
			diff "$T/true" "$T/said"
		else
			cat "$T/said" >>"$T/refusals"
		fi
	done
	for text in "is still traceable" "is still in the bounding set" "is not in the bounding set" "is not ambient" \
		"no_new_privs is not set"; do
		grep -q "$text" "$T/refusals" || { echo "never: $text"; cat "$T/refusals"; return 1; }
	done
}

@test "D23 the filter was not loaded" {
	config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{ names: ["kexec_load"], action: "SCMP_ACT_ERRNO" }] }'
	lie 317 run "$ID" # seccomp
	told "the system call filter is not in force"
	config '.process.noNewPrivileges = false'
	lie 317 run "$ID"
	told "the system call filter is not in force"
}

@test "D23 exec: the filter was not loaded" {
	config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{ names: ["kexec_load"], action: "SCMP_ACT_ERRNO" }] }'
	script 'sleep 100'
	launch
	lie 317 exec "$ID" echo started
	told "the system call filter is not in force"
}

@test "D23 a filter that denies read(2): it is proved by what else it denies" {
	config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{ names: ["read"], action: "SCMP_ACT_KILL_PROCESS" }, { names: ["setns"], action: "SCMP_ACT_ERRNO" }] }'
	lie 317 run "$ID"
	told "the system call filter is not in force"
}

@test "D23 no procfs in the container: the filter is proved all the same" {
	config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{ names: ["kexec_load"], action: "SCMP_ACT_ERRNO" }] }
		| .mounts |= map(select(.destination != "/proc"))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	lie 317 run "$ID"
	told "the system call filter is not in force"
}
