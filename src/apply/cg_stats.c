// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_stats.c - what the cgroups of a container say, and when a process is killed for want of memory
 *
 * v1: an eventfd that is told through cgroup.event_control. v2: memory.events wakes a poll when it changes.
 * Both say only that something has happened; what is told is how "oom_kill" has grown.
 *
 * Sources: kernel admin-guide cgroup-v1/memory section 10 "OOM Control", cgroup-v2 "memory.events".
 */
#include "apply/cg_stats.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "apply/cg_dir.h"
#include "base/codes.h"
#include "base/fd.h"

const char *cg_stats_read(const struct cg_refs *refs, const struct cg_open *o, bool v2, const char *file,
			  char *buf, size_t size)
{
	for (size_t i = 0; i < refs->n; i++)
		if (o->fd[i] >= 0 && refs->v[i].v2 == v2 && cg_file_read(o->fd[i], file, buf, size) >= 0)
			return buf;
	return NULL;
}

static uint64_t count(const struct cg_oom *w)
{
	uint64_t n = w->seen;

	cg_file_field(w->dir_fd, w->v2 ? "memory.events" : "memory.oom_control", "oom_kill", &n);
	return n;
}

static int watch_v1(struct cg_oom *w)
{
	_close_fd int control_fd = cg_file_open(w->dir_fd, "memory.oom_control", O_RDONLY);
	_close_fd int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	char text[32];
	int r;

	if (control_fd < 0 || fd < 0)
		return control_fd < 0 ? control_fd : -errno;
	snprintf(text, sizeof(text), "%d %d", fd, control_fd);
	r = cg_file_write(w->dir_fd, "cgroup.event_control", text);
	if (r == 0)
		w->fd = take_fd(&fd);
	w->events = POLLIN;
	return r;
}

static int watch_v2(struct cg_oom *w)
{
	w->fd = cg_file_open(w->dir_fd, "memory.events", O_RDONLY);
	w->events = POLLPRI;
	return w->fd < 0 ? w->fd : 0;
}

int cg_oom_watch(const struct cg_refs *refs, const struct cg_open *o, struct cg_oom *ret, struct err *e)
{
	struct cg_oom w = { .fd = -1, .dir_fd = -1 };
	char text[256];
	int r;

	for (size_t i = 0; i < refs->n && w.dir_fd < 0; i++) {
		w.v2 = refs->v[i].v2;
		if (o->fd[i] >= 0 && cg_file_read(o->fd[i], w.v2 ? "memory.events" : "memory.oom_control", text,
						  sizeof(text)) >= 0)
			w.dir_fd = o->fd[i];
	}
	if (w.dir_fd >= 0) {
		r = w.v2 ? watch_v2(&w) : watch_v1(&w);
		if (r < 0)
			return err_code(e, r, ERR_CGROUP, "watch for processes killed for want of memory");
		w.seen = count(&w);
		cg_oom_new(&w);
	}
	*ret = w;
	return 0;
}

uint64_t cg_oom_new(struct cg_oom *w)
{
	char text[256];
	uint64_t now, before = w->seen;

	if (w->fd < 0)
		return 0;
	if (w->v2)
		(void)!pread(w->fd, text, sizeof(text), 0);
	else
		(void)!read(w->fd, text, sizeof(uint64_t));
	now = count(w);
	w->seen = now;
	return now > before ? now - before : 0;
}
