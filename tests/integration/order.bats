#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# order.bats: every command in every status of a container, damaged records, races, and what may change
# around a container without any effect on it

load helpers

# Columns: status, command, exit code, text of the answer, status afterwards.
ORDER='
none	start ID	1	container ID does not exist	none
none	state ID	1	container ID does not exist	none
none	kill ID	1	container ID does not exist	none
none	kill ID KILL	1	container ID does not exist	none
none	kill --all ID KILL	1	container ID does not exist	none
none	delete ID	1	container ID does not exist	none
none	delete --force ID	0		none
none	create ID	0		created
none	run --detach ID	0		running
created	create ID	1	container ID already exists	created
created	run ID	1	container ID already exists	created
created	run --detach ID	1	container ID already exists	created
created	state ID	0	"status": "created"	created
created	start ID	0		running
created	kill ID KILL	0		stopped
created	kill --all ID KILL	0		stopped
created	delete ID	0		none
created	delete --force ID	0		none
created	list -q	0	ID	created
running	create ID	1	container ID already exists	running
running	run ID	1	container ID already exists	running
running	run --detach ID	1	container ID already exists	running
running	start ID	1	cannot start an already running container	running
running	state ID	0	"status": "running"	running
running	kill ID KILL	0		stopped
running	kill --all ID KILL	0		stopped
running	delete ID	1	container ID is not stopped: it is running	running
running	delete --force ID	0		none
running	list -q	0	ID	running
stopped	create ID	1	container ID already exists	stopped
stopped	run ID	1	container ID already exists	stopped
stopped	run --detach ID	1	container ID already exists	stopped
stopped	start ID	1	cannot start a container that has stopped	stopped
stopped	state ID	0	"status": "stopped"	stopped
stopped	kill ID	1	container not running	stopped
stopped	kill ID KILL	1	container not running	stopped
stopped	kill --all ID KILL	0		stopped
stopped	delete ID	0		none
stopped	delete --force ID	0		none
stopped	list -q	0	ID	stopped
'

setup_test() {
	program sleep 1000
}

# call ARG...: taper, with its output by way of a file: a container that goes on would hold a pipe open
call() {
	local code=0
	taper "$@" </dev/null >"$T/call" 2>&1 3>&- || code=$?
	cat "$T/call"
	return $code
}

# reach STATUS: bring the test's container there
reach() {
	case $1 in
	none) [ "$(status_now)" = none ] || taper delete --force "$ID" ;;
	created) create ;;
	running) launch ;;
	stopped) launch && taper kill "$ID" KILL && wait_for 5 status_is stopped ;;
	esac
}

status_now() {
	local status
	status=$(status_of)
	echo "${status:-none}"
}

status_now_is() {
	[ "$(status_now)" = "$1" ]
}

# footprint: what a refused command must not change
footprint() {
	taper state "$ID" 2>&1
	find "$ROOT" -mindepth 1 ! -name '.*' -printf '%p %i %s %T@\n' 2>/dev/null | sort
	cat "/proc/${PID:-none}/cmdline" 2>/dev/null | tr '\0' ' '
}

# try_row STATUS COMMAND EXIT TEXT AFTER
try_row() {
	local words before
	IFS=' ' read -ra words <<<"${2//ID/$ID}"
	reach none && reach "$1" || return
	before=$(footprint)
	expect "$3" call "${words[@]}" || return
	if [ "$3" -eq 1 ]; then
		is "${#lines[@]}" 1 && has "taper: ${words[0]}" && has "${4//ID/$ID}" && has "[TAPER-" &&
			is "$(footprint)" "$before" || return
	elif [ -n "$4" ]; then
		has "${4//ID/$ID}" || return
	else
		is "$output" "" || return
	fi
	wait_for 5 status_now_is "$5"
}

try_status() {
	local from command exit text after n=0 failed=0
	while IFS=$'\037' read -r from command exit text after; do
		[ "$from" = "$1" ] || continue
		n=$((n + 1))
		try_row "$from" "$command" "$exit" "$text" "$after" || {
			echo "^ $from: $command"
			failed=1
		}
	done < <(tr '\t' '\037' <<<"$ORDER")
	[ $n -gt 8 ] && [ $failed -eq 0 ]
}

