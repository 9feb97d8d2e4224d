/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena.h - memory that lives until the program ends
 *
 * One reservation of address space, made once; pages are touched only as they are used. A call of a
 * container runtime lives milliseconds, so nothing is ever freed, and pointers into the arena are
 * valid for ever, in the child of a fork too.
 *
 * Running out is not an error that callers handle: arena_alloc() ends the program with one line.
 * Readers of documents from outside check arena_left() first, so that no input gets there.
 */
#ifndef OCISPEC_ARENA_H
#define OCISPEC_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena {
	char *base;
	size_t used, size;   /* bytes */
};

/**
 * arena_open() - reserve address space
 * @size_bytes: how much; 0 = the default of 512 MiB (less where RLIMIT_AS is lower)
 *
 * Return: 0, or -errno of mmap(2)
 */
int arena_open(struct arena *a, size_t size_bytes);

/* arena_close() - give everything back; all pointers into @a become invalid */
void arena_close(struct arena *a);

/* arena_left() - how many bytes can still be had */
size_t arena_left(const struct arena *a);

/* arena_alloc() - @size_bytes bytes of zeroes, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *a, size_t size_bytes)
	__attribute__((malloc, returns_nonnull, alloc_size(2)));

/* arena_array() - @n elements of @size_bytes each; the product is checked */
void *arena_array(struct arena *a, size_t n, size_t size_bytes)
	__attribute__((malloc, returns_nonnull, alloc_size(2, 3)));

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_newv(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))

/* arena_dup() - copy @len bytes and add a NUL. Text is packed: only arena_alloc() aligns. */
char *arena_dup(struct arena *a, const char *s, size_t len) __attribute__((returns_nonnull));

/* arena_str() - copy a NUL-terminated string */
char *arena_str(struct arena *a, const char *s) __attribute__((returns_nonnull));

/* arena_fmt() - printf into the arena */
char *arena_fmt(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

#endif
