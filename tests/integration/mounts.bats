# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# mounts.bats: the root file system and what is mounted into it
load helpers

setup_test() {
	need_root
	config '.root.readonly = false'
	SRC=$T/src
	mkdir "$SRC"
	echo data >"$SRC/file"
	mkdir "$SRC/dir"
}

# says SCRIPT TEXT: the script in the container prints exactly this
says() {
	script "$1"
	expect 0 taper run "$ID"
	is "$output" "$2"
}

# mount_at DESTINATION TYPE SOURCE OPTION...: add a mount to the config
mount_at() {
	config '.mounts += [{destination: $ARGS.positional[0], type: $ARGS.positional[1],
		source: $ARGS.positional[2], options: $ARGS.positional[3:]}]' --args -- "$@"
}

# options_of DESTINATION: options and propagation of the container's topmost mount there
options_of() {
	awk -v at="$1" '$5 == at {
		shared = ""
		for (i = 7; $i != "-"; i++)
			shared = shared " " ($i ~ /^shared/ ? "shared" : $i ~ /^master/ ? "slave" : $i)
		line = $6 ($4 == "/" && /- (tmpfs|ramfs) / ? "," $NF : "") "," shared ","
	} END { print line }' "/proc/$PID/mountinfo"
}

# compare FILE: each line's option, a word that is there, one that is not ("." for none)
compare() {
	local option there absent got failed=0
	while read -r option there absent; do
		got=,$(options_of "/m/$option")
		[ "$there" = . ] || [[ $got == *[,\ ]$there[,\ ]* ]] || {
			echo "$option: no $there in $got"
			failed=1
		}
		[ "$absent" = . ] || [[ $got != *[,\ ]$absent[,\ ]* ]] || {
			echo "$option: $absent in $got"
			failed=1
		}
	done <"$1"
	return $failed
}

# ---- order, kinds ----

@test "MN-1 in the order of the list, one inside the other" {
	mount_at /a tmpfs tmpfs mode=755
	mount_at /a/b tmpfs tmpfs size=64k
	mount_at /a/b/c bind "$SRC" bind
	says 'cat /a/b/c/file; df -k /a/b | tail -n 1 | tr -s " " | cut -d " " -f 2' "data
64"
}

@test "MN-1 mountinfo has new file systems in the order of the list" {
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	script 'while read -r _ _ _ _ at _; do echo "$at"; done </proc/self/mountinfo'
	expect 0 taper run "$ID"
	# a controller's mount below /sys/fs/cgroup, and the root itself, are nobody's entry
	is "$(grep -v -x -e / -e '/sys/fs/cgroup/.*' <<<"$output")" \
		"$(jq -r '.mounts[].destination' "$BUNDLE/config.json")"
}

@test "MN-2 a relative destination is below the root" {
	mount_at x/y tmpfs tmpfs
	program grep -c " /x/y " /proc/self/mountinfo
	expect 0 taper run "$ID"
	is "${lines[-1]}" 1
	[[ ${lines[0]} == *warning*"mounts["*x/y* ]]
	mount_at "" tmpfs tmpfs
	refused 'mounts['
}

@test "MN-3 missing mount points: a directory for a directory, a file for a file" {
	mount_at /new/dir bind "$SRC/dir" bind
	mount_at /new/file bind "$SRC/file" bind
	says 'stat -c "%F %a" /new; cat /new/file; stat -c %F /new/dir' "directory 755
data
directory"
	is "$(stat -c '%F %a' rootfs/new/file)" "regular empty file 644"
}

@test "MN-4 MN-5 sources of binds: relative to the bundle; missing ones" {
	mkdir inside
	echo rel >inside/file
	mount_at /one none inside bind
	mount_at /two bind inside
	says 'cat /one/file /two/file' "rel
rel"
	mount_at /three bind /no/such/source bind
	refused /no/such/source
	has 'mounts['
}

@test "MN-6 file systems by name; an unknown one" {
	mount_at /q mqueue mqueue nosuid
	mount_at /s sysfs sysfs ro
	mount_at /p proc proc
	mount_at /r ramfs ramfs
	says 'awk "\$5 ~ /^.(q|s|p|r)\$/ { sub(/.* - /, \"\"); print \$1 }" /proc/self/mountinfo | sort' "mqueue
proc
ramfs
sysfs"
	mount_at /z no-such-fs none
	refused no-such-fs
}

