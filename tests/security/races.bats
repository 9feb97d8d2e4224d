#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154,SC2016,SC2034
#
# Paths that change while the runtime works: at random, and then one system call after the other: it is held at its
# N-th call, the path is changed, it goes on; for every N. RACE_SECONDS: how long each random race lasts.

load helpers

: "${RACE_SECONDS:=2}"

# sweep_safe: nothing of the host was changed, or is seen inside
sweep_safe() {
	unchanged && lacks FOUND && lacks "${OUT#/tmp} "
}

# A volume whose directory "a" is exchanged for a link to the host; a mount goes to a/b in it.
volume() {
	mkdir -p "$T/v/a/b" "$T/source/sub"
	ln -s "$1" "$T/v/link"
	echo data >"$T/source/ours"
	A=$T/v/a B=$T/v/link
	config --arg v "$T/v" --arg source "$T/source" '.mounts += [
		{destination: "/v", type: "bind", source: $v, options: ["rbind", "rw"]},
		{destination: "/v/a/b", type: "bind", source: $source, options: ["bind"]},
		{destination: "/v/a/new/dir", type: "tmpfs", source: "tmpfs"}]'
	program probe look host-marker
	SWAP="$PROBE swap $A $B"
}

with_hooks() {
	config '.hooks = {createRuntime: [{path: "/bin/true"}], createContainer: [{path: "/bin/true"}]}'
}

@test "T12 a volume's directory becomes a link: at random" {
	volume "$OUT"
	race "$RACE_SECONDS" sweep_safe
	rm -rf "$T/v"
	volume "../../../../../../..$OUT"
	with_hooks
	race "$RACE_SECONDS" sweep_safe
}

@test "T12 a volume's directory becomes a link: at each call" {
	volume "$OUT"
	hold_sweep sweep_safe "$SWAP"
}

@test "T12 a volume's directory becomes a link for one call: at each call" {
	volume "$OUT"
	hold_sweep sweep_safe -X "$SWAP"
}

@test "T12 a volume's directory becomes a link: at each call, with hooks that delay the pivot" {
	volume "../../../../../../../../..$OUT"
	with_hooks
	hold_sweep sweep_safe "$SWAP"
}

# The directory for procfs is exchanged for a link into a volume.
procs() {
	mkdir -p "$T/v/p" rootfs/v
	ln -s "${1-v/p}" rootfs/link
	A=$BUNDLE/rootfs/proc B=$BUNDLE/rootfs/link
	config --arg v "$T/v" '.mounts = [{destination: "/v", type: "bind", source: $v, options: ["rbind", "rw"]}] + .mounts |
		.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .process.oomScoreAdj = 500'
	program probe look host-marker
	SWAP="$PROBE swap $A $B"
}

@test "T09 /proc of the image becomes a link: at random" {
	procs
	race "$RACE_SECONDS" sweep_safe
}

@test "T09 /proc of the image becomes a link: at each call" {
	procs
	hold_sweep sweep_safe "$SWAP"
	rm rootfs/link
	procs "$OUT"
	hold_sweep sweep_safe "$SWAP"
}

masks() {
	mkdir -p "$T/v/secret"
	echo top-secret >"$T/v/secret/file"
	mkdir "$T/v/other"
	echo top-secret >"$T/v/other/file"
	rm -rf rootfs/dev/null
	ln -s /proc/sys/kernel/core_pattern rootfs/dev/link
	mknod rootfs/dev/null c 1 3
	A=$BUNDLE/rootfs/dev/null B=$BUNDLE/rootfs/dev/link
	nothing_on_dev
	config --arg v "$T/v" '.mounts += [{destination: "/v", type: "bind", source: $v, options: ["rbind", "rw"]}] |
		.linux.maskedPaths += ["/v/secret/file", "/proc/sys/kernel/core_pattern", "/v/other"]'
	script 'cat /v/secret/file /v/other/file 2>/dev/null; cat /proc/sys/kernel/core_pattern
		echo x 2>/dev/null >/v/secret/file && echo WRITTEN; true'
	SWAP="$PROBE swap $A $B"
	CORE=$(cat /proc/sys/kernel/core_pattern)
}

masked() {
	unchanged && lacks top-secret && lacks WRITTEN && is "$(cat /proc/sys/kernel/core_pattern)" "$CORE" &&
		[[ -z $CORE || $output != *"$CORE"* ]]
}

@test "T22 /dev/null of the image changes: at random" {
	masks
	race "$RACE_SECONDS" masked
}

@test "T22 /dev/null of the image changes: at each call" {
	masks
	hold_sweep masked "$SWAP"
}

consoles() {
	need script
	mkdir -p "$T/v/pts" "$T/dev"
	ln -s "$OUT" "$T/v/link"
	rm -rf rootfs/dev
	mkdir rootfs/dev
	A=$BUNDLE/rootfs/dev/console B=$BUNDLE/rootfs/dev/link
	: >"$A"
	ln -s "$OUT/new" "$B"
	nothing_on_dev
	config '.process.terminal = true | .mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts",
		options: ["newinstance", "ptmxmode=0666", "mode=0620"]}]'
	program probe look host-marker
	SWAP="$PROBE swap $A $B"
}

@test "T23 /dev/console of the image changes: at random" {
	consoles
	race "$RACE_SECONDS" sweep_safe
}

@test "T23 /dev/console of the image changes: at each call" {
	consoles
	hold_sweep unchanged "$SWAP"
}

# A tree that looks like procfs changes places with the directory where procfs is mounted, before or after that.
procfs_exchange() {
	local false=rootfs/false
	mkdir -p $false/self/attr $false/sys/net/ipv4 $false/sys/kernel $false/bus $false/fs $false/irq $false/acpi
	: >$false/sys/net/ipv4/ip_forward
	: >$false/sys/kernel/core_pattern
	: >$false/self/oom_score_adj
	: >$false/timer_list
	: >$false/sysrq-trigger
	A=$BUNDLE/rootfs/proc B=$BUNDLE/rootfs/false
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1"} | .process.oomScoreAdj = 500'
	program probe open /proc/sys/kernel/core_pattern /false/sys/kernel/core_pattern /proc/sysrq-trigger /false/sysrq-trigger
	SWAP="$PROBE swap $A $B"
}

# Nothing was written to the false files, and procfs is protected wherever it is.
procfs_safe() {
	unchanged && lacks OPENED && is "$(find rootfs/proc rootfs/false -type f -size +0)" ""
}

@test "T24 a false procfs changes places with the real one: at random" {
	procfs_exchange
	race "$RACE_SECONDS" procfs_safe
}

@test "T24 a false procfs changes places with the real one: at each call" {
	procfs_exchange
	hold_sweep procfs_safe "$SWAP"
}

@test "T24 a false procfs changes places with the real one for one call: at each call" {
	procfs_exchange
	hold_sweep procfs_safe -X "$SWAP"
}
