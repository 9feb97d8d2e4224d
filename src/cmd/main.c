// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * main.c - from argv to a command, and from its result to an exit code
 *
 * Order matters:
 *   1. fds 0-2 are made valid, so that no file of ours ever gets one of these numbers.
 *   2. The whole command line is read; nothing is opened by that.
 *   3. The fds that go into the container (--preserve-fds, LISTEN_FDS) are checked to be open. Since
 *      all numbers up to the last of them are taken then, every fd of ours lies behind them.
 *   4. The log is opened, so that every later error reaches it, those of step 2 and 3 as well.
 *   5. The command runs.
 * Files are made with explicit modes. The caller's umask stays, but never takes away the owner's own
 * rights: with 0777 we could not use what we make.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/selfexe.h"
#include "base/codes.h"
#include "base/fd.h"
#include "cmd/app.h"
#include "cmd/launch.h"
#include "commit.h"
#include "config.h"

static const struct cli_command *const commands[] = {
	&cmd_create, &cmd_start, &cmd_run,  &cmd_exec, &cmd_state,   &cmd_kill,
	&cmd_delete, &cmd_list,  &cmd_spec, &cmd_explain, &cmd_features,
	&cmd_checkpoint, &cmd_restore, &cmd_completion,
	&cmd_pause, &cmd_resume, &cmd_ps, &cmd_update, &cmd_events, &cmd_mounts, &cmd_gc,
};

static const struct name_value log_formats[] = { { "json", 1 }, { "text", 0 } };
static const struct name_value log_levels[] = {
	{ "debug", LOG_LEVEL_DEBUG }, { "error", LOG_LEVEL_ERROR },     { "info", LOG_LEVEL_INFO },
	{ "trace", LOG_LEVEL_TRACE }, { "warning", LOG_LEVEL_WARNING },
};
static const struct name_value managers[] = {
	{ "cgroupfs", CG_CGROUPFS }, { "disabled", CG_DISABLED }, { "systemd", CG_SYSTEMD },
};
static const struct name_value rootless_words[] = {
	{ "auto", ROOTLESS_AUTO }, { "false", ROOTLESS_FALSE }, { "true", ROOTLESS_TRUE },
};

#define CHOICES(table) .choices = (table), .n_choices = ARRAY_SIZE(table)

static const struct cli_option global_options[] = {
	CLI_OPT(struct globals, root, CLI_TEXT, "root", 0, .arg = "DIR",
		.help = "where the state of containers is kept"),
	CLI_OPT(struct globals, log, CLI_TEXT, "log", 0, .arg = "TARGET",
		.help = "FILE, file:FILE, journald:ID or syslog:ID (default: standard error)"),
	CLI_OPT(struct globals, log_format, CLI_CHOICE, "log-format", 0, .arg = "FORMAT",
		CHOICES(log_formats), .help = "text or json"),
	CLI_OPT(struct globals, log_level, CLI_CHOICE, "log-level", 0, .arg = "LEVEL",
		CHOICES(log_levels), .help = "error, warning (default), info, debug or trace"),
	CLI_OPT(struct globals, debug, CLI_FLAG, "debug", 0, .help = "the same as --log-level debug"),
	CLI_OPT(struct globals, cgroup_manager, CLI_CHOICE, "cgroup-manager", 0, .arg = "MANAGER",
		CHOICES(managers), .help = "cgroupfs (default), systemd or disabled"),
	CLI_OPT(struct globals, systemd_cgroup, CLI_FLAG, "systemd-cgroup", 's',
		.help = "the same as --cgroup-manager systemd"),
	CLI_OPT(struct globals, rootless, CLI_CHOICE, "rootless", 0, .arg = "true|false|auto",
		CHOICES(rootless_words), .help = "go on when a cgroup cannot be made (default: auto)"),
	APP_TIMEOUT_OPTION(struct globals),
	CLI_OPT(struct globals, criu, CLI_TEXT, "criu", 0, .arg = "FILE", .help = NULL),
	CLI_OPT(struct globals, version, CLI_FLAG, "version", 'v', .help = "print the version"),
	CLI_OPT(struct globals, version, CLI_FLAG, "version", 'V', .help = NULL),
};

