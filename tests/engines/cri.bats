# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2034,SC2030,SC2031
#
# cri.bats: taper as a runtime handler of containerd's CRI plugin, called as Kubernetes' kubelet calls it
#
# A test has a pod (pod), and containers in it (container, or new_container and start). The names of files in T:
# pod.json is the pod's config, NAME.json a container's, NAME.log what it has printed.
load helpers

setup_file() {
	engine_begin containerd ctr /usr/bin/python3 || return
	PARENT=/$(basename "$E")
	SUBNET=10.$((RANDOM % 100 + 100)).$((RANDOM % 250)).0/24
	export PARENT SUBNET
	mkdir "$E/cni"
	cat >"$E/cni/10-test.conflist" <<-END
		{ "cniVersion": "0.4.0", "name": "tape",
		  "plugins": [{ "type": "ptp", "ipam": { "type": "host-local", "subnet": "$SUBNET", "dataDir": "$E/leases" } }] }
	END
	cat >"$E/config.toml" <<-END
		version = 2
		root = "$E/root"
		state = "$E/run"
		[grpc]
		  address = "$E/containerd.sock"
		[plugins."io.containerd.internal.v1.opt"]
		  path = "$E/opt"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$IMAGE:latest"
		  restrict_oom_score_adj = true
		[plugins."io.containerd.grpc.v1.cri".cni]
		  bin_dir = "/usr/lib/cni"
		  conf_dir = "$E/cni"
		[plugins."io.containerd.grpc.v1.cri".containerd]
		  default_runtime_name = "none"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.none]
		  runtime_type = "io.containerd.runc.v2"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.none.options]
		  BinaryName = "/no/such/runtime"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.taper]
		  runtime_type = "io.containerd.runc.v2"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.taper.options]
		  BinaryName = "$TAPER"
		  Root = "$E/state"
	END
	start_containerd || return
	make_image && ctr images import "$E/image.tar" >&2 || return
	wait_for 20 eval 'cri ListContainers >/dev/null'
}

start_containerd() {
	export CONTAINERD_ADDRESS=$E/containerd.sock CONTAINERD_NAMESPACE=k8s.io
	daemon containerd containerd --config "$E/config.toml"
	wait_for 60 eval 'cri Version >/dev/null 2>&1' || {
		tail -n 20 "$E/containerd.log"
		return 1
	}
}

# An archive of one layer; its program is what a pod's first container has to be: one that does nothing
make_image() {
	local dir=$E/image
	mkdir "$dir"
	cp "$E/rootfs.tar" "$dir/layer.tar"
	jq -n --arg arch "$(dpkg --print-architecture)" --arg layer "sha256:$(sha256sum <"$dir/layer.tar" | cut -d ' ' -f 1)" '
		{ architecture: $arch, os: "linux", rootfs: { type: "layers", diff_ids: [$layer] },
		  config: { Env: ["PATH=/bin"], Cmd: ["/bin/sleep", "1000000"] } }' >"$dir/config.json"
	jq -n --arg image "$IMAGE:latest" \
		'[{ Config: "config.json", RepoTags: [$image], Layers: ["layer.tar"] }]' >"$dir/manifest.json"
	tar -C "$dir" -cf "$E/image.tar" manifest.json config.json layer.tar
}

teardown_file() {
	[ -n "${E-}" ] || return 0
	remove_all
	end_daemon containerd
	engine_end
}

teardown_test() {
	remove_all
}

# cri METHOD [REQUEST]
cri() {
	within 60 /usr/bin/python3 "$SRCDIR/tests/engines/cri" "$E/containerd.sock" "$@"
}

# cri_get FILTER METHOD REQUEST: a part of the answer
cri_get() {
	cri "$2" "$3" >"$T/answer" && jq -r "$1" "$T/answer"
}

