/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * criu.h - CRIU, which saves processes to files and makes processes of them again (private to apply/)
 *
 * Every call of ours has a criu of its own ("criu swrk FD"): it gets one request over a socket, asks back
 * while it works ("notify", with the name of what it is about to do), and ends with an answer. A message is
 * a protocol buffer; the numbers of the fields are those of CRIU's images/rpc.proto, its public interface.
 */
#ifndef TAPER_APPLY_CRIU_H
#define TAPER_APPLY_CRIU_H

#include <sys/types.h>

#include "apply/checkpoint.h"
#include "base/pb.h"
#include "host/parse.h"

/* criu_req_type */
enum criu_request {
	CRIU_DUMP = 1, CRIU_RESTORE = 2, CRIU_PRE_DUMP = 4, CRIU_NOTIFY = 6, CRIU_FEATURE_CHECK = 9,
	CRIU_VERSION = 10,
};

/* criu_opts: those of each request. What only the caller decides is in a table in criu_opts.c. */
enum criu_opt {
	CRIU_OPT_IMAGES_DIR_FD = 1, CRIU_OPT_PID = 2, CRIU_OPT_EVASIVE_DEVICES = 6, CRIU_OPT_LOG_LEVEL = 9,
	CRIU_OPT_LOG_FILE = 10, CRIU_OPT_PS = 11, CRIU_OPT_NOTIFY_SCRIPTS = 12, CRIU_OPT_ROOT = 13,
	CRIU_OPT_PARENT_IMG = 14, CRIU_OPT_TRACK_MEM = 15, CRIU_OPT_WORK_DIR_FD = 17, CRIU_OPT_MANAGE_CGROUPS = 24,
	CRIU_OPT_CG_ROOT = 25, CRIU_OPT_RST_SIBLING = 26, CRIU_OPT_INHERIT_FD = 27,
	CRIU_OPT_MANAGE_CGROUPS_MODE = 34, CRIU_OPT_EXTERNAL = 37, CRIU_OPT_EMPTY_NS = 38, CRIU_OPT_JOIN_NS = 39,
	CRIU_OPT_FREEZE_CGROUP = 44, CRIU_OPT_ORPHAN_PTS_MASTER = 50, CRIU_OPT_CONFIG_FILE = 51,
	CRIU_OPT_LSM_PROFILE = 53, CRIU_OPT_LSM_MOUNT_CONTEXT = 63, CRIU_OPT_NETWORK_LOCK = 64,
};

enum criu_feature { CRIU_FEATURE_MEM_TRACK = 1, CRIU_FEATURE_LAZY_PAGES = 2 };

/* The fds that a criu has beside the standard ones: its socket; the directories; what else it gets */
enum { CRIU_SOCK_FD = 3, CRIU_IMAGE_FD, CRIU_WORK_FD, CRIU_FIRST_FD };

struct criu {
	struct arena *arena;
	int sock_fd;                 /* requests and answers; -1 = not yet */
	int ctl_fd;                  /* to the child that will execute it; -1 = it has */
	pid_t pid;
	int pid_fd;
	unsigned version;            /* 31701 for 3.17.1 */
};
#define CRIU_INIT { .sock_fd = -1, .ctl_fd = -1, .pid_fd = -1 }

struct criu_launch {
	const struct criu_args *x;
	bool dies_with_us;
	const int *fds;              /* it gets these as CRIU_FIRST_FD and so on; at most NS__MAX */
	size_t n_fds;
	/* In the child, before it executes criu; with the socket to who calls criu_executed(). From then on the
	 * directories are those of its mount namespace. NULL = nothing */
	int (*prepare)(void *arg, int ctl_fd, struct err *e);
	void *arg;
};

/* criu_launch() - make the process. @c: ended with criu_end(), also on failure. Return: 0 or -errno */
int criu_launch(struct criu *c, struct arena *a, const struct criu_launch *l, struct err *e);

/* criu_executed() - wait until criu is executed, and ask for its version. Return: 0 or -errno */
int criu_executed(struct criu *c, struct err *e);

/* criu_need() - fail unless it is at least this version. @what: needs it. Return: 0 or -errno */
int criu_need(const struct criu *c, unsigned version, const char *what, struct err *e);

/* criu_need_feature() - fail unless criu and this kernel can do that. Return: 0 or -errno */
int criu_need_feature(struct criu *c, enum criu_feature feature, const char *what, struct err *e);

/* What criu is about to do. */
struct criu_notice {
	const char *script;          /* "setup-namespaces" */
	pid_t pid;                   /* of the container's first process; 0 = not told */
	int *fd;                     /* that came along, -1 = none; who wants it takes it */
};

