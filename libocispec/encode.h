/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * encode.h - structs to JSON text, by rows (schema.h)
 *
 * Properties come in the order of the rows; absent ones are left out, empty lists and maps are
 * written. decode(encode(x)) == x for every x that decode() can return. Bytes that are not UTF-8
 * become U+FFFD, so that the result is always valid JSON.
 */
#ifndef OCISPEC_ENCODE_H
#define OCISPEC_ENCODE_H

#include <stddef.h>

#include "arena.h"
#include "schema.h"

/**
 * encode() - write a struct as JSON
 * @a:       the text lives here
 * @type:    the rows of the struct
 * @v:       the struct
 * @indent:  blanks of one level ("\t", "  "); the text then ends with a newline.
 *           NULL = all on one line, without any blank or newline
 * @ret_len: length without the NUL, or NULL
 *
 * Return: the text, NUL-terminated. Cannot fail.
 */
char *encode(struct arena *a, const struct schema_type *type, const void *v, const char *indent,
	     size_t *ret_len) __attribute__((returns_nonnull));

#endif
