#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# events.bats: what a container uses, and when the kernel kills in it for want of memory

load helpers

setup_test() {
	need_root
}

@test "events --stats: one line of JSON that agrees with the cgroup" {
	need_controller memory
	need_controller pids
	program sleep 1000
	config '.linux.resources = {memory: {limit: 50003968}, pids: {limit: 20}}'
	launch
	expect 0 taper events --stats "$ID"
	is "${#lines[@]}" 1
	is "$(jq -c '[.type, .id]' <<<"$output")" "[\"stats\",\"$ID\"]"
	is "$(jq .data.memory.usage.limit <<<"$output")" 50003968
	is "$(jq -c .data.pids <<<"$output")" '{"current":1,"limit":20}'
	is "$(jq '.data.cpu.usage.total > 0' <<<"$output")" true
	is "$(jq '.data.memory.raw | length > 5' <<<"$output")" true
	is "$(jq '.data.cpuset.cpus | length' <<<"$output")" "$(nproc --all)"
}

@test "events --stats has the keys that runc's has" {
	need runc
	need_controller memory
	runc --version | grep -q '^runc version' || skip "not runc"
	program sleep 1000
	launch
	keys='[.data | paths(type != "number") | map(if type == "number" then 0 else . end)
		| select(.[0] != "blkio" and .[0] != "hugetlb")] | unique | map(join("."))[]'
	taper events --stats "$ID" | jq -r "$keys" | sort >"$T/ours"
	taper kill "$ID" KILL
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID"
	runc --root "$T/runc" run -d "$ID" </dev/null >/dev/null 2>&1 3>&- || skip "runc cannot run here"
	runc --root "$T/runc" events --stats "$ID" | jq -r "$keys" | sort >"$T/theirs"
	runc --root "$T/runc" delete -f "$ID"
	[ -s "$T/theirs" ]
	# runc leaves out what is zero
	is "$(comm -13 "$T/ours" "$T/theirs")" ""
}

@test "events: a line each interval until the container ends" {
	config '.root.readonly = false'
	script 'while [ ! -e /go ]; do sleep 0.05; done'
	launch
	"$TAPER" --root "$ROOT" events --interval 100ms "$ID" </dev/null >"$T/events" 2>&1 3>&- &
	wait_for 10 three_lines
	touch rootfs/go
	wait $!
	is "$(jq -r .type "$T/events" | sort -u)" stats
}

three_lines() {
	[ "$(wc -l <"$T/events")" -ge 3 ]
}

# waiting PID: it has opened what tells of kills, and sleeps
waiting() {
	find "/proc/$1/fd" -lname '*memory.events' -o -lname '*eventfd*' | grep -q . &&
		grep -q '^State:	S' "/proc/$1/status"
}

@test "events: each kill for want of memory is told, and no other" {
	need_controller memory
	config '.linux.resources.memory = {limit: 8388608}'
	script 'sh -c "kill -9 \$\$"
		while [ ! -e /go ]; do sleep 0.05; done
		for i in 1 2; do
			sh -c "x=0123456789abcdef; while :; do x=\$x\$x; done"
		done'
	config '.root.readonly = false'
	launch
	"$TAPER" --root "$ROOT" events --interval 1h "$ID" </dev/null >"$T/events" 2>"$T/events-err" 3>&- &
	events=$!
	wait_for 10 waiting $events
	touch rootfs/go
	wait $events
	is "$(cat "$T/events")" "$(printf '{"type":"oom","id":"%s"}\n' "$ID" "$ID")"
	is "$(cat "$T/events-err")" ""
}

@test "events: of what is not there, has ended or has no cgroup; wrong intervals" {
	expect 1 taper events --stats "$ID"
	has "does not exist"
	launch
	wait_for 5 status_is stopped
	expect 1 taper events --stats "$ID"
	has "container not running"
	for wrong in 0 0s 5 -1s x; do
		expect 1 taper events --interval="$wrong" "$ID"
		has "--interval: expected a time such as 5s, found $wrong"
	done
}
