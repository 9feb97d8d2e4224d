/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seccomp_proof.c - a filter that is said to be loaded is in force, or is noticed (apply/seccomp_proof.c) */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "apply/seccomp.h"
#include "base/codes.h"
#include "base/str.h"
#include "tests/lib/bpf.h"
#include "tests/lib/tap.h"

static struct arena arena;
static struct err err;

static struct seccomp_arg first_is_7[] = { { 0, SCMP_CMP_EQ, 7, 0 } };
static struct seccomp_arg bits[] = { { 1, SCMP_CMP_MASKED_EQ, 6, 4 } };

static struct seccomp_rule rules[] = {
	{ .name = "close", .action = SCMP_ACT_ALLOW },
	{ .name = "dup", .action = SCMP_ACT_LOG },
	{ .name = "mount", .action = SCMP_ACT_ERRNO(1) },
	{ .name = "bpf", .action = SCMP_ACT_KILL_PROCESS },
	{ .name = "memfd_create", .action = SCMP_ACT_NOTIFY },
	{ .name = "ptrace", .action = SCMP_ACT_TRACE(3) },
	{ .name = "fchdir", .action = SCMP_ACT_ALLOW, .args = first_is_7, .n_args = 1 },
	{ .name = "flock", .action = SCMP_ACT_ALLOW, .args = bits, .n_args = 1 },
};

static struct seccomp_filter compiled(uint32_t default_action, struct seccomp_rule *r, size_t n)
{
	struct seccomp_plan plan = { .default_action = default_action, .rules = r, .n_rules = n,
				     .enosys_stub = default_action != SCMP_ACT_ALLOW };
	struct seccomp_filter f = { 0 };

	if (!arena.base)
		is_int(arena_open(&arena, 8 << 20), 0);
	is_int(seccomp_compile(&arena, &plan, -1, &f, &err), 0);
	is_int(f.arch, seccomp_arch_native());
	return f;
}

static bool permits(const struct seccomp_filter *f, int nr, uint64_t first, uint64_t second)
{
	struct seccomp_data call = { .nr = nr, .arch = f->arch, .args = { first, second } };

	return seccomp_permits(f, &call);
}

TEST(permits_what_the_rules_let_through)
{
	struct seccomp_filter f = compiled(SCMP_ACT_ERRNO(1), rules, ARRAY_SIZE(rules));

	ok(permits(&f, SYS_close, 1, 0));
	ok(permits(&f, SYS_dup, 0, 0));
	ok(!permits(&f, SYS_mount, 0, 0));
	ok(!permits(&f, SYS_bpf, 0, 0));
	ok(!permits(&f, SYS_memfd_create, 0, 0));
	ok(!permits(&f, SYS_ptrace, 0, 0));
	ok(!permits(&f, SYS_read, 0, 0));
	ok(permits(&f, SYS_fchdir, 7, 0));
	ok(!permits(&f, SYS_fchdir, 8, 0));
	ok(permits(&f, SYS_flock, 0, 5));
	ok(!permits(&f, SYS_flock, 0, 2));
	f.arch ^= 1;
	ok(!permits(&f, SYS_close, 1, 0));
}

/* By the interpreter of the other tests, and by the rules */
TEST(permits_as_the_kernel_would_answer)
{
	struct seccomp_filter f = compiled(SCMP_ACT_ALLOW, rules + 2, 3);

	for (int nr = 0; nr < 500; nr++) {
		struct seccomp_data call = { .nr = nr, .arch = f.arch };
		uint32_t action = bpf_run(&f, &call);

		is_int(seccomp_permits(&f, &call), action == SECCOMP_RET_ALLOW);
	}
	f = compiled(SCMP_ACT_ERRNO(1), rules + 6, 2);
	for (uint64_t v = 0; v < 16; v++) {
		is_int(permits(&f, SYS_fchdir, v, 0), cond_holds(first_is_7, v, UINT64_MAX));
		is_int(permits(&f, SYS_flock, 0, v), cond_holds(bits, v, UINT64_MAX));
	}
}

#define STMT(code, k) BPF_STMT(code, k)
#define LOAD(offset) STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define PERMIT STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define IP ((uint32_t)offsetof(struct seccomp_data, instruction_pointer))

/* Programs of annotations may be anything. */
TEST(what_cannot_be_told_is_not_permitted)
{
	static const struct sock_filter add[] = { STMT(BPF_ALU | BPF_ADD | BPF_K, 1), PERMIT },
		place[] = { LOAD(IP), PERMIT },
		high[] = { LOAD(IP + 4), PERMIT },
		far[] = { LOAD(sizeof(struct seccomp_data)), PERMIT },
		by_x[] = { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 0), PERMIT },
		endless[] = { STMT(BPF_JMP | BPF_JA, UINT32_MAX - 1), PERMIT },
		good[] = {
			LOAD(0),
			BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 1, 0),
			STMT(BPF_JMP | BPF_JA, 1),
			PERMIT,
			STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		};
	static const struct { const struct sock_filter *v; unsigned short n; } bad[] = {
		{ add, 2 }, { place, 2 }, { high, 2 }, { far, 2 }, { by_x, 2 }, { endless, 2 }, { good, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct seccomp_filter f = { .insns = bad[i].v, .n = bad[i].n };

		ok(!permits(&f, 2, 0, 0));
	}
	ok(permits(&(struct seccomp_filter){ .insns = good, .n = 5 }, 2, 0, 0));
	ok(!permits(&(struct seccomp_filter){ .insns = good, .n = 5 }, 4, 0, 0));
}