@test "MN-6 overlay, with its data" {
	mkdir "$SRC/upper" "$SRC/work"
	mount_at /o overlay overlay "lowerdir=$SRC/dir" "upperdir=$SRC/upper" "workdir=$SRC/work"
	echo low >"$SRC/dir/low"
	says 'cat /o/low; echo up >/o/up; rm /o/low' low
	is "$(cat "$SRC/upper/up")" up
	[ -e "$SRC/dir/low" ]
}

@test "MN-7 type cgroup: the container's own groups, read-only where asked" {
	script 'find /sys/fs/cgroup -name cgroup.procs | while read -r f; do
			grep -qw 1 "$f" && echo "${f#/sys/fs/cgroup}"
		done
		mkdir "$(dirname "$(find /sys/fs/cgroup -name cgroup.procs | head -n 1)")/x"'
	expect 1 taper run "$ID"
	has cgroup.procs
	has "Read-only file system"
	lacks "$ID"
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	expect 1 taper run "$ID"
	has cgroup.procs
}

@test "MN-8 MN-9 id-mapped mounts, with and without the option" {
	need_userns
	chown 1000:1000 "$SRC/file"
	for option in idmap ridmap bind; do
		mount_at "/$option" bind "$SRC" bind "$option"
	done
	config '(.mounts[] | select(.destination | test("^/(rid|id|bi)"))) |= . + {
		uidMappings: [{containerID: 1000, hostID: 2000, size: 1}, {containerID: 0, hostID: 0, size: 1}],
		gidMappings: [{containerID: 1000, hostID: 3000, size: 1}, {containerID: 0, hostID: 0, size: 1}]}'
	says 'for o in idmap ridmap bind; do stat -c %u:%g /$o/file; done' "2000:3000
2000:3000
2000:3000"
	config '(.mounts[] | select(.destination == "/idmap")) |= del(.gidMappings)'
	refused 'mounts['
}

# nested COMMAND...: run it in a mount namespace where another mount, with a file of user 1000, lies on $SRC/dir
nested() {
	mkdir "$T/other"
	touch "$T/other/below"
	chown 1000:1000 "$T/other/below"
	unshare --mount --propagation private bash -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' - \
		"$T/other" "$SRC/dir" "$@" </dev/null
}

@test "MN-8 id-mapped mounts: what is made inside, and what lies below" {
	need_userns
	chown 1000:1000 "$SRC/file"
	chmod 777 "$SRC"
	config --arg src "$SRC" '.mounts += ["idmap", "ridmap" | {destination: "/\(.)", type: "bind", source: $src,
		options: ["rbind", .],
		uidMappings: [{containerID: 1000, hostID: 2000, size: 10}, {containerID: 0, hostID: 0, size: 1}],
		gidMappings: [{containerID: 1000, hostID: 3000, size: 10}, {containerID: 0, hostID: 0, size: 1}]}] |
		(.process.capabilities | .bounding, .permitted, .effective) += ["CAP_CHOWN"]'
	script 'cd /idmap; stat -c "%u:%g %n" file /idmap/dir/below /ridmap/dir/below
		touch rooted; touch by2001; chown 2001:3001 by2001; stat -c "%u:%g" rooted by2001'
	run nested "$TAPER" --root "$ROOT" run "$ID"
	is "$output" "2000:3000 file
1000:1000 /idmap/dir/below
2000:3000 /ridmap/dir/below
0:0
2001:3001"
	is "$(stat -c %u:%g "$SRC/rooted" "$SRC/by2001" | tr '\n' ' ')" "0:0 1001:1001 "
}

@test "MN-8 N-8 an id-mapped mount for a user namespace: the host's owners inside, and for what is made" {
	need_userns
	chown -R 100000:100000 rootfs
	chown 0:0 "$SRC/file"
	chmod 755 "$SRC"
	mount_at /m bind "$SRC" bind idmap
	mount_at /plain bind "$SRC" bind
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 2000}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 0, gid: 0}'
	says 'stat -c %u:%g /m/file /plain/file; touch /m/made; stat -c %u:%g /m/made; touch /plain/x 2>&1; true' "0:0
65534:65534
0:0
touch: /plain/x: Permission denied"
	is "$(stat -c %u:%g "$SRC/made")" 0:0
}

