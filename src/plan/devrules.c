// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * devrules.c - linux.resources.devices as a short list of rules
 *
 * Spec: config-linux.md, "Allowed Device list" and "Default Devices". Rules apply in the order of
 * the list, so each kind of access (read, write, mknod) is decided by the last rule that names it.
 * The start is that nothing is allowed; a rule for all devices and all access starts anew, as "a"
 * does in cgroup v1. Behind the config's rules come those without which no container works.
 */
#include "plan/internal.h"

static const struct dev_rule always[] = {
	{ true, 'c', -1, -1, DEV_MKNOD, NULL, NULL },          /* making a node gives no access to it */
	{ true, 'b', -1, -1, DEV_MKNOD, NULL, NULL },
	{ true, 'c', 1, 3, DEV_ALL, NULL, NULL },              /* null */
	{ true, 'c', 1, 5, DEV_ALL, NULL, NULL },              /* zero */
	{ true, 'c', 1, 7, DEV_ALL, NULL, NULL },              /* full */
	{ true, 'c', 1, 8, DEV_ALL, NULL, NULL },              /* random */
	{ true, 'c', 1, 9, DEV_ALL, NULL, NULL },              /* urandom */
	{ true, 'c', 5, 0, DEV_ALL, NULL, NULL },              /* tty */
	{ true, 'c', 5, 2, DEV_ALL, NULL, NULL },              /* ptmx */
	{ true, 'c', 136, -1, DEV_ALL, NULL, NULL },           /* pts */
};

/*
 * What is known of rules that were looked at, by the devices they are about: one entry for each pair
 * of numbers (-1 = any), and one for all rules of a major, of a minor number, or of either.
 * With it each rule costs a few look-ups, however long the list.
 */
struct seen {
	char type;                           /* 0 = free */
	uint8_t of;                          /* OF_*, and which of the numbers are any */
	uint8_t access;                      /* DEV_* of those rules together */
	uint32_t major, minor;
	uint32_t rule;                       /* index of the first of them */
};

enum { OF_RULE, OF_MAJOR, OF_MINOR, OF_TYPE };

struct seen_table {
	struct seen *v;
	size_t mask;                         /* its size is a power of two */
	size_t n;                            /* index of the rule that is added */
};

static struct seen_table seen_make(struct arena *a, size_t n)
{
	size_t size = 16;

	while (size < 5 * n)                 /* at most four entries for each rule */
		size *= 2;
	return (struct seen_table){ arena_newv(a, struct seen, size), size - 1, 0 };
}

static uint8_t seen_of(unsigned of, int64_t major, int64_t minor)
{
	return (uint8_t)(of << 2 | (major < 0 ? 2u : 0u) | (minor < 0 ? 1u : 0u));
}

/* The entry, or the free one that it would take; @of: OF_* */
static struct seen *seen_at(const struct seen_table *t, unsigned of, char type, int64_t major,
			    int64_t minor)
{
	struct seen key = { .type = type, .of = seen_of(of, major, minor),
			    .major = (uint32_t)major, .minor = (uint32_t)minor };
	uint64_t hash = ((uint64_t)key.major << 32 | key.minor) ^ (uint64_t)(key.of * 256 + type) << 24;
	size_t i;

	hash *= UINT64_C(0x9e3779b97f4a7c15);
	for (i = (hash >> 32) & t->mask; t->v[i].type; i = (i + 1) & t->mask)
		if (t->v[i].of == key.of && t->v[i].type == type && t->v[i].major == key.major &&
		    t->v[i].minor == key.minor)
			break;
	return &t->v[i];
}

static void seen_mark(struct seen_table *t, unsigned of, const struct dev_rule *r, int64_t major,
		      int64_t minor)
{
	struct seen *s = seen_at(t, of, r->type, major, minor);

	if (!s->type)
		*s = (struct seen){ .type = r->type, .major = (uint32_t)major,
				    .minor = (uint32_t)minor, .rule = (uint32_t)t->n,
				    .of = seen_of(of, major, minor) };
	s->access |= (uint8_t)r->access;
}

/* Rules are added in order: the n-th is the one at index n of the caller's list. */
static void seen_add(struct seen_table *t, const struct dev_rule *r)
{
	seen_mark(t, OF_RULE, r, r->major, r->minor);
	seen_mark(t, OF_MAJOR, r, r->major, -1);
	seen_mark(t, OF_MINOR, r, -1, r->minor);
	seen_mark(t, OF_TYPE, r, -1, -1);
}

/* Kinds of access of which a rule that covers all devices of @r has been seen */
static unsigned seen_cover(const struct seen_table *t, const struct dev_rule *r)
{
	return seen_at(t, OF_RULE, r->type, r->major, r->minor)->access |
	       seen_at(t, OF_RULE, r->type, r->major, -1)->access |
	       seen_at(t, OF_RULE, r->type, -1, r->minor)->access |
	       seen_at(t, OF_RULE, r->type, -1, -1)->access;
}

