// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_process.c - arguments, environment, ids, capabilities, limits, scheduling, labels */
#include <sched.h>

#include <linux/capability.h>
#include <linux/mempolicy.h>
#include <sys/resource.h>

#include "plan_fixture.h"

static const char *env_text(const struct fixture *f)
{
	const char *text = "";

	for (size_t i = 0; f->plan && i < f->plan->process.n_env; i++)
		text = arena_fmt((struct arena *)&f->a, "%s%s%s", text, *text ? " " : "",
				 f->plan->process.envp[i]);
	return text;
}

TEST(arguments_and_defaults)
{
	struct fixture f;

	fix_init(&f);
	WORDS(f.process.args, "sh", "-c", "echo \"a b\"\n");
	is_int(plan_it(&f), 0);
	check_line(&f, "args sh -c \"echo \\\"a b\\\"\\n\" (process.args)");
	check_line(&f, "process cwd=/ keyring=_ses.c1");
	check_line(&f, "user uid=0 gid=0 umask=0022");
	ok(f.plan->process.argv[3] == NULL);
	f.opt.no_new_keyring = true;
	f.process.user.umask = (struct opt_u32){ true, 0 };
	is_int(plan_it(&f), 0);
	check_line(&f, "process cwd=/");
	check_line(&f, "user uid=0 gid=0 umask=0000");
}

TEST(process_errors)
{
	struct fixture f;

	fix_init(&f);
	f.process.args.n = 0;
	f.process.cwd = "tmp";
	f.process.user.umask = (struct opt_u32){ true, 01000 };
	f.process.oom_score_adj = (struct opt_i32){ true, 1001 };
	check_problem(&f, "process.args", "name of the program");
	check_problem(&f, "process.cwd", "absolute path, found tmp");
	check_problem(&f, "process.user.umask", "0 to 511");
	check_problem(&f, "process.oomScoreAdj", "-1000 to 1000");
	f.process.cwd = "";
	check_problem(&f, "process.cwd", "not named");
	f.spec.process = NULL;
	check_problem(&f, "process", "cannot be created");
	is_int(f.problems.n, 1);
}

TEST(environment)
{
	struct fixture f;

	fix_init(&f);
	WORDS(f.process.env, "A=1", "PATH=/x", "B=", "A=2=3", "PATH=/y", "HOME=/h");
	is_int(plan_it(&f), 0);
	is_str(env_text(&f), "B= A=2=3 PATH=/y HOME=/h");
	is_str(f.plan->process.path_env, "/y");
	ok(!f.plan->process.needs_home);
	for (size_t i = 0; i <= PLAN_SPARE_ENV; i++)
		ok(!f.plan->process.envp[f.plan->process.n_env + i]);
	WORDS(f.process.env, "A=1", "HOME=");
	is_int(plan_it(&f), 0);
	is_str(env_text(&f), "A=1");
	ok(f.plan->process.needs_home);
	ok(!f.plan->process.path_env);
	WORDS(f.process.env, "A", "=x", "", "C=1");
	check_problem(&f, "process.env[0]", "NAME=value, found A");
	check_problem(&f, "process.env[1]", "NAME=value, found =x");
	check_problem(&f, "process.env[2]", "found an empty string");
	is_int(f.problems.n, 3);
}

TEST(a_large_environment)
{
	static const char *env[60000];
	struct fixture f;

	fix_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(env); i++)
		env[i] = arena_fmt(&f.a, "V%zu=%zu", i % 50000, i);
	f.process.env = (struct strv){ env, ARRAY_SIZE(env) };
	is_int(plan_it(&f), 0);
	is_int(f.plan->process.n_env, 50000);
	is_str(f.plan->process.envp[0], "V10000=10000");
	is_str(f.plan->process.envp[49999], "V9999=59999");
}

TEST(what_the_caller_hands_on)
{
	struct fixture f;

	fix_init(&f);
	WORDS(f.process.env, "LISTEN_FDS=9", "HOME=/");
	f.opt.listen_fds = 2;
	f.opt.preserve_fds = 3;
	f.opt.notify_socket = "/run/x.sock";
	is_int(plan_it(&f), 0);
	is_str(env_text(&f),
	       "HOME=/ LISTEN_FDS=2 LISTEN_PID=1 NOTIFY_SOCKET=/run/notify/notify.sock");
	is_int(f.plan->process.n_fds, 5);
}

