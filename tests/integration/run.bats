#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# run.bats: run in the foreground and detached, terminals, and run --rootfs

load helpers

# absent: the test's container does not exist
absent() {
	! taper state "$ID" >/dev/null 2>&1
}

@test "the output of a terminal, in a pipe, has the program's own newlines" {
	script 'tty; echo one; echo two'
	config '.process.terminal = true'
	taper run "$ID" </dev/null >"$T/out"
	is "$(od -c "$T/out" | grep -c '\\r')" 0
	is "$(tail -n 2 "$T/out")" "one
two"
}

@test "--keep leaves the stopped container" {
	script 'exit 3'
	expect 3 taper run --keep "$ID"
	is "$(status_of)" stopped
	expect 0 taper delete "$ID"
}

@test "a container deleted meanwhile is no error" {
	program sleep 1000
	taper run "$ID" </dev/null >/dev/null 2>"$T/err" 3>&- &
	wait_for 5 status_is running
	expect 0 taper delete -f "$ID"
	status=0
	wait $! || status=$?
	is "$status" 137
	is "$(cat "$T/err")" ""
}

@test "signals are forwarded to the program" {
	script 'trap "echo got; exit 42" TERM; echo ready; while :; do sleep 0.05; done'
	"$TAPER" --root "$ROOT" run "$ID" </dev/null >"$T/out" 2>&1 3>&- &
	pid=$!
	wait_for 5 grep -q ready "$T/out"
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	is "$status" 42
	grep -q got "$T/out"
	absent
}

@test "--detach returns while the program runs" {
	program sleep 1000
	launch
	is "$(status_of)" running
	is "$(cat "$T/pid")" "$(taper state "$ID" | jq .pid)"
	is "$(cat "$T/out" "$T/err")" ""
}

@test "orphans of the container are reaped, and do not outlive it" {
	script 'sh -c "sleep 0.1 & exit 0"; sleep 0.5'
	expect 0 taper run "$ID"
	expect 0 taper run --no-subreaper "$ID"
}

@test "a failing run leaves nothing" {
	program /nonexistent
	expect 1 taper run "$ID"
	has "no such file or directory"
	absent
	expect 1 taper run -d --pid-file "$T/pid" "$ID"
	absent
}

@test "-b and --config" {
	program sh -c 'exit 4'
	mkdir "$T/other"
	mv config.json "$T/other/my.json"
	(cd "$T" && expect 4 taper run -b bundle -f "$T/other/my.json" "$ID")
	mv "$T/other/my.json" alt.json
	(cd "$T" && expect 4 taper run --bundle=bundle --config=alt.json "$ID")
	expect 1 taper run "$ID"
	has "$BUNDLE/config.json: open: no such file or directory"
	expect 1 taper run -b "$T/nowhere" "$ID"
	has "bundle $T/nowhere: no such file or directory"
	cp alt.json "$T/x.json"
	status=0
	taper run -f <(cat alt.json) "$ID" </dev/null 3>&- || status=$?
	is "$status" 4
}

@test "config.json that is no regular file is refused at once" {
	rm config.json
	mkfifo config.json
	expect 1 timeout 30 "$TAPER" --root "$ROOT" run "$ID"
	has "not a regular file"
	rm config.json
	mkdir config.json
	expect 1 taper run "$ID"
	has "is a directory"
}

# ---- terminals ----

# in_terminal COMMAND: run it on a terminal of its own; output in $T/tty. The program is script(1), not the helper
in_terminal() {
	need script
	# An input that is silent and does not end: at its end script types ^D, whose echo would be in the output.
	[ -p "$T/silence" ] || mkfifo "$T/silence"
	command script -qec "$1" "$T/tty" <>"$T/silence" >/dev/null 2>&1
}

@test "foreground terminal: the program has one, with our size, and ours is restored" {
	script 'tty; stty size; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo three; exit 6'
	config '.process.terminal = true'
	status=0
	in_terminal "stty rows 33 cols 77; stty -g >'$T/before'
		'$TAPER' --root '$ROOT' run '$ID'; code=\$?; stty -g >'$T/after'; exit \$code" || status=$?
	is "$status" 6
	grep -q '/dev/pts/0' "$T/tty"
	grep -q '^33 77' "$T/tty"
	grep -q '^three' "$T/tty"
	is "$(cat "$T/after")" "$(cat "$T/before")"
	absent
}

