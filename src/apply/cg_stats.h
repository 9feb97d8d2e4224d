/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cg_stats.h - what the cgroups of a container say, and when a process is killed for want of memory */
#ifndef TAPER_APPLY_CG_STATS_H
#define TAPER_APPLY_CG_STATS_H

#include "apply/cg_open.h"

/**
 * cg_stats_read() - the text of a file
 * @buf, @size: where to; a longer file is cut
 *
 * The first of the cgroups of that version that has it.
 * Return: @buf, or NULL when there is none
 */
const char *cg_stats_read(const struct cg_refs *refs, const struct cg_open *o, bool v2, const char *file,
			  char *buf, size_t size);

struct cg_oom {
	int fd;                      /* to be polled for .events; -1 = no memory controller */
	short events;
	int dir_fd;                  /* not owned */
	bool v2;
	uint64_t seen;               /* how many have been told */
};

/* cg_oom_watch() - from now on. Return: 0 or -errno */
int cg_oom_watch(const struct cg_refs *refs, const struct cg_open *o, struct cg_oom *ret, struct err *e);

/* cg_oom_new() - how many processes have been killed since the last call; makes .fd silent again */
uint64_t cg_oom_new(struct cg_oom *w);

#endif
