// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * plan_devices.c - nodes and links; device rules, their v1 writes, and the v2 program
 *
 * The program is run by a small interpreter here and compared with the rules taken literally: each
 * kind of access is decided by the last rule that names it.
 */
#include <linux/bpf.h>
#include <sys/resource.h>

#include "plan_fixture.h"

/* ---- nodes and links ---- */

TEST(defaults_after_the_mounts)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.spec.mounts, { .destination = "/dev", .type = "tmpfs" });
	is_int(plan_it(&f), 0);
	is_int(f.plan->n_fs, 1 + 6 + 6);
	check_line(&f, "fs device /dev/null c 1:3 mode=0666 uid=0 gid=0 (default device)");
	check_line(&f, "fs device /dev/tty c 5:0 mode=0666 uid=0 gid=0 (default device)");
	check_line(&f, "fs symlink /dev/ptmx to=pts/ptmx replace (default link)");
	check_line(&f, "fs symlink /dev/fd to=/proc/self/fd (default link)");
	check_line(&f, "fs symlink /dev/core to=/proc/kcore if-target (default link)");
	ok(f.plan->fs[1].device.is_default);
}

TEST(binds_in_user_namespaces)
{
	struct fixture f;

	fix_init(&f);
	fix_unprivileged(&f);
	is_int(plan_it(&f), 0);
	check_line(&f, "fs device /dev/null c 1:3 mode=0666 uid=0 gid=0 bind (default device)");
	fix_init(&f);
	f.facts.init_userns = false;
	is_int(plan_it(&f), 0);
	check_line(&f, "fs device /dev/null c 1:3 mode=0666 uid=0 gid=0 bind (default device)");
}

TEST(a_bound_dev_is_left_alone)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.spec.mounts, { .destination = "/dev/", .type = "bind", .source = "/dev" });
	LIST(f.lin.devices, { .type = "p", .path = "/dev/x" }, { .type = "p", .path = "/run/x" });
	is_int(plan_it(&f), 0);
	is_int(f.plan->n_fs, 2);
	check_line(&f, "fs device /run/x p mode=0666 uid=0 gid=0 (linux.devices[1])");
}

TEST(what_a_mount_provides_is_left_alone)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.spec.mounts, { .destination = "/dev/null", .type = "bind", .source = "/dev/null" },
	     { .destination = "/dev/fuse", .type = "bind", .source = "/dev/fuse" });
	LIST(f.lin.devices, { "c", "/dev/fuse", { true, 10 }, { true, 229 }, { 0 }, { 0 }, { 0 } });
	is_int(plan_it(&f), 0);
	ok(!strstr(f.text, "device /dev/null"));
	ok(!strstr(f.text, "device /dev/fuse"));
	ok(strstr(f.text, "device /dev/zero") != NULL);
}

TEST(configured_devices)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.lin.devices,
	     { "u",
	       "/dev/../x/y",
	       { true, 10 },
	       { true, 229 },
	       { true, 0100640 },
	       { true, 7 },
	       { true, 8 } },
	     { "b", "/dev/sda", { true, 8 }, { true, 0 }, { 0 }, { 0 }, { 0 } },
	     { "c", "/dev/null", { true, 1 }, { true, 3 }, { true, 0600 }, { 0 }, { 0 } },
	     { "c", "/dev/ptmx", { true, 5 }, { true, 2 }, { 0 }, { 0 }, { 0 } });
	is_int(plan_it(&f), 0);
	check_line(&f, "fs device /x/y c 10:229 mode=0640 uid=7 gid=8 (linux.devices[0])");
	check_line(&f, "fs device /dev/sda b 8:0 mode=0666 uid=0 gid=0 (linux.devices[1])");
	check_line(&f, "fs device /dev/null c 1:3 mode=0600 uid=0 gid=0 (linux.devices[2])");
	ok(!strstr(f.text, "(default device)\nfs device /dev/null"));
	ok(!strstr(f.text, "device /dev/ptmx"));
	is_int(f.plan->n_fs, 5 + 6 + 3);
}

