/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host/program.h - find a program of the host */
#ifndef TAPER_HOST_PROGRAM_H
#define TAPER_HOST_PROGRAM_H

#include "libocispec/arena.h"

/**
 * host_program() - look a program up as a shell does
 * @path: value of PATH, NULL = the usual directories; relative ones are passed over
 *
 * Return: an absolute path, NULL when there is none that may be executed
 */
const char *host_program(struct arena *a, const char *path, const char *name);

#endif
