/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store.h - where containers are remembered
 *
 * ROOT (0700, ours) has a directory per container:
 *   intent       symlink whose text names what is about to exist (struct intent). A symlink is written in
 *                one step and is never half there. Made before the first cgroup or process.
 *   first        symlink "PID:START:INODE", a pid_mark (base/pid.h), of the first process, when no cgroup leads to it
 *   state.json   the record (state/record.h). Its appearance is the commit: from then on the container exists.
 *   config.json  what the container was made from; the bundle's file is never read again
 *   resources.json  what updates have made of the config's linux.resources; absent before the first
 *   mounts.json  mounts that were added later (struct record_mounts), when there were any
 *   start.lock   flock()ed by the container's first process until its execve: locked = "created"
 *   start.sock   where that process waits for start
 * A directory that is being removed is renamed to .dead-ID-N first, which frees the id.
 *
 * Whoever changes a container holds flock(LOCK_EX) on its directory. Readers take no lock: each file
 * appears whole or not at all.
 */
#ifndef TAPER_STATE_STORE_H
#define TAPER_STATE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/pid.h"
#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "state/record.h"

struct store {
	const char *path; /* absolute */
	int root_fd;
	int proc_fd; /* the host's procfs, not owned */
	char boot_id[37];
};

/**
 * store_open() - open the state root
 * @path:   absolute
 * @create: make it when it is missing (0700, parents too)
 *
 * Refused: "/", a symlink, a directory of another owner or that others may write.
 * Return: 1 opened, 0 it does not exist and @create is false, -errno
 */
int store_open(struct store *s, const char *path, bool create, int proc_fd, struct err *e);

/* store_id_valid() - is this text an id? */
bool store_id_valid(const char *id);

enum status {
	STATUS_CREATING, /* no record yet; .owner_alive tells whether someone still works on it */
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_STOPPED,
	STATUS_UNKNOWN, /* the record is damaged */
	STATUS__MAX,
};

/* "creating", "created", "running", "paused", "stopped", "unknown" */
const char *status_name(enum status s);

/* One container, opened. Zero-initialise with CONTAINER_INIT. */
struct container {
	const char *id;
	int dir_fd;	  /* its directory */
	int pid_fd;	  /* its first process when alive, else -1 */
	bool locked;	  /* we hold the lock */
	bool owner_alive; /* STATUS_CREATING: the create that made it is still running */
	enum status status;
	uid_t owner;		/* who made it */
	struct record *rec;	/* NULL: not committed, or damaged */
	struct intent intent;	/* .valid: it could be read */
	struct err why_unknown; /* STATUS_UNKNOWN: what is wrong with the record */
};
#define CONTAINER_INIT                                                                             \
	{                                                                                          \
		.dir_fd = -1, .pid_fd = -1                                                         \
	}

/**
 * container_open() - find a container, read its record, find out its status
 * @lock: take the lock first (changing commands), waiting at most 10 s
 *
 * Return: 1 found, 0 no such container, -errno (-EAGAIN: someone else keeps the lock)
 */
int container_open(struct store *s, struct arena *a, const char *id, bool lock,
		   struct container *ret, struct err *e);

/* container_refresh() - find out the status again. Return: 0 or -errno */
int container_refresh(struct store *s, struct container *c, struct err *e);

/* container_of_this_boot() - made since the machine was started, by its record, or else its intent? */
bool container_of_this_boot(const struct store *s, const struct container *c);

/* container_owner_alive() - does the command that made it still run, by the intent? Unknown counts as yes */
bool container_owner_alive(const struct store *s, const struct container *c);

void container_close(struct container *c);

/**
 * store_list() - the ids of all containers, sorted
 *
 * Removes what an interrupted store_forget() has left, if it can.
 * Return: 0 or -errno
 */
int store_list(struct store *s, struct arena *a, const char ***ret_ids, size_t *ret_n,
	       struct err *e);

/**
 * store_leftovers() - all ids, and the names of directories whose removal was interrupted; changes nothing
 *
 * Return: 0 or -errno
 */
int store_leftovers(struct store *s, struct arena *a, struct strv *ret_ids, struct strv *ret_dead,
		    struct err *e);

/* store_is_empty() - has a container's directory no entry at all? */
bool store_is_empty(const struct container *c);

/**
 * store_claim() - take an id
 * @ret: an open, locked, empty directory with status creating
 *
 * Return: 0, -EEXIST (text says what is there), -errno
 */
int store_claim(struct store *s, const char *id, struct container *ret, struct err *e);

/* store_intend() - write the intent record. Return: 0 or -errno */
int store_intend(struct store *s, struct container *c, const struct intent *i, struct err *e);

/* store_first() - name the first process beside the record, where no cgroup leads to it. Return: 0 or -errno */
int store_first(struct container *c, const struct pid_mark *m, struct err *e);

/* store_commit() - make state.json appear. Return: 0 or -errno */
int store_commit(struct store *s, struct arena *a, struct container *c, const struct record *rec,
		 struct err *e);

/**
 * store_put() - write a whole file into the container's directory
 * Return: 0 or -errno
 */
int store_put(struct container *c, const char *name, const void *data, size_t len, struct err *e);

/* store_rename() - let a file take another's name and place in one step. Return: 0 or -errno */
int store_rename(struct container *c, const char *from, const char *to, struct err *e);
/* store_replace() - the same at once: a reader sees the old file or the new one. Return: 0 or -errno */
int store_replace(struct container *c, const char *name, const void *data, size_t len,
		  struct err *e);

/* store_get() - read one; -ENOENT when it is not there. Return: 0 or -errno */
int store_get(struct container *c, struct arena *a, const char *name, char **ret, size_t *ret_len,
	      struct err *e);

/**
 * store_listen() - make a socket in the container's directory
 * @type: SOCK_SEQPACKET (listening) or SOCK_DGRAM
 *
 * Return: 0 or -errno
 */
int store_listen(struct container *c, const char *name, int type, int *ret_fd, struct err *e);

/* store_connect() - connect to a SOCK_SEQPACKET one. Return: 0 or -errno */
int store_connect(struct container *c, const char *name, int *ret_fd, struct err *e);

/* store_start_lock() - make start.lock and lock it; the lock lives as long as the fd. Return: 0 or -errno */
int store_start_lock(struct container *c, int *ret_fd, struct err *e);

/* store_chmod() - mode of a file in the container's directory. Return: 0 or -errno */
int store_chmod(struct container *c, const char *name, mode_t mode);

/* store_cache() - the directory of compiled seccomp filters, made when missing. Return: fd, -1 = none */
int store_cache(struct store *s);

/* store_cache_open() - the same, not made. Return: fd, -1 = none */
int store_cache_open(struct store *s);

/* store_forget() - free the id and remove the directory. Return: 0 or -errno */
int store_forget(struct store *s, struct container *c, struct err *e);

#endif
