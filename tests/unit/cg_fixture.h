/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cg_fixture.h - for the tests of cgroups (cg.c, cg_v2.c): this host, and cgroups made on it
 *
 * Everything is below /taper-unit-PID and is removed again. Needs root.
 */
#ifndef TESTS_UNIT_CG_FIXTURE_H
#define TESTS_UNIT_CG_FIXTURE_H

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "apply/cg.h"
#include "base/str.h"
#include "host/facts.h"
#include "tests/lib/tap.h"

static struct arena arena;
static struct facts facts;
static struct err err;
static char top[64], leaf[80];

static void host(void)
{
	int proc_fd;

	is_int(arena_open(&arena, 64 << 20), 0);
	is_int(host_proc(&proc_fd, &err), 0);
	is_int(host_facts(&arena, proc_fd, &facts, &err), 0);
	close(proc_fd);
	if (geteuid() != 0 || facts.cg.n_hier == 0)
		skip("needs root and cgroups");
	for (size_t i = 0; i < facts.cg.n_hier; i++) {
		if (access(facts.cg.hier[i].mount, W_OK) != 0)
			skip("cgroups are read-only");
	}
	snprintf(top, sizeof(top), "/taper-unit-%d", getpid());
	snprintf(leaf, sizeof(leaf), "%s/c1", top);
}

static struct cg_plan plan_of(const char *path)
{
	return (struct cg_plan){ .manager = CG_CGROUPFS, .path = path };
}

static bool exists(size_t hier, const char *path)
{
	char full[512];
	struct stat st;

	snprintf(full, sizeof(full), "%s%s", facts.cg.hier[hier].mount, path);
	return stat(full, &st) == 0;
}

static const char *value_of(size_t hier, const char *path, const char *file)
{
	static char buf[4096];
	char full[512];
	int fd, n;

	snprintf(full, sizeof(full), "%s%s/%s", facts.cg.hier[hier].mount, path, file);
	fd = open(full, O_RDONLY);
	n = fd < 0 ? -1 : (int)read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	if (n > 0 && buf[n - 1] == '\n')
		buf[n - 1] = '\0';
	return n < 0 ? NULL : buf;
}

/* All directories */
static int make_all(const struct cg_plan *plan, const struct cg_refs *refs, struct cgroup *cg, struct err *e)
{
	int r;

	cg_init(cg);
	r = cg_make(plan, &facts, refs, true, cg, e);
	return r < 0 ? r : cg_make(plan, &facts, refs, false, cg, e);
}

static int enter(const struct cgroup *cg, struct err *e)
{
	int tickets[CG_HIER_MAX], r = cg_tickets(cg, false, tickets, e);

	return r < 0 ? r : cg_enter(&facts, tickets, e);
}

static void make(const struct cg_plan *plan, struct cgroup *cg)
{
	struct cg_refs refs;

	is_int(cg_probe(&arena, plan, &facts, &refs, &err), 0);
	is_int(make_all(plan, &refs, cg, &err), 0);
	is_str(err.text, "");
}

/* A process that has entered, and waits. */
static pid_t inhabitant(const struct cgroup *cg)
{
	int p[2];
	char c = 'x';
	pid_t pid;

	is_int(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		struct err e = { 0 };

		if (enter(cg, &e) < 0)
			printf("# %s\n", e.text);
		else
			(void)!write(p[1], "x", 1);
		fflush(stdout);
		for (;;)
			pause();
	}
	close(p[1]);
	is_int(read(p[0], &c, 1), 1);
	close(p[0]);
	return pid;
}

#endif
