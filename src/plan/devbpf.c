// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * devbpf.c - device rules as a program for cgroup v2
 *
 * A BPF_PROG_TYPE_CGROUP_DEVICE program is asked before each open and mknod of a device node and
 * answers 1 (allow) or 0. Its context (struct bpf_cgroup_dev_ctx) holds access_type = access << 16
 * | type, major, minor.
 *
 * The rules are gone through from the last to the first. w3 holds the kinds of access that are
 * still undecided: an allowing rule takes its own out of it and ends the search when nothing is
 * left; a denying rule ends it when it concerns any of them. What no rule decides, the default
 * does.
 */
#include <stddef.h>

#include "plan/internal.h"

#define INSN(...) ((struct bpf_insn){ __VA_ARGS__ })
#define LOAD(reg, member)                                                                          \
	INSN(.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (reg), .src_reg = BPF_REG_1,            \
	     .off = (short)offsetof(struct bpf_cgroup_dev_ctx, member))
#define ALU(op, reg, value) INSN(.code = BPF_ALU | (op) | BPF_K, .dst_reg = (reg), .imm = (int)(value))
#define MOVE(to, from) INSN(.code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from))
#define JUMP(op, reg, value, skip) INSN(.code = BPF_JMP32 | (op) | BPF_K, .dst_reg = (reg), \
					.off = (short)(skip), .imm = (int)(value))
#define EXIT INSN(.code = BPF_JMP | BPF_EXIT)

#define REG_TYPE BPF_REG_2
#define REG_ACCESS BPF_REG_3
#define REG_MAJOR BPF_REG_4
#define REG_MINOR BPF_REG_5
#define RULE_INSNS_MAX 7
#define FRAME_INSNS 8

static size_t put_answer(struct bpf_insn *out, bool allow)
{
	out[0] = ALU(BPF_MOV, BPF_REG_0, allow);
	out[1] = EXIT;
	return 2;
}

static size_t put_start(struct bpf_insn *out)
{
	size_t n = 0;

	out[n++] = LOAD(REG_TYPE, access_type);
	out[n++] = MOVE(REG_ACCESS, REG_TYPE);
	out[n++] = ALU(BPF_AND, REG_TYPE, 0xffff);
	out[n++] = ALU(BPF_RSH, REG_ACCESS, 16);
	out[n++] = LOAD(REG_MAJOR, major);
	out[n++] = LOAD(REG_MINOR, minor);
	return n;
}

static size_t put_rule(struct bpf_insn *out, const struct dev_rule *r)
{
	unsigned type = r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	size_t n = 0, tests;

	out[n++] = JUMP(BPF_JNE, REG_TYPE, type, 0);
	if (r->major >= 0)
		out[n++] = JUMP(BPF_JNE, REG_MAJOR, (uint32_t)r->major, 0);
	if (r->minor >= 0)
		out[n++] = JUMP(BPF_JNE, REG_MINOR, (uint32_t)r->minor, 0);
	tests = n;
	if (r->access != DEV_ALL && r->allow) {
		out[n++] = ALU(BPF_AND, REG_ACCESS, ~r->access & DEV_ALL);
		out[n++] = JUMP(BPF_JNE, REG_ACCESS, 0, 2);
	} else if (r->access != DEV_ALL) {
		out[n++] = JUMP(BPF_JSET, REG_ACCESS, r->access, 1);
		out[n++] = INSN(.code = BPF_JMP | BPF_JA, .off = 2);
	}
	n += put_answer(out + n, r->allow);
	for (size_t i = 0; i < tests; i++)
		out[i].off = (short)(n - i - 1);
	return n;
}

const struct bpf_insn *devbpf_make(struct arena *a, const struct dev_rules *rules, size_t *ret_n)
{
	struct bpf_insn *prog =
		arena_newv(a, struct bpf_insn, RULE_INSNS_MAX * rules->n + FRAME_INSNS);
	size_t n = put_start(prog);

	for (size_t i = rules->n; i-- > 0;)
		n += put_rule(prog + n, &rules->v[i]);
	n += put_answer(prog + n, rules->allow_all);
	*ret_n = n;
	return prog;
}
