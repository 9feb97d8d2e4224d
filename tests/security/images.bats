#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154,SC2016,SC2034
#
# Images that are traps: links, false devices and files where the runtime makes or mounts something.

load helpers

@test "T01 directories of the image that are links to the host, run twice" {
	script 'echo inside; echo x 2>/dev/null >/etc/new; true'
	for dir in dev etc tmp proc sys run; do
		rm -rf "rootfs/$dir"
		ln -s "$OUT" "rootfs/$dir"
		safe inside
		safe inside
		rm "rootfs/$dir"
		ln -s "../../../../../../../..$OUT/dir" "rootfs/$dir"
		safe inside
		rm "rootfs/$dir"
		mkdir "rootfs/$dir"
	done
}

@test "T01 the links appear between two lives of a container" {
	program sleep 100
	launch
	taper delete --force "$ID"
	rm -rf rootfs/dev rootfs/etc
	ln -s "$OUT" rootfs/dev
	ln -s "$OUT" rootfs/etc
	script 'echo again'
	safe again
}

@test "T12 a mount below a link that another mount brings" {
	mkdir -p "$T/v/real"
	ln -s "$OUT" "$T/v/absolute"
	ln -s "../../../../../../../..$OUT" "$T/v/dots"
	ln -s / "$T/v/slash"
	mkdir "$T/source"
	for link in absolute dots slash; do
		config --arg v "$T/v" --arg dst "/v/$link/b/deep" --arg source "$T/source" \
			'.mounts |= map(select(.destination | startswith("/v") | not)) | .mounts += [
			{destination: "/v", type: "bind", source: $v, options: ["bind", "rw"]},
			{destination: $dst, type: "bind", source: $source, options: ["bind", "rw"]},
			{destination: ($dst + "/file"), type: "bind", source: "/etc/hostname", options: ["bind"]}]'
		program probe look host-marker
		safe /deep/file
	done
}

@test "T22 a false /dev/null is not what masks are made of" {
	mkdir -p rootfs/secret/dir
	echo secret >rootfs/secret/file
	echo secret >rootfs/secret/dir/file
	ln -s file rootfs/secret/link
	nothing_on_dev
	config '.linux.maskedPaths = ["/secret/file", "/secret/dir", "/secret/missing", "/proc/sys/kernel/core_pattern"]'
	script 'echo "masks: $(cat /secret/file /secret/link /secret/dir/* /proc/sys/kernel/core_pattern 2>/dev/null)."
		echo x 2>/dev/null >/secret/file && echo WRITTEN; touch /secret/dir/x 2>/dev/null && echo WRITTEN; true'
	for kind in 'ln -s /proc/sys/kernel/core_pattern' "ln -s $OUT/file" 'ln -s /etc/x' mkfifo 'ln -s null' touch; do
		rm -rf rootfs/dev
		mkdir rootfs/dev
		$kind rootfs/dev/null
		attempt
		unchanged
		[ "$status" -ne 0 ] || has "masks: ."
		[ "$status" -eq 0 ] || tells
		lacks WRITTEN
	done
	rm -f rootfs/dev/null
	mknod rootfs/dev/null c 1 5
	attempt
	unchanged
	[ "$status" -ne 0 ] || has "masks: ."
	lacks WRITTEN
}

@test "T22 masked paths that are links: what they lead to, inside" {
	mkdir rootfs/secret
	echo secret >rootfs/secret/file
	ln -s /secret/file rootfs/link
	ln -s "$OUT/file" rootfs/out
	ln -s loop rootfs/loop
	config '.linux.maskedPaths = ["/link", "/out"] | .linux.readonlyPaths = ["/out", "/link"]'
	script 'echo "masks: $(cat /secret/file)."; echo x 2>/dev/null >/secret/file && echo WRITTEN; true'
	safe "masks: ."
	lacks WRITTEN
	config '.linux.maskedPaths = ["/loop"]'
	safe masks
}

