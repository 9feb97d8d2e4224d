// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * heap.c - the arena with a block of its own for each allocation
 *
 * Linked in place of libocispec/arena.c by tests/fuzz/run, so that AddressSanitizer sees a read or write
 * beyond a block, which in the real arena would meet its neighbour. Everything is freed by arena_close().
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libocispec/arena.h"

struct block {
	_Alignas(max_align_t) struct block *next;
};

int arena_open(struct arena *a, size_t size_bytes)
{
	*a = (struct arena){ .size = size_bytes ? size_bytes : (size_t)512 << 20 };
	return 0;
}

void arena_close(struct arena *a)
{
	for (struct block *b = (void *)a->base, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){ 0 };
}

size_t arena_left(const struct arena *a)
{
	return a->size - a->used;
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	struct block *b;

	/* the inputs of a fuzzer must not get there: readers look at arena_left() */
	if (size_bytes > arena_left(a))
		abort();
	b = calloc(1, sizeof(*b) + size_bytes);
	if (!b)
		abort();
	b->next = (void *)a->base;
	a->base = (char *)b;
	a->used += size_bytes;
	return b + 1;
}

void *arena_array(struct arena *a, size_t n, size_t size_bytes)
{
	size_t total;

	if (__builtin_mul_overflow(n, size_bytes, &total))
		abort();
	return arena_alloc(a, total);
}

char *arena_dup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (len)
		memcpy(p, s, len);
	return p;
}

char *arena_str(struct arena *a, const char *s)
{
	return arena_dup(a, s, strlen(s));
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}
