// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * init.c - the life of the container's first process: enter, build, wait, become
 *
 * What it has in common with a process of exec is in stages.c.
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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "apply/cg.h"
#include "apply/cg_dir.h"
#include "apply/child.h"
#include "apply/fs.h"
#include "apply/mount.h"
#include "apply/net.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

/* ---- enter ---- */

static int map_wait(struct child *c, struct err *e)
{
	struct sync_packet p;

	TRY(sync_send(&c->sync, MSG_NEED_MAP, 0, NULL, 0, e));
	TRY(sync_recv(&c->sync, &p, NULL, NULL, e));
	TRY(creds_become_root(e));
	TRY(child_hide(e));
	return child_arm(c, e);
}

/* While our files in procfs are our own: a process that hides, or has changed its user, cannot open them. */
static int offsets_open(struct child *c, struct err *e)
{
	if (c->plan->ns.n_offsets == 0)
		return 0;
	c->offsets_fd = procfs_self(c->host_proc_fd, "timens_offsets", O_WRONLY);
	return c->offsets_fd < 0 ? err_code(e, c->offsets_fd, ERR_NS, "open the offsets of the time namespace")
				 : 0;
}

static int offsets_write(struct child *c, struct err *e)
{
	const struct ns_plan *ns = &c->plan->ns;
	char text[128];
	int len = 0;

	for (size_t i = 0; i < ns->n_offsets; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%s %lld %u\n",
				ns->offsets[i].clock, (long long)ns->offsets[i].secs,
				ns->offsets[i].nanosecs);
	if (len == 0)
		return 0;
	/* the kernel wants them in one write */
	if (write(c->offsets_fd, text, (size_t)len) < 0)
		return err_sys(e, ERR_NS, "set the offsets of the time namespace (linux.timeOffsets)");
	fd_close(&c->offsets_fd);
	return 0;
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
	return child_arm(c, e);
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
		return s->flags & CLONE_NEWUSER ? child_arm(c, e) : 0;
	case NS_STEP_MAP:
		return map_wait(c, e);
	case NS_STEP_OFFSETS:
		return offsets_write(c, e);
	case NS_STEP_FORK:
		return child_fork(c, s->flags, e);
	case NS_STEP_TARGET:
		break; /* in plans of exec alone */
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

	TRY(child_arm(c, e));
	/* Before anything else where it can be: what has been read of the program's file is read anew. */
	if (c->exe_fd >= 0)
		TRY(child_protect(c, e));
	TRY(offsets_open(c, e));
	/* Not yet when the parent has maps to write: it needs our files in procfs for that. */
	if (plan->idmap.writer == IDMAP_NONE)
		TRY(child_hide(e));
	child_signals(c->ignored);
	umask(0);
	for (size_t i = 0; i < plan->ns.n_steps; i++)
		TRY(ns_step(c, &plan->ns.steps[i], e));
	if (c->sync.state == SYNC_CLONED)
		TRY(sync_send(&c->sync, MSG_ENTERED, 0, NULL, 0, e));
	TRY(child_session(c, e));
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
	for (size_t i = 0; i < c->facts->cg.n_hier; i++)
		if (c->is_inside && c->facts->cg.hier[i].v2)
			fd_close(&tickets[i]);
	TRY(cg_enter(c->facts, tickets, e));
	if (c->plan->ns.cgroup_after_grant && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(e, ERR_NS, "make the cgroup namespace");
	/* below the namespace's root, which therefore comes first */
	if (p.value >> GRANT_DELEGATE & 1 && next < n) {
		_close_fd int fd = fds[next++];
		int r = cg_text_write(fd, "0", 1);

		if (r < 0)
			return err_code(e, r, ERR_CGROUP, "enter the delegated cgroup");
	}
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
	if (fchdir(c->root_fd) < 0) /* as runc has it */
		return err_sys(e, ERR_ROOTFS, "change to the root file system");
	TRY(hooks_run(&hooks[HOOK_CREATE_CONTAINER], &c->hook_state[HOOK_CREATE_CONTAINER],
		      getpid(), NULL, e));
	return rootfs_pivot(c, e);
}

static int propagation_final(struct child *c, struct err *e)
{
	unsigned long want = c->plan->root.propagation;
	int r = want ? mount_propagation(c->root_fd, want) : 0;

	return r < 0 ? err_code(e, r, ERR_MOUNT, "set linux.rootfsPropagation") : 0;
}

/*
 * Labels that the kernel refuses are the error of create. become sets them again: a profile that is removed
 * meanwhile would leave the program unconfined. When that follows at once, once is enough.
 */
static int labels_early(struct child *c, struct err *e)
{
	return c->sync.state == SYNC_LAUNCHED ? 0 : lsm_apply(c, e);
}

static int init_build(struct child *c, struct err *e)
{
	const struct plan *plan = c->plan;

	TRY(child_protect(c, e));
	if (!c->src_by_parent) {
		TRY(rootfs_acquire(plan, c->src_fd, e));
		TRY(rootfs_part_sources(plan, c->src_fd, true, e));
	}
	if (c->notify_op.dst && c->notify_fd < 0) {
		TRY(rootfs_source(&c->notify_op, &c->notify_fd, e));
		TRY(rootfs_part(plan, c->notify_fd, e));
	}
	TRY(rootfs_enter(c, e));
	TRY(rootfs_apply(c, plan->fs, plan->n_fs, e));
	if (c->notify_op.dst)
		TRY(rootfs_bind(c, &c->notify_op, c->notify_fd, e));
	TRY(plan->process.terminal ? console_make(c, e) : stdio_settle(c, e));
	TRY(hooks_before_pivot(c, e));
	TRY(cwd_make(c, e));
	if (plan->n_netdevs) /* they are there now, for the sysctls */
		TRY(child_grant(c, e));
	TRY(sysctl_apply(c, e));
	TRY(rootfs_apply(c, plan->seal, plan->n_seal, e));
	TRY(mask_done(c, e));
	TRY(propagation_final(c, e));
	TRY(exec_find(c, e));
	TRY(child_grant(c, e));
	creds_all_cpus();
	TRY(labels_early(c, e));
	return sync_send(&c->sync, MSG_BUILT, 0, &c->master_fd, c->master_fd >= 0, e);
}

/* ---- wait ---- */

/* @owner: whose start it may be (security: D19) */
static int wait_start(struct child *c, uid_t owner, struct err *e)
{
	struct sync_packet p;
	int r;

	c->sync.limit_ms = -1;
	for (;;) {
		c->sync.fd = fd_accept(c->listen_fd, owner);
		if (c->sync.fd < 0)
			return err_code(e, c->sync.fd, ERR_SYSTEM, "wait for start");
		c->sync.state = SYNC_COMMITTED;
		c->sync.sent = c->sync.received = 0;
		r = sync_recv(&c->sync, &p, NULL, NULL, NULL);
		if (r == 0)
			break;
		/* a start that was killed before it said GO, or says something else */
		fd_close(&c->sync.fd);
	}
	fd_close(&c->listen_fd);
	return 0;
}

static void end_waiting(int signal)
{
	_exit(128 + signal);
}

/* The first process of a pid namespace is told of no signal without a handler; the program is not there yet. */
static void wait_signals(void (*handler)(int))
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		signal(ending[i], handler);
}

