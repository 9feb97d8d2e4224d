// SPDX-License-Identifier: LGPL-2.1-or-later
/* subid.c - id maps, subordinate ids, login names, releases: the small texts that facts are read from */
#include <string.h>

#include "base/str.h"
#include "host/parse.h"

/* How many ranges are used: the kernel takes at most 340 lines of a map. */
#define RANGE_MAX 340

/* Copy the next word of *@p into @buf; words end at one of @ends or at the end of the line. */
static bool word(const char **p, const char *ends, char *buf, size_t size)
{
	size_t len;

	while (**p == ' ')
		(*p)++;
	len = strcspn(*p, ends);
	if (len == 0 || len >= size)
		return false;
	memcpy(buf, *p, len);
	buf[len] = '\0';
	*p += len;
	return true;
}

static bool number(const char **p, const char *ends, uint32_t *ret)
{
	char buf[16];

	return word(p, ends, buf, sizeof(buf)) && parse_u32(buf, 0, UINT32_MAX, ret) == 0;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n < RANGE_MAX ? n : RANGE_MAX;
}

static const char *next_line(const char *p)
{
	p += strcspn(p, "\n");
	return *p ? p + 1 : p;
}

struct id_ranges parse_idmap(struct arena *a, const char *text)
{
	struct id_range *v = arena_newv(a, struct id_range, count_lines(text));
	size_t n = 0;

	for (const char *p = text; *p && n < RANGE_MAX; p = next_line(p)) {
		struct id_range r;

		if (number(&p, " \n", &r.inside) && number(&p, " \n", &r.outside) &&
		    number(&p, " \n", &r.count))
			v[n++] = r;
	}
	return (struct id_ranges){ v, n };
}

struct id_ranges parse_subid(struct arena *a, const char *text, const char *user, uint32_t uid)
{
	struct id_range *v = arena_newv(a, struct id_range, count_lines(text));
	size_t n = 0;

	for (const char *p = text; *p && n < RANGE_MAX; p = next_line(p)) {
		struct id_range r = { 0 };
		char name[256];
		uint32_t id;

		if (!word(&p, ":\n", name, sizeof(name)) || *p != ':')
			continue;
		if (!(user && str_eq(name, user)) &&
		    !(parse_u32(name, 0, UINT32_MAX, &id) == 0 && id == uid))
			continue;
		p++;
		if (!number(&p, ":\n", &r.outside) || *p != ':')
			continue;
		p++;
		if (number(&p, ":\n", &r.count) && r.count > 0)
			v[n++] = r;
	}
	return (struct id_ranges){ v, n };
}

const char *parse_passwd_name(struct arena *a, const char *text, uint32_t uid)
{
	for (const char *p = text; *p; p = next_line(p)) {
		size_t len = strcspn(p, ":\n");
		const char *q = p + len;
		uint32_t id;

		if (len == 0 || *q != ':')
			continue;
		q += 1 + strcspn(q + 1, ":\n");      /* the password field */
		if (*q != ':')
			continue;
		q++;
		if (number(&q, ":\n", &id) && id == uid)
			return arena_dup(a, p, len);
	}
	return NULL;
}

void parse_release(const char *release, unsigned *ret_major, unsigned *ret_minor)
{
	const char *p = release;
	uint32_t major, minor;

	if (!number(&p, ".", &major) || *p != '.')
		return;
	p++;
	if (!number(&p, ".-+ ", &minor))
		return;
	*ret_major = major;
	*ret_minor = minor;
}
