// SPDX-License-Identifier: LGPL-2.1-or-later
/* checkpoint.c - save a container to files */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/codes.h"
#include "base/fd.h"
#include "cmd/bundle.h"
#include "cmd/criu.h"

static const struct cli_option options_table[] = {
	CRIU_OPTIONS,
	CRIU_OPT(x.parent_path, CLI_TEXT, "parent-path", .arg = "DIR",
		 .help = "the images of the pre-dump, relative to the image path"),
	CRIU_OPT(x.leave_running, CLI_FLAG, "leave-running", .help = "do not stop the container"),
	CRIU_OPT(x.pre_dump, CLI_FLAG, "pre-dump", .help = "save only memory, and go on"),
	CRIU_OPT(x.tcp_skip_in_flight, CLI_FLAG, "tcp-skip-in-flight",
		 .help = "leave out TCP connections that are being made"),
	CRIU_OPT(x.link_remap, CLI_FLAG, "link-remap", .help = "with files that were unlinked"),
	CRIU_OPT(status_fd, CLI_NUMBER, "status-fd", .arg = "FD", .max = INT32_MAX,
		 .help = "write a byte there when lazy pages are ready"),
	CRIU_OPT(page_server, CLI_TEXT, "page-server", .arg = "ADDRESS:PORT",
		 .help = "send the memory to a page server"),
};

/* ---- options with a form ---- */

/* "10.0.0.1:99", "[::1]:99" */
static int read_page_server(struct app *app, const char *text, struct criu_args *x, struct err *e)
{
	const char *colon = text ? strrchr(text, ':') : NULL;
	bool bracketed = colon && text[0] == '[' && colon > text + 1 && colon[-1] == ']';
	uint32_t port;

	if (!text)
		return 0;
	if (!colon || colon == text || parse_u32(colon + 1, 1, 65535, &port) < 0)
		return err_set(e, -EINVAL, ERR_USAGE, "--page-server: expected ADDRESS:PORT, found %.80s", text);
	x->page_server = arena_dup(&app->arena, text + bracketed, (size_t)(colon - text) - 2 * bracketed);
	x->page_port = port;
	return 0;
}

/* It is the caller's if it is not one of ours, all of which are closed when a program is executed. */
static int check_status_fd(const struct criu_options *o, struct criu_args *x, struct err *e)
{
	int fd = (int)o->status_fd, flags = fcntl(fd, F_GETFD), mode = fcntl(fd, F_GETFL);

	if (fd == 0)
		return 0;
	if (flags < 0 || flags & FD_CLOEXEC || (mode & O_ACCMODE) == O_RDONLY)
		return err_set(e, -EBADF, ERR_USAGE, "--status-fd: %d is not an fd to write to", fd);
	x->status_fd = fd;
	return 0;
}

static int check_parent(const struct criu_args *x, struct err *e)
{
	_close_fd int fd = -1;

	if (!x->parent_path)
		return 0;
	if (*x->parent_path == '/')
		return err_set(e, -EINVAL, ERR_USAGE,
			       "--parent-path: expected a path relative to the image path, found %.80s",
			       x->parent_path);
	fd = openat(x->image_fd, x->parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, ERR_FILE, "--parent-path: open %.150s", x->parent_path) : 0;
}

/* ---- the container's plan, which says what of it is not its own ---- */

static int plan_it(struct app *app, struct container *c, struct bundle *b, struct err *e)
{
	const struct record *rec = c->rec;
	const struct plan_options opt = {
		.id = c->id,
		.bundle = rec->bundle,
		.cg_manager = rec->unit ? CG_SYSTEMD : CG_CGROUPFS,
		.no_new_keyring = rec->no_new_keyring,
		.seccomp_receiver = rec->agent,
	};
	int r;

	b->problems = (struct problems){ .v = arena_newv(&app->arena, struct err, BUNDLE_PROBLEMS_MAX),
					 .max = BUNDLE_PROBLEMS_MAX };
	r = bundle_saved(app, c, b, e);
	if (r == 0)
		r = app_facts(app, &b->facts, e);
	if (r == 0)
		r = plan_make(&app->arena, b->spec, &opt, &b->facts, &b->plan, &b->problems);
	return bundle_blame(app, b, r, e);
}

static int checkpoint_open(struct app *app, const struct criu_options *o, struct store *s, struct container *c,
			   struct err *e)
{
	struct bundle b = { .plan = NULL };
	struct criu_args x = o->x;
	struct checkpoint_args args = { .criu = &x, .facts = &b.facts, .warn = app_warn };
	int r;

	x.status_fd = -1;
	r = read_page_server(app, o->page_server, &x, e);
	if (r == 0)
		r = check_status_fd(o, &x, e);
	if (r < 0)
		return r;
	r = criu_prepare(app, o, true, &x, e);
	if (r == 0)
		r = check_parent(&x, e);
	if (r == 0 && c->rec) {
		r = plan_it(app, c, &b, e);
		x.config_file = criu_config(&c->rec->annotations);
	}
	args.plan = b.plan;
	if (r == 0)
		r = container_checkpoint(s, &app->arena, c, &args, e);
	criu_release(&x);
	return r;
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct store s;
	int r = app_need_container(app, words->v[0], true, &s, &c, e);

	if (r == 0)
		r = checkpoint_open(app, options, &s, &c, e);
	container_close(&c);
	return r;
}

const struct cli_command cmd_checkpoint = {
	.name = "checkpoint",
	.args = "ID",
	.help = "save a running container to files",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct criu_options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
