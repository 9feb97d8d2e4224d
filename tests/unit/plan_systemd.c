// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_systemd.c - the unit's name and properties, and GVariant text */
#include "plan_fixture.h"

static void init(struct fixture *f)
{
	fix_init(f);
	fix_v2(f);
	f->opt.cg_manager = CG_SYSTEMD;
	f->lin.resources = &f->res;
}

/* ---- names ---- */

static void check_name(struct fixture *f, const char *text, const char *unit, const char *path)
{
	f->lin.cgroups_path = text;
	if (!is_int(plan_it(f), 0))
		return;
	is_str(f->plan->cgroup.sd->unit, unit);
	is_str(f->plan->cgroup.path, path);
}

TEST(names)
{
	struct fixture f;

	init(&f);
	check_name(&f, NULL, "taper-c1.scope", "/system.slice/taper-c1.scope");
	check_name(&f, ":docker:x", "docker-x.scope", "/system.slice/docker-x.scope");
	check_name(&f, "a-b-c.slice:p:x", "p-x.scope", "/a.slice/a-b.slice/a-b-c.slice/p-x.scope");
	check_name(&f, "user:p:x", "p-x.scope", "/user.slice/p-x.scope");
	check_name(&f, "-.slice::x", "x.scope", "/x.scope");
	check_name(&f, "mine", "mine.scope", "/system.slice/mine.scope");
	check_name(&f, "::a+b", "a\\x2bb.scope", "/system.slice/a\\x2bb.scope");
	ok(!f.plan->cgroup.sd->user_bus);
	fix_unprivileged(&f);
	check_name(&f, NULL, "taper-c1.scope", "/user.slice/taper-c1.scope");
	ok(f.plan->cgroup.sd->user_bus);
}

TEST(names_that_are_none)
{
	static const char *const bad[] = { "/a/b", "a/b", "a:b", "a:b:c:d", "a.slice:b:", ":x:y.slice",
					   "a/b.slice:p:x", "-a.slice:p:x", "a-.slice:p:x",
					   "a--b.slice:p:x", "a.slice.x:p:x", ".slice:p:x" };
	struct fixture f;

	init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		f.lin.cgroups_path = bad[i];
		ok(plan_it(&f) < 0);
		is_str(f.found[0].path, "linux.cgroupsPath");
	}
}

/* ---- properties ---- */

static const char *value(struct fixture *f, const char *name)
{
	const char *found = NULL;

	if (plan_it(f) != 0)
		return f->found[0].text;
	for (size_t i = 0; i < f->plan->cgroup.sd->n_props; i++)
		if (str_eq(f->plan->cgroup.sd->props[i].name, name))
			found = gvariant_print(&f->a, &f->plan->cgroup.sd->props[i].value);
	return found;
}

TEST(a_unit_without_limits)
{
	struct oci_device_cgroup none = { .allow = false };
	struct fixture f;

	init(&f);
	is_str(value(&f, "Delegate"), "true");
	is_str(value(&f, "DefaultDependencies"), "false");
	is_str(value(&f, "Slice"), "'system.slice'");
	is_str(value(&f, "MemoryAccounting"), "true");
	is_str(value(&f, "MemoryMax"), NULL);
	is_str(value(&f, "DevicePolicy"), NULL);
	is_str(f.plan->cgroup.sd->subgroup, "container");
	fix_v1(&f);
	is_str(value(&f, "DevicePolicy"), NULL);
	f.res.devices.v = &none;                         /* an empty list: but for the default devices */
	is_str(value(&f, "DevicePolicy"), "'strict'");
	has_str(value(&f, "DeviceAllow"), "('/dev/char/1:3', 'rwm')");
	has_str(value(&f, "DeviceAllow"), "('char-136', 'rwm')");
	is_str(f.plan->cgroup.sd->subgroup, "");
}

TEST(memory_and_pids)
{
	struct oci_memory m = { .limit = { true, 1 << 20 }, .swap = { true, 3 << 20 },
				.reservation = { true, 4096 } };
	struct oci_pids p = { .limit = { true, 0 } };
	struct fixture f;

	init(&f);
	f.res.memory = &m;
	f.res.pids = &p;
	is_str(value(&f, "MemoryMax"), "uint64 1048576");
	is_str(value(&f, "MemorySwapMax"), "uint64 2097152");
	is_str(value(&f, "MemoryLow"), "uint64 4096");
	is_str(value(&f, "TasksMax"), "uint64 1");
	m.limit.v = m.swap.v = p.limit.v = -1;
	is_str(value(&f, "MemoryMax"), "uint64 18446744073709551615");
	is_str(value(&f, "MemorySwapMax"), "uint64 18446744073709551615");
	is_str(value(&f, "TasksMax"), "uint64 18446744073709551615");
}

