/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp.c - filters: what they answer, the cache, loading (apply/seccomp*.c)
 *
 * A small interpreter runs the compiled program over system calls and arguments; the answer must be that of
 * a plain walk over the rules.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#include "apply/agent.h"
#include "apply/seccomp.h"
#include "apply/seccomp_cache.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/version.h"
#include "tests/lib/bpf.h"
#include "tests/lib/tap.h"

static struct arena arena;
static struct err err;

/* ---- the same by the rules ---- */

static uint64_t width_of(uint32_t arch)
{
	return arch == SCMP_ARCH_X86 || arch == SCMP_ARCH_MIPSEL ? UINT32_MAX : UINT64_MAX;
}

static int numbers[500];         /* of the rules, for the architecture at hand */
static int highest;

static void number_rules(const struct seccomp_plan *plan, uint32_t arch)
{
	highest = -1;
	for (size_t i = 0; i < plan->n_rules; i++) {
		numbers[i] = seccomp_syscall_resolve_name_arch(arch, plan->rules[i].name);
		highest = numbers[i] > highest ? numbers[i] : highest;
	}
}

static uint32_t by_rules(const struct seccomp_plan *plan, uint32_t arch, const struct seccomp_data *data)
{
	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct seccomp_rule *r = &plan->rules[i];
		bool match = numbers[i] == data->nr;

		for (size_t k = 0; k < r->n_args; k++)
			match = match && cond_holds(&r->args[k], data->args[r->args[k].index],
					       width_of(arch));
		if (match && r->action != plan->default_action)
			return r->action;
	}
	return plan->enosys_stub && data->nr > highest ? SCMP_ACT_ERRNO(ENOSYS) : plan->default_action;
}

/* ---- profiles ---- */

static struct seccomp_arg conditions[] = {
	{ 0, SCMP_CMP_EQ, 0x20008, 0 },
	{ 0, SCMP_CMP_MASKED_EQ, 0x7e020000, 0 },
	{ 0, SCMP_CMP_NE, 40, 0 },
	{ 1, SCMP_CMP_GT, 0x100000005, 0 }, { 2, SCMP_CMP_LE, 7, 0 },
	{ 0, SCMP_CMP_EQ, 1, 0 }, { 0, SCMP_CMP_EQ, 2, 0 },
	{ 5, SCMP_CMP_LT, 0xffffffff00000000, 0 },
	{ 3, SCMP_CMP_GE, 0x80000000, 0 },
};

static struct seccomp_rule few[] = {
	{ .name = "read", .action = SCMP_ACT_ALLOW },
	{ .name = "exit_group", .action = SCMP_ACT_ALLOW },
	{ .name = "personality", .action = SCMP_ACT_ALLOW, .args = &conditions[0], .n_args = 1 },
	{ .name = "clone", .action = SCMP_ACT_ALLOW, .args = &conditions[1], .n_args = 1 },
	{ .name = "mmap", .action = SCMP_ACT_ALLOW, .args = &conditions[3], .n_args = 2 },
	{ .name = "ioctl", .action = SCMP_ACT_ERRNO(77), .args = &conditions[5], .n_args = 1 },
	{ .name = "ioctl", .action = SCMP_ACT_ERRNO(77), .args = &conditions[6], .n_args = 1 },
	{ .name = "futex", .action = SCMP_ACT_TRACE(3), .args = &conditions[7], .n_args = 1 },
	{ .name = "prctl", .action = SCMP_ACT_LOG, .args = &conditions[8], .n_args = 1 },
	{ .name = "mount", .action = SCMP_ACT_ERRNO(1) },
	{ .name = "bpf", .action = SCMP_ACT_KILL_PROCESS },
	{ .name = "no_such_call", .action = SCMP_ACT_ALLOW },
	{ .name = "memfd_create", .action = SCMP_ACT_NOTIFY },
};

static struct seccomp_plan deny_but_few = {
	.default_action = SCMP_ACT_ERRNO(1), .rules = few, .n_rules = ARRAY_SIZE(few), .enosys_stub = true,
};

