/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* frozen.h - is a container frozen? Only looks; apply/cg_freeze.h changes it */
#ifndef TAPER_STATE_FROZEN_H
#define TAPER_STATE_FROZEN_H

#include <stdbool.h>

#include "state/record.h"

/* record_frozen() - by what its cgroups say, by themselves or one above them. Return: 1, 0, -errno */
int record_frozen(const struct record *rec);

#endif