TEST(cpu)
{
	static const struct { int64_t quota; uint64_t period; const char *want; } rows[] = {
		{ 50000, 100000, "uint64 500000" }, { 50000, 0, "uint64 500000" },
		{ 33333, 100000, "uint64 340000" }, { 1000, 1000000, "uint64 10000" },
		{ 150000, 100000, "uint64 1500000" }, { -1, 100000, "uint64 18446744073709551615" },
	};
	struct oci_cpu c = { .shares = { true, 1024 }, .cpus = "0-3,9", .mems = "0" };
	struct fixture f;

	init(&f);
	f.res.cpu = &c;
	is_str(value(&f, "CPUWeight"), "uint64 100");
	is_str(value(&f, "AllowedCPUs"), "[byte 15, byte 2]");
	is_str(value(&f, "AllowedMemoryNodes"), "[byte 1]");
	is_str(value(&f, "CPUQuotaPerSecUSec"), NULL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		c.quota = (struct opt_i64){ true, rows[i].quota };
		c.period = (struct opt_u64){ true, rows[i].period };
		is_str(value(&f, "CPUQuotaPerSecUSec"), rows[i].want);
	}
	fix_v1(&f);
	is_str(value(&f, "CPUShares"), "uint64 1024");
}

TEST(unified_keys)
{
	struct kv kv[] = { { "memory.high", "1000" }, { "cpu.max", "20000 50000" },
			   { "pids.max", "max" }, { "memory.max", "1M" },
			   { "memory.oom.group", "1" } };
	struct fixture f;

	init(&f);
	f.res.unified.v = kv;
	f.res.unified.n = ARRAY_SIZE(kv);
	is_str(value(&f, "MemoryHigh"), "uint64 1000");
	is_str(value(&f, "CPUQuotaPerSecUSec"), "uint64 400000");
	is_str(value(&f, "CPUQuotaPeriodUSec"), "uint64 50000");
	is_str(value(&f, "TasksMax"), "uint64 18446744073709551615");
	is_str(value(&f, "MemoryMax"), NULL);
	is_str(value(&f, "OOMPolicy"), "'kill'");
}

/* ---- update ---- */

static const char *all_of(struct fixture *f, const struct sd_plan *sd)
{
	const char *text = "";

	for (size_t i = 0; i < sd->n_props; i++)
		text = arena_fmt(&f->a, "%s%s%s=%s", text, i ? "; " : "", sd->props[i].name,
				 gvariant_print(&f->a, &sd->props[i].value));
	return text;
}

TEST(an_update_and_the_way_back)
{
	struct oci_memory m = { .limit = { true, 4096 } }, more = { .limit = { true, 8192 } };
	struct oci_cpu quota = { .quota = { true, 30000 }, .shares = { true, 2048 }, .cpus = "1" };
	struct oci_resources had = { .memory = &m }, after, change = { .memory = &more, .cpu = &quota };
	struct plan_update u = { .had = &had, .change = &change, .in_unit = true, .has_cpu_max = true,
				 .quota = -1, .period = 60000 };
	struct fixture f;
	struct plan *plan = NULL;

	init(&f);
	is_int(plan_update(&f.a, &u, &f.facts, &plan, &after, NULL), 0);
	is_str(all_of(&f, plan->cgroup.sd),
	       "MemoryMax=uint64 8192; CPUWeight=uint64 174; CPUQuotaPerSecUSec=uint64 500000; "
	       "CPUQuotaPeriodUSec=uint64 60000; AllowedCPUs=[byte 2]");
	is_str(all_of(&f, plan->cgroup.sd_back),
	       "MemoryMax=uint64 4096; CPUWeight=uint64 18446744073709551615; "
	       "CPUQuotaPerSecUSec=uint64 18446744073709551615; "
	       "CPUQuotaPeriodUSec=uint64 18446744073709551615; AllowedCPUs=@ay []");
	u.in_unit = false;
	is_int(plan_update(&f.a, &u, &f.facts, &plan, &after, NULL), 0);
	ok(!plan->cgroup.sd);
}

