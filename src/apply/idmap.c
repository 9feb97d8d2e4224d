// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * idmap.c - write the id maps of a new user namespace, compare those of one that is there (user_namespaces(7))
 *
 * Rules of the kernel:
 *   1 a map is written once, in a single write of at most a page, at most 340 lines;
 *   2 without CAP_SETGID in the parent namespace, setgroups must be denied before gid_map is written;
 *   3 without CAP_SETUID/CAP_SETGID there, only one line with the caller's own id is allowed; more is
 *     the business of newuidmap and newgidmap.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "apply/fs.h"
#include "apply/parent.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/spawn.h"
#include "base/sys.h"
#include "host/parse.h"

#define LINES_MAX 340
#define PAGE_BYTES 4096

static int map_file(int proc_fd, pid_t pid, const char *name, const char *text, size_t len,
		    struct err *e)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	r = procfs_write(proc_fd, path, text, len);
	return r < 0 ? err_code(e, r, ERR_IDMAP, "write %s of the new user namespace", name) : 0;
}

static int map_direct(int proc_fd, pid_t pid, const char *name, const struct id_ranges *m,
		      struct err *e)
{
	char text[PAGE_BYTES];
	size_t len = 0;

	for (size_t i = 0; i < m->n; i++) {
		int n = snprintf(text + len, sizeof(text) - len, "%u %u %u\n", m->v[i].inside,
				 m->v[i].outside, m->v[i].count);

		if (n < 0 || (size_t)n >= sizeof(text) - len)
			return err_set(e, -E2BIG, ERR_IDMAP,
				       "%zu mappings: too many for the kernel", m->n);
		len += (size_t)n;
	}
	return map_file(proc_fd, pid, name, text, len, e);
}

/* newuidmap PID INSIDE OUTSIDE COUNT ... */
static int map_helper(const char *program, pid_t pid, const struct id_ranges *m, struct err *e)
{
	char numbers[LINES_MAX * 3 + 1][11];
	const char *argv[LINES_MAX * 3 + 3] = { program };
	char output[160];
	struct spawn s = {
		.path = program,
		.argv = argv,
		.output = output,
		.output_size = sizeof(output),
		.timeout_ms = 10000,
	};
	size_t n = 0;
	int status, r;

	if (m->n > LINES_MAX)
		return err_set(e, -E2BIG, ERR_IDMAP, "%zu mappings are more than the kernel takes",
			       m->n);
	snprintf(numbers[n++], sizeof(numbers[0]), "%d", pid);
	for (size_t i = 0; i < m->n; i++) {
		snprintf(numbers[n++], sizeof(numbers[0]), "%u", m->v[i].inside);
		snprintf(numbers[n++], sizeof(numbers[0]), "%u", m->v[i].outside);
		snprintf(numbers[n++], sizeof(numbers[0]), "%u", m->v[i].count);
	}
	for (size_t i = 0; i < n; i++)
		argv[i + 1] = numbers[i];
	argv[n + 1] = NULL;
	r = spawn_run(&s, &status);
	if (r < 0)
		return err_code(e, r, ERR_IDMAP, "run %s", program);
	if (status != 0)
		return err_set(e, -EPERM, ERR_IDMAP, "%s refused the mappings: %s", program,
			       output);
	return 0;
}

static int map_one(int proc_fd, pid_t pid, const struct idmap_plan *plan, bool gid, struct err *e)
{
	const struct id_ranges *m = gid ? &plan->gid : &plan->uid;

	if (plan->writer == IDMAP_HELPER)
		return map_helper(gid ? plan->newgidmap : plan->newuidmap, pid, m, e);
	return map_direct(proc_fd, pid, gid ? "gid_map" : "uid_map", m, e);
}

int idmap_write(int proc_fd, pid_t pid, const struct idmap_plan *plan, struct err *e)
{
	int r = 0;

	if (plan->writer == IDMAP_NONE)
		return 0;
	if (plan->deny_setgroups)
		r = map_file(proc_fd, pid, "setgroups", "deny", 4, e);
	/* Groups first: once the uid map is there, an unprivileged parent may lose its hold on the child. */
	if (r == 0)
		r = map_one(proc_fd, pid, plan, true, e);
	return r < 0 ? r : map_one(proc_fd, pid, plan, false, e);
}

/* ---- maps that are there ---- */

static const struct id_range *range_of(const struct id_ranges *m, uint64_t inside)
{
	for (size_t i = 0; i < m->n; i++)
		if (inside >= m->v[i].inside && inside - m->v[i].inside < m->v[i].count)
			return &m->v[i];
	return NULL;
}

/* Does @b map every id that @a maps, and to the same one? However the lines are cut. */
static bool is_part(const struct id_ranges *a, const struct id_ranges *b)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct id_range *one = &a->v[i], *other;
		uint64_t end = (uint64_t)one->inside + one->count;

		for (uint64_t at = one->inside; at < end; at = (uint64_t)other->inside + other->count) {
			other = range_of(b, at);
			if (!other || one->outside - one->inside != other->outside - other->inside)
				return false;
		}
	}
	return true;
}

static int compare_one(struct arena *a, int proc_fd, pid_t pid, bool gid, const struct id_ranges *want,
		       struct err *e)
{
	const char *name = gid ? "gid_map" : "uid_map";
	char path[48], text[LINES_MAX * 33 + 1];
	_close_fd int fd = -1;
	struct id_ranges got;
	ssize_t n;

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	fd = fs_beneath(proc_fd, path, O_RDONLY);
	n = fd < 0 ? fd : fd_read_all(fd, text, sizeof(text) - 1);
	if (n < 0)
		return err_code(e, (int)n, ERR_IDMAP, "read %s of the user namespace", name);
	text[n] = '\0';
	got = parse_idmap(a, text);
	if (is_part(want, &got) && is_part(&got, want))
		return 0;
	err_set(e, -EINVAL, ERR_IDMAP, "these are not the mappings of the user namespace that is joined");
	err_place(e, "linux.%sMappings", gid ? "gid" : "uid");
	return -EINVAL;
}

int idmap_compare(struct arena *a, int proc_fd, pid_t pid, const struct idmap_plan *plan, struct err *e)
{
	int r = plan->uid.n ? compare_one(a, proc_fd, pid, false, &plan->uid, e) : 0;

	return r == 0 && plan->gid.n ? compare_one(a, proc_fd, pid, true, &plan->gid, e) : r;
}

/* ---- maps without a process ---- */

/* The namespace lives as long as a process or an fd of it does: the process only has to wait. */
static pid_t holder_make(struct err *e)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args);

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	return pid < 0 ? err_sys(e, ERR_IDMAP, "make a user namespace for an idmapped mount") : pid;
}

int idmap_userns(int proc_fd, const struct id_ranges *uid, const struct id_ranges *gid, int *ret_fd,
		 struct err *e)
{
	const struct idmap_plan plan = { .writer = IDMAP_DIRECT, .uid = *uid, .gid = *gid };
	pid_t pid = holder_make(e);
	char path[48];
	int r;

	if (pid < 0)
		return pid;
	r = idmap_write(proc_fd, pid, &plan, e);
	if (r == 0) {
		snprintf(path, sizeof(path), "%d/ns/user", pid);
		*ret_fd = fs_namespace(proc_fd, path);
		if (*ret_fd < 0)
			r = err_code(e, *ret_fd, ERR_IDMAP,
				     "open the user namespace of an idmapped mount");
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}
