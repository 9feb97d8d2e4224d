/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bus.h - a connection to a D-Bus message bus
 *
 * Nothing waits without a deadline: neither connecting, nor a reply, nor a signal. A connection that
 * broke is not usable any more (bus_broken()); it is closed and opened again by who uses it.
 */
#ifndef TAPER_BASE_BUS_H
#define TAPER_BASE_BUS_H

#include "base/dbus.h"
#include "libocispec/err.h"

struct bus {
	int fd;                      /* -1 = closed */
	struct arena *arena;         /* messages live here */
	uint32_t serial;             /* of the last call */
	struct dbus_msg *signals;    /* that came while a reply was waited for, in order */
};
#define BUS_CLOSED { .fd = -1 }

/**
 * bus_open() - connect, authenticate as the user that we are, say hello
 * @address:  as in DBUS_SESSION_BUS_ADDRESS; the first of its unix sockets that answers
 * @limit_ms: for all of it
 *
 * The bus takes the user from the socket (EXTERNAL without a name), which is right in user
 * namespaces too.
 * Return: 0 or -errno
 */
int bus_open(struct bus *b, struct arena *a, const char *address, int limit_ms, struct err *e);

void bus_close(struct bus *b);

/**
 * bus_call() - call a method and wait for its reply
 * @body: NULL = no arguments
 * @ret:  the reply, also when it is an error
 *
 * Return: 0; -EREMOTEIO: the callee answered with an error (ret->error is its name); -ETIMEDOUT;
 * another -errno
 */
int bus_call(struct bus *b, const struct dbus_call *call, const struct dbus_out *body, int limit_ms,
	     struct dbus_msg *ret, struct err *e);

/**
 * bus_signal() - the next signal, in the order in which they came
 *
 * Return: 0, -ETIMEDOUT, -errno
 */
int bus_signal(struct bus *b, int limit_ms, struct dbus_msg *ret, struct err *e);

/* bus_broken() - does this result of a call mean that the connection is lost? */
bool bus_broken(int r);

#endif
