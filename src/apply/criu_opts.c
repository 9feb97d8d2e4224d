// SPDX-License-Identifier: LGPL-2.1-or-later
/* criu_opts.c - what a request to CRIU says, and what is not asked of it at all */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/criu.h"
#include "apply/fs.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

#define OPTS_MAX ((size_t)120 << 10)  /* a message must fit into a socket's buffer */
#define LOG_LEVEL 4                   /* debug: who reads the log wants to know */
#define PARENTS_MAX 64                /* pre-dumps of pre-dumps */

const char *const criu_ns_keys[NS__MAX] = { [NS_NET] = "extRootNetNS", [NS_PID] = "extRootPidNS" };

static const struct {
	unsigned field;
	size_t offset;
} flags[] = {
	{ 3, offsetof(struct criu_args, leave_running) },   { 4, offsetof(struct criu_args, ext_unix_sk) },
	{ 5, offsetof(struct criu_args, tcp_established) }, { 7, offsetof(struct criu_args, shell_job) },
	{ 8, offsetof(struct criu_args, file_locks) },	    { 16, offsetof(struct criu_args, auto_dedup) },
	{ 18, offsetof(struct criu_args, link_remap) },	    { 46, offsetof(struct criu_args, tcp_skip_in_flight) },
	{ 48, offsetof(struct criu_args, lazy_pages) },	    { 52, offsetof(struct criu_args, tcp_close) },
};

struct pb_out criu_opts(struct arena *a, const struct criu_args *x, const char *log)
{
	struct pb_out o = pb_out(a, OPTS_MAX);
	int mode = x->manage_cgroups_mode;

	pb_put_int(&o, CRIU_OPT_IMAGES_DIR_FD, CRIU_IMAGE_FD);
	pb_put_int(&o, CRIU_OPT_WORK_DIR_FD, CRIU_WORK_FD);
	pb_put_int(&o, CRIU_OPT_LOG_LEVEL, LOG_LEVEL);
	pb_put_text(&o, CRIU_OPT_LOG_FILE, log);
	pb_put_text(&o, CRIU_OPT_CONFIG_FILE, x->config_file);
	pb_put_int(&o, CRIU_OPT_NOTIFY_SCRIPTS, 1);
	pb_put_int(&o, CRIU_OPT_ORPHAN_PTS_MASTER, 1);
	pb_put_int(&o, CRIU_OPT_MANAGE_CGROUPS, 1);
	pb_put_int(&o, CRIU_OPT_MANAGE_CGROUPS_MODE, mode < 0 ? 0 : mode ? mode : CRIU_CGROUPS_SOFT);
	if (x->network_lock)
		pb_put_int(&o, CRIU_OPT_NETWORK_LOCK, x->network_lock);
	if (x->empty_ns)
		pb_put_int(&o, CRIU_OPT_EMPTY_NS, CLONE_NEWNET);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (*(const bool *)((const char *)x + flags[i].offset))
			pb_put_int(&o, flags[i].field, 1);
	return o;
}

void criu_put_pair(struct arena *a, struct pb_out *opts, enum criu_opt opt, const char *key, const char *text,
		   int64_t number)
{
	struct pb_out pair = pb_out(a, 9000);

	pb_put_text(&pair, 1, key);
	if (text)
		pb_put_text(&pair, 2, text);
	else
		pb_put_int(&pair, 2, number);
	pb_put_message(opts, (unsigned)opt, &pair);
}

/* ---- what is refused ---- */

static int refuse(const char *why, const char *where, struct err *e)
{
	err_set(e, -ENOTSUP, ERR_UNSUPPORTED, "CRIU does not save or restore %s", why);
	if (where)
		err_place(e, "%s", where);
	return -ENOTSUP;
}

int criu_refuse(const struct plan *plan, const struct facts *facts, struct err *e)
{
	const struct ns_plan *ns = &plan->ns;

	if (facts->euid != 0 || !facts->init_userns || !facts->privileged)
		return err_set(e, -EPERM, ERR_PRIVILEGE, "CRIU needs the rights of the host's root");
	if (plan->rdt)
		return refuse("groups of resctrl", "linux.intelRdt", e);
	if (ns->ns[NS_TIME].mode != NS_INHERIT)
		return refuse("a time namespace", ns->ns[NS_TIME].where, e);
	if (plan->seccomp && plan->seccomp->notify)
		return refuse("a system call filter with an agent (SCMP_ACT_NOTIFY)", "linux.seccomp", e);
	if (ns->ns[NS_MOUNT].mode != NS_NEW)
		return refuse("a container without a mount namespace of its own", ns->ns[NS_MOUNT].where, e);
	if (ns->ns[NS_USER].mode == NS_JOIN)
		return refuse("a user namespace that was joined", ns->ns[NS_USER].where, e);
	if (ns->ns[NS_CGROUP].mode == NS_JOIN)
		return refuse("a cgroup namespace that was joined", ns->ns[NS_CGROUP].where, e);
	if (plan->cgroup.delegate)
		return refuse("a delegated cgroup", "annotations.run.oci.delegate-cgroup", e);
	if (plan->n_netdevs)
		return refuse("network devices that were moved in", plan->netdevs[0].where, e);
	return 0;
}

/* ---- the directory ---- */

static int check_owner(int dir_fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(dir_fd, &st) < 0)
		return err_sys(e, ERR_FILE, "look at %s", path);
	if (st.st_uid != geteuid() || st.st_mode & S_IWOTH)
		return err_set(e, -EPERM, ERR_FILE, "%.150s belongs to another user, or others may write there", path);
	return 0;
}

/* Return: 0, 1 when there is a link to the images of a parent, or -errno */
static int check_entries(int dir_fd, const char *path, struct err *e)
{
	int fd = fs_entry(dir_fd, ".", O_RDONLY | O_DIRECTORY), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	struct stat st;

	if (!dir) {
		r = fd < 0 ? fd : -errno;
		fd_close(&fd);
		return err_code(e, r, ERR_FILE, "read %s", path);
	}
	while (r >= 0 && (d = readdir(dir))) {
		if (fs_entry_stat(dir_fd, d->d_name, &st) < 0 || !S_ISLNK(st.st_mode))
			continue;
		r = 1;
		if (!str_eq(d->d_name, "parent"))
			r = err_set(e, -ELOOP, ERR_FILE, "%.100s/%.80s is a symbolic link, and images are files",
				    path, d->d_name);
	}
	closedir(dir);
	return r;
}

int criu_images(int dir_fd, const char *path, bool restore, struct err *e)
{
	_close_fd int at_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);

	if (at_fd < 0)
		return err_sys(e, ERR_FILE, "open %s", path);
	for (int i = 0; i < PARENTS_MAX; i++) {
		int next_fd, r = check_owner(at_fd, path, e);

		if (r == 0 && restore)
			r = check_entries(at_fd, path, e);
		if (r <= 0)
			return r;
		/* ours, as is the directory that it is in */
		next_fd = openat(at_fd, "parent", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (next_fd < 0)
			return err_sys(e, ERR_FILE, "open %.150s/parent", path);
		fd_close(&at_fd);
		at_fd = next_fd;
	}
	return err_set(e, -ELOOP, ERR_FILE, "%.150s: more than %d parents", path, PARENTS_MAX);
}