TEST(device_errors)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.lin.devices, { "x", "/dev/a", { true, 1 }, { true, 1 }, { 0 }, { 0 }, { 0 } },
	     { "c", "dev/a", { true, 1 }, { true, 1 }, { 0 }, { 0 }, { 0 } },
	     { "c", "/dev/a", { true, 1 }, { 0 }, { 0 }, { 0 }, { 0 } },
	     { "c", "/dev/b", { true, -1 }, { true, 1 }, { 0 }, { 0 }, { 0 } },
	     { "c", "/dev/c", { true, 1 }, { true, 1 }, { 0 }, { 0 }, { 0 } },
	     { "c", "/dev/c", { true, 1 }, { true, 2 }, { 0 }, { 0 }, { 0 } },
	     { "b", "/dev/d", { true, 4096 }, { true, 2 }, { 0 }, { 0 }, { 0 } });
	check_problem(&f, "linux.devices[0].type", "found x");
	check_problem(&f, "linux.devices[1].path", "absolute path");
	check_problem(&f, "linux.devices[2]", "needs major and minor");
	check_problem(&f, "linux.devices[3]", "no such device number: -1:1");
	check_problem(&f, "linux.devices[5].path", "another device in linux.devices[4]");
	check_problem(&f, "linux.devices[6]", "no such device number");
	is_int(f.problems.n, 6);
}

TEST(the_same_device_twice_is_a_warning)
{
	struct fixture f;

	fix_init(&f);
	LIST(f.lin.devices, { "c", "/dev/a", { true, 10 }, { true, 1 }, { 0 }, { 0 }, { 0 } },
	     { "c", "/dev/b", { true, 10 }, { true, 1 }, { 0 }, { 0 }, { 0 } },
	     { "c", "/dev/b", { true, 10 }, { true, 1 }, { 0 }, { 0 }, { 0 } });
	check_warning(&f, "linux.devices[1]: the same device as linux.devices[0]");
	is_int(f.plan->n_warnings, 1);
}

/* ---- rules ---- */

/* The v1 writes as "a-b-c": file's last word and value. */
static const char *v1_writes(struct fixture *f)
{
	const char *text = "";

	for (size_t i = 0; i < f->plan->cgroup.n_writes; i++) {
		const struct cg_write *w = &f->plan->cgroup.writes[i];

		text = arena_fmt(&f->a, "%s%s%s %s", text, *text ? "; " : "",
				 strchr(w->file, '.') + 1, w->value);
	}
	return text;
}

#define DEFAULT_WRITES                                                                             \
	"allow c *:* m; allow b *:* m; allow c 1:3 rwm; allow c 1:5 rwm; allow c 1:7 rwm; "        \
	"allow c 1:8 rwm; allow c 1:9 rwm; allow c 5:0 rwm; allow c 5:2 rwm; allow c 136:* rwm"

static void use_rules(struct fixture *f, struct oci_device_cgroup *v, size_t n)
{
	f->lin.resources = &f->res;
	f->res.devices.v = v;
	f->res.devices.n = n;
}
#define RULES(f, ...) use_rules((f), (struct oci_device_cgroup[]){ __VA_ARGS__ },                   \
				ARRAY_SIZE(((struct oci_device_cgroup[]){ __VA_ARGS__ })))

TEST(v1_writes_in_order)
{
	struct fixture f;

	fix_init(&f);
	fix_v1(&f);
	RULES(&f, { false, NULL, { 0 }, { 0 }, "rwm" },
	      { true, "c", { true, 10 }, { true, 229 }, "rwm" },
	      { true, "b", { true, 8 }, { true, -1 }, "r" },
	      { false, "c", { true, 10 }, { true, 200 }, NULL });
	is_int(plan_it(&f), 0);
	is_str(v1_writes(&f), "deny a; allow c 10:229 rwm; allow b 8:* r; " DEFAULT_WRITES);
	check_line(&f, "cgroup-write devices.allow \"b 8:* r\" controller=devices "
		       "hierarchy=/sys/fs/cgroup/devices (linux.resources.devices[2])");
}