/* Load it in a process of its own. Return: what seccomp_prove() says, -99 = nothing could tell */
static int proved_there(const struct seccomp_filter *f, const char *status_file)
{
	int status, listener = -1;
	struct seccomp_proof proof;

	if (fork() == 0) {
		seccomp_look(&proof, f, open(status_file, O_RDONLY));
		if ((proof.before < 0 && !proof.probe) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    seccomp_enter(f, &listener, NULL) < 0)
			_exit(99);
		syscall(SYS_exit_group, -seccomp_prove(&proof, NULL));
	}
	is_int(wait(&status) > 0, 1);
	ok(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

#define STATUS "/proc/self/status"
#define NOTHING "/nothing"

TEST(D23_a_filter_that_is_in_force)
{
	struct seccomp_filter f = compiled(SCMP_ACT_ALLOW, rules + 2, 1);

	is_int(proved_there(&f, STATUS), 0);
	is_int(proved_there(&f, NOTHING), 0);
	f = compiled(SCMP_ACT_ERRNO(0), &(struct seccomp_rule){ .name = "exit_group", .action = SCMP_ACT_ALLOW }, 1);
	is_int(proved_there(&f, NOTHING), 0);
}

/* Its own read would be answered by a signal or denied: another call tells. */
TEST(D23_a_filter_that_denies_reading)
{
	struct seccomp_rule rule[] = {
		{ .name = "read", .action = SCMP_ACT_KILL_PROCESS },
		{ .name = "prctl", .action = SCMP_ACT_KILL_PROCESS },
		{ .name = "setns", .action = SCMP_ACT_ERRNO(7) },
	};
	struct seccomp_filter f = compiled(SCMP_ACT_ALLOW, rule, 1);

	is_int(proved_there(&f, STATUS), 0);
	f = compiled(SCMP_ACT_ALLOW, rule, 3);
	is_int(proved_there(&f, STATUS), 0);
	rule[0].action = SCMP_ACT_ERRNO(9); /* as the call without a filter */
	rule[2].action = SCMP_ACT_ERRNO(9);
	f = compiled(SCMP_ACT_ALLOW, rule, 3);
	is_int(proved_there(&f, STATUS), -99);
	rule[0].action = SCMP_ACT_ERRNO(0);
	f = compiled(SCMP_ACT_ALLOW, rule, 3);
	is_int(proved_there(&f, STATUS), 0);
}

/* An outer filter answers seccomp(2), and nothing happens. */
TEST(D23_a_filter_that_is_only_said_to_be_loaded)
{
	struct seccomp_rule no_read[] = { { .name = "read", .action = SCMP_ACT_ERRNO(1) } };
	struct seccomp_filter f = compiled(SCMP_ACT_ALLOW, rules + 2, 1),
			      g = compiled(SCMP_ACT_ALLOW, no_read, 1);
	scmp_filter_ctx outer = seccomp_init(SCMP_ACT_ALLOW);

	is_int(seccomp_rule_add(outer, SCMP_ACT_ERRNO(0), SCMP_SYS(seccomp), 0), 0);
	is_int(seccomp_load(outer), 0);
	seccomp_release(outer);
	is_int(proved_there(&f, STATUS), -EPERM);
	is_int(proved_there(&g, STATUS), -EPERM); /* by read(2): prctl(2) knows of the outer one */
	is_int(proved_there(&f, NOTHING), -99);
}

TEST(D23_when_no_call_tells_nothing_is_proved)
{
	struct seccomp_rule none[] = { { .name = "prctl", .action = SCMP_ACT_KILL_PROCESS } };
	struct seccomp_filter f = compiled(SCMP_ACT_ALLOW, none, 1);
	struct seccomp_proof proof;

	seccomp_look(&proof, &f, -1);
	is_int(proof.before, -1);
	ok(!proof.probe);
	is_int(seccomp_prove(&proof, &err), 0);
	seccomp_look(&proof, &f, open("/proc/self/stat", O_RDONLY));
	is_int(proof.before, -1);
	seccomp_look(&proof, &f, open("/proc/self/status", O_RDONLY));
	ok(proof.before >= 0);
	is_int(seccomp_prove(&proof, &err), -EPERM); /* none was loaded */
	has_str(err.text, "not in force");
	is_int(err.id, ERR_SECCOMP);
}

TAP_MAIN
