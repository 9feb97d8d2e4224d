// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_kill.c - signal and kill what lives in a cgroup
 *
 * v2 has cgroup.kill, which reaches the whole subtree, frozen or not, and cannot be outrun by fork. Else
 * the processes are signalled one by one, again and again until none is left; when new ones keep
 * appearing the cgroup is frozen in between (v1). A frozen process of v1 dies only when it is thawed.
 *
 * A number read from cgroup.procs may belong to someone else a moment later. Hence a pidfd is opened first
 * and the list is read again: if the number is still in it, the pidfd is of a process of the cgroup.
 *
 * Sources: kernel admin-guide cgroup-v2 "cgroup.kill", cgroup-v1/freezer-subsystem; pidfd_open(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "apply/cg.h"
#include "apply/cg_dir.h"
#include "apply/cg_guard.h"
#include "apply/cg_open.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/sys.h"

#define PIDS_MAX 8192            /* of one cgroup at a time */
#define BATCH 64
#define ROUNDS_BEFORE_FREEZE 3
#define ROUND_MS 50

struct pid_list {
	pid_t v[PIDS_MAX];
	size_t n;
};

/* The processes of one cgroup. Return: 0 or -errno */
static int list_pids(int dir_fd, struct pid_list *ret)
{
	return cg_dir_tasks(dir_fd, "cgroup.procs", ret->v, PIDS_MAX, &ret->n);
}

static bool list_has_pid(const struct pid_list *l, pid_t pid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] == pid)
			return true;
	return false;
}

/* What a walk over the tree does and finds. */
struct signal_walk {
	int signal;
	size_t found;
	pid_t first;                 /* one of the found */
};

/* Signal up to BATCH processes of a list whose pidfds are opened before the list is read again. */
static int signal_batch(int dir_fd, const pid_t *pids, size_t n, int signal)
{
	struct pid_list now;
	int fds[BATCH], r;

	for (size_t i = 0; i < n; i++)
		fds[i] = sys_pidfd_open(pids[i], 0);
	r = list_pids(dir_fd, &now);
	for (size_t i = 0; i < n; i++) {
		if (r == 0 && fds[i] >= 0 && list_has_pid(&now, pids[i])) {
			int killed = pid_kill(fds[i], signal);

			if (killed < 0 && killed != -ESRCH)
				r = killed;
		}
		fd_close(&fds[i]);
	}
	return r;
}

static int signal_dir(int dir_fd, void *arg)
{
	struct signal_walk *walk = arg;
	struct pid_list list;
	int r = list_pids(dir_fd, &list);

	if (list.n > 0 && !walk->first)
		walk->first = list.v[0];
	walk->found += list.n;
	for (size_t i = 0; i < list.n && r == 0; i += BATCH) {
		size_t n = list.n - i < BATCH ? list.n - i : BATCH;

		r = signal_batch(dir_fd, list.v + i, n, walk->signal);
	}
	return r;
}

/* Freezing is only tried: who does not stop is signalled all the same. */
static void freeze_v1(int dir_fd)
{
	char state[16];

	cg_file_write(dir_fd, "freezer.state", "FROZEN");
	for (int i = 0; i < 10; i++) {
		if (cg_file_read(dir_fd, "freezer.state", state, sizeof(state)) <= 0 ||
		    strncmp(state, "FROZEN", 6) == 0)
			return;
		cg_pause_us(1000);
	}
}

/* ---- kill ---- */

static bool has_v1_freezer(const struct cg_open *o)
{
	return o->freezer_fd >= 0 && !o->freezer_v2;
}

static int still_there(const struct cg_ref *ref, int dir_fd, struct err *e)
{
	char who[96];

	cg_someone(dir_fd, who, sizeof(who));
	return err_set(e, -ETIMEDOUT, ERR_CGROUP, "cgroup %s%s: process %s cannot be killed in time", ref->mount,
		       ref->path, who);
}

/* Wait a little for one of those who were signalled. */
static void wait_for(pid_t pid, int64_t deadline)
{
	_close_fd int pid_fd = sys_pidfd_open(pid, 0);
	int left = deadline_left(deadline);

	/* gone already, or dead and just not out of the list yet */
	if (pid_fd < 0 || pid_wait(pid_fd, left < ROUND_MS ? left : ROUND_MS) == 1)
		cg_pause_us(100);
}

