# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2034
#
# podman.bats: taper as the runtime of Debian's podman
load helpers
ENGINE=podman

setup_file() {
	engine_begin podman conmon script || return
	mkdir "$E/hooks"
	podman_begin
}

teardown_file() {
	[ -n "${E-}" ] || return 0
	podman pod rm -fa -t 0 >&2
	podman rm -fa -t 0 >&2
	engine_end
}

teardown_test() {
	podman rm -f -t 0 -a >/dev/null
}

# ---- run ----

@test "podman run --runtime PATH" {
	expect 0 podman --runtime "$TAPER" run --rm "$IMAGE" echo hello
	line hello
	podman --runtime "$TAPER" create --name "$NAME" "$IMAGE" true >/dev/null
	is "$(podman inspect -f '{{.OCIRuntime}}' "$NAME")" "$TAPER"
}

@test "podman run, the runtime named in containers.conf" {
	is "$(podman info -f '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}')" "taper $TAPER"
	expect 0 podman run --rm "$IMAGE" echo hello
	line hello
}

@test "podman run: it is taper that runs" {
	local id
	sleeper
	id=$(podman inspect -f '{{.Id}}' "$NAME")
	is "$("$TAPER" state "$id" | jq -r '"\(.status) \(.pid)"')" "running $PID"
}

@test "podman run gives the program's exit code" {
	expect 0 podman run --rm "$IMAGE" true
	expect 7 podman run --rm "$IMAGE" sh -c 'exit 7'
	expect 137 podman run --rm --init "$IMAGE" sh -c 'kill -KILL $$'
}

@test "podman run: a missing command is 127" {
	expect 127 podman run --rm "$IMAGE" nosuch
	has "not found"
	expect 127 podman run --rm "$IMAGE" /no/such
	has "o such file or directory"
	expect 127 podman --runtime "$TAPER" run --rm "$IMAGE" nosuch
}

@test "podman run: what cannot be executed is 126" {
	expect 126 podman run --rm "$IMAGE" /etc/passwd
	has "ermission denied"
	expect 126 podman run --rm "$IMAGE" /etc
	expect 126 podman --runtime "$TAPER" run --rm "$IMAGE" /etc/passwd
}

@test "podman run: an error of the runtime is 126 or less, with taper's text" {
	status=0
	podman run --rm --sysctl kernel.nosuch=1 "$IMAGE" true >"$T/out" 2>&1 </dev/null || status=$?
	[ "$status" -ne 0 ]
	grep -i nosuch "$T/out"
}

@test "podman run: standard input, output and error" {
	is "$(echo some text | podman run -i --rm "$IMAGE" cat)" "some text"
	podman run --rm "$IMAGE" sh -c 'echo out; echo err >&2' >"$T/out" 2>"$T/err" </dev/null
	is "$(cat "$T/out")" out
	is "$(cat "$T/err")" err
}

@test "podman run -it: a terminal" {
	output=$(on_terminal "podman run -it --rm $IMAGE sh -c 'tty; test -t 0 && test -t 2 && echo yes; exit 5'; echo code \$?")
	has /dev/pts/0
	has yes
	has "code 5"
}

@test "podman run -t: the size of the terminal follows" {
	output=$(on_terminal "stty rows 33 cols 77; podman run -it --rm $IMAGE sh -c 'sleep 0.5; stty size'")
	has "33 77"
}

@test "podman run --init: pid 1 reaps" {
	sleeper --init
	expect 0 podman exec "$NAME" cat /proc/1/comm
	[[ $output == catatonit || $output == podman-init ]]
}

@test "podman run: user, groups, directory, environment, host name" {
	expect 0 podman run --rm --user 12:34 --group-add 56 --workdir /tmp --env A=b --hostname somename "$IMAGE" \
		sh -c 'id -u; id -g; id -G; pwd; echo $A; hostname'
	is "${lines[*]}" "12 34 34 56 /tmp b somename"
}

