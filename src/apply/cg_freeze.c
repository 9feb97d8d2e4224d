// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_freeze.c - freeze and thaw the processes of a container
 *
 * v1: writing FROZEN to freezer.state begins it; reading says FREEZING until all have stopped. It may
 *     stick there when processes are made meanwhile, so it is asked for again and again, and now and
 *     then thawed in between. A process that sleeps uninterruptibly cannot be frozen.
 * v2: writing 1 to cgroup.freeze begins it; cgroup.events says "frozen 1" in the end, which wakes a poll.
 * A frozen process is in state D on v1, on v2 in state S and do_freezer_trap(), which compilers may make a part
 * of get_signal(): who is not has not stopped.
 * On v2 one that cannot stop goes in circles in the kernel, about to sleep and woken again: for a moment it
 * seems to sleep, at no place that can be told, as those do that have stopped. So it takes several looks.
 * Who is in D by itself can be told from them only after thawing, when the others have left that state.
 *
 * Sources: kernel admin-guide cgroup-v1/freezer-subsystem, cgroup-v2 "cgroup.freeze"; kernel/freezer.c.
 */
#include "apply/cg_freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/cg_dir.h"
#include "apply/cg_guard.h"
#include "apply/cg_open.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "host/facts.h"
#include "host/proc.h"

#define ATTEMPT_MS 100           /* v1: how long to wait before asking again */
#define ATTEMPTS_BEFORE_KICK 4   /* v1: ... before thawing in between */
#define PAUSE_FIRST_US 50
#define PAUSE_MAX_US 4000
#define LOOKS_MAX 25             /* for who has not stopped */
#define LOOK_EVERY_US 2000
#define NAMED_MAX 3              /* how many are named in an error */

/* ---- one cgroup ---- */

int cg_frozen_dir(int dir_fd, bool v2)
{
	uint64_t frozen = 0;
	char state[16];
	int n = cg_file_read(dir_fd, v2 ? "cgroup.freeze" : "freezer.state", state, sizeof(state));

	if (n < 0)
		return n;
	if (!v2)
		return str_starts(state, "FROZEN") ? CG_FROZEN : str_starts(state, "FREEZING") ? CG_FREEZING
												: CG_THAWED;
	n = cg_file_field(dir_fd, "cgroup.events", "frozen", &frozen);
	if (n < 0)
		return n;
	return frozen ? CG_FROZEN : state[0] == '1' ? CG_FREEZING : CG_THAWED;
}

int cg_thaw_dir(int dir_fd, bool v2)
{
	return v2 ? cg_file_write(dir_fd, "cgroup.freeze", "0")
		  : cg_file_write(dir_fd, "freezer.state", "THAWED");
}

/* Wait until a v1 cgroup is frozen. Return: 1 frozen, 0 time is up, -errno */
static int wait_v1(int dir_fd, int64_t deadline)
{
	unsigned pause_us = PAUSE_FIRST_US;

	for (;;) {
		int r = cg_frozen_dir(dir_fd, false);

		if (r < 0 || r == CG_FROZEN)
			return r < 0 ? r : 1;
		if (deadline_left(deadline) == 0)
			return 0;
		cg_pause_us(pause_us);
		pause_us = pause_us < PAUSE_MAX_US ? pause_us * 2 : PAUSE_MAX_US;
	}
}

/* Return: as wait_v1() */
static int freeze_v1(int dir_fd, int64_t deadline)
{
	for (unsigned attempt = 1;; attempt++) {
		int left = deadline_left(deadline);
		int r = cg_file_write(dir_fd, "freezer.state", "FROZEN");

		if (r == 0)
			r = wait_v1(dir_fd, deadline_ms(left < ATTEMPT_MS ? left : ATTEMPT_MS));
		if (r != 0 || deadline_left(deadline) == 0)
			return r;
		if (attempt % ATTEMPTS_BEFORE_KICK == 0)
			cg_thaw_dir(dir_fd, false);
	}
}

static int freeze_v2(int dir_fd, int64_t deadline)
{
	int r = cg_file_write(dir_fd, "cgroup.freeze", "1");

	return r < 0 ? r : cg_event_wait(dir_fd, "frozen", 1, deadline);
}

/* ---- who does not stop ---- */

struct refusing {
	int proc_fd;
	const char *file;
	const char *states;
	bool v2;
	size_t n;
	char *text;
	size_t size, len;
};

static void name_one(struct refusing *who, pid_t tid)
{
	char name[96], file[32], where[64] = "";

	char state = pid_state(who->proc_fd, tid);

	if (!state || !strchr(who->states, state))
		return;
	snprintf(file, sizeof(file), "%d/wchan", tid);
	if (proc_read(who->proc_fd, file, where, sizeof(where)) < 0 || str_eq(where, "0"))
		where[0] = '\0';
	/* on v2 it has stopped, or cannot be told from those that have */
	if (who->v2 && state == 'S' &&
	    (!*where || str_eq(where, "do_freezer_trap") || str_eq(where, "get_signal")))
		return;
	if (who->n++ >= NAMED_MAX)
		return;
	pid_describe(who->proc_fd, tid, name, sizeof(name));
	who->len += (size_t)snprintf(who->text + who->len, who->size - who->len, "%s%s%s%s",
				     who->len ? ", " : "", name, *where ? " in " : "", where);
	if (who->len >= who->size)
		who->len = who->size - 1;
}

