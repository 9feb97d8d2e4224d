/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apply/seccomp.h - compile a filter once, load it in the container's process
 */
#ifndef TAPER_APPLY_SECCOMP_H
#define TAPER_APPLY_SECCOMP_H

#include <linux/filter.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "plan/plan.h"

struct seccomp_filter {
	const struct sock_filter *insns;
	unsigned short n;
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

#endif
