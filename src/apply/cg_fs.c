// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_fs.c - make and enter cgroups through the file system
 *
 * Rules of the kernel that this code lives by:
 * 1. v1: moving another process takes a system-wide lock whose first holder waits for an RCU grace period:
 *    10 ms for nine hierarchies. A thread that writes 0 into "tasks" moves itself without that lock:
 *    0.2 ms. Hence cg_tickets() and cg_enter().
 * 2. v1 cpuset: a new cgroup has neither CPUs nor memory nodes and takes no process until it has some, unless
 *    its parent says cgroup.clone_children.
 * 3. v2: a controller is there in a cgroup only if the parent hands it on in cgroup.subtree_control, and a
 *    cgroup that hands controllers on may have no processes of its own (but for the root).
 * 4. v2: clone3(CLONE_INTO_CGROUP) starts a process in its place, without any move.
 *
 * A leaf must not exist when we make it: of two containers of the same path one fails.
 *
 * Sources: cgroups(7), kernel admin-guide cgroup-v1/cpusets, cgroup-v2; kernel/cgroup/cgroup.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/cg.h"
#include "apply/cg_dir.h"
#include "apply/cg_v2.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"

#define CG_MAKE_ATTEMPTS 32      /* how often a parent may be taken away while we make a cgroup in it */

static bool is_denied(int code)
{
	return code == -EACCES || code == -EPERM || code == -EROFS;
}

/* ---- probe ---- */

static unsigned components(const char *path)
{
	unsigned n = 0;

	for (const char *p = path; *p; p++)
		n += *p == '/' && p[1] && p[1] != '/';
	return n;
}

/* Absolute, without empty, "." or ".." components, and not the root itself */
static bool path_clean(const char *path)
{
	if (*path != '/' || !path[1])
		return false;
	while (*path == '/') {
		size_t len = strcspn(++path, "/");

		if (len == 0 || (len == 1 && *path == '.') || (len == 2 && strncmp(path, "..", 2) == 0) ||
		    memchr(path, '\n', len))
			return false;
		path += len;
	}
	return true;
}

/*
 * Where relative paths begin. On v2 our own cgroup holds us and can hand nothing on (rule 3), so the
 * one above it is used.
 */
static const char *own_base(struct arena *a, const struct cg_hier *h)
{
	const char *own = h->own, *slash = strrchr(own, '/');

	if (!own[1])
		return "";
	return h->v2 ? arena_dup(a, own, (size_t)(slash - own)) : own;
}

/* A cgroup that exists may be used only when nobody lives in it and it is not frozen. */
static int check_idle(const struct cg_ref *ref, int root_fd, struct err *e)
{
	_close_fd int dir_fd = cg_dir_open(root_fd, ref->path);
	uint64_t populated = 0;
	char state[32];
	pid_t pid;

	if (dir_fd < 0)
		return err_code(e, dir_fd, ERR_CGROUP, "open cgroup %s%s", ref->mount, ref->path);
	pid = cg_first_pid(dir_fd);
	if (pid < 0)
		return err_code(e, pid, ERR_CGROUP, "read %s%s/cgroup.procs", ref->mount, ref->path);
	if (pid > 0)
		return err_set(e, -EBUSY, ERR_CGROUP_BUSY, "cgroup %s%s has processes already (%d)",
			       ref->mount, ref->path, pid);
	if (ref->v2 && cg_file_field(dir_fd, "cgroup.events", "populated", &populated) == 1 && populated)
		return err_set(e, -EBUSY, ERR_CGROUP_BUSY, "cgroup %s%s has processes below it already",
			       ref->mount, ref->path);
	if (cg_file_read(dir_fd, ref->v2 ? "cgroup.freeze" : "freezer.state", state, sizeof(state)) > 0 &&
	    (str_starts(state, "1") || str_starts(state, "FR")))
		return err_set(e, -EBUSY, ERR_CGROUP_BUSY, "cgroup %s%s is frozen", ref->mount, ref->path);
	return 0;
}

