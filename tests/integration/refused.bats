#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the config may ask for and taper cannot do yet is refused, never left out silently.

load helpers

setup_test() {
	need_root
}

unsupported() {
	config "$1"
	refused "$2"
	has "not supported yet"
	[ ! -e "$ROOT/$ID" ]
}

@test "IR-1 linux.intelRdt" {
	unsupported '.linux.intelRdt = {"closID": "x"}' "linux.intelRdt: Intel RDT"
}
