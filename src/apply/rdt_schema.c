// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rdt_schema.c - compare lines of resctrl's schemata
 *
 * A line is "RESOURCE:DOMAIN=VALUE;DOMAIN=VALUE...". Source: kernel Documentation/filesystems/resctrl.rst.
 */
#include <string.h>
#include <strings.h>

#include "apply/rdt.h"

struct part {
	const char *p;
	size_t len;
};

static struct part trim(const char *p, size_t len)
{
	while (len && (*p == ' ' || *p == '\t'))
		p++, len--;
	while (len && (p[len - 1] == ' ' || p[len - 1] == '\t'))
		len--;
	return (struct part){ p, len };
}

/* The same text; for numbers without leading zeros, and in either case. */
static bool same(struct part a, struct part b)
{
	while (a.len > 1 && *a.p == '0')
		a.p++, a.len--;
	while (b.len > 1 && *b.p == '0')
		b.p++, b.len--;
	return a.len == b.len && strncasecmp(a.p, b.p, a.len) == 0;
}

/* Cut the next "left SIGN right" off *@p, which ends at @end. Return: false at the end, or when it is none */
static bool next_pair(const char **p, const char *end, char sign, char stop, struct part *left,
		      struct part *right)
{
	const char *last = memchr(*p, stop, (size_t)(end - *p)), *at;

	if (!last)
		last = end;
	at = memchr(*p, sign, (size_t)(last - *p));
	if (!at)
		return false;
	*left = trim(*p, (size_t)(at - *p));
	*right = trim(at + 1, (size_t)(last - at - 1));
	*p = last < end ? last + 1 : end;
	return true;
}

/* Is there DOMAIN=VALUE in a list of them? */
static bool has_domain(struct part list, struct part domain, struct part value)
{
	const char *p = list.p;
	struct part d, v;

	while (next_pair(&p, list.p + list.len, '=', ';', &d, &v))
		if (same(d, domain))
			return same(v, value);
	return false;
}

static bool list_holds(struct part list, struct part wanted)
{
	const char *p = wanted.p, *end = wanted.p + wanted.len;
	struct part domain, value;

	while (next_pair(&p, end, '=', ';', &domain, &value))
		if (!has_domain(list, domain, value))
			return false;
	return p == end;
}

bool rdt_holds(const char *schemata, const char *line)
{
	const char *p = schemata, *end = schemata + strlen(schemata), *w = line;
	struct part resource, list, name, wanted;

	if (!next_pair(&w, line + strlen(line), ':', '\n', &name, &wanted))
		return false;
	while (next_pair(&p, end, ':', '\n', &resource, &list))
		if (resource.len == name.len && strncmp(resource.p, name.p, name.len) == 0)
			return list_holds(list, wanted);
	return false;
}
