/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rdt.h - the container's share of cache and memory bandwidth, by resctrl
 */
#ifndef TAPER_APPLY_RDT_H
#define TAPER_APPLY_RDT_H

#include <stdbool.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "plan/plan.h"
#include "state/store.h"

/**
 * rdt_prepare() - make the groups that the plan wants, and ration
 * @proc_fd: the host's procfs
 *
 * What is made is named in the container's directory first (file "rdt"), so that rdt_remove() finds it
 * whatever happens. Return: 0 or -errno
 */
int rdt_prepare(struct arena *a, int proc_fd, struct container *c, const struct rdt_plan *plan,
		struct err *e);

/* rdt_join() - put a process into the container's groups, if it has any. Return: 0 or -errno */
int rdt_join(struct arena *a, struct container *c, pid_t pid, struct err *e);

/**
 * rdt_update() - new rations for the container's group
 * @ret_before: what the group's schemata were, for rdt_restore()
 *
 * Return: 0, -ENOENT (the container has no group), -errno
 */
int rdt_update(struct arena *a, int proc_fd, struct container *c, const struct rdt_plan *plan,
	       const char **ret_before, struct err *e);

/* rdt_restore() - back to what rdt_update() found. Return: 0 or -errno */
int rdt_restore(struct arena *a, struct container *c, const char *before);

/* rdt_remove() - remove what was made for the container. Idempotent. Return: 0 or -errno */
int rdt_remove(struct arena *a, struct container *c, struct err *e);

/**
 * rdt_holds() - is a line of a schema in force?
 * @schemata: content of a group's file of that name
 * @line:     "L3:0=ff;1=0f"
 *
 * Only what the line names counts: not the order of domains, blanks, leading zeros or the case of digits.
 */
bool rdt_holds(const char *schemata, const char *line);

#endif
