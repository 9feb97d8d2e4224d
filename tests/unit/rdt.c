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

TAP_MAIN
