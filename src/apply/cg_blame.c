// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_blame.c - was it a limit of the cgroup?
 *
 * v2 counts in memory.events how often the cgroup's own limit was hit ("oom") apart from who was killed
 * ("oom_kill"): without the former the limit was one of a cgroup above, or the machine's memory.
 * The counts are those of the cgroup's whole life: where it has one already (exec), those of before are taken off.
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
#include "base/str.h"

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

/* Zeros where there is no such limit */
static struct cg_strike count(int dir_fd, const struct blame *b)
{
	struct cg_strike s = { 0 };

	if (cg_file_field(dir_fd, b->events, b->key, &s.n) != 1)
		return (struct cg_strike){ 0 };
	if (!b->hit || cg_file_field(dir_fd, b->hit_file, b->hit, &s.own) != 1)
		s.own = s.n;
	return s;
}

static void add(struct cg_strike *sum, struct cg_strike more)
{
	sum->n += more.n;
	sum->own += more.own;
}

/* Those in hierarchies that have one of the controllers: v1 has many others. */
static struct cg_refs with_limits(const struct cg_refs *refs, const struct facts *facts)
{
	struct cg_refs ret = { .n = 0 };

	for (size_t i = 0; i < refs->n; i++) {
		for (size_t h = 0; h < facts->cg.n_hier; h++) {
			const struct cg_hier *hier = &facts->cg.hier[h];

			if (str_eq(hier->mount, refs->v[i].mount) &&
			    (list_has(hier->controllers, "memory") || list_has(hier->controllers, "pids")))
				ret.v[ret.n++] = refs->v[i];
		}
	}
	return ret;
}

void cg_strikes(const struct cg_refs *refs, const struct facts *facts, struct cg_strikes *ret)
{
	struct cg_refs few = with_limits(refs, facts);
	_close_cgroups struct cg_open o;

	*ret = (struct cg_strikes){ 0 };
	if (cg_open(&few, &o, NULL) < 0)
		return;
	for (size_t i = 0; i < few.n; i++) {
		if (o.fd[i] < 0)
			continue;
		add(&ret->memory, count(o.fd[i], &memory_files[few.v[i].v2]));
		add(&ret->pids, count(o.fd[i], &pids_files[few.v[i].v2]));
	}
}

/* Return: whether it has struck since; @ret says what and where */
static bool blame_one(const struct cg_ref *ref, int dir_fd, const struct blame *b, const struct cg_strike *since,
		      char *ret, size_t size)
{
	struct cg_strike now = count(dir_fd, b);
	uint64_t n = now.n - since->n;
	char limit[32];
	int len;

	if (now.n <= since->n)
		return false;
	if (now.own <= since->own) {
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

static bool blame_any(const struct cg_refs *refs, const struct blame files[2], const struct cg_strike *since,
		      char *ret, size_t size)
{
	_close_cgroups struct cg_open o;

	if (cg_open(refs, &o, NULL) < 0)
		return false;
	for (size_t i = 0; i < refs->n; i++)
		if (o.fd[i] >= 0 && blame_one(&refs->v[i], o.fd[i], &files[refs->v[i].v2], since, ret, size))
			return true;
	return false;
}

int cg_blame_memory(const struct cg_refs *refs, const struct cg_strikes *since, struct err *e)
{
	char which[192];

	if (!blame_any(refs, memory_files, &since->memory, which, sizeof(which)))
		return 0;
	return err_set(e, -ENOMEM, ERR_OOM, "killed by the memory limit: %s", which);
}

int cg_blame_pids(const struct cg_refs *refs, const struct cg_strikes *since, struct err *e)
{
	char which[192], what[80] = "";

	if (!blame_any(refs, pids_files, &since->pids, which, sizeof(which)))
		return 0;
	if (e && e->code)
		snprintf(what, sizeof(what), "%.70s: ", e->text);
	return err_set(e, -EAGAIN, ERR_PIDS, "%sthe pids limit: %s", what, which);
}
