// SPDX-License-Identifier: LGPL-2.1-or-later
/* mount.c - mounts that are finished before anyone can see them */
#include "apply/mount.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/fs.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

/* Superblock flags as fsconfig() knows them: set and cleared by name (kernel fs_context.c). */
static const struct {
	unsigned long flag;
	const char *set, *clear;
} sb_flags[] = {
	{ MS_RDONLY, "ro", "rw" },	   { MS_SYNCHRONOUS, "sync", "async" },
	{ MS_DIRSYNC, "dirsync", NULL },   { MS_LAZYTIME, "lazytime", "nolazytime" },
	{ MS_MANDLOCK, "mand", "nomand" },
};

/* The last line that the file system wrote about its parameters, "" if none (fsopen(2)). */
static void fs_words(int fs_fd, char *buf, size_t size)
{
	ssize_t n;

	buf[0] = '\0';
	while ((n = read(fs_fd, buf, size - 1)) > 0) {
		buf[n] = '\0';
		buf[strcspn(buf, "\n")] = '\0';
	}
}

static int fs_error(int fs_fd, struct err *e, const char *type, const char *what)
{
	int code = -errno;
	char words[160];

	fs_words(fs_fd, words, sizeof(words));
	/* "e tmpfs: Bad value for 'size'": the first letter is the severity */
	return err_code(e, code, ERR_MOUNT, "%s %s%s%s", what, type, words[0] ? ": " : "",
			words[0] && words[1] == ' ' ? words + 2 : words);
}

static int fs_flags(int fs_fd, const char *type, const struct mount_opts *o, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(sb_flags); i++) {
		const char *name = NULL;

		if (o->sb_set & sb_flags[i].flag)
			name = sb_flags[i].set;
		else if (o->sb_clr & sb_flags[i].flag)
			name = sb_flags[i].clear;
		if (name && sys_fsconfig(fs_fd, FSCONFIG_SET_FLAG, name, NULL, 0) < 0)
			return fs_error(fs_fd, e, type, "set flags of");
	}
	return 0;
}

static int fs_data(int fs_fd, const char *type, const struct mount_opts *o, struct err *e)
{
	char what[160];

	for (size_t i = 0; i < o->data.n; i++) {
		const struct kv *kv = &o->data.v[i];
		int r = kv->value ? sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, kv->key, kv->value, 0)
				  : sys_fsconfig(fs_fd, FSCONFIG_SET_FLAG, kv->key, NULL, 0);

		if (r < 0) {
			snprintf(what, sizeof(what), "set the option %s%s%s of", kv->key,
				 kv->value ? "=" : "", kv->value ? kv->value : "");
			return fs_error(fs_fd, e, type, what);
		}
	}
	return 0;
}

static int fs_id(int fs_fd, const char *key, unsigned value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	return sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, key, text, 0);
}

/* An owner that the user namespace does not have (EINVAL) cannot own it: it is root's then, as usual. */
static int fs_like(int fs_fd, const char *type, const struct stat *like, struct err *e)
{
	char mode[8];

	snprintf(mode, sizeof(mode), "%o", like->st_mode & 07777);
	if (sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, "mode", mode, 0) < 0)
		return fs_error(fs_fd, e, type, "set the mode of");
	if (like->st_uid && fs_id(fs_fd, "uid", like->st_uid) < 0 && errno != EINVAL)
		return fs_error(fs_fd, e, type, "set the owner of");
	if (like->st_gid && fs_id(fs_fd, "gid", like->st_gid) < 0 && errno != EINVAL)
		return fs_error(fs_fd, e, type, "set the group of");
	return 0;
}