@test "T23 a link as /dev/console, with the default /dev and with the image's" {
	need script
	config '.process.terminal = true'
	script 'stat -c "console %t:%T stdin" /dev/console; tty'
	for with in default image readonly; do
		[ $with != image ] || nothing_on_dev
		[ $with != image ] || config '.mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts",
			options: ["newinstance", "ptmxmode=0666", "mode=0620"]}]'
		[ $with != readonly ] || config '.root.readonly = true'
		for target in "$OUT/new" "$OUT/file" ../../../../../../.."$OUT"/new /nowhere; do
			rm -rf rootfs/dev
			mkdir -p rootfs/dev/pts
			ln -s "$target" rootfs/dev/console
			run timeout 20 script -qec "$TAPER --root $ROOT run $ID" /dev/null </dev/null 3>&-
			unchanged
			# major 88: a slave of devpts
			[[ $output != *"console "* ]] || has "console 88:"
		done
	done
	[ -L rootfs/dev/console ] || [ ! -s rootfs/dev/console ]
}

@test "T23 fds of /dev/pts that the image would like to have" {
	config '.process.terminal = true'
	rm -rf rootfs/dev
	mkdir -p rootfs/dev
	ln -s "$OUT/pts" rootfs/dev/pts
	ln -s "$OUT/file" rootfs/dev/ptmx
	nothing_on_dev
	run timeout 20 script -qec "$TAPER --root $ROOT run $ID" /dev/null </dev/null 3>&-
	unchanged
}

@test "T25 /dev of the image is a link: absolute, relative, a chain" {
	script 'echo inside'
	for with in default image; do
		[ $with = default ] || nothing_on_dev
		for target in "$OUT" "../../../../../../../..$OUT" a; do
			rm -rf rootfs/dev rootfs/a rootfs/b
			ln -s b rootfs/a
			ln -s "$OUT" rootfs/b
			ln -s "$target" rootfs/dev
			attempt
			unchanged
			[ "$status" -eq 0 ] || tells
			lacks FOUND
		done
	done
}

@test "T25 entries of the image's /dev are links" {
	nothing_on_dev
	script 'echo inside'
	for name in null zero full random tty ptmx fd stdin stdout stderr core console; do
		rm -rf rootfs/dev
		mkdir rootfs/dev
		ln -s "$OUT/null" "rootfs/dev/$name"
		attempt
		unchanged
		rm "rootfs/dev/$name"
		ln -s "$OUT/new" "rootfs/dev/$name"
		attempt
		unchanged
	done
}

@test "T27 mount targets: links on the way, dangling links at the end, dots" {
	mkdir -p "$T/source"
	echo data >"$T/source/file"
	ln -s "$OUT" rootfs/link
	ln -s "$OUT/new" rootfs/dangling
	ln -s "../../../../../../../..$OUT/new2" rootfs/dots
	program probe look host-marker
	for dst in /link/b /link/new /dangling /dots /../../../../../../../.."$OUT"/x /link/../file; do
		for source in "$T/source" "$T/source/file"; do
			config --arg dst "$dst" --arg source "$source" '.mounts |= map(select(.source | startswith("/tmp") | not)) |
				.mounts += [{destination: $dst, type: "bind", source: $source, options: ["bind"]}]'
			safe "mount "
		done
		config --arg dst "$dst" '.mounts |= map(select(.source | startswith("/tmp") | not)) |
			.mounts += [{destination: $dst, type: "tmpfs", source: "/tmp-not", options: ["rw"]}]'
		safe "mount "
	done
}

@test "T27 T12 the same with hooks that are promised the old root" {
	ln -s "$OUT" rootfs/link
	ln -s "$OUT/new" rootfs/dangling
	rm -r rootfs/etc
	ln -s "$OUT" rootfs/etc
	config '.hooks = {createRuntime: [{path: "/bin/true"}], createContainer: [{path: "/bin/true"}]}'
	program probe look host-marker
	for dst in /link/b /link/new /dangling /etc/x; do
		config --arg dst "$dst" '.mounts |= map(select(.source != "/tmp-not")) |
			.mounts += [{destination: $dst, type: "tmpfs", source: "/tmp-not", options: ["rw"]}]'
		safe "mount "
	done
	config '.process.cwd = "/link/made"'
	safe "mount "
}

@test "T27 no temporary name, anywhere" {
	need strace
	program true
	run strace -f -qq -e trace=%file,fsopen,move_mount -o "$T/trace" "$TAPER" --root "$ROOT" run "$ID" </dev/null 3>&-
	is "$status" 0
	run grep -E '"(/tmp|/var/tmp|/dev/shm)/' "$T/trace"
	# only what bears the test's name
	for line in "${lines[@]}"; do
		[[ $line == *"$T"* ]] || { echo "$line"; return 1; }
	done
}

