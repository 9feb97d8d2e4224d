// SPDX-License-Identifier: LGPL-2.1-or-later
/* arena.c - memory that lives until the program ends */
#include "arena.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARENA_DEFAULT ((size_t)512 << 20)
#define ARENA_SMALLEST ((size_t)4 << 20)

int arena_open(struct arena *a, size_t size_bytes)
{
	size_t size = size_bytes ? size_bytes : ARENA_DEFAULT;

	for (;;) {
		void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p != MAP_FAILED) {
			*a = (struct arena){ .base = p, .size = size };
			return 0;
		}
		/* RLIMIT_AS or strict overcommit: a smaller one serves most documents */
		if (size_bytes || size <= ARENA_SMALLEST)
			return -errno;
		size /= 2;
	}
}

void arena_close(struct arena *a)
{
	if (a->base)
		munmap(a->base, a->size);
	*a = (struct arena){ 0 };
}

size_t arena_left(const struct arena *a)
{
	return a->size - a->used;
}

static _Noreturn void arena_exhausted(void)
{
	static const char text[] = "out of memory: the arena is exhausted\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		abort();
	_exit(1);
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	const size_t align = _Alignof(max_align_t) - 1;
	size_t start = (a->used + align) & ~align;

	if (start > a->size || size_bytes > a->size - start)
		arena_exhausted();
	a->used = start + size_bytes;
	return a->base + start;
}

void *arena_array(struct arena *a, size_t n, size_t size_bytes)
{
	size_t total;

	if (__builtin_mul_overflow(n, size_bytes, &total))
		arena_exhausted();
	return arena_alloc(a, total);
}

char *arena_dup(struct arena *a, const char *s, size_t len)
{
	char *p = a->base + a->used;

	if (len >= arena_left(a))
		arena_exhausted();
	if (len)
		memcpy(p, s, len);
	a->used += len + 1; /* the NUL is there: memory is handed out once */
	return p;
}

char *arena_str(struct arena *a, const char *s)
{
	return arena_dup(a, s, strlen(s));
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
	char *p = a->base + a->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(p, arena_left(a), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= arena_left(a))
		arena_exhausted();
	a->used += (size_t)n + 1;
	return p;
}
