// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * creds.c - what the process becomes: limits, attributes, ids, capabilities
 *
 * Everything that matters for confinement is read back and compared (security: D9, D10): a partial
 * success would be an escape.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"

/* In a new user namespace: be its root, which the maps have just made possible. */
int creds_become_root(struct err *e)
{
	if (setgroups(0, NULL) < 0 && errno != EPERM) /* EPERM: denied for unprivileged maps */
		return err_sys(e, ERR_CREDS, "drop the supplementary groups");
	if (setresgid(0, 0, 0) < 0)
		return err_sys(e, ERR_CREDS,
			       "become group 0 of the user namespace (is it mapped?)");
	if (setresuid(0, 0, 0) < 0)
		return err_sys(e, ERR_CREDS, "become user 0 of the user namespace (is it mapped?)");
	return 0;
}

int creds_limits(const struct process_plan *p, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct rlimit_plan *l = &p->rlimits[i];
		struct rlimit want = { .rlim_cur = l->soft, .rlim_max = l->hard };

		if (setrlimit((__rlimit_resource_t)l->resource, &want) < 0) {
			err_sys(e, ERR_RLIMIT, "set %s to %llu:%llu", l->name,
				(unsigned long long)l->soft, (unsigned long long)l->hard);
			err_place(e, "%s", l->where);
			return -EPERM;
		}
	}
	return 0;
}

/* Where a limit is above what the process has, only we may raise it; lowering is done by itself. */
int creds_raise(const struct process_plan *p, pid_t pid, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct rlimit_plan *l = &p->rlimits[i];
		__rlimit_resource_t res = (__rlimit_resource_t)l->resource;
		struct rlimit now;
		int r;

		if (getrlimit(res, &now) < 0)
			return err_sys(e, ERR_RLIMIT, "read %s", l->name);
		if (l->hard <= now.rlim_max)
			continue;
		now.rlim_max = l->hard;
		if (prlimit(pid, res, &now, NULL) < 0) {
			r = err_sys(e, ERR_RLIMIT, "raise %s to %llu", l->name,
				    (unsigned long long)l->hard);
			err_place(e, "%s", l->where);
			return r;
		}
	}
	return 0;
}

int creds_oom_score(const struct process_plan *p, int proc_fd, pid_t pid, struct err *e)
{
	char path[48], text[16];
	int r;

	if (!p->has_oom_score_adj)
		return 0;
	snprintf(path, sizeof(path), "%d/oom_score_adj", pid);
	snprintf(text, sizeof(text), "%d", p->oom_score_adj);
	r = procfs_write(proc_fd, path, text, strlen(text));
	if (r < 0) {
		err_code(e, r, ERR_OOM_ADJ, "set oom_score_adj to %s", text);
		err_place(e, "process.oomScoreAdj");
	}
	return r;
}

/* The caller's mask is none of the container's business. Old kernels did this when a process entered a cpuset. */
void creds_all_cpus(void)
{
	uint64_t all[CPU_WORDS];

	memset(all, 0xff, sizeof(all));
	(void)sched_setaffinity(0, sizeof(all), (const cpu_set_t *)all);
}

int creds_attributes(const struct process_plan *p, struct err *e)
{
	struct sys_sched_attr a = {
		.size = sizeof(a),
		.policy = p->sched.policy,
		.flags = p->sched.flags,
		.nice = p->sched.nice,
		.priority = p->sched.priority,
		.runtime = p->sched.runtime,
		.deadline = p->sched.deadline,
		.period = p->sched.period,
	};

	if (p->sched.set && sys_sched_setattr(0, &a) < 0)
		return err_sys(e, ERR_SCHED, "set the scheduling policy (process.scheduler)");
	if (p->has_ioprio && sys_ioprio_set(IOPRIO_WHO_PGRP, 0, p->ioprio) < 0)
		return err_sys(e, ERR_SCHED, "set the I/O priority (process.ioPriority)");
	if (p->has_mempolicy && sys_set_mempolicy(p->mempolicy_mode, p->mempolicy_nodes,
						  sizeof(p->mempolicy_nodes) * 8 + 1) < 0) /* it reads one less */
		return err_sys(e, ERR_SCHED, "set the memory policy (linux.memoryPolicy)");
	if (p->has_personality && personality(p->personality) < 0)
		return err_sys(e, ERR_SCHED, "set the personality (linux.personality)");
	return 0;
}

