// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * stages.c - what the lives of a container's first process (init.c) and of a process of exec (join.c)
 * are made of
 *
 * Both begin as a copy of the parent and read what to do from the plan; they allocate nothing and parse
 * nothing. Until the parent has let them go they must die with it: the death signal is armed first of
 * all, armed again after each change of credentials (the kernel clears it then, prctl(2)), and they
 * never wait for anything but the parent's socket, whose end means the same.
 */
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "apply/child.h"
#include "apply/selfexe.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/sys.h"

/* ---- die with the parent ---- */

int child_arm(const struct child *c, struct err *e)
{
	struct pollfd p = { .fd = c->sync.fd };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(e, ERR_SYSTEM, "arm the death signal");
	/* The parent may have died before: then its end of the channel is closed already. */
	if (poll(&p, 1, 0) > 0 && p.revents & POLLHUP)
		_exit(1);
	return 0;
}

int child_disarm(struct err *e)
{
	return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0
		       ? err_sys(e, ERR_SYSTEM, "disarm the death signal")
		       : 0;
}

void child_signals(uint64_t ignored)
{
	sigset_t none;

	/* handlers go at the execve; what is ignored stays ignored (execve(2)) */
	for (int sig = 1; sig < NSIG; sig++)
		if (ignored >> (sig - 1) & 1)
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Nobody in a namespace that is joined may trace us, or look at our fds (security: D8). */
int child_hide(struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, ERR_SYSTEM, "become untraceable");
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, -EPERM, ERR_SYSTEM, "the process is still traceable");
	return 0;
}

/* ---- enter ---- */

static pid_t clone_on(struct child *c, struct clone_args *args)
{
	pid_t pid;

	if (c->into_fd >= 0) {
		args->flags |= CLONE_INTO_CGROUP;
		args->cgroup = (unsigned)c->into_fd;
		c->is_inside = true;
	}
	pid = sys_clone3(args);
	if (pid >= 0 || !c->is_inside || errno == EAGAIN)
		return pid;
	/* Not with the rights that are left: then it enters through a file that the parent opens. */
	c->is_inside = false;
	args->flags &= ~(uint64_t)CLONE_INTO_CGROUP;
	return sys_clone3(args);
}

/*
 * The process that goes on is a child of our parent, not ours: the parent can wait for it, and its pid
 * as our pid namespace has it is told to the parent by us, who end here. It says nothing before that: it
 * waits for the end of a pipe that we hold open.
 */
int child_fork(struct child *c, uint64_t flags, struct err *e)
{
	int pid_fd = -1, said[2];
	struct clone_args args = {
		.flags = flags | CLONE_PARENT | CLONE_PIDFD,
		.pidfd = (uintptr_t)&pid_fd,
	};
	pid_t pid;

	if (pipe2(said, O_CLOEXEC) < 0)
		return err_sys(e, ERR_SYSTEM, "make a pipe");
	pid = clone_on(c, &args);
	if (pid < 0)
		return err_sys(e, ERR_NS, "make the process inside the namespaces%s",
			       errno == EAGAIN ? " (a limit on processes, such as pids.max, is reached)" : "");
	if (pid > 0) {
		if (sync_send(&c->sync, MSG_ENTERED, pid, &pid_fd, 1, e) < 0)
			_exit(1);
		close(said[1]); /* sooner than the end of a process, which takes a while */
		_exit(0);
	}
	close(said[1]);
	c->sync.state = SYNC_ENTERED; /* has been said for us */
	c->sync.sent++;
	TRY(child_arm(c, e));
	while (read(said[0], &(char){ 0 }, 1) < 0 && errno == EINTR)
		;
	close(said[0]);
	return 0;
}

int child_session(struct child *c, struct err *e)
{
	const struct plan *plan = c->plan;

	if (setsid() < 0 && errno != EPERM)
		return err_sys(e, ERR_SYSTEM, "start a session");
	if (!plan->process.new_keyring)
		return 0;
	return lsm_keyring(c, e);
}

int child_protect(struct child *c, struct err *e)
{
	if (!c->exe_needed)
		return 0;
	if (c->exe_fd < 0)
		TRY(selfexe_open(c->host_proc_fd, c->exe_path, &c->exe_fd, &c->exe_tree_fd, e));
	TRY(selfexe_replace(c->exe_fd, c->exe_tree_fd, e));
	fd_close(&c->exe_fd);
	fd_close(&c->exe_tree_fd);
	c->exe_needed = false;
	return 0;
}

int child_keep_only(struct child *c, const int *fds, size_t n, struct err *e)
{
	unsigned first = 3 + c->plan->process.n_fds;

	for (;;) {
		int next = INT_MAX;

		for (size_t i = 0; i < n; i++)
			if (fds[i] >= (int)first && fds[i] < next)
				next = fds[i];
		if (next == INT_MAX)
			break;
		if ((unsigned)next > first && sys_close_range(first, (unsigned)next - 1, 0) < 0)
			return err_sys(e, ERR_SYSTEM, "close fds");
		first = (unsigned)next + 1;
	}
	return sys_close_range(first, ~0U, 0) < 0 ? err_sys(e, ERR_SYSTEM, "close fds") : 0;
}

/* ---- become ---- */

int child_become(struct child *c, struct err *e)
{
	const struct process_plan *p = &c->plan->process;

	TRY(exec_environment(c, e));
	TRY(creds_attributes(p, e));
	TRY(lsm_apply(c, e));
	fd_limit_restore();
	TRY(creds_limits(p, e));
	/* Everything but the caller's own fds goes at the execve, not before: errors must still be told. */
#ifndef WEAKEN_FDS
	if (sys_close_range(3 + p->n_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(e, ERR_SYSTEM, "mark the fds to be closed");
#endif
	TRY(creds_switch(c, e));
	/* what they execute is the image's: with no more rights than its program */
	TRY(hooks_run(&c->plan->hooks[HOOK_START_CONTAINER], &c->hook_state[HOOK_START_CONTAINER],
		      getpid(), (const char *const *)p->envp, e));
	return exec_become(c, e);
}

/* ---- the life ---- */

_Noreturn void child_live(struct child *c, child_stage *const stages[STAGE__MAX])
{
	struct err e = { 0 };
	unsigned stage;

	deadline_limit(-1); /* it is the parent's: who kills us when it is up */
	for (stage = STAGE_ENTER; stage < STAGE__MAX; stage++)
		if (stages[stage](c, &e) < 0)
			break;
	/* a closed channel: the parent is gone, there is nobody to tell */
	e.stage = (uint16_t)stage;
	if (e.code)
		sync_fail(&c->sync, &e);
	_exit(1);
}
