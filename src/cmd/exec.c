// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * exec.c - execute one more program in a running container
 *
 * In the foreground we are its terminal and pass signals on; its exit code becomes ours. What cannot be
 * executed is 255, and the text says why (cli-contract, sections 3 and 7).
 */
#include <errno.h>

#include "apply/create.h"
#include "apply/tty.h"
#include "base/codes.h"
#include "base/fd.h"
#include "cmd/bundle.h"
#include "cmd/launch.h"
#include "host/facts.h"
#include "libocispec/decode.h"

struct exec_line {
	struct exec_options x;
	const char *process;
	const char *timeout;
	const char *console_socket;
	const char *pidfd_socket;
	const char *pid_file;
	unsigned preserve_fds;
	bool detach;
	bool ignore_paused;
	bool no_subreaper;
};

static const struct cli_option options_table[] = {
	CLI_OPT(struct exec_line, process, CLI_TEXT, "process", 'p', .arg = "FILE",
		.help = "read the process from FILE (JSON; - is standard input); other options come on top"),
	CLI_OPT(struct exec_line, detach, CLI_FLAG, "detach", 'd', .help = "return when the program runs"),
	CLI_OPT(struct exec_line, x.tty, CLI_FLAG, "tty", 't', .help = "give it a terminal"),
	CLI_OPT(struct exec_line, x.user, CLI_TEXT, "user", 'u', .arg = "UID[:GID]",
		.help = "run as this user and group, in numbers"),
	CLI_OPT(struct exec_line, x.gids, CLI_LIST, "additional-gids", 'g', .arg = "GID",
		.help = "one more supplementary group; repeatable"),
	CLI_OPT(struct exec_line, x.cwd, CLI_TEXT, "cwd", 0, .arg = "DIR", .help = "working directory"),
	CLI_OPT(struct exec_line, x.env, CLI_LIST, "env", 'e', .arg = "NAME=VALUE",
		.help = "set an environment variable; repeatable"),
	CLI_OPT(struct exec_line, x.caps, CLI_LIST, "cap", 'c', .arg = "CAP",
		.help = "one more capability; repeatable"),
	CLI_OPT(struct exec_line, x.no_new_privs, CLI_FLAG, "no-new-privs", 0,
		.help = "set no_new_privs"),
	CLI_OPT(struct exec_line, x.apparmor, CLI_TEXT, "apparmor", 0, .arg = "PROFILE",
		.help = "AppArmor profile"),
	CLI_OPT(struct exec_line, x.process_label, CLI_TEXT, "process-label", 0, .arg = "LABEL",
		.help = "SELinux label"),
	CLI_OPT(struct exec_line, x.cgroups, CLI_LIST, "cgroup", 0, .arg = "[CONTROLLER,...:]PATH",
		.help = "enter a cgroup below the container's; repeatable"),
	CLI_OPT(struct exec_line, console_socket, CLI_TEXT, "console-socket", 0, .arg = "SOCKET",
		.help = "send the master of the terminal there"),
	CLI_OPT(struct exec_line, pidfd_socket, CLI_TEXT, "pidfd-socket", 0, .arg = "SOCKET",
		.help = "send a pidfd of the process there"),
	CLI_OPT(struct exec_line, pid_file, CLI_TEXT, "pid-file", 0, .arg = "FILE",
		.help = "write the pid of the process to FILE"),
	CLI_OPT(struct exec_line, preserve_fds, CLI_NUMBER, "preserve-fds", 0, .arg = "N",
		.max = LAUNCH_FDS_MAX, .help = "leave N more fds open, from 3 on"),
	CLI_OPT(struct exec_line, ignore_paused, CLI_FLAG, "ignore-paused", 0,
		.help = "in a paused container, wait until it is resumed"),
	CLI_OPT(struct exec_line, no_subreaper, CLI_FLAG, "no-subreaper", 0,
		.help = "do not become the parent of the program's orphans"),
	APP_TIMEOUT_OPTION(struct exec_line),
};

static size_t words_before_rest(const void *options)
{
	(void)options;
	return 1;
}

static unsigned passed_fds(const void *options)
{
	const struct exec_line *o = options;

	return o->preserve_fds;
}

/* The --process document, in @b so that its problems get line and column. */
static int read_process(struct app *app, const char *path, struct bundle *b,
			const struct oci_process **ret, struct err *e)
{
	struct oci_process *p = arena_new(&app->arena, struct oci_process);
	int r = document_named(app, path, b, e);

	if (r == 0)
		r = decode(&app->arena, &oci_process_type, b->text, b->len, p, &b->problems);
	if (r < 0)
		return r;
	app->document = NULL;
	*ret = p;
	return 0;
}

