#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# conditions.bats: what is done when the machine is in a bad state
#
# A name begins with the number of the condition. Elsewhere: F06 F07 hooks.bats, F08 order.bats and
# tests/fault/races, F10 order.bats, F13 damaged.bats, F14 pause.bats.
#	F01 no room for the state           F08 commands that race for one container
#	F02 too few open files              F09 a pid that is somebody else's by now
#	F03 too little memory               F10 config.json has changed since create
#	F04 too few processes               F11 the bundle has gone since create
#	F05 a foreign process in a cgroup   F12 the state cannot be written
#	F06 a hook that hangs               F13 a damaged record
#	F07 a hook that fails               F14 a frozen container

load helpers

setup_test() {
	need_root
	SMALL=
}

teardown_test() {
	[ -z "${FOREIGN-}" ] || kill -KILL "$FOREIGN" 2>/dev/null || true
	[ -z "$SMALL" ] || {
		"$TAPER" --root "$SMALL" delete --force "$ID"
		big
	}
	rmdir "${CALLER-/none}" 2>/dev/null || true
}

# nothing_left: of the container, nor in the state root
nothing_left() {
	is "$(left_processes)$(left_cgroups)$(ls -A "$ROOT" 2>/dev/null | grep -v '^\.seccomp$')" ""
}

# small OPTIONS: a tmpfs as state root. Its path does not name the test: others may have copies of the mount
small() {
	SMALL=$(mktemp -d /tmp/small-XXXXXX)
	mount -t tmpfs -o "mode=700,$1" none "$SMALL"
	ROOT=$SMALL
}

# big: the usual one again
big() {
	umount "$SMALL"
	rmdir "$SMALL"
	SMALL=
	ROOT=$T/state
}

# attempt COMMAND...: into $status and $output; a container that stays does not hold bats' pipe
attempt() {
	status=0
	"$@" </dev/null >"$T/out" 2>&1 3>&- || status=$?
	output=$(cat "$T/out")
}

# all_or_nothing TEXT...: a create has done it, or says why with one of the texts and has left nothing
all_or_nothing() {
	local text
	if [ "$status" -eq 0 ]; then
		is "$(status_of)" created
		expect 0 taper delete --force "$ID"
		is "$output" ""
	else
		for text; do
			[[ $output != *"$text"* ]] || text=
			[ -n "$text" ] || break
		done
		[ -z "$text" ] || { echo "exit status $status: $output"; return 1; }
		nothing_left
		expect 0 taper delete --force "$ID"
	fi
	nothing_left
}

# a_foreigner: a process of somebody else in a cgroup below the container's, in $FOREIGN
a_foreigner() {
	SUB=$(cgroup_dir pids)/sub
	mkdir "$SUB"
	sleep 1000 3>&- &
	FOREIGN=$!
	echo "$FOREIGN" >"$SUB/cgroup.procs"
}

# rooms OPTION TOO_FEW ENOUGH NUMBER...: create with state roots that have room for N of what OPTION says
rooms() {
	local option=$1 few=$2 enough=$3 n
	shift 3
	for n; do
		small "${option/N/$n}"
		attempt taper create "$ID"
		[ "$n" -gt "$few" ] || is "$status" 1
		[ "$n" -lt "$enough" ] || is "$status" 0
		all_or_nothing "no space left on device" || { echo "${option/N/$n}"; false; }
		big
	done
}

@test "F01 a state root with room for few files" {
	rooms nr_inodes=N 3 12 {1..12}
}

@test "F01 a state root with room for few bytes" {
	rooms size=Nk 4 64 4 8 12 16 20 24 28 32 48 64
}

@test "F01 a state root that is full does not keep a container from ending" {
	program sleep 1000
	small size=64k,nr_inodes=20
	create
	head -c 100000 /dev/zero >"$SMALL/fill" 2>/dev/null || true
	for ((n = 0; n < 20; n++)); do
		: 2>/dev/null >"$SMALL/fill$n" || break
	done
	[ "$n" -lt 20 ]
	expect 0 taper start "$ID"
	is "$(status_of)" running
	expect 1 taper update --pids-limit 100 "$ID"
	has "no space left on device"
	expect 0 taper exec "$ID" true
	expect 0 taper kill "$ID" KILL
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID"
	[ ! -e "$SMALL/$ID" ]
	rm "$SMALL"/fill*
}

