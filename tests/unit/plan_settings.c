// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_settings.c - names, sysctls, hooks, network devices, resctrl, and what explain prints */
#include "plan_fixture.h"

#define KV(...) ((struct kvv){ (struct kv[]){ __VA_ARGS__ }, ARRAY_SIZE(((struct kv[]){ __VA_ARGS__ })) })

TEST(host_names)
{
	struct fixture f;

	fix_init(&f);
	f.spec.hostname = "h";
	f.spec.domainname = "d";
	check_problem(&f, "hostname", "needs a uts namespace");
	check_problem(&f, "domainname", "needs a uts namespace");
	LIST(f.lin.namespaces, { "mount", NULL }, { "uts", "/proc/1/ns/uts" });
	is_int(plan_it(&f), 0);
	check_line(&f, "container c1 bundle=/b hostname=h domainname=d");
	f.spec.hostname = "0123456789012345678901234567890123456789012345678901234567890123";
	is_int(plan_it(&f), 0);
	f.spec.hostname = "01234567890123456789012345678901234567890123456789012345678901234";
	check_problem(&f, "hostname", "at most 64 bytes");
}

TEST(annotations)
{
	struct fixture f;

	fix_init(&f);
	f.spec.annotations = KV({ "a", "1" }, { "", "2" });
	check_problem(&f, "annotations", "must not be empty");
}

/* ---- sysctl ---- */

TEST(sysctl_names)
{
	static const struct { const char *name, *file;
	} rows[] = {
		{ "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/ip_forward", "net/ipv4/ip_forward" },
		{ "net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding" },
		{ "net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding" },
		{ "kernel.shmmax", "kernel/shmmax" },
		{ "kernel/sem", "kernel/sem" },
		{ "fs.mqueue.msg_max", "fs/mqueue/msg_max" },
		{ "kernel.domainname", "kernel/domainname" },
		{ "user.max_user_namespaces", "user/max_user_namespaces" },
	};
	struct kv kv = { NULL, "7" };
	struct fixture f;

	fix_init(&f);
	LIST(f.lin.namespaces, { "mount", NULL }, { "network", NULL }, { "ipc", NULL },
	     { "uts", NULL }, { "user", NULL });
	LIST(f.lin.uid_mappings, { 0, 0, 1 });
	LIST(f.lin.gid_mappings, { 0, 0, 1 });
	f.lin.sysctl = (struct kvv){ &kv, 1 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		kv.key = rows[i].name;
		if (is_int(plan_it(&f), 0))
			is_str(f.plan->sysctls[0].file, rows[i].file);
	}
	check_line(&f, "sysctl user/max_user_namespaces 7 (linux.sysctl.user.max_user_namespaces)");
}

TEST(sysctl_errors)
{
	static const struct { const char *name, *words; } rows[] = {
		{ "kernel.hostname", "use the property hostname" },
		{ "kernel.panic", "belongs to no namespace" },
		{ "vm.swappiness", "belongs to no namespace" },
		{ "fs.mqueues", "belongs to no namespace" },
		{ "kernel.shmmax.x", "belongs to no namespace" },
		{ "kernel.shmmax", "needs a ipc namespace" },
		{ "net.core.somaxconn", "needs a network namespace" },
		{ "user.max_net_namespaces", "needs a user namespace" },
		{ "net/../kernel/panic", "not the name" },
		{ "net/./x", "not the name" },
		{ "net..x", "not the name" },
		{ "net.x.", "not the name" },
		{ "", "not the name" },
		{ "/net/x", "not the name" },
	};
	struct kv kv = { NULL, "7" };
	struct fixture f;

	fix_init(&f);
	f.lin.sysctl = (struct kvv){ &kv, 1 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		kv.key = rows[i].name;
		check_problem(&f, arena_fmt(&f.a, "linux.sysctl.%s", kv.key), rows[i].words);
	}
}

/* ---- hooks ---- */

TEST(hooks)
{
	static const char *args[] = { "name", "a b" }, *env[] = { "A=1" }, *none[] = { NULL };
	struct oci_hooks h = { 0 };
	struct fixture f;

	fix_init(&f);
	f.spec.hooks = &h;
	LIST(h.prestart, { "/p", { args, 2 }, { env, 1 }, { true, 3 } },
	     { "/q", { 0 }, { none, 0 }, { 0 } });
	LIST(h.poststop, { "/s", { 0 }, { 0 }, { 0 } });
	is_int(plan_it(&f), 0);
	check_line(&f, "hook prestart /p timeout-ms=3000 name \"a b\" env=A=1 (hooks.prestart[0])");
	check_line(&f, "hook prestart /q /q (hooks.prestart[1])");
	check_line(&f, "hook poststop /s inherit-env /s (hooks.poststop[0])");
	ok(f.plan->hooks[HOOK_PRESTART].v[1].envp && !f.plan->hooks[HOOK_PRESTART].v[1].envp[0]);
	ok(!f.plan->hooks[HOOK_POSTSTOP].v[0].envp);
}

TEST(hook_errors)
{
	struct oci_hooks h = { 0 };
	struct fixture f;

	fix_init(&f);
	f.spec.hooks = &h;
	LIST(h.prestart, { "p", { 0 }, { 0 }, { 0 } });
	LIST(h.create_runtime, { "/p", { 0 }, { 0 }, { true, 0 } });
	LIST(h.create_container, { "/p", { 0 }, { 0 }, { true, -1 } });
	LIST(h.start_container, { "", { 0 }, { 0 }, { 0 } });
	LIST(h.poststart, { NULL, { 0 }, { 0 }, { 0 } });
	LIST(h.poststop, { "/p", { 0 }, { 0 }, { true, 4294968 } });
	check_problem(&f, "hooks.prestart[0].path", "absolute path, found p");
	check_problem(&f, "hooks.createRuntime[0].timeout", "found 0");
	check_problem(&f, "hooks.createContainer[0].timeout", "found -1");
	check_problem(&f, "hooks.startContainer[0].path", "absolute path");
	check_problem(&f, "hooks.poststart[0].path", "found nothing");
	check_problem(&f, "hooks.poststop[0].timeout", "1 to 4294967 seconds");
	is_int(f.problems.n, 6);
}

