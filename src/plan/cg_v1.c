// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_v1.c - resources to writes of cgroup v1
 *
 * Source: kernel admin-guide/cgroup-v1. One function per controller, one line per property; values
 * are already checked. The order of writes is that in which a new cgroup accepts them.
 */
#include "plan/internal.h"

static const char *text_i64(const struct cg_target *t, int64_t v)
{
	return arena_fmt(t->pl->a, "%lld", (long long)v);
}

static const char *text_u64(const struct cg_target *t, uint64_t v)
{
	return arena_fmt(t->pl->a, "%llu", (unsigned long long)v);
}

/* A write that is made when the value is not 0. */
static struct cg_write *add_i64(const struct cg_target *t, const char *file, int64_t v,
				const char *where)
{
	return v ? cg_add(t, file, text_i64(t, v), where) : NULL;
}

static struct cg_write *add_u64(const struct cg_target *t, const char *file, uint64_t v,
				const char *where)
{
	return v ? cg_add(t, file, text_u64(t, v), where) : NULL;
}

/* A write that the kernel may refuse until another of the same controller is made. */
static struct cg_write *may_wait(struct cg_write *w)
{
	if (w)
		w->retry = true;
	return w;
}

/* The same value under another name, for when the first file does not exist. */
static void or_file(const struct cg_target *t, struct cg_write *w, const char *file)
{
	struct cg_write *other = arena_new(t->pl->a, struct cg_write);

	*other = *w;
	other->file = file;
	w->or_else = other;
}

void cg_v1_memory(const struct cg_target *t, const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;
	struct cg_write *w;

	if (!m)
		return;
	if (m->use_hierarchy.v)   /* fixed since Linux 5.11, where the file may be gone */
		cg_add(t, "memory.use_hierarchy", "1", "memory.useHierarchy")->optional = true;
	/* The limit may not exceed that of memory and swap: which goes first depends on what was there. */
	may_wait(add_i64(t, "memory.limit_in_bytes", m->limit.v, "memory.limit"));
	add_i64(t, "memory.soft_limit_in_bytes", m->reservation.v, "memory.reservation");
	w = may_wait(add_i64(t, "memory.memsw.limit_in_bytes", m->swap.v, "memory.swap"));
	if (w)                    /* without swap accounting nothing is limited anyway */
		w->optional = m->swap.v < 0;
	if (m->swappiness.set)
		cg_add(t, "memory.swappiness", text_u64(t, m->swappiness.v), "memory.swappiness");
	if (m->disable_oom_killer.v || cg_now(t->pl, m->disable_oom_killer))
		cg_add(t, "memory.oom_control", m->disable_oom_killer.v ? "1" : "0",
		       "memory.disableOOMKiller");
}

void cg_v1_cpu(const struct cg_target *t, const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;

	if (!c)
		return;
	if (c->idle.v || cg_now(t->pl, c->idle))
		cg_add(t, "cpu.idle", c->idle.v ? "1" : "0", "cpu.idle");
	if (!c->idle.v)           /* the kernel refuses shares of an idle cgroup */
		add_u64(t, "cpu.shares", c->shares.v, "cpu.shares");
	may_wait(add_u64(t, "cpu.cfs_period_us", c->period.v, "cpu.period"));
	may_wait(add_i64(t, "cpu.cfs_quota_us", c->quota.v, "cpu.quota"));
	if (c->burst.v || cg_now(t->pl, c->burst))
		may_wait(cg_add(t, "cpu.cfs_burst_us", text_u64(t, c->burst.v), "cpu.burst"));
	may_wait(add_u64(t, "cpu.rt_period_us", c->realtime_period.v, "cpu.realtimePeriod"));
	may_wait(add_i64(t, "cpu.rt_runtime_us", c->realtime_runtime.v, "cpu.realtimeRuntime"));
}

void cg_v1_cpuset(const struct cg_target *t, const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;

	if (c && c->cpus && *c->cpus)
		cg_add(t, "cpuset.cpus", c->cpus, "cpu.cpus");
	if (c && c->mems && *c->mems)
		cg_add(t, "cpuset.mems", c->mems, "cpu.mems");
}

void cg_v1_pids(const struct cg_target *t, const struct oci_resources *r)
{
	if (r->pids && r->pids->limit.set)
		cg_add(t, "pids.max", r->pids->limit.v < 0 ? "max" : text_i64(t, r->pids->limit.v),
		       "pids.limit");
}

static void weight_devices(const struct cg_target *t, const struct oci_block_io *b)
{
	for (size_t i = 0; i < b->weight_device.n; i++) {
		const struct oci_weight_device *d = &b->weight_device.v[i];
		const char *where = arena_fmt(t->pl->a, "blockIO.weightDevice[%zu]", i);
		const char *dev = arena_fmt(t->pl->a, "%lld:%lld", (long long)d->major,
					    (long long)d->minor);

		if (d->weight.v)
			or_file(t, cg_add(t, "blkio.weight_device",
					  arena_fmt(t->pl->a, "%s %u", dev, d->weight.v), where),
				"blkio.bfq.weight_device");
		if (d->leaf_weight.v)
			cg_add(t, "blkio.leaf_weight_device",
			       arena_fmt(t->pl->a, "%s %u", dev, d->leaf_weight.v), where);
	}
}

