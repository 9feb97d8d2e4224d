# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2034
#
# docker.bats: taper as a runtime of Debian's dockerd, and as its default
load helpers
ENGINE=docker

setup_file() {
	engine_begin dockerd docker containerd script || return
	dockerd_begin --iptables=false --ip6tables=false --bridge=none
}

teardown_file() {
	[ -n "${E-}" ] || return 0
	docker_remove_all
	end_daemon dockerd
	engine_end
}

teardown_test() {
	docker_remove_all
}

# exit_code_is CODE
exit_code_is() {
	is "$(docker inspect -f '{{.State.ExitCode}}' "$NAME")" "$1"
}

@test "docker run --runtime NAME, and the default" {
	expect 0 docker info -f '{{json .Runtimes}} {{.DefaultRuntime}}'
	has "\"$TAPER\""
	has '} taper'
	expect 0 docker run --rm --runtime named "$IMAGE" echo hello
	line hello
	expect 0 docker run --rm "$IMAGE" echo hello
	line hello
	docker create --name "$NAME" --runtime named "$IMAGE" true >/dev/null
	is "$(docker inspect -f '{{.HostConfig.Runtime}}' "$NAME")" named
}

@test "docker run: it is taper that runs" {
	sleeper
	is "$("$TAPER" --root "$E/exec/runtime-runc/moby" list -q)" "$(docker inspect -f '{{.Id}}' "$NAME")"
}

@test "docker run gives the program's exit code" {
	expect 0 docker run --rm "$IMAGE" true
	expect 7 docker run --rm "$IMAGE" sh -c 'exit 7'
	expect 137 docker run --rm --init "$IMAGE" sh -c 'kill -KILL $$'
}

@test "docker run: a missing command is 127" {
	expect 127 docker run --rm "$IMAGE" nosuch
	has "executable file not found"
	expect 127 docker run --rm "$IMAGE" /no/such
	has "no such file or directory"
}

@test "docker run: what cannot be executed is 126" {
	expect 126 docker run --rm "$IMAGE" /etc/passwd
	has "permission denied"
	expect 126 docker run --rm "$IMAGE" /etc
}

@test "docker run: a failure of the runtime is 125, with taper's words" {
	expect 125 docker run --rm --sysctl net.ipv4.ip_forward=words "$IMAGE" true
	has 'linux.sysctl.net.ipv4.ip_forward: set the sysctl net/ipv4/ip_forward to "words"'
	is "$(docker ps -aq | wc -l)" 0
}

@test "docker run: standard input, output and error" {
	is "$(echo some text | docker run -i --rm "$IMAGE" cat)" "some text"
	docker run --rm "$IMAGE" sh -c 'echo out; echo err >&2' >"$T/out" 2>"$T/err" </dev/null
	is "$(cat "$T/out")" out
	is "$(cat "$T/err")" err
}

@test "docker run -it: a terminal, and its size" {
	output=$(on_terminal "stty rows 33 cols 77; /usr/bin/docker run -it --rm $IMAGE \
		sh -c 'tty; test -t 0 && test -t 2 && echo yes; sleep 0.5; stty size; exit 5'; echo code \$?")
	has /dev/pts/0
	has yes
	has "33 77"
	has "code 5"
}

@test "docker run --init" {
	sleeper --init
	expect 0 docker exec "$NAME" cat /proc/1/comm
	[[ $output == *init* || $output == tini ]]
}

@test "docker run: user, groups, directory, environment, host name" {
	expect 0 docker run --rm --user 12:34 --group-add 56 --workdir /tmp --env A=b --hostname somename "$IMAGE" \
		sh -c 'id -u; id -g; id -G; pwd; echo $A; hostname'
	is "${lines[*]}" "12 34 34 56 /tmp b somename"
}

@test "docker run: capabilities, seccomp, no new privileges" {
	expect 0 docker run --rm --cap-drop all --cap-add kill --security-opt no-new-privileges "$IMAGE" \
		grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
	is "$(tr -s '\t\n' ' ' <<<"$output")" "CapEff: 0000000000000020 CapBnd: 0000000000000020 NoNewPrivs: 1 Seccomp: 2 "
	expect 0 docker run --rm --security-opt seccomp=unconfined "$IMAGE" grep Seccomp: /proc/self/status
	has 0
}

@test "docker run: limits, sysctl, shm size, device" {
	expect 0 docker run --rm --ulimit nofile=100:200 --sysctl net.ipv4.ip_forward=1 --shm-size 5m \
		--device /dev/null:/dev/other:rw "$IMAGE" sh -c '
		ulimit -n; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward; stat -c "%t %T" /dev/other; echo x >/dev/other
		df -k /dev/shm'
	is "${lines[*]:0:4}" "100 200 1 1 3"
	has 5120
}

