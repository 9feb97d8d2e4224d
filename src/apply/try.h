/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * try.h - the one macro that returns
 *
 * Only for functions that are a list of steps.
 */
#ifndef TAPER_APPLY_TRY_H
#define TAPER_APPLY_TRY_H

#define TRY(call)                                                                                  \
	do {                                                                                       \
		int try_ = (call);                                                                 \
		if (try_ < 0)                                                                      \
			return try_;                                                               \
	} while (0)

#endif