TEST(rules_for_everything)
{
	struct fixture f;

	fix_init(&f);
	fix_v1(&f);
	RULES(&f, { false, "a", { 0 }, { 0 }, NULL }, { true, "c", { true, 9 }, { true, 9 }, "r" },
	      { true, "a", { true, -1 }, { true, -1 }, "rwm" });
	is_int(plan_it(&f), 0);
	is_str(v1_writes(&f), "allow a");
	fix_v2(&f);
	is_int(plan_it(&f), 0);
	ok(!f.plan->cgroup.dev_prog);
	RULES(&f, { true, "a", { 0 }, { 0 }, NULL }, { false, "b", { true, 8 }, { 0 }, "w" });
	is_int(plan_it(&f), 0);
	ok(f.plan->cgroup.dev_prog != NULL);
	fix_v1(&f);
	is_int(plan_it(&f), 0);
	is_str(v1_writes(&f), "allow a; deny b 8:* w");
}

TEST(a_part_of_everything_is_two_rules)
{
	struct fixture f;

	fix_init(&f);
	fix_v1(&f);
	RULES(&f, { true, NULL, { true, 9 }, { 0 }, "r" });
	is_int(plan_it(&f), 0);
	is_str(v1_writes(&f), "deny a; allow c 9:* r; allow b 9:* r; " DEFAULT_WRITES);
}

TEST(v1_cannot_take_a_part_out)
{
	struct fixture f;

	fix_init(&f);
	fix_v1(&f);
	RULES(&f, { true, "b", { true, 8 }, { 0 }, "rw" },
	      { false, "b", { true, 8 }, { true, 1 }, "w" });
	check_warning(&f, "linux.resources.devices[1]: cgroup v1 cannot take a part out");
}

TEST(list_absent_or_empty)
{
	struct fixture f;

	fix_init(&f);
	fix_v1(&f);
	f.lin.resources = &f.res;
	is_int(plan_it(&f), 0);
	is_int(f.plan->cgroup.n_writes, 0);
	use_rules(&f, (struct oci_device_cgroup[1]){ 0 }, 0);
	is_int(plan_it(&f), 0);
	is_str(v1_writes(&f), "deny a; " DEFAULT_WRITES);
}

TEST(only_the_hosts_root_filters)
{
	struct fixture f;

	fix_init(&f);
	RULES(&f, { false, NULL, { 0 }, { 0 }, "rwm" });
	is_int(plan_it(&f), 0);
	ok(f.plan->cgroup.dev_prog != NULL);
	f.facts.init_userns = false;
	is_int(plan_it(&f), 0);
	ok(!f.plan->cgroup.dev_prog);
	fix_init(&f);
	fix_unprivileged(&f);
	RULES(&f, { false, NULL, { 0 }, { 0 }, "rwm" });
	is_int(plan_it(&f), 0);
	ok(!f.plan->cgroup.dev_prog);
}

TEST(no_controller_at_all)
{
	struct fixture f;

	fix_init(&f);
	fix_v1(&f);
	f.facts.cg.n_hier = 5;               /* without devices */
	RULES(&f, { false, NULL, { 0 }, { 0 }, "rwm" });
	check_problem(&f, "linux.resources.devices", "need the devices controller");
	f.facts.cg.layout = CG_LAYOUT_HYBRID;
	f.facts.cg.hier[f.facts.cg.n_hier++] =
		(struct cg_hier){ true, "/sys/fs/cgroup/unified", "", "/" };
	is_int(plan_it(&f), 0);
	ok(f.plan->cgroup.dev_prog != NULL);
}

