// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * bpfdata.c - a filter that comes ready-made: annotation run.oci.seccomp_bpf_data
 *
 * Base64 of an array of struct sock_filter, as the machine has it. The kernel checks the program itself.
 */
#include <linux/seccomp.h>

#include "plan/internal.h"

#define WHERE "annotations.run.oci.seccomp_bpf_data"

/* The six bits of a letter, -1 = it is none of the alphabet (RFC 4648, section 4) */
static int bits_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Return: how many bytes, or -1; @ret has room for 3 bytes for each 4 letters */
static ptrdiff_t decode64(const char *text, unsigned char *ret)
{
	size_t len = strlen(text), end = len;
	unsigned char *out = ret;
	uint32_t group = 0;

	if (len % 4)
		return -1;
	while (end && text[end - 1] == '=')
		end--;
	if (len - end > 2)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int bits = i < end ? bits_of(text[i]) : 0;

		if (bits < 0)
			return -1;
		group = group << 6 | (uint32_t)bits;
		if (i % 4 != 3)
			continue;
		*out++ = (unsigned char)(group >> 16);
		*out++ = (unsigned char)(group >> 8);
		*out++ = (unsigned char)group;
	}
	return out - ret - (ptrdiff_t)(len - end);
}

/* Does any instruction give a call to an agent? */
static bool notifies(const struct sock_filter *insns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (insns[i].code == (BPF_RET | BPF_K) &&
		    (insns[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
			return true;
	return false;
}

void plan_bpf_data(struct planner *pl, struct seccomp_plan *out, const char *text)
{
	size_t room = strlen(text) / 4 * 3 + 3;
	struct sock_filter *insns =
		arena_newv(pl->a, struct sock_filter, room / sizeof(struct sock_filter) + 1);
	ptrdiff_t n = decode64(text, (unsigned char *)insns);

	if (n < 0) {
		plan_bad(pl, ERR_SECCOMP, WHERE, "not base64");
	} else if (n == 0 || (size_t)n % sizeof(*insns)) {
		plan_bad(pl, ERR_SECCOMP, WHERE, "%zu bytes are no whole number of instructions",
			 (size_t)n);
	} else if ((size_t)n / sizeof(*insns) > BPF_MAXINSNS) {
		plan_bad(pl, ERR_SECCOMP, WHERE, "longer than %d instructions", BPF_MAXINSNS);
	} else {
		out->bpf = insns;
		out->n_bpf = (size_t)n / sizeof(*insns);
		out->notify = notifies(insns, out->n_bpf);
	}
}
