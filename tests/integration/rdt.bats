# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# rdt.bats: cache and memory bandwidth, with a resctrl that is a directory (tests/lib/resctrl.c)
load helpers

setup_test() {
	need_root
	local fake=$BUILDDIR/tests/lib/taper-resctrl
	[ -x "$fake" ] || skip "$fake is not built"
	TAPER=$fake
	export FAKE_RESCTRL=$T/resctrl
	mkdir -p "$FAKE_RESCTRL/info" "$FAKE_RESCTRL/mon_groups"
	group .
	echo ok >"$FAKE_RESCTRL/info/last_cmd_status"
	script 'exec sleep 100'
}

# group NAME [SCHEMATA]: one that is there before
group() {
	mkdir -p "$FAKE_RESCTRL/$1/mon_groups"
	: >"$FAKE_RESCTRL/$1/tasks"
	printf '%s\n' "${2-L3:0=fff;1=fff
MB:0=100;1=100}" >"$FAKE_RESCTRL/$1/schemata"
}

rdt() {
	config '.linux.intelRdt = '"$1"
}

# holds NAME WORD TEXT: content of a file of a group
holds() {
	is "$(cat "$FAKE_RESCTRL/$1/$2")" "$3"
}

@test "IR-1 no resctrl" {
	unset FAKE_RESCTRL
	rdt '{}'
	refused linux.intelRdt
	has "not mounted"
	TAPER=$BUILDDIR/src/taper
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "there is resctrl here"
	refused "not mounted"
}

@test "IR-1 IR-2 IR-6 IR-7 IR-10 without closID: a group of its own, the lines in their order, removed" {
	rdt '{l3CacheSchema: "L3:0=f;1=f\nMB:0=1;1=1", memBwSchema: "MB:0=20;1=70", schemata: ["L2:0=3", "L3:0=7"],
		enableCMT: true, enableMBM: true}'
	launch
	holds "$ID" tasks "$PID"
	holds "$ID" schemata "L3:0=f;1=f
MB:0=20;1=70
L2:0=3
L3:0=7"
	[ ! -e "$FAKE_RESCTRL/$ID/mon_groups/$ID" ]
	taper delete --force "$ID"
	[ ! -e "$FAKE_RESCTRL/$ID" ]
	rdt '{l3CacheSchema: "L3:0=f;1=f\nMB:0=1;1=1"}'
	launch
	holds "$ID" schemata "L3:0=f;1=f
MB:0=1;1=1"
	taper delete --force "$ID"
	rdt '{}'
	launch
	holds "$ID" tasks "$PID"
	holds "$ID" schemata ""
}

@test "IR-3 IR-9 closID and a schema: made when missing, and left there" {
	rdt '{closID: "gold", schemata: ["L3:0=f;1=f"]}'
	launch
	holds gold tasks "$PID"
	holds gold schemata "L3:0=f;1=f"
	taper delete --force "$ID"
	[ -d "$FAKE_RESCTRL/gold" ]
	# again: it is there, with these lines
	: >"$FAKE_RESCTRL/gold/tasks"
	launch
	holds gold tasks "$PID"
}

@test "IR-3 closID of a group that is there: the lines that are named must be in force" {
	group gold
	rdt '{closID: "gold", l3CacheSchema: "L3:1=0FFF;0=fff"}'
	launch
	holds gold tasks "$PID"
	holds gold schemata "L3:0=fff;1=fff
MB:0=100;1=100"
	taper delete --force "$ID"
	: >"$FAKE_RESCTRL/gold/tasks"
	rdt '{closID: "gold", memBwSchema: "MB:0=50"}'
	refused linux.intelRdt
	has 'has not "MB:0=50"'
	holds gold tasks ""
	[ -d "$FAKE_RESCTRL/gold" ]
}

@test "IR-4 closID without a schema: the group must be there" {
	rdt '{closID: "gold"}'
	refused linux.intelRdt
	[ ! -e "$FAKE_RESCTRL/gold" ]
	group gold
	launch
	holds gold tasks "$PID"
}

@test "IR-5 closID of the root group, and names that are none" {
	rdt '{closID: "/"}'
	launch
	holds . tasks "$PID"
	taper delete --force "$ID"
	for name in . .. a/b; do
		config --arg n "$name" '.linux.intelRdt = {closID: $n}'
		refused linux.intelRdt.closID
	done
}

@test "IR-6 the kernel refuses: its words, and nothing is left" {
	touch "$FAKE_RESCTRL/odd"
	echo "Mask out of range" >"$FAKE_RESCTRL/info/last_cmd_status"
	rdt '{schemata: ["L3:0=f"]}'
	refused "Mask out of range"
	[ ! -e "$FAKE_RESCTRL/$ID" ]
}

@test "IR-2 no class of service is left" {
	touch "$FAKE_RESCTRL/full"
	rdt '{}'
	refused "all classes of service are in use"
}

@test "IR-8 enableMonitoring: a group that goes with the container" {
	group gold
	rdt '{closID: "gold", enableMonitoring: true}'
	launch
	holds gold tasks "$PID"
	holds "gold/mon_groups/$ID" tasks "$PID"
	taper delete --force "$ID"
	[ -d "$FAKE_RESCTRL/gold" ]
	[ ! -e "$FAKE_RESCTRL/gold/mon_groups/$ID" ]
	mkdir "$FAKE_RESCTRL/gold/mon_groups/$ID"
	refused linux.intelRdt
	[ -d "$FAKE_RESCTRL/gold/mon_groups/$ID" ]
	command rmdir "$FAKE_RESCTRL/gold/mon_groups/$ID"
	rdt '{enableMonitoring: true}'
	launch
	holds "$ID/mon_groups/$ID" tasks "$PID"
	taper delete --force "$ID"
	[ ! -e "$FAKE_RESCTRL/$ID" ]
}

@test "IR-2 a create that fails leaves no group" {
	rdt '{enableMonitoring: true}'
	program /no/such/program
	refused no/such/program
	[ ! -e "$FAKE_RESCTRL/$ID" ]
}

@test "IR-6 update: other lines for the container's group" {
	rdt '{}'
	launch
	expect 0 taper update --dry-run --l3-cache-schema "L3:0=3" --mem-bw-schema "MB:0=30" "$ID"
	is "$output" "resctrl schemata: L3:0=3 (linux.intelRdt)
resctrl schemata: MB:0=30 (linux.intelRdt)"
	holds "$ID" schemata ""
	taper update --l3-cache-schema "L3:0=3" --mem-bw-schema "MB:0=30" "$ID"
	holds "$ID" schemata "L3:0=3
MB:0=30"
	taper delete --force "$ID"
	config 'del(.linux.intelRdt)'
	launch
	expect 1 taper update --l3-cache-schema "L3:0=3" "$ID"
	has "no linux.intelRdt"
}
