// SPDX-License-Identifier: LGPL-2.1-or-later
/* trace.c - follow a command and everything it starts, call by call */
#include "tests/fault/trace.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80)   /* with PTRACE_O_TRACESYSGOOD */

struct traced traced[TRACED_MAX];
int n_traced;
static const struct tracer *tracer;

void trace_die(const char *what)
{
	perror(what);
	exit(2);
}

void trace_kill_all(void)
{
	for (int i = 0; i < n_traced; i++)
		if (!traced[i].ended)
			kill(traced[i].pid, SIGKILL);
}

/* A pid that has ended may come again as another process. */
static struct traced *traced_of(pid_t pid)
{
	for (int i = n_traced - 1; i >= 0; i--)
		if (traced[i].pid == pid && !traced[i].ended)
			return &traced[i];
	if (n_traced == TRACED_MAX) {
		fprintf(stderr, "more than %d processes\n", TRACED_MAX);
		exit(2);
	}
	traced[n_traced].pid = pid;
	traced[n_traced].number = n_traced;
	return &traced[n_traced++];
}

/* Return: true = the process is dead, do not continue it */
static bool on_call(struct traced *p)
{
	p->in_call = !p->in_call;
	if (p->in_call)
		p->calls++;
	return tracer->on_call(p);
}

/* Return: the signal to hand on, 0 = none, -1 = the process is dead */
static int on_stop(struct traced *p, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	unsigned long child = 0;

	if (sig == SYSCALL_STOP)
		return on_call(p) ? -1 : 0;
	if (event == PTRACE_EVENT_EXEC) {
		p->in_call = true;      /* execve is left by a stop of its own */
		if (tracer->on_exec)
			tracer->on_exec(p);
	}
	if (event) {
		if (event < PTRACE_EVENT_EXEC && ptrace(PTRACE_GETEVENTMSG, p->pid, 0, &child) == 0)
			traced_of((pid_t)child);
		return 0;
	}
	return sig;
}

/* Return: the wait status of the command */
static int follow(pid_t command)
{
	for (;;) {
		int status, sig;
		pid_t pid = waitpid(-1, &status, __WALL);
		struct traced *p;

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			trace_die("waitpid");
		p = traced_of(pid);
		if (!WIFSTOPPED(status)) {
			p->ended = true;
			if (tracer->on_end)
				tracer->on_end(p);
			if (pid == command)
				return status;
			continue;
		}
		sig = on_stop(p, status);
		if (sig >= 0)
			ptrace(tracer->matters(p) ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, sig);
	}
}

static pid_t launch(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		trace_die("fork");
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		trace_die("waitpid");
	/* Not TRACEME: its children would begin with a SIGSTOP, which stays with them when we end. */
	if (ptrace(PTRACE_SEIZE, pid, 0,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			   PTRACE_O_TRACEEXEC) < 0)
		trace_die("ptrace");
	traced_of(pid);
	kill(pid, SIGCONT);
	return pid;
}

static void on_alarm(int sig)
{
	(void)sig;
	trace_kill_all();
	if (tracer->on_limit)
		tracer->on_limit();
	_exit(1);
}

int trace(const struct tracer *t, char **argv)
{
	tracer = t;
	signal(SIGALRM, on_alarm);
	alarm(TRACE_LIMIT_SECONDS);
	return follow(launch(argv));
}
