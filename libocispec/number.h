/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* number.h - JSON numbers to exact integers (internal, not installed) */
#ifndef OCISPEC_NUMBER_H
#define OCISPEC_NUMBER_H

#include "schema.h"

/**
 * number_store() - read an integer into a member
 * @kind: of the member (KIND_I32 ... KIND_OPT_U64)
 * @f:    its row, for the range
 * @s:    a number that satisfies JSON's grammar, @len bytes
 * @at:   the member; untouched on failure
 *
 * Return: 0, -EINVAL (no integer: has a fraction, an exponent, or is -0), -ERANGE, or -ENOTSUP (the
 * member is none for numbers)
 */
int number_store(enum kind kind, const struct field *f, const char *s, size_t len, char *at);

/* number_expected() - say which numbers are allowed instead of one that is not. Return: @dst */
char *number_expected(enum kind kind, const struct field *f, bool is_negative, char *dst,
		      size_t size);

#endif
