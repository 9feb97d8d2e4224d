#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# texts.bats: the words by which container engines know what has failed
#
# Each engine looks into the error text, some into standard error, some into the message of the JSON log,
# and some mind the case of letters. A test here is one row of what an engine looks for.

load helpers

# says TEXT COMMAND...: it fails with this in standard error and in the message of the JSON log alike, in these
# very letters; the log is one object
says() {
	local text=$1
	shift
	rm -f "$T/log"
	status=0
	taper --log "$T/log" --log-format json "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- || status=$?
	[ "$status" -ne 0 ]
	grep -qF -- "$text" "$T/err" || { cat "$T/err"; return 1; }
	is "$(jq -s length "$T/log")" 1
	jq -r .msg "$T/log" | grep -qF -- "$text"
	is "$(jq -r .level "$T/log")" error
}

# podman_code: the exit code that podman makes of the last message, by its own expressions
podman_code() {
	if jq -r .msg "$T/log" | grep -qiE 'permission denied|operation not permitted'; then
		echo 126
	elif jq -r .msg "$T/log" | grep -qiE 'executable file not found in|no such file or directory|open executable'; then
		echo 127
	else
		echo 125
	fi
}

# dockerd_code: the same for dockerd
dockerd_code() {
	if jq -r .msg "$T/log" | grep -qE 'executable file not found|no such file or directory|system cannot find'; then
		echo 127
	elif jq -r .msg "$T/log" | grep -qE 'permission denied|not a directory|is a directory'; then
		echo 126
	else
		echo 125
	fi
}

ended() {
	launch
	wait_for 10 status_is stopped
}

@test "containerd, CRI-O: a signal to a container that has ended: container not running" {
	ended
	says "container not running" kill "$ID" 9
	says "container not running" kill "$ID" KILL
}

@test "containerd: state, start, kill, delete of what is not there: does not exist" {
	says "does not exist" state "$ID"
	says "does not exist" start "$ID"
	says "does not exist" kill "$ID" 9
	says "does not exist" delete "$ID"
	expect 0 taper delete --force "$ID"
	for command in pause resume ps update events exec; do
		says "does not exist" $command "$ID" $([ $command != exec ] || echo true)
	done
}

@test "commands on a container that has ended: container not running" {
	ended
	says "container not running" pause "$ID"
	says "container not running" exec "$ID" true
}

@test "a second start: cannot start a container that has stopped, or runs" {
	ended
	says "cannot start a container that has stopped" start "$ID"
	expect 0 taper delete "$ID"
	program sleep 100
	launch
	says "already running" start "$ID"
}

# missing WHERE: a command fails with this for each kind of program that cannot be executed; WHERE is create, run or
# exec
missing() {
	local name text codes
	printf '#!/no/such/interpreter\n' >rootfs/bin/script
	chmod 755 rootfs/bin/script
	echo text >rootfs/bin/plain
	chmod 644 rootfs/bin/plain
	while IFS='|' read -r name text codes <&5; do
		case $1 in
		exec) says "exec: \"$name\": $text" exec "$ID" "$name" 5<&- ;;
		*)
			program "$name"
			says "exec: \"$name\": $text" "$1" "$ID" 5<&-
			;;
		esac
		is "$(podman_code) $(dockerd_code)" "$codes"
	done 5<<'END'
no-such|executable file not found in $PATH|127 127
/bin/no-such|no such file or directory|127 127
/bin/plain|permission denied|126 126
/etc|permission denied (it is a directory)|126 126
/bin/plain/x|not a directory|125 126
END
}

@test "podman, docker: a program that is missing is 127, one that cannot be executed 126: create" {
	missing create
}

@test "podman, docker: the same: run" {
	missing run
}

@test "podman, docker: the same: exec" {
	program sleep 100
	launch
	missing exec
	is "$(status_of)" running
}

@test "podman, docker: a program that goes between create and start, or lacks its interpreter" {
	echo '#!/bin/sh' >rootfs/bin/goes
	chmod 755 rootfs/bin/goes
	program /bin/goes
	create
	rm rootfs/bin/goes
	says 'exec: "/bin/goes": no such file or directory' start "$ID"
	is "$(podman_code) $(dockerd_code)" "127 127"
	taper delete --force "$ID"
	printf '#!/no/such/interpreter\n' >rootfs/bin/script
	chmod 755 rootfs/bin/script
	program /bin/script
	create
	says 'exec: "/bin/script": no such file or directory (missing interpreter of ' start "$ID"
	is "$(podman_code) $(dockerd_code)" "127 127"
}

@test "podman: an execve that is not permitted: operation not permitted" {
	need_root
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["execve", "execveat"], action: "SCMP_ACT_ERRNO"}]}'
	says 'exec: "true": operation not permitted' run "$ID"
	is "$(podman_code)" 126
}

@test "podman: a file system that forbids execution: permission denied" {
	need_root
	cp rootfs/bin/busybox "$T/busybox"
	config --arg dir "$T" '.mounts += [{destination: "/opt", source: $dir, options: ["bind", "noexec"]}]'
	program /opt/busybox true
	says 'exec: "/opt/busybox": permission denied' run "$ID"
	is "$(podman_code) $(dockerd_code)" "126 126"
}

@test "podman: probes what checkpoint can do by the text of a missing value" {
	says "requires an argument" restore --lsm-mount-context
	expect 0 "$TAPER" checkpoint --help
}

@test "texts of errno are in lower case, in any locale" {
	for locale in C C.UTF-8 de_DE.UTF-8; do
		LC_ALL=$locale LANGUAGE=de says "no such file or directory" create -b "$T/absent" "$ID"
	done
}

@test "podman, CRI-O: standard output holds nothing but what was asked for" {
	launch
	for command in "start $ID" "kill $ID 99" "delete $ID-x" "state $ID-x" "create --nope" "nope"; do
		taper $command </dev/null >"$T/out" 2>"$T/err" 3>&- || true
		is "$(cat "$T/out")" ""
		[ -s "$T/err" ]
	done
}