static int name_those_in(int dir_fd, void *arg)
{
	struct refusing *who = arg;
	pid_t tids[256];
	size_t n = 0;
	int r = cg_dir_tasks(dir_fd, who->file, tids, ARRAY_SIZE(tids), &n);

	for (size_t i = 0; r == 0 && i < n; i++)
		name_one(who, tids[i]);
	return 0;
}

/* Thaws in between. "1234 (sh, state D) in some_function, and 2 more" */
static void thaw_and_name(int dir_fd, bool v2, char *text, size_t size)
{
	struct refusing who = {
		.file = v2 ? "cgroup.threads" : "tasks", .states = "RS", .v2 = v2,
		.text = text, .size = size, .proc_fd = -1,
	};

	text[0] = '\0';
	host_proc(&who.proc_fd, NULL);
	for (int look = 0; who.proc_fd >= 0 && who.n == 0 && look < LOOKS_MAX; look++) {
		if (look > 0)
			cg_pause_us(LOOK_EVERY_US);
		cg_dir_each(dir_fd, name_those_in, &who);
	}
	cg_thaw_dir(dir_fd, v2);
	who.states = "D";
	if (who.proc_fd >= 0)
		cg_dir_each(dir_fd, name_those_in, &who);
	fd_close(&who.proc_fd);
	if (who.n > NAMED_MAX)
		snprintf(text + who.len, size - who.len, " and %zu more", who.n - NAMED_MAX);
	if (who.n == 0)
		snprintf(text, size, "it cannot be seen which of its processes goes on");
}

/* ---- a container ---- */

static int no_freezer(struct err *e)
{
	return err_set(e, -EOPNOTSUPP, ERR_CGROUP_CONTROLLER,
		       "the container has no cgroup that can be frozen (v1: controller freezer; v2: cgroup.freeze)");
}

int cg_frozen(const struct cg_refs *refs, struct err *e)
{
	_close_cgroups struct cg_open o;
	int r = cg_open(refs, &o, e);

	if (r < 0 || o.freezer_fd < 0)
		return r;
	r = cg_frozen_dir(o.freezer_fd, o.freezer_v2);
	return r < 0 ? err_code(e, r, ERR_CGROUP, "read the state of the container's freezer") : r;
}

int cg_freeze(const struct cg_refs *refs, int limit_ms, struct err *e)
{
	_close_cgroups struct cg_open o;
	int64_t deadline = deadline_ms(limit_ms);
	const struct cg_ref *ref;
	struct cg_guard guard;
	char who[160];
	int r = cg_open(refs, &o, e);

	if (r == 0 && o.freezer_fd < 0)
		r = no_freezer(e);
	if (r == 0)
		r = cg_guard_start(&guard, o.freezer_fd, o.freezer_v2, true, e);
	if (r < 0)
		return r;
	ref = cg_freezer_ref(refs, &o);
	if (deadline_left(deadline) < limit_ms / 2) /* --timeout comes earlier */
		limit_ms = deadline_left(deadline);
	r = o.freezer_v2 ? freeze_v2(o.freezer_fd, deadline) : freeze_v1(o.freezer_fd, deadline);
	if (r < 0)
		err_code(e, r, ERR_CGROUP, "freeze cgroup %s%s", ref->mount, ref->path);
	if (r < 0)
		cg_thaw_dir(o.freezer_fd, o.freezer_v2);
	if (r == 0)
		thaw_and_name(o.freezer_fd, o.freezer_v2, who, sizeof(who));
	cg_guard_end(&guard);
	if (r == 0)
		return err_set(e, -ETIMEDOUT, ERR_DEADLINE, "not frozen in %d.%d s, thawed again: %s",
			       limit_ms / 1000, limit_ms / 100 % 10, who);
	return r < 0 ? r : 0;
}

int cg_thaw(const struct cg_refs *refs, int limit_ms, struct err *e)
{
	_close_cgroups struct cg_open o;
	int64_t deadline = deadline_ms(limit_ms);
	const struct cg_ref *ref;
	int r = cg_open(refs, &o, e);

	if (r == 0 && o.freezer_fd < 0)
		r = no_freezer(e);
	if (r < 0)
		return r;
	ref = cg_freezer_ref(refs, &o);
	r = cg_thaw_dir(o.freezer_fd, o.freezer_v2);
	if (r == 0)
		r = o.freezer_v2 ? cg_event_wait(o.freezer_fd, "frozen", 0, deadline)
				 : cg_frozen_dir(o.freezer_fd, false) == CG_THAWED;
	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "thaw cgroup %s%s", ref->mount, ref->path);
	if (r == 0)
		return err_set(e, -EBUSY, ERR_CGROUP_BUSY,
			       "still frozen: a cgroup above %s%s is frozen, and was not by taper", ref->mount,
			       ref->path);
	return 0;
}

int cg_thaw_killed(const struct cg_refs *refs, struct err *e)
{
	_close_cgroups struct cg_open o;
	int r = cg_open(refs, &o, e);

	if (r < 0 || o.freezer_fd < 0 || o.freezer_v2)
		return r;
	r = cg_v1_thaw_tree(o.freezer_fd);
	if (r < 0) {
		const struct cg_ref *ref = cg_freezer_ref(refs, &o);

		return err_code(e, r, ERR_CGROUP, "thaw cgroup %s%s, whose processes cannot die before", ref->mount,
				ref->path);
	}
	return 0;
}
