// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * gvariant.c - values for systemd as text
 *
 * Source: GLib, "GVariant Text Format": that part of it which properties of units can have.
 */
#include <ctype.h>
#include <errno.h>

#include "plan/internal.h"

#define DEPTH_MAX 8
#define LIST_MAX 4096

static const struct {
	const char *name;
	char type;
	int64_t min;
	uint64_t max;
} types[] = {
	{ "boolean", 'b', 0, 1 },
	{ "byte", 'y', 0, UINT8_MAX },
	{ "int16", 'n', INT16_MIN, INT16_MAX },
	{ "uint16", 'q', 0, UINT16_MAX },
	{ "int32", 'i', INT32_MIN, INT32_MAX },
	{ "uint32", 'u', 0, UINT32_MAX },
	{ "int64", 'x', INT64_MIN, INT64_MAX },
	{ "uint64", 't', 0, UINT64_MAX },
	{ "double", 'd', 0, 0 },
	{ "string", 's', 0, 0 },
	{ "objectpath", 'o', 0, 0 },
	{ "signature", 'g', 0, 0 },
};

struct reader {
	struct arena *a;
	const char *p;
	const char *wrong;           /* NULL = nothing yet */
};

static bool fail(struct reader *r, const char *why)
{
	if (!r->wrong)
		r->wrong = why;
	return false;
}

static void skip_blanks(struct reader *r)
{
	while (isspace((unsigned char)*r->p))
		r->p++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (*r->p != c)
		return false;
	r->p++;
	return true;
}

/* Return: row of the type, -1 = none of these */
static int type_row(char type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return (int)i;
	return -1;
}

/* ---- read ---- */

static bool read_text(struct reader *r, struct sd_value *ret)
{
	char quote = *r->p++;
	char *out = arena_alloc(r->a, strlen(r->p) + 1), *o = out;

	for (; *r->p != quote; r->p++) {
		if (!*r->p)
			return fail(r, "a text is not terminated");
		if (*r->p == '\\') {
			static const char from[] = "ntrabfv", to[] = "\n\t\r\a\b\f\v";
			const char *at = *++r->p ? strchr(from, *r->p) : NULL;

			if (!*r->p || *r->p == 'u' || *r->p == 'U')
				return fail(r, "an escape that is not supported");
			*o++ = at ? to[at - from] : *r->p;
			continue;
		}
		*o++ = *r->p;
	}
	r->p++;
	ret->text = out;
	return true;
}

/* "12.5": digits and a fraction. Return: false = neither */
static bool read_real(const char *s, double *ret)
{
	double v = 0, unit = 1;
	bool minus = *s == '-', digits = false;

	for (s += minus; isdigit((unsigned char)*s); s++, digits = true)
		v = v * 10 + (*s - '0');
	if (*s == '.')
		for (s++; isdigit((unsigned char)*s); s++, digits = true)
			v += (*s - '0') * (unit /= 10);
	*ret = minus ? -v : v;
	return digits && !*s;
}

/* @type: 0 = int32, or a double when there is a point */
static bool read_number(struct reader *r, char type, struct sd_value *ret)
{
	size_t len = strspn(r->p, "+-.0123456789abcdefxABCDEFX");
	const char *word = arena_dup(r->a, r->p, len);
	int row, e;

	r->p += len;
	if (!type)
		type = strchr(word, '.') ? 'd' : 'i';
	ret->type = type;
	if (type == 'd')
		return read_real(word, &ret->real) || fail(r, "not a number");
	row = type_row(type);
	if (row < 0 || !types[row].max)
		return fail(r, "a number where there must be none");
	if (*word == '-') {
		int64_t v = 0;

		e = parse_i64(word, types[row].min, 0, &v);
		ret->number = (uint64_t)v;
	} else {
		e = parse_u64(word, 0, types[row].max, &ret->number);
	}
	if (e == -ERANGE)
		return fail(r, "a number out of the range of its type");
	return e == 0 || fail(r, "not a number");
}

static bool read_value(struct reader *r, const char *want, unsigned depth, struct sd_value *ret);

/* One complete type at the start of a signature. Return: its length, 0 = not one */
static size_t type_length(const char *s)
{
	if (*s == 'a') {
		size_t n = type_length(s + 1);

		return n ? n + 1 : 0;
	}
	if (*s == '(') {
		size_t at = 1;

		while (s[at] && s[at] != ')') {
			size_t n = type_length(s + at);

			if (!n)
				return 0;
			at += n;
		}
		return s[at] == ')' && at > 1 ? at + 1 : 0;
	}
	return *s && type_row(*s) >= 0;
}

/* Between the brackets. @want: signature of each element ('a') or of them one by one ('('), NULL = any */
static bool read_list(struct reader *r, char close, const char *want, unsigned depth, struct sd_value *ret)
{
	struct sd_value *v = NULL;
	size_t n = 0;
	bool array = close == ']';

	while (!take(r, close)) {
		size_t len = want ? type_length(want) : 0;

		if (n && !take(r, ','))
			return fail(r, "a comma is missing");
		if (n && !array && take(r, close))       /* ('a',) */
			break;
		if (n >= LIST_MAX || (want && !len))
			return fail(r, "too many elements");
		v = vec_room(r->a, v, n, sizeof(*v));
		if (!read_value(r, want ? arena_dup(r->a, want, len) : NULL, depth, &v[n]))
			return false;
		if (array && !want)
			want = sd_signature(r->a, &v[n]);
		else if (!array && want)
			want += len;
		n++;
	}
	if (!array && (!n || (want && *want)))
		return fail(r, "too few elements");
	if (array && !want)
		return fail(r, "an empty array needs its type in front (@as [])");
	ret->type = array ? 'a' : '(';
	ret->list.v = v;
	ret->list.n = n;
	ret->list.of = array ? want : NULL;
	return true;
}

