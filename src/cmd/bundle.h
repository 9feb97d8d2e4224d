/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bundle.h - from a directory on disk to a plan: what create, run and explain have in common
 */
#ifndef TAPER_CMD_BUNDLE_H
#define TAPER_CMD_BUNDLE_H

#include "cmd/app.h"

#define BUNDLE_PROBLEMS_MAX 64       /* more are only counted */

struct bundle {
	const char *dir;             /* absolute */
	const char *file;            /* absolute path of config.json; NULL when it was not read from one */
	const char *text;            /* of config.json */
	size_t len;
	struct oci_spec *spec;
	struct facts facts;
	struct plan *plan;
	struct problems problems;    /* what is wrong with it, with line and column */
};

/**
 * bundle_enter() - make the bundle the current directory
 * @dir: as given by the user, NULL = the current directory
 *
 * Hooks run there, and whatever relative path follows is meant from there.
 * Return: 0 or -errno
 */
int bundle_enter(struct app *app, const char *dir, struct bundle *ret, struct err *e);

/**
 * bundle_read() - read and decode config.json
 * @config: another file, relative to the bundle; NULL = config.json
 *
 * Return: 0; -EINVAL or -E2BIG with @b->problems filled; another -errno
 */
int bundle_read(struct app *app, const char *config, struct bundle *b, struct err *e);

/**
 * bundle_default() - the default config for a bare root file system instead of one that is read
 * @rootfs:  absolute path
 * @program: its command, may be empty
 */
void bundle_default(struct app *app, const char *rootfs, const struct cli_words *program,
		    struct bundle *b);

/**
 * bundle_plan() - read the host's facts, and plan
 * @opt: .bundle and .cg_manager are set here
 *
 * Warnings of the plan are logged.
 * Return: 0; -errno, with @b->problems filled when the config is to blame
 */
int bundle_plan(struct app *app, struct plan_options *opt, struct bundle *b, struct err *e);

/* bundle_locate() - line and column of the planner's problems, when there is a file */
void bundle_locate(struct bundle *b);

/**
 * document_read() - the text of a file with a JSON document
 * @named: on the command line: may be a pipe as well
 *
 * Return: 0 or -errno
 */
int document_read(struct app *app, const char *path, bool named, const char **ret, size_t *ret_len,
		  struct err *e);

/**
 * document_named() - the document of a file that the command line names; "-" is standard input
 * @b: its file, text and len are set, for messages; so is @app->document
 *
 * Return: 0 or -errno
 */
int document_named(struct app *app, const char *path, struct bundle *b, struct err *e);

/* app_facts() - read the host's facts, --rootless considered. Return: 0 or -errno */
int app_facts(struct app *app, struct facts *ret, struct err *e);

/**
 * bundle_saved() - the config that a container was made from, as it was then
 * @b: its spec is set; its problems, of which there is room, may get some
 *
 * Return: 0 or -errno, without a text when there are problems
 */
int bundle_saved(struct app *app, struct container *c, struct bundle *b, struct err *e);

/* bundle_blame() - make the first problem, if there is one, the error of the command. Return: @r */
int bundle_blame(struct app *app, const struct bundle *b, int r, struct err *e);

#endif
