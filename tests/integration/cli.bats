#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# cli.bats: the command line itself: forms, logs, environment, inherited files

load helpers

commands=$("${TAPER:-$BUILDDIR/src/taper}" --help | awk '/^[a-z]/ { list = /^commands:/ } list && /^  / { print $1 }')

# split COMMAND...: like run, with standard output in $out and standard error in $err
split() {
	status=0
	"$@" </dev/null >"$T/stdout" 2>"$T/stderr" 3>&- || status=$?
	out=$(cat "$T/stdout")
	err=$(cat "$T/stderr")
}

@test "--version says name, commit, spec, and what is built in" {
	split "$TAPER" --version
	is "$status" 0
	is "$err" ""
	[[ $out == "taper version "[0-9]*.[0-9]*.[0-9]* ]]
	grep -q '^commit: .' <<<"$out"
	grep -q '^spec: 1\.3\.0$' <<<"$out"
	grep -q '^libseccomp: [0-9]*\.[0-9]' <<<"$out"
	grep -q '^+SYSTEMD .*+SECCOMP' <<<"$out"
	for flag in -v -V -version; do
		is "$("$TAPER" $flag)" "$out"
	done
}

@test "--help lists every command on standard output" {
	for flag in --help -h '-?' --usage -help; do
		split "$TAPER" "$flag"
		is "$status" 0
		is "$err" ""
		for command in create start run state kill delete list spec explain checkpoint restore completion; do
			grep -q "^  $command  *[a-z]" <<<"$out"
		done
	done
}

@test "COMMAND --help exits 0 and shows its options, whatever else is there" {
	for command in $commands; do
		split "$TAPER" "$command" --help
		is "$status" 0
		is "$err" ""
		has_line "usage: taper $command"
		# what follows the id is a program, or meant for one
		case $command in exec | ps) continue ;; esac
		split "$TAPER" "$command" a b c d -h
		is "$status" 0
	done
	split "$TAPER" create --help
	has_line "--bundle DIR"
	has_line "--preserve-fds N"
}

has_line() {
	output=$out has "$1"
}

@test "help: the same as --help" {
	is "$("$TAPER" help)" "$("$TAPER" --help)"
	is "$("$TAPER" help kill)" "$("$TAPER" kill --help)"
	expect 1 "$TAPER" help frobnicate
	has "unknown command frobnicate"
}

@test "an unknown flag: exit 1, the flag and a usage line on standard error" {
	split taper create --nope "$ID"
	is "$status" 1
	is "$out" ""
	output=$err
	has "taper: create: unknown flag --nope"
	has "usage: taper create"
	has "[TAPER-USE-001]"
	[ ! -e "$ROOT" ]
}

@test "a missing value says that it is required" {
	expect 1 taper create --bundle
	has "requires an argument"
	expect 1 taper create "$ID" --pid-file
	has "requires an argument"
	expect 1 "$TAPER" --root
	has "requires an argument"
}

@test "missing and superfluous arguments, unknown commands" {
	expect 1 taper
	has "a command is missing"
	expect 1 taper frobnicate
	has "unknown command frobnicate"
	expect 1 taper start
	has "expected ID"
	expect 1 taper start a b
	has "too many arguments: b"
	expect 1 taper run "$ID" extra
	has "too many arguments: extra"
	expect 1 taper kill "$ID" NOSUCH
	has "unknown signal NOSUCH"
}

@test "global options: one dash, =, twice with the last one counting" {
	expect 0 "$TAPER" -root=/nonexistent --root "$ROOT" --log-format=json -log-format text --debug=false run "$ID"
	expect 0 "$TAPER" --root=/nonexistent --root="$ROOT" --systemd-cgroup --systemd-cgroup=0 \
		--rootless=auto --criu /usr/sbin/criu run "$ID"
}

@test "options may follow the id; -- ends them" {
	expect 0 taper run "$ID" --detach --pid-file "$T/pid"
	wait_for 5 status_is stopped
	expect 0 taper delete "$ID" --force
	expect 0 taper delete -f -- "$ID"
	expect 1 taper delete -- "$ID" --force
	has "too many arguments: --force"
}

@test "a failure is one JSON object in the log, and one line on standard error" {
	config '.process.user.uid = -1'
	split taper --log "$T/log.json" --log-format json create "$ID"
	is "$status" 1
	is "$(wc -l <"$T/log.json")" 1
	is "$(jq -r .level "$T/log.json")" error
	is "$(jq -r .path "$T/log.json")" process.user.uid
	is "$(jq -r .errno "$T/log.json")" 22
	[[ $(jq -r .time "$T/log.json") =~ ^20..-..-..T..:..:..\.[0-9]+Z$ ]]
	[[ $(jq -r .code "$T/log.json") =~ ^TAPER-CFG-...$ ]]
	line=$(jq -r .line "$T/log.json")
	sed -n "${line}p" config.json | grep -q '"uid": -1'
	is "$(wc -l <"$T/stderr")" 1
	output=$err
	has "$(jq -r .msg "$T/log.json")"
	has "create $ID: $BUNDLE/config.json: process.user.uid: "
	has " at line $line column "
}

