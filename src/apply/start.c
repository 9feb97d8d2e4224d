// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * start.c - let a created container execute its program
 *
 * The connection to the waiting process stays open until its execve closes it, so that a failing
 * startContainer hook or execve is the error of start.
 */
#include <errno.h>
#include <signal.h>

#include "apply/agent.h"
#include "apply/cg_blame.h"
#include "apply/create.h"
#include "apply/hookstate.h"
#include "apply/refs.h"
#include "apply/sdnotify.h"
#include "apply/sync.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"

#define END_WAIT_MS 1000

static int check_status(const struct container *c, struct err *e)
{
	switch (c->status) {
	case STATUS_CREATED:
		return 0;
	case STATUS_PAUSED:
		return err_set(e, -EBUSY, ERR_STATUS, "cannot start a paused container: resume it first");
	case STATUS_RUNNING:
		return err_set(e, -EBUSY, ERR_STATUS, "cannot start an already running container");
	case STATUS_STOPPED:
		return err_set(e, -ESRCH, ERR_STATUS, "cannot start a container that has stopped");
	case STATUS_CREATING:
		return err_set(e, -EAGAIN, ERR_STATUS,
			       "cannot start a container that is still being created");
	case STATUS_UNKNOWN:
	case STATUS__MAX:
		break;
	}
	return err_set(e, -EINVAL, ERR_RECORD, "cannot start: the record is damaged: %.120s",
		       c->why_unknown.text);
}

static int hand_over(const struct container *c, struct arena *a, struct agent *agent, int listener_fd,
		     struct err *e)
{
	const struct oci_state st = {
		.id = c->id,
		.status = "creating",
		.bundle = c->rec->bundle,
		.annotations = c->rec->annotations,
		.pid = { true, c->rec->pid },
	};

	return agent_hand_over(agent, a, &st, c->rec->pid, listener_fd, e);
}

/* How release() ended, or the limit of the cgroup that has ended it. */
static int blame_limits(const struct container *c, int r, struct err *e)
{
	struct cg_refs refs = refs_of_record(c->rec);
	const struct cg_strikes never = { 0 }; /* nothing else has run in it yet */

	if (r == -EPIPE && !(e && e->code) && cg_blame_memory(&refs, &never, e) < 0)
		return -EPIPE;
	if (r == -EAGAIN)
		cg_blame_pids(&refs, &never, e);
	return r;
}

/* Say GO and listen until the channel closes. */
static int release(struct container *c, struct arena *a, struct agent *agent, struct err *e)
{
	struct sync s = SYNC_INIT(SIDE_PARENT);
	struct sync_packet m;
	int r = store_connect(c, "start.sock", &s.fd, e);

	if (r < 0)
		return r;
	s.state = SYNC_COMMITTED;
	s.peer_fd = c->pid_fd;
	if (c->rec->start_hooks)
		s.limit_ms = -1; /* they have limits of their own, and the peer's death is seen */
	r = sync_send(&s, MSG_GO, 0, NULL, 0, e);
	while (r == 0) {
		_close_fd int listener_fd = -1;
		size_t n = 1;

		r = sync_recv(&s, &m, &listener_fd, &n, e);
		if (r == 0 && m.type == MSG_LISTENER) {
			r = hand_over(c, a, agent, listener_fd, e);
			if (r < 0) /* it would run on, and wait for nobody */
				pid_kill(c->pid_fd, SIGKILL);
		}
	}
	fd_close(&s.fd);
	r = blame_limits(c, r, e);
	if (r == -EPIPE && e && !e->code)
		err_set(e, r, ERR_INIT_DIED,
			"the container's first process has died while it waited for start");
	return r < 0 ? r : 0;
}

static bool is_hook_error(const struct err *e)
{
	return e->id == ERR_HOOK || e->id == ERR_HOOK_TIMEOUT || e->id == ERR_PIDS;
}

int container_start(struct store *s, struct arena *a, struct container *c, struct err *e)
{
	_close_fd int notify_fd = -1;
	struct agent agent = AGENT_INIT;
	struct err why = { 0 };
	int r = check_status(c, e);

	if (r < 0)
		return r;
	agent.path = c->rec->agent;
	agent.metadata = c->rec->agent_metadata;
	r = agent_connect(&agent, e); /* before the program can be lost for the want of an agent */
	if (r < 0)
		return r;
	if (c->rec->notify_socket)
		r = sdnotify_listen(c, &notify_fd, &why);
	if (r == 0)
		r = release(c, a, &agent, &why);
	fd_close(&agent.sock_fd);
	if (r == 0)
		r = hookstate_poststart(a, c, &why);
	if (r == 0 && notify_fd >= 0)
		r = sdnotify_relay(notify_fd, c->pid_fd, c->rec->pid, c->rec->notify_socket, &why);
	if (r == 0)
		return 0;
	deadline_grace(UNDO_MS);
	if (r == -ETIMEDOUT && c->pid_fd >= 0) /* it must not execute its program when nobody waits */
		pid_kill(c->pid_fd, SIGKILL);
	/* it has told us why and is about to end: from here on it is stopped */
	if (c->pid_fd >= 0)
		pid_wait(c->pid_fd, END_WAIT_MS);
	/* runtime.md, "Lifecycle": after a failed hook the container is stopped and destroyed */
	if (is_hook_error(&why))
		container_destroy(s, a, c, &(struct destroy_args){ 0 }, NULL);
	if (e)
		*e = why;
	return r;
}
