// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * explain.c - what would be done for a bundle, or everything that is wrong with it; or what the code
 * of an error means
 *
 * Changes nothing and needs no privilege: the plan is that of the calling user.
 */
#include <errno.h>

#include "base/codes.h"
#include "cmd/app.h"
#include "cmd/bundle.h"
#include "cmd/meaning.h"
#include "libocispec/encode.h"

struct explain_options {
	const char *bundle;
	const char *config;
	const char *id;
	bool json;
};

static const struct cli_option options_table[] = {
	CLI_OPT(struct explain_options, bundle, CLI_TEXT, "bundle", 'b', .arg = "DIR",
		.help = "directory of the bundle (default: the current one)"),
	CLI_OPT(struct explain_options, config, CLI_TEXT, "config", 'f', .arg = "FILE",
		.help = "read FILE instead of config.json, relative to the bundle"),
	CLI_OPT(struct explain_options, id, CLI_TEXT, "id", 0, .arg = "ID",
		.help = "id of the container to be (default: example)"),
	CLI_OPT(struct explain_options, json, CLI_FLAG, "json", 0, .help = "print JSON"),
};

/* ---- explain CODE ---- */

static int explain_code(struct app *app, const char *text, struct err *e)
{
	unsigned id = code_find(text);
	const char *hint;

	if (!id)
		return err_set(e, -EINVAL, ERR_USAGE, "there is no code %.40s", text);
	hint = code_hint(id);
	return app_print(arena_fmt(&app->arena, "TAPER-%s\n%s\n%s%s%s", code_name(id), code_meaning(id),
				   *hint ? "hint: " : "", hint, *hint ? "\n" : ""), e);
}

/* ---- the problems of a config ---- */

/* A problem as --json prints it. */
struct problem_doc {
	const char *code, *path, *text, *hint;
	struct opt_u32 line, column;
};

struct problems_doc {
	const char *file;
	VEC_OF(struct problem_doc) problems;
};

static const struct field problem_rows[] = {
	F(struct problem_doc, code, "code"),
	F(struct problem_doc, path, "path"),
	F(struct problem_doc, text, "text"),
	F(struct problem_doc, line, "line"),
	F(struct problem_doc, column, "column"),
	F(struct problem_doc, hint, "hint"),
};
static const struct schema_type problem_type = SCHEMA(struct problem_doc, problem_rows);

static const struct field problems_rows[] = {
	F(struct problems_doc, file, "file"),
	F_LIST(struct problems_doc, problems, "problems", problem_type),
};
static const struct schema_type problems_type = SCHEMA(struct problems_doc, problems_rows);

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

static const char *problems_json(struct app *app, const struct bundle *b)
{
	struct problems_doc doc = { .file = b->file };

	doc.problems.n = b->problems.n;
	doc.problems.v = arena_newv(&app->arena, struct problem_doc, b->problems.n);
	for (size_t i = 0; i < b->problems.n; i++) {
		const struct err *p = &b->problems.v[i];

		doc.problems.v[i] = (struct problem_doc){
			.code = arena_fmt(&app->arena, "TAPER-%s", code_name(p->id)),
			.path = text_or_null(p->path),
			.text = p->text,
			.hint = text_or_null(code_hint(p->id)),
			.line = { .set = p->line != 0, .v = p->line },
			.column = { .set = p->line != 0, .v = p->col },
		};
	}
	return encode(&app->arena, &problems_type, &doc, "  ", NULL);
}

static const char *problems_text(struct app *app, const struct bundle *b)
{
	const char *text = "";
	char sentence[6144];

	for (size_t i = 0; i < b->problems.n; i++) {
		err_sentence(sentence, sizeof(sentence), b->file, &b->problems.v[i]);
		text = arena_fmt(&app->arena, "%s%s [TAPER-%s]\n", text, sentence,
				 code_name(b->problems.v[i].id));
	}
	return text;
}

/* All of them on standard output, and how many there are as the error of the command. */
static int list_problems(struct app *app, const struct bundle *b, bool json, int code, struct err *e)
{
	size_t n = b->problems.n + b->problems.lost;
	int r = app_print(json ? problems_json(app, b) : problems_text(app, b), e);

	if (r < 0)
		return r;
	app->hint = "";
	err_set(e, code, b->problems.v[0].id, "%zu problem%s", n, n == 1 ? "" : "s");
	return code;
}

/* ---- the plan ---- */

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct explain_options *o = options;
	struct plan_options opt = {
		.id = o->id ? o->id : "example",
		.detach = true,
	};
	struct bundle b;
	int r;

	if (words->n)
		return explain_code(app, words->v[0], e);
	if (!store_id_valid(opt.id))
		return err_set(e, -EINVAL, ERR_ID, "%.80s is not an id", opt.id);
	r = bundle_enter(app, o->bundle, &b, e);
	if (r == 0)
		r = bundle_read(app, o->config, &b, e);
	if (r == 0) {
		/* whoever calls create for a terminal names a socket */
		opt.has_console_socket = b.spec->process && b.spec->process->terminal.v;
		r = bundle_plan(app, &opt, &b, e);
	}
	if (r < 0)
		return b.problems.n ? list_problems(app, &b, o->json, r, e) : r;
	return app_print(plan_explain(&app->arena, b.plan, &b.facts, o->json), e);
}

const struct cli_command cmd_explain = {
	.name = "explain",
	.args = "[CODE]",
	.help = "say what would be done for a bundle, what is wrong with it, or what an error code means",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct explain_options),
	.max_args = 1,
	.run = run,
};
