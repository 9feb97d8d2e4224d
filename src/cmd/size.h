/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* size.h - numbers of bytes as users write them */
#ifndef TAPER_CMD_SIZE_H
#define TAPER_CMD_SIZE_H

#include <stdint.h>

/**
 * parse_size() - "64m", "1GiB", "512", "-1": what docker and runc take
 *
 * Units are powers of 1024: b k m g t p, in any case, with "b" or "ib" behind. -1 has none.
 * Return: 0, -EINVAL or -ERANGE
 */
int parse_size(const char *text, int64_t *ret);

#endif
