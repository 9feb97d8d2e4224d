// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * frozen.c - is a container frozen?
 *
 * Asked whenever a running container is looked at, hence as few calls as possible: on v1 the hierarchy
 * whose mount point is called like the freezer comes first. If there is a freezer of v1 it is the one
 * that counts.
 *
 * Sources: kernel admin-guide cgroup-v1/freezer-subsystem, cgroup-v2 "cgroup.events".
 */
#include "state/frozen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

/* Read a file of a cgroup. Return: 1, 0 it is not there, -errno */
static int read_file(const struct record_cgroup *g, const char *name, char *buf, size_t size)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s%s/%s", g->mount, g->path, name);
	_close_fd int fd = -1;
	ssize_t len;

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = sys_openat2(AT_FDCWD, path, &how);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	do {
		len = read(fd, buf, size - 1);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return errno == ENODEV ? 0 : -errno;
	buf[len] = '\0';
	return len > 0;
}

int record_frozen(const struct record *rec)
{
	char text[256];
	int r = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < rec->cgroups.n; i++) {
			const struct record_cgroup *g = &rec->cgroups.v[i];
			bool likely = strstr(g->mount, "freezer") != NULL;

			if (g->v2 || likely != (pass == 0))
				continue;
			r = read_file(g, "freezer.state", text, sizeof(text));
			if (r != 0)
				return r < 0 ? r : !str_starts(text, "THAWED");
		}
	}
	for (size_t i = 0; i < rec->cgroups.n; i++) {
		if (!rec->cgroups.v[i].v2)
			continue;
		r = read_file(&rec->cgroups.v[i], "cgroup.events", text, sizeof(text));
		if (r != 0)
			return r < 0 ? r : strstr(text, "frozen 1\n") != NULL;
	}
	return 0;
}
