// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * grant.c - what the creating process gives to the first process while that builds
 *
 * Id maps, cgroups, limits that only the caller may raise, trees for the mount of type cgroup. Also
 * how its messages are heard, and how its death is told.
 */
#include <errno.h>
#include <signal.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>

#include "apply/cg_systemd.h"
#include "apply/parent.h"
#include "apply/rdt.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "base/sys.h"

static const char *which(const struct parent *p)
{
	return p->child.joins ? "new" : "first";
}

int parent_strangled(struct parent *p, struct err *e)
{
	if (cg_blame_memory(&p->cg.refs, &p->strikes, e) == 0)
		return 0;
	err_prefix(e, "the %s process was ", which(p));
	return -EPIPE;
}

/* The channel broke: say how the process ended. */
int parent_died(struct parent *p, struct err *e)
{
	siginfo_t si = { 0 };

	if (pid_wait(p->pid_fd, 1000) == 1 &&
	    waitid(P_PIDFD, (id_t)p->pid_fd, &si, WEXITED | WNOHANG) == 0 && si.si_pid) {
		if (si.si_code == CLD_EXITED)
			return err_set(e, -EPIPE, ERR_INIT_DIED, "the %s process ended with code %d%s",
				       which(p), si.si_status,
				       p->child.joins ? "" : " while the container was made");
		if (si.si_status == SIGKILL && parent_strangled(p, e) < 0)
			return -EPIPE;
		return err_set(e, -EPIPE, ERR_INIT_DIED, "the %s process was killed by signal %d",
			       which(p), si.si_status);
	}
	return err_set(e, -EPIPE, ERR_INIT_DIED, "the container's %s process has gone", which(p));
}

int parent_say(struct parent *p, enum sync_msg msg, int64_t value, const int *fds, size_t n,
	       struct err *e)
{
	int r = sync_send(&p->sync, msg, value, fds, n, e);

	return r == -EPIPE && !(e && e->code) ? parent_died(p, e) : r;
}

/* Receive one message, relaying warnings. */
int parent_hear(struct parent *p, struct sync_packet *ret, int *fds, size_t *n, struct err *e)
{
	for (;;) {
		size_t room = n ? *n : 0;
		int r = sync_recv(&p->sync, ret, fds, n ? &room : NULL, e);

		if (r == -EPIPE && !(e && e->code))
			return parent_died(p, e);
		if (r == -EAGAIN)
			cg_blame_pids(&p->cg.refs, &p->strikes, e);
		if (r != 0)
			return r;
		if (ret->type != MSG_WARN) {
			if (n)
				*n = room;
			return 0;
		}
		if (p->args->warn)
			p->args->warn(ret->err.text);
	}
}

/* The process that made the namespaces told us who goes on inside them. */
static int take_over(struct parent *p, pid_t pid, int pid_fd, struct err *e)
{
	if (waitid(P_PIDFD, (id_t)p->pid_fd, &(siginfo_t){ 0 }, WEXITED) < 0)
		return err_sys(e, ERR_SYSTEM, "wait for the process that made the namespaces");
	fd_close(&p->pid_fd);
	p->pid = pid;
	p->pid_fd = pid_fd;
	p->sync.peer_fd = pid_fd;
	return 0;
}

int parent_hear_entered(struct parent *p, struct err *e)
{
	struct sync_packet m;
	int fd = -1;
	size_t n;

	for (;;) {
		n = 1;
		TRY(parent_hear(p, &m, &fd, &n, e));
		if (m.type == MSG_ENTERED)
			break;
		TRY(idmap_write(p->store->proc_fd, p->pid, &p->plan->idmap, e));
		TRY(parent_say(p, MSG_MAPPED, 0, NULL, 0, e));
	}
	if (n)
		TRY(take_over(p, (pid_t)m.value, fd, e));
	return p->plan->ns.ns[NS_USER].mode == NS_JOIN
		       ? idmap_compare(p->arena, p->store->proc_fd, p->pid, &p->plan->idmap, e)
		       : 0;
}

/* ---- grant ---- */

