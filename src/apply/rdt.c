// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rdt.c - the container's groups in resctrl
 *
 * Spec: config-linux.md, "IntelRdt". The kernel fills a directory that is made in resctrl with files, and
 * moves the tasks of one that is removed to the group above (Documentation/filesystems/resctrl.rst).
 *
 * The file "rdt" in the container's directory has lines "join DIR" (a group to be in) and "made DIR" (one to
 * be removed). It is written before the first directory is made.
 */
#include "apply/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/resctrl.h"

#define FILE_NAME "rdt"
#define TEXT_MAX (1u << 20)

static int rdt_bad(struct err *e, int r, const char *root, const char *what, const char *name)
{
	char status[160] = "";
	_close_fd int fd = -1;
	char path[4200];

	if (root) {
		snprintf(path, sizeof(path), "%s/info/last_cmd_status", root);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd >= 0 && fd_read_all(fd, status, sizeof(status) - 1) > 0)
		status[strcspn(status, "\n")] = '\0';
	if (!*status || str_eq(status, "ok"))
		err_code(e, r, ERR_RDT, "%s %.100s%s", what, name,
			 r == -ENOSPC ? " (all classes of service are in use)" : "");
	else
		err_code(e, r, ERR_RDT, "%s %.60s (the kernel says: %.80s)", what, name, status);
	err_place(e, "linux.intelRdt");
	return r;
}

static int write_file(const char *dir, const char *name, const char *text)
{
	_close_fd int fd = -1;
	char path[4200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

/* ---- schemata ---- */

/* In a group that was there before, what is wanted must be in force (IR-3). */
static int compare(struct arena *a, const char *group, const struct rdt_plan *plan, struct err *e)
{
	const char *path = arena_fmt(a, "%s/schemata", group);
	_close_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *text = NULL;
	int r = fd < 0 ? -errno : fd_read_arena(fd, a, TEXT_MAX, &text, NULL);

	if (r < 0)
		return rdt_bad(e, r, NULL, "read", path);
	for (size_t i = 0; i < plan->n_schemata; i++) {
		if (rdt_holds(text, plan->schemata[i]))
			continue;
		err_set(e, -EINVAL, ERR_RDT, "%.80s exists already, and has not \"%.80s\"", group,
			plan->schemata[i]);
		err_place(e, "linux.intelRdt");
		return -EINVAL;
	}
	return 0;
}

/* All at once: the kernel takes all of them or none. */
static int ration(struct arena *a, const char *root, const char *group, const struct rdt_plan *plan,
		  struct err *e)
{
	const char *text = "";
	int r;

	for (size_t i = 0; i < plan->n_schemata; i++)
		text = arena_fmt(a, "%s%s\n", text, plan->schemata[i]);
	if (!*text)
		return 0;
	r = write_file(group, "schemata", text);
	return r < 0 ? rdt_bad(e, r, root, "write the schemata of", group) : 0;
}

/* ---- groups ---- */

static bool is_dir(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int make(const char *root, const char *dir, struct err *e)
{
	return mkdir(dir, 0755) < 0 ? rdt_bad(e, -errno, root, "make", dir) : 0;
}

int rdt_prepare(struct arena *a, int proc_fd, struct container *c, const struct rdt_plan *plan,
		struct err *e)
{
	const char *root, *group, *monitor = NULL, *claim;
	bool there;
	int r = host_resctrl(a, proc_fd, &root, e);

	if (r < 0)
		return r;
	if (r == 0)
		return rdt_bad(e, -ENOENT, NULL, "find resctrl:", "it is not mounted");
	group = str_eq(plan->clos_id, "/") ? root : arena_fmt(a, "%s/%s", root, plan->clos_id);
	there = is_dir(group);
	if (!there && !plan->may_create)
		return rdt_bad(e, -ENOENT, NULL, "find the group", group);
	claim = arena_fmt(a, "join %s\n%s%s%s", group, there || plan->keep ? "" : "made ",
			  there || plan->keep ? "" : group, there || plan->keep ? "" : "\n");
	if (plan->monitoring) {
		monitor = arena_fmt(a, "%s/mon_groups/%s", group, c->id);
		if (is_dir(monitor))
			return rdt_bad(e, -EEXIST, NULL, "make", monitor);
		claim = arena_fmt(a, "%sjoin %s\nmade %s\n", claim, monitor, monitor);
	}
	TRY(store_put(c, FILE_NAME, claim, strlen(claim), e));
	if (!there)
		TRY(make(root, group, e));
	TRY(there ? compare(a, group, plan, e) : ration(a, root, group, plan, e));
	return monitor ? make(root, monitor, e) : 0;
}

/* ---- the claim ---- */

/* Return: how many lines begin with @word; their rests are in @ret, 4 at most */
static size_t claimed(struct arena *a, struct container *c, const char *word, const char **ret)
{
	char *text, *line, *end;
	size_t n = 0;

	if (store_get(c, a, FILE_NAME, &text, NULL, NULL) < 0)
		return 0;
	for (line = text; (end = strchr(line, '\n')) && n < 4; line = end + 1) {
		*end = '\0';
		if (str_starts(line, word))
			ret[n++] = str_starts(line, word);
	}
	return n;
}

int rdt_join(struct arena *a, struct container *c, pid_t pid, struct err *e)
{
	const char *groups[4];
	size_t n = claimed(a, c, "join ", groups);
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	for (size_t i = 0; i < n; i++) {
		int r = write_file(groups[i], "tasks", text);

		if (r < 0)
			return rdt_bad(e, r, NULL, "enter", groups[i]);
	}
	return 0;
}

int rdt_update(struct arena *a, int proc_fd, struct container *c, const struct rdt_plan *plan,
	       const char **ret_before, struct err *e)
{
	_close_fd int fd = -1;
	const char *groups[4] = { NULL }, *root = NULL;
	char *text = NULL;
	int r;

	if (claimed(a, c, "join ", groups) == 0) {
		err_set(e, -ENOENT, ERR_RDT, "the container's config has no linux.intelRdt to update");
		return -ENOENT;
	}
	fd = open(arena_fmt(a, "%s/schemata", groups[0]), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	r = fd < 0 ? -errno : fd_read_arena(fd, a, TEXT_MAX, &text, NULL);
	if (r < 0)
		return rdt_bad(e, r, NULL, "read the schemata of", groups[0]);
	if (host_resctrl(a, proc_fd, &root, NULL) <= 0)
		root = NULL;                 /* where the kernel would say why it refuses */
	TRY(ration(a, root, groups[0], plan, e));
	*ret_before = text;
	return 0;
}

int rdt_restore(struct arena *a, struct container *c, const char *before)
{
	const char *groups[4];

	return claimed(a, c, "join ", groups) ? write_file(groups[0], "schemata", before) : 0;
}

int rdt_remove(struct arena *a, struct container *c, struct err *e)
{
	const char *groups[4];

	for (size_t n = claimed(a, c, "made ", groups); n > 0; n--)
		if (rmdir(groups[n - 1]) < 0 && errno != ENOENT)
			return rdt_bad(e, -errno, NULL, "remove", groups[n - 1]);
	return 0;
}
