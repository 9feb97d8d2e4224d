// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * decode.c - yajl's callbacks and a stack of frames
 *
 * Theory of operation. A frame is an object or array that is open and that the rows know. Before each
 * value, value_begin() asks the innermost frame what may come and where it goes (struct want). What may
 * not come is noted; if it is an object or array, everything in it is skipped by counting brackets, as
 * is what the rows do not know.
 *
 * Elements of an array or map are collected on a scratch stack and copied to the arena, at their exact
 * number, when the array closes. The stack begins on the C stack, where common documents fit.
 *
 * Places cost nothing until something is wrong: yajl knows where the token ends, its kind says where
 * it began (note_start()).
 *
 * Duplicates: a key of an object that has rows may appear once, and so may the key of a map; keys that
 * the rows do not know are not compared with each other. In a map a null member counts as not there.
 */
#include "decoder.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mem.h"
#include "number.h"

static struct frame *top(struct decoder *d)
{
	return d->n_frames ? &d->frames[d->n_frames - 1] : NULL;
}

static enum kind element_kind(enum kind kind)
{
	return kind == KIND_U32V ? KIND_U32 : kind == KIND_STRV || kind == KIND_KVV ? KIND_STR :
	       KIND_OBJECT;
}

/* A new element of an array or map. Return: false when there are too many */
static bool element_begin(struct decoder *d, struct frame *f, struct want *w)
{
	if (f->n == DECODE_MAX_ELEMENTS) {
		note_limit(d, note_end(d), "too many elements",
			   DECODE_MAX_ELEMENTS);
		return false;
	}
	w->at = collect_push(d, f->size);
	if (!w->at)
		return false;
	f->n++;
	w->field = f->field;
	w->kind = element_kind(f->field->kind);
	if (f->form == FORM_MAP)
		memcpy(w->at, &f->key, sizeof(f->key));
	if (f->field->kind == KIND_KVV)
		w->at += offsetof(struct kv, value);
	return true;
}

/* Return: whether a value is wanted here: if not it is ignored, or the decoding is over */
static bool value_begin(struct decoder *d, struct want *w)
{
	struct frame *f = top(d);

	if (d->skip)
		return false;
	if (!f) {
		*w = (struct want){ .kind = d->root.kind, .field = &d->root, .at = d->ret };
		return true;
	}
	if (f->form == FORM_OBJECT ? !f->row : f->form == FORM_MAP && !f->key)
		return false;
	if (f->form != FORM_OBJECT)
		return element_begin(d, f, w);
	*w = (struct want){
		.kind = f->row->kind, .field = f->row, .at = f->at + f->row->offset,
	};
	return true;
}

static int on_null(void *ctx)
{
	struct decoder *d = ctx;
	struct frame *f = top(d);
	struct want w;

	if (!value_begin(d, &w))
		return !d->is_over;
	if (!f || f->form == FORM_LIST) { /* an element cannot be absent, nor can the document */
		note_type(d, note_start(d, TOKEN_WORD, 4), w.kind, "null");
	} else if (f->form == FORM_MAP) {
		d->scratch.used -= f->size;
		f->n--;
	} else {
		f->absent |= UINT64_C(1) << (f->row - f->field->type->rows);
	}
	return 1;
}

static int on_boolean(void *ctx, int value)
{
	struct decoder *d = ctx;
	struct want w;

	if (!value_begin(d, &w))
		return !d->is_over;
	if (w.kind == KIND_BOOL)
		*(bool *)w.at = value;
	else if (w.kind == KIND_OPT_BOOL)
		*(struct opt_bool *)w.at = (struct opt_bool){ true, value };
	else
		note_type(d, note_start(d, TOKEN_WORD, value ? 4 : 5), w.kind, "boolean");
	return 1;
}

static int on_number(void *ctx, const char *s, size_t len)
{
	struct decoder *d = ctx;
	struct want w;
	int r;

	if (!value_begin(d, &w))
		return !d->is_over;
	r = number_store(w.kind, w.field, s, len, w.at);
	if (r == -ENOTSUP)
		note_type(d, note_start(d, TOKEN_WORD, len), w.kind, "number");
	else if (r < 0)
		note_number(d, &w, r, s, len);
	return 1;
}

