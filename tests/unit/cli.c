// SPDX-License-Identifier: LGPL-2.1-or-later
/* cli.c - the parser takes what callers of runc and crun write, and says clearly what it does not take */
#include "cmd/cli.h"

#include <errno.h>

#include "base/codes.h"
#include "tests/lib/tap.h"

enum { RED, BLUE };

struct values {
	bool detach, force, keep;
	const char *bundle, *file;
	unsigned fds;
	int color;
	const char *rootfs;
};

static const struct name_value colors[] = { { "blue", BLUE }, { "red", RED } };

static const struct cli_option rows[] = {
	CLI_OPT(struct values, detach, CLI_FLAG, "detach", 'd', .help = "do not wait"),
	CLI_OPT(struct values, force, CLI_FLAG, "force", 'f', .help = "do"),
	CLI_OPT(struct values, keep, CLI_FLAG, "no-subreaper", 0, .help = NULL),
	CLI_OPT(struct values, bundle, CLI_TEXT, "bundle", 'b', .arg = "DIR", .help = "where"),
	CLI_OPT(struct values, file, CLI_TEXT, "pid-file", 0, .arg = "FILE", .help = "what"),
	CLI_OPT(struct values, fds, CLI_NUMBER, "preserve-fds", 0, .arg = "N", .max = 100, .help = "n"),
	CLI_OPT(struct values, color, CLI_CHOICE, "color", 0, .arg = "COLOR", .choices = colors,
		.n_choices = 2, .help = "one"),
	CLI_OPT(struct values, rootfs, CLI_TEXT, "rootfs", 0, .arg = "DIR", .help = "root"),
};

static size_t rest_none(const void *v)
{
	(void)v;
	return 0;
}

static size_t rest_after_one(const void *v)
{
	(void)v;
	return 1;
}

static size_t rest_with_rootfs(const void *v)
{
	return ((const struct values *)v)->rootfs ? 1 : SIZE_MAX;
}

/* The result as one text: "d f k b=DIR p=FILE n=N c=COLOR r=DIR | word word" */
static const char *show(const struct values *v, const struct cli_result *line)
{
	static char text[512];
	int n = snprintf(text, sizeof(text), "%s%s%s", v->detach ? "d " : "", v->force ? "f " : "",
			 v->keep ? "k " : "");

#define ADD(...) n += snprintf(text + n, sizeof(text) - (size_t)n, __VA_ARGS__)
	if (v->bundle)
		ADD("b=%s ", v->bundle);
	if (v->file)
		ADD("p=%s ", v->file);
	if (v->fds)
		ADD("n=%u ", v->fds);
	if (v->color)
		ADD("c=%d ", v->color);
	if (v->rootfs)
		ADD("r=%s ", v->rootfs);
	if (line->help)
		ADD("help ");
	ADD("|");
	for (size_t i = 0; i < line->words.n; i++)
		ADD(" %s", line->words.v[i]);
#undef ADD
	return text;
}

/* @line: words separated by one blank */
static int parse(const char *line, size_t (*rest)(const void *), struct values *v,
		 struct cli_result *ret, struct err *e)
{
	static char copy[512];
	static char *argv[32];
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *at = copy, *word; (word = strsep(&at, " "));)
		if (*word)
			argv[n++] = word;
	argv[n] = NULL;
	*v = (struct values){ 0 };
	return cli_parse(rows, ARRAY_SIZE(rows), argv, v, rest, ret, e);
}

struct form {
	const char *line, *want;
};

static void check_forms(const struct form *forms, size_t n, size_t (*rest)(const void *))
{
	for (size_t i = 0; i < n; i++) {
		struct cli_result line;
		struct values v;
		struct err e = { 0 };

		if (!is_int(parse(forms[i].line, rest, &v, &line, &e), 0) ||
		    !is_str(show(&v, &line), forms[i].want))
			printf("# in: %s %s\n", forms[i].line, e.text);
	}
}

TEST(takes_every_form)
{
	static const struct form forms[] = {
		{ "", "|" },
		{ "c1", "| c1" },
		{ "--bundle /b c1", "b=/b | c1" },
		{ "--bundle=/b c1", "b=/b | c1" },
		{ "-bundle /b c1", "b=/b | c1" },
		{ "-bundle=/b c1", "b=/b | c1" },
		{ "-b /b c1", "b=/b | c1" },
		{ "-b/b c1", "b=/b | c1" },
		{ "-b=/b c1", "b=/b | c1" },
		{ "--b /b c1", "b=/b | c1" },
		{ "-b --x c1", "b=--x | c1" },
		{ "-df c1", "d f | c1" },
		{ "-dfb /b c1", "d f b=/b | c1" },
		{ "-dfb/b c1", "d f b=/b | c1" },
		{ "--detach=true", "d |" },
		{ "--detach=1", "d |" },
		{ "--detach=false", "|" },
		{ "--detach --detach=0", "|" },
		{ "-d=false", "|" },
		{ "--bundle=", "b= |" },
		{ "--bundle=a=b", "b=a=b |" },
		{ "-b 1 --bundle 2 -bundle=3", "b=3 |" },
		{ "--color blue", "c=1 |" },
		{ "--color=blue --color red", "|" },
		{ "--preserve-fds 0", "|" },
		{ "--preserve-fds=100", "n=100 |" },
		{ "c1 --force", "f | c1" },
		{ "c1 -f c2 -d c3", "d f | c1 c2 c3" },
		{ "-- -f", "| -f" },
		{ "c1 -- --force -- x", "| c1 --force -- x" },
		{ "- -d", "d | -" },
		{ "--help", "help |" },
		{ "-h", "help |" },
		{ "-?", "help |" },
		{ "--usage", "help |" },
		{ "-help c1", "help | c1" },
		{ "-dh", "d help |" },
	};

	check_forms(forms, ARRAY_SIZE(forms), NULL);
}

