// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_weight.c - cpu.shares to cpu.weight, every value against the formula */
#include <math.h>

#include "plan_fixture.h"

static unsigned by_formula(unsigned shares)
{
	long double l = log2l(shares);
	long double w = powl(10, (l * l + 125 * l) / 612 - 7.0L / 34);

	/* the three exact points are exact, whatever libm's last bit says */
	return (unsigned)ceill(w - 1e-12L);
}

TEST(fixed_points)
{
	is_int(cg_weight_of_shares(0), 0);
	is_int(cg_weight_of_shares(1), 1);
	is_int(cg_weight_of_shares(2), 1);
	is_int(cg_weight_of_shares(1024), 100);
	is_int(cg_weight_of_shares(262143), 10000);
	is_int(cg_weight_of_shares(262144), 10000);
	is_int(cg_weight_of_shares(UINT64_MAX), 10000);
}

TEST(every_value_is_the_formula)
{
	unsigned wrong = 0;

	for (unsigned shares = 2; shares <= 262144; shares++)
		if (cg_weight_of_shares(shares) != by_formula(shares) && wrong++ < 5)
			is_int(cg_weight_of_shares(shares), by_formula(shares));
	is_int(wrong, 0);
}

TEST(grows_with_the_shares)
{
	for (unsigned shares = 2; shares < 262144; shares++)
		if (!ok(cg_weight_of_shares(shares) <= cg_weight_of_shares(shares + 1)))
			return;
}

/* What a planner makes of one weight, behind "FILE ": "io.bfq.weight 10 | io.weight 1" */
static void check_io(struct fixture *f, unsigned weight)
{
	const struct cg_write *w;

	f->res.block_io->weight = (struct opt_u32){ true, weight };
	if (!is_int(plan_it(f), 0))
		return;
	w = f->plan->cgroup.writes;
	is_str(w->value, arena_fmt(&f->a, "%u", weight));
	is_str(w->or_else->file, "io.weight");
	is_str(w->or_else->value, arena_fmt(&f->a, "%u", 1 + (weight - 10) * 9999 / 990));
}

TEST(every_weight_of_block_io)
{
	struct oci_block_io b = { 0 };
	struct fixture f;

	fix_init(&f);
	f.lin.resources = &f.res;
	f.res.block_io = &b;
	for (unsigned weight = 10; weight <= 1000; weight++)
		check_io(&f, weight);
	is_str(f.plan->cgroup.writes->or_else->value, "10000");
}

TAP_MAIN
