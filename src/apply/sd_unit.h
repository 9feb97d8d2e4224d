/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sd_unit.h - the container's unit: started, changed and stopped over the bus
 *
 * A unit is known as ours by the mark at the end of its description, so that one of the same name
 * that somebody else has made is never stopped. Every call has a deadline; a connection that broke
 * is made anew once.
 */
#ifndef TAPER_APPLY_SD_UNIT_H
#define TAPER_APPLY_SD_UNIT_H

#include <sys/types.h>

#include "base/bus.h"
#include "plan/plan.h"

struct sd_unit {
	const char *name;    /* "taper-c1.scope" */
	bool user_bus;
	const char *mark;    /* "[taper 123:456]" */
};

/* sd_open() - connect to the system's, or the user's systemd. Return: 0 or -errno */
int sd_open(struct bus *b, struct arena *a, bool user_bus, struct err *e);

/**
 * sd_start() - make the transient scope around a process
 * @pid: of this pid namespace
 *
 * A failed unit of that name is reset first; one that is running is -EEXIST.
 * Return: 0 (systemd has put the process into the unit's cgroup) or -errno
 */
int sd_start(struct bus *b, const struct sd_plan *plan, const struct sd_unit *u, pid_t pid,
	     struct err *e);

/**
 * sd_set() - change properties of a running unit, until the next boot (SetUnitProperties)
 *
 * Properties that this systemd does not know yet are left out: the cgroup's files have them.
 * Return: 0 or -errno
 */
int sd_set(struct bus *b, const char *unit, const struct sd_prop *props, size_t n, struct err *e);

/**
 * sd_attach() - put a process into a running unit
 * @below: cgroup below the unit's, "" or "/container"; it exists
 *
 * A user's systemd has the system's do it where the user may not.
 * Return: 0 or -errno
 */
int sd_attach(struct bus *b, const char *unit, const char *below, pid_t pid, struct err *e);

/* sd_stop() - stop and forget the unit; gone, or not ours: fine. Return: 0 or -errno */
int sd_stop(struct bus *b, const struct sd_unit *u, struct err *e);

#endif
