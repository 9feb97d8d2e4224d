/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scan.h - a second, slow reading of a document to find places in it (internal, not installed)
 *
 * Runs only when there is something to report. Knows JSON's grammar and nothing of rows.
 */
#ifndef OCISPEC_SCAN_H
#define OCISPEC_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct scan {
	const char *text;
	size_t len;
	size_t pos;             /* next byte to read; where it went wrong */
	unsigned depth;
	const char *expected;   /* NULL, or what should have been at pos */
};

/* A piece of the text: a key with its quotes. */
struct span {
	size_t start, end;
};

/* scan_blanks() - skip white space */
void scan_blanks(struct scan *s);

/* scan_value() - skip a value and the blanks before it. Return: false at a violation of the grammar */
bool scan_value(struct scan *s);

/**
 * scan_member() - go to the value of the next member of an object, or to the next element of an array
 * @s:       pos is behind the opening bracket, or behind a value
 * @ret_key: the key of the member with its quotes; NULL for an array
 *
 * Return: false at the end (pos is behind the closing bracket) and at a violation (expected is set)
 */
bool scan_member(struct scan *s, struct span *ret_key);

/* scan_document() - check the grammar of the whole text. Return: false, then pos and expected are set */
bool scan_document(struct scan *s);

/**
 * scan_key() - the text of a key without quotes and escapes
 * @dst, @size: where to; cut when too long, always terminated
 *
 * Return: the length of what is in @dst
 */
size_t scan_key(const struct scan *s, struct span key, char *dst, size_t size);

/**
 * scan_escapes() - look for what JSON can escape but text cannot hold
 * @token: a string with its quotes
 *
 * Return: NULL, or what was found: "\u0000" or half of a surrogate pair
 */
const char *scan_escapes(const char *text, struct span token);

/* scan_place() - line and column (characters) of an offset, both from 1 */
void scan_place(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_col);

/* scan_is_word() - whether a character belongs to a word or number */
bool scan_is_word(char c);

/* scan_second() - the offset of the second key @name of the object at offset @open; else @open */
size_t scan_second(const char *text, size_t len, size_t open, const char *name);

/* scan_path() - the offset of the value at a JSON path, or of its nearest ancestor */
size_t scan_path(const char *text, size_t len, const char *path);

#endif
