// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_v2.c - resources to writes of cgroup v2
 *
 * Source: kernel admin-guide/cgroup-v2. The properties are those of v1; where v2 counts otherwise,
 * the value is converted, and where it has nothing like it, a warning says so:
 *   cpu.shares       cpu.weight        see cg_weight.c
 *   memory.swap      memory.swap.max   memory and swap together, less memory
 *   blockIO.weight   io.weight         10..1000 to 1..10000, linear; io.bfq.weight takes it as it
 *   is
 */
#include "plan/internal.h"

static const char *max_or(const struct cg_target *t, int64_t v)
{
	return v < 0 ? "max" : arena_fmt(t->pl->a, "%lld", (long long)v);
}

static void warn_without(const struct cg_target *t, const char *property)
{
	plan_warn(t->pl, "linux.resources.%s is ignored: cgroup v2 has nothing like it", property);
}

static void write_swap(const struct cg_target *t, const struct oci_memory *m)
{
	const char *value;

	if (m->swap.v > 0 && m->limit.v > 0 && m->swap.v >= m->limit.v)
		value = max_or(t, m->swap.v - m->limit.v);
	else if (m->swap.v < 0 || (m->limit.v < 0 && !m->swap.v))
		value = "max";
	else
		return;
	/* Where there is no swap, none of it and all of it are the same. */
	cg_add(t, "memory.swap.max", value, "memory.swap")->optional =
		str_eq(value, "max") || str_eq(value, "0");
}

void cg_v2_memory(const struct cg_target *t, const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;

	if (!m)
		return;
	write_swap(t, m);
	if (m->limit.v) {
		struct cg_write *w = cg_add(t, "memory.max", max_or(t, m->limit.v), "memory.limit");

		if (t->pl->update && m->check_before_update.v && m->limit.v > 0)
			w->not_below = "memory.current";
	}
	if (m->reservation.v)
		cg_add(t, "memory.low", max_or(t, m->reservation.v), "memory.reservation");
	if (m->swappiness.set)
		warn_without(t, "memory.swappiness");
	if (m->disable_oom_killer.v)
		warn_without(t, "memory.disableOOMKiller");
	if (m->use_hierarchy.set && !m->use_hierarchy.v)
		warn_without(t, "memory.useHierarchy = false");
}

/* Quota and period are one file: what is not given stays as it is. */
static void write_cpu_max(const struct cg_target *t, const struct oci_cpu *c)
{
	const struct plan_update *now = t->pl->update && t->pl->update->has_cpu_max ? t->pl->update : NULL;
	int64_t quota = c->quota.v ? c->quota.v : now ? now->quota : -1;
	uint64_t period = c->period.v ? c->period.v : now ? now->period : 100000;

	if (!c->quota.v && !c->period.v)
		return;
	cg_add(t, "cpu.max",
	       arena_fmt(t->pl->a, "%s %llu", max_or(t, quota), (unsigned long long)period),
	       c->quota.v ? "cpu.quota" : "cpu.period")
		->retry = true;              /* the burst that is there may be too large for it */
}

void cg_v2_cpu(const struct cg_target *t, const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;
	struct planner *pl = t->pl;

	if (!c)
		return;
	if (c->idle.v || cg_now(pl, c->idle))
		cg_add(t, "cpu.idle", c->idle.v ? "1" : "0", "cpu.idle");
	if (!c->idle.v && c->shares.v)        /* the kernel refuses a weight of an idle cgroup */
		cg_add(t, "cpu.weight", arena_fmt(pl->a, "%u", cg_weight_of_shares(c->shares.v)),
		       "cpu.shares");
	write_cpu_max(t, c);
	if (c->burst.v || cg_now(pl, c->burst))
		cg_add(t, "cpu.max.burst", arena_fmt(pl->a, "%llu", (unsigned long long)c->burst.v),
		       "cpu.burst")
			->retry = true;
	if (c->realtime_runtime.v || c->realtime_period.v)
		plan_bad(pl, ERR_CGROUP_VALUE, "linux.resources.cpu.realtimeRuntime",
			 "cgroup v2 cannot reserve realtime CPU time");
}

void cg_v2_cpuset(const struct cg_target *t, const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;

	if (c && c->cpus && *c->cpus)
		cg_add(t, "cpuset.cpus", c->cpus, "cpu.cpus");
	if (c && c->mems && *c->mems)
		cg_add(t, "cpuset.mems", c->mems, "cpu.mems");
}

