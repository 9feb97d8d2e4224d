/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* planned.h - invented hosts, and what has to hold for every config that is planned on them */
#ifndef TESTS_FUZZ_PLANNED_H
#define TESTS_FUZZ_PLANNED_H

#include "libocispec/decode.h"
#include "plan/plan.h"
#include "tests/fuzz/harness.h"

static const struct id_range fuzz_all_ids[] = { { 0, 0, UINT32_MAX } };
static const struct id_range fuzz_sub_ids[] = { { 0, 100000, 65536 } };

enum { HOST_V2, HOST_HYBRID, HOST_ROOTLESS, HOST__MAX };

static const struct facts fuzz_hosts[HOST__MAX] = {
	[HOST_V2] = {
		.user = "root", .init_userns = true, .privileged = true, .caps_permitted = UINT64_MAX,
		.last_cap = 40, .uid_map = { fuzz_all_ids, 1 }, .gid_map = { fuzz_all_ids, 1 },
		.has_time_ns = true, .has_cgroup_ns = true, .has_user_ns = true, .apparmor = true,
		.selinux = true, .seccomp = true,
		.cg = { CG_LAYOUT_V2,
			{ { true, "/sys/fs/cgroup", "cpuset,cpu,io,memory,hugetlb,pids,rdma", "/" } }, 1 },
	},
	[HOST_HYBRID] = {
		.user = "root", .init_userns = true, .privileged = true, .last_cap = 40,
		.has_user_ns = true, .has_cgroup_ns = true, .seccomp = true,
		.cg = { CG_LAYOUT_HYBRID,
			{ { false, "/c/memory", "memory,pids,blkio,devices", "/" },
			  { false, "/c/cpu", "cpu,cpuset,net_cls,net_prio,rdma", "/" },
			  { true, "/c/unified", "hugetlb", "/" } }, 3 },
	},
	[HOST_ROOTLESS] = {
		.euid = 1000, .egid = 1000, .init_userns = true, .rootless = true, .last_cap = 40,
		.uid_map = { fuzz_all_ids, 1 }, .gid_map = { fuzz_all_ids, 1 }, .subuid = { fuzz_sub_ids, 1 },
		.subgid = { fuzz_sub_ids, 1 }, .newuidmap = "/u", .newgidmap = "/g", .has_user_ns = true,
		.has_time_ns = true, .has_cgroup_ns = true, .seccomp = true,
		.cg = { CG_LAYOUT_NONE, { { 0 } }, 0 },
	},
};

static const struct plan_options fuzz_options = { .id = "c1", .bundle = "/b" };

/* fuzz_spec() - the smallest config that can be planned; what it points to may be changed */
__attribute__((unused)) static struct oci_spec *fuzz_spec(struct arena *a)
{
	struct oci_spec *spec = arena_new(a, struct oci_spec);

	spec->oci_version = "1.2.0";
	spec->root = arena_new(a, struct oci_root);
	spec->root->path = "rootfs";
	spec->process = arena_new(a, struct oci_process);
	spec->process->cwd = "/";
	spec->process->args = (struct strv){ arena_newv(a, const char *, 2), 1 };
	spec->process->args.v[0] = "/bin/true";
	spec->linux_ = arena_new(a, struct oci_linux);
	spec->linux_->namespaces.v = arena_newv(a, struct oci_namespace, 4);
	spec->linux_->namespaces.v[0].type = "mount";
	spec->linux_->namespaces.v[1].type = "pid";
	spec->linux_->namespaces.n = 2;
	return spec;
}

/* A plan or at least one problem, never both. */
__attribute__((unused)) static void fuzz_verdict(int r, const struct plan *plan, const struct problems *p)
{
	REQUIRE((r == 0) == (p->n == 0) && (r == 0) == (plan != NULL));
	REQUIRE(p->n == 0 || (p->v[0].code == r && p->v[0].text[0] && p->v[0].id));
}

/* fuzz_plan() - plan it. Return: the plan, or NULL */
__attribute__((unused)) static struct plan *fuzz_plan(struct arena *a, const struct oci_spec *spec,
						      const struct plan_options *opt,
						      const struct facts *f)
{
	struct plan *plan = NULL;
	struct err v[4];
	struct problems p = { .v = v, .max = 4 };
	int r = plan_make(a, spec, opt, f, &plan, &p);

	fuzz_verdict(r, plan, &p);
	return plan;
}

/* fuzz_exec() - plan an exec into a container of this config. Return: the plan, or NULL */
__attribute__((unused)) static struct plan *fuzz_exec(struct arena *a, const struct exec_input *in,
						      const struct facts *f)
{
	static const struct plan_options opt = { .id = "c1", .bundle = "/b", .joins_container = true };
	struct plan *plan = NULL;
	struct err v[4];
	struct problems p = { .v = v, .max = 4 };
	int r = plan_exec(a, in, &opt, f, &plan, &p);

	fuzz_verdict(r, plan, &p);
	return plan;
}

/* The same input gives the same plan; both forms of explain print it, and its JSON is JSON. */
static void fuzz_try_host(struct arena *a, const struct oci_spec *spec, const struct facts *f)
{
	struct plan *plan = fuzz_plan(a, spec, &fuzz_options, f), *again;
	const char *json;
	struct err v[4];
	struct problems p = { .v = v, .max = 4 };
	struct oci_spec other;

	if (!plan)
		return;
	again = fuzz_plan(a, spec, &fuzz_options, f);
	REQUIRE(again && str_eq(plan_explain(a, plan, f, false), plan_explain(a, again, f, false)));
	/* The decoder skips keys that it does not know, and so checks any JSON. */
	json = plan_explain(a, plan, f, true);
	decode(a, &oci_spec_type, json, strlen(json), &other, &p);
	for (size_t i = 0; i < p.n; i++)
		REQUIRE(v[i].id != ERR_SYNTAX && v[i].id != ERR_DUPLICATE);
}

/* fuzz_try_spec() - plan a config everywhere, and an exec with its process as document */
__attribute__((unused)) static void fuzz_try_spec(struct arena *a, const struct oci_spec *spec)
{
	static const struct exec_options x = { .joins = 0x20000 };
	const struct exec_input in = { .spec = spec, .document = spec->process, .x = &x };

	for (int i = 0; i < HOST__MAX; i++) {
		struct plan *plan;

		fuzz_try_host(a, spec, &fuzz_hosts[i]);
		plan = fuzz_exec(a, &in, &fuzz_hosts[i]);
		if (plan)
			REQUIRE(plan->process.argc > 0 && plan->ns.n_steps == 1);
	}
}

#endif
