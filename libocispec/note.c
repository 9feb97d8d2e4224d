// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * note.c - problems of a document: place, path, what was expected and what was found
 *
 * The text of a problem never repeats its path or place. What was found is escaped and cut.
 */
#include "decoder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

size_t note_end(const struct decoder *d)
{
	return d->is_ending ? d->len : yajl_get_bytes_consumed(d->yajl);
}

size_t note_start(const struct decoder *d, enum token token, size_t n)
{
	size_t end = note_end(d);

	if (token == TOKEN_WORD)
		return end - n;
	/* the quote that opens it is the first one backwards that is not escaped */
	for (end -= 2;; end--) {
		size_t slashes = 0;

		if (d->text[end] != '"')
			continue;
		while (slashes < end && d->text[end - 1 - slashes] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			return end;
	}
}

/* Add ".name", or "name" where the path begins. Return: the new length */
static size_t path_name(char *dst, size_t used, const char *name)
{
	const size_t size = sizeof(((struct err *)0)->path);
	char safe[80];
	int n;

	text_escape(safe, sizeof(safe), name, strlen(name));
	n = snprintf(dst + used, size - used, "%s%s", used ? "." : "", safe);
	used += n > 0 ? (size_t)n : 0;
	return used < size ? used : size - 1;
}

static size_t path_index(char *dst, size_t used, size_t index)
{
	const size_t size = sizeof(((struct err *)0)->path);
	int n = snprintf(dst + used, size - used, "[%zu]", index);

	used += n > 0 ? (size_t)n : 0;
	return used < size ? used : size - 1;
}

/* The path of what is being read: what each frame has open */
static void path_make(const struct decoder *d, char *dst)
{
	size_t used = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < d->n_frames; i++) {
		const struct frame *f = &d->frames[i];
		const char *name = f->form == FORM_MAP ? f->key : f->row ? f->row->name : NULL;

		if (f->form == FORM_LIST && f->n)
			used = path_index(dst, used, f->n - 1);
		else if (f->form != FORM_LIST && name && *name)
			used = path_name(dst, used, name);
	}
}

struct err *note(struct decoder *d, size_t start, int code)
{
	struct err *e;

	if (!d->code)
		d->code = code;
	e = problem_slot(d->p);
	if (e) {
		path_make(d, e->path);
		scan_place(d->text, start, &e->line, &e->col);
	}
	return e;
}

void note_ignored(struct decoder *d, const char *key, size_t len)
{
	struct err *e = d->p ? problem_slot(d->p->ignored) : NULL;
	char name[sizeof(e->path)];

	if (!e)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name)), key);
	path_make(d, e->path);
	path_name(e->path, strlen(e->path), name);
	scan_place(d->text, note_start(d, TOKEN_STRING, 0), &e->line, &e->col);
}

void note_limit(struct decoder *d, size_t start, const char *what, size_t limit)
{
	err_set(note(d, start, -E2BIG), -E2BIG, ERR_LIMIT, "%s, at most %zu are allowed", what, limit);
	d->is_over = true;
}

void note_memory(struct decoder *d)
{
	if (!d->is_over)
		err_set(note(d, note_end(d), -E2BIG), -E2BIG, ERR_LIMIT,
			"document needs more memory than there is");
	d->is_over = true;
}

static const char *kind_word(enum kind kind)
{
	switch (kind) {
	case KIND_NONE:
		break;
	case KIND_BOOL: case KIND_OPT_BOOL:
		return "boolean";
	case KIND_I32: case KIND_U32: case KIND_I64: case KIND_U64:
	case KIND_OPT_I32: case KIND_OPT_U32: case KIND_OPT_I64: case KIND_OPT_U64:
		return "integer";
	case KIND_STR:
		return "string";
	case KIND_STRV: case KIND_U32V: case KIND_LIST:
		return "array";
	case KIND_KVV: case KIND_PTR: case KIND_OBJECT: case KIND_MAP:
		return "object";
	}
	return "nothing";
}

void note_type(struct decoder *d, size_t start, enum kind want, const char *found)
{
	err_set(note(d, start, -EINVAL), -EINVAL, ERR_TYPE, "expected %s, found %s", kind_word(want),
		found);
}

