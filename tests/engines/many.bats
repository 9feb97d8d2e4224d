# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# many.bats: many containers and many execs, of podman and docker on one host, and nothing is left of them
#
# EXECS, RUNS and PAIRS say how many.
load helpers
: "${EXECS:=50}" "${RUNS:=100}" "${PAIRS:=10}"

setup_file() {
	engine_begin podman conmon dockerd docker || return
	podman_begin && dockerd_begin --iptables=false --ip6tables=false --bridge=none
}

teardown_file() {
	[ -n "${E-}" ] || return 0
	remove_all
	end_daemon dockerd
	engine_end
}

remove_all() {
	podman rm -fa -t 0 >&2
	docker_remove_all
}

# A container of ENGINE that runs until it is removed
sleeper() {
	"$1" run -d --name "$NAME" "$IMAGE" sleep 1000 >/dev/null </dev/null
}

run_of() {
	gives "$2" "$1" run --rm "$IMAGE"
}

# pair NUMBER: a container of each engine, and an exec in it
pair() {
	local engine
	for engine in podman docker; do
		"$engine" run -d --name "$NAME-$1" "$IMAGE" sleep 1000 || return
		gives "$1" "$engine" exec "$NAME-$1" || return
		"$engine" rm -f "$NAME-$1" || return
	done
}

# alone_in ENGINE: no process but its own is left in the container's cgroup
alone_in() {
	local pid
	case $1 in
	podman) pid=$(podman inspect -f '{{.State.Pid}}' "$NAME") ;;
	docker) pid=$(docker inspect -f '{{.State.Pid}}' "$NAME") ;;
	esac
	PID=$pid
	is "$(cat "$(cgroup_dir pids)/cgroup.procs")" "$pid"
}

@test "podman: $EXECS execs at once in one container" {
	sleeper podman
	together "$EXECS" exec_of podman
	wait_for 10 alone_in podman
	podman rm -f -t 0 "$NAME"
}

@test "docker: $EXECS execs at once in one container" {
	sleeper docker
	together "$EXECS" exec_of docker
	wait_for 10 alone_in docker
	docker rm -f "$NAME"
}

@test "podman run --rm: $RUNS in a row" {
	local i
	for i in $(seq "$RUNS"); do
		run_of podman "$((i % 100))"
	done
	is "$(podman ps -aq | wc -l)" 0
}

@test "podman and docker at once: $PAIRS containers of each" {
	together "$PAIRS" pair
}

@test "many: nothing is left of all that" {
	remove_all
	nothing_left
	is "$(find "$E/exec/runtime-runc" -mindepth 2 -maxdepth 2 ! -name '.*')" ""
}
