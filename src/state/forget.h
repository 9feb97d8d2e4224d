/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* forget.h - directories of containers whose removal was interrupted; store_forget() is in store.h */
#ifndef TAPER_STATE_FORGET_H
#define TAPER_STATE_FORGET_H

#include <stdbool.h>

#include "state/store.h"

/* forget_is_dead() - is this name in the state root one that store_forget() gives? */
bool forget_is_dead(const char *name);

/* forget_dead() - remove it. Return: 0 (also when it is gone) or -errno */
int forget_dead(struct store *s, const char *name);

#endif
