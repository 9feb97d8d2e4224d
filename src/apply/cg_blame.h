/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cg_blame.h - was it a limit of the cgroup? */
#ifndef TAPER_APPLY_CG_BLAME_H
#define TAPER_APPLY_CG_BLAME_H

#include "apply/cg.h"

/**
 * cg_blame_memory() - has the kernel killed processes of a container for want of memory?
 * @e: if so: which limit it was, with its file; ERR_OOM
 *
 * Return: -ENOMEM if so, else 0 and @e is not touched
 */
int cg_blame_memory(const struct cg_refs *refs, struct err *e);

/**
 * cg_blame_pids() - has the pids limit kept a container from making a process?
 * @e: if so, and it is full already: what failed for that reason stays in the text; ERR_PIDS
 *
 * Return: -EAGAIN if so, else 0 and @e is not touched
 */
int cg_blame_pids(const struct cg_refs *refs, struct err *e);

#endif
