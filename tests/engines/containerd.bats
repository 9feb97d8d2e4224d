# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# containerd.bats: taper as the runtime of Debian's containerd, driven through ctr
load helpers

setup_file() {
	engine_begin containerd ctr script || return
	cat >"$E/config.toml" <<-END
		version = 2
		root = "$E/root"
		state = "$E/run"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$E/containerd.sock"
	END
	# containerd leaves a cgroup of the namespace's name behind; engine_end removes it
	CONTAINERD_NAMESPACE=$(basename "$E")
	export CONTAINERD_ADDRESS=$E/containerd.sock CONTAINERD_NAMESPACE
	daemon containerd containerd --config "$E/config.toml"
	wait_for 60 ctr version >/dev/null 2>&1 || {
		tail -n 20 "$E/containerd.log"
		return 1
	}
	cp -a "$BUILDDIR/tests/rootfs" "$E/rootfs"
}

teardown_file() {
	[ -n "${E-}" ] || return 0
	remove_all
	end_daemon containerd
	engine_end
}

setup_test() {
	NAME=$(basename "$E")-$NAME
}

teardown_test() {
	remove_all
}

ctr() {
	within 60 ctr "$@"
}

# run_ctr ID OPTION... -- COMMAND...: flags come before the root file system
run_ctr() {
	local id=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	ctr run --runc-binary "$TAPER" --runc-root "$E/state" --env PATH=/bin "${options[@]}" --rootfs "$E/rootfs" "$id" "$@"
}

remove_all() {
	local id
	for id in $(ctr containers ls -q); do
		ctr task kill -s KILL -a "$id" >/dev/null 2>&1
		ctr task rm -f "$id" >/dev/null 2>&1
		ctr containers rm "$id" >/dev/null 2>&1
	done
	return 0
}

# A container that runs until it is told to end
sleeper() {
	run_ctr "$NAME" --detach "$@" -- sh -c 'trap "exit 3" TERM; : >/tmp/ready-'"$NAME"'; while :; do sleep 0.1; done' \
		</dev/null >"$T/log" 2>&1 || { cat "$T/log"; return 1; }
	wait_for 20 test -e "$E/rootfs/tmp/ready-$NAME"
	PID=$(ctr task ls | awk -v id="$NAME" '$1 == id { print $2 }')
}

exec_numbered() {
	gives "$1" ctr task exec --exec-id "$NAME-$1" "$NAME"
}

task_is() {
	[ "$(ctr task ls | awk -v id="$NAME" '$1 == id { print $3 }')" = "$1" ]
}

@test "ctr run: output and exit code" {
	expect 0 run_ctr "$NAME" --rm -- echo hello
	line hello
	expect 7 run_ctr "$NAME" --rm -- sh -c 'exit 7'
}

@test "ctr run: it is taper that runs" {
	sleeper
	is "$("$TAPER" --root "$E/state/$CONTAINERD_NAMESPACE" list -q)" "$NAME"
	is "$("$TAPER" --root "$E/state/$CONTAINERD_NAMESPACE" state "$NAME" | jq -r '"\(.status) \(.pid)"')" "running $PID"
}

@test "ctr run: standard input, output and error" {
	run_ctr "$NAME" --rm -- sh -c 'echo out; echo err >&2' >"$T/out" 2>"$T/err" </dev/null
	is "$(cat "$T/out")" out
	is "$(cat "$T/err")" err
	# The end of input must not come before the task has started.
	output=$( (echo some text; sleep 1) | run_ctr "$NAME-i" --rm -- head -n 1)
	line some text
}

@test "ctr run -t: a terminal" {
	output=$(on_terminal "ctr run --runc-binary $TAPER --runc-root $E/state --env PATH=/bin --rm -t \
		--rootfs $E/rootfs $NAME sh -c 'tty; test -t 0 && echo yes; exit 5'; echo code \$?")
	has /dev/pts/0
	has yes
	has "code 5"
}

@test "ctr run: what cannot be executed" {
	expect 1 run_ctr "$NAME" --rm -- nosuch
	has "executable file not found in \$PATH"
	expect 1 run_ctr "$NAME-a" --rm -- /no/such
	has "no such file or directory"
	expect 1 run_ctr "$NAME-b" --rm -- /etc/passwd
	has "permission denied"
}

