/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * create.h - make, start, signal and remove containers: what cmd/ calls
 */
#ifndef TAPER_APPLY_CREATE_H
#define TAPER_APPLY_CREATE_H

#include "apply/cg_blame.h"
#include "plan/plan.h"
#include "state/store.h"

#define UNDO_MS 20000 /* for undoing what was not done in the time of the whole call */

struct create_args {
	const struct plan *plan;
	const struct facts *facts;
	const char *config; /* text of config.json, kept in the container's directory */
	size_t config_len;
	const char *pid_file; /* NULL = none; so are the next two */
	const char *console_socket;
	const char *pidfd_socket;
	const char *notify_socket; /* NOTIFY_SOCKET of the caller */
	bool start;		   /* run: execute the program as well */
	bool foreground;	   /* run without --detach: keep the terminal's master */
	bool transient;		   /* the caller deletes it when it has ended */
	void (*warn)(
		const char *text); /* for messages of the container's first process; may be NULL */
};

struct created {
	pid_t pid;
	int pid_fd;
	int master_fd; /* the terminal's master when foreground, else -1 */
	struct cg_strikes strikes; /* exec: what limits of the container had done before */
};
#define CREATED_INIT                                                                               \
	{                                                                                          \
		.pid_fd = -1, .master_fd = -1                                                      \
	}

/**
 * container_create() - create, and with args->start start, a container
 * @ret: fds are the caller's
 *
 * On failure nothing of the container is left: no process, mount, cgroup or record.
 * Return: 0 or -errno
 */
int container_create(struct store *s, struct arena *a, const struct create_args *args,
		     struct created *ret, struct err *e);

/**
 * container_start() - let a created container execute its program
 * @c: opened with the lock held
 *
 * Returns after the execve: a failing startContainer hook or execve is the error of this call.
 * Return: 0 or -errno
 */
int container_start(struct store *s, struct arena *a, struct container *c, struct err *e);

/* container_can_exec() - is it in a status for exec? Return: 0, or -errno with a text */
int container_can_exec(const struct container *c, struct err *e);

/**
 * container_exec() - execute one more program in a running container
 * @c:    opened, as container_can_exec() wants it. No lock is needed: a delete at the same time either kills
 *        the new process or is noticed
 * @args: plan of plan_exec(), foreground, and who gets what; .start is true
 * @ignore_paused: go on in a paused container: then this returns when it is resumed
 * @ret:  of the new process, which is our child; fds are the caller's
 *
 * Returns after the execve: a failing one is the error of this call. On failure there is no process.
 * Return: 0 or -errno
 */
int container_exec(struct store *s, struct arena *a, struct container *c, const struct create_args *args,
		   bool ignore_paused, struct created *ret, struct err *e);

/**
 * container_kill() - send a signal to the first process, or to all
 * @c:   opened
 * @all: every process of the cgroup
 *
 * Texts for a dead one: "container not running".
 * Return: 0 or -errno
 */
int container_kill(struct store *s, struct container *c, int signal, bool all, struct err *e);

/**
 * container_pause() - freeze all processes, or none
 * @c:        opened with the lock held
 * @limit_ms: deadline; then the error names who did not stop
 *
 * Return: 0 or -errno (-EALREADY: it is paused)
 */
int container_pause(struct container *c, int limit_ms, struct err *e);

/* container_resume() - let them go on. Return: 0 or -errno */
int container_resume(struct container *c, struct err *e);

/* What is added to a container. */
struct added_args {
	const struct plan *plan;     /* of plan_added() */
	const struct facts *facts;
};
#define ADDED_MAX 64                 /* mounts of one call */

/**
 * container_mounts() - the mounts that were added and are still there
 * @c: opened
 *
 * Return: 0 or -errno
 */
int container_mounts(struct store *s, struct arena *a, struct container *c,
		     struct record_mounts *ret, struct err *e);

/**
 * container_mounts_add() - mount into a container that exists: all of them or none
 * @c: opened with the lock held
 *
 * They are recorded before they are attached, so that no added mount is unknown. Mount points that
 * had to be made stay when it fails.
 * Return: 0 or -errno (-ESRCH: container not running)
 */
int container_mounts_add(struct store *s, struct arena *a, struct container *c,
			 const struct added_args *args, struct err *e);

/**
 * container_mounts_remove() - unmount what was added, the last of @destinations first
 * @destinations: cleaned paths
 *
 * All are looked at before the first goes: a path that leads to another mount by now is refused.
 * Return: 0 or -errno
 */
int container_mounts_remove(struct store *s, struct arena *a, struct container *c,
			    const struct facts *facts, const struct strv *destinations,
			    struct err *e);

/* How a container is removed. */
struct destroy_args {
	bool force;                    /* processes in its cgroups that cannot be its own are killed as well */
	const struct facts *facts;     /* NULL = they are read when they are needed */
	void (*warn)(const char *text); /* told about poststop hooks that fail; may be NULL */
};

/**
 * container_destroy() - remove everything that the record and the intent name, then the record
 * @c: opened with the lock held, in any status; its processes are killed
 *
 * Idempotent. When something cannot be removed the record stays and the error says what.
 * Return: 0 or -errno
 */
int container_destroy(struct store *s, struct arena *a, struct container *c,
		      const struct destroy_args *args, struct err *e);

#endif
