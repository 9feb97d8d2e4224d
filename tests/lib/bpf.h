/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bpf.h - for tests: what a system call filter answers, by its program and by its rules
 *
 * bpf_run() is an interpreter of classic BPF as far as libseccomp and taper use it; cond_holds() is one
 * condition of a rule, looked at as seccomp_rule_add(3) describes it.
 */
#ifndef TESTS_LIB_BPF_H
#define TESTS_LIB_BPF_H

#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "apply/seccomp.h"

static uint32_t bpf_jump(const struct sock_filter *f, uint32_t acc)
{
	switch (BPF_OP(f->code)) {
	case BPF_JA: return f->k;
	case BPF_JEQ: return acc == f->k ? f->jt : f->jf;
	case BPF_JGT: return acc > f->k ? f->jt : f->jf;
	case BPF_JGE: return acc >= f->k ? f->jt : f->jf;
	case BPF_JSET: return acc & f->k ? f->jt : f->jf;
	default: abort();
	}
}

static uint32_t bpf_run(const struct seccomp_filter *p, const struct seccomp_data *data)
{
	uint32_t acc = 0, mem[BPF_MEMWORDS] = { 0 };

	for (size_t pc = 0; pc < p->n; pc++) {
		const struct sock_filter *f = &p->insns[pc];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f->k > sizeof(*data) - 4)
				abort();
			memcpy(&acc, (const char *)data + f->k, 4);
			break;
		case BPF_LD | BPF_IMM: acc = f->k; break;
		case BPF_LD | BPF_MEM: acc = mem[f->k % BPF_MEMWORDS]; break;
		case BPF_ST: mem[f->k % BPF_MEMWORDS] = acc; break;
		case BPF_ALU | BPF_AND | BPF_K: acc &= f->k; break;
		case BPF_RET | BPF_K: return f->k;
		default:
			if (BPF_CLASS(f->code) != BPF_JMP)
				abort();
			pc += bpf_jump(f, acc);
		}
	}
	abort();
}

/* Where arguments have 32 bits libseccomp compares those of the value alone: @width is UINT32_MAX there */
static bool cond_holds(const struct seccomp_arg *c, uint64_t v, uint64_t width)
{
	uint64_t a = c->a & width;

	switch (c->op) {
	case SCMP_CMP_NE: return v != a;
	case SCMP_CMP_LT: return v < a;
	case SCMP_CMP_LE: return v <= a;
	case SCMP_CMP_EQ: return v == a;
	case SCMP_CMP_GE: return v >= a;
	case SCMP_CMP_GT: return v > a;
	case SCMP_CMP_MASKED_EQ: return (v & a) == (c->b & a);
	default: abort();
	}
}

#endif
