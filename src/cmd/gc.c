// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * gc.c - find and remove what crashed runs have left
 *
 * Only what is proved to be left is touched: a creation whose intent names a maker that is dead; an ended
 * container that its run would have deleted, had it not died; an empty directory where a creation was
 * killed before it could write its intent; a directory that carries the name of an interrupted removal;
 * a half-written file of the filter cache, whose writer is dead. All of it is in the state root, or named
 * by what is there. Each thing is looked at again when its lock is held.
 */
#include <errno.h>

#include "apply/create.h"
#include "apply/seccomp_cache.h"
#include "base/codes.h"
#include "base/fd.h"
#include "cmd/app.h"
#include "state/forget.h"

struct gc_options {
	bool dry_run;
};

static const struct cli_option options_table[] = {
	CLI_OPT(struct gc_options, dry_run, CLI_FLAG, "dry-run", 'n',
		.help = "only say what would be removed"),
};

struct gc {
	struct app *app;
	struct store store;
	bool dry_run;
	int first;                   /* -errno of the first thing that could not be removed */
	struct err why;
};

static int say(struct gc *g, const char *what, const char *name, struct err *e)
{
	return app_print(arena_fmt(&g->app->arena, "%s %s: %s\n",
				   g->dry_run ? "would remove" : "removed", name, what), e);
}

/* One thing that stays must not keep the others from being removed. */
static void note_failure(struct gc *g, const char *name, int r, const struct err *why)
{
	struct err e = *why;

	err_prefix(&e, "%.80s: ", name);
	if (g->first)
		log_msg(LOG_LEVEL_ERROR, "%s", e.text);
	else
		g->why = e;
	g->first = g->first ? g->first : r;
}

/* Return: in words what proves that nobody will come back for it, NULL = nothing does */
static const char *left_by_crash(const struct gc *g, const struct container *c)
{
	if (c->status == STATUS_CREATING && c->intent.valid)
		return c->owner_alive ? NULL : "its creation was interrupted";
	if (c->status == STATUS_CREATING)
		return store_is_empty(c) ? "its creation was interrupted at the start" : NULL;
	if (c->status == STATUS_STOPPED && c->rec && c->rec->transient && c->intent.valid &&
	    !container_owner_alive(&g->store, c))
		return "it has ended, and the run that would have deleted it is dead";
	return NULL;
}

/* Return: 0, or -errno when the output cannot be written */
static int collect_locked(struct gc *g, struct container *c, struct err *e)
{
	const char *what = left_by_crash(g, c);
	struct err why = { 0 };
	int r;

	if (!what)
		return 0;
	r = container_destroy(&g->store, &g->app->arena, c, &(struct destroy_args){ .warn = app_warn }, &why);
	if (r < 0) {
		note_failure(g, c->id, r, &why);
		return 0;
	}
	return say(g, what, c->id, e);
}

static int collect(struct gc *g, const char *id, struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct err why = { 0 };
	const char *what = NULL;
	int r = container_open(&g->store, &g->app->arena, id, false, &c, &why);

	if (r == 1)
		what = left_by_crash(g, &c);
	if (r == 1 && c.status == STATUS_UNKNOWN)
		log_msg(LOG_LEVEL_WARNING, "container %s stays: %s", id, c.why_unknown.text);
	container_close(&c);
	if (r == 1 && what && g->dry_run)
		return say(g, what, id, e);
	if (r == 1 && what) {
		r = container_open(&g->store, &g->app->arena, id, true, &c, &why);
		if (r == 1) {
			r = collect_locked(g, &c, e);
			container_close(&c);
			return r;
		}
	}
	if (r < 0)
		note_failure(g, id, r, &why);
	return 0;
}

/* ---- what has no id ---- */

static int collect_removal(struct gc *g, const char *name, struct err *e)
{
	int r = g->dry_run ? 0 : forget_dead(&g->store, name);
	struct err why = { 0 };

	if (r == 0)
		return say(g, "its removal was interrupted", name, e);
	err_code(&why, r, ERR_RECORD, "remove the directory");
	note_failure(g, name, r, &why);
	return 0;
}

static int collect_cache(struct gc *g, struct err *e)
{
	_close_fd int fd = store_cache_open(&g->store);
	unsigned n = fd < 0 ? 0 : seccomp_cache_clean(fd, g->store.proc_fd, g->dry_run);

	return n == 0 ? 0 : say(g, "its writer was killed",
				arena_fmt(&g->app->arena, "%u half-written filter%s", n,
					  n == 1 ? "" : "s"), e);
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct gc_options *o = options;
	struct gc g = { .app = app, .dry_run = o->dry_run };
	struct strv ids = { 0 }, dead = { 0 };
	int r = app_store(app, false, &g.store, e);

	(void)words;
	if (r <= 0)
		return r;
	r = store_leftovers(&g.store, &app->arena, &ids, &dead, e);
	for (size_t i = 0; i < dead.n && r == 0; i++)
		r = collect_removal(&g, dead.v[i], e);
	for (size_t i = 0; i < ids.n && r == 0; i++)
		r = collect(&g, ids.v[i], e);
	if (r == 0)
		r = collect_cache(&g, e);
	if (r == 0 && g.first) {
		*e = g.why;
		r = g.first;
	}
	return r;
}

const struct cli_command cmd_gc = {
	.name = "gc",
	.args = "",
	.help = "remove what crashed runs have left",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct gc_options),
	.run = run,
};
