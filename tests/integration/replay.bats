#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# replay.bats: every form in which engines call a runtime (engines/argv.tsv) is taken, and does what it must

load helpers

setup_test() {
	need_root
	D=$T/engine
	mkdir "$D"
	# buildkit's runs end by themselves, the others when they are told to
	script 'trap : USR1; trap "exit 0" TERM; [ ! -e /ends ] || exit 0; while :; do sleep 0.05; done'
	echo '{"args": ["true"], "cwd": "/", "user": {"uid": 0, "gid": 0}, "env": ["PATH=/bin"]}' >"$D/process.json"
	jq '.terminal = true' "$D/process.json" >"$D/process-tty.json"
	echo '{"pids": {"limit": 100}}' >"$D/resources.json"
	cp config.json "$D/config.json"
}

# take SOCKET: accept connections there, keep what they send until the test ends
take() {
	need python3
	python3 - "$1" "$D/taken" <<'END' 3>&- &
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + ".new")
s.listen(1)
os.rename(sys.argv[1] + ".new", sys.argv[1])
s.settimeout(60)
c, _ = s.accept()
data, control, _, _ = c.recvmsg(4096, socket.CMSG_SPACE(4))
open(sys.argv[2], "w").write(data.decode())
s.settimeout(1)
try:
    s.accept()
except OSError:
    pass
END
	wait_for 10 test -S "$1"
}

# bring STATUS: make the test's container, as far as that
bring() {
	case $1 in
	absent) return ;;
	created) create ;;
	running | paused | stopped) launch ;;
	esac
	case $1 in
	paused) taper pause "$ID" ;;
	stopped) taper kill "$ID" KILL && wait_for 10 status_is stopped ;;
	esac
}

# call ARG...: as an engine does; the fds from 3 on are its own
call() {
	local path=$PATH
	# the forms of these two are what is tested here; checkpoint.bats has the rest
	case " $* " in
	*" checkpoint "*--image-path* | *" restore "*--image-path*) path=$D ;;
	esac
	status=0
	PATH=$path "$TAPER" "$@" <"$D/resources.json" >"$D/out" 2>"$D/err" 3</dev/null || status=$?
}

# reaches STATUS: so is the container; signals take a moment
reaches() {
	if [ "$1" = absent ]; then
		! taper state "$ID" >/dev/null 2>&1
	else
		wait_for 10 status_is "$1"
	fi
}

# look COMMAND: has it left what engines look at next?
look() {
	local file
	for file in "$D"/init.pid "$D"/pidfile "$D"/pid; do
		[ ! -e "$file" ] || is "$(cat "$file")" "$(taper state "$ID" | jq -j .pid)"
	done
	for file in "$D"/exec.pid "$D"/exec_pid; do
		[ ! -e "$file" ] || grep -qE '^[0-9]+$' "$file"
	done
	case $1 in
	ps | state | features | list\ --format*) jq -e . "$D/out" >/dev/null ;;
	esac
}

# replay ENGINE: all its rows
replay() {
	local engine before after line words rows=0
	while IFS=$'\t' read -r engine before after line <&5; do
		[ "$engine" = "$1" ] || continue
		echo "$engine: $before -> $after: $line"
		rm -f "$D"/*pid* "$D"/taken "$D"/log.json "$D"/oci-log "$T"/*.sock
		cp "$D/config.json" config.json
		bring "$before"
		[[ $line != *@S@* ]] || config '.process.terminal = true'
		[[ $line != *@[ST]@* ]] || take "$T/tty.sock"
		[[ $engine != buildkit ]] || : >rootfs/ends
		line=${line//@ID@/$ID} line=${line//@B@/$BUNDLE} line=${line//@D@/$D} line=${line//@R@/$ROOT}
		line=${line//@[ST]@/$T/tty.sock}
		read -r -a words <<<"$line"
		# who names no root has it from the configuration of the engine
		[[ $line == *--root* ]] || words=(--root "$ROOT" "${words[@]}")
		call "${words[@]}" 5<&-
		if [ "${after%%:*}" = - ]; then
			is "$status" 1
			output=$(cat "$D/err")
			has "${after#*:}"
			[[ $line != *log.json* ]] || has "$(jq -r .msg "$D/log.json")"
		else
			[ "$status" -eq 0 ] || { cat "$D/err"; return 1; }
			is "$(cat "$D/err")" ""
			reaches "$after"
			look "${line#*json }"
			[ ! -S "$T/tty.sock" ] || { wait_for 10 test -s "$D/taken" && grep -q /dev/pts "$D/taken"; }
		fi
		taper delete --force "$ID"
		rm -f rootfs/ends
		rows=$((rows + 1))
	done 5< <(grep -v '^#' "$BATS_TEST_DIRNAME/engines/argv.tsv")
	[ "$rows" -gt 0 ]
}

@test "replay: containerd's shim" { replay containerd; }
@test "replay: docker" { replay docker; }
@test "replay: podman and conmon" { replay podman; }
@test "replay: buildah" { replay buildah; }
@test "replay: CRI-O" { replay crio; }
@test "replay: conmon-rs" { replay conmon-rs; }
@test "replay: buildkit" { replay buildkit; }

@test "replay: each row has an engine that is replayed" {
	is "$(grep -v '^#' "$BATS_TEST_DIRNAME/engines/argv.tsv" | cut -f 1 | sort -u | tr '\n' ' ')" \
		"$(sed -n 's/^@test.*{ replay \([a-z-]*\); }/\1/p' "$BATS_TEST_FILENAME" | sort | tr '\n' ' ')"
}
