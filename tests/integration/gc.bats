#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# gc.bats: what crashed runs leave is found, proved to be left, and removed; nothing else is

load helpers

# killed_create: a create that is killed while its container waits for a hook
killed_create() {
	config --arg fifo "$T/fifo" '.hooks.createRuntime = [ { path: "/bin/sh",
		args: [ "sh", "-c", "echo in >\($fifo).in; exec cat \($fifo)" ] } ]'
	mkfifo "$T/fifo" "$T/fifo.in"
	"$TAPER" --root "$ROOT" create "$ID" </dev/null >"$T/out" 2>&1 3>&- &
	read -r _ <"$T/fifo.in"
	kill -KILL $!
	wait $! || :
}

@test "gc: nothing to do is no failure, and a root that is not there neither" {
	expect 0 taper gc
	is "$output" ""
	[ ! -e "$ROOT" ]
	create
	launched=$PID
	expect 0 taper gc
	is "$output" ""
	[ -e "/proc/$launched" ]
	is "$(status_of)" created
}

@test "gc: an interrupted creation goes, and a dry run only says so" {
	killed_create
	is "$(status_of)" creating
	[ -n "$(left_cgroups)" ]
	expect 0 taper gc --dry-run
	is "$output" "would remove $ID: its creation was interrupted"
	is "$(status_of)" creating
	expect 0 taper gc
	is "$output" "removed $ID: its creation was interrupted"
	is "$(left_cgroups)" ""
	[ ! -e "$ROOT/$ID" ]
	expect 0 taper gc
	is "$output" ""
}

@test "gc: a creation that goes on is left alone" {
	config --arg fifo "$T/fifo" '.hooks.createRuntime = [ { path: "/bin/sh",
		args: [ "sh", "-c", "echo in >\($fifo).in; exec cat \($fifo)" ] } ]'
	mkfifo "$T/fifo" "$T/fifo.in"
	"$TAPER" --root "$ROOT" create "$ID" </dev/null >"$T/out" 2>&1 3>&- &
	read -r _ <"$T/fifo.in"
	expect 0 taper gc
	is "$output" ""
	echo go >"$T/fifo"
	wait $!
	is "$(status_of)" created
}

@test "gc: of runs whose foreground was killed, those that have ended, without --keep" {
	program sleep 1000
	for option in '' --keep; do
		config --arg path "/$ID$option" '.linux.cgroupsPath = $path'
		# shellcheck disable=SC2086 # no word when it is empty
		"$TAPER" --root "$ROOT" run $option "$ID$option" </dev/null >"$T/out" 2>&1 3>&- &
		wait_for 5 sh -c "'$TAPER' --root '$ROOT' state $ID$option | grep -q '\"running\"'"
		wait_for 5 sh -c "grep -qx sleep /proc/\$('$TAPER' --root '$ROOT' state $ID$option | jq .pid)/comm"
		kill -KILL $!
		wait $! || :
		expect 0 taper gc
		is "$output" ""
		is "$(status_of "$ID$option")" running
		expect 0 taper kill "$ID$option" KILL
		wait_for 5 sh -c "'$TAPER' --root '$ROOT' state $ID$option | grep -q '\"stopped\"'"
		expect 0 taper gc
		[ -n "$option" ] ||
			is "$output" "removed $ID: it has ended, and the run that would have deleted it is dead"
	done
	is "$(taper list -q)" "$ID--keep"
	expect 0 taper delete "$ID--keep"
}

@test "gc: a run in the foreground that is alive deletes its container itself" {
	program sleep 1000
	"$TAPER" --root "$ROOT" run "$ID" </dev/null >"$T/out" 2>&1 3>&- &
	wait_for 5 status_is running
	kill -STOP $!
	expect 0 taper kill "$ID" KILL
	wait_for 5 status_is stopped
	expect 0 taper gc
	is "$output" ""
	is "$(status_of)" stopped
	kill -CONT $!
	wait $! || is $? 137
	expect 1 taper state "$ID"
}

@test "delete --force removes what an interrupted delete has left, whose id is free" {
	create
	mkdir -m 700 "$ROOT/.dead-12"
	touch "$ROOT/.dead-12/state.json"
	expect 0 taper delete --force "$ID-gone"
	[ ! -e "$ROOT/.dead-12" ]
	expect 0 taper --root "$ROOT/none" delete --force "$ID-gone"
}

@test "gc: directories of interrupted removals and of interrupted claims" {
	create
	mkdir -m 700 "$ROOT/.dead-12" "$ROOT/.dead-12/notify" "$ROOT/$ID-2" "$ROOT/$ID-3"
	touch "$ROOT/.dead-12/state.json" "$ROOT/$ID-3/something"
	expect 0 taper gc -n
	has "would remove .dead-12: its removal was interrupted"
	has "would remove $ID-2: its creation was interrupted at the start"
	lacks "$ID-3"
	[ -d "$ROOT/.dead-12" ]
	expect 0 taper gc
	has "removed .dead-12: its removal was interrupted"
	[ ! -e "$ROOT/.dead-12" ]
	[ ! -e "$ROOT/$ID-2" ]
	# nothing says what this is
	[ -e "$ROOT/$ID-3/something" ]
	rm -r "${ROOT:?}/$ID-3"
	is "$(status_of)" created
}

@test "gc: half-written filters of dead writers" {
	create
	mkdir -m 700 -p "$ROOT/.seccomp"
	sleep 1000 3>&- &
	touch "$ROOT/.seccomp/.0123-$!" "$ROOT/.seccomp/whole"
	expect 0 taper gc
	is "$output" ""
	kill -KILL $!
	wait $! || :
	expect 0 taper gc
	is "$output" "removed 1 half-written filter: its writer was killed"
	is "$(ls -A "$ROOT/.seccomp" | grep -v '^[0-9a-f]*$')" whole
}

@test "gc: what an earlier boot has left names nothing of today" {
	killed_create
	dir=$(left_cgroups | head -n 1)
	sleep 1000 3>&- &
	echo $! >"$dir/cgroup.procs"
	intent=$(readlink "$ROOT/$ID/intent")
	ln -sfn "v1 boot=00000000-0000-0000-0000-000000000000 ${intent#v1 boot=* }" "$ROOT/$ID/intent"
	expect 0 taper gc
	is "$output" "removed $ID: its creation was interrupted"
	kill -0 $!
	kill -KILL $!
	wait $! || :
	for dir in $(left_cgroups); do
		rmdir "$dir"
	done
}

@test "gc: what cannot be removed is told, and the rest goes" {
	need_root
	killed_create
	mkdir -m 700 "$ROOT/$ID-2"
	chattr +i "$ROOT/$ID" 2>/dev/null || skip "no immutable files here"
	run taper gc
	chattr -i "$ROOT/$ID"
	is "$status" 1
	has "$ID: "
	has "removed $ID-2"
	expect 0 taper gc
}
