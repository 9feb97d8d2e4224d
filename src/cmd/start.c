// SPDX-License-Identifier: LGPL-2.1-or-later
/* start.c - let a created container execute its program */
#include "apply/create.h"
#include "cmd/app.h"

struct start_options {
	const char *timeout;
};

static const struct cli_option options_table[] = {
	APP_TIMEOUT_OPTION(struct start_options),
};

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct start_options *o = options;
	struct container c = CONTAINER_INIT;
	struct store s;
	int r = app_time_limit(o->timeout, e);

	if (r == 0)
		r = app_need_container(app, words->v[0], true, &s, &c, e);
	if (r == 0)
		r = container_start(&s, &app->arena, &c, e);
	container_close(&c);
	return r;
}

const struct cli_command cmd_start = {
	.name = "start",
	.args = "ID",
	.help = "let a created container execute its program",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct start_options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