void cg_v2_pids(const struct cg_target *t, const struct oci_resources *r)
{
	if (r->pids && r->pids->limit.set)
		cg_add(t, "pids.max", max_or(t, r->pids->limit.v), "pids.limit");
}

/* io.bfq.weight with the value as it is; where BFQ is not there, io.weight with the converted one. */
static void write_weight(const struct cg_target *t, const char *dev, uint32_t weight,
			 const char *where)
{
	struct cg_write *w =
		cg_add(t, "io.bfq.weight", arena_fmt(t->pl->a, "%s%u", dev, weight), where);
	struct cg_write *other = arena_new(t->pl->a, struct cg_write);

	*other = *w;
	other->file = "io.weight";
	other->value = arena_fmt(t->pl->a, "%s%u", dev, 1 + (weight - 10) * 9999 / 990);
	w->or_else = other;
}

static void throttle(const struct cg_target *t, const char *key, const char *property,
		     const struct oci_throttle_device *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *rate =
			v[i].rate ? arena_fmt(t->pl->a, "%llu", (unsigned long long)v[i].rate)
				  : "max";

		cg_add(t, "io.max",
		       arena_fmt(t->pl->a, "%lld:%lld %s=%s", (long long)v[i].major,
				 (long long)v[i].minor, key, rate),
		       arena_fmt(t->pl->a, "blockIO.%s[%zu]", property, i));
	}
}

void cg_v2_io(const struct cg_target *t, const struct oci_resources *r)
{
	const struct oci_block_io *b = r->block_io;

	if (!b)
		return;
	if (b->weight.v >= 10)
		write_weight(t, "", b->weight.v, "blockIO.weight");
	if (b->leaf_weight.v)
		warn_without(t, "blockIO.leafWeight");
	for (size_t i = 0; i < b->weight_device.n; i++) {
		const struct oci_weight_device *d = &b->weight_device.v[i];

		if (d->weight.v >= 10)
			write_weight(t, arena_fmt(t->pl->a, "%lld:%lld ", (long long)d->major,
						  (long long)d->minor), d->weight.v,
				     arena_fmt(t->pl->a, "blockIO.weightDevice[%zu]", i));
		if (d->leaf_weight.v)
			warn_without(t, "blockIO.weightDevice[].leafWeight");
	}
	throttle(t, "rbps", "throttleReadBpsDevice", b->throttle_read_bps_device.v,
		 b->throttle_read_bps_device.n);
	throttle(t, "wbps", "throttleWriteBpsDevice", b->throttle_write_bps_device.v,
		 b->throttle_write_bps_device.n);
	throttle(t, "riops", "throttleReadIOPSDevice", b->throttle_read_iops_device.v,
		 b->throttle_read_iops_device.n);
	throttle(t, "wiops", "throttleWriteIOPSDevice", b->throttle_write_iops_device.v,
		 b->throttle_write_iops_device.n);
}

void cg_v2_hugetlb(const struct cg_target *t, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->hugepage_limits.n; i++) {
		const struct oci_hugepage_limit *h = &r->hugepage_limits.v[i];
		const char *where = arena_fmt(t->pl->a, "hugepageLimits[%zu]", i);
		const char *value = arena_fmt(t->pl->a, "%llu", (unsigned long long)h->limit);

		/* Reservations are limited since Linux 5.7. */
		cg_add(t, arena_fmt(t->pl->a, "hugetlb.%s.rsvd.max", h->page_size), value, where)
			->optional = true;
		cg_add(t, arena_fmt(t->pl->a, "hugetlb.%s.max", h->page_size), value, where);
	}
}

void cg_v2_rdma(const struct cg_target *t, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->rdma.n; i++) {
		const struct oci_rdma *d = &r->rdma.v[i];
		const char *value = d->key;

		if (d->hca_handles.set)
			value = arena_fmt(t->pl->a, "%s hca_handle=%u", value, d->hca_handles.v);
		if (d->hca_objects.set)
			value = arena_fmt(t->pl->a, "%s hca_object=%u", value, d->hca_objects.v);
		cg_add(t, "rdma.max", value, arena_fmt(t->pl->a, "rdma.%s", d->key));
	}
}
