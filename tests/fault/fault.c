// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fault.c - let something go wrong in a system call of a command that is given by number
 *
 *	fault [-l] [-f P:N:WHAT]... REPORT COMMAND...
 *
 * tests/fault/trace.h says how processes and calls are numbered. When process P enters its N-th call, or for an N of
 * the form K@NUMBER its K-th call of that number, WHAT happens:
 *	kill     the process is killed
 *	all      all processes of the command are killed, as a service manager would do it
 *	short    a read or write of more than one byte is of half as many
 *	ERRNO    the call is not made and fails so (a number)
 *	lie      the call is not made and says that it was: it returns 0
 *	!TEXT    the process is held while the shell runs TEXT, and goes on
 * A fault that does not fit the call does not happen. Up to MAX_FAULTS; each happens once.
 *
 * REPORT gets lines
 *	call P N NUMBER WHAT...     with -l: each call of taper and what can go wrong in it (tests/fault/faults.h)
 *	hit P N NUMBER              a fault that has happened
 *	process P PID CALLS
 *	exit STATUS                 of the command, or: signal NUMBER
 * What a dynamic loader does before main() is not offered for errnos: it is not taper's, whose first call is
 * fcntl(0, F_GETFD).
 * Exit: 0 the command has ended, however; 1 it took longer than TRACE_LIMIT_SECONDS; 2 trouble of our own.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/faults.h"
#include "tests/fault/trace.h"

#define MAX_FAULTS 4
#define PROC_MAGIC 0x9fa0
#define SYSFS_MAGIC 0x62656572
#define CGROUP_MAGIC 0x27e0eb
#define CGROUP2_MAGIC 0x63677270

/* What else is known of a process, by its number */
struct known {
	bool is_other;               /* it executes another program: a hook, the container's */
	bool is_due;                 /* the call it is in is not made, but returns */
	long result;
};

struct fault {
	long process, call;
	long only, seen;             /* count calls of this number alone, -1 = all; how many there were */
	const char *what;
	bool done;
	long number;                 /* of the call that it has hit */
};

static struct known known[TRACED_MAX];
static struct fault faults[MAX_FAULTS];
static int n_faults;
static bool listing, in_main;
static FILE *report_file;
static int wait_status = -1;

static bool all_done(void)
{
	for (int i = 0; i < n_faults; i++)
		if (!faults[i].done)
			return false;
	return n_faults > 0 && !listing;
}

/* ---- what can go wrong in a call ---- */

/* Files of the kernel take a write whole or not at all; sockets of packets too. */
static bool can_be_short(const struct traced *p, long call, const unsigned long long args[6])
{
	char path[64];
	struct statfs fs;
	struct stat st;

	if ((call != SYS_read && call != SYS_write && call != SYS_pread64 && call != SYS_pwrite64) || args[2] < 2)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", p->pid, (int)args[0]);
	if (stat(path, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)))
		return false;
	if (call == SYS_read || call == SYS_pread64)
		return true;
	return statfs(path, &fs) == 0 && fs.f_type != PROC_MAGIC && fs.f_type != SYSFS_MAGIC &&
	       fs.f_type != CGROUP_MAGIC && fs.f_type != CGROUP2_MAGIC;
}

static void list_call(const struct traced *p, long call, const unsigned long long args[6])
{
	const int *v = faults_of(call);

	fprintf(report_file, "call %d %ld %ld", p->number, p->calls, call);
	for (int i = 0; in_main && v && i < FAULTS_MAX && v[i]; i++)
		if (v[i] != EBUSY || call == SYS_rmdir || (args[2] & AT_REMOVEDIR))
			fprintf(report_file, " %d", v[i]);
	if (in_main && can_be_short(p, call, args))
		fprintf(report_file, " short");
	fprintf(report_file, "\n");
}

/* ---- letting it happen ---- */

#ifdef __x86_64__
static void set_regs(pid_t pid, void (*change)(struct user_regs_struct *r, long value), long value)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, pid, 0, &r) < 0)
		return;
	change(&r, value);
	ptrace(PTRACE_SETREGS, pid, 0, &r);
}

static void to_call(struct user_regs_struct *r, long value)
{
	r->orig_rax = (unsigned long long)value;
}

static void to_result(struct user_regs_struct *r, long value)
{
	r->rax = (unsigned long long)value;
}

static void to_length(struct user_regs_struct *r, long value)
{
	r->rdx = (unsigned long long)value;
}
#else
#error "registers of this architecture are not known here"
#endif

/* Numbers of calls may shift between two runs: a call must not fail in a way that it never does. */
static bool can_fail_so(long call, const char *what)
{
	const int *v = faults_of(call);
	int wanted;

	if (what[0] < '0' || what[0] > '9')
		return true;
	wanted = (int)strtol(what, NULL, 10);
	for (int i = 0; v && i < FAULTS_MAX && v[i]; i++)
		if (v[i] == wanted)
			return true;
	return false;
}

