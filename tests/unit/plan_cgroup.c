// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_cgroup.c - the cgroup's path, and resources to writes on v1, v2 and hybrid hosts */
#include "plan_fixture.h"

static void with_resources(struct fixture *f)
{
	fix_init(f);
	f->lin.resources = &f->res;
}

/* The writes as "file value; file value", where it matters with the alternative. */
static const char *writes(struct fixture *f)
{
	const char *text = "";

	if (plan_it(f) != 0)
		return f->found[0].text;
	for (size_t i = 0; i < f->plan->cgroup.n_writes; i++) {
		const struct cg_write *w = &f->plan->cgroup.writes[i];

		text = arena_fmt(&f->a, "%s%s%s%s %s", text, *text ? "; " : "",
				 w->optional ? "?" : "", w->file, w->value);
		if (w->or_else)
			text = arena_fmt(&f->a, "%s | %s %s", text, w->or_else->file,
					 w->or_else->value);
	}
	return text;
}

/* ---- path ---- */

TEST(paths)
{
	struct fixture f;

	fix_init(&f);
	is_int(plan_it(&f), 0);
	check_line(&f, "cgroup /taper-c1 manager=cgroupfs");
	f.lin.cgroups_path = "/a//b/./c/";
	is_int(plan_it(&f), 0);
	check_line(&f, "cgroup /a/b/c manager=cgroupfs");
	f.lin.cgroups_path = "a/b";
	is_int(plan_it(&f), 0);
	check_line(&f, "cgroup /a/b manager=cgroupfs");
	f.lin.cgroups_path = "/a..b/..c";
	is_int(plan_it(&f), 0);
	check_line(&f, "cgroup /a..b/..c manager=cgroupfs");
	fix_unprivileged(&f);
	f.lin.cgroups_path = "a/b";
	is_int(plan_it(&f), 0);
	check_line(&f, "cgroup /a/b manager=cgroupfs below-own best-effort");
	f.lin.cgroups_path = "/a/b";
	is_int(plan_it(&f), 0);
	check_line(&f, "cgroup /a/b manager=cgroupfs best-effort");
	f.lin.cgroups_path = NULL;
	is_int(plan_it(&f), 0);
	check_line(&f, "cgroup /taper-c1 manager=cgroupfs below-own best-effort");
}

TEST(path_errors)
{
	struct fixture f;

	fix_init(&f);
	f.lin.cgroups_path = "/a/../b";
	check_problem(&f, "linux.cgroupsPath", "\"..\" is not allowed");
	f.lin.cgroups_path = "..";
	check_problem(&f, "linux.cgroupsPath", "\"..\" is not allowed");
	f.lin.cgroups_path = "//";
	check_problem(&f, "linux.cgroupsPath", "root of the hierarchy");
	f.lin.cgroups_path = "system.slice:docker:abc";
	check_problem(&f, "linux.cgroupsPath", "needs --systemd-cgroup");
}

/* ---- memory ---- */

TEST(memory)
{
	struct oci_memory m = { .limit = { true, 1000 },
				.reservation = { true, 500 },
				.swap = { true, 3000 } };
	struct fixture f;

	with_resources(&f);
	f.res.memory = &m;
	is_str(writes(&f), "memory.swap.max 2000; memory.max 1000; memory.low 500");
	check_line(&f, "cgroup-write memory.max 1000 controller=memory hierarchy=/sys/fs/cgroup "
		       "(linux.resources.memory.limit)");
	check_line(&f, "cgroup /taper-c1 manager=cgroupfs enable=memory");
	fix_v1(&f);
	is_str(writes(&f), "memory.limit_in_bytes 1000; memory.soft_limit_in_bytes 500; "
			   "memory.memsw.limit_in_bytes 3000");
	check_line(&f, "cgroup /taper-c1 manager=cgroupfs");
}