/* Nearly all calls allowed, as engines have it */
static struct seccomp_plan large(void)
{
	struct seccomp_rule *rules = arena_newv(&arena, struct seccomp_rule, 500);
	struct seccomp_plan plan = { .default_action = SCMP_ACT_ERRNO(1), .rules = rules, .enosys_stub = true };

	for (int nr = 0; nr < 448; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), nr);

		if (name && nr % 9 != 5)
			rules[plan.n_rules++] = (struct seccomp_rule){ .name = arena_str(&arena, name),
								       .action = SCMP_ACT_ALLOW };
		free(name);
	}
	for (size_t i = 0; i < 3; i++)
		rules[plan.n_rules++] = few[i + 2];
	return plan;
}

static const uint64_t values[] = {
	0, 1, 2, 5, 7, 8, 40, 41, 0x20008, 0x7e020000, 0x02000000, 0x7fffffff, 0x80000000, 0xffffffff,
	0x100000004, 0x100000005, 0x100000006, 0x1000000000, 0xfffffffeffffffff, 0xffffffff00000000, UINT64_MAX,
};

/* Every number with every value in each argument alone, then in mixtures */
static unsigned differences(const struct seccomp_plan *plan, const struct seccomp_filter *f, uint32_t arch)
{
	unsigned bad = 0, seed = 1;

	number_rules(plan, arch);
	for (int nr = 0; nr < 600 && bad < 10; nr++) {
		for (unsigned i = 0; i < 300; i++) {
			struct seccomp_data data = { .nr = nr, .arch = arch };
			uint32_t got, want;

			for (unsigned k = 0; k < 6; k++) {
				seed = seed * 1103515245 + 12345;
				if (i >= 126 || k == i / ARRAY_SIZE(values))
					data.args[k] = values[(i < 126 ? i : seed >> 16) % ARRAY_SIZE(values)] &
						       width_of(arch);
			}
			got = bpf_run(f, &data);
			want = by_rules(plan, arch, &data);
			if (got != want) {
				printf("# call %d (%llx %llx %llx): %x, want %x\n", nr, data.args[0],
				       data.args[1], data.args[2], got, want);
				bad++;
				break;
			}
		}
	}
	return bad;
}

static void compile(const struct seccomp_plan *plan, int cache_fd, struct seccomp_filter *f)
{
	err = (struct err){ 0 };
	if (!arena.base)
		is_int(arena_open(&arena, 64 << 20), 0);
	is_int(seccomp_compile(&arena, plan, cache_fd, f, &err), 0);
	is_str(err.text, "");
}

TEST(answers_are_those_of_the_rules)
{
	struct seccomp_filter f = { 0 };
	struct seccomp_plan plan = deny_but_few;

	compile(&plan, -1, &f);
	is_int(differences(&plan, &f, seccomp_arch_native()), 0);
	plan.enosys_stub = false;
	compile(&plan, -1, &f);
	is_int(differences(&plan, &f, seccomp_arch_native()), 0);
	plan.default_action = SCMP_ACT_ALLOW;
	compile(&plan, -1, &f);
	is_int(differences(&plan, &f, seccomp_arch_native()), 0);
	plan.default_action = SCMP_ACT_KILL_PROCESS;
	plan.enosys_stub = true;
	compile(&plan, -1, &f);
	is_int(differences(&plan, &f, seccomp_arch_native()), 0);
	is_int(arena_open(&arena, 64 << 20), 0);
	plan = large();
	compile(&plan, -1, &f);
	is_int(differences(&plan, &f, seccomp_arch_native()), 0);
}

