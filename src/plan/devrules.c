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
	{ true, 'c', -1, -1, DEV_MKNOD, NULL },          /* making a node gives no access to it */
	{ true, 'b', -1, -1, DEV_MKNOD, NULL },
	{ true, 'c', 1, 3, DEV_ALL, NULL },              /* null */
	{ true, 'c', 1, 5, DEV_ALL, NULL },              /* zero */
	{ true, 'c', 1, 7, DEV_ALL, NULL },              /* full */
	{ true, 'c', 1, 8, DEV_ALL, NULL },              /* random */
	{ true, 'c', 1, 9, DEV_ALL, NULL },              /* urandom */
	{ true, 'c', 5, 0, DEV_ALL, NULL },              /* tty */
	{ true, 'c', 5, 2, DEV_ALL, NULL },              /* ptmx */
	{ true, 'c', 136, -1, DEV_ALL, NULL },           /* pts */
};

static bool number_covers(int64_t a, int64_t b)
{
	return a < 0 || a == b;
}

static bool covers(const struct dev_rule *a, const struct dev_rule *b)
{
	return a->type == b->type && number_covers(a->major, b->major) &&
	       number_covers(a->minor, b->minor) && !(b->access & ~a->access);
}

static bool number_meets(int64_t a, int64_t b)
{
	return a < 0 || b < 0 || a == b;
}

static bool meets(const struct dev_rule *a, const struct dev_rule *b)
{
	return a->type == b->type && number_meets(a->major, b->major) &&
	       number_meets(a->minor, b->minor) && (a->access & b->access);
}

static void add(struct dev_rules *r, const struct dev_rule *new)
{
	bool changes = new->allow != r->allow_all;
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!covers(new, &r->v[i]))
			r->v[kept++] = r->v[i];
	r->n = kept;
	for (size_t i = 0; i < r->n; i++)
		changes |= r->v[i].allow != new->allow && meets(new, &r->v[i]);
	if (!changes)
		return;
	r->v[r->n++] = *new;
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
		add(r, &rule);
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
		add(ret, &rule);
	}
}
