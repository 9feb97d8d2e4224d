// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * idmap.c - the id maps of a new user namespace, and who may write them
 *
 * Spec: config-linux.md, "User namespace mappings". Kernel: user_namespaces(7), "Defining user and
 * group ID mappings":
 *  1. one write of at most 340 lines and less than a page; no two lines overlap on either side;
 *  2. a writer with CAP_SETUID (CAP_SETGID) in the parent namespace may map any ids that exist
 *     there;
 *  3. any other may map one id, its own; for groups only after "deny" went to setgroups.
 * For more than that the unprivileged have newuidmap(1) and newgidmap(1), which grant what
 * /etc/subuid and /etc/subgid list for the caller.
 */
#include <stdio.h>

#include "plan/internal.h"

#define MAP_LINES_MAX 340
#define MAP_BYTES_MAX 4096       /* the smallest page size */

struct id_ranges idmap_copy(struct arena *a, const struct oci_id_mapping *v, size_t n)
{
	struct id_range *lines = arena_newv(a, struct id_range, n);

	for (size_t i = 0; i < n; i++)
		lines[i] = (struct id_range){ v[i].container_id, v[i].host_id, v[i].size };
	return (struct id_ranges){ lines, n };
}

bool idmap_has(const struct id_ranges *map, uint32_t inside)
{
	for (size_t i = 0; i < map->n; i++)
		if (inside >= map->v[i].inside && inside - map->v[i].inside < map->v[i].count)
			return true;
	return false;
}

const struct id_ranges *idmap_known(const struct planner *pl, bool gids)
{
	const struct id_ranges *map = gids ? &pl->plan->idmap.gid : &pl->plan->idmap.uid;

	if (pl->plan->ns.ns[NS_USER].mode == NS_INHERIT)
		map = gids ? &pl->facts->gid_map : &pl->facts->uid_map;
	return map->n ? map : NULL;
}

static bool overlap(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
	return a < (uint64_t)b + b_count && b < (uint64_t)a + a_count;
}

/* Kernel rule 1. */
static void check_lines(struct planner *pl, const struct id_ranges *map, const char *where)
{
	size_t bytes = 0;

	if (map->n > MAP_LINES_MAX) {
		plan_bad(pl, ERR_IDMAP, where, "the kernel takes at most %d lines, found %zu",
			 MAP_LINES_MAX, map->n);
		return;
	}
	for (size_t i = 0; i < map->n; i++) {
		const struct id_range *r = &map->v[i];
		const char *at = arena_fmt(pl->a, "%s[%zu]", where, i);

		bytes += (size_t)snprintf(NULL, 0, "%u %u %u\n", r->inside, r->outside, r->count);
		if (r->count == 0)
			plan_bad(pl, ERR_RANGE, at, "size must not be 0");
		else if ((uint64_t)r->inside + r->count > UINT32_MAX ||
			 (uint64_t)r->outside + r->count > UINT32_MAX)
			plan_bad(pl, ERR_RANGE, at, "the range ends above 4294967294");
		for (size_t j = 0; j < i; j++)
			if (overlap(r->inside, r->count, map->v[j].inside, map->v[j].count) ||
			    overlap(r->outside, r->count, map->v[j].outside, map->v[j].count))
				plan_bad(pl, ERR_IDMAP, at, "overlaps with %s[%zu]", where, j);
	}
	if (bytes >= MAP_BYTES_MAX)
		plan_bad(pl, ERR_IDMAP, where,
			 "the lines have %zu bytes, the kernel takes less than %d", bytes,
			 MAP_BYTES_MAX);
}

/* Is every id of the range in one of the granted ranges (their .outside side)? */
static bool granted(uint32_t first, uint32_t count, const struct id_ranges *grants, bool by_inside)
{
	uint64_t at = first, end = (uint64_t)first + count;

	for (size_t round = 0; at < end && round <= grants->n; round++)
		for (size_t i = 0; i < grants->n; i++) {
			const struct id_range *g = &grants->v[i];
			uint32_t from = by_inside ? g->inside : g->outside;

			if (at >= from && at < (uint64_t)from + g->count)
				at = (uint64_t)from + g->count;
		}
	return at >= end;
}

/* Rule 2: what is to be mapped must exist in the caller's namespace. */
static void check_parent(struct planner *pl, const struct id_ranges *map,
			 const struct id_ranges *own, const char *where)
{
	for (size_t i = 0; own->n && i < map->n; i++)
		if (!granted(map->v[i].outside, map->v[i].count, own, true))
			plan_bad(
				pl, ERR_IDMAP, arena_fmt(pl->a, "%s[%zu]", where, i),
				"host ids %u to %u do not all exist in the caller's user namespace",
				map->v[i].outside, map->v[i].outside + (map->v[i].count - 1));
}

