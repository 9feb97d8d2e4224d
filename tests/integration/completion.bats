#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# completion.bats: the scripts that complete command lines, in the shells that they are for

load helpers

# completes WORD...: what bash offers for the last word, in $output, one a line
completes() {
	run bash -c '
		PATH=$1:$PATH
		compopt() { :; }
		. "$2"
		shift 2
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_taper
		printf "%s\n" "${COMPREPLY[@]}"' bash "$T/bin" "$T/bash" "$@"
	[ "$status" -eq 0 ]
}

setup_test() {
	mkdir "$T/bin"
	ln -s "$TAPER" "$T/bin/taper"
	"$TAPER" completion bash >"$T/bash"
}

@test "completion: a script for each shell, nothing for others" {
	for shell in bash fish zsh; do
		"$TAPER" completion $shell >"$T/script" 2>"$T/err"
		[ -s "$T/script" ]
		is "$(cat "$T/err")" ""
		! command -v $shell >/dev/null || $shell -n "$T/script"
	done
	expect 1 "$TAPER" completion tcsh
	has "expected one of bash, fish, zsh; found tcsh"
	expect 1 "$TAPER" completion
	has "expected bash|fish|zsh"
}

@test "completion: bash: commands, options and values are those of the parser" {
	local command options
	completes taper ''
	is "$(sort <<<"$output")" "$("$TAPER" --help |
		awk '/^[a-z]/ { list = /^commands:/ } list && /^  / { print $1 }' | sort)"
	for command in $output; do
		completes taper "$command" -
		options=$("$TAPER" "$command" --help | sed -n 's/^  \(-., \|    \)--\([a-z0-9-]*\).*/--\2/p')
		is "$(grep '^--' <<<"$output" | sort)" "$(sort <<<"$options")"
	done
	completes taper cre
	is "$output" create
	completes taper list --format ''
	is "$output" $'json\ntable'
	completes taper list --format = j
	is "$output" json
	completes taper --log-level=debug --root /x --cgroup-manager s
	is "$output" systemd
	completes taper kill "$ID" SIGUSR
	is "$output" $'SIGUSR1\nSIGUSR2'
	mkdir "$T/some" && : >"$T/somefile"
	completes taper create --bundle "$T/some"
	is "$output" "$T/some"
	completes taper create -f "$T/somef"
	is "$output" "$T/somefile"
}

@test "completion: bash: the ids of containers, of the root that is named" {
	create
	completes taper --root "$ROOT" delete -f tap-
	is "$output" "$ID"
	completes taper --root "$ROOT" kill --all ''
	is "$output" "$ID"
	completes taper --root "$ROOT" create ''
	lacks "$ID"$'\n'"$ID"
	[ "$output" != "$ID" ]
}

@test "completion: fish knows commands, options and values" {
	need fish
	"$TAPER" completion fish >"$T/fish"
	offers() {
		env HOME="$T" PATH="$T/bin:$PATH" fish --no-config -c "source $T/fish; complete -C \"\$argv\"" "$1" |
			cut -f 1 | sort | tr '\n' ' '
	}
	is "$(offers "taper cre")" "create "
	is "$(offers "taper list --format ")" "json table "
	is "$(offers "taper delete --fo")" "--force "
	is "$(offers "taper --log-l")" "--log-level "
}

@test "completion: zsh knows commands, options and values" {
	need zsh python3
	mkdir "$T/functions"
	"$TAPER" completion zsh >"$T/functions/_taper"
	# zsh completes only what is typed: on a terminal
	cat >"$T/type.py" <<'END'
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(PS1="", TERM="dumb", PATH=sys.argv[1] + "/bin:" + os.environ["PATH"])
    os.execvp("zsh", ["zsh", "-f"])
def until(text, seconds=30):
    got, end = b"", time.time() + seconds
    while text not in got and time.time() < end:
        if select.select([fd], [], [], 0.1)[0]:
            got += os.read(fd, 65536)
    return got
os.write(fd, b"unsetopt zle_bracketed_paste; stty -echo cols 200 rows 500; LISTMAX=0; zstyle ':completion:*' list-prompt ''\n")
os.write(fd, ("fpath=(%s/functions $fpath); autoload -U compinit; compinit -D -u; echo rea''dy\n" % sys.argv[1]).encode())
until(b"ready")
os.write(fd, sys.argv[2].encode() + b"\t")
got = until(sys.argv[3].encode())
os.kill(pid, 9)
sys.exit(0 if sys.argv[3].encode() in got else "no %s in %r" % (sys.argv[3], got))
END
	python3 "$T/type.py" "$T" "taper expl" "ain "
	python3 "$T/type.py" "$T" "taper delete --for" "ce "
	python3 "$T/type.py" "$T" "taper list --format=" "table"
	python3 "$T/type.py" "$T" "taper --cgroup-man" "ager"
	python3 "$T/type.py" "$T" "taper exec --env A=1 -e B=2 --en" "v="
}
