/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pstable.h - the lines of a table of processes that are about some of them */
#ifndef TAPER_CMD_PSTABLE_H
#define TAPER_CMD_PSTABLE_H

#include "libocispec/arena.h"
#include "libocispec/types.h"

/**
 * pstable_filter() - the header, and the lines whose column PID has one of the ids
 * @text: what ps(1) has printed
 * @pids: sorted
 *
 * Return: the lines, or NULL when there is no column PID
 */
const char *pstable_filter(struct arena *a, const char *text, const struct u32v *pids);

#endif
