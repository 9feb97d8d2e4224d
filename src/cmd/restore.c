// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * restore.c - make a container of what checkpoint has saved
 *
 * The bundle says what the container is; the images have only what its processes were doing.
 */
#include <assert.h>
#include <errno.h>

#include "base/codes.h"
#include "base/fd.h"
#include "cmd/bundle.h"
#include "cmd/criu.h"
#include "cmd/launch.h"

static const struct cli_option options_table[] = {
	CRIU_OPTIONS,
	CRIU_OPT(x.tcp_close, CLI_FLAG, "tcp-close", .help = "close all TCP connections"),
	CLI_OPT(struct criu_options, bundle, CLI_TEXT, "bundle", 'b', .arg = "DIR",
		.help = "directory of the bundle (default: the current one)"),
	CRIU_OPT(console_socket, CLI_TEXT, "console-socket", .arg = "SOCKET",
		 .help = "send the master of the terminal there"),
	CRIU_OPT(pid_file, CLI_TEXT, "pid-file", .arg = "FILE",
		 .help = "write the pid of the first process to FILE"),
	CLI_OPT(struct criu_options, detach, CLI_FLAG, "detach", 'd',
		.help = "return when the container runs"),
	CRIU_OPT(no_subreaper, CLI_FLAG, "no-subreaper",
		 .help = "do not become the parent of the container's orphans"),
	/* taken for callers that give it: the root that criu enters is its own business */
	CRIU_OPT(no_pivot, CLI_FLAG, "no-pivot", .help = NULL),
	CRIU_OPT(x.lsm_profile, CLI_TEXT, "lsm-profile", .arg = "TYPE:NAME",
		 .help = "another AppArmor profile or SELinux label"),
	CRIU_OPT(x.lsm_mount_context, CLI_TEXT, "lsm-mount-context", .arg = "CONTEXT",
		 .help = "another SELinux label for mounts"),
};

static int check_words(const struct criu_options *o, const char *id, struct err *e)
{
	const char *profile = o->x.lsm_profile;
	char name[96];

	if (!store_id_valid(id))
		return err_set(e, -EINVAL, ERR_ID, "%s is not an id",
			       text_escape(name, sizeof(name), id, strlen(id)));
	if (profile && !str_starts(profile, "apparmor:") && !str_starts(profile, "selinux:"))
		return err_set(e, -EINVAL, ERR_USAGE,
			       "--lsm-profile: expected apparmor:NAME or selinux:LABEL, found %.80s", profile);
	return 0;
}

static int load(struct app *app, const struct criu_options *o, struct plan_options *opt, struct bundle *b,
		struct err *e)
{
	int r = bundle_enter(app, o->bundle, b, e);

	if (r == 0)
		r = bundle_read(app, NULL, b, e);
	if (r == 0)
		r = bundle_plan(app, opt, b, e);
	return bundle_blame(app, b, r, e);
}

static int restore_with(struct app *app, const struct criu_options *o, const char *id, struct criu_args *x,
			struct created *ret, struct err *e)
{
	/* paths are the caller's: absolute before the bundle becomes the current directory */
	struct create_args args = {
		.pid_file = app_path(app, o->pid_file),
		.console_socket = app_path(app, o->console_socket),
		.start = true,
		.foreground = !o->detach,
		.transient = !o->detach,
		.warn = app_warn,
	};
	struct plan_options opt = {
		.id = id,
		.detach = o->detach,
		.has_console_socket = args.console_socket != NULL,
		.seccomp_receiver = app_env("RUN_OCI_SECCOMP_RECEIVER"),
	};
	struct bundle b = { .plan = NULL };
	struct store s;
	int r;

	app->g.root = app_path(app, app->g.root);
	r = load(app, o, &opt, &b, e);
	if (r < 0)
		return r;
	assert(b.plan);
	x->config_file = criu_config(&b.plan->annotations);
	args.plan = b.plan;
	args.facts = &b.facts;
	args.config = b.text;
	args.config_len = b.len;
	r = app_store(app, true, &s, e);
	return r < 0 ? r : container_restore(&s, &app->arena, &args, x, ret, e);
}

static int restore(struct app *app, const struct criu_options *o, const char *id, struct created *ret, struct err *e)
{
	struct criu_args x = o->x;
	int r = check_words(o, id, e);

	if (r < 0)
		return r;
	r = criu_prepare(app, o, false, &x, e);
	if (r == 0)
		r = restore_with(app, o, id, &x, ret, e);
	criu_release(&x);
	return r;
}

static int restore_foreground(struct app *app, const struct criu_options *o, const char *id,
			      struct created *created, struct err *e)
{
	int r = launch_attend(!o->no_subreaper, e);

	if (r == 0)
		r = restore(app, o, id, created, e);
	return r < 0 ? r : launch_finish(app, id, false, created, e);
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct criu_options *o = options;
	struct created created = CREATED_INIT;
	int r = o->detach ? restore(app, o, words->v[0], &created, e)
			  : restore_foreground(app, o, words->v[0], &created, e);

	fd_close(&created.pid_fd);
	fd_close(&created.master_fd);
	return r;
}

const struct cli_command cmd_restore = {
	.name = "restore",
	.args = "ID",
	.help = "make a container of what checkpoint has saved",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct criu_options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