remove_all() {
	local id
	for id in $(cri ListPodSandbox | jq -r '.items[].id'); do
		cri StopPodSandbox "{\"pod_sandbox_id\": \"$id\"}" >/dev/null
		cri RemovePodSandbox "{\"pod_sandbox_id\": \"$id\"}" >/dev/null
	done
}

# pod [FILTER]: run one, in the host's network unless FILTER, over its config, says otherwise; POD
pod() {
	jq -n --arg name "$NAME" --arg logs "$T" --arg parent "$PARENT" '
		{ metadata: { name: $name, uid: $name, namespace: "default" }, log_directory: $logs,
		  linux: { cgroup_parent: $parent,
			   security_context: { namespace_options: { network: "NODE", pid: "CONTAINER" } } } }' |
		jq "${1:-.}" >"$T/pod.json" || return
	POD=$(cri_get .pod_sandbox_id RunPodSandbox "$(jq '{ config: ., runtime_handler: "taper" }' "$T/pod.json")")
}

# new_container NAME FILTER COMMAND...: create it, with FILTER over its config; CONTAINER
new_container() {
	jq -n --arg name "$1" --arg image "$IMAGE:latest" --slurpfile pod "$T/pod.json" '
		{ metadata: { name: $name }, image: { image: $image }, command: $ARGS.positional, log_path: "\($name).log",
		  linux: { security_context: { namespace_options: $pod[0].linux.security_context.namespace_options } } }' \
		--args -- "${@:3}" | jq "${2:-.}" >"$T/$1.json" || return
	CONTAINER=$(cri_get .container_id CreateContainer "$(jq --arg pod "$POD" --slurpfile sandbox "$T/pod.json" \
		'{ pod_sandbox_id: $pod, config: ., sandbox_config: $sandbox[0] }' "$T/$1.json")")
}

start() {
	cri StartContainer "{\"container_id\": \"$CONTAINER\"}" >/dev/null
}

# container NAME FILTER COMMAND...: create and start
container() {
	new_container "$@" && start
}

# job FILTER COMMAND...: a container that ends by itself; $output is what it has printed, $code its exit code
job() {
	rm -f "$T/job.log"
	container job "$@" || return
	wait_for 20 state_is EXITED || return
	code=$(status_get .exit_code)
	output=$(printed job)
	echo "$output"
	mapfile -t lines <<<"$output"
	remove
}

# sleeper [NAME [FILTER]]: one that runs until it is told to end; PID
sleeper() {
	container "${1:-main}" "${2:-.}" sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done' || return
	wait_for 20 grep -qs ready "$T/${1:-main}.log"
	PID=$(pid_of "$CONTAINER")
}

# pid_of ID: as taper has it
pid_of() {
	"$TAPER" --root "$E/state/k8s.io" state "$1" | jq .pid
}

# printed NAME: its log without what the format puts before each line
printed() {
	cut -d ' ' -f 4- "$T/$1.log"
}

# status_get FILTER [ID]
status_get() {
	cri_get ".status | $1" ContainerStatus "{\"container_id\": \"${2:-$CONTAINER}\"}"
}

# state_is STATE [ID]
state_is() {
	[ "$(status_get .state "${2:-$CONTAINER}")" = "$1" ]
}

# stop SECONDS
stop() {
	cri StopContainer "{\"container_id\": \"$CONTAINER\", \"timeout\": $1}" >/dev/null
}

remove() {
	cri RemoveContainer "{\"container_id\": \"$CONTAINER\"}" >/dev/null
}

# execute COMMAND...: in CONTAINER; $output, $errors and $code. Fails if it could not be executed.
execute() {
	cri ExecSync "$(jq -n --arg id "$CONTAINER" '{ container_id: $id, cmd: $ARGS.positional, timeout: 30 }' --args -- "$@")" \
		>"$T/exec" || return
	output=$(jq -r .stdout "$T/exec")
	errors=$(jq -r .stderr "$T/exec")
	code=$(jq .exit_code "$T/exec")
	cat "$T/exec"
}

