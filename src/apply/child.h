/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * child.h - what the container's first process has in its hands (private to apply/)
 *
 * Filled by the parent before clone3() and inherited by it. The plan behind it is shared by fork and
 * never changes; this struct owns only fds. Nothing here allocates.
 */
#ifndef TAPER_APPLY_CHILD_H
#define TAPER_APPLY_CHILD_H

#include "apply/hooks.h"
#include "apply/seccomp.h"
#include "apply/sync.h"
#include "base/codes.h"
#include "plan/plan.h"

struct child {
	const struct plan *plan;
	const struct facts *facts;
	struct sync sync;
	uint64_t ignored; /* signals that the caller ignores: bit n - 1 for signal n */
	int host_proc_fd; /* the host's procfs; closed with the old root */
	int root_fd;	  /* O_PATH: "/" of the container */
	int proc_fd;	  /* our procfs for the container's pid namespace: its mount, not a path */
	bool proc_shown;  /* it is what the container has at /proc */
	int devpts_fd;	  /* the mount at /dev/pts when it is ours */
	int dir_fd;	  /* where the last node or link was made; -1 = look again */
	const char *dir_of; /* the path that it is the directory of */
	int mask_fd;	  /* tmpfs with an empty file "f" and an empty directory "d" */
	bool mask_attached;	/* it lies on top of "/" for the moment */
	bool mask_placed;	/* it lies where it can stay */
	struct strv revealing;	/* without pivot_root(2): where the host has procfs and sysfs */
	int *src_fd;		/* detached sources, one per plan->fs element; -1 = none */
	int *idmap_fd;               /* user namespaces of idmapped mounts, one per plan->fs element; -1 = none */
	bool src_by_parent;	/* the parent, with the host's rights, has opened them */
	int cg_fd[CG_HIER_MAX]; /* detached trees of the container's own cgroups, by hierarchy */
	bool granted;		/* GRANTED has come */
	struct fs_op notify_op; /* FS_BIND of the notify socket's directory; dst NULL = none */
	int notify_fd;		/* its source */
	int ns_fd[NS__MAX];	/* namespaces to join */
	int offsets_fd;		/* this process's timens_offsets; -1 = nothing to set */
	bool exe_needed;	/* our own binary must be put out of reach */
	int exe_tree_fd;	/* the clone of its mount */
	int exe_fd;		/* read-only clone of our own binary; -1 = open it by exe_path */
	const char *exe_path;
	int listen_fd;			     /* start.sock */
	int lock_fd;			     /* start.lock, held until execve */
	bool joins;			     /* exec: not the container's first process */
	int target_fd;			     /* exec: pidfd of that one */
	int into_fd;			     /* exec: v2 cgroup to be born in; -1 = none */
	bool is_inside;			     /* exec: born there */
	int master_fd;			     /* of the container's terminal */
	const struct seccomp_filter *filter; /* NULL = none */
	int status_fd;			     /* own status in procfs, -1 = by proc_fd */
	struct hook_state hook_state[HOOK__MAX]; /* input of each kind of hooks */
	size_t n_spare_env;   /* how many spare slots of envp are used */
	char home[4096 + 8];  /* "HOME=..." */
	char listen_pid[24];  /* "LISTEN_PID=..." */
	char exec_path[4096]; /* the program, found */
};

#define GRANT_TICKETS 32 /* GRANTED, value: the first bit of those that tell of tickets */

#define GRANT_DELEGATE 62 /* and the bit of the ticket to the delegated cgroup, the last of them */

/* child_grant() - wait for GRANTED unless it has come, then enter the cgroups and their namespace */
int child_grant(struct child *c, struct err *e);

/**
 * rootfs_acquire() - open what the mounts need from the host, before the old root is gone
 *
 * By the parent when a user namespace would deny it to the child, else by the child itself.
 */
int rootfs_acquire(const struct plan *plan, int *src_fd, struct err *e);

/* rootfs_early() - make the file systems that a user namespace may have only before the pivot */
int rootfs_early(struct child *c, struct err *e);

/**
 * rootfs_make() - make the new file systems of a plan that is not a whole container, detached
 * @of_host: those of devices and directories of the host; else all others
 */
int rootfs_make(struct child *c, bool of_host, struct err *e);

/* rootfs_idmap() - give a detached mount its id mapping, if it is to have one */
int rootfs_idmap(const struct fs_op *op, int mnt_fd, int *userns_fd, struct err *e);

/* rootfs_open() - clone root.path with all that is mounted there, detached. Return: 0 or -errno */
int rootfs_open(struct child *c, struct err *e);

/**
 * rootfs_enter() - part the mount namespace from the host's, rootfs_early(), make the container's root the anchor
 * of the mount namespace, and pivot unless late
 */
int rootfs_enter(struct child *c, struct err *e);

/* rootfs_pivot() - leave the host's root behind for good */
int rootfs_pivot(struct child *c, struct err *e);

/* rootfs_apply() - carry out file system operations in order */
int rootfs_apply(struct child *c, const struct fs_op *ops, size_t n, struct err *e);

/**
 * rootfs_dir() - the directory that a node or link is to be made in, making what is missing
 *
 * Nodes of one directory (/dev) that follow each other find it once. A mount in between ends that.
 * Return: the fd, owned by @c, or -errno
 */
int rootfs_dir(struct child *c, const char *path, const char **ret_name, struct err *e);

/**
 * rootfs_part() - what is mounted on a mount or below it from here on does not reach the host
 *
 * A clone is of the peer group that its source is of, and what is mounted on one of these shows on all of them
 * (mount_namespaces(7)). So each clone of a mount of the host's namespace is parted, and all mounts of our own
 * namespace. With a rootfsPropagation of shared they stay peers: that is what it is for.
 */
