// SPDX-License-Identifier: LGPL-2.1-or-later
/* sdnotify.c - pass a container's readiness on to the service manager */
#include "apply/sdnotify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "apply/fs.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"

#define BARRIER_MS 30000

int sdnotify_prepare(struct container *c, struct err *e)
{
	int r = fs_mkdir(c->dir_fd, SDNOTIFY_DIR, 0755);

	return r < 0 ? err_code(e, r, ERR_FILE, "make the directory of the notify socket") : 0;
}

int sdnotify_listen(struct container *c, int *ret_fd, struct err *e)
{
	_close_fd int fd = -1;
	int r = store_listen(c, SDNOTIFY_SOCKET, SOCK_DGRAM, &fd, e);

	if (r < 0)
		return r;
	/* any user of the container may say that it is ready; the directory above is ours alone */
	r = store_chmod(c, SDNOTIFY_SOCKET, 0777);
	if (r < 0)
		return err_code(e, r, ERR_FILE, "open the notify socket to the container's users");
	*ret_fd = take_fd(&fd);
	return 0;
}

static int host_connect(const char *host, int *ret_fd, struct err *e)
{
	_close_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(host);

	if (fd < 0)
		return err_sys(e, ERR_SYSTEM, "make a socket");
	if (len >= sizeof(addr.sun_path))
		return err_set(e, -ENAMETOOLONG, ERR_FILE,
			       "NOTIFY_SOCKET is longer than a socket's address");
	memcpy(addr.sun_path, host, len);
	if (host[0] == '@')
		addr.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path);
	if (connect(fd, (const struct sockaddr *)&addr, (socklen_t)len) < 0)
		return err_sys(e, ERR_FILE, "connect to NOTIFY_SOCKET %s", host);
	*ret_fd = take_fd(&fd);
	return 0;
}

/* Wait until the manager has handled what was sent (BARRIER=1: it closes the pipe, sd_notify(3)). */
static void barrier(int host_fd)
{
	static const char text[] = "BARRIER=1";
	int pair[2];
	struct pollfd p;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return;
	p = (struct pollfd){ .fd = pair[0] };
	if (fd_send(host_fd, text, sizeof(text) - 1, &pair[1], 1) < 0)
		p.fd = -1;
	close(pair[1]);
	if (p.fd >= 0)
		poll(&p, 1, BARRIER_MS);
	close(pair[0]);
}

static int pass_on(const char *host, pid_t pid, struct err *e)
{
	_close_fd int fd = -1;
	char text[48];
	int n = snprintf(text, sizeof(text), "READY=1\nMAINPID=%d\n", pid);
	int r = host_connect(host, &fd, e);

	if (r < 0)
		return r;
	if (send(fd, text, (size_t)n, MSG_NOSIGNAL) < 0)
		return err_sys(e, ERR_FILE, "send to NOTIFY_SOCKET %s", host);
	barrier(fd);
	return 0;
}

/* Does a datagram have the line READY=1? */
static bool says_ready(char *text)
{
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (str_eq(line, "READY=1"))
			return true;
	}
	return false;
}

int sdnotify_relay(int sock_fd, int pid_fd, pid_t pid, const char *host, struct err *e)
{
	struct pollfd p[2] = { { .fd = sock_fd, .events = POLLIN },
			       { .fd = pid_fd, .events = POLLIN } };
	int64_t until = deadline_ms(-1); /* it is ready when it is */
	char text[4096];

	for (;;) {
		int r = poll(p, 2, deadline_left(until));
		ssize_t n;

		if (r < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, ERR_SYSTEM, "wait for READY=1");
		}
		if (r == 0)
			return err_set(e, -ETIMEDOUT, ERR_DEADLINE,
				       "the time of --timeout was up before READY=1");
		if (!p[0].revents)
			return 0; /* it ended without having been ready */
		n = recv(sock_fd, text, sizeof(text) - 1, 0);
		if (n < 0)
			return err_sys(e, ERR_SYSTEM, "read the notify socket");
		text[n] = '\0';
		if (says_ready(text))
			return pass_on(host, pid, e);
	}
}
