// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_v2.c - hand controllers down to a cgroup
 *
 * A controller must stand in cgroup.subtree_control of every cgroup from the root to the parent. What is
 * there already is left alone, so that an unprivileged user needs to write only where he may.
 *
 * In a container the root that we see is a cgroup like others: as long as it has processes, it can hand
 * nothing on. They are the container's, ours among them, and are moved to the cgroup "init" below it, which is
 * what the entry programs of containers do in which containers are to run.
 *
 * Source: kernel admin-guide cgroup-v2, "Controlling Controllers", "No Internal Process Constraint".
 */
#include "apply/cg_v2.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "apply/cg_dir.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"

#define LIST_SIZE 512
#define ROOM "init"
#define MOVE_ROUNDS 16           /* as often there may be new processes meanwhile */

/* Is @word in a list whose words end with a blank or the line? */
static bool words_have(const char *list, const char *word, size_t len)
{
	for (const char *p = list; (p = strstr(p, word)); p++)
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\n' || p[len] == '\0'))
			return true;
	return false;
}

/* The next of a comma-separated list into @word. Return: whether there was one */
static bool next_word(const char **list, char *word, size_t size)
{
	size_t len;

	*list += strspn(*list, ",");
	len = strcspn(*list, ",");
	if (len == 0 || len >= size)
		return false;
	memcpy(word, *list, len);
	word[len] = '\0';
	*list += len;
	return true;
}

static bool on_v1(const struct facts *facts, const char *controller)
{
	for (size_t i = 0; i < facts->cg.n_hier; i++)
		if (!facts->cg.hier[i].v2 && list_has(facts->cg.hier[i].controllers, controller))
			return true;
	return false;
}

/* Those of the plan that are missing in @have, as "memory,pids". Return: whether there are any */
static bool missing_of(const struct cg_plan *plan, const struct facts *facts, const char *have, char *ret)
{
	const char *list = plan->controllers ? plan->controllers : "";
	char word[64];
	size_t used = 0;

	ret[0] = '\0';
	while (next_word(&list, word, sizeof(word))) {
		size_t len = strlen(word);

		if (on_v1(facts, word) || words_have(have, word, len) || used + len + 2 > LIST_SIZE)
			continue;
		used += (size_t)snprintf(ret + used, LIST_SIZE - used, "%s%s", used ? "," : "", word);
	}
	return used > 0;
}

/* What stood in the way of handing @word on at @level; explains the usual reasons. */
static int enable_failed(const struct cg_ref *ref, const char *level, int level_fd, const char *word,
			 int r, struct err *e)
{
	char have[LIST_SIZE] = "";
	int n = cg_file_read(level_fd, "cgroup.controllers", have, sizeof(have));

	have[n > 0 && have[n - 1] == '\n' ? n - 1 : n > 0 ? n : 0] = '\0';
	if (r == -ENOENT || r == -EINVAL)
		return err_set(e, -ENOENT, ERR_CGROUP_CONTROLLER,
			       "controller %s is not available in cgroup %s%s: its cgroup.controllers has \"%s\"",
			       word, ref->mount, level, have);
	if (r == -EBUSY)
		return err_set(e, r, ERR_CGROUP_CONTROLLER,
			       "enable controller %s in %s%s/cgroup.subtree_control: the cgroup has processes of "
			       "its own, which must be moved into a cgroup below it first", word, ref->mount, level);
	if (r == -EACCES || r == -EPERM || r == -EROFS)
		return err_code(e, r, ERR_CGROUP_CONTROLLER,
				"controller %s is not delegated (systemd: Delegate=%s for user@.service): write "
				"%s%s/cgroup.subtree_control", word, word, ref->mount, level);
	return err_code(e, r, ERR_CGROUP_CONTROLLER, "enable controller %s in %s%s/cgroup.subtree_control",
			word, ref->mount, level);
}

/* Also of a pid namespace above ours, which have no number here */
static bool has_processes(int level_fd)
{
	char text[32];

	return cg_file_read(level_fd, "cgroup.procs", text, sizeof(text)) > 0;
}

/* Move the processes of the root that we see below it, as far as that is possible. */
static void make_room(int root_fd)
{
	_close_fd int room_fd = -1;
	pid_t pids[256];
	char text[16];
	size_t n, moved = 1;
	int r = cg_dir_make(root_fd, ROOM);

	if (r == 0 || r == -EEXIST)
		r = room_fd = cg_dir_open(root_fd, ROOM);
	for (int round = 0; r >= 0 && moved && round < MOVE_ROUNDS; round++) {
		moved = n = 0;
		r = cg_dir_tasks(root_fd, "cgroup.procs", pids, ARRAY_SIZE(pids), &n);
		for (size_t i = 0; r == 0 && i < n; i++) {
			snprintf(text, sizeof(text), "%d", pids[i]);
			moved += cg_file_write(room_fd, "cgroup.procs", text) == 0;
		}
	}
}

