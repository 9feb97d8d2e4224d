/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tap.h - the test harness: one header, TAP on standard output
 *
 *	TEST(parses_zero)
 *	{
 *		is_int(parse_u32("0", &v), 0);
 *	}
 *	TAP_MAIN
 *
 * Each test is one TAP line and runs in a child of its own, so a crash, an exit or a hang (60 s,
 * or TAP_SECONDS) fails that test alone. Checks print file:line when they fail, let the test go on, and return
 * whether they held: if (!ok(p)) return;
 * Arguments of the program are names of tests: only those are run.
 */
#ifndef TAPER_TAP_H
#define TAPER_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct tap_test {
	const char *name;
	void (*run)(void);
	struct tap_test *next;
};

/* What the child tells the parent: shared memory. */
struct tap_result {
	unsigned failed;           /* checks that did not hold */
	char skip[160];            /* reason, "" = not skipped */
};

static struct tap_test *tap_first, **tap_end = &tap_first;
static struct tap_result *tap_result;

#define TEST(n)                                                                                    \
	static void test_##n(void);                                                                \
	static struct tap_test tap_##n = { #n, test_##n, NULL };                                   \
	__attribute__((constructor)) static void tap_add_##n(void)                                 \
	{                                                                                          \
		*tap_end = &tap_##n;                                                               \
		tap_end = &tap_##n.next;                                                           \
	}                                                                                          \
	static void test_##n(void)

/* ok() - @cond is true */
#define ok(cond) tap_check((cond), __FILE__, __LINE__, "not true: %s", #cond)

/* is_int() - two integers of any type are equal */
#define is_int(got, want) tap_int((intmax_t)(got), (intmax_t)(want), #got, __FILE__, __LINE__)

/* is_err() - a function returned -@want */
#define is_err(ret, want) tap_int((intmax_t)(ret), -(intmax_t)(want), #ret, __FILE__, __LINE__)

/* is_str() - two strings are equal; NULL equals NULL only */
#define is_str(got, want) tap_str((got), (want), false, #got, __FILE__, __LINE__)

/* has_str() - string @got contains @part */
#define has_str(got, part) tap_str((got), (part), true, #got, __FILE__, __LINE__)

__attribute__((unused, format(printf, 4, 5)))
static bool tap_check(bool held, const char *file, int line, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	if (held)
		return true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *nl = text; (nl = strchr(nl, '\n')); nl++)
		*nl = ' ';         /* a diagnostic is one line */
	printf("# %s:%d: %s\n", file, line, text);
	tap_result->failed++;
	return false;
}

__attribute__((unused))
static bool tap_int(intmax_t got, intmax_t want, const char *what, const char *file, int line)
{
	return tap_check(got == want, file, line, "%s is %jd, want %jd", what, got, want);
}

__attribute__((unused))
static bool tap_str(const char *got, const char *want, bool part, const char *what,
		    const char *file, int line)
{
	bool held = got && want ? (part ? strstr(got, want) != NULL : !strcmp(got, want))
				: got == want && !part;

	return tap_check(held, file, line, "%s is \"%s\", want %s\"%s\"", what,
			 got ? got : "(null)", part ? "in it " : "", want ? want : "(null)");
}

/* skip() - end this test without a verdict; says why */
__attribute__((unused, noreturn)) static void skip(const char *reason)
{
	snprintf(tap_result->skip, sizeof(tap_result->skip), "%s", reason);
	exit(0);
}

/* Return: true = passed or skipped */
static bool tap_run(const struct tap_test *t, unsigned n)
{
	int status = -1;
	bool held;
	pid_t pid;

	memset(tap_result, 0, sizeof(*tap_result));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		const char *seconds = getenv("TAP_SECONDS");

		alarm(seconds ? (unsigned)strtoul(seconds, NULL, 10) : 60);
		t->run();
		exit(0);           /* not _exit: leak checkers and coverage report at exit */
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	held = status == 0 && !tap_result->failed;
	if (status != 0)
		printf("# %s: ended by %s %d\n", t->name, WIFSIGNALED(status) ? "signal" : "exit",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	printf("%sok %u - %s%s%s\n", held ? "" : "not ", n, t->name,
	       tap_result->skip[0] ? " # SKIP " : "", tap_result->skip);
	return held;
}

static int tap_main(int argc, char **argv)
{
	unsigned n = 0, failed = 0;

	tap_result = mmap(NULL, sizeof(*tap_result), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tap_result == MAP_FAILED)
		return 99;
	for (const struct tap_test *t = tap_first; t; t = t->next) {
		bool wanted = argc < 2;

		for (int i = 1; i < argc; i++)
			wanted |= !strcmp(argv[i], t->name);
		if (wanted && !tap_run(t, ++n))
			failed++;
	}
	printf("1..%u\n", n);
	return failed || !n;
}

#define TAP_MAIN                                                                                   \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		return tap_main(argc, argv);                                                       \
	}

#endif
