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
 * tests/fault/trace.h says how they are numbered. REPORT gets a line "PROCESS PID CALLS" for each process,
 * and a last line "killed" or "held" if the point was reached.
 * Exit: 0 the command has ended, however; 1 it took longer than TRACE_LIMIT_SECONDS; 2 trouble of our own.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fault/trace.h"

static long at_process = -1, at_call = -1;
static const char *text;        /* NULL: kill */
static bool twice;
static bool reached;            /* the point; with -X, its end */

static void run_text(void)
{
	if (system(text) != 0) {
		fprintf(stderr, "inject: fails: %s\n", text);
		exit(2);
	}
}

static bool is_point(const struct traced *p)
{
	return !reached && p->number == at_process && p->calls == at_call;
}

static bool on_call(struct traced *p)
{
	if (!is_point(p))
		return false;
	if (!text)
		kill(p->pid, SIGKILL);
	else
		run_text();
	reached = !p->in_call || !twice;
	return !text;
}

/* A call that is never left */
static void on_end(struct traced *p)
{
	if (!twice || !is_point(p))
		return;
	run_text();
	reached = true;
}

static bool matters(const struct traced *p)
{
	(void)p;
	return !reached;
}

static void report(const char *file)
{
	FILE *f = fopen(file, "we");

	if (!f)
		trace_die(file);
	for (int i = 0; i < n_traced; i++)
		fprintf(f, "%d %d %ld\n", i, (int)traced[i].pid, traced[i].calls);
	if (reached)
		fprintf(f, "%s\n", text ? "held" : "killed");
	if (fclose(f))
		trace_die(file);
}

int main(int argc, char **argv)
{
	static const struct tracer tracer = { .on_call = on_call, .on_end = on_end, .matters = matters };
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
	trace(&tracer, argv + at + 1);
	report(argv[at]);
	return 0;
}