int mount_new(const char *type, const char *source, const struct mount_opts *opts, const struct stat *like,
	      int *ret_fd, struct err *e)
{
	_close_fd int fs_fd = sys_fsopen(type, FSOPEN_CLOEXEC);
	int fd, r;

	if (fs_fd < 0)
		return errno == ENODEV
			       ? err_set(e, -ENODEV, ERR_MOUNT_FS,
					 "unknown file system type \"%s\"", type)
			       : err_sys(e, ERR_MOUNT, "open the file system type %s", type);
	if (source && *source && sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return fs_error(fs_fd, e, type, "set the source of");
	r = fs_flags(fs_fd, type, opts, e);
	if (r == 0 && like)
		r = fs_like(fs_fd, type, like, e);
	if (r == 0)
		r = fs_data(fs_fd, type, opts, e);
	if (r < 0)
		return r;
	if (sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_error(fs_fd, e, type, "make");
	fd = sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, (unsigned)opts->attr_set);
	if (fd < 0)
		return fs_error(fs_fd, e, type, "mount");
	*ret_fd = fd;
	return 0;
}

int mount_clone(int dir_fd, const char *path, unsigned flags)
{
	int fd = sys_open_tree(dir_fd, path, flags | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int setattr(int mnt_fd, struct mount_attr *attr, bool recursive)
{
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	return sys_mount_setattr(mnt_fd, "", flags, attr) < 0 ? -errno : 0;
}

int mount_propagation(int mnt_fd, unsigned long propagation)
{
	struct mount_attr attr = { .propagation = propagation & ~(unsigned long)MS_REC };

	return setattr(mnt_fd, &attr, propagation & MS_REC);
}

int mount_idmap(int mnt_fd, int userns_fd, bool recursive)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)userns_fd };

	return setattr(mnt_fd, &attr, recursive);
}

int mount_noexec(int mnt_fd)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOEXEC };

	return setattr(mnt_fd, &attr, false);
}

int mount_readonly(int mnt_fd, bool recursive)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	return setattr(mnt_fd, &attr, recursive);
}

int mount_tune(int mnt_fd, const struct mount_opts *opts, struct err *e)
{
	struct mount_attr own = {
		.attr_set = opts->attr_set, .attr_clr = opts->attr_clr,
		.propagation = opts->propagation_rec ? 0 : opts->propagation,
	};
	struct mount_attr rec = { .attr_set = opts->rec_set, .attr_clr = opts->rec_clr };
	int r = 0;

	if (own.attr_set || own.attr_clr || own.propagation)
		r = setattr(mnt_fd, &own, false);
	if (r == 0 && (rec.attr_set || rec.attr_clr))
		r = setattr(mnt_fd, &rec, true);
	if (r == -EPERM)
		return err_code(
			e, r, ERR_MOUNT,
			"set mount flags (a flag that the options clear is locked by the host)");
	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "set mount flags");
	if (opts->propagation && opts->propagation_rec) {
		r = mount_propagation(mnt_fd, opts->propagation | MS_REC);
		if (r < 0)
			return err_code(e, r, ERR_MOUNT, "set the propagation");
	}
	return 0;
}

int mount_onto(int mnt_fd, int target_fd)
{
	const unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

	return sys_move_mount(mnt_fd, "", target_fd, "", flags) < 0 ? -errno : 0;
}

int mount_move(int mnt_fd, int target_fd, const char *name, struct err *e)
{
	int r = mount_onto(mnt_fd, target_fd);

	return r < 0 ? err_code(e, r, ERR_MOUNT, "attach the mount at %s", name) : 0;
}

int mount_move_in(int mnt_fd, int dir_fd, const char *name, struct err *e)
{
	/* without MOVE_MOUNT_T_SYMLINKS a link is not followed */
	if (sys_move_mount(mnt_fd, "", dir_fd, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(e, ERR_MOUNT, "attach the mount at %s", name);
	return 0;
}

int mount_attach(int mnt_fd, int root_fd, const char *dst, bool nofollow, int target_fd,
		 struct err *e)
{
	int r = mount_move(mnt_fd, target_fd, dst, e);

	if (r < 0)
		return r;
	r = fs_same_mount(root_fd, dst, nofollow, mnt_fd);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "verify the mount at %s", dst);
	if (r == 0)
		return err_set(
			e, -EAGAIN, ERR_MOUNT,
			"%s does not lead to what was just mounted there: somebody changed the path",
			dst);
	return 0;
}

int mount_remount(int target_fd, const struct mount_opts *opts, struct err *e)
{
	_close_fd int fs_fd = -1;

	if (!opts->bind && (opts->data.n || opts->sb_set || opts->sb_clr)) {
		int r;

		fs_fd = sys_fspick(target_fd, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
		if (fs_fd < 0)
			return err_sys(e, ERR_MOUNT, "open the file system to remount");
		r = fs_flags(fs_fd, "the mounted file system", opts, e);
		if (r == 0)
			r = fs_data(fs_fd, "the mounted file system", opts, e);
		if (r < 0)
			return r;
		if (sys_fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
			return fs_error(fs_fd, e, "the file system", "remount");
	}
	return mount_tune(target_fd, opts, e);
}
