/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spawn.c - helper programs: status, input, output, timeout, nothing left behind (base/spawn.c) */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>

#include "base/spawn.h"
#include "tests/lib/tap.h"

static char output[128];

/* Run "sh -c @script". */
static int sh(const char *script, struct spawn *s, int *status)
{
	const char *argv[] = { "sh", "-c", script, NULL };

	s->path = "/bin/sh";
	s->argv = argv;
	s->output = output;
	s->output_size = sizeof(output);
	return spawn_run(s, status);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Not gone, and not merely waiting for its new parent to reap it */
static bool alive(pid_t pid)
{
	char path[64], line[256] = "", *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	p = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	return p && p[2] != 'Z' && p[2] != 'X';
}

TEST(status_and_output)
{
	int status = -1;

	is_int(sh("echo out; echo err >&2; exit 3", &(struct spawn){ 0 }, &status), 0);
	ok(WIFEXITED(status));
	is_int(WEXITSTATUS(status), 3);
	is_str(output, "out\nerr\n");
	is_int(sh("kill -9 $$", &(struct spawn){ 0 }, &status), 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(only_the_end_of_the_output_is_kept)
{
	int status = -1;

	is_int(sh("for i in 1 2 3 4 5 6 7 8 9; do printf '%060d' $i; done", &(struct spawn){ 0 }, &status), 0);
	is_int(strlen(output), sizeof(output) - 1);
	is_str(output + 126, "9");
	is_int(sh("head -c 300000 /dev/zero | tr '\\0' x; echo end", &(struct spawn){ 0 }, &status), 0);
	is_str(output + 123, "end\n");
}

TEST(input_of_any_length_then_eof)
{
	static char big[300000];
	const char *parts[] = { "he", "", "llo", NULL }, *large[] = { big, big, NULL };
	struct spawn s = { .input = parts };
	int status = -1;

	is_int(sh("cat", &s, &status), 0);
	is_str(output, "hello");
	memset(big, 'x', sizeof(big) - 1);
	s = (struct spawn){ .input = large };
	is_int(sh("wc -c", &s, &status), 0);
	is_str(output, "599998\n");
	is_int(sh("cat", &(struct spawn){ 0 }, &status), 0);
	is_str(output, "");
}

TEST(a_program_that_does_not_read_is_fine)
{
	static char big[300000];
	const char *large[] = { big, NULL };
	struct spawn s = { .input = large };
	int status = -1;

	memset(big, 'x', sizeof(big) - 1);
	signal(SIGPIPE, SIG_DFL);
	is_int(sh("exit 0", &s, &status), 0);
	is_int(status, 0);
	is_int(sh("exec <&-; exec sleep 0.05", &s, &status), 0);
	is_int(status, 0);
}

TEST(timeout_kills_the_whole_group)
{
	char file[] = "/tmp/taper-spawn-XXXXXX", text[32] = "";
	char script[128];
	struct spawn s = { .timeout_ms = 100 };
	double start = now();
	int status, fd = mkstemp(file);
	pid_t pid;

	snprintf(script, sizeof(script), "sleep 50 & echo $! >%s; wait", file);
	is_err(sh(script, &s, &status), ETIMEDOUT);
	ok(now() - start < 5);
	ok(read(fd, text, sizeof(text) - 1) > 0);
	unlink(file);
	pid = (pid_t)strtol(text, NULL, 10);
	for (int i = 0; i < 200 && alive(pid); i++)
		usleep(10000);
	ok(!alive(pid));
}

TEST(a_background_process_that_keeps_the_output_open_is_not_waited_for)
{
	double start = now();
	int status = -1;
	char *end;
	pid_t pid;

	is_int(sh("sleep 30 & echo $!", &(struct spawn){ 0 }, &status), 0);
	is_int(status, 0);
	ok(now() - start < 10);
	pid = (pid_t)strtol(output, &end, 10);
	ok(pid > 1);
	is_int(kill(pid, SIGKILL), 0);
}

TEST(what_cannot_be_executed)
{
	const char *argv[] = { "x", NULL };
	struct spawn s = { .path = "/nonexistent/x", .argv = argv };
	int status;

	is_err(spawn_run(&s, &status), ENOENT);
	s.path = "/dev/null";
	is_err(spawn_run(&s, &status), EACCES);
	s.path = "/";
	is_err(spawn_run(&s, &status), EACCES);
	is_int(waitpid(-1, &status, WNOHANG), -1);       /* nothing is left unreaped */
}

TEST(environment_signals_and_fds)
{
	const char *envp[] = { "A=1", NULL }, *const empty[] = { NULL };
	struct spawn s = { .envp = envp };
	int status = -1, fd = open("/dev/null", O_RDONLY), dup_fd = dup2(fd, 77);
	sigset_t set;

	is_int(dup_fd, 77);
	is_int(sh("echo \"$A$HOME\"", &s, &status), 0);
	is_str(output, "1\n");
	s.envp = empty;
	is_int(sh("echo \"$A\"", &s, &status), 0);
	is_str(output, "\n");
	setenv("TAPER_T", "inherited", 1);
	is_int(sh("echo $TAPER_T", &(struct spawn){ 0 }, &status), 0);
	is_str(output, "inherited\n");
	is_int(sh("test -e /proc/self/fd/77 || echo closed", &(struct spawn){ 0 }, &status), 0);
	is_str(output, "closed\n");

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	is_int(sh("grep -E 'SigBlk|SigIgn' /proc/self/status | tr -d '\\n'", &(struct spawn){ 0 }, &status), 0);
	has_str(output, "SigBlk:\t0000000000000000");
	sigprocmask(SIG_BLOCK, NULL, &set);
	ok(sigismember(&set, SIGTERM));
	ok(!sigismember(&set, SIGINT));
}

/* A caller that is killed takes the program with it. */
TEST(dies_with_its_caller)
{
	int p[2], status;
	char text[32] = "";
	pid_t pid, caller;

	is_int(pipe(p), 0);
	caller = fork();
	if (caller == 0) {
		char script[64];

		snprintf(script, sizeof(script), "echo $$ >/proc/%d/fd/%d; exec sleep 50", getpid(), p[1]);
		sh(script, &(struct spawn){ 0 }, &status);
		_exit(0);
	}
	ok(read(p[0], text, sizeof(text) - 1) > 0);
	pid = (pid_t)strtol(text, NULL, 10);
	kill(caller, SIGKILL);
	waitpid(caller, NULL, 0);
	for (int i = 0; i < 200 && alive(pid); i++)
		usleep(10000);
	ok(!alive(pid));
}

TAP_MAIN
