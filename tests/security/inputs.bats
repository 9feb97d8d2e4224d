#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154,SC2016,SC2034
#
# What is given to the runtime: huge, malformed, with names that mean something elsewhere.

load helpers

# namespaces_of_own: the payload was in new namespaces of every type that the config lists
namespaces_of_own() {
	local type
	for type in pid net ipc uts mnt; do
		grep -q "^$type " <<<"$output" || { echo "no $type"; return 1; }
		! grep -q "^$type $(readlink /proc/self/ns/$type)$" <<<"$output" || { echo "the host's $type"; return 1; }
	done
}

@test "T13 long strings and many of them: refused or exact, never other namespaces" {
	script 'for t in pid net ipc uts mnt; do echo "$t $(readlink /proc/self/ns/$t)"; done'
	cp config.json config.saved
	for size in 70000 1048000 16777216; do
		"$PROBE" bytes $size >"$T/long"
		for filter in '.process.env += ["X=" + $long]' '.linux.cgroupsPath = "/" + $long' '.hostname = $long' \
			'.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=" + $long]}]' \
			'.process.args += [$long]' '.annotations = {"a.b": $long}'; do
			jq --rawfile long "$T/long" "$filter" <config.saved >config.json
			run timeout 20 "$TAPER" --root "$ROOT" run "$ID" </dev/null 3>&-
			[ "$status" -ne 124 ] && [ "$status" -lt 128 ] || { echo "$filter: $status"; return 1; }
			if [ "$status" -eq 0 ]; then
				namespaces_of_own
			else
				tells
				[ ${#output} -lt 2000 ]
			fi
		done
	done
}

@test "T13 many elements" {
	script 'for t in pid net ipc uts mnt; do echo "$t $(readlink /proc/self/ns/$t)"; done'
	cp config.json config.saved
	for filter in '.process.env += [range(100000) | "X\(.)=y"]' \
		'.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [range(65536) | {containerID: ., hostID: ., size: 1}]
			| .linux.gidMappings = .linux.uidMappings' \
		'.mounts += [range(20000) | {destination: "/x", type: "tmpfs", source: "tmpfs"}] | .mounts[0].type = "no such"'; do
		jq "$filter" <config.saved >config.json
		run timeout 20 "$TAPER" --root "$ROOT" run "$ID" </dev/null 3>&-
		[ "$status" -ne 124 ] && [ "$status" -lt 128 ] || { echo "$filter: $status"; return 1; }
		[ "$status" -eq 0 ] && namespaces_of_own || tells
	done
}

@test "T13 nesting without end" {
	{ printf '{"a":'; printf '[%.0s' $(seq 100000); } >config.json
	run timeout 20 "$TAPER" --root "$ROOT" run "$ID" </dev/null 3>&-
	[ "$status" -ne 124 ] && [ "$status" -lt 128 ]
	[ "$status" -ne 0 ]
	tells
}

@test "T50 no socket that others could connect to" {
	config '.linux.namespaces |= map(select(.type != "network"))'
	script 'cat /proc/net/unix; sleep 100'
	launch
	config '.linux.cgroupsPath += "-b"'
	for _ in 1 2 3 4 5; do
		taper create "$ID-b" </dev/null >"$T/b" 2>&1 3>&- || { cat "$T/b"; return 1; }
		! grep -E "@.*(taper|$ID)" /proc/net/unix || return 1
		for socket in $(awk -v root="$ROOT" 'index($8, root) { print $8 }' /proc/net/unix); do
			is "$(stat -c %a "$(dirname "$socket")")" 700
		done
		taper delete --force "$ID-b"
	done
	run cat "$T/out"
	lacks "$ROOT"
}

@test "T52 state: nothing that others may read, whatever the umask" {
	program sleep 100
	(umask 0; launch)
	is "$(find "$ROOT" -perm /077 ! -type l)" ""
	need setpriv
	run setpriv --reuid 65534 --regid 65534 --clear-groups find "$ROOT" -mindepth 1
	is "$(grep -c "^$ROOT/" <<<"$output")" 0
}

@test "T52 ids: none that is a path or an option" {
	long=$(printf '%1025s' '' | tr ' ' a)
	for id in . .. ../x a/b .x 'a b' $'a\nb' %s/x "$long" '' -x --help= 'a*' $'a\001' 'a;b' '$(x)' ~; do
		run taper create -- "$id" </dev/null 3>&-
		[ "$status" -ne 0 ] || { echo "taken: $id"; return 1; }
		run taper delete --force -- "$id" </dev/null 3>&-
		[ ! -e "$T/x" ]
	done
	is "$(left_state)" ""
}

@test "T52 a state root that is not ours is not used" {
	mkdir "$T/theirs"
	chown 65534 "$T/theirs"
	ROOT=$T/theirs
	program true
	attempt
	[ "$status" -ne 0 ]
	is "$(find "$T/theirs" -mindepth 1)" ""
	chown 0 "$T/theirs"
	chmod 777 "$T/theirs"
	attempt
	[ "$status" -ne 0 ] || [ "$(stat -c %a "$T/theirs")" = 700 ]
	ln -s "$OUT" "$T/linked"
	ROOT=$T/linked
	chmod 777 "$OUT"
	BEFORE=$(snap)
	attempt
	unchanged
	chmod 755 "$OUT"
	ROOT=$T/state
}

@test "T59 no annotation names something to execute, or weakens anything" {
	script 'grep -E "^(Cap|Seccomp|NoNewPrivs)" /proc/self/status; probe look host-marker'
	attempt
	plain=$(grep -v ^mount <<<"$output")
	printf '#!/bin/sh\ntouch %s/executed\n' "$OUT" >"$T/evil"
	chmod 755 "$T/evil"
	for value in "$T/evil" "binary://$T/evil" true 1; do
		config --arg v "$value" '.annotations = ([
			"run.oci.handler", "run.oci.hooks.stdout", "run.oci.hooks.stderr", "run.oci.criu",
			"run.oci.seccomp.receiver", "run.oci.seccomp_bpf_data", "run.oci.systemd.subgroup",
			"run.oci.systemd.force_cgroup_v1", "run.oci.mount_context_type", "run.oci.pidfd_receiver",
			"run.oci.delegate-cgroup", "module.wasm.image/variant", "org.criu.config",
			"org.systemd.property.ExecStart", "io.kubernetes.cri-o.Devices", "io.containerd.runc.v2.group",
			"cdi.k8s.io/x", "com.docker.evil", "io.podman.annotations.privileged",
			"io.podman.annotations.seccomp", "io.podman.annotations.label"]
			| map({(.): $v}) | add)'
		attempt
		unchanged
		lacks FOUND
		if [ "$status" -eq 0 ]; then
			is "$(grep -v ^mount <<<"$output" | grep -v -i warn)" "$plain"
		else
			tells
		fi
	done
}

