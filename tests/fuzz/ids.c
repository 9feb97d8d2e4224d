// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ids.c - fuzz entry point: id maps, /etc/subuid and /etc/passwd, and maps planned with what they grant
 *
 * The input has lines. Those of /etc/subuid grant; a line "map INSIDE OUTSIDE SIZE" is a mapping of the
 * config, for users and groups alike. The caller is alice, 1000, without privileges.
 *
 * What has to hold: each range that is read stands in the text; a plan maps no host id that is not granted
 * or the caller's own, and nothing twice.
 */
#include "host/parse.h"
#include "tests/fuzz/planned.h"

#define OWN 1000
#define MAPS_MAX 16

/* Is there a line NAME:FIRST:COUNT with these numbers, maybe with zeroes or blanks in front? */
static bool has_grant(const char *text, const struct id_range *r)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned long long first, count;
		int used = 0;

		if (sscanf(line, "%*[^:\n]: %llu: %llu%n", &first, &count, &used) == 2 && used &&
		    first == r->outside && count == r->count)
			return true;
	}
	return false;
}

static struct id_ranges read_text(struct arena *a, const char *text)
{
	struct id_ranges grants = parse_subid(a, text, "alice", OWN), lines = parse_idmap(a, text);
	const char *name = parse_passwd_name(a, text, OWN);
	unsigned major = 0, minor = 0;

	REQUIRE(grants.n <= 340 && lines.n <= 340);
	for (size_t i = 0; i < grants.n; i++)
		REQUIRE(grants.v[i].count > 0 && has_grant(text, &grants.v[i]));
	REQUIRE(!name || (*name && !strpbrk(name, ":\n") && strstr(text, name)));
	parse_release(text, &major, &minor);
	return grants;
}

/* Every id of it by itself would take too long: the ends, and the ends of what is granted. */
static bool is_granted(const struct id_ranges *grants, uint32_t id)
{
	for (size_t i = 0; i < grants->n; i++)
		if (id >= grants->v[i].outside && id - grants->v[i].outside < grants->v[i].count)
			return true;
	return id == OWN;
}

static bool is_in(const struct id_range *r, uint64_t id)
{
	return id >= r->outside && id < (uint64_t)r->outside + r->count;
}

static void check_line(const struct id_ranges *grants, const struct id_range *r)
{
	REQUIRE(r->count > 0 && (uint64_t)r->outside + r->count <= UINT32_MAX);
	REQUIRE(is_granted(grants, r->outside));
	REQUIRE(is_granted(grants, r->outside + (r->count - 1)));
	for (size_t i = 0; i < grants->n; i++) {
		uint64_t behind = (uint64_t)grants->v[i].outside + grants->v[i].count;

		if (is_in(r, behind))
			REQUIRE(is_granted(grants, (uint32_t)behind));
	}
}

static bool meet(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
	return a <= (uint64_t)b + b_count - 1 && b <= (uint64_t)a + a_count - 1;
}

static void check_map(const struct id_ranges *map, const struct id_ranges *grants)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct id_range *r = &map->v[i];

		check_line(grants, r);
		for (size_t k = 0; k < i; k++) {
			REQUIRE(!meet(r->inside, r->count, map->v[k].inside, map->v[k].count));
			REQUIRE(!meet(r->outside, r->count, map->v[k].outside, map->v[k].count));
		}
	}
}

static size_t read_maps(const char *text, struct oci_id_mapping *ret)
{
	size_t n = 0;

	for (const char *p = text; n < MAPS_MAX && (p = strstr(p, "map ")); p += 4)
		if (sscanf(p + 4, "%9u %9u %9u", &ret[n].container_id, &ret[n].host_id, &ret[n].size) == 3)
			n++;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct facts host = fuzz_hosts[HOST_ROOTLESS];
	struct fuzz_in in = { data, size };
	struct oci_id_mapping maps[MAPS_MAX];
	struct oci_spec *spec;
	struct plan *plan;
	const char *text;
	struct arena a;

	fuzz_arena(&a);
	text = fuzz_text(&a, &in, '\0');
	text = text ? text : "";
	host.subuid = host.subgid = read_text(&a, text);
	spec = fuzz_spec(&a);
	spec->linux_->namespaces.v[2].type = "user";
	spec->linux_->namespaces.n = 3;
	spec->linux_->uid_mappings.v = spec->linux_->gid_mappings.v = maps;
	spec->linux_->uid_mappings.n = spec->linux_->gid_mappings.n = read_maps(text, maps);
	plan = fuzz_plan(&a, spec, &fuzz_options, &host);
	if (plan) {
		const struct idmap_plan *m = &plan->idmap;

		check_map(&m->uid, &host.subuid);
		check_map(&m->gid, &host.subgid);
		REQUIRE(m->writer != IDMAP_NONE && m->uid.n && m->gid.n);
		/* by itself the kernel lets an unprivileged process map its own id alone */
		REQUIRE(m->writer == IDMAP_HELPER || (m->uid.n == 1 && m->uid.v[0].count == 1 &&
						      m->uid.v[0].outside == OWN && m->deny_setgroups));
	}
	arena_close(&a);
	return 0;
}

FUZZ_MAIN("ids");
