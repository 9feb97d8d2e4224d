#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# checkpoint.bats: containers that are saved to files and made again; needs a CRIU that works here
#
# The container counts in /dev/shm/count, a file that is nowhere but in its own memory.

load helpers

setup_test() {
	need_root
	IMAGES=$T/images
	# for a moment this shell has another standard output
	script 'i=0; while :; do i=$((i + 1)); echo $i >/dev/shm/n; mv /dev/shm/n /dev/shm/count; sleep 0.05; done'
}

teardown_test() {
	[ -z "${holder-}" ] || { kill -KILL "$holder" && wait "$holder"; } 2>/dev/null || :
}

need_criu() {
	need criu
	criu check >"$T/criu-check" 2>&1 || skip "criu check: $(grep -m 1 Error "$T/criu-check")"
}

count() {
	inside cat /dev/shm/count
}

# counts_from N: it goes on, from N or later
counts_from() {
	local first
	first=$(count)
	[ "$first" -ge "$1" ] || { echo "began at $first, was at $1"; return 1; }
	wait_for 10 counts_beyond "$first"
}

counts_beyond() {
	[ "$(count)" -gt "$1" ]
}

launch_counting() {
	launch "$@"
	wait_for 10 inside test -s /dev/shm/count
	BEFORE=$(count)
}

# is_apart PID: it has a network namespace of its own by now
is_apart() {
	[ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$1/ns/net")" ]
}

put_aside() {
	[ "$(readlink "/proc/$PID/fd/1")" = /dev/null ]
}

# checkpoint OPTION...: of the test's container
checkpoint() {
	taper checkpoint --image-path "$IMAGES" "$@" "$ID" </dev/null >"$T/told" 2>&1 3>&- || {
		cat "$T/told"
		return 1
	}
}

# restore OPTION...: with the standard files of launch
restore() {
	rm -f "$T/pid"
	taper restore --detach --image-path "$IMAGES" --pid-file "$T/pid" "$@" "$ID" \
		</dev/null >>"$T/out" 2>>"$T/err" 3>&- || {
		cat "$T/err"
		return 1
	}
	PID=$(cat "$T/pid")
}

# not_restored TEXT OPTION...: restore fails so, and leaves nothing
not_restored() {
	status=0
	taper restore --detach --image-path "$IMAGES" "${@:2}" "$ID" </dev/null >"$T/told" 2>&1 3>&- || status=$?
	output=$(cat "$T/told")
	is "$status" 1
	has "$1"
	is "$(left_state)" ""
	is "$(left_cgroups)" ""
}

@test "checkpoint, restore: the program goes on where it was" {
	need_criu
	launch_counting
	checkpoint
	is "$(cat "$T/told")" ""
	is "$(taper list -q)" ""
	is "$(left_processes)" ""
	is "$(left_cgroups)" ""
	[ -s "$IMAGES/inventory.img" ]
	restore
	is "$(taper state "$ID" | jq -r '.status, .pid')" "$(printf 'running\n%s' "$PID")"
	counts_from "$BEFORE"
	is "$(inside hostname)" taper
	# it is a container like any other
	expect 0 taper exec "$ID" cat /proc/1/comm
	is "$output" sh
	taper pause "$ID"
	is "$(status_of)" paused
	taper resume "$ID"
	taper kill "$ID" KILL
	wait_for 10 status_is stopped
	taper delete "$ID"
}

@test "restore: in all cgroups, and its own limits hold, also changed ones" {
	need_criu
	need_controller pids
	config '.linux.resources.pids.limit = 77'
	launch_counting
	cp "/proc/$PID/cgroup" "$T/cgroups"
	checkpoint
	restore
	is "$(cat "/proc/$PID/cgroup")" "$(cat "$T/cgroups")"
	is "$(cat "$(cgroup_dir pids)/pids.max")" 77
	checkpoint --image-path "$IMAGES.2"
	config '.linux.resources.pids.limit = 55'
	restore --image-path "$IMAGES.2"
	is "$(cat "$(cgroup_dir pids)/pids.max")" 55
	counts_from "$BEFORE"
}

@test "restore: as another container, beside the first one" {
	need_criu
	local first
	launch_counting
	checkpoint --leave-running
	first=$PID
	is "$(status_of)" running
	counts_from "$BEFORE"
	config --arg path "/$ID-b" '.linux.cgroupsPath = $path'
	rm "$T/pid"
	taper restore --detach --image-path "$IMAGES" --pid-file "$T/pid" "$ID-b" </dev/null >>"$T/out" 2>>"$T/err" 3>&-
	PID=$(cat "$T/pid")
	counts_from "$BEFORE"
	grep -q ":/$ID-b\$" "/proc/$PID/cgroup"
	! grep -q ":/$ID\$" "/proc/$PID/cgroup"
	PID=$first
	counts_from "$BEFORE"
}

