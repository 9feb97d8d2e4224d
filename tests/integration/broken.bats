#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# broken.bats: a config with a mistake is refused before anything is made, and the message leads to it
#
# broken.tsv has a mistake a line: it is made in a copy of broken.json. Where it is, is known from the @
# in it, so line and column are checked without a number in the table.

load helpers

setup_test() {
	BASE=$(cat "$SRCDIR/tests/integration/broken.json")
}

# long_text NAME: what a word in angle brackets in the table stands for
long_text() {
	case $1 in
	STRING) printf '"%*s"' $((2 << 20)) '' ;;
	ARRAY) printf '[ "a"'; printf ',"a"%.0s' $(seq 70000); printf ' ]' ;;
	DEEP) printf '%.0s[' $(seq 100); printf '%.0s]' $(seq 100) ;;
	esac
}

# make_broken OLD NEW: write config.json; PLACE is "line L column C", empty where NEW has no @
make_broken() {
	local text before name
	text=${BASE/"$1"/"$2"}
	[ "$text" != "$BASE" ] || { echo "not in broken.json: $1"; return 1; }
	text=${text/"/ID"/"/$ID"}
	PLACE=
	if [[ $text == *@* ]]; then
		before=${text%%@*}
		text=$before${text#*@}
		PLACE="line $(($(tr -dc '\n' <<<"$before" | wc -c))) column $((${#before} - $(head_length "$before") + 1))"
	fi
	case $text in
	*'<END>'*) printf '%s' "${text%%<END>*}" >config.json ;;
	*'<'[A-Z]*'>'*)
		name=${text#*<}
		name=${name%%>*}
		{
			printf '%s' "${text%%<*}"
			long_text "$name"
			printf '%s' "${text#*>}"
		} >config.json
		;;
	*) printf '%s\n' "$text" >config.json ;;
	esac
}

