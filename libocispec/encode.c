// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * encode.c - structs to JSON text through yajl_gen
 *
 * The text grows at the end of the arena, so its pieces join without a copy. Should something else be
 * taken from the arena in between (a string that has to be repaired), the text moves behind it.
 */
#include "encode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "err.h"
#include "mem.h"

struct encoder {
	struct arena *a;
	char *text;
	size_t len;
	yajl_gen gen;
};

struct vec {
	const char *v;
	size_t n;
};

static void put_object(struct encoder *x, const struct schema_type *t, const char *at);

static void put_text(void *ctx, const char *s, size_t len)
{
	struct encoder *x = ctx;

	if (x->text + x->len != x->a->base + x->a->used) {
		x->text = arena_dup(x->a, x->text, x->len);
		x->a->used--;
	}
	arena_dup(x->a, s, len);
	x->a->used--; /* the next piece takes the place of the NUL */
	x->len += len;
}

static void put_bytes(struct encoder *x, const char *s, size_t len)
{
	yajl_gen_string(x->gen, (const unsigned char *)s, len);
}

static void put_string(struct encoder *x, const char *s)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	const size_t n = sizeof(replacement) - 1;
	size_t len = strlen(s), good = text_utf8(s, len), used = 0;
	char *fixed;

	if (good == len) {
		put_bytes(x, s, len);
		return;
	}
	fixed = arena_array(x->a, len, n);
	while (good < len) {
		memcpy(fixed + used, s, good);
		memcpy(fixed + used + good, replacement, n);
		used += good + n;
		s += good + 1;
		len -= good + 1;
		good = text_utf8(s, len);
	}
	memcpy(fixed + used, s, len);
	put_bytes(x, fixed, used + len);
}

static void put_i64(struct encoder *x, int64_t v)
{
	char s[24];
	int n = snprintf(s, sizeof(s), "%" PRId64, v);

	yajl_gen_number(x->gen, s, (size_t)n);
}

static void put_u64(struct encoder *x, uint64_t v)
{
	char s[24];
	int n = snprintf(s, sizeof(s), "%" PRIu64, v);

	yajl_gen_number(x->gen, s, (size_t)n);
}

static void put_key(struct encoder *x, const struct field *f)
{
	if (f->name_len)
		put_bytes(x, f->name, f->name_len);
}

/* Open an array or object of @n members. Return: false if it is done, being empty */
static bool put_open(struct encoder *x, bool is_object, size_t n)
{
	if (n == 0) /* yajl would put blank lines in it */
		yajl_gen_number(x->gen, is_object ? "{}" : "[]", 2);
	else if (is_object)
		yajl_gen_map_open(x->gen);
	else
		yajl_gen_array_open(x->gen);
	return n > 0;
}

static void put_strv(struct encoder *x, const struct strv *v)
{
	if (!put_open(x, false, v->n))
		return;
	for (size_t i = 0; i < v->n; i++)
		put_string(x, v->v[i]);
	yajl_gen_array_close(x->gen);
}

static void put_u32v(struct encoder *x, const struct u32v *v)
{
	if (!put_open(x, false, v->n))
		return;
	for (size_t i = 0; i < v->n; i++)
		put_u64(x, v->v[i]);
	yajl_gen_array_close(x->gen);
}

static void put_kvv(struct encoder *x, const struct kvv *v)
{
	if (!put_open(x, true, v->n))
		return;
	for (size_t i = 0; i < v->n; i++) {
		put_string(x, v->v[i].key);
		put_string(x, v->v[i].value);
	}
	yajl_gen_map_close(x->gen);
}

/* An array of objects, or a map: then each begins with its key. */
static void put_objects(struct encoder *x, const struct field *f, const struct vec *v)
{
	bool is_map = f->kind == KIND_MAP;

	if (!put_open(x, is_map, v->n))
		return;
	for (size_t i = 0; i < v->n; i++) {
		const char *at = v->v + i * f->size, *key;

		if (is_map) {
			memcpy(&key, at, sizeof(key));
			put_string(x, key);
		}
		put_object(x, f->type, at);
	}
	if (is_map)
		yajl_gen_map_close(x->gen);
	else
		yajl_gen_array_close(x->gen);
}

