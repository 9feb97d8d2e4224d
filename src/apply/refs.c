// SPDX-License-Identifier: LGPL-2.1-or-later
/* refs.c - the cgroups that a record or an intent names */
#include "apply/refs.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

struct cg_refs refs_of_record(const struct record *rec)
{
	struct cg_refs refs = { 0 };

	for (size_t i = 0; i < rec->cgroups.n && refs.n < CG_HIER_MAX; i++) {
		const struct record_cgroup *g = &rec->cgroups.v[i];

		refs.v[refs.n++] = (struct cg_ref){
			.v2 = g->v2,
			.mount = g->mount,
			.path = g->path,
			.ino = g->ino,
			.made_from = g->made_from,
		};
	}
	return refs;
}

struct cg_refs refs_of_intent(const struct intent *i, const struct facts *facts)
{
	struct cg_refs refs = { 0 };

	for (size_t h = 0; h < facts->cg.n_hier && i->made_from[h]; h++) {
		const char *digit = strchr(digits, i->made_from[h]);

		if (digit)
			refs.v[refs.n++] = (struct cg_ref){
				.v2 = facts->cg.hier[h].v2,
				.mount = facts->cg.hier[h].mount,
				.path = i->cgroup,
				.made_from = (unsigned)(digit - digits),
			};
	}
	return refs;
}

void intent_of_refs(struct intent *i, const struct cg_refs *refs, const struct facts *facts)
{
	if (refs->n == 0)
		return;
	for (size_t h = 0; h < facts->cg.n_hier; h++) {
		i->made_from[h] = '-'; /* not in this one */
		for (size_t k = 0; k < refs->n; k++)
			if (str_eq(refs->v[k].mount, facts->cg.hier[h].mount) &&
			    str_eq(refs->v[k].path, refs->v[0].path))
				i->made_from[h] =
					digits[refs->v[k].made_from < 35 ? refs->v[k].made_from
									 : 35];
	}
	snprintf(i->cgroup, sizeof(i->cgroup), "%s", refs->v[0].path);
}
