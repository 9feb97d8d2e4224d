/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cg.c - cgroups of this host: make, limit, enter, kill, remove (apply/cg*.c); v2: cg_v2.c */
#include <errno.h>
#include <stdlib.h>

#include "apply/cg_blame.h"
#include "apply/cg_dir.h"
#include "base/fd.h"
#include "base/pid.h"
#include "tests/unit/cg_fixture.h"

static bool exists_anywhere(const char *path)
{
	for (size_t i = 0; i < facts.cg.n_hier; i++)
		if (exists(i, path))
			return true;
	return false;
}

static int hier_with(const char *controller)
{
	for (size_t i = 0; i < facts.cg.n_hier; i++)
		if (list_has(facts.cg.hier[i].controllers, controller))
			return (int)i;
	skip("no such controller here");
}

TEST(make_enter_kill_remove)
{
	struct cg_plan plan;
	struct cgroup cg;
	char text[64];
	int status;
	pid_t pid;

	host();
	plan = plan_of(leaf);
	make(&plan, &cg);
	is_int(cg.refs.n, facts.cg.n_hier);
	pid = inhabitant(&cg);
	snprintf(text, sizeof(text), "%d", pid);
	for (size_t i = 0; i < facts.cg.n_hier; i++) {
		is_str(value_of(i, leaf, "cgroup.procs"), text);
		ok(cg.refs.v[i].ino > 1);
		ok(cg.hier_fd[i] >= 0);
	}
	is_err(cg_remove(&cg.refs, 0, &err), EBUSY);
	has_str(err.text, leaf);
	has_str(err.text, text);
	has_str(err.text, "(cg, state ");
	err = (struct err){ 0 };
	is_int(cg_kill(&cg.refs, 5000, &err), 0);
	is_int(waitpid(pid, &status, WNOHANG), pid);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	is_int(cg_remove(&cg.refs, 5000, &err), 0);
	is_str(err.text, "");
	ok(!exists_anywhere(leaf));
	ok(!exists_anywhere(top));
	is_int(cg_remove(&cg.refs, 0, &err), 0);
	is_int(cg_kill(&cg.refs, 0, &err), 0);
	cg_close(&cg);
}

