// SPDX-License-Identifier: LGPL-2.1-or-later
/* pstable.c - the lines of a table of processes (cmd/pstable.c) */
#include "cmd/pstable.h"
#include "tests/lib/tap.h"

static uint32_t two[] = { 42, 1234 };
static const struct u32v pids = { two, 2 };

static const char *filter(const char *text)
{
	static struct arena arena;

	is_int(arena_open(&arena, 0), 0);
	return pstable_filter(&arena, text, &pids);
}

TEST(as_ps_ef_prints_it)
{
	is_str(filter("UID        PID  PPID CMD\n"
		      "root         1     0 init 42\n"
		      "root        42     1 sleep 1000\n"
		      "#1000     1234    42 sh -c 1\n"
		      "root     42000    42 other\n"),
	       "UID        PID  PPID CMD\n"
	       "root        42     1 sleep 1000\n"
	       "#1000     1234    42 sh -c 1\n");
}

TEST(pid_may_be_the_first_or_the_only_column)
{
	is_str(filter("    PID COMMAND\n     42 a\n      7 42\n"), "    PID COMMAND\n     42 a\n");
	is_str(filter("PID\n1234\n1"), "PID\n1234\n");
}

TEST(short_lines_are_no_processes)
{
	is_str(filter("USER PID\nroot\n\nroot 42"), "USER PID\nroot 42\n");
}

TEST(without_a_column_pid_there_is_no_answer)
{
	ok(filter("COMMAND\na\n") == NULL);
	ok(filter("PPID SPID\n42 42\n") == NULL);
	ok(filter("") == NULL);
	ok(filter("CMD\nPID\n") == NULL);
}

TAP_MAIN
