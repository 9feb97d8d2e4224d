// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * filter.c - fuzz entry point: any system call filter, compiled, against its rules
 *
 * The input is a list of choices: default action, architectures, rules with conditions. The compiled
 * program is run by an interpreter over calls near to what the rules name.
 *
 * What has to hold: a filter is compiled, or an error says why not. The program answers with the action
 * of a rule that matches; where none does, with the default action, or ENOSYS above all that is known.
 *
 * A call has one rule with any conditions, or several that want one argument to be equal to something,
 * as profiles of engines have them: in what goes beyond, libseccomp (2.5) does not look back from a
 * condition that fails to the others that may hold, and takes for ever when there are many.
 */
#include <errno.h>

#include "tests/fuzz/harness.h"
#include "tests/lib/bpf.h"

#define RULES_MAX 20
#define CONDITIONS_MAX 3
#define RULES_OF_CALL 4
#define CALLS 24                         /* tried for each rule */

/* libseccomp loses some of its own when it joins the rules of a call; taper compiles one filter, and ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libseccomp\n";
}

static const uint32_t actions[] = {
	SCMP_ACT_ERRNO(1), SCMP_ACT_ALLOW, SCMP_ACT_KILL_PROCESS, SCMP_ACT_ERRNO(38), SCMP_ACT_LOG, SCMP_ACT_TRAP,
	SCMP_ACT_TRACE(3), SCMP_ACT_NOTIFY, SCMP_ACT_KILL_THREAD, SCMP_ACT_ERRNO(4095),
};

/* Numbers of x86_64: with and without arguments that are used, multiplexed ones, high ones */
static const char *const calls[] = {
	"read", "write", "openat", "clone", "clone3", "personality", "ioctl", "socket", "mmap", "prctl", "futex",
	"exit_group", "bpf", "mount", "keyctl", "ptrace", "memfd_create", "openat2", "seccomp", "no_such_call",
	"futex_waitv", "execve", "chmod", "ipc", "socketcall", "arch_prctl",
};

static const uint64_t values[] = {
	0, 1, 2, 0x20008, 0x7e020000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x100000005,
	0xffffffff00000000, UINT64_MAX,
};

static uint64_t choose_value(struct fuzz_in *in)
{
	size_t i = fuzz_byte(in);

	return i < 200 ? values[i % ARRAY_SIZE(values)] : fuzz_u64(in);
}

/* What all rules of a call have in common. */
struct shape {
	unsigned n;                  /* rules so far */
	unsigned index;              /* of the first argument that they look at */
	uint32_t action;
	bool alone;                  /* it is the only one */
};

/* Return: false = none more for this call */
static bool choose_rule(struct arena *a, struct fuzz_in *in, struct shape *shapes, struct seccomp_rule *rule)
{
	size_t call = fuzz_pick(in, ARRAY_SIZE(calls)), n = fuzz_pick(in, CONDITIONS_MAX + 1);
	struct shape *shape = &shapes[call];
	unsigned index;

	if (shape->alone || shape->n >= RULES_OF_CALL || (shape->n && n > 1))
		return false;
	if (!shape->n++) {
		shape->index = (unsigned)fuzz_pick(in, 6);
		shape->action = actions[fuzz_pick(in, ARRAY_SIZE(actions))];
		shape->alone = n > 1 || fuzz_pick(in, 4);
	}
	index = shape->index;
	*rule = (struct seccomp_rule){
		.name = calls[call], .action = shape->action,
		.args = arena_newv(a, struct seccomp_arg, n + 1), .n_args = n, .where = "rule",
	};
	for (size_t i = 0; i < n; i++, index = (index + 1) % 6)  /* the planner sees to it that none is there twice */
		rule->args[i] = (struct seccomp_arg){
			.index = index, .a = choose_value(in), .b = choose_value(in),
			.op = shape->alone ? SCMP_CMP_NE + (uint32_t)fuzz_pick(in, 7) : SCMP_CMP_EQ,
		};
	return true;
}

static bool matches(const struct seccomp_rule *r, int nr, const struct seccomp_data *data, uint64_t width)
{
	if (nr != data->nr)
		return false;
	for (size_t k = 0; k < r->n_args; k++)
		if (!cond_holds(&r->args[k], data->args[r->args[k].index], width))
			return false;
	return true;
}

/* May the answer to a call be this one? */
static bool is_right(const struct seccomp_plan *plan, const int *numbers, const struct seccomp_data *data,
		     uint32_t got)
{
	uint64_t width = data->arch == SCMP_ARCH_X86 ? UINT32_MAX : UINT64_MAX;
	int highest = -1;
	bool any = false;

	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct seccomp_rule *r = &plan->rules[i];

		highest = numbers[i] > highest ? numbers[i] : highest;
		if (r->action == plan->default_action || !matches(r, numbers[i], data, width))
			continue;
		if (got == r->action)
			return true;
		any = true;
	}
	if (any)
		return false;
	if (plan->enosys_stub && highest >= 0 && data->nr > highest)
		return got == SCMP_ACT_ERRNO(ENOSYS);
	return got == plan->default_action;
}

