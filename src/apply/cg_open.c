// SPDX-License-Identifier: LGPL-2.1-or-later
/* cg_open.c - the cgroups of a record, opened */
#include "apply/cg_open.h"

#include <errno.h>
#include <string.h>

#include "apply/cg_dir.h"
#include "base/codes.h"
#include "base/fd.h"

void cg_open_close(struct cg_open *o)
{
	for (size_t i = 0; i < CG_HIER_MAX; i++)
		fd_close(&o->fd[i]);
}

/* Return: 1 opened, 0 it is not there, -errno */
static int open_ref(const struct cg_ref *ref, int *ret_fd, struct err *e)
{
	_close_fd int dir_fd = cg_dir_peek(ref->mount, ref->path);
	uint64_t ino;
	int root_fd;

	if (dir_fd == -ENOENT)
		return 0;
	root_fd = cg_root(ref->mount, ref->v2, e);
	if (root_fd < 0)
		return root_fd;
	fd_close(&dir_fd);
	dir_fd = cg_dir_open(root_fd, ref->path);
	if (dir_fd == -ENOENT)
		return 0;
	if (dir_fd < 0)
		return err_code(e, dir_fd, ERR_CGROUP, "open cgroup %s%s", ref->mount, ref->path);
	if (ref->ino) {
		int r = cg_dir_ino(dir_fd, &ino);

		if (r < 0)
			return err_code(e, r, ERR_CGROUP, "look at cgroup %s%s", ref->mount, ref->path);
		if (ino != ref->ino)
			return 0;        /* someone else's of the same name */
	}
	*ret_fd = take_fd(&dir_fd);
	return 1;
}

/* Return: 1 it can be frozen, 0 not, -errno. A file that cannot be read now is not one that is not there. */
static int has_freezer(int dir_fd, const struct cg_ref *ref, struct err *e)
{
	char state[16];
	int r = cg_file_read(dir_fd, ref->v2 ? "cgroup.freeze" : "freezer.state", state, sizeof(state));

	if (r == -ENOENT || r == -ENODEV)
		return 0;
	return r < 0 ? err_code(e, r, ERR_CGROUP, "look for the freezer of cgroup %s%s", ref->mount, ref->path)
		     : r > 0;
}

int cg_open(const struct cg_refs *refs, struct cg_open *o, struct err *e)
{
	for (size_t i = 0; i < CG_HIER_MAX; i++)
		o->fd[i] = -1;
	o->freezer_fd = -1;
	o->freezer_v2 = false;
	for (size_t i = 0; i < refs->n; i++) {
		bool v2 = refs->v[i].v2;
		int r = open_ref(&refs->v[i], &o->fd[i], e);

		if (r > 0 && !(v2 && o->freezer_fd >= 0))
			r = has_freezer(o->fd[i], &refs->v[i], e);
		else if (r > 0)
			r = 0;
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		o->freezer_fd = o->fd[i];
		o->freezer_v2 = v2;
	}
	return 0;
}

size_t cg_open_tree(const struct cg_refs *refs, const struct cg_open *o)
{
	size_t chosen = refs->n;

	for (size_t i = 0; i < refs->n; i++)
		if (o->fd[i] >= 0 && (chosen == refs->n || refs->v[i].v2))
			chosen = i;
	return chosen;
}

const struct cg_ref *cg_freezer_ref(const struct cg_refs *refs, const struct cg_open *o)
{
	size_t i = 0;

	while (i + 1 < refs->n && o->fd[i] != o->freezer_fd)
		i++;
	return &refs->v[i];
}

static int thaw_dir(int dir_fd, void *arg)
{
	int *failed = arg, r;
	char state[16];

	r = cg_file_read(dir_fd, "freezer.state", state, sizeof(state));
	if (r > 0 && strncmp(state, "FR", 2) == 0)
		r = cg_file_write(dir_fd, "freezer.state", "THAWED");
	if (r < 0 && r != -ENODEV) /* removed meanwhile */
		*failed = r;
	return 0;
}

int cg_v1_thaw_tree(int freezer_fd)
{
	int failed = 0, r = cg_dir_each(freezer_fd, thaw_dir, &failed);

	return r < 0 ? r : failed;
}