/* ---- capabilities ---- */

static int caps_get(uint64_t ret[3])
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (sys_capget(&h, d) < 0)
		return -errno;
	ret[0] = d[0].effective | (uint64_t)d[1].effective << 32;
	ret[1] = d[0].permitted | (uint64_t)d[1].permitted << 32;
	ret[2] = d[0].inheritable | (uint64_t)d[1].inheritable << 32;
	return 0;
}

static int caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};

	return sys_capset(&h, d) < 0 ? -errno : 0;
}

static int caps_bound(const uint64_t *caps, unsigned last_cap, struct err *e)
{
	for (unsigned cap = 0; cap <= last_cap; cap++) {
		int wanted = caps[CAPSET_BOUNDING] >> cap & 1;

		if (!wanted && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return err_sys(e, ERR_CREDS, "drop capability %u from the bounding set", cap);
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != wanted)
			return err_set(e, -EPERM, ERR_CREDS, "capability %u is %s the bounding set", cap,
				       wanted ? "not in" : "still in");
	}
	return 0;
}

/* What a process holds permitted and inheritable alone can be ambient (capabilities(7)). */
static int caps_ambient(const uint64_t *caps, unsigned last_cap, struct err *e)
{
	uint64_t possible = caps[CAPSET_PERMITTED] & caps[CAPSET_INHERITABLE];

	/* What the caller has of them stays over a change of user when the user is root. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys(e, ERR_CREDS, "clear the ambient capabilities");
	for (unsigned cap = 0; cap <= last_cap; cap++) {
		int wanted = caps[CAPSET_AMBIENT] >> cap & 1;

		if (!(possible >> cap & 1))
			continue;
		if (wanted && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return err_sys(e, ERR_CREDS, "raise the ambient capability %u", cap);
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != wanted)
			return err_set(e, -EPERM, ERR_CREDS, "capability %u is %s", cap,
				       wanted ? "not ambient" : "still ambient");
	}
	return 0;
}

static int caps_final(const uint64_t *caps, unsigned last_cap, struct err *e)
{
	uint64_t got[3] = { 0 };
	int r = caps_set(caps[CAPSET_EFFECTIVE], caps[CAPSET_PERMITTED], caps[CAPSET_INHERITABLE]);

	if (r < 0)
		return err_code(e, r, ERR_CREDS, "set the capabilities");
	r = caps_ambient(caps, last_cap, e);
	if (r < 0)
		return r;
	r = caps_get(got);
	if (r < 0)
		return err_code(e, r, ERR_CREDS, "read the capabilities back");
	if (got[0] != caps[CAPSET_EFFECTIVE] || got[1] != caps[CAPSET_PERMITTED] ||
	    got[2] != caps[CAPSET_INHERITABLE])
		return err_set(e, -EPERM, ERR_CREDS,
			       "the capabilities are not those that were set");
	return 0;
}

/* ---- ids ---- */

static int ids_check(const struct process_plan *p, struct err *e)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) < 0 || getresgid(&g[0], &g[1], &g[2]) < 0)
		return err_sys(e, ERR_CREDS, "read the ids back");
	for (int i = 0; i < 3; i++)
		if (u[i] != p->uid || g[i] != p->gid)
			return err_set(e, -EPERM, ERR_CREDS, "the ids are not those that were set");
	return 0;
}

/* The kernel sorts them, by the ids of the host: the order says nothing. */
static bool has_groups(const struct process_plan *p)
{
	static gid_t got[NGROUPS_MAX];
	uint64_t difference = 0;

	if (getgroups(NGROUPS_MAX, got) != (int)p->n_groups)
		return false;
	for (size_t i = 0; i < p->n_groups; i++)
		difference += (uint64_t)got[i] * got[i] - (uint64_t)p->groups[i] * p->groups[i];
	return difference == 0;
}

static int ids_switch(const struct process_plan *p, struct err *e)
{
	if (!p->keep_groups) {
		if (setgroups(p->n_groups, p->groups) < 0 && !(errno == EPERM && p->n_groups == 0))
			return err_sys(e, ERR_CREDS,
				       "set the supplementary groups (annotation "
				       "run.oci.keep_original_groups keeps the caller's)");
		if (p->n_groups && !has_groups(p))
			return err_set(e, -EPERM, ERR_CREDS,
				       "the supplementary groups are not those that were set");
	}
	if (setresgid(p->gid, p->gid, p->gid) < 0)
		return err_sys(e, ERR_CREDS, "become group %u%s", p->gid,
			       errno == EINVAL ? ", which the user namespace does not map" : "");
	if (setresuid(p->uid, p->uid, p->uid) < 0)
		return err_sys(e, ERR_CREDS, "become user %u%s", p->uid,
			       errno == EINVAL ? ", which the user namespace does not map" : "");
	return ids_check(p, e);
}