/*
 * How many components of the path exist, and may we make the others?
 * Return: 1 usable, 0 we have no access and need none, -errno
 */
static int probe_one(struct arena *a, const struct cg_plan *plan, bool rootless, struct cg_ref *ref,
		     struct err *e)
{
	char *path = arena_str(a, ref->path);
	int root_fd = cg_root(ref->mount, ref->v2, e);
	int r = root_fd < 0 ? root_fd : cg_dir_ino_at(root_fd, path, &(uint64_t){ 0 });

	ref->made_from = components(ref->path);
	if (r == 0)
		return check_idle(ref, root_fd, e) < 0 ? -EBUSY : 1;
	while (r == -ENOENT && root_fd >= 0 && ref->made_from > 0) {
		*strrchr(path, '/') = '\0';
		ref->made_from--;
		/* the root is there */
		r = ref->made_from == 0 ? 0 : cg_dir_ino_at(root_fd, path, &(uint64_t){ 0 });
	}
	if (r == 0 && rootless && !cg_dir_writable(root_fd, path))
		r = -EACCES;
	if (r == 0)
		return 1;
	if (plan->best_effort && is_denied(r)) {
		if (e)
			*e = (struct err){ 0 };
		return 0;
	}
	if (is_denied(r))
		return err_set(e, -EACCES, ERR_CGROUP,
			       "make cgroup %s%s: permission denied (%s%s is not delegated to this user)",
			       ref->mount, ref->path, ref->mount, path);
	return root_fd < 0 ? r : err_code(e, r, ERR_CGROUP, "open cgroup %s%s", ref->mount, ref->path);
}

