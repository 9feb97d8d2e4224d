// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * completion.c - scripts that let a shell complete taper's command line
 *
 * All three are made from the option tables, so that they know what the parser knows. What can be
 * completed for a value follows from what the usage text calls it (arg_kind()); the words of a command
 * from its .args. Texts of ours hold no quotes, brackets or colons that a shell would take for its own;
 * put_plain() leaves them out.
 *
 * Sources: bash(1), "Programmable Completion"; zshcompsys(1), "_arguments"; complete(1) of fish.
 */
#include <errno.h>

#include "base/codes.h"
#include "cmd/app.h"

enum arg_kind { ARG_NONE, ARG_FILE, ARG_DIR, ARG_CHOICE, ARG_FREE };

/* A text that grows. */
struct out {
	struct arena *a;
	char *text;
	size_t len, room;
};

static void put_n(struct out *o, const char *text, size_t n)
{
	if (o->len + n + 1 > o->room) {
		size_t room = 2 * (o->len + n + 1024);
		char *bigger = arena_alloc(o->a, room);

		if (o->len)
			memcpy(bigger, o->text, o->len);
		o->text = bigger;
		o->room = room;
	}
	memcpy(o->text + o->len, text, n);
	o->len += n;
	o->text[o->len] = '\0';
}

static void put(struct out *o, const char *text)
{
	put_n(o, text, strlen(text));
}

/* put_plain() - without what has a meaning between quotes or in a zsh specification */
static void put_plain(struct out *o, const char *text)
{
	for (; *text; text++)
		if (!strchr("'\"`$\\[]:", *text))
			put_n(o, text, 1);
}

/* put_form() - @form with each "%" replaced by the next of @values */
static void put_form(struct out *o, const char *form, const char *const *values)
{
	for (; *form; form++) {
		if (*form == '%')
			put_plain(o, *values++);
		else
			put_n(o, form, 1);
	}
}

#define PUT(o, form, ...) put_form(o, form, (const char *const[]){ __VA_ARGS__ })

static enum arg_kind arg_kind(const struct cli_option *opt)
{
	static const char *const files[] = { "FILE", "SOCKET", "TARGET", "PATH" };

	if (opt->kind == CLI_FLAG)
		return ARG_NONE;
	if (opt->kind == CLI_CHOICE)
		return ARG_CHOICE;
	if (opt->arg && str_eq(opt->arg, "DIR"))
		return ARG_DIR;
	for (size_t i = 0; opt->arg && i < ARRAY_SIZE(files); i++)
		if (str_starts(opt->arg, files[i]))
			return ARG_FILE;
	return ARG_FREE;
}

/* All choices of an option, a blank between each */
static const char *choices_of(struct app *app, const struct cli_option *opt)
{
	const char *list = "";

	for (size_t i = 0; i < opt->n_choices; i++)
		list = arena_fmt(&app->arena, "%s%s%s", list, i ? " " : "", opt->choices[i].name);
	return list;
}

static const char *letter_of(struct app *app, const struct cli_option *opt)
{
	return opt->letter ? arena_fmt(&app->arena, "%c", opt->letter) : "";
}

/* "add|remove|list ID [FILE]": the words that the first argument may be, a blank between each; else "" */
static const char *first_words(struct app *app, const struct cli_command *cmd)
{
	char *words = arena_dup(&app->arena, cmd->args, strcspn(cmd->args, " "));
	bool has_more = false;

	for (char *at = words; *at; at++)
		if (*at == '|') {
			*at = ' ';
			has_more = true;
		}
	return has_more ? words : "";
}

/* Which argument is the id of a container that is there? 1 or 2, 0 = none */
static unsigned id_place(const struct cli_command *cmd)
{
	if (str_eq(cmd->name, "create") || str_eq(cmd->name, "run") || str_eq(cmd->name, "restore"))
		return 0;
	if (str_starts(cmd->args, "ID"))
		return 1;
	return strstr(cmd->args, "| ID") || strstr(cmd->args, " ID") ? 2 : 0;
}

/* ---- bash ---- */

static void bash_values(struct app *app, struct out *o, const char *command,
			const struct cli_option *opt)
{
	static const char *const what[] = {
		[ARG_FILE] = "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))",
		[ARG_DIR] = "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))",
		[ARG_FREE] = ":",
	};
	enum arg_kind kind = arg_kind(opt);

	if (kind == ARG_NONE)
		return;
	PUT(o, "\t%,--%", command, opt->name);
	if (opt->letter)
		PUT(o, "|%,-%", command, letter_of(app, opt));
	put(o, ") ");
	if (kind == ARG_CHOICE)
		PUT(o, "COMPREPLY=($(compgen -W '%' -- \"$cur\"))", choices_of(app, opt));
	else
		put(o, what[kind]);
	put(o, " ;;\n");
}

static void bash_options(struct app *app, struct out *o, const struct cli_option *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!options[i].help)
			continue;
		PUT(o, " --%", options[i].name);
		if (options[i].letter)
			PUT(o, " -%", letter_of(app, &options[i]));
	}
	put(o, " --help -h\"");
}