int cwd_make(struct child *c, struct err *e)
{
	const char *cwd = c->plan->process.cwd;
	_close_fd int fd = fs_open(c->root_fd, cwd, O_PATH);
	struct stat st;

	if (fd == -ENOENT)
		return fs_target(c->root_fd, cwd, FS_MAKE_DIR, false, &fd, NULL, e);
	/* what the user alone can reach is looked at by the user, at start */
	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		return err_code(e, -ENOTDIR, ERR_CWD, "change to process.cwd %s", cwd);
	return 0;
}

/* The working directory must be inside the container whatever its path says (security: D7). */
static int cwd_enter(struct child *c, bool as_user, struct err *e)
{
	const char *cwd = c->plan->process.cwd;
	_close_fd int fd = -1;
	char where[4096];
	int r = 0;

	/* the kernel checks search permission, so this is tried as root and as the user */
	fd = fs_open(c->root_fd, cwd, O_PATH | O_DIRECTORY);
	if (fd == -ENOENT && !as_user && !c->joins)
		r = fs_target(c->root_fd, cwd, FS_MAKE_DIR, false, &fd, NULL, e);
	else if (fd < 0)
		r = err_code(e, fd, ERR_CWD, "change to process.cwd %s", cwd);
	if (r == 0 && fchdir(fd) < 0)
		r = err_sys(e, ERR_CWD, "change to process.cwd %s", cwd);
	if (r < 0)
		return r;
	if (!getcwd(where, sizeof(where)) || where[0] != '/')
		return err_set(e, -ENOENT, ERR_CWD, "process.cwd %s is not inside the container",
			       cwd);
	return 0;
}

static int no_new_privs(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, ERR_CREDS, "set no_new_privs");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return err_set(e, -EPERM, ERR_CREDS, "no_new_privs is not set");
	return 0;
}

/* While a procfs may still be made: a user namespace may have none. */
static void filter_look(struct child *c, struct seccomp_proof *ret)
{
	if (c->filter && c->status_fd < 0 && procfs_open(c, NULL) == 0)
		c->status_fd = procfs_self(c->proc_fd, "status", O_RDONLY);
	if (c->filter)
		seccomp_look(ret, c->filter, c->status_fd);
}

/* The agent must have the listener before any call can wait for it, the next one included. */
static int filter_enter(struct child *c, const struct seccomp_proof *before, struct err *e)
{
	_close_fd int listener_fd = -1;
	int r = seccomp_enter(c->filter, &listener_fd, e);

	if (r == 0 && listener_fd >= 0)
		r = sync_send(&c->sync, MSG_LISTENER, 0, &listener_fd, 1, e);
	return r < 0 ? r : seccomp_prove(before, e);
}

int creds_switch(struct child *c, struct err *e)
{
	const struct process_plan *p = &c->plan->process;
	unsigned last_cap = c->facts->last_cap;
	struct seccomp_proof proof;
	bool there;
	int r;

	filter_look(c, &proof);
	umask(p->umask);
	there = cwd_enter(c, false, NULL) == 0;
	if (c->filter && !p->no_new_privs) {
		/* Without no_new_privs loading needs CAP_SYS_ADMIN, which is about to go. */
		r = filter_enter(c, &proof, e);
		if (r < 0)
			return r;
	}
	r = caps_bound(p->caps, last_cap, e);
	if (r < 0)
		return r;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_sys(e, ERR_CREDS, "keep the capabilities over the change of user");
	r = ids_switch(p, e);
	if (r < 0)
		return r;
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return err_sys(e, ERR_CREDS, "stop keeping capabilities");
	if (!there) {
		r = cwd_enter(c, true, e);
		if (r < 0)
			return r;
	}
	r = caps_final(p->caps, last_cap, e);
	if (r < 0)
		return r;
	if (p->no_new_privs) {
		r = no_new_privs(e);
		if (r < 0)
			return r;
	}
	if (c->filter && p->no_new_privs)
		return filter_enter(c, &proof, e);
	return 0;
}