/* Does systemd make the directories of this hierarchy? */
static bool systemd_has(const struct cg_hier *h)
{
	static const char *const names[] = { "name=systemd", "cpu", "cpuacct", "blkio", "memory",
					     "devices", "pids" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (list_has(h->controllers, names[i]))
			return true;
	return h->v2;
}

int cg_probe(struct arena *a, const struct cg_plan *plan, const struct facts *facts,
	     struct cg_refs *ret, struct err *e)
{
	struct cg_refs refs = { .n = 0 };
	bool any = plan->manager != CG_DISABLED;

	if (plan->manager != CG_DISABLED && facts->cg.n_hier == 0 && !plan->best_effort)
		return err_set(e, -ENOENT, ERR_CGROUP, "no cgroup file system is mounted");
	if (plan->manager != CG_DISABLED && !path_clean(plan->path))
		return err_set(e, -EINVAL, ERR_CGROUP, "%s is no path of a cgroup", plan->path);
	if (plan->sd && plan->sd->user_bus)
		any = false;             /* the unit's name is all that is known before it is there */
	for (size_t i = 0; any && i < facts->cg.n_hier; i++) {
		const struct cg_hier *h = &facts->cg.hier[i];
		struct cg_ref *ref = &refs.v[refs.n];
		int r;

		*ref = (struct cg_ref){ .v2 = h->v2, .mount = h->mount, .path = plan->path };
		if (plan->relative_to_own)
			ref->path = arena_fmt(a, "%s%s", own_base(a, h), plan->path);
		r = probe_one(a, plan, facts->rootless, ref, e);
		if (r < 0)
			return r;
		if (plan->sd && systemd_has(h))  /* slices are its own */
			ref->made_from = components(ref->path) - 1;
		refs.n += (size_t)r;
	}
	*ret = refs;
	return 0;
}

/* ---- make ---- */

/* Cut @path (a copy, changed) after its @n-th component. Return: @path */
static char *first_components(char *path, unsigned n)
{
	char *p = path;

	for (; n > 0 && *p; n--) {
		p = strchr(p + 1, '/');
		if (!p)
			return path;
	}
	*p = '\0';
	return path;
}

/* Give a v1 cpuset cgroup what the one above has, unless it has something. */
static int cpuset_level(int parent_fd, int dir_fd)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char list[4096];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int r = cg_file_read(dir_fd, files[i], list, sizeof(list));

		if (r > 0 && list[0] != '\n')
			continue;
		if (r >= 0)
			r = cg_file_read(parent_fd, files[i], list, sizeof(list));
		if (r < 0)
			return r;
		if (r == 0 || list[0] == '\n')
			return -ENOENT;
		r = cg_file_write(dir_fd, files[i], list);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Top down: another container may have made a level and not filled it yet. */
static int cpuset_fill(int root_fd, const char *path)
{
	_close_fd int parent_fd = cg_dir_open(root_fd, "");
	char level[4096];
	unsigned n = components(path);

	if (strlen(path) >= sizeof(level))
		return -ENAMETOOLONG;
	for (unsigned i = 1; i <= n; i++) {
		_close_fd int dir_fd = -1;
		int r;

		first_components(memcpy(level, path, strlen(path) + 1), i);
		dir_fd = cg_dir_open(root_fd, level);
		r = parent_fd < 0 ? parent_fd : dir_fd < 0 ? dir_fd : cpuset_level(parent_fd, dir_fd);
		if (r < 0)
			return r;
		fd_close(&parent_fd);
		parent_fd = take_fd(&dir_fd);
	}
	return 0;
}

/* Make the levels above the leaf that are missing. */
static int make_parents(int root_fd, const char *path, bool cpuset)
{
	char level[4096] = "";
	unsigned n = components(path);

	if (strlen(path) >= sizeof(level))
		return -ENAMETOOLONG;
	for (unsigned i = 1; i < n; i++) {
		int r;

		first_components(memcpy(level, path, strlen(path) + 1), i);
		r = cg_dir_make(root_fd, level);
		if (r < 0 && r != -EEXIST)
			return r;
		if (r == 0 && cpuset) {          /* rule 2: spares the copying for all that follow */
			_close_fd int dir_fd = cg_dir_open(root_fd, level);

			if (dir_fd >= 0)
				cg_file_write(dir_fd, "cgroup.clone_children", "1");
		}
	}
	return cpuset ? cpuset_fill(root_fd, first_components(level, n - 1)) : 0;
}

/* Make the leaf and what is missing above it. Return: 0 or -errno */
static int make_path(int root_fd, const struct cg_ref *ref, bool cpuset)
{
	int r = -ENOENT;

	for (int i = 0; i < CG_MAKE_ATTEMPTS; i++) {
		r = cg_dir_make(root_fd, ref->path);
		if (r != -ENOENT && r != -ENODEV)
			return r;
		r = make_parents(root_fd, ref->path, cpuset);
		if (r < 0 && r != -ENOENT && r != -ENODEV)
			return r;
	}
	return r;
}

/* CPUs and memory nodes for the leaf: from above, where they are nearly always. */
static int cpuset_leaf(int root_fd, int dir_fd, const char *path)
{
	_close_fd int parent_fd = cg_dir_parent(dir_fd);
	int r = parent_fd < 0 ? parent_fd : cpuset_level(parent_fd, dir_fd);

	return r == -ENOENT ? cpuset_fill(root_fd, path) : r;
}

/* One hierarchy. Return: 1 made, 0 no access and none needed, -errno */
static int make_one(const struct cg_plan *plan, const struct facts *facts, const struct cg_hier *h,
		    struct cg_ref *ref, int *ret_fd, struct err *e)
{
	bool cpuset = !h->v2 && list_has(h->controllers, "cpuset");
	bool expect_new = ref->made_from < components(ref->path) && !plan->sd;
	int root_fd = cg_root(ref->mount, ref->v2, e), r;
	_close_fd int dir_fd = -1;

	if (root_fd < 0)
		return root_fd;
	r = make_path(root_fd, ref, cpuset);
	if (r < 0 && plan->best_effort && is_denied(r))
		return 0;
	if (r == -EEXIST && expect_new)
		return err_set(e, -EBUSY, ERR_CGROUP_BUSY, "cgroup %s%s was made by someone else meanwhile",
			       ref->mount, ref->path);
	if (r < 0 && r != -EEXIST)
		return err_code(e, r, ERR_CGROUP, "make cgroup %s%s", ref->mount, ref->path);
	dir_fd = cg_dir_open(root_fd, ref->path);
	r = dir_fd < 0 ? dir_fd : cg_dir_ino(dir_fd, &ref->ino);
	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "open cgroup %s%s", ref->mount, ref->path);
	r = cpuset ? cpuset_leaf(root_fd, dir_fd, ref->path) : 0;
	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "give %s%s the CPUs and memory nodes of its parent",
				ref->mount, ref->path);
	r = h->v2 ? cg_v2_enable(plan, facts, ref, root_fd, dir_fd, e) : 0;
	*ret_fd = take_fd(&dir_fd);
	return r < 0 ? r : 1;
}

