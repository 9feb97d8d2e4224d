// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * words.c - fuzz entry point: the small words of the command line and of the config, one a line
 *
 * Each line is tried as everything: a number, a size, a duration, a signal, a list of CPUs, a user, a
 * capability, a group, a cgroup, a device's type and rights.
 *
 * What has to hold: the answer is that of a second reader, written here in another way.
 */
#include <ctype.h>
#include <errno.h>

#include "cmd/duration.h"
#include "cmd/signals.h"
#include "cmd/size.h"
#include "plan/internal.h"
#include "tests/fuzz/planned.h"

#define LIST_BITS 512

/* ---- numbers ---- */

static bool all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return n > 0;
}

/* The value of @n digits, or more than any limit. */
static long double value_of(const char *s, size_t n)
{
	long double v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	return v;
}

static void try_numbers(const char *s)
{
	size_t len = strlen(s);
	bool minus = *s == '-', digits = all_digits(s, len);
	uint64_t u = 0;
	uint32_t small = 0;
	int64_t i = 0;

	if (len > 30)
		return;
	REQUIRE((parse_u64(s, 0, UINT64_MAX, &u) == 0) == (digits && value_of(s, len) <= UINT64_MAX));
	REQUIRE((parse_u32(s, 5, 4000000000, &small) == 0) ==
		(digits && value_of(s, len) >= 5 && value_of(s, len) <= 4000000000));
	REQUIRE((parse_i64(s, INT64_MIN, INT64_MAX, &i) == 0) ==
		(all_digits(s + minus, len - minus) &&
		 value_of(s + minus, len - minus) <= (long double)INT64_MAX + minus));
	if (digits && value_of(s, len) <= UINT64_MAX)
		REQUIRE(u == (uint64_t)value_of(s, len));
}

static void try_size(const char *s)
{
	static const char *const units[] = { "b", "k", "m", "g", "t", "p" };
	static const char *const tails[] = { "", "b", "B", "ib", "iB" };
	size_t n = strspn(s, "0123456789");
	long double want = -1;
	int64_t got = 0;
	int r = parse_size(s, &got);

	if (n > 23)
		return;
	if (n && !s[n])
		want = value_of(s, n);
	for (size_t i = 0; n && i < ARRAY_SIZE(units); i++)
		for (size_t t = 0; t < (i ? ARRAY_SIZE(tails) : 1); t++)
			if (tolower((unsigned char)s[n]) == *units[i] && str_eq(s + n + 1, tails[t]))
				want = value_of(s, n) * (long double)(1ULL << 10 * i);
	if (want > (long double)INT64_MAX)
		want = -1;
	if (str_eq(s, "-1"))
		REQUIRE(r == 0 && got == -1);
	else
		REQUIRE((r == 0) == (want >= 0) && (r < 0 || (long double)got == want));
}