@test "ctr run: options that change the config" {
	expect 0 run_ctr "$NAME" --rm --cwd /tmp --env A=b --cap-drop CAP_KILL --seccomp -- \
		sh -c 'pwd; echo $A; grep -E "^(Seccomp|CapEff):" /proc/self/status'
	is "${lines[*]:0:2}" "/tmp b"
	has "Seccomp:	2"
	has "CapEff:	00000000a80425db"
	expect 0 run_ctr "$NAME" --rm --privileged -- sh -c 'mount -t tmpfs none /mnt && grep /mnt /proc/mounts'
	has tmpfs
	mkdir "$T/dir"
	expect 0 run_ctr "$NAME" --rm --mount "type=bind,src=$T/dir,dst=/mnt,options=rbind:rw" -- touch /mnt/made
	[ -e "$T/dir/made" ]
	expect 1 run_ctr "$NAME" --rm --read-only -- touch /made
	has "Read-only"
	expect 0 run_ctr "$NAME" --rm --net-host -- readlink /proc/self/ns/net
	line "$(readlink /proc/self/ns/net)"
}

@test "ctr run: limits" {
	local dir
	sleeper --memory-limit 67108864 --cpus 0.5
	dir=$(cgroup_dir memory)
	is "$(cat "$dir/memory.limit_in_bytes" 2>/dev/null || cat "$dir/memory.max")" 67108864
	dir=$(cgroup_dir cpu)
	is "$(cat "$dir/cpu.cfs_quota_us" 2>/dev/null || cut -d ' ' -f 1 "$dir/cpu.max")" 50000
}

@test "ctr task exec" {
	sleeper
	expect 0 ctr task exec --exec-id "$NAME-1" "$NAME" echo hello
	line hello
	expect 7 ctr task exec --exec-id "$NAME-2" "$NAME" sh -c 'exit 7'
	expect 0 ctr task exec --exec-id "$NAME-3" --user 12:34 --cwd /tmp "$NAME" sh -c 'id -u; pwd'
	is "${lines[*]}" "12 /tmp"
	output=$(on_terminal "ctr task exec -t --exec-id $NAME-4 $NAME sh -c 'tty; exit 6'; echo code \$?")
	has /dev/pts/
	has "code 6"
	expect 1 ctr task exec --exec-id "$NAME-5" "$NAME" nosuch
	has "executable file not found"
}

@test "ctr task exec: 10 at once" {
	sleeper
	SLOW=0.2 together 10 exec_numbered
}

@test "ctr task pause, resume" {
	sleeper
	expect 0 ctr task pause "$NAME"
	task_is PAUSED
	is "$("$TAPER" --root "$E/state/$CONTAINERD_NAMESPACE" state "$NAME" | jq -r .status)" paused
	expect 0 ctr task resume "$NAME"
	task_is RUNNING
	expect 0 ctr task exec --exec-id "$NAME-1" "$NAME" true
}

@test "ctr task kill, rm; containers rm" {
	sleeper
	expect 0 ctr task kill -s TERM "$NAME"
	wait_for 20 task_is STOPPED
	expect 1 ctr task kill -s TERM "$NAME"
	has "process already finished"
	expect 0 ctr task rm "$NAME"
	has "exit code 3"
	expect 0 ctr containers rm "$NAME"
	is "$(ctr containers ls -q)" ""
}

@test "ctr task kill --all" {
	sleeper
	expect 0 ctr task exec -d --fifo-dir "$T" --exec-id "$NAME-1" "$NAME" sleep 1000
	expect 0 ctr task kill -a -s KILL "$NAME"
	wait_for 20 task_is STOPPED
	expect 0 ctr task rm "$NAME"
	has "exit code 137"
}

@test "ctr task ps, metrics" {
	sleeper
	expect 0 ctr task ps "$NAME"
	has "$PID"
	expect 0 ctr task metrics --format json "$NAME"
	jq -e '[.. | numbers] | length > 0' <<<"$output" >/dev/null
}

@test "ctr run --rm: 20 in a row" {
	local i
	for i in $(seq 20); do
		is "$(run_ctr "$NAME-$i" --rm -- echo "$i" </dev/null)" "$i"
	done
}

@test "containerd: nothing is left of all that" {
	remove_all
	nothing_left
	is "$(find "$E/state" -mindepth 2 -maxdepth 2 ! -name '.*')" ""
}