void cg_init(struct cgroup *cg)
{
	cg->v2_fd = -1;
	cg->refs.n = 0;
	for (size_t i = 0; i < CG_HIER_MAX; i++)
		cg->dir_fd[i] = cg->hier_fd[i] = -1;
}

int cg_make(const struct cg_plan *plan, const struct facts *facts, const struct cg_refs *refs, bool v2,
	    struct cgroup *cg, struct err *e)
{
	for (size_t i = 0, h = 0; i < refs->n && h < facts->cg.n_hier; h++) {
		struct cg_ref *ref = &cg->refs.v[cg->refs.n];
		int *fd = &cg->dir_fd[cg->refs.n];
		int r;

		if (!str_eq(facts->cg.hier[h].mount, refs->v[i].mount))
			continue;        /* left out by cg_probe() */
		if (refs->v[i++].v2 != v2)
			continue;
		*ref = refs->v[i - 1];
		r = make_one(plan, facts, &facts->cg.hier[h], ref, fd, e);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		cg->hier_fd[h] = *fd;
		if (v2)
			cg->v2_fd = *fd;
		cg->refs.n++;
	}
	return 0;
}

void cg_close(struct cgroup *cg)
{
	for (size_t i = 0; i < CG_HIER_MAX; i++) {
		fd_close(&cg->dir_fd[i]);
		cg->hier_fd[i] = -1;
	}
	cg->v2_fd = -1;
}

/* ---- enter ---- */

int cg_tickets(const struct cgroup *cg, bool skip_v2, int ret[CG_HIER_MAX], struct err *e)
{
	for (size_t h = 0; h < CG_HIER_MAX; h++)
		ret[h] = -1;
	for (size_t h = 0; h < CG_HIER_MAX; h++) {
		bool v2 = cg->hier_fd[h] == cg->v2_fd;
		int fd;

		if (cg->hier_fd[h] < 0 || (v2 && skip_v2))
			continue;
		fd = cg_file_open(cg->hier_fd[h], v2 ? "cgroup.procs" : "tasks", O_WRONLY);
		if (fd < 0)
			return err_code(e, fd, ERR_CGROUP, "open %s of the container's cgroup",
					v2 ? "cgroup.procs" : "tasks");
		ret[h] = fd;
	}
	return 0;
}

int cg_enter(const struct facts *facts, int tickets[CG_HIER_MAX], struct err *e)
{
	int r = 0;

	for (size_t h = 0; h < CG_HIER_MAX; h++) {
		int one = tickets[h] < 0 || r < 0 ? 0 : cg_text_write(tickets[h], "0", 1);

		fd_close(&tickets[h]);
		if (one < 0) {
			const char *why = one == -ENOSPC ? " (no CPU or no memory node in its cpuset)"
					: one == -EAGAIN ? " (its pids limit is reached)"
					: one == -EOPNOTSUPP ? " (it is threaded, or below a threaded one)"
					: one == -EBUSY ? " (it hands controllers on to others)" : "";

			r = err_code(e, one, ERR_CGROUP, "enter the cgroup below %s%s",
				     facts->cg.hier[h].mount, why);
		}
	}
	return r;
}