@test "MN-8 a new file system with an id mapping" {
	need_userns
	config '.mounts += [{destination: "/m", type: "tmpfs", source: "tmpfs",
		uidMappings: [{containerID: 0, hostID: 5000, size: 1}],
		gidMappings: [{containerID: 0, hostID: 6000, size: 1}]}]'
	script 'stat -c %u:%g /m'
	run taper run "$ID" </dev/null
	[ "$status" -eq 0 ] || { has "map the ids" && skip "tmpfs has no id-mapped mounts here (Linux 6.3)"; }
	is "$output" 5000:6000
}

@test "MN-11 nothing is mounted over /proc, but for single files" {
	mount_at /proc/uptime bind "$SRC/file" bind
	says 'cat /proc/uptime' data
	mount_at /proc/sys/kernel bind "$SRC/dir" bind
	refused /proc
}

@test "MN-12 a mount on the root itself is refused" {
	mount_at / tmpfs tmpfs
	refused 'mounts['
}

@test "MN-14 a tmpfs takes the mode and owner of what it covers, unless a mode is given" {
	mkdir -m 1777 rootfs/sticky
	mkdir -m 750 rootfs/closed
	chown 7:8 rootfs/closed
	mount_at /sticky tmpfs tmpfs
	mount_at /closed tmpfs tmpfs
	mount_at /given tmpfs tmpfs mode=711
	mkdir rootfs/owned
	chown 7:8 rootfs/owned
	mount_at /owned tmpfs tmpfs gid=9
	says 'stat -c "%a %u:%g" /sticky /closed /given /owned' "1777 0:0
750 7:8
711 0:0
755 7:9"
	# an owner that the user namespace does not have is none
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 100}] |
		.linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 rootfs
	chown 100007:8 rootfs/owned
	chown 7:100008 rootfs/closed
	says 'stat -c "%a %u:%g" /closed /owned' "750 0:8
755 7:9"
}

@test "MN-15 MO-9 propagation of a mount" {
	for option in private shared slave unbindable rprivate rshared rslave runbindable; do
		mount_at "/m/$option" tmpfs tmpfs "$option"
	done
	program sleep 100
	launch
	compare /dev/stdin <<-END
		private . shared
		shared shared .
		unbindable unbindable shared
		rprivate . shared
		rshared shared .
		runbindable unbindable shared
	END
}

# ---- options ----

options='ro ro .
rw rw ro
nosuid nosuid .
suid . nosuid
nodev nodev .
dev . nodev
noexec noexec .
exec . noexec
noatime noatime relatime
relatime relatime .
atime relatime noatime
nodiratime nodiratime .
diratime . nodiratime
strictatime . relatime
nostrictatime relatime noatime
nosymfollow nosymfollow .
symfollow . nosymfollow
defaults rw ro
async . sync
nomand . mand
mand rw ro
loud rw ro
silent rw ro
nolazytime . lazytime
noiversion . iversion
iversion rw ro
norelatime rw ro
nofail rw ro
user rw ro
_netdev rw ro
x-a.b rw ro
X-a.b rw ro
comment=z rw ro'

@test "MO-1 MO-2 MO-3 MO-4 MO-5 MO-6 MO-7 MO-16 MO-17 options, each on a tmpfs" {
	local option
	{
		echo "$options"
		echo 'sync sync .
			dirsync dirsync .
			lazytime lazytime .
			size=32k size=32k .'
	} >"$T/options"
	while read -r option _; do
		mount_at "/m/$option" tmpfs tmpfs "$option"
	done <"$T/options"
	program sleep 100
	launch
	compare "$T/options"
}

@test "MO-1 MO-2 MO-3 MO-5 MO-6 MO-7 MO-16 options, each on a bind" {
	local option
	echo "$options" >"$T/options"
	while read -r option _; do
		mount_at "/m/$option" bind "$SRC" bind "$option"
	done <"$T/options"
	program sleep 100
	launch
	compare "$T/options"
}

@test "MO-18 options: the last of a pair wins" {
	mount_at /m/one tmpfs tmpfs ro nosuid rw suid
	mount_at /m/two bind "$SRC" bind rw ro exec noexec
	program sleep 100
	launch
	compare /dev/stdin <<-END
		one rw nosuid
		two noexec rw
	END
}

