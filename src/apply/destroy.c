// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * destroy.c - remove everything that a record and an intent name
 *
 * The same for delete, delete --force and a create that failed. Each step finds done what an earlier,
 * interrupted run has done; the record goes last, so that it can always be tried again.
 */
#include <errno.h>
#include <signal.h>

#include "apply/cg_freeze.h"
#include "apply/cg_systemd.h"
#include "apply/create.h"
#include "apply/hookstate.h"
#include "apply/rdt.h"
#include "apply/refs.h"
#include "base/codes.h"
#include "base/pid.h"
#include "host/facts.h"

#define END_WAIT_MS 10000
#define THAW_AGAIN_MS 100
#define LINGER_MS 1000            /* of processes that have ended, in their cgroups */

/*
 * Wait for a process that SIGKILL was sent to. One that was paused is thawed again and again, since that may fail
 * for a moment, or somebody may freeze it again. Return: 1 it has ended, 0 time is up, -errno
 */
static int wait_killed(const struct container *c, struct err *e)
{
	int64_t deadline = deadline_ms(END_WAIT_MS);
	struct cg_refs refs = { 0 };
	int r, thawed = 0;

	if (c->status != STATUS_PAUSED || !c->rec)
		return pid_wait(c->pid_fd, END_WAIT_MS);
	refs = refs_of_record(c->rec);
	do {
		thawed = cg_thaw_killed(&refs, NULL);
		r = pid_wait(c->pid_fd, THAW_AGAIN_MS);
	} while (r == 0 && deadline_left(deadline) > 0);
	return r == 0 && thawed < 0 ? cg_thaw_killed(&refs, e) : r;
}

static int end_process(struct container *c, struct err *e)
{
	int r;

	if (c->pid_fd < 0)
		return 0;
	r = pid_kill(c->pid_fd, SIGKILL);
	if (r < 0 && r != -ESRCH)
		return err_code(e, r, ERR_SYSTEM, "kill the container's first process");
	r = wait_killed(c, e);
	if (r == 0)
		return err_set(e, -ETIMEDOUT, ERR_DEADLINE,
			       "the container's first process has not ended in time after SIGKILL");
	return r < 0 ? err_code(e, r, ERR_SYSTEM, "wait for the container's first process") : 0;
}

/* The cgroups by the record; without one, or with a damaged one, by the intent. */
static int find_refs(struct store *s, struct arena *a, const struct container *c, const struct facts *known,
		     struct cg_refs *ret, struct err *e)
{
	struct facts *facts;
	int r;

	*ret = (struct cg_refs){ 0 };
	if (c->rec)
		*ret = refs_of_record(c->rec);
	if (c->rec || !c->intent.valid || !c->intent.cgroup[0])
		return 0;
	if (known) {
		*ret = refs_of_intent(&c->intent, known);
		return 0;
	}
	facts = arena_new(a, struct facts);
	r = host_facts(a, s->proc_fd, facts, e);
	if (r == 0)
		*ret = refs_of_intent(&c->intent, facts);
	return r;
}

/* Cgroups in which nothing of the container's is left. Who is there all the same is somebody else's. */
static int remove_empty(const struct cg_refs *refs, bool force, struct err *e)
{
	struct err busy = { 0 };
	int r = cg_remove(refs, 0, &busy);

	if (r == -EBUSY) { /* or not gone altogether: the kernel may take a moment */
		r = force ? cg_kill(refs, END_WAIT_MS, e) : 0;
		if (r < 0)
			return r;
		busy = (struct err){ 0 };
		r = cg_remove(refs, force ? END_WAIT_MS : LINGER_MS, &busy);
	}
	if (r < 0 && e)
		*e = busy;
	return r;
}

static int end_cgroups(struct arena *a, const struct container *c, const struct cg_refs *refs,
		       const struct destroy_args *args, struct err *e)
{
	/* With a pid namespace of its own nothing can be left, and looking would cost. But stopping
	 * a unit with processes in it is slow: systemd asks them kindly first. */
	bool empty = c->rec && c->rec->private_pid && !c->rec->unit;
	int r = empty ? 0 : cg_kill(refs, END_WAIT_MS, e);

	if (r < 0)
		return r;
	unit_stop(a, c, args->warn);
	if (refs->n == 0)
		return 0;
	return empty ? remove_empty(refs, args->force, e) : cg_remove(refs, END_WAIT_MS, e);
}

/* What exists outside the container's directory. */
static int end_all(struct store *s, struct arena *a, struct container *c,
		   const struct destroy_args *args, struct err *e)
{
	struct cg_refs refs;
	int r = end_process(c, e);

	/* Nothing is left of an earlier boot: what has the names today, or the inodes, is not ours. */
	if (r < 0 || !container_of_this_boot(s, c))
		return r;
	r = find_refs(s, a, c, args->facts, &refs, e);
	if (r == 0)
		r = end_cgroups(a, c, &refs, args, e);
	return r < 0 ? r : rdt_remove(a, c, e);
}

int container_destroy(struct store *s, struct arena *a, struct container *c,
		      const struct destroy_args *args, struct err *e)
{
	int r = container_refresh(s, c, e);

	if (r == 0)
		r = end_all(s, a, c, args, e);
	if (r < 0)
		return r;
	if (c->rec)
		hookstate_poststop(a, c, args->warn);
	return store_forget(s, c, e);
}
