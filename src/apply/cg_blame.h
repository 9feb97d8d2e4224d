/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cg_blame.h - was it a limit of the cgroup? */
#ifndef TAPER_APPLY_CG_BLAME_H
#define TAPER_APPLY_CG_BLAME_H

#include "apply/cg.h"

/* How often limits have struck until now. Zeros: what has happened before does not matter, or cannot have been. */
struct cg_strikes {
	uint64_t memory;       /* processes killed for want of memory */
	uint64_t memory_own;   /* times that it was this cgroup's limit (v2) */
	uint64_t pids;         /* processes not made for the pids limit */
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