/* ---- annotations ---- */

static const char *annotated(struct fixture *f, const char *key, const char *text, const char *name)
{
	static struct kv kv;

	kv = (struct kv){ key, text };
	f->spec.annotations.v = &kv;
	f->spec.annotations.n = 1;
	return value(f, name);
}

#define P "org.systemd.property."

TEST(annotations)
{
	struct fixture f;

	init(&f);
	is_str(annotated(&f, P "TimeoutStopUSec", "uint64 7", "TimeoutStopUSec"), "uint64 7");
	is_str(annotated(&f, P "TimeoutStopSec", "5", "TimeoutStopUSec"), "uint64 5000000");
	is_str(annotated(&f, P "TimeoutStopSec", "1.5", "TimeoutStopUSec"), "uint64 1500000");
	has_str(annotated(&f, P "TimeoutStopSec", "'x'", "TimeoutStopUSec"), "number of seconds");
	is_str(annotated(&f, P "After", "['crio.service']", "After"), "['crio.service']");
	has_str(annotated(&f, P "PIDs", "[1]", "PIDs"), "not a property");
	has_str(annotated(&f, P "A1b", "1", "A1b"), "not a property");
	has_str(annotated(&f, P "After", "[crio]", "After"), "needs quotes");
	annotated(&f, P "Description", "'hello'", "Description");
	is_str(f.plan->cgroup.sd->description, "hello");
	annotated(&f, "run.oci.systemd.subgroup", "", "Slice");
	is_str(f.plan->cgroup.sd->subgroup, "");
	annotated(&f, "run.oci.systemd.subgroup", "inner", "Slice");
	is_str(f.plan->cgroup.sd->subgroup, "inner");
	has_str(annotated(&f, "run.oci.systemd.subgroup", "a/b", "Slice"), "name of one directory");
}

/* ---- GVariant text ---- */

static const struct { const char *text, *signature, *back; } good[] = {
	{ "true", "b", "true" }, { " false ", "b", "false" }, { "5", "i", "5" }, { "-5", "i", "-5" },
	{ "uint64 18446744073709551615", "t", "uint64 18446744073709551615" },
	{ "int64 -9223372036854775808", "x", "int64 -9223372036854775808" },
	{ "byte 255", "y", "byte 255" }, { "@t 7", "t", "uint64 7" }, { "1.5", "d", "double 1.500000" },
	{ "'a\\'b'", "s", "'a\\'b'" }, { "\"a'b\"", "s", "'a\\'b'" }, { "'a\\n'", "s", "'a\\n'" },
	{ "['a', 'b']", "as", "['a', 'b']" }, { "@as []", "as", "@as []" },
	{ "[1, 2]", "ai", "[1, 2]" }, { "[uint32 1, 2]", "au", "[uint32 1, uint32 2]" },
	{ "('a', 1)", "(si)", "('a', 1)" }, { "('a',)", "(s)", "('a',)" },
	{ "[('/dev/x', 'rw')]", "a(ss)", "[('/dev/x', 'rw')]" }, { "@a(st) []", "a(st)", "@a(st) []" },
	{ "objectpath '/a'", "o", "objectpath '/a'" },
};

TEST(gvariant_texts)
{
	struct fixture f;

	init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct sd_value v, again;

		is_str(gvariant_parse(&f.a, good[i].text, &v), NULL);
		is_str(sd_signature(&f.a, &v), good[i].signature);
		is_str(gvariant_print(&f.a, &v), good[i].back);
		is_str(gvariant_parse(&f.a, good[i].back, &again), NULL);
	}
}

TEST(gvariant_texts_that_are_wrong)
{
	static const char *const bad[] = {
		"", "x", "'a", "'a\\", "[", "[]", "()", "[1", "[1,", "[1 2]", "[1, 'a']", "5 5", "byte 256",
		"uint64 -1", "int32 3000000000", "@as [1]", "@ []", "@as", "@z 1", "uint64 'a'", "string 1",
		"@(ss) ('a',)", "@(s) ('a', 'b')", "1.2.3", "-", "truex", "[[[[[[[[[[[1]]]]]]]]]]]", "'\\u0041'",
		"@at", "boolean 2", "@a( 1", "@() ()",
	};
	struct fixture f;

	init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct sd_value v;

		if (!ok(gvariant_parse(&f.a, bad[i], &v) != NULL))
			printf("# %s\n", bad[i]);
	}
}

TAP_MAIN
