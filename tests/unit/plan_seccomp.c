// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_seccomp.c - the system call filter */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "plan_fixture.h"

static const char *read_open_names[] = { "read", "open" };
static const char *bpf_name[] = { "bpf" };
static const char *fork_name[] = { "fork" };
static const char *kill_name[] = { "kill" };
static const char *socket_name[] = { "socket" };
static const char *a_b_names[] = { "a", "b" };
static const char *x_name[] = { "x" };
static const char *mkdir_name[] = { "mkdir" };
static const char *read_write_names[] = { "read", "write" };

static void with_filter(struct fixture *f, struct oci_seccomp *s)
{
	fix_init(f);
	f->lin.seccomp = s;
}

TEST(actions_and_errnos)
{
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ERRNO" };
	struct fixture f;

	with_filter(&f, &s);
	LIST(s.syscalls, { .names = { read_open_names, 2 }, .action = "SCMP_ACT_ALLOW" },
	     { .names = { bpf_name, 1 }, .action = "SCMP_ACT_ERRNO", .errno_ret = { true, 38 } },
	     { .names = { fork_name, 1 }, .action = "SCMP_ACT_TRACE" },
	     { .names = { kill_name, 1 }, .action = "SCMP_ACT_KILL" });
	is_int(plan_it(&f), 0);
	is_int(f.plan->seccomp->default_action, SCMP_ACT_ERRNO(1));
	is_int(f.plan->seccomp->rules[1].action, SCMP_ACT_ALLOW);
	is_int(f.plan->seccomp->rules[2].action, SCMP_ACT_ERRNO(38));
	is_int(f.plan->seccomp->rules[3].action, SCMP_ACT_TRACE(1));
	is_int(f.plan->seccomp->rules[4].action, SCMP_ACT_KILL);
	check_line(
		&f,
		"seccomp default=SCMP_ACT_ERRNO(1) flags=4 flags-optional enosys-for-newer (linux.seccomp)");
}

TEST(every_action)
{
	static const struct { const char *name; uint32_t value; bool stub; } rows[] = {
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW, false },
		{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(1), true },
		{ "SCMP_ACT_KILL", SCMP_ACT_KILL, true },
		{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS, true },
		{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD, true },
		{ "SCMP_ACT_LOG", SCMP_ACT_LOG, false },
		{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(1), false },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP, true },
	};
	struct oci_seccomp s = { 0 };
	struct fixture f;

	with_filter(&f, &s);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		s.default_action = rows[i].name;
		is_int(plan_it(&f), 0);
		is_int(f.plan->seccomp->default_action, rows[i].value);
		is_int(f.plan->seccomp->enosys_stub, rows[i].stub);
	}
	s.default_action = "SCMP_ACT_ERRNO";
	s.default_errno_ret = (struct opt_u32){ true, ENOSYS };
	is_int(plan_it(&f), 0);
	ok(!f.plan->seccomp->enosys_stub);
}

TEST(every_architecture)
{
	static const char *names[] = {
		"SCMP_ARCH_X86",      "SCMP_ARCH_X86_64",      "SCMP_ARCH_X32",
		"SCMP_ARCH_ARM",      "SCMP_ARCH_AARCH64",     "SCMP_ARCH_MIPS",
		"SCMP_ARCH_MIPS64",   "SCMP_ARCH_MIPS64N32",   "SCMP_ARCH_MIPSEL",
		"SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
		"SCMP_ARCH_PPC64",    "SCMP_ARCH_PPC64LE",     "SCMP_ARCH_S390",
		"SCMP_ARCH_S390X",    "SCMP_ARCH_PARISC",      "SCMP_ARCH_PARISC64",
		"SCMP_ARCH_RISCV64",  "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",
		"SCMP_ARCH_SH",	      "SCMP_ARCH_SHEB",
	};
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ALLOW",
				 .architectures = { names, ARRAY_SIZE(names) } };
	struct fixture f;

	with_filter(&f, &s);
	is_int(plan_it(&f), 0);
	is_int(f.plan->seccomp->n_archs, ARRAY_SIZE(names));
	for (size_t i = 0; i < f.plan->seccomp->n_archs; i++)
		is_str(seccomp_arch_name(f.plan->seccomp->archs[i]), names[i]);
	is_int(f.plan->seccomp->archs[1], AUDIT_ARCH_X86_64);
	is_int(f.plan->seccomp->archs[2], SCMP_ARCH_X32);
