/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host/proc.h - read files of a verified procfs */
#ifndef TAPER_HOST_PROC_H
#define TAPER_HOST_PROC_H

#include <stddef.h>

/* proc_open() - open a file for reading, never leaving the procfs. Return: the fd, CLOEXEC, or -errno */
int proc_open(int dir_fd, const char *name);

/* proc_read() - a whole file as a string; longer than @size - 1 bytes is -E2BIG. Return: 0 or -errno */
int proc_read(int dir_fd, const char *name, char *buf, size_t size);

#endif
