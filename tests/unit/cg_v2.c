/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cg_v2.c - cgroups of this host: v2 alone, and plans that cannot be followed (apply/cg*.c) */
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/mount.h>
#include <time.h>

#include "apply/cg_dir.h"
#include "apply/cg_v2.h"
#include "base/fd.h"
#include "base/sys.h"
#include "tests/unit/cg_fixture.h"

/* A private view of cgroup2 alone. */
static void host_v2(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		skip("needs root");
	is_int(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	if (mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
		skip("no cgroup2");
	host();
	is_int(facts.cg.layout, CG_LAYOUT_V2);
}

TEST(v2_controllers_are_handed_down)
{
	struct cg_plan plan;
	struct cgroup cg;
	const char *controllers;

	host_v2();
	controllers = facts.cg.hier[0].controllers;
	if (!*controllers)
		skip("no controller on v2 here");
	plan = plan_of(leaf);
	plan.controllers = arena_fmt(&arena, "%.*s", (int)strcspn(controllers, ","), controllers);
	make(&plan, &cg);
	has_str(value_of(0, leaf, "cgroup.controllers"), plan.controllers);
	ok(cg.v2_fd >= 0);
	is_int(cg_remove(&cg.refs, 1000, &err), 0);
	ok(!exists(0, top));
}

TEST(v2_everything_is_handed_on_where_it_is_wanted)
{
	struct cg_plan plan;
	struct cgroup cg;
	const char *first;

	host_v2();
	if (!*facts.cg.hier[0].controllers)
		skip("no controller on v2 here");
	first = arena_fmt(&arena, "%.*s", (int)strcspn(facts.cg.hier[0].controllers, ","),
			  facts.cg.hier[0].controllers);
	plan = plan_of(leaf);
	make(&plan, &cg);
	is_str(value_of(0, top, "cgroup.subtree_control"), "");
	is_int(cg_remove(&cg.refs, 1000, &err), 0);
	plan.hand_on = true;
	make(&plan, &cg);
	has_str(value_of(0, top, "cgroup.subtree_control"), first);
	is_str(value_of(0, leaf, "cgroup.subtree_control"), "");
	cg_hand_on(cg.v2_fd);
	has_str(value_of(0, leaf, "cgroup.subtree_control"), first);
	is_int(cg_remove(&cg.refs, 1000, &err), 0);
	ok(!exists(0, top));
}

TEST(v2_missing_controllers_are_named)
{
	struct cg_plan plan;
	struct cg_refs refs;
	struct cgroup cg;

	host_v2();
	plan = plan_of(leaf);
	plan.controllers = "nosuch";
	is_int(cg_probe(&arena, &plan, &facts, &refs, &err), 0);
	is_err(make_all(&plan, &refs, &cg, &err), ENOENT);
	has_str(err.text, "controller nosuch is not available");
	has_str(err.text, facts.cg.hier[0].controllers);
	cg_close(&cg);
	is_int(cg_remove(&refs, 1000, &err), 0);
	ok(!exists(0, top));
}

TEST(v2_internal_processes_are_explained)
{
	struct cg_plan plan;
	struct cg_refs refs;
	struct cgroup outer, cg;

	host_v2();
	if (!*facts.cg.hier[0].controllers)
		skip("no controller on v2 here");
	plan = plan_of(leaf);
	make(&plan, &outer);
	inhabitant(&outer);
	plan = plan_of(arena_fmt(&arena, "%s/inner", leaf));
	plan.controllers = arena_fmt(&arena, "%.*s", (int)strcspn(facts.cg.hier[0].controllers, ","),
				     facts.cg.hier[0].controllers);
	is_int(cg_probe(&arena, &plan, &facts, &refs, &err), 0);
	is_err(make_all(&plan, &refs, &cg, &err), EBUSY);
	has_str(err.text, "has processes of its own");
	cg_close(&cg);
	is_int(cg_kill(&outer.refs, 5000, &err), 0);
	is_int(cg_remove(&refs, 1000, &err), 0);
	is_int(cg_remove(&outer.refs, 1000, &err), 0);
	ok(!exists(0, top));
}

TEST(v2_kill_and_frozen)
{
	struct cg_plan plan;
	struct cg_refs refs;
	struct cgroup cg;
	int status;
	pid_t pid;

	host_v2();
	plan = plan_of(leaf);
	make(&plan, &cg);
	pid = inhabitant(&cg);
	is_int(cg_file_write(cg.v2_fd, "cgroup.freeze", "1"), 0);
	is_int(cg_kill(&cg.refs, 5000, &err), 0);
	is_int(waitpid(pid, &status, WNOHANG), pid);
	is_err(cg_probe(&arena, &plan, &facts, &refs, &err), EBUSY);
	has_str(err.text, "is frozen");
	is_int(cg_remove(&cg.refs, 5000, &err), 0);
	ok(!exists(0, top));
}

/* How many device filters the v2 cgroup has */
static int filters(const struct cgroup *cg)
{
	uint32_t ids[8];
	union bpf_attr attr = { .query = { .target_fd = (uint32_t)cg->v2_fd, .prog_cnt = 8,
					   .attach_type = BPF_CGROUP_DEVICE,
					   .prog_ids = (uintptr_t)ids } };

	return sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr)) < 0 ? -1 : (int)attr.query.prog_cnt;
}