#ifdef AUDIT_ARCH_LOONGARCH64
	is_int(f.plan->seccomp->archs[19], AUDIT_ARCH_LOONGARCH64);
#endif
}

TEST(flags)
{
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ALLOW" };
	struct fixture f;

	with_filter(&f, &s);
	is_int(plan_it(&f), 0);
	is_int(f.plan->seccomp->flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	ok(f.plan->seccomp->flags_optional);
	s.flags.v = (const char *[]){ NULL };
	is_int(plan_it(&f), 0);
	is_int(f.plan->seccomp->flags, 0);
	ok(!f.plan->seccomp->flags_optional);
	WORDS(s.flags, "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
	      "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
	is_int(plan_it(&f), 0);
	is_int(f.plan->seccomp->flags, 1 | 2 | 4); /* the last means something to a listener only */
	WORDS(s.flags, "SECCOMP_FILTER_FLAG_NEW_LISTENER");
	check_problem(&f, "linux.seccomp.flags[0]", "unknown flag");
}

TEST(conditions)
{
	static struct oci_syscall_arg two[] = {
		{ 0, 16, { 0 }, "SCMP_CMP_EQ" }, { 2, 7, { true, 3 }, "SCMP_CMP_MASKED_EQ" },
	}, same[] = {
		{ 1, 1, { 0 }, "SCMP_CMP_NE" }, { 1, 2, { 0 }, "SCMP_CMP_LT" }, { 3, 3, { 0 }, "SCMP_CMP_GE" },
	};
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ALLOW" };
	struct fixture f;

	with_filter(&f, &s);
	LIST(s.syscalls, { { socket_name, 1 }, "SCMP_ACT_KILL", { 0 }, { two, 2 } },
	     { { a_b_names, 2 }, "SCMP_ACT_LOG", { 0 }, { same, 3 } });
	is_int(plan_it(&f), 0);
	is_int(f.plan->seccomp->n_rules, 1 + 2 * 3);
	check_line(
		&f,
		"seccomp-rule socket SCMP_ACT_KILL arg0=SCMP_CMP_EQ:16:0 arg2=SCMP_CMP_MASKED_EQ:7:3 "
		"(linux.seccomp.syscalls[0])");
	has_str(f.text,
		"seccomp-rule a SCMP_ACT_LOG arg1=SCMP_CMP_NE:1:0 (linux.seccomp.syscalls[1])\n"
		"seccomp-rule a SCMP_ACT_LOG arg1=SCMP_CMP_LT:2:0 (linux.seccomp.syscalls[1])\n"
		"seccomp-rule a SCMP_ACT_LOG arg3=SCMP_CMP_GE:3:0 (linux.seccomp.syscalls[1])\n"
		"seccomp-rule b SCMP_ACT_LOG arg1=SCMP_CMP_NE:1:0");
}

TEST(every_operator)
{
	static const struct { const char *name; uint32_t value;
	} rows[] = {
		{ "SCMP_CMP_NE", SCMP_CMP_NE },
		{ "SCMP_CMP_LT", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", SCMP_CMP_LE },
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", SCMP_CMP_GE },
		{ "SCMP_CMP_GT", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};
	struct oci_syscall_arg arg = { 5, 1, { 0 }, NULL };
	struct oci_syscall call = { { x_name, 1 }, "SCMP_ACT_LOG", { 0 }, { &arg, 1 } };
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ALLOW", .syscalls = { &call, 1 } };
	struct fixture f;

	with_filter(&f, &s);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		arg.op = rows[i].name;
		is_int(plan_it(&f), 0);
		is_int(f.plan->seccomp->rules[0].args[0].op, rows[i].value);
	}
}

TEST(errors)
{
	static struct oci_syscall_arg args[] = { { 6, 0, { 0 }, "SCMP_CMP_EQ" } },
				      op[] = { { 0, 0, { 0 }, "EQ" } };
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ALLOW",
				 .default_errno_ret = { true, 1 },
				 .listener_metadata = "x" };
	struct fixture f;

	with_filter(&f, &s);
	WORDS(s.architectures, "x86");
	LIST(s.syscalls, { { 0 }, "SCMP_ACT_LOG", { 0 }, { 0 } },
	     { { x_name, 1 }, "SCMP_ACT_LOG", { true, 5 }, { 0 } },
	     { { x_name, 1 }, "LOG", { 0 }, { 0 } },
	     { { x_name, 1 }, "SCMP_ACT_ERRNO", { true, 4096 }, { 0 } },
	     { { x_name, 1 }, "SCMP_ACT_LOG", { 0 }, { args, 1 } },
	     { { x_name, 1 }, "SCMP_ACT_LOG", { 0 }, { op, 1 } });
	check_problem(&f, "linux.seccomp.defaultErrnoRet",
		      "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
	check_problem(&f, "linux.seccomp.listenerMetadata", "needs listenerPath");
	check_problem(&f, "linux.seccomp.architectures[0]", "unknown architecture x86");
	check_problem(&f, "linux.seccomp.syscalls[0].names", "at least one");
	check_problem(&f, "linux.seccomp.syscalls[1].errnoRet", "only SCMP_ACT_ERRNO");
	check_problem(&f, "linux.seccomp.syscalls[2].action", "unknown action LOG");
	check_problem(&f, "linux.seccomp.syscalls[3].errnoRet", "too high: 4096");
	check_problem(&f, "linux.seccomp.syscalls[4].args[0].index", "0 to 5");
	check_problem(&f, "linux.seccomp.syscalls[5].args[0].op", "unknown operator EQ");
	is_int(f.problems.n, 9);
}

TEST(notify)
{
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ALLOW" };
	struct fixture f;

	with_filter(&f, &s);
	LIST(s.syscalls, { { mkdir_name, 1 }, "SCMP_ACT_NOTIFY", { 0 }, { 0 } });
	check_problem(&f, "linux.seccomp.listenerPath", "someone who listens");
	f.spec.annotations =
		(struct kvv){ (struct kv[]){ { "run.oci.seccomp.receiver", "/r" } }, 1 };
	is_int(plan_it(&f), 0);
	is_str(f.plan->seccomp->listener_path, "/r");
	s.listener_path = "/l";
	s.listener_metadata = "m";
	WORDS(s.flags, "SECCOMP_FILTER_FLAG_TSYNC");
	is_int(plan_it(&f), 0);
	check_line(
		&f,
		"seccomp default=SCMP_ACT_ALLOW flags=17 notify listener=/l metadata=m (linux.seccomp)");
	s.default_action = "SCMP_ACT_NOTIFY";
	check_problem(&f, "linux.seccomp.defaultAction", "would stop the runtime");
	s.default_action = "SCMP_ACT_ALLOW";
	LIST(s.syscalls, { { read_write_names, 2 }, "SCMP_ACT_NOTIFY", { 0 }, { 0 } });
	check_problem(&f, "linux.seccomp.syscalls[0].names[1]", "would stop the runtime");
}

TEST(a_listener_without_notify_is_not_used)
{
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ALLOW", .listener_path = "/l" };
	struct fixture f;

	with_filter(&f, &s);
	is_int(plan_it(&f), 0);
	ok(!f.plan->seccomp->listener_path);
}

TEST(no_filter)
{
	struct oci_seccomp s = { 0 };
	struct fixture f;

	with_filter(&f, &s);
	is_int(plan_it(&f), 0);
	ok(!f.plan->seccomp);
	s.default_action = "SCMP_ACT_ALLOW";
	f.facts.seccomp = false;
	check_problem(&f, "linux.seccomp", "no system call filter");
}

TEST(unknown_calls_may_be_errors)
{
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ALLOW" };
	struct fixture f;

	with_filter(&f, &s);
	f.spec.annotations =
		(struct kvv){ (struct kv[]){ { "run.oci.seccomp_fail_unknown_syscall", "1" } }, 1 };
	is_int(plan_it(&f), 0);
	ok(f.plan->seccomp->fail_unknown);
}

static void with_bpf(struct fixture *f, const char *text)
{
	static struct kv annotation = { .key = "run.oci.seccomp_bpf_data" };

	fix_init(f);
	annotation.value = text;
	f->spec.annotations = (struct kvv){ &annotation, 1 };
}

TEST(a_finished_program)
{
	struct fixture f;

	with_bpf(&f, "BgAAAAAA/38=");                    /* return SECCOMP_RET_ALLOW */
	is_int(plan_it(&f), 0);
	is_int(f.plan->seccomp->n_bpf, 1);
	is_int(f.plan->seccomp->bpf[0].code, BPF_RET | BPF_K);
	is_int(f.plan->seccomp->bpf[0].k, SECCOMP_RET_ALLOW);
	ok(!f.plan->seccomp->notify);
	with_bpf(&f, "FQAAAQEAAAAGAAAAAADAfwYAAAAAAP9/"); /* NOTIFY for call 1 */
	f.opt.seccomp_receiver = "/run/agent";
	is_int(plan_it(&f), 0);
	is_int(f.plan->seccomp->n_bpf, 3);
	is_int(f.plan->seccomp->bpf[0].jf, 1);
	ok(f.plan->seccomp->notify);
}

TEST(finished_programs_that_are_none)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "BgAAAAAA/38", "not base64" }, { "BgAAAAAA/3-=", "not base64" },
		{ "B===", "not base64" }, { "Bg=AAAAA/38=", "not base64" }, { "B g=", "not base64" },
		{ "BgAA", "3 bytes are no whole number of instructions" },
		{ "", "0 bytes are no whole number of instructions" },
		{ "BgAAAAAA/38A", "9 bytes are no whole number of instructions" },
	};
	struct fixture f;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		with_bpf(&f, bad[i].text);
		check_problem(&f, "annotations.run.oci.seccomp_bpf_data", bad[i].why);
	}
	with_bpf(&f, memset(arena_alloc(&f.a, 4 * 12000 + 1), 'A', 4 * 12000));
	check_problem(&f, "annotations.run.oci.seccomp_bpf_data", "longer than 4096 instructions");
}

