/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * printer.h - records as lines of text or as JSON; private to src/plan
 *
 * A record belongs to a section and has an operation and fields. As text it is one line:
 *
 *	section operation word key=value flag (where)
 *
 * As JSON, consecutive records of a section are the array "section"; a record without an operation
 * is the object "section". The caller never says which of the two it is writing.
 */
#ifndef TAPER_PLAN_PRINTER_H
#define TAPER_PLAN_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"

struct printer {
	struct arena *a;
	bool json;
	char *text;                  /* NUL-terminated */
	size_t len, size;
	const char *section;         /* JSON: the array that is open, NULL = none */
	bool has_field;              /* of the open record */
	bool has_section;
};

/* A text that grows by pieces: "a,b,c". */
struct joined {
	struct arena *a;
	char *text;                  /* NULL = nothing yet */
	size_t len, size;
};

/* joined_add() - append a piece, after a comma unless it is the first */
void joined_add(struct joined *j, const char *piece);

void print_start(struct printer *p, struct arena *a, bool json);

/* print_finish() - the text */
const char *print_finish(struct printer *p);

/* print_begin() - start a record; @op NULL: the section is a single object */
void print_begin(struct printer *p, const char *section, const char *op);

/* print_word() - a value whose place says what it is; the key appears in JSON only */
void print_word(struct printer *p, const char *key, const char *value);

/* print_str() - key=value; nothing when @value is NULL */
void print_str(struct printer *p, const char *key, const char *value);

void print_u64(struct printer *p, const char *key, uint64_t value);
void print_i64(struct printer *p, const char *key, int64_t value);

/* print_flag() - key; nothing when @on is false */
void print_flag(struct printer *p, const char *key, bool on);

/* print_words() - words in a row, in JSON an array; the key appears in JSON only */
void print_words(struct printer *p, const char *key, const char *const *v, size_t n);

/* print_list() - key=value for each value, in JSON an array */
void print_list(struct printer *p, const char *key, const char *const *v, size_t n);

/* print_end() - end the record; @where NULL or "" = says nothing */
void print_end(struct printer *p, const char *where);

#endif
