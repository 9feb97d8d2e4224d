/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spawn.h - run a helper program and wait for it: hooks, newuidmap
 *
 * The program gets its own process group and dies with us (PR_SET_PDEATHSIG). Usable in the
 * container's first process too: allocates nothing. A program that does not read its input is fine.
 */
#ifndef TAPER_BASE_SPAWN_H
#define TAPER_BASE_SPAWN_H

#include <stddef.h>

#include "libocispec/err.h"

struct spawn {
	const char *path;            /* absolute */
	const char *const *argv;     /* NULL-terminated */
	const char *const *envp;     /* NULL = the caller's environment */
	const char *const *input; /* texts for its standard input, then EOF; NULL-terminated list or NULL */
	char *output;                /* the last bytes of its standard output and error, NUL-terminated */
	size_t output_size;          /* 0 = discard */
	int out_fd, err_fd;          /* its standard output and error instead; 0 = not these */
	unsigned timeout_ms;         /* 0 = none of its own; when it is up the whole process group is killed */
};

/**
 * spawn_run() - run and wait
 * @ret_status: wait status (waitpid(2)); valid when 0 is returned
 *
 * Return: 0 it ran; -ETIMEDOUT; -ENOENT, -EACCES...: it could not be executed; -errno
 */
int spawn_run(const struct spawn *s, int *ret_status);

#endif
