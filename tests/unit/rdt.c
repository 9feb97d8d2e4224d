/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rdt.c - comparing lines of resctrl's schemata, and where resctrl is mounted */
#include "apply/rdt.h"

#include <string.h>

#include "host/parse.h"
#include "tests/lib/tap.h"

TEST(only_what_is_named_is_compared)
{
	static const char text[] = "    L3:0=0fff;1=fff\n    MB:0= 50;1=100\nL2:0=f\n";
	static const struct {
		const char *line;
		bool holds;
	} rows[] = {
		{ "L3:0=fff;1=fff", true },   { "L3:1=FFF;0=00fff", true }, { "L3:0=fff", true },
		{ "L3:0=ff", false },	      { "L3:2=fff", false },	    { "L3:0=fff;1=ff", false },
		{ "MB:0=50", true },	      { "MB:0=05", false },	    { "MB:1=100;0=50", true },
		{ "L2: 0 = f ", true },	      { "L:0=f", false },	    { "L3DATA:0=fff", false },
		{ "L3:0=fff;rubbish", false }, { "L3", false },		    { "L3:0=fff;", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!is_int(rdt_holds(text, rows[i].line), rows[i].holds))
			printf("# %s\n", rows[i].line);
	ok(!rdt_holds("", "L3:0=f"));
}

TEST(where_resctrl_is_mounted)
{
	char text[] = "25 1 0:22 / /sys rw - sysfs sysfs rw\n"
		      "33 25 0:29 / /sys/fs/re\\040sctrl rw,nosuid shared:7 - resctrl resctrl rw\n";
	char none[] = "25 1 0:22 / /sys rw - sysfs resctrl rw\n";

	is_str(parse_resctrl(text), "/sys/fs/re sctrl");
	ok(!parse_resctrl(none));
}

TEST(where_file_systems_of_some_types_are)
{
	static const char *const types[] = { "proc", "sysfs" };
	char text[] = "25 1 0:22 / /sys rw - sysfs sysfs rw\n"
		      "26 1 0:23 / /pro\\040c rw shared:7 - proc proc rw\n"
		      "27 1 0:24 / /x rw - procfs sysfs rw\nrubbish - proc \n\n"
		      "28 1 0:25 / /jail/proc rw - proc none rw";
	struct arena a;
	struct strv v;

	is_int(arena_open(&a, 1 << 20), 0);
	v = parse_points(&a, text, types, 2);
	is_int(v.n, 3);
	is_str(v.v[0], "/sys");
	is_str(v.v[1], "/pro c");
	is_str(v.v[2], "/jail/proc");
	arena_close(&a);
}

TAP_MAIN
