/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * update.h - change the resources of a container that exists
 */
#ifndef TAPER_APPLY_UPDATE_H
#define TAPER_APPLY_UPDATE_H

#include "plan/plan.h"
#include "state/store.h"

/**
 * container_resources() - what a container has been given
 * @c:   opened
 * @ret: from config.json and the updates since
 *
 * Return: 0 or -errno
 */
int container_resources(struct arena *a, struct container *c, struct oci_resources *ret, struct err *e);

/**
 * container_cpu_max() - cpu.max of a container's v2 cgroup
 * @ret: .has_cpu_max, .quota and .period are filled; without the file the first is false
 */
void container_cpu_max(const struct container *c, struct plan_update *ret);

struct update_args {
	const struct cg_plan *plan;          /* from plan_update() */
	const struct rdt_plan *rdt;          /* NULL = leave it */
	int proc_fd;                         /* the host's procfs */
	const struct oci_resources *after;
	const struct facts *facts;
};

/**
 * container_update() - write the new values
 * @c:    opened with the lock held; created, running or paused
 * @warn: told about what could not be taken back after a failure
 *
 * On failure the old values are back and the record is as it was. Killed half-way, some of the new values
 * are in force and the record has the old ones: the same update can be made again.
 * Return: 0 or -errno
 */
int container_update(struct arena *a, struct container *c, const struct update_args *args,
		     void (*warn)(const char *text), struct err *e);

/**
 * container_update_text() - what container_update() would change, a line for each value
 * @ret: "/sys/fs/cgroup/x/memory.max: max -> 1000 (linux.resources.memory.limit)"
 *
 * Return: 0 or -errno
 */
int container_update_text(struct arena *a, struct container *c, const struct update_args *args,
			  const char **ret, struct err *e);

#endif