TEST(three_architectures)
{
	uint32_t archs[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 };
	struct seccomp_plan plan = deny_but_few;
	struct seccomp_data data = { .arch = SCMP_ARCH_X86_64 };
	struct seccomp_filter f = { 0 };

	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		skip("for x86_64");
	plan.archs = archs;
	plan.n_archs = 3;
	compile(&plan, -1, &f);
	is_int(differences(&plan, &f, SCMP_ARCH_X86_64), 0);
	is_int(differences(&plan, &f, SCMP_ARCH_X86), 0);
	data.nr = 0x40000000;                            /* read of x32 */
	is_int(bpf_run(&f, &data), SCMP_ACT_ALLOW);
	data.nr = 0x40000001;
	is_int(bpf_run(&f, &data), SCMP_ACT_ERRNO(1));
	data.nr = 0x40000000 + 9999;
	is_int(bpf_run(&f, &data), SCMP_ACT_ERRNO(ENOSYS));
	data.nr = -1;
	is_int(bpf_run(&f, &data), SCMP_ACT_ERRNO(ENOSYS));
	data.arch = SCMP_ARCH_AARCH64;
	is_int(bpf_run(&f, &data), SCMP_ACT_KILL_THREAD);
}

TEST(one_architecture)
{
	struct seccomp_data data = { .arch = SCMP_ARCH_X86_64, .nr = 0x40000000 };
	struct seccomp_filter f = { 0 };

	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		skip("for x86_64");
	compile(&deny_but_few, -1, &f);
	is_int(bpf_run(&f, &data), SCMP_ACT_KILL_THREAD);      /* x32 is not among the architectures */
	data.nr = -1;
	is_int(bpf_run(&f, &data), SCMP_ACT_ERRNO(ENOSYS));
	data.arch = SCMP_ARCH_X86;
	data.nr = 3;
	is_int(bpf_run(&f, &data), SCMP_ACT_KILL_THREAD);
}

TEST(all_architectures_of_one_byte_order)
{
	uint32_t archs[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32, SCMP_ARCH_ARM, SCMP_ARCH_AARCH64,
			     SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL64N32, SCMP_ARCH_PPC64LE,
			     SCMP_ARCH_RISCV64, SCMP_ARCH_X86_64 };
	struct seccomp_rule rules[] = { { .name = "read", .action = SCMP_ACT_ALLOW },
					{ .name = "cacheflush", .action = SCMP_ACT_ALLOW },
					{ .name = "openat2", .action = SCMP_ACT_ALLOW } };
	struct seccomp_plan plan = { .default_action = SCMP_ACT_ERRNO(1), .rules = rules, .n_rules = 3,
				     .archs = archs, .n_archs = ARRAY_SIZE(archs), .enosys_stub = true };
	struct seccomp_data data = { .arch = SCMP_ARCH_ARM };
	struct seccomp_filter f = { 0 };

	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		skip("for a machine with this byte order");
	compile(&plan, -1, &f);
	for (size_t i = 0; i < plan.n_archs; i++) {
		if (archs[i] != SCMP_ARCH_X32 && archs[i] != SCMP_ARCH_ARM)
			is_int(differences(&plan, &f, archs[i]), 0);
	}
	data.nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_ARM, "cacheflush");
	ok(data.nr > 0xf0000);
	is_int(bpf_run(&f, &data), SCMP_ACT_ALLOW);
	data.nr = 9999;
	is_int(bpf_run(&f, &data), SCMP_ACT_ERRNO(ENOSYS));
	data.nr = 4;
	is_int(bpf_run(&f, &data), SCMP_ACT_ERRNO(1));
}

TEST(what_libseccomp_refuses)
{
	struct seccomp_plan plan = deny_but_few;
	uint32_t archs[] = { 0xdead };
	struct seccomp_filter f = { 0 };

	is_int(arena_open(&arena, 64 << 20), 0);
	few[11].where = "linux.seccomp.syscalls[11]";
	plan.fail_unknown = true;
	is_err(seccomp_compile(&arena, &plan, -1, &f, &err), EINVAL);
	is_str(err.text, "libseccomp knows no system call no_such_call");
	is_str(err.path, "linux.seccomp.syscalls[11]");
	plan = deny_but_few;
	plan.archs = archs;
	plan.n_archs = 1;
	is_err(seccomp_compile(&arena, &plan, -1, &f, &err), EINVAL);
	has_str(err.text, "does not take architecture 0xdead");
	plan = deny_but_few;
	plan.default_action = 0x12345678;
	is_err(seccomp_compile(&arena, &plan, -1, &f, &err), EINVAL);
	is_int(f.n, 0);
}

