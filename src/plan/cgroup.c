// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cgroup.c - resources: which controller is driven in which hierarchy
 *
 * Spec: config-linux.md, "Control groups". Each controller lives in exactly one hierarchy: on a
 * hybrid host some are in v1 and some in v2, and each is written where it is. What a limit becomes
 * is said by cg_v1.c and cg_v2.c.
 *
 * Engines send zeros for "not set" (docker), so 0 asks for nothing except where 0 is a limit
 * (pids.limit, hugepageLimits). A controller that is not there is an error only when something is
 * asked of it.
 */
#include "plan/internal.h"

/* ---- is anything asked of a controller? ---- */

static bool wants_memory(const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;

	return m && (m->limit.v > 0 || m->reservation.v > 0 || m->swap.v > 0 ||
		     m->disable_oom_killer.v);
}

/* 1024 shares are what a cgroup has anyway; a period alone limits nothing. */
static bool wants_cpu(const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;

	return c && ((c->shares.v && c->shares.v != 1024) || c->quota.v > 0 || c->burst.v ||
		     c->realtime_runtime.v || c->realtime_period.v || c->idle.v);
}

static bool wants_cpuset(const struct oci_resources *r)
{
	return r->cpu && ((r->cpu->cpus && *r->cpu->cpus) || (r->cpu->mems && *r->cpu->mems));
}

static bool wants_pids(const struct oci_resources *r)
{
	return r->pids && r->pids->limit.set && r->pids->limit.v >= 0;
}

static bool wants_io(const struct oci_resources *r)
{
	const struct oci_block_io *b = r->block_io;

	return b && (b->weight.v || b->leaf_weight.v || b->weight_device.n ||
		     b->throttle_read_bps_device.n || b->throttle_write_bps_device.n ||
		     b->throttle_read_iops_device.n || b->throttle_write_iops_device.n);
}

static bool wants_hugetlb(const struct oci_resources *r)
{
	return r->hugepage_limits.n > 0;
}

static bool wants_net_cls(const struct oci_resources *r)
{
	return r->network && r->network->class_id.v;
}

static bool wants_net_prio(const struct oci_resources *r)
{
	return r->network && r->network->priorities.n;
}

static bool wants_rdma(const struct oci_resources *r)
{
	return r->rdma.n > 0;
}

static const struct controller {
	const char *v1, *v2;             /* v2 NULL = no such controller there */
	cg_translate *to_v1, *to_v2;
	bool (*wanted)(const struct oci_resources *r);
	const char *where;
} controllers[] = {
	{ "cpuset", "cpuset", cg_v1_cpuset, cg_v2_cpuset, wants_cpuset, "cpu" },
	{ "cpu", "cpu", cg_v1_cpu, cg_v2_cpu, wants_cpu, "cpu" },
	{ "memory", "memory", cg_v1_memory, cg_v2_memory, wants_memory, "memory" },
	{ "pids", "pids", cg_v1_pids, cg_v2_pids, wants_pids, "pids" },
	{ "blkio", "io", cg_v1_blkio, cg_v2_io, wants_io, "blockIO" },
	{ "hugetlb", "hugetlb", cg_v1_hugetlb, cg_v2_hugetlb, wants_hugetlb, "hugepageLimits" },
	{ "net_cls", NULL, cg_v1_net_cls, NULL, wants_net_cls, "network.classID" },
	{ "net_prio", NULL, cg_v1_net_prio, NULL, wants_net_prio, "network.priorities" },
	{ "rdma", "rdma", cg_v1_rdma, cg_v2_rdma, wants_rdma, "rdma" },
};

/* ---- hierarchies ---- */

/* Return: index of the hierarchy of that version that has the controller, -1 = none */
static int find_hier(const struct facts *f, bool v2, const char *controller)
{
	for (size_t i = 0; controller && i < f->cg.n_hier; i++)
		if (f->cg.hier[i].v2 == v2 && list_has(f->cg.hier[i].controllers, controller))
			return (int)i;
	return -1;
}

/* Return: index of the v2 hierarchy, -1 = none */
static int find_v2(const struct facts *f)
{
	for (size_t i = 0; i < f->cg.n_hier; i++)
		if (f->cg.hier[i].v2)
			return (int)i;
	return -1;
}

struct cg_write *cg_add(const struct cg_target *t, const char *file, const char *value,
			const char *where)
{
	struct cg_plan *cg = &t->pl->plan->cgroup;

	cg->writes = vec_room(t->pl->a, cg->writes, cg->n_writes, sizeof(*cg->writes));
	cg->writes[cg->n_writes] = (struct cg_write){
		.hier = t->hier, .controller = t->controller, .file = file, .value = value,
		.where = arena_fmt(t->pl->a, "linux.resources.%s", where),
	};
	return &cg->writes[cg->n_writes++];
}

static void plan_controller(struct planner *pl, const struct controller *c,
			    const struct oci_resources *r)
{
	const struct facts *f = pl->facts;
	int v1 = find_hier(f, false, c->v1), v2 = find_hier(f, true, c->v2);
	struct cg_target t = { .pl = pl };

	if (v1 >= 0) {
		t.hier = (unsigned)v1;
		t.controller = c->v1;
		c->to_v1(&t, r);
	} else if (v2 >= 0) {
		t.hier = (unsigned)v2;
		t.controller = c->v2;
		c->to_v2(&t, r);
	} else if (c->wanted(r)) {
		const char *where = arena_fmt(pl->a, "linux.resources.%s", c->where);

		if (!c->v2 && find_v2(f) >= 0)
			plan_bad(pl, ERR_CGROUP_CONTROLLER, where,
				 "cgroup v2 has no %s controller and nothing like it", c->v1);
		else
			plan_bad(
				pl, ERR_CGROUP_CONTROLLER, where,
				"this needs the %s controller, which no cgroup hierarchy offers %s",
				c->v2 && find_v2(f) >= 0 ? c->v2 : c->v1,
				f->rootless ? "to this user: have it delegated (systemd: Delegate= of "
					      "user@.service; else a cgroup that belongs to the user)"
					    : "here (not in this kernel, switched off by "
					      "cgroup_disable=, or not mounted: see /proc/cgroups)");
	}
}

