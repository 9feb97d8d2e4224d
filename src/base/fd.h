/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fd.h - file descriptors: who owns one, whole reads and writes, passing them on
 *
 * An int that holds an fd is named *_fd, -1 means none. It is owned by exactly one variable, marked
 * _close_fd; take_fd() moves it out.
 */
#ifndef TAPER_BASE_FD_H
#define TAPER_BASE_FD_H

#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"

static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#define _close_fd __attribute__((cleanup(fd_close)))

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* fd_write_all() - write all @len bytes, going on after EINTR and short writes. Return: 0 or -errno */
int fd_write_all(int fd, const void *data, size_t len);

/**
 * fd_read_all() - read to the end of the file
 * @buf, @size: where to; a longer file is -E2BIG
 *
 * Return: the number of bytes, or -errno
 */
ssize_t fd_read_all(int fd, void *buf, size_t size);

/**
 * fd_read_arena() - the whole file as a NUL-terminated string
 * @max: more bytes than this are -E2BIG
 *
 * Return: 0 or -errno
 */
int fd_read_arena(int fd, struct arena *a, size_t max, char **ret, size_t *ret_len);

/* fd_peer_uid() - user of a socket's other end, as of its connect(2), listen(2), socketpair(2) (unix(7)); -1 = none */
uid_t fd_peer_uid(int sock_fd);

/**
 * fd_accept() - wait for a connection of one user; those of others are closed
 * @uid: as this user namespace has it
 *
 * Return: the fd, CLOEXEC, or -errno
 */
int fd_accept(int listen_fd, uid_t uid);

/**
 * fd_send() - one message with fds over a socket
 * @fds, @n: at most FD_SEND_MAX
 *
 * Return: 0 or -errno
 */
int fd_send(int sock_fd, const void *data, size_t len, const int *fds, size_t n);
#define FD_SEND_MAX 40

/**
 * fd_recv() - one message with fds
 * @fds, @n: in: how many fit (at most FD_SEND_MAX); out: how many came, CLOEXEC
 *
 * Return: bytes received, 0 = the peer is gone, or -errno (-EMSGSIZE: cut off)
 */
ssize_t fd_recv(int sock_fd, void *data, size_t size, int *fds, size_t *n);

/**
 * fd_connect() - connect to a unix socket: a stream, or one of SOCK_SEQPACKET
 * @path: any length: a long one is reached through its directory
 *
 * Connecting and each sending wait for the other side at most FD_CONNECT_S seconds.
 * Return: the fd, CLOEXEC, or -errno (-EAGAIN: the other side does not answer)
 */
int fd_connect(const char *path);
#define FD_CONNECT_S 10

/**
 * fd_limit_raise() - have room for this many fds, as far as the hard limit permits
 * @want: the soft limit is raised to this; never lowered
 *
 * For ourselves: what is executed gets the caller's limit back, by fd_limit_restore().
 * Return: the limit that holds now
 */
size_t fd_limit_raise(size_t want);

/* fd_limit_restore() - in a child, before its execve: the soft limit that our caller had */
void fd_limit_restore(void);

#endif