/* ---- cache ---- */

static char dir[] = "/tmp/taper-seccomp-XXXXXX";

static int open_cache(void)
{
	is_int(arena_open(&arena, 64 << 20), 0);
	ok(mkdtemp(dir) != NULL);
	return open(dir, O_PATH | O_DIRECTORY);
}

static void close_cache(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	is_int(system(command), 0);
}

static unsigned n_files(void)
{
	char command[100], text[16] = "";
	FILE *p;

	snprintf(command, sizeof(command), "ls -A %s | wc -l", dir);
	p = popen(command, "r");
	ok(p && fgets(text, sizeof(text), p));
	pclose(p);
	return (unsigned)strtoul(text, NULL, 10);
}

static bool same(const struct seccomp_filter *a, const struct seccomp_filter *b)
{
	return a->n == b->n && memcmp(a->insns, b->insns, a->n * sizeof(*a->insns)) == 0;
}

TEST(cache_gives_the_same)
{
	int cache_fd = open_cache();
	struct seccomp_plan plan = deny_but_few;
	struct seccomp_filter first = { 0 }, again = { 0 }, other = { 0 };

	plan.flags = SECCOMP_FILTER_FLAG_LOG;
	compile(&plan, cache_fd, &first);
	is_int(n_files(), 1);
	plan.flags = 0;
	plan.notify = true;
	compile(&plan, cache_fd, &again);
	is_int(n_files(), 1);            /* flags and listener are not part of the program */
	ok(same(&first, &again));
	is_int(again.flags, 0);
	ok(again.notify && !first.notify);
	is_int(first.flags, SECCOMP_FILTER_FLAG_LOG);
	few[0].name = "write";
	compile(&plan, cache_fd, &other);
	is_int(n_files(), 2);
	ok(!same(&first, &other));
	close_cache();
}

/* Change the only file in the cache, and compile again. */
static bool survives(int cache_fd, const char *command)
{
	char line[300];
	struct seccomp_filter good = { 0 }, f = { 0 };

	compile(&deny_but_few, -1, &good);
	snprintf(line, sizeof(line), "cd %s && f=$(ls) && %s", dir, command);
	is_int(system(line), 0);
	compile(&deny_but_few, cache_fd, &f);
	return same(&good, &f);
}

TEST(a_damaged_or_foreign_file_is_not_used)
{
	int cache_fd = open_cache();
	struct seccomp_filter f = { 0 };

	compile(&deny_but_few, cache_fd, &f);
	ok(survives(cache_fd, "truncate -s -8 $f"));
	ok(survives(cache_fd, "truncate -s +8 $f"));
	ok(survives(cache_fd, ": >$f"));
	ok(survives(cache_fd, "printf X | dd of=$f conv=notrunc 2>/dev/null"));
	ok(survives(cache_fd, "s=$(stat -c %s $f) && printf X | dd of=$f bs=1 seek=$((s-5)) conv=notrunc 2>/dev/null"));
	ok(survives(cache_fd, "printf X | dd of=$f bs=1 seek=90 conv=notrunc 2>/dev/null"));
	ok(survives(cache_fd, "mv $f x && ln -s x $f && rm x"));
	ok(survives(cache_fd, "rm $f && mkfifo $f"));
	ok(survives(cache_fd, "rm $f && mkdir $f"));
	is_int(rmdir(dir), -1);
	close_cache();
}

