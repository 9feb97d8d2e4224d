#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016
#
# AppArmor: the profile that the config names is in force for the program. Runs in the leg apparmor.
load ../integration/helpers

setup_test() {
	[ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ]
	mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
	cat >"$T/profile" <<-END
		profile $ID flags=(attach_disconnected,mediate_deleted) {
			file,
			capability,
			signal,
			mount,
			deny /etc/secret r,
			profile inner { file, }
		}
		profile unconfined_$ID flags=(attach_disconnected) { file, }
	END
	apparmor_parser -r -K "$T/profile"
	echo s >rootfs/etc/secret
}

teardown_test() {
	apparmor_parser -R "$T/profile"
}

profile() {
	config --arg name "$1" '.process.apparmorProfile = $name'
}

@test "P-8 apparmorProfile: in force, seen from inside and outside" {
	profile "$ID"
	script 'cat /proc/self/attr/current; ! cat /etc/secret 2>/dev/null; exec sleep 1000'
	launch
	wait_for 5 grep -q . "$T/out"
	is "$(cat "$T/out")" "$ID (enforce)"
	is "$(cat "/proc/$PID/attr/current")" "$ID (enforce)"
}

@test "P-8 the profile denies what it denies" {
	profile "$ID"
	program cat /etc/secret
	expect 1 taper run "$ID"
	has "Permission denied"
	config 'del(.process.apparmorProfile)'
	expect 0 taper run "$ID"
	has s
}

@test "P-8 a profile that is not loaded is refused, by its name" {
	profile "$ID-missing"
	expect 1 taper run "$ID"
	has "process.apparmorProfile: the AppArmor profile $ID-missing is not loaded"
	has TAPER-LSM-001
}

@test "P-8 RT-4 a profile that is not loaded is the error of create, which leaves nothing" {
	profile "$ID-missing"
	config --arg log "$T/hooked" '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo >>" + $log]}]'
	for name in "$ID-missing" "$ID//missing" ":missing:$ID"; do
		profile "$name"
		refused "process.apparmorProfile: the AppArmor profile $name is not loaded"
		has TAPER-LSM-001
		expect 1 taper state "$ID"
	done
	is "$(wc -l <"$T/hooked")" 3
	profile "$ID"
	create
	is "$(cat "/proc/$PID/attr/current")" unconfined
	is "$(cat "/proc/$PID/attr/apparmor/exec")" "$ID (enforce)"
	is "$(wc -l <"$T/hooked")" 4
}

@test "P-8 a profile that is removed between create and start: start fails, nothing runs unconfined" {
	apparmor_parser -r -K <<-END
		profile short_$ID flags=(attach_disconnected) { file, }
	END
	profile "short_$ID"
	config '.root.readonly = false'
	script 'echo >/ran'
	create
	echo "profile short_$ID { file, }" | apparmor_parser -R
	expect 1 taper start "$ID"
	has "the AppArmor profile short_$ID is not loaded"
	wait_for 5 status_is stopped
	[ ! -e rootfs/ran ]
}

@test "P-8 hooks of create are not those of the profile" {
	profile "$ID"
	config --arg log "$T/hooked" '.hooks.createContainer = [{path: "/bin/sh",
		args: ["sh", "-c", "cat /proc/self/attr/current >" + $log]}]'
	create
	is "$(cat "$T/hooked")" unconfined
}

@test "T36 the whole name counts: neither a mode behind it nor unconfined_ in front of it" {
	profile "$ID (enforce)"
	expect 1 taper run "$ID"
	program cat /proc/self/attr/current
	profile "unconfined_$ID"
	expect 0 taper run "$ID"
	is "$output" "unconfined_$ID (enforce)"
}

@test "P-8 unconfined, empty and absent: unconfined" {
	program cat /proc/self/attr/current
	for filter in '.process.apparmorProfile = "unconfined"' '.process.apparmorProfile = ""' \
		'del(.process.apparmorProfile)'; do
		config "$filter"
		expect 0 taper run "$ID"
		is "$output" unconfined
	done
}

@test "T36 in a user namespace too" {
	profile "$ID"
	program cat /proc/self/attr/current
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 rootfs
	expect 0 taper run "$ID"
	is "$output" "$ID (enforce)"
}

