# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# netdev.bats: network devices of the host that become the container's
load helpers

setup_test() {
	need_root
	need ip nsenter
	A=va${ID#tap-} B=vb${ID#tap-}
	ip link add "$A" type veth peer name "$B" 2>/dev/null || skip "no veth devices here"
	ip link set "$B" up
}

teardown_test() {
	ip link del "$B" 2>/dev/null || true
	ip link del "$B.1" 2>/dev/null || true
	[ -z "${holder-}" ] || kill -KILL "$holder"
}

# within ARG...: ip in the container's network namespace
within() {
	nsenter --target "$PID" --net ip "$@"
}

# gone DEVICE: where a namespace ends, its devices end a little later
gone() {
	! ip link show "$1" 2>/dev/null
}

# addresses COMMAND...: as sorted words "FAMILY ADDRESS", of universal scope
addresses() {
	"$@" -o addr show scope global | awk '{ print $3, $4 }' | sort
}

@test "ND-1 ND-2 ND-3 ND-4 ND-5 ND-7 SY-3 a veth, renamed, with all its permanent addresses" {
	ip link set "$A" mtu 1400 address 02:00:00:00:00:17 alias "an alias"
	ip addr add 10.66.0.2/24 broadcast 10.66.0.255 dev "$A" label "$A:1"
	ip addr add 10.66.0.3/24 dev "$A"
	ip addr add fd66::2/64 dev "$A" nodad
	ip addr add fd66::3/128 dev "$A" nodad
	ip addr add 10.66.9.9/24 dev "$A" valid_lft 1000 preferred_lft 1000
	ip addr add 10.66.8.8/24 dev "$A" scope link
	config --arg a "$A" '.linux.netDevices[$a] = {name: "eth7"} |
		.linux.sysctl["net.ipv4.conf.eth7.forwarding"] = "1"'
	script 'cat /proc/sys/net/ipv4/conf/eth7/forwarding; exec sleep 100'
	launch
	expect 1 ip link show "$A"
	run within -d link show eth7
	has "mtu 1400"
	has "link/ether 02:00:00:00:00:17"
	has "alias an alias"
	has "UP,LOWER_UP"
	is "$(addresses within)" "inet 10.66.0.2/24
inet 10.66.0.3/24
inet6 fd66::2/64
inet6 fd66::3/128"
	within addr show eth7 | grep -q "10.66.0.2/24 brd 10.66.0.255 scope global eth7:1"
	within addr show eth7 | grep -q "fd66::2/64 scope global nodad"
	is "$(cat "$T/out")" 1
	# its peer is where it was; the two speak to each other
	ip addr add 10.66.0.1/24 dev "$B"
	ping -c 1 -w 5 10.66.0.2 >/dev/null || ! command -v ping
	taper delete --force "$ID"
	# nobody moves it back: it went with its namespace
	expect 1 ip link show "$A"
	expect 1 ip link show eth7
}

@test "ND-2 the same name, a number by the kernel's rule, a name that is taken" {
	ip link add "$A.1" type veth peer name "$B.1"
	config --arg a "$A" --arg b "$A.1" '.linux.netDevices = {($a): {}, ($b): {name: "net%d"}}'
	script 'exec sleep 100'
	launch
	within link show "$A"
	within link show net0
	taper delete --force "$ID"
	wait_for 10 gone "$B" # with its peer
	ip link add "$A" type veth peer name "$B"
	config --arg a "$A" '.linux.netDevices = {($a): {name: "lo"}}'
	refused "linux.netDevices.$A"
	has "has a device lo"
	ip link show "$A"
	config --arg a "$A" '.linux.netDevices = {($a): {name: "a/b"}}'
	refused "linux.netDevices.$A"
	config --arg a "$A" '.linux.netDevices = {($a): {name: "x%s"}}'
	refused "linux.netDevices.$A"
}

@test "ND-1 no such device, no network namespace of its own" {
	config '.linux.netDevices = {"no-such-dev": {}}'
	refused linux.netDevices.no-such-dev
	config --arg a "$A" '.linux.netDevices = {($a): {}} |
		.linux.namespaces |= map(select(.type != "network"))'
	refused linux.netDevices
	config --arg a "$A" '.linux.namespaces += [{type: "network", path: "/proc/self/ns/net"}]'
	refused linux.netDevices
	ip link show "$A"
}

@test "ND-1 a namespace that is joined, and the device stays there" {
	unshare --net sleep 1000 3>&- &
	holder=$!
	wait_for 5 eval '[ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
	config --arg a "$A" --arg path "/proc/$holder/ns/net" '.linux.netDevices[$a] = {} |
		(.linux.namespaces[] | select(.type == "network")).path = $path'
	expect 0 taper run "$ID"
	nsenter --target "$holder" --net ip link show "$A"
	expect 1 ip link show "$A"
}

@test "ND-6 createRuntime hooks find it in its place; a create that fails gives it back" {
	printf '#!/bin/sh\npid=$(jq .pid) && nsenter --target "$pid" --net ip -o addr show eth7 >%s/seen\nexit 1\n' \
		"$T" >"$T/hook"
	chmod 755 "$T/hook"
	ip addr add 10.66.0.2/24 dev "$A"
	ip link set "$A" up
	config --arg a "$A" --arg hook "$T/hook" '.linux.netDevices[$a] = {name: "eth7"} |
		.hooks.createRuntime = [{path: $hook}]'
	refused hook
	grep -q 10.66.0.2/24 "$T/seen"
	ip -o addr show "$A" | grep -q 10.66.0.2/24
	ip link show "$A" | grep -q UP
}
