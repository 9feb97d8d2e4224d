// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * list.c - all containers of a state root
 *
 * One container that cannot be read never hides the others: it is shown as unknown, and why goes to
 * the log.
 */
#include <errno.h>

#include "base/codes.h"
#include "cmd/app.h"
#include "libocispec/encode.h"

enum { FORMAT_TABLE, FORMAT_JSON };

struct list_options {
	int format;
	bool quiet;
};

static const struct name_value formats[] = { { "json", FORMAT_JSON }, { "table", FORMAT_TABLE } };

static const struct cli_option options_table[] = {
	CLI_OPT(struct list_options, format, CLI_CHOICE, "format", 'f', .arg = "table|json",
		.choices = formats, .n_choices = ARRAY_SIZE(formats), .help = "how to print them"),
	CLI_OPT(struct list_options, quiet, CLI_FLAG, "quiet", 'q', .help = "print only the ids"),
};

enum { COLUMNS = 6, COLUMN_MIN = 12, COLUMN_GAP = 3 };

static void row_of(struct app *app, const struct oci_state *s, const char *cells[COLUMNS])
{
	cells[0] = s->id;
	cells[1] = arena_fmt(&app->arena, "%d", s->pid.v);
	cells[2] = s->status;
	cells[3] = s->bundle;
	cells[4] = s->created;
	cells[5] = s->owner;
}

/* Columns are as wide as their widest cell and a gap; the last one is not padded. */
static int print_table(struct app *app, const struct oci_states *all, struct err *e)
{
	const char *(*rows)[COLUMNS] = arena_array(&app->arena, all->n + 1, sizeof(*rows));
	static const char *const header[COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };
	size_t width[COLUMNS], total = 1;
	char *text, *at;

	memcpy(rows[0], header, sizeof(header));
	for (size_t i = 0; i < all->n; i++)
		row_of(app, &all->v[i], rows[i + 1]);
	for (size_t c = 0; c < COLUMNS; c++) {
		width[c] = COLUMN_MIN;
		for (size_t i = 0; i <= all->n; i++)
			if (strlen(rows[i][c]) + COLUMN_GAP > width[c])
				width[c] = strlen(rows[i][c]) + COLUMN_GAP;
		total += width[c];
	}
	text = at = arena_array(&app->arena, all->n + 1, total);
	for (size_t i = 0; i <= all->n; i++) {
		for (size_t c = 0; c < COLUMNS; c++) {
			size_t len = strlen(rows[i][c]);

			memcpy(at, rows[i][c], len);
			at += len;
			if (c + 1 < COLUMNS) {
				memset(at, ' ', width[c] - len);
				at += width[c] - len;
			}
		}
		*at++ = '\n';
	}
	return app_print(text, e);
}

static int print_ids(struct app *app, const char *const *ids, size_t n, struct err *e)
{
	char *text, *at;
	size_t total = 1;

	for (size_t i = 0; i < n; i++)
		total += strlen(ids[i]) + 1;
	text = at = arena_alloc(&app->arena, total);
	for (size_t i = 0; i < n; i++) {
		at = mempcpy(at, ids[i], strlen(ids[i]));
		*at++ = '\n';
	}
	return app_print(text, e);
}

/* Return: 1 @ret is filled, 0 the container is gone meanwhile */
static int read_one(struct app *app, struct store *s, const char *id, struct oci_state *ret)
{
	struct container c = CONTAINER_INIT;
	struct err e = { 0 };
	int r = container_open(s, &app->arena, id, false, &c, &e);

	if (r == 1) {
		app_state(app, &c, ret);
		if (c.status == STATUS_UNKNOWN)
			log_msg(LOG_LEVEL_WARNING, "container %s: %s", id, c.why_unknown.text);
	} else if (r < 0) {
		log_msg(LOG_LEVEL_WARNING, "container %s: %s", id, e.text);
	}
	container_close(&c);
	return r == 1;
}

static int print_states(struct app *app, struct store *s, const char *const *ids, size_t n,
			int format, struct err *e)
{
	struct oci_states all = { .v = arena_newv(&app->arena, struct oci_state, n + 1) };
	const char *json;

	for (size_t i = 0; i < n; i++)
		if (read_one(app, s, ids[i], &all.v[all.n]))
			all.n++;
	if (format == FORMAT_TABLE)
		return print_table(app, &all, e);
	json = encode(&app->arena, &oci_states_type, &all, NULL, NULL);
	return app_print(arena_fmt(&app->arena, "%s\n", json), e);
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct list_options *o = options;
	const char **ids = NULL;
	struct store s;
	size_t n = 0;
	int r = app_store(app, false, &s, e);

	(void)words;
	if (r == 0 && app->g.root)
		return err_set(e, -ENOENT, ERR_STATE_ROOT, "%.200s: no such file or directory", app->g.root);
	if (r == 1)
		r = store_list(&s, &app->arena, &ids, &n, e);
	if (r < 0)
		return r;
	return o->quiet ? print_ids(app, ids, n, e) : print_states(app, &s, ids, n, o->format, e);
}

const struct cli_command cmd_list = {
	.name = "list",
	.args = "",
	.help = "list the containers",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct list_options),
	.run = run,
};
