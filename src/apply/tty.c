// SPDX-License-Identifier: LGPL-2.1-or-later
/* tty.c - hand the master of a terminal, or a pidfd, to who asked for it */
#include "apply/tty.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/codes.h"
#include "base/fd.h"

/* One message and no answer: the text is for people, receivers look at the fd alone. */
static int send_fd(const char *path, const char *text, int fd, const char *what, struct err *e)
{
	_close_fd int sock_fd = fd_connect(path);
	int r;

	if (sock_fd < 0)
		return err_code(e, sock_fd, ERR_CONSOLE, "connect to %s %.150s", what, path);
	r = fd_send(sock_fd, text, strlen(text), &fd, 1);
	if (r < 0)
		return err_code(e, r, ERR_CONSOLE, "send to %s %.150s", what, path);
	return 0;
}

int tty_send(const char *path, int master_fd, struct err *e)
{
	char name[32];
	int number;

	if (ioctl(master_fd, TIOCGPTN, &number) < 0)
		return err_sys(e, ERR_TTY, "get the number of the terminal");
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	return send_fd(path, name, master_fd, "console socket", e);
}

int pidfd_send(const char *path, int pid_fd, struct err *e)
{
	return send_fd(path, "pidfd", pid_fd, "pidfd socket", e);
}
