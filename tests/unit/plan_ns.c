// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_ns.c - the namespace algorithm over all 3^8 combinations, and its errors */
#include <sched.h>

#include "plan_fixture.h"

static const struct ns_step *find_step(const struct ns_plan *ns, enum ns_step_kind kind,
				       enum ns_kind which)
{
	for (size_t i = 0; i < ns->n_steps; i++)
		if (ns->steps[i].step == kind &&
		    (kind != NS_STEP_JOIN || ns->steps[i].kind == which))
			return &ns->steps[i];
	return NULL;
}

/* Where a new namespace is made: -1 by clone, else index of the step, -2 nowhere, -3 twice. */
static int made_at(const struct ns_plan *ns, enum ns_kind k)
{
	int at = ns->clone_flags & ns_names[k].flag ? -1 : -2;

	for (size_t i = 0; i < ns->n_steps; i++)
		if (ns->steps[i].step != NS_STEP_JOIN && (ns->steps[i].flags & ns_names[k].flag))
			at = at == -2 ? (int)i : -3;
	return at;
}

static size_t joins_of(const struct ns_plan *ns, enum ns_kind k)
{
	size_t n = 0;

	for (size_t i = 0; i < ns->n_steps; i++)
		n += ns->steps[i].step == NS_STEP_JOIN && ns->steps[i].kind == k;
	return n;
}

/* Each namespace comes exactly once, by the call that its mode asks for. */
static bool each_once(const struct ns_plan *ns)
{
	for (enum ns_kind k = 0; k < NS__MAX; k++) {
		bool made = made_at(ns, k) != -2;
		bool new_here = ns->ns[k].mode == NS_NEW && k != NS_CGROUP;

		if (made != new_here || made_at(ns, k) == -3)
			return false;
		if (joins_of(ns, k) != (ns->ns[k].mode == NS_JOIN))
			return false;
	}
	return ns->cgroup_after_grant == (ns->ns[NS_CGROUP].mode == NS_NEW);
}

/* Rules 1 to 3 of ns.c */
static bool user_rules(const struct ns_plan *ns, bool privileged)
{
	const struct ns_step *joined = find_step(ns, NS_STEP_JOIN, NS_USER);
	int user_at = joined ? (int)(joined - ns->steps) : made_at(ns, NS_USER);

	for (enum ns_kind k = 1; k < NS__MAX; k++) {
		const struct ns_step *join = find_step(ns, NS_STEP_JOIN, k);

		/* what is new belongs to the container's user namespace */
		if (ns->ns[NS_USER].mode != NS_INHERIT && ns->ns[k].mode == NS_NEW &&
		    k != NS_CGROUP && made_at(ns, k) < user_at)
			return false;
		if (!join)
			continue;
		if (ns->ns[NS_USER].mode == NS_NEW && join - ns->steps > user_at)
			return false;
		if (joined && privileged != (join < joined))
			return false;
	}
	return true;
}

/* The ids are mapped right after the user namespace is made. */
static bool map_rules(const struct ns_plan *ns)
{
	const struct ns_step *map = find_step(ns, NS_STEP_MAP, NS_USER);

	if (ns->ns[NS_USER].mode != NS_NEW)
		return !map;
	return map && map - ns->steps == made_at(ns, NS_USER) + 1;
}

/* Rules 4 and 5 */
static bool fork_rules(const struct ns_plan *ns)
{
	const struct ns_step *fork_step = find_step(ns, NS_STEP_FORK, NS__MAX);
	const struct ns_step *offsets = find_step(ns, NS_STEP_OFFSETS, NS__MAX);
	bool new_time = ns->ns[NS_TIME].mode == NS_NEW;
	bool pid_later = ns->ns[NS_PID].mode == NS_NEW && !(ns->clone_flags & CLONE_NEWPID);

	if (!!fork_step != (new_time || pid_later || ns->ns[NS_PID].mode == NS_JOIN))
		return false;
	if (fork_step && fork_step != &ns->steps[ns->n_steps - 1])
		return false;
	if (fork_step && (ns->clone_flags & CLONE_NEWPID))
		return false;
	if (pid_later && fork_step->flags != CLONE_NEWPID)
		return false;
	if (new_time)
		return offsets && offsets[-1].step == NS_STEP_UNSHARE &&
		       offsets[-1].flags == CLONE_NEWTIME && !(ns->clone_flags & CLONE_NEWTIME);
	return !offsets;
}

TEST(all_combinations_obey_the_kernel)
{
	unsigned n = 0;

	for (unsigned code = 0; code < 2 * 6561; code++) {
		struct ns_plan ns = { 0 };
		unsigned rest = code / 2;
		bool privileged = code % 2;

		for (int k = 0; k < NS__MAX; k++, rest /= 3)
			ns.ns[k].mode = (enum ns_mode)(rest % 3);
		ns_order(&ns, privileged);
		n += tap_check(ns.n_steps <= NS_STEPS_MAX && each_once(&ns), __FILE__, __LINE__,
			       "combination %u: not each exactly once", code) &&
		     tap_check(user_rules(&ns, privileged), __FILE__, __LINE__,
			       "combination %u: order around the user namespace", code) &&
		     tap_check(map_rules(&ns), __FILE__, __LINE__, "combination %u: id maps",
			       code) &&
		     tap_check(fork_rules(&ns), __FILE__, __LINE__, "combination %u: fork", code) &&
		     tap_check(ns.lo_up == (ns.ns[NS_NET].mode == NS_NEW), __FILE__, __LINE__,
			       "combination %u: lo", code);
		if (n != code + 1)
			return;
	}
	is_int(n, 2 * 6561);
}