@test "docker run: namespaces of the host and of another container" {
	expect 0 docker run --rm --pid host --network host --uts host --ipc host "$IMAGE" \
		sh -c 'for n in pid net uts ipc; do readlink /proc/self/ns/$n; done'
	is "${lines[*]}" "$(for n in pid net uts ipc; do readlink /proc/self/ns/$n; done | xargs)"
	sleeper
	expect 0 docker run --rm --pid "container:$NAME" --network "container:$NAME" "$IMAGE" \
		sh -c 'readlink /proc/1/ns/net; readlink /proc/self/ns/net'
	is "${lines[0]}" "${lines[1]}"
}

@test "docker run: volumes, tmpfs, read-only root" {
	mkdir "$T/dir"
	echo host >"$T/dir/f"
	expect 0 docker run --rm -v "$T/dir:/vol" "$IMAGE" sh -c 'cat /vol/f; echo inside >/vol/g'
	line host
	is "$(cat "$T/dir/g")" inside
	expect 1 docker run --rm -v "$T/dir:/vol:ro" "$IMAGE" touch /vol/h
	has "Read-only"
	docker run --rm -v "$NAME:/vol" "$IMAGE" sh -c 'echo kept >/vol/f'
	expect 0 docker run --rm -v "$NAME:/vol" "$IMAGE" cat /vol/f
	line kept
	docker volume rm "$NAME"
	expect 0 docker run --rm --read-only --tmpfs /scratch:size=1m "$IMAGE" sh -c '
		touch /scratch/a && echo yes; touch /a 2>&1; df -k /scratch | tail -n 1'
	has yes
	has "Read-only"
	has 1024
}

# ---- cgroups ----

@test "docker run: limits of memory, processes, cpu" {
	local dir
	sleeper --memory 64m --pids-limit 20 --cpus 0.5 --cpuset-cpus 0
	dir=$(cgroup_dir memory)
	is "$(cat "$dir/memory.limit_in_bytes" 2>/dev/null || cat "$dir/memory.max")" 67108864
	is "$(cat "$(cgroup_dir pids)/pids.max")" 20
	dir=$(cgroup_dir cpu)
	is "$(cat "$dir/cpu.cfs_quota_us" 2>/dev/null || cut -d ' ' -f 1 "$dir/cpu.max")" 50000
	is "$(cat "$(cgroup_dir cpuset)/cpuset.cpus")" 0
	expect 0 docker exec "$NAME" sh -c '(for i in $(seq 30); do sleep 1 & done) 2>&1; true'
	has "can't fork"
}

@test "docker run --memory: death for want of memory is told" {
	expect 137 docker run --name "$NAME" --memory 16m --memory-swap 16m "$IMAGE" tail /dev/zero
	is "$(docker inspect -f '{{.State.OOMKilled}}' "$NAME")" true
}

@test "docker update" {
	local dir
	sleeper --memory 64m
	expect 0 docker update --memory 32m --cpus 0.25 --pids-limit 30 --restart no "$NAME"
	dir=$(cgroup_dir memory)
	is "$(cat "$dir/memory.limit_in_bytes" 2>/dev/null || cat "$dir/memory.max")" 33554432
	dir=$(cgroup_dir cpu)
	is "$(cat "$dir/cpu.cfs_quota_us" 2>/dev/null || cut -d ' ' -f 1 "$dir/cpu.max")" 25000
	is "$(cat "$(cgroup_dir pids)/pids.max")" 30
}

# ---- exec ----

@test "docker exec: output, input, exit codes" {
	sleeper
	expect 0 docker exec "$NAME" echo hello
	line hello
	is "$(echo text | docker exec -i "$NAME" cat)" text
	expect 7 docker exec "$NAME" sh -c 'exit 7'
}

@test "docker exec: 126 and 127" {
	# docker 20.10 says 126 of all that, whatever the runtime; later ones make 127 of the same texts.
	local missing=127
	[[ $(docker version -f '{{.Server.Version}}') != 20.* ]] || missing=126
	sleeper
	expect $missing docker exec "$NAME" nosuch
	has "executable file not found in \$PATH"
	expect $missing docker exec "$NAME" /no/such
	has "no such file or directory"
	expect 126 docker exec "$NAME" /etc/passwd
	expect 126 docker exec "$NAME" /etc
}

@test "docker exec -it: a terminal" {
	sleeper
	output=$(on_terminal "/usr/bin/docker exec -it $NAME sh -c 'tty; test -t 0 && echo yes; exit 6'; echo code \$?")
	has /dev/pts/
	has yes
	has "code 6"
}

