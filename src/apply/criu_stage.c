// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * criu_stage.c - the place where criu finds what it mounts in a container that is restored
 *
 * The process that will execute criu makes a mount namespace of its own, and in it a small file system on
 * a directory of the container's state. There it puts, each on an entry,
 *	root        the root file system, with the mount points that are missing
 *	0, 1, ...   the source of each bind mount, as create opens it: with the same rights, maps and options
 *	mask        an empty file and an empty directory, for masked paths
 *	cg0, ...    the container's new cgroups
 *	notify      the directory of the notify socket
 * All of it goes away with criu, whoever is killed; the host's mount namespace never sees any of it.
 * Before that it enters the container's cgroups, so that what it makes is in them from the first moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "apply/cg.h"
#include "apply/child.h"
#include "apply/criu.h"
#include "apply/fs.h"
#include "apply/keyring.h"
#include "apply/mount.h"
#include "apply/sdnotify.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

/* ---- cgroups ---- */

/* The message of the parent: a bit for each tree and each ticket, as in GRANTED. */
static int enter_cgroups(struct child *c, int ctl_fd, struct err *e)
{
	int fds[2 * CG_HIER_MAX], tickets[CG_HIER_MAX];
	size_t n = 2 * CG_HIER_MAX, next = 0;
	int64_t mask;

	if (fd_recv(ctl_fd, &mask, sizeof(mask), fds, &n) != (ssize_t)sizeof(mask))
		return err_set(e, -EPIPE, ERR_PROTOCOL, "the runtime has gone away");
	for (size_t i = 0; i < CG_HIER_MAX && next < n; i++)
		if (mask >> i & 1)
			c->cg_fd[i] = fds[next++];
	for (size_t i = 0; i < CG_HIER_MAX; i++)
		tickets[i] = mask >> (GRANT_TICKETS + i) & 1 && next < n ? fds[next++] : -1;
	return cg_enter(c->facts, tickets, e);
}

/* ---- sources ---- */

static int own_namespace(const struct criu_stage *s, struct err *e)
{
	const struct child *c = s->child;
	_close_fd int slash_fd = -1;
	int r;

	/* the current directory is followed into the new namespace, an fd is not */
	if (fchdir(s->dir_fd) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys(e, ERR_NS, "make a mount namespace for criu");
	TRY(rootfs_acquire(c->plan, c->src_fd, e));
	TRY(rootfs_part_sources(c->plan, c->src_fd, true, e));
	slash_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = slash_fd < 0 ? -errno : mount_propagation(slash_fd, MS_SLAVE | MS_REC);
	return r < 0 ? err_code(e, r, ERR_MOUNT, "part the mounts of criu from the host's") : 0;
}

/* ---- mount points ---- */

/* Is @path below @dir? Return: the rest with its slash, or NULL */
static const char *below(const char *path, const char *dir)
{
	const char *rest = str_starts(path, dir);

	return rest && *rest == '/' ? rest : NULL;
}

/*
 * A mount point on the root file system, or in a bind mount, may be missing, since the root may be another
 * one than when the container was made. What lies in another mount was saved with it.
 */
static int make_target(struct child *c, size_t k, struct err *e)
{
	const struct fs_op *op = &c->plan->fs[k];
	_close_fd int fd = -1;
	const char *path = op->dst;
	enum fs_make what = FS_MAKE_DIR;
	int base_fd = c->root_fd;
	struct stat st;

	for (size_t i = k; i-- > 0;) {
		const struct fs_op *up = &c->plan->fs[i];
		const char *rest = up->kind <= FS_CGROUP ? below(op->dst, up->dst) : NULL;

		if (!rest)
			continue;
		if (up->kind != FS_BIND || c->src_fd[i] < 0)
			return 0;
		base_fd = c->src_fd[i];
		path = rest;
		break;
	}
	if (c->src_fd[k] >= 0 && fstat(c->src_fd[k], &st) == 0) {
		if (S_ISLNK(st.st_mode))
			return 0; /* copy-symlink: no mount */
		what = S_ISDIR(st.st_mode) ? FS_MAKE_DIR : FS_MAKE_FILE;
	}
	return fs_target(base_fd, path, what, op->mount.opts.dest_nofollow, &fd, NULL, e);
}

static int make_targets(struct child *c, struct err *e)
{
	for (size_t k = 0; k < c->plan->n_fs; k++) {
		const struct fs_op *op = &c->plan->fs[k];
		int r;

		if (op->kind > FS_CGROUP || op->mount.opts.remount || (op->kind == FS_BIND && c->src_fd[k] < 0))
			continue;
		r = make_target(c, k, e);
		if (r < 0) {
			err_place(e, "%s", op->where);
			return r;
		}
	}
	return 0;
}

/* ---- the stage ---- */

static int put(int base_fd, const char *name, int mnt_fd, struct err *e)
{
	_close_fd int file_fd = -1;
	struct stat st;
	int r;

	if (fstat(mnt_fd, &st) < 0)
		return err_sys(e, ERR_MOUNT, "stat the source of a mount");
	if (S_ISDIR(st.st_mode))
		r = fs_mkdir(base_fd, name, 0755);
	else
		r = file_fd = fs_create(base_fd, name, 0644);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "make a place for criu's mounts");
	return mount_move_in(mnt_fd, base_fd, name, e);
}