void note_number(struct decoder *d, const struct want *w, int error, const char *s, size_t len)
{
	struct err *e = note(d, note_start(d, TOKEN_WORD, len), -EINVAL);
	char found[48], expected[96] = "integer";

	if (!e)
		return;
	text_escape(found, sizeof(found), s, len);
	if (error == -ERANGE)
		number_expected(w->kind, w->field, s[0] == '-', expected, sizeof(expected));
	err_set(e, -EINVAL, error == -ERANGE ? ERR_RANGE : ERR_TYPE, "expected %s, found %s", expected,
		found);
}

void note_value(struct decoder *d, const struct check *c, const char *s, size_t len)
{
	struct err *e = note(d, note_start(d, TOKEN_STRING, 0), -EINVAL);
	char found[64], expected[sizeof(e->text)];

	if (!e)
		return;
	text_escape(found, sizeof(found), s, len);
	check_expected(c, expected, sizeof(expected) - strlen(found) - strlen("expected , found \"\""));
	err_set(e, -EINVAL, ERR_VALUE, "expected %s, found \"%s\"", expected, found);
}

void note_escape(struct decoder *d, struct span token, const char *found)
{
	err_set(note(d, token.start, -EINVAL), -EINVAL, ERR_VALUE, "expected text, found %s", found);
}

void note_few(struct decoder *d, const struct frame *f, size_t n)
{
	err_set(note(d, f->open, -EINVAL), -EINVAL, ERR_RANGE,
		"expected at least %u element%s, found %zu", f->field->min_items,
		f->field->min_items == 1 ? "" : "s", n);
}

void note_missing(struct decoder *d, struct frame *f)
{
	const struct schema_type *t = f->field->type;
	uint64_t there = f->seen & ~f->absent;

	for (size_t i = 0; i < t->n_rows; i++) {
		if (!t->rows[i].required || (there & UINT64_C(1) << i))
			continue;
		f->row = &t->rows[i];
		err_set(note(d, f->open, -EINVAL), -EINVAL, ERR_MISSING, "required property missing");
	}
}

void note_repeated(struct decoder *d, struct frame *f, const char *key, size_t index)
{
	struct err *e;
	char found[64];

	f->n = index + 1;
	f->key = key;
	e = note(d, f->open, -EINVAL);
	if (!e)
		return;
	if (f->form == FORM_LIST) {
		const char *name = f->field->type->rows[0].name;
		size_t used = strlen(e->path);

		path_name(e->path, used, name);
		scan_place(d->text, scan_path(d->text, d->len, e->path), &e->line, &e->col);
		text_escape(found, sizeof(found), key, strlen(key));
		err_set(e, -EINVAL, ERR_DUPLICATE, "expected each %s once, found \"%s\" again", name,
			found);
	} else {
		scan_place(d->text, scan_second(d->text, d->len, f->open, key), &e->line, &e->col);
		err_set(e, -EINVAL, ERR_DUPLICATE, "key appears twice");
	}
}

/* What stands at an offset, for the user: a word, a character, or the end */
static void found_at(const struct decoder *d, size_t pos, char *dst, size_t size)
{
	size_t n = 0;

	if (pos >= d->len) {
		snprintf(dst, size, "end of text");
		return;
	}
	while (pos + n < d->len && n < 24 && scan_is_word(d->text[pos + n]))
		n++;
	while (n == 0 || (pos + n < d->len && ((unsigned char)d->text[pos + n] & 0xc0) == 0x80))
		n++;
	text_escape(dst, size, d->text + pos, n);
}

void note_syntax(struct decoder *d)
{
	struct scan s = { .text = d->text, .len = d->len };
	char found[64];
	struct err *e;

	if (scan_document(&s)) { /* yajl knows better */
		s.pos = yajl_get_bytes_consumed(d->yajl);
		s.expected = "JSON";
	}
	/* the path is how far reading has come: the last property that was begun, or what holds it */
	e = note(d, s.pos, -EINVAL);
	found_at(d, s.pos, found, sizeof(found));
	err_set(e, -EINVAL, ERR_SYNTAX, "expected %s, found %s", s.expected, found);
}
