/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch.h - make a container: what create and run have in common
 */
#ifndef TAPER_CMD_LAUNCH_H
#define TAPER_CMD_LAUNCH_H

#include "apply/create.h"
#include "cmd/app.h"

#define LAUNCH_FDS_MAX (1u << 20)

struct launch_options {
	const char *bundle;
	const char *config;
	const char *console_socket;
	const char *pidfd_socket;
	const char *pid_file;
	const char *timeout;
	unsigned preserve_fds;
	bool no_pivot;
	bool no_new_keyring;
	bool no_subreaper;
	/* run only */
	bool detach;
	bool keep;
	const char *rootfs;
};

/* Rows of both commands. */
#define LAUNCH_OPTIONS \
	CLI_OPT(struct launch_options, bundle, CLI_TEXT, "bundle", 'b', .arg = "DIR", \
		.help = "directory of the bundle (default: the current one)"), \
	CLI_OPT(struct launch_options, config, CLI_TEXT, "config", 'f', .arg = "FILE", \
		.help = "read FILE instead of config.json, relative to the bundle"), \
	CLI_OPT(struct launch_options, console_socket, CLI_TEXT, "console-socket", 0, .arg = "SOCKET", \
		.help = "send the master of the terminal there"), \
	CLI_OPT(struct launch_options, pidfd_socket, CLI_TEXT, "pidfd-socket", 0, .arg = "SOCKET", \
		.help = "send a pidfd of the first process there"), \
	CLI_OPT(struct launch_options, pid_file, CLI_TEXT, "pid-file", 0, .arg = "FILE", \
		.help = "write the pid of the first process to FILE"), \
	CLI_OPT(struct launch_options, preserve_fds, CLI_NUMBER, "preserve-fds", 0, .arg = "N", \
		.max = LAUNCH_FDS_MAX, .help = "leave N more fds open in the container, from 3 on"), \
	CLI_OPT(struct launch_options, no_pivot, CLI_FLAG, "no-pivot", 0, \
		.help = "enter the root by chroot: for a host that runs from a ramdisk; less safe"), \
	CLI_OPT(struct launch_options, no_new_keyring, CLI_FLAG, "no-new-keyring", 0, \
		.help = "keep the caller's session keyring"), \
	APP_TIMEOUT_OPTION(struct launch_options)

/**
 * launch() - read the bundle, plan, create; with @start also execute the program
 * @words:  id, and with --rootfs the program
 * @ret:    fds are the caller's
 *
 * Return: 0 or -errno
 */
int launch(struct app *app, const struct launch_options *o, const struct cli_words *words, bool start,
	   struct created *ret, struct err *e);

/* launch_fds() - how many fds --preserve-fds asks for: cli_command.passed_fds */
unsigned launch_fds(const void *options);

/* launch_attend() - before a program runs in the foreground: take its signals, and @adopt its orphans */
int launch_attend(bool adopt, struct err *e);

/**
 * launch_wait() - stay with it to its end
 * @ret_status: as the shell's $?
 *
 * Warns when a limit of container @id has killed it.
 * Return: 0 or -errno
 */
int launch_wait(struct app *app, const char *id, const struct created *created, int *ret_status,
		struct err *e);

/**
 * launch_finish() - stay with a container to its end, and delete it then
 * @keep: but not that
 *
 * Return: its exit code, as the shell's $?, or -errno
 */
int launch_finish(struct app *app, const char *id, bool keep, const struct created *created, struct err *e);

#endif
