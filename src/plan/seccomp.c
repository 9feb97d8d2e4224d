// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * seccomp.c - the system call filter: names to numbers, rules one by one
 *
 * Spec: config-linux.md, "Seccomp". Numbers are those of libseccomp's header, none of its functions
 * is called; which system calls exist is known only to who compiles the rules.
 *
 * libseccomp takes one condition per argument and rule. Where an entry has several on one argument,
 * each of its conditions becomes a rule of its own: any of them suffices (what runc and crun do).
 * Rules whose action is the default one are kept: they tell which calls the profile knows.
 */
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "plan/internal.h"

/* Where libseccomp's header is too old to have the name. */
enum {
	ARCH_LOONGARCH64 = 258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE,
};

static const struct name_value archs[] = {
	{ "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64 },
	{ "SCMP_ARCH_ARM", SCMP_ARCH_ARM },
	{ "SCMP_ARCH_LOONGARCH64", (uint32_t)ARCH_LOONGARCH64 },
	{ "SCMP_ARCH_M68K", AUDIT_ARCH_M68K },
	{ "SCMP_ARCH_MIPS", SCMP_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PARISC", SCMP_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64 },
	{ "SCMP_ARCH_PPC", SCMP_ARCH_PPC },
	{ "SCMP_ARCH_PPC64", SCMP_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE },
	{ "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64 },
	{ "SCMP_ARCH_S390", SCMP_ARCH_S390 },
	{ "SCMP_ARCH_S390X", SCMP_ARCH_S390X },
	{ "SCMP_ARCH_SH", AUDIT_ARCH_SHEL },
	{ "SCMP_ARCH_SHEB", AUDIT_ARCH_SH },
	{ "SCMP_ARCH_X32", SCMP_ARCH_X32 },
	{ "SCMP_ARCH_X86", SCMP_ARCH_X86 },
	{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64 },
};

static const struct name_value actions[] = {
	{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
	{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
	{ "SCMP_ACT_KILL", SCMP_ACT_KILL },
	{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
	{ "SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY },
	{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0) },
	{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
};

static const struct name_value operators[] = {
	{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
	{ "SCMP_CMP_GE", SCMP_CMP_GE },
	{ "SCMP_CMP_GT", SCMP_CMP_GT },
	{ "SCMP_CMP_LE", SCMP_CMP_LE },
	{ "SCMP_CMP_LT", SCMP_CMP_LT },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	{ "SCMP_CMP_NE", SCMP_CMP_NE },
};

static const struct name_value flag_names[] = {
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

const struct name_table seccomp_names[4] = {
	NAME_TABLE(actions), NAME_TABLE(operators), NAME_TABLE(archs), NAME_TABLE(flag_names),
};

uint32_t plan_seccomp_flag(const char *name)
{
	const struct name_value *row = name_find(flag_names, ARRAY_SIZE(flag_names), name);

	return row ? (uint32_t)row->value : 0;
}

const char *seccomp_action_name(uint32_t action)
{
	return value_name(actions, ARRAY_SIZE(actions), action & SECCOMP_RET_ACTION_FULL);
}

const char *seccomp_arch_name(uint32_t arch)
{
	return value_name(archs, ARRAY_SIZE(archs), arch);
}

const char *seccomp_operator_name(uint32_t op)
{
	return value_name(operators, ARRAY_SIZE(operators), op);
}

/* An action with its number; @path_* name the two properties. */
static uint32_t action_of(struct planner *pl, const char *name, struct opt_u32 errno_ret,
			  const char *where, const char *where_errno)
{
	const struct name_value *row = name ? name_find(actions, ARRAY_SIZE(actions), name) : NULL;
	uint32_t action = row ? (uint32_t)row->value : SCMP_ACT_KILL_PROCESS;
	bool takes_errno = action == SCMP_ACT_ERRNO(0) || action == SCMP_ACT_TRACE(0);

	if (!row)
		plan_bad(pl, ERR_VALUE, where, "unknown action %s", name ? name : "");
	if (!takes_errno) {
		if (errno_ret.set && row)
			plan_bad(pl, ERR_CONFLICT, where_errno,
				 "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take a number, found %s",
				 name);
		return action;
	}
	if (errno_ret.v > (action == SCMP_ACT_ERRNO(0) ? 4095 : UINT16_MAX))
		plan_bad(pl, ERR_RANGE, where_errno, "too high: %u", errno_ret.v);
	return action | ((errno_ret.set ? errno_ret.v : EPERM) & SECCOMP_RET_DATA);
}

static void read_archs(struct planner *pl, struct seccomp_plan *out)
{
	const struct strv *list = &pl->lin->seccomp->architectures;

	out->archs = arena_newv(pl->a, uint32_t, list->n);
	for (size_t i = 0; i < list->n; i++) {
		const struct name_value *row = name_find(archs, ARRAY_SIZE(archs), list->v[i]);

		if (row)
			out->archs[out->n_archs++] = (uint32_t)row->value;
		else
			plan_bad(pl, ERR_VALUE,
				 arena_fmt(pl->a, "linux.seccomp.architectures[%zu]", i),
				 "unknown architecture %s", list->v[i]);
	}
}

static void read_flags(struct planner *pl, struct seccomp_plan *out, const struct oci_seccomp *s)
{
	const struct strv *list = &s->flags;

	if (!list->v) {
		out->flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
		out->flags_optional = true;
	}
	for (size_t i = 0; list->v && i < list->n; i++) {
		const struct name_value *row =
			name_find(flag_names, ARRAY_SIZE(flag_names), list->v[i]);

		if (row)
			out->flags |= (uint32_t)row->value;
		else
			plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "linux.seccomp.flags[%zu]", i),
				 "unknown flag %s", list->v[i]);
	}
}

/* Return: whether the conditions must be split, -1 = there was a problem */
static int read_args(struct planner *pl, const struct oci_syscall *s, const char *where,
		     struct seccomp_arg *ret)
{
	unsigned seen = 0;
	int split = 0;

	for (size_t i = 0; i < s->args.n; i++) {
		const struct oci_syscall_arg *arg = &s->args.v[i];
		const char *at = arena_fmt(pl->a, "%s.args[%zu]", where, i);
		const struct name_value *row =
			arg->op ? name_find(operators, ARRAY_SIZE(operators), arg->op) : NULL;

		if (arg->index > 5) {
			plan_bad(pl, ERR_RANGE, arena_fmt(pl->a, "%s.index", at),
				 "a system call has arguments 0 to 5, found %u", arg->index);
			return -1;
		}
		if (!row) {
			plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "%s.op", at),
				 "unknown operator %s", arg->op ? arg->op : "");
			return -1;
		}
		ret[i] = (struct seccomp_arg){
			.index = arg->index, .op = (uint32_t)row->value, .a = arg->value,
			.b = arg->value_two.v,
		};
		if (seen & (1u << arg->index))
			split = 1;
		seen |= 1u << arg->index;
	}
	return split;
}

static void add_rule(struct planner *pl, struct seccomp_plan *out, const struct seccomp_rule *rule)
{
	out->rules = vec_room(pl->a, out->rules, out->n_rules, sizeof(*out->rules));
	out->rules[out->n_rules++] = *rule;
}

static void check_notify(struct planner *pl, const struct oci_syscall *s, const char *where)
{
	for (size_t i = 0; i < s->names.n; i++)
		if (str_eq(s->names.v[i], "write") || str_eq(s->names.v[i], "sendmsg"))
			plan_bad(pl, ERR_SECCOMP, arena_fmt(pl->a, "%s.names[%zu]", where, i),
				 "SCMP_ACT_NOTIFY on %s would stop the runtime itself", s->names.v[i]);
}

static void read_syscall(struct planner *pl, struct seccomp_plan *out, size_t i)
{
	const struct oci_syscall *s = &pl->lin->seccomp->syscalls.v[i];
	const char *where = arena_fmt(pl->a, "linux.seccomp.syscalls[%zu]", i);
	struct seccomp_arg *args = arena_newv(pl->a, struct seccomp_arg, s->args.n);
	struct seccomp_rule rule = { .where = where };
	int split;

	rule.action = action_of(pl, s->action, s->errno_ret, arena_fmt(pl->a, "%s.action", where),
				arena_fmt(pl->a, "%s.errnoRet", where));
	if (!s->names.n)
		plan_bad(pl, ERR_MISSING, arena_fmt(pl->a, "%s.names", where),
			 "at least one name is needed");
	if (rule.action == SCMP_ACT_NOTIFY) {
		out->notify = true;
		check_notify(pl, s, where);
	}
	split = read_args(pl, s, where, args);
	if (split < 0)
		return;
	for (size_t j = 0; j < s->names.n; j++) {
		rule.name = s->names.v[j];
		rule.args = s->args.n ? args : NULL;
		rule.n_args = split ? 1 : s->args.n;
		add_rule(pl, out, &rule);
		for (size_t k = 1; split && k < s->args.n; k++) {
			rule.args = args + k;
			add_rule(pl, out, &rule);
		}
	}
}

static void read_listener(struct planner *pl, struct seccomp_plan *out, const struct oci_seccomp *s)
{
	if (!out->notify) {
		/* Linux refuses it without a listener, to which alone it means something. */
		out->flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
		return;
	}
	out->listener_path = s->listener_path;
	out->listener_metadata = s->listener_metadata;
	if (!out->listener_path || !*out->listener_path)
		out->listener_path = plan_annotation(pl, "run.oci.seccomp.receiver");
	if (!out->listener_path || !*out->listener_path)
		out->listener_path = pl->opt->seccomp_receiver;
	if (plan_annotation(pl, "run.oci.seccomp.plugins"))
		plan_bad(pl, ERR_UNSUPPORTED, "annotations.run.oci.seccomp.plugins",
			 "taper loads no foreign code: let an agent listen instead");
	else if (!out->listener_path || !*out->listener_path)
		plan_bad(pl, ERR_MISSING, "linux.seccomp.listenerPath",
			 "SCMP_ACT_NOTIFY needs someone who listens");
	/* Linux refuses a new listener with TSYNC unless failure is reported by errno. */
	if (out->flags & SECCOMP_FILTER_FLAG_TSYNC)
		out->flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
}

/* Would a call that the profile does not know fail? Then ENOSYS lets the caller fall back. */
static bool refuses_by_default(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		return (action & SECCOMP_RET_DATA) != ENOSYS;
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
		return true;
	default:
		return false;
	}
}

static void read_rules(struct planner *pl, struct seccomp_plan *out)
{
	const struct oci_seccomp *s = pl->lin->seccomp;
	const char *fail_unknown = plan_annotation(pl, "run.oci.seccomp_fail_unknown_syscall");

	out->default_action =
		action_of(pl, s->default_action, s->default_errno_ret,
			  "linux.seccomp.defaultAction", "linux.seccomp.defaultErrnoRet");
	if (out->default_action == SCMP_ACT_NOTIFY)
		plan_bad(pl, ERR_SECCOMP, "linux.seccomp.defaultAction",
			 "SCMP_ACT_NOTIFY for every system call would stop the runtime itself");
	out->enosys_stub = refuses_by_default(out->default_action);
	out->fail_unknown = fail_unknown && str_eq(fail_unknown, "1");
	read_archs(pl, out);
	for (size_t i = 0; i < s->syscalls.n; i++)
		read_syscall(pl, out, i);
}

void plan_seccomp(struct planner *pl)
{
	static const struct oci_seccomp none = { 0 };
	const struct oci_seccomp *s = pl->lin->seccomp ? pl->lin->seccomp : &none;
	const char *bpf = plan_annotation(pl, "run.oci.seccomp_bpf_data");
	struct seccomp_plan *out;

	if (!s->default_action && !s->syscalls.n && !bpf)
		return;
	if (!pl->facts->seccomp)
		plan_bad(pl, ERR_SECCOMP, "linux.seccomp", "this kernel has no system call filter");
	out = arena_new(pl->a, struct seccomp_plan);
	read_flags(pl, out, s);
	if (bpf)
		plan_bpf_data(pl, out, bpf);
	else
		read_rules(pl, out);
	read_listener(pl, out, s);
	pl->plan->seccomp = out;
}