# head_length TEXT: bytes up to and with the last newline
head_length() {
	local last=${1##*$'\n'}
	echo $((${#1} - ${#last}))
}

# check_refusal PATH CAUSE COMMAND...
check_refusal() {
	local path=$1 cause=$2
	shift 2
	expect 1 taper "$@" || return
	is "${#lines[@]}" 1 || return
	has "taper: $1 $ID: $BUNDLE/config.json: ${path:+$path: }" && has "$cause" || return
	if [ -n "$PLACE" ]; then
		[[ $output == *" at $PLACE [TAPER-"* || $output == *" at $PLACE (and "* ]] ||
			{ echo "not at $PLACE: $output"; return 1; }
	else
		[[ $output =~ \ at\ line\ [0-9]+\ column\ [0-9]+ ]] || { echo "no place: $output"; return 1; }
	fi
	[ ! -e "$ROOT" ] || { echo "the state root was made"; return 1; }
	[ ! -e "$T/pid" ] || { echo "a pid file was written"; return 1; }
}

# refuse_group NAME: all mistakes of the group; says which one it is that is not refused
refuse_group() {
	local group old new path cause n=0 failed=0
	while IFS=$'\037' read -r group old new path cause; do
		[ "$group" = "$1" ] || continue
		n=$((n + 1))
		make_broken "$old" "$new" &&
			check_refusal "$path" "$cause" create --pid-file "$T/pid" "$ID" &&
			check_refusal "$path" "$cause" run --pid-file "$T/pid" "$ID" ||
			{ echo "^ $old -> $new"; failed=1; }
	# Not a tab: read would take two of them for one.
	done < <(tr '\t' '\037' <"$SRCDIR/tests/integration/broken.tsv")
	[ $n -gt 5 ] && [ $failed -eq 0 ]
}

@test "broken.json itself runs" {
	printf '%s\n' "${BASE/"/ID"/"/$ID"}" >config.json
	expect 0 taper run "$ID"
}

@test "a value of the wrong type" {
	refuse_group type
}

@test "a number out of range, or not an integer" {
	refuse_group number
}

@test "a required property is missing" {
	refuse_group missing
}

@test "a value that is not one of those allowed" {
	refuse_group value
}

@test "properties that contradict each other" {
	refuse_group cross
}

@test "text that is not JSON, keys that appear twice, sizes beyond the limits" {
	refuse_group syntax
}

# several_mistakes: three in the document, one between properties
several_mistakes() {
	local text=${BASE/'"cwd": "/"'/'"cwd": 7'}
	text=${text/'"uid": 0'/'"uid": -1'}
	text=${text/'"hostname": "box"'/'"hostname": "box", "hostname": "box"'}
	printf '%s\n' "$text" >config.json
}

@test "explain lists every mistake, each with its place" {
	several_mistakes
	expect 1 taper explain
	is "${#lines[@]}" 4
	has "$BUNDLE/config.json: hostname: key appears twice at line 3 column 21 [TAPER-CFG-006]"
	has "process.user.uid: expected unsigned integer, found -1 at line 7 column 20 [TAPER-CFG-003]"
	has "process.cwd: expected string, found number at line 10 column 10 [TAPER-CFG-002]"
	has "taper: explain: $BUNDLE/config.json: 3 problems"
	expect 1 taper create "$ID"
	has "(and 2 more: taper explain lists them)"
	[ ! -e "$ROOT" ]
}

@test "explain lists every contradiction" {
	printf '%s\n' "${BASE/', { "type": "uts" }'/}" | sed 's/"soft": 64/"soft": 65/; s/"mode=700"/"tmpcopyup"/;
		s/"type": "tmpfs", "source"/"type": "mqueue", "source"/' >config.json
	expect 1 taper explain
	has "hostname: would change the host's name"
	has "process.rlimits[0]: soft 65 is above hard 64"
	has "mounts[1].options: tmpcopyup is for tmpfs"
	has "3 problems"
}

@test "explain --json lists the mistakes for programs" {
	several_mistakes
	expect 1 sh -c "'$TAPER' explain --json 2>/dev/null"
	is "$(jq -r '.problems[] | "\(.code) \(.path) \(.line) \(.column)"' <<<"$output" | sort)" \
		"$(printf '%s\n' "TAPER-CFG-002 process.cwd 10 10" "TAPER-CFG-003 process.user.uid 7 20" \
			"TAPER-CFG-006 hostname 3 21")"
}

@test "explain has no effect, and needs no privilege" {
	need_root
	need setpriv
	several_mistakes
	before=$(find "$T" -printf '%p %i %s %T@ %C@\n' | sort)
	expect 1 setpriv --reuid 65533 --regid 65533 --clear-groups "$TAPER" --root "$ROOT" explain
	has "3 problems"
	is "$(find "$T" -printf '%p %i %s %T@ %C@\n' | sort)" "$before"
	printf '%s\n' "$BASE" >config.json
	before=$(find "$T" -printf '%p %i %s %T@ %C@\n' | sort)
	expect 0 taper explain
	has "cgroup"
	is "$(find "$T" -printf '%p %i %s %T@ %C@\n' | sort)" "$before"
	[ ! -e "$ROOT" ]
}

@test "a detached terminal needs a console socket, and a console socket a terminal" {
	printf '%s\n' "${BASE/'"terminal": false'/'"terminal": true'}" >config.json
	for command in create "run --detach"; do
		# shellcheck disable=SC2086
		expect 1 taper $command "$ID"
		has "config.json: process.terminal: a detached container with a terminal needs a console socket at line 6 column 15"
		[ ! -e "$ROOT" ]
	done
	printf '%s\n' "$BASE" >config.json
	expect 1 taper create --console-socket "$T/sock" "$ID"
	has "config.json: process.terminal: a console socket was given, but the process has no terminal at line 6 column 15"
	[ ! -e "$ROOT" ]
}

@test "no config.json, an empty one, a directory" {
	rm config.json
	expect 1 taper create "$ID"
	has "config.json: open: no such file or directory"
	: >config.json
	expect 1 taper create "$ID"
	has "$BUNDLE/config.json: expected"
	has " at line 1 column 1"
	rm config.json
	mkdir config.json
	expect 1 taper create "$ID"
	has "$BUNDLE/config.json: "
	rmdir config.json
	[ ! -e "$ROOT" ]
}

@test "a mistake of the document, in the log of the engine" {
	printf '%s\n' "${BASE/'"cwd": "/"'/'"cwd": 7'}" >config.json
	expect 1 taper --log "$T/log" --log-format json create "$ID"
	is "$(jq -r '.level, .msg' <"$T/log" | head -n 1)" error
	run cat "$T/log"
	has "process.cwd: expected string, found number at line 10 column 10"
}
