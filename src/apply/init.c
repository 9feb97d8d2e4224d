// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * init.c - the life of the container's first process: enter, build, wait, become
 *
 * It begins as a copy of the parent and reads what to do from the plan; it allocates nothing and parses
 * nothing. Until the commit it must die with its parent: the death signal is armed first of all, armed
 * again after each change of credentials (the kernel clears it then, prctl(2)), and it never waits for
 * anything but the parent's socket, whose end means the same.
 *
 * stage    may                                        must not
 * enter    join and make namespaces                   touch any file system
 * build    touch the new mount namespace only         open paths of the host once the root has changed
 * wait     accept start's connection                  do anything else
 * become   give up rights, step by step               keep any
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "apply/cg.h"
#include "apply/child.h"
#include "apply/fs.h"
#include "apply/mount.h"
#include "apply/net.h"
#include "apply/selfexe.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"

/* ---- die with the parent ---- */

static int arm(const struct child *c, struct err *e)
{
	struct pollfd p = { .fd = c->sync.fd };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(e, ERR_SYSTEM, "arm the death signal");
	/* The parent may have died before: then its end of the channel is closed already. */
	if (poll(&p, 1, 0) > 0 && p.revents & POLLHUP)
		_exit(1);
	return 0;
}

static int disarm(struct err *e)
{
	return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0
		       ? err_sys(e, ERR_SYSTEM, "disarm the death signal")
		       : 0;
}

/* What the caller of the runtime has ignored or blocked is none of the container's business (P-20). */
static void signals_reset(uint64_t ignored)
{
	sigset_t none;

	/* handlers go at the execve; what is ignored stays ignored (execve(2)) */
	for (int sig = 1; sig < NSIG; sig++)
		if (ignored >> (sig - 1) & 1)
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Nobody in a namespace that is joined may trace us, or look at our fds (security: D8). */
static int hide(struct err *e)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? err_sys(e, ERR_SYSTEM, "become untraceable")
						      : 0;
}

/* ---- enter ---- */

static int map_wait(struct child *c, struct err *e)
{
	struct sync_packet p;

	TRY(sync_send(&c->sync, MSG_NEED_MAP, 0, NULL, 0, e));
	TRY(sync_recv(&c->sync, &p, NULL, NULL, e));
	TRY(creds_become_root(e));
	TRY(hide(e));
	return arm(c, e);
}

static int offsets_write(struct child *c, struct err *e)
{
	const struct ns_plan *ns = &c->plan->ns;
	char text[128];
	int len = 0, r;

	for (size_t i = 0; i < ns->n_offsets; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%s %lld %u\n",
				ns->offsets[i].clock, (long long)ns->offsets[i].secs,
				ns->offsets[i].nanosecs);
	if (len == 0)
		return 0;
	r = procfs_write_self(c->host_proc_fd, "timens_offsets", text);
	return r < 0 ? err_code(e, r, ERR_NS,
				"set the offsets of the time namespace (linux.timeOffsets)")
		     : 0;
}

/*
 * The process that goes on is a child of our parent, not ours: the parent can wait for it, and its pid
 * as our pid namespace has it is told to the parent by us, who end here.
 */
static int fork_on(struct child *c, uint64_t flags, struct err *e)
{
	int pid_fd = -1;
	struct clone_args args = {
		.flags = flags | CLONE_PARENT | CLONE_PIDFD,
		.pidfd = (uintptr_t)&pid_fd,
	};
	pid_t pid = sys_clone3(&args);

	if (pid < 0)
		return err_sys(e, ERR_NS, "make the process inside the namespaces");
	if (pid > 0) {
		if (sync_send(&c->sync, MSG_ENTERED, pid, &pid_fd, 1, e) < 0)
			_exit(1);
		_exit(0);
	}
	c->sync.state = SYNC_ENTERED; /* has been said for us */
	c->sync.sent++;
	return arm(c, e);
}

static int ns_join(struct child *c, enum ns_kind kind, struct err *e)
{
	if (setns(c->ns_fd[kind], 0) < 0) {
		err_sys(e, ERR_NS, "join the namespace %s", c->plan->ns.ns[kind].path);
		err_place(e, "%s", c->plan->ns.ns[kind].where);
		return -EPERM;
	}
	fd_close(&c->ns_fd[kind]);
	if (kind != NS_USER)
		return 0;
	TRY(creds_become_root(e));
	return arm(c, e);
}

