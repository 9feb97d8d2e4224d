// SPDX-License-Identifier: LGPL-2.1-or-later
/* str.c - strict numbers, tables of names, lists of words */
#include "base/str.h"

#include <errno.h>
#include <stdio.h>

int parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*text)
		return -EINVAL;
	for (const char *p = text; *p; p++)
		if (*p < '0' || *p > '9')
			return -EINVAL;
	for (const char *p = text; *p; p++)
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -ERANGE;
	if (v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t v;
	int r = parse_u64(text, min, max, &v);

	if (r == 0)
		*ret = (uint32_t)v;
	return r;
}

int parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	uint64_t magnitude;
	int64_t v;
	int r = parse_u64(text + negative, 0, limit, &magnitude);

	if (r < 0)
		return r;
	v = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	if (v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

const struct name_value *name_find(const struct name_value *table, size_t n, const char *name)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(name, table[mid].name);

		if (c == 0)
			return &table[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const char *value_name(const struct name_value *table, size_t n, int64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].value == value)
			return table[i].name;
	return NULL;
}

bool list_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ',') && (p[n] == '\0' || p[n] == ','))
			return true;
	return false;
}

/* Days from 1970-01-01 to the first day of a year of the Gregorian calendar */
static int64_t days_before_year(int64_t year)
{
	int64_t y = year - 1;

	return (year - 1970) * 365 + (y / 4 - 492) - (y / 100 - 19) + (y / 400 - 4);
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

void rfc3339(char ret[static RFC3339_MAX], int64_t seconds, long nanoseconds)
{
	static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t max = (days_before_year(10000) * 86400) - 1;
	int64_t at = seconds < 0 ? 0 : seconds > max ? max : seconds, day = at / 86400, second = at % 86400;
	int64_t year = 1970 + day / 366;
	int month = 0;

	while (days_before_year(year + 1) <= day)
		year++;
	day -= days_before_year(year);
	for (; month < 11; month++) {
		int days = month_days[month] + (month == 1 && is_leap(year));

		if (day < days)
			break;
		day -= days;
	}
	snprintf(ret, RFC3339_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", (int)year, month + 1, (int)day + 1,
		 (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60), nanoseconds);
}
