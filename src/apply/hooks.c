// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hooks.c - run the hooks of one kind, in order
 *
 * Runs in the container's first process too: nothing is allocated, and the state document on the hook's
 * standard input is put together from texts that were made before.
 *
 * Spec: config.md, "POSIX-platform Hooks"; runtime.md, "Lifecycle".
 */
#include "apply/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/codes.h"
#include "base/pid.h"
#include "base/spawn.h"

#define OUTPUT_SIZE 4096
#define QUOTE_BYTES 120          /* of the end of the output, in the error */

/* The end of what a hook wrote, fit for one line; "" when it wrote nothing */
static void quote_end(const char *output, char *ret, size_t size)
{
	size_t len = strlen(output), start;
	char escaped[QUOTE_BYTES + 32];

	while (len > 0 && strchr("\n\r\t ", output[len - 1]))
		len--;
	start = len > QUOTE_BYTES ? len - QUOTE_BYTES : 0;
	while (start > 0 && start < len && (output[start] & 0xc0) == 0x80)
		start++;             /* not in the middle of a character */
	text_escape(escaped, sizeof(escaped), output + start, len - start);
	snprintf(ret, size, "%s%s%s%s", len ? ": \"" : "", start ? "..." : "", escaped, len ? "\"" : "");
}

/* Put in words how a hook ended that did not end well. */
static int hook_failed(const struct hook_plan *h, int r, int status, const char *output, struct err *e)
{
	char quote[QUOTE_BYTES + 48], path[84];

	quote_end(output, quote, sizeof(quote));
	text_escape(path, sizeof(path), h->path, strlen(h->path));
	if (r == -ETIMEDOUT && deadline_spent())
		err_set(e, r, ERR_HOOK_TIMEOUT, "hook %s was killed: the time of --timeout was up%s",
			path, quote);
	else if (r == -ETIMEDOUT)
		err_set(e, r, ERR_HOOK_TIMEOUT, "hook %s was killed: not done after %u.%03u s%s", path,
			h->timeout_ms / 1000, h->timeout_ms % 1000, quote);
	else if (r < 0)
		err_code(e, r, ERR_HOOK, "run hook %s", path);
	else if (WIFSIGNALED(status))
		r = err_set(e, -ECHILD, ERR_HOOK, "hook %s was killed by signal %d%s", path, WTERMSIG(status),
			    quote);
	else
		r = err_set(e, -ECHILD, ERR_HOOK, "hook %s ended with code %d%s", path, WEXITSTATUS(status),
			    quote);
	err_place(e, "%s", h->where);
	return r;
}

static int hook_run(const struct hook_plan *h, const struct hook_state *state, const char *const *input,
		    const char *const *env, struct err *e)
{
	char output[OUTPUT_SIZE];
	struct spawn s = {
		.path = h->path,
		.argv = h->argv,
		.envp = h->envp ? h->envp : env,
		.input = input,
		.output = output,
		.output_size = sizeof(output),
		.out_fd = state->out_fd,
		.err_fd = state->err_fd,
		.timeout_ms = h->timeout_ms,
	};
	int status = 0, r = spawn_run(&s, &status);

	return r < 0 || status != 0 ? hook_failed(h, r, status, output, e) : 0;
}

int hooks_run(const struct hooks_plan *hooks, const struct hook_state *state, pid_t pid,
	      const char *const *env, struct err *e)
{
	char number[16];
	const char *input[] = { state->before, number, state->after, NULL };

	snprintf(number, sizeof(number), "%d", pid);
	for (size_t i = 0; i < hooks->n; i++) {
		int r = hook_run(&hooks->v[i], state, input, env, e);

		if (r < 0)
			return r;
	}
	return 0;
}

void hooks_run_each(const struct hooks_plan *hooks, const struct hook_state *state, pid_t pid,
		    void (*warn)(const char *text))
{
	for (size_t i = 0; i < hooks->n; i++) {
		const struct hooks_plan one = { .v = hooks->v + i, .n = 1 };
		struct err e = { 0 };

		if (hooks_run(&one, state, pid, NULL, &e) == 0 || !warn)
			continue;
		if (e.path[0])
			err_prefix(&e, "%s: ", e.path);
		warn(e.text);
	}
}
