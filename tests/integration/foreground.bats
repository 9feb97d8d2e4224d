#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# foreground.bats: taper between a person's terminal and a program, with run and with exec

load helpers

setup_test() {
	need python3
	python3 -c "import pty" 2>/dev/null || skip "this python3 has no module pty"
	# terminal COMMAND SCRIPT: run COMMAND on a terminal of its own, as SCRIPT (python) wants; the functions
	# that SCRIPT may use are below
	cat >"$T/terminal.py" <<'END'
import fcntl, os, pty, select, signal, struct, sys, termios, time

def resize(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

seen = b""
def wait_for(text, seconds=30):
    global seen
    end = time.time() + seconds
    while text.encode() not in seen:
        left = end - time.time()
        if left < 0 or not select.select([fd], [], [], left)[0]:
            sys.exit("no %r in %r" % (text, seen))
        try:
            seen += os.read(fd, 65536)
        except OSError:
            sys.exit("the end, and no %r in %r" % (text, seen))
    seen = seen.split(text.encode(), 1)[1]

def write(text):
    os.write(fd, text.encode())

def settings():
    return termios.tcgetattr(fd)

def is_raw():
    return not settings()[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

def taper_pid():
    # the foreground process of the terminal: its session leader has started it
    return os.tcgetpgrp(fd)

def expect(what, got, want):
    if got != want:
        sys.exit("%s is %r, not %r" % (what, got, want))

def leave(want):
    end = time.time() + 30
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        if select.select([fd], [], [], 0.05)[0]:
            try:
                os.read(fd, 65536)
            except OSError:
                pass
        if time.time() > end:
            sys.exit("it does not end")
    expect("exit code", os.waitstatus_to_exitcode(status), want)

pid, fd = pty.fork()
if pid == 0:
    for n in range(3, 20):
        try:
            os.close(n)
        except OSError:
            pass
    os.execvp("sh", ["sh", "-c", sys.argv[1]])
# an end of the terminal that stays, so that its settings can be asked for at any time
keep = fcntl.ioctl(fd, 0x5441, os.O_RDWR | os.O_NOCTTY) # TIOCGPTPEER
exec(sys.argv[2])
END
	RUN="'$TAPER' --root '$ROOT' run '$ID'"
	EXEC="'$TAPER' --root '$ROOT' exec -t '$ID'"
}

terminal() {
	timeout 100 python3 "$T/terminal.py" "$@" 3>&-
}

# with_exec SCRIPT: a container that waits, and a program for exec in /prog
with_exec() {
	printf '#!/bin/sh\n%s\n' "$1" >rootfs/prog
	chmod 755 rootfs/prog
	program sleep 1000
	config '.process.terminal = false'
	launch
}

# with_run SCRIPT: the same as the container's own program, on a terminal
with_run() {
	printf '#!/bin/sh\n%s\n' "$1" >rootfs/prog
	chmod 755 rootfs/prog
	program /prog
	config '.process.terminal = true'
}

@test "the terminal is raw while the program runs, and as before when it has ended" {
	local how='
before = settings()
wait_for("ready")
expect("raw", is_raw(), True)
write("go\n")
wait_for("after")
expect("settings", settings(), before)
leave(3)'
	with_run 'echo ready; read x; exit 3'
	terminal "$RUN; c=\$?; echo after; exit \$c" "$how"
	with_exec 'echo ready; read x; exit 3'
	terminal "$EXEC /prog; c=\$?; echo after; exit \$c" "$how"
}

@test "the terminal is as before when the program is killed, or the container" {
	local how='
before = settings()
wait_for("ready")
wait_for("after")
expect("settings", settings(), before)
leave(137)'
	# the first process of a pid namespace cannot kill itself
	with_run 'echo ready; kill -9 $$; sleep 100'
	config '.linux.namespaces |= map(select(.type != "pid"))'
	terminal "$RUN; c=\$?; echo after; exit \$c" "$how"
	with_exec 'echo ready; kill -9 $$; sleep 100'
	terminal "$EXEC /prog; c=\$?; echo after; exit \$c" "$how"
	printf '#!/bin/sh\necho ready; exec sleep 100\n' >rootfs/prog
	(
		wait_for 20 ps_has 2
		taper kill "$ID" KILL
	) 3>&- &
	terminal "$EXEC /prog; c=\$?; echo after; exit \$c" "$how"
	wait
}

# ps_has N: so many processes are in the container
ps_has() {
	[ "$(taper ps -f json "$ID" | jq length)" -ge "$1" ]
}

@test "the terminal is as before when a signal ends the program through taper" {
	local how='
before = settings()
wait_for("ready")
os.kill(int(open("'$T/pid.taper'").read()), signal.SIGTERM)
wait_for("after")
expect("settings", settings(), before)
leave(7)'
	with_run 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done'
	terminal "sh -c 'echo \$\$ >$T/pid.taper; exec $RUN'; c=\$?; echo after; exit \$c" "$how"
	with_exec 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done'
	terminal "sh -c 'echo \$\$ >$T/pid.taper; exec $EXEC /prog'; c=\$?; echo after; exit \$c" "$how"
}

@test "the terminal is untouched when there is nothing to run" {
	local how='
before = settings()
wait_for("after")
expect("settings", settings(), before)'
	with_run true
	rm rootfs/prog
	terminal "$RUN; c=\$?; echo after; exit \$c" "$how
leave(1)"
	program sleep 1000
	config '.process.terminal = false'
	launch
	terminal "$EXEC /prog; c=\$?; echo after; exit \$c" "$how
leave(255)"
}

@test "a new size of the terminal reaches the program" {
	local how='
resize(20, 70)
wait_for("ready")
resize(31, 91)
wait_for("changed 31 91")
resize(5, 6)
wait_for("changed 5 6")
write("q\n")
leave(0)'
	local prog='trap "echo changed \$(stty size)" WINCH; echo ready; until read x && [ "$x" = q ]; do :; done'
	with_run "$prog"
	terminal "$RUN" "$how"
	with_exec "$prog"
	terminal "$EXEC /prog" "$how"
}

@test "keys that make signals make them inside" {
	local how='
wait_for("ready")
write("\x03")
wait_for("interrupted")
write("\x1c")
wait_for("quit")
leave(4)'
	local prog='trap "echo interrupted" INT; trap "echo quit; exit 4" QUIT; echo ready
		while :; do sleep 0.05; done'
	with_run "$prog"
	terminal "$RUN" "$how"
	with_exec "$prog"
	terminal "$EXEC /prog" "$how"
}

@test "a terminal that hangs up: the program is told, and nothing is left" {
	with_run 'trap "echo hup >/hup; exit 5" HUP; echo ready; while :; do sleep 0.05; done'
	config '.root.readonly = false'
	terminal "exec $RUN" '
wait_for("ready")
os.close(keep)
os.close(fd)
end = time.time() + 30
while time.time() < end:
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        break
    time.sleep(0.05)
expect("exit code", os.waitstatus_to_exitcode(status), 5)'
	is "$(cat rootfs/hup)" hup
	is "$(taper list -q)" ""
}

# cpu PID: ticks of CPU time that it has used
cpu() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

@test "a reader that is blocked costs no CPU time, and loses nothing" {
	local pid ticks
	mkfifo "$T/fifo"
	script 'i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i + 1)); done'
	config '.process.terminal = true'
	"$TAPER" --root "$ROOT" run "$ID" </dev/null >"$T/fifo" 2>"$T/err" 3>&- &
	pid=$!
	exec 8<"$T/fifo"
	# once it is full
	wait_for 10 status_is running
	ticks=-1
	settled() {
		local last=$ticks
		ticks=$(cpu "$pid")
		sleep 0.3
		[ "$last" = "$ticks" ]
	}
	wait_for 20 settled
	sleep 1
	[ $(($(cpu "$pid") - ticks)) -le 5 ]
	tr -d '\r' <&8 >"$T/out" 3>&-
	exec 8<&-
	wait "$pid"
	is "$(wc -l <"$T/out")" 20000
	is "$(tail -n 1 "$T/out")" "line 19999"
	is "$(cat "$T/err")" ""
}

@test "a reader that goes away: the program goes on to its end" {
	script 'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i + 1)); done; echo done >/done'
	config '.process.terminal = true | .root.readonly = false'
	taper run "$ID" </dev/null 2>"$T/err" 3>&- | head -n 1 >/dev/null
	is "$(cat rootfs/done)" done
	is "$(taper list -q)" ""
}

@test "standard files that are closed, with a terminal" {
	script 'tty; exit 6'
	config '.process.terminal = true'
	status=0
	taper run "$ID" <&- >&- 2>&- 3>&- || status=$?
	is "$status" 6
	program sleep 1000
	config '.process.terminal = false'
	launch
	status=0
	taper exec -t "$ID" sh -c 'exit 8' <&- >&- 2>&- 3>&- || status=$?
	is "$status" 8
	status=0
	taper exec "$ID" sh -c '[ "$(readlink /proc/self/fd/0)" = /dev/null ] && exit 9' <&- >&- 2>&- 3>&- || status=$?
	is "$status" 9
}

@test "run is the parent of the container's orphans, unless told otherwise" {
	need_root
	config '.linux.namespaces |= map(select(.type != "pid"))'
	# the child of a child that has ended; without a namespace of its own someone outside gets it
	script '(sleep 100 >/dev/null 2>&1 & echo $! >/orphan); echo ready; exec sleep 100'
	config '.root.readonly = false'
	for how in "" --no-subreaper; do
		"$TAPER" --root "$ROOT" run $how "$ID" </dev/null >"$T/out" 2>&1 3>&- &
		pid=$!
		wait_for 10 grep -q ready "$T/out"
		wait_for 10 test -s rootfs/orphan
		parent=$(awk '/^PPid/ { print $2 }' "/proc/$(cat rootfs/orphan)/status")
		[ "$how" ] || is "$parent" "$pid"
		[ -z "$how" ] || [ "$parent" != "$pid" ]
		taper kill --all "$ID" KILL
		status=0
		wait $pid || status=$?
		is "$status" 137
		rm -f rootfs/orphan
	done
}
