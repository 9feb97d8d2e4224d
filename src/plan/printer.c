// SPDX-License-Identifier: LGPL-2.1-or-later
/* printer.c - records as lines of text or as JSON */
#include <stdio.h>
#include <string.h>

#include "plan/printer.h"

/* A longer buffer with the same text, at least @need bytes. */
static char *grow(struct arena *a, const char *text, size_t len, size_t *size, size_t need)
{
	char *bigger;

	while (*size < need)
		*size *= 2;
	bigger = arena_alloc(a, *size);
	return memcpy(bigger, text, len);
}

void joined_add(struct joined *j, const char *piece)
{
	size_t n = strlen(piece);

	if (!j->text) {
		j->size = 64;
		j->text = arena_alloc(j->a, j->size);
	} else {
		j->text[j->len++] = ',';
	}
	if (j->len + n + 2 > j->size)
		j->text = grow(j->a, j->text, j->len, &j->size, j->len + n + 2);
	memcpy(j->text + j->len, piece, n + 1);
	j->len += n;
}

static void put(struct printer *p, const char *s, size_t n)
{
	if (p->len + n + 1 > p->size)
		p->text = grow(p->a, p->text, p->len, &p->size, p->len + n + 1);
	memcpy(p->text + p->len, s, n);
	p->len += n;
	p->text[p->len] = '\0';
}

static void put_text(struct printer *p, const char *s)
{
	put(p, s, strlen(s));
}

/* In double quotes, with the escapes of JSON. */
static void put_quoted(struct printer *p, const char *s)
{
	put_text(p, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char escape[8];

		if (c == '"' || c == '\\') {
			snprintf(escape, sizeof(escape), "\\%c", c);
			put_text(p, escape);
		} else if (c == '\n') {
			put_text(p, "\\n");
		} else if (c < 0x20 || c == 0x7f) {
			snprintf(escape, sizeof(escape), "\\u%04x", c);
			put_text(p, escape);
		} else {
			put(p, s, 1);
		}
	}
	put_text(p, "\"");
}

/* In text, quotes only where a reader or a script would go wrong without them. */
static void put_value(struct printer *p, const char *s)
{
	bool plain = *s != '\0';

	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == '"' || *c == '\\' || *c == 0x7f)
			plain = false;
	if (plain && !p->json)
		put_text(p, s);
	else
		put_quoted(p, s);
}

static void put_key(struct printer *p, const char *key)
{
	if (!p->json) {
		put_text(p, " ");
		return;
	}
	if (p->has_field)
		put_text(p, ",");
	put_quoted(p, key);
	put_text(p, ":");
	p->has_field = true;
}

static void close_array(struct printer *p)
{
	if (p->section)
		put_text(p, "]");
	p->section = NULL;
}

void print_start(struct printer *p, struct arena *a, bool json)
{
	*p = (struct printer){ .a = a, .json = json, .size = 4096 };
	p->text = arena_alloc(a, p->size);
	if (json)
		put_text(p, "{");
}

const char *print_finish(struct printer *p)
{
	if (p->json) {
		close_array(p);
		put_text(p, "}\n");
	}
	return p->text;
}

static void begin_json(struct printer *p, const char *section, const char *op)
{
	bool same = op && p->section && strcmp(p->section, section) == 0;

	if (!same) {
		close_array(p);
		if (p->has_section)
			put_text(p, ",");
		put_quoted(p, section);
		put_text(p, op ? ":[" : ":");
		p->section = op ? section : NULL;
		p->has_section = true;
	}
	put_text(p, same ? ",{" : "{");
	p->has_field = false;
}

void print_begin(struct printer *p, const char *section, const char *op)
{
	if (p->json)
		begin_json(p, section, op);
	else
		put_text(p, section);
	if (op)
		print_word(p, "op", op);
}

void print_word(struct printer *p, const char *key, const char *value)
{
	put_key(p, key);
	put_value(p, value);
}

static void put_name(struct printer *p, const char *key)
{
	put_key(p, key);
	if (!p->json) {
		put_text(p, key);
		put_text(p, "=");
	}
}

void print_str(struct printer *p, const char *key, const char *value)
{
	if (!value)
		return;
	put_name(p, key);
	put_value(p, value);
}

void print_u64(struct printer *p, const char *key, uint64_t value)
{
	put_name(p, key);
	put_text(p, arena_fmt(p->a, "%llu", (unsigned long long)value));
}

void print_i64(struct printer *p, const char *key, int64_t value)
{
	put_name(p, key);
	put_text(p, arena_fmt(p->a, "%lld", (long long)value));
}

void print_flag(struct printer *p, const char *key, bool on)
{
	if (!on)
		return;
	put_key(p, key);
	put_text(p, p->json ? "true" : key);
}

static void put_list(struct printer *p, const char *key, bool labelled, const char *const *v,
		     size_t n)
{
	if (p->json) {
		put_key(p, key);
		put_text(p, "[");
	}
	for (size_t i = 0; i < n; i++) {
		if (labelled && !p->json)
			put_name(p, key);
		else
			put_text(p, !p->json ? " " : i ? "," : "");
		put_value(p, v[i]);
	}
	if (p->json)
		put_text(p, "]");
}

void print_words(struct printer *p, const char *key, const char *const *v, size_t n)
{
	put_list(p, key, false, v, n);
}

void print_list(struct printer *p, const char *key, const char *const *v, size_t n)
{
	put_list(p, key, true, v, n);
}

void print_end(struct printer *p, const char *where)
{
	if (p->json) {
		if (where && *where)
			print_str(p, "where", where);
		put_text(p, "}");
		return;
	}
	if (where && *where) {
		put_text(p, " (");
		put_text(p, where);
		put_text(p, ")");
	}
	put_text(p, "\n");
}
