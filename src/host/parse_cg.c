// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * parse_cg.c - what is mounted, which cgroup hierarchies are, and where the caller is in them
 *
 * /proc/self/cgroup always has a line for v2 ("0::/..."), whether or not v2 is mounted: only what is
 * mounted counts. With a cgroup namespace both texts are relative to the namespace's root.
 */
#include <string.h>

#include "base/str.h"
#include "host/parse.h"

#define CG_ROOT "/sys/fs/cgroup"

/* Cut the next field off *@p at @end. Return: the field, NULL at the end of the text */
static char *next_field(char **p, char end)
{
	char *field = *p, *stop;

	if (!field)
		return NULL;
	stop = strchr(field, end);
	if (stop)
		*stop++ = '\0';
	*p = stop;
	return field;
}

/* The kernel writes blank, tab, newline and backslash as \ooo. */
static void unescape(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* "36 35 98:0 ROOT POINT OPTIONS [TAG...] - TYPE SOURCE SUPER" Return: whether @ret was filled */
static bool parse_mount_line(char *line, struct mount_line *ret)
{
	char *tail = strstr(line, " - "), *id, *parent, *root, *point;
	struct mount_line m = { 0 };

	if (!tail)
		return false;
	*tail = '\0';
	tail += 3;
	id = next_field(&line, ' ');
	parent = next_field(&line, ' ');
	next_field(&line, ' ');      /* device number */
	root = next_field(&line, ' ');
	point = next_field(&line, ' ');
	m.type = next_field(&tail, ' ');
	m.source = next_field(&tail, ' ');
	m.options = tail;
	if (!root || !point || !m.options || parse_u64(id, 0, UINT64_MAX, &m.id) < 0 ||
	    parse_u64(parent, 0, UINT64_MAX, &m.parent) < 0)
		return false;
	unescape(root);
	unescape(point);
	m.root = root;
	m.point = point;
	*ret = m;
	return true;
}

struct mount_lines parse_mounts(struct arena *a, char *text)
{
	struct mount_lines ret = { 0 };
	size_t lines = 1;
	char *line;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	ret.v = arena_newv(a, struct mount_line, lines);
	while ((line = next_field(&text, '\n')))
		ret.n += parse_mount_line(line, &ret.v[ret.n]);
	return ret;
}

size_t parse_cg_mounts(char *text, struct cg_mount *ret)
{
	struct mount_line m;
	size_t n = 0;
	char *line;

	while (n < CG_MOUNT_MAX && (line = next_field(&text, '\n'))) {
		bool v2;

		if (!parse_mount_line(line, &m))
			continue;
		v2 = str_eq(m.type, "cgroup2");
		if (v2 || str_eq(m.type, "cgroup"))
			ret[n++] = (struct cg_mount){ m.id, v2, m.root, m.point, m.options };
	}
	return n;
}

/* Where a mount is: the fifth field, after id, parent, device number and root. Return: NULL = not understood */
static const char *point_of(char *line)
{
	char *point = NULL;

	for (int i = 0; i < 5; i++)
		point = next_field(&line, ' ');
	if (point)
		unescape(point);
	return point;
}

static bool has_type(const char *line, const char *const *types, size_t n_types)
{
	const char *tail = strstr(line, " - ");

	for (size_t i = 0; tail && i < n_types; i++) {
		const char *rest = str_starts(tail + 3, types[i]);

		if (rest && *rest == ' ')
			return true;
	}
	return false;
}

struct strv parse_points(struct arena *a, char *text, const char *const *types, size_t n_types)
{
	struct strv ret = { 0 };
	size_t lines = 1;
	char *line;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	ret.v = arena_newv(a, const char *, lines);
	while ((line = next_field(&text, '\n'))) {
		const char *point = has_type(line, types, n_types) ? point_of(line) : NULL;

		if (point)
			ret.v[ret.n++] = point;
	}
	return ret;
}

const char *parse_resctrl(char *text)
{
	static const char *const type[] = { "resctrl" };
	char *line;

	while ((line = next_field(&text, '\n')))
		if (has_type(line, type, 1))
			return point_of(line);
	return NULL;
}

static bool below(const char *path, const char *dir)
{
	const char *rest = str_starts(path, dir);

	return rest && (*rest == '\0' || *rest == '/');
}

/* The mount through which a hierarchy is used. @name: one of its controllers, NULL = v2 */
static const struct cg_mount *mount_of(const struct cg_mount *m, size_t n, const char *name)
{
	const struct cg_mount *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (name ? m[i].v2 || !list_has(m[i].options, name) : !m[i].v2)
			continue;
		if (!best || below(m[i].point, CG_ROOT) || !below(best->point, CG_ROOT))
			best = &m[i];
	}
	return best;
}

/* @path of the hierarchy as seen below a mount of @root; "/" when it cannot be seen there */
static const char *below_root(const char *path, const char *root)
{
	const char *rest = str_eq(root, "/") ? path : str_starts(path, root);

	if (!rest || *rest != '/' || below(rest, "/.."))
		return "/";
	return rest;
}

void parse_cg_self(struct arena *a, char *text, const struct cg_mount *mounts, size_t n_mounts,
		   struct facts *facts)
{
	struct cg_hier v2 = { .mount = NULL }, *hier = facts->cg.hier;
	size_t n = 0;
	char *line;

	while ((line = next_field(&text, '\n'))) {
		const char *id = next_field(&line, ':'), *names = next_field(&line, ':'), *path = line;
		const struct cg_mount *m;
		char first[64];
		size_t len;

		if (!path || *path != '/' || (*names == '\0') != str_eq(id, "0"))
			continue;
		len = strcspn(names, ",");
		if (len >= sizeof(first) || n >= CG_HIER_MAX - 1)
			continue;
		memcpy(first, names, len);
		first[len] = '\0';
		m = mount_of(mounts, n_mounts, len ? first : NULL);
		if (!m)
			continue;
		*(len ? &hier[n++] : &v2) = (struct cg_hier){
			.v2 = len == 0,
			.mount = arena_str(a, m->point),
			.controllers = arena_str(a, names),
			.own = arena_str(a, below_root(path, m->root)),
		};
	}
	facts->cg.layout = n ? CG_LAYOUT_V1 : CG_LAYOUT_NONE;
	if (v2.mount) {
		facts->cg.layout = n ? CG_LAYOUT_HYBRID : CG_LAYOUT_V2;
		hier[n++] = v2;
	}
	facts->cg.n_hier = n;
}

size_t parse_cg_guess(struct arena *a, const char *text, struct cg_mount *ret)
{
	size_t n = 0;

	while (n < CG_MOUNT_MAX) {
		const char *names = strchr(text, ':'), *path = names ? strchr(names + 1, ':') : NULL;
		const char *dir;
		size_t len;

		if (!path)
			break;
		len = (size_t)(path - ++names);
		dir = str_starts(names, "name=");
		if (!dir)
			dir = names;
		ret[n++] = (struct cg_mount){
			.v2 = len == 0,
			.root = "/",
			.point = len ? arena_fmt(a, CG_ROOT "/%.*s", (int)(path - dir), dir)
				     : CG_ROOT "/unified",
			.options = arena_dup(a, names, len),
		};
		text = strchr(path, '\n');
		if (!text)
			break;
		text++;
	}
	return n;
}