@test "a JSON log holds no warnings unless they are asked for" {
	config '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
	expect 0 taper --log "$T/log" --log-format json run "$ID"
	is "$(cat "$T/log")" ""
	expect 0 taper --log "$T/log" --log-format json --log-level info run "$ID"
	jq -e 'select(.level == "warning").msg | contains("CAP_NO_SUCH")' "$T/log"
	expect 0 taper --log "$T/text" run "$ID"
	grep -q 'level=warning msg=".*CAP_NO_SUCH' "$T/text"
	is "$output" ""
}

@test "text logs are appended to, with and without file:" {
	expect 1 taper --log "$T/log" start "$ID"
	expect 1 taper --log "file:$T/log" start "$ID"
	is "$(wc -l <"$T/log")" 2
	is "$(grep -c "^time=\"20[^\"]*Z\" level=error msg=\"start $ID: container $ID does not exist\"" "$T/log")" 2
	is "$(stat -c %a "$T/log")" 644
	expect 1 taper --log /nonexistent/x list
	has "open log /nonexistent/x: no such file or directory"
	expect 0 taper --log "syslog:$ID" run "$ID"
	expect 0 taper --log "journald:$ID" run "$ID"
}

# logged TARGET SOCKET: what a datagram socket of this name gets when a start fails with --log TARGET
logged() {
	need python3 unshare
	need_root
	rm -f "$T/socket" "$T/logged"
	python3 - "$T/socket" "$T/logged" 3>&- <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(30)
open(sys.argv[2], "wb").write(s.recv(65536))
END
	wait_for 10 test -S "$T/socket"
	# a mount namespace where the daemon's socket is ours
	run unshare --mount sh -c '
		dir=$(dirname "$3")
		mount -t tmpfs none "/${dir#/}" 2>/dev/null || { mount -t tmpfs none /run && mkdir -p "$dir"; }
		: >"$3" && mount --bind "$4" "$3"
		exec "$0" --root "$1" --log "$2" start absent' \
		"$TAPER" "$ROOT" "$1" "$2" "$T/socket" </dev/null
	is "$status" 1
	has "taper: start absent: container absent does not exist"
	wait
}

@test "--log syslog:ID and journald:ID: in the forms of their daemons" {
	logged syslog:name /dev/log
	is "$(cat "$T/logged")" "<11>name: start absent: container absent does not exist"
	logged journald:name /run/systemd/journal/socket
	is "$(cat "$T/logged")" "PRIORITY=3
SYSLOG_IDENTIFIER=name
TAPER_CODE=TAPER-STA-003
TAPER_HINT=taper list shows the containers
MESSAGE=start absent: container absent does not exist"
}

@test "usage errors are in the log too" {
	expect 1 taper --log "$T/log" --log-format json create --nope
	is "$(jq -r .msg "$T/log")" "create: unknown flag --nope"
}

@test "strange characters in arguments are escaped" {
	expect 1 taper start $'a\nb\x1b[1m'
	has 'a\x0ab\x1b[1m'
	is "${#lines[@]}" 1
}

@test "ids: what is allowed, and nothing else" {
	for id in . .. a/b 'a b' '' "$(printf 'x%.0s' {1..1025})" ä; do
		for command in create start state kill delete; do
			expect 1 taper $command "$id"
			has "is not an id"
		done
	done
	[ ! -e "$ROOT/a" ]
	expect 0 taper run "${ID}_+.-Z9"
}

@test "runs with standard files closed, and none of our files takes their place" {
	script 'echo out; echo err >&2; cat; ls -l /proc/self/fd | grep -c "[012] -> /dev/null"'
	status=0
	taper run "$ID" <&- >&- 2>&- || status=$?
	is "$status" 0
	is "$(grep -rlE '^(out|err)$' "$T" --exclude-dir=rootfs --exclude=config.json)" ""
}