typedef int criu_notify(void *arg, const struct criu_notice *n, struct err *e);

/**
 * criu_ask() - make the request, and answer what criu asks until it is done
 * @notify: may fail, and then criu does
 *
 * Waits as long as criu works; --timeout ends that too.
 * Return: 0 or -errno
 */
int criu_ask(struct criu *c, enum criu_request type, const struct pb_out *opts, criu_notify *notify, void *arg,
	     struct err *e);

/* criu_end() - it has answered, or must end. @limit_ms: then it is killed */
void criu_end(struct criu *c, int limit_ms);

/* criu_blame() - make what criu's log says of errors the text of an error. Return: @r */
int criu_blame(const struct criu_args *x, const char *log, int r, struct err *e);

/* ---- criu_opts.c ---- */

/* criu_opts() - a request's options, with all that the caller decides */
struct pb_out criu_opts(struct arena *a, const struct criu_args *x, const char *log);

/* criu_put_pair() - a message of two fields: a text (NULL = none), and a text or, without one, a number */
void criu_put_pair(struct arena *a, struct pb_out *opts, enum criu_opt opt, const char *key, const char *text,
		   int64_t number);

/* criu_refuse() - what neither can be saved nor made again. Return: 0 or -errno */
int criu_refuse(const struct plan *plan, const struct facts *facts, struct err *e);

/**
 * criu_images() - may this directory be used?
 * @path: for errors
 *
 * Others must not be able to write there. For restore no entry may be a link but "parent", which criu makes,
 * in it and in those that it leads to.
 * Return: 0 or -errno
 */
int criu_images(int dir_fd, const char *path, bool restore, struct err *e);

/* Keys of joined namespaces, in the images; by enum ns_kind, NULL = criu joins it by its path */
extern const char *const criu_ns_keys[NS__MAX];

/* A container that is to be saved. */
struct criu_seen {
	int proc_fd;
	pid_t pid;
	const struct plan *plan;
	const struct facts *facts;
	bool has_notify;             /* it has the directory of a notify socket */
};

/* ---- criu_stdio.c: standard files that are not the container's own ---- */

/* criu_stdio_own() - what our own fds 0 to 2 are, which a container gets: record.stdio */
struct strv criu_stdio_own(struct arena *a, int proc_fd);

/**
 * criu_stdio_save() - name those that lead outside to criu, and write down what they are
 * @keys:     of the record
 * @image_fd: descriptors.json there gets an element for each
 *
 * Return: 0 or -errno
 */
int criu_stdio_save(struct arena *a, const struct strv *keys, int image_fd, struct pb_out *opts, struct err *e);

/* criu_stdio_load() - what stands for them at restore: our own fds 0 to 2. Return: 0 or -errno */
int criu_stdio_load(struct arena *a, int image_fd, struct pb_out *opts, struct err *e);

/* ---- criu_mounts.c: mounts whose content is not the container's ---- */

/* criu_mounts_put() - name them to criu. Return: 0 or -errno */
int criu_mounts_put(struct arena *a, const struct criu_seen *seen, struct pb_out *opts, struct err *e);

/* ---- criu_stage.c: the place where criu finds what it mounts ---- */

/* The file system of the stage, by its source; and what is in it. */
#define STAGE_SOURCE "taper-criu"
#define STAGE_DIR "criu"             /* in the container's directory */

struct criu_stage {
	struct child *child;         /* .src_fd and .idmap_fd are there */
	int dir_fd;                  /* the container's directory */
};

/* criu_stage_make() - criu_launch.prepare of a restore; @arg: struct criu_stage */
int criu_stage_make(void *arg, int ctl_fd, struct err *e);

/* criu_stage_put() - name what is there to criu. @pid: of criu. Return: 0 or -errno */
int criu_stage_put(struct arena *a, int proc_fd, pid_t pid, const struct child *child, struct pb_out *opts,
		   struct err *e);

/* Names under which both sides know what is in no config. */
#define STAGE_MASK_FILE "taper-mask-file"
#define STAGE_MASK_DIR "taper-mask-dir"
#define STAGE_NOTIFY "taper-notify"
#define STAGE_CGROUP "taper-cgroup-"

/* ---- mountinfo (proc(5)) ---- */

/* criu_mountinfo() - the mounts that a process sees. Return: 0 or -errno */
int criu_mountinfo(struct arena *a, int proc_fd, pid_t pid, struct mount_lines *ret, struct err *e);

#endif
