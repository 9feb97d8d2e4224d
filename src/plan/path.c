// SPDX-License-Identifier: LGPL-2.1-or-later
/* path.c - paths and number lists as texts */
#include <errno.h>

#include "plan/internal.h"

const char *path_clean(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) + 2);
	size_t n = 0;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.') {
			while (n > 0 && out[--n] != '/')
				;
		} else if (len > 0 && !(len == 1 && path[0] == '.')) {
			out[n++] = '/';
			memcpy(out + n, path, len);
			n += len;
		}
		path += len;
		path += strspn(path, "/");
	}
	if (n == 0)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

bool path_below(const char *path, const char *parent)
{
	const char *rest = str_starts(path, parent);

	return rest && (*rest == '\0' || *rest == '/' || str_eq(parent, "/"));
}

/* One decimal number that ends at one of @ends; moves @p behind it. */
static int number(const char **p, const char *ends, unsigned *ret)
{
	char digits[12];
	size_t len = strcspn(*p, ends);
	uint32_t v;

	if (len == 0 || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, *p, len);
	digits[len] = '\0';
	if (parse_u32(digits, 0, UINT32_MAX, &v) < 0)
		return -EINVAL;
	*p += len;
	*ret = v;
	return 0;
}

int list_parse(const char *list, uint64_t *bits, unsigned max)
{
	const char *p = list;

	while (*p && *p != '\n') {
		unsigned first, last;

		if (number(&p, "-,\n", &first) < 0)
			return -EINVAL;
		last = first;
		if (*p == '-') {
			p++;
			if (number(&p, ",\n", &last) < 0)
				return -EINVAL;
		}
		if (last < first)
			return -EINVAL;
		if (last >= max)
			return -ERANGE;
		for (unsigned i = first; i <= last; i++)
			bits[i / 64] |= UINT64_C(1) << (i % 64);
		if (*p == ',' && p[1] != '\0' && p[1] != '\n')
			p++;
		else if (*p && *p != '\n')
			return -EINVAL;
	}
	return 0;
}