@test "T61 restore: nothing is read from an image of a checkpoint" {
	mkdir "$T/image"
	ln -s "$OUT/file" "$T/image/inventory.img"
	ln -s "$OUT/file" "$T/image/config.json"
	ln -s "$OUT/new" "$T/image/restore.log"
	run taper restore --image-path "$T/image" "$ID" </dev/null 3>&-
	[ "$status" -ne 0 ]
	unchanged
	lacks sentinel
}

@test "T65 refusals: one line with what, where and why, and nothing of what is on the host" {
	while read -r filter; do
		cp config.json config.saved
		config "$filter"
		attempt
		[ "$status" -eq 1 ] || { echo "$status: $filter"; return 1; }
		tells
		[[ $output == "taper: run $ID: "* ]]
		[[ $output == *"[TAPER-"* ]]
		lacks sentinel
		lacks "internal error"
		lacks Success
		mv config.saved config.json
	done <<-END
	.process.user.uid = -1
	.process.cwd = "relative"
	.linux.sysctl = {"kernel.core_pattern": "x"}
	.linux.resources.unified = {"../x": "1"}
	.linux.cgroupsPath = "/../x"
	.process.apparmorProfile = "none-such"
	.mounts += [{destination: "/x", type: "bind", source: "/none/such", options: ["bind"]}]
	.mounts += [{destination: "/x", type: "none-such-fs"}]
	.root.path = "none-such"
	.process.rlimits = [{type: "RLIMIT_NONE", soft: 1, hard: 1}]
	.linux.namespaces += [{type: "network", path: "/etc/passwd"}]
	.process.args = ["none-such"]
	END
}
