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

TAP_MAIN
