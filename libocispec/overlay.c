// SPDX-License-Identifier: LGPL-2.1-or-later
/* overlay.c - a document of changes laid over another one, by rows */
#include "overlay.h"

#include <string.h>

/* All VEC_OF and the lists of strings and numbers look like this. */
struct vec {
	const void *v;
	size_t n;
};

static const struct kv *key_of(const struct kvv *list, const char *key)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].key, key) == 0)
			return &list->v[i];
	return NULL;
}

static void overlay_keys(struct arena *a, struct kvv *onto, const struct kvv *over)
{
	struct kv *v;
	size_t n = 0;

	if (over->n == 0)
		return;
	v = arena_newv(a, struct kv, onto->n + over->n);
	for (size_t i = 0; i < onto->n; i++)
		if (!key_of(over, onto->v[i].key))
			v[n++] = onto->v[i];
	for (size_t i = 0; i < over->n; i++)
		v[n++] = over->v[i];
	onto->v = v;
	onto->n = n;
}

static void overlay_object(struct arena *a, const struct field *f, void **onto, const void *over)
{
	void *copy;

	if (!over)
		return;
	copy = arena_alloc(a, f->size);
	if (*onto)
		memcpy(copy, *onto, f->size);
	overlay(a, f->type, copy, over);
	*onto = copy;
}

/* Members that know whether they are there begin with a bool. */
static void take_if_set(void *onto, const void *over, size_t size)
{
	if (*(const bool *)over)
		memcpy(onto, over, size);
}

static void overlay_member(struct arena *a, const struct field *f, void *onto, const void *over)
{
	switch ((enum kind)f->kind) {
	case KIND_NONE: break;
	case KIND_BOOL: memcpy(onto, over, sizeof(bool)); break;
	case KIND_I32:
	case KIND_U32: memcpy(onto, over, sizeof(uint32_t)); break;
	case KIND_I64:
	case KIND_U64: memcpy(onto, over, sizeof(uint64_t)); break;
	case KIND_OPT_BOOL: take_if_set(onto, over, sizeof(struct opt_bool)); break;
	case KIND_OPT_I32:
	case KIND_OPT_U32: take_if_set(onto, over, sizeof(struct opt_u32)); break;
	case KIND_OPT_I64:
	case KIND_OPT_U64: take_if_set(onto, over, sizeof(struct opt_u64)); break;
	case KIND_STR:
		if (*(const char *const *)over)
			memcpy(onto, over, sizeof(char *));
		break;
	case KIND_KVV: overlay_keys(a, onto, over); break;
	case KIND_PTR: overlay_object(a, f, onto, *(void *const *)over); break;
	case KIND_OBJECT: overlay(a, f->type, onto, over); break;
	case KIND_STRV:
	case KIND_U32V:
	case KIND_LIST:
	case KIND_MAP:
		if (((const struct vec *)over)->n)
			memcpy(onto, over, sizeof(struct vec));
		break;
	}
}

void overlay(struct arena *a, const struct schema_type *type, void *onto, const void *over)
{
	for (size_t i = 0; i < type->n_rows; i++) {
		const struct field *f = &type->rows[i];

		overlay_member(a, f, (char *)onto + f->offset, (const char *)over + f->offset);
	}
}