@test "checkpoint: a paused container stays paused, or goes" {
	need_criu
	launch_counting
	taper pause "$ID"
	BEFORE=$(count)
	checkpoint --leave-running
	is "$(status_of)" paused
	is "$(count)" "$BEFORE"
	taper resume "$ID"
	counts_from "$BEFORE"
	taper pause "$ID"
	checkpoint --image-path "$IMAGES.2"
	is "$(taper list -q)" ""
	is "$(left_cgroups)" ""
	restore --image-path "$IMAGES.2"
	is "$(status_of)" running
	counts_from "$BEFORE"
}

@test "restore: bind mounts are those of the config, with their options" {
	need_criu
	mkdir -p "$T/data/below" "$T/more" rootfs/real
	ln -s real rootfs/link
	echo one >"$T/data/file"
	echo single >"$T/single"
	mount -t tmpfs tap "$T/data/below"
	echo deep >"$T/data/below/file"
	config --arg t "$T" '.mounts += [
		{ destination: "/data", type: "bind", source: "\($t)/data", options: [ "rbind", "ro", "rprivate" ] },
		{ destination: "/data/below/more", type: "bind", source: "\($t)/more", options: [ "bind", "rprivate" ] },
		{ destination: "/link/single", type: "bind", source: "\($t)/single", options: [ "bind", "nosuid", "rprivate" ] },
		{ destination: "/dev/own", type: "tmpfs", source: "tmpfs", options: [ "size=64k" ] } ]'
	launch_counting
	inside sh -c 'echo own >/dev/own/file'
	checkpoint
	echo two >"$T/data/file"
	rm -r rootfs/data rootfs/real/single
	restore
	counts_from "$BEFORE"
	is "$(inside cat /data/file /data/below/file /real/single /dev/own/file)" "$(printf 'two\ndeep\nsingle\nown')"
	! inside touch /data/new
	inside touch /data/below/more/new
	[ -e "$T/more/new" ]
	grep -q ' /real/single [^ ]*nosuid' "/proc/$PID/mountinfo"
	grep -q ' /dev/own .* - tmpfs .*size=64k' "/proc/$PID/mountinfo"
	# a second time, from what is restored now
	checkpoint --image-path "$IMAGES.2"
	restore --image-path "$IMAGES.2"
	is "$(inside cat /data/file /data/below/file /real/single /dev/own/file)" "$(printf 'two\ndeep\nsingle\nown')"
	taper delete --force "$ID"
	umount "$T/data/below"
}

@test "restore: a bind mount leads nowhere else, whatever the images say" {
	need_criu
	mkdir "$T/data"
	config --arg t "$T" '.mounts += [ { destination: "/data", type: "bind", source: "\($t)/data" } ]'
	launch_counting
	checkpoint
	config 'del(.mounts[-1])'
	not_restored "criu could not restore the container: "
}

@test "restore: masked and read-only paths are still so" {
	need_criu
	launch_counting
	checkpoint
	restore
	is "$(inside cat /proc/kcore | wc -c)" 0
	is "$(inside ls /sys/firmware)" ""
	! inside touch /sys/firmware/new
	! inside sh -c 'echo 1 >/proc/sys/kernel/ns_last_pid'
	! inside touch /new
	counts_from "$BEFORE"
}

@test "restore: the network namespace that was joined, and no other" {
	need_criu
	unshare --net sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	holder=$!
	wait_for 10 is_apart "$holder"
	config --arg path "/proc/$holder/ns/net" '.linux.namespaces |= map(if .type == "network" then .path = $path else . end)'
	launch_counting
	is "$(readlink "/proc/$PID/ns/net")" "$(readlink "/proc/$holder/ns/net")"
	checkpoint
	restore
	is "$(readlink "/proc/$PID/ns/net")" "$(readlink "/proc/$holder/ns/net")"
	counts_from "$BEFORE"
}

@test "restore: a terminal goes to the console socket" {
	need_criu
	need python3
	config '.process.terminal = true'
	script 'i=0; while read -r line; do i=$((i + 1)); echo "$i-$line"; done'
	receive "$T/tty.sock" 'echo first >&9; head -n 2 <&9; sleep 1000' >"$T/first" 3>&-
	local holder=$!
	launch --console-socket "$T/tty.sock"
	wait_for 10 grep -q 1-first "$T/first"
	checkpoint
	kill "$holder"
	rm -f "$T/tty.sock"
	receive "$T/tty.sock" 'echo second >&9; head -n 2 <&9' >"$T/second" 3>&-
	restore --console-socket "$T/tty.sock"
	wait_for 10 grep -q 2-second "$T/second"
	grep -q /dev/pts/ "$T/second"
}

