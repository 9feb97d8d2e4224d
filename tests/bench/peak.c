/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peak.c - peak COMMAND [ARG]...: run a command; the last line is its peak resident set in KiB
 *
 * The largest process counts, the command's own or one that it has waited for. A process begins with
 * the peak of the program that started it, so this one stays small: static tables, no stdio before.
 */
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2)
		errx(2, "usage: peak COMMAND [ARG]...");
	pid = vfork();
	if (pid < 0)
		err(125, "peak: vfork");
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) < 0)
		err(125, "peak: wait4");
	printf("\n%ld\n", usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