TEST(memory_and_swap)
{
	static const struct { int64_t limit, swap; const char *v1, *v2; } rows[] = {
		{ 0, 0, "", "" },
		{ 100, 0, "memory.limit_in_bytes 100", "memory.max 100" },
		{ 100, 100, "memory.limit_in_bytes 100; memory.memsw.limit_in_bytes 100",
		  "?memory.swap.max 0; memory.max 100" },
		{ 100, -1, "memory.limit_in_bytes 100; ?memory.memsw.limit_in_bytes -1",
		  "?memory.swap.max max; memory.max 100" },
		{ -1, 0, "memory.limit_in_bytes -1", "?memory.swap.max max; memory.max max" },
		{ -1, -1, "memory.limit_in_bytes -1; ?memory.memsw.limit_in_bytes -1",
		  "?memory.swap.max max; memory.max max" },
		{ 0, -1, "?memory.memsw.limit_in_bytes -1", "?memory.swap.max max" },
	};
	struct oci_memory m = { 0 };
	struct fixture f;

	with_resources(&f);
	f.res.memory = &m;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		m.limit = (struct opt_i64){ true, rows[i].limit };
		m.swap = (struct opt_i64){ true, rows[i].swap };
		fix_v1(&f);
		is_str(writes(&f), rows[i].v1);
		fix_v2(&f);
		is_str(writes(&f), rows[i].v2);
	}
	m.limit.v = 0;
	m.swap.v = 5;
	check_problem(&f, "linux.resources.memory.swap", "needs a memory limit");
	m.limit.v = -1;
	check_problem(&f, "linux.resources.memory.swap", "needs a memory limit");
	m.limit.v = 6;
	check_problem(&f, "linux.resources.memory.swap", "5 is below the limit of 6");
}

TEST(memory_of_v1_alone)
{
	struct oci_memory m = { .swappiness = { true, 0 }, .disable_oom_killer = { true, true },
				.use_hierarchy = { true, true }, .kernel = { true, 9 } };
	struct fixture f;

	with_resources(&f);
	f.res.memory = &m;
	fix_v1(&f);
	is_str(writes(&f), "?memory.use_hierarchy 1; memory.swappiness 0; memory.oom_control 1");
	has_str(f.text, "kernel and kernelTCP are ignored");
	fix_v2(&f);
	is_str(writes(&f), "");
	has_str(f.text, "memory.swappiness is ignored: cgroup v2 has nothing like it");
	has_str(f.text, "memory.disableOOMKiller is ignored");
	m.use_hierarchy.v = false;
	is_str(writes(&f), "");
	has_str(f.text, "memory.useHierarchy = false is ignored");
	m.swappiness.v = 101;
	check_problem(&f, "linux.resources.memory.swappiness", "0 to 100");
}

/* ---- cpu ---- */

TEST(cpu)
{
	struct oci_cpu c = { .shares = { true, 1024 },
			     .quota = { true, 5000 },
			     .period = { true, 10000 },
			     .burst = { true, 100 },
			     .cpus = "0-1",
			     .mems = "0" };
	struct fixture f;

	with_resources(&f);
	f.res.cpu = &c;
	is_str(writes(&f), "cpuset.cpus 0-1; cpuset.mems 0; cpu.weight 100; cpu.max 5000 10000; "
			   "cpu.max.burst 100");
	fix_v1(&f);
	is_str(writes(&f),
	       "cpuset.cpus 0-1; cpuset.mems 0; cpu.shares 1024; cpu.cfs_period_us 10000; "
	       "cpu.cfs_quota_us 5000; cpu.cfs_burst_us 100");
}

