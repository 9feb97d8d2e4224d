// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_update.c - new values for a container that exists; documents laid over each other */
#include "plan_fixture.h"

#include "libocispec/decode.h"
#include "libocispec/encode.h"
#include "libocispec/overlay.h"

struct update {
	struct fixture f;
	struct oci_resources had, change, after;
	struct plan_update u;
};

static void up_init(struct update *t)
{
	*t = (struct update){ 0 };
	fix_init(&t->f);
	t->u = (struct plan_update){ .had = &t->had, .change = &t->change };
}

/* The writes as "file value; ...", a retry as "~" in front; or the first problem */
static const char *update(struct update *t)
{
	struct problems p = { .v = t->f.found, .max = ARRAY_SIZE(t->f.found) };
	const char *text = "";
	struct plan *plan;

	if (plan_update(&t->f.a, &t->u, &t->f.facts, &plan, &t->after, &p) != 0)
		return arena_fmt(&t->f.a, "%s: %s", p.v[0].path, p.v[0].text);
	t->f.plan = plan;
	for (size_t i = 0; i < plan->cgroup.n_writes; i++)
		text = arena_fmt(&t->f.a, "%s%s%s%s %s", text, *text ? "; " : "",
				 plan->cgroup.writes[i].retry ? "~" : "", plan->cgroup.writes[i].file,
				 plan->cgroup.writes[i].value);
	return text;
}

TEST(only_what_changes_is_written)
{
	struct oci_pids pids = { { true, 5 } };
	struct oci_cpu had = { .shares = { true, 700 } };
	struct update t;

	up_init(&t);
	t.had.cpu = &had;
	is_str(update(&t), "");
	t.change.pids = &pids;
	is_str(update(&t), "pids.max 5");
	is_str(t.f.plan->cgroup.controllers, "pids");
	is_str(encode(&t.f.a, &oci_resources_type, &t.after, NULL, NULL),
	       "{\"cpu\":{\"shares\":700},\"pids\":{\"limit\":5}}");
}

TEST(quota_and_period_of_v2_are_one_file)
{
	struct oci_cpu cpu = { .quota = { true, 5000 } };
	struct update t;

	up_init(&t);
	t.change.cpu = &cpu;
	is_str(update(&t), "~cpu.max 5000 100000");
	t.u.has_cpu_max = true;
	t.u.quota = 700;
	t.u.period = 20000;
	is_str(update(&t), "~cpu.max 5000 20000");
	cpu = (struct oci_cpu){ .period = { true, 30000 } };
	is_str(update(&t), "~cpu.max 700 30000");
	t.u.quota = -1;
	is_str(update(&t), "~cpu.max max 30000");
	cpu = (struct oci_cpu){ .quota = { true, -1 } };
	is_str(update(&t), "~cpu.max max 20000");
	fix_v1(&t.f);
	is_str(update(&t), "~cpu.cfs_quota_us -1");
}

TEST(zero_is_a_value_of_some)
{
	struct oci_cpu cpu = { .idle = { true, 0 }, .burst = { true, 0 }, .shares = { true, 2 } };
	struct oci_memory m = { .disable_oom_killer = { true, false } };
	struct oci_pids pids = { { true, 0 } };
	struct update t;

	up_init(&t);
	t.change.cpu = &cpu;
	t.change.pids = &pids;
	t.change.memory = &m;
	is_str(update(&t), "cpu.idle 0; cpu.weight 1; ~cpu.max.burst 0; pids.max 0");
	fix_v1(&t.f);
	is_str(update(&t), "cpu.idle 0; cpu.shares 2; ~cpu.cfs_burst_us 0; memory.oom_control 0; pids.max 0");
}

TEST(memory_and_swap_go_together)
{
	struct oci_memory had = { .limit = { true, 100 }, .swap = { true, 300 } };
	struct oci_memory m = { .limit = { true, 200 } };
	struct update t;

	up_init(&t);
	t.had.memory = &had;
	t.change.memory = &m;
	is_str(update(&t), "memory.swap.max 100; memory.max 200");
	fix_v1(&t.f);
	is_str(update(&t), "~memory.limit_in_bytes 200; ~memory.memsw.limit_in_bytes 300");
	m.limit.v = 400;
	is_str(update(&t), "linux.resources.memory.swap: swap counts memory and swap together: "
			   "300 is below the limit of 400");
	m.limit.v = -1;
	is_str(update(&t), "~memory.limit_in_bytes -1; ~memory.memsw.limit_in_bytes -1");
	is_int(t.after.memory->swap.v, -1);
	fix_v2(&t.f);
	is_str(update(&t), "memory.swap.max max; memory.max max");
	m = (struct oci_memory){ .swap = { true, 150 } };
	is_str(update(&t), "memory.swap.max 50; memory.max 100");
	m = (struct oci_memory){ .reservation = { true, 10 } };
	is_str(update(&t), "memory.low 10");
	is_int(had.swap.v, 300);
}