@test "T29 nothing is written into the image, and nothing in it is executed or loaded" {
	need strace
	for name in .krun_config.json .dockerenv etc/hosts etc/resolv.conf etc/hostname etc/mtab etc/passwd etc/group \
		run/secrets run/.containerenv dev/.containerenv; do
		mkdir -p "rootfs/$(dirname $name)"
		rm -f "rootfs/$name"
		ln -s "$OUT/file" "rootfs/$name"
	done
	mkdir -p rootfs/lib64 rootfs/etc
	echo /lib/evil.so >rootfs/etc/ld.so.preload
	for lib in libnss_files.so.2 libnss_compat.so.2 libc.so.6 evil.so; do
		cp "$BUILDDIR/tests/probe" "rootfs/lib/$lib"
	done
	program true
	run strace -f -qq -e trace=open,openat,openat2,creat -o "$T/trace" \
		"$TAPER" --root "$ROOT" run "$ID" </dev/null 3>&-
	is "$status" 0
	unchanged
	# after the payload has begun it may do what it likes; it does nothing
	run grep -E 'evil|libnss|ld\.so\.preload' "$T/trace"
	is "$(grep -c -v '"/etc/ld.so.preload"' <<<"$output")" "$([ -z "$output" ] && echo 1 || echo 0)"
	run grep -E '\.krun|dockerenv|containerenv|resolv.conf|mtab' "$T/trace"
	is "$output" ""
	is "$(find rootfs -newer config.json -type f)" ""
}

@test "T32 /dev/null of the image leads to a file: it is neither output nor given away" {
	nothing_on_dev
	echo victim >"$OUT/victim"
	BEFORE=$(snap)
	touch rootfs/data
	config --arg source "$OUT/victim" '.process.user = {uid: 1000, gid: 1000} |
		.mounts += [{destination: "/data", type: "bind", source: $source, options: ["bind", "rw"]}]'
	script 'echo text; echo text >&2'
	rm -rf rootfs/dev
	mkdir rootfs/dev
	for target in /data "$OUT/victim" ../data; do
		for stdio in /dev/null "$T/regular" pipe; do
			rm -f rootfs/dev/null
			ln -s "$target" rootfs/dev/null
			: >"$T/regular"
			case $stdio in
			pipe) taper run "$ID" </dev/null 2>&1 3>&- | cat >"$T/said" ;;
			*) taper run "$ID" <$stdio >>$stdio 2>&1 3>&- ;;
			esac || :
			unchanged
		done
	done
}

@test "T32 a device in the image that claims to be /dev/null is not opened" {
	nothing_on_dev
	rm -rf rootfs/dev
	mkdir rootfs/dev
	# opening a fifo for reading and writing never blocks: a reader sees whether somebody wrote
	mkfifo rootfs/dev/null
	script 'echo text'
	run timeout 10 "$TAPER" --root "$ROOT" run "$ID" </dev/null 3>&-
	[ "$status" -ne 124 ]
	[ -p rootfs/dev/null ] || [ "$status" -ne 0 ]
}

@test "T58 huge, strange and endless passwd and group files" {
	program true
	config 'del(.process.env[] | select(startswith("HOME="))) | .process.user.uid = 1000'
	for kind in sparse fifo many dir loop device; do
		for file in passwd group; do
			rm -rf "rootfs/etc/$file"
			case $kind in
			sparse) truncate -s 2G "rootfs/etc/$file" ;;
			fifo) mkfifo "rootfs/etc/$file" ;;
			many) seq 1000000 | sed 's/.*/g&:x:&:user/' >"rootfs/etc/$file" ;;
			dir) mkdir "rootfs/etc/$file" ;;
			loop) ln -s "$file" "rootfs/etc/$file" ;;
			device) ln -s /dev/zero "rootfs/etc/$file" ;;
			esac
		done
		# a file: a container that hangs would keep a pipe of run's open
		timeout -s KILL 10 "$TAPER" --root "$ROOT" run "$ID" </dev/null >"$T/out" 2>&1 3>&-
	done
	rm -rf rootfs/etc/passwd rootfs/etc/group
}
