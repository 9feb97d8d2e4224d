/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * criu.h - what checkpoint and restore have in common: options, directories, the program
 */
#ifndef TAPER_CMD_CRIU_H
#define TAPER_CMD_CRIU_H

#include "apply/checkpoint.h"
#include "cmd/app.h"

struct criu_options {
	struct criu_args x;
	const char *image_path, *work_path;
	/* checkpoint only */
	const char *page_server;
	unsigned status_fd;
	/* restore only */
	const char *bundle, *console_socket, *pid_file;
	bool detach, no_subreaper, no_pivot;
};

extern const struct name_value criu_cgroups_modes[4], criu_network_locks[3], criu_empty_namespaces[1];

#define CRIU_OPT(member, kind, name, ...) CLI_OPT(struct criu_options, member, kind, name, 0, __VA_ARGS__)

/* Rows of both commands. */
#define CRIU_OPTIONS \
	CRIU_OPT(image_path, CLI_TEXT, "image-path", .arg = "DIR", \
		 .help = "the images of the checkpoint (default: checkpoint)"), \
	CRIU_OPT(work_path, CLI_TEXT, "work-path", .arg = "DIR", \
		 .help = "logs and work files (default: with the images)"), \
	CRIU_OPT(x.tcp_established, CLI_FLAG, "tcp-established", .help = "with open TCP connections"), \
	CRIU_OPT(x.ext_unix_sk, CLI_FLAG, "ext-unix-sk", .help = "with unix sockets to the outside"), \
	CRIU_OPT(x.shell_job, CLI_FLAG, "shell-job", .help = "with a terminal of the outside"), \
	CRIU_OPT(x.file_locks, CLI_FLAG, "file-locks", .help = "with locks on files"), \
	CRIU_OPT(x.manage_cgroups_mode, CLI_CHOICE, "manage-cgroups-mode", \
		 .arg = "soft|full|strict|ignore", .choices = criu_cgroups_modes, \
		 .n_choices = ARRAY_SIZE(criu_cgroups_modes), \
		 .help = "what to do with cgroups (default: soft)"), \
	CRIU_OPT(x.network_lock, CLI_CHOICE, "network-lock", .arg = "iptables|nftables|skip", \
		 .choices = criu_network_locks, .n_choices = ARRAY_SIZE(criu_network_locks), \
		 .help = "how the network is held still"), \
	CRIU_OPT(x.empty_ns, CLI_CHOICE, "empty-ns", .arg = "network", .choices = criu_empty_namespaces, \
		 .n_choices = ARRAY_SIZE(criu_empty_namespaces), \
		 .help = "leave out what a namespace holds"), \
	CRIU_OPT(x.auto_dedup, CLI_FLAG, "auto-dedup", .help = "remove what later images have too"), \
	CRIU_OPT(x.lazy_pages, CLI_FLAG, "lazy-pages", .help = "memory is fetched when it is needed")

/**
 * criu_prepare() - find the program, open the directories
 * @create: make the directory of the images when it is missing
 * @ret:    the options, to which these are added; to be closed with criu_release(), also on failure
 *
 * Relative paths are taken from the current directory.
 * Return: 0 or -errno
 */
int criu_prepare(struct app *app, const struct criu_options *o, bool create, struct criu_args *ret, struct err *e);
void criu_release(struct criu_args *x);

/* criu_config() - the file with settings of criu: by annotation, or a usual one. NULL = none */
const char *criu_config(const struct kvv *annotations);

#endif