@test "restore: standard files are ours: pipes, and files" {
	need_criu
	script 'i=0; while :; do i=$((i + 1)); echo "n$i"; sleep 0.05; [ ! -e /dev/shm/stop ] || exec sleep 1000; done'
	launch
	wait_for 10 grep -q n2 "$T/out"
	inside touch /dev/shm/stop
	wait_for 10 grep -q sleep "/proc/$PID/comm"
	checkpoint
	BEFORE=$(wc -l <"$T/out")
	restore
	is "$(stat -Lc %i "/proc/$PID/fd/1")" "$(stat -c %i "$T/out")"
	is "$(wc -l <"$T/out")" "$BEFORE"
	taper delete --force "$ID"
	# one that is put aside for a while is found all the same
	script 'exec 5>&1 >/dev/null; while [ ! -e /dev/shm/stop ]; do sleep 0.05; done; echo back >&5; exec sleep 1000'
	launch
	wait_for 10 put_aside
	checkpoint --image-path "$IMAGES.3"
	restore --image-path "$IMAGES.3"
	inside touch /dev/shm/stop
	wait_for 10 grep -q back "$T/out"
	taper delete --force "$ID"
	script 'i=0; while :; do i=$((i + 1)); echo "n$i"; sleep 0.05; done'
	# pipes
	mkfifo "$T/fifo"
	cat <"$T/fifo" >"$T/first" 3>&- &
	taper run --detach --pid-file "$T/pid" "$ID" </dev/null 2>/dev/null 3>&- | cat >"$T/fifo" &
	wait_for 10 grep -q n2 "$T/first"
	PID=$(cat "$T/pid")
	checkpoint --image-path "$IMAGES.2"
	jq -e '.[1] | startswith("pipe:[")' "$IMAGES.2/descriptors.json"
	taper restore --detach --image-path "$IMAGES.2" "$ID" </dev/null 2>/dev/null 3>&- | cat >"$T/second" 3>&- &
	wait_for 10 test -s "$T/second"
	grep -q '^n[0-9]*$' "$T/second"
	! grep -q '^n1$' "$T/second"
}

@test "restore in the foreground: exit code, and deleted" {
	need_criu
	script 'while [ ! -e /dev/shm/stop ]; do sleep 0.05; done; exit 7'
	launch
	wait_for 10 inside test -e /dev/shm
	checkpoint
	taper restore --image-path "$IMAGES" --pid-file "$T/pid2" "$ID" </dev/null >>"$T/out" 2>>"$T/err" 3>&- &
	local restoring=$!
	wait_for 10 status_is running
	PID=$(cat "$T/pid2")
	inside touch /dev/shm/stop
	status=0
	wait "$restoring" || status=$?
	is "$status" 7
	is "$(taper list -q)" ""
}

@test "restore: prestart and createRuntime hooks run, with the pid; poststop at the end" {
	need_criu
	launch_counting
	checkpoint
	config --arg out "$T/hooks" '.hooks = {
		prestart: [ { path: "/bin/sh", args: [ "sh", "-c", "echo prestart $(jq -c \"[.status, .pid]\") >>\($out)" ] } ],
		createRuntime: [ { path: "/bin/sh", args: [ "sh", "-c", "echo runtime $(jq .pid) >>\($out)" ] } ],
		poststop: [ { path: "/bin/sh", args: [ "sh", "-c", "echo poststop >>\($out)" ] } ] }'
	restore
	is "$(cat "$T/hooks")" "$(printf 'prestart ["creating",%s]\nruntime %s' "$PID" "$PID")"
	taper delete --force "$ID"
	is "$(tail -n 1 "$T/hooks")" poststop
}

@test "restore: a hook that fails is the error, and nothing is left" {
	need_criu
	launch_counting
	checkpoint
	config '.hooks.createRuntime = [ { path: "/bin/sh", args: [ "sh", "-c", "echo no luck; exit 3" ] } ]'
	not_restored "no luck"
	has "hooks.createRuntime[0]"
	config 'del(.hooks)'
	restore
	counts_from "$BEFORE"
}

