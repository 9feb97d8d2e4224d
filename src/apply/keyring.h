/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_APPLY_KEYRING_H
#define TAPER_APPLY_KEYRING_H

#include <stdbool.h>

#include "libocispec/err.h"

int keyring_join(const char *name, bool userns, struct err *e);

#endif
