#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2314,SC2034
#
# added.bats: mounts that are added to a container that runs, and removed again

load helpers

setup_test() {
	need_root
	mkdir "$T/src"
	echo words >"$T/src/file"
	program sleep 1000
	config '.root.readonly = false'
}

# file JSON: what mounts add is to read; @T@ is the test's directory
file() {
	printf '%s\n' "${1//@T@/$T}" >"$T/mounts.json"
}

# mounted DESTINATION: a mount of the container is there
mounted() {
	awk -v at="$1" '$5 == at { found = 1 } END { exit !found }' "/proc/$PID/mountinfo"
}

# added: the destinations that list prints
added() {
	taper mounts list "$ID" | jq -r '[.[].destination] | join(" ")'
}

@test "mounts: add, list, remove" {
	launch
	is "$(taper mounts list "$ID")" "[]"
	before=$(cat "/proc/$PID/mountinfo")
	file '[{"destination": "/new/dir", "type": "bind", "source": "@T@/src", "options": ["rbind", "ro", "nosuid"]},
		{"destination": "//new/file", "source": "@T@/src/file", "options": ["bind"]},
		{"destination": "/mnt", "type": "tmpfs", "options": ["size=64k", "mode=711", "noexec"]}]'
	expect 0 taper mounts add "$ID" "$T/mounts.json"
	is "$output" ""
	is "$(inside cat /new/dir/file /new/file)" $'words\nwords'
	is "$(inside sh -c 'touch /new/dir/x 2>&1')" "touch: /new/dir/x: Read-only file system"
	inside sh -c 'echo more >>/new/file'
	is "$(cat "$T/src/file")" $'words\nmore'
	is "$(inside stat -c %a /mnt)" 711
	is "$(inside df -k /mnt | awk 'END { print $2 }')" 64
	awk '$5 == "/new/dir" { print $6 }' "/proc/$PID/mountinfo" | grep -q 'ro.*nosuid'
	awk '$5 == "/mnt" { print $6 }' "/proc/$PID/mountinfo" | grep -q noexec
	# nothing of it is in the host's mount namespace
	! grep -q /new/dir /proc/self/mountinfo
	taper mounts list "$ID" >"$T/list"
	is "$(jq -c 'map([.destination, .type, .source])' "$T/list")" \
		"[[\"/new/dir\",\"bind\",\"$T/src\"],[\"/new/file\",\"bind\",\"$T/src/file\"],[\"/mnt\",\"tmpfs\",\"tmpfs\"]]"
	# what is added later is recorded too
	file '[{"destination": "/late", "source": "@T@/src", "options": ["bind"]}]'
	expect 0 taper mounts add "$ID" "$T/mounts.json"
	is "$(added)" "/new/dir /new/file /mnt /late"
	expect 0 taper mounts remove "$ID" "$T/mounts.json"
	is "$(added)" "/new/dir /new/file /mnt"
	# what list prints, remove takes
	expect 0 taper mounts remove "$ID" "$T/list"
	is "$(added)" ""
	is "$(cat "/proc/$PID/mountinfo")" "$before"
	is "$(cat "$T/src/file")" $'words\nmore'
}

@test "mounts: standard input" {
	launch
	echo '[{"destination": "/mnt", "type": "tmpfs"}]' | taper mounts add "$ID" - 3>&-
	mounted /mnt
	echo '[{"destination": "/mnt"}]' | taper mounts remove "$ID" - 3>&-
	! mounted /mnt
}

@test "mounts add: all or nothing" {
	launch
	before=$(cat "/proc/$PID/mountinfo")
	for bad in '{"destination": "/b", "source": "@T@/absent", "options": ["bind"]}' \
		'{"destination": "/b", "type": "nosuchfs"}' \
		'{"destination": "/etc/hosts/x", "source": "@T@/src", "options": ["bind"]}' \
		'{"destination": "/b", "type": "tmpfs", "options": ["size=nonsense"]}'; do
		: >rootfs/etc/hosts
		file "[{\"destination\": \"/a\", \"source\": \"@T@/src\", \"options\": [\"bind\"]}, $bad]"
		expect 1 taper mounts add "$ID" "$T/mounts.json"
		has "$T/mounts.json: [1]: "
		has " at line 1 column "
		is "$(cat "/proc/$PID/mountinfo")" "$before"
		is "$(added)" ""
	done
	is "$(status_of)" running
}

@test "mounts add: no mount point is made in a root that is read-only" {
	config '.root.readonly = true'
	launch
	file '[{"destination": "/mnt", "type": "tmpfs"}]'
	expect 0 taper mounts add "$ID" "$T/mounts.json"
	file '[{"destination": "/absent", "type": "tmpfs"}]'
	expect 1 taper mounts add "$ID" "$T/mounts.json"
	has "make the mount point /absent: read-only file system"
	is "$(added)" /mnt
}

@test "mounts add: what is wrong with the file has its place" {
	launch
	file '[{"destination": "/a", "source": 3}]'
	expect 1 taper mounts add "$ID" "$T/mounts.json"
	has "[0].source: expected string, found number at line 1 column"
	file '{"mounts": []}'
	expect 1 taper mounts add "$ID" "$T/mounts.json"
	has "expected array"
	file '[{"destination": "/", "source": "/", "options": ["bind"]}, {"destination": "/p", "type": "proc"},
		{"destination": "/c", "type": "cgroup2"}, {"destination": "/mnt", "options": ["remount", "ro"]}]'
	expect 1 taper mounts add "$ID" "$T/mounts.json"
	has "[0].destination: the destination is the root file system"
	has "and 3 more"
	expect 1 taper mounts add "$ID" "$T/absent.json"
	has "no such file or directory"
	file '[]'
	expect 0 taper mounts add "$ID" "$T/mounts.json"
	expect 0 taper mounts remove "$ID" "$T/mounts.json"
}

