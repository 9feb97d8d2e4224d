# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# bridge.bats: podman's and docker's own networks, and ports that they publish
#
# The engines live in a network namespace, NETNS, that plays the host: their bridges and rules are nobody else's.
load helpers

setup_file() {
	engine_begin podman conmon /usr/lib/podman/netavark dockerd docker nsenter iptables || return
	export NETNS=$E/netns
	: >"$NETNS"
	unshare --net="$NETNS" true && host ip link set lo up || return
	podman_begin && dockerd_begin
}

teardown_file() {
	[ -n "${E-}" ] || return 0
	remove_all
	end_daemon dockerd
	engine_end
}

teardown_test() {
	remove_all
}

remove_all() {
	podman rm -fa -t 0 >&2
	docker_remove_all
}

# serve ENGINE OPTION...: a container that answers on its port 80
serve() {
	"$1" run -d --name "$NAME" "${@:2}" "$IMAGE" \
		sh -c 'while :; do echo "from $(hostname)" | nc -l -p 80; done' >/dev/null </dev/null
}

# answer ADDRESS PORT [COMMAND...]: what is said there, to COMMAND's container or to the host
answer() {
	"${@:3}" timeout 5 nc "$1" "$2" </dev/null 2>/dev/null
}

answers() {
	[ "$(answer "$@")" = "from server" ]
}

# the host is NETNS
host() {
	nsenter --net="$NETNS" busybox "$@"
}

# works ENGINE NETWORK: names or addresses, published ports, the way out
works() {
	local engine=$1 address format='{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
	serve "$engine" --cap-add NET_RAW --network "$2" --hostname server -p 127.0.0.1:8080:80 -p 8081:80
	address=$("$engine" inspect -f "$format" "$NAME")
	[ -n "$address" ]
	expect 0 "$engine" exec "$NAME" ip addr
	has "inet $address/"
	has "inet 127.0.0.1/8"
	wait_for 10 answers "$address" 80 host
	wait_for 10 answers 127.0.0.1 8080 host
	wait_for 10 answers 127.0.0.1 8081 host
	# one container to another
	wait_for 10 answers "$address" 80 "$engine" run --rm --network "$2" "$IMAGE"
	# the host, from inside
	expect 0 "$engine" exec "$NAME" sh -c 'ping -c 1 -w 5 $(ip route | sed -n "s/^default via \([^ ]*\).*/\1/p")'
}

@test "podman: a bridge, with published ports" {
	works podman podman
	podman rm -f -t 0 "$NAME"
	expect 1 answer 127.0.0.1 8080 host
}

@test "podman: a network of one's own, with addresses given" {
	podman network create --subnet 10.123.0.0/24 "$NAME-n" >/dev/null
	works podman "$NAME-n"
	expect 0 podman run --rm --network "$NAME-n" --ip 10.123.0.77 "$IMAGE" ip addr
	has "inet 10.123.0.77/24"
	podman rm -fa -t 0
	podman network rm "$NAME-n"
}

@test "podman pod: published ports are the pod's" {
	podman pod create --network podman -p 8090:80 --hostname server --name "$NAME-p" >/dev/null
	serve podman --pod "$NAME-p"
	wait_for 10 answers 127.0.0.1 8090 host
	podman pod rm -f -t 0 "$NAME-p"
}

@test "docker: a bridge, with published ports" {
	works docker bridge
	docker rm -f "$NAME"
	expect 1 answer 127.0.0.1 8080 host
}

@test "docker: a network of one's own, names, a container that changes networks" {
	docker network create --subnet 10.124.0.0/24 "$NAME-n" >/dev/null
	works docker "$NAME-n"
	wait_for 10 answers "$NAME" 80 docker run --rm --network "$NAME-n" "$IMAGE"
	docker network connect bridge "$NAME"
	is "$(docker exec "$NAME" ip -o link | grep -c eth)" 2
	docker network disconnect bridge "$NAME"
	is "$(docker exec "$NAME" ip -o link | grep -c eth)" 1
	docker rm -f "$NAME"
	docker network rm "$NAME-n"
}

@test "docker: after a restart the ports are there again" {
	serve docker --network bridge --hostname server -p 8085:80
	wait_for 10 answers 127.0.0.1 8085 host
	docker restart -t 0 "$NAME"
	wait_for 10 answers 127.0.0.1 8085 host
}

@test "bridges: nothing is left of all that" {
	remove_all
	nothing_left
	# no interface of a container
	host ip -o link | tee "$T/links"
	! grep veth "$T/links"
}
