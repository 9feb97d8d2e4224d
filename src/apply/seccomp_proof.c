// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * seccomp_proof.c - is the filter in force? (security: D23)
 *
 * That seccomp(2) has returned 0 proves nothing where somebody stands between us and the kernel: a filter
 * of an outer runtime can answer so without a call. The kernel counts the filters of a process in its
 * "status" of procfs: it must be one more than before. The second look is under the filter already, so it
 * is taken only when that permits read(2), which is found out by running its program.
 *
 * Sources: proc(5), seccomp(2), kernel networking/filter.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply/seccomp.h"
#include "base/codes.h"
#include "base/str.h"

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

void seccomp_look(struct seccomp_proof *p, int status_fd)
{
	char text[SECCOMP_STATUS_MAX];

	p->status_fd = status_fd;
	/* at an offset: the next read is from the beginning, too */
	p->before = status_fd < 0 ? -1 : count(text, pread(status_fd, text, sizeof(text) - 1, 0));
}

int seccomp_prove(const struct seccomp_proof *p, const struct seccomp_filter *f, struct err *e)
{
	char text[SECCOMP_STATUS_MAX];
	struct seccomp_data call = {
		.nr = SYS_read, .arch = f->arch,
		.args = { (unsigned)p->status_fd, (uintptr_t)text, sizeof(text) - 1 },
	};
	int now;

	if (p->before < 0 || !seccomp_permits(f, &call))
		return 0;
	now = count(text, read(p->status_fd, text, sizeof(text) - 1));
	if (now == p->before + 1)
		return 0;
	return err_set(e, -EPERM, ERR_SECCOMP,
		       "the system call filter is not in force: the kernel has %d, as before %d", now, p->before);
}
