/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_APPLY_NOTIFY_H
#define TAPER_APPLY_NOTIFY_H

#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "libocispec/state.h"
#include "plan/plan.h"

/**
 * notify_send() - hand the listener of a system call filter to its agent
 * @plan:        listener_path, a unix stream socket, and listener_metadata
 * @state:       of the container
 * @pid:         the process that is under the filter
 * @listener_fd: the caller closes it afterwards: as long as anyone else has it open, the process does not
 *               notice that the agent has died
 *
 * One message with the fd, which begins the container process state as JSON; no answer is read. Spec:
 * config-linux.md, "The Container Process State".
 * Return: 0 or -errno
 */
int notify_send(struct arena *a, const struct seccomp_plan *plan, const struct oci_state *state, pid_t pid,
		int listener_fd, struct err *e);

#endif
