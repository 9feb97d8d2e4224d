/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_HOST_RESCTRL_H
#define TAPER_HOST_RESCTRL_H

#include "libocispec/arena.h"
#include "libocispec/err.h"

/**
 * host_resctrl() - where the resctrl file system is mounted
 * @proc_fd: the host's procfs
 * @ret:     absolute
 *
 * Source: kernel Documentation/filesystems/resctrl.rst.
 * Return: 1 found, 0 it is not mounted, or -errno
 */
int host_resctrl(struct arena *a, int proc_fd, const char **ret, struct err *e);

#endif