static int ns_step(struct child *c, const struct ns_step *s, struct err *e)
{
	switch (s->step) {
	case NS_STEP_JOIN:
		return ns_join(c, s->kind, e);
	case NS_STEP_UNSHARE:
		if (unshare((int)s->flags) < 0)
			return err_sys(e, ERR_NS, "make new namespaces (flags %#llx)",
				       (unsigned long long)s->flags);
		return s->flags & CLONE_NEWUSER ? arm(c, e) : 0;
	case NS_STEP_MAP:
		return map_wait(c, e);
	case NS_STEP_OFFSETS:
		return offsets_write(c, e);
	case NS_STEP_FORK:
		return fork_on(c, s->flags, e);
	}
	return err_set(e, -EINVAL, ERR_PROTOCOL, "unknown namespace step %d", (int)s->step);
}

static int names_set(const struct plan *plan, struct err *e)
{
	if (plan->hostname && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
		return err_sys(e, ERR_NS, "set the host name (hostname)");
	if (plan->domainname && setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
		return err_sys(e, ERR_NS, "set the domain name (domainname)");
	return 0;
}

static int init_enter(struct child *c, struct err *e)
{
	const struct plan *plan = c->plan;

	TRY(arm(c, e));
	/* Not yet when the parent has maps to write: it needs our files in procfs for that. */
	if (plan->idmap.writer == IDMAP_NONE)
		TRY(hide(e));
	signals_reset(c->ignored);
	umask(0);
	for (size_t i = 0; i < plan->ns.n_steps; i++)
		TRY(ns_step(c, &plan->ns.steps[i], e));
	if (c->sync.state == SYNC_CLONED)
		TRY(sync_send(&c->sync, MSG_ENTERED, 0, NULL, 0, e));
	if (setsid() < 0 && errno != EPERM)
		return err_sys(e, ERR_SYSTEM, "start a session");
	if (plan->process.new_keyring)
		TRY(lsm_keyring(c, e));
	TRY(names_set(plan, e));
	return plan->ns.lo_up ? net_lo_up(e) : 0;
}

/* ---- build ---- */

int child_grant(struct child *c, struct err *e)
{
	struct sync_packet p;
	int fds[2 * CG_HIER_MAX], tickets[CG_HIER_MAX];
	size_t n = 2 * CG_HIER_MAX, next = 0;

	if (c->granted)
		return 0;
	TRY(sync_recv(&c->sync, &p, fds, &n, e));
	c->granted = true;
	/* value: a bit per hierarchy whose tree came along, lowest first, and again for tickets */
	for (size_t i = 0; i < CG_HIER_MAX && next < n; i++)
		if (p.value >> i & 1)
			c->cg_fd[i] = fds[next++];
	for (size_t i = 0; i < CG_HIER_MAX; i++)
		tickets[i] = p.value >> (GRANT_TICKETS + i) & 1 && next < n ? fds[next++] : -1;
	TRY(cg_enter(c->facts, tickets, e));
	if (c->plan->ns.cgroup_after_grant && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(e, ERR_NS, "make the cgroup namespace");
	return 0;
}

/* Hooks that were promised the host's root: after the mounts, before it is gone (HK-1 to HK-3). */
static int hooks_before_pivot(struct child *c, struct err *e)
{
	const struct hooks_plan *hooks = c->plan->hooks;
	struct sync_packet p;

	if (!c->plan->root.pivot_late)
		return 0;
	TRY(child_grant(c, e));
	if (hooks[HOOK_PRESTART].n || hooks[HOOK_CREATE_RUNTIME].n) {
		TRY(sync_send(&c->sync, MSG_NEED_HOOKS, 0, NULL, 0, e));
		TRY(sync_recv(&c->sync, &p, NULL, NULL, e));
	}
	TRY(hooks_run(&hooks[HOOK_CREATE_CONTAINER], &c->hook_state[HOOK_CREATE_CONTAINER],
		      getpid(), NULL, e));
	return rootfs_pivot(c, e);
}

static int self_protect(struct child *c, struct err *e)
{
	if (!c->exe_needed)
		return 0;
	if (c->exe_fd < 0)
		TRY(selfexe_open(c->host_proc_fd, c->exe_path, &c->exe_fd, &c->exe_tree_fd, e));
	TRY(selfexe_replace(c->exe_fd, c->exe_tree_fd, e));
	fd_close(&c->exe_fd);
	fd_close(&c->exe_tree_fd);
	return 0;
}

static int propagation_final(struct child *c, struct err *e)
{
	unsigned long want = c->plan->root.propagation;
	int r = want ? mount_propagation(c->root_fd, want & ~(unsigned long)MS_REC, want & MS_REC)
		     : 0;

	return r < 0 ? err_code(e, r, ERR_MOUNT, "set linux.rootfsPropagation") : 0;
}

static int init_build(struct child *c, struct err *e)
{
	const struct plan *plan = c->plan;

	TRY(self_protect(c, e));
	if (!c->src_by_parent)
		TRY(rootfs_acquire(plan, c->src_fd, e));
	if (c->notify_op.dst && c->notify_fd < 0)
		TRY(rootfs_source(&c->notify_op, &c->notify_fd, e));
	TRY(rootfs_early(c, e));
	TRY(rootfs_enter(c, e));
	TRY(rootfs_apply(c, plan->fs, plan->n_fs, e));
	if (c->notify_op.dst)
		TRY(rootfs_bind(c, &c->notify_op, c->notify_fd, e));
	TRY(plan->process.terminal ? console_make(c, e) : stdio_settle(c, e));
	TRY(hooks_before_pivot(c, e));
	if (plan->n_netdevs) /* they are there now, for the sysctls */
		TRY(child_grant(c, e));
	TRY(sysctl_apply(c, e));
	TRY(rootfs_apply(c, plan->seal, plan->n_seal, e));
	TRY(mask_done(c, e));
	TRY(propagation_final(c, e));
	TRY(exec_find(c, e));
	TRY(child_grant(c, e));
	return sync_send(&c->sync, MSG_BUILT, 0, &c->master_fd, c->master_fd >= 0, e);
}

/* ---- wait ---- */

static int wait_start(struct child *c, struct err *e)
{
	struct sync_packet p;
	int r;

	c->sync.limit_ms = -1;
	for (;;) {
		c->sync.fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (c->sync.fd < 0 && errno == EINTR)
			continue;
		if (c->sync.fd < 0)
			return err_sys(e, ERR_SYSTEM, "wait for start");
		c->sync.state = SYNC_COMMITTED;
		c->sync.sent = c->sync.received = 0;
		r = sync_recv(&c->sync, &p, NULL, NULL, NULL);
		if (r == 0)
			break;
		/* a start that was killed before it said GO, or a stranger */
		fd_close(&c->sync.fd);
	}
	fd_close(&c->listen_fd);
	return 0;
}

static int init_wait(struct child *c, struct err *e)
{
	struct sync_packet p;

	if (c->sync.state == SYNC_EXEC)
		return disarm(e);
	c->sync.limit_ms = -1; /* the parent may have hooks to run; its death is seen anyway */
	TRY(sync_recv(&c->sync, &p, NULL, NULL, e));
	fd_close(&c->master_fd);
	TRY(disarm(e));
	if (p.type == MSG_GO)
		return 0;
	fd_close(&c->sync.fd);
	return wait_start(c, e);
}

/* ---- become ---- */

static int init_become(struct child *c, struct err *e)
{
	const struct process_plan *p = &c->plan->process;

	TRY(exec_home(c, e));
	TRY(hooks_run(&c->plan->hooks[HOOK_START_CONTAINER], &c->hook_state[HOOK_START_CONTAINER],
		      getpid(), (const char *const *)p->envp, e));
	TRY(creds_attributes(p, e));
	TRY(lsm_apply(c, e));
	TRY(creds_limits(p, e));
	/* Everything but the caller's own fds goes at the execve, not before: errors must still be told. */
	if (sys_close_range(3 + p->n_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(e, ERR_SYSTEM, "mark the fds to be closed");
	TRY(creds_switch(c, e));
	return exec_become(c, e);
}

_Noreturn void init_main(struct child *c)
{
	struct err e = { 0 };
	static int (*const stages[])(struct child *, struct err *) = {
		[STAGE_ENTER] = init_enter,
		[STAGE_BUILD] = init_build,
		[STAGE_WAIT] = init_wait,
		[STAGE_BECOME] = init_become,
	};
	uint16_t stage;
	int r = 0;

	for (stage = STAGE_ENTER; stage < STAGE__MAX; stage++) {
		r = stages[stage](c, &e);
		if (r < 0)
			break;
	}
	/* a closed channel: the parent is gone, there is nobody to tell */
	e.stage = stage;
	if (e.code)
		sync_fail(&c->sync, &e);
	_exit(1);
}