TEST(terminal)
{
	struct oci_console_size size = { 24, 80 };
	struct fixture f;

	fix_init(&f);
	f.process.console_size = &size;
	is_int(plan_it(&f), 0);
	is_int(f.plan->process.rows, 0);
	f.process.terminal = (struct opt_bool){ true, true };
	is_int(plan_it(&f), 0);
	check_line(&f, "process cwd=/ terminal size=80x24 keyring=_ses.c1");
	f.opt.detach = true;
	check_problem(&f, "process.terminal", "needs a console socket");
	f.opt.has_console_socket = true;
	is_int(plan_it(&f), 0);
	size.width = 65536;
	check_problem(&f, "process.consoleSize", "at most 65535");
	f.process.terminal.v = false;
	check_problem(&f, "process.terminal", "has no terminal");
}

/* ---- ids ---- */

static void set_groups(struct fixture *f, uint32_t *v, size_t n)
{
	f->process.user.additional_gids = (struct u32v){ v, n };
}

TEST(groups)
{
	struct fixture f;

	fix_init(&f);
	set_groups(&f, (uint32_t[]){ 0, 10, 4294967294 }, 3);
	is_int(plan_it(&f), 0);
	check_line(&f, "user uid=0 gid=0 groups=0,10,4294967294 umask=0022");
	fix_unprivileged(&f);
	check_problem(&f, "process.user.additionalGids[2]", "group 4294967294 is not mapped");
	f.facts.newuidmap = NULL;            /* a single id */
	check_problem(&f, "process.user.additionalGids[1]", "run.oci.keep_original_groups=1");
	is_int(f.problems.n, 2);
	set_groups(&f, (uint32_t[]){ 0 }, 1);
	is_int(plan_it(&f), 0);
	check_line(&f, "user uid=0 gid=0 keep-groups umask=0022");
	set_groups(&f, (uint32_t[]){ 7 }, 1);
	f.spec.annotations =
		(struct kvv){ (struct kv[]){ { "run.oci.keep_original_groups", "1" } }, 1 };
	is_int(plan_it(&f), 0);
	check_line(&f, "user uid=0 gid=0 keep-groups umask=0022");
}

TEST(groups_where_the_outer_namespace_denies_them)
{
	struct fixture f;

	fix_init(&f);
	f.facts.init_userns = false;
	f.facts.setgroups_denied = true;
	set_groups(&f, (uint32_t[]){ 5 }, 1);
	check_problem(&f, "process.user.additionalGids[0]", "groups cannot be set");
	set_groups(&f, NULL, 0);
	is_int(plan_it(&f), 0);
	ok(f.plan->process.keep_groups);
}

TEST(ids_must_be_mapped)
{
	static const struct id_range few[] = { { 0, 0, 10 } };
	struct fixture f;

	fix_init(&f);
	f.process.user.uid = 10;
	f.process.user.gid = 11;
	is_int(plan_it(&f), 0);
	f.facts.init_userns = false;
	f.facts.uid_map = f.facts.gid_map = (struct id_ranges){ few, 1 };
	check_problem(&f, "process.user.uid", "user 10 is not mapped");
	check_problem(&f, "process.user.gid", "group 11 is not mapped");
}

/* ---- capabilities ---- */

TEST(no_object_means_no_capability)
{
	struct fixture f;

	fix_init(&f);
	is_int(plan_it(&f), 0);
	for (int i = 0; i < CAPSET__MAX; i++)
		is_int(f.plan->process.caps[i], 0);
	check_line(&f, "capabilities bounding none");
}

TEST(capability_names)
{
	struct oci_capabilities caps = { 0 };
	struct fixture f;

	fix_init(&f);
	f.process.capabilities = &caps;
	WORDS(caps.bounding, "CAP_CHOWN", "kill", "cap_sys_admin", "NET_RAW");
	is_int(plan_it(&f), 0);
	check_line(&f, "capabilities bounding CHOWN,KILL,NET_RAW,SYS_ADMIN");
	is_int(f.plan->n_warnings, 0);
	WORDS(caps.bounding, "CAP_FOO", "CAP_CAP_KILL", "",
	      "CAP_AN_EXTREMELY_LONG_NAME_OF_SOMETHING", "CAP_KILL");
	check_warning(&f, "process.capabilities.bounding[0]: unknown capability CAP_FOO");
	check_line(&f, "capabilities bounding KILL");
	is_int(f.plan->n_warnings, 4);
}

