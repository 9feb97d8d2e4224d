// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_remove.c - remove the cgroups that we made
 *
 * A cgroup can be removed when it has neither processes nor cgroups below it. Those below were made by the
 * container and go with it. The tree is walked with one fd, whatever its depth: "..", which cannot leave
 * the hierarchy here, leads back up (a cgroup is never moved to another parent).
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "apply/cg.h"
#include "apply/cg_dir.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"

#define PAUSE_FIRST_US 50
#define PAUSE_MAX_US 4000

/* One step down, or, where there is nothing below, remove and go up. Return: 1 more to do, 0 done, -errno */
static int below_step(int *dir_fd, unsigned *depth)
{
	char name[NAME_MAX + 1], self[NAME_MAX + 1];
	_close_fd int up_fd = -1;
	int r = cg_dir_child(*dir_fd, name);

	if (r < 0)
		return r;
	if (r > 0) {
		int next_fd = cg_dir_open(*dir_fd, name);

		if (next_fd == -ENOENT)
			return 1;
		if (next_fd < 0)
			return next_fd;
		fd_close(dir_fd);
		*dir_fd = next_fd;
		(*depth)++;
		return 1;
	}
	if (*depth == 0)
		return 0;
	up_fd = cg_dir_parent(*dir_fd);
	if (up_fd < 0)
		return up_fd;
	r = cg_dir_child(up_fd, self);
	r = r > 0 ? cg_dir_remove(up_fd, self) : r;
	/* EBUSY: with processes, or the name is of another child that came meanwhile */
	if (r < 0 && r != -ENOENT && !(r == -EBUSY && cg_first_pid(*dir_fd) == 0))
		return r;
	fd_close(dir_fd);
	*dir_fd = take_fd(&up_fd);
	(*depth)--;
	return 1;
}

/* Remove everything below a cgroup. Return: 0 or -errno */
static int remove_below(int root_fd, const char *path, int64_t deadline)
{
	_close_fd int dir_fd = cg_dir_open(root_fd, path);
	unsigned depth = 0;
	int r;

	if (dir_fd < 0)
		return dir_fd;
	do {
		r = below_step(&dir_fd, &depth);
	} while (r > 0 && deadline_left(deadline) > 0);
	return r > 0 ? -EBUSY : r;
}

/* Who keeps a cgroup from being removed */
static int still_busy(const struct cg_ref *ref, int root_fd, struct err *e)
{
	_close_fd int dir_fd = cg_dir_open(root_fd, ref->path);
	char who[96];

	cg_someone(dir_fd, who, sizeof(who));
	return err_set(e, -EBUSY, ERR_CGROUP_BUSY, "remove cgroup %s%s: process %s is still in it", ref->mount,
		       ref->path, who);
}

/* The directory itself. Return: 0 removed or gone, -errno */
static int remove_leaf(const struct cg_ref *ref, int root_fd, int64_t deadline, struct err *e)
{
	unsigned pause_us = PAUSE_FIRST_US;
	bool looked_below = false;
	uint64_t ino;
	int r;

	for (;;) {
		r = cg_dir_remove(root_fd, ref->path);
		/* of a read-only mount the kernel says so before it looks for the name */
		if (r == 0 || r == -ENOENT ||
		    (r == -EROFS && cg_dir_ino_at(root_fd, ref->path, &ino) == -ENOENT))
			return 0;
		if (r != -EBUSY)
			return err_code(e, r, ERR_CGROUP, "remove cgroup %s%s", ref->mount, ref->path);
		r = remove_below(root_fd, ref->path, looked_below ? deadline : deadline_ms(1000));
		if (r < 0 && r != -EBUSY && r != -ENOENT && r != -ENODEV)
			return err_code(e, r, ERR_CGROUP, "remove what is below cgroup %s%s", ref->mount,
					ref->path);
		if (r == 0 && !looked_below) {
			looked_below = true;
			continue;
		}
		looked_below = true;
		if (deadline_left(deadline) == 0)
			return still_busy(ref, root_fd, e);
		cg_pause_us(pause_us);
		pause_us = pause_us < PAUSE_MAX_US ? pause_us * 2 : PAUSE_MAX_US;
	}
}

/* The levels above it that we made, up to the first that someone else uses. */
static void remove_parents(const struct cg_ref *ref, int root_fd)
{
	char path[PATH_MAX], *slash;
	unsigned level = 0;

	if (strlen(ref->path) >= sizeof(path))
		return;
	memcpy(path, ref->path, strlen(ref->path) + 1);
	for (const char *p = path; *p; p++)
		level += *p == '/';
	while (--level > ref->made_from && (slash = strrchr(path, '/')) && slash != path) {
		*slash = '\0';
		if (cg_dir_remove(root_fd, path) < 0)
			return;
	}
}

static int remove_ref(const struct cg_ref *ref, int64_t deadline, struct err *e)
{
	int root_fd = cg_root(ref->mount, ref->v2, e), r;
	unsigned n = 0;
	uint64_t ino;

	if (root_fd < 0)
		return root_fd;
	for (const char *p = ref->path; *p; p++)
		n += *p == '/';
	if (ref->made_from >= n)
		return 0;                /* it was there before us */
	if (ref->ino) {
		r = cg_dir_ino_at(root_fd, ref->path, &ino);
		if (r < 0 && r != -ENOENT)
			return err_code(e, r, ERR_CGROUP, "look at cgroup %s%s", ref->mount, ref->path);
		if (r == 0 && ino != ref->ino)
			return 0;        /* someone else's of the same name */
	}
	r = remove_leaf(ref, root_fd, deadline, e);
	if (r == 0)
		remove_parents(ref, root_fd);
	return r;
}

int cg_remove(const struct cg_refs *refs, int limit_ms, struct err *e)
{
	int64_t deadline = deadline_ms(limit_ms);
	int first = 0;

	for (size_t i = 0; i < refs->n; i++) {       /* all that can be, even if one cannot */
		int r = remove_ref(&refs->v[i], deadline, first ? NULL : e);

		first = first ? first : r;
	}
	return first;
}
