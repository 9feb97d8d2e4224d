// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * join.c - the life of a process of exec: join the container, find the program, wait, become
 *
 * The same stages as init.c, less to do. Invariants:
 *  - What the host's rights are needed for comes before joining.
 *  - Nothing of the host's is open in a process that the container can see, but the channel to the
 *    parent, and its own status where a filter has to be proved; and nobody can trace it (security: D8).
 *  - The cgroup is entered last, so that its limits count for the program alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "apply/selfexe.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"

/* ---- CPU affinity ---- */

static int affinity_set(const uint64_t *cpus, const char *where, struct err *e)
{
	if (cpus && sched_setaffinity(0, CPU_WORDS * sizeof(*cpus), (const cpu_set_t *)cpus) < 0) {
		int r = err_sys(e, ERR_SCHED, "set the CPU affinity");

		err_place(e, "%s", where);
		return r;
	}
	return 0;
}

static int affinity_final(const struct process_plan *p, struct err *e)
{
	if (p->cpus_initial || p->cpus_final)
		return affinity_set(p->cpus_final, "process.execCPUAffinity.final", e);
	creds_all_cpus();
	return 0;
}

/* ---- enter ---- */

static int target_join(struct child *c, uint64_t flags, struct err *e)
{
	if (flags && setns(c->target_fd, (int)flags) < 0)
		return errno == ESRCH ? err_set(e, -ESRCH, ERR_STATUS, "container not running")
				      : err_sys(e, ERR_NS, "join the namespaces of the container");
	if (!(flags & CLONE_NEWUSER))
		return 0;
	TRY(creds_become_root(e));
	TRY(child_hide(e));
	return child_arm(c, e);
}

/*
 * The own binary goes out of reach before the container is joined. A caller without rights of its own has
 * those of the user namespace, in a mount namespace that belongs to it.
 */
static int join_namespaces(struct child *c, uint64_t flags, struct err *e)
{
	if (c->exe_needed && c->exe_fd < 0) {
		TRY(target_join(c, flags & CLONE_NEWUSER, e));
		flags &= ~(uint64_t)CLONE_NEWUSER;
		if (unshare(CLONE_NEWNS) < 0)
			return err_sys(e, ERR_NS, "make a mount namespace");
	}
	TRY(child_protect(c, e));
	return target_join(c, flags, e);
}

static int join_step(struct child *c, const struct ns_step *s, struct err *e)
{
	if (s->step == NS_STEP_FORK)
		return child_fork(c, s->flags, e);
	return s->flags & CLONE_NEWCGROUP ? target_join(c, s->flags, e)
					  : join_namespaces(c, s->flags, e);
}

static int close_host(struct child *c, struct err *e)
{
	if (c->filter)
		c->status_fd = procfs_self(c->host_proc_fd, "status", O_RDONLY);
	c->host_proc_fd = c->target_fd = c->into_fd = -1;
	return child_keep_only(c, (const int[]){ c->sync.fd, c->status_fd }, 2, e);
}

static int join_enter(struct child *c, struct err *e)
{
	const struct plan *plan = c->plan;

	TRY(child_arm(c, e));
	TRY(creds_raise(&plan->process, 0, e));
	TRY(creds_oom_score(&plan->process, c->host_proc_fd, getpid(), e));
	TRY(affinity_set(plan->process.cpus_initial, "process.execCPUAffinity.initial", e));
	TRY(child_hide(e));
	child_signals(c->ignored);
	umask(0);
	for (size_t i = 0; i < plan->ns.n_steps; i++)
		TRY(join_step(c, &plan->ns.steps[i], e));
	TRY(close_host(c, e));
	/* joining a mount namespace has made its root ours */
	c->root_fd = fs_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	if (c->root_fd < 0)
		return err_code(e, c->root_fd, ERR_ROOTFS, "open the root of the container");
	if (c->sync.state == SYNC_CLONED)
		TRY(sync_send(&c->sync, MSG_ENTERED, 0, NULL, 0, e));
	return child_session(c, e);
}

/* ---- build ---- */

static int join_build(struct child *c, struct err *e)
{
	TRY(c->plan->process.terminal ? console_make(c, e) : stdio_settle(c, e));
	TRY(exec_find(c, e));
	TRY(child_grant(c, e));
	TRY(affinity_final(&c->plan->process, e));
	return sync_send(&c->sync, MSG_BUILT, 0, &c->master_fd, c->master_fd >= 0, e);
}

/* ---- wait ---- */

static int join_wait(struct child *c, struct err *e)
{
	struct sync_packet p;

	c->sync.limit_ms = -1; /* the parent's death is seen anyway */
	TRY(sync_recv(&c->sync, &p, NULL, NULL, e));
	fd_close(&c->master_fd);
	return child_disarm(e);
}

_Noreturn void join_main(struct child *c)
{
	static child_stage *const stages[STAGE__MAX] = {
		[STAGE_ENTER] = join_enter,
		[STAGE_BUILD] = join_build,
		[STAGE_WAIT] = join_wait,
		[STAGE_BECOME] = child_become,
	};

	child_live(c, stages);
}
