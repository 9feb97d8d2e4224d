// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * redzone.c - the arena with gaps between its blocks, which AddressSanitizer guards
 *
 * Linked in place of libocispec/arena.c by tests/fuzz/run, so that a read or write beyond a block is seen,
 * which in the real arena would meet its neighbour. Texts are packed as they are there, since encode()
 * lets one grow; what lies behind the last of them is guarded.
 */
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libocispec/arena.h"

#define GAP 32                   /* before each block */
#define GUARD 128                /* behind the last one */

int arena_open(struct arena *a, size_t size_bytes)
{
	size_t size = size_bytes ? size_bytes : (size_t)512 << 20;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	*a = (struct arena){ .base = p, .size = size };
	return 0;
}

void arena_close(struct arena *a)
{
	if (a->base) {
		ASAN_UNPOISON_MEMORY_REGION(a->base, a->used + GUARD);
		munmap(a->base, a->size);
	}
	*a = (struct arena){ 0 };
}

size_t arena_left(const struct arena *a)
{
	return a->size - a->used - (a->used + GUARD < a->size ? GUARD : 0);
}

/* Hand out what begins at @start. */
static void *take(struct arena *a, size_t start, size_t size)
{
	/* the inputs of a fuzzer must not get there: readers look at arena_left() */
	if (start > a->size || size > a->size - start || GUARD > a->size - start - size)
		abort();
	ASAN_POISON_MEMORY_REGION(a->base + a->used, start - a->used + size + GUARD);
	ASAN_UNPOISON_MEMORY_REGION(a->base + start, size);
	a->used = start + size;
	return a->base + start;
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	const size_t align = _Alignof(max_align_t) - 1;

	return take(a, (a->used + GAP + align) & ~align, size_bytes);
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
	char *p = take(a, a->used, len + 1);

	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
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
	p = take(a, a->used, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}
