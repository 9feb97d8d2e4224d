// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_blame.c - was it a limit of the cgroup?
 *
 * v2 counts in memory.events how often the cgroup's own limit was hit ("oom") apart from who was killed
 * ("oom_kill"): without the former the limit was one of a cgroup above, or the machine's memory.
 *
 * Sources: kernel admin-guide cgroup-v2 "memory.events", "pids.events"; cgroup-v1/memory, cgroup-v1/pids.
 */
#include "apply/cg_blame.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/cg_dir.h"
#include "apply/cg_open.h"
#include "base/codes.h"

/* The files that tell of one limit, by version. */
struct blame {
	const char *events, *key;    /* how often it has struck */
	const char *hit_file, *hit;  /* whether it was this cgroup's; NULL: it was */
	const char *limit;
};

static const struct blame memory_files[] = {
	{ "memory.oom_control", "oom_kill", NULL, NULL, "memory.limit_in_bytes" },
	{ "memory.events", "oom_kill", "memory.events", "oom", "memory.max" },
};
static const struct blame pids_files[] = {
	{ "pids.events", "max", NULL, NULL, "pids.max" },
	{ "pids.events", "max", NULL, NULL, "pids.max" },
};

/* Return: whether it has struck; @ret says what and where */
static bool blame_one(const struct cg_ref *ref, int dir_fd, const struct blame *b, char *ret, size_t size)
{
	uint64_t n = 0, hits = 1;
	char limit[32];
	int len;

	if (cg_file_field(dir_fd, b->events, b->key, &n) != 1 || n == 0)
		return false;
	if (b->hit && cg_file_field(dir_fd, b->hit_file, b->hit, &hits) == 1 && hits == 0) {
		snprintf(ret, size, "a limit above %s%s, or the machine's (%s: %s %llu)", ref->mount, ref->path,
			 b->events, b->key, (unsigned long long)n);
		return true;
	}
	len = cg_file_read(dir_fd, b->limit, limit, sizeof(limit));
	limit[len > 0 ? strcspn(limit, "\n") : 0] = '\0';
	snprintf(ret, size, "%s%s/%s is %s (%s: %s %llu)", ref->mount, ref->path, b->limit, limit, b->events,
		 b->key, (unsigned long long)n);
	return true;
}

static bool blame_any(const struct cg_refs *refs, const struct blame files[2], char *ret, size_t size)
{
	_close_cgroups struct cg_open o;

	if (cg_open(refs, &o, NULL) < 0)
		return false;
	for (size_t i = 0; i < refs->n; i++)
		if (o.fd[i] >= 0 && blame_one(&refs->v[i], o.fd[i], &files[refs->v[i].v2], ret, size))
			return true;
	return false;
}

int cg_blame_memory(const struct cg_refs *refs, struct err *e)
{
	char which[192];

	if (!blame_any(refs, memory_files, which, sizeof(which)))
		return 0;
	return err_set(e, -ENOMEM, ERR_OOM, "killed by the memory limit: %s", which);
}

int cg_blame_pids(const struct cg_refs *refs, struct err *e)
{
	char which[192], what[80] = "";

	if (!blame_any(refs, pids_files, which, sizeof(which)))
		return 0;
	if (e && e->code)
		snprintf(what, sizeof(what), "%.70s: ", e->text);
	return err_set(e, -EAGAIN, ERR_PIDS, "%sthe pids limit: %s", what, which);
}
