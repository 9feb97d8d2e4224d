/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp_cache.h - compiled filters, kept as files by what they were compiled from
 *
 * A file holds the whole profile and its BPF. Its name is a hash of the profile, which only serves to find
 * it: a file is used when the profile in it is the same byte by byte. The directory is ours alone.
 */
#ifndef TAPER_APPLY_SECCOMP_CACHE_H
#define TAPER_APPLY_SECCOMP_CACHE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "libocispec/arena.h"

#define SECCOMP_CACHE_FILES 64   /* as many as are kept; the oldest go */

/* A profile as bytes: whatever the BPF depends on. */
struct seccomp_key {
	const char *bytes;
	size_t len;
};

/* seccomp_cache_get() - the filter of a profile. Return: whether there is one */
bool seccomp_cache_get(struct arena *a, int cache_fd, const struct seccomp_key *key,
		       const struct sock_filter **ret, unsigned short *ret_n);

/* seccomp_cache_put() - keep a filter; that it cannot be kept is no failure */
void seccomp_cache_put(int cache_fd, const struct seccomp_key *key, const struct sock_filter *insns,
		       unsigned short n);

/**
 * seccomp_cache_clean() - remove half-written files whose writers are gone
 * @proc_fd: verified procfs
 * @dry_run: only count them
 *
 * Return: how many
 */
unsigned seccomp_cache_clean(int cache_fd, int proc_fd, bool dry_run);

#endif