@test "a container that waits for start holds no file of the caller, nor the state directory" {
	echo mine >"$T/mine"
	script true
	create 7<"$T/mine"
	local open
	open=$(readlink "/proc/$PID"/fd/*)
	has_not() { [[ $open != *"$1"* ]]; }
	has_not "$T/mine"
	is "$(grep -c -x "$ROOT" <<<"$open")" 0
	is "$(grep -c -x "$ROOT/$ID/start.lock" <<<"$open")" 1
	taper start "$ID"
}

@test "every command for an id that does not exist" {
	try_status none
}

@test "every command for a created container" {
	try_status created
}

@test "every command for a running container" {
	try_status running
}

@test "every command for a stopped container" {
	try_status stopped
}

@test "an id may be used again and again" {
	for _ in 1 2 3; do
		create
		expect 0 taper start "$ID"
		expect 0 taper kill "$ID" KILL
		wait_for 5 status_is stopped
		expect 0 taper delete "$ID"
	done
	is "$(left_cgroups)" ""
}

@test "F08 of creates that race for an id, one wins and the others say so" {
	for round in 1 2 3; do
		for n in 1 2 3 4; do
			(
				code=0
				taper create "$ID" </dev/null >"$T/out.$n" 2>&1 3>&- || code=$?
				echo $code >"$T/rc.$n"
			) &
		done
		wait $(jobs -p) || true
		is "$(cat "$T"/rc.* | sort | tr '\n' ' ')" "0 1 1 1 "
		is "$(grep -lF "exists" "$T"/out.* | wc -l)" 3
		is "$(status_of)" created
		expect 0 taper start "$ID"
		is "$(status_of)" running
		expect 0 taper delete --force "$ID"
		is "$(left_processes)$(left_cgroups)$(left_state)" ""
	done
}

@test "F08 of starts that race, one wins" {
	create
	for n in 1 2 3; do
		(
			code=0
			taper start "$ID" </dev/null >"$T/out.$n" 2>&1 3>&- || code=$?
			echo $code >"$T/rc.$n"
		) &
	done
	wait $(jobs -p) || true
	is "$(cat "$T"/rc.* | sort | tr '\n' ' ')" "0 1 1 "
	is "$(status_of)" running
}

@test "F08 deletes that race: none leaves anything behind" {
	for round in 1 2 3; do
		launch
		for n in 1 2 3; do
			taper delete --force "$ID" </dev/null >"$T/out.$n" 2>&1 3>&- &
			pids[n]=$!
		done
		for n in 1 2 3; do
			wait "${pids[n]}" || { cat "$T/out.$n"; false; }
		done
		is "$(left_processes)$(left_cgroups)$(left_state)" ""
	done
}

@test "F08 delete --force while create works" {
	for delay in 0 0.001 0.002 0.004 0.008 0.016; do
		taper create "$ID" </dev/null >"$T/out" 2>&1 3>&- &
		sleep $delay
		expect 0 taper delete --force "$ID"
		wait $! || has "" # created and deleted, or interrupted: both are right
		expect 0 taper delete --force "$ID"
		is "$(left_processes)$(left_cgroups)$(left_state)" ""
	done
}

@test "F07 start says that a startContainer hook failed; the container is gone then" {
	printf '#!/bin/sh\nexit 7\n' >rootfs/hook
	chmod 755 rootfs/hook
	config '.hooks.startContainer = [{path: "/hook"}]'
	create
	expect 1 taper start "$ID"
	has "hooks.startContainer[0]"
	has "ended with code 7"
	is "$(status_now)" none
	is "$(left_processes)$(left_cgroups)$(left_state)" ""
}

@test "start says why the program cannot be executed" {
	printf 'not a program' >rootfs/text
	chmod 755 rootfs/text
	program /text
	create
	expect 1 taper start "$ID"
	has "exec format error"
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID"
	expect 1 call run "$ID"
	has "exec format error"
	is "$(left_state)" ""
}

@test "F10 a change of config.json after create has no effect" {
	script 'echo first >/out/file; exec sleep 1000'
	mkdir out
	config --arg dir "$BUNDLE/out" '.mounts += [{destination: "/out", source: $dir, options: ["bind"]}]'
	create
	script 'echo second >/out/file; exec sleep 1000'
	config '.hooks.startContainer = [{path: "/nonexistent"}] | .process.env = []'
	expect 0 taper start "$ID"
	wait_for 5 test -s out/file
	is "$(cat out/file)" first
	echo '{' >config.json
	is "$(status_of)" running
	expect 0 taper kill "$ID" KILL
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID"
}

@test "F11 the whole bundle may go after create" {
	cp -a "$BUNDLE" "$T/other"
	expect 0 call create --bundle "$T/other" --pid-file "$T/pid" "$ID"
	PID=$(cat "$T/pid")
	rm -rf --one-file-system "$T/other"
	is "$(status_of)" created
	expect 0 taper delete "$ID"
}

@test "the pid file holds the pid alone, without a newline" {
	create
	is "$(od -An -c "$T/pid" | tr -d ' ')" "$PID"
	is "$(taper state "$ID" | jq .pid)" "$PID"
	is "$(stat -c %a "$T/pid")" 644
	expect 0 taper delete "$ID"
	# an old one is replaced
	echo old and long text >"$T/pid"
	launch
	[ -d "/proc/$PID" ]
	is "$(taper state "$ID" | jq .pid)" "$PID"
}

@test "state: the properties of the specification, with their types" {
	config '.annotations = {"com.example.key": "value"}'
	create
	expect 0 taper state "$ID"
	is "$(jq -r '[.ociVersion, .id, .status, .pid, .bundle, .annotations["com.example.key"]] | map(type) | join(" ")' \
		<<<"$output")" "string string string number string string"
	is "$(jq -r '.id, .status, .bundle, .annotations["com.example.key"]' <<<"$output" | tr '\n' ' ')" \
		"$ID created $BUNDLE value "
}

@test "list: a table, ids alone, JSON" {
	expect 1 taper list -q
	has "$ROOT: no such file or directory"
	mkdir -m 700 "$ROOT"
	expect 0 taper list -q
	is "$output" ""
	expect 0 taper list --format json
	is "$(jq -c . <<<"$output")" "[]"
	create
	config --arg path "/$ID-2" '.linux.cgroupsPath = $path'
	expect 0 call run --detach "$ID-2"
	expect 0 taper list
	is "${#lines[@]}" 3
	is "$(awk 'NR > 1 { print $1, $3 }' <<<"$output" | sort | tr '\n' ' ')" "$ID created $ID-2 running "
	expect 0 taper list -q
	is "$(sort <<<"$output" | tr '\n' ' ')" "$ID $ID-2 "
	expect 0 taper list --format json
	is "$(jq -r 'sort_by(.id) | .[] | "\(.id) \(.status)"' <<<"$output" | tr '\n' ' ')" \
		"$ID created $ID-2 running "
	is "$(jq -r 'sort_by(.id) | .[0].pid' <<<"$output")" "$PID"
}

# damage FILE-CONTENT...: a container beside the test's with this as its state.json
damage() {
	config --arg path "/$ID-2" '.linux.cgroupsPath = $path'
	expect 0 call run --detach "$ID-2"
	[ -f "$ROOT/$ID-2/state.json" ]
}

@test "F13 a damaged record: list goes on, state says so, delete --force cleans up" {
	launch
	for how in 'truncate -s 0' 'truncate -s 40' 'sh -c "echo [] >\$0"' rm; do
		damage
		pid=$(taper state "$ID-2" | jq .pid)
		eval "$how" "$ROOT/$ID-2/state.json"
		expect 0 taper list -q
		is "$(sort <<<"$output" | tr '\n' ' ')" "$ID $ID-2 "
		run taper list
		has "$ID "
		has running
		is "$(status_of)" running
		expect 1 call create "$ID-2"
		has "container $ID-2 already exists"
		expect 1 taper start "$ID-2"
		expect 0 taper delete --force "$ID-2"
		expect 1 taper state "$ID-2"
		has "does not exist"
		[ ! -e "$ROOT/$ID-2" ]
		wait_for 5 sh -c "! grep -q sleep /proc/$pid/comm 2>/dev/null"
		is "$(left_cgroups | grep -e "-2\$")" ""
	done
	is "$(status_of)" running
}

@test "things in the state root that are no containers do no harm" {
	create
	touch "$ROOT/file"
	ln -s / "$ROOT/link"
	expect 0 taper list -q
	is "$(grep -x "$ID" <<<"$output")" "$ID"
	expect 0 taper state "$ID"
	rm "$ROOT/file" "$ROOT/link"
}