# namespace KIND PID
namespace() {
	readlink "/proc/$2/ns/$1"
}

@test "CRI: version and status" {
	is "$(cri_get '"\(.runtime_name) \(.runtime_api_version)"' Version '{}')" "containerd v1"
	is "$(cri_get '[.status.conditions[] | select(.type | endswith("Ready")) | "\(.type) \(.status)"] | join(" ")' \
		Status '{}')" "RuntimeReady true NetworkReady true"
}

@test "CRI: a pod in the host's network; it is taper that runs it" {
	local pid
	pod
	is "$(cri_get '.status | "\(.state) \(.runtime_handler)"' PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}")" "READY taper"
	is "$("$TAPER" --root "$E/state/k8s.io" list -q)" "$POD"
	pid=$(pid_of "$POD")
	is "$(namespace net "$pid")" "$(namespace net self)"
	[ "$(namespace mnt "$pid")" != "$(namespace mnt self)" ]
	[ "$(namespace pid "$pid")" != "$(namespace pid self)" ]
	cri StopPodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	is "$(cri_get .status.state PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}")" NOTREADY
	cri RemovePodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	is "$("$TAPER" --root "$E/state/k8s.io" list -q)" ""
}

@test "CRI: a pod with a network of its own, host name, sysctls" {
	local ip
	pod '.linux.security_context.namespace_options.network = "POD" | .hostname = "myhost" |
		.linux.sysctls = { "net.ipv4.ip_unprivileged_port_start": "80", "kernel.shm_rmid_forced": "1" }'
	ip=$(cri_get .status.network.ip PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}")
	[ "${ip%.*}.0/24" = "$SUBNET" ]
	sleeper
	execute sh -c 'hostname; cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced; ip addr'
	has "$ip/"
	has 127.0.0.1/8
	is "$(head -n 3 <<<"$output" | xargs)" "myhost 80 1"
	[ "$(namespace net "$PID")" != "$(namespace net self)" ]
	# from the host
	execute sh -c 'echo through | nc -l -p 4711 -w 10 >/tmp/got 2>&1 & :'
	is "$(timeout 10 bash -c "exec 3<>/dev/tcp/$ip/4711; cat <&3")" through
}

@test "CRI: two containers share the pod's namespaces" {
	local one kind
	pod '.linux.security_context.namespace_options.network = "POD"'
	sleeper one
	one=$PID
	execute sh -c 'echo from one >/dev/shm/x'
	sleeper two
	for kind in net ipc uts; do
		is "$(namespace $kind "$PID")" "$(namespace $kind "$one")"
		is "$(namespace $kind "$PID")" "$(namespace $kind "$(pid_of "$POD")")"
		[ "$(namespace $kind "$PID")" != "$(namespace $kind self)" ]
	done
	for kind in pid mnt; do
		[ "$(namespace $kind "$PID")" != "$(namespace $kind "$one")" ]
	done
	execute cat /dev/shm/x
	line from one
	is "$(cri_get '[.containers[] | "\(.metadata.name) \(.state)"] | sort | join(" ")' ListContainers '{}')" \
		"one RUNNING two RUNNING"
}

@test "CRI: containers that share the pod's process namespace" {
	pod '.linux.security_context.namespace_options.pid = "POD"'
	sleeper one
	is "$(namespace pid "$PID")" "$(namespace pid "$(pid_of "$POD")")"
	sleeper two
	execute ps -o args
	has "sleep 1000000"
	is "$(grep -c 'trap "exit 3"' <<<"$output")" 2
	# the end of one is not the other's
	stop 20
	is "$(status_get .exit_code)" 3
	is "$(cri_get '[.containers[] | "\(.metadata.name) \(.state)"] | sort | join(" ")' ListContainers '{}')" \
		"one RUNNING two EXITED"
}

