// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * spawn.c - run a helper program and wait for it
 *
 * The child shares our memory until its execve (CLONE_VM | CLONE_VFORK): no page tables are copied, and
 * the errno of a failing execve comes back through a variable. It has a stack of its own, taken from
 * ours, and runs with all signals blocked, so that no handler of ours runs in it.
 *
 * We keep the reading end of its standard input open, so a program that does not read cannot give us
 * SIGPIPE. Waiting ends with the program, not with the last process that holds its output open.
 *
 * Sources: clone(2), vfork(2), prctl(2) PR_SET_PDEATHSIG, pipe(7).
 */
#include "base/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/pid.h"
#include "base/sys.h"

#define SPAWN_STACK 16384
#define SPAWN_REAP_MS 2000       /* how long a killed program may take to go away */

struct spawned {
	const struct spawn *s;
	int in_read_fd, in_write_fd; /* its standard input; the write end is ours */
	int out_read_fd, out_write_fd;
	int pid_fd;
	pid_t parent, pid;
	int exec_error;              /* errno, set by the child */
	const char *const *next;     /* text of the input that is being written, NULL = all is */
	size_t written;              /* bytes of it */
	size_t kept;                 /* bytes of output */
};

static void spawned_close(struct spawned *p)
{
	fd_close(&p->in_read_fd);
	fd_close(&p->in_write_fd);
	fd_close(&p->out_read_fd);
	fd_close(&p->out_write_fd);
	fd_close(&p->pid_fd);
}

/*
 * Runs in the child, in our memory. Ends it without the C library: its exit handlers are ours. Not
 * instrumented: the marks of the address sanitizer on this stack would outlive the child.
 */
__attribute__((no_sanitize("address"))) static int child_main(void *arg)
{
	struct spawned *p = arg;
	const struct spawn *s = p->s;
	struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t none;

	sigemptyset(&none);
	if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    dup2(p->in_read_fd, STDIN_FILENO) < 0 ||
	    dup2(s->out_fd > 0 ? s->out_fd : p->out_write_fd, STDOUT_FILENO) < 0 ||
	    dup2(s->err_fd > 0 ? s->err_fd : p->out_write_fd, STDERR_FILENO) < 0 ||
	    sigaction(SIGPIPE, &plain, NULL) < 0) {
		p->exec_error = errno;
	} else if (getppid() != p->parent) {
		p->exec_error = ESRCH;   /* died before the death signal was armed */
	} else {
		sys_close_range(STDERR_FILENO + 1, ~0U, 0);   /* blocked: all of ours are CLOEXEC anyway */
		fd_limit_restore();
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(s->path, (char *const *)(uintptr_t)s->argv,
		       s->envp ? (char *const *)(uintptr_t)s->envp : environ);
		p->exec_error = errno;
	}
	sys_exit(127);
	return 127;
}

/* Return: 0 or -errno; the program is running, or has failed with p->exec_error */
static int spawned_start(struct spawned *p)
{
	char stack[SPAWN_STACK] __attribute__((aligned(16)));
	sigset_t all, old;
	int error;

	p->parent = getpid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	p->pid = clone(child_main, stack + sizeof(stack),
		       CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, p, &p->pid_fd);
	error = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (p->pid < 0)
		return -error;
	fd_close(&p->out_write_fd);
	if (!p->next)
		fd_close(&p->in_write_fd);
	return 0;
}

/* Write input as far as the pipe takes it. Return: 0 or -errno */
static int spawned_feed(struct spawned *p)
{
	while (p->next && *p->next) {
		const char *rest = *p->next + p->written;
		size_t len = strlen(rest);
		ssize_t n = len ? write(p->in_write_fd, rest, len) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		p->written += (size_t)n;
		if ((size_t)n == len) {
			p->next++;
			p->written = 0;
		}
	}
	p->next = NULL;
	return 0;
}

