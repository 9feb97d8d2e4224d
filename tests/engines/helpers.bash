# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2034,SC2013
#
# helpers.bash: what the suites of engines share (load helpers)
#
# A suite has one engine with directories and sockets of its own, below E, and one image, from busybox:
#	E       a directory whose name occurs nowhere else; engine_begin makes it, engine_end removes it
#	IMAGE   the name of the image
#	T       a directory of the test's own, in E
#	NAME    a name for the test's container; others begin with it
# Each suite ends with a test that nothing is left (nothing_left). What the engine itself leaves, such as the
# parent of its cgroups, engine_end removes.

load ../integration/helpers
IMAGE=localhost/busybox

# engine_begin PROGRAM...: for setup_file
engine_begin() {
	local program
	for program in "$@" jq; do
		command -v "$program" >/dev/null || {
			echo "$program is not installed; tests/engines/install does that"
			return 1
		}
	done
	[ "$(id -u)" -eq 0 ] || { echo "the engines need root"; return 1; }
	[ -x "$TAPER" ] || { echo "$TAPER is not built"; return 1; }
	sh "$SRCDIR/tests/lib/rootfs" "$BUILDDIR/tests/rootfs" || return
	E=$(mktemp -d /tmp/tape-XXXXXXXX) || return
	export E TAPER
	chmod 755 "$E"
	tar -C "$BUILDDIR/tests/rootfs" -cf "$E/rootfs.tar" . || return
	cgroups >"$E/cgroups"
	states >"$E/states"
	namespaces >"$E/namespaces"
}

