/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host/facts.h - read the host
 */
#ifndef TAPER_HOST_FACTS_H
#define TAPER_HOST_FACTS_H

#include <stdint.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "plan/facts.h"

/**
 * host_proc() - the host's procfs, verified by fstatfs(2)
 * @ret_fd: an O_PATH directory fd, CLOEXEC; owned by the caller
 *
 * Return: 0 or -errno
 */
int host_proc(int *ret_fd, struct err *e);

/**
 * host_facts() - fill struct facts
 * @proc_fd: from host_proc()
 *
 * Reads no more than the planner needs; costs about ten system calls.
 * Return: 0 or -errno
 */
int host_facts(struct arena *a, int proc_fd, struct facts *ret, struct err *e);

/**
 * host_foreign() - which namespaces of a process are not those of the caller
 * @ret: CLONE_NEW* of each
 *
 * Return: 0, -ESRCH (it has gone), -errno
 */
int host_foreign(int proc_fd, pid_t pid, uint64_t *ret, struct err *e);

#endif
