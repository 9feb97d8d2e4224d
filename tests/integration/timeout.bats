#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# timeout.bats: the global --timeout ends every wait, and what was begun is undone

load helpers

@test "timeout: a hook without a limit of its own is killed, and nothing is left of the create" {
	config '.hooks.createRuntime = [ { path: "/bin/sleep", args: [ "sleep", "1000" ] } ]'
	begin=$SECONDS
	expect 1 taper --timeout 300ms create "$ID"
	[ $((SECONDS - begin)) -lt 15 ]
	has "hooks.createRuntime[0]: hook /bin/sleep was killed: the time of --timeout was up"
	is "$(left_state)" ""
	is "$(left_cgroups)" ""
}

@test "timeout: a start that takes too long fails, and the program is not executed later" {
	config '.hooks.startContainer = [ { path: "/bin/sleep", args: [ "sleep", "1000" ] } ]'
	script 'touch /dev/shm/ran; sleep 1000'
	create
	expect 1 taper --timeout 300ms start "$ID"
	has "the time of --timeout was up"
	wait_for 10 status_is stopped
	expect 0 taper delete "$ID"
}

@test "timeout: after the name of the command too, for what makes a program run" {
	config '.hooks.startContainer = [ { path: "/bin/sleep", args: [ "sleep", "1000" ] } ]'
	create --timeout 1m
	expect 1 taper start --timeout 300ms "$ID"
	has "the time of --timeout was up"
	wait_for 10 status_is stopped
	expect 0 taper delete "$ID"
	# the one that is nearer to the command counts
	expect 1 taper --timeout 1h run --timeout 300ms "$ID"
	has "the time of --timeout was up"
	config 'del(.hooks)'
	program sleep 1000
	launch --timeout=1m
	expect 0 taper exec --timeout 1m "$ID" true
	expect 1 taper start --timeout 5 "$ID"
	has "expected a duration"
}

@test "timeout: it is for getting a program to run, not for the program" {
	program sleep 1
	expect 0 taper --timeout 900ms run "$ID" || {
		# a machine that is too busy for that
		has "the time of --timeout was up"
		skip "too busy"
	}
}

@test "timeout: a lock that somebody keeps" {
	create
	exec 8<"$ROOT/$ID"
	flock 8
	expect 1 taper --timeout 100ms delete --force "$ID"
	has "locked by another command"
	exec 8<&-
	is "$(status_of)" created
}

@test "timeout: a duration, and nothing else" {
	for text in '' 5 0s -1s abc 5x; do
		expect 1 taper --timeout "$text" list
		has "expected a duration"
	done
}