@test "CRI: a container's life: created, running, exited; its exit code" {
	pod
	new_container main . sh -c 'while ! test -e /tmp/end; do sleep 0.1; done; exit 7'
	is "$(status_get '"\(.state) \(.started_at)"')" "CREATED 0"
	start
	is "$(status_get '"\(.state) \(.finished_at)"')" "RUNNING 0"
	is "$("$TAPER" --root "$E/state/k8s.io" state "$CONTAINER" | jq -r .status)" running
	execute touch /tmp/end
	wait_for 20 state_is EXITED
	is "$(status_get '"\(.exit_code) \(.reason)"')" "7 Error"
	is "$(status_get '.created_at <= .started_at and .started_at < .finished_at')" true
	remove
	is "$(cri_get '.containers | length' ListContainers '{}')" 0
	job . true
	is "$code" 0
}

@test "CRI: what cannot be executed is named" {
	pod
	while IFS='|' read -r program text <&5; do
		new_container main . "$program" 5<&-
		expect 1 start 5<&-
		has "$text"
		is "$(status_get '"\(.state) \(.exit_code) \(.reason)"' 5<&-)" "EXITED 128 StartError"
		status_get .message 5<&- | grep -F -- "$text"
		remove 5<&-
	done 5<<-'END'
		nosuch|executable file not found in $PATH
		/no/such|no such file or directory
		/etc/passwd|permission denied
	END
	# only the pod's own is left
	is "$("$TAPER" --root "$E/state/k8s.io" list -q)" "$POD"
}

@test "CRI: logs: both streams, in the format of the CRI; reopened" {
	pod
	job . sh -c 'echo out; echo err >&2; printf part'
	grep -E '^[0-9-]+T[0-9:.]+[^ ]* stdout F out$' "$T/job.log"
	grep -E ' stderr F err$' "$T/job.log"
	grep -E ' stdout [PF] part$' "$T/job.log"
	sleeper
	mv "$T/main.log" "$T/main.log.1"
	cri ReopenContainerLog "{\"container_id\": \"$CONTAINER\"}"
	execute sh -c 'echo more >/proc/1/fd/1'
	wait_for 10 grep -q 'stdout F more' "$T/main.log"
}

@test "CRI: a container with a terminal" {
	pod
	job '.tty = true' sh -c 'tty; test -t 0 && test -t 2 && echo yes'
	has /dev/pts/0
	has yes
}

@test "CRI: exec: streams, exit codes, what cannot be executed, a time limit" {
	pod
	sleeper
	execute sh -c 'echo out; echo err >&2; exit 7'
	is "$output $errors $code" "out err 7"
	execute sh -c 'kill -KILL $$'
	is "$code" 137
	expect 1 execute nosuch
	has 'executable file not found in $PATH'
	expect 1 execute /etc/passwd
	has 'permission denied'
	expect 1 cri ExecSync "{\"container_id\": \"$CONTAINER\", \"cmd\": [\"sleep\", \"1000\"], \"timeout\": 1}"
	has DEADLINE_EXCEEDED
	execute ps -o args
	lacks "sleep 1000"
}

@test "CRI: exec: 10 at once" {
	local i pids=()
	pod
	sleeper
	for i in $(seq 10); do
		cri ExecSync "{\"container_id\": \"$CONTAINER\", \"cmd\": [\"sh\", \"-c\", \"sleep 0.2; echo $i; exit $i\"]}" \
			>"$T/out$i" 2>&1 </dev/null &
		pids+=($!)
	done
	for i in $(seq 10); do
		wait "${pids[i - 1]}"
		is "$(jq -r '"\(.exit_code) \(.stdout)"' "$T/out$i")" "$i $i"
	done
}

