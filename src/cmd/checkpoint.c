// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * checkpoint.c - checkpoint and restore: the command lines of other runtimes, and a clear no
 *
 * Both need CRIU, which this build does not drive. The options are read all the same, because callers
 * find out by them what a runtime can do: an option that is unknown, or a value that is missing, is
 * answered as everywhere, and only a complete request is refused.
 */
#include <errno.h>

#include "base/codes.h"
#include "cmd/app.h"

struct criu_options {
	const char *image_path, *work_path, *parent_path;
	bool leave_running, pre_dump;
	bool tcp_established, tcp_skip_in_flight, tcp_close;
	bool link_remap, ext_unix_sk, shell_job, file_locks;
	bool lazy_pages, auto_dedup;
	unsigned status_fd;
	const char *page_server;
	int manage_cgroups_mode;
	int network_lock;
	int empty_ns;
	/* restore only */
	const char *bundle, *console_socket, *pid_file;
	const char *lsm_profile, *lsm_mount_context;
	bool detach, no_subreaper, no_pivot;
};

static const struct name_value cgroups_modes[] = {
	{ "full", 2 }, { "ignore", 4 }, { "soft", 1 }, { "strict", 3 },
};
static const struct name_value network_locks[] = {
	{ "iptables", 1 }, { "nftables", 2 }, { "skip", 3 },
};
static const struct name_value empty_namespaces[] = { { "network", 1 } };

#define OPT(member, kind, name, ...) CLI_OPT(struct criu_options, member, kind, name, 0, __VA_ARGS__)

/* Rows of both commands. */
#define CRIU_OPTIONS \
	OPT(image_path, CLI_TEXT, "image-path", .arg = "DIR", .help = "the images of the checkpoint"), \
	OPT(work_path, CLI_TEXT, "work-path", .arg = "DIR", .help = "logs and work files"), \
	OPT(tcp_established, CLI_FLAG, "tcp-established", .help = "with open TCP connections"), \
	OPT(ext_unix_sk, CLI_FLAG, "ext-unix-sk", .help = "with unix sockets to the outside"), \
	OPT(shell_job, CLI_FLAG, "shell-job", .help = "with a terminal of the outside"), \
	OPT(file_locks, CLI_FLAG, "file-locks", .help = "with locks on files"), \
	OPT(manage_cgroups_mode, CLI_CHOICE, "manage-cgroups-mode", \
	    .arg = "soft|full|strict|ignore", .choices = cgroups_modes, \
	    .n_choices = ARRAY_SIZE(cgroups_modes), .help = "what to do with cgroups"), \
	OPT(network_lock, CLI_CHOICE, "network-lock", .arg = "iptables|nftables|skip", \
	    .choices = network_locks, .n_choices = ARRAY_SIZE(network_locks), \
	    .help = "how the network is held still"), \
	OPT(empty_ns, CLI_CHOICE, "empty-ns", .arg = "network", .choices = empty_namespaces, \
	    .n_choices = ARRAY_SIZE(empty_namespaces), .help = "leave out what a namespace holds"), \
	OPT(auto_dedup, CLI_FLAG, "auto-dedup", .help = "remove what later images have too"), \
	OPT(lazy_pages, CLI_FLAG, "lazy-pages", .help = "memory is fetched when it is needed")

static const struct cli_option checkpoint_options[] = {
	CRIU_OPTIONS,
	OPT(parent_path, CLI_TEXT, "parent-path", .arg = "DIR",
	    .help = "the images of the pre-dump, relative to the image path"),
	OPT(leave_running, CLI_FLAG, "leave-running", .help = "do not stop the container"),
	OPT(pre_dump, CLI_FLAG, "pre-dump", .help = "save only memory, and go on"),
	OPT(tcp_skip_in_flight, CLI_FLAG, "tcp-skip-in-flight",
	    .help = "leave out TCP connections that are being made"),
	OPT(link_remap, CLI_FLAG, "link-remap", .help = "with files that were unlinked"),
	OPT(status_fd, CLI_NUMBER, "status-fd", .arg = "FD", .max = INT32_MAX,
	    .help = "write a byte there when lazy pages are ready"),
	OPT(page_server, CLI_TEXT, "page-server", .arg = "ADDRESS:PORT",
	    .help = "send the memory to a page server"),
};

static const struct cli_option restore_options[] = {
	CRIU_OPTIONS,
	OPT(tcp_close, CLI_FLAG, "tcp-close", .help = "close all TCP connections"),
	CLI_OPT(struct criu_options, bundle, CLI_TEXT, "bundle", 'b', .arg = "DIR",
		.help = "directory of the bundle (default: the current one)"),
	OPT(console_socket, CLI_TEXT, "console-socket", .arg = "SOCKET",
	    .help = "send the master of the terminal there"),
	OPT(pid_file, CLI_TEXT, "pid-file", .arg = "FILE",
	    .help = "write the pid of the first process to FILE"),
	CLI_OPT(struct criu_options, detach, CLI_FLAG, "detach", 'd',
		.help = "return when the container runs"),
	OPT(no_subreaper, CLI_FLAG, "no-subreaper",
	    .help = "do not become the parent of the container's orphans"),
	OPT(no_pivot, CLI_FLAG, "no-pivot", .help = "enter the root by chroot"),
	OPT(lsm_profile, CLI_TEXT, "lsm-profile", .arg = "TYPE:NAME",
	    .help = "another AppArmor profile or SELinux label"),
	OPT(lsm_mount_context, CLI_TEXT, "lsm-mount-context", .arg = "CONTEXT",
	    .help = "another SELinux label for mounts"),
};

static int refuse(struct err *e)
{
	return err_set(e, -ENOTSUP, ERR_UNSUPPORTED,
		       "checkpoint and restore need CRIU, which this build of taper does not drive");
}

static int checkpoint(struct app *app, const void *options, const struct cli_words *words,
		      struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct store s;
	int r = app_need_container(app, words->v[0], false, &s, &c, e);

	(void)options;
	container_close(&c);
	return r < 0 ? r : refuse(e);
}

static int restore(struct app *app, const void *options, const struct cli_words *words,
		   struct err *e)
{
	char name[96];

	(void)app;
	(void)options;
	if (!store_id_valid(words->v[0]))
		return err_set(e, -EINVAL, ERR_ID, "%s is not an id",
			       text_escape(name, sizeof(name), words->v[0], strlen(words->v[0])));
	return refuse(e);
}

const struct cli_command cmd_checkpoint = {
	.name = "checkpoint",
	.args = "ID",
	.help = "save a running container to files (not in this build)",
	.options = checkpoint_options,
	.n_options = ARRAY_SIZE(checkpoint_options),
	.options_size = sizeof(struct criu_options),
	.min_args = 1,
	.max_args = 1,
	.run = checkpoint,
};

const struct cli_command cmd_restore = {
	.name = "restore",
	.args = "ID",
	.help = "make a container from such files (not in this build)",
	.options = restore_options,
	.n_options = ARRAY_SIZE(restore_options),
	.options_size = sizeof(struct criu_options),
	.min_args = 1,
	.max_args = 1,
	.run = restore,
};