/* Return: true = the process is dead, do not continue it */
static bool happen(struct fault *f, struct traced *p, long call, const unsigned long long args[6])
{
	if (!strcmp(f->what, "short") ? !can_be_short(p, call, args) : !can_fail_so(call, f->what))
		return false;
	f->done = true;
	f->number = call;
	if (!strcmp(f->what, "kill")) {
		kill(p->pid, SIGKILL);
		return true;
	}
	if (!strcmp(f->what, "all")) {
		trace_kill_all();
		return true;
	}
	if (f->what[0] == '!') {
		(void)!system(f->what + 1);
	} else if (!strcmp(f->what, "short")) {
		set_regs(p->pid, to_length, (long)(args[2] / 2));
	} else {
		known[p->number].is_due = true;
		known[p->number].result = strcmp(f->what, "lie") ? -strtol(f->what, NULL, 10) : 0;
		set_regs(p->pid, to_call, -1);
	}
	return false;
}

static bool is_due(struct fault *f, const struct traced *p, long call)
{
	if (f->done || p->number != f->process)
		return false;
	return f->only < 0 ? p->calls == f->call : call == f->only && ++f->seen == f->call;
}

/* Return: true = the process is dead, do not continue it */
static bool on_call(struct traced *p)
{
	struct __ptrace_syscall_info info = { 0 };
	unsigned long long args[6];
	bool dead = false;
	long call;

	if (!p->in_call) {
		if (known[p->number].is_due)
			set_regs(p->pid, to_result, known[p->number].result);
		known[p->number].is_due = false;
		return false;
	}
	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) < 0)
		return false;
	call = (long)info.entry.nr;
	for (int i = 0; i < 6; i++)
		args[i] = info.entry.args[i];
	in_main = in_main || (call == SYS_fcntl && args[0] == 0 && args[1] == F_GETFD);
	if (listing && !known[p->number].is_other)
		list_call(p, call, args);
	for (int i = 0; i < n_faults && !dead; i++)
		if (is_due(&faults[i], p, call))
			dead = happen(&faults[i], p, call, args);
	return dead;
}

/* What comes before it, such as env, is taken for taper's: it is not offered for errnos all the same. */
static bool is_taper(pid_t pid)
{
	char link[32], exe[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	n = readlink(link, exe, sizeof(exe) - 1);
	if (n < 0)
		return false;
	exe[n] = '\0';
	return !in_main || strstr(strrchr(exe, '/') ? strrchr(exe, '/') : exe, "taper");
}

static void on_exec(struct traced *p)
{
	known[p->number].is_other = !is_taper(p->pid);
}

static bool matters(const struct traced *p)
{
	return !all_done() || known[p->number].is_due;
}

static void write_report(void)
{
	for (int i = 0; i < n_faults; i++)
		if (faults[i].done)
			fprintf(report_file, "hit %ld %ld %ld\n", faults[i].process, faults[i].call,
				faults[i].number);
	for (int i = 0; i < n_traced; i++)
		fprintf(report_file, "process %d %d %ld\n", i, (int)traced[i].pid, traced[i].calls);
	if (WIFSIGNALED(wait_status))
		fprintf(report_file, "signal %d\n", WTERMSIG(wait_status));
	else
		fprintf(report_file, "exit %d\n", WEXITSTATUS(wait_status));
	if (fclose(report_file))
		trace_die("report");
}

static void add_fault(const char *text)
{
	char *end;

	if (n_faults == MAX_FAULTS)
		exit(2);
	faults[n_faults].process = strtol(text, &end, 10);
	faults[n_faults].call = *end == ':' ? strtol(end + 1, &end, 10) : -1;
	faults[n_faults].only = *end == '@' ? strtol(end + 1, &end, 10) : -1;
	if (*end != ':') {
		fprintf(stderr, "%s: want PROCESS:CALL:WHAT\n", text);
		exit(2);
	}
	faults[n_faults++].what = end + 1;
}

int main(int argc, char **argv)
{
	static const struct tracer tracer = {
		.on_call = on_call, .on_exec = on_exec, .matters = matters, .on_limit = write_report
	};
	int opt;

	while ((opt = getopt(argc, argv, "+lf:")) != -1) {
		if (opt == 'l')
			listing = true;
		else if (opt == 'f')
			add_fault(optarg);
		else
			return 2;
	}
	if (argc < optind + 2) {
		fprintf(stderr, "usage: fault [-l] [-f PROCESS:CALL:WHAT]... REPORT COMMAND...\n");
		return 2;
	}
	report_file = fopen(argv[optind], "we");
	if (!report_file)
		trace_die(argv[optind]);
	wait_status = trace(&tracer, argv + optind + 1);
	write_report();
	return 0;
}
