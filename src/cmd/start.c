// SPDX-License-Identifier: LGPL-2.1-or-later
/* start.c - let a created container execute its program */
#include "apply/create.h"
#include "cmd/app.h"

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct store s;
	int r = app_need_container(app, words->v[0], true, &s, &c, e);

	(void)options;
	if (r == 0)
		r = container_start(&s, &app->arena, &c, e);
	container_close(&c);
	return r;
}

const struct cli_command cmd_start = {
	.name = "start",
	.args = "ID",
	.help = "let a created container execute its program",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
