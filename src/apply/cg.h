/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cg.h - cgroups: make, limit, enter, kill, remove
 *
 * A cgroup is reached only through the fd of its hierarchy's root, whose file system type was checked,
 * and a path that has no "." or ".." (openat2 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS). On a hybrid host
 * a container has one directory of the same path in every hierarchy.
 */
#ifndef TAPER_APPLY_CG_H
#define TAPER_APPLY_CG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "plan/plan.h"

/* A container's directory in one hierarchy, as the record keeps it. */
struct cg_ref {
	bool v2;
	const char *mount;   /* mount point of the hierarchy */
	const char *path;    /* below it, "/taper/c1" */
	uint64_t ino;        /* inode of the directory; 0 = not known (intent only) */
	unsigned made_from;  /* components of path that were there before us: these stay */
};

struct cg_refs {
	struct cg_ref v[CG_HIER_MAX];
	size_t n;
};

/* The same while it is being made. */
struct cgroup {
	struct cg_refs refs;
	int dir_fd[CG_HIER_MAX]; /* O_DIRECTORY, one per ref; -1 = not opened */
	int hier_fd[CG_HIER_MAX]; /* the same by index into facts->cg.hier (not owned), -1 = none */
	int v2_fd; /* the one of the v2 hierarchy (not owned), -1 = none: for CLONE_INTO_CGROUP */
};

struct cg_subs {
	const struct cg_sub *v;
	size_t n;
};

/**
 * cg_probe() - which directories will be made
 * @ret: refs with made_from filled, nothing is changed
 *
 * For the intent record, before anything exists. No cgroup at all (disabled, or best effort without
 * access) gives n == 0. A directory that exists and has processes is -EBUSY.
 * Return: 0 or -errno
 */
int cg_probe(struct arena *a, const struct cg_plan *plan, const struct facts *facts,
	     struct cg_refs *ret, struct err *e);

/* cg_init() - no directories yet */
void cg_init(struct cgroup *cg);

/**
 * cg_make() - make the directories, enable the controllers
 * @refs: from cg_probe()
 * @v2:   those of the v2 hierarchy, else those of the others
 * @cg:   they are added; cg_close() even on failure
 *
 * The v2 directory is needed before the process (CLONE_INTO_CGROUP), the others can be made while it works.
 * Retries when another container's removal takes a parent away in between.
 * Return: 0 or -errno
 */
int cg_make(const struct cg_plan *plan, const struct facts *facts, const struct cg_refs *refs, bool v2,
	    struct cgroup *cg, struct err *e);

/**
 * cg_join() - open the cgroups of a container for one more process
 * @refs: of its record; a directory that is another one by now is an error
 * @subs: cgroups below, which must exist; @n of them, the last that concerns a hierarchy counts
 * @pid:  the container's first process: where a v2 cgroup hands controllers on to others and so takes no
 *        process, its current one is taken
 * @cg:   as from cg_make()
 *
 * Return: 0 or -errno
 */
int cg_join(int proc_fd, pid_t pid, const struct cg_refs *refs, const struct cg_subs *subs,
	    const struct facts *facts, struct cgroup *cg, struct err *e);

/* cg_values() - write the plan's values, but for device rules. Return: 0 or -errno */
int cg_values(struct arena *a, const struct cgroup *cg, const struct cg_plan *plan, struct err *e);

/**
 * cg_filter() - put the plan's device rules in force
 *
 * What holds already is not touched: a v1 list is changed by the difference, a v2 filter replaced in one
 * step. On failure the old rules hold.
 * Return: 0 or -errno
 */
int cg_filter(struct arena *a, const struct cgroup *cg, const struct cg_plan *plan, struct err *e);

/* cg_filter_gap() - does cg_filter() pass through a moment with neither the old nor the new rules? */
bool cg_filter_gap(struct arena *a, const struct cgroup *cg, const struct cg_plan *plan);

/* cg_limit() - both, for a new container. Return: 0 or -errno */
int cg_limit(struct arena *a, const struct cgroup *cg, const struct cg_plan *plan, struct err *e);

/**
 * cg_value_now() - what a write would change
 * @ret_file: the file that it goes to, of the write or of one of its alternatives
 *
 * Return: the text to write to get what is there now; NULL = the file is not there or does not tell
 */
const char *cg_value_now(struct arena *a, const struct cgroup *cg, const struct cg_write *w,
			 const char **ret_file);

/**
 * cg_tickets() - open the files through which a process enters by itself
 * @skip_v2: it is in the v2 cgroup already (CLONE_INTO_CGROUP)
 * @ret:     by index into facts->cg.hier, -1 = none; the caller's, also on failure
 *
 * The kernel looks at the rights of who opens them.
 * Return: 0 or -errno
 */
int cg_tickets(const struct cgroup *cg, bool skip_v2, int ret[CG_HIER_MAX], struct err *e);

/**
 * cg_enter() - the calling process, which has one thread, enters all of them
 * @tickets: from cg_tickets(); closed
 *
 * On v1 that is fifty times as fast as moving another process: 0.2 ms instead of 10 ms, since no lock of
 * the whole system is taken. Allocates nothing.
 * Return: 0 or -errno
 */
int cg_enter(const struct facts *facts, int tickets[CG_HIER_MAX], struct err *e);

void cg_close(struct cgroup *cg);

/**
 * cg_kill() - kill every process in the cgroups and below, wait until they are gone
 * @limit_ms: deadline
 *
 * Only directories whose inode is the recorded one are touched. Gone directories are fine. Where the
 * processes are known to have ended, cg_remove() alone is faster: it says EBUSY if there are any.
 * Return: 0, -ETIMEDOUT (text names pid and state of who stays), -errno
 */
int cg_kill(const struct cg_refs *refs, int limit_ms, struct err *e);

/**
 * cg_remove() - remove the directories that we made, sub-directories first
 * @limit_ms: how long to retry EBUSY
 *
 * Gone ones are fine. A directory that still has processes is an error that names one of them.
 * Return: 0, -EBUSY, -errno
 */
int cg_remove(const struct cg_refs *refs, int limit_ms, struct err *e);

/* cg_signal() - send a signal to every process in the cgroups and below. Return: 0 or -errno */
int cg_signal(const struct cg_refs *refs, int signal, struct err *e);

#endif