@test "CRI: limits, and their update while the container runs" {
	local memory cpu
	pod
	sleeper main '.linux.resources = { memory_limit_in_bytes: 67108864, cpu_period: 100000, cpu_quota: 50000,
		cpu_shares: 512, cpuset_cpus: "0" }'
	memory=$(cgroup_dir memory)
	cpu=$(cgroup_dir cpu)
	grep -F "$PARENT/$CONTAINER" <<<"$memory"
	is "$(cat "$memory/memory.limit_in_bytes" 2>/dev/null || cat "$memory/memory.max")" 67108864
	is "$(cat "$cpu/cpu.cfs_quota_us" 2>/dev/null || cut -d ' ' -f 1 "$cpu/cpu.max")" 50000
	is "$(cat "$(cgroup_dir cpuset)/cpuset.cpus")" 0
	cri UpdateContainerResources "{\"container_id\": \"$CONTAINER\", \"linux\":
		{ \"memory_limit_in_bytes\": 33554432, \"cpu_period\": 100000, \"cpu_quota\": 25000 } }"
	is "$(cat "$memory/memory.limit_in_bytes" 2>/dev/null || cat "$memory/memory.max")" 33554432
	is "$(cat "$cpu/cpu.cfs_quota_us" 2>/dev/null || cut -d ' ' -f 1 "$cpu/cpu.max")" 25000
	cri_get '.stats | "\(.memory.working_set_bytes.value > 0) \(.cpu.usage_core_nano_seconds.value > 0)"' \
		ContainerStats "{\"container_id\": \"$CONTAINER\"}" >"$T/stats"
	is "$(cat "$T/stats")" "true true"
}

@test "CRI: death for want of memory" {
	pod
	container main '.linux.resources = { memory_limit_in_bytes: 16777216, memory_swap_limit_in_bytes: 16777216 }' tail /dev/zero
	wait_for 30 state_is EXITED
	is "$(status_get .exit_code)" 137
	wait_for 10 eval '[ "$(status_get .reason)" = OOMKilled ]'
}

@test "CRI: user, groups, directory, environment" {
	pod
	job '.working_dir = "/tmp" | .envs = [{ key: "A", value: "b" }] | .linux.security_context |= . + {
		run_as_user: { value: 12 }, run_as_group: { value: 34 }, supplemental_groups: [56, 78] }' \
		sh -c 'id -u; id -g; grep Groups: /proc/self/status; pwd; echo $A'
	is "$(xargs <<<"$output")" "12 34 Groups: 34 56 78 /tmp b"
}

@test "CRI: capabilities, no new privileges" {
	pod
	job '.linux.security_context |= . + { no_new_privs: true,
		capabilities: { drop_capabilities: ["ALL"], add_capabilities: ["NET_ADMIN"] } }' \
		grep -E '^(CapEff|CapBnd|NoNewPrivs):' /proc/self/status
	is "$(xargs <<<"$output")" "CapEff: 0000000000001000 CapBnd: 0000000000001000 NoNewPrivs: 1"
	job . grep -E '^(CapEff|NoNewPrivs):' /proc/self/status
	is "$(xargs <<<"$output")" "CapEff: 00000000a80425fb NoNewPrivs: 0"
}

