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
#include "base/log.h"
#include "cmd/launch.h"

#define DELETE_TRIES 3

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

static int delete_ended(struct app *app, const char *id, struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct store s;
	/* 0: somebody else has deleted it meanwhile */
	int r = app_container(app, id, true, &s, &c, e);

	if (r == 1)
		r = container_destroy(&s, &app->arena, &c, &(struct destroy_args){ .warn = app_warn }, e);
	container_close(&c);
	return r;
}

/* The program has said how it went: that it cannot be deleted now is told, and not in its place. */
static void delete_or_warn(struct app *app, const char *id)
{
	struct err e;
	int r = -EAGAIN;

	/* nobody else will do it: what was in the way once may be gone */
	for (int i = 0; r < 0 && i < DELETE_TRIES; i++) {
		e = (struct err){ 0 };
		r = delete_ended(app, id, &e);
	}
	if (r < 0)
		log_msg(LOG_LEVEL_WARNING, "container %s is not deleted: %s", id, e.text);
}

static int run_foreground(struct app *app, const struct launch_options *o,
			  const struct cli_words *words, struct created *created, struct err *e)
{
	int status = 0, r = launch_attend(!o->no_subreaper, e);

	if (r < 0)
		return r;
	r = launch(app, o, words, true, created, e);
	if (r < 0)
		return r;
	r = launch_wait(app, words->v[0], created, &status, e);
	/* a container that we cannot wait for must not stay behind either; its error counts more */
	if (!o->keep || r < 0)
		delete_or_warn(app, words->v[0]);
	return r < 0 ? r : status;
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
