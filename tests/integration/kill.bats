#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# kill.bats: the spellings of signals, all processes, and commands on many containers by a pattern

load helpers

# another N: a container beside the test's
another() {
	config --arg path "/$ID-$1" '.linux.cgroupsPath = $path'
	taper run --detach "$ID-$1" </dev/null >/dev/null 2>&1 3>&-
}

another_is() {
	[ "$(status_of "$ID-$1")" = "$2" ]
}

@test "kill: TERM by default; names in any case, with or without SIG; numbers" {
	script 'for s in TERM HUP USR1 USR2; do trap "echo $s >>/log/got" $s; done
		echo >/log/ready; while :; do sleep 0.05; done'
	mkdir log
	config --arg dir "$BUNDLE/log" '.mounts += [{destination: "/log", source: $dir, options: ["bind"]}]'
	launch
	wait_for 5 test -e log/ready
	expect 0 taper kill "$ID"
	is "$output" ""
	wait_for 5 grep -q TERM log/got
	expect 0 taper kill "$ID" hup
	wait_for 5 grep -q HUP log/got
	expect 0 taper kill "$ID" SIGUSR1
	wait_for 5 grep -q USR1 log/got
	expect 0 taper kill "$ID" 12
	wait_for 5 grep -q USR2 log/got
	expect 0 taper kill "$ID" 0
	for wrong in NOSUCH 65 -- SIG; do
		expect 1 taper kill "$ID" -- "$wrong"
		has "unknown signal $wrong"
	done
	is "$(status_of)" running
}

@test "kill --all: every process, also those that have left the first one's group" {
	need_root
	script 'trap "" TERM; sleep 1000 & setsid sleep 1000 & echo; wait; wait; exec sleep 1000'
	launch
	procs=$(cgroup_dir pids)/cgroup.procs
	three() { [ "$(wc -l <"$procs")" -ge 3 ]; }
	wait_for 5 three
	expect 0 taper kill --all "$ID" KILL
	wait_for 5 status_is stopped
	none() { [ ! -s "$procs" ]; }
	wait_for 5 none
}

@test "kill and delete by pattern" {
	program sleep 1000
	for n in 1 2 3; do
		another $n
	done
	expect 0 taper kill -r "^$ID-[12]\$" KILL
	wait_for 5 another_is 1 stopped
	wait_for 5 another_is 2 stopped
	is "$(status_of "$ID-3")" running
	# one that has ended meanwhile is no failure: the pattern means those that run
	expect 0 taper kill --regex "$ID-[123]" CONT
	expect 0 taper delete -r -- "-[12]\$"
	is "$(taper list -q)" "$ID-3"
	expect 1 taper delete -r "$ID"
	has "$ID-3: "
	has "is not stopped"
	expect 0 taper delete -f -r .
	is "$(taper list -q)" ""
	expect 1 taper kill -r '('
	has "TAPER-USE-001"
	expect 0 taper kill -r "$ID"
}

@test "a container that dies by itself is stopped, and its pid is 0" {
	program sleep 1000
	launch
	kill -KILL "$PID"
	wait_for 5 status_is stopped
	is "$(taper state "$ID" | jq .pid)" 0
}

@test "delete --force says nothing about what is not there, unless asked" {
	expect 0 taper delete --force "$ID"
	is "$output" ""
	expect 0 taper --log-level info delete --force "$ID"
	has "container $ID does not exist"
	[ ! -e "$ROOT" ]
}

@test "kill: signals that end programs end a container that waits for start" {
	local signal
	program sleep 100
	for signal in TERM INT HUP QUIT; do
		create
		expect 0 taper kill "$ID" "$signal"
		wait_for 5 status_is stopped
		expect 1 taper start "$ID"
		expect 0 taper delete "$ID"
	done
}
