/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cg_dir.h - directories and files of cgroup hierarchies
 *
 * The only place that makes, opens and removes them. A hierarchy is entered through its mount point,
 * whose file system type is verified; everything else is relative to that fd and cannot leave it.
 */
#ifndef TAPER_APPLY_CG_DIR_H
#define TAPER_APPLY_CG_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libocispec/err.h"

/**
 * cg_root() - the root of a hierarchy, opened at the first call
 * @mount: its mount point; the string must stay
 * @v2:    what it must be
 *
 * Return: an O_PATH directory fd, CLOEXEC, which is not the caller's; or -errno
 */
int cg_root(const char *mount, bool v2, struct err *e);

/* cg_roots_close() - let go of all roots, in a process that goes into a container */
void cg_roots_close(void);

/**
 * cg_dir_open() - open a cgroup
 * @path: below @root_fd; leading slashes are ignored, "" and "/" are @root_fd itself
 *
 * Return: a directory fd, CLOEXEC, or -errno
 */
int cg_dir_open(int root_fd, const char *path);

/* cg_dir_peek() - open a cgroup by mount point and path, to look only. Return: O_PATH fd or -errno */
int cg_dir_peek(const char *mount, const char *path);

/* cg_dir_make() - mkdir(2) of one level, 0755. Return: 0 or -errno */
int cg_dir_make(int root_fd, const char *path);

/* cg_dir_remove() - rmdir(2). Return: 0 or -errno (-EBUSY: processes or sub-cgroups) */
int cg_dir_remove(int root_fd, const char *path);

/* cg_dir_ino() - the inode number of an open cgroup. Return: 0 or -errno */
int cg_dir_ino(int dir_fd, uint64_t *ret);

/* cg_dir_ino_at() - the same without opening it */
int cg_dir_ino_at(int root_fd, const char *path, uint64_t *ret);

/* cg_dir_parent() - the cgroup above; the caller knows that there is one. Return: directory fd or -errno */
int cg_dir_parent(int dir_fd);

/* cg_dir_writable() - may we make sub-cgroups in it? */
bool cg_dir_writable(int root_fd, const char *path);

/**
 * cg_dir_child() - the name of a sub-cgroup
 * @dir_fd: not an O_PATH fd
 * @ret:    NAME_MAX + 1 bytes
 *
 * Return: 1, 0 there is none, or -errno
 */
int cg_dir_child(int dir_fd, char *ret);

/**
 * cg_dir_each() - call a function for a cgroup and all below it, sub-cgroups first
 * @fn: gets an open directory; a negative answer ends the walk
 *
 * Cgroups that vanish meanwhile are left out.
 * Return: 0, -ELOOP (deeper than 128 levels), what @fn said, -errno
 */
int cg_dir_each(int dir_fd, int (*fn)(int dir_fd, void *arg), void *arg);

/**
 * cg_file_open() - open a file of a cgroup
 * @name:  no slash
 * @flags: O_RDONLY, O_WRONLY
 *
 * Return: the fd, CLOEXEC, or -errno
 */
int cg_file_open(int dir_fd, const char *name, int flags);

/* cg_file_read() - its text, cut to @size - 1 bytes. Return: length or -errno */
int cg_file_read(int dir_fd, const char *name, char *buf, size_t size);

/* cg_text_write() - one write(2), again after EINTR. Return: 0 or -errno */
int cg_text_write(int fd, const char *text, size_t len);

/* cg_file_write() - open, write, close. Return: 0 or -errno */
int cg_file_write(int dir_fd, const char *name, const char *text);

/* cg_file_chown() - give a file of a cgroup to a user. Return: 0 or -errno */
int cg_file_chown(int dir_fd, const char *name, uid_t uid);

/**
 * cg_file_field() - the number behind a key of a flat keyed file ("populated 0\n")
 *
 * Return: 1, 0 no such key, or -errno
 */
int cg_file_field(int dir_fd, const char *name, const char *key, uint64_t *ret);

/**
 * cg_dir_tasks() - the processes or threads of one cgroup
 * @file: "cgroup.procs", "cgroup.threads", "tasks"
 * @max:  more than this are left out
 *
 * A cgroup that is gone has none.
 * Return: 0 or -errno
 */
int cg_dir_tasks(int dir_fd, const char *file, pid_t *ret, size_t max, size_t *ret_n);

/**
 * cg_event_wait() - wait until a key of a v2 cgroup's cgroup.events has a value
 *
 * Return: 1 it has, or the cgroup is gone; 0 time is up; -errno
 */
int cg_event_wait(int dir_fd, const char *key, uint64_t want, int64_t deadline);

/* cg_first_pid() - some process of the cgroup itself. Return: its pid, 0 = none, or -errno */
pid_t cg_first_pid(int dir_fd);

/**
 * cg_someone() - some process of a cgroup or below, for error texts: "1234 (sleep, state D)"
 * @ret, @size: "unknown" when none can be found
 */
void cg_someone(int dir_fd, char *ret, size_t size);

/* cg_pause_us() - the only waiting without an event: between attempts, for at most a few ms */
void cg_pause_us(unsigned us);

#endif