/* Kinds of access of which a rule for any of the devices of @r has been seen */
static unsigned seen_meet(const struct seen_table *t, const struct dev_rule *r)
{
	if (r->major < 0 && r->minor < 0)
		return seen_at(t, OF_TYPE, r->type, -1, -1)->access;
	if (r->minor < 0)
		return seen_at(t, OF_MAJOR, r->type, r->major, -1)->access |
		       seen_at(t, OF_MAJOR, r->type, -1, -1)->access;
	if (r->major < 0)
		return seen_at(t, OF_MINOR, r->type, -1, r->minor)->access |
		       seen_at(t, OF_MINOR, r->type, -1, -1)->access;
	return seen_cover(t, r);
}

/* An entry for rules that concern any of these kinds of access, NULL = none */
static const struct seen *seen_wide(const struct seen_table *t, unsigned of, const struct dev_rule *r,
				    int64_t major, int64_t minor)
{
	const struct seen *s = seen_at(t, of, r->type, major, minor);

	return s->access & r->access ? s : NULL;
}

/* A rule for some devices of @r and for others that @r is not about, NULL = none */
static const struct seen *seen_wider(const struct seen_table *t, const struct dev_rule *r)
{
	const struct seen *s;

	if (r->major < 0 && r->minor < 0)
		return NULL;
	if (r->minor < 0)
		return seen_wide(t, OF_MAJOR, r, -1, -1);
	if (r->major < 0)
		return seen_wide(t, OF_MINOR, r, -1, -1);
	s = seen_wide(t, OF_RULE, r, r->major, -1);
	if (!s)
		s = seen_wide(t, OF_RULE, r, -1, r->minor);
	return s ? s : seen_wide(t, OF_RULE, r, -1, -1);
}

/* Drop what later rules decide, moving the rest to the end. Return: the index of its first */
static size_t drop_decided(struct dev_rules *r, struct seen_table *later)
{
	size_t first = r->n;

	for (size_t i = r->n; i-- > 0;)
		if (r->v[i].access & ~seen_cover(later, &r->v[i])) {
			seen_add(later, &r->v[i]);
			r->v[--first] = r->v[i];
		}
	return first;
}

static void reduce(struct planner *pl, struct dev_rules *r)
{
	struct seen_table later = seen_make(pl->a, r->n), against = seen_make(pl->a, r->n);
	size_t first = drop_decided(r, &later), kept = 0;

	for (size_t i = first; i < r->n; i++) {
		struct dev_rule rule = r->v[i];
		const struct seen *wider = NULL;

		against.n = kept;
		if (rule.allow != r->allow_all)
			seen_add(&against, &rule);
		else if (!(rule.access & seen_meet(&against, &rule)))
			continue;            /* says what holds anyway */
		else
			wider = seen_wider(&against, &rule);
		rule.part_of = wider ? r->v[wider->rule].where : NULL;
		r->v[kept++] = rule;
	}
	r->n = kept;
}

/* Return: DEV_*, 0 = not a valid text */
static unsigned access_of(const char *text)
{
	unsigned access = 0;

	if (!text)
		return DEV_ALL;
	for (; *text; text++)
		switch (*text) {
		case 'r': access |= DEV_READ; break;
		case 'w': access |= DEV_WRITE; break;
		case 'm': access |= DEV_MKNOD; break;
		default: return 0;
		}
	return access;
}

/* Return: false when the number cannot be one of a device */
static bool number_of(struct opt_i64 n, int64_t *ret)
{
	*ret = n.set ? n.v : -1;
	return *ret >= -1 && *ret <= UINT32_MAX;
}

static void read_rule(struct planner *pl, struct dev_rules *r, size_t i)
{
	const struct oci_device_cgroup *d = &pl->lin->resources->devices.v[i];
	const char *where = arena_fmt(pl->a, "linux.resources.devices[%zu]", i);
	const char *type = d->type && *d->type ? d->type : "a";
	struct dev_rule rule = { .allow = d->allow,
				 .access = access_of(d->access),
				 .where = where };

	if (!rule.access) {
		plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "%s.access", where),
			 "expected some of the letters r, w and m, found \"%s\"", d->access);
		return;
	}
	if (type[1] || !strchr("acb", *type)) {
		plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "%s.type", where),
			 "expected a, c or b, found %s", type);
		return;
	}
	if (!number_of(d->major, &rule.major) || !number_of(d->minor, &rule.minor)) {
		plan_bad(pl, ERR_RANGE, where, "not the number of a device");
		return;
	}
	if (*type == 'a' && rule.major < 0 && rule.minor < 0 && rule.access == DEV_ALL) {
		r->allow_all = d->allow;
		r->n = 0;
		return;
	}
	for (const char *t = *type == 'a' ? "cb" : type; *t; t++) {
		rule.type = *t;
		r->v[r->n++] = rule;
	}
}

void devrules_read(struct planner *pl, struct dev_rules *ret)
{
	size_t n = pl->lin->resources->devices.n;

	*ret = (struct dev_rules){ .v = arena_newv(pl->a, struct dev_rule, 2 * n + ARRAY_SIZE(always)) };
	for (size_t i = 0; i < n; i++)
		read_rule(pl, ret, i);
	for (size_t i = 0; i < ARRAY_SIZE(always); i++) {
		struct dev_rule rule = always[i];

		rule.where = "default device rule";
		ret->v[ret->n++] = rule;
	}
	reduce(pl, ret);
}
