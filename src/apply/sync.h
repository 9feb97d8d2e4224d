/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sync.h - what the parent and the container's first process say to each other
 *
 * Fixed-size messages over a SOCK_SEQPACKET pair; no parser is needed on either side. One table
 * (sync.c) says who may send what in which state and where that leads; both sides look it up, and
 * anything else is a protocol error. In each state at most one side speaks, but both may work.
 *
 *   BORN -GRANTED-> GRANTED                            clone3() has made all namespaces
 *   CLONED -NEED_MAP-> MAPPING -MAPPED-> CLONED        a user namespace wants its id maps
 *   CLONED -ENTERED-> ENTERED -GRANTED-> GRANTED       namespaces are made; cgroup is entered
 *   GRANTED -NEED_HOOKS-> HOOKS -HOOKED-> GRANTED      prestart and createRuntime hooks
 *   GRANTED -BUILT-> BUILT -COMMIT-> COMMITTED -GO-> EXEC
 *                          -GO-> EXEC                  run: no waiting for start
 *   BORN or ENTERED -LAUNCH-> LAUNCHED -BUILT-> EXEC  run, when the child needs nothing more: no waiting
 *
 * In COMMITTED the child closes the channel once it no longer dies with its parent, and waits for start,
 * which makes a channel of its own. In EXEC it closes at the execve: end of file is success, FAILED is
 * not. The child may send FAILED and WARN whenever it works, and in EXEC LISTENER, once, with the fd of its
 * system call filter: from then on each of its calls may wait for the agent that gets it.
 */
#ifndef TAPER_APPLY_SYNC_H
#define TAPER_APPLY_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/err.h"

#define SYNC_STATES(X)                                                                             \
	X(BORN)                                                                                    \
	X(CLONED) X(MAPPING) X(ENTERED) X(GRANTED) X(LAUNCHED) X(HOOKS) X(BUILT) X(COMMITTED)      \
		X(EXEC) X(FAILED)
#define SYNC_MSGS(X)                                                                               \
	X(NEED_MAP)                                                                                \
	X(MAPPED)                                                                                  \
	X(ENTERED) X(GRANTED) X(LAUNCH) X(NEED_HOOKS) X(HOOKED) X(BUILT) X(COMMIT) X(GO) X(FAILED) \
		X(WARN) X(LISTENER)

enum sync_state {
#define X(name) SYNC_##name,
	SYNC_STATES(X)
#undef X
		SYNC__MAX,
};

enum sync_msg {
#define X(name) MSG_##name,
	SYNC_MSGS(X)
#undef X
		MSG__MAX,
};

enum sync_side { SIDE_PARENT, SIDE_CHILD };

struct sync {
	int fd;	     /* -1 = none */
	int peer_fd; /* pidfd of the other side, -1 = none: watched while waiting */
	enum sync_side side;
	enum sync_state state;
	uint32_t sent, received; /* how many messages */
	int limit_ms;		 /* deadline of each wait; -1 = none */
	bool until_end;		 /* what comes is of use only together with the end: one wake-up for all */
};

struct sync_packet {
	uint32_t type; /* enum sync_msg */
	uint32_t seq;  /* of this sender's, from 0 */
	int64_t value;
	struct err err; /* FAILED, WARN */
};

#define SYNC_INIT(s)                                                                               \
	{                                                                                          \
		.fd = -1, .peer_fd = -1, .side = (s), .limit_ms = 30000                            \
	}

/* sync_next() - the state after a message, -1 when it is not allowed */
int sync_next(enum sync_state state, enum sync_side sender, enum sync_msg msg);

const char *sync_state_name(enum sync_state s);
const char *sync_msg_name(enum sync_msg m);

/**
 * sync_send() - send one message
 * @fds, @n: passed along (at most FD_SEND_MAX)
 *
 * When the peer has gone, what it said last becomes the error; if it said nothing, -EPIPE is returned
 * and the text is left to the caller, who can ask how it died.
 *
 * Return: 0 or -errno
 */
int sync_send(struct sync *s, enum sync_msg msg, int64_t value, const int *fds, size_t n,
	      struct err *e);

/* sync_fail() - child: tell the parent why; never fails itself */
void sync_fail(struct sync *s, const struct err *why);

/* sync_warn() - child: a message for the log */
void sync_warn(struct sync *s, const struct err *what);

/**
 * sync_recv() - wait for one message
 * @fds, @n: as fd_recv(); NULL = none expected
 *
 * FAILED becomes the error of this call. A closed channel is -EPIPE (text left to the caller, who can
 * ask how the peer died), but in the states COMMITTED and EXEC it is what was waited for: 1.
 * WARN is returned like any other message.
 *
 * Return: 0 a message is in @ret, 1 end of file in state COMMITTED or EXEC, -errno
 */
int sync_recv(struct sync *s, struct sync_packet *ret, int *fds, size_t *n, struct err *e);

#endif
