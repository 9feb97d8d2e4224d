// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * argv.c - fuzz entry point: any command line, one word a line; it is read, and nothing is done
 *
 * What has to hold: it is read, or an error of usage says what is wrong with it; words are those of the
 * command line in their order, as many as the command takes; usage and help can be printed.
 */
int taper_main(int argc, char **argv);
#define main taper_main
#include "src/cmd/main.c"
#undef main

#include "tests/fuzz/harness.h"

#define WORDS_MAX 64

static void check_words(const struct call *call, char *const *given, size_t n)
{
	const struct cli_words *words = &call->line.words;
	size_t at = 0;

	REQUIRE(words->n >= call->cmd->min_args && words->n <= call->cmd->max_args);
	for (size_t i = 0; i < words->n; i++) {
		while (at < n && given[at] != words->v[i])
			at++;
		REQUIRE(at < n);
		at++;
	}
	if (call->cmd->passed_fds)
		call->cmd->passed_fds(call->options);
	if (call->cmd->words_before_rest)
		call->cmd->words_before_rest(call->options);
}

static void check_texts(struct app *app, const struct cli_command *cmd)
{
	const char *usage = cli_usage(&app->arena, cmd), *help = cli_help(&app->arena, cmd);

	REQUIRE(str_starts(usage, "usage: taper ") && strstr(usage, cmd->name));
	REQUIRE(strstr(help, usage) && strstr(help, cmd->help));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct app app = { .what = "", .proc_fd = -1, .commands = commands, .n_commands = ARRAY_SIZE(commands) };
	struct fuzz_in in = { data, size };
	struct call call = { .cmd = NULL };
	struct err e = { 0 };
	char *given[WORDS_MAX + 1], *argv[WORDS_MAX + 1], *word;
	size_t n = 0;
	int r;

	fuzz_arena(&app.arena);
	while (n < WORDS_MAX && (word = fuzz_text(&app.arena, &in, '\n')))
		argv[n] = given[n] = word, n++;
	argv[n] = given[n] = NULL;
	r = read_line(&app, argv, &call, &e);
	REQUIRE((r == 0) == (e.code == 0));
	REQUIRE(r == 0 || (r == -EINVAL && e.id == ERR_USAGE && e.text[0]));
	if (call.cmd)
		check_texts(&app, call.cmd);
	if (r == 0 && !call.help && !app.g.version)
		REQUIRE(call.cmd);
	if (r == 0 && call.cmd && !call.help)
		check_words(&call, given, n);
	arena_close(&app.arena);
	return 0;
}

FUZZ_MAIN("argv");
