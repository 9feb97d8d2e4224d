/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cg_blame.h - was it a limit of the cgroup? */
#ifndef TAPER_APPLY_CG_BLAME_H
#define TAPER_APPLY_CG_BLAME_H

#include "apply/cg.h"

/* How often one limit has struck: a process was killed, or not made. */
struct cg_strike {
	uint64_t n;
	uint64_t own;          /* of these: for this cgroup's limit, not one above */
};

/* What has happened until now. Zeros: it does not matter, or cannot have been. */
struct cg_strikes {
	struct cg_strike memory, pids;
};

/* cg_strikes() - count, before something is done that a limit may end: what is there no more counts as never */
void cg_strikes(const struct cg_refs *refs, const struct facts *facts, struct cg_strikes *ret);

/**
 * cg_blame_memory() - has the kernel killed processes of a container for want of memory?
 * @since: does not count
 * @e: if so: which limit it was, with its file; ERR_OOM
 *
 * Return: -ENOMEM if so, else 0 and @e is not touched
 */
int cg_blame_memory(const struct cg_refs *refs, const struct cg_strikes *since, struct err *e);

/**
 * cg_blame_pids() - has the pids limit kept a container from making a process?
 * @since: does not count
 * @e: if so, and it is full already: what failed for that reason stays in the text; ERR_PIDS
 *
 * Return: -EAGAIN if so, else 0 and @e is not touched
 */
int cg_blame_pids(const struct cg_refs *refs, const struct cg_strikes *since, struct err *e);

#endif