int rootfs_part(const struct plan *plan, int mnt_fd, struct err *e);

/**
 * rootfs_part_sources() - the same for what rootfs_acquire() has cloned
 * @keep_shared: not for a bind whose own option is shared: it is to stay a peer of its source
 */
int rootfs_part_sources(const struct plan *plan, const int *src_fd, bool keep_shared, struct err *e);

/* rootfs_part_all() - the same for all mounts of our mount namespace, which is new */
int rootfs_part_all(const struct plan *plan, struct err *e);

/* rootfs_bind() - one more bind mount, which no plan has. @src_fd: as opened by rootfs_source() */
int rootfs_bind(struct child *c, const struct fs_op *op, int src_fd, struct err *e);
int rootfs_source(const struct fs_op *op, int *ret_fd, struct err *e);

/* devices.c, mask.c, cgmount.c: one kind of operation each */
int device_make(struct child *c, const struct fs_op *op, int src_fd, struct err *e);
int mask_apply(struct child *c, const struct fs_op *op, struct err *e);
/* mask_make() - the mask itself, detached: c->mask_fd */
int mask_make(struct child *c, struct err *e);
int mask_done(struct child *c, struct err *e);
int readonly_apply(struct child *c, const struct fs_op *op, struct err *e);
int cgmount_apply(struct child *c, const struct fs_op *op, struct err *e);
int copyup_apply(int covered_fd, int mnt_fd, struct err *e);

/* console_make() - make the terminal, /dev/console (not for exec), and leave the slave as fds 0 to 2 */
int console_make(struct child *c, struct err *e);

/* stdio_settle() - without a terminal: the container's own /dev/null, pipes that its user may open */
int stdio_settle(struct child *c, struct err *e);

/* procfs.c: the private procfs (security: D4) */
int procfs_open(struct child *c, struct err *e);
int procfs_write(int proc_fd, const char *file, const char *value, size_t len);
int procfs_write_self(int proc_fd, const char *file, const char *value);
/* procfs_self() - open a file of the calling process ("attr/exec"), in a procfs of any pid namespace that has
 * it. Return: the fd, CLOEXEC, or -errno */
int procfs_self(int proc_fd, const char *file, uint64_t flags);
int sysctl_apply(struct child *c, struct err *e);

/* creds.c: what the process becomes */
int creds_become_root(struct err *e);
int creds_limits(const struct process_plan *p, struct err *e);
/* creds_raise() - raise the hard limits of a process (0 = this one) where they are below what it will set */
int creds_raise(const struct process_plan *p, pid_t pid, struct err *e);
/* creds_oom_score() - the same for oom_score_adj; @pid: as @proc_fd has it */
int creds_oom_score(const struct process_plan *p, int proc_fd, pid_t pid, struct err *e);
/* creds_all_cpus() - may run on every CPU of the cgroup, whatever the caller of taper was pinned to. Once inside. */
void creds_all_cpus(void);
int creds_attributes(const struct process_plan *p, struct err *e);
int creds_switch(struct child *c, struct err *e);
/* cwd_make() - make process.cwd where it is missing, before anything becomes read-only */
int cwd_make(struct child *c, struct err *e);
/* lsm.c: the program's label and profile, from the next execve on */
int lsm_apply(struct child *c, struct err *e);
/* lsm_keyring() - keyring_join() with the keyring labelled like the program */
int lsm_keyring(struct child *c, struct err *e);
/* lsm_label_mount() - label the root of a new mount (linux.mountLabel where no mount option does it) */
int lsm_label_mount(int mnt_fd, const char *label, struct err *e);

/* exec.c: find the program, and become it */
int exec_find(struct child *c, struct err *e);
int exec_environment(struct child *c, struct err *e);
int exec_become(struct child *c, struct err *e);

/* init.c: the whole life of the container's first process. Never returns. */
_Noreturn void init_main(struct child *c);

/* join.c: that of a process of exec */
_Noreturn void join_main(struct child *c);

/* ---- stages.c: what both lives are made of ---- */

/* child_arm() - die with the parent, from now on; to be repeated after each change of credentials */
int child_arm(const struct child *c, struct err *e);

/* child_hide() - be untraceable, until the execve */
int child_hide(struct err *e);

/* child_signals() - what the caller has ignored or blocked is none of the container's business (P-20) */
void child_signals(uint64_t ignored);

/**
 * child_fork() - go on in a child of our parent, so that this can wait for it; the present process tells
 * the parent of it (ENTERED) and ends
 * @flags: CLONE_NEW*
 */
int child_fork(struct child *c, uint64_t flags, struct err *e);

/* child_session() - a session of its own, with the container's keyring */
int child_session(struct child *c, struct err *e);

/**
 * child_keep_only() - close all fds but the first three, those for the program, and these
 * @fds, @n: in any order; -1 = none
 */
int child_keep_only(struct child *c, const int *fds, size_t n, struct err *e);

/* child_protect() - put our own binary out of reach, if need be and not done yet */
int child_protect(struct child *c, struct err *e);

/* child_become() - the last stage: give up rights, step by step, and execute the program */
int child_become(struct child *c, struct err *e);

/* child_disarm() - live on without the parent */
int child_disarm(struct err *e);

typedef int child_stage(struct child *c, struct err *e);

/* child_live() - run the stages, and tell the parent of a failure. Never returns. */
_Noreturn void child_live(struct child *c, child_stage *const stages[STAGE__MAX]);

#endif