@test "MN-13 options: a bind keeps the flags of its source that no option clears" {
	mkdir rootfs/m
	mount_at /src tmpfs tmpfs nosuid nodev
	program sleep 100
	unshare --mount --propagation private bash -c '
		mount -t tmpfs -o nosuid,noexec,nodev none "$1" && shift && exec "$@"' - "$SRC" \
		"$TAPER" --root "$ROOT" run --detach --pid-file "$T/pid" "$ID" </dev/null >/dev/null 3>&-
	PID=$(cat "$T/pid")
	compare /dev/stdin <<-END
		none . .
	END
	[[ $(options_of /src) == *nosuid,nodev* ]]
}

@test "MO-10 MO-11 MO-12 options: the r* ones reach the mounts below" {
	local option
	cat >"$T/options" <<-END
		rro ro .
		rnosuid nosuid .
		rnodev nodev .
		rnoexec noexec .
		rnoatime noatime relatime
		rnodiratime nodiratime .
		rstrictatime . relatime
		rnosymfollow nosymfollow .
	END
	mkdir "$SRC/dir/sub"
	while read -r option _; do
		mount_at "/m/$option" bind "$SRC" rbind "$option"
	done <"$T/options"
	mount_at /m/plain bind "$SRC" rbind ro
	program sleep 100
	unshare --mount --propagation private bash -c '
		mount -t tmpfs none "$1/dir" && shift && exec "$@"' - "$SRC" \
		"$TAPER" --root "$ROOT" run --detach --pid-file "$T/pid" "$ID" </dev/null >/dev/null 3>&-
	PID=$(cat "$T/pid")
	compare "$T/options"
	sed 's|^[a-z]*|&/dir|' "$T/options" >"$T/below"
	compare "$T/below"
	[[ $(options_of /m/plain/dir) == rw* ]]
}

@test "MO-14 options: tmpcopyup starts with what is covered" {
	mkdir rootfs/full
	echo old >rootfs/full/file
	ln -s file rootfs/full/link
	chmod 640 rootfs/full/file
	chown 0:8 rootfs/full/file
	mkdir -p rootfs/full/sub/deep
	chmod 751 rootfs/full/sub
	echo below >rootfs/full/sub/deep/file
	mkfifo -m 620 rootfs/full/sub/fifo
	chown 9:10 rootfs/full/sub/fifo
	mount_at /full tmpfs tmpfs tmpcopyup
	says 'cat /full/link; stat -c "%a %u:%g" /full/file; echo new >/full/file
	stat -c "%a %F" /full/sub; cat /full/sub/deep/file; stat -c "%a %F %u:%g" /full/sub/fifo' "old
640 0:8
751 directory
below
620 fifo 9:10"
	is "$(cat rootfs/full/file)" old
	mount_at /bound bind "$SRC" bind tmpcopyup
	refused tmpcopyup
}

# ---- root ----

@test "R-3 R-4 a read-only root, with mount points made before, and mounts of their own" {
	config '.root.readonly = true'
	mount_at /made/here tmpfs tmpfs
	says 'touch /x 2>&1; touch /made/here/x && echo written' "touch: /x: Read-only file system
written"
}

@test "R-4 a mount point that is missing on a file system that is read-only: an error that names it" {
	mount_at /made/here tmpfs tmpfs
	export TAPER ROOT ID
	expect 1 unshare --mount --propagation private sh -c 'mount --bind rootfs rootfs &&
		mount -o remount,bind,ro rootfs && cd "$PWD" && "$TAPER" --root "$ROOT" run "$ID"'
	has /made
	has "read-only file system"
	[ ! -e rootfs/made ]
}

@test "R-5 nothing of the host is left, with pivot_root and with --no-pivot" {
	# The root's line alone names a directory of the host: where the file system has it.
	script 'awk "\$5 != \"/\"" /proc/self/mountinfo; ls /proc/1/root/../..; ls ../../..'
	expect 0 taper run "$ID"
	has " /proc "
	lacks "$ID"
	lacks boot
	expect 0 taper run --no-pivot "$ID"
	has " /proc "
	lacks "$ID"
	lacks boot
}

@test "R-5 --no-pivot: user namespaces made inside get no procfs or sysfs without masks" {
	need_root
	local pivot fs
	config '.process.capabilities |= map_values(. + ["CAP_SETFCAP"])'
	for pivot in '' --no-pivot; do
		for fs in proc sysfs; do
			program unshare -mrnpf sh -c "mount -t $fs none /mnt; ls /mnt"
			# shellcheck disable=SC2086
			run taper run $pivot "$ID"
			is "$output" "mount: permission denied (are you root?)"
		done
	done
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings | .hooks.createContainer = [{path: "/bin/true"}]'
	chown -R 100000:100000 rootfs
	run taper run --no-pivot "$ID"
	is "$output" "mount: permission denied (are you root?)"
}

