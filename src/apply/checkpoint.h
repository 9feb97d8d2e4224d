/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkpoint.h - save a container to files, and make one of them again: what cmd/ calls
 */
#ifndef TAPER_APPLY_CHECKPOINT_H
#define TAPER_APPLY_CHECKPOINT_H

#include "apply/create.h"

/* What the caller decides; zero is the default of each. */
struct criu_args {
	const char *program;                 /* absolute path of criu */
	int image_fd, work_fd;               /* directories */
	const char *image_path, *work_path;  /* the same, for texts */
	const char *config_file;             /* settings of criu that come before ours, NULL = none */
	bool tcp_established, ext_unix_sk, shell_job, file_locks, auto_dedup, lazy_pages;
	int manage_cgroups_mode;             /* criu_cg_mode; 0 = soft, CRIU_CGROUPS_IGNORE = 0 there */
	int network_lock;                    /* criu_network_lock_method; 0 = criu's default */
	int empty_ns;                        /* 1 = network */
	/* checkpoint only */
	const char *parent_path;             /* relative to the images */
	bool leave_running, pre_dump, tcp_skip_in_flight, link_remap;
	int status_fd;                       /* -1 = none */
	const char *page_server;             /* its address, NULL = none */
	unsigned page_port;
	/* restore only */
	bool tcp_close;
	const char *lsm_profile, *lsm_mount_context;
};
#define CRIU_CGROUPS_IGNORE (-1)
#define CRIU_CGROUPS_SOFT 3
#define CRIU_CGROUPS_FULL 4
#define CRIU_CGROUPS_STRICT 5

struct checkpoint_args {
	const struct criu_args *criu;
	const struct plan *plan;     /* of its config.json */
	const struct facts *facts;
	void (*warn)(const char *text);
};

/**
 * container_checkpoint() - save a running or paused container
 * @c: opened with the lock held
 *
 * Afterwards the container is gone, as after delete, unless it is left running or it was a pre-dump. When it
 * fails the container goes on.
 * Return: 0 or -errno
 */
int container_checkpoint(struct store *s, struct arena *a, struct container *c, const struct checkpoint_args *args,
			 struct err *e);

/**
 * container_restore() - make a container of what was saved
 * @args: .start is true
 * @ret:  fds are the caller's
 *
 * On failure nothing of the container is left, as with container_create().
 * Return: 0 or -errno
 */
int container_restore(struct store *s, struct arena *a, const struct create_args *args, const struct criu_args *x,
		      struct created *ret, struct err *e);

#endif
