// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_guard.c - a second process that thaws when we are killed while something is frozen
 *
 * It waits for the end of a channel whose other end only we have. It has a process group of its own and
 * blocks all signals, so that what is meant for us does not end it too.
 */
#include "apply/cg_guard.h"

#include <errno.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/cg_freeze.h"
#include "base/codes.h"
#include "base/fd.h"

static noreturn void guard(int sock_fd, int dir_fd, bool v2, bool keep)
{
	char done;
	ssize_t n;

	do {
		n = read(sock_fd, &done, 1);
	} while (n < 0 && errno == EINTR);
	if (n != 1 && !(keep && cg_frozen_dir(dir_fd, v2) == CG_FROZEN))
		cg_thaw_dir(dir_fd, v2);
	_exit(0);
}

int cg_guard_start(struct cg_guard *g, int dir_fd, bool v2, bool keep, struct err *e)
{
	sigset_t all, before;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return err_sys(e, ERR_SYSTEM, "make a pair of sockets");
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	g->pid = fork();
	if (g->pid == 0) {
		close(fds[1]);
		setpgid(0, 0);
		guard(fds[0], dir_fd, v2, keep);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fds[0]);
	g->sock_fd = fds[1];
	if (g->pid < 0) {
		int r = err_sys(e, ERR_SYSTEM, "make the process that thaws if this one is killed");

		fd_close(&g->sock_fd);
		return r;
	}
	return 0;
}

void cg_guard_end(struct cg_guard *g)
{
	/* it may have been killed: that must not end us too */
	(void)!send(g->sock_fd, "", 1, MSG_NOSIGNAL);
	fd_close(&g->sock_fd);
	while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
