// SPDX-License-Identifier: LGPL-2.1-or-later
/* pidfile.c - the file of --pid-file */
#include "state/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/codes.h"
#include "base/fd.h"

static int write_new(const char *path, const char *text)
{
	_close_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);

	return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

int pidfile_write(const char *path, pid_t pid, struct err *e)
{
	const char *name = strrchr(path, '/');
	char new[PATH_MAX], text[16];
	int n, r;

	name = name ? name + 1 : path;
	n = snprintf(new, sizeof(new), "%.*s.%s.%d", (int)(name - path), path, name, getpid());
	if (n < 0 || (size_t)n >= sizeof(new))
		return err_code(e, -ENAMETOOLONG, ERR_FILE, "write the pid file %s", path);
	snprintf(text, sizeof(text), "%d", pid);
	r = write_new(new, text);
	if (r == 0 && rename(new, path) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	unlink(new);
	return err_code(e, r, ERR_FILE, "write the pid file %s", path);
}
