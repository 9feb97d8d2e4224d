/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tty.h - the container's terminal, and the caller's
 */
#ifndef TAPER_APPLY_TTY_H
#define TAPER_APPLY_TTY_H

#include <stdint.h>
#include <sys/types.h>

#include "libocispec/err.h"

/**
 * tty_send() - hand the master of a terminal to who asked for it with --console-socket
 * @path: unix stream socket
 *
 * One message: the fd, and the name of the terminal as text (cli-contract, section 6).
 * Return: 0 or -errno
 */
int tty_send(const char *path, int master_fd, struct err *e);

/* pidfd_send() - the same for --pidfd-socket. Return: 0 or -errno */
int pidfd_send(const char *path, int pid_fd, struct err *e);

/* tty_keep_newlines() - a terminal that is proxied does not put a carriage return before a newline */
void tty_keep_newlines(int master_fd);

/* tty_copy_size() - give a terminal the size of the first of our three files that is one; -1 = none to give */
void tty_copy_size(int master_fd);

struct foreground {
	pid_t pid; /* our child, or re-parented to us as subreaper */
	int pid_fd;
	int master_fd; /* master of its terminal, -1 = none */
};

/**
 * foreground_wait() - be the container's terminal and signal proxy until its first process ends
 * @ret_status: exit code as a shell gives it: 0..255, 128 + n for signal n
 *
 * With a master: our terminal becomes raw and is restored on every way out, bytes are copied both
 * ways without busy waiting, window size changes are passed on. Signals that we get are forwarded,
 * but SIGCHLD, SIGURG and SIGWINCH. Other children (we may be a subreaper) are reaped.
 * Return: 0 or -errno
 */
int foreground_wait(const struct foreground *f, int *ret_status, struct err *e);

/* foreground_signals() - block what foreground_wait() will forward; before the container is made */
int foreground_signals(struct err *e);

#endif
