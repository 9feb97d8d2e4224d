// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * seccomp.c - compile a filter through libseccomp, load it ourselves
 *
 * libseccomp is asked for the BPF alone: flags, listener and no_new_privs are not its business here. In
 * front of its program stands ours where the plan wants it: a call whose number is above all that the
 * profile knows did not exist when the profile was written. It answers ENOSYS, so that a newer C library
 * falls back to older calls instead of giving up at EPERM.
 *
 * Sources: seccomp(2), seccomp_rule_add(3), seccomp_export_bpf(3), kernel Documentation seccomp_filter.
 */
#include "apply/seccomp.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "apply/seccomp_cache.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"

#define ARGS_MAX 6
#define STUB_PER_ARCH 7
#define STUB_ARCHS 30
#define X32_BIT 0x40000000u      /* asm/unistd.h __X32_SYSCALL_BIT */
#define ARM_PRIVATE 0x000f0000u  /* asm/unistd.h __ARM_NR_BASE: far above the others, and old */

/* ---- the profile as bytes ---- */

static char *put(char *p, const void *data, size_t len)
{
	memcpy(p, data, len);
	return p + len;
}

static char *put_u32(char *p, uint32_t v)
{
	return put(p, &v, sizeof(v));
}

static size_t key_size(const struct seccomp_plan *plan)
{
	size_t len = 64 + plan->n_archs * sizeof(uint32_t);

	for (size_t i = 0; i < plan->n_rules; i++)
		len += strlen(plan->rules[i].name) + 1 + 2 * sizeof(uint32_t) +
		       plan->rules[i].n_args * (2 * sizeof(uint32_t) + 2 * sizeof(uint64_t));
	return len;
}

/* All that the instructions depend on: the library, and the plan but for flags and listener. */
static struct seccomp_key make_key(struct arena *a, const struct seccomp_plan *plan)
{
	const struct scmp_version *v = seccomp_version();
	char *bytes = arena_alloc(a, key_size(plan)), *p = bytes;

	p = put_u32(p, v->major);
	p = put_u32(p, v->minor);
	p = put_u32(p, v->micro);
	p = put_u32(p, seccomp_arch_native());
	p = put_u32(p, plan->default_action);
	p = put_u32(p, (plan->enosys_stub ? 1u : 0u) | (plan->fail_unknown ? 2u : 0u));
	p = put_u32(p, (uint32_t)plan->n_archs);
	for (size_t i = 0; i < plan->n_archs; i++)
		p = put_u32(p, plan->archs[i]);
	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct seccomp_rule *r = &plan->rules[i];

		p = put(p, r->name, strlen(r->name) + 1);
		p = put_u32(p, r->action);
		p = put_u32(p, (uint32_t)r->n_args);
		for (size_t k = 0; k < r->n_args; k++) {
			p = put_u32(p, r->args[k].index);
			p = put_u32(p, r->args[k].op);
			p = put(p, &r->args[k].a, sizeof(r->args[k].a));
			p = put(p, &r->args[k].b, sizeof(r->args[k].b));
		}
	}
	return (struct seccomp_key){ bytes, (size_t)(p - bytes) };
}

/* ---- ENOSYS for what is newer than the profile ---- */

/* One architecture of the filter. */
struct stub_arch {
	uint32_t token;
	uint32_t max;                /* highest number that the profile names */
	bool known;                  /* it names any */
};

static struct stub_arch stub_arch(uint32_t token, const struct seccomp_plan *plan)
{
	struct stub_arch s = { .token = token };

	for (size_t i = 0; i < plan->n_rules; i++) {
		int nr = seccomp_syscall_resolve_name_arch(token, plan->rules[i].name);

		if (nr < 0 || (token == SCMP_ARCH_ARM && (uint32_t)nr >= ARM_PRIVATE))
			continue;
		if (!s.known || (uint32_t)nr > s.max)
			s.max = (uint32_t)nr;
		s.known = true;
	}
	return s;
}

#define STMT(code, k) ((struct sock_filter)BPF_STMT(code, k))
#define JUMP(op, k, jt, jf) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_##op | BPF_K, k, jt, jf))
#define RET_ENOSYS STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)

/*
 * Test the number, which the accumulator holds; what is not answered falls out at the end.
 * x86_64: numbers of x32 have a bit of their own. Without x32 they are left to the filter, but not -1,
 * which is no number at all: programs ask with it whether ENOSYS comes.
 */
