// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * devices.c - device nodes and fifos (spec-requirements 11 and 13)
 *
 * A node that is already there is used only when it is the very device that was asked for; an image
 * cannot pass another one off as /dev/null (security: D13).
 */
#include <errno.h>
#include <sys/sysmacros.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "apply/mount.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"

static int device_bind(struct child *c, const struct fs_op *op, int src_fd, struct err *e)
{
	_close_fd int target_fd = -1;
	int r = fs_target(c->root_fd, op->dst, FS_MAKE_FILE, false, &target_fd, NULL, e);

	if (r < 0)
		return r;
	return mount_attach(src_fd, c->root_fd, op->dst, false, target_fd, e);
}

/*
 * Mode and owner of the device that is there, as the config wants them. One that a mount has brought is
 * the host's (a bind of /dev): nothing of it is changed.
 */
static int device_adjust(struct child *c, int fd, const struct stat *st, const struct fs_op *op,
			 struct err *e)
{
	mode_t mode = op->device.mode & 07777;
	int r = fs_same_mount(c->root_fd, op->dst, true, c->root_fd);

	if (r <= 0)
		return r < 0 ? err_code(e, r, ERR_DEVICE, "look at the mount of %s", op->dst) : 0;
	r = 0;
	if (st->st_uid != op->device.uid || st->st_gid != op->device.gid)
		r = fs_chown_fd(fd, op->device.uid, op->device.gid);
	if (r < 0)
		return err_code(e, r, ERR_DEVICE, "change the owner of %s", op->dst);
	if ((st->st_mode & 07777) == mode)
		return 0;
	r = procfs_open(c, e);
	if (r < 0)
		return r;
	r = fs_chmod_fd(c->proc_fd, fd, mode);
	return r < 0 ? err_code(e, r, ERR_DEVICE, "change the mode of %s", op->dst) : 0;
}

/* Is the existing entry the device that was asked for? */
static int device_check(struct child *c, int dir_fd, const char *name, const struct fs_op *op,
			struct err *e)
{
	_close_fd int fd = fs_open(dir_fd, name, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return err_code(e, fd, ERR_DEVICE, "open %s", op->dst);
	if (fstat(fd, &st) < 0)
		return err_sys(e, ERR_DEVICE, "stat %s", op->dst);
	if ((st.st_mode & S_IFMT) == (op->device.mode & S_IFMT) &&
	    (S_ISFIFO(st.st_mode) || st.st_rdev == makedev(op->device.major, op->device.minor)))
		return device_adjust(c, fd, &st, op, e);
	return err_set(e, -EEXIST, ERR_DEVICE,
		       "%s exists in the root file system and is not device %u:%u", op->dst,
		       op->device.major, op->device.minor);
}

int device_make(struct child *c, const struct fs_op *op, int src_fd, struct err *e)
{
	const char *name;
	int dir_fd, r;

	if (src_fd >= 0)
		return device_bind(c, op, src_fd, e);
	dir_fd = rootfs_dir(c, op->dst, &name, e);
	if (dir_fd < 0)
		return dir_fd;
	r = fs_node(dir_fd, name, op->device.mode, op->device.major, op->device.minor);
	if (r == -EEXIST)
		return device_check(c, dir_fd, name, op, e);
	if (r < 0)
		return err_code(e, r, ERR_DEVICE, "make the device %s (%u:%u)", op->dst,
				op->device.major, op->device.minor);
	if (op->device.uid || op->device.gid)
		r = fs_chown(dir_fd, name, op->device.uid, op->device.gid);
	return r < 0 ? err_code(e, r, ERR_DEVICE, "change the owner of %s", op->dst) : 0;
}