static int init_wait(struct child *c, struct err *e)
{
	const struct hook_state *hooks = &c->hook_state[HOOK_START_CONTAINER];
	struct sync_packet p;
	uid_t owner;

	if (c->sync.state == SYNC_EXEC)
		return child_disarm(e);
	c->sync.limit_ms = -1; /* the parent may have hooks to run; its death is seen anyway */
	TRY(sync_recv(&c->sync, &p, NULL, NULL, e));
	fd_close(&c->master_fd);
	TRY(child_disarm(e));
	if (p.type == MSG_GO)
		return 0;
	owner = fd_peer_uid(c->sync.fd);
	fd_close(&c->sync.fd);
	c->dir_fd = c->devpts_fd = c->mask_fd = -1;
	TRY(child_keep_only(c, (const int[]){ c->root_fd, c->proc_fd, c->listen_fd, c->lock_fd, hooks->out_fd,
					      hooks->err_fd }, 6, e));
	wait_signals(end_waiting);
	TRY(wait_start(c, owner, e));
	wait_signals(SIG_DFL);
	return 0;
}

_Noreturn void init_main(struct child *c)
{
	static child_stage *const stages[STAGE__MAX] = {
		[STAGE_ENTER] = init_enter,
		[STAGE_BUILD] = init_build,
		[STAGE_WAIT] = init_wait,
		[STAGE_BECOME] = child_become,
	};

	child_live(c, stages);
}