@test "mounts: the command line" {
	expect 1 taper mounts frob "$ID"
	has "expected add, remove or list, found frob"
	expect 1 taper mounts add "$ID"
	has "expected mounts add ID FILE"
	expect 1 taper mounts list "$ID" x
	has "expected mounts list ID"
	expect 1 taper mounts list "$ID"
	has "does not exist"
	expect 1 taper mounts add "$ID" x
	has "does not exist"
}

@test "mounts: only while there is a process" {
	file '[{"destination": "/mnt", "type": "tmpfs"}]'
	create
	expect 0 taper mounts add "$ID" "$T/mounts.json"
	mounted /mnt
	taper start "$ID"
	mounted /mnt
	is "$(added)" /mnt
	taper kill "$ID" KILL
	wait_for 5 status_is stopped
	is "$(added)" ""
	expect 1 taper mounts add "$ID" "$T/mounts.json"
	has "container not running"
	expect 1 taper mounts remove "$ID" "$T/mounts.json"
	has "container not running"
}

@test "mounts: a path that leads elsewhere by now is left alone" {
	launch
	file '[{"destination": "/mnt", "type": "tmpfs"}, {"destination": "/opt", "type": "tmpfs"}]'
	expect 0 taper mounts add "$ID" "$T/mounts.json"
	expect 1 taper mounts add "$ID" "$T/mounts.json"
	has "a mount was added at /mnt already"
	inside mount -t tmpfs over /opt
	expect 1 taper mounts remove "$ID" "$T/mounts.json"
	has "/opt does not lead to the mount that was added there"
	is "$(added)" "/mnt /opt"
	mounted /mnt
	inside umount /opt
	expect 0 taper mounts remove "$ID" "$T/mounts.json"
	# what the container has unmounted itself is no longer there
	expect 0 taper mounts add "$ID" "$T/mounts.json"
	inside umount /opt
	is "$(added)" /mnt
	expect 1 taper mounts remove "$ID" "$T/mounts.json"
	has "no mount was added at /opt"
	# and what was mounted at creation was not added
	echo '[{"destination": "/proc"}]' >"$T/proc.json"
	expect 1 taper mounts remove "$ID" "$T/proc.json"
	has "no mount was added at /proc"
}

@test "mounts add: a symlink of the image cannot name anything of the host" {
	ln -s "$T/src" rootfs/escape
	launch
	file '[{"destination": "/escape", "type": "tmpfs"}]'
	expect 0 taper mounts add "$ID" "$T/mounts.json"
	mounted "$T/src"
	[ -e "$T/src/file" ]
	! grep -q " $T/src " /proc/self/mountinfo
	expect 0 taper mounts remove "$ID" "$T/mounts.json"
	! mounted "$T/src"
}

@test "mounts add: ids are mapped" {
	touch "$T/src/mine"
	chown 1000:1000 "$T/src/mine"
	launch
	file '[{"destination": "/mnt", "source": "@T@/src", "options": ["bind", "idmap"],
		"uidMappings": [{"containerID": 1000, "hostID": 2000, "size": 1}],
		"gidMappings": [{"containerID": 1000, "hostID": 3000, "size": 1}]}]'
	status=0
	taper mounts add "$ID" "$T/mounts.json" 2>"$T/err" </dev/null || status=$?
	if [ $status -ne 0 ]; then
		grep -q 'does its file system support it' "$T/err"
		skip "no id mapping on this file system"
	fi
	is "$(inside stat -c %u:%g /mnt/mine)" 2000:3000
}

@test "mounts add: into a user namespace" {
	need_userns
	chown -R 100000:100000 rootfs
	config '.linux.namespaces += [{type: "user"}] | .linux.resources = null |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	launch
	file '[{"destination": "/made/dir", "source": "@T@/src", "options": ["bind", "ro"]},
		{"destination": "/mnt", "type": "tmpfs", "options": ["mode=755"]}]'
	expect 0 taper mounts add "$ID" "$T/mounts.json"
	is "$(nsenter -t "$PID" -U -m -S 0 -G 0 -r sh -c 'cat /made/dir/file; stat -c %u /mnt; touch /mnt/x && echo ok')" \
		$'words\n0\nok'
	is "$(stat -c %u rootfs/made)" 100000
	expect 0 taper mounts remove "$ID" "$T/mounts.json"
	is "$(added)" ""
}

@test "mounts add: by a user without privileges" {
	need setpriv
	need_userns
	mkdir "$T/user"
	cp -a rootfs "$T/user/rootfs"
	user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$TAPER" --root "$T/user/state" "$@"; }
	cd "$T/user"
	"$TAPER" spec --rootless
	chown -R 65534:65534 "$T/user"
	config '.process.terminal = false | .process.args = ["sleep", "1000"] |
		.linux.uidMappings[0].hostID = 65534 | .linux.gidMappings[0].hostID = 65534 | .root.readonly = false'
	chown 65534:65534 config.json
	user run -d --pid-file "$T/user/pid" "$ID" </dev/null >/dev/null 2>"$T/err" 3>&- || { cat "$T/err"; return 1; }
	PID=$(cat "$T/user/pid")
	file '[{"destination": "/made", "source": "@T@/src", "options": ["bind", "ro"]},
		{"destination": "/mnt", "type": "tmpfs"}]'
	expect 0 user mounts add "$ID" "$T/mounts.json"
	is "$(cat "/proc/$PID/root/made/file")" words
	mounted /mnt
	expect 0 user mounts remove "$ID" "$T/mounts.json"
	! mounted /mnt
	expect 0 user delete -f "$ID"
}
