// SPDX-License-Identifier: LGPL-2.1-or-later
/* kill.c - send a signal to a container */
#include "apply/create.h"

#include <errno.h>
#include <signal.h>

#include "base/codes.h"
#include "cmd/app.h"
#include "cmd/signals.h"

struct kill_options {
	bool all;
	bool regex;
};

static const struct cli_option options_table[] = {
	CLI_OPT(struct kill_options, all, CLI_FLAG, "all", 'a',
		.help = "signal every process of the container, not only the first"),
	CLI_OPT(struct kill_options, regex, CLI_FLAG, "regex", 'r',
		.help = "ID is an extended regular expression: signal all that match"),
};

static int kill_one(struct app *app, const char *id, int signal, bool all, struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct store s;
	int r = app_need_container(app, id, false, &s, &c, e);

	if (r == 0)
		r = container_kill(&s, &c, signal, all, e);
	container_close(&c);
	return r;
}

/* Containers that end meanwhile are no failure: the pattern meant those that run. */
static int kill_matching(struct app *app, const char *regex, int signal, bool all, struct err *e)
{
	struct strv ids = { 0 };
	int r = app_match(app, regex, &ids, e);

	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		r = kill_one(app, ids.v[i], signal, all, e);
		if (r == -ESRCH || r == -ENOENT)
			r = 0;
		if (r < 0)
			err_prefix(e, "%.80s: ", ids.v[i]);
	}
	return r;
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct kill_options *o = options;
	int signal = words->n > 1 ? signal_parse(words->v[1]) : SIGTERM;

	if (signal < 0)
		return err_set(e, -EINVAL, ERR_USAGE, "unknown signal %.40s", words->v[1]);
	return o->regex ? kill_matching(app, words->v[0], signal, o->all, e)
			: kill_one(app, words->v[0], signal, o->all, e);
}

const struct cli_command cmd_kill = {
	.name = "kill",
	.args = "ID [SIGNAL]",
	.help = "send a signal to a container (default: TERM)",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct kill_options),
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
