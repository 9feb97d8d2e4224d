# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# hooks.bats: the six kinds of hooks
#
# A hook's script appends to $T/log. Hooks that run inside write to /log, which is rootfs/log outside.
load helpers

setup_test() {
	need_root
	config '.root.readonly = false'
	LOG=$T/log
}

# hook KIND SCRIPT: add one; it is a shell with the script, with "log" as its first argument
hook() {
	local log=$LOG
	[ "$1" != startContainer ] || log=/log
	config '.hooks[$ARGS.positional[0]] += [{path: "/bin/sh",
		args: ["sh", "-c", $ARGS.positional[1], "sh", $ARGS.positional[2]]}]' --args -- "$1" "$2" "$log"
}

# a hook that was to fail did, and nothing is left; see also helpers' search for leaks
gone() {
	is "$(taper list -q)" ""
}

@test "HK-1 HK-2 HK-3 HK-4 HK-5 HK-6 order, and which command runs each" {
	local kind
	for kind in poststop poststart createContainer createRuntime prestart startContainer; do
		hook "$kind" "echo $kind >>\$1"
		hook "$kind" "echo $kind again >>\$1"
	done
	program sleep 100
	create
	is "$(cat "$LOG")" "prestart
prestart again
createRuntime
createRuntime again
createContainer
createContainer again"
	[ ! -e rootfs/log ]
	taper start "$ID"
	is "$(cat rootfs/log)" "startContainer
startContainer again"
	is "$(tail -n 2 "$LOG")" "poststart
poststart again"
	is "$(wc -l <"$LOG")" 8
	taper delete --force "$ID"
	is "$(tail -n 2 "$LOG")" "poststop
poststop again"
	is "$(wc -l <"$LOG")" 10
}

@test "HK-1 HK-2 HK-3 HK-4 HK-5 HK-6 HK-20 the namespaces and cgroups of a hook" {
	local kind
	# without a namespace of cgroups everyone sees the same names
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook "$kind" "for ns in mnt uts; do readlink /proc/self/ns/\$ns; done >\$1.$kind
			cat /proc/self/cgroup >>\$1.$kind"
	done
	program sleep 100
	launch
	for kind in mnt uts; do
		readlink "/proc/$PID/ns/$kind"
	done >"$T/inside"
	cat "/proc/$PID/cgroup" >>"$T/inside"
	grep -q "/$ID$" "$T/inside"
	taper delete --force "$ID"
	{ readlink /proc/self/ns/mnt /proc/self/ns/uts; cat /proc/self/cgroup; } >"$T/outside"
	for kind in prestart createRuntime poststart poststop; do
		diff "$T/outside" "$LOG.$kind"
	done
	diff "$T/inside" "$LOG.createContainer"
	diff "$T/inside" rootfs/log.startContainer
}

@test "HK-5 HK-6 poststart when the program runs, poststop when the container is gone" {
	hook poststart 'tr "\0" " " <"/proc/$(jq .pid)/cmdline" >>$1; echo >>$1'
	hook poststop "find /sys/fs/cgroup -name $ID >>\$1; jq -r .status >>\$1"
	program sleep 100
	create
	find /sys/fs/cgroup -name "$ID" | grep -q .
	taper start "$ID"
	is "$(cat "$LOG")" "sleep 100 "
	taper delete --force "$ID"
	is "$(tail -n +2 "$LOG")" stopped
}

@test "HK-16 startContainer hooks without env have the container's, with an empty list none" {
	export FROM_CALLER=yes
	printf '#!/bin/sh\necho "${FROM_CALLER-unset} ${FROM_CONFIG-unset}" >>/log\n' >rootfs/bin/hook
	chmod 755 rootfs/bin/hook
	config '.process.env += ["FROM_CONFIG=1"] | .hooks.startContainer = [{path: "/bin/hook"},
		{path: "/bin/hook", env: []}, {path: "/bin/hook", env: ["FROM_CONFIG=2"]}]'
	expect 0 taper run "$ID"
	is "$(cat rootfs/log)" "unset 1
unset unset
unset 2"
}

