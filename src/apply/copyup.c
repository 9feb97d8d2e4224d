// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * copyup.c - mount option tmpcopyup: a tmpfs that starts with a copy of what it covers
 *
 * The copy is made while the tmpfs has no place yet. Modes, owners, symlinks, device
 * nodes and extended attributes are kept; hard links become copies.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"

#define DEPTH_MAX 64

static int copy_xattrs(int from_fd, int to_fd)
{
	static char names[4096], value[65536];
	ssize_t n = flistxattr(from_fd, names, sizeof(names));

	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1) {
		ssize_t len = fgetxattr(from_fd, names + i, value, sizeof(value));

		/* a tmpfs without that kind of attribute is no reason to fail */
		if (len >= 0 && fsetxattr(to_fd, names + i, value, (size_t)len, 0) < 0 &&
		    errno != EOPNOTSUPP && errno != EPERM)
			return -errno;
	}
	return 0;
}

static int copy_meta(int from_fd, int to_fd, const struct stat *st)
{
	if (fchown(to_fd, st->st_uid, st->st_gid) < 0 && errno != EINVAL)
		return -errno;
	if (fchmod(to_fd, st->st_mode & 07777) < 0)
		return -errno;
	return copy_xattrs(from_fd, to_fd);
}

static int copy_file(int from_dir, int to_dir, const char *name, const struct stat *st)
{
	_close_fd int from = fs_entry(from_dir, name, O_RDONLY | O_NONBLOCK);
	_close_fd int to = from < 0 ? from : fs_create(to_dir, name, 0600);
	ssize_t n;

	if (to < 0)
		return to;
	do
		n = sendfile(to, from, NULL, 1 << 20);
	while (n > 0);
	return n < 0 ? -errno : copy_meta(from, to, st);
}

static int copy_link(int from_dir, int to_dir, const char *name, const struct stat *st)
{
	char target[4096];
	_close_fd int fd = fs_entry(from_dir, name, O_PATH);
	int r = fd < 0 ? fd : fs_readlink(fd, target, sizeof(target));

	if (r == 0)
		r = fs_symlink(to_dir, name, target, false);
	return r < 0 ? r : fs_chown(to_dir, name, st->st_uid, st->st_gid);
}

static int copy_tree(int from_fd, int to_fd, unsigned depth);

static int copy_subdir(int from_dir, int to_dir, const char *name, unsigned depth)
{
	_close_fd int from = fs_entry(from_dir, name, O_RDONLY | O_DIRECTORY), to = -1;
	int r = from < 0 ? from : fs_mkdir(to_dir, name, 0700);

	if (r < 0)
		return r;
	to = fs_entry(to_dir, name, O_RDONLY | O_DIRECTORY);
	return to < 0 ? to : copy_tree(from, to, depth + 1);
}

static int copy_entry(int from_dir, int to_dir, const char *name, unsigned depth)
{
	struct stat st;
	int r = fs_entry_stat(from_dir, name, &st);

	if (r < 0)
		return r;
	if (S_ISDIR(st.st_mode))
		return copy_subdir(from_dir, to_dir, name, depth);
	if (S_ISREG(st.st_mode))
		return copy_file(from_dir, to_dir, name, &st);
	if (S_ISLNK(st.st_mode))
		return copy_link(from_dir, to_dir, name, &st);
	r = fs_node(to_dir, name, st.st_mode, major(st.st_rdev), minor(st.st_rdev));
	return r < 0 ? r : fs_chown(to_dir, name, st.st_uid, st.st_gid);
}

static int copy_tree(int from_fd, int to_fd, unsigned depth)
{
	_Alignas(struct sys_dirent) char buf[8192];
	struct stat st;
	long n;

	if (depth > DEPTH_MAX)
		return -ELOOP;
	while ((n = sys_getdents64(from_fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < n;) {
			const struct sys_dirent *d = (const void *)(buf + at);
			bool dots = d->name[0] == '.' &&
				    (!d->name[1] || (d->name[1] == '.' && !d->name[2]));
			int r = dots ? 0 : copy_entry(from_fd, to_fd, d->name, depth);

			if (r < 0)
				return r;
			at += d->len;
		}
	}
	if (n < 0 || fstat(from_fd, &st) < 0)
		return -errno;
	return copy_meta(from_fd, to_fd, &st);
}

int copyup_apply(int covered_fd, int mnt_fd, struct err *e)
{
	_close_fd int from = fs_entry(covered_fd, ".", O_RDONLY | O_DIRECTORY);
	_close_fd int to = from < 0 ? from : fs_entry(mnt_fd, ".", O_RDONLY | O_DIRECTORY);
	int r = to < 0 ? to : copy_tree(from, to, 0);

	return r < 0 ? err_code(e, r, ERR_MOUNT, "copy the covered directory into the tmpfs") : 0;
}