@test "MN-3 what goes into a read-only tmpfs is made before it becomes so" {
	config '(.mounts[] | select(.destination == "/dev") | .options) += ["ro"]'
	mount_at /made tmpfs tmpfs ro
	mount_at /made/below tmpfs tmpfs
	mount_at /empty tmpfs tmpfs ro
	says 'for d in /dev /made /empty; do touch $d/x 2>&1; done; touch /made/below/x && echo written >/dev/null
		ls /dev/shm /made' "touch: /dev/x: Read-only file system
touch: /made/x: Read-only file system
touch: /empty/x: Read-only file system
/dev/shm:

/made:
below"
}

@test "masked and read-only paths that are named twice" {
	config '.linux.maskedPaths += ["/etc", "/etc/"] | .linux.readonlyPaths += ["/bin", "/bin"]'
	says 'for p in /etc /bin; do grep -c " $p " /proc/self/mountinfo; done' "1
1"
}

@test "R-6 links in the root file system lead nowhere else" {
	mkdir "$T/host"
	echo host >"$T/host/file"
	ln -s "$T/host" rootfs/absolute
	ln -s "../../../../../../$T/host" rootfs/relative
	ln -s "$T/host/file" rootfs/file
	mount_at /absolute/x tmpfs tmpfs
	mount_at /relative/y tmpfs tmpfs
	mount_at /file bind "$SRC/file" bind
	says 'touch /absolute/x/seen; cat /file' data
	is "$(ls "$T/host")" file
	is "$(cat "$T/host/file")" host
	[ -d "rootfs/$T/host/x" ]
}

# on_shared: run the container on a host whose mounts are all shared, as systemd has them: it has them as before
on_shared() {
	export TAPER ROOT ID
	expect 0 unshare --mount --propagation private sh -c 'mount -t tmpfs tmpfs "$0" &&
		mount --make-rshared / && before=$(cat /proc/self/mountinfo) &&
		"$TAPER" --root "$ROOT" run ${RUN_OPTION-} "$ID" && [ "$before" = "$(cat /proc/self/mountinfo)" ]' "$T/host"
}

@test "LX-1 T12 what is mounted in the container does not show on the host, whose mounts are shared" {
	need_root
	mkdir "$T/host" "$T/source"
	mount_at /v bind "$T/source" bind
	mount_at /v/file bind "$SRC/file" bind
	mount_at /v/dir tmpfs tmpfs
	mount_at /cgroups cgroup cgroup
	config '.linux.devices = [{path: "/dev/new", type: "c", major: 1, minor: 3}]'
	script 'grep " shared:" /proc/self/mountinfo; cat /v/file'
	on_shared
	is "$output" data
	config '.linux.namespaces += [{type: "user"}] | .linux.devices = null |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	on_shared
	is "$output" data
	config '.process.terminal = true'
	on_shared
	is "${output%$'\r'}" data
}

@test "LX-1 rootfsPropagation: a tree shared with the host's takes nothing of it along" {
	need_root
	mkdir "$T/host"
	config '.linux.rootfsPropagation = "shared"'
	on_shared
	export RUN_OPTION=--no-pivot
	on_shared
}

@test "LX-1 rootfsPropagation on a host whose mounts are shared: whether it is a slave" {
	local want
	mkdir "$T/host"
	script 'awk "\$5 == \"/\" { sub(/:.*/, \"\", \$7); print \$7 }" /proc/self/mountinfo'
	for want in private:- rprivate:- slave:master rslave:master unbindable:unbindable shared:shared; do
		config --arg p "${want%:*}" '.linux.rootfsPropagation = $p'
		on_shared
		is "$want $output" "$want ${want#*:}"
	done
	config 'del(.linux.rootfsPropagation)' # as other runtimes
	on_shared
	is "$output" master
}

@test "LX-1 rootfsPropagation" {
	program sleep 100
	for want in shared private slave unbindable; do
		config --arg p "$want" '.linux.rootfsPropagation = $p'
		launch
		case $want in
		private) [[ $(options_of /) != *shared* ]] ;;
		slave) [[ $(options_of /) != *shared* ]] ;;
		*) [[ $(options_of /) == *"$want"* ]] ;;
		esac
		taper delete --force "$ID"
	done
	config '.linux.rootfsPropagation = "sideways"'
	refused rootfsPropagation
}

