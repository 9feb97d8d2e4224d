// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * procfs.c - a procfs that nobody else can have touched (security: D4)
 *
 * What is written into procfs for the container goes through a mount that we made ourselves and hold by
 * fd: the one that was attached at /proc, or a detached one when the config mounts none. Files below are
 * opened without following links and without leaving that mount, so something mounted over them makes
 * the write fail instead of going elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "apply/mount.h"
#include "base/codes.h"
#include "base/fd.h"

int procfs_open(struct child *c, struct err *e)
{
	static const struct mount_opts opts = { 0 };

	return c->proc_fd >= 0 ? 0 : mount_new("proc", "proc", &opts, NULL, &c->proc_fd, e);
}

/* One write: the kernel takes a procfs value only whole. */
static int write_whole(int fd, const char *value, size_t len)
{
	ssize_t n = fd < 0 ? 0 : write(fd, value, len);

	if (fd < 0)
		return fd;
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int procfs_write(int proc_fd, const char *file, const char *value, size_t len)
{
	_close_fd int fd = fs_beneath(proc_fd, file, O_WRONLY);

	return write_whole(fd, value, len);
}

int procfs_self(int proc_fd, const char *file, uint64_t flags)
{
	_close_fd int self_fd = fs_beneath(proc_fd, "self", O_PATH | O_NOFOLLOW);
	char number[16], path[64];
	/* by number, since no symlink is followed; it is the one of the procfs's pid namespace */
	int r = self_fd < 0 ? self_fd : fs_readlink(self_fd, number, sizeof(number));

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/%s", number, file);
	return fs_beneath(proc_fd, path, flags);
}

int procfs_write_self(int proc_fd, const char *file, const char *value)
{
	_close_fd int fd = procfs_self(proc_fd, file, O_WRONLY);

	return write_whole(fd, value, strlen(value));
}

int sysctl_apply(struct child *c, struct err *e)
{
	const struct plan *plan = c->plan;
	int r;

	if (plan->n_sysctls == 0)
		return 0;
	r = procfs_open(c, e);
#ifdef WEAKEN_PROCFS
	c->proc_fd = fs_open(c->root_fd, "proc", O_PATH | O_DIRECTORY);
#endif
	for (size_t i = 0; r == 0 && i < plan->n_sysctls; i++) {
		const struct sysctl_plan *s = &plan->sysctls[i];
		_close_fd int sys_fd = fs_beneath(c->proc_fd, "sys", O_PATH | O_DIRECTORY);

		r = sys_fd < 0 ? sys_fd : procfs_write(sys_fd, s->file, s->value, strlen(s->value));
		if (r < 0) {
			err_code(e, r, ERR_SYSCTL, "set the sysctl %s to \"%s\"", s->file,
				 s->value);
			err_place(e, "%s", s->where);
		}
	}
	return r;
}