TEST(others_must_not_be_able_to_write_it)
{
	int cache_fd = open_cache();
	const struct sock_filter *insns;
	struct seccomp_key key = { "profile", 7 };
	struct sock_filter insn = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	unsigned short n;
	char path[100];
	FILE *p;

	seccomp_cache_put(cache_fd, &key, &insn, 1);
	ok(seccomp_cache_get(&arena, cache_fd, &key, &insns, &n));
	is_int(n, 1);
	is_int(insns->k, SECCOMP_RET_ALLOW);
	snprintf(path, sizeof(path), "ls -d %s/*", dir);
	p = popen(path, "r");
	ok(p && fgets(path, sizeof(path), p));
	pclose(p);
	path[strcspn(path, "\n")] = '\0';
	is_int(chmod(path, 0620), 0);
	ok(!seccomp_cache_get(&arena, cache_fd, &key, &insns, &n));
	is_int(chmod(path, 0600), 0);
	ok(seccomp_cache_get(&arena, cache_fd, &key, &insns, &n));
	if (geteuid() == 0) {
		is_int(chown(path, 1, 1), 0);
		ok(!seccomp_cache_get(&arena, cache_fd, &key, &insns, &n));
	}
	close_cache();
}

TEST(the_oldest_go)
{
	int cache_fd = open_cache();
	struct sock_filter insn = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_filter *insns;
	unsigned short n;

	for (unsigned i = 0; i < 100; i++) {
		struct seccomp_key key = { arena_fmt(&arena, "%u", i), 3 };

		insn.k = i;
		seccomp_cache_put(cache_fd, &key, &insn, 1);
		if (i == 0)
			usleep(20000);   /* the clock of files is coarse */
	}
	is_int(n_files(), SECCOMP_CACHE_FILES);
	ok(!seccomp_cache_get(&arena, cache_fd, &(struct seccomp_key){ "0\0", 3 }, &insns, &n));
	ok(seccomp_cache_get(&arena, cache_fd, &(struct seccomp_key){ "99", 3 }, &insns, &n));
	is_int(insns->k, 99);
	close_cache();
}

TEST(a_cache_that_cannot_be_written_is_no_failure)
{
	struct seccomp_filter f = { 0 };

	is_int(arena_open(&arena, 64 << 20), 0);
	compile(&deny_but_few, open("/proc", O_PATH | O_DIRECTORY), &f);
	ok(f.n > 0);
	compile(&deny_but_few, 999, &f);
	ok(f.n > 0);
}

/* ---- load ---- */

/* End a test that is under a filter: nothing else is sure to work. */
static void leave(void)
{
	fflush(stdout);
	syscall(SYS_exit_group, 0);
}