/* What no command needs more of, but for a container with many mounts. */
#define FILES_WANTED 256

/* The command line, read. */
struct call {
	const struct cli_command *cmd;       /* NULL: none was given, or there is an error */
	void *options;
	struct cli_result line;
	bool help;
};

static size_t stop_at_command(const void *options)
{
	(void)options;
	return 0;
}

static void make_stdio_valid(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		/* NOLINTNEXTLINE(android-cloexec-open): programs that are started shall have it */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(1);
}

static const struct cli_command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (str_eq(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* "create c1" */
static void name_call(struct app *app, const struct call *call)
{
	const struct cli_words *words = &call->line.words;

	app->what = call->cmd->name;
	if (words->n && *words->v[0] && call->cmd != &cmd_explain)
		app->what = arena_fmt(&app->arena, "%s %.100s", call->cmd->name, words->v[0]);
}

/* "help" and "help create", as with --help */
static int read_help(char **argv, struct call *call, struct err *e)
{
	call->help = true;
	if (!argv[1])
		return 0;
	call->cmd = find_command(argv[1]);
	return call->cmd ? 0 : err_set(e, -EINVAL, ERR_USAGE, "unknown command %.80s", argv[1]);
}

static int read_command(struct app *app, char **argv, struct call *call, struct err *e)
{
	if (str_eq(argv[0], "help"))
		return read_help(argv, call, e);
	size_t n;
	int r;

	call->cmd = find_command(argv[0]);
	if (!call->cmd)
		return err_set(e, -EINVAL, ERR_USAGE, "unknown command %.80s", argv[0]);
	app->what = call->cmd->name;
	call->options = arena_alloc(&app->arena, call->cmd->options_size + 1);
	for (n = 0; argv[n];)
		n++;
	cli_lists(&app->arena, call->cmd->options, call->cmd->n_options, call->options, n);
	r = cli_parse(call->cmd->options, call->cmd->n_options, argv + 1, call->options,
		      call->cmd->words_before_rest, &call->line, e);
	if (r < 0)
		return r;
	call->help = call->line.help;
	if (call->help)
		return 0;
	name_call(app, call);
	return cli_check_words(call->cmd, &call->line.words, e);
}

static int read_line(struct app *app, char **argv, struct call *call, struct err *e)
{
	struct cli_result line;
	int r = cli_parse(global_options, ARRAY_SIZE(global_options), argv, &app->g, stop_at_command,
			  &line, e);

	if (r < 0)
		return r;
	call->help = line.help;
	if (app->g.version || line.help)
		return 0;
	if (!line.words.n)
		return err_set(e, -EINVAL, ERR_USAGE, "a command is missing");
	return read_command(app, line.words.v, call, e);
}

/* LISTEN_FDS of socket activation: these fds are meant for the program (sd_listen_fds(3)). */
static int read_listen_fds(struct app *app, struct err *e)
{
	const char *text = app_env("LISTEN_FDS");
	uint32_t n = 0;

	if (text && parse_u32(text, 0, LAUNCH_FDS_MAX, &n) < 0)
		return err_set(e, -EINVAL, ERR_USAGE, "LISTEN_FDS: expected a number, found %.40s", text);
	app->listen_fds = n;
	return 0;
}

static int check_passed_fds(struct app *app, const struct call *call, struct err *e)
{
	unsigned n;
	int r;

	if (!call->cmd || !call->cmd->passed_fds || call->help)
		return 0;
	r = read_listen_fds(app, e);
	if (r < 0)
		return r;
	n = app->listen_fds + call->cmd->passed_fds(call->options);
	for (unsigned i = 0; i < n; i++)
		if (fcntl(3 + (int)i, F_GETFD) < 0)
			return err_set(e, -EBADF, ERR_USAGE, "fd %u of %s is not open", 3 + i,
				       i < app->listen_fds ? "LISTEN_FDS" : "--preserve-fds");
	return 0;
}

static int open_log(const struct globals *g, struct err *e)
{
	struct log_options opt = {
		.target = g->log, .json = g->log_format == 1, .level = (enum log_level)g->log_level
	};
	int r;

	if (g->debug && opt.level < LOG_LEVEL_DEBUG)
		opt.level = LOG_LEVEL_DEBUG;
	r = log_open(&opt, e);
	if (r == 0)
		log_msg(LOG_LEVEL_DEBUG, "taper %s (commit %s), pid %d", PACKAGE_VERSION, TAPER_COMMIT, (int)getpid());
	if (r == 0 && g->criu)
		log_msg(LOG_LEVEL_DEBUG, "--criu has no effect");
	return r;
}

#ifdef WEAKENED
#define VERSION_SUFFIX " WITHOUT THE DEFENCE " WEAKENED
#else
#define VERSION_SUFFIX ""
#endif

static int print_version(struct app *app, struct err *e)
{
	const struct scmp_version *v = seccomp_version();

	return app_print(arena_fmt(&app->arena,
				   "taper version %s" VERSION_SUFFIX "\ncommit: %s\nspec: %s\nlibseccomp: %u.%u.%u\n"
				   "+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF +YAJL\n",
				   PACKAGE_VERSION, TAPER_COMMIT, OCI_VERSION, v->major, v->minor, v->micro),
			 e);
}

static int print_help(struct app *app, const struct call *call, struct err *e)
{
	const char *text = "usage: taper [OPTION...] COMMAND [...]\n\n"
			   "Runs containers from OCI bundles.\n\ncommands:\n";

	if (call->cmd)
		return app_print(cli_help(&app->arena, call->cmd), e);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		text = arena_fmt(&app->arena, "%s  %-10s %s\n", text, commands[i]->name, commands[i]->help);
	text = arena_fmt(&app->arena, "%s\noptions:\n%s\ntaper COMMAND --help shows the options of a command.\n",
			 text, cli_help_options(&app->arena, global_options, ARRAY_SIZE(global_options)));
	return app_print(text, e);
}

/* Return: exit code, or -errno */
static int execute(struct app *app, const struct call *call, struct err *e)
{
	if (app->g.version)
		return print_version(app, e);
	if (call->help)
		return print_help(app, call, e);
	assert(call->cmd);           /* read_line() */
	return call->cmd->run(app, call->options, &call->line.words, e);
}

static int fail(struct app *app, const struct call *call, const struct err *e)
{
	const char *usage = call->cmd ? cli_usage(&app->arena, call->cmd)
				      : "usage: taper [OPTION...] COMMAND [...]\n";

	if (e->id == ERR_USAGE && call->cmd)
		app->hint = arena_fmt(&app->arena, "see taper %s --help", call->cmd->name);
	log_failure(app->what, app->document, e, app->hint);
	if (e->id == ERR_USAGE)
		(void)!write(STDERR_FILENO, usage, strlen(usage));
	return e->id != ERR_USAGE && call->cmd && call->cmd->failure ? call->cmd->failure : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct app app = {
		.what = "",
		.proc_fd = -1,
		.g.log_level = LOG_LEVEL_WARNING,
		.commands = commands,
		.n_commands = ARRAY_SIZE(commands),
		.global_options = global_options,
		.n_global_options = ARRAY_SIZE(global_options),
	};
	struct call call = { .cmd = NULL };
	struct err e = { 0 };
	char **words;
	int r, opened;

	make_stdio_valid();
	fd_limit_raise(FILES_WANTED);
	selfexe_args(argc, argv);
	umask(umask(0) & 077);
	/* a caller that ignores the ends of its children must not make us lose ours */
	signal(SIGCHLD, SIG_DFL);
	r = arena_open(&app.arena, 0);
	if (r < 0) {
		err_code(&e, r, ERR_SYSTEM, "reserve memory");
		return fail(&app, &call, &e);
	}
	words = arena_newv(&app.arena, char *, (size_t)argc + 1);
	memcpy(words, argv, (size_t)argc * sizeof(*words)); /* the parser moves them about */
	r = read_line(&app, words + (argc > 0), &call, &e);
	if (r == 0)
		r = app_time_limit(app.g.timeout, &e);
	if (r == 0)
		r = check_passed_fds(&app, &call, &e);
	opened = open_log(&app.g, r < 0 ? NULL : &e);
	if (r == 0)
		r = opened;
	if (r == 0)
		r = execute(&app, &call, &e);
	return r < 0 ? fail(&app, &call, &e) : r;
}
