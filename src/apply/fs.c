// SPDX-License-Identifier: LGPL-2.1-or-later
/* fs.c - the only resolver of paths in trees that others may write */
#include "apply/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"

#define RACES_MAX 128
#define LINKS_MAX 40 /* as the kernel's MAXSYMLINKS */

static int open_how(int dir_fd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };

	for (int i = 0; i < RACES_MAX; i++) {
		int fd = sys_openat2(dir_fd, path, &how);

		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

int fs_open(int root_fd, const char *path, uint64_t flags)
{
#ifdef WEAKEN_PATHS
	return open_how(root_fd, path[strspn(path, "/")] ? path + strspn(path, "/") : ".", flags, 0);
#endif
	return open_how(root_fd, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int fs_beneath(int dir_fd, const char *path, uint64_t flags)
{
	return open_how(dir_fd, path, flags,
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
				RESOLVE_NO_XDEV);
}

int fs_readlink(int link_fd, char *buf, size_t size)
{
	ssize_t n = readlinkat(link_fd, "", buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

int fs_entry(int dir_fd, const char *name, uint64_t flags)
{
	return open_how(dir_fd, name, flags | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

int fs_entry_stat(int dir_fd, const char *name, struct stat *ret)
{
	return fstatat(dir_fd, name, ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int fs_namespace(int proc_fd, const char *path)
{
	/* the last component is a magic link, which is what is wanted */
	int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* One walk that makes what is missing. */
struct walk {
	int root_fd;
	char path[PATH_MAX];
	enum fs_make what;
	bool nofollow;
	bool made;
	unsigned links;
};

/* Put the target of the symlink behind @link_fd in place of the first @len bytes of the path. */
static int walk_splice(struct walk *w, int link_fd, size_t len)
{
	char target[PATH_MAX], joined[PATH_MAX];
	size_t dir = len;
	int total, r = fs_readlink(link_fd, target, sizeof(target));

	if (r < 0)
		return r;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	while (dir > 0 && w->path[dir - 1] != '/')
		dir--;
	total = snprintf(joined, sizeof(joined), "%.*s%s%s", target[0] == '/' ? 0 : (int)dir,
			 w->path, target, w->path + len);
	if (total < 0 || (size_t)total >= sizeof(joined))
		return -ENAMETOOLONG;
	memcpy(w->path, joined, (size_t)total + 1);
	return 0;
}

static int walk_make(struct walk *w, int dir_fd, const char *name, bool last)
{
	int fd;

	w->made = true;
	if (!last || w->what == FS_MAKE_DIR)
		return fs_mkdir(dir_fd, name, 0755);
	fd = fs_create(dir_fd, name, 0644);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/*
 * Look at the component that ends at @end, make it when it is missing.
 * Return: 0 it is there, 1 it was a symlink and the path has changed, -errno
 */
static int walk_component(struct walk *w, size_t start, size_t end, bool last)
{
	char name[NAME_MAX + 1], saved = w->path[end];
	_close_fd int fd = -1, dir_fd = -1;
	struct stat st;
	int r;

	if (end - start > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, w->path + start, end - start);
	name[end - start] = '\0';
	w->path[end] = '\0';
	fd = fs_open(w->root_fd, w->path, O_PATH | O_NOFOLLOW);
	w->path[end] = saved;
	if (fd == -ENOENT) {
		char first = w->path[start];

		w->path[start] = '\0';
		dir_fd = fs_open(w->root_fd, start ? w->path : ".", O_PATH | O_DIRECTORY);
		w->path[start] = first;
		if (dir_fd < 0)
			return dir_fd;
		r = walk_make(w, dir_fd, name, last);
		return r == -EEXIST ? 0 : r;
	}
	if (fd < 0)
		return fd;
	if (last && w->nofollow)
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return 0;
	r = walk_splice(w, fd, end);
	return r < 0 ? r : 1;
}

static int walk_run(struct walk *w)
{
	size_t start = 0;

	for (;;) {
		size_t end;
		int r;

		while (w->path[start] == '/')
			start++;
		if (!w->path[start])
			return 0;
		end = start + strcspn(w->path + start, "/");
		r = walk_component(w, start, end,
				   w->path[end + strspn(w->path + end, "/")] == '\0');
		if (r < 0)
			return r;
		start = r == 1 ? 0 : end;
	}
}

/*
 * The common case, without looking at each component: only the last one is missing, and it is no
 * dangling symlink. Return: 0 made, -EEXIST and -ENOENT when it is not that case, -errno
 */
static int make_last(int root_fd, const char *path, enum fs_make what)
{
	const char *name = strrchr(path, '/');
	_close_fd int dir_fd = -1, file_fd = -1;
	char dir[PATH_MAX];

	if (!name || !name[1] || (size_t)(name - path) >= sizeof(dir))
		return -ENOENT;
	memcpy(dir, path, (size_t)(name - path));
	dir[name - path] = '\0';
	dir_fd = fs_open(root_fd, dir[0] ? dir : ".", O_PATH | O_DIRECTORY);
	if (dir_fd < 0)
		return dir_fd;
	if (what == FS_MAKE_DIR)
		return fs_mkdir(dir_fd, name + 1, 0755);
	file_fd = fs_create(dir_fd, name + 1, 0644);
	return file_fd < 0 ? file_fd : 0;
}

/* Every component, with its own symlinks. Return: the fd, or -errno with a text */
static int make_all(int root_fd, const char *path, enum fs_make what, uint64_t flags, bool *ret_made,
		    struct err *e)
{
	struct walk w = { .root_fd = root_fd, .what = what, .nofollow = flags & O_NOFOLLOW };
	int r;

	if (strlen(path) >= sizeof(w.path))
		return err_code(e, -ENAMETOOLONG, ERR_MOUNT_TARGET, "make %s", path);
	memcpy(w.path, path, strlen(path) + 1);
	r = walk_run(&w);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT_TARGET, "make the mount point %s", path);
	*ret_made = *ret_made || w.made;
	r = fs_open(root_fd, w.path, flags);
	return r < 0 ? err_code(e, r, ERR_MOUNT_TARGET, "open the mount point %s", path) : r;
}

int fs_target(int root_fd, const char *path, enum fs_make what, bool nofollow, int *ret_fd,
	      bool *ret_made, struct err *e)
{
	uint64_t flags = O_PATH | (nofollow ? O_NOFOLLOW : 0);
	int fd = fs_open(root_fd, path, flags);
	bool made = false;

	if (fd == -ENOENT && make_last(root_fd, path, what) == 0) {
		made = true;
		fd = fs_open(root_fd, path, flags);
	}
	if (fd == -ENOENT) {
		fd = make_all(root_fd, path, what, flags, &made, e);
		if (fd < 0)
			return fd;
	}
	if (fd < 0)
		return err_code(e, fd, ERR_MOUNT_TARGET, "open the mount point %s", path);
	*ret_fd = fd;
	if (ret_made)
		*ret_made = made;
	return 0;
}

int fs_parent(int root_fd, const char *path, int *ret_dir_fd, const char **ret_name, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];

	if (!slash || !slash[1] || (size_t)(slash - path) >= sizeof(dir))
		return err_set(e, -EINVAL, ERR_PATH, "%s is not a path of a file", path);
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = '\0';
	*ret_name = slash + 1;
	return fs_target(root_fd, dir[0] ? dir : "/", FS_MAKE_DIR, false, ret_dir_fd, NULL, e);
}

/* mknodat(), mkdirat() and the like apply the umask; the first process runs with 0. */
int fs_node(int dir_fd, const char *name, mode_t mode, unsigned major, unsigned minor)
{
	return mknodat(dir_fd, name, mode, makedev(major, minor)) < 0 ? -errno : 0;
}

int fs_chown(int dir_fd, const char *name, uid_t uid, gid_t gid)
{
	return fchownat(dir_fd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int fs_chown_fd(int fd, uid_t uid, gid_t gid)
{
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int fs_chmod_fd(int proc_fd, int fd, mode_t mode)
{
	char path[32];

	snprintf(path, sizeof(path), "self/fd/%d", fd);
	return fchmodat(proc_fd, path, mode, 0) < 0 ? -errno : 0;
}

int fs_mkdir(int dir_fd, const char *name, mode_t mode)
{
	return mkdirat(dir_fd, name, mode) < 0 ? -errno : 0;
}

int fs_create(int dir_fd, const char *name, mode_t mode)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	return fd < 0 ? -errno : fd;
}

int fs_symlink(int dir_fd, const char *name, const char *target, bool replace)
{
	for (int i = 0; i < 2; i++) {
		if (symlinkat(target, dir_fd, name) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
		if (!replace)
			return 0;
		if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
			return -errno;
	}
	return -EEXIST;
}

static int mount_id(int dir_fd, const char *path, int flags, uint64_t *ret)
{
	struct statx sx;

	if (statx(dir_fd, path, flags | AT_NO_AUTOMOUNT, STATX_MNT_ID, &sx) < 0)
		return -errno;
	/* before Linux 5.8 there is no mount id: device and inode have to do */
	*ret = sx.stx_mask & STATX_MNT_ID ? sx.stx_mnt_id : sx.stx_ino;
	return 0;
}

int fs_mount_id(int fd, uint64_t *ret)
{
	return mount_id(fd, "", AT_EMPTY_PATH, ret);
}

bool fs_is_mount(int fd)
{
	struct statx sx;

	return statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &sx) == 0 &&
	       sx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

int fs_same_mount(int root_fd, const char *path, bool nofollow, int mnt_fd)
{
	_close_fd int fd = -1;
	uint64_t want = 0, got = 0;
	int r = mount_id(mnt_fd, "", AT_EMPTY_PATH, &want);

	if (r < 0)
		return r;
	/* The short way may leave the root over a symlink, but then it does not end at this very mount. */
	if (path[0] == '/' && path[1] &&
	    mount_id(root_fd, path + 1, nofollow ? AT_SYMLINK_NOFOLLOW : 0, &got) == 0 &&
	    got == want)
		return 1;
	fd = fs_open(root_fd, path, O_PATH | (nofollow ? O_NOFOLLOW : 0));
	if (fd < 0)
		return fd;
	r = mount_id(fd, "", AT_EMPTY_PATH, &got);
	return r < 0 ? r : got == want;
}
