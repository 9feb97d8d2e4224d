/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netdev.h - network devices of the host that become the container's
 */
#ifndef TAPER_APPLY_NETDEV_H
#define TAPER_APPLY_NETDEV_H

#include <stdbool.h>
#include <stddef.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "plan/plan.h"

struct netdev;

struct netdevs {
	int host_fd, target_fd;		/* the two network namespaces; -1 = not opened */
	int host_sock_fd, target_sock_fd; /* rtnetlink in each */
	struct netdev *v;
	size_t n;
};
#define NETDEVS_INIT \
	{ .host_fd = -1, .target_fd = -1, .host_sock_fd = -1, .target_sock_fd = -1 }

/**
 * netdevs_move() - move devices into another network namespace
 * @host_fd, @target_fd: network namespaces, taken over
 * @d: what netdevs_back() needs; to be closed by netdevs_close() in any case
 *
 * Each gets the name that the plan has, its permanent addresses of global scope, and is set up. All
 * devices and names are looked at before the first is moved. The caller's own network namespace is
 * changed for a moment.
 * Return: 0 or -errno
 */
int netdevs_move(struct arena *a, const struct plan *plan, int host_fd, int target_fd,
		 struct netdevs *d, struct err *e);

/**
 * netdevs_back() - after a failed create: what has been moved goes back, as it was
 * @warn: told of a device that cannot; may be NULL
 */
void netdevs_back(struct netdevs *d, void (*warn)(const char *text));

void netdevs_close(struct netdevs *d);

#endif