@test "HK-1 HK-2 HK-3 hooks before the pivot find the container's tree at root.path" {
	need nsenter
	local kind propagation pivot
	mkdir "$T/gift" rootfs/mnt/{prestart,createRuntime,createContainer,cwd}
	touch "$T/gift/here"
	for kind in prestart createRuntime; do
		hook "$kind" "nsenter -m -t \$(jq .pid) mount --bind $T/gift $PWD/rootfs/mnt/$kind"
	done
	hook createContainer "pwd >>\$1; mount --bind $T/gift $PWD/rootfs/mnt/createContainer &&
		mount --bind $T/gift mnt/cwd"
	program sh -c 'cd /mnt && echo */here'
	for propagation in private slave shared rshared; do
		config --arg p "$propagation" '.linux.rootfsPropagation = $p'
		for pivot in '' --no-pivot; do
			rm -f "$LOG"
			# shellcheck disable=SC2086
			expect 0 taper run $pivot "$ID"
			is "$output" "createContainer/here createRuntime/here cwd/here prestart/here"
			is "$(cat "$LOG")" "$PWD/rootfs"
		done
	done
	is "$(ls rootfs/mnt/cwd)" ""
	lacks_mounts=$(grep -c "$T" /proc/self/mountinfo || true)
	is "$lacks_mounts" 0
}

@test "HK-4 a startContainer hook has no more rights than the program" {
	local of='grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Cpus_allowed_list)" /proc/self/status; pwd; umask; ulimit -n'
	mkdir -p rootfs/work
	touch rootfs/log
	chmod 666 rootfs/log
	config '.process.user = {uid: 1000, gid: 1001, umask: 63, additionalGids: [5]} | .process.cwd = "/work" |
		.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 50, hard: 60}] |
		.process.capabilities.ambient = ["CAP_KILL"] | .process.capabilities.inheritable = ["CAP_KILL"] |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	hook startContainer "{ $of; } >>\$1"
	program sh -c "$of"
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"
		: >rootfs/log
		expect 0 taper run "$ID"
		has "Seccomp:	2"
		is "$(cat rootfs/log)" "$output"
	done
}

@test "HK-11 HK-12 HK-13 the state on standard input: status, pid, annotations" {
	local kind
	config '.annotations = {"org.example.key": "value"}'
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook "$kind" 'cat >>$1; echo >>$1'
	done
	program sleep 100
	launch
	taper delete --force "$ID"
	is "$(jq -r .status <"$LOG" | tr '\n' ' ')" "creating creating creating running stopped "
	is "$(jq -r .status <rootfs/log)" created
	is "$(jq -r .pid <"$LOG" | sed -n 1,2p | sort -u)" "$PID"
	is "$(jq -r .pid <"$LOG" | sed -n 3p)" 1 # createContainer, in the container's pid namespace
	is "$(jq -r .pid <"$LOG" | sed -n 4p)" "$PID"
	is "$(jq -r .pid <rootfs/log)" 1
	is "$(cat "$LOG" rootfs/log | jq -r '.id + " " + .bundle + " " + .annotations["org.example.key"]' |
		sort -u)" "$ID $BUNDLE value"
}

@test "HK-11 a hook that does not read, and a state larger than a pipe" {
	config --arg big "$(head -c 100000 /dev/zero | tr '\0' x)" '.annotations = {big: $big}'
	config '.hooks.createRuntime = [{path: "/bin/true"}]'
	hook createRuntime 'wc -c >>$1'
	expect 0 taper run "$ID"
	[ "$(cat "$LOG")" -gt 100000 ]
}

@test "HK-10 HK-19 a hook that fails at create: the chain ends, nothing is left, poststop runs" {
	local kind
	for kind in prestart createRuntime createContainer; do
		rm -f "$LOG"
		config 'del(.hooks)'
		hook "$kind" 'echo words of the hook >&2; exit 3'
		hook "$kind" 'echo not reached >>$1'
		hook poststop 'echo poststop >>$1'
		expect 1 taper create "$ID"
		has "hooks.$kind[0]"
		has 3
		has "words of the hook"
		is "$(cat "$LOG")" poststop
		gone
	done
}

