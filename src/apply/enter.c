// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * enter.c - exec as its caller sees it: check, acquire, clone, grant, let go
 *
 * No lock is held: execs are many, and may come from a hook while start holds the lock. What makes that
 * safe against a delete: once the new process is in the cgroups, the container's first process is looked
 * at. If it lives, whatever ends the container later finds the new process there and kills it too; if it
 * is dead, we kill the new process ourselves.
 */
#include <errno.h>
#include <signal.h>

#include "apply/cg_systemd.h"
#include "apply/create.h"
#include "apply/parent.h"
#include "apply/rdt.h"
#include "apply/refs.h"
#include "apply/selfexe.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/sys.h"

#define CHILD_MS 2000

static int not_running(struct err *e)
{
	return err_set(e, -ESRCH, ERR_STATUS, "container not running");
}

int container_can_exec(const struct container *c, struct err *e)
{
	switch (c->status) {
	case STATUS_CREATED:
	case STATUS_RUNNING:
	case STATUS_PAUSED:
		return 0;
	case STATUS_STOPPED:
		return not_running(e);
	case STATUS_CREATING:
		return err_set(e, -EAGAIN, ERR_STATUS, "container not running: it is still being created");
	case STATUS_UNKNOWN:
	case STATUS__MAX:
		break;
	}
	return err_set(e, -EINVAL, ERR_RECORD, "cannot exec: the record is damaged: %.120s",
		       c->why_unknown.text);
}

static int open_cgroups(struct parent *p, bool ignore_paused, struct err *e)
{
	const struct cg_subs subs = { p->plan->cg_subs, p->plan->n_cg_subs };
	struct cg_refs refs = refs_of_record(p->c.rec);

	if (ignore_paused)
		p->sync.limit_ms = -1;
	else if (p->c.status == STATUS_PAUSED)
		return err_set(e, -EBUSY, ERR_STATUS,
			       "cannot exec in a paused container (--ignore-paused waits until it is resumed)");
	cg_strikes(&refs, p->facts, &p->strikes);
	return cg_join(p->store->proc_fd, p->c.rec->pid, &refs, &subs, p->facts, &p->cg, e);
}

static int clone_child(struct parent *p, struct err *e)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uintptr_t)&p->pid_fd,
		.exit_signal = SIGCHLD,
	};
	int r;

	p->child.joins = true;
	p->child.target_fd = p->c.pid_fd;
	p->child.into_fd = p->cg.v2_fd;
	p->pid = sys_clone3(&args);
	if (p->pid < 0) {
		p->pid = 0;
		r = err_sys(e, ERR_SYSTEM, "make a process");
		if (r == -EAGAIN)
			cg_blame_pids(&p->cg.refs, &p->strikes, e);
		return r;
	}
	if (p->pid == 0) {
		close(p->sync.fd);
		join_main(&p->child);
	}
	p->sync.peer_fd = p->pid_fd;
	fd_close(&p->child.sync.fd);
	fd_close(&p->child.host_proc_fd);
	return 0;
}

static int hear_built(struct parent *p, struct err *e)
{
	struct sync_packet m;
	size_t n = 1;

	TRY(parent_hear(p, &m, &p->master_fd, &n, e));
	return pid_wait(p->c.pid_fd, 0) == 1 ? not_running(e) : 0;
}

static int steps(struct parent *p, bool ignore_paused, struct created *ret, struct err *e)
{
	TRY(selfexe_start(p->store->proc_fd, &p->child.exe_needed, e));
	TRY(parent_acquire_exec(p, e));
	TRY(open_cgroups(p, ignore_paused, e));
	TRY(unit_join(p, e));
	TRY(clone_child(p, e));
	if (p->plan->ns.n_steps)
		TRY(parent_hear_entered(p, e));
	TRY(unit_attach(p, e));
	if (p->plan->rdt)
		TRY(rdt_join(p->arena, &p->c, p->pid, e));
	TRY(parent_grant(p, MSG_GRANTED, e));
	TRY(hear_built(p, e));
	TRY(parent_hand_over(p, ret, e));
	TRY(parent_say(p, MSG_GO, 0, NULL, 0, e));
	return parent_await_exec(p, e);
}

static void undo(struct parent *p)
{
	deadline_grace(UNDO_MS);
	parent_end_child(p, CHILD_MS); /* in a paused container of v1: when that is resumed */
}

int container_exec(struct store *s, struct arena *a, struct container *c, const struct create_args *args,
		   bool ignore_paused, struct created *ret, struct err *e)
{
	struct parent *p = arena_new(a, struct parent);
	struct created made = CREATED_INIT;
	int r;

	parent_init(p, s, a, args);
	p->c = *c; /* lent: not closed here */
	r = steps(p, ignore_paused, &made, e);
	if (r < 0) {
		undo(p);
		fd_close(&made.master_fd);
		fd_close(&p->pid_fd);
		/* its end takes everything along that is in its pid namespace: that is the reason then */
		if (r == -EPIPE && pid_wait(c->pid_fd, 0) == 1)
			r = not_running(e);
	} else {
		made.pid = p->pid;
		made.pid_fd = take_fd(&p->pid_fd);
		made.strikes = p->strikes;
		*ret = made;
	}
	parent_close(p);
	return r;
}