/* Whether the member holds something: optional ones begin with .set, lists and pointers with a pointer */
static bool is_there(const struct field *f, const char *at)
{
	const void *p;

	switch ((enum kind)f->kind) {
	case KIND_NONE:
		return false;
	case KIND_BOOL: case KIND_I32: case KIND_U32: case KIND_I64: case KIND_U64: case KIND_OBJECT:
		return true;
	case KIND_OPT_BOOL: case KIND_OPT_I32: case KIND_OPT_U32: case KIND_OPT_I64: case KIND_OPT_U64:
		return *(const bool *)at;
	case KIND_STR: case KIND_STRV: case KIND_U32V: case KIND_KVV: case KIND_PTR: case KIND_LIST:
	case KIND_MAP:
		break;
	}
	memcpy(&p, at, sizeof(p));
	return p != NULL;
}

static void put_scalar(struct encoder *x, enum kind kind, const void *at)
{
	switch (kind) {
	case KIND_BOOL:
		yajl_gen_bool(x->gen, *(const bool *)at);
		break;
	case KIND_I32:
		put_i64(x, *(const int32_t *)at);
		break;
	case KIND_U32:
		put_u64(x, *(const uint32_t *)at);
		break;
	case KIND_I64:
		put_i64(x, *(const int64_t *)at);
		break;
	case KIND_U64:
		put_u64(x, *(const uint64_t *)at);
		break;
	case KIND_OPT_BOOL:
		yajl_gen_bool(x->gen, ((const struct opt_bool *)at)->v);
		break;
	case KIND_OPT_I32:
		put_i64(x, ((const struct opt_i32 *)at)->v);
		break;
	case KIND_OPT_U32:
		put_u64(x, ((const struct opt_u32 *)at)->v);
		break;
	case KIND_OPT_I64:
		put_i64(x, ((const struct opt_i64 *)at)->v);
		break;
	case KIND_OPT_U64:
		put_u64(x, ((const struct opt_u64 *)at)->v);
		break;
	case KIND_NONE: case KIND_STR: case KIND_STRV: case KIND_U32V: case KIND_KVV: case KIND_PTR:
	case KIND_OBJECT: case KIND_LIST: case KIND_MAP:
		break;
	}
}

static void put_field(struct encoder *x, const struct field *f, const char *at)
{
	struct vec v;
	const char *p;

	put_key(x, f);
	switch ((enum kind)f->kind) {
	case KIND_STR:
		memcpy(&p, at, sizeof(p));
		put_string(x, p);
		break;
	case KIND_STRV:
		put_strv(x, (const void *)at);
		break;
	case KIND_U32V:
		put_u32v(x, (const void *)at);
		break;
	case KIND_KVV:
		put_kvv(x, (const void *)at);
		break;
	case KIND_PTR:
		memcpy(&p, at, sizeof(p));
		put_object(x, f->type, p);
		break;
	case KIND_OBJECT:
		put_object(x, f->type, at);
		break;
	case KIND_LIST: case KIND_MAP:
		memcpy(&v, at, sizeof(v));
		put_objects(x, f, &v);
		break;
	case KIND_NONE: case KIND_BOOL: case KIND_I32: case KIND_U32: case KIND_I64: case KIND_U64:
	case KIND_OPT_BOOL: case KIND_OPT_I32: case KIND_OPT_U32: case KIND_OPT_I64: case KIND_OPT_U64:
		put_scalar(x, f->kind, at);
	}
}

static void put_object(struct encoder *x, const struct schema_type *t, const char *at)
{
	bool is_open = false;

	for (size_t i = 0; i < t->n_rows; i++) {
		const struct field *f = &t->rows[i];

		if (!is_there(f, at + f->offset))
			continue;
		if (!is_open)
			yajl_gen_map_open(x->gen);
		is_open = true;
		put_field(x, f, at + f->offset);
	}
	if (is_open)
		yajl_gen_map_close(x->gen);
	else
		put_open(x, true, 0);
}

char *encode(struct arena *a, const struct schema_type *type, const void *v, const char *indent,
	     size_t *ret_len)
{
	struct encoder x = { .a = a };
	yajl_alloc_funcs funcs;

	mem_funcs(a, &funcs);
	x.gen = yajl_gen_alloc(&funcs);
	yajl_gen_config(x.gen, yajl_gen_print_callback, put_text, &x);
	if (indent) {
		yajl_gen_config(x.gen, yajl_gen_beautify, 1);
		yajl_gen_config(x.gen, yajl_gen_indent_string, indent);
	}
	x.text = a->base + a->used;
	if (type->list)
		put_field(&x, type->list, (const char *)v + type->list->offset);
	else
		put_object(&x, type, v);
	put_text(&x, "", 0); /* moves the text to the end if it is not there */
	a->used++;           /* its NUL */
	yajl_gen_free(x.gen);
	if (ret_len)
		*ret_len = x.len;
	return x.text;
}
