/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * app.h - one call of the program: what all commands share
 */
#ifndef TAPER_CMD_APP_H
#define TAPER_CMD_APP_H

#include "base/log.h"
#include "cmd/cli.h"
#include "libocispec/state.h"
#include "plan/plan.h"
#include "state/store.h"

#define OCI_VERSION "1.3.0"          /* of runtime-spec: what taper implements */

enum rootless { ROOTLESS_AUTO, ROOTLESS_TRUE, ROOTLESS_FALSE };

/* Options before the command (cli-contract, "Global options"). */
struct globals {
	bool debug;
	const char *log;
	int log_format;              /* 1 = json */
	int log_level;               /* enum log_level */
	const char *root;            /* NULL = the default */
	bool systemd_cgroup;
	int cgroup_manager;          /* enum cg_manager */
	int rootless;                /* enum rootless */
	const char *timeout;         /* NULL = each wait has its own limit */
	const char *criu;            /* taken for old callers, without effect */
	bool version;
};

struct app {
	struct arena arena;
	const struct cli_command *const *commands; /* all there are, for what lists them */
	size_t n_commands;
	const struct cli_option *global_options;
	size_t n_global_options;
	struct globals g;
	const char *what;            /* command and id, for the line that says why it failed */
	const char *document;        /* file that the error is about, NULL = none */
	const char *hint;            /* instead of the error code's, NULL = that one */
	int proc_fd;                 /* the host's procfs, -1 = not opened yet */
	struct store store;          /* the state root; path NULL = not opened yet */
	unsigned listen_fds;         /* LISTEN_FDS: checked to be open */
};

/* app_env() - an environment variable; NULL when it is not set or empty */
const char *app_env(const char *name);

/* app_annotation() - the value of an annotation; NULL when it is absent or empty */
const char *app_annotation(const struct kvv *annotations, const char *key);

/* app_path() - @path made absolute by the current directory; NULL stays NULL */
const char *app_path(struct app *app, const char *path);

/* app_warn() - for libraries that take a function to warn with */
void app_warn(const char *text);

/* app_proc() - open and verify the host's procfs, once. Return: 0 or -errno */
int app_proc(struct app *app, struct err *e);

/**
 * app_store() - open the state root of --root, or the default one, once
 * @create: make it when it is missing
 *
 * Default: /run/taper for root, else $XDG_RUNTIME_DIR/taper. Root of a user namespace uses the
 * latter as well if there is one: it is most likely an unprivileged user's namespace.
 * Return: 1 opened, 0 it does not exist, -errno
 */
int app_store(struct app *app, bool create, struct store *ret, struct err *e);

/**
 * app_container() - open the state root and a container in it
 * @lock: for commands that change it
 * @c:    CONTAINER_INIT; closed by the caller
 *
 * Return: 1 found, 0 no such container, -errno
 */
int app_container(struct app *app, const char *id, bool lock, struct store *s, struct container *c,
		  struct err *e);

/* app_need_container() - the same; "container ID does not exist" is an error. Return: 0 or -errno */
int app_need_container(struct app *app, const char *id, bool lock, struct store *s,
		       struct container *c, struct err *e);

/**
 * app_match() - the ids of all containers that a POSIX extended regular expression matches
 *
 * Return: 0 or -errno
 */
int app_match(struct app *app, const char *regex, struct strv *ret, struct err *e);

/* app_state() - a container as `state` and `list` show it. Damaged ones and half-made ones too. */
void app_state(struct app *app, const struct container *c, struct oci_state *ret);

/* A row of commands that take --timeout behind their name too */
#define APP_TIMEOUT_OPTION(options) \
	CLI_OPT(options, timeout, CLI_TEXT, "timeout", 0, .arg = "DURATION", \
		.help = "give up, and undo, when it takes longer (5s, 500ms)")

/* app_time_limit() - time runs from here on. @text: of --timeout, NULL = not given. Return: 0 or -errno */
int app_time_limit(const char *text, struct err *e);

/* app_print() - write text to standard output. Return: 0 or -errno */
int app_print(const char *text, struct err *e);

/* The commands, one file each. */
extern const struct cli_command cmd_checkpoint, cmd_completion, cmd_create, cmd_delete,
	cmd_exec, cmd_explain, cmd_features, cmd_kill, cmd_list, cmd_restore, cmd_run, cmd_spec, cmd_start,
	cmd_state;
extern const struct cli_command cmd_events, cmd_gc, cmd_mounts, cmd_pause, cmd_ps, cmd_resume, cmd_update;

#endif