/* ---- network devices ---- */

TEST(network_devices)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.lin.net_devices, { "eth0", "net0" }, { "eth1", NULL }, { "eth2", "" });
	check_problem(&f, "linux.netDevices", "network namespace of the container's own");
	LIST(f.lin.namespaces, { "mount", NULL }, { "network", NULL });
	is_int(plan_it(&f), 0);
	check_line(&f, "netdev eth0 net0 (linux.netDevices.eth0)");
	check_line(&f, "netdev eth1 eth1 (linux.netDevices.eth1)");
	check_line(&f, "netdev eth2 eth2 (linux.netDevices.eth2)");
	LIST(f.lin.net_devices, { "eth0", "x%d" }, { "eth1", "x%d" });
	is_int(plan_it(&f), 0);
	LIST(f.lin.net_devices, { "a", "b" }, { "c", "b" }, { "sixteen-letters!", NULL },
	     { "d", "a/b" }, { "e", ".." }, { "f", "a b" });
	check_problem(&f, "linux.netDevices.c", "a would also be called b");
	check_problem(&f, "linux.netDevices.sixteen-letters!", "not the name");
	check_problem(&f, "linux.netDevices.d", "not the name of a network device: a/b");
	check_problem(&f, "linux.netDevices.e", "not the name");
	check_problem(&f, "linux.netDevices.f", "not the name");
	LIST(f.lin.net_devices, { "eth0", NULL });
	fix_unprivileged(&f);
	check_problem(&f, "linux.netDevices", "unprivileged caller");
}

/* ---- resctrl ---- */

TEST(resctrl)
{
	struct oci_intel_rdt r = { .l3_cache_schema = "L3:0=f\nMB:0=20\n",
				   .mem_bw_schema = "MB:0=70" };
	struct fixture f;

	fix_init(&f);
	f.lin.intel_rdt = &r;
	WORDS(r.schemata, "L2:0=3");
	is_int(plan_it(&f), 0);
	check_line(&f, "resctrl c1 create L3:0=f MB:0=70 L2:0=3 (linux.intelRdt)");
	r.mem_bw_schema = NULL;
	r.clos_id = "group";
	r.enable_monitoring = (struct opt_bool){ true, true };
	is_int(plan_it(&f), 0);
	check_line(&f, "resctrl group create monitor L3:0=f MB:0=20 L2:0=3 (linux.intelRdt)");
	r = (struct oci_intel_rdt){ .clos_id = "group" };
	is_int(plan_it(&f), 0);
	check_line(&f, "resctrl group (linux.intelRdt)");
	r = (struct oci_intel_rdt){ .clos_id = "/", .l3_cache_schema = "L3:0=f" };
	is_int(plan_it(&f), 0);
	check_line(&f, "resctrl / L3:0=f (linux.intelRdt)");
	r = (struct oci_intel_rdt){ 0 };
	is_int(plan_it(&f), 0);
	check_line(&f, "resctrl c1 create (linux.intelRdt)");
	static const char *const bad[] = { ".", "..", "a/b", "/a", "a\nb" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		r.clos_id = bad[i];
		check_problem(&f, "linux.intelRdt.closID", "not the name of a group");
	}
}

/* ---- all problems at once, and explain ---- */

TEST(all_problems_in_one_pass)
{
	struct fixture f;

	fix_init(&f);
	f.spec.hostname = "h";
	f.process.args.n = 0;
	f.process.cwd = "x";
	f.lin.cgroups_path = "/..";
	LIST(f.lin.sysctl, { "vm.x", "1" });
	WORDS(f.lin.masked_paths, "a");
	is_err(plan_it(&f), EINVAL);
	is_int(f.problems.n, 6);
	f.problems = (struct problems){ .v = f.found, .max = 2 };
	is_err(plan_make(&f.a, &f.spec, &f.opt, &f.facts, &f.plan, &f.problems), EINVAL);
	is_int(f.problems.lost, 4);
	is_err(plan_make(&f.a, &f.spec, &f.opt, &f.facts, &f.plan, NULL), EINVAL);
}

TEST(json_says_the_same)
{
	struct fixture f;
	const char *json;

	fix_init(&f);
	WORDS(f.process.args, "sh", "say \"x\"\\\t\n");
	is_int(plan_it(&f), 0);
	json = plan_explain(&f.a, f.plan, &f.facts, true);
	has_str(json,
		"{\"container\":{\"id\":\"c1\",\"bundle\":\"/b\"},\"namespace\":[{\"op\":\"mount\","
		"\"mode\":\"new\",\"where\":\"linux.namespaces[0]\"},{\"op\":\"pid\",\"mode\":\"new\","
		"\"where\":\"linux.namespaces[1]\"}],\"clone\":{\"new\":\"mount,pid\"},\"root\":");
	has_str(json,
		"{\"op\":\"symlink\",\"path\":\"/dev/ptmx\",\"to\":\"pts/ptmx\",\"replace\":true,"
		"\"where\":\"default link\"}]");
	has_str(json,
		"\"args\":{\"argv\":[\"sh\",\"say \\\"x\\\"\\\\\\u0009\\n\"],\"where\":\"process.args\"}");
	is_str(json + strlen(json) - 3, "]}\n");
}

TAP_MAIN
