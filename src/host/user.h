/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * user.h - who a user id is, and whether ids are the machine's own
 */
#ifndef TAPER_HOST_USER_H
#define TAPER_HOST_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "libocispec/arena.h"

/**
 * host_user_name() - the login name of a user, from /etc/passwd alone
 *
 * Name services are not asked: they load foreign code and may block.
 * Return: the name, NULL = not in the file
 */
const char *host_user_name(struct arena *a, uint32_t uid);

/**
 * host_init_userns() - does the calling process see all ids as they are?
 * @proc_fd: from host_proc()
 *
 * True in the initial user namespace, and where this cannot be told.
 */
bool host_init_userns(int proc_fd);

#endif