/* ---- unified ---- */

static void plan_unified_key(struct cg_target *t, const struct kv *kv, const char *available)
{
	const char *where = arena_fmt(t->pl->a, "unified.%s", kv->key);
	const char *at = arena_fmt(t->pl->a, "linux.resources.%s", where);
	size_t len = strcspn(kv->key, ".");

	/* what the kernel's names are made of (hugetlb.2MB.max); none leads to another directory */
	if (len == 0 || kv->key[strspn(kv->key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")]) {
		plan_bad(t->pl, ERR_CGROUP_VALUE, at, "not the name of a cgroup file: %s", kv->key);
		return;
	}
	t->controller = arena_dup(t->pl->a, kv->key, len);
	if (str_eq(t->controller, "cgroup")) {
		t->controller = NULL;
	} else if (!list_has(available, t->controller)) {
		plan_bad(t->pl, ERR_CGROUP_CONTROLLER, at,
			 "this needs the %s controller, cgroup.controllers has: %s", t->controller,
			 *available ? available : "none");
		return;
	}
	for (const char *line = kv->value ? kv->value : ""; *line;) {
		size_t n = strcspn(line, "\n");

		if (n)
			cg_add(t, kv->key, arena_dup(t->pl->a, line, n), where);
		line += n;
		line += *line == '\n';
	}
}

/* After all else, so that it wins. */
static void plan_unified(struct planner *pl, const struct oci_resources *r)
{
	int v2 = find_v2(pl->facts);
	struct cg_target t = { .pl = pl, .hier = (unsigned)v2 };

	if (!r->unified.n)
		return;
	if (v2 < 0) {
		plan_bad(pl, ERR_CGROUP, "linux.resources.unified",
			 "unified is for cgroup v2, which this host does not have");
		return;
	}
	for (size_t i = 0; i < r->unified.n; i++)
		plan_unified_key(&t, &r->unified.v[i], pl->facts->cg.hier[v2].controllers);
}

/* ---- devices ---- */

/*
 * Only the host's root can filter devices. Where the caller is not, the kernel itself keeps device
 * nodes from being made, and what is bound in is what the caller may open anyway.
 */
static void plan_device_filter(struct planner *pl, const struct oci_resources *r)
{
	struct cg_plan *cg = &pl->plan->cgroup;
	int v1 = find_hier(pl->facts, false, "devices");
	struct dev_rules rules;

	if (!r->devices.v || pl->facts->rootless || !pl->facts->init_userns)
		return;
	devrules_read(pl, &rules);
	if (v1 >= 0) {
		struct cg_target t = { .pl = pl, .hier = (unsigned)v1, .controller = "devices" };

		cg_v1_devices(&t, &rules);
	} else if (find_v2(pl->facts) >= 0) {
		cg->dev_open = rules.allow_all && !rules.n;
		if (!cg->dev_open)
			cg->dev_prog = devbpf_make(pl->a, &rules, &cg->n_dev_prog);
	} else {
		plan_bad(
			pl, ERR_CGROUP_CONTROLLER, "linux.resources.devices",
			"device rules need the devices controller or cgroup v2, this host has neither");
	}
}

/* ---- all of it ---- */

/* The controllers of v2 that the writes need, each once. */
static const char *needed_controllers(struct planner *pl)
{
	const struct cg_plan *cg = &pl->plan->cgroup;
	const char *list = "";

	for (size_t i = 0; i < cg->n_writes; i++) {
		const char *c = cg->writes[i].controller;

		if (c && pl->facts->cg.hier[cg->writes[i].hier].v2 && !list_has(list, c))
			list = arena_fmt(pl->a, "%s%s%s", list, *list ? "," : "", c);
	}
	return list;
}

static bool wants_any(const struct oci_resources *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (controllers[i].wanted(r))
			return true;
	return r->unified.n > 0;
}

void plan_cgroup(struct planner *pl)
{
	const struct oci_resources *r = pl->lin->resources;
	struct cg_plan *cg = &pl->plan->cgroup;
	bool limits = r && wants_any(r);

	cg->manager = pl->opt->cg_manager;
	cg->controllers = "";
	if (cg->manager == CG_SYSTEMD) {
		cg_systemd_plan(pl);
		cg->path = cg->sd->path;
	} else {
		cg_path_plan(pl);
		cg->best_effort = !limits && (pl->facts->rootless ||
					      pl->facts->cg.layout == CG_LAYOUT_NONE);
	}
	cg_delegate_plan(pl);
	if (r && cg->manager == CG_DISABLED && (limits || r->devices.n))
		plan_warn(pl, "cgroups are disabled: linux.resources is ignored");
	if (r && cg->manager != CG_DISABLED)
		plan_resources(pl, r);
}

void plan_resources(struct planner *pl, const struct oci_resources *r)
{
	cg_check(pl, r);
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		plan_controller(pl, &controllers[i], r);
	plan_unified(pl, r);
	plan_device_filter(pl, r);
	pl->plan->cgroup.controllers = needed_controllers(pl);
}
