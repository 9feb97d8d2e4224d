/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_APPLY_CG_V2_H
#define TAPER_APPLY_CG_V2_H

#include "apply/cg.h"

/**
 * cg_v2_enable() - make the plan's controllers available in a cgroup of the v2 hierarchy
 * @root_fd: of the hierarchy
 * @dir_fd:  the cgroup
 *
 * Controllers that a v1 hierarchy has are none of its business.
 * Return: 0 or -errno; the text names the controller and the cgroup that does not hand it on
 */
int cg_v2_enable(const struct cg_plan *plan, const struct facts *facts, const struct cg_ref *ref,
		 int root_fd, int dir_fd, struct err *e);

/* cg_hand_on() - enable whatever controller there is for the cgroups below; none of it is promised */
void cg_hand_on(int dir_fd);

#endif