TEST(options_end_after_the_id)
{
	static const struct form forms[] = {
		{ "-d c1 sh -c x", "d | c1 sh -c x" },
		{ "c1 -d", "| c1 -d" },
		{ "-d c1 -- sh -f", "d | c1 sh -f" },
		{ "-- c1 sh -f", "| c1 sh -f" },
		{ "c1 sh -- -f", "| c1 sh -- -f" },
	};

	check_forms(forms, ARRAY_SIZE(forms), rest_after_one);
}

TEST(options_end_at_the_command)
{
	static const struct form forms[] = {
		{ "-d create -b x", "d | create -b x" },
		{ "create -- -b", "| create -- -b" },
		{ "--bundle=1 --bundle=2 -d -d create", "d b=2 | create" },
		{ "-- create -f", "| create -f" },
	};

	check_forms(forms, ARRAY_SIZE(forms), rest_none);
}

TEST(rootfs_makes_the_rest_a_program)
{
	static const struct form forms[] = {
		{ "c1 -d", "d | c1" },
		{ "--rootfs /r c1 sh -d", "r=/r | c1 sh -d" },
		{ "--rootfs /r -d c1 -- -x", "d r=/r | c1 -x" },
		{ "c1 --rootfs /r -d", "r=/r | c1 -d" },
	};

	check_forms(forms, ARRAY_SIZE(forms), rest_with_rootfs);
}

/* What engines were seen to call, after the global options. */
TEST(engines_forms)
{
	static const struct form forms[] = {
		{ "--bundle /b --pid-file /b/init.pid c1", "b=/b p=/b/init.pid | c1" },
		{ "--bundle /b --pid-file /p --preserve-fds 1 c1", "b=/b p=/p n=1 | c1" },
		{ "--force c1", "f | c1" },
		{ "-no-subreaper --bundle /b c1", "k b=/b | c1" },
		{ "c1 9", "| c1 9" },
	};

	check_forms(forms, ARRAY_SIZE(forms), NULL);
}

TEST(refuses_with_a_reason)
{
	static const struct form forms[] = {
		{ "--nope", "unknown flag --nope" },
		{ "-x", "unknown flag -x" },
		{ "-dx", "unknown flag -dx" },
		{ "--nope=3", "unknown flag --nope=3" },
		{ "---", "unknown flag ---" },
		{ "--=x", "unknown flag --=x" },
		{ "-=x", "unknown flag -=x" },
		{ "--bundle", "--bundle requires an argument" },
		{ "c1 -b", "--bundle requires an argument" },
		{ "-db", "--bundle requires an argument" },
		{ "--detach=maybe", "--detach: expected true or false, found maybe" },
		{ "--detach=", "--detach: expected true or false" },
		{ "--preserve-fds -1", "--preserve-fds: expected a number from 0 to 100, found -1" },
		{ "--preserve-fds 101", "found 101" },
		{ "--preserve-fds 0x1", "found 0x1" },
		{ "--color green", "--color: expected one of blue, red; found green" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct cli_result line;
		struct values v;
		struct err e = { 0 };

		is_err(parse(forms[i].line, NULL, &v, &line, &e), EINVAL);
		is_int(e.id, ERR_USAGE);
		has_str(e.text, forms[i].want);
	}
}

TEST(counts_words)
{
	static const struct cli_command cmd = { .name = "kill", .args = "ID [SIGNAL]", .min_args = 1,
						.max_args = 2 };
	char *v[] = { "a", "b", "c", NULL };
	struct err e = { 0 };

	is_err(cli_check_words(&cmd, &(struct cli_words){ v, 0 }, &e), EINVAL);
	has_str(e.text, "expected ID [SIGNAL]");
	is_int(cli_check_words(&cmd, &(struct cli_words){ v, 1 }, &e), 0);
	is_int(cli_check_words(&cmd, &(struct cli_words){ v, 2 }, &e), 0);
	is_err(cli_check_words(&cmd, &(struct cli_words){ v, 3 }, &e), EINVAL);
	has_str(e.text, "too many arguments: c");
}

TEST(help_is_made_from_the_rows)
{
	static const struct cli_command cmd = { .name = "create", .args = "ID", .help = "make it",
						.options = rows, .n_options = ARRAY_SIZE(rows) };
	struct arena a;
	const char *text;

	is_int(arena_open(&a, 0), 0);
	is_str(cli_usage(&a, &cmd), "usage: taper create [OPTION...] ID\n");
	text = cli_help(&a, &cmd);
	has_str(text, "usage: taper create [OPTION...] ID\n\nmake it\n");
	has_str(text, "  -b, --bundle DIR                 where\n");
	has_str(text, "      --pid-file FILE              what\n");
	has_str(text, "  -h, --help ");
	ok(!strstr(text, "no-subreaper"));
}

TAP_MAIN
