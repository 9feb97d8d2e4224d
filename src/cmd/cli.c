// SPDX-License-Identifier: LGPL-2.1-or-later
/* cli.c - parse by the tables, and print them */
#include "cmd/cli.h"

#include <errno.h>
#include <stdio.h>

#include "base/codes.h"

/* One call of cli_parse(). */
struct parser {
	const struct cli_option *options;
	size_t n;
	char **argv;
	size_t at;                   /* next element of argv to look at */
	void *values;
	bool help;
};

/* Taken by every command, and before it. */
static const struct cli_option help_option = {
	.name = "help", .letter = 'h', .kind = CLI_FLAG, .help = "print this text"
};

static const struct cli_option *find_name(const struct parser *p, const char *name, size_t len)
{
	for (size_t i = 0; i < p->n; i++)
		if (strlen(p->options[i].name) == len && !memcmp(p->options[i].name, name, len))
			return &p->options[i];
	if ((len == 4 && !memcmp(name, "help", 4)) || (len == 5 && !memcmp(name, "usage", 5)))
		return &help_option;
	return NULL;
}

static const struct cli_option *find_letter(const struct parser *p, char letter)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->options[i].letter == letter)
			return &p->options[i];
	return letter == 'h' || letter == '?' ? &help_option : NULL;
}

static int unknown(const char *word, struct err *e)
{
	return err_set(e, -EINVAL, ERR_USAGE, "unknown flag %.100s", word);
}

static int store_flag(const struct cli_option *o, const char *value, bool *ret, struct err *e)
{
	static const struct name_value words[] = { { "0", 0 }, { "1", 1 }, { "false", 0 }, { "true", 1 } };
	const struct name_value *found;

	if (!value) {
		*ret = true;
		return 0;
	}
	found = name_find(words, ARRAY_SIZE(words), value);
	if (!found)
		return err_set(e, -EINVAL, ERR_USAGE, "--%s: expected true or false, found %.80s", o->name,
			       value);
	*ret = found->value != 0;
	return 0;
}

static int store_number(const struct cli_option *o, const char *value, unsigned *ret, struct err *e)
{
	uint32_t number;

	if (parse_u32(value, 0, o->max, &number) < 0)
		return err_set(e, -EINVAL, ERR_USAGE, "--%s: expected a number from 0 to %u, found %.80s",
			       o->name, o->max, value);
	*ret = number;
	return 0;
}

static int store_choice(const struct cli_option *o, const char *value, int *ret, struct err *e)
{
	const struct name_value *found = name_find(o->choices, o->n_choices, value);
	char list[160] = "";
	size_t used = 0;

	if (found) {
		*ret = (int)found->value;
		return 0;
	}
	for (size_t i = 0; i < o->n_choices && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
					 o->choices[i].name);
	return err_set(e, -EINVAL, ERR_USAGE, "--%s: expected one of %s; found %.80s", o->name, list,
		       value);
}

static int store_element(const char *value, struct strv *list)
{
	list->v[list->n++] = value;
	return 0;
}

/* @value: NULL only for a flag that has none */
static int store(struct parser *p, const struct cli_option *o, const char *value, struct err *e)
{
	char *member = (char *)p->values + o->offset;

	if (o == &help_option)
		return store_flag(o, value, &p->help, e);
	switch (o->kind) {
	case CLI_FLAG:
		return store_flag(o, value, (bool *)(void *)member, e);
	case CLI_TEXT:
		*(const char **)(void *)member = value;
		return 0;
	case CLI_NUMBER:
		return store_number(o, value, (unsigned *)(void *)member, e);
	case CLI_CHOICE:
		return store_choice(o, value, (int *)(void *)member, e);
	case CLI_LIST:
		return store_element(value, (struct strv *)(void *)member);
	}
	return 0;
}

/* The value of an option that must have one: @attached, or the next word. */
static int store_value(struct parser *p, const struct cli_option *o, const char *attached,
		       struct err *e)
{
	if (attached)
		return store(p, o, attached, e);
	if (!p->argv[p->at])
		return err_set(e, -EINVAL, ERR_USAGE, "flag --%s requires an argument", o->name);
	return store(p, o, p->argv[p->at++], e);
}