TEST(cpu_corners)
{
	struct oci_cpu c = { .quota = { true, -1 } };
	struct fixture f;

	with_resources(&f);
	f.res.cpu = &c;
	is_str(writes(&f), "cpu.max max 100000");
	fix_v1(&f);
	is_str(writes(&f), "cpu.cfs_quota_us -1");
	fix_v2(&f);
	c = (struct oci_cpu){ .period = { true, 50000 } };
	is_str(writes(&f), "cpu.max max 50000");
	c = (struct oci_cpu){ .shares = { true, 512 }, .idle = { true, 1 } };
	is_str(writes(&f), "cpu.idle 1");
	fix_v1(&f);
	is_str(writes(&f), "cpu.idle 1");
	c = (struct oci_cpu){ .realtime_period = { true, 100 }, .realtime_runtime = { true, 50 } };
	is_str(writes(&f), "cpu.rt_period_us 100; cpu.rt_runtime_us 50");
	fix_v2(&f);
	check_problem(&f, "linux.resources.cpu.realtimeRuntime", "cannot reserve");
	c = (struct oci_cpu){ .idle = { true, 2 }, .quota = { true, 10 }, .burst = { true, 11 },
			      .cpus = "0-", .mems = "x", .realtime_period = { true, 1 },
			      .realtime_runtime = { true, 2 } };
	fix_v1(&f);
	check_problem(&f, "linux.resources.cpu.idle", "0 or 1");
	check_problem(&f, "linux.resources.cpu.burst", "11 is above the quota of 10");
	check_problem(&f, "linux.resources.cpu.cpus", "found 0-");
	check_problem(&f, "linux.resources.cpu.mems", "found x");
	check_problem(&f, "linux.resources.cpu.realtimeRuntime", "2 is above the period of 1");
	is_int(f.problems.n, 5);
}

/* ---- the others ---- */

TEST(pids)
{
	struct oci_pids p = { { true, 0 } };
	struct fixture f;

	with_resources(&f);
	f.res.pids = &p;
	is_str(writes(&f), "pids.max 0");
	p.limit.v = -1;
	is_str(writes(&f), "pids.max max");
	fix_v1(&f);
	is_str(writes(&f), "pids.max max");
	p.limit.v = 7;
	is_str(writes(&f), "pids.max 7");
	p.limit.set = false;
	is_str(writes(&f), "");
}

TEST(block_io)
{
	struct oci_block_io b = { .weight = { true, 1000 } };
	struct fixture f;

	with_resources(&f);
	f.res.block_io = &b;
	LIST(b.weight_device, { 8, 0, { true, 10 }, { 0 } });
	LIST(b.throttle_read_bps_device, { 8, 0, 100 });
	LIST(b.throttle_write_bps_device, { 8, 1, 0 });
	LIST(b.throttle_read_iops_device, { 8, 2, 7 });
	LIST(b.throttle_write_iops_device, { 8, 3, 18446744073709551615u });
	is_str(writes(&f),
	       "io.bfq.weight 1000 | io.weight 10000; io.bfq.weight 8:0 10 | io.weight 8:0 1; "
	       "io.max 8:0 rbps=100; io.max 8:1 wbps=max; io.max 8:2 riops=7; "
	       "io.max 8:3 wiops=18446744073709551615");
	check_line(&f, "cgroup /taper-c1 manager=cgroupfs enable=io");
	fix_v1(&f);
	is_str(writes(&f),
	       "blkio.weight 1000 | blkio.bfq.weight 1000; "
	       "blkio.weight_device 8:0 10 | blkio.bfq.weight_device 8:0 10; "
	       "blkio.throttle.read_bps_device 8:0 100; blkio.throttle.write_bps_device 8:1 0; "
	       "blkio.throttle.read_iops_device 8:2 7; "
	       "blkio.throttle.write_iops_device 8:3 18446744073709551615");
}

