/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stats.h - what a container uses, as the JSON that runc's events prints
 */
#ifndef TAPER_CMD_STATS_H
#define TAPER_CMD_STATS_H

#include <stdbool.h>

#include "libocispec/arena.h"

/* Where the numbers come from: the text of a file of the container's cgroup, NULL = there is none */
struct stats_source {
	const char *(*read)(void *arg, bool v2, const char *file);
	void *arg;
};

/* stats_json() - the value of "data". Files that are not there leave zeros. */
const char *stats_json(struct arena *a, const struct stats_source *src);

#endif