TEST(tickets_work_from_anywhere)
{
	struct cg_plan plan;
	struct cgroup cg;
	int tickets[CG_HIER_MAX], status, n = 0;
	pid_t pid;

	host();
	plan = plan_of(leaf);
	make(&plan, &cg);
	is_int(cg_tickets(&cg, false, tickets, &err), 0);
	for (size_t i = 0; i < CG_HIER_MAX; i++)
		n += tickets[i] >= 0;
	is_int(n, facts.cg.n_hier);
	pid = fork();
	if (pid == 0) {          /* without any right, and without the directories */
		cg_close(&cg);
		if (chroot("/tmp") < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(9);
		_exit(cg_enter(&facts, tickets, NULL) < 0 ? 8 : 7);
	}
	is_int(waitpid(pid, &status, 0), pid);
	is_int(WEXITSTATUS(status), 7);
	is_int(cg_remove(&cg.refs, 5000, &err), 0);
	is_err(cg_enter(&facts, tickets, &err), ENODEV);
	has_str(err.text, "enter the cgroup below /");
	ok(cg_tickets(&cg, false, tickets, &err) < 0);
	is_int(cg_tickets(&cg, true, tickets, NULL), facts.cg.n_hier > 1 ? -ENOENT : 0);
}

TEST(only_what_we_made_is_removed)
{
	struct cg_plan plan;
	struct cgroup cg;
	char path[128], full[512];

	host();
	for (size_t i = 0; i < facts.cg.n_hier; i++) {
		snprintf(full, sizeof(full), "%s%s", facts.cg.hier[i].mount, top);
		is_int(mkdir(full, 0755), 0);
	}
	snprintf(path, sizeof(path), "%s/a/b/c1", top);
	plan = plan_of(path);
	make(&plan, &cg);
	is_int(cg.refs.v[0].made_from, 1);
	is_int(cg_remove(&cg.refs, 1000, &err), 0);
	for (size_t i = 0; i < facts.cg.n_hier; i++) {
		ok(exists(i, top));
		snprintf(full, sizeof(full), "%s/a", top);
		ok(!exists(i, full));
		/* a cgroup that exists is adopted, and stays */
	}
	plan.path = top;
	make(&plan, &cg);
	is_int(cg.refs.v[0].made_from, 1);
	is_int(cg_remove(&cg.refs, 1000, &err), 0);
	for (size_t i = 0; i < facts.cg.n_hier; i++) {
		snprintf(full, sizeof(full), "%s%s", facts.cg.hier[i].mount, top);
		is_int(rmdir(full), 0);
	}
}

/* The parent that several containers used belongs to whoever made it: it may be there or not. */
static void remove_shared(void)
{
	char full[512];

	for (size_t i = 0; i < facts.cg.n_hier; i++) {
		snprintf(full, sizeof(full), "%s%s", facts.cg.hier[i].mount, top);
		rmdir(full);
	}
	ok(!exists_anywhere(top));
}

TEST(a_parent_in_use_stays)
{
	struct cg_plan plan;
	struct cgroup a, b;
	char other[128];

	host();
	plan = plan_of(leaf);
	make(&plan, &a);
	snprintf(other, sizeof(other), "%s/c2", top);
	plan = plan_of(other);
	make(&plan, &b);
	is_int(cg_remove(&a.refs, 1000, &err), 0);
	ok(!exists_anywhere(leaf));
	ok(exists(0, other));
	is_int(cg_remove(&b.refs, 1000, &err), 0);
	ok(exists(0, top));              /* a made it, b did not */
	remove_shared();
}

TEST(another_of_the_same_name_is_left_alone)
{
	struct cg_plan plan;
	struct cgroup a, b;
	struct cg_refs old;
	pid_t pid;

	host();
	plan = plan_of(leaf);
	make(&plan, &a);
	old = a.refs;
	is_int(cg_remove(&a.refs, 1000, &err), 0);
	make(&plan, &b);
	pid = inhabitant(&b);
	is_int(cg_kill(&old, 1000, &err), 0);
	is_int(kill(pid, 0), 0);
	is_int(waitpid(pid, NULL, WNOHANG), 0);
	is_int(cg_remove(&old, 0, &err), 0);
	is_int(cg_kill(&b.refs, 1000, &err), 0);
	is_int(cg_remove(&b.refs, 1000, &err), 0);
	ok(!exists_anywhere(top));
}

TEST(a_cgroup_in_use_is_refused)
{
	struct cg_plan plan;
	struct cg_refs refs;
	struct cgroup cg;

	host();
	plan = plan_of(leaf);
	make(&plan, &cg);
	inhabitant(&cg);
	is_err(cg_probe(&arena, &plan, &facts, &refs, &err), EBUSY);
	has_str(err.text, "has processes already");
	is_int(cg_kill(&cg.refs, 5000, &err), 0);
	is_int(cg_remove(&cg.refs, 5000, &err), 0);
}

TEST(a_leaf_that_appears_meanwhile_is_refused)
{
	struct cg_plan plan;
	struct cg_refs refs;
	struct cgroup a, b;

	host();
	plan = plan_of(leaf);
	is_int(cg_probe(&arena, &plan, &facts, &refs, &err), 0);
	make(&plan, &a);
	is_err(make_all(&plan, &refs, &b, &err), EBUSY);
	has_str(err.text, "meanwhile");
	cg_close(&b);
	is_int(cg_remove(&a.refs, 5000, &err), 0);
	ok(!exists_anywhere(top));
}

/* Four at a time make and remove a cgroup below the same parent, which comes and goes with them. */
TEST(parents_that_are_taken_away)
{
	pid_t pids[4];
	int status;

	host();
	for (int k = 0; k < 4; k++) {
		pids[k] = fork();
		if (pids[k] == 0) {
			char path[128];
			struct cg_plan plan;
			int bad = 0;

			snprintf(path, sizeof(path), "%s/k%d", top, k);
			plan = plan_of(path);
			for (int i = 0; i < 50 && !bad; i++) {
				struct cg_refs refs;
				struct cgroup cg;

				bad |= cg_probe(&arena, &plan, &facts, &refs, &err) < 0;
				bad |= !bad && make_all(&plan, &refs, &cg, &err) < 0;
				bad |= !bad && enter(&cg, &err) < 0;
				for (size_t h = 0; !bad && h < facts.cg.n_hier; h++) {
					int fd = cg_root(facts.cg.hier[h].mount, facts.cg.hier[h].v2, NULL);
					int own_fd = cg_dir_open(fd, facts.cg.hier[h].own);

					cg_file_write(own_fd, facts.cg.hier[h].v2 ? "cgroup.procs" : "tasks", "0");
					close(own_fd);
				}
				bad |= !bad && cg_remove(&cg.refs, 5000, &err) < 0;
				cg_close(&cg);
			}
			if (bad)
				printf("# %s\n", err.text);
			fflush(stdout);
			_exit(bad);
		}
	}
	for (int k = 0; k < 4; k++) {
		waitpid(pids[k], &status, 0);
		is_int(status, 0);
	}
	remove_shared();
}

TEST(sub_cgroups_go_too)
{
	struct cg_plan plan;
	struct cgroup cg;
	char full[8192];
	int deep = 0;

	host();
	plan = plan_of(leaf);
	make(&plan, &cg);
	for (size_t i = 0; i < facts.cg.n_hier; i++) {
		size_t n = (size_t)snprintf(full, sizeof(full), "%s%s", facts.cg.hier[i].mount, leaf);

		for (int d = 0; d < 20; d++) {
			n += (size_t)snprintf(full + n, sizeof(full) - n, "/d%d", d);
			if (mkdir(full, 0755) == 0)
				deep++;
		}
		snprintf(full, sizeof(full), "%s%s/x", facts.cg.hier[i].mount, leaf);
		is_int(mkdir(full, 0755), 0);
	}
	ok(deep >= 20);
	is_int(cg_remove(&cg.refs, 5000, &err), 0);
	is_str(err.text, "");
	ok(!exists_anywhere(top));
}

TEST(kill_reaches_below_and_the_frozen)
{
	struct cg_plan plan;
	struct cgroup cg, sub;
	char below[128];
	int freezer, status;
	pid_t pids[3];

	host();
	freezer = hier_with("freezer");
	plan = plan_of(leaf);
	make(&plan, &cg);
	snprintf(below, sizeof(below), "%s/sub/sub", leaf);
	plan = plan_of(below);
	make(&plan, &sub);
	pids[0] = inhabitant(&cg);
	pids[1] = inhabitant(&sub);
	pids[2] = inhabitant(&sub);
	is_int(cg_file_write(sub.hier_fd[freezer], "freezer.state", "FROZEN"), 0);
	is_int(cg_file_write(cg.hier_fd[freezer], "freezer.state", "FROZEN"), 0);
	is_int(cg_kill(&cg.refs, 5000, &err), 0);
	is_str(err.text, "");
	for (int i = 0; i < 3; i++) {
		is_int(waitpid(pids[i], &status, WNOHANG), pids[i]);
		is_int(WTERMSIG(status), SIGKILL);
	}
	is_int(cg_remove(&cg.refs, 5000, &err), 0);
	ok(!exists_anywhere(top));
}

/* Hundreds of processes that fork for ever: on v1 alone, so that cgroup.kill does not help. */
TEST(kill_outruns_a_fork_bomb_on_v1)
{
	struct cg_plan plan;
	struct cgroup cg;
	struct cg_refs v1;
	int pids_hier;
	pid_t pid;

	host();
	pids_hier = hier_with("pids");
	plan = plan_of(leaf);
	make(&plan, &cg);
	is_int(cg_file_write(cg.hier_fd[pids_hier], "pids.max", "150"), 0);
	pid = fork();
	if (pid == 0) {
		enter(&cg, NULL);
		signal(SIGCHLD, SIG_IGN);
		for (;;)
			if (fork() == -1)
				usleep(1000);
	}
	usleep(100000);
	v1 = (struct cg_refs){ .n = 0 };
	for (size_t i = 0; i < cg.refs.n; i++)
		if (!cg.refs.v[i].v2)
			v1.v[v1.n++] = cg.refs.v[i];
	is_int(cg_kill(&v1, 20000, &err), 0);
	is_str(err.text, "");
	is_str(value_of((size_t)pids_hier, leaf, "cgroup.procs"), "");
	is_int(waitpid(pid, NULL, 0), pid);
	is_int(cg_remove(&cg.refs, 5000, &err), 0);
	ok(!exists_anywhere(top));
}

TEST(signal_goes_to_each_once)
{
	struct cg_plan plan;
	struct cgroup cg;
	int p[2], got = 0;
	pid_t pids[3];
	char c;

	host();
	plan = plan_of(leaf);
	make(&plan, &cg);
	is_int(pipe(p), 0);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			sigset_t set;
			int signal;

			sigemptyset(&set);
			sigaddset(&set, SIGRTMIN);       /* queued: every one of them counts */
			sigprocmask(SIG_BLOCK, &set, NULL);
			enter(&cg, NULL);
			(void)!write(p[1], "r", 1);
			for (;;) {
				sigwait(&set, &signal);
				(void)!write(p[1], "s", 1);
			}
		}
		is_int(read(p[0], &c, 1), 1);
	}
	is_int(cg_signal(&cg.refs, SIGRTMIN, &err), 0);
	usleep(200000);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	while (read(p[0], &c, 1) == 1)
		got++;
	is_int(got, 3);
	is_int(cg_kill(&cg.refs, 5000, &err), 0);
	is_int(cg_remove(&cg.refs, 5000, &err), 0);
}