@test "HK-4 HK-5 a hook that fails at start: the container is stopped" {
	hook startContainer 'exit 4'
	script 'echo ran >/ran'
	create
	expect 1 taper start "$ID"
	has 'hooks.startContainer[0]'
	[ ! -e rootfs/ran ]
	taper delete --force "$ID"
	config 'del(.hooks)'
	hook poststart 'exit 5'
	program sleep 100
	create
	expect 1 taper start "$ID"
	has 'hooks.poststart[0]'
	[ ! -e "/proc/$PID" ] || grep -q '^State:	Z' "/proc/$PID/status"
}

@test "HK-6 a poststop hook that fails is a warning, and the next one runs" {
	hook poststop 'exit 6'
	hook poststop 'echo next >>$1'
	program sleep 100
	launch
	expect 0 taper delete --force "$ID"
	has 'hooks.poststop[0]'
	is "$(cat "$LOG")" next
}

@test "HK-17 a timeout ends the hook and its children" {
	hook createRuntime 'echo $$ >>$1; sleep 1000 & echo $! >>$1; wait'
	config '.hooks.createRuntime[0].timeout = 1'
	expect 1 taper create "$ID"
	has 'hooks.createRuntime[0]'
	gone
	for pid in $(cat "$LOG"); do
		[ ! -e "/proc/$pid" ] || grep -q '^State:	Z' "/proc/$pid/status"
	done
	config '.hooks.createRuntime[0].timeout = 0'
	expect 1 taper create "$ID"
	has timeout
}

@test "HK-14 HK-15 HK-16 path, arguments, environment" {
	export FROM_CALLER=yes
	printf '#!/bin/sh\necho "$#:$0:${FROM_CALLER-unset}" >>"%s"\n' "$LOG" >"$T/hook"
	chmod 755 "$T/hook"
	config --arg p "$T/hook" '.hooks.createRuntime = [{path: $p}, {path: $p, args: ["zero", "one"]},
		{path: $p, env: []}, {path: $p, env: ["FROM_CALLER=no"]}]'
	expect 0 taper run "$ID"
	is "$(cat "$LOG")" "0:$T/hook:yes
1:$T/hook:yes
0:$T/hook:unset
0:$T/hook:no"
	config '.hooks.createRuntime = [{path: "bin/true"}]'
	expect 1 taper create "$ID"
	has 'hooks.createRuntime[0].path'
	config '.hooks.createRuntime = [{path: "/no/such/hook"}]'
	expect 1 taper create "$ID"
	has /no/such/hook
	gone
}

@test "HK-18 A-8 annotations name files for the output of hooks" {
	local kind
	printf '#!/bin/sh\necho "out $1"; echo "err $1" >&2\n' >"$T/hook"
	chmod 755 "$T/hook"
	cp "$T/hook" rootfs/bin/hook
	for kind in prestart createRuntime createContainer poststart poststop; do
		config --arg kind "$kind" --arg path "$T/hook" '.hooks[$kind] = [{path: $path, args: ["hook", $kind]}]'
	done
	config --arg out "$T/out.log" --arg err "$T/err.log" '.annotations = {"run.oci.hooks.stdout": $out,
		"run.oci.hooks.stderr": $err} | .hooks.startContainer = [{path: "/bin/hook", args: ["hook", "startContainer"]}]'
	expect 0 taper run "$ID"
	is "$output" ""
	is "$(cut -d " " -f 2 "$T/out.log" | tr '\n' ' ')" \
		"prestart createRuntime createContainer startContainer poststart poststop "
	is "$(sed s/err/out/ "$T/err.log")" "$(cat "$T/out.log")"
	create
	taper start "$ID"
	wait_for 5 status_is stopped
	taper delete "$ID"
	is "$(wc -l <"$T/out.log")" 12
	config '.annotations["run.oci.hooks.stdout"] = "relative"'
	refused annotations.run.oci.hooks.stdout
	config --arg bad "$T/none/file" '.annotations["run.oci.hooks.stdout"] = $bad'
	refused annotations.run.oci.hooks.stdout
}
