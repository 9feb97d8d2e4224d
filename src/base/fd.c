// SPDX-License-Identifier: LGPL-2.1-or-later
/* fd.c - file descriptors: whole reads and writes, passing them on. Sources: unix(7), cmsg(3) */
#include "base/fd.h"
#include "base/pid.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* read(2) until @size bytes or the end. Return: bytes, or -errno */
static ssize_t read_full(int fd, char *buf, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, buf + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

ssize_t fd_read_all(int fd, void *buf, size_t size)
{
	ssize_t n = read_full(fd, buf, size);
	char more;

	if (n < 0 || (size_t)n < size)
		return n;
	n = read_full(fd, &more, 1);
	if (n < 0)
		return n;
	return n > 0 ? -E2BIG : (ssize_t)size;
}

/* The first guess of how much to read: files of procfs and cgroupfs say that they have no bytes. */
#define READ_FIRST 4096

int fd_read_arena(int fd, struct arena *a, size_t max, char **ret, size_t *ret_len)
{
	size_t size = READ_FIRST, len = 0;
	struct stat st;
	char *buf;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) && st.st_size > 0) {
		if ((uintmax_t)st.st_size > max)
			return -E2BIG;
		size = (size_t)st.st_size + 1;   /* one more: the end is seen without a second buffer */
	}
	buf = arena_alloc(a, size + 1);
	for (;;) {
		ssize_t n = read_full(fd, buf + len, size - len);
		char *bigger;

		if (n < 0)
			return (int)n;
		len += (size_t)n;
		if (len > max)
			return -E2BIG;
		if (len < size)
			break;
		size *= 2;
		if (arena_left(a) < size + READ_FIRST)
			return -E2BIG;
		bigger = arena_alloc(a, size + 1);
		memcpy(bigger, buf, len);
		buf = bigger;
	}
	buf[len] = '\0';
	*ret = buf;
	if (ret_len)
		*ret_len = len;
	return 0;
}

/* Room for the fds of one message, aligned as cmsg(3) wants it. */
union fd_control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int) * FD_SEND_MAX)];
};

uid_t fd_peer_uid(int sock_fd)
{
	struct ucred who = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(who);

	return getsockopt(sock_fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 ? (uid_t)-1 : who.uid;
}

int fd_accept(int listen_fd, uid_t uid)
{
	for (;;) {
		_close_fd int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 && errno != EINTR)
			return -errno;
		if (fd >= 0 && fd_peer_uid(fd) == uid)
			return take_fd(&fd);
	}
}

int fd_send(int sock_fd, const void *data, size_t len, const int *fds, size_t n)
{
	union fd_control control = { .space = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	assert(len > 0 && n <= FD_SEND_MAX);
	if (n > 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * n);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
	}
	do {
		sent = sendmsg(sock_fd, &msg, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	/* A stream may take a part: the fds went with the first byte. */
	for (size_t done = (size_t)sent; done < len; done += (size_t)sent) {
		sent = send(sock_fd, (const char *)data + done, len - done, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			sent = 0;
		if (sent < 0)
			return -errno;
	}
	return 0;
}

ssize_t fd_recv(int sock_fd, void *data, size_t size, int *fds, size_t *n)
{
	union fd_control control;
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int got_fds[FD_SEND_MAX];
	size_t got = 0, room = n ? *n : 0;
	bool cut;
	ssize_t r;

	assert(room <= FD_SEND_MAX);
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	do {
		r = recvmsg(sock_fd, &msg, MSG_CMSG_CLOEXEC);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		size_t bytes = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		if (bytes > sizeof(got_fds) - got * sizeof(int))
			bytes = sizeof(got_fds) - got * sizeof(int);
		memcpy(got_fds + got, CMSG_DATA(c), bytes);
		got += bytes / sizeof(int);
	}
	cut = (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || got > room;
	if (cut) {                   /* nothing of a message that does not fit is kept */
		for (size_t i = 0; i < got; i++)
			close(got_fds[i]);
		return -EMSGSIZE;
	}
	if (n && got)
		memcpy(fds, got_fds, got * sizeof(int));
	if (n)
		*n = got;
	return r;
}

/* connect(2) to a name that fits into the address. Return: 0 or -errno */
static int connect_short(int sock_fd, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int r;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path));
	do {
		r = connect(sock_fd, (const struct sockaddr *)&addr, sizeof(addr));
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* The address holds 107 bytes only: go to the directory for a moment. */
static int connect_long(int sock_fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	_close_fd int cwd_fd = -1;
	char dir[4096];
	size_t len;
	int r;

	if (!slash || slash == path)
		return -ENAMETOOLONG;
	len = (size_t)(slash - path);
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	cwd_fd = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (cwd_fd < 0)
		return -errno;
	if (chdir(dir) < 0)
		return -errno;
	r = connect_short(sock_fd, slash + 1);
	if (fchdir(cwd_fd) < 0 && r == 0)
		r = -errno;
	return r;
}

static int connect_type(const char *path, int type)
{
	int left = deadline_left(deadline_ms(FD_CONNECT_S * 1000));
	/* 0 would be for ever */
	const struct timeval limit = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 + 1 };
	_close_fd int sock_fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	int r;

	if (sock_fd < 0 || setsockopt(sock_fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	r = connect_short(sock_fd, path);
	if (r == -ENAMETOOLONG)
		r = connect_long(sock_fd, path);
	return r < 0 ? r : take_fd(&sock_fd);
}

int fd_connect(const char *path)
{
	int r = connect_type(path, SOCK_STREAM);

	return r == -EPROTOTYPE ? connect_type(path, SOCK_SEQPACKET) : r;
}

static rlim_t caller_limit;          /* 0 = never raised */

size_t fd_limit_raise(size_t want)
{
	struct rlimit now, more;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return want;
	more = (struct rlimit){ .rlim_cur = want < now.rlim_max ? want : now.rlim_max, .rlim_max = now.rlim_max };
	if (more.rlim_cur <= now.rlim_cur || setrlimit(RLIMIT_NOFILE, &more) < 0)
		return now.rlim_cur;
	if (!caller_limit)
		caller_limit = now.rlim_cur;
	return more.rlim_cur;
}

/* Also by a child in our memory, see spawn.c: it changes nothing there. */
__attribute__((no_sanitize("address"))) void fd_limit_restore(void)
{
	struct rlimit now;

	if (!caller_limit || getrlimit(RLIMIT_NOFILE, &now) < 0)
		return;
	now.rlim_cur = caller_limit < now.rlim_max ? caller_limit : now.rlim_max;
	setrlimit(RLIMIT_NOFILE, &now);
}
