// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * inject.c - interfere with a process of a command at a system call that is given by number
 *
 *	inject REPORT COMMAND...              count
 *	inject -k P:N REPORT COMMAND...       SIGKILL process P when it enters its N-th system call
 *	inject -x P:N TEXT REPORT COMMAND...  hold it there while the shell command TEXT runs
 *	inject -X P:N TEXT REPORT COMMAND...  the same, and again when it leaves the call: what TEXT changes
 *	                                      and changes back is there for this one call only
 *
 * The command and everything it starts are followed by ptrace(2). Processes are numbered by birth from
 * 0, the calls of each from 1. REPORT gets a line "PROCESS PID CALLS" for each process, and a last line
 * "killed" or "held" if the point was reached. When the command has ended, whatever it left goes on, untraced.
 * Exit: 0 the command has ended, however; 1 it took longer than LIMIT_SECONDS; 2 trouble of our own.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX 256
#define LIMIT_SECONDS 20
#define SYSCALL_STOP (SIGTRAP | 0x80)   /* with PTRACE_O_TRACESYSGOOD */

struct process {
	pid_t pid;
	long calls;
	bool in_call;
	bool ended;
};

static struct process processes[PROCESSES_MAX];
static int n_processes;
static long at_process = -1, at_call = -1;
static const char *text;        /* NULL: kill */
static bool twice;
static bool reached;            /* the point; with -X, its end */

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* A pid that has ended may come again as another process. */
static struct process *process_of(pid_t pid)
{
	for (int i = n_processes - 1; i >= 0; i--)
		if (processes[i].pid == pid && !processes[i].ended)
			return &processes[i];
	if (n_processes == PROCESSES_MAX) {
		fprintf(stderr, "more than %d processes\n", PROCESSES_MAX);
		exit(2);
	}
	processes[n_processes].pid = pid;
	return &processes[n_processes++];
}

static void run_text(void)
{
	if (system(text) != 0) {
		fprintf(stderr, "inject: fails: %s\n", text);
		exit(2);
	}
}

/* Return: true = the process is dead, do not continue it */
static bool on_call(struct process *p)
{
	p->in_call = !p->in_call;
	if (p->in_call)
		p->calls++;
	if (reached || p - processes != at_process || p->calls != at_call)
		return false;
	if (!text)
		kill(p->pid, SIGKILL);
	else
		run_text();
	reached = !p->in_call || !twice;
	return !text;
}

/* Return: the signal to hand on, 0 = none, -1 = the process is dead */
static int on_stop(struct process *p, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	unsigned long child = 0;

	if (sig == SYSCALL_STOP)
		return on_call(p) ? -1 : 0;
	if (event == PTRACE_EVENT_EXEC)
		p->in_call = true;      /* execve is left by a stop of its own */
	if (event) {
		if (event < PTRACE_EVENT_EXEC && ptrace(PTRACE_GETEVENTMSG, p->pid, 0, &child) == 0)
			process_of((pid_t)child);
		return 0;
	}
	return sig;
}

static void follow(pid_t command)
{
	for (;;) {
		int status, sig;
		pid_t pid = waitpid(-1, &status, __WALL);
		struct process *p;

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return;
		p = process_of(pid);
		if (!WIFSTOPPED(status)) {
			p->ended = true;
			if (twice && !reached && p - processes == at_process && p->calls == at_call) {
				run_text(); /* a call that is never left */
				reached = true;
			}
			if (pid == command)
				return;
			continue;
		}
		sig = on_stop(p, status);
		if (sig >= 0)
			ptrace(reached ? PTRACE_CONT : PTRACE_SYSCALL, pid, 0, sig);
	}
}

static pid_t launch(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("waitpid");
	/* Not TRACEME: its children would begin with a SIGSTOP, which stays with them when we end. */
	if (ptrace(PTRACE_SEIZE, pid, 0,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			   PTRACE_O_TRACEEXEC) < 0)
		die("ptrace");
	process_of(pid);
	kill(pid, SIGCONT);
	return pid;
}

static void on_alarm(int sig)
{
	(void)sig;
	for (int i = 0; i < n_processes; i++)
		if (!processes[i].ended)
			kill(processes[i].pid, SIGKILL);
	_exit(1);
}

static void report(const char *file)
{
	FILE *f = fopen(file, "we");

	if (!f)
		die(file);
	for (int i = 0; i < n_processes; i++)
		fprintf(f, "%d %d %ld\n", i, (int)processes[i].pid, processes[i].calls);
	if (reached)
		fprintf(f, "%s\n", text ? "held" : "killed");
	if (fclose(f))
		die(file);
}

int main(int argc, char **argv)
{
	int at = 1;

	if (argc > 3 && (!strcmp(argv[1], "-k") || !strcmp(argv[1], "-x") || !strcmp(argv[1], "-X"))) {
		char *end;

		at_process = strtol(argv[2], &end, 10);
		at_call = *end == ':' ? strtol(end + 1, NULL, 10) : -1;
		text = argv[1][1] == 'k' ? NULL : argv[3];
		twice = argv[1][1] == 'X';
		at = text ? 4 : 3;
	}
	if (argc < at + 2) {
		fprintf(stderr, "usage: inject [-k P:N | -x P:N TEXT | -X P:N TEXT] REPORT COMMAND...\n");
		return 2;
	}
	signal(SIGALRM, on_alarm);
	alarm(LIMIT_SECONDS);
	follow(launch(argv + at + 1));
	report(argv[at]);
	return 0;
}
