# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2034,SC2013
#
# helpers.bash: what the suites of engines share (load helpers)
#
# A suite has one engine with directories and sockets of its own, below E, and one image, from busybox:
#	E       a directory whose name occurs nowhere else; engine_begin makes it, engine_end removes it
#	IMAGE   the name of the image
#	T       a directory of the test's own, in E
#	NAME    a name for the test's container; others begin with it
# Each suite ends with a test that nothing is left (nothing_left). What the engine itself leaves, such as the
# parent of its cgroups, engine_end removes.

load ../integration/helpers
IMAGE=localhost/busybox

# engine_begin PROGRAM...: for setup_file
engine_begin() {
	local program
	for program in "$@" jq; do
		command -v "$program" >/dev/null || {
			echo "$program is not installed; tests/engines/install does that"
			return 1
		}
	done
	[ "$(id -u)" -eq 0 ] || { echo "the engines need root"; return 1; }
	[ -x "$TAPER" ] || { echo "$TAPER is not built"; return 1; }
	sh "$SRCDIR/tests/lib/rootfs" "$BUILDDIR/tests/rootfs" || return
	E=$(mktemp -d /tmp/tape-XXXXXXXX) || return
	export E TAPER
	chmod 755 "$E"
	tar -C "$BUILDDIR/tests/rootfs" -cf "$E/rootfs.tar" . || return
	cgroups >"$E/cgroups"
	states >"$E/states"
	namespaces >"$E/namespaces"
}

# engine_end: for teardown_file, when all containers and daemons are gone
engine_end() {
	local mount dir
	[ -n "${E-}" ] || return 0
	for mount in $(awk -v dir="$E/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r); do
		umount -l "$mount"
	done
	for dir in $(cgroups | sort -r | comm -23 - <(sort -r "$E/cgroups")); do
		rmdir "$dir" 2>/dev/null
	done
	rm -rf --one-file-system "$E"
}

setup() {
	NAME=t$BATS_TEST_NUMBER
	T=$E/$NAME
	mkdir -p "$T"
	cd "$T" || return
	if [ "$(type -t setup_test)" = function ]; then
		setup_test
	fi
}

teardown() {
	if [ "$(type -t teardown_test)" = function ]; then
		teardown_test
	fi
}

# within SECONDS COMMAND...: that is how long it may take, and it holds no pipe that bats waits for
within() {
	timeout --foreground -k 5 "$1" "${@:2}" 3>&-
}

# on_terminal COMMAND: a shell command whose standard streams are a terminal
on_terminal() {
	within 60 script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

# line WORD...: $output is this
line() {
	is "$output" "$*"
}

# fails COMMAND...: wait_for's opposite
fails() {
	! "$@"
}

# daemon NAME COMMAND...: start one in the background; $E/NAME.pid and $E/NAME.log
daemon() {
	local name=$1
	shift
	"$@" >"$E/$name.log" 2>&1 </dev/null 3>&- &
	echo $! >"$E/$name.pid"
	disown
}

# end_daemon NAME: ask it to end; after half a minute it has to
end_daemon() {
	local pid
	pid=$(cat "$E/$1.pid" 2>/dev/null) || return 0
	kill -TERM "$pid" 2>/dev/null
	wait_for 30 fails kill -0 "$pid" 2>/dev/null || kill -KILL "$pid"
}

# ---- what is left ----

# The cgroups of engines, and of this suite, in the hierarchies that are mounted
cgroups() {
	awk '/ - cgroup2? / { print $5 }' /proc/self/mountinfo | while read -r mount; do
		find "$mount" -mindepth 1 -type d \( -path '*libpod*' -o -path '*buildah*' -o -path '*docker*' \
			-o -path '*/tape-*' \) 2>/dev/null
	done | sort -u
}

# States of containers whose root is taper's own default, as podman and buildah have it
states() {
	find /run/taper -mindepth 1 -maxdepth 1 2>/dev/null | grep -E '/(buildah-[^/]*|[0-9a-f]{64})$' | sort
}

# Namespaces that a name keeps
namespaces() {
	find /run/netns /run/docker/netns -mindepth 1 2>/dev/null | sort
}

# container_cgroups: those new since the beginning that are a container's. (podman itself leaves a pod's in
# hierarchies that have no controller.)
container_cgroups() {
	cgroups | comm -13 "$E/cgroups" - | grep -E "/(libpod-|docker/)[0-9a-f]{64}|buildah-|$(basename "$E")[-/]"
}

# programs: processes of containers, or that belong to one: they see E but are not in our mount namespace,
# or have E in their command line. Not the daemons.
programs() {
	local pid
	left_processes
	for pid in $(grep -ls -e "$E" /proc/[0-9]*/cmdline | grep -v /self/); do
		pid=${pid#/proc/}
		pid=${pid%/cmdline}
		[ "$pid" = $$ ] || [ "$pid" = "$BASHPID" ] || grep -qsx "$pid" "$E"/*.pid "$E"/*/*.pid ||
			tr '\0' ' ' <"/proc/$pid/cmdline" | grep -e conmon -e containerd-shim -e '^/bin/' -e "$TAPER"
	done 2>/dev/null
}

# mounts: of root file systems and /dev/shm
mounts() {
	awk -v dir="$E/" 'index($5, dir) == 1 && $5 ~ /(merged|rootfs|shm|secrets)$/ { print $5 }' /proc/self/mountinfo
}

# new_states, new_namespaces: those that were not there at the beginning
new_states() {
	states | comm -13 "$E/states" -
}

new_namespaces() {
	namespaces | comm -13 "$E/namespaces" -
}

# nothing_there KIND: remembers in $found what there is
nothing_there() {
	ID=$(basename "$E")
	found=$("$1")
	[ -z "$found" ]
}

# nothing_left: when the engine has removed its containers, all is as before
nothing_left() {
	local kind failed=0
	for kind in programs mounts container_cgroups new_states new_namespaces; do
		wait_for 10 nothing_there "$kind" || { echo "left behind: $kind: $found"; failed=1; }
	done
	return $failed
}
