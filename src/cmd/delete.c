// SPDX-License-Identifier: LGPL-2.1-or-later
/* delete.c - remove a container and everything that exists because of it */
#include "apply/create.h"

#include <errno.h>

#include "base/codes.h"
#include "cmd/app.h"

struct delete_options {
	bool force;
	bool regex;
};

static const struct cli_option options_table[] = {
	CLI_OPT(struct delete_options, force, CLI_FLAG, "force", 'f',
		.help = "kill it first if it runs; no error if it does not exist"),
	CLI_OPT(struct delete_options, regex, CLI_FLAG, "regex", 'r',
		.help = "ID is an extended regular expression: delete all that match"),
};

/* Without --force only what does not run may go. Created counts as not running, as in runc. */
static int check_status(struct app *app, const struct container *c, struct err *e)
{
	switch (c->status) {
	case STATUS_CREATED:
	case STATUS_STOPPED:
		return 0;
	case STATUS_CREATING:
		if (!c->owner_alive)
			return 0;
		return err_set(e, -EBUSY, ERR_STATUS, "container %.100s is being created", c->id);
	case STATUS_RUNNING:
	case STATUS_PAUSED:
		app->hint = "stop it with taper kill, or use --force";
		return err_set(e, -EBUSY, ERR_STATUS, "container %.100s is not stopped: it is %s", c->id,
			       status_name(c->status));
	case STATUS_UNKNOWN:
		*e = c->why_unknown;
		return e->code;
	case STATUS__MAX:
		break;
	}
	return 0;
}

/* What an interrupted delete has left has no id any more, but whoever lists the containers removes it. */
static void sweep(struct app *app, struct store *s)
{
	const char **ids;
	size_t n;

	if (s->path)
		(void)store_list(s, &app->arena, &ids, &n, NULL);
}

static int delete_one(struct app *app, const char *id, bool force, struct err *e)
{
	const struct destroy_args how = { .force = force, .warn = app_warn };
	struct container c = CONTAINER_INIT;
	struct store s;
	int r = force ? app_container(app, id, true, &s, &c, e)
		      : app_need_container(app, id, true, &s, &c, e);

	if (force && r == 0) {
		log_msg(LOG_LEVEL_INFO, "container %s does not exist", id);
		sweep(app, &s);
		return 0;
	}
	if (r >= 0 && !force)
		r = check_status(app, &c, e);
	if (r >= 0)
		r = container_destroy(&s, &app->arena, &c, &how, e);
	if (r == -EBUSY && !force && e->id == ERR_CGROUP_BUSY)
		app->hint = "end that process, or use --force";
	container_close(&c);
	return r;
}

static int delete_matching(struct app *app, const char *regex, bool force, struct err *e)
{
	struct strv ids = { 0 };
	int r = app_match(app, regex, &ids, e);

	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		r = delete_one(app, ids.v[i], force, e);
		if (r == -ENOENT)    /* somebody else was faster */
			r = 0;
		if (r < 0)
			err_prefix(e, "%.80s: ", ids.v[i]);
	}
	return r;
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct delete_options *o = options;

	return o->regex ? delete_matching(app, words->v[0], o->force, e)
			: delete_one(app, words->v[0], o->force, e);
}

const struct cli_command cmd_delete = {
	.name = "delete",
	.args = "ID",
	.help = "remove a container",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct delete_options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
