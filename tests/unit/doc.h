/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doc.h - documents in tests: decode a text, and say in one string what was wrong with it */
#ifndef TESTS_UNIT_DOC_H
#define TESTS_UNIT_DOC_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libocispec/decode.h"
#include "libocispec/encode.h"

#define DOC_PROBLEMS 16

/* The arena of this test: each test is a process of its own. */
static inline struct arena *doc_arena(void)
{
	static struct arena a;

	if (!a.base && arena_open(&a, (size_t)256 << 20) < 0)
		_exit(99);
	return &a;
}

/* One line for each problem: "PATH: TEXT at LINE:COLUMN" */
static inline const char *doc_problems(const struct problems *p)
{
	char *all = arena_str(doc_arena(), "");

	for (size_t i = 0; i < p->n; i++)
		all = arena_fmt(doc_arena(), "%s%s%s: %s at %u:%u", all, i ? "\n" : "",
				p->v[i].path, p->v[i].text, p->v[i].line, p->v[i].col);
	if (p->lost)
		all = arena_fmt(doc_arena(), "%s\nand %zu more", all, p->lost);
	return all;
}

/* What is wrong with a text; "" = nothing, then @ret is filled */
static inline const char *doc_load_len(const struct schema_type *t, const char *text, size_t len,
				       void *ret)
{
	struct err v[DOC_PROBLEMS];
	struct problems p = { .v = v, .max = DOC_PROBLEMS };
	int r = decode(doc_arena(), t, text, len, ret, &p);

	if ((r == 0) != (p.n == 0) || (r && r != v[0].code))
		return "return value and problems disagree";
	return doc_problems(&p);
}

static inline const char *doc_load(const struct schema_type *t, const char *text, void *ret)
{
	return doc_load_len(t, text, strlen(text), ret);
}

/* The same for a config.json that has, beside what it must have, the members @more */
#define DOC_HEAD "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},"
static inline const char *doc_config(const char *more, struct oci_spec *ret)
{
	return doc_load(&oci_spec_type, arena_fmt(doc_arena(), "%s\n%s}", DOC_HEAD, more), ret);
}

#endif