TEST(v2_device_filter)
{
	static const struct bpf_insn deny[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	}, broken[] = { { .code = BPF_JMP | BPF_EXIT } };
	struct cg_plan plan;
	struct cgroup cg;
	int status;
	pid_t pid;

	host_v2();
	plan = plan_of(leaf);
	make(&plan, &cg);
	plan.dev_prog = broken;
	plan.n_dev_prog = 1;
	ok(cg_limit(&arena, &cg, &plan, &err) < 0);
	has_str(err.text, "load the device filter");
	plan.dev_prog = deny;
	plan.n_dev_prog = 2;
	is_int(cg_limit(&arena, &cg, &plan, &err), 0);
	pid = fork();
	if (pid == 0) {
		if (enter(&cg, NULL) < 0)
			_exit(9);
		_exit(open("/dev/null", O_RDONLY) < 0 && errno == EPERM ? 7 : 8);
	}
	waitpid(pid, &status, 0);
	is_int(WEXITSTATUS(status), 7);
	is_int(filters(&cg), 1);
	is_int(cg_filter(&arena, &cg, &plan, &err), 0);      /* replaced */
	is_int(filters(&cg), 1);
	plan.dev_prog = NULL;
	is_int(cg_filter(&arena, &cg, &plan, &err), 0);      /* not asked for: left */
	is_int(filters(&cg), 1);
	plan.dev_open = true;
	is_int(cg_filter(&arena, &cg, &plan, &err), 0);      /* taken away */
	is_int(filters(&cg), 0);
	is_int(cg_remove(&cg.refs, 5000, &err), 0);
	ok(!exists(0, top));
}

/* ---- odd plans ---- */

TEST(paths_that_could_leave_are_refused)
{
	static const char *const bad[] = { "", "a", "/", "/a/../b", "/..", "/./a", "/a//b", "/a/", "/a/.", "/a\nb" };
	struct cg_refs refs;

	host();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct cg_plan plan = plan_of(bad[i]);

		is_err(cg_probe(&arena, &plan, &facts, &refs, &err), EINVAL);
	}
}

TEST(no_cgroup_wanted_or_possible)
{
	struct cg_plan plan = { .manager = CG_DISABLED, .path = "/x" };
	struct cg_refs refs = { .n = 9 };
	struct facts none = { .cg.layout = CG_LAYOUT_NONE };

	is_int(arena_open(&arena, 1 << 20), 0);
	is_int(cg_probe(&arena, &plan, &facts, &refs, &err), 0);
	is_int(refs.n, 0);
	plan.manager = CG_CGROUPFS;
	is_err(cg_probe(&arena, &plan, &none, &refs, &err), ENOENT);
	plan.best_effort = true;
	is_int(cg_probe(&arena, &plan, &none, &refs, &err), 0);
	is_int(refs.n, 0);
}

TEST(without_rights)
{
	struct cg_plan plan;
	struct cg_refs refs;
	struct facts mine;

	host();
	mine = facts;
	mine.rootless = true;
	plan = plan_of(leaf);
	plan.relative_to_own = true;
	if (setresuid(65534, 65534, 65534) < 0)
		skip("cannot become another user");
	is_err(cg_probe(&arena, &plan, &mine, &refs, &err), EACCES);
	has_str(err.text, "not delegated");
	plan.best_effort = true;
	is_int(cg_probe(&arena, &plan, &mine, &refs, &err), 0);
	is_int(refs.n, 0);
}

TEST(a_false_hierarchy_is_refused)
{
	struct cg_refs refs = { .n = 1, .v = { { .mount = "/tmp", .path = "/x" } } };

	is_err(cg_remove(&refs, 0, &err), EINVAL);
	has_str(err.text, "/tmp is not a cgroup file system");
	ok(cg_root("/tmp", true, &err) < 0);
	has_str(err.text, "cgroup2");
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

TEST(cost)
{
	double sum[5] = { 0 }, t[6];

	host();
	for (int i = 0; i < 20; i++) {
		struct cg_plan plan = plan_of(leaf);
		struct cg_refs refs;
		struct cgroup cg;
		int p[2];
		pid_t pid;

		is_int(pipe(p), 0);
		t[0] = now();
		is_int(cg_probe(&arena, &plan, &facts, &refs, &err), 0);
		t[1] = now();
		is_int(make_all(&plan, &refs, &cg, &err), 0);
		t[2] = now();
		pid = fork();
		if (pid == 0) {
			double start = now();

			enter(&cg, NULL);
			start = now() - start;
			(void)!write(p[1], &start, sizeof(start));
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		t[3] = now();
		is_int(cg_kill(&cg.refs, 1000, &err), 0);
		t[4] = now();
		is_int(cg_remove(&cg.refs, 1000, &err), 0);
		t[5] = now();
		cg_close(&cg);
		is_int(read(p[0], &t[3], sizeof(t[3])), sizeof(t[3]));
		close(p[0]);
		close(p[1]);
		sum[0] += t[1] - t[0];
		sum[1] += t[2] - t[1];
		sum[2] += t[3];
		sum[4] += t[5] - t[4];
	}
	printf("# probe %.0f us, make %.0f us, enter %.0f us, remove %.0f us, %zu hierarchies\n",
	       sum[0] / 20, sum[1] / 20, sum[2] / 20, sum[4] / 20, facts.cg.n_hier);
}

TAP_MAIN
