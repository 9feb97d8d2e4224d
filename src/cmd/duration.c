// SPDX-License-Identifier: LGPL-2.1-or-later
/* duration.c - times as Go programs write them (Go's time.ParseDuration, without a sign) */
#include "cmd/duration.h"

#include <errno.h>
#include <limits.h>

#include "base/str.h"

#define DIGITS_MAX 12            /* of a number, before and behind the point */

/* Two letters stand before the one that they begin with. */
static const struct { const char *name; uint64_t ns; } units[] = {
	{ "ns", 1 }, { "us", 1000 }, { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 }, { "ms", 1000000 },
	{ "s", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 },
};

/* Digits at *@p. Return: how many, or -1: too many */
static int digits(const char **p, uint64_t *ret)
{
	int n = 0;

	for (*ret = 0; **p >= '0' && **p <= '9'; (*p)++) {
		if (++n > DIGITS_MAX)
			return -1;
		*ret = *ret * 10 + (uint64_t)(**p - '0');
	}
	return n;
}

/* One number with its unit. Return: 0 or -errno */
static int part(const char **p, unsigned __int128 *ns)
{
	uint64_t whole, fraction = 0, scale = 1;
	int n = digits(p, &whole), m = 0;

	if (n >= 0 && **p == '.') {
		(*p)++;
		m = digits(p, &fraction);
	}
	if (n < 0 || m < 0 || n + m == 0)
		return -EINVAL;
	while (m-- > 0)
		scale *= 10;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		const char *rest = str_starts(*p, units[i].name);

		if (!rest)
			continue;
		*p = rest;
		*ns += (unsigned __int128)whole * units[i].ns +
		       (unsigned __int128)fraction * units[i].ns / scale;
		return 0;
	}
	return -EINVAL;
}

int parse_duration(const char *text, int *ret_ms)
{
	unsigned __int128 ns = 0, ms;

	do {
		int r = part(&text, &ns);

		if (r < 0)
			return r;
	} while (*text);
	ms = (ns + 999999) / 1000000;
	if (ms == 0 || ms > INT_MAX)
		return -ERANGE;
	*ret_ms = (int)ms;
	return 0;
}