static void throttle(const struct cg_target *t, const char *file, const char *property,
		     const struct oci_throttle_device *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cg_add(t, file,
		       arena_fmt(t->pl->a, "%lld:%lld %llu", (long long)v[i].major,
				 (long long)v[i].minor, (unsigned long long)v[i].rate),
		       arena_fmt(t->pl->a, "blockIO.%s[%zu]", property, i));
}

void cg_v1_blkio(const struct cg_target *t, const struct oci_resources *r)
{
	const struct oci_block_io *b = r->block_io;
	struct cg_write *w;

	if (!b)
		return;
	w = add_u64(t, "blkio.weight", b->weight.v, "blockIO.weight");
	if (w)
		or_file(t, w, "blkio.bfq.weight");
	add_u64(t, "blkio.leaf_weight", b->leaf_weight.v, "blockIO.leafWeight");
	weight_devices(t, b);
	throttle(t, "blkio.throttle.read_bps_device", "throttleReadBpsDevice",
		 b->throttle_read_bps_device.v, b->throttle_read_bps_device.n);
	throttle(t, "blkio.throttle.write_bps_device", "throttleWriteBpsDevice",
		 b->throttle_write_bps_device.v, b->throttle_write_bps_device.n);
	throttle(t, "blkio.throttle.read_iops_device", "throttleReadIOPSDevice",
		 b->throttle_read_iops_device.v, b->throttle_read_iops_device.n);
	throttle(t, "blkio.throttle.write_iops_device", "throttleWriteIOPSDevice",
		 b->throttle_write_iops_device.v, b->throttle_write_iops_device.n);
}

void cg_v1_hugetlb(const struct cg_target *t, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->hugepage_limits.n; i++) {
		const struct oci_hugepage_limit *h = &r->hugepage_limits.v[i];
		const char *where = arena_fmt(t->pl->a, "hugepageLimits[%zu]", i);
		const char *value = text_u64(t, h->limit);

		/* Reservations are limited since Linux 5.7. */
		cg_add(t, arena_fmt(t->pl->a, "hugetlb.%s.rsvd.limit_in_bytes", h->page_size),
		       value, where)
			->optional = true;
		cg_add(t, arena_fmt(t->pl->a, "hugetlb.%s.limit_in_bytes", h->page_size), value,
		       where);
	}
}

void cg_v1_net_cls(const struct cg_target *t, const struct oci_resources *r)
{
	if (r->network)
		add_u64(t, "net_cls.classid", r->network->class_id.v, "network.classID");
}

void cg_v1_net_prio(const struct cg_target *t, const struct oci_resources *r)
{
	for (size_t i = 0; r->network && i < r->network->priorities.n; i++) {
		const struct oci_interface_priority *p = &r->network->priorities.v[i];

		cg_add(t, "net_prio.ifpriomap", arena_fmt(t->pl->a, "%s %u", p->name, p->priority),
		       arena_fmt(t->pl->a, "network.priorities[%zu]", i));
	}
}

void cg_v1_rdma(const struct cg_target *t, const struct oci_resources *r)
{
	cg_v2_rdma(t, r);         /* one controller, one file format */
}

/* ---- devices ---- */

static void device_write(const struct cg_target *t, const struct dev_rule *d)
{
	const char *major = d->major < 0 ? "*" : text_i64(t, d->major);
	const char *minor = d->minor < 0 ? "*" : text_i64(t, d->minor);
	struct planner *pl = t->pl;
	struct cg_write *w;

	w = cg_add(t, d->allow ? "devices.allow" : "devices.deny",
		   arena_fmt(pl->a, "%c %s:%s %s%s%s", d->type, major, minor,
			     d->access & DEV_READ ? "r" : "", d->access & DEV_WRITE ? "w" : "",
			     d->access & DEV_MKNOD ? "m" : ""), "");
	w->where = d->where;
}

/* The kernel keeps a list of exceptions: denying a part of an allowed range changes nothing there. */
static void warn_partial(const struct cg_target *t, const struct dev_rules *rules)
{
	const struct dev_rule *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < rules->n; i++) {
		if (!rules->v[i].part_of)
			continue;
		first = first ? first : &rules->v[i];
		n++;
	}
	if (n == 1)
		plan_warn(t->pl, "%s: cgroup v1 cannot take a part out of the range of %s",
			  first->where, first->part_of);
	else if (n)
		plan_warn(t->pl, "%s and %zu more: cgroup v1 cannot take a part out of a range (%s)",
			  first->where, n - 1, first->part_of);
}

void cg_v1_devices(const struct cg_target *t, const struct dev_rules *rules)
{
	cg_add(t, rules->allow_all ? "devices.allow" : "devices.deny", "a", "devices");
	warn_partial(t, rules);
	for (size_t i = 0; i < rules->n; i++)
		device_write(t, &rules->v[i]);
}