@test "F02 few open files: it works, or is refused without leaving anything" {
	config 'del(.process.rlimits)'
	for ((n = 4; n <= 72; n += n < 44 ? 1 : 4)); do
		attempt with_files "$n" taper create "$ID"
		[ "$n" -lt 64 ] || is "$status" 0
		all_or_nothing "too many open files" "limit on open files" || { echo "$n files"; false; }
	done
}

# with_files COUNT COMMAND...
with_files() (
	ulimit -n "$1"
	shift
	"$@"
)

# with_soft COUNT COMMAND...: the hard limit stays
with_soft() (
	ulimit -S -n "$1"
	shift
	"$@"
)

@test "F02 a low soft limit is raised, for taper alone" {
	config 'del(.process.rlimits) | .hooks.createRuntime = [ { path: "/bin/sh",
		args: [ "sh", "-c", "ulimit -S -n >\($ARGS.positional[0])" ] } ]' --args "$T/of-hook"
	mkdir "$BUNDLE/many"
	config --arg dir "$BUNDLE/many" '.mounts += [ range(40) | { destination: "/tmp/many\(.)", source: $dir,
		options: [ "bind" ] } ]'
	script 'ulimit -S -n; ls /tmp | wc -l'
	attempt with_soft 12 taper run "$ID"
	is "$status" 0
	is "$output" "12
40"
	is "$(cat "$T/of-hook")" 12
}

@test "F02 a limit that the config asks for and the caller does not have" {
	config '.process.rlimits = [ { type: "RLIMIT_NOFILE", soft: 1000, hard: 1000 } ]'
	attempt with_files 100 taper create "$ID"
	all_or_nothing "process.rlimits[0]"
}

@test "F03 memory for the container: from too little to enough, at create and at start" {
	need_controller memory
	program sleep 1000
	for kib in 16 32 64 96 128 192 256 384 512 1024 2048 4096; do
		config --argjson limit $((kib * 1024)) '.linux.resources.memory.limit = $limit'
		attempt taper create "$ID"
		if [ "$status" -eq 0 ]; then
			attempt taper start "$ID"
			[ "$status" -eq 0 ] || has "killed by the memory limit: /"
			expect 0 taper delete --force "$ID"
		else
			has "killed by the memory limit: /"
			has "$ID/memory."
		fi
		nothing_left || { echo "$kib KiB"; false; }
	done
}

@test "F04 few processes for the container" {
	need_controller pids
	for n in 1 2 3 4; do
		config --argjson n "$n" '.linux.resources.pids.limit = $n'
		attempt taper create "$ID"
		is "$status" 0
		expect 0 taper start "$ID"
		expect 0 taper delete --force "$ID"
		nothing_left
	done
}

# with_pids COMMAND...: in the cgroup $CALLER
with_pids() (
	echo "$BASHPID" >"$CALLER/cgroup.procs"
	exec "$TAPER" --root "$ROOT" "$@"
)

@test "F04 few processes for the caller: the limit is named" {
	PID=$$
	need_controller pids
	[ -z "$TAPER_WRAP" ] || skip "the program around it counts too"
	CALLER=$(cgroup_dir pids)/caller-$ID
	mkdir "$CALLER" && [ -e "$CALLER/pids.max" ] || skip "cannot limit the caller here"
	for n in 1 2 3 4; do
		echo "$n" >"$CALLER/pids.max"
		attempt with_pids create "$ID"
		[ "$n" -gt 1 ] || is "$status" 1
		[ "$n" -lt 4 ] || is "$status" 0
		all_or_nothing "pids.max" || { echo "$n processes"; false; }
	done
	rmdir "$CALLER"
}

@test "F05 a foreign process in a cgroup below: delete names it and keeps the record" {
	need_controller pids
	program sleep 1000
	launch
	a_foreigner
	expect 0 taper kill "$ID" KILL
	wait_for 5 status_is stopped
	for attempt in 1 2; do
		expect 1 taper delete "$ID"
		has "/$ID"
		has "process $FOREIGN (sleep, state "
		has "use --force"
		kill -0 "$FOREIGN"
		is "$(status_of)" stopped
	done
	kill -KILL "$FOREIGN"
	expect 0 taper delete "$ID"
	nothing_left
}

