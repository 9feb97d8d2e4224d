// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_join.c - the cgroups of a container, for one more process
 *
 * A directory is taken only when its inode is the recorded one: another container may have the same
 * path by now. Kernel rules: see cg_fs.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/cg.h"
#include "apply/cg_dir.h"
#include "apply/fs.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"

/* Does the list of controllers name one that this hierarchy drives? */
static bool concerns(const char *list, const struct cg_hier *h)
{
	char word[64];

	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',') {
		size_t len = strcspn(p, ",");

		if (len && len < sizeof(word)) {
			memcpy(word, p, len);
			word[len] = '\0';
			if (list_has(h->controllers, word))
				return true;
		}
	}
	return false;
}

static const char *sub_of(const struct cg_subs *subs, const struct cg_hier *h)
{
	const char *path = NULL;

	for (size_t i = 0; i < subs->n; i++)
		if (!subs->v[i].controllers || concerns(subs->v[i].controllers, h))
			path = subs->v[i].path;
	return path;
}

static int check_subs(const struct cg_subs *subs, const struct facts *facts, struct err *e)
{
	for (size_t i = 0; i < subs->n; i++) {
		bool found = !subs->v[i].controllers;

		for (size_t h = 0; h < facts->cg.n_hier && !found; h++)
			found = concerns(subs->v[i].controllers, &facts->cg.hier[h]);
		if (!found)
			return err_set(e, -ENOENT, ERR_CGROUP_CONTROLLER,
				       "--cgroup: no hierarchy has the controller %.80s",
				       subs->v[i].controllers);
	}
	return 0;
}

/* The v2 cgroup of a process: the line "0::PATH" of its cgroup file. */
static int path_of_process(int proc_fd, pid_t pid, char *ret, size_t size)
{
	char name[32], text[8192];
	_close_fd int fd = -1;
	const char *line;
	ssize_t n;
	size_t len;

	snprintf(name, sizeof(name), "%d/cgroup", pid);
	fd = fs_beneath(proc_fd, name, O_RDONLY);
	n = fd < 0 ? fd : fd_read_all(fd, text, sizeof(text) - 1);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	line = str_starts(text, "0::");
	if (!line) {
		line = strstr(text, "\n0::");
		line = line ? line + 4 : "";
	}
	len = strcspn(line, "\n");
	if (!len || len >= size)
		return -ENOENT;
	memcpy(ret, line, len);
	ret[len] = '\0';
	return 0;
}

/* The container may have moved its processes below, to hand controllers on (kernel rule 3). */
static int follow(int proc_fd, pid_t pid, int root_fd, int *dir_fd)
{
	char text[256], path[4096];
	int fd, n = cg_file_read(*dir_fd, "cgroup.subtree_control", text, sizeof(text));

	if (n <= 1)
		return 0;
	if (path_of_process(proc_fd, pid, path, sizeof(path)) < 0)
		return 0;
	fd = cg_dir_open(root_fd, path);
	if (fd < 0)
		return fd;
	fd_close(dir_fd);
	*dir_fd = fd;
	return 0;
}

static int open_one(int proc_fd, pid_t pid, const struct cg_ref *ref, const char *sub, int *ret_fd,
		    struct err *e)
{
	int root_fd = cg_root(ref->mount, ref->v2, e), r;
	_close_fd int dir_fd = -1;
	uint64_t ino = 0;

	if (root_fd < 0)
		return root_fd;
	dir_fd = cg_dir_open(root_fd, ref->path);
	r = dir_fd < 0 ? dir_fd : cg_dir_ino(dir_fd, &ino);
	if (r < 0 || ino != ref->ino)
		return err_set(e, r < 0 ? r : -ENOENT, ERR_CGROUP,
			       "container not running: its cgroup %s%s is gone", ref->mount, ref->path);
	if (sub && *sub) {
		int fd = cg_dir_open(dir_fd, sub);

		if (fd < 0)
			return err_code(e, fd, ERR_CGROUP, "open the cgroup %s%s/%s", ref->mount,
					ref->path, sub);
		fd_close(&dir_fd);
		dir_fd = fd;
	} else if (!sub && ref->v2) {
		r = follow(proc_fd, pid, root_fd, &dir_fd);
		if (r < 0)
			return err_code(e, r, ERR_CGROUP,
					"open the cgroup of the container's first process");
	}
	*ret_fd = take_fd(&dir_fd);
	return 0;
}

int cg_join(int proc_fd, pid_t pid, const struct cg_refs *refs, const struct cg_subs *subs,
	    const struct facts *facts, struct cgroup *cg, struct err *e)
{
	int r = check_subs(subs, facts, e);

	for (size_t i = 0; r == 0 && i < refs->n; i++) {
		const struct cg_ref *ref = &refs->v[i];
		size_t h = 0;

		while (h < facts->cg.n_hier && !str_eq(facts->cg.hier[h].mount, ref->mount))
			h++;
		if (h == facts->cg.n_hier)
			return err_set(e, -ENOENT, ERR_CGROUP,
				       "the container's cgroup hierarchy %s is not mounted here", ref->mount);
		r = open_one(proc_fd, pid, ref, sub_of(subs, &facts->cg.hier[h]), &cg->dir_fd[i], e);
		if (r < 0)
			return r;
		cg->refs.v[cg->refs.n++] = *ref;
		cg->hier_fd[h] = cg->dir_fd[i];
		if (ref->v2)
			cg->v2_fd = cg->dir_fd[i];
	}
	return r;
}