TEST(block_io_corners)
{
	struct oci_block_io b = { .weight = { true, 0 }, .leaf_weight = { true, 10 } };
	struct fixture f;

	with_resources(&f);
	f.res.block_io = &b;
	is_str(writes(&f), "");
	has_str(f.text, "blockIO.leafWeight is ignored");
	fix_v1(&f);
	is_str(writes(&f), "blkio.leaf_weight 10");
	b.weight.v = 9;
	b.leaf_weight.v = 1001;
	LIST(b.weight_device, { 8, 0, { 0 }, { 0 } });
	check_problem(&f, "linux.resources.blockIO.weight", "10 to 1000");
	check_problem(&f, "linux.resources.blockIO.leafWeight", "10 to 1000");
	check_problem(&f, "linux.resources.blockIO.weightDevice[0]", "weight or leafWeight");
}

TEST(hugepages)
{
	struct fixture f;

	with_resources(&f);
	LIST(f.res.hugepage_limits, { "2MB", 0 }, { "1GB", 9 });
	is_str(writes(&f), "?hugetlb.2MB.rsvd.max 0; hugetlb.2MB.max 0; ?hugetlb.1GB.rsvd.max 9; "
			   "hugetlb.1GB.max 9");
	fix_v1(&f);
	check_problem(&f, "linux.resources.hugepageLimits", "needs the hugetlb controller");
	f.facts.cg.hier[f.facts.cg.n_hier++] =
		(struct cg_hier){ false, "/sys/fs/cgroup/hugetlb", "hugetlb", "/" };
	is_str(writes(&f), "?hugetlb.2MB.rsvd.limit_in_bytes 0; hugetlb.2MB.limit_in_bytes 0; "
			   "?hugetlb.1GB.rsvd.limit_in_bytes 9; hugetlb.1GB.limit_in_bytes 9");
	LIST(f.res.hugepage_limits, { "2M", 0 }, { "02MB", 0 }, { "../MB", 0 }, { "MB", 0 });
	for (unsigned i = 0; i < 4; i++)
		check_problem(&f, arena_fmt(&f.a, "linux.resources.hugepageLimits[%u].pageSize", i),
			      "size such as");
}

TEST(network)
{
	struct oci_network n = { .class_id = { true, 1048577 } };
	struct fixture f;

	with_resources(&f);
	f.res.network = &n;
	LIST(n.priorities, { "eth0", 3 }, { "lo", 4 });
	check_problem(&f, "linux.resources.network.classID", "cgroup v2 has no net_cls controller");
	check_problem(&f, "linux.resources.network.priorities",
		      "cgroup v2 has no net_prio controller");
	fix_v1(&f);
	f.facts.cg.hier[f.facts.cg.n_hier++] =
		(struct cg_hier){ false, "/sys/fs/cgroup/net", "net_cls,net_prio", "/" };
	is_str(writes(&f),
	       "net_cls.classid 1048577; net_prio.ifpriomap eth0 3; net_prio.ifpriomap lo 4");
}

TEST(rdma)
{
	struct fixture f;

	with_resources(&f);
	LIST(f.res.rdma, { "mlx5_1", { true, 3 }, { true, 10000 } },
	     { "rxe3", { 0 }, { true, 0 } });
	is_str(writes(&f),
	       "rdma.max mlx5_1 hca_handle=3 hca_object=10000; rdma.max rxe3 hca_object=0");
	LIST(f.res.rdma, { "x", { 0 }, { 0 } });
	check_problem(&f, "linux.resources.rdma.x", "hcaHandles or hcaObjects");
}

