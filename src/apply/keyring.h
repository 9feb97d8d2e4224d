/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_APPLY_KEYRING_H
#define TAPER_APPLY_KEYRING_H

#include <stdbool.h>

#include "libocispec/err.h"

/**
 * keyring_join() - a new session keyring, so that the caller's keys stay outside
 * @name:   "_ses.ID"
 * @userns: the process is in a user namespace of its own
 *
 * A kernel without keyrings is fine. Source: session-keyring(7), keyctl(2).
 * Return: 0 or -errno; -EDQUOT when the user has too many keyrings
 */
int keyring_join(const char *name, bool userns, struct err *e);

#endif