static void check_grants(struct planner *pl, const struct id_ranges *map,
			 const struct id_ranges *grants, uint32_t own, const char *where)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct id_range *r = &map->v[i];

		if (r->count == 1 && r->outside == own)
			continue;
		if (!granted(r->outside, r->count, grants, false))
			plan_bad(pl, ERR_IDMAP, arena_fmt(pl->a, "%s[%zu]", where, i),
				 "host ids %u to %u are not granted to %s in /etc/sub%s",
				 r->outside, r->outside + (r->count - 1),
				 pl->facts->user ? pl->facts->user
						 : arena_fmt(pl->a, "uid %u", pl->facts->euid),
				 grants == &pl->facts->subuid ? "uid" : "gid");
	}
}

static bool own_id_alone(const struct id_ranges *map, uint32_t own)
{
	return map->n == 1 && map->v[0].count == 1 && map->v[0].outside == own;
}

static void choose_writer(struct planner *pl)
{
	const struct facts *f = pl->facts;
	struct idmap_plan *m = &pl->plan->idmap;

	m->writer = IDMAP_DIRECT;
	if (f->privileged) {
		check_parent(pl, &m->uid, &f->uid_map, "linux.uidMappings");
		check_parent(pl, &m->gid, &f->gid_map, "linux.gidMappings");
		return;
	}
	if (own_id_alone(&m->uid, f->euid) && own_id_alone(&m->gid, f->egid)) {
		m->deny_setgroups = true;
		return;
	}
	m->writer = IDMAP_HELPER;
	m->newuidmap = f->newuidmap;
	m->newgidmap = f->newgidmap;
	if (!f->newuidmap || !f->newgidmap) {
		plan_bad(
			pl, ERR_IDMAP, "linux.uidMappings",
			"mapping more than one's own id needs newuidmap and newgidmap (package uidmap)");
		return;
	}
	check_grants(pl, &m->uid, &f->subuid, f->euid, "linux.uidMappings");
	check_grants(pl, &m->gid, &f->subgid, f->egid, "linux.gidMappings");
}

/* Can the kernel take this range besides those that are there? /etc/subuid may name an id twice. */
static bool fits(const struct id_range *v, size_t n, uint32_t first, uint32_t count)
{
	if (count == 0 || (uint64_t)first + count > UINT32_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (overlap(first, count, v[i].outside, v[i].count))
			return false;
	return true;
}

/* The caller's own id becomes 0, the granted ranges follow from 1 on. */
static struct id_ranges automatic(struct arena *a, uint32_t own, const struct id_ranges *grants)
{
	struct id_range *v = arena_newv(a, struct id_range, grants->n + 1);
	uint32_t next = 1;
	size_t n = 0;

	v[n++] = (struct id_range){ 0, own, 1 };
	for (size_t i = 0; i < grants->n && n < MAP_LINES_MAX; i++) {
		uint32_t count = grants->v[i].count;

		if (!fits(v, n, grants->v[i].outside, count) || (uint64_t)next + count > UINT32_MAX)
			continue;
		v[n++] = (struct id_range){ next, grants->v[i].outside, count };
		next += count;
	}
	return (struct id_ranges){ v, n };
}

static void plan_automatic(struct planner *pl)
{
	static const struct id_ranges none = { NULL, 0 };
	const struct facts *f = pl->facts;
	bool ranges = f->newuidmap && f->newgidmap && f->subuid.n && f->subgid.n;
	struct idmap_plan *m = &pl->plan->idmap;

	m->uid = automatic(pl->a, f->euid, ranges ? &f->subuid : &none);
	m->gid = automatic(pl->a, f->egid, ranges ? &f->subgid : &none);
	if (!ranges)
		plan_warn(pl, "only one user id and one group id are mapped: %s",
			  f->newuidmap && f->newgidmap
				  ? "the caller has no ranges in /etc/subuid and /etc/subgid"
				  : "newuidmap and newgidmap are not installed");
	choose_writer(pl);
}

void plan_idmap(struct planner *pl)
{
	const struct oci_linux *lin = pl->lin;
	struct idmap_plan *m = &pl->plan->idmap;
	enum ns_mode user = pl->plan->ns.ns[NS_USER].mode;
	bool has_uids = lin->uid_mappings.n > 0, has_gids = lin->gid_mappings.n > 0;

	if (has_uids != has_gids) {
		plan_bad(pl, ERR_MISSING, has_uids ? "linux.gidMappings" : "linux.uidMappings",
			 "uidMappings and gidMappings go together");
		return;
	}
	if (!has_uids) {
		if (user == NS_NEW && !pl->facts->privileged)
			plan_automatic(pl);
		else if (user == NS_NEW)
			plan_bad(pl, ERR_MISSING, "linux.uidMappings",
				 "a new user namespace needs uidMappings and gidMappings");
		return;
	}
	m->uid = idmap_copy(pl->a, lin->uid_mappings.v, lin->uid_mappings.n);
	m->gid = idmap_copy(pl->a, lin->gid_mappings.v, lin->gid_mappings.n);
	check_lines(pl, &m->uid, "linux.uidMappings");
	check_lines(pl, &m->gid, "linux.gidMappings");
	if (user == NS_NEW)
		choose_writer(pl);
}