TEST(unified)
{
	struct fixture f;

	with_resources(&f);
	f.res.unified = (struct kvv){ (struct kv[]){ { "memory.high", "100" },
						     { "io.max", "8:0 rbps=1\n8:16 wbps=2\n" },
						     { "cgroup.freeze", "0" },
						     { "hugetlb.2MB.max", "0" } },
				      4 };
	is_str(writes(&f),
	       "memory.high 100; io.max 8:0 rbps=1; io.max 8:16 wbps=2; cgroup.freeze 0; "
	       "hugetlb.2MB.max 0");
	check_line(&f, "cgroup-write io.max \"8:16 wbps=2\" controller=io hierarchy=/sys/fs/cgroup "
		       "(linux.resources.unified.io.max)");
	check_line(&f, "cgroup-write cgroup.freeze 0 hierarchy=/sys/fs/cgroup "
		       "(linux.resources.unified.cgroup.freeze)");
	check_line(&f, "cgroup /taper-c1 manager=cgroupfs enable=memory,io,hugetlb");
	f.res.unified = (struct kvv){ (struct kv[]){
		{ "misc.max", "1" }, { "../memory.max", "1" }, { ".x", "1" }, { "a/b", "1" }, { "a b", "1" } }, 5 };
	check_problem(&f, "linux.resources.unified.misc.max",
		      "cgroup.controllers has: cpuset,cpu,io");
	check_problem(&f, "linux.resources.unified.../memory.max", "not the name of a cgroup file");
	check_problem(&f, "linux.resources.unified..x", "not the name of a cgroup file");
	check_problem(&f, "linux.resources.unified.a/b", "not the name of a cgroup file");
	check_problem(&f, "linux.resources.unified.a b", "not the name of a cgroup file");
	fix_v1(&f);
	check_problem(&f, "linux.resources.unified", "this host does not have");
}

/* ---- hosts ---- */

TEST(hybrid_drives_each_controller_where_it_is)
{
	struct oci_memory m = { .limit = { true, 1 } };
	struct fixture f;

	with_resources(&f);
	fix_v1(&f);
	f.facts.cg.layout = CG_LAYOUT_HYBRID;
	f.facts.cg.hier[f.facts.cg.n_hier++] =
		(struct cg_hier){ true, "/sys/fs/cgroup/unified", "hugetlb", "/" };
	f.res.memory = &m;
	LIST(f.res.hugepage_limits, { "2MB", 5 });
	f.res.unified = (struct kvv){ (struct kv[]){ { "hugetlb.2MB.max", "6" } }, 1 };
	is_str(writes(&f), "memory.limit_in_bytes 1; ?hugetlb.2MB.rsvd.max 5; hugetlb.2MB.max 5; "
			   "hugetlb.2MB.max 6");
	check_line(&f, "cgroup /taper-c1 manager=cgroupfs enable=hugetlb");
	f.res.unified = (struct kvv){ (struct kv[]){ { "memory.high", "6" } }, 1 };
	check_problem(&f, "linux.resources.unified.memory.high", "cgroup.controllers has: hugetlb");
}

TEST(zeros_ask_for_nothing)
{
	struct oci_memory m = { .limit = { true, 0 },
				.swap = { true, 0 },
				.disable_oom_killer = { true, false } };
	struct oci_cpu c = {
		.shares = { true, 0 }, .quota = { true, 0 }, .period = { true, 0 }, .cpus = ""
	};
	struct oci_block_io b = { .weight = { true, 0 } };
	struct fixture f;

	with_resources(&f);
	f.facts.cg.hier[0].controllers = "";
	f.res.memory = &m;
	f.res.cpu = &c;
	f.res.block_io = &b;
	is_str(writes(&f), "");
	c.shares.v = 1024;                   /* the kernel's default */
	is_str(writes(&f), "");
	c.shares.v = 2;
	check_problem(&f, "linux.resources.cpu", "needs the cpu controller");
}

TEST(limits_without_a_controller)
{
	struct oci_memory m = { .limit = { true, 1 } };
	struct oci_pids p = { { true, 5 } };
	struct fixture f;

	with_resources(&f);
	f.facts.cg.hier[0].controllers = "cpu";
	f.res.memory = &m;
	f.res.pids = &p;
	check_problem(&f, "linux.resources.memory",
		      "needs the memory controller, which no cgroup hierarchy offers here");
	check_problem(&f, "linux.resources.pids", "needs the pids controller");
	is_int(f.problems.n, 2);
	f.facts.rootless = true;
	check_problem(&f, "linux.resources.memory", "to this user: have it delegated (systemd: Delegate=");
}

