/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apply/seccomp.h - compile a filter once, load it in the container's process
 */
#ifndef TAPER_APPLY_SECCOMP_H
#define TAPER_APPLY_SECCOMP_H

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "plan/plan.h"

struct seccomp_filter {
	const struct sock_filter *insns;
	unsigned short n;
	uint32_t arch;                   /* AUDIT_ARCH_* of this process's calls */
	uint32_t flags;                  /* SECCOMP_FILTER_FLAG_* */
	bool flags_optional;
	bool notify;
};

/**
 * seccomp_compile() - rules to BPF through libseccomp, or from the cache
 * @cache_fd: directory of the cache (mode 0700, ours), -1 = none. A file is used only when the whole
 *            profile stored in it is equal to this one, so the name need not be a cryptographic hash.
 *
 * Return: 0 or -errno
 */
int seccomp_compile(struct arena *a, const struct seccomp_plan *plan, int cache_fd,
		    struct seccomp_filter *ret, struct err *e);

/**
 * seccomp_enter() - put the calling process under the filter (seccomp_load() is libseccomp's)
 * @ret_listener_fd: the notification fd when the filter has one, else -1
 *
 * The last thing a process does before it can no longer rely on any other system call.
 * Return: 0 or -errno
 */
int seccomp_enter(const struct seccomp_filter *f, int *ret_listener_fd, struct err *e);

#define SECCOMP_STATUS_MAX 8192      /* /proc/PID/status, up to the count: longer only with 500 groups */

struct seccomp_probe;

/* What is known before a filter is loaded */
struct seccomp_proof {
	int status_fd;
	int before;                        /* how many filters there were, -1 = cannot be told */
	const struct seccomp_probe *probe; /* without a count: a call that tells, NULL = there is none */
	long wanted;                       /* how it is answered under the filter */
};

/**
 * seccomp_look() - count the filters of the calling process, before seccomp_enter()
 * @status_fd: its "status" in a procfs, -1 = none; it stays open, close(2) may be forbidden afterwards
 *
 * Without a procfs, or when the filter does not permit read(2), find a call instead that it answers otherwise.
 */
void seccomp_look(struct seccomp_proof *p, const struct seccomp_filter *f, int status_fd);

/**
 * seccomp_prove() - count them again: there must be one more; or make the call that tells
 *
 * When there is neither, nothing is proved.
 * Return: 0 or -EPERM
 */
int seccomp_prove(const struct seccomp_proof *p, struct err *e);

/* seccomp_permits() - does the filter alone let a call through? No, when that cannot be told beforehand */
bool seccomp_permits(const struct seccomp_filter *f, const struct seccomp_data *call);

#endif
