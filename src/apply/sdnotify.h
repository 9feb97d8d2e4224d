/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sdnotify.h - pass a container's readiness on to the service manager (sd_notify(3))
 *
 * The container gets a socket of its own, /run/notify/notify.sock; start listens on it and relays.
 */
#ifndef TAPER_APPLY_SDNOTIFY_H
#define TAPER_APPLY_SDNOTIFY_H

#include "state/store.h"

#define SDNOTIFY_DIR "notify" /* in the container's directory */
#define SDNOTIFY_SOCKET "notify/notify.sock"
#define SDNOTIFY_TARGET "/run/notify" /* inside */

/* sdnotify_prepare() - make the directory that is bound into the container. Return: 0 or -errno */
int sdnotify_prepare(struct container *c, struct err *e);

/* sdnotify_listen() - make the socket; before the program runs. Return: 0 or -errno */
int sdnotify_listen(struct container *c, int *ret_fd, struct err *e);

/**
 * sdnotify_relay() - wait for READY=1 and pass it on, with MAINPID= of the container
 * @sock_fd: from sdnotify_listen()
 * @pid_fd:  the container's first process: its end ends the wait
 * @host:    NOTIFY_SOCKET of the caller, a path or "@abstract"
 *
 * Return: 0, also when the process ended without saying READY=1; -errno
 */
int sdnotify_relay(int sock_fd, int pid_fd, pid_t pid, const char *host, struct err *e);

#endif
