/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * str.h - strict numbers, tables of names, lists of words
 *
 * Pure: used by the planner too.
 */
#ifndef TAPER_BASE_STR_H
#define TAPER_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * parse_u64() - a whole string of decimal digits
 * @min, @max: inclusive range
 *
 * No sign, blank, base prefix or empty string is accepted.
 * Return: 0, -EINVAL (not a number) or -ERANGE
 */
int parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret);
int parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *ret);

/* parse_i64() - like parse_u64(), one leading '-' allowed */
int parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret);

/* A table row; tables are sorted by name (strcmp order) so that name_find() can bisect. */
struct name_value {
	const char *name;
	int64_t value;
};

/**
 * name_find() - the row of a name
 *
 * Return: the row, or NULL
 */
const struct name_value *name_find(const struct name_value *table, size_t n, const char *name);

/* value_name() - the first name that has a value, or NULL */
const char *value_name(const struct name_value *table, size_t n, int64_t value);

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* str_starts() - the rest of @s after @prefix, or NULL */
static inline const char *str_starts(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

/* Bytes that hold any time of rfc3339(). */
#define RFC3339_MAX 40

/**
 * rfc3339() - a time as RFC 3339 text: UTC, nanoseconds
 * @seconds: since 1970-01-01 00:00:00 UTC; @nanoseconds: 0 to 999,999,999
 *
 * gmtime_r(3) would do, but reads the host's /etc/localtime on the way.
 */
void rfc3339(char ret[static RFC3339_MAX], int64_t seconds, long nanoseconds);

/* list_has() - is @word an element of the comma-separated @list? */
bool list_has(const char *list, const char *word);

#endif
