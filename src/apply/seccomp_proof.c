// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * seccomp_proof.c - is the filter in force? (security: D23)
 *
 * That seccomp(2) has returned 0 proves nothing where somebody stands between us and the kernel: a filter
 * of an outer runtime can answer so without a call. The kernel counts the filters of a process in its
 * "status" of procfs: it must be one more than before. The second look is under the filter already, so it
 * is taken only when that permits read(2), which is found out by running its program. Else the filter gives
 * itself away by a call that it denies and that had another result before.
 *
 * Sources: proc(5), seccomp(2), kernel networking/filter.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply/seccomp.h"
#include "base/codes.h"
#include "base/str.h"
#include "base/sys.h"

#define UNKNOWN SECCOMP_RET_KILL_PROCESS

/* A word of the call. Return: whether it is known beforehand: where the program stands is not */
static bool load(const struct seccomp_data *call, uint32_t offset, uint32_t *ret)
{
	if (offset > sizeof(*call) - sizeof(*ret) || (offset > offsetof(struct seccomp_data, arch) &&
						      offset < offsetof(struct seccomp_data, args)))
		return false;
	memcpy(ret, (const char *)call + offset, sizeof(*ret));
	return true;
}

static size_t jump(const struct sock_filter *s, uint32_t acc)
{
	switch (BPF_OP(s->code)) {
	case BPF_JA:
		return s->k;
	case BPF_JEQ:
		return acc == s->k ? s->jt : s->jf;
	case BPF_JGT:
		return acc > s->k ? s->jt : s->jf;
	case BPF_JGE:
		return acc >= s->k ? s->jt : s->jf;
	default: /* BPF_JSET: there are no others (kernel bpf_check_classic()) */
		return acc & s->k ? s->jt : s->jf;
	}
}

/* What the program answers, as far as it is made of what libseccomp and taper make filters of */
static uint32_t answer(const struct seccomp_filter *f, const struct seccomp_data *call)
{
	uint32_t acc = 0;

	for (size_t pc = 0; pc < f->n; pc++) {
		const struct sock_filter *s = &f->insns[pc];

		if (BPF_CLASS(s->code) == BPF_JMP && BPF_SRC(s->code) == BPF_K)
			pc += jump(s, acc);
		else if (s->code == (BPF_RET | BPF_K))
			return s->k;
		else if (s->code == (BPF_ALU | BPF_AND | BPF_K))
			acc &= s->k;
		else if (s->code != (BPF_LD | BPF_W | BPF_ABS) || !load(call, s->k, &acc))
			return UNKNOWN;
	}
	return UNKNOWN;
}

bool seccomp_permits(const struct seccomp_filter *f, const struct seccomp_data *call)
{
	uint32_t action = answer(f, call) & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* "Seccomp_filters:\t1". Return: the number, -1 = it is not there */
static int count(char *text, ssize_t len)
{
	static const char key[] = "\nSeccomp_filters:\t";
	uint32_t n;
	char *at;

	text[len < 0 ? 0 : len] = '\0';
	at = strstr(text, key);
	if (!at)
		return -1;
	at += sizeof(key) - 1;
	at[strcspn(at, "\n")] = '\0';
	return parse_u32(at, 0, INT32_MAX, &n) < 0 ? -1 : (int)n;
}

/* ---- calls that tell ---- */

/* They change nothing: what they are to work on is not there, or they only ask. */
struct seccomp_probe {
	const char *what;
	int nr;
	uint64_t arg[2];
	long permitted;          /* what a filter that lets it through makes of it, 0 = nothing */
};

#define NO_FD UINT32_MAX
#define NO_FLAGS UINT64_MAX      /* flags that no kernel knows */

static const struct seccomp_probe probes[] = {
	{ "the result of prctl(2)", SYS_prctl, { PR_GET_SECCOMP }, SECCOMP_MODE_FILTER },
	{ "the result of keyctl(2)", SYS_keyctl, { NO_FLAGS }, 0 },
	{ "the result of unshare(2)", SYS_unshare, { NO_FLAGS }, 0 },
	{ "the result of setns(2)", SYS_setns, { NO_FD }, 0 },
	{ "the result of umount2(2)", SYS_umount2, { 0, NO_FLAGS }, 0 },
	{ "the result of read(2)", SYS_read, { NO_FD }, 0 },
	{ "the result of pread(2)", SYS_pread64, { NO_FD }, 0 },
	{ "the result of getppid(2)", SYS_getppid, { 0 }, 0 },
};

/* Return: its result, or -errno */
static long ask(const struct seccomp_probe *p)
{
	long r = sys_call(p->nr, p->arg[0], p->arg[1]);

	return r < 0 ? -errno : r;
}

/* Return: whether a filter's answer to it is known */
static bool foretell(const struct seccomp_probe *p, const struct seccomp_filter *f, long *ret)
{
	struct seccomp_data call = { .nr = p->nr, .arch = f->arch, .args = { p->arg[0], p->arg[1] } };
	uint32_t a = answer(f, &call);

	if ((a & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		*ret = -(long)(a & SECCOMP_RET_DATA);
	else if (p->permitted && seccomp_permits(f, &call))
		*ret = p->permitted;
	else
		return false;
	return true;
}

static void find_probe(struct seccomp_proof *p, const struct seccomp_filter *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(probes) && !p->probe; i++)
		if (foretell(&probes[i], f, &p->wanted) && ask(&probes[i]) != p->wanted)
			p->probe = &probes[i];
}

/* ---- before and after ---- */

static bool permits_count(const struct seccomp_filter *f, int status_fd, const char *text)
{
	struct seccomp_data call = {
		.nr = SYS_read, .arch = f->arch,
		.args = { (unsigned)status_fd, (uintptr_t)text, SECCOMP_STATUS_MAX - 1 },
	};

	return seccomp_permits(f, &call);
}

void seccomp_look(struct seccomp_proof *p, const struct seccomp_filter *f, int status_fd)
{
	char text[SECCOMP_STATUS_MAX];

	*p = (struct seccomp_proof){ .status_fd = status_fd, .before = -1 };
	/* at an offset: the next read is from the beginning, too */
	if (status_fd >= 0 && permits_count(f, status_fd, text))
		p->before = count(text, pread(status_fd, text, sizeof(text) - 1, 0));
	if (p->before < 0)
		find_probe(p, f);
}

int seccomp_prove(const struct seccomp_proof *p, struct err *e)
{
	char text[SECCOMP_STATUS_MAX];
	long now, wanted = p->probe ? p->wanted : p->before + 1;

	if (p->before < 0 && !p->probe)
		return 0;
	now = p->probe ? ask(p->probe) : count(text, read(p->status_fd, text, sizeof(text) - 1));
	if (now == wanted)
		return 0;
	return err_set(e, -EPERM, ERR_SECCOMP, "the system call filter is not in force: %s is %ld, not %ld",
		       p->probe ? p->probe->what : "their number", now, wanted);
}
