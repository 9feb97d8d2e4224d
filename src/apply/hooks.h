/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hooks.h - run the hooks of one kind, in order (config.md, "POSIX-platform Hooks")
 */
#ifndef TAPER_APPLY_HOOKS_H
#define TAPER_APPLY_HOOKS_H

#include <sys/types.h>

#include "plan/plan.h"

/* The state document for hooks, as text split at the pid, so that the child needs no encoder. */
struct hook_state {
	const char *before, *after;      /* {"ociVersion":...,"pid": | ,"bundle":...} */
	int out_fd, err_fd;              /* where the output goes; 0 = into the error */
};

/**
 * hooks_run() - run all hooks of a kind
 * @state: for their standard input
 * @pid:   the container's first process as the hooks see it
 * @env:   environment for hooks that have none; NULL = the caller's
 *
 * The first hook that fails (exit code, signal, timeout, cannot be executed) ends the run; the error
 * names it by JSON path and file, says how it ended and quotes the end of its output.
 * Return: 0 or -errno
 */
int hooks_run(const struct hooks_plan *hooks, const struct hook_state *state, pid_t pid,
	      const char *const *env, struct err *e);

/**
 * hooks_run_each() - run all hooks of a kind, whatever becomes of those before
 * @warn: told about each that fails, with its place; may be NULL
 */
void hooks_run_each(const struct hooks_plan *hooks, const struct hook_state *state, pid_t pid,
		    void (*warn)(const char *text));

#endif
