// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * run.c - make a container and execute its program
 *
 * In the foreground we are its terminal and pass signals on until its first process ends; its exit
 * code becomes ours, and the container is deleted.
 */
#include <errno.h>
#include <stdint.h>

#include "apply/tty.h"
#include "base/codes.h"
#include "base/fd.h"
#include "cmd/launch.h"

static const struct cli_option options_table[] = {
	LAUNCH_OPTIONS,
	CLI_OPT(struct launch_options, detach, CLI_FLAG, "detach", 'd',
		.help = "return when the program runs"),
	CLI_OPT(struct launch_options, keep, CLI_FLAG, "keep", 0,
		.help = "do not delete the container when its program has ended"),
	CLI_OPT(struct launch_options, no_subreaper, CLI_FLAG, "no-subreaper", 0,
		.help = "do not become the parent of the container's orphans"),
	CLI_OPT(struct launch_options, rootfs, CLI_TEXT, "rootfs", 0, .arg = "DIR",
		.help = "no bundle: DIR is the root, the rest is as in taper spec"),
};

/* "run --rootfs DIR ID CMD -x": after the id comes the program */
static size_t words_before_rest(const void *options)
{
	const struct launch_options *o = options;

	return o->rootfs ? 1 : SIZE_MAX;
}

static int run_foreground(struct app *app, const struct launch_options *o,
			  const struct cli_words *words, struct created *created, struct err *e)
{
	int r = launch_attend(!o->no_subreaper, e);

	if (r < 0)
		return r;
	r = launch(app, o, words, true, created, e);
	if (r < 0)
		return r;
	return launch_finish(app, words->v[0], o->keep, created, e);
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct launch_options *o = options;
	struct created created = CREATED_INIT;
	int r;

	if (!o->rootfs && words->n > 1)
		return err_set(e, -EINVAL, ERR_USAGE, "too many arguments: %.80s", words->v[1]);
	r = o->detach ? launch(app, o, words, true, &created, e)
		      : run_foreground(app, o, words, &created, e);
	fd_close(&created.pid_fd);
	fd_close(&created.master_fd);
	return r;
}

const struct cli_command cmd_run = {
	.name = "run",
	.args = "ID [PROGRAM [ARG...]]",
	.help = "make a container and execute its program",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct launch_options),
	.min_args = 1,
	.max_args = SIZE_MAX,
	.words_before_rest = words_before_rest,
	.passed_fds = launch_fds,
	.run = run,
};