static size_t stub_test(struct sock_filter *out, const struct stub_arch *s, const struct stub_arch *x32)
{
	size_t n = 0;

	if (s->token == SCMP_ARCH_X86_64 && x32) {
		out[n++] = JUMP(JGE, X32_BIT, 1, 0);
		out[n++] = JUMP(JGT, s->max, 1, 2);
		out[n++] = JUMP(JGT, x32->known ? x32->max : X32_BIT, 0, 1);
		out[n++] = RET_ENOSYS;
		return n;
	}
	if (s->token == SCMP_ARCH_X86_64) {
		out[n++] = JUMP(JEQ, UINT32_MAX, 2, 0);
		out[n++] = JUMP(JGE, X32_BIT, 2, 0);
	}
	if (s->token == SCMP_ARCH_ARM)
		out[n++] = JUMP(JGE, ARM_PRIVATE, 2, 0);
	out[n++] = JUMP(JGT, s->max, 0, 1);
	out[n++] = RET_ENOSYS;
	return n;
}

/* A block for each architecture; who is of none of them falls through. Return: number of instructions */
static size_t stub_make(struct sock_filter *out, const uint32_t *archs, size_t n_archs,
			const struct seccomp_plan *plan)
{
	struct stub_arch x32 = { 0 };
	size_t n = 0, ends[STUB_ARCHS] = { 0 }, n_ends = 0;

	for (size_t i = 0; i < n_archs; i++)
		if (archs[i] == SCMP_ARCH_X32)
			x32 = stub_arch(SCMP_ARCH_X32, plan);
	out[n++] = STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < n_archs; i++) {
		struct stub_arch s = stub_arch(archs[i], plan);
		size_t start = n++;

		if (archs[i] == SCMP_ARCH_X32 || !s.known) {
			n--;
			continue;
		}
		out[n++] = STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
		n += stub_test(out + n, &s, x32.token ? &x32 : NULL);
		ends[n_ends++] = n;
		out[n++] = STMT(BPF_JMP | BPF_JA, 0);
		out[start] = JUMP(JEQ, s.token, 0, (uint8_t)(n - start - 1));
	}
	for (size_t i = 0; i < n_ends; i++)
		out[ends[i]].k = (uint32_t)(n - ends[i] - 1);
	return n;
}

/* ---- libseccomp ---- */

static void release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

/* The native architecture and those of the plan, each once. Return: how many */
static size_t all_archs(const struct seccomp_plan *plan, uint32_t *ret)
{
	size_t n = 0;

	ret[n++] = seccomp_arch_native();
	for (size_t i = 0; i < plan->n_archs && n < STUB_ARCHS; i++) {
		bool seen = false;

		for (size_t k = 0; k < n; k++)
			seen |= ret[k] == plan->archs[i];
		if (!seen)
			ret[n++] = plan->archs[i];
	}
	return n;
}

static int add_archs(scmp_filter_ctx ctx, const uint32_t *archs, size_t n, struct err *e)
{
	const struct scmp_version *v = seccomp_version();

	for (size_t i = 1; i < n; i++) {     /* the native one is there already */
		int r = seccomp_arch_add(ctx, archs[i]);

		if (r < 0 && r != -EEXIST) {
			err_set(e, -EINVAL, ERR_SECCOMP, "libseccomp %u.%u.%u does not take architecture %#x%s",
				v->major, v->minor, v->micro, archs[i],
				r == -EDOM ? " here: it has another byte order" : "");
			err_place(e, "linux.seccomp.architectures");
			return -EINVAL;
		}
	}
	return 0;
}

static int add_rule(scmp_filter_ctx ctx, const struct seccomp_plan *plan, const struct seccomp_rule *rule,
		    struct err *e)
{
	struct scmp_arg_cmp args[ARGS_MAX];
	int nr = seccomp_syscall_resolve_name(rule->name), r;

	if (nr == __NR_SCMP_ERROR && !plan->fail_unknown)
		return 0;
	if (nr == __NR_SCMP_ERROR) {
		err_set(e, -EINVAL, ERR_SECCOMP, "libseccomp knows no system call %s", rule->name);
		err_place(e, "%s", rule->where);
		return -EINVAL;
	}
	if (rule->action == plan->default_action)
		return 0;
	assert(rule->n_args <= ARGS_MAX);
	for (size_t i = 0; i < rule->n_args; i++)
		args[i] = (struct scmp_arg_cmp){
			.arg = rule->args[i].index, .op = (enum scmp_compare)rule->args[i].op,
			.datum_a = rule->args[i].a, .datum_b = rule->args[i].b,
		};
	r = seccomp_rule_add_array(ctx, rule->action, nr, (unsigned)rule->n_args, args);
	if (r < 0) {
		err_code(e, r, ERR_SECCOMP, "libseccomp does not take the rule for %s", rule->name);
		err_place(e, "%s", rule->where);
	}
	return r < 0 ? r : 0;
}

