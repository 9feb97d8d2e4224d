/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cg_freeze.h - freeze and thaw the processes of a container
 */
#ifndef TAPER_APPLY_CG_FREEZE_H
#define TAPER_APPLY_CG_FREEZE_H

#include "apply/cg.h"

enum cg_frozen {
	CG_THAWED,
	CG_FREEZING,     /* asked for, and not everything has stopped yet */
	CG_FROZEN,
};

/* cg_frozen_dir() - of one cgroup, by itself or by one above it. Return: enum cg_frozen or -errno */
int cg_frozen_dir(int dir_fd, bool v2);

/* cg_thaw_dir() - ask for it, do not wait. Return: 0 or -errno */
int cg_thaw_dir(int dir_fd, bool v2);

/* cg_frozen() - of a container. Without a freezer it is thawed. Return: enum cg_frozen or -errno */
int cg_frozen(const struct cg_refs *refs, struct err *e);

/**
 * cg_freeze() - freeze all or nothing
 * @limit_ms: when not all have stopped by then, everything is thawed again
 *
 * A second process thaws if this one is killed before all are frozen.
 * Return: 0, -ETIMEDOUT (text names who did not stop, and where), -errno
 */
int cg_freeze(const struct cg_refs *refs, int limit_ms, struct err *e);

/**
 * cg_thaw() - let go on what cg_freeze() has stopped
 *
 * Return: 0, -EBUSY (a cgroup above it is frozen), -errno
 */
int cg_thaw(const struct cg_refs *refs, int limit_ms, struct err *e);

/* cg_thaw_killed() - after SIGKILL: only a thawed process of v1 can die. Without effect on v2. Return: 0 or -errno */
int cg_thaw_killed(const struct cg_refs *refs, struct err *e);

#endif
