// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_weight.c - cpu.shares of v1 as cpu.weight of v2
 *
 * The curve all runtimes agreed on in 2025: with L = log2(shares)
 *
 *	weight = ceil(10 ^ ((L^2 + 125 L) / 612 - 7/34))
 *
 * which maps the ends and the default exactly: 2 to 1, 1024 to 100, 262144 to 10000. It is worked
 * out in fixed point with 60 bits of fraction, so that the result is the same everywhere; the unit
 * test compares every value with libm.
 */
#include "plan/internal.h"

#define ONE (UINT64_C(1) << 60)
#define LN10 UINT64_C(2654699869899991814)            /* ln(10) * 2^60 */

__extension__ typedef unsigned __int128 u128;

static uint64_t mul(uint64_t a, uint64_t b)
{
	return (uint64_t)(((u128)a * b) >> 60);
}

/* log2 of 2..2^20, one bit of the fraction after the other: squaring doubles the logarithm. */
static u128 log2_fixed(uint64_t v)
{
	unsigned whole = 63 - (unsigned)__builtin_clzll(v);
	uint64_t x = v << (60 - whole), fraction = 0;       /* 1 <= x < 2 */

	for (uint64_t bit = ONE >> 1; bit; bit >>= 1) {
		x = mul(x, x);
		if (x >= 2 * ONE) {
			x >>= 1;
			fraction |= bit;
		}
	}
	return (u128)whole * ONE + fraction;
}

/* e^x for 0 <= x < 2.4 by its series; no term is above 3 */
static u128 exp_fixed(uint64_t x)
{
	uint64_t term = ONE;
	u128 sum = ONE;

	for (unsigned i = 1; term; i++) {
		term = mul(term, x) / i;
		sum += term;
	}
	return sum;
}

/* v / 612 in pieces of 30 bits: the compiler's own 128-bit division is a call into a library. */
static uint64_t div612(u128 v)
{
	uint64_t high = (uint64_t)(v >> 60), middle, low;

	middle = (high % 612) << 30 | ((uint64_t)(v >> 30) & ((1u << 30) - 1));
	low = (middle % 612) << 30 | ((uint64_t)v & ((1u << 30) - 1));
	return ((high / 612) << 60) + ((middle / 612) << 30) + low / 612;
}

unsigned cg_weight_of_shares(uint64_t shares)
{
	uint64_t exponent;
	u128 l, weight;

	if (shares == 0)
		return 0;
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2_fixed(shares);
	exponent = div612((((l >> 5) * (l >> 5)) >> 50) + 125 * l - 126 * (u128)ONE);
	weight = exp_fixed(mul(exponent & (ONE - 1), LN10));
	for (uint64_t whole = exponent >> 60; whole; whole--)
		weight *= 10;
	/* What is above an integer by less than the error of all this is that integer. */
	return (unsigned)((weight + ONE - (ONE >> 36)) >> 60);
}