static int parse_named(struct parser *p, const struct cli_option *o, const char *equals, struct err *e)
{
	const char *attached = equals ? equals + 1 : NULL;

	return o->kind == CLI_FLAG ? store(p, o, attached, e) : store_value(p, o, attached, e);
}

/* @word: a dash and letters: flags, the last of which may have a value */
static int parse_letters(struct parser *p, const char *word, struct err *e)
{
	for (const char *c = word + 1; *c; c++) {
		const struct cli_option *o = find_letter(p, *c);
		int r;

		if (!o)
			return unknown(word, e);
		if (o->kind != CLI_FLAG)
			return store_value(p, o, c[1] ? c + 1 : NULL, e);
		r = store(p, o, NULL, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_option(struct parser *p, const char *word, struct err *e)
{
	bool two_dashes = word[1] == '-';
	const char *name = word + 1 + two_dashes, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct cli_option *o = len == 1 ? find_letter(p, name[0]) : find_name(p, name, len);

	if (o)
		return parse_named(p, o, equals, e);
	return two_dashes ? unknown(word, e) : parse_letters(p, word, e);
}

void cli_lists(struct arena *a, const struct cli_option *options, size_t n, void *values, size_t max)
{
	for (size_t i = 0; i < n; i++)
		if (options[i].kind == CLI_LIST)
			((struct strv *)(void *)((char *)values + options[i].offset))->v =
				arena_newv(a, const char *, max + 1);
}

int cli_parse(const struct cli_option *options, size_t n, char **argv, void *values,
	      size_t (*rest)(const void *values), struct cli_result *ret, struct err *e)
{
	struct parser p = { .options = options, .n = n, .argv = argv, .values = values };
	bool plain = false;          /* from here on everything is a word */
	size_t n_words = 0;

	while (argv[p.at]) {
		char *word = argv[p.at++];
		int r;

		/* "exec c1 -- prog": the dashes are not part of the command */
		if (!plain && rest && n_words && n_words >= rest(values) && !str_eq(word, "--"))
			plain = true;
		if (plain || word[0] != '-' || !word[1]) {
			argv[n_words++] = word;
			plain = plain || (rest && rest(values) == 0);
			continue;
		}
		if (str_eq(word, "--")) {
			plain = true;
			continue;
		}
		r = parse_option(&p, word, e);
		if (r < 0)
			return r;
	}
	argv[n_words] = NULL; /* the words moved up: what lies behind them is no word */
	*ret = (struct cli_result){ .words = { argv, n_words }, .help = p.help };
	return 0;
}

int cli_check_words(const struct cli_command *cmd, const struct cli_words *words, struct err *e)
{
	if (words->n < cmd->min_args)
		return err_set(e, -EINVAL, ERR_USAGE, "expected %s%s", cmd->args,
			       words->n ? "" : ", found nothing");
	if (words->n > cmd->max_args)
		return err_set(e, -EINVAL, ERR_USAGE, "too many arguments: %.80s", words->v[cmd->max_args]);
	return 0;
}

const char *cli_usage(struct arena *a, const struct cli_command *cmd)
{
	return arena_fmt(a, "usage: taper %s%s%s%s\n", cmd->name, cmd->n_options ? " [OPTION...]" : "",
			 *cmd->args ? " " : "", cmd->args);
}

const char *cli_help_options(struct arena *a, const struct cli_option *options, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i <= n; i++) {
		const struct cli_option *o = i < n ? &options[i] : &help_option;
		char left[64], letter[5] = "    ";

		if (!o->help)
			continue;
		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
		text = arena_fmt(a, "%s  %-32s %s\n", text, left, o->help);
	}
	return text;
}

const char *cli_help(struct arena *a, const struct cli_command *cmd)
{
	return arena_fmt(a, "%s\n%s\n\noptions:\n%s", cli_usage(a, cmd), cmd->help,
			 cli_help_options(a, cmd->options, cmd->n_options));
}