/* ---- values ---- */

TEST(values_are_written_in_order)
{
	struct cg_write or_else = { .controller = "memory", .file = "memory.limit_in_bytes", .value = "209715200" };
	struct cg_write w[4] = {
		{ .controller = "memory", .file = "memory.no_such_file", .value = "1", .or_else = &or_else },
		{ .controller = "memory", .file = "memory.not_there", .value = "1", .optional = true },
		{ .controller = "pids", .file = "pids.max", .value = "77" },
		{ .controller = "pids", .file = "pids.max", .value = "78\n79" },
	};
	struct cg_plan plan;
	struct cgroup cg;

	host();
	w[0].hier = w[1].hier = or_else.hier = (unsigned)hier_with("memory");
	w[2].hier = w[3].hier = (unsigned)hier_with("pids");
	if (facts.cg.hier[w[0].hier].v2)
		skip("for v1");
	plan = plan_of(leaf);
	plan.writes = w;
	plan.n_writes = 4;
	make(&plan, &cg);
	is_int(cg_limit(&arena, &cg, &plan, &err), 0);
	is_str(err.text, "");
	is_str(value_of(w[0].hier, leaf, "memory.limit_in_bytes"), "209715200");
	is_str(value_of(w[2].hier, leaf, "pids.max"), "79");
	is_int(cg_blame_memory(&cg.refs, &(struct cg_strikes){ 0 }, NULL), 0);
	is_int(cg_remove(&cg.refs, 1000, &err), 0);
}

