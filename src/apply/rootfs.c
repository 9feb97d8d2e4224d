// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rootfs.c - the container's file system, one operation after the other (pivot.c: how it becomes "/")
 *
 * The order that makes images harmless (security: D3): what is needed of the host is opened first, as
 * detached trees; then the bare root file system becomes "/" and the host's root is detached; only then
 * are mount points made and mounts attached. From there on no path can name anything of the host.
 * When hooks are promised the old root, the pivot comes after them; all operations are relative to
 * root_fd, so that is the only difference.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "apply/mount.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

/* ---- before the pivot ---- */

int rootfs_part(const struct plan *plan, int mnt_fd, struct err *e)
{
	int r = mount_propagation(mnt_fd, plan->root.tree_propagation);

	return r < 0 ? err_code(e, r, ERR_MOUNT, "part the mounts of the container from the host's") : 0;
}

int rootfs_part_sources(const struct plan *plan, const int *src_fd, bool keep_shared, struct err *e)
{
	for (size_t i = 0; i < plan->n_fs; i++) {
		const struct fs_op *op = &plan->fs[i];

		if (src_fd[i] < 0 ||
		    (keep_shared && op->kind == FS_BIND && op->mount.opts.propagation & MS_SHARED))
			continue;
		TRY(rootfs_part(plan, src_fd[i], e));
	}
	return 0;
}

int rootfs_part_all(const struct plan *plan, struct err *e)
{
	_close_fd int slash_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return slash_fd < 0 ? err_sys(e, ERR_MOUNT, "open the root of the host") : rootfs_part(plan, slash_fd, e);
}

int rootfs_open(struct child *c, struct err *e)
{
	const char *path = c->plan->root.path;

	c->root_fd = mount_clone(AT_FDCWD, path, AT_RECURSIVE);
	return c->root_fd < 0 ? err_code(e, c->root_fd, ERR_ROOTFS, "open the root file system %s", path) : 0;
}

int rootfs_source(const struct fs_op *op, int *ret_fd, struct err *e)
{
	const struct mount_opts *o = &op->mount.opts;
	unsigned flags = (o->bind_rec ? AT_RECURSIVE : 0) |
			 (o->src_nofollow || o->copy_symlink ? AT_SYMLINK_NOFOLLOW : 0);
	int fd = mount_clone(AT_FDCWD, op->mount.source, flags);

	if (fd == -ENOENT && o->nofail)
		return 0;
	if (fd < 0)
		return err_code(e, fd, ERR_MOUNT_SOURCE, "open the source %s", op->mount.source);
	*ret_fd = fd;
	return 0;
}

int rootfs_idmap(const struct fs_op *op, int mnt_fd, int *userns_fd, struct err *e)
{
	int r = *userns_fd < 0 ? 0 : mount_idmap(mnt_fd, *userns_fd, op->mount.opts.idmap_rec);

	fd_close(userns_fd);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT,
				"map the ids of the mount (does its file system support it?)");
	return 0;
}

static int acquire_device(const struct fs_op *op, int *ret_fd, struct err *e)
{
	_close_fd int fd = mount_clone(AT_FDCWD, op->dst, 0);
	struct stat st;

	if (fd < 0)
		return err_code(
			e, fd, ERR_DEVICE,
			"open %s of the host, which stands in for a node that may not be made",
			op->dst);
	if (fstat(fd, &st) < 0)
		return err_sys(e, ERR_DEVICE, "stat %s of the host", op->dst);
	if ((st.st_mode & S_IFMT) != (op->device.mode & S_IFMT) ||
	    st.st_rdev != makedev(op->device.major, op->device.minor))
		return err_set(e, -EINVAL, ERR_DEVICE, "%s of the host is not device %u:%u",
			       op->dst, op->device.major, op->device.minor);
	*ret_fd = take_fd(&fd);
	return 0;
}

int rootfs_acquire(const struct plan *plan, int *src_fd, struct err *e)
{
	for (size_t i = 0; i < plan->n_fs; i++) {
		const struct fs_op *op = &plan->fs[i];
		int r = 0;

		if (src_fd[i] >= 0)
			continue;
		if (op->kind == FS_BIND)
			r = rootfs_source(op, &src_fd[i], e);
		else if (op->kind == FS_DEVICE && op->device.bind)
			r = acquire_device(op, &src_fd[i], e);
		if (r < 0) {
			err_place(e, "%s", op->where);
			return r;
		}
	}
	return 0;
}

