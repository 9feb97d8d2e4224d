// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * collect.c - elements of arrays and maps that are open
 *
 * Their number is known only when the bracket closes. Until then they lie on a stack, the scratch: those
 * of the innermost array on top, whole structs one after another. Then they are copied to the arena at
 * their exact size. The scratch begins on the C stack, where common documents fit; when it moves, the
 * frames that point into it are corrected, and nothing else may hold a pointer to it.
 */
#include "decoder.h"

#include <stdlib.h>
#include <string.h>

#define FEW 8               /* up to here pairs are compared, beyond keys are sorted */

struct vec {
	void *v;
	size_t n;
};

void *collect_get(struct decoder *d, size_t size)
{
	size_t left = arena_left(d->a);

	if (left < d->reserve || left - d->reserve < size + _Alignof(max_align_t)) {
		note_memory(d);
		return NULL;
	}
	return arena_alloc(d->a, size);
}

static bool scratch_grow(struct decoder *d, size_t need)
{
	struct scratch *s = &d->scratch;
	size_t size = s->size;
	char *base;

	while (size - s->used < need)
		size *= 2;
	base = collect_get(d, size);
	if (!base)
		return false;
	memcpy(base, s->base, s->used);
	for (size_t i = 0; i < d->n_frames; i++) {
		char **at = &d->frames[i].at;

		if (*at >= s->base && *at < s->base + s->used)
			*at = base + (*at - s->base);
	}
	s->base = base;
	s->size = size;
	return true;
}

char *collect_push(struct decoder *d, size_t size)
{
	struct scratch *s = &d->scratch;
	char *p;

	if (s->size - s->used < size && !scratch_grow(d, size))
		return NULL;
	p = s->base + s->used;
	s->used += size;
	return memset(p, 0, size);
}

void collect_begin(struct decoder *d, struct frame *f)
{
	const size_t align = _Alignof(max_align_t) - 1;

	f->mark = d->scratch.used;
	f->first = (f->mark + align) & ~align;
	if (f->first > f->mark)
		collect_push(d, f->first - f->mark);
}

static const char *element_key(const struct decoder *d, const struct frame *f, size_t i)
{
	const char *key;

	memcpy(&key, d->scratch.base + f->first + i * f->size, sizeof(key));
	return key;
}

struct sorted {
	const char *key;
	size_t index;
};

static int sorted_cmp(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int r = strcmp(x->key, y->key);

	return r ? r : x->index < y->index ? -1 : 1;
}

/* Note elements whose first member repeats, in n log n steps whatever the keys. */
static void find_repeated_sorted(struct decoder *d, struct frame *f, size_t n)
{
	size_t used = d->scratch.used, have = 0;
	struct sorted *v;

	if (!collect_push(d, _Alignof(max_align_t) - used % _Alignof(max_align_t)))
		return;
	v = (void *)collect_push(d, n * sizeof(*v));
	if (!v)
		return;
	for (size_t i = 0; i < n; i++)
		if (element_key(d, f, i))
			v[have++] = (struct sorted){ element_key(d, f, i), i };
	qsort(v, have, sizeof(*v), sorted_cmp);
	for (size_t i = 1; i < have; i++)
		if (strcmp(v[i - 1].key, v[i].key) == 0)
			note_repeated(d, f, v[i].key, v[i].index);
	d->scratch.used = used;
}

static void find_repeated(struct decoder *d, struct frame *f)
{
	size_t n = f->n;

	if (n > FEW) {
		find_repeated_sorted(d, f, n);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		const char *key = element_key(d, f, i);

		for (size_t j = 0; key && j < i; j++) {
			if (!element_key(d, f, j) || strcmp(element_key(d, f, j), key) != 0)
				continue;
			note_repeated(d, f, key, i);
			break;
		}
	}
}

void collect_end(struct decoder *d, struct frame *f)
{
	struct vec vec = { .n = f->n };

	if (f->n > 1 && (f->form == FORM_MAP || f->field->unique))
		find_repeated(d, f);
	if (d->is_over)
		return;
	if (vec.n < f->field->min_items) {
		f->n = 0; /* the path is that of the list */
		note_few(d, f, vec.n);
	}
	vec.v = collect_get(d, vec.n * f->size);
	if (!vec.v)
		return;
	if (vec.n)
		memcpy(vec.v, d->scratch.base + f->first, vec.n * f->size);
	memcpy(f->at, &vec, sizeof(vec));
	d->scratch.used = f->mark;
}