TEST(names_are_sorted_and_known)
{
	static const char *const known[NAMES__MAX] = {
		[NAMES_NAMESPACES] = "network", [NAMES_CAPABILITIES] = "CAP_CHOWN",
		[NAMES_MOUNT_OPTIONS] = "rbind", [NAMES_SECCOMP_ACTIONS] = "SCMP_ACT_ALLOW",
		[NAMES_SECCOMP_OPERATORS] = "SCMP_CMP_EQ", [NAMES_SECCOMP_ARCHS] = "SCMP_ARCH_X86_64",
		[NAMES_SECCOMP_FLAGS] = "SECCOMP_FILTER_FLAG_LOG", [NAMES_MEMORY_MODES] = "MPOL_BIND",
		[NAMES_MEMORY_FLAGS] = "MPOL_F_STATIC_NODES",
	};
	struct fixture f;

	fix_init(&f);
	for (int kind = 0; kind < NAMES__MAX; kind++) {
		struct strv list = plan_names(&f.a, (enum plan_names)kind);
		bool found = false;

		for (size_t i = 0; i < list.n; i++) {
			found = found || str_eq(list.v[i], known[kind]);
			ok(i == 0 || strcmp(list.v[i - 1], list.v[i]) < 0);
		}
		if (!ok(found))
			printf("# no %s\n", known[kind]);
	}
	is_int(plan_names(&f.a, NAMES__MAX).n, 0);
	is_int(plan_seccomp_flag("SECCOMP_FILTER_FLAG_LOG"), SECCOMP_FILTER_FLAG_LOG);
	is_int(plan_seccomp_flag("x"), 0);
}

TAP_MAIN
