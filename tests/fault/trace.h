/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trace.h - follow a command and everything it starts, call by call, with ptrace(2)
 *
 * Processes are numbered by birth from 0, the calls of each from 1. When the command has ended, whatever it
 * left goes on, untraced.
 */
#ifndef TESTS_FAULT_TRACE_H
#define TESTS_FAULT_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

#define TRACED_MAX 256
#define TRACE_LIMIT_SECONDS 20

struct traced {
	pid_t pid;
	int number;
	long calls;                  /* made so far, with the one it is in */
	bool in_call;
	bool ended;
};

/* What a program does with what it sees; NULL = nothing. */
struct tracer {
	/* a process enters (in_call) or leaves a call. Return: true = it is dead, do not continue it */
	bool (*on_call)(struct traced *p);
	void (*on_exec)(struct traced *p);
	void (*on_end)(struct traced *p);
	/* do its further calls matter? */
	bool (*matters)(const struct traced *p);
	/* it takes longer than TRACE_LIMIT_SECONDS, all processes have been killed; then the program exits with 1 */
	void (*on_limit)(void);
};

extern struct traced traced[TRACED_MAX];
extern int n_traced;

/**
 * trace() - run a command to its end
 *
 * Trouble of our own ends the program with exit status 2.
 * Return: its wait status
 */
int trace(const struct tracer *t, char **argv);

/* trace_kill_all() - SIGKILL for every process that is followed */
void trace_kill_all(void);

/* trace_die() - perror(3), and exit with 2 */
_Noreturn void trace_die(const char *what);

#endif