TEST(check_before_update)
{
	struct oci_memory had = { .check_before_update = { true, true } };
	struct oci_memory m = { .limit = { true, 200 } };
	struct update t;

	up_init(&t);
	t.change.memory = &m;
	update(&t);
	ok(!t.f.plan->cgroup.writes[0].not_below);
	t.had.memory = &had;
	is_str(update(&t), "memory.max 200");
	is_str(t.f.plan->cgroup.writes[0].not_below, "memory.current");
}

TEST(devices_that_are_the_same_are_left_alone)
{
	struct update t;

	up_init(&t);
	LIST(t.had.devices, { false, NULL, { 0 }, { 0 }, "rwm" },
	     { true, "c", { true, 10 }, { true, -1 }, "r" });
	LIST(t.change.devices, { false, NULL, { 0 }, { 0 }, "rwm" },
	     { true, "c", { true, 10 }, { 0 }, "r" });
	is_str(update(&t), "");
	ok(!t.f.plan->cgroup.dev_prog && !t.f.plan->cgroup.dev_open);
	t.change.devices.v[1].access = "rw";
	is_str(update(&t), "");
	ok(t.f.plan->cgroup.dev_prog != NULL);
	LIST(t.change.devices, { true, "a", { 0 }, { 0 }, NULL });
	is_str(update(&t), "");
	ok(!t.f.plan->cgroup.dev_prog && t.f.plan->cgroup.dev_open);
	fix_v1(&t.f);
	is_str(update(&t), "devices.allow a");
}

TEST(missing_controllers_are_named)
{
	struct oci_pids pids = { { true, 5 } };
	struct update t;

	up_init(&t);
	fix_v1(&t.f);
	t.f.facts.cg.n_hier = 3;             /* without pids */
	t.change.pids = &pids;
	has_str(update(&t), "linux.resources.pids: this needs the pids controller");
}

/* ---- overlay ---- */

static struct oci_resources *loaded(struct arena *a, const char *text)
{
	struct oci_resources *r = arena_new(a, struct oci_resources);

	is_int(decode(a, &oci_resources_type, text, strlen(text), r, NULL), 0);
	return r;
}

TEST(overlays)
{
	static const struct { const char *onto, *over, *want; } rows[] = {
		{ "{}", "{}", "{}" },
		{ "{\"pids\":{\"limit\":1}}", "{}", "{\"pids\":{\"limit\":1}}" },
		{ "{\"pids\":{\"limit\":1}}", "{\"pids\":{\"limit\":0}}", "{\"pids\":{\"limit\":0}}" },
		{ "{\"memory\":{\"limit\":1,\"useHierarchy\":true}}",
		  "{\"memory\":{\"swap\":2,\"useHierarchy\":false}}",
		  "{\"memory\":{\"limit\":1,\"swap\":2,\"useHierarchy\":false}}" },
		{ "{\"cpu\":{\"cpus\":\"0\",\"mems\":\"1\"}}", "{\"cpu\":{\"cpus\":\"2\"}}",
		  "{\"cpu\":{\"cpus\":\"2\",\"mems\":\"1\"}}" },
		{ "{\"devices\":[{\"allow\":true}]}", "{\"devices\":[]}", "{\"devices\":[{\"allow\":true}]}" },
		{ "{\"devices\":[{\"allow\":true},{\"allow\":false}]}", "{\"devices\":[{\"allow\":false}]}",
		  "{\"devices\":[{\"allow\":false}]}" },
		{ "{\"unified\":{\"a.b\":\"1\",\"c.d\":\"2\"}}", "{\"unified\":{\"a.b\":\"3\",\"e.f\":\"4\"}}",
		  "{\"unified\":{\"c.d\":\"2\",\"a.b\":\"3\",\"e.f\":\"4\"}}" },
	};
	struct arena a;

	is_int(arena_open(&a, 16 << 20), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_resources *onto = loaded(&a, rows[i].onto);

		overlay(&a, &oci_resources_type, onto, loaded(&a, rows[i].over));
		is_str(encode(&a, &oci_resources_type, onto, NULL, NULL), rows[i].want);
	}
}

TAP_MAIN
