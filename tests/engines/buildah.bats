# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2030,SC2031
#
# buildah.bats: taper as the runtime of Debian's buildah, with --isolation oci
load helpers

setup_file() {
	local container
	engine_begin buildah script || return
	cat >"$E/containers.conf" <<-END
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
		[network]
		network_config_dir = "$E/net"
		[engine]
		cgroup_manager = "cgroupfs"
		tmp_dir = "$E/tmp"
	END
	storage_begin
	mkdir "$E/net" "$E/scratch"
	export TMPDIR=$E/scratch
	export BUILDAH_ISOLATION=oci BUILDAH_RUNTIME=$TAPER
	container=$(buildah from scratch) &&
		buildah add "$container" "$E/rootfs.tar" / >&2 &&
		buildah config --env PATH=/bin "$container" &&
		buildah commit --rm -q "$container" "$IMAGE" >&2
}

teardown_file() {
	[ -n "${E-}" ] || return 0
	buildah rm --all >&2
	engine_end
}

setup_test() {
	C=$(buildah from "$IMAGE")
}

teardown_test() {
	buildah rm --all >/dev/null
}

buildah() {
	within 60 buildah "$@"
}

# run_in OPTION... COMMAND...: in the test's working container. buildah asks for ambient capabilities that are not
# inheritable, and taper's warning of that would be in the program's standard error. (Another runtime in taper's
# place may not have the option.)
run_in() {
	local quiet=()
	! "$TAPER" --help | grep -q -e --log-level || quiet=(--runtime-flag log-level=error)
	buildah run --network none "${quiet[@]}" "$@"
}

@test "buildah run --isolation oci --runtime PATH" {
	unset BUILDAH_ISOLATION BUILDAH_RUNTIME
	expect 0 buildah run --network none --isolation oci --runtime "$TAPER" "$C" echo hello
	is "$(grep -v '^taper: warning: process.capabilities.ambient' <<<"$output")" hello
}

@test "buildah run: it is taper that runs" {
	printf '#!/bin/sh\necho "$@" >>%s/calls\nexec %s "$@"\n' "$T" "$TAPER" >"$T/runtime"
	chmod 755 "$T/runtime"
	expect 0 run_in --runtime "$T/runtime" "$C" true
	grep -q create "$T/calls"
	grep -q start "$T/calls"
	grep -q delete "$T/calls"
}

@test "buildah run: exit codes" {
	expect 0 run_in "$C" true
	expect 7 run_in "$C" sh -c 'exit 7'
}

@test "buildah run: what cannot be executed" {
	status=0
	run_in "$C" nosuch >"$T/out" 2>&1 </dev/null || status=$?
	[ "$status" -ne 0 ]
	grep "executable file not found in \$PATH" "$T/out"
	status=0
	run_in "$C" /etc/passwd >"$T/out" 2>&1 </dev/null || status=$?
	[ "$status" -ne 0 ]
	grep "permission denied" "$T/out"
}

@test "buildah run: standard input, output and error" {
	is "$(echo some text | run_in "$C" cat)" "some text"
	run_in "$C" sh -c 'echo out; echo err >&2' >"$T/out" 2>"$T/err" </dev/null
	is "$(cat "$T/out")" out
	is "$(cat "$T/err")" err
}

@test "buildah run --terminal" {
	output=$(on_terminal "buildah run --network none --terminal $C sh -c 'tty; test -t 0 && echo yes; exit 5'; echo code \$?")
	has /dev/pts/0
	has yes
	has "code 5"
}

@test "buildah run: user, capabilities, host name, volume" {
	mkdir "$T/dir"
	echo host >"$T/dir/f"
	expect 0 run_in --user 12:34 --hostname somename --cap-drop all -v "$T/dir:/vol:ro" "$C" \
		sh -c 'id -u; id -g; hostname; cat /vol/f; grep CapBnd /proc/self/status'
	is "${lines[*]:0:4}" "12 34 somename host"
}

@test "buildah run: what it changes is in the image" {
	expect 0 run_in "$C" sh -c 'echo made >/made'
	buildah commit -q "$C" localhost/changed >/dev/null
	C=$(buildah from localhost/changed)
	expect 0 run_in "$C" cat /made
	line made
}

@test "buildah bud" {
	mkdir "$T/context"
	echo copied >"$T/context/file"
	printf 'FROM %s\nCOPY file /file\nRUN cat /file && echo built >/made\nUSER 12\nRUN test "$(id -u)" = 12\n' "$IMAGE" \
		>"$T/context/Dockerfile"
	expect 0 buildah bud --network none --isolation oci --runtime "$TAPER" -t localhost/built "$T/context"
	has copied
	C=$(buildah from localhost/built)
	expect 0 run_in "$C" cat /made
	line built
	printf 'FROM %s\nRUN exit 8\n' "$IMAGE" >"$T/context/Dockerfile"
	status=0
	buildah bud --network none "$T/context" >"$T/out" 2>&1 </dev/null || status=$?
	[ "$status" -ne 0 ]
	grep 'exit status 8' "$T/out"
}

@test "buildah run: 10 in a row" {
	local i
	for i in $(seq 10); do
		is "$(run_in "$C" echo "$i" </dev/null)" "$i"
	done
}

@test "buildah: nothing is left of all that" {
	buildah rm --all >/dev/null
	nothing_left
	is "$(find "$E/scratch" -mindepth 1 -maxdepth 1)" ""
}
