// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ns.c - which namespaces are made or joined, by which call, in which order
 *
 * Spec: config-linux.md, "Namespaces" and "Offset for Time Namespace".
 *
 * Kernel rules that decide (namespaces(7), user_namespaces(7), pid_namespaces(7),
 * time_namespaces(7)):
 *  1. clone3() and unshare() make a new user namespace before the other new ones, which then belong
 *     to it. A namespace made earlier belongs to the older user namespace for ever, and the
 *     container's root has no power over it.
 *  2. setns() needs CAP_SYS_ADMIN in the user namespace that owns the target. A process that has
 *     entered a new user namespace has lost its capabilities in all others: what it is to join must
 *     be joined before. Hence joins come before a new user namespace is made.
 *  3. Who joins a user namespace gets all capabilities in it and loses them outside. The privileged
 *     join the others first, since those may belong to the initial user namespace; for the
 *     unprivileged it is the only source of capabilities, so they join it first.
 *  4. A pid namespace, new by unshare() or joined, holds only children made afterwards; clone3()
 *     puts the child itself there. The first process in a new one is its init and must be the one
 *     that stays: with a fork to come, the new pid namespace is made by that fork.
 *  5. A new time namespace holds only children made after unshare(); its offsets can be set only
 *     while it is empty. setns() moves the caller itself.
 *  6. The root of a new cgroup namespace is the cgroup in which unshare() finds the caller: it is
 *     made once the process is in its cgroup, never by clone3().
 *  7. setns() to a mount namespace changes root and working directory; the paths of all namespaces
 *     to join are opened before.
 *  8. The root of an ipc namespace's mqueue belongs to the user who makes the namespace. clone3() makes it
 *     for the caller, of whom a new user namespace knows nothing: whose root may not label it.
 */
#include <sched.h>

#include "plan/internal.h"

const struct ns_name ns_names[NS__MAX] = {
	[NS_USER] = { "user", CLONE_NEWUSER },
	[NS_MOUNT] = { "mount", CLONE_NEWNS },
	[NS_PID] = { "pid", CLONE_NEWPID },
	[NS_NET] = { "network", CLONE_NEWNET },
	[NS_IPC] = { "ipc", CLONE_NEWIPC },
	[NS_UTS] = { "uts", CLONE_NEWUTS },
	[NS_CGROUP] = { "cgroup", CLONE_NEWCGROUP },
	[NS_TIME] = { "time", CLONE_NEWTIME },
};

static void step(struct ns_plan *ns, enum ns_step_kind kind, enum ns_kind which, uint64_t flags)
{
	ns->steps[ns->n_steps++] = (struct ns_step){ .step = kind, .kind = which, .flags = flags };
}

static void join_all_but_user(struct ns_plan *ns)
{
	for (enum ns_kind k = 0; k < NS__MAX; k++)
		if (k != NS_USER && ns->ns[k].mode == NS_JOIN)
			step(ns, NS_STEP_JOIN, k, 0);
}

static bool joins_others(const struct ns_plan *ns)
{
	for (enum ns_kind k = 0; k < NS__MAX; k++)
		if (k != NS_USER && ns->ns[k].mode == NS_JOIN)
			return true;
	return false;
}

/* CLONE_NEW* of what is new and needs no order of its own. */
static uint64_t plain_new_flags(const struct ns_plan *ns)
{
	static const enum ns_kind plain[] = { NS_MOUNT, NS_NET, NS_IPC, NS_UTS };
	uint64_t flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (ns->ns[plain[i]].mode == NS_NEW)
			flags |= ns_names[plain[i]].flag;
	return flags;
}

/* The user namespace comes to the process after clone3(): everything new has to wait for it (rule 1). */
static void enter_user_late(struct ns_plan *ns, bool privileged)
{
	uint64_t flags = plain_new_flags(ns);

	if (ns->ns[NS_USER].mode == NS_NEW) {                       /* rule 2 */
		join_all_but_user(ns);
		step(ns, NS_STEP_UNSHARE, NS_USER, CLONE_NEWUSER);
		step(ns, NS_STEP_MAP, NS_USER, 0);
	} else if (privileged) {                                    /* rule 3 */
		join_all_but_user(ns);
		step(ns, NS_STEP_JOIN, NS_USER, 0);
	} else {
		step(ns, NS_STEP_JOIN, NS_USER, 0);
		join_all_but_user(ns);
	}
	if (flags)
		step(ns, NS_STEP_UNSHARE, NS__MAX, flags);
}

void ns_order(struct ns_plan *ns, bool privileged)
{
	enum ns_mode user = ns->ns[NS_USER].mode;
	bool user_late = user == NS_JOIN || (user == NS_NEW && joins_others(ns));
	bool new_time = ns->ns[NS_TIME].mode == NS_NEW;
	bool new_pid = ns->ns[NS_PID].mode == NS_NEW;
	bool pid_by_fork = new_pid && (user_late || new_time);      /* rule 4 */

	ns->clone_flags = 0;
	ns->n_steps = 0;
	if (user_late) {
		enter_user_late(ns, privileged);
	} else {
		ns->clone_flags = plain_new_flags(ns);
		if (new_pid && !pid_by_fork)
			ns->clone_flags |= CLONE_NEWPID;
		if (user == NS_NEW) {
			ns->clone_flags |= CLONE_NEWUSER;
			step(ns, NS_STEP_MAP, NS_USER, 0);
		}
		join_all_but_user(ns);
	}
	if (new_time) {                                             /* rule 5 */
		step(ns, NS_STEP_UNSHARE, NS_TIME, CLONE_NEWTIME);
		step(ns, NS_STEP_OFFSETS, NS_TIME, 0);
	}
	if (new_time || pid_by_fork || ns->ns[NS_PID].mode == NS_JOIN)
		step(ns, NS_STEP_FORK, NS_PID, pid_by_fork ? CLONE_NEWPID : 0);
	ns->cgroup_after_grant = ns->ns[NS_CGROUP].mode == NS_NEW;  /* rule 6 */
	ns->lo_up = ns->ns[NS_NET].mode == NS_NEW;
}

