/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refs.h - the cgroups that a record or an intent names
 */
#ifndef TAPER_APPLY_REFS_H
#define TAPER_APPLY_REFS_H

#include "apply/cg.h"
#include "state/record.h"

struct cg_refs refs_of_record(const struct record *rec);

/* refs_of_intent() - needs the host's hierarchies, in the order they had when the intent was written */
struct cg_refs refs_of_intent(const struct intent *i, const struct facts *facts);

/* intent_of_refs() - the part of an intent that says which cgroups will be made */
void intent_of_refs(struct intent *i, const struct cg_refs *refs, const struct facts *facts);

#endif
