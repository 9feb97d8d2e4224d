/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_APPLY_KEYRING_H
#define TAPER_APPLY_KEYRING_H

#include <stdbool.h>

#include "libocispec/err.h"

/**
 * keyring_join() - give the calling process a session keyring of the container's
 * @name:   "_ses.ID"; one of this name that may be joined is joined (exec)
 * @userns: in a user namespace of the container's own: others need the right to find it
 *
 * Where the kernel has no keys, or a filter of the surrounding container forbids them, there is nothing
 * that could be shared and nothing is done. Source: keyctl_join_session_keyring(3), keyrings(7).
 * Return: 0 or -errno
 */
int keyring_join(const char *name, bool userns, struct err *e);

#endif