/* Before the hooks, which find the devices in their new place. */
static int grant_netdevs(struct parent *p, struct err *e)
{
	_close_fd int host_fd = -1, target_fd = -1;
	char path[48];

	snprintf(path, sizeof(path), "%d/ns/net", p->pid);
	target_fd = openat(p->store->proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (target_fd < 0) { /* it has died: it may have said why */
		struct sync_packet m;

		TRY(parent_hear(p, &m, NULL, NULL, e));
		return err_set(e, -EPROTO, ERR_NET, "the container's network namespace has gone");
	}
	host_fd = openat(p->store->proc_fd, "self/ns/net", O_RDONLY | O_CLOEXEC);
	if (host_fd < 0)
		return err_sys(e, ERR_NET, "open the own network namespace");
	return netdevs_move(p->arena, p->plan, take_fd(&host_fd), take_fd(&target_fd), &p->netdevs,
			    e);
}

static bool wants_cgroup_mount(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_fs; i++)
		if (plan->fs[i].kind == FS_CGROUP)
			return true;
	return false;
}

/* Detached trees of the container's own directories, for its mount of type cgroup. */
int parent_trees(struct parent *p, int *fds, size_t *ret_n, int64_t *ret_mask, struct err *e)
{
	const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	bool v2_mount =
		p->facts->cg.layout == CG_LAYOUT_V2 && p->plan->ns.ns[NS_CGROUP].mode == NS_NEW;

	if (!wants_cgroup_mount(p->plan) || v2_mount || !p->facts->privileged)
		return 0;
	for (size_t h = 0; h < p->facts->cg.n_hier; h++) {
		for (size_t k = 0; k < p->cg.refs.n; k++) {
			if (!str_eq(p->cg.refs.v[k].mount, p->facts->cg.hier[h].mount) ||
			    p->cg.dir_fd[k] < 0)
				continue;
			fds[*ret_n] = sys_open_tree(p->cg.dir_fd[k], "", flags);
			if (fds[*ret_n] < 0)
				return err_sys(e, ERR_MOUNT, "clone the container's cgroup %s%s",
					       p->cg.refs.v[k].mount, p->cg.refs.v[k].path);
			(*ret_n)++;
			*ret_mask |= (int64_t)1 << h;
		}
	}
	return 0;
}

/* The files through which the process enters the cgroups of v1; for exec that of v2 too. */
int parent_tickets(struct parent *p, bool skip_v2, int *fds, size_t *ret_n, int64_t *ret_mask,
		   struct err *e)
{
	int tickets[CG_HIER_MAX], r = cg_tickets(&p->cg, skip_v2, tickets, e);

	for (size_t h = 0; h < CG_HIER_MAX; h++) {
		if (tickets[h] < 0)
			continue;
		fds[(*ret_n)++] = tickets[h];
		*ret_mask |= (int64_t)1 << (GRANT_TICKETS + h);
	}
	return r;
}

int parent_prepare(struct parent *p, struct err *e)
{
	bool entered = !p->plan->ns.n_steps;

	if (p->plan->cgroup.sd) {        /* systemd must be told the pid of who goes on */
		if (!entered)
			TRY(parent_hear_entered(p, e));
		entered = true;
		TRY(unit_start(p, e));
	}
	/* While the child works on its namespaces, make the cgroups; its pid may still change. */
	TRY(cg_make(&p->plan->cgroup, p->facts, &p->planned, false, &p->cg, e));
	TRY(cg_limit(p->arena, &p->cg, &p->plan->cgroup, e));
	TRY(parent_delegate(p, e));
	if (!entered)
		TRY(parent_hear_entered(p, e));
	if (p->plan->rdt)
		TRY(rdt_join(p->arena, &p->c, p->pid, e));
	TRY(creds_raise(&p->plan->process, p->pid, e));
	TRY(creds_oom_score(&p->plan->process, p->store->proc_fd, p->pid, e));
	return p->plan->n_netdevs ? grant_netdevs(p, e) : 0;
}

int parent_grant(struct parent *p, enum sync_msg msg, struct err *e)
{
	int fds[2 * CG_HIER_MAX];
	int64_t mask = 0;
	size_t n = 0;
	int r = parent_trees(p, fds, &n, &mask, e);

	if (r == 0)
		r = parent_tickets(p, !p->child.joins, fds, &n, &mask, e);
	if (p->delegate_fd >= 0) {
		fds[n++] = take_fd(&p->delegate_fd);
		mask |= (int64_t)1 << GRANT_DELEGATE;
	}
	if (r == 0)
		r = parent_say(p, msg, mask, fds, n, e);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	return r;
}
