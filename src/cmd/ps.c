// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ps.c - the processes of a container
 *
 * The table is that of the host's ps(1), since nobody knows its columns better; where there is no such
 * program, one of our own with fewer columns.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

#include "apply/cg_pids.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/spawn.h"
#include "cmd/app.h"
#include "cmd/pstable.h"
#include "host/proc.h"

#define OUTPUT_MAX ((size_t)8 << 20)
#define PS_LIMIT_MS 30000

enum { FORMAT_TABLE, FORMAT_JSON };

struct ps_options {
	int format;
};

static const struct name_value formats[] = { { "json", FORMAT_JSON }, { "table", FORMAT_TABLE } };

static const struct cli_option options_table[] = {
	CLI_OPT(struct ps_options, format, CLI_CHOICE, "format", 'f', .arg = "table|json",
		.choices = formats, .n_choices = ARRAY_SIZE(formats), .help = "how to print them"),
};

/* What follows the id is for ps(1) */
static size_t words_before_rest(const void *options)
{
	(void)options;
	return 1;
}

static int print_json(struct app *app, const struct u32v *pids, struct err *e)
{
	size_t room = 12 * pids->n + 4, at = 1;
	char *text = arena_alloc(&app->arena, room);

	text[0] = '[';
	for (size_t i = 0; i < pids->n; i++)
		at += (size_t)snprintf(text + at, room - at, "%s%u", i ? "," : "", pids->v[i]);
	snprintf(text + at, room - at, "]\n");
	return app_print(text, e);
}

/* Return: 1 @ret is what it printed, 0 there is no such program, -errno */
static int host_ps(struct app *app, char **args, size_t n, const char **ret, struct err *e)
{
	static const char *const places[] = { "/usr/bin/ps", "/bin/ps" };
	const char **argv = arena_newv(&app->arena, const char *, n + 3);
	struct spawn s = { .argv = argv, .timeout_ms = PS_LIMIT_MS, .output_size = OUTPUT_MAX };
	int status = 0, r = -ENOENT;

	argv[0] = "ps";
	argv[1] = "-ef";
	for (size_t i = 0; i < n; i++)
		argv[i + 1] = args[i];
	s.output = arena_alloc(&app->arena, OUTPUT_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(places) && (r == -ENOENT || r == -EACCES); i++) {
		s.path = places[i];
		r = spawn_run(&s, &status);
	}
	if (r == -ENOENT || r == -EACCES)
		return 0;
	if (r < 0)
		return err_code(e, r, ERR_SYSTEM, "execute ps");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(e, -EINVAL, ERR_USAGE, "ps failed: %.160s", s.output);
	*ret = s.output;
	return 1;
}

/* The command line; "-" when there is none */
static const char *command_of(struct app *app, int proc_fd, uint32_t pid)
{
	char file[32], *text = arena_alloc(&app->arena, 4096);
	_close_fd int fd = -1;
	ssize_t len;

	snprintf(file, sizeof(file), "%u/cmdline", pid);
	fd = proc_open(proc_fd, file);
	len = fd < 0 ? 0 : read(fd, text, 4095);
	for (ssize_t i = 0; i + 1 < len; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
	text[len > 0 ? len : 0] = '\0';
	return *text ? text : "-";
}

static int print_own(struct app *app, const struct u32v *pids, struct err *e)
{
	int r = app_print("       PID STATE CMD\n", e);

	for (size_t i = 0; i < pids->n && r == 0; i++) {
		char state = pid_state(app->proc_fd, (pid_t)pids->v[i]);

		if (state)
			r = app_print(arena_fmt(&app->arena, "%10u %c     %s\n", pids->v[i], state,
						command_of(app, app->proc_fd, pids->v[i])), e);
	}
	return r;
}

static int print_table(struct app *app, const struct u32v *pids, const struct cli_words *words,
		       struct err *e)
{
	const char *text = NULL;
	int r = host_ps(app, words->v + 1, words->n - 1, &text, e);

	if (r < 0)
		return r;
	if (r == 0 && words->n > 1)
		return err_set(e, -ENOENT, ERR_SYSTEM, "there is no ps(1) on this host that could take arguments");
	if (r == 0)
		return print_own(app, pids, e);
	text = pstable_filter(&app->arena, text, pids);
	if (!text)
		return err_set(e, -EINVAL, ERR_USAGE, "what ps prints with these arguments has no column PID");
	return app_print(text, e);
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct ps_options *o = options;
	struct container c = CONTAINER_INIT;
	struct u32v pids = { 0 };
	struct store s;
	int r = app_need_container(app, words->v[0], false, &s, &c, e);

	if (r == 0 && c.status == STATUS_UNKNOWN) {
		*e = c.why_unknown;
		r = e->code;
	} else if (r == 0 && c.status == STATUS_CREATING) {
		r = err_set(e, -ESRCH, ERR_STATUS, "container not running");
	}
	if (r == 0 && c.status != STATUS_STOPPED) /* which has none */
		r = container_pids(&s, &app->arena, &c, &pids, e);
	if (r == 0)
		r = o->format == FORMAT_JSON ? print_json(app, &pids, e) : print_table(app, &pids, words, e);
	container_close(&c);
	return r;
}

const struct cli_command cmd_ps = {
	.name = "ps",
	.args = "ID [ARG...]",
	.help = "list the processes of a container",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct ps_options),
	.min_args = 1,
	.max_args = SIZE_MAX,
	.words_before_rest = words_before_rest,
	.run = run,
};