TEST(everything_new_is_one_clone)
{
	struct ns_plan ns = { 0 };

	for (int k = 0; k < NS__MAX; k++)
		ns.ns[k].mode = k == NS_TIME ? NS_INHERIT : NS_NEW;
	ns_order(&ns, true);
	is_int(ns.clone_flags, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
				       CLONE_NEWIPC | CLONE_NEWUTS);
	is_int(ns.n_steps, 1);
	is_int(ns.steps[0].step, NS_STEP_MAP);
}

TEST(new_time_moves_pid_to_the_fork)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.lin.namespaces, { "mount", NULL }, { "pid", NULL }, { "time", NULL });
	LIST(f.lin.time_offsets, { "monotonic", { true, -5 }, { true, 7 } },
	     { "boottime", { true, 9 }, { 0 } });
	is_int(plan_it(&f), 0);
	check_line(&f, "clone new=mount");
	check_line(&f, "step unshare time");
	check_line(&f, "step time-offsets");
	check_line(&f, "step fork pid");
	check_line(&f, "clock monotonic secs=-5 nanosecs=7");
	check_line(&f, "clock boottime secs=9 nanosecs=0");
}

TEST(joined_namespaces)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.lin.namespaces, { "mount", "" }, { "pid", "/proc/7/ns/pid" },
	     { "network", "/run/netns/x" });
	is_int(plan_it(&f), 0);
	check_line(&f, "namespace mount new (linux.namespaces[0])");
	check_line(&f, "namespace network join /run/netns/x (linux.namespaces[2])");
	check_line(&f, "clone new=mount");
	check_line(&f, "step join pid");
	check_line(&f, "step join network");
	check_line(&f, "step fork");
}

/* Rule 8 of ns.c */
TEST(labelled_mqueue_in_a_user_namespace)
{
	struct fixture f;

	fix_init(&f);
	f.facts.privileged = false;
	LIST(f.lin.namespaces, { "mount", NULL }, { "ipc", NULL }, { "user", NULL });
	is_int(plan_it(&f), 0);
	check_line(&f, "clone new=user,mount,ipc");
	f.lin.mount_label = "u:r:t:s0";
	f.facts.selinux = true;
	is_int(plan_it(&f), 0);
	check_line(&f, "clone new=user,mount");
	check_line(&f, "step unshare ipc");
}

TEST(errors)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.lin.namespaces, { "mount", "ns/mnt" }, { "nett", NULL }, { "pid", NULL },
	     { "pid", NULL }, { "time", "/t" });
	LIST(f.lin.time_offsets, { "monotonic", { true, 1 }, { true, 1000000000 } },
	     { "realtime", { true, 1 }, { 0 } }, { "boottime", { true, 1 }, { 0 } });
	check_problem(&f, "linux.namespaces[0].path", "must be absolute, found ns/mnt");
	check_problem(&f, "linux.namespaces[1]", "unknown namespace type nett");
	check_problem(&f, "linux.namespaces[3]", "a second pid namespace");
	check_problem(&f, "linux.timeOffsets.monotonic", "below 1000000000");
	check_problem(&f, "linux.timeOffsets.realtime", "only the clocks");
	check_problem(&f, "linux.timeOffsets", "new time namespace");
	is_int(f.problems.n, 6);
}

TEST(kernel_without_time_namespaces)
{
	struct fixture f;

	fix_init(&f);
	f.facts.has_time_ns = false;
	LIST(f.lin.namespaces, { "mount", NULL }, { "time", NULL });
	check_problem(&f, "linux.namespaces[1]", "no time namespaces");
}

TEST(a_mount_namespace_is_needed)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.lin.namespaces, { "pid", NULL });
	check_problem(&f, "linux.namespaces", "without a mount namespace");
	f.spec.linux_ = NULL;
	check_problem(&f, "linux.namespaces", "without a mount namespace");
}

TEST(unprivileged_callers_get_a_user_namespace)
{
	struct fixture f;

	fix_init(&f);
	fix_unprivileged(&f);
	is_int(plan_it(&f), 0);
	check_line(&f, "namespace user new (added for an unprivileged caller)");
	check_line(&f, "clone new=user,mount,pid");
	check_line(&f, "step map-ids");
}

TEST(root_of_an_outer_user_namespace_gets_none)
{
	struct fixture f;

	fix_init(&f);
	f.facts.init_userns = false;
	f.facts.rootless = true;
	is_int(plan_it(&f), 0);
	check_line(&f, "clone new=mount,pid");
	ok(!strstr(f.text, "namespace user"));
}

TAP_MAIN