@test "LX-2 LX-3 masked and read-only paths, of files and directories" {
	echo secret >rootfs/secret
	mkdir rootfs/hidden rootfs/fixed
	touch rootfs/hidden/x
	echo keep >rootfs/fixed/file
	config '.linux.maskedPaths += ["/secret", "/hidden", "/not/there"] |
		.linux.readonlyPaths += ["/fixed", "/etc/passwd", "/neither/there"]'
	says 'wc -c </secret; ls /hidden; touch /hidden/y 2>&1; cat /fixed/file; touch /fixed/y 2>&1
		(echo >/etc/passwd) 2>&1; true' "0
touch: /hidden/y: Read-only file system
keep
touch: /fixed/y: Read-only file system
sh: can't create /etc/passwd: Read-only file system"
	is "$(cat rootfs/secret)" secret
	config '.linux.maskedPaths = ["secret"]'
	refused 'linux.maskedPaths[0]'
}

@test "LX-3 read-only paths: the mounts below too, with their flags; relative ones are refused" {
	mount_at /fixed tmpfs tmpfs
	mount_at /fixed/below tmpfs tmpfs noexec
	config '.linux.readonlyPaths = ["/fixed"]'
	says 'for d in /fixed /fixed/below; do touch $d/x 2>&1; done; grep -c " /fixed/below ro,noexec" /proc/self/mountinfo
		true' "touch: /fixed/x: Read-only file system
touch: /fixed/below/x: Read-only file system
1"
	config '.linux.readonlyPaths = ["fixed"]'
	refused 'linux.readonlyPaths[0]'
}

@test "LX-2 masked paths in any order; what the masks are made of is not seen" {
	local paths
	echo secret >rootfs/secret
	mkdir rootfs/hidden rootfs/too
	touch rootfs/hidden/x rootfs/too/x
	for paths in '["/secret", "/hidden", "/too"]' '["/too", "/secret", "/hidden"]' '["/hidden", "/too", "/secret"]'; do
		config ".linux.maskedPaths = $paths"
		says 'wc -c </secret; ls -A /hidden /too; ls /' "0
/hidden:

/too:
$(ls rootfs)"
	done
	config '.linux.maskedPaths = ["/secret"]'
	says 'wc -c </secret; ls /hidden; ls /' "0
x
$(ls rootfs)"
}

@test "LX-7 a false /dev/null of the image does not unmask" {
	echo secret >rootfs/secret
	echo false >rootfs/dev/null
	config '.mounts |= map(select(.destination | startswith("/dev") | not)) |
		.linux.maskedPaths = ["/secret"]'
	script 'wc -c </secret'
	run taper run "$ID" </dev/null
	lacks secret
	[ "$status" -ne 0 ] || is "$output" 0
}

# ---- /dev ----

@test "D-2 D-4 D-5 default devices and links" {
	says 'for d in null zero full random urandom tty; do
			stat -c "%n %F %t:%T %a %u:%g" /dev/$d
		done
		for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done
		head -c 2 /dev/zero | wc -c; echo x >/dev/null; echo x 2>&1 >/dev/full
		exit 0' "/dev/null character special file 1:3 666 0:0
/dev/zero character special file 1:5 666 0:0
/dev/full character special file 1:7 666 0:0
/dev/random character special file 1:8 666 0:0
/dev/urandom character special file 1:9 666 0:0
/dev/tty character special file 5:0 666 0:0
/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx
2
sh: write error: No space left on device"
}

@test "a tmpfs that is read-only, as /dev too, when all that belongs into it is there" {
	config --arg src "$SRC" '(.mounts[] | select(.destination == "/dev")).options += ["ro"] | .mounts += [
		{destination: "/empty", type: "tmpfs", source: "tmpfs", options: ["ro"]},
		{destination: "/filled", type: "tmpfs", source: "tmpfs", options: ["ro", "noexec"]},
		{destination: "/filled/rw", type: "bind", source: $src, options: ["bind", "rw"]},
		{destination: "/twice", type: "tmpfs", source: "tmpfs", options: ["ro"]},
		{destination: "/twice", type: "tmpfs", source: "tmpfs", options: ["rw"]}] |
		.linux.devices = [{path: "/dev/other", type: "c", major: 1, minor: 3}] | .process.terminal = false'
	says 'for p in /dev/x /empty/x /filled/x; do touch $p 2>&1; done
		echo x >/dev/null && echo x >/dev/other && touch /dev/shm/x /filled/rw/x /twice/x && ls /dev/pts/ptmx
		grep -E " /filled " /proc/self/mountinfo | cut -d " " -f 6' "touch: /dev/x: Read-only file system
