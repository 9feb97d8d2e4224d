/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decoder.h - what the files of the decoder share (internal, not installed)
 *
 * decode.c has the theory of operation.
 */
#ifndef OCISPEC_DECODER_H
#define OCISPEC_DECODER_H

#include <yajl/yajl_parse.h>

#include "check.h"
#include "decode.h"
#include "scan.h"

#define SCRATCH_FIRST 6144  /* bytes */

enum form { FORM_OBJECT, FORM_LIST, FORM_MAP };

struct frame {
	enum form form;
	const struct field *field;      /* the row whose value this is */
	char *at;                       /* OBJECT: the struct; else where the pair v, n goes */
	size_t open;                    /* offset of the bracket */
	/* OBJECT */
	const struct field *row;        /* of the current key; NULL = none */
	uint64_t seen;                  /* rows whose key was there */
	uint64_t absent;                /* rows whose value was null */
	size_t next;                    /* the row to try first */
	/* LIST, MAP */
	size_t mark;                    /* use of the scratch before */
	size_t first;                   /* offset of the first element in the scratch */
	size_t size;                    /* of an element */
	size_t n;                       /* elements there were; the current one is n - 1 */
	const char *key;                /* MAP: the current key */
};

/* What the next value may be, and where it goes */
struct want {
	enum kind kind;                 /* of the value itself: of an element, not of its list */
	const struct field *field;
	char *at;
};

struct scratch {
	char *base;
	size_t used, size;
	_Alignas(max_align_t) char first[SCRATCH_FIRST];
};

struct decoder {
	struct arena *a;
	size_t reserve;                 /* of the arena, for yajl's buffers */
	yajl_handle yajl;
	const char *text;
	size_t len;
	struct problems *p;
	int code;                       /* of the first problem */
	bool is_over;                   /* a limit was hit */
	bool is_ending;                 /* yajl has had the whole text: a number may still come */
	unsigned depth;                 /* open brackets */
	unsigned skip;                  /* of these, how many are skipped */
	struct field root;
	char *ret;
	size_t n_frames;
	struct frame frames[SCHEMA_MAX_NESTING];
	struct scratch scratch;
};

/* note.c: problems, their places and texts */

enum token { TOKEN_WORD, TOKEN_STRING };

/* note_end() - where the token ends that yajl has just reached */
size_t note_end(const struct decoder *d);

/* note_start() - where this token begins; @n: its length, if it is no string */
size_t note_start(const struct decoder *d, enum token token, size_t n);

/* note() - a problem with what is being read, at offset @start. Return: where its text goes, or NULL */
struct err *note(struct decoder *d, size_t start, int code);

/* note_limit() - a limit was hit: the decoding is over */
void note_limit(struct decoder *d, size_t start, const char *what, size_t limit);

/* note_memory() - the arena is too small: the decoding is over */
void note_memory(struct decoder *d);

/* note_ignored() - a key that no row knows */
void note_ignored(struct decoder *d, const char *key, size_t len);

void note_type(struct decoder *d, size_t start, enum kind want, const char *found);
void note_number(struct decoder *d, const struct want *w, int error, const char *s, size_t len);
void note_value(struct decoder *d, const struct check *c, const char *s, size_t len);
void note_escape(struct decoder *d, struct span token, const char *found);
void note_few(struct decoder *d, const struct frame *f, size_t n);

/* note_missing() - the rows that an object lacks, at the bracket that opens it */
void note_missing(struct decoder *d, struct frame *f);

/* note_repeated() - element @index has the key of an earlier one */
void note_repeated(struct decoder *d, struct frame *f, const char *key, size_t index);

/* note_syntax() - yajl has given up: find out where and why */
void note_syntax(struct decoder *d);

/* collect.c: elements of arrays and maps that are open */

/* collect_get() - zeroes from the arena, or NULL when it is too small: then the decoding is over */
void *collect_get(struct decoder *d, size_t size);

/* collect_push() - @size zero bytes on top of the scratch, or NULL as above */
char *collect_push(struct decoder *d, size_t size);

/* collect_begin() - the scratch of an array or map begins here */
void collect_begin(struct decoder *d, struct frame *f);

/* collect_end() - an array or map is complete: check it, and move its elements to the arena */
void collect_end(struct decoder *d, struct frame *f);

#endif