@test "CRI: seccomp: the default filter, none, one of the host's" {
	pod
	job '.linux.security_context.seccomp.profile_type = "RuntimeDefault"' grep Seccomp: /proc/self/status
	has 2
	job '.linux.security_context.seccomp.profile_type = "Unconfined"' grep Seccomp: /proc/self/status
	has 0
	cat >"$T/profile" <<-END
		{ "defaultAction": "SCMP_ACT_ALLOW",
		  "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95 }] }
	END
	job ".linux.security_context.seccomp = { profile_type: \"Localhost\", localhost_ref: \"$T/profile\" }" \
		sh -c 'mkdir /tmp/a 2>&1'
	has "not supported"
}

@test "CRI: a read-only root, paths hidden and read-only" {
	pod
	mkdir "$T/dir"
	job ".linux.security_context |= . + { readonly_rootfs: true, masked_paths: [\"/proc/cpuinfo\"],
		readonly_paths: [\"/proc/sys\"] } | .mounts = [{ container_path: \"/vol\", host_path: \"$T/dir\" }]" \
		sh -c 'touch /a 2>&1; touch /vol/b && echo yes; wc -c </proc/cpuinfo; echo x 2>&1 >/proc/sys/kernel/hostname'
	has "/a: Read-only"
	has yes
	is "$(grep -x 0 <<<"$output")" 0
	has "hostname: Read-only"
	[ -e "$T/dir/b" ]
}

@test "CRI: volumes: read-write, read-only, one file, propagation; devices" {
	pod
	mkdir "$T/dir"
	echo host >"$T/dir/f"
	sleeper main ".mounts = [{ container_path: \"/rw\", host_path: \"$T/dir\" },
		{ container_path: \"/ro\", host_path: \"$T/dir\", readonly: true },
		{ container_path: \"/etc/one\", host_path: \"$T/dir/f\" },
		{ container_path: \"/slave\", host_path: \"$T/dir\", propagation: \"HOST_TO_CONTAINER\" }] |
		.devices = [{ container_path: \"/dev/other\", host_path: \"/dev/null\", permissions: \"rw\" }]"
	execute sh -c 'cat /etc/one; echo inside >/rw/g; touch /ro/h 2>&1; echo x >/dev/other; stat -c "%t %T" /dev/other'
	has host
	has "/ro/h: Read-only"
	has "1 3"
	is "$(cat "$T/dir/g")" inside
	mkdir "$T/dir/sub"
	mount -t tmpfs none "$T/dir/sub"
	touch "$T/dir/sub/later"
	execute sh -c 'ls /slave/sub /rw/sub'
	umount "$T/dir/sub"
	is "$(xargs <<<"$output")" "/rw/sub: /slave/sub: later"
}

@test "CRI: a privileged container" {
	pod '.linux.security_context.privileged = true'
	job '.linux.security_context.privileged = true' sh -c 'mount -t tmpfs none /mnt && grep /mnt /proc/mounts'
	has tmpfs
}

@test "CRI: stop: TERM and the program's own way to end, KILL after the time" {
	pod
	sleeper
	stop 20
	is "$(status_get '"\(.state) \(.exit_code)"')" "EXITED 3"
	remove
	container main . sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
	wait_for 20 grep -qs ready "$T/main.log"
	stop 1
	is "$(status_get '"\(.state) \(.exit_code)"')" "EXITED 137"
	# once more is no mistake
	stop 1
}

@test "CRI: removal of what still runs: a container, a pod" {
	pod
	sleeper one
	remove
	[ ! -e "/proc/$PID" ]
	sleeper two
	cri StopPodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	state_is EXITED
	cri RemovePodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	is "$("$TAPER" --root "$E/state/k8s.io" list -q)" ""
}

@test "CRI: 5 pods at once" {
	local i pids=()
	for i in $(seq 5); do
		(
			NAME=$NAME-$i
			T=$T/$i
			mkdir "$T"
			pod '.linux.security_context.namespace_options.network = "POD"'
			job . sh -c "echo $i; exit $i"
			is "$code $output" "$i $i"
		) >"$T/out$i" 2>&1 </dev/null 3>&- &
		pids+=($!)
	done
	for i in $(seq 5); do
		wait "${pids[i - 1]}" || { cat "$T/out$i"; return 1; }
	done
}

@test "CRI: containers live on while containerd is restarted" {
	pod
	sleeper
	end_daemon containerd
	start_containerd
	state_is RUNNING
	execute echo hello
	line hello
	stop 20
	is "$(status_get .exit_code)" 3
}

@test "CRI: nothing is left of all that" {
	remove_all
	nothing_left
	is "$(find "$E/state" -mindepth 2 -maxdepth 2 ! -name '.*')" ""
}