/*
 * Only a cgroup without processes hands controllers on to others that can have some. The kernel lets it begin with
 * cpu or pids all the same: then all below it must be threaded. The root of all cgroups, which has no type, may
 * have processes.
 */
static int vacate(const char *level, int level_fd)
{
	char type[32];

	if (cg_file_read(level_fd, "cgroup.type", type, sizeof(type)) <= 0 || !has_processes(level_fd))
		return 0;
	if (!*level)
		make_room(level_fd);
	return has_processes(level_fd) ? -EBUSY : 0;
}

/* Hand each of @missing on at one level, unless it does so already. */
static int enable_level(const struct cg_ref *ref, const char *level, int level_fd, const char *missing,
			struct err *e)
{
	_close_fd int control_fd = -1;
	char on[LIST_SIZE] = "", word[64], text[72];
	int r = cg_file_read(level_fd, "cgroup.subtree_control", on, sizeof(on));

	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "read %s%s/cgroup.subtree_control", ref->mount, level);
	while (next_word(&missing, word, sizeof(word))) {
		if (words_have(on, word, strlen(word)))
			continue;
		r = control_fd < 0 ? vacate(level, level_fd) : 0;
		if (r == 0 && control_fd < 0)
			r = control_fd = cg_file_open(level_fd, "cgroup.subtree_control", O_WRONLY);
		snprintf(text, sizeof(text), "+%s", word);
		r = r < 0 ? r : cg_text_write(control_fd, text, strlen(text));
		if (r < 0)
			return enable_failed(ref, level, level_fd, word, r, e);
	}
	return 0;
}

/* All that there are at this level, as far as that is possible */
static void enable_all(const struct cg_ref *ref, const char *level, int level_fd)
{
	char list[LIST_SIZE], word[64], *end;
	int n = cg_file_read(level_fd, "cgroup.controllers", list, sizeof(list));

	for (char *p = list; n > 0 && *p; p = end + (*end != '\0')) {
		end = p + strcspn(p, " \n");
		if (end == p || end - p >= (int)sizeof(word))
			continue;
		memcpy(word, p, (size_t)(end - p));
		word[end - p] = '\0';
		enable_level(ref, level, level_fd, word, NULL);
	}
}

int cg_v2_enable(const struct cg_plan *plan, const struct facts *facts, const struct cg_ref *ref,
		 int root_fd, int dir_fd, struct err *e)
{
	char have[LIST_SIZE] = "", missing[LIST_SIZE], level[PATH_MAX];
	const char *end = ref->path;
	int r = cg_file_read(dir_fd, "cgroup.controllers", have, sizeof(have));

	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "read %s%s/cgroup.controllers", ref->mount, ref->path);
	if (!missing_of(plan, facts, have, missing) && !plan->hand_on)
		return 0;
	if (strlen(ref->path) >= sizeof(level))
		return err_code(e, -ENAMETOOLONG, ERR_CGROUP, "open cgroup %s%s", ref->mount, ref->path);
	while (strchr(end, '/')) {           /* "", "/a", "/a/b", but not the cgroup itself */
		_close_fd int level_fd = -1;

		memcpy(level, ref->path, (size_t)(end - ref->path));
		level[end - ref->path] = '\0';
		level_fd = cg_dir_open(root_fd, level);
		if (level_fd < 0)
			return err_code(e, level_fd, ERR_CGROUP, "open cgroup %s%s", ref->mount, level);
		if (plan->hand_on)
			enable_all(ref, level, level_fd);
		r = enable_level(ref, level, level_fd, missing, e);
		if (r < 0)
			return r;
		end += 1 + strcspn(end + 1, "/");
	}
	return 0;
}

void cg_hand_on(int dir_fd)
{
	char list[LIST_SIZE], *p = list, word[64];
	int n = cg_file_read(dir_fd, "cgroup.controllers", list, sizeof(list));

	while (n > 0 && *p) {
		size_t len = strcspn(p, " \n");

		if (len && len < sizeof(word) - 1) {
			snprintf(word, sizeof(word), "+%.*s", (int)len, p);
			cg_file_write(dir_fd, "cgroup.subtree_control", word);
		}
		p += len + (p[len] != '\0');
	}
}