@test "restore: what is left when it is killed goes with delete --force" {
	need_criu
	launch_counting
	checkpoint
	# held by a hook, when the processes are there
	config --arg fifo "$T/fifo" '.hooks.createRuntime = [ { path: "/bin/sh",
		args: [ "sh", "-c", "echo in >\($fifo).in; exec cat \($fifo)" ] } ]'
	mkfifo "$T/fifo" "$T/fifo.in"
	"$TAPER" --root "$ROOT" restore --detach --image-path "$IMAGES" "$ID" </dev/null >"$T/told" 2>&1 3>&- &
	read -r _ <"$T/fifo.in"
	kill -KILL $!
	wait $! || :
	is "$(status_of)" creating
	taper delete --force "$ID"
	is "$(left_cgroups)$(left_processes)$(left_state)$(left_mounts)" ""
	config 'del(.hooks)'
	restore
	counts_from "$BEFORE"
}

@test "restore: killed sooner or later" {
	need_criu
	launch_counting
	checkpoint
	for wait in 0.01 0.03 0.06 0.1 0.15 0.2 0.3 0.4 0.6; do
		timeout -s KILL "$wait" "$TAPER" --root "$ROOT" restore --detach --image-path "$IMAGES" "$ID" \
			</dev/null >>"$T/out" 2>>"$T/err" 3>&- || :
		taper delete --force "$ID" || { echo "after $wait s"; return 1; }
		is "$(left_cgroups)$(left_processes)$(left_state)$(left_mounts)" "" || { echo "after $wait s"; return 1; }
	done
	restore
	counts_from "$BEFORE"
}

@test "pre-dump, and a checkpoint on top of it" {
	need_criu
	criu check --feature mem_dirty_track >/dev/null 2>&1 || {
		launch_counting
		expect 1 taper checkpoint --image-path "$IMAGES" --pre-dump "$ID"
		has "--pre-dump: this kernel, or this CRIU, cannot do that"
		is "$(status_of)" running
		counts_from "$BEFORE"
		skip "this kernel does not track changes of memory"
	}
	launch_counting
	checkpoint --image-path "$T/pre" --pre-dump
	is "$(status_of)" running
	counts_from "$BEFORE"
	checkpoint --parent-path ../pre
	[ -L "$IMAGES/parent" ]
	restore
	counts_from "$BEFORE"
}

@test "org.criu.config: a file with settings of criu" {
	need_criu
	echo "log-file other.log" >"$T/criu.conf"
	config --arg file "$T/criu.conf" '.annotations["org.criu.config"] = $file'
	launch_counting
	checkpoint
	[ -s "$IMAGES/other.log" ]
	[ ! -e "$IMAGES/dump.log" ]
	mkdir "$T/work"
	restore --work-path "$T/work"
	[ -s "$T/work/other.log" ]
	counts_from "$BEFORE"
}

@test "checkpoint: what criu says of its failure is told, and the container goes on" {
	need_criu
	local r=0
	# criu cannot find a mount for a file that was opened outside
	taper run --detach --preserve-fds 1 --pid-file "$T/pid" "$ID" 3<"$BUNDLE/config.json" </dev/null >"$T/out" 2>"$T/err" || r=$?
	is "$r" 0
	PID=$(cat "$T/pid")
	wait_for 10 inside test -s /dev/shm/count
	BEFORE=$(count)
	expect 1 taper checkpoint --image-path "$IMAGES" --work-path "$T/work" "$ID"
	has "lookup mount"
	has "$T/work/dump.log"
	has "[TAPER-CRI-001]"
	is "${#lines[@]}" 1
	is "$(status_of)" running
	counts_from "$BEFORE"
}

@test "checkpoint, restore: images that are not there, or not images" {
	need_criu
	not_restored "open the directory $IMAGES: no such file or directory"
	mkdir "$IMAGES"
	not_restored "descriptors.json"
	echo '[ "a", "b", 3 ]' >"$IMAGES/descriptors.json"
	not_restored "descriptors.json among the images is not what it should be"
	echo '[ "a", "b", "c" ]' >"$IMAGES/descriptors.json"
	not_restored "criu could not restore the container: "
	ln -s /etc/passwd "$IMAGES/inventory.img"
	not_restored "inventory.img is a symbolic link"
	rm "$IMAGES/inventory.img"
	ln -s "$T/other" "$IMAGES/parent"
	mkdir -m 777 "$T/other"
	not_restored "others may write there"
	rm "$IMAGES/parent"
	chown 1000 "$IMAGES"
	not_restored "belongs to another user"
	launch_counting
	expect 1 taper checkpoint --image-path "$IMAGES" "$ID"
	has "belongs to another user"
	expect 1 taper checkpoint --image-path "$T/no/where" "$ID"
	has "make the directory $T/no/where: no such file or directory"
	counts_from "$BEFORE"
}