/* The finished program. Return: 0 or -errno */
static int export(struct arena *a, scmp_filter_ctx ctx, const struct sock_filter *stub, size_t n_stub,
		  struct seccomp_filter *ret, struct err *e)
{
	_close_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	size_t size = BPF_MAXINSNS * sizeof(struct sock_filter), n;
	struct sock_filter *insns = arena_alloc(a, n_stub * sizeof(*insns) + size);
	ssize_t len;
	int r;

	if (fd < 0)
		return err_sys(e, ERR_SECCOMP, "make a file for the filter");
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return err_code(e, r, ERR_SECCOMP, "libseccomp cannot compile the filter");
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, ERR_SECCOMP, "read the filter");
	if (n_stub)
		memcpy(insns, stub, n_stub * sizeof(*insns));
	len = fd_read_all(fd, insns + n_stub, size);
	n = n_stub + (len < 0 ? 0 : (size_t)len / sizeof(*insns));
	if (len == -E2BIG || n > BPF_MAXINSNS)
		return err_set(e, -E2BIG, ERR_SECCOMP, "the filter is longer than %d instructions",
			       BPF_MAXINSNS);
	if (len < 0)
		return err_code(e, (int)len, ERR_SECCOMP, "read the filter");
	ret->insns = insns;
	ret->n = (unsigned short)n;
	return 0;
}

static int compile(struct arena *a, const struct seccomp_plan *plan, struct seccomp_filter *ret,
		   struct err *e)
{
	scmp_filter_ctx ctx __attribute__((cleanup(release))) = seccomp_init(plan->default_action);
	struct sock_filter stub[1 + STUB_PER_ARCH * STUB_ARCHS];
	uint32_t archs[STUB_ARCHS];
	size_t n_archs = all_archs(plan, archs), n_stub = 0;
	int r;

	if (!ctx)
		return err_set(e, -EINVAL, ERR_SECCOMP, "libseccomp does not take the default action %#x",
			       plan->default_action);
	/* a binary tree of numbers: less to walk through for each call */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r < 0)
		return err_code(e, r, ERR_SECCOMP, "set up libseccomp");
	r = add_archs(ctx, archs, n_archs, e);
	for (size_t i = 0; i < plan->n_rules && r == 0; i++)
		r = add_rule(ctx, plan, &plan->rules[i], e);
	if (r < 0)
		return r;
	if (plan->enosys_stub)
		n_stub = stub_make(stub, archs, n_archs, plan);
	return export(a, ctx, stub, n_stub, ret, e);
}

int seccomp_compile(struct arena *a, const struct seccomp_plan *plan, int cache_fd,
		    struct seccomp_filter *ret, struct err *e)
{
	struct seccomp_filter f = {
		.arch = seccomp_arch_native(),
		.flags = plan->flags, .flags_optional = plan->flags_optional, .notify = plan->notify,
	};
	struct seccomp_key key = { 0 };
	int r;

	if (plan->bpf) {
		f.insns = plan->bpf;
		f.n = (unsigned short)plan->n_bpf;
		*ret = f;
		return 0;
	}
	if (cache_fd >= 0) {
		key = make_key(a, plan);
		if (seccomp_cache_get(a, cache_fd, &key, &f.insns, &f.n)) {
			*ret = f;
			return 0;
		}
	}
	r = compile(a, plan, &f, e);
	if (r < 0)
		return r;
	if (cache_fd >= 0)
		seccomp_cache_put(cache_fd, &key, f.insns, f.n);
	*ret = f;
	return 0;
}

/* ---- load ---- */

static int load_failed(const struct seccomp_filter *f, int error, struct err *e)
{
	const char *why = error == EACCES ? " (needs CAP_SYS_ADMIN, or process.noNewPrivileges)"
			: error == EINVAL && f->flags ? " (this kernel may not have one of linux.seccomp.flags)"
			: error == EBUSY ? " (a filter above it has a listener already)" : "";

	return err_code(e, -error, ERR_SECCOMP, "load the system call filter%s", why);
}

int seccomp_enter(const struct seccomp_filter *f, int *ret_listener_fd, struct err *e)
{
	/* the kernel does not write to it; its struct has no const */
	struct sock_fprog prog = { .len = f->n, .filter = (struct sock_filter *)(uintptr_t)f->insns };
	unsigned listener = f->notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	int r = sys_seccomp(SECCOMP_SET_MODE_FILTER, f->flags | listener, &prog);

	if (r < 0 && errno == EINVAL && f->flags && f->flags_optional)
		r = sys_seccomp(SECCOMP_SET_MODE_FILTER, listener, &prog);
	if (r < 0)
		return load_failed(f, errno, e);
	if (r > 0 && !f->notify)     /* TSYNC names the thread that has another filter */
		return load_failed(f, ESRCH, e);
	*ret_listener_fd = f->notify ? r : -1;
	return 0;
}
