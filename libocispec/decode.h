/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decode.h - JSON text to structs, by rows (schema.h)
 *
 * Unknown keys are ignored (runtime-spec, "Extensibility"), null is absent, a key that appears twice
 * is an error, integers are exact and never pass through a double. All problems of a document are
 * found in one pass: what is wrong is noted and skipped.
 */
#ifndef OCISPEC_DECODE_H
#define OCISPEC_DECODE_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "features.h"
#include "runtime.h"
#include "schema.h"
#include "state.h"

#define DECODE_MAX_BYTES ((size_t)16 << 20)
#define DECODE_MAX_DEPTH 64
#define DECODE_MAX_STRING ((size_t)1 << 20)
#define DECODE_MAX_ELEMENTS 65536u      /* of one array or object */

/**
 * decode() - fill a struct from JSON text
 * @a:    the struct and everything it points to live here
 * @type: its rows (&oci_spec_type, ...)
 * @text: the document, @len bytes; need not be NUL-terminated, is not kept
 * @ret:  the struct, only on success
 * @p:    every problem found, each with path, line and column; NULL = do not care
 *
 * Return: 0, or the code of the first problem: -EINVAL, or -E2BIG for a limit
 */
int decode(struct arena *a, const struct schema_type *type, const char *text, size_t len,
	   void *ret, struct problems *p);

/**
 * decode_locate() - find the line and column of a JSON path
 * @path: as in struct err ("linux.resources.cpu.shares", "mounts[3].options[1]")
 *
 * For errors found after decoding. When the path itself is absent, the place is that of its nearest
 * ancestor that is there. Keys that hold '.' or '[' are matched as they are printed.
 */
void decode_locate(const char *text, size_t len, const char *path, unsigned *ret_line,
		   unsigned *ret_col);

#endif