@test "foreground terminal without one of our own: pipes are copied" {
	script 'read line; echo "got $line"; cat >/dev/null; exit 8'
	config '.process.terminal = true'
	status=0
	echo words | taper run "$ID" >"$T/out" 2>&1 3>&- || status=$?
	is "$status" 8
	grep -q 'got words' "$T/out"
}

@test "the end of long output is not lost" {
	script 'i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i + 1)); done'
	config '.process.terminal = true'
	taper run "$ID" </dev/null >"$T/out" 2>&1 3>&-
	is "$(tail -n 1 "$T/out" | tr -d '\r')" "line 4999"
	is "$(wc -l <"$T/out")" 5000
}

@test "a detached terminal needs --console-socket" {
	config '.process.terminal = true'
	expect 1 taper create "$ID"
	has "TAPER-TTY-002"
	expect 1 taper run -d "$ID"
	has "TAPER-TTY-002"
	config '.process.terminal = false'
	expect 1 taper create --console-socket "$T/sock" "$ID"
	has "TAPER-TTY-002"
}

@test "--console-socket gets the master of the terminal and its name" {
	script 'read line; echo "got $line"'
	config '.process.terminal = true | .process.consoleSize = {height: 21, width: 63}'
	receive "$T/sock" 'echo hello >&9; timeout 18 cat <&9; stty size <&9' >"$T/got" 2>&1 3>&-
	expect 0 taper run -d --console-socket "$T/sock" "$ID"
	wait_for 10 grep -q 'got hello' "$T/got"
	head -n 1 "$T/got" | grep -q '^/dev/pts/[0-9]'
	wait
}

@test "--console-socket with a long path, and with nobody listening" {
	program sleep 100
	config '.process.terminal = true'
	long=$T/$(printf 'd%.0s' {1..120})
	mkdir "$long"
	(cd "$long" && receive sock 'sleep 0.1' >"$T/got" 2>&1 3>&-)
	expect 0 taper create --console-socket "$long/sock" "$ID"
	wait_for 5 grep -q /dev/pts "$T/got"
	expect 0 taper delete -f "$ID"
	expect 1 taper create --console-socket "$T/nobody" "$ID"
	has "console socket $T/nobody: no such file or directory"
}

@test "--pidfd-socket gets a pidfd of the first process" {
	program sleep 100
	receive "$T/sock" 'cat /proc/self/fdinfo/9' >"$T/got" 2>&1 3>&-
	create --pidfd-socket "$T/sock"
	wait_for 5 grep -q "^Pid:	$PID\$" "$T/got"
	wait
}

@test "A-9 run.oci.pidfd_receiver is the same by annotation" {
	program sleep 100
	config --arg path "$T/sock" '.annotations["run.oci.pidfd_receiver"] = $path'
	receive "$T/sock" 'cat /proc/self/fdinfo/9' >"$T/got" 2>&1 3>&-
	create
	wait_for 5 grep -q "^Pid:	$PID\$" "$T/got"
	wait
}

# ---- without a bundle ----

@test "run --rootfs: the default config, and the program from the command line" {
	cd "$T"
	expect 0 taper run --rootfs bundle/rootfs "$ID" sh -c 'hostname; echo $$; pwd; exit 0' -d --x
	is "$output" $'taper\n1\n/'
	expect 9 taper run --rootfs "$BUNDLE/rootfs" "$ID" -- sh -c 'exit 9'
	expect 1 taper run --rootfs "$BUNDLE/rootfs" "$ID" touch /x
	has "Read-only file system"
	out=$(echo 'echo piped' | taper run --rootfs "$BUNDLE/rootfs" "$ID" 3>&-)
	is "$out" piped
}

@test "run --rootfs: what is stored is a config.json like that of spec" {
	expect 0 taper run --keep --rootfs "$BUNDLE/rootfs" "$ID" true
	"$TAPER" spec -f "$T/spec.json"
	jq -S --arg root "$BUNDLE/rootfs" \
		'.root.path = $root | .process.args = ["true"] | .process.terminal = false' "$T/spec.json" >"$T/want"
	jq -S . "$ROOT/$ID/config.json" >"$T/have"
	diff "$T/want" "$T/have"
}

@test "run --rootfs: mistakes" {
	expect 1 taper run --rootfs "$T/nowhere" "$ID" true
	has "no such file or directory"
	absent
	expect 1 taper run --rootfs rootfs -b . "$ID"
	has "--rootfs does not go together with --bundle"
	expect 1 taper run --rootfs rootfs
	has "expected ID"
}
