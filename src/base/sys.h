/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys.h - system calls and constants that the C library may lack
 *
 * The only place that asks whether a constant exists. Every wrapper returns what the call returns,
 * with errno set.
 */
#ifndef TAPER_BASE_SYS_H
#define TAPER_BASE_SYS_H

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif
#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK O_NONBLOCK
#endif

/* struct mount_attr and open_how come from the kernel's headers; <sys/mount.h> must not be included
 * beside <linux/mount.h>, so the two calls of it that are needed are declared here. */
int umount2(const char *target, int flags);
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef UMOUNT_NOFOLLOW
#define UMOUNT_NOFOLLOW 8
#endif

/* Any call, by its number */
static inline long sys_call(int nr, uint64_t first, uint64_t second)
{
	return syscall(nr, first, second, 0, 0, 0, 0);
}

static inline int sys_openat2(int dir_fd, const char *path, const struct open_how *how)
{
	return (int)syscall(SYS_openat2, dir_fd, path, how, sizeof(*how));
}

static inline int sys_open_tree(int dir_fd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir_fd, path, flags);
}

static inline int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	return (int)syscall(SYS_move_mount, from_fd, from, to_fd, to, flags);
}

static inline int sys_fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

static inline int sys_fsconfig(int fs_fd, unsigned cmd, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fs_fd, cmd, key, value, aux);
}

static inline int sys_fsmount(int fs_fd, unsigned flags, unsigned attrs)
{
	return (int)syscall(SYS_fsmount, fs_fd, flags, attrs);
}

static inline int sys_fspick(int dir_fd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_fspick, dir_fd, path, flags);
}

static inline int sys_mount_setattr(int dir_fd, const char *path, unsigned flags, struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dir_fd, path, flags, attr, sizeof(*attr));
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline pid_t sys_clone3(struct clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int sys_pidfd_open(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int sys_pidfd_send_signal(int pid_fd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pid_fd, signal, NULL, 0);
}

/* sched_setattr(2), SCHED_ATTR_SIZE_VER0 */
struct sys_sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static inline int sys_sched_setattr(pid_t pid, const struct sys_sched_attr *attr)
{
	return (int)syscall(SYS_sched_setattr, pid, attr, 0);
}

static inline int sys_ioprio_set(int which, int who, int ioprio)
{
	return (int)syscall(SYS_ioprio_set, which, who, ioprio);
}

static inline int sys_set_mempolicy(int mode, const uint64_t *nodes, unsigned long bits)
{
	return (int)syscall(SYS_set_mempolicy, mode, nodes, bits);
}

static inline int sys_capset(void *header, const void *data)
{
	return (int)syscall(SYS_capset, header, data);
}

/* one entry of getdents64(2) */
struct sys_dirent {
	uint64_t ino;
	int64_t off;
	uint16_t len;
	uint8_t type;
	char name[];
};

static inline long sys_getdents64(int fd, void *buf, size_t size)
{
	return syscall(SYS_getdents64, fd, buf, size);
}

static inline int sys_execveat(int dir_fd, const char *path, char *const argv[], char *const envp[], int flags)
{
	return (int)syscall(SYS_execveat, dir_fd, path, argv, envp, flags);
}

static inline int sys_capget(void *header, void *data)
{
	return (int)syscall(SYS_capget, header, data);
}

static inline int sys_seccomp(unsigned op, unsigned flags, const void *args)
{
	return (int)syscall(SYS_seccomp, op, flags, args);
}

union bpf_attr;

static inline int sys_bpf(int cmd, union bpf_attr *attr, unsigned size)
{
	return (int)syscall(SYS_bpf, cmd, attr, size);
}

static inline long sys_keyctl(int op, unsigned long a, unsigned long b, unsigned long c)
{
	return syscall(SYS_keyctl, op, a, b, c);
}

/* sys_exit() - end the process without the C library's exit handlers: in a child that shares our memory */
static inline void sys_exit(int status)
{
	syscall(SYS_exit_group, status);
}

#endif
