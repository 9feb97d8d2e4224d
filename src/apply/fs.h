/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fs.h - the only resolver of paths in trees that others may write
 *
 * Everything below a container's root is reached by openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
 * relative to an fd of that root, so that no symlink, "..", or rename names anything outside; things
 * inside trees that belong to us (procfs) by RESOLVE_BENEATH | NO_SYMLINKS | NO_MAGICLINKS | NO_XDEV.
 * What is missing is made one component at a time. A path is never checked and then used: the fd that
 * was resolved is what is worked on.
 *
 * Needs Linux 5.6. Usable in the container's first process: allocates nothing.
 */
#ifndef TAPER_APPLY_FS_H
#define TAPER_APPLY_FS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "libocispec/err.h"

/**
 * fs_open() - open an existing path inside a root
 * @flags: of open(2), O_CLOEXEC is added; with O_NOFOLLOW the last component is not followed
 *
 * A racing rename (EAGAIN) is retried 128 times, then refused.
 * Return: the fd, or -errno; no error text, since callers often expect ENOENT
 */
int fs_open(int root_fd, const char *path, uint64_t flags);

enum fs_make { FS_MAKE_DIR, FS_MAKE_FILE };

/**
 * fs_target() - open a mount point, making what is missing
 * @path:     inside the root; symlinks are followed within it, dangling ones too
 * @what:     what to make when it is not there: a directory, or an empty file
 * @nofollow: do not follow a symlink in the last component
 * @ret_fd:   O_PATH
 * @ret_made: true when it was missing; may be NULL
 *
 * Parents are made 0755, files 0644 (no umask applies).
 * Return: 0 or -errno
 */
int fs_target(int root_fd, const char *path, enum fs_make what, bool nofollow, int *ret_fd,
	      bool *ret_made, struct err *e);

/**
 * fs_parent() - open the directory of a path, making what is missing
 * @ret_name: the last component, inside @path
 *
 * Return: 0 or -errno
 */
int fs_parent(int root_fd, const char *path, int *ret_dir_fd, const char **ret_name, struct err *e);

/**
 * fs_node() - make a device node or fifo
 * @dir_fd, @name: where; an existing entry is not touched
 * @mode:          type and permissions, exact (no umask)
 *
 * Return: 0, -EEXIST, -EPERM where the kernel does not allow it, -errno
 */
int fs_node(int dir_fd, const char *name, mode_t mode, unsigned major, unsigned minor);

/* fs_chown() - give an entry to an owner, not following it. Return: 0 or -errno */
int fs_chown(int dir_fd, const char *name, uid_t uid, gid_t gid);

/* fs_chown_fd() - the same for what an O_PATH descriptor stands for. Return: 0 or -errno */
int fs_chown_fd(int fd, uid_t uid, gid_t gid);

/* fs_chmod_fd() - change its mode, by way of a procfs that is ours. Return: 0 or -errno */
int fs_chmod_fd(int proc_fd, int fd, mode_t mode);

/**
 * fs_symlink() - make a symlink
 * @replace: an existing entry that is not a directory is removed first
 *
 * Return: 0 (also when an entry exists and @replace is false), or -errno
 */
int fs_symlink(int dir_fd, const char *name, const char *target, bool replace);

/* fs_readlink() - the target of the symlink behind an O_PATH fd, NUL-terminated. Return: 0 or -errno */
int fs_readlink(int link_fd, char *buf, size_t size);

/* fs_entry() - open an entry of a directory, not following it. Return: the fd, CLOEXEC, or -errno */
int fs_entry(int dir_fd, const char *name, uint64_t flags);

/* fs_entry_stat() - lstat of an entry. Return: 0 or -errno */
int fs_entry_stat(int dir_fd, const char *name, struct stat *ret);

/* fs_create() - make an empty regular file that must not exist. Return: fd (writable) or -errno */
int fs_create(int dir_fd, const char *name, mode_t mode);

/* fs_mkdir() - make a directory that must not exist, exact mode. Return: 0 or -errno */
int fs_mkdir(int dir_fd, const char *name, mode_t mode);

/**
 * fs_beneath() - open a file in a tree of ours (procfs), crossing no mount and following no link
 * Return: the fd, CLOEXEC, or -errno
 */
int fs_beneath(int dir_fd, const char *path, uint64_t flags);

/* fs_namespace() - open a namespace of a process in the host's procfs ("123/ns/user"). Return: fd or -errno */
int fs_namespace(int proc_fd, const char *path);

/* fs_mount_id() - the id of the mount that an fd lies in, as in mountinfo. Return: 0 or -errno */
int fs_mount_id(int fd, uint64_t *ret);

/* fs_is_mount() - is what an fd stands for the root of a mount? */
bool fs_is_mount(int fd);

/* fs_same_mount() - does @path in the root lead to the mount that @mnt_fd is? Return: 1, 0, -errno */
int fs_same_mount(int root_fd, const char *path, bool nofollow, int mnt_fd);

#endif
