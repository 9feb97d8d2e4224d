# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2013,SC2119,SC2120
#
# helpers.bash: what every suite begins with (load helpers)
#
# Each test has, in variables,
#	T       a directory of its own, removed at the end; its name occurs nowhere else
#	ROOT    the state root that taper is called with
#	BUNDLE  a bundle, the working directory: config.json (see new_bundle) and rootfs, from busybox
#	ID      the id for the test's container, also its cgroup's name; others begin with $ID
# After each test its containers are deleted; then anything that is left of them fails the test.
#
# TAPER=PATH is the binary under test, TAPER_WRAP="PROGRAM ARG..." a program to call it through.

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR/build}"
: "${TAPER:=$BUILDDIR/src/taper}"
: "${TAPER_WRAP:=}"
# A fixed environment: engines hand over little more.
unset LISTEN_FDS LISTEN_PID NOTIFY_SOCKET XDG_RUNTIME_DIR
export LC_ALL=C TZ=UTC

# ---- set-up ----

setup() {
	[ -x "$TAPER" ] || { echo "$TAPER is not built"; return 1; }
	sh "$SRCDIR/tests/lib/rootfs" "$BUILDDIR/tests/rootfs" || return
	T=$(mktemp -d /tmp/tap-XXXXXXXX) || return
	chmod 755 "$T"
	ID=$(basename "$T")
	ROOT=$T/state
	BUNDLE=$T/bundle
	new_bundle "$BUNDLE"
	cd "$BUNDLE" || return
	if [ "$(type -t setup_test)" = function ]; then
		setup_test
	fi
}

# new_bundle DIR: the default config without a terminal, with the program "true", and a rootfs
new_bundle() {
	mkdir -p "$1" || return
	cp -a "$BUILDDIR/tests/rootfs" "$1/rootfs" || return
	"$TAPER" spec --bundle "$1" || return
	# A subshell: the caller's directory stays.
	(cd "$1" && config --arg path "/$ID" \
		'.process.terminal = false | .process.args = ["true"] | .linux.cgroupsPath = $path')
}

# config [JQ-OPTION...] FILTER: change config.json of the working directory
config() {
	jq "$@" <config.json >config.json.new && mv config.json.new config.json
}

# program WORD...: set process.args
program() {
	config '.process.args = $ARGS.positional' --args -- "$@"
}

# script TEXT: let the container run a shell script
script() {
	program sh -c "$1"
}

# need_root: skip the test for anyone else
need_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}

# need PROGRAM...: skip the test where one is not installed
need() {
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
}

# need_userns: skip where none can be made (a chroot, a container)
need_userns() {
	unshare --user true 2>/dev/null || skip "no user namespaces here"
}

# need_static SOURCE NAME: build a program of one file, which works inside and outside, as
# $BUILDDIR/tests/NAME and as /bin/NAME inside
need_static() {
	local built=$BUILDDIR/tests/$2
	if [ "$1" -nt "$built" ]; then
		${CC:-cc} -D_GNU_SOURCE -O1 -static -o "$built.$$" "$1" || skip "cannot build a static program"
		mv "$built.$$" "$built"
	fi
	cp "$built" "rootfs/bin/$2"
}

need_ear() {
	EAR=$BUILDDIR/tests/ear
	need_static "$SRCDIR/tests/lib/ear.c" ear
}

# receive SOCKET COMMAND: accept one fd there and run COMMAND with it as fd 9; prints the payload
receive() {
	need python3
	python3 - "$@" <<'END' &
import array, os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + ".new")
s.listen(1)
os.rename(sys.argv[1] + ".new", sys.argv[1]) # who waits for the name can connect
s.settimeout(20)
c, _ = s.accept()
data, control, _, _ = c.recvmsg(4096, socket.CMSG_SPACE(4))
fd = array.array("i", control[0][2])[0]
os.dup2(fd, 9)
print(data.decode(), flush=True)
subprocess.run(["sh", "-c", sys.argv[2]], pass_fds=[9], timeout=20)
END
	wait_for 20 test -S "$1"
}

# ---- calls ----

# taper ARG...: the binary under test with the test's state root
taper() {
	$TAPER_WRAP "$TAPER" --root "$ROOT" "$@"
}

# expect STATUS COMMAND...: run it, like bats' run; fail unless it exits so
expect() {
	local want=$1
	shift
	run "$@" </dev/null
	[ "$status" -eq "$want" ] || {
		echo "exit status $status, want $want: $*"
		echo "$output"
		return 1
	}
}

# refused TEXT: create fails, with this in the message. Should it succeed after all, the container holds
# no pipe that bats waits for.
refused() {
	status=0
	taper create "$ID" </dev/null >"$T/out" 2>&1 3>&- || status=$?
	output=$(cat "$T/out")
	is "$status" 1
	has "$1"
}

# has TEXT: $output contains it
has() {
	[[ $output == *"$1"* ]] || { printf 'no "%s" in:\n%s\n' "$1" "$output"; return 1; }
}

# lacks TEXT: $output does not
lacks() {
	[[ $output != *"$1"* ]] || { printf '"%s" is in:\n%s\n' "$1" "$output"; return 1; }
}