/* The planner speaks of process.X, the document of --process has X. */
static void drop_prefix(struct bundle *b)
{
	for (size_t i = 0; i < b->problems.n; i++) {
		const char *rest = str_starts(b->problems.v[i].path, "process.");

		if (rest)
			memmove(b->problems.v[i].path, rest, strlen(rest) + 1);
	}
}

static int plan_it(struct app *app, const struct exec_line *o, const struct container *c,
		   struct exec_input *in, struct bundle *b, struct err *e)
{
	struct plan_options opt = {
		.id = c->id,
		.bundle = c->rec->bundle,
		.no_new_keyring = c->rec->no_new_keyring,
		.detach = o->detach,
		.has_console_socket = o->console_socket != NULL,
		.preserve_fds = o->preserve_fds,
		.listen_fds = app->listen_fds,
		.seccomp_receiver = c->rec->agent,
		.joins_container = true,
	};
	int r = app_facts(app, &b->facts, e);

	if (r == 0)
		r = plan_exec(&app->arena, in, &opt, &b->facts, &b->plan, &b->problems);
	if (r < 0 && b->file && b->problems.n) {
		drop_prefix(b);
		bundle_locate(b);
		app->document = b->file;
	}
	for (size_t i = 0; r == 0 && i < b->plan->n_warnings; i++)
		log_msg(LOG_LEVEL_WARNING, "%s", b->plan->warnings[i]);
	return r;
}

static int prepare(struct app *app, const struct exec_line *o, const struct cli_words *words,
		   struct container *c, struct bundle *b, struct err *e)
{
	struct exec_options x = o->x;
	struct exec_input in = { .x = &x };
	int r;

	*b = (struct bundle){
		.problems = { .v = arena_newv(&app->arena, struct err, BUNDLE_PROBLEMS_MAX),
			      .max = BUNDLE_PROBLEMS_MAX },
	};
	x.args.v = arena_newv(&app->arena, const char *, words->n);
	while (x.args.n + 1 < words->n) {
		x.args.v[x.args.n] = words->v[x.args.n + 1];
		x.args.n++;
	}
	r = container_can_exec(c, e);
	if (r == 0 && o->process)
		r = read_process(app, o->process, b, &in.document, e);
	if (r == 0)
		r = bundle_saved(app, c, b, e);
	in.spec = b->spec;
	if (r == 0)
		r = host_foreign(app->proc_fd, c->rec->pid, &x.joins, e);
	if (r == 0)
		r = plan_it(app, o, c, &in, b, e);
	return bundle_blame(app, b, r, e);
}

static int execute(struct app *app, const struct exec_line *o, const struct cli_words *words,
		   struct created *ret, struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct bundle b = { 0 };
	struct store s;
	struct create_args args = {
		.facts = &b.facts,
		.pid_file = o->pid_file,
		.console_socket = o->console_socket,
		.pidfd_socket = o->pidfd_socket,
		.start = true,
		.foreground = !o->detach,
		.warn = app_warn,
	};
	int r = app_need_container(app, words->v[0], false, &s, &c, e);

	if (r == 0)
		r = prepare(app, o, words, &c, &b, e);
	args.plan = b.plan;
	if (r == 0)
		r = container_exec(&s, &app->arena, &c, &args, o->ignore_paused, ret, e);
	container_close(&c);
	return r;
}

static int execute_foreground(struct app *app, const struct exec_line *o, const struct cli_words *words,
			      struct created *created, struct err *e)
{
	int status = 0, r = launch_attend(!o->no_subreaper, e);

	if (r < 0)
		return r;
	r = execute(app, o, words, created, e);
	if (r < 0)
		return r;
	r = launch_wait(app, words->v[0], created, &status, e);
	return r < 0 ? r : status;
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct exec_line *o = options;
	struct created created = CREATED_INIT;
	int r = app_time_limit(o->timeout, e);

	if (r < 0)
		return r;
	if (!o->process && words->n < 2)
		return err_set(e, -EINVAL, ERR_USAGE, "expected a program, or --process");
	r = o->detach ? execute(app, o, words, &created, e)
		      : execute_foreground(app, o, words, &created, e);
	fd_close(&created.pid_fd);
	fd_close(&created.master_fd);
	return r;
}

const struct cli_command cmd_exec = {
	.name = "exec",
	.args = "ID [PROGRAM [ARG...]]",
	.help = "execute one more program in a running container",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct exec_line),
	.min_args = 1,
	.max_args = SIZE_MAX,
	.words_before_rest = words_before_rest,
	.passed_fds = passed_fds,
	.failure = 255,
	.run = run,
};
