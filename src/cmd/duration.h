/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* duration.h - times as Go programs write them */
#ifndef TAPER_CMD_DURATION_H
#define TAPER_CMD_DURATION_H

#include <stdint.h>

/**
 * parse_duration() - "5s", "1m30s", "1.5h", "500ms": numbers with units (ns us µs ms s m h), added up
 * @ret_ms: rounded up to whole milliseconds
 *
 * Return: 0, -EINVAL (not of this form), -ERANGE (nothing, or more than 24 days)
 */
int parse_duration(const char *text, int *ret_ms);

#endif
