// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * plan.c - fuzz entry point: any config on several invented hosts
 *
 * What has to hold: no crash; a plan is made or at least one problem is named, never both; the same
 * input gives the same plan; both forms of explain print every plan, and its JSON is JSON.
 *
 * Its corpus are the configs of the golden tests. Otherwise as decode.c.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libocispec/decode.h"
#include "plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond);       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static const struct id_range all_ids[] = { { 0, 0, UINT32_MAX } };
static const struct id_range sub_ids[] = { { 0, 100000, 65536 } };

static const struct facts hosts[] = {
	{ .user = "root", .init_userns = true, .privileged = true, .caps_permitted = UINT64_MAX,
	  .last_cap = 40, .uid_map = { all_ids, 1 }, .gid_map = { all_ids, 1 }, .has_time_ns = true,
	  .has_cgroup_ns = true, .has_user_ns = true, .apparmor = true, .selinux = true,
	  .seccomp = true,
	  .cg = { CG_LAYOUT_V2,
		  { { true, "/sys/fs/cgroup", "cpuset,cpu,io,memory,hugetlb,pids,rdma", "/" } }, 1 } },
	{ .user = "root", .init_userns = true, .privileged = true, .last_cap = 40,
	  .has_user_ns = true, .has_cgroup_ns = true, .seccomp = true,
	  .cg = { CG_LAYOUT_HYBRID,
		  { { false, "/c/memory", "memory,pids,blkio,devices", "/" },
		    { false, "/c/cpu", "cpu,cpuset,net_cls,net_prio,rdma", "/" },
		    { true, "/c/unified", "hugetlb", "/" } }, 3 } },
	{ .euid = 1000, .egid = 1000, .init_userns = true, .rootless = true, .last_cap = 40,
	  .uid_map = { all_ids, 1 }, .gid_map = { all_ids, 1 }, .subuid = { sub_ids, 1 },
	  .subgid = { sub_ids, 1 }, .newuidmap = "/u", .newgidmap = "/g", .has_user_ns = true,
	  .has_time_ns = true, .has_cgroup_ns = true, .seccomp = true,
	  .cg = { CG_LAYOUT_NONE, { { 0 } }, 0 } },
};

static void look_at_plan(struct arena *a, const struct plan *plan, const struct facts *f)
{
	const char *json = plan_explain(a, plan, f, true);
	struct err v[4];
	struct problems p = { .v = v, .max = 4 };
	struct oci_spec spec;

	/* The decoder skips keys that it does not know, and so checks any JSON. */
	decode(a, &oci_spec_type, json, strlen(json), &spec, &p);
	for (size_t i = 0; i < p.n; i++)
		REQUIRE(v[i].id != ERR_SYNTAX && v[i].id != ERR_DUPLICATE);
}

/* The process of a config, as exec runs it: the document of --process, on top of the container's own. */
static void try_exec(struct arena *a, const struct oci_spec *spec, const struct facts *f)
{
	static const struct plan_options opt = { .id = "c1", .bundle = "/b", .joins_container = true };
	static const struct exec_options x = { .joins = 0x20000 };
	const struct exec_input in = { .spec = spec, .document = spec->process, .x = &x };
	struct plan *plan = NULL;
	struct err v[4];
	struct problems p = { .v = v, .max = 4 };
	int r = plan_exec(a, &in, &opt, f, &plan, &p);

	REQUIRE((r == 0) == (p.n == 0) && (r == 0) == (plan != NULL));
	REQUIRE(p.n == 0 || (v[0].code == r && v[0].text[0] && v[0].id));
	if (r == 0)
		REQUIRE(plan->process.argc > 0 && plan->ns.n_steps == 1);
}

static void try_host(struct arena *a, const struct oci_spec *spec, const struct facts *f)
{
	static const struct plan_options opt = { .id = "c1", .bundle = "/b" };
	struct plan *plan = NULL, *again = NULL;
	struct err v[4];
	struct problems p = { .v = v, .max = 4 };
	int r = plan_make(a, spec, &opt, f, &plan, &p);

	REQUIRE((r == 0) == (p.n == 0) && (r == 0) == (plan != NULL));
	REQUIRE(p.n == 0 || (v[0].code == r && v[0].text[0] && v[0].id));
	REQUIRE(plan_make(a, spec, &opt, f, &again, NULL) == r);
	if (r < 0)
		return;
	REQUIRE(strcmp(plan_explain(a, plan, f, false), plan_explain(a, again, f, false)) == 0);
	look_at_plan(a, plan, f);
}

static void try_one(struct arena *a, const struct oci_spec *spec, const struct facts *f)
{
	try_host(a, spec, f);
	try_exec(a, spec, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oci_spec spec;
	struct arena a;

	if (arena_open(&a, 0) < 0)
		abort();
	if (decode(&a, &oci_spec_type, (const char *)data, size, &spec, NULL) == 0)
		for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
			try_one(&a, &spec, &hosts[i]);
	arena_close(&a);
	return 0;
}

#ifndef FUZZ_ENGINE
#include "tests/fuzz/plain.h"
FUZZ_MAIN("../../plan")
#endif