static const char bash_head[] =
	"# bash completion of taper\n"
	"_taper_value() {\n"
	"\tcase $1 in\n";

static const char bash_middle[] =
	"\t*) return 1 ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"_taper_ids() {\n"
	"\tCOMPREPLY=($(compgen -W \"$(taper \"${root[@]}\" list -q 2>/dev/null)\" -- \"$cur\"))\n"
	"}\n"
	"\n"
	"_taper() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command= i word options words=0 root=()\n"
	"\tCOMPREPLY=()\n"
	"\tif [ \"$cur\" = = ]; then\n"
	"\t\tcur=\n"
	"\telif [ \"$prev\" = = ]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tcase $word in\n"
	"\t\t-*)\n"
	"\t\t\tif (cur=; compopt() { :; }; _taper_value \"$command,$word\"); then\n"
	"\t\t\t\t[ \"${COMP_WORDS[i + 1]}\" != = ] || ((i++))\n"
	"\t\t\t\t((i++))\n"
	"\t\t\t\t[ \"$word\" != --root ] || root=(--root \"${COMP_WORDS[i]}\")\n"
	"\t\t\tfi ;;\n"
	"\t\t=) ;;\n"
	"\t\t*) if [ -z \"$command\" ]; then command=$word; else ((words++)); fi ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t_taper_value \"$command,$prev\" && return\n"
	"\tcase $command in\n";

static const char bash_tail[] =
	"\t*) return ;;\n"
	"\tesac\n"
	"\tif [[ $cur == -* ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tcase $command,$words in\n"
	"\t,*) COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\")) ;;\n";

static const char bash_end[] =
	"\t*) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _taper taper\n";

static void bash_arguments(struct app *app, struct out *o)
{
	for (size_t i = 0; i < app->n_commands; i++) {
		const struct cli_command *cmd = app->commands[i];
		const char *words = first_words(app, cmd);

		if (*words)
			PUT(o, "\t%,0) COMPREPLY=($(compgen -W '%' -- \"$cur\")) ;;\n", cmd->name, words);
		if (id_place(cmd))
			PUT(o, "\t%,%) _taper_ids ;;\n", cmd->name, id_place(cmd) == 1 ? "0" : "1");
		if (strstr(cmd->args, "SIGNAL"))
			PUT(o, "\t%,1) COMPREPLY=($(compgen -A signal -- \"${cur:-SIG}\")) ;;\n", cmd->name);
	}
}

static void bash_script(struct app *app, struct out *o)
{
	put(o, bash_head);
	for (size_t k = 0; k < app->n_global_options; k++)
		bash_values(app, o, "", &app->global_options[k]);
	for (size_t i = 0; i < app->n_commands; i++)
		for (size_t k = 0; k < app->commands[i]->n_options; k++)
			if (app->commands[i]->options[k].help)
				bash_values(app, o, app->commands[i]->name, &app->commands[i]->options[k]);
	put(o, bash_middle);
	put(o, "\t'') options=\"");
	bash_options(app, o, app->global_options, app->n_global_options);
	put(o, "\n\t\tlocal commands=\"");
	for (size_t i = 0; i < app->n_commands; i++)
		PUT(o, " %", app->commands[i]->name);
	put(o, "\" ;;\n");
	for (size_t i = 0; i < app->n_commands; i++) {
		PUT(o, "\t%) options=\"", app->commands[i]->name);
		bash_options(app, o, app->commands[i]->options, app->commands[i]->n_options);
		put(o, " ;;\n");
	}
	put(o, bash_tail);
	bash_arguments(app, o);
	put(o, bash_end);
}

/* ---- zsh ---- */

static void zsh_option(struct app *app, struct out *o, const struct cli_option *opt)
{
	enum arg_kind kind = arg_kind(opt);

	if (!opt->help)
		return;
	if (opt->kind == CLI_LIST) /* may come again */
		put(o, " \\\n\t\t'*'");
	else if (opt->letter)
		PUT(o, " \\\n\t\t'(-% --%)'", letter_of(app, opt), opt->name);
	else
		put(o, " \\\n\t\t");
	if (opt->letter)
		PUT(o, "{-%,--%}", letter_of(app, opt), opt->name);
	else
		PUT(o, "--%", opt->name);
	/* "=": the value may follow after a blank too */
	put(o, kind == ARG_NONE ? "'[" : "'=[");
	put_plain(o, opt->help);
	put(o, "]");
	if (kind != ARG_NONE)
		PUT(o, ":%:", opt->arg ? opt->arg : "value");
	if (kind == ARG_FILE)
		put(o, "_files");
	else if (kind == ARG_DIR)
		put(o, "_files -/");
	else if (kind == ARG_CHOICE)
		PUT(o, "(%)", choices_of(app, opt));
	put(o, "'");
}

static void zsh_command(struct app *app, struct out *o, const struct cli_command *cmd)
{
	const char *words = first_words(app, cmd);
	unsigned id = id_place(cmd);

	PUT(o, "\t%) _arguments -S '(-h --help)'{-h,--help}'[print the options]'", cmd->name);
	for (size_t i = 0; i < cmd->n_options; i++)
		zsh_option(app, o, &cmd->options[i]);
	if (*words)
		PUT(o, " \\\n\t\t'1:what:(%)'", words);
	if (id)
		PUT(o, " \\\n\t\t'%:container:_taper_ids'", id == 1 ? "1" : "2");
	if (strstr(cmd->args, "SIGNAL"))
		put(o, " \\\n\t\t'2:signal:_signals -s'");
	else if (cmd->max_args > 1 || !id)
		put(o, " \\\n\t\t'*:file:_files'");
	put(o, " ;;\n");
}

static void zsh_script(struct app *app, struct out *o)
{
	put(o, "#compdef taper\n\n"
	       "_taper_ids() {\n"
	       "\tlocal -a ids\n"
	       "\tids=(${(f)\"$(_call_program ids taper ${(kv)opt_args[(I)--root]} list -q 2>/dev/null)\"})\n"
	       "\t_describe container ids\n"
	       "}\n\n"
	       "_taper_commands() {\n"
	       "\tlocal -a commands\n"
	       "\tcommands=(\n");
	for (size_t i = 0; i < app->n_commands; i++)
		PUT(o, "\t\t'%:%'\n", app->commands[i]->name, app->commands[i]->help);
	/* put_plain() leaves colons out of values alone, so the one of the form stays */
	put(o, "\t)\n\t_describe command commands\n}\n\n"
	       "_taper() {\n"
	       "\tlocal curcontext=$curcontext state line\n"
	       "\ttypeset -A opt_args\n"
	       "\t_arguments -C -S '(-h --help)'{-h,--help}'[print the commands]'");
	for (size_t i = 0; i < app->n_global_options; i++)
		zsh_option(app, o, &app->global_options[i]);
	put(o, " \\\n\t\t'1:command:_taper_commands' '*::argument:->arguments'\n"
	       "\t[[ $state == arguments ]] || return\n"
	       "\tcase $line[1] in\n");
	for (size_t i = 0; i < app->n_commands; i++)
		zsh_command(app, o, app->commands[i]);
	put(o, "\tesac\n}\n\n_taper \"$@\"\n");
}

/* ---- fish ---- */

static void fish_option(struct app *app, struct out *o, const char *command,
			const struct cli_option *opt)
{
	enum arg_kind kind = arg_kind(opt);

	if (!opt->help)
		return;
	if (*command)
		PUT(o, "complete -c taper -n '__fish_seen_subcommand_from %'", command);
	else
		put(o, "complete -c taper -n __taper_no_command");
	PUT(o, " -l %", opt->name);
	if (opt->letter)
		PUT(o, " -s %", letter_of(app, opt));
	if (kind == ARG_CHOICE)
		PUT(o, " -x -a '%'", choices_of(app, opt));
	else if (kind == ARG_DIR)
		put(o, " -x -a '(__fish_complete_directories)'");
	else if (kind == ARG_FILE)
		put(o, " -r -F");
	else if (kind == ARG_FREE)
		put(o, " -x");
	PUT(o, " -d '%'\n", opt->help);
}

static void fish_script(struct app *app, struct out *o)
{
	put(o, "# fish completion of taper\n"
	       "function __taper_no_command\n\tnot __fish_seen_subcommand_from");
	for (size_t i = 0; i < app->n_commands; i++)
		PUT(o, " %", app->commands[i]->name);
	put(o, "\nend\ncomplete -c taper -f\n");
	for (size_t i = 0; i < app->n_global_options; i++)
		fish_option(app, o, "", &app->global_options[i]);
	for (size_t i = 0; i < app->n_commands; i++) {
		const struct cli_command *cmd = app->commands[i];
		const char *words = first_words(app, cmd);

		PUT(o, "complete -c taper -n __taper_no_command -a % -d '%'\n", cmd->name, cmd->help);
		if (*words)
			PUT(o, "complete -c taper -n '__fish_seen_subcommand_from %' -a '%'\n", cmd->name,
			    words);
		if (id_place(cmd))
			PUT(o, "complete -c taper -n '__fish_seen_subcommand_from %' "
			       "-a '(taper list -q 2>/dev/null)'\n", cmd->name);
		for (size_t k = 0; k < cmd->n_options; k++)
			fish_option(app, o, cmd->name, &cmd->options[k]);
	}
}

/* ---- the command ---- */

static const struct {
	const char *name;
	void (*write)(struct app *app, struct out *o);
} shells[] = {
	{ "bash", bash_script },
	{ "fish", fish_script },
	{ "zsh", zsh_script },
};

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	struct out o = { .a = &app->arena };

	(void)options;
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (str_eq(shells[i].name, words->v[0])) {
			shells[i].write(app, &o);
			return app_print(o.text, e);
		}
	return err_set(e, -EINVAL, ERR_USAGE, "expected one of bash, fish, zsh; found %.80s",
		       words->v[0]);
}

const struct cli_command cmd_completion = {
	.name = "completion",
	.args = "bash|fish|zsh",
	.help = "print a script that completes command lines",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