static enum ns_kind kind_of(const char *name)
{
	for (enum ns_kind k = 0; k < NS__MAX; k++)
		if (str_eq(ns_names[k].name, name))
			return k;
	return NS__MAX;
}

static void read_entry(struct planner *pl, size_t i)
{
	const struct oci_namespace *n = &pl->lin->namespaces.v[i];
	const char *where = arena_fmt(pl->a, "linux.namespaces[%zu]", i);
	enum ns_kind k = n->type ? kind_of(n->type) : NS__MAX;
	struct ns_plan *ns = &pl->plan->ns;

	if (k == NS__MAX) {
		plan_bad(pl, ERR_VALUE, where, "unknown namespace type %s", n->type ? n->type : "");
		return;
	}
	if (ns->ns[k].where) {
		plan_bad(pl, ERR_DUPLICATE, where, "a second %s namespace (the first is %s)",
			 n->type, ns->ns[k].where);
		return;
	}
	ns->ns[k].where = where;
	ns->ns[k].mode = NS_NEW;
	if (!n->path || !*n->path)
		return;
	ns->ns[k].mode = NS_JOIN;
	ns->ns[k].path = n->path;
	if (*n->path != '/')
		plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "%s.path", where),
			 "the path of a namespace must be absolute, found %s", n->path);
}

static void check_kernel(struct planner *pl)
{
	const struct { enum ns_kind kind; bool has; } optional[] = {
		{ NS_USER, pl->facts->has_user_ns },
		{ NS_CGROUP, pl->facts->has_cgroup_ns },
		{ NS_TIME, pl->facts->has_time_ns },
	};
	const struct ns_plan *ns = &pl->plan->ns;

	for (size_t i = 0; i < ARRAY_SIZE(optional); i++) {
		enum ns_kind k = optional[i].kind;

		if (ns->ns[k].mode != NS_INHERIT && !optional[i].has)
			plan_bad(pl, ERR_NS, ns->ns[k].where, "this kernel has no %s namespaces",
				 ns_names[k].name);
	}
}

static void read_offsets(struct planner *pl)
{
	struct ns_plan *ns = &pl->plan->ns;

	for (size_t i = 0; i < pl->lin->time_offsets.n; i++) {
		const struct oci_time_offset *o = &pl->lin->time_offsets.v[i];
		const char *where = arena_fmt(pl->a, "linux.timeOffsets.%s", o->key);

		if (!str_eq(o->key, "monotonic") && !str_eq(o->key, "boottime")) {
			plan_bad(pl, ERR_VALUE, where,
				 "only the clocks monotonic and boottime have offsets");
		} else if (o->nanosecs.v > 999999999) {
			plan_bad(pl, ERR_RANGE, where,
				 "nanosecs must be below 1000000000, found %u", o->nanosecs.v);
		} else if (ns->n_offsets < ARRAY_SIZE(ns->offsets)) {
			ns->offsets[ns->n_offsets++] = (struct time_offset){
				.clock = o->key, .secs = o->secs.v, .nanosecs = o->nanosecs.v,
			};
		}
	}
	if (ns->n_offsets && ns->ns[NS_TIME].mode != NS_NEW)
		plan_bad(pl, ERR_CONFLICT, "linux.timeOffsets",
			 "offsets need a new time namespace in linux.namespaces");
}

/* Where the container's root is to label the mqueue, it makes the ipc namespace itself (rule 8). */
static void ipc_by_root(struct ns_plan *ns)
{
	if (~ns->clone_flags & (CLONE_NEWUSER | CLONE_NEWIPC))
		return;
	ns->clone_flags &= ~(uint64_t)CLONE_NEWIPC;
	step(ns, NS_STEP_UNSHARE, NS_IPC, CLONE_NEWIPC);
}

void plan_ns(struct planner *pl)
{
	struct ns_plan *ns = &pl->plan->ns;

	for (size_t i = 0; i < pl->lin->namespaces.n; i++)
		read_entry(pl, i);
	if (ns->ns[NS_USER].mode == NS_INHERIT && !pl->facts->privileged) {
		ns->ns[NS_USER].mode = NS_NEW;
		ns->ns[NS_USER].where = "added for an unprivileged caller";
	}
	if (ns->ns[NS_USER].mode != NS_INHERIT)
		pl->in_userns = true;
	check_kernel(pl);
	read_offsets(pl);
	ns_order(ns, pl->facts->privileged);
	if (pl->lin->mount_label && *pl->lin->mount_label)
		ipc_by_root(ns);
}
