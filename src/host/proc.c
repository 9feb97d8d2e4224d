// SPDX-License-Identifier: LGPL-2.1-or-later
/* proc.c - the host's procfs: verified once, then read relative to its fd. Source: proc(5) */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"
#include "host/facts.h"
#include "host/proc.h"

#define PROC_ROOT_INO 1          /* linux/proc_fs.h: a bind mount of a directory of it has another */

int host_proc(int *ret_fd, struct err *e)
{
	_close_fd int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return err_sys(e, ERR_PROC, "open /proc");
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return err_sys(e, ERR_PROC, "look at /proc");
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != PROC_ROOT_INO)
		return err_set(e, -EINVAL, ERR_PROC, "/proc is not a procfs");
	*ret_fd = take_fd(&fd);
	return 0;
}

int proc_open(int dir_fd, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	int fd = sys_openat2(dir_fd, name, &how);

	return fd < 0 ? -errno : fd;
}

int proc_read(int dir_fd, const char *name, char *buf, size_t size)
{
	_close_fd int fd = proc_open(dir_fd, name);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = fd_read_all(fd, buf, size - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	return 0;
}
