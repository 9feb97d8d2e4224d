/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan_fixture.h - a small valid config, an invented host, and questions about the plan
 *
 * A test changes what it is about and calls plan_it(). Answers are looked up in the text of
 * explain, so that tests say what a user would see.
 */
#ifndef TAPER_PLAN_FIXTURE_H
#define TAPER_PLAN_FIXTURE_H

#include <errno.h>

#include "plan/internal.h"
#include "tests/lib/tap.h"

struct fixture {
	struct arena a;
	struct oci_spec spec;
	struct oci_root root;
	struct oci_process process;
	struct oci_linux lin;
	struct oci_resources res;
	struct plan_options opt;
	struct facts facts;
	struct err found[64];
	struct problems problems;
	struct plan *plan;
	const char *text;
};

/* A list of a struct's VEC_OF type: LIST(f.lin.namespaces, { "pid" }, { "mount" }) */
#define LIST(list, ...)                                                                            \
	do {                                                                                       \
		static __typeof__(*(list).v) list_[] = { __VA_ARGS__ };                            \
		(list).v = list_;                                                                  \
		(list).n = ARRAY_SIZE(list_);                                                      \
	} while (0)

#define WORDS(list, ...)                                                                           \
	do {                                                                                       \
		static const char *words_[] = { __VA_ARGS__ };                                     \
		(list) = (struct strv){ words_, ARRAY_SIZE(words_) };                              \
	} while (0)

static const struct id_range fix_all_ids[] = { { 0, 0, UINT32_MAX } };
static const struct id_range fix_sub_ids[] = { { 0, 100000, 65536 } };

static inline void fix_v1(struct fixture *f)
{
	static const struct cg_hier hier[] = {
		{ false, "/sys/fs/cgroup/cpu", "cpu,cpuacct", "/" },
		{ false, "/sys/fs/cgroup/cpuset", "cpuset", "/" },
		{ false, "/sys/fs/cgroup/memory", "memory", "/" },
		{ false, "/sys/fs/cgroup/pids", "pids", "/" },
		{ false, "/sys/fs/cgroup/blkio", "blkio", "/" },
		{ false, "/sys/fs/cgroup/devices", "devices", "/" },
	};

	f->facts.cg.layout = CG_LAYOUT_V1;
	f->facts.cg.n_hier = ARRAY_SIZE(hier);
	memcpy(f->facts.cg.hier, hier, sizeof(hier));
}

static inline void fix_v2(struct fixture *f)
{
	f->facts.cg.layout = CG_LAYOUT_V2;
	f->facts.cg.n_hier = 1;
	f->facts.cg.hier[0] = (struct cg_hier){
		true, "/sys/fs/cgroup", "cpuset,cpu,io,memory,hugetlb,pids,rdma", "/init" };
}

static inline void fix_unprivileged(struct fixture *f)
{
	f->facts.euid = f->facts.egid = 1000;
	f->facts.user = "alice";
	f->facts.privileged = false;
	f->facts.rootless = true;
	f->facts.caps_permitted = 0;
}

/* Root on a host with cgroup v2; a container that runs /bin/true in a mount and a pid namespace. */
static inline void fix_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	if (arena_open(&f->a, 0) < 0)
		exit(99);
	LIST(f->lin.namespaces, { "mount", NULL }, { "pid", NULL });
	f->root.path = "rootfs";
	f->process.cwd = "/";
	WORDS(f->process.args, "/bin/true");
	WORDS(f->process.env, "PATH=/bin", "HOME=/root");
	f->spec = (struct oci_spec){ .oci_version = "1.3.0", .root = &f->root, .process = &f->process,
				     .linux_ = &f->lin };
	f->opt = (struct plan_options){ .id = "c1", .bundle = "/b" };
	f->facts = (struct facts){
		.user = "root", .init_userns = true, .privileged = true,
		.caps_permitted = (UINT64_C(1) << 41) - 1, .last_cap = 40,
		.uid_map = { fix_all_ids, 1 }, .gid_map = { fix_all_ids, 1 },
		.subuid = { fix_sub_ids, 1 }, .subgid = { fix_sub_ids, 1 },
		.newuidmap = "/usr/bin/newuidmap", .newgidmap = "/usr/bin/newgidmap",
		.has_time_ns = true, .has_cgroup_ns = true, .has_user_ns = true, .seccomp = true,
		.kernel_major = 6, .kernel_minor = 1,
	};
	fix_v2(f);
}

/* Return: as plan_make(); f->text is what explain says, "" when there is no plan */
static inline int plan_it(struct fixture *f)
{
	int r;

	f->problems = (struct problems){ .v = f->found, .max = ARRAY_SIZE(f->found) };
	f->plan = NULL;
	f->text = "";
	r = plan_make(&f->a, &f->spec, &f->opt, &f->facts, &f->plan, &f->problems);
	if (r == 0)
		f->text = plan_explain(&f->a, f->plan, &f->facts, false);
	else if (!f->problems.n || f->plan)
		return 1;
	return r;
}

/* Is there exactly this line? */
static inline bool has_line(const struct fixture *f, const char *line)
{
	size_t n = strlen(line);

	for (const char *at = f->text; (at = strstr(at, line)); at += n)
		if ((at == f->text || at[-1] == '\n') && at[n] == '\n')
			return true;
	return false;
}

/* check_line() - the plan is made and has the line */
#define check_line(f, line)                                                                        \
	tap_check(has_line((f), (line)), __FILE__, __LINE__, "no line \"%s\" in:\n%s", (line), (f)->text)

/* Is there a problem with that path and those words? */
static inline bool has_problem(const struct fixture *f, const char *path, const char *words)
{
	for (size_t i = 0; i < f->problems.n; i++)
		if (strcmp(f->found[i].path, path) == 0 && strstr(f->found[i].text, words))
			return true;
	return false;
}

static inline bool fix_problem(struct fixture *f, const char *path, const char *words,
			       const char *file, int line)
{
	plan_it(f);
	return tap_check(has_problem(f, path, words), file, line,
			 "no problem \"%s\" at %s; the first of %zu is \"%s\" at %s", words, path,
			 f->problems.n, f->found[0].text, f->found[0].path);
}

/* check_problem() - the plan is refused for that reason among others */
#define check_problem(f, path, words) fix_problem((f), (path), (words), __FILE__, __LINE__)

/* check_warning() - the plan is made and one of its warnings has the words */
#define check_warning(f, words) has_str((is_int(plan_it(f), 0), (f)->text), (words))

#endif