TEST(every_capability_is_known)
{
	struct oci_capabilities caps = { 0 };
	const char *names[CAP_LAST_CAP + 1];
	struct fixture f;

	fix_init(&f);
	f.process.capabilities = &caps;
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++)
		names[i] = arena_fmt(&f.a, "CAP_%s", cap_name(i) ? cap_name(i) : "?");
	caps.bounding = (struct strv){ names, CAP_LAST_CAP + 1 };
	is_int(plan_it(&f), 0);
	is_int(f.plan->n_warnings, 0);
	is_int(f.plan->process.caps[CAPSET_BOUNDING], (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1);
}

TEST(what_cannot_be_granted_is_dropped)
{
	struct oci_capabilities caps = { 0 };
	struct fixture f;

	fix_init(&f);
	f.process.capabilities = &caps;
	WORDS(caps.bounding, "CAP_CHOWN", "CAP_BPF");
	f.facts.last_cap = 38;
	check_warning(&f, "this kernel has no CAP_BPF");
	check_line(&f, "capabilities bounding CHOWN");
	f.facts.last_cap = 40;
	f.facts.caps_permitted = UINT64_C(1) << CAP_CHOWN;
	check_warning(&f, "the caller itself lacks CAP_BPF");
	check_line(&f, "capabilities bounding CHOWN");
	fix_unprivileged(&f);                /* root of its own user namespace */
	is_int(plan_it(&f), 0);
	check_line(&f, "capabilities bounding CHOWN,BPF");
}

TEST(sets_depend_on_each_other)
{
	struct oci_capabilities caps = { 0 };
	struct fixture f;

	fix_init(&f);
	f.process.capabilities = &caps;
	WORDS(caps.bounding, "CAP_CHOWN", "CAP_KILL", "CAP_SETUID");
	WORDS(caps.permitted, "CAP_CHOWN", "CAP_KILL");
	WORDS(caps.effective, "CAP_CHOWN", "CAP_SETUID");
	WORDS(caps.inheritable, "CAP_CHOWN", "CAP_MKNOD");
	WORDS(caps.ambient, "CAP_CHOWN", "CAP_KILL");
	check_warning(&f, "effective: dropped CAP_SETUID: not permitted");
	check_warning(&f, "inheritable: dropped CAP_MKNOD: not in bounding");
	check_warning(&f, "ambient: dropped CAP_KILL: not both permitted and inheritable");
	check_line(&f, "capabilities effective CHOWN");
	check_line(&f, "capabilities inheritable CHOWN");
	check_line(&f, "capabilities permitted CHOWN,KILL");
	check_line(&f, "capabilities ambient CHOWN");
}

/* ---- limits ---- */