TEST(rule_errors)
{
	struct fixture f;

	fix_init(&f);
	RULES(&f, { true, "d", { 0 }, { 0 }, "r" }, { true, "c", { 0 }, { 0 }, "" },
	      { true, "c", { 0 }, { 0 }, "rx" }, { true, "c", { true, -2 }, { 0 }, "r" });
	check_problem(&f, "linux.resources.devices[0].type", "found d");
	check_problem(&f, "linux.resources.devices[1].access", "letters r, w and m");
	check_problem(&f, "linux.resources.devices[2].access", "found \"rx\"");
	check_problem(&f, "linux.resources.devices[3]", "not the number of a device");
}

/* ---- the program ---- */

/* Return: the answer; -1 = the program does what devbpf.c never should */
static int run(const struct bpf_insn *prog, size_t n, const uint32_t context[3])
{
	uint32_t w[6] = { 0 };

	for (size_t pc = 0; pc < n; pc++) {
		const struct bpf_insn *in = &prog[pc];
		uint32_t imm = (uint32_t)in->imm, *dst = &w[in->dst_reg];
		bool jump = false;

		switch (in->code) {
		case BPF_LDX | BPF_MEM | BPF_W: *dst = context[in->off / 4]; break;
		case BPF_ALU | BPF_MOV | BPF_X: *dst = w[in->src_reg]; break;
		case BPF_ALU | BPF_MOV | BPF_K: *dst = imm; break;
		case BPF_ALU | BPF_AND | BPF_K: *dst &= imm; break;
		case BPF_ALU | BPF_RSH | BPF_K: *dst >>= imm; break;
		case BPF_JMP32 | BPF_JNE | BPF_K: jump = *dst != imm; break;
		case BPF_JMP32 | BPF_JSET | BPF_K: jump = (*dst & imm) != 0; break;
		case BPF_JMP | BPF_JA: jump = true; break;
		case BPF_JMP | BPF_EXIT: return (int)w[0];
		default: return -1;
		}
		if (jump)
			pc += (size_t)in->off;
	}
	return -1;
}

static bool allowed(const struct dev_rule *v, size_t n, bool allow_all, char type, int64_t major,
		    int64_t minor, unsigned access)
{
	for (unsigned bit = 1; bit <= 4; bit <<= 1) {
		bool answer = allow_all;

		for (size_t i = 0; i < n; i++)
			if (v[i].type == type && (v[i].access & bit) &&
			    (v[i].major < 0 || v[i].major == major) &&
			    (v[i].minor < 0 || v[i].minor == minor))
				answer = v[i].allow;
		if ((access & bit) && !answer)
			return false;
	}
	return true;
}