@test "--preserve-fds and LISTEN_FDS: each must be open" {
	echo content >"$T/file"
	run bash -c "'$TAPER' --root '$ROOT' --log '$T/log' run --preserve-fds 3 '$ID' 3<'$T/file' 4<'$T/file' 5<&-"
	is "$status" 1
	has "fd 5 of --preserve-fds is not open"
	grep -q "fd 5" "$T/log"
	[ -z "$(status_of)" ]
	run bash -c "LISTEN_FDS=2 '$TAPER' --root '$ROOT' run '$ID' 3<'$T/file' 4<&-"
	is "$status" 1
	has "fd 4 of LISTEN_FDS is not open"
	LISTEN_FDS=x expect 1 taper run "$ID"
	has "LISTEN_FDS: expected a number"
	mkdir -m 700 "$ROOT"
	LISTEN_FDS=x expect 0 taper list -q
}

@test "--pid-file: a bare number, by the caller's umask" {
	script 'exec sleep 100'
	(umask 027; launch)
	is "$(od -An -c "$T/pid" | grep -c '\\n' || true)" 0
	is "$(stat -c %a "$T/pid")" 640
	is "$(cat "$T/pid")" "$(taper state "$ID" | jq .pid)"
}

@test "works with any umask, HOME and USER unset" {
	umask 777
	expect 0 env -i PATH="$PATH" "$TAPER" --root "$ROOT" run "$ID"
	umask 022
	is "$(stat -c %a "$ROOT")" 700
}

@test "the state root: relative, missing, empty, forbidden" {
	script 'exec sleep 100'
	(cd "$T" && "$TAPER" --root ./rel run -d -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-)
	is "$("$TAPER" --root "$T/rel" list -q)" "$ID"
	"$TAPER" --root "$T/rel" delete -f "$ID"
	expect 1 "$TAPER" --root "$T/absent" list
	has "no such file or directory"
	expect 1 "$TAPER" --root / run "$ID"
	expect 1 "$TAPER" --root "$T/absent" state "$ID"
	has "does not exist"
	expect 0 "$TAPER" --root "$T/absent" delete -f "$ID"
	[ ! -e "$T/absent" ]
}

@test "the default root: XDG_RUNTIME_DIR for users, and an empty one is unset" {
	need setpriv
	need_root
	user() { env -i PATH="$PATH" "$@" setpriv --reuid 65534 --clear-groups "$TAPER" list; }
	mkdir -m 700 "$T/xdg"
	chown 65534 "$T/xdg"
	expect 0 user XDG_RUNTIME_DIR="$T/xdg"
	expect 1 user XDG_RUNTIME_DIR=
	has "XDG_RUNTIME_DIR is not set"
	expect 1 user
	[ -e /run/taper ] || {
		expect 0 env -i XDG_RUNTIME_DIR= "$TAPER" list
		expect 0 env -i XDG_RUNTIME_DIR="$T/xdg" "$TAPER" list
		[ ! -e /run/taper ]
	}
}

@test "a full standard output is an error" {
	[ -e /dev/full ] || skip "no /dev/full"
	run bash -c "'$TAPER' --version >/dev/full"
	is "$status" 1
	has "no space left on device"
}

@test "checkpoint and restore: the options of other runtimes are read" {
	expect 0 "$TAPER" checkpoint --help
	has "--leave-running"
	expect 1 "$TAPER" restore --lsm-mount-context
	has "--lsm-mount-context requires an argument"
	create
	# as far as the first thing that is missing: these tests need no CRIU
	mkdir "$T/bin"
	expect 1 env PATH="$T/bin" "$TAPER" --root "$ROOT" checkpoint --image-path "$T/i" --work-path "$T/w" \
		--leave-running --leave-running --tcp-established --tcp-skip-in-flight --link-remap --ext-unix-sk \
		--shell-job --file-locks --lazy-pages --page-server 127.0.0.1:99 --pre-dump --parent-path ../pre \
		--manage-cgroups-mode soft --empty-ns network --auto-dedup --network-lock skip "$ID"
	has "checkpoint $ID: criu is not installed"
	has "[TAPER-CRI-001]"
	is "$(status_of)" created
	expect 1 taper checkpoint "$ID-absent"
	has "does not exist"
	expect 1 taper checkpoint --manage-cgroups-mode all "$ID"
	has "expected one of full, ignore, soft, strict; found all"
	expect 1 env PATH="$T/bin" "$TAPER" --root "$ROOT" restore --image-path "$T/i" --work-path "$T/w" --detach \
		--pid-file "$T/p" --no-pivot --console-socket "$T/s" -no-subreaper --bundle "$BUNDLE" \
		--tcp-established --tcp-close --ext-unix-sk --shell-job --file-locks --manage-cgroups-mode ignore \
		--empty-ns network --auto-dedup --lazy-pages --lsm-profile apparmor:x --lsm-mount-context y \
		--network-lock nftables "$ID-other"
	has "criu is not installed"
	[ ! -e "$T/p" ]
	is "$(taper list -q)" "$ID"
}
