// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mounts.c - add mounts to a container that runs, remove them, list them
 *
 * FILE is a JSON array of mounts as in config.json (config.md, "Mounts"), "-" is standard input. What
 * list prints is such an array too.
 */
#include <errno.h>
#include <unistd.h>

#include "apply/create.h"
#include "base/codes.h"
#include "base/fd.h"
#include "cmd/bundle.h"
#include "libocispec/decode.h"
#include "libocispec/encode.h"

static int read_file(struct app *app, const char *path, struct bundle *b, struct oci_mounts *ret,
		     struct err *e)
{
	int r;

	*b = (struct bundle){
		.problems = { .v = arena_newv(&app->arena, struct err, BUNDLE_PROBLEMS_MAX),
			      .max = BUNDLE_PROBLEMS_MAX },
	};
	r = document_named(app, path, b, e);
	if (r < 0)
		return r;
	r = decode(&app->arena, &oci_mounts_type, b->text, b->len, ret, &b->problems);
	return bundle_blame(app, b, r, e);
}

/* The container's config as it was when it was made, with the mounts of the file. */
static int plan(struct app *app, struct container *c, const struct oci_mounts *mounts,
		struct bundle *b, struct err *e)
{
	const struct plan_options opt = { .id = c->id, .bundle = c->rec->bundle };
	struct oci_spec *spec = arena_new(&app->arena, struct oci_spec);
	struct problems ours = b->problems;
	char *text;
	size_t len;
	int r = store_get(c, &app->arena, "config.json", &text, &len, e);

	if (r == 0 && decode(&app->arena, &oci_spec_type, text, len, spec, NULL) < 0)
		r = err_set(e, -EINVAL, ERR_RECORD, "the stored config.json is damaged");
	if (r == 0)
		r = app_facts(app, &b->facts, e);
	if (r < 0)
		return r;
	spec->mounts.v = mounts->v;
	spec->mounts.n = mounts->n;
	r = plan_added(&app->arena, spec, &opt, &b->facts, &b->plan, &ours);
	b->problems = ours;
	if (r < 0)
		bundle_locate(b);
	for (size_t i = 0; r == 0 && i < b->plan->n_warnings; i++)
		log_msg(LOG_LEVEL_WARNING, "%s", b->plan->warnings[i]);
	return bundle_blame(app, b, r, e);
}

static int not_running(struct err *e)
{
	return err_set(e, -ESRCH, ERR_STATUS, "container not running");
}

static int add(struct app *app, struct store *s, struct container *c, const char *file,
	       struct err *e)
{
	struct added_args args;
	struct oci_mounts mounts = { 0 };
	struct bundle b;
	int r;

	if (!c->rec)
		return not_running(e);
	r = read_file(app, file, &b, &mounts, e);
	if (r == 0)
		r = plan(app, c, &mounts, &b, e);
	if (r < 0)
		return r;
	args = (struct added_args){ .plan = b.plan, .facts = &b.facts };
	r = container_mounts_add(s, &app->arena, c, &args, e);
	if (r < 0 && e->path[0])
		decode_locate(b.text, b.len, e->path, &e->line, &e->col);
	else
		app->document = NULL;
	return r;
}

static int take_away(struct app *app, struct store *s, struct container *c, const char *file,
		     struct err *e)
{
	struct oci_mounts mounts = { 0 };
	struct strv list = { 0 };
	struct bundle b;
	int r;

	if (!c->rec)
		return not_running(e);
	r = read_file(app, file, &b, &mounts, e);
	if (r == 0)
		r = app_facts(app, &b.facts, e);
	if (r < 0)
		return r;
	app->document = NULL;
	list.v = arena_newv(&app->arena, const char *, mounts.n + 1);
	while (list.n < mounts.n) {
		list.v[list.n] = plan_destination(&app->arena, mounts.v[list.n].destination);
		list.n++;
	}
	return container_mounts_remove(s, &app->arena, c, &b.facts, &list, e);
}

static int print(struct app *app, struct store *s, struct container *c, struct err *e)
{
	struct record_mounts all = { 0 };
	int r = container_mounts(s, &app->arena, c, &all, e);

	return r < 0 ? r : app_print(encode(&app->arena, &record_mounts_type, &all, "  ", NULL), e);
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const char *what = words->v[0];
	const bool lists = str_eq(what, "list");
	struct container c = CONTAINER_INIT;
	struct store s;
	int r;

	(void)options;
	if (!lists && !str_eq(what, "add") && !str_eq(what, "remove"))
		return err_set(e, -EINVAL, ERR_USAGE, "expected add, remove or list, found %.80s", what);
	if (words->n != (lists ? 2 : 3))
		return err_set(e, -EINVAL, ERR_USAGE, "expected mounts %s ID%s", what,
			       lists ? "" : " FILE");
	app->what = arena_fmt(&app->arena, "mounts %s %.100s", what, words->v[1]);
	r = app_need_container(app, words->v[1], !lists, &s, &c, e);
	if (r == 0) {
		if (lists)
			r = print(app, &s, &c, e);
		else
			r = (str_eq(what, "add") ? add : take_away)(app, &s, &c, words->v[2], e);
	}
	container_close(&c);
	return r;
}

const struct cli_command cmd_mounts = {
	.name = "mounts",
	.args = "add|remove|list ID [FILE]",
	.help = "add mounts to a running container, or remove them",
	.min_args = 2,
	.max_args = 3,
	.run = run,
};
