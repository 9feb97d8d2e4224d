// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_pids.c - the processes of a container
 *
 * Sources: cgroups(7), cgroup.procs; pid_namespaces(7).
 */
#include "apply/cg_pids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "apply/cg_dir.h"
#include "apply/cg_open.h"
#include "apply/refs.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/proc.h"

#define PIDS_MAX 65536           /* of one cgroup; a pids limit is far below */

struct list {
	struct arena *a;
	pid_t *dir;                  /* those of one cgroup, PIDS_MAX */
	uint32_t *v;
	size_t n, room;
};

static void add(struct list *l, uint32_t pid)
{
	if (l->n == l->room) {
		uint32_t *more = arena_newv(l->a, uint32_t, l->room ? 2 * l->room : 64);

		if (l->n)
			memcpy(more, l->v, l->n * sizeof(*more));
		l->v = more;
		l->room = l->room ? 2 * l->room : 64;
	}
	l->v[l->n++] = pid;
}

static int add_dir(int dir_fd, void *arg)
{
	struct list *l = arg;
	size_t n = 0;
	int r = cg_dir_tasks(dir_fd, "cgroup.procs", l->dir, PIDS_MAX, &n);

	for (size_t i = 0; i < n; i++)
		add(l, (uint32_t)l->dir[i]);
	return r;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Return: 1 listed, 0 there is no cgroup, -errno */
static int list_cgroup(const struct record *rec, struct list *l, struct err *e)
{
	struct cg_refs refs = refs_of_record(rec);
	_close_cgroups struct cg_open o;
	int r = cg_open(&refs, &o, e);
	size_t at = r < 0 ? refs.n : cg_open_tree(&refs, &o);

	if (r < 0 || at == refs.n)
		return r;
	r = cg_dir_each(o.fd[at], add_dir, l);
	return r < 0 ? err_code(e, r, ERR_CGROUP, "list the processes of cgroup %s%s", refs.v[at].mount,
				refs.v[at].path) : 1;
}

/* Which pid namespace a process is in, 0 = unknown */
static uint64_t pid_ns(int proc_fd, uint32_t pid)
{
	char file[32];
	struct stat st;

	snprintf(file, sizeof(file), "%u/ns/pid", pid);
	return fstatat(proc_fd, file, &st, 0) < 0 ? 0 : st.st_ino;
}

static int list_namespace(struct store *s, const struct record *rec, struct list *l, struct err *e)
{
	uint64_t want = pid_ns(s->proc_fd, (uint32_t)rec->pid);
	int fd = want ? proc_open(s->proc_fd, ".") : -1;
	struct dirent *d;
	uint32_t pid;
	DIR *dir;

	if (fd < 0)
		return err_sys(e, ERR_PROC, "look at the pid namespace of the container");
	dir = fdopendir(fd);
	if (!dir) {
		int r = err_sys(e, ERR_PROC, "look at the pid namespace of the container");

		close(fd);
		return r;
	}
	while ((d = readdir(dir)))
		if (parse_u32(d->d_name, 1, INT32_MAX, &pid) == 0 && pid_ns(s->proc_fd, pid) == want)
			add(l, pid);
	closedir(dir);
	return 0;
}

int container_pids(struct store *s, struct arena *a, const struct container *c, struct u32v *ret,
		   struct err *e)
{
	struct list l = { .a = a, .dir = arena_newv(a, pid_t, PIDS_MAX) };
	int r = list_cgroup(c->rec, &l, e);

	if (r == 0 && !c->rec->private_pid)
		return err_set(e, -EOPNOTSUPP, ERR_CGROUP,
			       "the container has neither a cgroup nor a pid namespace of its own: its "
			       "processes are not known");
	if (r == 0)
		r = list_namespace(s, c->rec, &l, e);
	if (r < 0)
		return r;
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), compare);
	*ret = (struct u32v){ l.v, l.n };
	return 0;
}
