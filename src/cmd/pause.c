// SPDX-License-Identifier: LGPL-2.1-or-later
/* pause.c - stop all processes of a container, and let them go on */
#include "apply/create.h"
#include "cmd/app.h"

#define SECONDS_MAX 3600
#define SECONDS_DEFAULT 10

struct pause_options {
	unsigned seconds;            /* 0 = the default */
};

static const struct cli_option options_table[] = {
	CLI_OPT(struct pause_options, seconds, CLI_NUMBER, "timeout", 0, .arg = "SECONDS",
		.max = SECONDS_MAX, .help = "give up, and thaw again, after this time (default: 10)"),
};

static int run_pause(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct pause_options *o = options;
	struct container c = CONTAINER_INIT;
	struct store s;
	int r = app_need_container(app, words->v[0], true, &s, &c, e);

	if (r == 0)
		r = container_pause(&c, 1000 * (int)(o->seconds ? o->seconds : SECONDS_DEFAULT), e);
	container_close(&c);
	return r;
}

static int run_resume(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct store s;
	int r = app_need_container(app, words->v[0], true, &s, &c, e);

	(void)options;
	if (r == 0)
		r = container_resume(&c, e);
	container_close(&c);
	return r;
}

const struct cli_command cmd_pause = {
	.name = "pause",
	.args = "ID",
	.help = "stop all processes of a container for a while",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct pause_options),
	.min_args = 1,
	.max_args = 1,
	.run = run_pause,
};

const struct cli_command cmd_resume = {
	.name = "resume",
	.args = "ID",
	.help = "let the processes of a paused container go on",
	.min_args = 1,
	.max_args = 1,
	.run = run_resume,
};
