// SPDX-License-Identifier: LGPL-2.1-or-later
/* create.c - make a container whose program is executed by start */
#include "base/fd.h"
#include "cmd/launch.h"

static const struct cli_option options_table[] = {
	LAUNCH_OPTIONS,
	/* taken for callers that give it to every command; the first process is never our child after create */
	CLI_OPT(struct launch_options, no_subreaper, CLI_FLAG, "no-subreaper", 0, .help = NULL),
};

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	struct created created = CREATED_INIT;
	int r = launch(app, options, words, false, &created, e);

	fd_close(&created.pid_fd);
	fd_close(&created.master_fd);
	return r;
}

const struct cli_command cmd_create = {
	.name = "create",
	.args = "ID",
	.help = "make a container; its program waits for start",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct launch_options),
	.min_args = 1,
	.max_args = 1,
	.passed_fds = launch_fds,
	.run = run,
};
