/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_APPLY_NET_H
#define TAPER_APPLY_NET_H

#include "libocispec/err.h"

/* net_lo_up() - bring the loopback device of the current network namespace up. Return: 0 or -errno */
int net_lo_up(struct err *e);

#endif