@test "podman run: capabilities" {
	expect 0 podman run --rm --cap-drop all --cap-add kill "$IMAGE" grep CapEff /proc/self/status
	has 0000000000000020
	expect 0 podman run --rm --cap-drop all "$IMAGE" grep CapBnd /proc/self/status
	has 0000000000000000
}

@test "podman run --privileged" {
	expect 0 podman run --rm --privileged "$IMAGE" sh -c 'mount -t tmpfs none /mnt && grep /mnt /proc/mounts'
	has tmpfs
}

@test "podman run: the seccomp filter of the engine is in force" {
	expect 0 podman run --rm "$IMAGE" grep Seccomp: /proc/self/status
	has 2
	expect 0 podman run --rm --security-opt seccomp=unconfined "$IMAGE" grep Seccomp: /proc/self/status
	has 0
	cat >"$T/profile" <<-END
		{ "defaultAction": "SCMP_ACT_ALLOW",
		  "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95 }] }
	END
	expect 1 podman run --rm --security-opt seccomp="$T/profile" "$IMAGE" mkdir /tmp/a
	has "not supported"
}

@test "podman run: no new privileges, limits, sysctl, shm size" {
	expect 0 podman run --rm --security-opt no-new-privileges --ulimit nofile=100:200 --ulimit nproc=1000:1000 \
		--sysctl net.ipv4.ip_forward=1 --shm-size 5m "$IMAGE" sh -c '
		grep NoNewPrivs /proc/self/status; ulimit -n; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward; df -k /dev/shm'
	has "NoNewPrivs:	1"
	is "${lines[*]:1:3}" "100 200 1"
	has 5120
}

@test "podman run --device" {
	expect 0 podman run --rm --device /dev/null:/dev/other:rw "$IMAGE" sh -c 'echo x >/dev/other; stat -c "%t %T" /dev/other'
	line 1 3
}

@test "podman run: namespaces of the host" {
	expect 0 podman run --rm --pid host --network host --uts host --ipc host "$IMAGE" \
		sh -c 'for n in pid net uts ipc mnt; do readlink /proc/self/ns/$n; done'
	is "${lines[*]:0:4}" "$(for n in pid net uts ipc; do readlink /proc/self/ns/$n; done | xargs)"
	[ "${lines[4]}" != "$(readlink /proc/self/ns/mnt)" ]
}

@test "podman run: namespaces of another container" {
	sleeper
	expect 0 podman run --rm --pid "container:$NAME" --network "container:$NAME" "$IMAGE" \
		sh -c 'readlink /proc/1/ns/net; readlink /proc/self/ns/net'
	is "${lines[0]}" "${lines[1]}"
	is "${lines[0]}" "$(readlink "/proc/$PID/ns/net")"
}

@test "podman run --preserve-fds" {
	echo through >"$T/f"
	output=$(timeout 60 podman run --rm --preserve-fds 1 "$IMAGE" sh -c 'cat <&3' 3<"$T/f")
	line through
}

@test "podman run --hooks-dir" {
	cat >"$E/hooks/hook.json" <<-END
		{ "version": "1.0.0", "when": { "always": true }, "stages": ["prestart", "poststop"],
		  "hook": { "path": "/bin/sh", "args": ["sh", "-c", "cat >>$T/states; echo >>$T/states"] } }
	END
	expect 0 podman --hooks-dir "$E/hooks" run --rm "$IMAGE" true
	wait_for 10 grep -q stopped "$T/states"
	jq -r .status "$T/states" >"$T/statuses"
	is "$(xargs <"$T/statuses")" "creating stopped"
}

# ---- cgroups ----

@test "podman: the cgroups are the container's own, in the host's view as it is" {
	local id
	sleeper
	id=$(podman inspect -f '{{.Id}}' "$NAME")
	cat "/proc/$PID/cgroup"
	for controller in memory pids cpu cpuset devices freezer; do
		cgroup_dir $controller >"$T/dir" || continue
		grep "libpod-$id" "$T/dir"
	done
	[ -s "$T/dir" ]
	# with v1 and v2 at once: in v2's too, where it has only the controllers that v1 has left
	if grep -q ' - cgroup2 ' /proc/self/mountinfo; then
		grep "^0::.*libpod-$id" "/proc/$PID/cgroup"
	fi
}

@test "podman run --pids-limit" {
	sleeper --pids-limit 20
	is "$(cat "$(cgroup_dir pids)/pids.max")" 20
	run podman exec "$NAME" sh -c 'for i in $(seq 30); do sleep 1 & done 2>&1; true' </dev/null
	has "can't fork"
}

@test "podman run --memory" {
	local dir
	sleeper --memory 64m
	dir=$(cgroup_dir memory)
	is "$(cat "$dir/memory.limit_in_bytes" 2>/dev/null || cat "$dir/memory.max")" 67108864
}

@test "podman run --memory: death for want of memory is 137" {
	expect 137 podman run --rm --memory 16m --memory-swap 16m "$IMAGE" tail /dev/zero
}

@test "podman run --cpus, --cpuset-cpus, --cpu-shares" {
	local dir
	sleeper --cpus 0.5 --cpuset-cpus 0 --cpu-shares 512
	dir=$(cgroup_dir cpu)
	is "$(cat "$dir/cpu.cfs_quota_us" 2>/dev/null || cut -d ' ' -f 1 "$dir/cpu.max")" 50000
	is "$(cat "$(cgroup_dir cpuset)/cpuset.cpus")" 0
}

@test "podman update" {
	local dir
	sleeper --memory 64m
	expect 0 podman update --memory 32m --cpus 0.25 "$NAME"
	dir=$(cgroup_dir memory)
	is "$(cat "$dir/memory.limit_in_bytes" 2>/dev/null || cat "$dir/memory.max")" 33554432
	dir=$(cgroup_dir cpu)
	is "$(cat "$dir/cpu.cfs_quota_us" 2>/dev/null || cut -d ' ' -f 1 "$dir/cpu.max")" 25000
}

@test "podman run --cgroups disabled; --cgroupns" {
	expect 0 podman run --rm --cgroups disabled "$IMAGE" cat /proc/self/cgroup
	lacks libpod
	expect 0 podman run --rm --cgroupns private "$IMAGE" cat /proc/self/cgroup
	lacks libpod
	expect 0 podman run --rm --cgroupns host "$IMAGE" cat /proc/self/cgroup
	has libpod
}

# ---- exec ----

@test "podman exec: output, input, exit codes" {
	sleeper
	expect 0 podman exec "$NAME" echo hello
	line hello
	is "$(echo text | podman exec -i "$NAME" cat)" text
	expect 7 podman exec "$NAME" sh -c 'exit 7'
}

@test "podman exec: 126 and 127" {
	sleeper
	expect 127 podman exec "$NAME" nosuch
	expect 127 podman exec "$NAME" /no/such
	expect 126 podman exec "$NAME" /etc/passwd
	expect 126 podman exec "$NAME" /etc
}

@test "podman exec -it: a terminal" {
	sleeper
	output=$(on_terminal "podman exec -it $NAME sh -c 'tty; test -t 0 && echo yes; exit 6'; echo code \$?")
	has /dev/pts/
	has yes
	has "code 6"
}

@test "podman exec: user, directory, environment, privileges" {
	sleeper
	expect 0 podman exec --user 12:34 --workdir /tmp --env A=b "$NAME" sh -c 'id -u; id -g; pwd; echo $A'
	is "${lines[*]}" "12 34 /tmp b"
	expect 0 podman exec --privileged "$NAME" sh -c 'mount -t tmpfs none /mnt && echo mounted'
	line mounted
}

@test "podman exec -d" {
	sleeper
	podman exec -d "$NAME" sh -c 'echo x >/tmp/done; sleep 100' </dev/null
	wait_for 10 podman exec "$NAME" test -e /tmp/done
}

# ---- the container's life ----

@test "podman create, start, attach, wait" {
	podman create -i --name "$NAME" "$IMAGE" sh -c 'read x; echo "got $x"; exit 4' >/dev/null
	state_is created
	status=0
	output=$(echo word | podman start -ai "$NAME") || status=$?
	line got word
	is "$status" 4
	expect 0 podman wait "$NAME"
	line 4
}

@test "podman stop: the program's own way to end" {
	sleeper
	expect 0 podman stop -t 20 "$NAME"
	is "$(podman inspect -f '{{.State.ExitCode}}' "$NAME")" 3
}

@test "podman stop: KILL after the time" {
	podman run -d --name "$NAME" "$IMAGE" sh -c 'trap "" TERM; echo ready; while :; do sleep 1; done' >/dev/null
	wait_for 20 ready
	expect 0 podman stop -t 1 "$NAME"
	is "$(podman inspect -f '{{.State.ExitCode}}' "$NAME")" 137
}

@test "podman kill" {
	sleeper
	expect 0 podman kill -s TERM "$NAME"
	wait_for 20 state_is exited
	is "$(podman inspect -f '{{.State.ExitCode}}' "$NAME")" 3
	podman start "$NAME" >/dev/null
	expect 0 podman kill "$NAME"
	wait_for 20 state_is exited
	is "$(podman inspect -f '{{.State.ExitCode}}' "$NAME")" 137
	status=0
	podman kill "$NAME" >"$T/out" 2>&1 || status=$?
	is "$status" 125
}

@test "podman restart; restart policy" {
	sleeper
	expect 0 podman restart -t 5 "$NAME"
	state_is running
	podman run -d --restart on-failure:2 --name "$NAME-r" "$IMAGE" sh -c 'echo once; exit 9' >/dev/null </dev/null
	wait_for 30 eval '[ "$(podman logs $NAME-r | grep -c once)" = 3 ] && state_is exited $NAME-r'
}

@test "podman pause, unpause" {
	sleeper
	expect 0 podman pause "$NAME"
	state_is paused
	is "$(podman ps -q --filter status=paused | wc -l)" 1
	expect 0 podman unpause "$NAME"
	state_is running
	expect 0 podman exec "$NAME" true
}

@test "podman rm -f of a running and of a paused container" {
	sleeper
	expect 0 podman rm -f -t 0 "$NAME"
	sleeper
	podman pause "$NAME" >/dev/null
	expect 0 podman rm -f -t 0 "$NAME"
	expect 1 podman container exists "$NAME"
}

@test "podman logs, top, stats, events" {
	sleeper
	expect 0 podman logs "$NAME"
	line ready
	expect 0 podman top "$NAME" pid comm
	has sh
	expect 0 podman stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' "$NAME"
	[[ $output =~ ^[1-9]\ [1-9] ]]
	podman stop "$NAME" >/dev/null
	expect 0 podman events --stream=false --filter "container=$NAME" --format '{{.Status}}'
	has start
	has died
}

@test "podman healthcheck run" {
	sleeper --health-cmd 'test -e /tmp/healthy' --health-interval disable
	expect 1 podman healthcheck run "$NAME"
	podman exec "$NAME" touch /tmp/healthy
	expect 0 podman healthcheck run "$NAME"
	is "$(podman inspect -f '{{.State.Health.Status}}' "$NAME")" healthy
}

@test "podman cp, diff, commit" {
	sleeper
	echo content >"$T/f"
	podman cp "$T/f" "$NAME:/tmp/f"
	expect 0 podman exec "$NAME" cat /tmp/f
	line content
	podman cp "$NAME:/tmp/f" "$T/g"
	cmp "$T/f" "$T/g"
	expect 0 podman diff "$NAME"
	has "A /tmp/f"
	expect 0 podman commit -q "$NAME" localhost/committed
	expect 0 podman run --rm localhost/committed cat /tmp/f
	line content
}

# ---- storage ----

@test "podman: volumes" {
	mkdir "$T/dir"
	echo host >"$T/dir/f"
	expect 0 podman run --rm -v "$T/dir:/vol" "$IMAGE" sh -c 'cat /vol/f; echo inside >/vol/g'
	line host
	is "$(cat "$T/dir/g")" inside
	expect 1 podman run --rm -v "$T/dir:/vol:ro" "$IMAGE" touch /vol/h
	has "Read-only"
	expect 0 podman run --rm -v "$T/dir/f:/etc/one" "$IMAGE" cat /etc/one
	line host
	podman run --rm -v "$NAME:/vol" "$IMAGE" sh -c 'echo kept >/vol/f'
	expect 0 podman run --rm -v "$NAME:/vol" "$IMAGE" cat /vol/f
	line kept
	podman volume rm "$NAME"
}

@test "podman: tmpfs, read-only root, propagation" {
	expect 0 podman run --rm --read-only --tmpfs /scratch:size=1m "$IMAGE" sh -c '
		touch /scratch/a && echo yes; touch /a 2>&1; df -k /scratch | tail -n 1'
	has yes
	has "Read-only"
	has 1024
	expect 0 podman run --rm --mount "type=bind,src=$T,dst=/vol,bind-propagation=rslave" "$IMAGE" \
		grep ' /vol ' /proc/self/mountinfo
	lacks shared:
}

@test "podman: user namespaces" {
	sleeper --uidmap 0:100000:65536 --gidmap 0:200000:65536
	is "$(awk '/^Uid:/ { print $2 }' "/proc/$PID/status")" 100000
	is "$(awk '/^Gid:/ { print $2 }' "/proc/$PID/status")" 200000
	expect 0 podman exec "$NAME" sh -c 'id -u; stat -c %u /bin/busybox; cat /proc/self/uid_map'
	is "${lines[*]:0:2}" "0 0"
	has 100000
	expect 0 podman exec -it --user 5 "$NAME" id -u
	has 5
}

# ---- pods ----

@test "podman pod: containers that share, stop, start, rm" {
	podman pod create --network none --name "$NAME-p" >/dev/null
	podman run -d --pod "$NAME-p" --name "$NAME-a" "$IMAGE" sh -c 'echo from a >/dev/shm/x; exec sleep 1000' >/dev/null
	podman run -d --pod "$NAME-p" --name "$NAME-b" "$IMAGE" sleep 1000 >/dev/null
	wait_for 10 podman exec "$NAME-b" test -s /dev/shm/x
	is "$(podman exec "$NAME-a" readlink /proc/self/ns/net)" "$(podman exec "$NAME-b" readlink /proc/self/ns/net)"
	[ "$(podman exec "$NAME-a" readlink /proc/self/ns/pid)" != "$(podman exec "$NAME-b" readlink /proc/self/ns/pid)" ]
	expect 0 podman pod pause "$NAME-p"
	expect 0 podman pod unpause "$NAME-p"
	expect 0 podman pod stop -t 1 "$NAME-p"
	expect 0 podman pod start "$NAME-p"
	is "$(podman ps -q --filter "pod=$NAME-p" | wc -l)" 3
	expect 0 podman pod stats --no-stream "$NAME-p"
	expect 0 podman pod rm -f -t 0 "$NAME-p"
}

@test "podman play kube" {
	cat >"$T/pod.yaml" <<-END
		apiVersion: v1
		kind: Pod
		metadata:
		  name: $NAME
		spec:
		  containers:
		  - name: one
		    image: $IMAGE
		    command: ["sh", "-c", "echo one; exec sleep 1000"]
		    resources: { limits: { memory: 64Mi, cpu: 500m } }
		    securityContext: { runAsUser: 12, capabilities: { drop: [ALL] } }
		  - name: two
		    image: $IMAGE
		    command: ["sleep", "1000"]
	END
	expect 0 podman play kube --network none "$T/pod.yaml"
	wait_for 20 eval '[ "$(podman logs "$NAME-one")" = one ]'
	expect 0 podman exec "$NAME-one" sh -c 'id -u; grep CapBnd /proc/self/status'
	is "${lines[0]}" 12
	has 0000000000000000
	expect 0 podman play kube --down "$T/pod.yaml"
	expect 1 podman pod exists "$NAME"
}

# ---- build ----

@test "podman build" {
	mkdir "$T/context"
	printf 'FROM %s\nRUN echo built >/made\nRUN test "$(cat /made)" = built\nCMD cat /made\n' "$IMAGE" \
		>"$T/context/Dockerfile"
	BUILDAH_ISOLATION=oci expect 0 podman build --network none -t localhost/built "$T/context"
	expect 0 podman run --rm localhost/built
	line built
	printf 'FROM %s\nRUN exit 8\n' "$IMAGE" >"$T/context/Dockerfile"
	status=0
	BUILDAH_ISOLATION=oci podman build --network none "$T/context" >"$T/out" 2>&1 </dev/null || status=$?
	[ "$status" -ne 0 ]
	grep 'exit status 8' "$T/out"
}

# ---- many ----

@test "podman run --rm: 6 at once" {
	local i pids=()
	for i in $(seq 6); do
		podman run --rm "$IMAGE" sh -c "echo $i; exit $i" >"$T/out$i" 2>"$T/err$i" </dev/null &
		pids+=($!)
	done
	for i in $(seq 6); do
		status=0
		wait "${pids[i - 1]}" || status=$?
		is "$status $(cat "$T/out$i")" "$i $i" || { cat "$T/err$i"; return 1; }
	done
}

# ---- a user ----

# as_user COMMAND: a shell command of a user with subordinate ids, who exists in this mount namespace alone
as_user() {
	within 90 unshare --mount sh -c '
		for f in passwd group subuid subgid; do mount --bind "$E/user/$f" "/etc/$f" || exit; done
		unset CONTAINERS_CONF CONTAINERS_STORAGE_CONF
		cd "$E/user/home" && exec setpriv --reuid 4711 --regid 4711 --clear-groups env -i PATH="$PATH" PODMAN_IGNORE_CGROUPSV1_WARNING=1 \
			HOME="$E/user/home" USER=tapeuser XDG_RUNTIME_DIR="$E/user/run" TAPER="$TAPER" E="$E" sh -c "$1"
	' sh "$1" </dev/null
}

@test "podman without privileges" {
	mkdir -p "$E/user/home" "$E/user/run"
	(cat /etc/passwd; echo "tapeuser:x:4711:4711::$E/user/home:/bin/sh") >"$E/user/passwd"
	(cat /etc/group; echo "tapeuser:x:4711:") >"$E/user/group"
	echo tapeuser:500000:65536 | tee "$E/user/subuid" >"$E/user/subgid"
	cp "$E/rootfs.tar" "$E/user/"
	chown -R 4711:4711 "$E/user/home" "$E/user/run"
	chmod 700 "$E/user/run"
	output=$(as_user '
		p() { podman --runtime "$TAPER" --cgroup-manager cgroupfs --storage-driver vfs "$@"; }
		p import -q -c "ENV PATH=/bin" $E/user/rootfs.tar localhost/busybox >/dev/null
		p run --rm --network none localhost/busybox sh -c "id -u; exit 7"; echo code $?
		p run -d --network none --name c localhost/busybox sh -c "trap exit TERM; while :; do sleep 0.1; done" >/dev/null
		p exec c sh -c "echo exec; cat /proc/self/uid_map"
		p run --rm --network none localhost/busybox nosuch; echo code $?
		p stop -t 10 c >/dev/null; echo stop $?
		p rm -f c >/dev/null; echo rm $?
		p unshare rm -rf $E/user/home/.local $E/user/home/.config
		cat $E/user/run/libpod/tmp/pause.pid
	' 2>&1) || true
	echo "$output"
	kill "$(tail -n 1 <<<"$output")"
	[[ $output == *$'0\ncode 7\nexec'* ]]
	has 500000
	has "code 127"
	has "stop 0"
	has "rm 0"
}

@test "podman: nothing is left of all that" {
	podman rm -fa -t 0
	nothing_left
}
