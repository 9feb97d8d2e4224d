// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * stdio.c - fds 0 to 2 of a container that has no terminal of its own
 *
 * They are the caller's, passed on as they are, but for two things:
 *  - /dev/null of the host becomes that of the container: what /proc/self/fd says of it is then a path
 *    that exists there, and no file of the host's /dev is held by the container.
 *  - A pipe is given to the container's user, so that /dev/stdout and /dev/stderr can be opened (proc(5):
 *    opening them is an open of the pipe). Terminals are not: the caller's would stay another user's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "base/fd.h"

static bool is_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* The container may have no /dev/null, or be denied it by its cgroup: the host's stays then. */
static int use_own_null(struct child *c, int fd, struct err *e)
{
	_close_fd int null_fd = -1;
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0)
		return err_sys(e, ERR_SYSTEM, "read the flags of fd %d", fd);
	/* Opening a device can do something: what the image has there is looked at first. */
	null_fd = fs_open(c->root_fd, "/dev/null", O_PATH);
	if (null_fd < 0 || fstat(null_fd, &st) < 0 || !is_null(&st))
		return 0;
	fd_close(&null_fd);
	/* and again: O_NONBLOCK in case that it is a fifo now */
	null_fd = fs_open(c->root_fd, "/dev/null",
			  ((uint64_t)flags & O_ACCMODE) | O_NOCTTY | O_NONBLOCK);
	if (null_fd < 0 || fstat(null_fd, &st) < 0 || !is_null(&st) || fcntl(null_fd, F_SETFL, flags) < 0)
		return 0;
	return dup2(null_fd, fd) < 0 ? err_sys(e, ERR_SYSTEM, "replace fd %d", fd) : 0;
}

int stdio_settle(struct child *c, struct err *e)
{
	const struct process_plan *p = &c->plan->process;

	for (int fd = 0; fd <= 2; fd++) {
		struct stat st;
		int r = 0;

		if (fstat(fd, &st) < 0)
			return err_sys(e, ERR_SYSTEM, "stat fd %d", fd);
		if (is_null(&st))
			r = use_own_null(c, fd, e);
		else if (S_ISFIFO(st.st_mode) && st.st_uid != p->uid &&
			 fchown(fd, p->uid, (gid_t)-1) < 0 && errno != EPERM && errno != EROFS &&
			 errno != EINVAL)
			r = err_sys(e, ERR_SYSTEM, "give fd %d to the container's user", fd);
		if (r < 0)
			return r;
	}
	return 0;
}