/* Nobody can fork meanwhile. Who thaws must not be killed, hence the guard. */
static int signal_frozen(const struct cg_open *o, int dir_fd, struct signal_walk *walk)
{
	struct cg_guard guard;
	int r = cg_guard_start(&guard, o->freezer_fd, false, false, NULL);

	if (r < 0)
		return cg_dir_each(dir_fd, signal_dir, walk);
	freeze_v1(o->freezer_fd);
	r = cg_dir_each(dir_fd, signal_dir, walk);
	cg_v1_thaw_tree(o->freezer_fd);
	cg_guard_end(&guard);
	return r;
}

/* Signal, thaw, wait, until the tree is empty. Return: 1 empty, 0 time is up, -errno */
static int kill_tree(const struct cg_open *o, int dir_fd, int64_t deadline)
{
	for (unsigned round = 0;; round++) {
		struct signal_walk walk = { .signal = SIGKILL };
		bool freeze = round >= ROUNDS_BEFORE_FREEZE && has_v1_freezer(o);
		int r = freeze ? signal_frozen(o, dir_fd, &walk) : cg_dir_each(dir_fd, signal_dir, &walk);

		if (has_v1_freezer(o) && walk.found)
			cg_v1_thaw_tree(o->freezer_fd);
		if (r < 0)
			return r;
		if (!walk.found)
			return 1;
		if (deadline_left(deadline) == 0)
			return 0;
		wait_for(walk.first, deadline);
	}
}

/*
 * After cgroup.kill. What v1 has frozen meanwhile is thawed again and again, since that may fail for a moment.
 * Return: 1 empty, 0 time is up, -errno
 */
static int wait_empty(const struct cg_open *o, int dir_fd, int64_t deadline)
{
	int r;

	if (!has_v1_freezer(o))
		return cg_event_wait(dir_fd, "populated", 0, deadline);
	do {
		int left = deadline_left(deadline);

		cg_v1_thaw_tree(o->freezer_fd);
		r = cg_event_wait(dir_fd, "populated", 0, deadline_ms(left >= 0 && left < ROUND_MS ? left : ROUND_MS));
	} while (r == 0 && deadline_left(deadline) != 0);
	return r;
}

static int kill_ref(const struct cg_refs *refs, const struct cg_open *o, size_t i, int64_t deadline,
		    struct err *e)
{
	const struct cg_ref *ref = &refs->v[i];
	int r;

	if (ref->v2 && cg_file_write(o->fd[i], "cgroup.kill", "1") == 0)
		r = wait_empty(o, o->fd[i], deadline);
	else
		r = kill_tree(o, o->fd[i], deadline);
	if (r == -ENOENT || r == -ENODEV)    /* somebody has removed it meanwhile: systemd, at the end of a unit */
		return 0;
	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "kill the processes of cgroup %s%s", ref->mount, ref->path);
	return r == 0 ? still_there(ref, o->fd[i], e) : 0;
}

int cg_kill(const struct cg_refs *refs, int limit_ms, struct err *e)
{
	_close_cgroups struct cg_open o;
	int64_t deadline = deadline_ms(limit_ms);
	int r = cg_open(refs, &o, e);

	for (int v2 = 1; v2 >= 0; v2--)      /* v2 first: its way is the surest */
		for (size_t i = 0; i < refs->n && r == 0; i++)
			if (o.fd[i] >= 0 && refs->v[i].v2 == (v2 == 1))
				r = kill_ref(refs, &o, i, deadline, e);
	return r;
}

int cg_signal(const struct cg_refs *refs, int signal, struct err *e)
{
	_close_cgroups struct cg_open o;
	struct signal_walk walk = { .signal = signal };
	int r = cg_open(refs, &o, e);
	size_t chosen = r < 0 ? refs->n : cg_open_tree(refs, &o);

	if (r < 0 || chosen == refs->n)
		return r;
	if (signal != SIGKILL)
		r = cg_dir_each(o.fd[chosen], signal_dir, &walk);
	else if (refs->v[chosen].v2 && cg_file_write(o.fd[chosen], "cgroup.kill", "1") == 0)
		r = 0;
	else if (has_v1_freezer(&o))
		r = signal_frozen(&o, o.fd[chosen], &walk);
	else
		r = cg_dir_each(o.fd[chosen], signal_dir, &walk);
	if (r == 0 && signal == SIGKILL && has_v1_freezer(&o))
		r = cg_v1_thaw_tree(o.freezer_fd);
	return r < 0 ? err_code(e, r, ERR_CGROUP, "signal the processes of cgroup %s%s",
				refs->v[chosen].mount, refs->v[chosen].path) : 0;
}