@test "F05 a foreign process in a cgroup below: --force kills it" {
	need_controller pids
	program sleep 1000
	launch
	a_foreigner
	expect 0 taper delete --force "$ID"
	wait_for 5 sh -c "! grep -qs sleep /proc/$FOREIGN/comm"
	nothing_left
}

@test "F05 a foreign process in a cgroup below: run names it when the program has ended" {
	need_controller pids
	script 'until [ -e /dev/shm/end ]; do sleep 0.05; done; exit 3'
	taper run --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1 3>&- &
	run_pid=$!
	wait_for 5 test -s "$T/pid"
	PID=$(cat "$T/pid")
	wait_for 5 status_is running
	a_foreigner
	wait_for 5 inside touch /dev/shm/end
	status=0
	wait "$run_pid" || status=$?
	is "$status" 3
	grep "warning.* container $ID is not deleted: .*process $FOREIGN (sleep, state " "$T/out"
	kill -0 "$FOREIGN"
	is "$(status_of)" stopped
	kill -KILL "$FOREIGN"
	expect 0 taper delete "$ID"
}

# hook KIND HOW: one that writes its pid to a file, and then does what it should not
hook() {
	local log=$T/hook-pid text path=/bin/sh
	[ "$1" != startContainer ] || log=/tmp/hook-pid
	case $2 in
	fail) text='exit 3' ;;
	timeout | hang) text='echo $$ >$0; exec sleep 1000' ;;
	kill) text='kill -KILL $$' ;;
	missing) path=/no/such/hook ;;
	esac
	config '.hooks = { ($ARGS.positional[0]): [ { path: $ARGS.positional[1],
		args: [ "sh", "-c", $ARGS.positional[2], $ARGS.positional[3] ] } ] } |
		if $ARGS.positional[4] == "timeout" then .hooks[][].timeout = 1 else . end' \
		--args "$1" "$path" "${text-}" "$log" "$2"
}

# The directory for the files that a hook writes, inside the same as outside
shared_tmp() {
	config --arg dir "$T" '.mounts += [ { destination: "/tmp", source: $dir, options: [ "bind", "rw" ] } ]'
}

@test "F06 a hook hangs and taper is killed: the hook ends, delete --force removes the rest" {
	local kind taper_pid hook_pid
	program sleep 1000
	shared_tmp
	for kind in prestart createRuntime createContainer startContainer poststart; do
		rm -f "$T/hook-pid"
		hook "$kind" hang
		case $kind in
		start* | poststart)
			create
			"$TAPER" --root "$ROOT" start "$ID" </dev/null >"$T/out" 2>&1 3>&- &
			;;
		*) "$TAPER" --root "$ROOT" create "$ID" </dev/null >"$T/out" 2>&1 3>&- & ;;
		esac
		taper_pid=$!
		wait_for 10 test -s "$T/hook-pid"
		# by its arguments, since in startContainer the pid is one of the container's
		hook_pid=$(grep -ls "^sleep.1000" /proc/[0-9]*/cmdline | cut -d / -f 3 | while read -r pid; do
			! grep -qs "$ID" "/proc/$pid/environ" "/proc/$pid/mountinfo" || echo "$pid"; done)
		kill -KILL "$taper_pid"
		wait "$taper_pid" 2>/dev/null || true
		[ "$kind" = startContainer ] || [ "$kind" = createContainer ] ||
			wait_for 5 test ! -e "/proc/$(cat "$T/hook-pid")/exe"
		expect 0 taper delete --force "$ID"
		for pid in $hook_pid; do
			wait_for 5 test ! -e "/proc/$pid/exe"
		done
		wait_for 5 nothing_left || { echo "$kind"; false; }
	done
}

