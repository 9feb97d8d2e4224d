// SPDX-License-Identifier: LGPL-2.1-or-later
#include "libocispec/check.h"

#include "tests/lib/tap.h"

struct rule_case {
	const struct check *c;
	const char *good[12];      /* up to the first NULL */
	const char *bad[20];
};

static const struct rule_case cases[] = {
	{ &check_non_empty, { "a", " " }, { "" } },
	{ &check_absolute, { "/", "/a/../b" }, { "", "a", "./a", "~/a" } },
	{ &check_file_name, { "memory.high", "...", "a b" }, { "", ".", "..", "a/b", "/" } },
	{ &check_oci_version,
	  { "1.0.0", "1.0.2-dev", "1.3.0-rc.1", "1.2.3+build.01", "1.999.0", "1.0.0-a.b-c.1+x-y" },
	  { "", "1", "1.0", "x", "2.0.0", "0.5.0-dev", "01.0.0", "1.01.0", "1.0.0-", "1.0.0-01",
	    "1.0.0+", "1.0.0-a..b", "1.0.0 ", " 1.0.0", "1.0.0.0", "11.0.0", "1.0.-1", "v1.0.0" } },
	{ &check_env, { "A=b", "A=", "A==", "a b=c" }, { "", "A", "=", "=b" } },
	{ &check_list,
	  { "", "0", "0-3", "0-3,7", "5,3", " 0 - 3 , 7 ", "007", "4294967295", "3-3" },
	  { ",", "0,", ",0", "0,,1", "3-1", "a", "0-", "-1", "0-3:1/2", "1;2", "4294967296",
	    "1 2", "0x1", "99999999999999999999", "1\n", "all", "0--1" } },
	{ &check_list_stride, { "", "0-31:2/4", "1,0-7:1/2,9", "0-3" },
	  { "0-31:2", "0-31:/4", "0-31:0/4", "0-31:5/4", "3:1/2", "0-31:2/4/8" } },
	{ &check_access, { "r", "w", "m", "rw", "rwm", "mwr", "mr" },
	  { "", "x", "rr", "rwr", "rmm", "rwmr", "RW", "rw " } },
	{ &check_page_size, { "2MB", "64KB", "1GB", "1048576KB" },
	  { "", "MB", "0MB", "02MB", "2M", "2", "64kB", "2MBB", "2TB", "2B", "-2MB", "2 MB" } },
	{ &check_net_name, { "eth0", "a", "eth%d", "123456789012345", "..." },
	  { "", "1234567890123456", "a/b", "a b", "a:b", ".", "..", "a\n" } },
	{ &check_clos_id, { "/", "guaranteed", "..." }, { "", ".", "..", "a/b", "/a", "a\nb" } },
	{ &check_mem_bw, { "MB:0=10;1=20", "MB:" }, { "", "L3:0=f", "mb:0=1", "MB:0=1\nL3:0=f" } },
};

TEST(rules_take_good_values_and_refuse_bad_ones)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule_case *t = &cases[i];

		for (const char *const *s = t->good; *s; s++)
			if (!ok(t->c->is_ok(t->c, *s, strlen(*s))))
				printf("# expected %s, \"%s\" is good\n", t->c->expected, *s);
		for (const char *const *s = t->bad; *s; s++)
			if (!ok(!t->c->is_ok(t->c, *s, strlen(*s))))
				printf("# expected %s, \"%s\" is bad\n", t->c->expected, *s);
	}
}

TEST(names_match_whole_and_in_case)
{
	static const char *const names[] = { "alpha", "beta" };
	const struct check *c = ONE_OF(names);

	ok(c->is_ok(c, "alpha", 5));
	ok(c->is_ok(c, "beta", 4));
	ok(!c->is_ok(c, "alph", 4));
	ok(!c->is_ok(c, "alphab", 6));
	ok(!c->is_ok(c, "Beta", 4));
	ok(!c->is_ok(c, "", 0));
}

TEST(expectations_are_cut_with_their_number)
{
	static const char *const one[] = { "only" };
	static const char *const names[] = { "alpha", "beta", "gamma" };
	static const char *const more[] = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta" };
	char dst[64];

	is_str(check_expected(&check_absolute, dst, sizeof(dst)), "absolute path");
	is_str(check_expected(ONE_OF(one), dst, sizeof(dst)), "only");
	is_str(check_expected(ONE_OF(names), dst, sizeof(dst)), "one of alpha, beta, gamma");
	is_str(check_expected(ONE_OF(names), dst, 28), "one of alpha, beta, gamma");
	is_str(check_expected(ONE_OF(names), dst, 27), "one of ... (3 in all)");
	is_str(check_expected(ONE_OF(more), dst, 46), "one of alpha, beta, gamma, ... (6 in all)");
}

TAP_MAIN
