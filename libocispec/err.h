/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * err.h - the one error value
 *
 * A failure is described where it happens, in a value that the caller owns: nothing is allocated,
 * nothing is global, and the same bytes travel from the container's first process to its parent.
 *
 * Functions that can fail take a struct err * as last parameter (NULL: the caller does not care)
 * and return 0 or the same -errno that they stored in err.code.
 */
#ifndef OCISPEC_ERR_H
#define OCISPEC_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stable numbers of what can be wrong with a document; programs add their own from ERR__PROGRAM on. */
enum {
	ERR_NONE,
	ERR_SYNTAX,        /* not JSON, or cut off */
	ERR_TYPE,          /* another JSON type than the property has */
	ERR_RANGE,         /* a number outside the property's range */
	ERR_VALUE,         /* a text that the property does not allow */
	ERR_MISSING,       /* a required property is absent */
	ERR_DUPLICATE,     /* a key, or an element that must be unique, appears twice */
	ERR_LIMIT,         /* document too large, too deep, string or array too long */
	ERR_CONFLICT,      /* properties that do not go together */
	ERR__PROGRAM = 32,
};

struct err {
	int code;          /* -errno; 0 = no error */
	uint16_t id;       /* stable number: ERR_* above or the program's own */
	uint16_t stage;    /* the program's own: where it was when it failed */
	unsigned line;     /* place in the document, from 1; 0 = no place */
	unsigned col;
	char path[128];    /* JSON path ("mounts[3].options[1]"), "" = none */
	char text[256];    /* one line, no newline, no trailing stop */
};

/**
 * err_set() - describe a failure
 * @e:    where to put it, or NULL
 * @code: -errno (must be negative)
 * @id:   stable number
 * @fmt:  printf format of the text; control characters in the result are escaped
 *
 * Return: @code
 */
int err_set(struct err *e, int code, unsigned id, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), cold));

/**
 * err_sys() - describe a failed system call
 * @fmt: what was being done ("open /run/taper"); ": <text of errno>" is appended
 *
 * Takes errno as it is at the call. The text of errno is in lower case ("no such file or
 * directory"), since callers of OCI runtimes compare it.
 *
 * Return: -errno
 */
int err_sys(struct err *e, unsigned id, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

/* err_code() - like err_sys() for a -errno at hand instead of errno. Return: @code */
int err_code(struct err *e, int code, unsigned id, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), cold));

#ifdef ERR_ANALYSE
/* For static analysers, which see one file at a time (make analyse): all three return a failure. */
static inline int err_is_failure(int r)
{
	if (r >= 0)
		__builtin_unreachable();
	return r;
}
#define err_set(...) err_is_failure((err_set)(__VA_ARGS__))
#define err_sys(...) err_is_failure((err_sys)(__VA_ARGS__))
#define err_code(...) err_is_failure((err_code)(__VA_ARGS__))
#endif

/**
 * err_place() - add the JSON path to an error that has none yet
 * @fmt: printf format of the path ("mounts[%zu]")
 */
void err_place(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/**
 * err_prefix() - put words in front of the text ("start: …")
 * @fmt: printf format of the words, including any separator
 */
void err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/**
 * errno_text() - the text of an errno in lower case, independent of the locale
 * @error: errno or -errno
 */
const char *errno_text(int error);

/**
 * text_escape() - copy text from outside for printing
 * @dst, @size: where to; always terminated, cut with "..." when too long
 * @src, @len:  what; control characters and bytes that are not UTF-8 become \xHH
 *
 * Return: @dst
 */
char *text_escape(char *dst, size_t size, const char *src, size_t len);

/**
 * text_utf8() - how far text is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates)
 *
 * Return: the offset of the first byte that is not, @len if there is none
 */
size_t text_utf8(const char *s, size_t len);

/* A list of everything found wrong with one document. */
struct problems {
	struct err *v;     /* storage from the caller */
	size_t n;          /* how many are filled */
	size_t max;        /* how many fit */
	size_t lost;       /* how many more were found */
	struct problems *ignored; /* properties that are not known, which is no problem; NULL = do not care */
};

/**
 * problem_slot() - the place for the next problem
 *
 * Return: a cleared struct err, counted in @p->n; NULL when the list is full (@p->lost is counted)
 * or @p is NULL. err_set() and the like accept both.
 */
struct err *problem_slot(struct problems *p);

#endif
