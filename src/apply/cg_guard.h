/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cg_guard.h - a second process that thaws when we are killed while something is frozen
 */
#ifndef TAPER_APPLY_CG_GUARD_H
#define TAPER_APPLY_CG_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

#include "libocispec/err.h"

struct cg_guard {
	pid_t pid;
	int sock_fd;
};

/**
 * cg_guard_start() - from now on the cgroup is thawed if we die
 * @dir_fd: of the freezer
 * @keep:   but it stays frozen if all of it is: that is what was asked for
 *
 * Call before freezing, and cg_guard_end() when it is thawed or may stay as it is.
 * Return: 0 or -errno
 */
int cg_guard_start(struct cg_guard *g, int dir_fd, bool v2, bool keep, struct err *e);

void cg_guard_end(struct cg_guard *g);

#endif
