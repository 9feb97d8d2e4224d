// SPDX-License-Identifier: LGPL-2.1-or-later
/* bundle.c - from a directory on disk to a plan */
#include "cmd/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/fd.h"
#include "cmd/default.h"
#include "host/facts.h"
#include "libocispec/decode.h"
#include "libocispec/encode.h"

int bundle_enter(struct app *app, const char *dir, struct bundle *ret, struct err *e)
{
	char *cwd;

	if (dir && chdir(dir) < 0)
		return err_sys(e, ERR_BUNDLE, "bundle %.200s", dir);
	cwd = get_current_dir_name();
	if (!cwd)
		return err_sys(e, ERR_BUNDLE, "find out the current directory");
	*ret = (struct bundle){
		.dir = arena_str(&app->arena, cwd),
		.problems = { .v = arena_newv(&app->arena, struct err, BUNDLE_PROBLEMS_MAX),
			      .max = BUNDLE_PROBLEMS_MAX },
	};
	free(cwd);
	return 0;
}

/* A config is a regular file; one named on the command line may be a pipe as well ("<(...)"). */
static int open_config(const char *path, bool named, struct err *e)
{
	_close_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return err_sys(e, errno == ENOENT ? ERR_BUNDLE : ERR_FILE, "open");
	if (fstat(fd, &st) < 0)
		return err_sys(e, ERR_FILE, "fstat");
	if (S_ISDIR(st.st_mode))
		return err_code(e, -EISDIR, ERR_FILE, "read");
	if (!S_ISREG(st.st_mode) && !(named && S_ISFIFO(st.st_mode)))
		return err_set(e, -EINVAL, ERR_FILE, "not a regular file");
	if (S_ISFIFO(st.st_mode) && fcntl(fd, F_SETFL, O_RDONLY) < 0)
		return err_sys(e, ERR_FILE, "fcntl");
	return take_fd(&fd);
}

static int read_open(struct app *app, int fd, const char **ret, size_t *ret_len, struct err *e)
{
	char *text;
	int r = fd_read_arena(fd, &app->arena, DECODE_MAX_BYTES, &text, ret_len);

	if (r == -E2BIG)
		return err_set(e, r, ERR_LIMIT, "longer than %zu MiB", DECODE_MAX_BYTES >> 20);
	if (r < 0)
		return err_code(e, r, ERR_FILE, "read");
	*ret = text;
	return 0;
}

int document_read(struct app *app, const char *path, bool named, const char **ret, size_t *ret_len,
		  struct err *e)
{
	_close_fd int fd = open_config(path, named, e);

	return fd < 0 ? fd : read_open(app, fd, ret, ret_len, e);
}

int document_named(struct app *app, const char *path, struct bundle *b, struct err *e)
{
	bool is_stdin = str_eq(path, "-");

	app->document = b->file = is_stdin ? "standard input" : path;
	return is_stdin ? read_open(app, STDIN_FILENO, &b->text, &b->len, e)
			: document_read(app, path, true, &b->text, &b->len, e);
}

int bundle_read(struct app *app, const char *config, struct bundle *b, struct err *e)
{
	const char *path = config ? config : "config.json";
	struct oci_spec *spec = arena_new(&app->arena, struct oci_spec);
	struct problems ignored = { 0 };
	int r;

	b->file = *path == '/' ? path
			       : arena_fmt(&app->arena, "%s/%s", str_eq(b->dir, "/") ? "" : b->dir, path);
	app->document = b->file;
	r = document_read(app, path, config != NULL, &b->text, &b->len, e);
	if (r < 0)
		return r;
	if (log_enabled(LOG_LEVEL_DEBUG)) {
		ignored.v = arena_newv(&app->arena, struct err, BUNDLE_PROBLEMS_MAX);
		ignored.max = BUNDLE_PROBLEMS_MAX;
		b->problems.ignored = &ignored;
	}
	r = decode(&app->arena, &oci_spec_type, b->text, b->len, spec, &b->problems);
	b->problems.ignored = NULL;
	for (size_t i = 0; i < ignored.n; i++)
		log_msg(LOG_LEVEL_DEBUG, "%s: not known, and ignored (line %u column %u)", ignored.v[i].path,
			ignored.v[i].line, ignored.v[i].col);
	if (r < 0)
		return r;
	b->spec = spec;
	app->document = NULL;
	return 0;
}

void bundle_default(struct app *app, const char *rootfs, const struct cli_words *program,
		    struct bundle *b)
{
	const struct default_options opt = {
		.rootless = geteuid() != 0, .uid = geteuid(), .gid = getegid()
	};
	struct oci_spec *spec = default_spec(&app->arena, &opt);

	spec->root->path = rootfs;
	spec->process->terminal.v = isatty(STDIN_FILENO) == 1;
	if (program->n) {
		const char **args = arena_newv(&app->arena, const char *, program->n);

		memcpy(args, program->v, program->n * sizeof(*args));
		spec->process->args = (struct strv){ args, program->n };
	}
	b->spec = spec;
	b->text = encode(&app->arena, &oci_spec_type, spec, "\t", &b->len);
}

int app_facts(struct app *app, struct facts *ret, struct err *e)
{
	int r = app_proc(app, e);

	if (r == 0)
		r = host_facts(&app->arena, app->proc_fd, ret, e);
	if (r == 0 && app->g.rootless != ROOTLESS_AUTO)
		ret->rootless = app->g.rootless == ROOTLESS_TRUE;
	return r;
}

/* The planner knows no text: find the places now. */
void bundle_locate(struct bundle *b)
{
	for (size_t i = 0; i < b->problems.n; i++) {
		struct err *e = &b->problems.v[i];

		if (!e->line && e->path[0] && b->file)
			decode_locate(b->text, b->len, e->path, &e->line, &e->col);
	}
}

int bundle_plan(struct app *app, struct plan_options *opt, struct bundle *b, struct err *e)
{
	int r = app_facts(app, &b->facts, e);

	if (r < 0)
		return r;
	opt->bundle = b->dir;
	opt->cg_manager = app->g.systemd_cgroup ? CG_SYSTEMD : (enum cg_manager)app->g.cgroup_manager;
	r = plan_make(&app->arena, b->spec, opt, &b->facts, &b->plan, &b->problems);
	if (r < 0) {
		bundle_locate(b);
		app->document = b->file;
		return r;
	}
	for (size_t i = 0; i < b->plan->n_warnings; i++)
		log_msg(LOG_LEVEL_WARNING, "%s", b->plan->warnings[i]);
	return 0;
}

int bundle_saved(struct app *app, struct container *c, struct bundle *b, struct err *e)
{
	struct oci_spec *spec = arena_new(&app->arena, struct oci_spec);
	char *text;
	size_t len;
	int r = store_get(c, &app->arena, "config.json", &text, &len, e);

	if (r == 0)
		r = decode(&app->arena, &oci_spec_type, text, len, spec, &b->problems);
	if (r == 0)
		b->spec = spec;
	return r;
}

int bundle_blame(struct app *app, const struct bundle *b, int r, struct err *e)
{
	size_t more = b->problems.n + b->problems.lost;

	if (r == 0 || more == 0)
		return r;
	*e = b->problems.v[0];
	if (--more)
		app->hint = arena_fmt(&app->arena, "and %zu more: taper explain lists %s", more,
				      more > 1 ? "them" : "it");
	return r;
}
