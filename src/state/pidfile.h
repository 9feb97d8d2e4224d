/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_STATE_PIDFILE_H
#define TAPER_STATE_PIDFILE_H

#include <sys/types.h>

#include "libocispec/err.h"

/**
 * pidfile_write() - the pid in decimal, without newline (cli-contract, section 6)
 * @path: appears whole, by rename from a name beside it; mode 0666 & ~umask
 *
 * Return: 0 or -errno
 */
int pidfile_write(const char *path, pid_t pid, struct err *e);

#endif