@test "restore: an id that is taken" {
	need_criu
	launch_counting
	checkpoint --leave-running
	expect 1 taper restore --detach --image-path "$IMAGES" "$ID"
	has "exists"
	is "$(status_of)" running
	counts_from "$BEFORE"
}

@test "checkpoint: only of what runs" {
	need criu
	create
	expect 1 taper checkpoint --image-path "$IMAGES" "$ID"
	has "cannot checkpoint a container that is created"
	is "$(status_of)" created
	taper kill "$ID" KILL
	wait_for 10 status_is stopped
	expect 1 taper checkpoint --image-path "$IMAGES" "$ID"
	has "container not running"
	expect 1 taper checkpoint --image-path "$IMAGES" "$ID-absent"
	has "does not exist"
}

@test "checkpoint, restore: what CRIU cannot do is refused before anything is done" {
	need criu
	mkdir "$IMAGES"
	echo '[]' >"$IMAGES/descriptors.json"
	cp config.json config.saved
	while IFS='|' read -r filter text; do
		jq "$filter" <config.saved >config.json
		not_restored "$text"
		has "[TAPER-CFG-020]"
	done <<-'END'
		.linux.intelRdt = { closID: "x" }|groups of resctrl
		.linux.namespaces += [ { type: "time" } ]|a time namespace
		.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/x", syscalls: [ { names: [ "mknod" ], action: "SCMP_ACT_NOTIFY" } ] }|SCMP_ACT_NOTIFY
		.linux.netDevices = { "tap-x": {} }|network devices
	END
	cp config.saved config.json
	launch_counting
	mkdir "$T/data"
	jq -n --arg t "$T" '[ { destination: "/dev/shm/x", type: "bind", source: "\($t)/data" } ]' >"$T/mounts.json"
	taper mounts add --mounts "$T/mounts.json" "$ID" 2>/dev/null || taper mounts add "$ID" "$T/mounts.json"
	expect 1 taper checkpoint --image-path "$IMAGES" "$ID"
	has "a mount was added at /dev/shm/x"
}

@test "checkpoint, restore: without criu" {
	launch_counting
	mkdir "$T/bin"
	status=0
	PATH=$T/bin "$TAPER" --root "$ROOT" checkpoint --image-path "$IMAGES" "$ID" </dev/null >"$T/told" 2>&1 || status=$?
	is "$status" 1
	output=$(cat "$T/told")
	has "criu is not installed, or not in PATH"
	[ ! -e "$IMAGES" ]
	counts_from "$BEFORE"
	taper delete --force "$ID"
	status=0
	PATH=$T/bin "$TAPER" --root "$ROOT" restore --image-path "$IMAGES" "$ID" </dev/null >"$T/told" 2>&1 || status=$?
	is "$status" 1
	output=$(cat "$T/told")
	has "criu is not installed, or not in PATH"
	# one that is none
	printf '#!/bin/sh\nexit 3\n' >"$T/bin/criu"
	chmod 755 "$T/bin/criu"
	launch_counting
	status=0
	PATH=$T/bin:$PATH "$TAPER" --root "$ROOT" checkpoint --image-path "$IMAGES" "$ID" </dev/null >"$T/told" 2>&1 || status=$?
	is "$status" 1
	output=$(cat "$T/told")
	has "criu ended with code 3, without an answer"
	counts_from "$BEFORE"
}

@test "checkpoint, restore: options that are wrong" {
	need criu
	launch_counting
	for address in 1.2.3.4 1.2.3.4: :99 1.2.3.4:0 1.2.3.4:70000 1.2.3.4:x; do
		expect 1 taper checkpoint --image-path "$IMAGES" --page-server "$address" "$ID"
		has "--page-server: expected ADDRESS:PORT, found $address"
	done
	expect 1 taper checkpoint --image-path "$IMAGES" --status-fd 99 "$ID"
	has "--status-fd: 99 is not an fd to write to"
	expect 1 taper checkpoint --image-path "$IMAGES" --parent-path "$T" "$ID"
	has "--parent-path: expected a path relative to the image path"
	expect 1 taper checkpoint --image-path "$IMAGES" --parent-path ../none "$ID"
	has "--parent-path: open ../none: no such file or directory"
	expect 1 taper restore --lsm-profile x "$ID"
	has "--lsm-profile: expected apparmor:NAME or selinux:LABEL, found x"
	counts_from "$BEFORE"
}
