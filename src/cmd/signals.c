// SPDX-License-Identifier: LGPL-2.1-or-later
/* signals.c - the names of signals (signal(7)) */
#include "cmd/signals.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>

#include "base/str.h"

/* The kernel's range; SIGRTMIN of the C library leaves out those that it uses itself. */
#define SIGNAL_MAX 64

static const struct name_value names[] = {
	{ "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "BUS", SIGBUS },   { "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD },  { "CONT", SIGCONT }, { "FPE", SIGFPE },   { "HUP", SIGHUP },
	{ "ILL", SIGILL },   { "INT", SIGINT },   { "IO", SIGIO },     { "IOT", SIGABRT },
	{ "KILL", SIGKILL }, { "PIPE", SIGPIPE }, { "POLL", SIGPOLL }, { "PROF", SIGPROF },
	{ "PWR", SIGPWR },   { "QUIT", SIGQUIT }, { "SEGV", SIGSEGV }, { "STKFLT", SIGSTKFLT },
	{ "STOP", SIGSTOP }, { "SYS", SIGSYS },   { "TERM", SIGTERM }, { "TRAP", SIGTRAP },
	{ "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU }, { "URG", SIGURG },
	{ "USR1", SIGUSR1 }, { "USR2", SIGUSR2 }, { "VTALRM", SIGVTALRM }, { "WINCH", SIGWINCH },
	{ "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ },
};

/* @rest: what follows "RTMIN" or "RTMAX": nothing, or @sign and a number */
static int realtime(const char *rest, int base, char sign)
{
	uint32_t distance = 0;

	if (*rest && (*rest != sign ||
		      parse_u32(rest + 1, 0, (uint32_t)(SIGRTMAX - SIGRTMIN), &distance) < 0))
		return -EINVAL;
	return sign == '+' ? base + (int)distance : base - (int)distance;
}

int signal_parse(const char *text)
{
	char upper[24] = "";
	const char *name = upper, *rest;
	const struct name_value *found;
	uint32_t number;
	size_t len = strlen(text);

	/* 0 asks only whether there is a process (kill(2)) */
	if (parse_u32(text, 0, SIGNAL_MAX, &number) == 0)
		return (int)number;
	if (len >= sizeof(upper))
		return -EINVAL;
	for (size_t i = 0; i <= len; i++)
		upper[i] = (char)toupper((unsigned char)text[i]);
	rest = str_starts(upper, "SIG");
	if (rest)
		name = rest;
	rest = str_starts(name, "RTMIN");
	if (rest)
		return realtime(rest, SIGRTMIN, '+');
	rest = str_starts(name, "RTMAX");
	if (rest)
		return realtime(rest, SIGRTMAX, '-');
	found = name_find(names, ARRAY_SIZE(names), name);
	return found ? (int)found->value : -EINVAL;
}
