// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * resctrl.c - a resctrl that is only a directory: $FAKE_RESCTRL
 *
 * Linked into a taper for tests in place of host/resctrl.c. A directory that is made below $FAKE_RESCTRL gets
 * the files that the kernel would make, and loses them again when it is removed. Files of $FAKE_RESCTRL that
 * make it fail: "full" for mkdir, "odd" for writing schemata.
 */
#include "host/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int __real_mkdir(const char *path, mode_t mode);
int __real_rmdir(const char *path);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_rmdir(const char *path);

int host_resctrl(struct arena *a, int proc_fd, const char **ret, struct err *e)
{
	const char *path = getenv("FAKE_RESCTRL");

	(void)proc_fd;
	(void)e;
	*ret = path ? arena_str(a, path) : NULL;
	return path != NULL;
}

static int is_ours(const char *path)
{
	const char *root = getenv("FAKE_RESCTRL");

	return root && strncmp(path, root, strlen(root)) == 0 && path[strlen(root)] == '/';
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

static int has(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("FAKE_RESCTRL"), name);
	return access(path, F_OK) == 0;
}

int __wrap_mkdir(const char *path, mode_t mode)
{
	char sub[4096];

	if (is_ours(path) && has("full")) {
		errno = ENOSPC;
		return -1;
	}
	if (!is_ours(path))
		return __real_mkdir(path, mode);
	if (__real_mkdir(path, mode) < 0)
		return -1;
	put(path, "tasks", "");
	snprintf(sub, sizeof(sub), "%s/schemata", path);
	if (has("odd"))
		__real_mkdir(sub, 0755);
	else
		put(path, "schemata", "");
	snprintf(sub, sizeof(sub), "%s/mon_groups", path);
	return __real_mkdir(sub, 0755);
}

int __wrap_rmdir(const char *path)
{
	static const char *const names[] = { "tasks", "schemata", "mon_groups" };
	char sub[4096];

	for (size_t i = 0; is_ours(path) && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(sub, sizeof(sub), "%s/%s", path, names[i]);
		if (unlink(sub) < 0)
			__real_rmdir(sub);
	}
	return __real_rmdir(path);
}