/* Keep the last bytes of the output. */
static void spawned_keep(struct spawned *p, const char *data, size_t len)
{
	size_t room = p->s->output_size ? p->s->output_size - 1 : 0;
	char *out = p->s->output;

	if (room == 0)
		return;
	if (len >= room) {
		memcpy(out, data + (len - room), room);
		p->kept = room;
	} else {
		size_t drop = p->kept + len > room ? p->kept + len - room : 0;

		memmove(out, out + drop, p->kept - drop);
		memcpy(out + p->kept - drop, data, len);
		p->kept += len - drop;
	}
	out[p->kept] = '\0';
}

/* Read what is there; at the end of file the fd is closed. */
static void spawned_drain(struct spawned *p)
{
	char buf[4096];
	ssize_t n;

	/* Bounded: a background process of the program could write for ever. */
	for (int i = 0; i < 64; i++) {
		n = read(p->out_read_fd, buf, sizeof(buf));
		if (n > 0)
			spawned_keep(p, buf, (size_t)n);
		else if (n == 0 || (errno != EINTR && errno != EAGAIN))
			break;
		else if (errno == EAGAIN)
			return;
	}
	if (n <= 0)
		fd_close(&p->out_read_fd);
}

/* Feed and read until the program has ended. Return: 0, -ETIMEDOUT, -errno */
static int spawned_wait(struct spawned *p)
{
	int64_t deadline = deadline_ms(p->s->timeout_ms ? (int64_t)p->s->timeout_ms : -1);

	for (;;) {
		struct pollfd fds[3] = {
			{ .fd = p->pid_fd, .events = POLLIN },
			{ .fd = p->out_read_fd, .events = POLLIN },
			{ .fd = p->in_write_fd, .events = POLLOUT },
		};
		int left = deadline_left(deadline);
		int r = poll(fds, 3, left);

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r < 0)
			continue;
		if (fds[1].revents)
			spawned_drain(p);
		if (fds[0].revents)
			return 0;
		if (r == 0 || left == 0)
			return -ETIMEDOUT;
		if (fds[2].revents) {
			r = spawned_feed(p);
			if (r < 0)
				return r;
			if (!p->next)
				fd_close(&p->in_write_fd);
		}
	}
}

/* Return: 0 or -errno; a program that cannot be killed is left behind */
static int spawned_reap(struct spawned *p, int *ret_status)
{
	int r = pid_wait(p->pid_fd, SPAWN_REAP_MS);

	if (r <= 0)
		return r < 0 ? r : -ETIMEDOUT;
	do {
		r = waitpid(p->pid, ret_status, 0);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static int spawned_pipes(struct spawned *p)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	p->in_read_fd = fds[0];
	p->in_write_fd = fds[1];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	p->out_read_fd = fds[0];
	p->out_write_fd = fds[1];
	/* Standard descriptors must be open already, or dup2() in the child would close one of these. */
	assert(p->in_read_fd > STDERR_FILENO && p->out_read_fd > STDERR_FILENO);
	if (fcntl(p->in_write_fd, F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(p->out_read_fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return spawned_feed(p);
}

int spawn_run(const struct spawn *s, int *ret_status)
{
	struct spawned p __attribute__((cleanup(spawned_close))) = {
		.s = s, .next = s->input, .in_read_fd = -1, .in_write_fd = -1, .out_read_fd = -1, .out_write_fd = -1,
		.pid_fd = -1,
	};
	int r, status = 0, reaped;

	if (s->output_size)
		s->output[0] = '\0';
	r = spawned_pipes(&p);
	if (r == 0)
		r = spawned_start(&p);
	if (r < 0)
		return r;
	r = spawned_wait(&p);
	if (r < 0)                   /* not reaped yet, so the number cannot be another group's */
		kill(-p.pid, SIGKILL);
	reaped = spawned_reap(&p, &status);
	if (r < 0)
		return r;
	if (reaped < 0)
		return reaped;
	if (p.exec_error)
		return -p.exec_error;
	if (p.out_read_fd >= 0)
		spawned_drain(&p);
	*ret_status = status;
	return 0;
}
