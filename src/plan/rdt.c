// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rdt.c - resctrl: cache and memory bandwidth
 *
 * Spec: config-linux.md, "IntelRdt". The order of the lines is l3CacheSchema, memBwSchema,
 * schemata. "MB:" lines of l3CacheSchema count only where memBwSchema is absent.
 */
#include "plan/internal.h"

static void add_lines(struct planner *pl, struct rdt_plan *out, const char *text, bool drop_mb)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");
		const char *line = arena_dup(pl->a, text, len);

		if (len && !(drop_mb && str_starts(line, "MB:"))) {
			out->schemata =
				vec_room(pl->a, out->schemata, out->n_schemata, sizeof(char *));
			out->schemata[out->n_schemata++] = line;
		}
		text += len;
		text += *text == '\n';
	}
}

void plan_rdt(struct planner *pl)
{
	const struct oci_intel_rdt *rdt = pl->lin->intel_rdt;
	struct rdt_plan *out;
	const char *id;

	if (!rdt)
		return;
	out = pl->plan->rdt = arena_new(pl->a, struct rdt_plan);
	id = rdt->clos_id && *rdt->clos_id ? rdt->clos_id : NULL;
	out->clos_id = id ? id : pl->opt->id;
	if (str_eq(out->clos_id, ".") || str_eq(out->clos_id, "..") ||
	    (strchr(out->clos_id, '/') && !str_eq(out->clos_id, "/")) || strchr(out->clos_id, '\n'))
		plan_bad(pl, ERR_VALUE, "linux.intelRdt.closID", "not the name of a group: %s",
			 out->clos_id);
	add_lines(pl, out, rdt->l3_cache_schema, rdt->mem_bw_schema && *rdt->mem_bw_schema);
	add_lines(pl, out, rdt->mem_bw_schema, false);
	for (size_t i = 0; i < rdt->schemata.n; i++)
		add_lines(pl, out, rdt->schemata.v[i], false);
	out->may_create = !str_eq(out->clos_id, "/") && (!id || out->n_schemata > 0);
	out->keep = id != NULL;
	out->monitoring = rdt->enable_monitoring.v;
}
