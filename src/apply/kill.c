// SPDX-License-Identifier: LGPL-2.1-or-later
/* kill.c - send a signal to a container, and to nothing else (security: R8) */
#include <errno.h>
#include <signal.h>

#include "apply/cg_freeze.h"
#include "apply/create.h"
#include "apply/refs.h"
#include "base/codes.h"
#include "base/pid.h"

static int kill_all(struct container *c, int signal, struct err *e)
{
	struct cg_refs refs = refs_of_record(c->rec);

	return refs.n ? cg_signal(&refs, signal, e) : pid_kill(c->pid_fd, signal);
}

int container_kill(struct store *s, struct container *c, int signal, bool all, struct err *e)
{
	int r;

	(void)s;
	if (c->status == STATUS_UNKNOWN)
		return err_set(e, -EINVAL, ERR_RECORD,
			       "cannot signal: the record is damaged: %.120s", c->why_unknown.text);
	if (c->status == STATUS_CREATING)
		return err_set(e, -EAGAIN, ERR_STATUS,
			       "container not running: it is still being created");
	if (c->status == STATUS_STOPPED) {
		/* engines ask for this after the first process has gone; what is left dies (CRI) */
		if (all && c->rec)
			return kill_all(c, signal, e);
		return err_set(e, -ESRCH, ERR_STATUS, "container not running");
	}
	/* Without a pid namespace of its own the rest would survive its first process. */
	if (all || (signal == SIGKILL && !c->rec->private_pid))
		r = kill_all(c, signal, e);
	else
		r = pid_kill(c->pid_fd, signal);
	if (r == 0 && signal == SIGKILL && c->status == STATUS_PAUSED) {
		struct cg_refs refs = refs_of_record(c->rec);

		r = cg_thaw_killed(&refs, e);
	}
	if (r == -ESRCH)
		return err_set(e, r, ERR_STATUS, "container not running");
	return r < 0 && !(e && e->code) ? err_code(e, r, ERR_SYSTEM, "send signal %d", signal) : r;
}