/*
 * Copy a string that yajl has read, and see that the arena's C strings can hold it.
 * Return: the copy, or NULL: then the problem is noted
 */
static const char *take_string(struct decoder *d, const unsigned char *s, size_t len)
{
	const char *p = (const char *)s;

	if (len > DECODE_MAX_STRING) {
		note_limit(d, note_start(d, TOKEN_STRING, 0), "bytes of a string too many",
			   DECODE_MAX_STRING);
		return NULL;
	}
	if (p < d->text || p >= d->text + d->len) { /* yajl has replaced escapes */
		struct span token = { note_start(d, TOKEN_STRING, 0), 0 };
		const char *found;

		token.end = note_end(d);
		found = scan_escapes(d->text, token);
		if (found) {
			note_escape(d, token, found);
			return NULL;
		}
	}
	if (arena_left(d->a) <= d->reserve + len && !collect_get(d, len + 1))
		return NULL;
	return arena_dup(d->a, p, len);
}

static int on_string(void *ctx, const unsigned char *s, size_t len)
{
	struct decoder *d = ctx;
	const char *copy;
	struct want w;

	if (!value_begin(d, &w))
		return !d->is_over;
	if (w.kind != KIND_STR) {
		note_type(d, note_start(d, TOKEN_STRING, 0), w.kind, "string");
		return 1;
	}
	if (len == 0 && w.field->empty_absent)
		return 1;
	copy = take_string(d, s, len);
	if (!copy)
		return !d->is_over;
	if (w.field->check && !w.field->check->is_ok(w.field->check, copy, len))
		note_value(d, w.field->check, copy, len);
	memcpy(w.at, &copy, sizeof(copy));
	return 1;
}

static void frame_push(struct decoder *d, struct frame f)
{
	struct frame *in = &d->frames[d->n_frames++];

	assert(d->n_frames <= SCHEMA_MAX_NESTING);
	f.open = note_end(d) - 1;
	*in = f; /* first in its place: the scratch may move, and "at" with it */
	if (f.form != FORM_OBJECT)
		collect_begin(d, in);
}

/* Count a bracket that opens. Return: whether what is in it has to be looked at; else it is skipped */
static bool open_bracket(struct decoder *d, struct want *w)
{
	bool is_wanted = value_begin(d, w);

	if (d->is_over)
		return false;
	if (++d->depth > DECODE_MAX_DEPTH) {
		note_limit(d, note_end(d) - 1, "nested too deep",
			   DECODE_MAX_DEPTH);
		return false;
	}
	if (!is_wanted)
		d->skip++;
	return is_wanted;
}

static void skip_wrong(struct decoder *d, const struct want *w, const char *found)
{
	note_type(d, note_end(d) - 1, w->kind, found);
	d->skip = 1;
}

static int on_start_map(void *ctx)
{
	struct decoder *d = ctx;
	struct want w;
	struct frame f;

	if (!open_bracket(d, &w))
		return !d->is_over;
	f = (struct frame){ .field = w.field, .at = w.at };
	if (w.kind == KIND_OBJECT) {
		frame_push(d, f);
	} else if (w.kind == KIND_PTR) {
		f.at = collect_get(d, w.field->size);
		if (f.at) {
			memcpy(w.at, &f.at, sizeof(f.at));
			frame_push(d, f);
		}
	} else if (w.kind == KIND_KVV || w.kind == KIND_MAP) {
		f.form = FORM_MAP;
		f.size = w.kind == KIND_KVV ? sizeof(struct kv) : w.field->size;
		frame_push(d, f);
	} else {
		skip_wrong(d, &w, "object");
	}
	return !d->is_over;
}

static int on_start_array(void *ctx)
{
	struct decoder *d = ctx;
	struct want w;
	struct frame f;

	if (!open_bracket(d, &w))
		return !d->is_over;
	f = (struct frame){ .form = FORM_LIST, .field = w.field, .at = w.at };
	if (w.kind == KIND_STRV)
		f.size = sizeof(const char *);
	else if (w.kind == KIND_U32V)
		f.size = sizeof(uint32_t);
	else if (w.kind == KIND_LIST)
		f.size = w.field->size;
	else
		skip_wrong(d, &w, "array");
	if (!d->skip)
		frame_push(d, f);
	return !d->is_over;
}