TEST(no_cgroups_at_all)
{
	struct oci_pids p = { { true, 5 } };
	struct fixture f;

	with_resources(&f);
	f.facts.cg.layout = CG_LAYOUT_NONE;
	f.facts.cg.n_hier = 0;
	is_int(plan_it(&f), 0);
	ok(f.plan->cgroup.best_effort);
	f.res.pids = &p;
	check_problem(&f, "linux.resources.pids", "no cgroup hierarchy offers");
}

TEST(disabled_manager)
{
	struct oci_pids p = { { true, 5 } };
	struct fixture f;

	with_resources(&f);
	f.opt.cg_manager = CG_DISABLED;
	is_int(plan_it(&f), 0);
	is_int(f.plan->n_warnings, 0);
	f.res.pids = &p;
	check_warning(&f, "linux.resources is ignored");
	is_int(f.plan->cgroup.n_writes, 0);
}

TEST(unprivileged_limits_are_not_best_effort)
{
	struct oci_pids p = { { true, 5 } };
	struct fixture f;

	with_resources(&f);
	fix_unprivileged(&f);
	f.res.pids = &p;
	is_str(writes(&f), "pids.max 5");
	ok(!f.plan->cgroup.best_effort);
}

/* A user namespace for user 100000, and cgroups mounted for its user 5 */
static void delegating(struct fixture *f, const char *name)
{
	static struct kv annotation = { .key = "run.oci.delegate-cgroup" };
	static const char *options[] = { "ro" };

	fix_init(f);
	LIST(f->lin.namespaces, { "mount", NULL }, { "user", NULL }, { "cgroup", NULL });
	LIST(f->lin.uid_mappings, { 0, 100000, 1 }, { 1, 200000, 10 });
	LIST(f->lin.gid_mappings, { 0, 100000, 1 }, { 1, 200000, 10 });
	LIST(f->spec.mounts, { .destination = "/sys/fs/cgroup", .type = "cgroup", .source = "cgroup" });
	f->spec.mounts.v[0].options = (struct strv){ options, 0 };
	f->process.user.uid = 5;
	annotation.value = name;
	f->spec.annotations = (struct kvv){ &annotation, name ? 1 : 0 };
}

TEST(the_cgroup_belongs_to_the_user_of_the_process)
{
	struct fixture f;

	delegating(&f, NULL);
	is_int(plan_it(&f), 0);
	ok(f.plan->cgroup.has_owner);
	is_int(f.plan->cgroup.owner, 200004);
	delegating(&f, NULL);
	f.spec.mounts.v[0].options.n = 1;                /* read-only */
	is_int(plan_it(&f), 0);
	ok(!f.plan->cgroup.has_owner);
	delegating(&f, NULL);
	f.spec.mounts.n = 0;
	is_int(plan_it(&f), 0);
	ok(!f.plan->cgroup.has_owner);
	delegating(&f, NULL);
	f.lin.namespaces.n = 2;                          /* the host's cgroup namespace */
	is_int(plan_it(&f), 0);
	ok(!f.plan->cgroup.has_owner);
}

TEST(a_cgroup_below_for_the_processes)
{
	static const char *const bad[] = { "/a", "a/", "a//b", "../x", "a/..", "a/./b", ".", "a\nb" };
	struct fixture f;

	delegating(&f, "init/leaf");
	is_int(plan_it(&f), 0);
	is_str(f.plan->cgroup.delegate, "init/leaf");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		delegating(&f, bad[i]);
		check_problem(&f, "annotations.run.oci.delegate-cgroup", "expected the path of a cgroup");
	}
	delegating(&f, "init");
	fix_v1(&f);
	check_problem(&f, "annotations.run.oci.delegate-cgroup", "for hosts with cgroup v2 alone");
}

TAP_MAIN
