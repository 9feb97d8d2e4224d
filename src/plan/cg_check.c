// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_check.c - values of linux.resources that no hierarchy can take
 *
 * Spec: config-linux.md, "Memory" to "RDMA". Ranges come from the kernel's admin-guide (cgroup-v1,
 * cgroup-v2).
 */
#include "plan/internal.h"

static void check_memory(struct planner *pl, const struct oci_memory *m)
{
	if (m->swap.v > 0 && m->limit.v <= 0)
		plan_bad(pl, ERR_CGROUP_VALUE, "linux.resources.memory.swap",
			 "swap counts memory and swap together: it needs a memory limit");
	else if (m->swap.v > 0 && m->swap.v < m->limit.v)
		plan_bad(pl, ERR_CGROUP_VALUE, "linux.resources.memory.swap",
			 "swap counts memory and swap together: %lld is below the limit of %lld",
			 (long long)m->swap.v, (long long)m->limit.v);
	if (m->swappiness.v > 100)
		plan_bad(pl, ERR_CGROUP_VALUE, "linux.resources.memory.swappiness",
			 "expected 0 to 100, found %llu", (unsigned long long)m->swappiness.v);
	if (m->kernel.v || m->kernel_tcp.v)
		plan_warn(pl, "linux.resources.memory: kernel and kernelTCP are ignored, "
			      "Linux has no limit of its own for kernel memory any more");
}

static void check_list(struct planner *pl, const char *list, const char *where)
{
	uint64_t bits[1024] = { 0 };

	if (list && list_parse(list, bits, 65536) < 0)
		plan_bad(pl, ERR_CGROUP_VALUE, where, "expected a list such as 0-3,7, found %s",
			 list);
}

static void check_cpu(struct planner *pl, const struct oci_cpu *c)
{
	check_list(pl, c->cpus, "linux.resources.cpu.cpus");
	check_list(pl, c->mems, "linux.resources.cpu.mems");
	if (c->idle.v != 0 && c->idle.v != 1)
		plan_bad(pl, ERR_CGROUP_VALUE, "linux.resources.cpu.idle",
			 "expected 0 or 1, found %lld", (long long)c->idle.v);
	if (c->quota.v > 0 && c->burst.v > (uint64_t)c->quota.v)
		plan_bad(pl, ERR_CGROUP_VALUE, "linux.resources.cpu.burst",
			 "%llu is above the quota of %lld", (unsigned long long)c->burst.v,
			 (long long)c->quota.v);
	if (c->realtime_runtime.v > 0 && c->realtime_period.v &&
	    (uint64_t)c->realtime_runtime.v > c->realtime_period.v)
		plan_bad(pl, ERR_CGROUP_VALUE, "linux.resources.cpu.realtimeRuntime",
			 "%lld is above the period of %llu", (long long)c->realtime_runtime.v,
			 (unsigned long long)c->realtime_period.v);
}

static void check_weight(struct planner *pl, struct opt_u32 weight, const char *where)
{
	if (weight.v && (weight.v < 10 || weight.v > 1000))
		plan_bad(pl, ERR_CGROUP_VALUE, where, "expected 10 to 1000, found %u", weight.v);
}

static void check_block_io(struct planner *pl, const struct oci_block_io *b)
{
	check_weight(pl, b->weight, "linux.resources.blockIO.weight");
	check_weight(pl, b->leaf_weight, "linux.resources.blockIO.leafWeight");
	for (size_t i = 0; i < b->weight_device.n; i++) {
		const struct oci_weight_device *d = &b->weight_device.v[i];
		const char *where =
			arena_fmt(pl->a, "linux.resources.blockIO.weightDevice[%zu]", i);

		check_weight(pl, d->weight, arena_fmt(pl->a, "%s.weight", where));
		check_weight(pl, d->leaf_weight, arena_fmt(pl->a, "%s.leafWeight", where));
		if (!d->weight.set && !d->leaf_weight.set)
			plan_bad(pl, ERR_MISSING, where, "weight or leafWeight is needed");
	}
}

/* "2MB": a power of two without leading zero, unit of 1024 */
static bool is_page_size(const char *s)
{
	static const char *const units[] = { "B", "KB", "MB", "GB" };
	size_t digits = strspn(s, "0123456789");

	if (digits == 0 || *s == '0')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (str_eq(s + digits, units[i]))
			return true;
	return false;
}

static void check_hugepages(struct planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->hugepage_limits.n; i++) {
		const char *size = r->hugepage_limits.v[i].page_size;

		if (!size || !is_page_size(size))
			plan_bad(
				pl, ERR_CGROUP_VALUE,
				arena_fmt(pl->a, "linux.resources.hugepageLimits[%zu].pageSize", i),
				"expected a size such as 64KB, 2MB or 1GB, found %s",
				size ? size : "nothing");
	}
}

static void check_rdma(struct planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->rdma.n; i++) {
		const struct oci_rdma *d = &r->rdma.v[i];

		if (!d->hca_handles.set && !d->hca_objects.set)
			plan_bad(pl, ERR_MISSING,
				 arena_fmt(pl->a, "linux.resources.rdma.%s", d->key),
				 "hcaHandles or hcaObjects is needed");
	}
}

void cg_check(struct planner *pl, const struct oci_resources *r)
{
	if (r->memory)
		check_memory(pl, r->memory);
	if (r->cpu)
		check_cpu(pl, r->cpu);
	if (r->block_io)
		check_block_io(pl, r->block_io);
	check_hugepages(pl, r);
	check_rdma(pl, r);
}
