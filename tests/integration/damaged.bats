#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# damaged.bats: whatever byte of a record is wrong or missing, the others are not harmed, and
# delete --force finds everything
#
# DAMAGE_STEP=N tries every N-th byte. By default that is every ninth for what looks only, every 41st for what
# is removed; make check-fault-all tries all.

load helpers


# flip FILE OFFSET: change one byte
flip() {
	local byte
	byte=$(tail -c "+$(($2 + 1))" "$1" | head -c 1 | od -An -tu1)
	printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# looks_unharmed: list shows both, and nothing fails
looks_unharmed() {
	"$TAPER" --root "$ROOT" list >"$T/list" 2>"$T/err" </dev/null || { echo "list fails"; return 1; }
	grep -q "^$ID .*running" "$T/list" || { echo "the other is not in list"; return 1; }
	grep -q "^$ID-2 .*unknown" "$T/list" || { echo "not unknown"; cat "$T/list"; return 1; }
}

second() {
	config --arg path "/$ID-2" '.linux.cgroupsPath = $path'
	taper run --detach --pid-file "$T/pid2" "$ID-2" </dev/null >"$T/out" 2>&1 3>&-
	PID2=$(cat "$T/pid2")
	RECORD=$ROOT/$ID-2/state.json
	cp "$RECORD" "$T/good"
	SIZE=$(stat -c %s "$RECORD")
}

# gone_for_good: no process, no cgroup, no state of the second one
gone_for_good() {
	expect 0 taper delete --force "$ID-2"
	wait_for 5 test ! -e "/proc/$PID2/exe"
	[ ! -e "$ROOT/$ID-2" ]
	[ -z "$(left_cgroups | grep -e '-2$')" ]
	is "$(status_of)" running
}

@test "F13 each byte of the record, flipped or the last: unknown, and no harm to others" {
	program sleep 1000
	launch
	second
	for ((at = 0; at < SIZE; at += ${DAMAGE_STEP:-9})); do
		flip "$RECORD" "$at"
		looks_unharmed || { echo "byte $at flipped"; false; }
		head -c "$at" "$T/good" >"$RECORD"
		looks_unharmed || { echo "cut at byte $at"; false; }
		cat "$T/good" >"$RECORD"
	done
	is "$(status_of "$ID-2")" running
	expect 0 taper delete --force "$ID-2"
}

@test "F13 delete --force removes the process and everything else" {
	program sleep 1000
	launch
	for ((at = 0; ; at += ${DAMAGE_STEP:-41})); do
		second
		[ "$at" -lt "$SIZE" ] || break
		flip "$RECORD" "$at"
		gone_for_good || { echo "byte $at flipped"; false; }
		second
		head -c "$at" "$T/good" >"$RECORD"
		gone_for_good || { echo "cut at byte $at"; false; }
	done
	expect 0 taper delete --force "$ID-2"
}

@test "F13 the same for a container without cgroups" {
	need_root
	program sleep 1000
	launch
	second
	taper delete --force "$ID-2"
	taper --cgroup-manager disabled run --detach --pid-file "$T/pid2" "$ID-2" </dev/null >"$T/out" 2>&1 3>&- ||
		{ cat "$T/out"; false; }
	PID2=$(cat "$T/pid2")
	flip "$ROOT/$ID-2/state.json" 100
	looks_unharmed
	gone_for_good
}

@test "F13 what reads a damaged record says so" {
	program sleep 1000
	launch
	second
	flip "$RECORD" 60
	for command in start kill pause resume ps delete; do
		expect 1 taper $command "$ID-2"
		has damaged
	done
	expect 1 taper update --pids-limit 50 "$ID-2"
	has damaged
	expect 1 taper events --stats "$ID-2"
	has damaged
	expect 255 taper exec "$ID-2" true
	has damaged
	echo '[]' >"$T/mounts"
	expect 1 taper mounts add "$ID-2" "$T/mounts"
	expect 0 taper list
	has "the record of container $ID-2 is damaged"
	expect 0 taper gc
	has "container $ID-2 stays"
	gone_for_good
}