TEST(load_and_obey)
{
	struct seccomp_rule rules[] = {
		{ .name = "getppid", .action = SCMP_ACT_ERRNO(93) },
		{ .name = "openat2", .action = SCMP_ACT_ERRNO(94) },
	};
	struct seccomp_plan plan = { .default_action = SCMP_ACT_ALLOW, .rules = rules, .n_rules = 2,
				     .flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW, .flags_optional = true };
	struct seccomp_filter f = { 0 };
	int listener_fd = 77;

	compile(&plan, -1, &f);
	is_int(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	is_int(seccomp_enter(&f, &listener_fd, &err), 0);
	is_int(listener_fd, -1);
	is_int(syscall(SYS_getppid), -1);
	is_int(errno, 93);
	is_int(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 2);
	leave();
}

TEST(newer_calls_answer_enosys)
{
	struct seccomp_plan plan;
	struct seccomp_filter f = { 0 };
	int listener_fd;

	is_int(arena_open(&arena, 64 << 20), 0);
	plan = large();
	compile(&plan, -1, &f);
	is_int(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	is_int(seccomp_enter(&f, &listener_fd, &err), 0);
	is_int(syscall(9999), -1);
	is_int(errno, ENOSYS);
	is_int(syscall(5 + 9 * 20), -1);         /* older than the profile, and not in it */
	is_int(errno, EPERM);
	leave();
}

TEST(flags)
{
	struct seccomp_plan plan = { .default_action = SCMP_ACT_ALLOW, .flags = 1u << 20, .flags_optional = true };
	struct seccomp_filter f = { 0 };
	int listener_fd;

	compile(&plan, -1, &f);
	is_int(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	is_int(seccomp_enter(&f, &listener_fd, &err), 0);
	f.flags_optional = false;
	is_err(seccomp_enter(&f, &listener_fd, &err), EINVAL);
	has_str(err.text, "linux.seccomp.flags");
	leave();
}

TEST(listener)
{
	struct seccomp_rule rules[] = { { .name = "getppid", .action = SCMP_ACT_NOTIFY } };
	struct seccomp_plan plan = { .default_action = SCMP_ACT_ALLOW, .rules = rules, .n_rules = 1,
				     .flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
				     .notify = true };
	struct seccomp_filter f = { 0 };
	int listener_fd = -1;

	compile(&plan, -1, &f);
	is_int(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	is_int(seccomp_enter(&f, &listener_fd, &err), 0);
	ok(listener_fd >= 0);
	is_int(fcntl(listener_fd, F_GETFD), FD_CLOEXEC);
	is_err(seccomp_enter(&f, &listener_fd, &err), EBUSY);
	has_str(err.text, "has a listener already");
	leave();
}

TEST(agent_gets_listener_and_state)
{
	char path[] = "/tmp/taper-agent-XXXXXX", text[4096] = "";
	struct agent agent = { .path = path, .metadata = "m\"x", .sock_fd = -1 };
	struct oci_state state = { .id = "c1", .status = "creating", .bundle = "/b", .pid = { true, 42 } };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock_fd = socket(AF_UNIX, SOCK_STREAM, 0), conn_fd, fds[2];
	size_t n = 2;

	is_int(arena_open(&arena, 1 << 20), 0);
	close(mkstemp(path));
	unlink(path);
	is_err(agent_connect(&agent, &err), ENOENT);
	has_str(err.text, "connect to the seccomp agent at /tmp/taper-agent-");
	is_str(err.path, "linux.seccomp.listenerPath");
	strcpy(addr.sun_path, path);
	is_int(bind(sock_fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	is_int(listen(sock_fd, 1), 0);
	is_int(agent_connect(&agent, &err), 0);
	is_int(agent_hand_over(&agent, &arena, &state, 42, STDOUT_FILENO, &err), 0);
	conn_fd = accept(sock_fd, NULL, NULL);
	ok(fd_recv(conn_fd, text, sizeof(text) - 1, fds, &n) > 0);
	is_int(n, 1);
	is_str(text, "{\"ociVersion\":\"" OCI_VERSION "\",\"fds\":[\"seccompFd\"],\"pid\":42,"
		     "\"metadata\":\"m\\\"x\",\"state\":{\"ociVersion\":\"" OCI_VERSION "\",\"id\":\"c1\","
		     "\"pid\":42,\"status\":\"creating\",\"bundle\":\"/b\"}}");
	n = 0;
	is_int(fd_recv(conn_fd, text, sizeof(text), NULL, &n), 0);
	unlink(path);
}

TEST(without_rights)
{
	struct seccomp_plan plan = { .default_action = SCMP_ACT_ALLOW };
	struct seccomp_filter f = { 0 };
	int listener_fd;

	compile(&plan, -1, &f);
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		skip("cannot become another user");
	is_err(seccomp_enter(&f, &listener_fd, &err), EACCES);
	has_str(err.text, "noNewPrivileges");
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

TEST(cost)
{
	int cache_fd = open_cache();
	double start, miss, hit = 1e9;
	struct seccomp_plan plan = large();
	struct seccomp_filter f = { 0 };

	start = now_us();
	compile(&plan, cache_fd, &f);
	miss = now_us() - start;
	for (int i = 0; i < 50; i++) {
		start = now_us();
		compile(&plan, cache_fd, &f);
		start = now_us() - start;
		hit = start < hit ? start : hit;
	}
	printf("# %zu rules, %u instructions: compiled in %.0f us, from the cache in %.0f us\n", plan.n_rules,
	       f.n, miss, hit);
	ok(hit < miss);
	close_cache();
}

TAP_MAIN