static bool same_answers(const struct bpf_insn *prog, size_t n_prog, const struct dev_rule *v,
			 size_t n, bool allow_all)
{
	for (unsigned code = 0; code < 2 * 4 * 4 * 7; code++) {
		char type = code % 2 ? 'b' : 'c';
		unsigned major = code / 2 % 4, minor = code / 8 % 4, access = code / 32 + 1;
		uint32_t context[3] = { access << 16 | (type == 'b' ? 1 : 2), major, minor };
		int want = allowed(v, n, allow_all, type, major, minor, access);

		if (!is_int(run(prog, n_prog, context), want))
			return false;
	}
	return true;
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

TEST(the_program_decides_as_the_rules_do)
{
	uint32_t seed = 7;
	struct arena a;

	is_int(arena_open(&a, 0), 0);
	for (int round = 0; round < 3000; round++) {
		struct dev_rule v[6];
		struct dev_rules rules = { .v = v, .allow_all = next_random(&seed) % 2 };
		const struct bpf_insn *prog;
		size_t n;

		for (rules.n = 0; rules.n < 1 + next_random(&seed) % 6; rules.n++)
			v[rules.n] = (struct dev_rule){
				.allow = next_random(&seed) % 2,
				.type = next_random(&seed) % 2 ? 'c' : 'b',
				.major = (int64_t)(next_random(&seed) % 5) - 1,
				.minor = (int64_t)(next_random(&seed) % 5) - 1,
				.access = 1 + next_random(&seed) % 7,
			};
		prog = devbpf_make(&a, &rules, &n);
		if (!same_answers(prog, n, v, rules.n, rules.allow_all))
			return;
	}
}

/* devrules_read() may drop rules, but not change what they say. */
TEST(reducing_changes_no_answer)
{
	uint32_t seed = 11;
	struct fixture f;

	fix_init(&f);
	for (int round = 0; round < 1000; round++) {
		static const char *const access[] = { "r", "w", "m", "rw", "rwm", "wm", NULL };
		struct oci_device_cgroup in[7] = { { .type = "a", .access = "rwm" } };
		struct dev_rule want[7 + 10];
		size_t n = 0;

		in[0].allow = next_random(&seed) % 2;
		for (size_t i = 1; i < 7; i++) {
			in[i] = (struct oci_device_cgroup){
				.allow = next_random(&seed) % 2,
				.type = next_random(&seed) % 2 ? "c" : "b",
				.major = { true, (int64_t)(next_random(&seed) % 5) - 1 },
				.minor = { true, (int64_t)(next_random(&seed) % 5) - 1 },
				.access = access[next_random(&seed) % 7],
			};
			want[n++] = (struct dev_rule){
				.allow = in[i].allow,
				.type = in[i].type[0],
				.major = in[i].major.v,
				.minor = in[i].minor.v,
				.access = !in[i].access
						  ? 7u
						  : (strchr(in[i].access, 'r') ? DEV_READ : 0u) |
							    (strchr(in[i].access, 'w') ? DEV_WRITE
										       : 0u) |
							    (strchr(in[i].access, 'm') ? DEV_MKNOD
										       : 0u),
			};
		}
		for (unsigned i = 0; i < 2; i++)
			want[n++] = (struct dev_rule){ .allow = true, .type = "cb"[i], .major = -1,
					       .minor = -1, .access = DEV_MKNOD };
		want[n++] = (struct dev_rule){ .allow = true, .type = 'c', .major = 1, .minor = 3,
					       .access = DEV_ALL };
		use_rules(&f, in, 7);
		if (!is_int(plan_it(&f), 0))
			return;
		if (!f.plan->cgroup.dev_prog)
			continue;            /* everything is allowed */
		if (!same_answers(f.plan->cgroup.dev_prog, f.plan->cgroup.n_dev_prog, want, n,
				  in[0].allow))
			return;
	}
}

/* Comparing each rule with each would take minutes. */
TEST(a_long_list_takes_no_long_time)
{
	enum { N = 150000 };
	struct fixture f;

	fix_init(&f);
	fix_v1(&f);
	arena_close(&f.a);
	is_int(arena_open(&f.a, (size_t)2 << 30), 0);
	use_rules(&f, arena_newv(&f.a, struct oci_device_cgroup, N), N);
	for (size_t i = 0; i < N; i++)
		f.res.devices.v[i] = (struct oci_device_cgroup){
			.allow = i % 3 != 0, .type = i % 2 ? "c" : "b", .access = "rw",
			.major = { true, (int64_t)i / 1000 },
			.minor = { true, (int64_t)(i % 1000) - 1 },
		};
	is_int(setrlimit(RLIMIT_CPU, &(struct rlimit){ 15, 16 }), 0); /* however busy the machine is */
	check_warning(&f, "more: cgroup v1 cannot take a part out of a range");
}

TEST(large_numbers)
{
	struct dev_rule v[] = { { true, 'c', UINT32_MAX, 0x80000000, DEV_ALL, "", NULL } };
	struct dev_rules rules = { .v = v, .n = 1 };
	const struct bpf_insn *prog;
	struct arena a;
	size_t n;

	is_int(arena_open(&a, 0), 0);
	prog = devbpf_make(&a, &rules, &n);
	is_int(run(prog, n, (uint32_t[]){ 6 << 16 | 2, UINT32_MAX, 0x80000000 }), 1);
	is_int(run(prog, n, (uint32_t[]){ 6 << 16 | 2, UINT32_MAX, 0x80000001 }), 0);
}

TAP_MAIN