@test "docker exec: user, directory, environment, detached" {
	sleeper
	expect 0 docker exec --user 12:34 --workdir /tmp --env A=b "$NAME" sh -c 'id -u; id -g; pwd; echo $A'
	is "${lines[*]}" "12 34 /tmp b"
	expect 0 docker exec -d "$NAME" sh -c 'echo x >/tmp/done; sleep 100'
	wait_for 10 docker exec "$NAME" test -e /tmp/done
}

@test "docker exec: 20 at once" {
	sleeper
	SLOW=0.2 together 20 exec_of docker
}

# ---- the container's life ----

@test "docker create, start, attach, wait" {
	docker create -i --name "$NAME" "$IMAGE" sh -c 'read x; echo "got $x"; exit 4' >/dev/null
	state_is created
	status=0
	output=$(echo word | docker start -ai "$NAME") || status=$?
	line got word
	is "$status" 4
	expect 0 docker wait "$NAME"
	line 4
}

@test "docker stop, kill: exit codes" {
	sleeper
	expect 0 docker stop -t 20 "$NAME"
	exit_code_is 3
	docker start "$NAME" >/dev/null
	expect 0 docker kill "$NAME"
	wait_for 20 state_is exited
	exit_code_is 137
	expect 1 docker kill "$NAME"
	has "is not running"
}

@test "docker stop: KILL after the time" {
	docker run -d --name "$NAME" "$IMAGE" sh -c 'trap "" TERM; echo ready; while :; do sleep 1; done' >/dev/null
	wait_for 20 ready
	expect 0 docker stop -t 1 "$NAME"
	exit_code_is 137
}

@test "docker restart; restart policy" {
	sleeper
	expect 0 docker restart -t 5 "$NAME"
	state_is running
	docker run -d --restart on-failure:2 --name "$NAME-r" "$IMAGE" sh -c 'echo once; exit 9' >/dev/null
	wait_for 30 eval '[ "$(docker logs $NAME-r | grep -c once)" = 3 ] && state_is exited $NAME-r'
	is "$(docker inspect -f '{{.RestartCount}}' "$NAME-r")" 2
}

@test "docker pause, unpause" {
	sleeper
	expect 0 docker pause "$NAME"
	state_is paused
	expect 1 docker exec "$NAME" true
	has paused
	expect 0 docker unpause "$NAME"
	state_is running
	expect 0 docker exec "$NAME" true
}

@test "docker rm -f of a running and of a paused container" {
	sleeper
	expect 0 docker rm -f "$NAME"
	sleeper
	docker pause "$NAME" >/dev/null
	expect 0 docker rm -f "$NAME"
	is "$(docker ps -aq | wc -l)" 0
}

@test "docker logs, top, stats, events" {
	sleeper
	expect 0 docker logs "$NAME"
	line ready
	expect 0 docker top "$NAME" -o pid,comm
	has sh
	expect 0 docker stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' "$NAME"
	[[ $output =~ ^[1-9]\ [1-9] ]]
	docker stop "$NAME" >/dev/null
	wait_for 10 eval 'docker events --since 5m --until 0s --filter container=$NAME --format {{.Status}} >$T/events &&
		grep -q start "$T/events" && grep -q die "$T/events"'
}

@test "docker: health checks" {
	sleeper --health-cmd 'test -e /tmp/healthy' --health-interval 200ms --health-retries 1000
	docker exec "$NAME" touch /tmp/healthy
	wait_for 30 eval '[ "$(docker inspect -f "{{.State.Health.Status}}" "$NAME")" = healthy ]'
}

@test "docker cp, diff, commit" {
	sleeper
	echo content >"$T/f"
	docker cp "$T/f" "$NAME:/tmp/f"
	expect 0 docker exec "$NAME" cat /tmp/f
	line content
	docker cp "$NAME:/tmp/f" "$T/g"
	cmp "$T/f" "$T/g"
	expect 0 docker diff "$NAME"
	has "A /tmp/f"
	docker commit "$NAME" localhost/committed >/dev/null
	expect 0 docker run --rm localhost/committed cat /tmp/f
	line content
}

@test "docker build" {
	mkdir "$T/context"
	printf 'FROM %s\nRUN echo built >/made\nRUN test "$(cat /made)" = built\nCMD cat /made\n' "$IMAGE" \
		>"$T/context/Dockerfile"
	DOCKER_BUILDKIT=0 expect 0 docker build --network none -t localhost/built "$T/context"
	expect 0 docker run --rm localhost/built
	line built
}

@test "docker run --rm: 20 in a row" {
	local i
	for i in $(seq 20); do
		is "$(docker run --rm "$IMAGE" echo "$i")" "$i"
	done
	is "$(docker ps -aq | wc -l)" 0
}

@test "docker: nothing is left of all that" {
	docker_remove_all
	nothing_left
	is "$("$TAPER" --root "$E/exec/runtime-runc/moby" list -q)" ""
}
