// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_write.c - write the plan's values into the files of a cgroup
 *
 * Knows nothing of what the values mean. Consecutive writes to one file share its fd.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/bpf.h"
#include "apply/cg.h"
#include "apply/cg_dir.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"

/* The file that was written last. */
struct open_file {
	unsigned hier;
	const char *name;
	int fd;
};

static const struct cg_ref *ref_of(const struct cgroup *cg, unsigned hier)
{
	for (size_t i = 0; i < cg->refs.n; i++)
		if (cg->dir_fd[i] == cg->hier_fd[hier])
			return &cg->refs.v[i];
	return NULL;
}

static int open_for(const struct cgroup *cg, const struct cg_write *w, struct open_file *f)
{
	if (f->fd >= 0 && f->hier == w->hier && str_eq(f->name, w->file))
		return 0;
	fd_close(&f->fd);
	f->fd = cg_file_open(cg->hier_fd[w->hier], w->file, O_WRONLY);
	f->hier = w->hier;
	f->name = w->file;
	if (f->fd < 0) {
		int r = f->fd;

		f->fd = -1;
		return r;
	}
	return 0;
}

static int write_failed(const struct cgroup *cg, const struct cg_write *w, int r, struct err *e)
{
	const struct cg_ref *ref = ref_of(cg, w->hier);
	char value[64];

	text_escape(value, sizeof(value), w->value, strlen(w->value));
	if (r == -ENOENT)
		err_set(e, r, ERR_CGROUP_CONTROLLER,
			"cgroup %s%s has no file %s (controller %s missing, or not in this kernel)", ref->mount,
			ref->path, w->file, w->controller);
	else
		err_code(e, r, ERR_CGROUP_VALUE, "write \"%s\" to %s%s/%s (controller %s)", value, ref->mount,
			 ref->path, w->file, w->controller);
	err_place(e, "%s", w->where);
	return r;
}

/* A value of several lines is several writes: the kernel takes one setting at a time. */
static int write_lines(int fd, const char *value)
{
	do {
		size_t len = strcspn(value, "\n");
		int r = cg_text_write(fd, value, len);

		if (r < 0)
			return r;
		value += len + (value[len] == '\n');
	} while (*value);
	return 0;
}

static int write_one(const struct cgroup *cg, const struct cg_write *w, struct open_file *f, struct err *e)
{
	int r = -ENOENT;

	for (; w; w = w->or_else) {
		if (w->hier >= CG_HIER_MAX || cg->hier_fd[w->hier] < 0)
			return err_set(e, -ENOENT, ERR_CGROUP, "no cgroup for %s (controller %s)", w->file,
				       w->controller);
		r = open_for(cg, w, f);
		if (r == 0)
			r = write_lines(f->fd, w->value);
		if (r != -ENOENT || !w->or_else)
			break;
	}
	if (r == -ENOENT && w->optional)
		return 0;
	return r < 0 ? write_failed(cg, w, r, e) : 0;
}

int cg_limit(const struct cgroup *cg, const struct cg_plan *plan, struct err *e)
{
	struct open_file f = { .fd = -1 };
	int r = 0;

	for (size_t i = 0; i < plan->n_writes && r == 0; i++)
		r = write_one(cg, &plan->writes[i], &f, e);
	fd_close(&f.fd);
	if (r == 0 && plan->dev_prog && cg->v2_fd >= 0)
		r = bpf_attach_device(cg->v2_fd, plan->dev_prog, plan->n_dev_prog, e);
	return r;
}