/* The row of a key. Documents have their keys mostly in the order of the rows. */
static const struct field *row_find(struct frame *f, const unsigned char *key, size_t len)
{
	const struct schema_type *t = f->field->type;
	size_t i = f->next;

	for (size_t tries = 0; tries < t->n_rows; tries++, i++) {
		const struct field *row;

		if (i >= t->n_rows)
			i = 0;
		row = &t->rows[i];
		if (row->name_len == len && memcmp(row->name, key, len) == 0) {
			f->next = i + 1;
			return row;
		}
	}
	return NULL;
}

static void map_key(struct decoder *d, struct frame *f, const unsigned char *key, size_t len)
{
	const struct check *c = f->field->key_check;

	f->key = take_string(d, key, len); /* if NULL, the value is ignored */
	if (f->key && c && !c->is_ok(c, f->key, len))
		note_value(d, c, f->key, len);
}

static int on_map_key(void *ctx, const unsigned char *key, size_t len)
{
	struct decoder *d = ctx;
	struct frame *f = top(d);
	uint64_t bit;

	if (d->skip)
		return 1;
	assert(f); /* keys come in objects, and what is not skipped has a frame */
	if (f->form == FORM_MAP) {
		map_key(d, f, key, len);
		return !d->is_over;
	}
	f->row = row_find(f, key, len);
	if (!f->row) {
		if (d->p && d->p->ignored)
			note_ignored(d, (const char *)key, len);
		return 1;
	}
	bit = UINT64_C(1) << (f->row - f->field->type->rows);
	if (f->seen & bit) {
		err_set(note(d, note_start(d, TOKEN_STRING, 0), -EINVAL), -EINVAL, ERR_DUPLICATE,
			"key appears twice");
		f->row = NULL;
	}
	f->seen |= bit;
	return 1;
}

static int close_bracket(struct decoder *d)
{
	struct frame *f = top(d);

	d->depth--;
	if (d->skip) {
		d->skip--;
		return 1;
	}
	assert(f);
	if (f->form == FORM_OBJECT)
		note_missing(d, f);
	else
		collect_end(d, f);
	d->n_frames--;
	return !d->is_over;
}

static int on_end(void *ctx)
{
	return close_bracket(ctx);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_map_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end,
};

static void decode_text(struct decoder *d)
{
	size_t good = text_utf8(d->text, d->len);
	yajl_alloc_funcs funcs;
	yajl_status status;

	if (good < d->len) {
		err_set(note(d, good, -EINVAL), -EINVAL, ERR_SYNTAX, "expected UTF-8, found byte \\x%02x",
			(unsigned char)d->text[good]);
		return;
	}
	mem_funcs(d->a, &funcs);
	d->yajl = yajl_alloc(&callbacks, &funcs, d);
	yajl_config(d->yajl, yajl_dont_validate_strings, 1); /* done above, and more strictly */
	status = yajl_parse(d->yajl, (const unsigned char *)d->text, d->len);
	if (status == yajl_status_ok) {
		d->is_ending = true;
		status = yajl_complete_parse(d->yajl);
	}
	if (status == yajl_status_error)
		note_syntax(d);
	yajl_free(d->yajl);
}

int decode(struct arena *a, const struct schema_type *type, const char *text, size_t len,
	   void *ret, struct problems *p)
{
	struct decoder d;

	/* not the scratch: its pages are touched as they are used */
	memset(&d, 0, offsetof(struct decoder, frames));
	d.a = a;
	d.text = text;
	d.len = len;
	d.p = p;
	d.root = type->list ? *type->list : (struct field){ .kind = KIND_OBJECT, .type = type };
	d.scratch.base = d.scratch.first;
	d.scratch.size = sizeof(d.scratch.first);
	d.scratch.used = 0;
	d.reserve = 4 * len + 65536; /* mem.c; the rest is yajl's state */
	if (len > DECODE_MAX_BYTES || arena_left(a) < d.reserve + type->size) {
		const char *what = len > DECODE_MAX_BYTES ? "document too large" :
							    "document needs more memory than there is";

		return err_set(problem_slot(p), -E2BIG, ERR_LIMIT, "%s: %zu bytes", what, len);
	}
	d.ret = arena_alloc(a, type->size);
	decode_text(&d);
	if (d.code)
		return d.code;
	memcpy(ret, d.ret, type->size);
	return 0;
}
