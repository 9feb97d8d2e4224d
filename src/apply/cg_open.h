/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cg_open.h - the cgroups of a record, opened
 */
#ifndef TAPER_APPLY_CG_OPEN_H
#define TAPER_APPLY_CG_OPEN_H

#include "apply/cg.h"

struct cg_open {
	int fd[CG_HIER_MAX];         /* one per ref; -1 = gone, or someone else's of the same name */
	int freezer_fd;              /* whose processes can be frozen, not owned; -1 = none */
	bool freezer_v2;             /* it has cgroup.freeze, else freezer.state */
};

/**
 * cg_open() - open what is still there and is what was recorded
 * @o: closed by the caller, also on failure
 *
 * On a hybrid host the freezer is the one of v1, if there is one.
 * Return: 0 or -errno
 */
int cg_open(const struct cg_refs *refs, struct cg_open *o, struct err *e);

void cg_open_close(struct cg_open *o);

#define _close_cgroups __attribute__((cleanup(cg_open_close)))

/**
 * cg_open_tree() - in which of them to look for the processes
 *
 * Each process is in all of the hierarchies: one of them is enough.
 * Return: index into @refs; @refs->n when none is there any more
 */
size_t cg_open_tree(const struct cg_refs *refs, const struct cg_open *o);

/* cg_freezer_ref() - the ref that has the freezer, which there is */
const struct cg_ref *cg_freezer_ref(const struct cg_refs *refs, const struct cg_open *o);

/* cg_v1_thaw_tree() - thaw a tree of the v1 freezer, also what was frozen from inside. Return: 0 or -errno */
int cg_v1_thaw_tree(int freezer_fd);

#endif
