# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2034
#
# helpers.bash: what the security suites have beside tests/integration/helpers.bash
#
#	OUT     a directory outside the bundle with sentinel files, which nobody may change
#	PROBE   the program tests/security/probe.c, also /bin/probe inside
#
# The suites also run with other runtimes as $TAPER (tests/security/prove): they keep to what all have.

load ../integration/helpers

: "${INJECT:=$BUILDDIR/tests/fault/inject}"
: "${DROP_RESOURCES:=}"
: "${STEP:=9}"

# One config for all runtimes: ours.
new_bundle() {
	mkdir -p "$1" || return
	cp -a "$BUILDDIR/tests/rootfs" "$1/rootfs" || return
	"${SPEC_FROM:-$TAPER}" spec --bundle "$1" || return
	(cd "$1" && config --arg path "/$ID" \
		'.process.terminal = false | .process.args = ["true"] | .linux.cgroupsPath = $path')
}

setup_test() {
	need_root
	need_probe
	OUT=$T/outside
	mkdir -p "$OUT/dir/deep" "$OUT/b"
	echo secret >"$OUT/host-marker"
	echo secret >"$OUT/b/host-marker"
	echo sentinel >"$OUT/file"
	echo sentinel >"$OUT/null"
	mkdir "$OUT/pts" "$OUT/shm"
	chmod 640 "$OUT/file"
	BEFORE=$(snap)
	config '.root.readonly = false'
	# an old runtime's own device rules are more than some machines permit
	[ -z "$DROP_RESOURCES" ] || config 'del(.linux.resources)'
	if [ "$(type -t setup_more)" = function ]; then
		setup_more
	fi
}

need_probe() {
	PROBE=$BUILDDIR/tests/probe
	need_static "$SRCDIR/tests/security/probe.c" probe
}

# need_exec: skip where the runtime has no exec
need_exec() {
	"$TAPER" exec --help >/dev/null 2>&1 || skip "no command exec"
}

# snap: everything about OUT but times
snap() {
	(cd "$OUT" && find . -printf '%P %y %m %U %G %s %l %D\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

unchanged() {
	local now
	now=$(snap)
	[ "$now" = "$BEFORE" ] || { echo "changed outside:"; diff <(echo "$BEFORE") <(echo "$now"); return 1; }
}

# attempt: run the container, whatever comes of it
attempt() {
	run taper run "$ID" </dev/null 3>&-
}

# safe [TEXT]: run it. It works, with TEXT in its output, or is refused in one line; nothing outside changed
safe() {
	attempt
	unchanged
	lacks FOUND
	if [ "$status" -eq 0 ]; then
		has "${1-}"
	else
		tells
	fi
}

# tells: the refusal in $output is one line that begins with the command's name; other runtimes may say what they like
tells() {
	[ -z "${SPEC_FROM-}" ] || return 0
	is "${#lines[@]}" 1
	[[ $output == "taper: "* ]] || { echo "says: $output"; return 1; }
}

# nothing_on_dev: a container that mounts nothing at or below /dev
nothing_on_dev() {
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
}

# ---- held at each of its system calls ----

# hold_sweep CHECK [-X] TEXT [SKIP...]: hold "taper run" at each of its calls, one container for each, while TEXT runs;
# after each call CHECK, with $output and $status. What TEXT changes, TEXT run again changes back.
# Every STEP-th call (default 9); make check-security-all tries all of them.
hold_sweep() {
	local check=$1 how=-x text report=$T/report process calls call
	shift
	[ "$1" != -X ] || { how=-X; shift; }
	text=$1
	HELD=0 WORKED=0
	"$INJECT" "$report" "$TAPER" --root "$ROOT" run "$ID" </dev/null >"$T/sweep" 2>&1 3>&- || return
	grep ' ' "$report" >"$T/points"
	while read -r process _ calls; do
		for ((call = 1 + process % STEP; call <= calls; call += STEP)); do
			POINT=$process:$call
			"$INJECT" "$how" "$POINT" "$text" "$report" "$TAPER" --root "$ROOT" run "$ID" \
				</dev/null >"$T/sweep" 2>&1 3>&- || { echo "at $POINT: hangs"; return 1; }
			grep -q held "$report" || break
			output=$(cat "$T/sweep")
			# refused, or it ran
			status=0
			! grep -q -e '^taper: ' -e '\[TAPER-' "$T/sweep" || status=1
			HELD=$((HELD + 1)) WORKED=$((WORKED + 1 - status))
			"$check" || { echo "at $POINT"; return 1; }
			[ "$how" = -X ] || sh -c "$text" || return
		done
	done <"$T/points"
	echo "# held at $HELD points, worked at $WORKED" >&3
	[ "$HELD" -gt 20 ]
	[ "$WORKED" -gt 0 ]
}

# race SECONDS COMMAND...: while a swapper of $A and $B is at work
race() {
	local end=$((SECONDS + $1)) swapper
	shift
	"$PROBE" swapper "$A" "$B" >"$T/ready" 3>&- &
	swapper=$!
	wait_for 5 grep -q ready "$T/ready" || return
	ROUNDS=0 WORKED=0
	while [ $SECONDS -lt $end ]; do
		ROUNDS=$((ROUNDS + 1))
		attempt
		[ "$status" -ne 0 ] || WORKED=$((WORKED + 1))
		"$@" || { kill "$swapper"; echo "in round $ROUNDS"; return 1; }
	done
	kill "$swapper"
	wait "$swapper" || :
	echo "# $ROUNDS rounds, $WORKED worked" >&3
}
