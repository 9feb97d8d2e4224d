/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tap.c - the harness itself: a failing check, a crash and a skip are told apart
 *
 * Runs small sets of checks by tap_run() with its output caught, and looks at the lines.
 */
#include "tests/lib/tap.h"

static void fails(void)
{
	is_int(1, 2);
	is_str("a", NULL);
	is_err(-2, 3);
	has_str("abc", "d");
}

static void holds(void)
{
	is_int(UINT64_MAX, UINT64_MAX);
	is_str(NULL, NULL);
	is_err(-2, 2);
	has_str("abc", "bc");
	ok(true);
}

static void crashes(void)
{
	abort();
}

static void skips(void)
{
	skip("no reason");
}

/* Run @run as a test of its own, its lines into @out. Return: whether it passed. */
static bool inner(void (*run)(void), char *out, size_t size)
{
	struct tap_test t = { "inner", run, NULL };
	struct tap_result *outer = tap_result, mine_at_start = *outer;
	int pipe_fd[2], saved_fd = dup(STDOUT_FILENO);
	bool passed;
	ssize_t n;

	if (pipe(pipe_fd) < 0 || saved_fd < 0)
		abort();
	fflush(stdout);
	dup2(pipe_fd[1], STDOUT_FILENO);
	passed = tap_run(&t, 7);
	fflush(stdout);
	dup2(saved_fd, STDOUT_FILENO);
	*outer = mine_at_start;
	n = read(pipe_fd[0], out, size - 1);
	out[n < 0 ? 0 : n] = '\0';
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	close(saved_fd);
	return passed;
}

TEST(failing_checks_fail_the_test)
{
	char out[4096];

	ok(!inner(fails, out, sizeof(out)));
	has_str(out, "not ok 7 - inner");
	has_str(out, "unit/tap.c:11: 1 is 1, want 2");
	has_str(out, ": \"a\" is \"a\", want \"(null)\"");
	has_str(out, ": -2 is -2, want -3");
	has_str(out, "want in it \"d\"");
}

TEST(holding_checks_pass)
{
	char out[4096];

	ok(inner(holds, out, sizeof(out)));
	is_str(out, "ok 7 - inner\n");
}

TEST(crash_fails_the_test)
{
	char out[4096];

	ok(!inner(crashes, out, sizeof(out)));
	has_str(out, "ended by signal 6");
	has_str(out, "not ok 7 - inner");
}

TEST(skip_is_no_failure)
{
	char out[4096];

	ok(inner(skips, out, sizeof(out)));
	is_str(out, "ok 7 - inner # SKIP no reason\n");
}

TAP_MAIN
