/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parent.h - what the creating process has in its hands (private to apply/)
 */
#ifndef TAPER_APPLY_PARENT_H
#define TAPER_APPLY_PARENT_H

#include "apply/agent.h"
#include "apply/cg.h"
#include "apply/cg_blame.h"
#include "apply/child.h"
#include "apply/create.h"
#include "apply/netdev.h"
#include "apply/sd_unit.h"

struct parent {
	struct store *store;
	struct arena *arena;
	const struct create_args *args;
	const struct plan *plan;
	const struct facts *facts;
	struct container c;	/* claimed and locked */
	struct cg_refs planned; /* cgroups that the intent names */
	struct cgroup cg;	/* those that have been made */
	struct cg_strikes strikes; /* exec: what limits had done before */
	struct bus bus;         /* manager systemd: its connection, and the unit that it makes */
	struct sd_unit unit;
	int home_fd;            /* v2 directory below the unit's that the process is in; -1 = the unit's */
	int delegate_fd;        /* cgroup.procs of the cgroup that it enters at last, -1 = none */
	const char *attach;     /* exec: systemd puts the process there, below its unit's cgroup; NULL = we do */
	struct seccomp_filter filter;
	struct agent agent;	/* who gets the filter's listener; run only */
	struct netdevs netdevs;
	struct child child; /* what the child will find */
	struct sync sync;
	pid_t pid; /* of the container's first process; 0 = not made */
	int pid_fd;
	int master_fd;
	bool hooks_ran; /* so poststop hooks are due when creating fails */
};

/* parent.c: nothing acquired yet; let go of everything */
void parent_init(struct parent *p, struct store *s, struct arena *a, const struct create_args *args);
void parent_close(struct parent *p);
/* parent_hand_over() - terminal, pidfd and pid file, to who asked for them */
int parent_hand_over(struct parent *p, struct created *ret, struct err *e);
/*
 * parent_await_exec() - the program runs when this returns 0
 *
 * Not in the foreground: there its end is waited for, and tells if it was killed on the way.
 */
int parent_await_exec(struct parent *p, struct err *e);

/*
 * create.c, for who makes a container in another way. parent_want_files() comes before the id is claimed,
 * parent_intend() before anything exists; parent_record() when .pid is the first process; parent_undo()
 * removes what the intent and the record name.
 */
int parent_want_files(const struct parent *p, struct err *e);
int parent_intend(struct parent *p, struct err *e);
int parent_record(struct parent *p, struct record *rec, struct err *e);
void parent_undo(struct parent *p);

/* parts of parent_acquire(): namespaces that are joined; the directory of the notify socket, to be bound; what
 * hooks read */
int parent_namespaces(struct parent *p, struct err *e);
int parent_notify(struct parent *p, struct err *e);
int parent_hook_states(struct parent *p, struct err *e);

/* acquire.c: open what the child will need; for exec that is less */
int parent_acquire(struct parent *p, struct err *e);
int parent_acquire_exec(struct parent *p, struct err *e);

/* child_idmaps() - a user namespace for each idmapped mount: with maps of its own, or with those of the
 * container's user namespace */
int child_idmaps(struct child *c, struct arena *a, int proc_fd, struct err *e);

/* child_sources() - rootfs_acquire() for a child that has a user namespace: it may not change mounts of the
 * host, so that ids are mapped here */
int child_sources(struct child *c, struct err *e);

/* grant.c: make what only we may make, hear that it has entered; hand it over with MSG_GRANTED or
 * MSG_LAUNCH; receive one message, relaying warnings */
int parent_prepare(struct parent *p, struct err *e);
int parent_hear_entered(struct parent *p, struct err *e);
int parent_grant(struct parent *p, enum sync_msg msg, struct err *e);
/* what parent_grant() sends: trees of the cgroups, then the files through which a process enters them; @fds get
 * more, and @ret_mask a bit for each */
int parent_trees(struct parent *p, int *fds, size_t *ret_n, int64_t *ret_mask, struct err *e);
int parent_tickets(struct parent *p, bool skip_v2, int *fds, size_t *ret_n, int64_t *ret_mask, struct err *e);
/* parent_say() - send one message; when nobody is there any more, say how it died */
int parent_say(struct parent *p, enum sync_msg msg, int64_t value, const int *fds, size_t n,
	       struct err *e);
int parent_hear(struct parent *p, struct sync_packet *ret, int *fds, size_t *n, struct err *e);

/* cg_delegate.c: give away what the plan says, open parent->delegate_fd. Return: 0 or -errno.
 * parent_hand_on() - once the process is in there, enable what controllers there are */
int parent_delegate(struct parent *p, struct err *e);
void parent_hand_on(struct parent *p);

/* parent_end_child() - kill the first process, and wait for it; one that is frozen (v1) ends only when it is
 * thawed. Return: has it ended? */
bool parent_end_child(struct parent *p, int limit_ms);

/* parent_died() - say how the first process ended. Return: -EPIPE */
int parent_died(struct parent *p, struct err *e);

/* parent_strangled() - say if it was killed by the memory limit. Return: -EPIPE, 0 it was not */
int parent_strangled(struct parent *p, struct err *e);

/* idmap.c: write the maps of the new user namespace of a process */
int idmap_write(int proc_fd, pid_t pid, const struct idmap_plan *plan, struct err *e);

/* idmap_compare() - are the maps of the config those of the user namespace that a process has joined? */
int idmap_compare(struct arena *a, int proc_fd, pid_t pid, const struct idmap_plan *plan, struct err *e);

/**
 * idmap_userns() - a user namespace that exists for its maps only
 * @ret_fd: of the namespace, CLOEXEC
 *
 * Return: 0 or -errno
 */
int idmap_userns(int proc_fd, const struct id_ranges *uid, const struct id_ranges *gid, int *ret_fd,
		 struct err *e);

#endif