/* Refused in a user namespace unless one is fully visible, as before the pivot. */
static bool is_revealing(const struct fs_op *op)
{
	return str_eq(op->mount.type, "proc") || str_eq(op->mount.type, "sysfs");
}

static bool is_early(const struct fs_op *op)
{
	return op->kind == FS_MOUNT && op->mount.early;
}

/* sysfs of a network namespace that is not ours: the host's, read-only (MN-10) */
static int early_sysfs(int *ret_fd, struct err *e)
{
	int fd = mount_clone(AT_FDCWD, "/sys", AT_RECURSIVE);
	int r = fd < 0 ? fd : mount_readonly(fd, true);

	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "use the host's sysfs instead of a new one");
	*ret_fd = fd;
	return 0;
}

static int early_mount(const struct fs_op *op, int *ret_fd, struct err *e)
{
	int r = mount_new(op->mount.type, op->mount.source, &op->mount.opts, NULL, ret_fd, e);

	if (r == -EPERM && op->mount.sysfs_fallback) {
		if (e)
			*e = (struct err){ 0 };
		r = early_sysfs(ret_fd, e);
	}
	if (r == -EPERM && is_revealing(op))
		err_set(e, r, ERR_MOUNT,
			"mount %s: operation not permitted (a user namespace gets a new one only when the "
			"outer one is fully visible: something is mounted over parts of it)",
			op->dst);
	else if (r < 0)
		err_prefix(e, "mount %s: ", op->dst);
	if (r < 0)
		err_place(e, "%s", op->where);
	return r;
}

int rootfs_early(struct child *c, struct err *e)
{
	const struct plan *plan = c->plan;
	bool has_proc = false;

	for (size_t i = 0; i < plan->n_fs; i++) {
		int r;

		if (!is_early(&plan->fs[i]))
			continue;
		has_proc = has_proc || str_eq(plan->fs[i].mount.type, "proc");
		r = early_mount(&plan->fs[i], &c->src_fd[i], e);
		if (r < 0)
			return r;
	}
	if (!has_proc && (plan->n_sysctls || plan->process.selinux || plan->process.apparmor))
		return procfs_open(c, e);
	return 0;
}

/* ---- after it ---- */

/* Keep the fds of mounts that later steps must reach without a path. */
static void remember(struct child *c, const struct fs_op *op, int *mnt_fd)
{
	if (str_eq(op->dst, "/proc"))
		c->proc_shown = str_eq(op->mount.type, "proc");
	if (str_eq(op->mount.type, "proc") && str_eq(op->dst, "/proc")) {
		fd_close(&c->proc_fd);
		c->proc_fd = take_fd(mnt_fd);
	} else if (str_eq(op->mount.type, "devpts") && str_eq(op->dst, "/dev/pts")) {
		fd_close(&c->devpts_fd);
		c->devpts_fd = take_fd(mnt_fd);
	}
}

/* A tmpfs over a directory that was there has its mode and owner, unless mode= was given (MN-14). */
static const struct stat *covered(const struct fs_op *op, int target_fd, bool made, struct stat *buf)
{
	if (made || op->mount.opts.mode_given || !str_eq(op->mount.type, "tmpfs"))
		return NULL;
	return fstat(target_fd, buf) < 0 ? NULL : buf;
}

int rootfs_make(struct child *c, bool of_host, struct err *e)
{
	for (size_t i = 0; i < c->plan->n_fs; i++) {
		const struct fs_op *op = &c->plan->fs[i];
		_close_fd int target_fd = -1;
		struct stat st;
		int r;

		if (op->kind != FS_MOUNT || of_host != (is_early(op) && !is_revealing(op)))
			continue;
		if (of_host) {
			r = early_mount(op, &c->src_fd[i], e);
		} else {
			target_fd = fs_open(c->root_fd, op->dst, O_PATH | O_DIRECTORY);
			r = mount_new(op->mount.type, op->mount.source, &op->mount.opts,
				      covered(op, target_fd, target_fd < 0, &st), &c->src_fd[i], e);
		}
		if (r < 0) {
			err_place(e, "%s", op->where);
			return r;
		}
	}
	return 0;
}

