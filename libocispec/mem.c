// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mem.c - yajl's allocations from an arena
 *
 * Spares the heap of malloc, whose first use costs system calls and pages. The size of each block is
 * kept before it for realloc. Blocks that grow double, so a string of n bytes leaves 4 n at most.
 */
#include "mem.h"

#include <string.h>

struct block {
	_Alignas(max_align_t) size_t size;
};

static void *mem_alloc(void *ctx, size_t size)
{
	struct block *b = arena_alloc(ctx, sizeof(*b) + size);

	b->size = size;
	return b + 1;
}

static void *mem_realloc(void *ctx, void *old, size_t size)
{
	struct block *b = old;
	void *p;

	if (!b)
		return mem_alloc(ctx, size);
	b--;
	if (size <= b->size)
		return old;
	p = mem_alloc(ctx, size);
	memcpy(p, old, b->size);
	return p;
}

static void mem_free(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

void mem_funcs(struct arena *a, yajl_alloc_funcs *ret)
{
	*ret = (yajl_alloc_funcs){
		.malloc = mem_alloc, .realloc = mem_realloc, .free = mem_free, .ctx = a,
	};
}
