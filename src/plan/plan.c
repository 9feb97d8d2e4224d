// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * plan.c - plan_make(): the sub-planners in order, and what they share
 *
 * Invariants: nothing here or below makes a system call; a plan is returned only when no problem
 * was found; the order of the calls is the order in which sections may look at each other.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "plan/internal.h"

void plan_bad(struct planner *pl, unsigned id, const char *where, const char *fmt, ...)
{
	struct err *e = problem_slot(pl->problems);
	int code = id == ERR_UNSUPPORTED ? -EOPNOTSUPP : -EINVAL;
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_set(e, code, id, "%s", text);
	if (e && *where)
		err_place(e, "%s", where);
	if (!pl->first)
		pl->first = code;
}

void plan_warn(struct planner *pl, const char *fmt, ...)
{
	struct plan *plan = pl->plan;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	plan->warnings = vec_room(pl->a, plan->warnings, plan->n_warnings, sizeof(char *));
	plan->warnings[plan->n_warnings++] = arena_str(pl->a, text);
}

void *vec_room(struct arena *a, void *v, size_t n, size_t size_bytes)
{
	void *bigger;

	if (n == 0)
		return arena_array(a, 8, size_bytes);
	if (n < 8 || (n & (n - 1)) != 0)
		return v;
	bigger = arena_array(a, 2 * n, size_bytes);
	return memcpy(bigger, v, n * size_bytes);
}

const char *plan_annotation(const struct planner *pl, const char *key)
{
	const struct kvv *list = &pl->spec->annotations;

	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i].key, key))
			return list->v[i].value;
	return NULL;
}

static struct planner planner_new(struct arena *a, const struct oci_spec *spec,
				  const struct plan_options *opt, const struct facts *facts)
{
	struct planner pl = {
		.a = a, .spec = spec, .lin = spec->linux_, .opt = opt, .facts = facts,
		.plan = arena_new(a, struct plan),
		.in_userns = !facts->init_userns,
	};

	if (!pl.lin)
		pl.lin = arena_new(a, struct oci_linux);
	pl.plan->id = opt->id;
	pl.plan->bundle = opt->bundle;
	pl.plan->annotations = spec->annotations;
	return pl;
}

int plan_make(struct arena *a, const struct oci_spec *spec, const struct plan_options *opt,
	      const struct facts *facts, struct plan **ret, struct problems *p)
{
	struct planner pl = planner_new(a, spec, opt, facts);

	pl.problems = p;
	pl.plan->hostname = spec->hostname;
	pl.plan->domainname = spec->domainname;
	pl.plan->mount_label = pl.lin->mount_label;

	plan_validate(&pl);
	plan_ns(&pl);
	plan_idmap(&pl);
	plan_lsm(&pl);
	plan_root(&pl);
	plan_mounts(&pl);
	plan_devices(&pl);
	plan_seal(&pl);
	plan_sysctls(&pl);
	plan_hooks(&pl);
	plan_netdevs(&pl);
	plan_rdt(&pl);
	plan_cgroup(&pl);
	plan_command(&pl);
	plan_creds(&pl);
	plan_sched(&pl);
	plan_seccomp(&pl);

	if (!pl.first)
		*ret = pl.plan;
	return pl.first;
}

int plan_process(struct arena *a, const struct oci_spec *spec, const struct plan_options *opt,
		 const struct facts *facts, struct plan **ret, struct problems *p)
{
	struct planner pl = planner_new(a, spec, opt, facts);

	pl.problems = p;
	plan_ns(&pl);
	plan_idmap(&pl);
	plan_lsm(&pl);
	plan_command(&pl);
	plan_creds(&pl);
	plan_sched(&pl);
	plan_seccomp(&pl);
	/* The container has its namespaces already; they only said which ids and capabilities there are. */
	pl.plan->ns = (struct ns_plan){ 0 };
	pl.plan->idmap = (struct idmap_plan){ 0 };

	if (!pl.first)
		*ret = pl.plan;
	return pl.first;
}