/* The user namespace for an operation of the plan's list; operations beside it have none. */
static int *idmap_of(struct child *c, const struct fs_op *op)
{
	static int none = -1;

	return op >= c->plan->fs && op < c->plan->fs + c->plan->n_fs
		       ? &c->idmap_fd[op - c->plan->fs]
		       : &none;
}

/*
 * Where procfs and sysfs go, programs look for files that decide what they may do: not at the end of a
 * link of the image, whose other parts may be anyone's volume (security: D4).
 */
static int check_target(const struct fs_op *op, int target_fd, struct err *e)
{
	struct stat st;

	if (!is_revealing(op))
		return 0;
	if (fstat(target_fd, &st) < 0)
		return err_sys(e, ERR_MOUNT_TARGET, "stat %s", op->dst);
	return S_ISDIR(st.st_mode) ? 0
				   : err_set(e, -ENOTDIR, ERR_MOUNT_TARGET,
					     "%s is not a directory of the image, which a %s needs",
					     op->dst, op->mount.type);
}

static int apply_mount(struct child *c, const struct fs_op *op, int *src_fd, struct err *e)
{
	const struct mount_opts *o = &op->mount.opts;
	bool nofollow = o->dest_nofollow || is_revealing(op);
	_close_fd int target_fd = -1, mnt_fd = -1;
	bool made = false;
	struct stat st;
	int r;

	r = fs_target(c->root_fd, op->dst, FS_MAKE_DIR, nofollow, &target_fd, &made, e);
	if (r == 0)
		r = check_target(op, target_fd, e);
	if (r < 0)
		return r;
	if (o->remount)
		return mount_remount(target_fd, o, e);
	mnt_fd = take_fd(src_fd);
	if (mnt_fd < 0)
		r = mount_new(op->mount.type, op->mount.source, o,
			      covered(op, target_fd, made, &st), &mnt_fd, e);
	if (r == 0 && (o->rec_set || o->rec_clr || o->propagation))
		r = mount_tune(mnt_fd, o, e);
	if (r == 0)
		r = rootfs_idmap(op, mnt_fd, idmap_of(c, op), e);
	if (r == 0 && op->mount.label)
		r = lsm_label_mount(mnt_fd, op->mount.label, e);
	if (r == 0 && o->tmpcopyup)
		r = copyup_apply(target_fd, mnt_fd, e);
	if (r == 0)
		r = mount_attach(mnt_fd, c->root_fd, op->dst, nofollow, target_fd, e);
	if (r == 0)
		remember(c, op, &mnt_fd);
	return r;
}

/* Is what is there the very link that was asked for? */
static int same_symlink(int dir_fd, const char *name, const char *target, const char *dst,
			struct err *e)
{
	_close_fd int fd = fs_open(dir_fd, name, O_PATH | O_NOFOLLOW);
	char there[4096];
	int r = fd < 0 ? fd : fs_readlink(fd, there, sizeof(there));

	if (r == 0 && strcmp(there, target) == 0)
		return 0;
	return err_set(e, -EEXIST, ERR_MOUNT_TARGET, "%s exists and is not a symlink to %s", dst,
		       target);
}

static int copy_symlink(struct child *c, const struct fs_op *op, int src_fd, struct err *e)
{
	_close_fd int dir_fd = -1;
	const char *name;
	char target[4096];
	int r = fs_readlink(src_fd, target, sizeof(target));

	if (r < 0)
		return err_code(e, r, ERR_MOUNT_SOURCE, "read the symlink %s", op->mount.source);
	r = fs_parent(c->root_fd, op->dst, &dir_fd, &name, e);
	if (r < 0)
		return r;
	r = fs_symlink(dir_fd, name, target, false);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT_TARGET, "make the symlink %s", op->dst);
	return same_symlink(dir_fd, name, target, op->dst, e);
}

