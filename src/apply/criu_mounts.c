// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * criu_mounts.c - which mounts of a container have a content that is not its own
 *
 * A bind mount's files are the host's: CRIU is told the mount's place, and a name, under which restore will
 * find something of the host to mount there (criu_stage.c). The name of a bind is its destination in the
 * config, so nothing in the images can make a mount of anything that the config does not bind.
 *
 * What a destination leads to is asked of the kernel: it is resolved in the container, as when the mount was
 * made, and what is found there must be a mount; its place is in mountinfo. What lies below a bind
 * because it was mounted there on the host (rbind) has the name of the bind and the rest of the path.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/criu.h"
#include "apply/fs.h"
#include "apply/sdnotify.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/proc.h"

#define MOUNTINFO_MAX ((size_t)64 << 20)
#define DEPTH_MAX 4096

/* ---- mountinfo ---- */

int criu_mountinfo(struct arena *a, int proc_fd, pid_t pid, struct mount_lines *ret, struct err *e)
{
	_close_fd int fd = -1;
	char path[48], *text;
	int r;

	snprintf(path, sizeof(path), "%d/mountinfo", pid);
	fd = proc_open(proc_fd, path);
	r = fd < 0 ? fd : fd_read_arena(fd, a, MOUNTINFO_MAX, &text, NULL);
	if (r < 0)
		return err_code(e, r, ERR_PROC, "read the mounts of process %d", (int)pid);
	*ret = parse_mounts(a, text);
	return 0;
}

/* ---- the mounts of a container ---- */

struct look {
	const struct criu_seen *seen;
	struct arena *arena;
	struct mount_lines all;
	const char **name;           /* of each, NULL = its content is the container's */
	bool *planned;               /* each: the config has a mount there */
	int root_fd;
};

/* The mount at a destination. Return: index, or -1 when no mount is there */
static int find(const struct look *l, const char *dst, bool nofollow)
{
	_close_fd int fd = fs_open(l->root_fd, dst, O_PATH | (nofollow ? O_NOFOLLOW : 0));
	uint64_t id;

	if (fd < 0 || !fs_is_mount(fd) || fs_mount_id(fd, &id) < 0)
		return -1;
	for (size_t i = 0; i < l->all.n; i++)
		if (l->all.v[i].id == id)
			return (int)i;
	return -1;
}

static void set_name(struct look *l, int i, const char *name)
{
	if (i >= 0)
		l->name[i] = name;
}

/* A v2 mount of a new cgroup namespace is the container's own; all else are trees of the host. */
static void look_cgroup(struct look *l, const struct fs_op *op)
{
	const struct facts *facts = l->seen->facts;
	bool v2 = facts->cg.layout == CG_LAYOUT_V2;

	if (v2 && l->seen->plan->ns.ns[NS_CGROUP].mode == NS_NEW)
		return;
	for (size_t h = 0; h < facts->cg.n_hier; h++) {
		const char *base = strrchr(facts->cg.hier[h].mount, '/');

		if (base)
			set_name(l, find(l, v2 ? op->dst : arena_fmt(l->arena, "%s%s", op->dst, base), false),
				 arena_fmt(l->arena, STAGE_CGROUP "%s", base + 1));
	}
}

static void look_mask(struct look *l, const struct fs_op *op)
{
	int i = find(l, op->dst, false);

	if (i >= 0 && str_eq(l->all.v[i].type, "tmpfs") && str_eq(l->all.v[i].source, "mask"))
		l->name[i] = str_eq(l->all.v[i].root, "/d") ? STAGE_MASK_DIR : STAGE_MASK_FILE;
}

static void look_planned(struct look *l)
{
	const struct plan *plan = l->seen->plan;

	for (size_t k = 0; k < plan->n_fs; k++) {
		const struct fs_op *op = &plan->fs[k];
		bool nofollow = op->kind <= FS_BIND && op->mount.opts.dest_nofollow;
		int i = find(l, op->dst, nofollow);

		if (i >= 0)
			l->planned[i] = true;
		if (op->kind == FS_BIND || (op->kind == FS_DEVICE && op->device.bind))
			set_name(l, i, op->dst);
		else if (op->kind == FS_CGROUP)
			look_cgroup(l, op);
	}
	for (size_t k = 0; k < plan->n_seal; k++)
		if (plan->seal[k].kind == FS_MASK)
			look_mask(l, &plan->seal[k]);
	if (l->seen->has_notify)
		set_name(l, find(l, SDNOTIFY_TARGET, false), STAGE_NOTIFY);
}

static const struct mount_line *parent_of(const struct look *l, const struct mount_line *m)
{
	for (size_t i = 0; i < l->all.n; i++)
		if (l->all.v[i].id == m->parent && &l->all.v[i] != m)
			return &l->all.v[i];
	return NULL;
}

/* What has come along with a bind: the name of the nearest one above, and the rest. */
static void look_below(struct look *l, size_t i)
{
	const struct mount_line *m = &l->all.v[i], *up = m;

	for (int depth = 0; depth < DEPTH_MAX && (up = parent_of(l, up)); depth++) {
		size_t k = (size_t)(up - l->all.v);
		const char *rest = l->name[k] ? str_starts(m->point, up->point) : NULL;

		if (rest && l->name[k][0] == '/') {
			l->name[i] = *rest ? arena_fmt(l->arena, "%s%s", l->name[k], rest) : l->name[k];
			return;
		}
		if (l->planned[k])
			return; /* something of the container's lies in between */
	}
}

int criu_mounts_put(struct arena *a, const struct criu_seen *seen, struct pb_out *opts, struct err *e)
{
	struct look l = { .seen = seen, .arena = a };
	_close_fd int root_fd = -1;
	char path[48];

	TRY(criu_mountinfo(a, seen->proc_fd, seen->pid, &l.all, e));
	l.name = arena_newv(a, const char *, l.all.n + 1);
	l.planned = arena_newv(a, bool, l.all.n + 1);
	snprintf(path, sizeof(path), "%d/root", seen->pid);
	root_fd = fs_namespace(seen->proc_fd, path); /* a link of the same kind */
	if (root_fd < 0)
		return err_code(e, root_fd, ERR_PROC, "open the root of the container");
	l.root_fd = root_fd;
	look_planned(&l);
	for (size_t i = 0; i < l.all.n; i++)
		if (!l.name[i] && !l.planned[i])
			look_below(&l, i);
	for (size_t i = 0; i < l.all.n; i++)
		if (l.name[i])
			pb_put_text(opts, CRIU_OPT_EXTERNAL,
				    arena_fmt(a, "mnt[%s]:%s", l.all.v[i].point, l.name[i]));
	return 0;
}
