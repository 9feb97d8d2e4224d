/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_HOST_REVEALING_H
#define TAPER_HOST_REVEALING_H

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "libocispec/types.h"

/* host_revealing() - where procfs and sysfs are mounted, in the order of mounting. Return: 0 or -errno */
int host_revealing(struct arena *a, int proc_fd, struct strv *ret, struct err *e);

#endif
