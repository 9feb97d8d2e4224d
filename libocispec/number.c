// SPDX-License-Identifier: LGPL-2.1-or-later
/* number.c - JSON numbers to exact integers; no double anywhere */
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

struct limits {
	int64_t min;
	uint64_t max;
};

/* What the C type holds, cut by the row's range. Return: false if the kind is none of numbers */
static bool limits_get(enum kind kind, const struct field *f, struct limits *ret)
{
	*ret = (struct limits){ 0, 0 };
	switch (kind) {
	case KIND_I32: case KIND_OPT_I32:
		*ret = (struct limits){ INT32_MIN, INT32_MAX };
		break;
	case KIND_U32: case KIND_OPT_U32:
		*ret = (struct limits){ 0, UINT32_MAX };
		break;
	case KIND_I64: case KIND_OPT_I64:
		*ret = (struct limits){ INT64_MIN, INT64_MAX };
		break;
	case KIND_U64: case KIND_OPT_U64:
		*ret = (struct limits){ 0, UINT64_MAX };
		break;
	case KIND_NONE: case KIND_BOOL: case KIND_OPT_BOOL: case KIND_STR: case KIND_STRV:
	case KIND_U32V: case KIND_KVV: case KIND_PTR: case KIND_OBJECT: case KIND_LIST: case KIND_MAP:
		return false;
	}
	if (f->ranged)
		*ret = (struct limits){ f->min, f->max };
	return true;
}

/* Sign and magnitude. Return: 0, -EINVAL, -ERANGE */
static int parse(const char *s, size_t len, bool *ret_negative, uint64_t *ret)
{
	bool is_negative = s[0] == '-', is_over = false;
	uint64_t v = 0;

	for (size_t i = is_negative; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		is_over |= __builtin_mul_overflow(v, 10, &v);
		is_over |= __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v);
	}
	if (is_negative && v == 0 && !is_over)
		return -EINVAL;
	*ret_negative = is_negative;
	*ret = v;
	return is_over ? -ERANGE : 0;
}

static bool in_limits(const struct limits *l, bool is_negative, uint64_t v)
{
	if (is_negative) /* v > 0 */
		return l->min < 0 && v - 1 <= (uint64_t)-(l->min + 1);
	return v <= l->max && (l->min <= 0 || v >= (uint64_t)l->min);
}

static void store(enum kind kind, uint64_t v, char *at)
{
	switch (kind) {
	case KIND_I32:
		*(int32_t *)at = (int32_t)v;
		break;
	case KIND_U32:
		*(uint32_t *)at = (uint32_t)v;
		break;
	case KIND_I64:
		*(int64_t *)at = (int64_t)v;
		break;
	case KIND_U64:
		*(uint64_t *)at = v;
		break;
	case KIND_OPT_I32:
		*(struct opt_i32 *)at = (struct opt_i32){ true, (int32_t)v };
		break;
	case KIND_OPT_U32:
		*(struct opt_u32 *)at = (struct opt_u32){ true, (uint32_t)v };
		break;
	case KIND_OPT_I64:
		*(struct opt_i64 *)at = (struct opt_i64){ true, (int64_t)v };
		break;
	case KIND_OPT_U64:
		*(struct opt_u64 *)at = (struct opt_u64){ true, v };
		break;
	case KIND_NONE: case KIND_BOOL: case KIND_OPT_BOOL: case KIND_STR: case KIND_STRV:
	case KIND_U32V: case KIND_KVV: case KIND_PTR: case KIND_OBJECT: case KIND_LIST: case KIND_MAP:
		break;
	}
}

int number_store(enum kind kind, const struct field *f, const char *s, size_t len, char *at)
{
	struct limits l;
	bool is_negative;
	uint64_t v;
	int r;

	if (!limits_get(kind, f, &l))
		return -ENOTSUP;
	r = parse(s, len, &is_negative, &v);
	if (r < 0)
		return r;
	if (!in_limits(&l, is_negative, v) && !(f->zero_ok && v == 0))
		return -ERANGE;
	store(kind, is_negative ? -v : v, at);
	return 0;
}

char *number_expected(enum kind kind, const struct field *f, bool is_negative, char *dst, size_t size)
{
	struct limits l;

	if (!limits_get(kind, f, &l))
		snprintf(dst, size, "no number");
	else if (is_negative && l.min >= 0)
		snprintf(dst, size, "unsigned integer");
	else
		snprintf(dst, size, "%sinteger from %" PRId64 " to %" PRIu64, f->zero_ok ? "0 or " : "",
			 l.min, l.max);
	return dst;
}
