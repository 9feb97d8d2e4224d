#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154
#
# The host's binary is out of the container's reach (security: D5).

load helpers

setup_test() {
	need_root
	# A binary of our own: one that runs elsewhere too cannot be written for that reason alone.
	cp "$TAPER" "$T/taper"
	TAPER=$T/taper
}

@test "D5 the waiting process's executable can be opened for reading only" {
	program sleep 100
	create
	before=$(sha256sum <"$TAPER")
	# The fd stays when the process, which keeps its file from being written, has gone.
	exec 7<"/proc/$PID/exe"
	cmp - "$TAPER" <&7
	expect 0 taper delete --force "$ID"
	run sh -c 'echo x >>/proc/self/fd/7'
	exec 7<&-
	[ "$status" -ne 0 ]
	has "Read-only file system"
	is "$(sha256sum <"$TAPER")" "$before"
}

@test "D5 the process's command line is still that of taper" {
	program sleep 100
	create
	is "$(tr '\0' ' ' <"/proc/$PID/cmdline")" \
		"$TAPER --root $ROOT create --pid-file $T/pid $ID "
}

@test "D5 a program or interpreter that is /proc/self/exe does not run taper" {
	program /proc/self/exe --version
	expect 1 taper run "$ID"
	lacks "taper version"
	printf '#!/proc/self/exe --version\n' >rootfs/bin/evil
	chmod 755 rootfs/bin/evil
	program /bin/evil
	expect 1 taper run "$ID"
	lacks "taper version"
}

@test "the program is linked with what the build asks for" {
	command -v readelf >/dev/null || skip "needs readelf (binutils)"
	[ -f "$BUILDDIR/Makefile" ] || skip "needs the build directory"
	! grep -qa __asan_init "$TAPER" || skip "a sanitizer's build is for tests"
	wanted=$(sed -n 's/^HARDEN_LDFLAGS = //p' "$BUILDDIR/Makefile")
	[ "$(readelf -hW "$TAPER" | awk '$1 == "Type:" { print $2 }')" = DYN ] # position-independent
	[[ $wanted != *relro* ]] || readelf -lW "$TAPER" | grep -q GNU_RELRO
	[[ $wanted != *-z,now* ]] || readelf -dW "$TAPER" | grep -q 'BIND_NOW\|FLAGS_1.* NOW'
	readelf -lW "$TAPER" | awk '$1 == "GNU_STACK" { exit $7 != "RW" }'
	if grep -q '^PIE_LDFLAGS = -static-pie' "$BUILDDIR/Makefile"; then
		! readelf -lW "$TAPER" | grep -q INTERP
	fi
}