# engine_end: for teardown_file, when all containers and daemons are gone
engine_end() {
	local mount dir
	[ -n "${E-}" ] || return 0
	for mount in $(awk -v dir="$E/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r); do
		umount -l "$mount"
	done
	for dir in $(cgroups | sort -r | comm -23 - <(sort -r "$E/cgroups")); do
		rmdir "$dir" 2>/dev/null
	done
	rm -rf --one-file-system "$E"
}

setup() {
	NAME=t$BATS_TEST_NUMBER
	T=$E/$NAME
	mkdir -p "$T"
	cd "$T" || return
	if [ "$(type -t setup_test)" = function ]; then
		setup_test
	fi
}

teardown() {
	if [ "$(type -t teardown_test)" = function ]; then
		teardown_test
	fi
}

# within SECONDS COMMAND...: that is how long it may take, and it holds no pipe that bats waits for
within() {
	timeout --foreground -k 5 "$1" "${@:2}" 3>&-
}

# on_terminal COMMAND: a shell command whose standard streams are a terminal
on_terminal() {
	within 60 script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

# line WORD...: $output is this
line() {
	is "$output" "$*"
}

# fails COMMAND...: wait_for's opposite
fails() {
	! "$@"
}

# daemon NAME COMMAND...: start one in the background; $E/NAME.pid and $E/NAME.log
daemon() {
	local name=$1
	shift
	"$@" >"$E/$name.log" 2>&1 </dev/null 3>&- &
	echo $! >"$E/$name.pid"
	disown
}

# end_daemon NAME: ask it to end; after half a minute it has to
end_daemon() {
	local pid
	pid=$(cat "$E/$1.pid" 2>/dev/null) || return 0
	kill -TERM "$pid" 2>/dev/null
	wait_for 30 fails kill -0 "$pid" 2>/dev/null || kill -KILL "$pid"
}

# ---- engines that more than one suite has ----

# A suite whose engines have the network of another namespace sets NETNS, the name of a file.

# storage_begin: of podman and buildah; where their configuration is
storage_begin() {
	cat >"$E/storage.conf" <<-END
		[storage]
		driver = "overlay"
		graphroot = "$E/root"
		runroot = "$E/run"
	END
	export CONTAINERS_CONF=$E/containers.conf CONTAINERS_STORAGE_CONF=$E/storage.conf
}

# podman_begin: for setup_file: a configuration, a store and the image
podman_begin() {
	mkdir "$E/net"
	cat >"$E/containers.conf" <<-END
		[containers]
		netns = "none"
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
		[network]
		network_config_dir = "$E/net"
		[engine]
		runtime = "taper"
		runtime_supports_json = ["taper"]
		runtime_supports_nocgroup = ["taper"]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		tmp_dir = "$E/tmp"
		volume_path = "$E/volumes"
		[engine.runtimes]
		taper = ["$TAPER"]
	END
	storage_begin
	export PODMAN_IGNORE_CGROUPSV1_WARNING=1 # of podman 5, on each standard error
	podman import -c 'ENV PATH=/bin' "$E/rootfs.tar" "$IMAGE" >&2
}

podman() {
	within 60 ${NETNS:+nsenter --net="$NETNS"} podman "$@"
}

# dockerd_begin OPTION...: for setup_file: a daemon, and the image
dockerd_begin() {
	cat >"$E/daemon.json" <<-END
		{ "runtimes": { "taper": { "path": "$TAPER" }, "named": { "path": "$TAPER" } },
		  "default-runtime": "taper" }
	END
	export DOCKER_HOST=unix://$E/docker.sock
	daemon dockerd ${NETNS:+nsenter --net="$NETNS"} dockerd --config-file "$E/daemon.json" \
		--host "$DOCKER_HOST" --data-root "$E/data" --exec-root "$E/exec" --pidfile "$E/docker.pid" \
		--exec-opt native.cgroupdriver=cgroupfs "$@"
	wait_for 60 docker version >/dev/null 2>&1 || {
		tail -n 20 "$E/dockerd.log"
		return 1
	}
	docker import -c 'ENV PATH=/bin' "$E/rootfs.tar" "$IMAGE" >&2
}

# Debian's client, not one that may be first in PATH
docker() {
	within 60 /usr/bin/docker "$@"
}

docker_remove_all() {
	local ids
	ids=$(docker ps -aq) || return 0
	# shellcheck disable=SC2086 # a list of words
	[ -z "$ids" ] || docker rm -f -v $ids >/dev/null
}

# ---- containers of podman or docker: ENGINE ----

# A container that runs until it is told to end
sleeper() {
	"$ENGINE" run -d --name "$NAME" "$@" "$IMAGE" \
		sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null </dev/null || return
	wait_for 20 ready
	PID=$("$ENGINE" inspect -f '{{.State.Pid}}' "$NAME")
}

ready() {
	"$ENGINE" logs "$NAME" 2>/dev/null | grep -q ready
}

# state_is STATUS [NAME]
state_is() {
	[ "$("$ENGINE" inspect -f '{{.State.Status}}' "${2:-$NAME}")" = "$1" ]
}

# ---- many at once ----

# together COUNT COMMAND...: at once, each with its number as the last word; all must succeed
together() {
	local i count=$1 failed=0 pids=()
	shift
	for i in $(seq "$count"); do
		"$@" "$i" >"$T/out$i" 2>&1 </dev/null 3>&- &
		pids+=($!)
	done
	for i in $(seq "$count"); do
		wait "${pids[i - 1]}" || {
			echo "number $i:"
			cat "$T/out$i"
			failed=1
		}
	done
	return $failed
}

# gives NUMBER COMMAND...: it prints the number, after SLOW seconds if that is set, and has it as exit code
gives() {
	local number=$1 out code=0
	shift
	out=$("$@" sh -c "${SLOW:+sleep $SLOW; }echo $number; exit $number" 2>&1) || code=$?
	is "$code $out" "$number $number"
}

# exec_of ENGINE NUMBER: in container NAME
exec_of() {
	gives "$2" "$1" exec "$NAME"
}

# ---- what is left ----

# The cgroups of engines, and of this suite, in the hierarchies that are mounted
cgroups() {
	awk '/ - cgroup2? / { print $5 }' /proc/self/mountinfo | while read -r mount; do
		find "$mount" -mindepth 1 -type d \( -path '*libpod*' -o -path '*buildah*' -o -path '*docker*' \
			-o -path '*/tape-*' \) 2>/dev/null
	done | sort -u
}

# States of containers whose root is taper's own default, as podman and buildah have it
states() {
	find /run/taper -mindepth 1 -maxdepth 1 2>/dev/null | grep -E '/(buildah-[^/]*|[0-9a-f]{64})$' | sort
}

# Namespaces that a name keeps
namespaces() {
	find /run/netns /run/docker/netns -mindepth 1 2>/dev/null | sort
}

# container_cgroups: those new since the beginning that are a container's. (podman itself leaves a pod's in
# hierarchies that have no controller.)
container_cgroups() {
	cgroups | comm -13 "$E/cgroups" - | grep -E "/(libpod-|docker/)[0-9a-f]{64}|buildah-|$(basename "$E")[-/]"
}

# programs: processes of containers, or that belong to one: they see E but are not in our mount namespace,
# or have E in their command line. Not the daemons.
programs() {
	local pid
	left_processes
	for pid in $(grep -ls -e "$E" /proc/[0-9]*/cmdline | grep -v /self/); do
		pid=${pid#/proc/}
		pid=${pid%/cmdline}
		[ "$pid" = $$ ] || [ "$pid" = "$BASHPID" ] || grep -qsx "$pid" "$E"/*.pid "$E"/*/*.pid ||
			tr '\0' ' ' <"/proc/$pid/cmdline" | grep -e conmon -e containerd-shim -e '^/bin/' -e "$TAPER"
	done 2>/dev/null
}

# mounts: of root file systems and /dev/shm
mounts() {
	awk -v dir="$E/" 'index($5, dir) == 1 && $5 ~ /(merged|rootfs|shm|secrets)$/ { print $5 }' /proc/self/mountinfo
}

# new_states, new_namespaces: those that were not there at the beginning
new_states() {
	states | comm -13 "$E/states" -
}

new_namespaces() {
	namespaces | comm -13 "$E/namespaces" -
}

# nothing_there KIND: remembers in $found what there is
nothing_there() {
	ID=$(basename "$E")
	found=$("$1")
	[ -z "$found" ]
}

# nothing_left: when the engine has removed its containers, all is as before
nothing_left() {
	local kind failed=0
	for kind in programs mounts container_cgroups new_states new_namespaces; do
		wait_for 10 nothing_there "$kind" || { echo "left behind: $kind: $found"; failed=1; }
	done
	return $failed
}
