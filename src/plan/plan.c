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

#include "libocispec/overlay.h"
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
		.mounts = "mounts",
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

int plan_exec(struct arena *a, const struct exec_input *in, const struct plan_options *opt,
	      const struct facts *facts, struct plan **ret, struct problems *p)
{
	struct oci_spec spec = *in->spec;
	struct planner pl = planner_new(a, &spec, opt, facts);

	pl.problems = p;
	spec.process = exec_process(&pl, in);
	plan_validate_exec(&pl);
	plan_ns(&pl);
	plan_idmap(&pl);
	pl.plan->n_warnings = 0;     /* of those create has warned */
	plan_lsm(&pl);
	plan_rdt(&pl);
	plan_command(&pl);
	plan_creds(&pl);
	plan_sched(&pl);
	plan_seccomp(&pl);
	exec_place(&pl, in->x);

	if (!pl.first)
		*ret = pl.plan;
	return pl.first;
}

static bool same_number(struct opt_i64 x, struct opt_i64 y)
{
	return (x.set ? x.v : -1) == (y.set ? y.v : -1);
}

static bool same_text(const char *x, const char *y)
{
	return str_eq(x ? x : "", y ? y : "");
}

static bool same_devices(const struct oci_resources *x, const struct oci_resources *y)
{
	if (x->devices.n != y->devices.n)
		return false;
	for (size_t i = 0; i < x->devices.n; i++) {
		const struct oci_device_cgroup *d = &x->devices.v[i], *e = &y->devices.v[i];

		if (d->allow != e->allow || !same_text(d->type, e->type) ||
		    !same_text(d->access, e->access) || !same_number(d->major, e->major) ||
		    !same_number(d->minor, e->minor))
			return false;
	}
	return true;
}

/* Memory, and memory and swap together, depend on each other: both are written when one changes. */
static void pair_memory(struct arena *a, struct oci_resources *change, struct oci_resources *after)
{
	struct oci_memory *m, *all;

	if (!change->memory || !(change->memory->limit.v || change->memory->swap.v))
		return;
	m = arena_new(a, struct oci_memory);
	*m = *change->memory;
	all = arena_new(a, struct oci_memory);
	*all = *after->memory;
	if (m->limit.v < 0 && !m->swap.v)      /* more memory than memory and swap cannot be */
		all->swap = (struct opt_i64){ true, -1 };
	m->limit = all->limit;
	m->swap = all->swap;
	m->check_before_update = all->check_before_update;
	change->memory = m;
	after->memory = all;
}

int plan_update(struct arena *a, const struct plan_update *update, const struct facts *facts,
		struct plan **ret, struct oci_resources *ret_after, struct problems *p)
{
	static const struct plan_options opt = { .id = "", .bundle = "" };
	struct oci_spec *spec = arena_new(a, struct oci_spec);
	struct oci_resources change = *update->change, after = *update->had;
	struct planner pl;

	overlay(a, &oci_resources_type, &after, update->change);
	pair_memory(a, &change, &after);
	if (same_devices(update->had, &after))
		change.devices.v = NULL;
	spec->linux_ = arena_new(a, struct oci_linux);
	spec->linux_->resources = &change;
	if (update->rdt) {
		spec->linux_->intel_rdt = arena_new(a, struct oci_intel_rdt);
		*spec->linux_->intel_rdt = *update->rdt;
	}
	pl = planner_new(a, spec, &opt, facts);
	pl.problems = p;
	pl.update = update;
	pl.plan->cgroup.controllers = "";
	plan_resources(&pl, &change);
	if (update->in_unit)
		cg_systemd_update(&pl, &change, update->had);
	plan_rdt(&pl);

	if (!pl.first) {
		*ret = pl.plan;
		*ret_after = after;
	}
	return pl.first;
}

int plan_added(struct arena *a, const struct oci_spec *spec, const struct plan_options *opt,
	       const struct facts *facts, struct plan **ret, struct problems *p)
{
	struct planner pl = planner_new(a, spec, opt, facts);

	pl.problems = p;
	pl.plan->mount_label = pl.lin->mount_label;
	plan_ns(&pl);
	plan_idmap(&pl);
	plan_lsm(&pl);
	plan_root(&pl);
	plan_late_mounts(&pl);
	if (!pl.first)
		*ret = pl.plan;
	return pl.first;
}