@test "P-8 T08 without no_new_privs, and without /proc in the container" {
	profile "$ID"
	config '.process.noNewPrivileges = false | .mounts |= map(select(.type != "proc"))
		| del(.linux.maskedPaths, .linux.readonlyPaths)'
	mkdir -p rootfs/proc/self/attr/apparmor
	: >rootfs/proc/self/attr/apparmor/exec
	program sleep 1000
	launch
	is "$(cat "/proc/$PID/attr/current")" "$ID (enforce)"
	is "$(cat rootfs/proc/self/attr/apparmor/exec)" ""
}

@test "P-8 a child profile, and a stack of two" {
	program cat /proc/self/attr/current
	profile "$ID//inner"
	expect 0 taper run "$ID"
	is "$output" "$ID//inner (enforce)"
	profile "$ID//&unconfined_$ID"
	expect 0 taper run "$ID"
	has "$ID//&unconfined_$ID"
}

@test "P-8 startContainer hooks run with the profile of the program, as with its other rights" {
	cat >rootfs/bin/hook <<-'END'
		#!/bin/sh
		cat /proc/self/attr/current >/hooked
	END
	chmod 755 rootfs/bin/hook
	profile "$ID"
	config '.root.readonly = false | .hooks.startContainer = [{path: "/bin/hook"}]'
	program cat /proc/self/attr/current
	expect 0 taper run "$ID"
	is "$output" "$ID (enforce)"
	is "$(cat rootfs/hooked)" "$ID (enforce)"
}

@test "P-9 a SELinux label where SELinux is off is refused" {
	config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
	refused "process.selinuxLabel: label system_u:system_r:container_t:s0 cannot be applied: SELinux is not enabled"
}

@test "D8 P-8 exec with a profile: no process in the container holds the host's procfs" {
	FAULT=$BUILDDIR/tests/fault/fault
	profile "$ID"
	program sleep 1000
	launch
	# open files of the host's procfs, in this process and in all that are in a pid namespace below
	cat >"$T/look" <<-'END'
		host=$(awk '$5 == "/proc" { print $1; exit }' /proc/self/mountinfo)
		for pid in $$ $(grep -lE '^NSpid:\s+[0-9]+\s+[0-9]+' /proc/[0-9]*/status | cut -d/ -f3); do
			echo "process $pid $(cat /proc/$pid/comm)"
			grep -l "^mnt_id:\s*$host$" /proc/$pid/fdinfo/* 2>/dev/null
		done
	END
	run sh "$T/look" 9</proc/self/status
	is "$(grep -c '/fdinfo/9$' <<<"$output")" 1
	for call in 126 59; do # capset, execve
		"$FAULT" -l "$T/calls" "$TAPER" --root "$ROOT" exec "$ID" true </dev/null
		at=$(awk -v number=$call '$1 == "call" && $4 == number { last = $2; n[$2]++ }
			END { print last ":" n[last] "@" number }' "$T/calls")
		"$FAULT" -f "$at:!sh $T/look >$T/seen 2>&1" "$T/report" "$TAPER" --root "$ROOT" exec "$ID" true </dev/null
		run cat "$T/seen"
		is "$(grep -c taper <<<"$output")" 1
		lacks /fdinfo/
	done
}

@test "P-8 exec: in a user namespace the profile is set as well, but where no procfs may be made" {
	config '.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }]
		| .linux.gidMappings = .linux.uidMappings'
	profile "$ID"
	program sleep 1000
	launch
	is "$(taper exec "$ID" cat /proc/self/attr/current </dev/null)" "$ID (enforce)"
	expect 1 taper exec "$ID" cat /etc/secret
	taper delete --force "$ID"
	config '.mounts |= map(select(.destination != "/proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	launch
	is "$(cat "/proc/$PID/attr/current")" "$ID (enforce)"
	expect 255 taper exec "$ID" true
	has "process.apparmorProfile: mount a procfs to set the label (a user namespace may do that when"
}

@test "P-8 exec: the container's profile, another by --apparmor, and one that is not there" {
	profile "$ID"
	program sleep 1000
	launch
	is "$(taper exec "$ID" cat /proc/self/attr/current </dev/null)" "$ID (enforce)"
	expect 1 taper exec "$ID" cat /etc/secret
	is "$(taper exec --apparmor "unconfined_$ID" "$ID" cat /proc/self/attr/current </dev/null)" \
		"unconfined_$ID (enforce)"
	echo '{"args": ["cat", "/proc/self/attr/current"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}' \
		>"$T/p.json"
	is "$(taper exec --process "$T/p.json" "$ID" </dev/null)" "$ID (enforce)"
	expect 255 taper exec --apparmor "$ID-missing" "$ID" true
	has "the AppArmor profile $ID-missing is not loaded"
}