int rootfs_bind(struct child *c, const struct fs_op *op, int src_fd, struct err *e)
{
	const struct mount_opts *o = &op->mount.opts;
	_close_fd int target_fd = -1;
	struct stat st;
	int r;

	if (src_fd < 0)
		return 0; /* nofail */
	if (fstat(src_fd, &st) < 0)
		return err_sys(e, ERR_MOUNT_SOURCE, "stat the source %s", op->mount.source);
	if (str_eq(op->dst, "/proc"))
		c->proc_shown = false; /* covered */
	if (o->copy_symlink && S_ISLNK(st.st_mode))
		return copy_symlink(c, op, src_fd, e);
	r = mount_tune(src_fd, o, e);
	if (r == 0)
		r = rootfs_idmap(op, src_fd, idmap_of(c, op), e);
	if (r < 0)
		return r;
	r = fs_target(c->root_fd, op->dst, S_ISDIR(st.st_mode) ? FS_MAKE_DIR : FS_MAKE_FILE,
		      o->dest_nofollow, &target_fd, NULL, e);
	if (r < 0)
		return r;
	return mount_attach(src_fd, c->root_fd, op->dst, o->dest_nofollow, target_fd, e);
}

int rootfs_dir(struct child *c, const char *path, const char **ret_name, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;
	int r;

	if (c->dir_fd >= 0 && len > 0 && strncmp(c->dir_of, path, len) == 0 && !strchr(c->dir_of + len, '/')) {
		*ret_name = slash + 1;
		return c->dir_fd;
	}
	fd_close(&c->dir_fd);
	c->dir_of = path;
	r = fs_parent(c->root_fd, path, &c->dir_fd, ret_name, e);
	return r < 0 ? r : c->dir_fd;
}

static int apply_symlink(struct child *c, const struct fs_op *op, struct err *e)
{
	_close_fd int target_fd = -1;
	const char *name;
	int dir_fd, r;

	if (op->link.need_target) {
		target_fd = fs_open(c->root_fd, op->link.target, O_PATH | O_NOFOLLOW);
		if (target_fd < 0)
			return 0;
	}
	dir_fd = rootfs_dir(c, op->dst, &name, e);
	if (dir_fd < 0)
		return dir_fd;
	r = fs_symlink(dir_fd, name, op->link.target, op->link.replace);
	return r < 0 ? err_code(e, r, ERR_MOUNT_TARGET, "make the symlink %s", op->dst) : 0;
}

static int apply_readonly(struct child *c, const struct fs_op *op, struct err *e)
{
	_close_fd int fd = fs_open(c->root_fd, op->dst, O_PATH | O_DIRECTORY);
	int r = fd < 0 ? fd : mount_readonly(fd, false);

	return r < 0 ? err_code(e, r, ERR_MOUNT, "make the mount read-only") : 0;
}

static int apply_one(struct child *c, const struct fs_op *op, int *src_fd, struct err *e)
{
	int r;

	if (op->kind != FS_DEVICE && op->kind != FS_SYMLINK)
		fd_close(&c->dir_fd);
	switch (op->kind) {
	case FS_MOUNT:
		return apply_mount(c, op, src_fd, e);
	case FS_BIND:
		return rootfs_bind(c, op, *src_fd, e);
	case FS_CGROUP:
		return cgmount_apply(c, op, e);
	case FS_DEVICE:
		return device_make(c, op, *src_fd, e);
	case FS_SYMLINK:
		return apply_symlink(c, op, e);
	case FS_READONLY:
		return readonly_apply(c, op, e);
	case FS_MASK:
		return mask_apply(c, op, e);
	case FS_MOUNT_READONLY:
		return apply_readonly(c, op, e);
	case FS_ROOT_READONLY:
		r = mount_readonly(c->root_fd, false);
		return r < 0 ? err_code(e, r, ERR_MOUNT, "make the root file system read-only") : 0;
	case FS__MAX:
		break;
	}
	return err_set(e, -EINVAL, ERR_PROTOCOL, "unknown file system operation %d", (int)op->kind);
}

int rootfs_apply(struct child *c, const struct fs_op *ops, size_t n, struct err *e)
{
	bool main_list = ops == c->plan->fs;

	for (size_t i = 0; i < n; i++) {
		int none = -1, r = apply_one(c, &ops[i], main_list ? &c->src_fd[i] : &none, e);

		if (main_list)
			fd_close(&c->src_fd[i]);
		if (r < 0) {
			err_prefix(e, "mount %s: ", ops[i].dst);
			err_place(e, "%s", ops[i].where);
			return r;
		}
	}
	fd_close(&c->dir_fd);
	return 0;
}
