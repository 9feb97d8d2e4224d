// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * pivot.c - the container's root becomes "/", and the host's is gone (security: D3)
 *
 * Where this stands among the other operations: rootfs.c. Sources: pivot_root(2), mount_namespaces(7).
 */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "apply/mount.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

/* In a user namespace the host's mounts cannot be taken away, but covered. */
static int cover(const char *path, struct err *e)
{
	const struct mount_opts opts = { .attr_set = MOUNT_ATTR_RDONLY };
	_close_fd int at_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), mnt_fd = -1;
	int r = at_fd < 0 ? 0 : mount_new("tmpfs", "none", &opts, NULL, &mnt_fd, e);

	if (r < 0 || at_fd < 0)
		return r; /* out of reach: covered already */
	r = mount_onto(mnt_fd, at_fd);
	return r < 0 ? err_code(e, r, ERR_MOUNT, "cover %s of the host", path) : 0;
}

/*
 * Without a pivot the host's mounts stay in the mount namespace. A user namespace made inside the container may
 * have a new procfs or sysfs, without masks, as long as there is one that is fully visible.
 */
static int hide_revealing(const struct child *c, struct err *e)
{
	const char *root = c->plan->root.path;

	for (size_t i = c->revealing.n; i-- > 0;) {
		const char *path = c->revealing.v[i], *below = str_starts(path, root);

		if (c->plan->root.pivot_late && below && (*below == '/' || root[1] == '\0'))
			continue; /* the container's own lies there now */
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			TRY(cover(path, e));
	}
	return 0;
}

static int leave_without_pivot(const struct child *c, int slash_fd, struct err *e)
{
	int r;

	/* Of a tree that is shared with the host's they would be unmounted there, too. */
	if (!(c->plan->root.tree_propagation & MS_SHARED))
		TRY(hide_revealing(c, e));
	/* The root of the namespace is a ramfs that cannot be pivoted away: cover it instead. */
	r = c->plan->root.pivot_late ? mount_onto(c->root_fd, slash_fd) : 0;
	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "move the root file system");
	if (fchdir(c->root_fd) < 0 || chroot(".") < 0)
		return err_sys(e, ERR_MOUNT, "change the root");
	return chdir("/") < 0 ? err_sys(e, ERR_MOUNT, "change to the new root") : 0;
}

static int leave_by_pivot(const struct child *c, int old_fd, struct err *e)
{
	int r;

	if (fchdir(c->root_fd) < 0)
		return err_sys(e, ERR_MOUNT, "change to the new root");
	/* new and old root may be the same directory: the old one then lies over the new (pivot_root(2)) */
	if (sys_pivot_root(".", ".") < 0)
		return err_sys(e, ERR_MOUNT, "pivot_root");
	/* A tree that is shared with the host's would take the host's mounts along. */
	if (c->plan->root.tree_propagation & MS_SHARED) {
		r = mount_propagation(old_fd, MS_SLAVE | MS_REC);
		if (r < 0)
			return err_code(e, r, ERR_MOUNT, "part the old root from the host's");
	}
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys(e, ERR_MOUNT, "detach the old root");
	return chdir("/") < 0 ? err_sys(e, ERR_MOUNT, "change to the new root") : 0;
}

/*
 * Whatever the calls said: what lies at "/", where this process stands, is the container's root. "..", which is
 * the same there, finds what is mounted on top of it, too: an old root that was not detached.
 */
static int check_root(const struct child *c, struct err *e)
{
	int r = fs_same_mount(AT_FDCWD, "..", false, c->root_fd);

	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "verify the new root");
	return r ? 0 : err_set(e, -EPERM, ERR_MOUNT, "\"/\" is still the root of the host");
}

int rootfs_pivot(struct child *c, struct err *e)
{
	/* "/" is still the old root: what lies on top of it is not looked at. */
	_close_fd int old_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	fd_close(&c->host_proc_fd);
	if (old_fd < 0)
		return err_sys(e, ERR_MOUNT, "open the old root");
	TRY(c->plan->root.no_pivot ? leave_without_pivot(c, old_fd, e) : leave_by_pivot(c, old_fd, e));
	return check_root(c, e);
}

/* The topmost directory of the mount that a directory is on. Return: its fd, or -errno */
static int mount_top(int dir_fd)
{
	_close_fd int fd = -1;
	struct statx st;

	for (int depth = 0; depth < PATH_MAX / 2; depth++) {
		int up_fd = openat(fd < 0 ? dir_fd : fd, fd < 0 ? "." : "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up_fd < 0)
			return -errno;
		fd_close(&fd);
		fd = up_fd;
		if (statx(fd, "", AT_EMPTY_PATH, 0, &st) < 0)
			return -errno;
		if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
			return take_fd(&fd);
	}
	return -EINVAL; /* "/" is no mount: a chroot */
}

/* The parent of a new root must not be shared, nor the root itself (pivot_root(2)). */
static int root_unshare(const struct child *c, int at_fd)
{
	_close_fd int top_fd = mount_top(at_fd);
	int r = top_fd < 0 ? top_fd : mount_propagation(top_fd, MS_PRIVATE);

	return r < 0 ? r : mount_propagation(c->root_fd, MS_PRIVATE);
}

/*
 * The place is "/" itself: no directory of the host has to be reachable for this. But hooks before the pivot
 * find the container's tree at root.path, also those that enter the mount namespace from outside and would
 * land on top of "/" (HK-1 to HK-3); where a user namespace cannot reach that, they do not.
 */
static int root_attach(const struct child *c, int slash_fd, struct err *e)
{
	const struct root_plan *root = &c->plan->root;
	_close_fd int path_fd = root->pivot_late ? open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int r = 0, at_fd = path_fd < 0 ? slash_fd : path_fd;

	if (root->tree_propagation & MS_SHARED)
		r = root_unshare(c, at_fd);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "set the propagation of the root file system");
	r = mount_onto(c->root_fd, at_fd);
	return r < 0 ? err_code(e, r, ERR_MOUNT, "mount the root file system") : 0;
}

int rootfs_enter(struct child *c, struct err *e)
{
	_close_fd int slash_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (slash_fd < 0)
		return err_sys(e, ERR_MOUNT, "open the root of the host");
	TRY(rootfs_part(c->plan, slash_fd, e));
	TRY(rootfs_early(c, e));
	if (c->root_fd < 0)
		TRY(rootfs_open(c, e));
	TRY(root_attach(c, slash_fd, e));
	return c->plan->root.pivot_late ? 0 : rootfs_pivot(c, e);
}