static const struct { const char *name; long double ms; } time_units[] = {
	{ "ns", 1e-6L }, { "us", 1e-3L }, { "\xc2\xb5s", 1e-3L }, { "\xce\xbcs", 1e-3L }, { "ms", 1 },
	{ "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
};

/* Return: milliseconds, -1 = not a duration */
static long double duration_of(const char *s)
{
	long double sum = 0;

	while (*s) {
		size_t whole = strspn(s, "0123456789"), point = s[whole] == '.';
		size_t part = point ? strspn(s + whole + 1, "0123456789") : 0, unit = ARRAY_SIZE(time_units);
		long double v = value_of(s, whole), tenth = 1;

		if (whole + part == 0 || whole > 12 || part > 12)
			return -1;
		for (size_t i = 0; i < part; i++)
			v += (s[whole + 1 + i] - '0') * (tenth /= 10);
		s += whole + point + part;
		for (size_t i = ARRAY_SIZE(time_units); i-- > 0;)
			if (str_starts(s, time_units[i].name) && (unit == ARRAY_SIZE(time_units) ||
			    strlen(time_units[i].name) > strlen(time_units[unit].name)))
				unit = i;
		if (unit == ARRAY_SIZE(time_units))
			return -1;
		s += strlen(time_units[unit].name);
		sum += v * time_units[unit].ms;
	}
	return sum;
}

static void try_duration(const char *s)
{
	long double want = *s ? duration_of(s) : -1;
	int got = 0, r = parse_duration(s, &got);

	if (want < 0)
		REQUIRE(r == -EINVAL);
	else if (r == 0)
		REQUIRE(got >= want - 1e-3L && got <= want + 1.001L);
	else
		REQUIRE(r == -ERANGE && (want < 1e-3L || want > INT32_MAX - 1));
}

/* ---- names ---- */

static void try_signal(const char *s)
{
	char other[64];
	size_t len = strlen(s);
	int r = signal_parse(s);

	REQUIRE(r == -EINVAL || (r >= 0 && r <= 64));
	if (len >= sizeof(other) - 4)
		return;
	for (size_t i = 0; i <= len; i++)
		other[i] = (char)(islower((unsigned char)s[i]) ? toupper((unsigned char)s[i])
							       : tolower((unsigned char)s[i]));
	REQUIRE(signal_parse(other) == r);
	if (all_digits(s, len) || strncasecmp(s, "SIG", 3) == 0 || len > 16)
		return;
	snprintf(other, sizeof(other), "SIG%s", s);
	REQUIRE(signal_parse(other) == r);
}

/* "3" or "0-3" between commas, digits only. Return: 0, or -1 = not a list, or one with high numbers */
static int list_of(const char *s, bool *bits)
{
	size_t end = strcspn(s, "\n");

	for (size_t at = 0; at < end;) {
		size_t len = strcspn(s + at, ",\n"), first = strspn(s + at, "0123456789"), dash = first < len;
		size_t last = dash ? len - first - 1 : first;
		const char *to = s + at + len - last;
		long double a = value_of(s + at, first), b;

		if (!all_digits(s + at, first) || (dash && s[at + first] != '-') || !all_digits(to, last))
			return -1;
		b = value_of(to, last);
		if (first > 11 || last > 11 || a > b || b >= LIST_BITS)
			return -1;
		for (size_t i = (size_t)a; i <= (size_t)b; i++)
			bits[i] = true;
		at += len;
		if (at < end && ++at == end)
			return -1;
	}
	return 0;
}

static void try_list(const char *s)
{
	uint64_t got[LIST_BITS / 64] = { 0 };
	bool want[LIST_BITS] = { false };
	int r = list_parse(s, got, LIST_BITS);

	REQUIRE(r == 0 || r == -EINVAL || r == -ERANGE);
	REQUIRE((r == 0) == (list_of(s, want) == 0));
	for (size_t i = 0; r == 0 && i < LIST_BITS; i++)
		REQUIRE(want[i] == (got[i / 64] >> (i % 64) & 1));
}

/* ---- options of exec ---- */

static struct plan *exec_with(struct arena *a, const struct exec_options *x)
{
	const struct oci_spec *spec = fuzz_spec(a);
	const struct exec_input in = { .spec = spec, .document = spec->process, .x = x };

	return fuzz_exec(a, &in, &fuzz_hosts[HOST_V2]);
}

static bool is_id(const char *s, size_t n)
{
	return all_digits(s, n) && value_of(s, n) < UINT32_MAX;
}

static void try_user(struct arena *a, const char *s)
{
	const struct plan *plan = exec_with(a, &(struct exec_options){ .user = s });
	size_t colon = strcspn(s, ":");
	bool good = is_id(s, colon) && (!s[colon] || is_id(s + colon + 1, strlen(s + colon + 1)));

	REQUIRE(!plan == !good);
	if (plan)
		REQUIRE(plan->process.uid == (uint32_t)value_of(s, colon));
	if (plan && s[colon])
		REQUIRE(plan->process.gid == (uint32_t)value_of(s + colon + 1, strlen(s + colon + 1)));
}

static void try_group(struct arena *a, const char *s)
{
	const struct plan *plan = exec_with(a, &(struct exec_options){ .gids = { &s, 1 } });

	REQUIRE(!plan == !is_id(s, strlen(s)));
	if (plan)
		REQUIRE(plan->process.n_groups == 1 &&
			plan->process.groups[0] == (uint32_t)value_of(s, strlen(s)));
}

static void try_capability(struct arena *a, const char *s)
{
	const struct plan *plan = exec_with(a, &(struct exec_options){ .caps = { &s, 1 } });
	const char *name = strncasecmp(s, "CAP_", 4) == 0 ? s + 4 : s;
	uint64_t want = 0;

	REQUIRE(plan);
	for (unsigned cap = 0; cap <= 40; cap++)
		if (strcasecmp(name, cap_name(cap)) == 0)
			want = UINT64_C(1) << cap;
	REQUIRE(plan->process.caps[CAPSET_PERMITTED] == want && plan->process.caps[CAPSET_EFFECTIVE] == want);
	REQUIRE(plan->process.caps[CAPSET_BOUNDING] == want && !plan->process.caps[CAPSET_INHERITABLE]);
	REQUIRE(!plan->process.caps[CAPSET_AMBIENT]);
}

/* What is taken leads to a place at or below the container's cgroup. */
static void try_cgroup(struct arena *a, const char *s)
{
	const struct plan *plan = exec_with(a, &(struct exec_options){ .cgroups = { &s, 1 } });
	const char *path;

	if (!plan)
		return;
	path = plan->cg_subs[0].path;
	REQUIRE(plan->n_cg_subs == 1 && *path != '/' && !strstr(path, "//") && !strchr(path, '\n'));
	path = arena_fmt(a, "/%s/", path);
	REQUIRE(!strstr(path, "/../") && !strstr(path, "/./"));
}

static void try_env(struct arena *a, const char *s)
{
	const struct plan *plan = exec_with(a, &(struct exec_options){ .env = { &s, 1 } });

	REQUIRE(!plan == !(*s != '=' && strchr(s, '=')));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct arena a;
	const char *s;

	fuzz_arena(&a);
	for (int i = 0; i < 32 && (s = fuzz_text(&a, &in, '\n')); i++) {
		try_numbers(s);
		try_size(s);
		try_duration(s);
		try_signal(s);
		try_list(s);
		try_user(&a, s);
		try_group(&a, s);
		try_capability(&a, s);
		try_cgroup(&a, s);
		try_env(&a, s);
	}
	arena_close(&a);
	return 0;
}

FUZZ_MAIN("words");
