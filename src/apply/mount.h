/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount.h - mounts that are finished before anyone can see them
 *
 * A mount is made detached (fsopen/fsmount, or open_tree(OPEN_TREE_CLONE)), gets all its attributes
 * while it has no place, and is then moved onto an fd of its target. Afterwards a fresh resolve of the
 * target must lead to that mount. mount(2) with a path below a container's root is never called.
 * Needs Linux 5.12 (mount_setattr).
 */
#ifndef TAPER_APPLY_MOUNT_H
#define TAPER_APPLY_MOUNT_H

#include <sys/stat.h>

#include "plan/plan.h"

/**
 * mount_new() - a new file system, detached
 * @like: a tmpfs begins with this mode and owner, which options change; NULL = with the kernel's
 *
 * The error carries the file system's own words where the kernel gives any (fsopen's message log).
 * Return: 0 or -errno
 */
int mount_new(const char *type, const char *source, const struct mount_opts *opts, const struct stat *like,
	      int *ret_fd, struct err *e);

/**
 * mount_clone() - a detached copy of a tree
 * @flags: AT_RECURSIVE, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH
 *
 * Return: the fd or -errno
 */
int mount_clone(int dir_fd, const char *path, unsigned flags);

/**
 * mount_tune() - apply attributes and propagation to a detached mount
 *
 * Return: 0 or -errno; -EPERM tells that a flag is locked by the mount's owner
 */
int mount_tune(int mnt_fd, const struct mount_opts *opts, struct err *e);

/* mount_propagation() - MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, with MS_REC for what lies below, too.
 * Return: 0 or -errno */
int mount_propagation(int mnt_fd, unsigned long propagation);

/* mount_idmap() - show ids through the maps of a user namespace (MOUNT_ATTR_IDMAP). Return: 0 or -errno */
int mount_idmap(int mnt_fd, int userns_fd, bool recursive);

/* mount_noexec() - nothing can be executed on it any more. Return: 0 or -errno */
int mount_noexec(int mnt_fd);

/* mount_readonly() - set read-only, other flags stay. Return: 0 or -errno */
int mount_readonly(int mnt_fd, bool recursive);

/* mount_onto() - put a detached mount on a target. Return: 0 or -errno */
int mount_onto(int mnt_fd, int target_fd);

/* mount_move() - put a detached mount on a target that only we can reach. @name: for errors. Return: 0 or -errno */
int mount_move(int mnt_fd, int target_fd, const char *name, struct err *e);

/* mount_move_in() - the same, on an entry of a directory that only we can reach. @name: no slash. Return: 0 or
 * -errno */
int mount_move_in(int mnt_fd, int dir_fd, const char *name, struct err *e);

/**
 * mount_attach() - put a detached mount on its target and verify that it is there
 * @dst:       the target's path in the root, for the verification
 * @target_fd: the same, resolved
 *
 * Return: 0 or -errno; -EAGAIN: somebody exchanged the target meanwhile
 */
int mount_attach(int mnt_fd, int root_fd, const char *dst, bool nofollow, int target_fd,
		 struct err *e);

/* mount_remount() - change flags and options of the mount at an fd. Return: 0 or -errno */
int mount_remount(int target_fd, const struct mount_opts *opts, struct err *e);

#endif
