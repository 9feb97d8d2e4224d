/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * agent.h - the seccomp agent: who answers the system calls that the filter gives it
 */
#ifndef TAPER_APPLY_AGENT_H
#define TAPER_APPLY_AGENT_H

#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "libocispec/state.h"

struct agent {
	const char *path;     /* its unix socket; NULL = there is none, and every call does nothing */
	const char *metadata; /* linux.seccomp.listenerMetadata, NULL = none */
	int sock_fd;	      /* -1 until agent_connect() */
};
#define AGENT_INIT { .sock_fd = -1 }

/**
 * agent_connect() - connect to the agent, before the filter can be in force
 *
 * A stream socket, or one that keeps messages apart (SOCK_SEQPACKET).
 * Return: 0 or -errno
 */
int agent_connect(struct agent *g, struct err *e);

/**
 * agent_hand_over() - give the agent the listener of a filter
 * @state:       of the container
 * @pid:         the process that is under the filter
 * @listener_fd: the caller closes it afterwards: as long as anyone else has it open, the process does not
 *               notice that the agent has died
 *
 * One message with the fd: the container process state as JSON. Then the connection is closed; no answer
 * is read. Spec: config-linux.md, "The Container Process State".
 * Return: 0 or -errno
 */
int agent_hand_over(struct agent *g, struct arena *a, const struct oci_state *state, pid_t pid,
		    int listener_fd, struct err *e);

#endif