static int put_sources(struct child *c, int base_fd, struct err *e)
{
	char name[24];

	for (size_t i = 0; i < c->plan->n_fs; i++) {
		const struct fs_op *op = &c->plan->fs[i];

		if (c->src_fd[i] < 0)
			continue;
		if (op->kind == FS_BIND)
			TRY(rootfs_idmap(op, c->src_fd[i], &c->idmap_fd[i], e));
		snprintf(name, sizeof(name), "%zu", i);
		TRY(put(base_fd, name, c->src_fd[i], e));
	}
	for (size_t h = 0; h < c->facts->cg.n_hier; h++) {
		if (c->cg_fd[h] < 0)
			continue;
		snprintf(name, sizeof(name), "cg%zu", h);
		TRY(put(base_fd, name, c->cg_fd[h], e));
	}
	TRY(mask_make(c, e));
	TRY(put(base_fd, "mask", c->mask_fd, e));
	return put(base_fd, "notify", c->notify_fd, e);
}

/* As for a container that is made: its user may open them. */
static void give_pipes(const struct process_plan *p)
{
	struct stat st;

	for (int fd = 0; fd <= 2 && !p->terminal; fd++)
		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && st.st_uid != p->uid)
			(void)!fchown(fd, p->uid, (gid_t)-1);
}

int criu_stage_make(void *arg, int ctl_fd, struct err *e)
{
	struct criu_stage *s = arg;
	struct child *c = s->child;
	const struct plan *plan = c->plan;
	const struct mount_opts opts = { .attr_set = MOUNT_ATTR_NOSUID };
	const struct stat like = { .st_mode = 0700 };
	_close_fd int base_fd = -1;

	umask(0);
	TRY(enter_cgroups(c, ctl_fd, e));
	TRY(own_namespace(s, e));
	TRY(rootfs_open(c, e));
	TRY(rootfs_source(&c->notify_op, &c->notify_fd, e));
	TRY(make_targets(c, e));
	TRY(mount_new("tmpfs", STAGE_SOURCE, &opts, &like, &base_fd, e));
	TRY(mount_move_in(base_fd, AT_FDCWD, STAGE_DIR, e));
	TRY(put(base_fd, "root", c->root_fd, e));
	TRY(put_sources(c, base_fd, e));
	give_pipes(&plan->process);
	if (plan->process.new_keyring)
		TRY(keyring_join(plan->process.keyring, false, e));
	umask(077);
	return 0;
}

/* ---- what criu is told of it ---- */

/* The name of what is at @entry of the stage, and @rest below it. */
static const char *name_of(struct arena *a, const struct child *c, const char *entry, const char *rest)
{
	const char *digits = str_starts(entry, "cg");
	uint32_t i;

	if (str_eq(entry, "notify"))
		return *rest ? NULL : STAGE_NOTIFY;
	if (digits && parse_u32(digits, 0, CG_HIER_MAX - 1, &i) == 0)
		return *rest ? NULL : arena_fmt(a, STAGE_CGROUP "%s", strrchr(c->facts->cg.hier[i].mount, '/') + 1);
	if (parse_u32(entry, 0, UINT32_MAX, &i) == 0 && i < c->plan->n_fs)
		return arena_fmt(a, "%s%s", c->plan->fs[i].dst, rest);
	return NULL;
}

static void put_external(struct arena *a, struct pb_out *opts, const char *name, const char *path)
{
	pb_put_text(opts, CRIU_OPT_EXTERNAL, arena_fmt(a, "mnt[%s]:%s", name, path));
}

int criu_stage_put(struct arena *a, int proc_fd, pid_t pid, const struct child *child, struct pb_out *opts,
		   struct err *e)
{
	const char *base = NULL;
	struct mount_lines all;

	TRY(criu_mountinfo(a, proc_fd, pid, &all, e));
	for (size_t i = 0; i < all.n; i++)
		if (str_eq(all.v[i].source, STAGE_SOURCE) && str_eq(all.v[i].type, "tmpfs"))
			base = all.v[i].point;
	if (!base)
		return err_set(e, -ENOENT, ERR_MOUNT, "the place for criu's mounts is not there");
	pb_put_text(opts, CRIU_OPT_ROOT, arena_fmt(a, "%s/root", base));
	put_external(a, opts, STAGE_MASK_FILE, arena_fmt(a, "%s/mask/f", base));
	put_external(a, opts, STAGE_MASK_DIR, arena_fmt(a, "%s/mask/d", base));
	for (size_t i = 0; i < all.n; i++) {
		const char *entry = below(all.v[i].point, base), *rest, *name;

		if (!entry)
			continue;
		rest = strchrnul(entry + 1, '/');
		name = name_of(a, child, arena_dup(a, entry + 1, (size_t)(rest - entry - 1)), rest);
		if (name)
			put_external(a, opts, name, all.v[i].point);
	}
	return 0;
}
