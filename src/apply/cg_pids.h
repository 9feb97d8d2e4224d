/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cg_pids.h - the processes of a container */
#ifndef TAPER_APPLY_CG_PIDS_H
#define TAPER_APPLY_CG_PIDS_H

#include "state/store.h"

/**
 * container_pids() - all processes: those of its cgroup and of those below
 * @ret: sorted
 *
 * Without a cgroup: those of its pid namespace, if it has one of its own.
 * Return: 0 or -errno
 */
int container_pids(struct store *s, struct arena *a, const struct container *c, struct u32v *ret,
		   struct err *e);

#endif