@test "F07 each kind of hook: fails, takes too long, is killed, is missing" {
	local kind how begin
	program sleep 1000
	shared_tmp
	for how in fail timeout kill missing; do
		for kind in prestart createRuntime createContainer startContainer poststart poststop; do
			hook "$kind" "$how"
			begin=$SECONDS
			attempt taper create "$ID"
			case $kind in
			startContainer | poststart | poststop)
				is "$status" 0
				attempt taper start "$ID"
				;;
			esac
			if [ "$kind" = poststop ]; then
				is "$status" 0
				attempt taper delete --force "$ID"
				is "$status" 0
				has warning
			else
				is "$status" 1
				expect 1 taper state "$ID"
				output=$(cat "$T/out")
			fi
			has "hooks.$kind[0]"
			case $how in
			fail) has "ended with code 3" ;;
			timeout) has "not done after 1.000 s" ;;
			kill) has "killed by signal 9" ;;
			missing) has "/no/such/hook" ;;
			esac
			nothing_left || { echo "$kind $how"; false; }
		done
	done
}

@test "F09 a pid that belongs to somebody else by now is not touched" {
	[ -w /proc/sys/kernel/ns_last_pid ] || skip "no ns_last_pid"
	program sleep 1000
	cat >"$T/recycle" <<-'END'
		# in a pid namespace of its own: TAPER ROOT ID PID-FILE
		set -e
		"$1" --root "$2" create --pid-file "$4" "$3"
		"$1" --root "$2" start "$3"
		pid=$(cat "$4")
		# without inodes of pidfds (before Linux 6.9) start times tell, which are ticks of 10 ms
		grep -q '"pidInode":[1-9]' "$2/$3/state.json" || sleep 0.02
		kill -KILL "$pid"
		while grep -qs sleep "/proc/$pid/comm"; do sleep 0.02; done
		wait # the shell is process 1: it reaps
		while [ -e "/proc/$pid" ]; do sleep 0.02; done
		echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 2000 &
		[ $! -eq "$pid" ] || { echo "got another pid: $!, not $pid"; exit 3; }
		"$1" --root "$2" state "$3" | grep -q '"status": *"stopped"'
		"$1" --root "$2" list | grep -q "stopped"
		fails() { ! "$@"; } # set -e does not look at what ! inverts
		fails "$1" --root "$2" kill "$3" KILL
		"$1" --root "$2" kill --all "$3" KILL || true # either is right, as long as nobody is hit
		fails "$1" --root "$2" exec "$3" true
		fails "$1" --root "$2" pause "$3"
		kill -0 "$pid"
		"$1" --root "$2" delete "$3"
		kill -0 "$pid"
		grep -q sleep "/proc/$pid/comm"
		"$1" --root "$2" create --pid-file "$4" "$3"
		pid2=$(cat "$4")
		kill -KILL "$pid2"
		while grep -qs State:.[^Z] "/proc/$pid2/status"; do sleep 0.02; done
		"$1" --root "$2" delete --force "$3"
		kill -0 "$pid"
		kill -KILL "$pid"
	END
	attempt unshare --pid --fork --mount-proc --kill-child bash -x "$T/recycle" "$TAPER" "$ROOT" "$ID" "$T/pid"
	[ "$status" -ne 3 ] || skip "$(tail -n 1 "$T/out")"
	[ "$status" -eq 0 ] || echo "$output"
	is "$status" 0
	nothing_left
}

@test "F11 a hook of the bundle, when the bundle has gone: a warning" {
	cp -a "$BUNDLE" "$T/other"
	printf '#!/bin/sh\nexit 0\n' >"$T/other/hook"
	chmod 755 "$T/other/hook"
	(cd "$T/other" && config --arg path "$T/other/hook" '.hooks.poststop = [ { path: $path } ] |
		.process.args = [ "sleep", "1000" ]')
	launch --bundle "$T/other"
	rm -rf --one-file-system "$T/other"
	expect 0 taper kill "$ID" KILL
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID"
	has "hooks.poststop[0]"
	has "no such file or directory"
	nothing_left
}

@test "F12 a state root that is read-only" {
	small size=64k
	launch
	wait_for 5 status_is stopped # with files open for writing it would be busy
	mount -o remount,ro "$SMALL"
	expect 1 taper create "$ID-2"
	has "read-only file system"
	is "$(status_of)" stopped
	expect 1 taper delete --force "$ID"
	has "read-only file system"
	is "$(status_of)" stopped
	mount -o remount,rw "$SMALL"
	expect 0 taper delete --force "$ID"
	big
	ROOT=/proc/taper-state
	expect 1 taper create "$ID"
	has "no such file or directory"
	ROOT=$T/state
}
