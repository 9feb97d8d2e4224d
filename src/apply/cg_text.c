// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_text.c - texts of cgroup files, without the files
 *
 * Sources: kernel admin-guide cgroup-v1 (devices, blkio-controller), cgroup-v2; security/device_cgroup.c.
 */
#include "apply/cg_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* ---- values ---- */

/* Files with lines of devices, and what a device has that is not among them */
static const struct {
	const char *prefix, *unset;
} per_device[] = {
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.latency", "target=max" },
	{ "io.bfq.weight", "default" },
	{ "io.weight", "default" },
	{ "blkio.throttle.", "0" },
	{ "blkio.bfq.weight_device", "default" },
	{ "blkio.weight_device", "default" },
	{ "blkio.leaf_weight_device", "default" },
};

static const char *unset_device(struct arena *a, const char *file, const char *device, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(per_device); i++)
		if (str_starts(file, per_device[i].prefix))
			return arena_fmt(a, "%.*s %s", (int)len, device, per_device[i].unset);
	return NULL;
}

/* The line that begins with a word, without the newline; NULL = none */
static const char *line_of(struct arena *a, const char *text, const char *word, size_t len)
{
	while (*text) {
		size_t line = strcspn(text, "\n");

		if (line > len && strncmp(text, word, len) == 0 && text[len] == ' ')
			return arena_dup(a, text, line);
		text += line;
		text += *text == '\n';
	}
	return NULL;
}

const char *cg_text_before(struct arena *a, const char *file, const char *value, const char *text)
{
	size_t word = strcspn(value, " ");
	const char *line;

	if (str_eq(file, "memory.oom_control")) {
		line = line_of(a, text, "oom_kill_disable", 16);
		return line ? line + 17 : NULL;
	}
	if (value[word]) {
		line = line_of(a, text, value, word);
		if (line)
			return line;
		if (memchr(value, ':', word))
			return unset_device(a, file, value, word);
	}
	return arena_dup(a, text, strcspn(text, "\n"));
}

/* ---- device rules ---- */

static const char letters[] = "rwm";

/* "12" or "*" up to @end. Return: what is behind it, NULL = neither */
static const char *number_at(const char *p, int64_t *ret, const char *end)
{
	*ret = 0;
	if (*p == '*') {
		*ret = -1;
		p++;
	} else {
		if (*p < '0' || *p > '9')
			return NULL;
		for (; *p >= '0' && *p <= '9' && *ret <= UINT32_MAX; p++)
			*ret = *ret * 10 + (*p - '0');
	}
	return *p == *end ? p + 1 : NULL;
}

/* Return: what is behind the line, NULL = it is none */
static const char *device_at(const char *p, struct cg_device *ret)
{
	*ret = (struct cg_device){ .type = *p };
	if (!*p || !strchr("abc", *p) || p[1] != ' ')
		return NULL;
	p = number_at(p + 2, &ret->major, ":");
	p = p ? number_at(p, &ret->minor, " ") : NULL;
	for (; p && *p && *p != '\n'; p++) {
		const char *letter = strchr(letters, *p);

		if (!letter)
			return NULL;
		ret->access |= 1u << (letter - letters);
	}
	return p && *p ? p + 1 : p;
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
	const struct cg_device *x = a, *y = b;

	if (x->type != y->type)
		return x->type - y->type;
	if (x->major != y->major)
		return compare_numbers(x->major, y->major);
	return compare_numbers(x->minor, y->minor);
}

static int compare_in_order(const void *a, const void *b)
{
	const struct cg_device *x = a, *y = b;
	int r = compare(a, b);

	return r ? r : compare_numbers((int64_t)x->order, (int64_t)y->order);
}

/* Sort, and make one of all changes of the same pair of numbers. */
static void settle(struct cg_devices *d)
{
	size_t n = 0;

	if (d->n == 0)
		return;
	qsort(d->v, d->n, sizeof(*d->v), compare_in_order);
	for (size_t i = 0; i < d->n;) {
		struct cg_device one = d->v[i];

		one.access = 0;
		for (; i < d->n && compare(&one, &d->v[i]) == 0; i++)
			one.access = d->v[i].allow != d->all ? one.access | d->v[i].access
							      : one.access & ~d->v[i].access;
		if (one.access)
			d->v[n++] = one;
	}
	d->n = n;
}

bool cg_devices_read(struct arena *a, const char *text, struct cg_devices *ret)
{
	struct cg_devices d = { .all = false };
	size_t lines = 1;

	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	d.v = arena_newv(a, struct cg_device, lines);
	for (const char *p = text; *p;) {
		struct cg_device *one = &d.v[d.n];

		p = device_at(p, one);
		if (!p)
			return false;
		if (one->type == 'a') {
			d.all = true;
			continue;
		}
		one->allow = true;
		one->order = d.n++;
	}
	settle(&d);
	*ret = d;
	return true;
}

bool cg_devices_change(struct arena *a, const bool *allow, const char *const *rule, size_t n,
		       struct cg_devices *ret)
{
	struct cg_devices d = { .v = arena_newv(a, struct cg_device, n) };

	for (size_t i = 0; i < n; i++) {
		if (str_eq(rule[i], "a")) {
			d.all = allow[i];
			d.n = 0;
			continue;
		}
		if (!device_at(rule[i], &d.v[d.n]))
			return false;
		d.v[d.n].allow = allow[i];
		d.v[d.n].order = d.n;
		d.n++;
	}
	settle(&d);
	*ret = d;
	return true;
}

/* What @x has and @y has not, for each pair of numbers of @x */
static size_t put_missing(const struct cg_devices *x, const struct cg_devices *y, bool allow,
			  struct cg_device *out)
{
	size_t n = 0;

	for (size_t i = 0, j = 0; i < x->n; i++) {
		struct cg_device d = x->v[i];

		while (j < y->n && compare(&y->v[j], &d) < 0)
			j++;
		if (j < y->n && compare(&y->v[j], &d) == 0)
			d.access &= ~y->v[j].access;
		d.allow = allow;
		if (d.access)
			out[n++] = d;
	}
	return n;
}

size_t cg_devices_diff(struct arena *a, const struct cg_devices *from, const struct cg_devices *to,
		       struct cg_device **ret)
{
	struct cg_device *v = arena_newv(a, struct cg_device, from->n + to->n);
	size_t n = put_missing(to, from, true, v);

	n += put_missing(from, to, false, v + n);
	*ret = v;
	return n;
}

const char *cg_device_text(struct arena *a, const struct cg_device *d)
{
	const char *major = d->major < 0 ? "*" : arena_fmt(a, "%lld", (long long)d->major);
	const char *minor = d->minor < 0 ? "*" : arena_fmt(a, "%lld", (long long)d->minor);

	return arena_fmt(a, "%c %s:%s %s%s%s", d->type, major, minor, d->access & 1 ? "r" : "",
			 d->access & 2 ? "w" : "", d->access & 4 ? "m" : "");
}
