// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * malformed.c - configs with one mistake each, made from the rows, and the error that each must give
 *
 * For every property, at every depth: each JSON type that it does not have, and, by its row, numbers out of range,
 * fractions, exponents, a double key. The error must be of the kind that fits, at the property's path.
 */
#include <stdio.h>
#include <string.h>

#include "libocispec/decode.h"
#include "libocispec/runtime.h"
#include "tests/lib/tap.h"

#define DEPTH_MAX 12
#define WANTED 2000

struct step {
	const struct field *row;
};

static struct step steps[DEPTH_MAX];
static unsigned n_steps, n_tried;

/* A JSON value of each type, and the kinds that have it. */
enum json { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER, JSON_BOOL, JSON__MAX };

static const char *const samples[JSON__MAX][3] = {
	[JSON_OBJECT] = { "{}", "{\"a\":\"b\"}", "{\"a\":{}}" },
	[JSON_ARRAY] = { "[]", "[[]]", "[{}]" },
	[JSON_STRING] = { "\"\"", "\"1\"", "\"true\"" },
	[JSON_NUMBER] = { "0", "1", "-1" },
	[JSON_BOOL] = { "true", "false", "true" },
};

static enum json json_of(const struct field *row)
{
	switch ((enum kind)row->kind) {
	case KIND_BOOL:
	case KIND_OPT_BOOL:
		return JSON_BOOL;
	case KIND_STR:
		return JSON_STRING;
	case KIND_STRV:
	case KIND_U32V:
	case KIND_LIST:
		return JSON_ARRAY;
	case KIND_KVV:
	case KIND_PTR:
	case KIND_OBJECT:
	case KIND_MAP:
		return JSON_OBJECT;
	case KIND_NONE:
	case KIND_I32:
	case KIND_U32:
	case KIND_I64:
	case KIND_U64:
	case KIND_OPT_I32:
	case KIND_OPT_U32:
	case KIND_OPT_I64:
	case KIND_OPT_U64:
		break;
	}
	return JSON_NUMBER;
}

/* The document with @value at the end of the steps, and the path of that place. */
static void write_document(const char *value, char *doc, size_t size, char *path, size_t path_size)
{
	size_t n = 0, p = 0;

	for (unsigned i = 0; i < n_steps; i++) {
		const struct field *row = steps[i].row;
		bool last = i + 1 == n_steps;

		n += (size_t)snprintf(doc + n, size - n, "{\"%s\":%s", row->name,
				      last ? value : row->kind == KIND_LIST ? "[" :
				      row->kind == KIND_MAP ? "{\"k\":" : "");
		p += (size_t)snprintf(path + p, path_size - p, "%s%s%s", i ? "." : "", row->name,
				      last ? "" : row->kind == KIND_LIST ? "[0]" :
				      row->kind == KIND_MAP ? ".k" : "");
	}
	for (unsigned i = n_steps; i-- > 0;) {
		const struct field *row = steps[i].row;

		n += (size_t)snprintf(doc + n, size - n, "%s}", i + 1 == n_steps ? "" :
				      row->kind == KIND_LIST ? "]" : row->kind == KIND_MAP ? "}" : "");
	}
}

static void refused(const char *value, unsigned id)
{
	char doc[2048], path[512];
	struct oci_spec spec;
	struct err v[64];
	struct problems p = { .v = v, .max = 64 };
	struct arena a;
	bool found = false;
	int r;

	write_document(value, doc, sizeof(doc), path, sizeof(path));
	ok(arena_open(&a, (size_t)16 << 20) == 0);
	r = decode(&a, &oci_spec_type, doc, strlen(doc), &spec, &p);
	for (size_t i = 0; i < p.n && i < p.max; i++)
		found = found || (v[i].id == id && strcmp(v[i].path, path) == 0 && v[i].line == 1 && v[i].col > 1);
	if (!ok(r < 0 && found))
		printf("# %s: want %u at %s, got %zu: %u at %s: %s\n", doc, id, path, p.n, p.n ? v[0].id : 0,
		       p.n ? v[0].path : "", p.n ? v[0].text : "");
	arena_close(&a);
	n_tried++;
}

static void try_row(const struct field *row)
{
	enum json own = json_of(row);

	for (int type = 0; type < JSON__MAX; type++)
		for (int i = 0; i < 3 && type != (int)own; i++)
			refused(samples[type][i], ERR_TYPE);
	if (own == JSON_NUMBER) {
		refused("1.5", ERR_TYPE);
		refused("1e3", ERR_TYPE);
		refused("99999999999999999999999999", ERR_RANGE);
	}
}

static void walk(const struct schema_type *type)
{
	for (size_t i = 0; i < type->n_rows && n_steps < DEPTH_MAX; i++) {
		const struct field *row = &type->rows[i];

		steps[n_steps++].row = row;
		try_row(row);
		if (row->type)
			walk(row->type);
		n_steps--;
	}
}

TEST(every_property_with_every_mistake)
{
	walk(&oci_spec_type);
	printf("# %u malformed configs\n", n_tried);
	ok(n_tried >= WANTED);
}

TAP_MAIN
