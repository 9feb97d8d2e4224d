/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cg_systemd.h - cgroups that systemd makes
 */
#ifndef TAPER_APPLY_CG_SYSTEMD_H
#define TAPER_APPLY_CG_SYSTEMD_H

#include "apply/parent.h"
#include "apply/sd_unit.h"

/* unit_intend() - connect to systemd, name the unit in the intent. Return: 0 or -errno */
int unit_intend(struct parent *p, struct intent *i, struct err *e);

/**
 * unit_start() - let systemd put the first process into a unit, then take over its cgroups
 *
 * Once the process that goes on is known; before it gets what it waits for. Return: 0 or -errno
 */
int unit_start(struct parent *p, struct err *e);

/**
 * unit_join() - exec: shall systemd put the process into the unit?
 *
 * An unprivileged caller may move a process only between cgroups below one that is his own: a login
 * session is not. Then p->attach is set, and the v2 cgroup is taken out of p->cg. Before the process is
 * made. Return: 0 or -errno
 */
int unit_join(struct parent *p, struct err *e);

/* unit_attach() - exec: let systemd do so. Return: 0 or -errno */
int unit_attach(struct parent *p, struct err *e);

/* unit_record() - what the record says of the unit; NULL without one */
struct record_unit *unit_record(const struct parent *p);

/**
 * unit_stop() - stop the unit that a record or an intent names, if any
 *
 * A systemd that cannot be reached is a warning: it drops a scope that has become empty by itself.
 */
void unit_stop(struct arena *a, const struct container *c, void (*warn)(const char *text));

/* unit_update() - change properties of a container's unit (record->unit). Return: 0 or -errno */
int unit_update(struct arena *a, const struct record_unit *u, const struct sd_plan *plan,
		struct err *e);

#endif
