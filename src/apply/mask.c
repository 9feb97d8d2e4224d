// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mask.c - masked and read-only paths (config-linux.md, "Masked Paths", "Readonly Paths")
 *
 * A mask is an object of our own, never the image's /dev/null (security: D12): one read-only tmpfs for
 * all of them, with an empty file and an empty directory.
 */
#include <errno.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "apply/mount.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

int mask_make(struct child *c, struct err *e)
{
	struct kv context = { "context", c->plan->mount_label };
	const struct mount_opts opts = {
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		.data = { &context, context.value ? 1 : 0 },
	};
	const struct stat like = { .st_mode = 0755 };
	_close_fd int fd = -1, file_fd = -1;
	int r = mount_new("tmpfs", "mask", &opts, &like, &fd, e);

	if (r < 0)
		return r;
	r = fs_mkdir(fd, "d", 0555);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "make the empty directory for masked paths");
	file_fd = fs_create(fd, "f", 0444);
	if (file_fd < 0)
		return err_code(e, file_fd, ERR_MOUNT, "make the empty file for masked paths");
	fd_close(&file_fd); /* one that is open for writing keeps the mount writable */
	r = mount_readonly(fd, false);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "make the mask read-only");
	c->mask_fd = take_fd(&fd);
	return 0;
}

/*
 * The mask has to be somewhere: to take it away again costs a grace period of the kernel. It lies under the
 * clone that covers the first directory.
 */
static int mask_place(struct child *c, int target_fd, struct err *e)
{
	int r = c->mask_placed ? 0 : mount_move(c->mask_fd, target_fd, "the first masked directory", e);

	if (r == 0) {
		c->mask_placed = true;
		c->mask_attached = false;
	}
	return r;
}

/*
 * A clone of the mask's file or directory. Before Linux 6.15 only a mount that has a place can be cloned:
 * there it lies on top of "/" meanwhile, where nobody can see it, since everybody's root is below.
 */
static int mask_clone(struct child *c, const char *name, struct err *e)
{
	int fd = mount_clone(c->mask_fd, name, 0);

	if (fd == -EINVAL && !c->mask_attached) {
		int r = mount_onto(c->mask_fd, c->root_fd);

		if (r < 0)
			return err_code(e, r, ERR_MOUNT, "put the mask aside");
		c->mask_attached = true;
		fd = mount_clone(c->mask_fd, name, 0);
	}
	return fd < 0 ? err_code(e, fd, ERR_MOUNT, "clone the mask") : fd;
}

int mask_done(struct child *c, struct err *e)
{
	if (c->mask_attached) {
		if (fchdir(c->mask_fd) < 0 || umount2(".", MNT_DETACH) < 0 ||
		    fchdir(c->root_fd) < 0)
			return err_sys(e, ERR_MOUNT, "take the mask away");
		c->mask_attached = false;
	}
	fd_close(&c->mask_fd);
	return 0;
}

/*
 * What lies below /proc is looked up in the procfs that was mounted there, not by way of its directory,
 * which someone with access to the image may have moved meanwhile: procfs would stay uncovered.
 */
static int base_of(const struct child *c, const char **path)
{
	const char *below = str_starts(*path, "/proc/");

	if (!below || !c->proc_shown)
		return c->root_fd;
	*path = below - 1;
	return c->proc_fd;
}

int mask_apply(struct child *c, const struct fs_op *op, struct err *e)
{
	const char *path = op->dst;
	int r, base_fd = base_of(c, &path);
	_close_fd int target_fd = fs_open(base_fd, path, O_PATH);
	_close_fd int fd = -1;
	struct stat st;

	if (target_fd == -ENOENT || target_fd == -ENOTDIR)
		return 0;
	if (target_fd < 0)
		return err_code(e, target_fd, ERR_PATH, "open the path to mask");
	if (fstat(target_fd, &st) < 0)
		return err_sys(e, ERR_PATH, "stat the path to mask");
	if (c->mask_fd < 0) {
		r = mask_make(c, e);
		if (r < 0)
			return r;
	}
	if (S_ISDIR(st.st_mode)) {
		r = mask_place(c, target_fd, e);
		if (r < 0)
			return r;
	}
	fd = mask_clone(c, S_ISDIR(st.st_mode) ? "d" : "f", e);
#ifdef WEAKEN_MASK
	fd = S_ISDIR(st.st_mode) ? fd : mount_clone(c->root_fd, "dev/null", 0);
#endif
	if (fd < 0)
		return fd;
	return mount_attach(fd, base_fd, path, false, target_fd, e);
}

int readonly_apply(struct child *c, const struct fs_op *op, struct err *e)
{
	const char *path = op->dst;
	int r, base_fd = base_of(c, &path);
	_close_fd int target_fd = fs_open(base_fd, path, O_PATH);
	_close_fd int fd = -1;

	if (target_fd == -ENOENT || target_fd == -ENOTDIR)
		return 0;
	if (target_fd < 0)
		return err_code(e, target_fd, ERR_PATH, "open the path to make read-only");
	fd = mount_clone(target_fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (fd < 0)
		return err_code(e, fd, ERR_MOUNT, "clone the tree to make read-only");
	r = mount_readonly(fd, true);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "make it read-only");
	return mount_attach(fd, base_fd, path, false, target_fd, e);
}
