/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* time.c - RFC 3339 text of a time (base/str.c), beside what libc makes of it */
#include <time.h>

#include "base/str.h"
#include "tests/lib/tap.h"

static void same(int64_t seconds)
{
	char got[RFC3339_MAX], want[RFC3339_MAX];
	time_t at = (time_t)seconds;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000042Z", &tm);
	rfc3339(got, seconds, 42);
	is_str(got, want);
}

TEST(time_at_the_edges_of_years_and_months)
{
	same(0);
	same(951782399);     /* 2000-02-28 23:59:59 */
	same(951782400);     /* 2000-02-29 */
	same(4107542400);    /* 2100-03-01: 2100 is no leap year */
	same(253402300799);  /* the last second of 9999 */
}

TEST(time_of_many_days)
{
	for (int64_t day = 0; day < 200000; day += 61)
		same(day * 86400 + day % 86400);
}

TEST(time_outside_of_the_calendar_is_its_end)
{
	char got[RFC3339_MAX];

	rfc3339(got, -1, 0);
	is_str(got, "1970-01-01T00:00:00.000000000Z");
	rfc3339(got, INT64_MAX, 999999999);
	is_str(got, "9999-12-31T23:59:59.999999999Z");
}

TAP_MAIN
