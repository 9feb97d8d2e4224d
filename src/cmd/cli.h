/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli.h - the command line: tables of options, one parser, the usage texts made from the tables
 *
 * Engines write to taper as they write to runc or crun, so the parser takes the forms of both:
 * options anywhere, "--name value", "--name=value", "-n value", "-nvalue", "-xy" for two flags, long
 * names with one dash, flags as "--name=true|false|1|0", "--" as the end of options. An option may be
 * repeated: the last one counts, unless it is a list.
 */
#ifndef TAPER_CMD_CLI_H
#define TAPER_CMD_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "libocispec/types.h"

/* What kind of value an option has, and the type of the member that takes it. */
enum cli_kind {
	CLI_FLAG,      /* bool */
	CLI_TEXT,      /* const char * */
	CLI_NUMBER,    /* unsigned, 0..max */
	CLI_CHOICE,    /* int: the value of a name among .choices */
	CLI_LIST,      /* struct strv: one more element each time; v has room already (cli_lists()) */
};

struct cli_option {
	const char *name;                  /* without dashes */
	char letter;                       /* 0 = none */
	enum cli_kind kind;
	const char *arg;                   /* what its value is called in usage texts; NULL for flags */
	const char *help;                  /* NULL = taken, but not shown */
	size_t offset;                     /* of the member in the struct of options */
	const struct name_value *choices;  /* CLI_CHOICE: sorted by name */
	size_t n_choices;
	unsigned max;                      /* CLI_NUMBER */
};

/* CLI_OPT() - a row: struct type, its member, kind, name, letter; then designated members */
#define CLI_OPT(type, member, k, n, l, ...) \
	{ .name = (n), .letter = (l), .kind = (k), .offset = offsetof(type, member), __VA_ARGS__ }

/* Words that are not options; they stay in the caller's argv. */
struct cli_words {
	char **v;
	size_t n;
};

struct app;

struct cli_command {
	const char *name;
	const char *args;                  /* "ID [SIGNAL]" */
	const char *help;                  /* one line */
	const struct cli_option *options;
	size_t n_options;
	size_t options_size;               /* of the struct of options */
	size_t min_args, max_args;
	/* After how many words options end, so that what follows is taken as it is: 1 for "exec ID CMD...",
	 * 0 for what comes before a command (its name ends them). NULL, SIZE_MAX: they may come anywhere */
	size_t (*words_before_rest)(const void *options);
	/* How many fds from 3 on are passed to the container, so that they are looked at before anything
	 * is opened. NULL: none are */
	unsigned (*passed_fds)(const void *options);
	int failure;                       /* exit code when run() fails; 0 = 1 */
	/**
	 * run() - do it
	 * Return: exit code, or -errno with @e filled
	 */
	int (*run)(struct app *app, const void *options, const struct cli_words *words, struct err *e);
};

/* What is found before and in the arguments of a command. */
struct cli_result {
	struct cli_words words;
	bool help;                         /* --help was among the options: nothing else counts */
};

/* cli_lists() - make room for @max elements in every CLI_LIST of a struct of options */
void cli_lists(struct arena *a, const struct cli_option *options, size_t n, void *values, size_t max);

/**
 * cli_parse() - read options and words
 * @options:  the rows, @n of them
 * @argv:     NULL-terminated; its pointers are moved (words to the front)
 * @values:   the struct that the rows point into, with the defaults in it
 * @rest:     as cli_command.words_before_rest
 *
 * Return: 0, or -EINVAL with a text that names the option
 */
int cli_parse(const struct cli_option *options, size_t n, char **argv, void *values,
	      size_t (*rest)(const void *values), struct cli_result *ret, struct err *e);

/* cli_check_words() - are there as many words as the command takes? Return: 0 or -EINVAL */
int cli_check_words(const struct cli_command *cmd, const struct cli_words *words, struct err *e);

/* cli_usage() - "usage: taper create [OPTION...] ID" and a newline, in @a */
const char *cli_usage(struct arena *a, const struct cli_command *cmd);

/* cli_help() - the usage line, the purpose and all options of a command, in @a */
const char *cli_help(struct arena *a, const struct cli_command *cmd);

/* cli_help_options() - a block with a line per option */
const char *cli_help_options(struct arena *a, const struct cli_option *options, size_t n);

#endif