static void complain(const struct seccomp_plan *plan, const struct seccomp_data *data, uint32_t got)
{
	fprintf(stderr, "default %#x\n", plan->default_action);
	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct seccomp_rule *r = &plan->rules[i];

		fprintf(stderr, "%s: %#x", r->name, r->action);
		for (size_t k = 0; k < r->n_args; k++)
			fprintf(stderr, " [%u] op %u %#llx %#llx", r->args[k].index, r->args[k].op,
				(unsigned long long)r->args[k].a, (unsigned long long)r->args[k].b);
		fprintf(stderr, "\n");
	}
	fprintf(stderr, "arch %#x call %d:", data->arch, data->nr);
	for (int i = 0; i < 6; i++)
		fprintf(stderr, " %#llx", (unsigned long long)data->args[i]);
	fprintf(stderr, ": %#x\n", got);
	abort();
}

/* A call near to what a rule says: its values, the ones beside them, single bits of them. */
static void near(struct fuzz_in *in, const struct seccomp_rule *r, struct seccomp_data *data)
{
	for (int i = 0; i < 6; i++)
		data->args[i] = choose_value(in);
	for (size_t k = 0; k < r->n_args; k++) {
		const struct seccomp_arg *c = &r->args[k];
		uint64_t v = c->op == SCMP_CMP_MASKED_EQ ? c->b | (choose_value(in) & ~c->a) : c->a;
		size_t how = fuzz_pick(in, 8);

		if (how == 3)
			v ^= 1ULL << fuzz_pick(in, 64);
		data->args[c->index] = how == 1 ? v + 1 : how == 2 ? v - 1 : v;
	}
}

static void try_arch(const struct seccomp_plan *plan, const struct seccomp_filter *f, uint32_t arch)
{
	int numbers[RULES_MAX];
	uint8_t noise[64];
	uint32_t seed = 1;

	for (size_t i = 0; i < plan->n_rules; i++)
		numbers[i] = seccomp_syscall_resolve_name_arch(arch, plan->rules[i].name);
	for (size_t i = 0; i < plan->n_rules * CALLS; i++) {
		const struct seccomp_rule *r = &plan->rules[i / CALLS];
		struct seccomp_data data = { .nr = numbers[i / CALLS] + (i % CALLS > 20 ? (int)(i % 3) - 1 : 0),
					     .arch = arch };
		struct fuzz_in in = { noise, sizeof(noise) };
		uint32_t got;

		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 16);
		/* socketcall and ipc of x86 also stand for the calls behind them, whose arguments are in memory */
		if (data.nr < 0 || (arch == SCMP_ARCH_X86 && (data.nr == 102 || data.nr == 117)))
			continue;
		near(&in, r, &data);
		for (int k = 0; k < 6 && arch == SCMP_ARCH_X86; k++)
			data.args[k] &= UINT32_MAX;
		got = bpf_run(f, &data);
		if (!is_right(plan, numbers, &data, got))
			complain(plan, &data, got);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct shape shapes[ARRAY_SIZE(calls)] = { { 0 } };
	struct seccomp_rule rules[RULES_MAX];
	uint32_t archs[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86 };
	struct seccomp_plan plan = { .rules = rules, .archs = archs };
	struct seccomp_filter f = { 0 };
	struct err e = { 0 };
	struct arena a;
	uint8_t kinds = fuzz_byte(&in);
	int r;

	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		return 0;
	fuzz_arena(&a);
	plan.default_action = actions[fuzz_pick(&in, 5)];
	plan.enosys_stub = kinds & 1;
	plan.n_archs = kinds & 2 ? 2 : 0;
	while (in.left && plan.n_rules < RULES_MAX)
		plan.n_rules += choose_rule(&a, &in, shapes, &rules[plan.n_rules]);
	r = seccomp_compile(&a, &plan, -1, &f, &e);
	REQUIRE((r == 0) == (e.code == 0) && (r == 0) == (f.n > 0));
	REQUIRE(r == 0 || (e.text[0] && e.code == r));
	if (r == 0)
		try_arch(&plan, &f, SCMP_ARCH_X86_64);
	if (r == 0 && plan.n_archs)
		try_arch(&plan, &f, SCMP_ARCH_X86);
	arena_close(&a);
	return 0;
}

FUZZ_MAIN("filter");