touch: /empty/x: Read-only file system
touch: /filled/x: Read-only file system
/dev/pts/ptmx
ro,noexec,relatime"
	[ -e "$SRC/x" ]
}

@test "DV-1 DV-2 DV-4 DV-5 devices: what is usual, and what is refused" {
	config '.linux.devices = [{path: "/dev/plain", type: "c", major: 1, minor: 3},
		{path: "/dev/typed", type: "c", major: 1, minor: 5, fileMode: 8612}]' # 0020644
	script 'stat -c "%a %u:%g" /dev/plain /dev/typed'
	umask 077
	expect 0 taper run "$ID"
	umask 022
	is "$output" "666 0:0
644 0:0"
	config '.linux.devices = [{path: "/dev/x", type: "q", major: 1, minor: 3}]'
	refused 'linux.devices[0].type'
	config '.linux.devices = [{path: "dev/x", type: "c", major: 1, minor: 3}]'
	refused 'linux.devices[0].path'
}

@test "D-4 D-5 links: what the image has stays, but for ptmx" {
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	echo mine >rootfs/dev/fd
	ln -s elsewhere rootfs/dev/stdin
	echo mine >rootfs/dev/ptmx
	says 'cat /dev/fd; for l in stdin stdout ptmx; do readlink /dev/$l; done' "mine
elsewhere
/proc/self/fd/1
pts/ptmx"
}

@test "DV-1 DV-2 DV-4 DV-5 devices of the config, anywhere" {
	config '.linux.devices = [
		{path: "/some/where/zero", type: "c", major: 1, minor: 5, fileMode: 416, uid: 7, gid: 8},
		{path: "/dev/pipe", type: "p", fileMode: 384},
		{path: "/dev/disk", type: "b", major: 7, minor: 0},
		{path: "/dev/u", type: "u", major: 1, minor: 3}]'
	says 'stat -c "%F %t:%T %a %u:%g" /some/where/zero /dev/pipe /dev/disk /dev/u
		head -c 1 /dev/disk 2>&1; true' "character special file 1:5 640 7:8
fifo 0:0 600 0:0
block special file 7:0 666 0:0
character special file 1:3 666 0:0
head: /dev/disk: Operation not permitted"
	config '.linux.devices = [{path: "/etc/passwd", type: "c", major: 1, minor: 5}]'
	refused 'linux.devices[0]'
}

@test "RS-1 a device is usable when a rule allows it" {
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	config '.linux.devices = [{path: "/dev/k", type: "c", major: 10, minor: 229}]'
	script 'exec 5</dev/k'
	run taper run "$ID" </dev/null
	has "Operation not permitted"
	config '.linux.resources.devices += [{allow: true, type: "c", major: 10, minor: 229, access: "r"}]'
	script 'exec 5</dev/k && echo open'
	expect 0 taper run "$ID"
	is "$output" open
	script 'exec 5>/dev/k'
	run taper run "$ID" </dev/null
	has "Operation not permitted"
}

# ---- terminal ----

@test "P-1 P-2 D-3 a terminal: master sent away, size, controlling, /dev/console" {
	need_ear
	config '.process.terminal = true | .process.consoleSize = {height: 33, width: 77}'
	script 'tty; stty size; [ -c /dev/console ] && echo console; echo x >/dev/tty; test -t 0 && echo in'
	timeout 20 "$EAR" fd "$T/sock" >"$T/heard" 3>&- &
	wait_for 5 test -S "$T/sock"
	launch --console-socket "$T/sock"
	wait
	is "$(tr -d '\r' <"$T/heard")" "/dev/pts/0
33 77
console
x
in"
}

@test "P-1 a terminal and create: the master comes at create" {
	need_ear
	config '.process.terminal = true'
	script 'echo hello'
	timeout 20 "$EAR" fd "$T/sock" >"$T/heard" 3>&- &
	wait_for 5 test -S "$T/sock"
	create --console-socket "$T/sock"
	is "$(cat "$T/heard")" ""
	taper start "$ID"
	wait
	is "$(tr -d '\r' <"$T/heard")" hello
}