TEST(errors_name_file_value_and_place)
{
	struct cg_write w[1] = {
		{ .controller = "pids", .file = "pids.max", .value = "many\n", .where = "linux.resources.pids.limit" },
	};
	struct cg_plan plan;
	struct cgroup cg;

	host();
	w[0].hier = (unsigned)hier_with("pids");
	plan = plan_of(leaf);
	plan.writes = w;
	plan.n_writes = 1;
	make(&plan, &cg);
	is_err(cg_limit(&arena, &cg, &plan, &err), EINVAL);
	has_str(err.text, "write \"many\\x0a\" to ");
	has_str(err.text, "/c1/pids.max (controller pids): invalid argument");
	is_str(err.path, "linux.resources.pids.limit");
	w[0].file = "pids.nothing";
	is_err(cg_limit(&arena, &cg, &plan, &err), ENOENT);
	has_str(err.text, "no file pids.nothing");
	w[0].file = "../pids.max";
	is_err(cg_limit(&arena, &cg, &plan, &err), EINVAL);
	is_int(cg_remove(&cg.refs, 1000, &err), 0);
}

TEST(cpusets_get_what_the_parent_has)
{
	struct cg_plan plan;
	struct cgroup cg;
	char want[256], path[128];
	size_t h;

	host();
	h = (size_t)hier_with("cpuset");
	if (facts.cg.hier[h].v2)
		skip("for v1");
	snprintf(path, sizeof(path), "%s/a/b", top);
	plan = plan_of(path);
	make(&plan, &cg);
	snprintf(want, sizeof(want), "%s", value_of(h, "", "cpuset.cpus"));
	is_str(value_of(h, path, "cpuset.cpus"), want);
	is_str(value_of(h, top, "cpuset.cpus"), want);
	snprintf(want, sizeof(want), "%s", value_of(h, "", "cpuset.mems"));
	is_str(value_of(h, path, "cpuset.mems"), want);
	is_int(cg_remove(&cg.refs, 1000, &err), 0);
	ok(!exists_anywhere(top));
}

TAP_MAIN
