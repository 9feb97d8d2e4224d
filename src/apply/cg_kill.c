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
	_close_fd int fd = cg_file_open(dir_fd, "cgroup.procs", O_RDONLY);
	char buf[4096];
	pid_t pid = 0;
	ssize_t len;

	ret->n = 0;
	if (fd < 0)
		return fd == -ENOENT || fd == -ENODEV ? 0 : fd;
	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			if (buf[i] >= '0' && buf[i] <= '9') {
				pid = pid * 10 + (buf[i] - '0');
				continue;
			}
			if (pid > 0 && ret->n < PIDS_MAX)
				ret->v[ret->n++] = pid;
			pid = 0;
		}
	}
	/* ENODEV: removed meanwhile. EOPNOTSUPP: threaded, its processes are listed above it */
	return len < 0 && errno != ENODEV && errno != EOPNOTSUPP ? -errno : 0;
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

/* Thaw a tree of the v1 freezer; a cgroup that was frozen from inside is thawed too. */
static int thaw_dir(int dir_fd, void *arg)
{
	char state[16];

	(void)arg;
	if (cg_file_read(dir_fd, "freezer.state", state, sizeof(state)) > 0 && strncmp(state, "FR", 2) == 0)
		cg_file_write(dir_fd, "freezer.state", "THAWED");
	return 0;
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

/* ---- the cgroups of a record, opened ---- */

struct cg_open {
	int fd[CG_HIER_MAX];
	int freezer_fd;              /* v1, not owned; -1 = none */
};

static void open_close(struct cg_open *o)
{
	for (size_t i = 0; i < CG_HIER_MAX; i++)
		fd_close(&o->fd[i]);
}

/* Open what is still there and is what was recorded. Return: 0 or -errno */
static int open_refs(const struct cg_refs *refs, struct cg_open *o, struct err *e)
{
	for (size_t i = 0; i < CG_HIER_MAX; i++)
		o->fd[i] = -1;
	o->freezer_fd = -1;
	for (size_t i = 0; i < refs->n; i++) {
		const struct cg_ref *ref = &refs->v[i];
		_close_fd int root_fd = -1, dir_fd = cg_dir_peek(ref->mount, ref->path);
		uint64_t ino;
		char state[16];

		if (dir_fd == -ENOENT)
			continue;
		root_fd = cg_root_open(ref->mount, ref->v2, e);
		if (root_fd < 0)
			return root_fd;
		fd_close(&dir_fd);
		dir_fd = cg_dir_open(root_fd, ref->path);
		if (dir_fd == -ENOENT)
			continue;
		if (dir_fd < 0)
			return err_code(e, dir_fd, ERR_CGROUP, "open cgroup %s%s", ref->mount, ref->path);
		if (ref->ino && (cg_dir_ino(dir_fd, &ino) < 0 || ino != ref->ino))
			continue;        /* someone else's of the same name */
		o->fd[i] = take_fd(&dir_fd);
		if (!ref->v2 && cg_file_read(o->fd[i], "freezer.state", state, sizeof(state)) > 0)
			o->freezer_fd = o->fd[i];
	}
	return 0;
}

/* ---- kill ---- */

static int still_there(const struct cg_ref *ref, int dir_fd, struct err *e)
{
	char who[96];

	cg_someone(dir_fd, who, sizeof(who));
	return err_set(e, -ETIMEDOUT, ERR_CGROUP, "cgroup %s%s: process %s cannot be killed in time", ref->mount,
		       ref->path, who);
}

/* Wait until cgroup.events of a v2 cgroup says that it is empty. Return: 1 empty, 0 time is up, -errno */
static int wait_empty_v2(int dir_fd, int64_t deadline)
{
	_close_fd int events_fd = cg_file_open(dir_fd, "cgroup.events", O_RDONLY);

	if (events_fd < 0)
		return events_fd;
	for (;;) {
		struct pollfd p = { .fd = events_fd, .events = POLLPRI };
		uint64_t populated = 0;
		char text[256];
		ssize_t n = pread(events_fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			return errno == ENODEV ? 1 : -errno;
		text[n] = '\0';
		if (cg_file_field(dir_fd, "cgroup.events", "populated", &populated) != 1 || !populated)
			return 1;
		if (deadline_left(deadline) == 0)
			return 0;
		if (poll(&p, 1, deadline_left(deadline)) < 0 && errno != EINTR)
			return -errno;
	}
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

/* Signal, thaw, wait, until the tree is empty. Return: 1 empty, 0 time is up, -errno */
static int kill_tree(const struct cg_open *o, int dir_fd, int64_t deadline)
{
	for (unsigned round = 0;; round++) {
		struct signal_walk walk = { .signal = SIGKILL };
		int r;

		if (round >= ROUNDS_BEFORE_FREEZE && o->freezer_fd >= 0)
			freeze_v1(o->freezer_fd);
		r = cg_dir_each(dir_fd, signal_dir, &walk);
		if (o->freezer_fd >= 0 && walk.found)
			cg_dir_each(o->freezer_fd, thaw_dir, NULL);
		if (r < 0)
			return r;
		if (!walk.found)
			return 1;
		if (deadline_left(deadline) == 0)
			return 0;
		wait_for(walk.first, deadline);
	}
}

static int kill_ref(const struct cg_refs *refs, const struct cg_open *o, size_t i, int64_t deadline,
		    struct err *e)
{
	const struct cg_ref *ref = &refs->v[i];
	int r = -ENOENT;

	if (ref->v2 && cg_file_write(o->fd[i], "cgroup.kill", "1") == 0) {
		if (o->freezer_fd >= 0)      /* frozen by v1 while it is killed by v2 */
			cg_dir_each(o->freezer_fd, thaw_dir, NULL);
		r = wait_empty_v2(o->fd[i], deadline);
	} else {
		r = kill_tree(o, o->fd[i], deadline);
	}
	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "kill the processes of cgroup %s%s", ref->mount, ref->path);
	return r == 0 ? still_there(ref, o->fd[i], e) : 0;
}

int cg_kill(const struct cg_refs *refs, int limit_ms, struct err *e)
{
	struct cg_open o __attribute__((cleanup(open_close)));
	int64_t deadline = deadline_ms(limit_ms);
	int r = open_refs(refs, &o, e);

	for (int v2 = 1; v2 >= 0; v2--)      /* v2 first: its way is the surest */
		for (size_t i = 0; i < refs->n && r == 0; i++)
			if (o.fd[i] >= 0 && refs->v[i].v2 == (v2 == 1))
				r = kill_ref(refs, &o, i, deadline, e);
	return r;
}

int cg_signal(const struct cg_refs *refs, int signal, struct err *e)
{
	struct cg_open o __attribute__((cleanup(open_close)));
	struct signal_walk walk = { .signal = signal };
	int r = open_refs(refs, &o, e);
	size_t chosen = refs->n;

	/* Each process is in all of the hierarchies: one of them is enough, and sends one signal each. */
	for (size_t i = 0; i < refs->n; i++)
		if (o.fd[i] >= 0 && (chosen == refs->n || refs->v[i].v2))
			chosen = i;
	if (r < 0 || chosen == refs->n)
		return r;
	r = cg_dir_each(o.fd[chosen], signal_dir, &walk);
	return r < 0 ? err_code(e, r, ERR_CGROUP, "signal the processes of cgroup %s%s",
				refs->v[chosen].mount, refs->v[chosen].path) : 0;
}
