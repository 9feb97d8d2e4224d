// SPDX-License-Identifier: LGPL-2.1-or-later
/* size.c - numbers of bytes as users write them */
#include "cmd/size.h"

#include <errno.h>

#include "base/str.h"

#define DIGITS_MAX 24

int parse_size(const char *text, int64_t *ret)
{
	static const char units[] = "bkmgtp";
	size_t n = strspn(text, "0123456789");
	const char *unit = text[n] ? strchr(units, text[n] | 0x20) : units;
	const char *rest = text + n + (text[n] != '\0');
	char digits[DIGITS_MAX];
	uint64_t v;
	int r;

	if (str_eq(text, "-1")) {
		*ret = -1;
		return 0;
	}
	if (n >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, text, n);
	digits[n] = '\0';
	r = parse_u64(digits, 0, INT64_MAX, &v);
	if (r < 0)
		return r;
	if (!unit || (*rest && unit == units))
		return -EINVAL;
	if (*rest && !str_eq(rest, "b") && !str_eq(rest, "B") && !str_eq(rest, "ib") && !str_eq(rest, "iB"))
		return -EINVAL;
	for (; unit > units; unit--)
		if (__builtin_mul_overflow(v, (uint64_t)1024, &v))
			return -ERANGE;
	if (v > INT64_MAX)
		return -ERANGE;
	*ret = (int64_t)v;
	return 0;
}