/* "@as": what follows has this type; "uint64": likewise. Return: false = neither, or wrong */
static bool read_type(struct reader *r, const char **ret)
{
	size_t len;

	if (*r->p == '@') {
		len = type_length(r->p + 1);
		if (!len)
			return fail(r, "not a type");
		*ret = arena_dup(r->a, r->p + 1, len);
		r->p += 1 + len;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		len = strlen(types[i].name);
		if (strncmp(r->p, types[i].name, len) == 0 && isspace((unsigned char)r->p[len])) {
			*ret = arena_dup(r->a, &types[i].type, 1);
			r->p += len;
			return true;
		}
	}
	return false;
}

static bool read_word(struct reader *r, struct sd_value *ret)
{
	size_t len = strncmp(r->p, "true", 4) == 0 ? 4 : strncmp(r->p, "false", 5) == 0 ? 5 : 0;

	if (!len || isalnum((unsigned char)r->p[len]))
		return fail(r, "not a value (a text needs quotes)");
	r->p += len;
	ret->type = 'b';
	ret->number = len == 4;
	return true;
}

static bool is_texts(const char *type)
{
	return strchr("sog", *type) && !type[1];
}

static bool read_value(struct reader *r, const char *want, unsigned depth, struct sd_value *ret)
{
	struct sd_value v = { 0 };
	const char *type = "";
	bool done;

	skip_blanks(r);
	if (depth > DEPTH_MAX)
		return fail(r, "nested too deep");
	if (read_type(r, &type)) {
		skip_blanks(r);
		if (want && !str_eq(want, type))
			return fail(r, "elements of different types");
		want = type;
	}
	if (r->wrong)
		return false;
	if (*r->p == '\'' || *r->p == '"') {
		v.type = want && is_texts(want) ? *want : 's';
		done = read_text(r, &v);
	} else if (*r->p == '-' || *r->p == '+' || isdigit((unsigned char)*r->p)) {
		done = read_number(r, want ? *want : 0, &v);
	} else if (take(r, '[')) {
		done = read_list(r, ']', want && *want == 'a' ? want + 1 : NULL, depth + 1, &v);
	} else if (take(r, '(')) {
		done = read_list(r, ')', want && *want == '(' ? arena_dup(r->a, want + 1, strlen(want) - 2)
							      : NULL, depth + 1, &v);
	} else {
		done = read_word(r, &v);
	}
	if (done && want && !str_eq(sd_signature(r->a, &v), want))
		return fail(r, "a value of another type than the one in front of it, or before it");
	if (done)
		*ret = v;
	return done;
}

const char *gvariant_parse(struct arena *a, const char *text, struct sd_value *ret)
{
	struct reader r = { .a = a, .p = text };
	struct sd_value v;

	if (!read_value(&r, NULL, 0, &v))
		return r.wrong;
	skip_blanks(&r);
	if (*r.p)
		return "something follows the value";
	*ret = v;
	return NULL;
}

/* ---- print ---- */

const char *sd_signature(struct arena *a, const struct sd_value *v)
{
	const char *text = "(";

	if (v->type == 'a')
		return arena_fmt(a, "a%s", v->list.of);
	if (v->type != '(')
		return arena_dup(a, &v->type, 1);
	for (size_t i = 0; i < v->list.n; i++)
		text = arena_fmt(a, "%s%s", text, sd_signature(a, &v->list.v[i]));
	return arena_fmt(a, "%s)", text);
}

static const char *print_text(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, 2 * strlen(s) + 3), *o = out;

	*o++ = '\'';
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\' || *s == '\n')
			*o++ = '\\';
		*o++ = *s == '\n' ? 'n' : *s;
	}
	*o++ = '\'';
	return out;
}

static const char *print_list(struct arena *a, const struct sd_value *v)
{
	const char *text = v->type == 'a' ? "[" : "(";

	if (v->type == 'a' && !v->list.n)
		return arena_fmt(a, "@a%s []", v->list.of);
	for (size_t i = 0; i < v->list.n; i++)
		text = arena_fmt(a, "%s%s%s", text, i ? ", " : "", gvariant_print(a, &v->list.v[i]));
	return arena_fmt(a, "%s%s", text, v->type == 'a' ? "]" : v->list.n == 1 ? ",)" : ")");
}

const char *gvariant_print(struct arena *a, const struct sd_value *v)
{
	int row = type_row(v->type);

	if (row < 0)
		return print_list(a, v);
	switch (v->type) {
	case 'b': return v->number ? "true" : "false";
	case 's': return print_text(a, v->text);
	case 'o':
	case 'g': return arena_fmt(a, "%s %s", types[row].name, print_text(a, v->text));
	case 'd': return arena_fmt(a, "double %.6f", v->real);
	case 'i': return arena_fmt(a, "%lld", (long long)(int64_t)v->number);
	default: break;
	}
	if (types[row].min)
		return arena_fmt(a, "%s %lld", types[row].name, (long long)(int64_t)v->number);
	return arena_fmt(a, "%s %llu", types[row].name, (unsigned long long)v->number);
}
