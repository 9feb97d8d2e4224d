// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * forget.c - remove the directory of a container
 *
 * It is renamed first, which frees the id in one step. Whoever is killed after that leaves a ".dead-"
 * directory, whose name proves what it was; everybody who comes by removes it.
 */
#include "state/forget.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"

#define DEAD_PREFIX ".dead-"
#define TRIES 3

static int remove_below(int dir_fd, const char *name, unsigned depth);

static int remove_entries(int dir_fd, unsigned depth)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir) {
		r = -errno;
		fd_close(&fd);
		return r;
	}
	while (r == 0 && (d = readdir(dir)))
		if (!str_eq(d->d_name, ".") && !str_eq(d->d_name, ".."))
			r = remove_below(dir_fd, d->d_name, depth);
	closedir(dir);
	return r;
}

/* A directory of ours holds files, and one level of directories (notify/). */
static int remove_below(int dir_fd, const char *name, unsigned depth)
{
	_close_fd int fd = -1;
	int r;

	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	if (depth == 0)
		return -ELOOP;
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = remove_entries(fd, depth - 1);
	if (r < 0)
		return r;
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int store_forget(struct store *s, struct container *c, struct err *e)
{
	static const char *const files[] = { "config.json", "intent", "state.json" };
	char dead[NAME_MAX + 1];
	struct stat st;
	int r;

	if (fstat(c->dir_fd, &st) < 0)
		return err_sys(e, ERR_RECORD, "stat container %s", c->id);
	/* an id may be as long as a file name: the inode is unique and short */
	snprintf(dead, sizeof(dead), DEAD_PREFIX "%llu", (unsigned long long)st.st_ino);
	if (renameat(s->root_fd, c->id, s->root_fd, dead) < 0)
		return errno == ENOENT
			       ? 0
			       : err_sys(e, ERR_RECORD, "free the id of container %s", c->id);
	/* what every container has; a directory that has more is read */
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		(void)unlinkat(c->dir_fd, files[i], 0);
	if (unlinkat(s->root_fd, dead, AT_REMOVEDIR) == 0)
		return 0;
	/* the id is free: nobody can ask for just this again */
	for (int i = 0; (r = remove_below(s->root_fd, dead, 2)) < 0 && i < TRIES - 1; i++)
		;
	return r < 0 ? err_code(e, r, ERR_RECORD, "remove the record of container %s", c->id) : 0;
}

bool forget_is_dead(const char *name)
{
	return str_starts(name, DEAD_PREFIX);
}

int forget_dead(struct store *s, const char *name)
{
	return remove_below(s->root_fd, name, 2);
}
