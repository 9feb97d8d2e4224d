/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * selfexe.h - the own binary out of the container's reach (security: D5)
 */
#ifndef TAPER_APPLY_SELFEXE_H
#define TAPER_APPLY_SELFEXE_H

#include <stdbool.h>

#include "libocispec/err.h"

/* selfexe_args() - remember where the command line is; first thing in main() */
void selfexe_args(int argc, char **argv);

/**
 * selfexe_start() - find out what protection is needed, in a process that will enter a container
 * @proc_fd:    the host's procfs
 * @ret_needed: selfexe_replace() must be called before anything of the container can run
 *
 * Return: 0, or -errno; does not return when it has to execute the binary again
 */
int selfexe_start(int proc_fd, bool *ret_needed, struct err *e);

/**
 * selfexe_open() - the own binary through a read-only clone of its mount
 * @path: NULL = whatever runs, for a caller with CAP_SYS_ADMIN over its mount namespace; else its path
 *        in the caller's (copied) mount namespace
 *
 * Return: 0 or -errno
 */
int selfexe_open(int proc_fd, const char *path, int *ret_fd, int *ret_tree_fd, struct err *e);

/**
 * selfexe_replace() - make that file this process's executable, and nobody's after it
 * @tree_fd: the clone of the mount
 *
 * Return: 0 or -errno
 */
int selfexe_replace(int exe_fd, int tree_fd, struct err *e);

#endif