TEST(rlimits)
{
	static const struct { const char *name; int resource;
	} rows[] = {
		{ "RLIMIT_AS", RLIMIT_AS },
		{ "RLIMIT_CORE", RLIMIT_CORE },
		{ "RLIMIT_CPU", RLIMIT_CPU },
		{ "RLIMIT_DATA", RLIMIT_DATA },
		{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
		{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
		{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
		{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
		{ "RLIMIT_NICE", RLIMIT_NICE },
		{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
		{ "RLIMIT_NPROC", RLIMIT_NPROC },
		{ "RLIMIT_RSS", RLIMIT_RSS },
		{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
		{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
		{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
		{ "RLIMIT_STACK", RLIMIT_STACK },
	};
	struct oci_rlimit v[ARRAY_SIZE(rows)];
	struct fixture f;

	fix_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		v[i] = (struct oci_rlimit){ rows[i].name, 1 + i, UINT64_MAX };
	f.process.rlimits.v = v;
	f.process.rlimits.n = ARRAY_SIZE(rows);
	is_int(plan_it(&f), 0);
	is_int(f.plan->process.n_rlimits, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		is_int(f.plan->process.rlimits[i].resource, rows[i].resource);
	check_line(&f, "rlimit RLIMIT_AS soft=1 hard=unlimited (process.rlimits[0])");
}

TEST(rlimit_errors)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.process.rlimits, { "RLIMIT_FOO", 1, 1 }, { "RLIMIT_CPU", 2, 1 },
	     { "RLIMIT_CPU", 1, 1 });
	check_problem(&f, "process.rlimits[0].type", "unknown resource limit RLIMIT_FOO");
	check_problem(&f, "process.rlimits[1]", "soft 2 is above hard 1");
	check_problem(&f, "process.rlimits[2].type", "already in process.rlimits[1]");
}

/* ---- scheduling and memory ---- */

TEST(scheduler)
{
	struct oci_scheduler s = { .policy = "SCHED_FIFO", .priority = { true, 10 } };
	struct fixture f;

	fix_init(&f);
	f.process.scheduler = &s;
	WORDS(s.flags, "SCHED_FLAG_RESET_ON_FORK");
	is_int(plan_it(&f), 0);
	check_line(&f,
		   "scheduler policy=1 flags=1 nice=0 priority=10 runtime=0 deadline=0 period=0 "
		   "(process.scheduler)");
	s = (struct oci_scheduler){ .policy = "SCHED_OTHER",
				    .nice = { true, 20 },
				    .priority = { true, 1 },
				    .runtime = { true, 1 } };
	WORDS(s.flags, "SCHED_FLAG_FOO");
	check_problem(&f, "process.scheduler.nice", "-20 to 19");
	check_problem(&f, "process.scheduler.priority", "only SCHED_FIFO and SCHED_RR");
	check_problem(&f, "process.scheduler", "for SCHED_DEADLINE");
	check_problem(&f, "process.scheduler.flags[0]", "unknown value SCHED_FLAG_FOO");
	s = (struct oci_scheduler){ .policy = "SCHED_RR" };
	check_problem(&f, "process.scheduler.priority", "1 to 99");
	s = (struct oci_scheduler){ .policy = "SCHED_X" };
	check_problem(&f, "process.scheduler.policy", "unknown value SCHED_X");
	s = (struct oci_scheduler){ .policy = "SCHED_DEADLINE",
				    .runtime = { true, 1 },
				    .deadline = { true, 2 },
				    .period = { true, 3 } };
	is_int(plan_it(&f), 0);
	is_int(f.plan->process.sched.policy, 6);
}

TEST(io_priority)
{
	struct oci_io_priority io = { "IOPRIO_CLASS_BE", 4 };
	struct fixture f;

	fix_init(&f);
	f.process.io_priority = &io;
	is_int(plan_it(&f), 0);
	is_int(f.plan->process.ioprio, 2 << 13 | 4);
	io.priority = 8;
	check_problem(&f, "process.ioPriority.priority", "0 to 7");
	io = (struct oci_io_priority){ "IOPRIO_CLASS_NONE", 0 };
	check_problem(&f, "process.ioPriority.class", "unknown value");
}

TEST(lists_of_cpus)
{
	struct oci_exec_cpu_affinity aff = { "0-3,7", "1" };
	static const char *const bad[] = {
		"1-", "-1", "3-1", "a", "1,,2", "1,", "65536", "1 2", ","
	};
	struct fixture f;

	fix_init(&f);
	f.process.exec_cpu_affinity = &aff;
	is_int(plan_it(&f), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		aff.final = bad[i];
		check_problem(&f, "process.execCPUAffinity.final", "list such as 0-3,7");
	}
}

TEST(memory_policy)
{
	struct oci_memory_policy m = { .mode = "MPOL_BIND", .nodes = "0,64-65" };
	struct fixture f;

	fix_init(&f);
	f.lin.memory_policy = &m;
	WORDS(m.flags, "MPOL_F_STATIC_NODES");
	is_int(plan_it(&f), 0);
	is_int(f.plan->process.mempolicy_mode, MPOL_BIND | MPOL_F_STATIC_NODES);
	is_int(f.plan->process.mempolicy_nodes[0], 1);
	is_int(f.plan->process.mempolicy_nodes[1], 3);
	m.nodes = "1024";
	check_problem(&f, "linux.memoryPolicy.nodes", "end at 1023");
	m.nodes = NULL;
	check_problem(&f, "linux.memoryPolicy.nodes", "MPOL_BIND needs nodes");
	WORDS(m.flags, "MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES");
	check_problem(&f, "linux.memoryPolicy.flags", "exclude each other");
	m = (struct oci_memory_policy){ .mode = "MPOL_LOCAL", .nodes = "1" };
	check_problem(&f, "linux.memoryPolicy.nodes", "takes no nodes");
	m = (struct oci_memory_policy){ .mode = "MPOL_PREFERRED" };
	is_int(plan_it(&f), 0);
}

TEST(personality)
{
	struct oci_personality p = { .domain = "LINUX32" };
	struct fixture f;

	fix_init(&f);
	f.lin.personality = &p;
	is_int(plan_it(&f), 0);
	is_int(f.plan->process.personality, 8);
	WORDS(p.flags, "X");
	check_warning(&f, "no flag is defined");
	p.domain = "BSD";
	check_problem(&f, "linux.personality.domain", "unknown value BSD");
}

/* ---- labels ---- */

TEST(labels)
{
	struct fixture f;

	fix_init(&f);
	f.process.apparmor_profile = "docker-default";
	f.process.selinux_label = "u:r:t:s0";
	check_problem(&f, "process.apparmorProfile", "AppArmor is not enabled");
	f.process.apparmor_profile = "unconfined";
	check_problem(&f, "process.selinuxLabel", "SELinux is not enabled");
	f.process.selinux_label = NULL;
	is_int(plan_it(&f), 0);
	ok(!f.plan->process.apparmor);
	f.process.selinux_label = "u:r:t:s0";
	f.facts.apparmor = f.facts.selinux = true;
	f.process.apparmor_profile = "docker-default";
	is_int(plan_it(&f), 0);
	check_line(&f, "process cwd=/ apparmor=docker-default selinux=u:r:t:s0 keyring=_ses.c1");
}

/* ---- for exec ---- */

TEST(plan_process_alone)
{
	static const char *words[] = { "true" };
	struct problems p = { 0 };
	struct plan *plan = NULL;
	struct fixture f;
	const struct exec_options x = { .args = { words, 1 } };
	const struct exec_input in = { .spec = &f.spec, .x = &x };

	fix_init(&f);
	f.spec.root = NULL;                  /* not looked at */
	f.process.user.uid = 7;
	is_int(plan_exec(&f.a, &in, &f.opt, &f.facts, &plan, &p), 0);
	if (!ok(plan))
		return;
	is_int(plan->process.uid, 7);
	is_int(plan->n_fs, 0);
	is_int(plan->ns.clone_flags, 0);
	WORDS(f.process.env, "X");
	is_err(plan_exec(&f.a, &in, &f.opt, &f.facts, &plan, &p), EINVAL);
}

static struct plan *plan_options_on(struct fixture *f, const struct exec_options *x)
{
	const struct exec_input in = { .spec = &f->spec, .x = x };
	struct problems p = { 0 };
	struct plan *plan = NULL;

	f->opt.joins_container = true;
	return plan_exec(&f->a, &in, &f->opt, &f->facts, &plan, &p) < 0 ? NULL : plan;
}

TEST(exec_options_on_top)
{
	static const char *words[] = { "true" }, *env[] = { "A=2" }, *gids[] = { "7", "8" };
	struct exec_options x = {
		.args = { words, 1 }, .env = { env, 1 }, .gids = { gids, 2 }, .user = "1000:50", .cwd = "/tmp",
		.no_new_privs = true,
	};
	struct plan *plan;
	struct fixture f;

	fix_init(&f);
	WORDS(f.process.env, "A=1", "B=1");
	f.process.terminal = (struct opt_bool){ true, true };
	plan = plan_options_on(&f, &x);
	if (!ok(plan))
		return;
	is_int(plan->process.uid, 1000);
	is_int(plan->process.gid, 50);
	is_int(plan->process.n_groups, 2);
	is_str(plan->process.cwd, "/tmp");
	is_int(plan->process.n_env, 2);
	is_str(plan->process.envp[1], "A=2");
	ok(plan->process.no_new_privs);
	ok(!plan->process.terminal);         /* the container's own is not taken over */
	is_int(plan->process.argc, 1);
}

TEST(exec_user_is_strict)
{
	static const char *const bad[] = {
		"-1", "+1", "1x", "0x1", " 1", "1 ", "", ":", "1:", ":1", "4294967295", "99999999999", "root",
		"1:2:3",
	};
	static const char *words[] = { "true" };
	struct exec_options x = { .args = { words, 1 } };
	struct fixture f;

	fix_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		x.user = bad[i];
		ok(!plan_options_on(&f, &x));
	}
	x.user = "01";                       /* digits are decimal */
	ok(plan_options_on(&f, &x));
}

TEST(exec_capabilities)
{
	static const char *words[] = { "true" }, *caps[] = { "CAP_KILL", "CAP_CHOWN" };
	struct exec_options x = { .args = { words, 1 }, .caps = { caps, 2 } };
	struct oci_capabilities own = { 0 };
	struct plan *plan;
	struct fixture f;

	fix_init(&f);
	WORDS(own.inheritable, "CAP_KILL");
	WORDS(own.bounding, "CAP_KILL");
	f.process.capabilities = &own;
	plan = plan_options_on(&f, &x);
	if (!ok(plan))
		return;
	is_int((long)plan->process.caps[CAPSET_BOUNDING], 1 << 5 | 1 << 0);
	is_int((long)plan->process.caps[CAPSET_EFFECTIVE], 1 << 5 | 1 << 0);
	is_int((long)plan->process.caps[CAPSET_PERMITTED], 1 << 5 | 1 << 0);
	is_int((long)plan->process.caps[CAPSET_INHERITABLE], 1 << 5);
	is_int((long)plan->process.caps[CAPSET_AMBIENT], 1 << 5);
}

TEST(exec_document)
{
	const struct exec_options x = { 0 };
	struct oci_capabilities own = { 0 };
	struct oci_process doc = { .cwd = "/" };
	struct oci_exec_cpu_affinity cpus = { .initial = "0", .final = "1-2" };
	struct exec_input in = { .document = &doc, .x = &x };
	struct problems p = { 0 };
	struct plan *plan = NULL;
	struct fixture f;

	fix_init(&f);
	in.spec = &f.spec;
	WORDS(own.bounding, "CAP_KILL");
	f.process.capabilities = &own;
	f.process.exec_cpu_affinity = &cpus;
	f.process.oom_score_adj = (struct opt_i32){ true, 5 };
	f.process.no_new_privileges = (struct opt_bool){ true, true };
	is_err(plan_exec(&f.a, &in, &f.opt, &f.facts, &plan, &p), EINVAL);   /* no args */
	WORDS(doc.args, "true");
	is_int(plan_exec(&f.a, &in, &f.opt, &f.facts, &plan, &p), 0);
	if (!ok(plan))
		return;
	/* what confines comes from the container, what the document always says does not */
	is_int((long)plan->process.caps[CAPSET_BOUNDING], 1 << 5);
	is_int(plan->process.oom_score_adj, 5);
	ok(!plan->process.no_new_privs);
	if (ok(plan->process.cpus_initial && plan->process.cpus_final)) {
		is_int((long)plan->process.cpus_initial[0], 1);
		is_int((long)plan->process.cpus_final[0], 6);
	}
}

TEST(exec_joins)
{
	static const char *words[] = { "true" };
	struct exec_options x = { .args = { words, 1 }, .joins = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWCGROUP };
	struct plan *plan;
	struct fixture f;

	fix_init(&f);
	plan = plan_options_on(&f, &x);
	if (!ok(plan) || !is_int(plan->ns.n_steps, 3))
		return;
	is_int(plan->ns.steps[0].step, NS_STEP_TARGET);
	is_int((long)plan->ns.steps[0].flags, CLONE_NEWNS | CLONE_NEWPID);
	is_int(plan->ns.steps[1].step, NS_STEP_FORK);
	is_int((long)plan->ns.steps[2].flags, CLONE_NEWCGROUP);
	x.joins = 0;
	plan = plan_options_on(&f, &x);
	if (ok(plan))
		is_int(plan->ns.n_steps, 0);
}

TEST(exec_cgroups)
{
	static const char *const bad[] = { "..", "a/../b", "../x", "a//b", "./a", "", "cpu:", "cpu:../x" };
	static const char *words[] = { "true" }, *one[] = { "a/b" }, *two[] = { "cpu,memory:/c", "/" };
	struct exec_options x = { .args = { words, 1 } };
	struct plan *plan;
	struct fixture f;

	fix_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		one[0] = bad[i];
		x.cgroups = (struct strv){ one, 1 };
		ok(!plan_options_on(&f, &x));
	}
	x.cgroups = (struct strv){ two, 2 };
	plan = plan_options_on(&f, &x);
	if (!ok(plan) || !is_int(plan->n_cg_subs, 2))
		return;
	is_str(plan->cg_subs[0].controllers, "cpu,memory");
	is_str(plan->cg_subs[0].path, "c");
	ok(!plan->cg_subs[1].controllers);
	is_str(plan->cg_subs[1].path, "");
}

TAP_MAIN