# is GOT WANT
is() {
	[ "$1" = "$2" ] || { printf 'got  "%s"\nwant "%s"\n' "$1" "$2"; return 1; }
}

# wait_for SECONDS COMMAND...: try until it succeeds; an emulated machine gets more time
wait_for() {
	local end=$((SECONDS + $1 ${TAPER_VM_LEG:+* 8} + 1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "never true: $*"; return 1; }
		sleep 0.02
	done
}

# launch [OPTION...]: start the test's container in the background; output in $T/out and $T/err
launch() {
	taper run --detach --pid-file "$T/pid" "$@" "$ID" </dev/null >"$T/out" 2>"$T/err" 3>&- || {
		echo "run --detach failed:"
		cat "$T/err"
		return 1
	}
	PID=$(cat "$T/pid")
}

# create [OPTION...]: the same, not started
create() {
	taper create --pid-file "$T/pid" "$@" "$ID" </dev/null >"$T/out" 2>"$T/err" 3>&- || {
		echo "create failed:"
		cat "$T/err"
		return 1
	}
	PID=$(cat "$T/pid")
}

# status_of [ID]: created, running, ... or nothing
status_of() {
	taper state "${1:-$ID}" 2>/dev/null | jq -r .status
}

status_is() {
	[ "$(status_of)" = "$1" ]
}

# inside COMMAND...: run in the namespaces of the test's container, as root, with its root directory
inside() {
	nsenter --target "$PID" --mount --uts --ipc --net --pid --root --wd -- "$@"
}

# cgroup_dir CONTROLLER: the directory of the container's cgroup where this controller is driven
cgroup_dir() {
	local hierarchy path mount
	while IFS=: read -r _ hierarchy path; do
		case ,$hierarchy, in
		*,"$1",*)
			mount=$(awk -v c="$1" '/ - cgroup / && $NF ~ "(^|,)" c "(,|$)" { print $5; exit }' \
				/proc/self/mountinfo)
			[ -z "$mount" ] || {
				echo "$mount$path"
				return
			}
			;;
		,,)
			mount=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
			[ ! -e "$mount$path/cgroup.controllers" ] ||
				! grep -qw "$1" "$mount$path/cgroup.controllers" || {
				echo "$mount$path"
				return
			}
			;;
		esac
	done <"/proc/$PID/cgroup"
	return 1
}

# need_controller NAME: skip where no mounted hierarchy has it
need_controller() {
	awk -v c="$1" '/ - cgroup / && $NF ~ "(^|,)" c "(,|$)" { found = 1 } END { exit !found }' \
		/proc/self/mountinfo ||
		grep -qsw "$1" "$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)/cgroup.controllers" ||
		skip "no cgroup controller $1"
}

# ---- the end ----

# left_processes: pids in other mount namespaces that see this test's directory, or in its cgroups;
# zombies wait for whoever adopted them, and are no concern of ours, nor is who is in another test's cgroup: a
# mount namespace that begins as a copy of the host's sees our mounts too
left_processes() {
	local ours file pid
	ours=$(readlink /proc/self/ns/mnt)
	for file in $(grep -ls -e "$ID" /proc/[0-9]*/mountinfo /proc/[0-9]*/cgroup); do
		pid=${file#/proc/}
		pid=${pid%/*}
		if [ "$(readlink "/proc/$pid/ns/mnt")" != "$ours" ] &&
			grep -q '^State:	[^ZX]' "/proc/$pid/status" &&
			! grep ':/tap-' "/proc/$pid/cgroup" | grep -qv "$ID"; then
			echo "$pid"
		fi
	done 2>/dev/null
}

left_mounts() {
	awk -v id="$ID" 'index($5, id) { print $5 }' /proc/self/mountinfo
}

left_cgroups() {
	find /sys/fs/cgroup -mindepth 1 -depth -type d -name "$ID*" 2>/dev/null
}

# left_state: entries of the state root that are a container's (a cache begins with a dot)
left_state() {
	[ ! -d "$ROOT" ] || find "$ROOT" -mindepth 1 -maxdepth 1 ! -name '.*' -o \
		-mindepth 1 -maxdepth 1 -name '.dead*'
}

teardown() {
	local id what found failed=0
	[ -n "${T-}" ] || return 0
	if [ "$(type -t teardown_test)" = function ]; then
		teardown_test || failed=1
	fi
	for id in $("$TAPER" --root "$ROOT" list -q 2>/dev/null); do
		"$TAPER" --root "$ROOT" delete --force "$id" </dev/null 3>&- || failed=1
	done
	for what in processes mounts cgroups state; do
		found=$("left_$what" | sort -u | tr '\n' ' ')
		[ -z "$found" ] || { echo "left behind: $what: $found"; failed=1; }
	done
	[ $failed -eq 0 ] || clean_up_leaks
	cd / && rm -rf --one-file-system "$T"
	return $failed
}

# clean_up_leaks: so that the next test starts clean. Only what bears this test's name.
clean_up_leaks() {
	local pid dir
	for pid in $(left_processes | sort -u); do
		kill -KILL "$pid" 2>/dev/null
	done
	for dir in $(left_mounts | sort -r); do
		umount -l "$dir"
	done
	for dir in $(left_cgroups); do
		rmdir "$dir" 2>/dev/null
	done
	return 0
}
