// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * config.c - fuzz entry point: configs made from the rows of the schema, with mistakes that are known
 *
 * The input is a list of choices: at each row of each object whether the property is there, what value
 * it has, and now and then what is wrong with it. So every input is a document whose verdict is known.
 *
 * What has to hold: a document without a mistake is taken, in one with mistakes the first is found, of
 * its kind and at its path. What is taken is planned as plan.c does it.
 */
#include "libocispec/check.h"
#include "tests/fuzz/planned.h"

#define DOC_MAX 65536
#define PATH_CUT 100                     /* longer paths are cut in an error */
#define LIST_MAX 4

struct doc {
	struct fuzz_in in;
	char *text;
	size_t n;
	char path[512];
	unsigned mistakes;
	unsigned first_id;
	char first_path[512];
};

static void put(struct doc *d, const char *text)
{
	size_t len = strlen(text);

	if (d->n + len >= DOC_MAX)
		return;
	memcpy(d->text + d->n, text, len + 1);
	d->n += len;
}

static void mistake(struct doc *d, unsigned id)
{
	if (d->mistakes++)
		return;
	d->first_id = id;
	memcpy(d->first_path, d->path, sizeof(d->first_path));
}

/* Go one step down: to @name, or to element @i. Return: what path_back() needs */
static size_t path_enter(struct doc *d, const char *name, size_t i)
{
	size_t before = strlen(d->path);

	if (name)
		snprintf(d->path + before, sizeof(d->path) - before, "%s%s", before ? "." : "", name);
	else
		snprintf(d->path + before, sizeof(d->path) - before, "[%zu]", i);
	return before;
}

static void path_back(struct doc *d, size_t before)
{
	d->path[before] = '\0';
}

/* ---- values ---- */

static const char *const samples[] = { "{}", "[]", "\"x\"", "7", "true", "[{}]", "{\"a\":[null]}", "1.5", "1e2" };

/* A value of another JSON type. @own: which of the samples would fit, as a set of bits */
static void put_wrong(struct doc *d, unsigned own)
{
	size_t i = fuzz_pick(&d->in, ARRAY_SIZE(samples));

	while (own & 1u << i)
		i = (i + 1) % ARRAY_SIZE(samples);
	put(d, samples[i]);
	mistake(d, ERR_TYPE);
}

struct limits {
	bool is_signed;
	int64_t min;
	uint64_t max;
};

static struct limits limits_of(const struct field *row)
{
	struct limits l = { false, 0, UINT64_MAX };

	switch ((enum kind)row->kind) {
	case KIND_I32: case KIND_OPT_I32: l = (struct limits){ true, INT32_MIN, INT32_MAX }; break;
	case KIND_I64: case KIND_OPT_I64: l = (struct limits){ true, INT64_MIN, INT64_MAX }; break;
	case KIND_U32: case KIND_OPT_U32: case KIND_U32V: l.max = UINT32_MAX; break;
	default: break;
	}
	if (!row->ranged)
		return l;
	if (row->min > l.min)
		l.min = row->min;
	if (row->max < l.max)
		l.max = row->max;
	return l;
}

static void put_number(struct doc *d, const struct field *row)
{
	static const char *const huge[] = { "18446744073709551616", "-9223372036854775809", "99999999999999999999999" };
	struct limits l = limits_of(row);
	char text[32];

	switch (fuzz_pick(&d->in, 8)) {
	case 1: snprintf(text, sizeof(text), "%lld", (long long)l.min); break;
	case 2: snprintf(text, sizeof(text), "%llu", (unsigned long long)l.max); break;
	case 3:
		snprintf(text, sizeof(text), "%s", huge[fuzz_pick(&d->in, 3)]);
		mistake(d, ERR_RANGE);
		break;
	case 4:
		if (l.max < UINT64_MAX) {
			snprintf(text, sizeof(text), "%llu", (unsigned long long)l.max + 1);
			mistake(d, ERR_RANGE);
			break;
		}
		/* fall through */
	case 5:
		if (l.min > INT64_MIN && !(row->zero_ok && l.min == 1)) {
			snprintf(text, sizeof(text), "%lld", (long long)l.min - 1);
			mistake(d, ERR_RANGE);
			break;
		}
		/* fall through */
	default:
		/* between the limits; both are at most the maximum of int64_t apart wherever min < 0 */
		snprintf(text, sizeof(text), "%lld", (long long)(l.min + (int64_t)(fuzz_byte(&d->in) %
			 (l.max > 255 ? 256 : l.max + 1 - (uint64_t)(l.min > 0 ? l.min : 0)))));
		break;
	}
	put(d, text);
}

/* Texts for properties with a rule, most of them good for one. */
static const char *const words[] = {
	"/", "a", "", "/bin/sh", "1.0.0", "1.2.0-rc.1+x", "2.0", "A=b", "A", "=", "0-3,7", "1-0", "0-31:2/4", "rwm",
	"rr", "2MB", "1GB", "eth0", "lo:1", "..", "a/b", "MB:0=10", "L3:0=f", "\xc3\xa9", "kernel.shm_rmid_forced",
	"net.ipv4.ip_forward", "CAP_CHOWN", "proc", "tmpfs", "ro", "rbind", "idmap=uids=0-1-10;gids=0-1-10",
	"mode=755", "x.slice:taper:x", "/a/../b", "rootfs", "nosuid", "read", "openat2", "4294967295", "-1",
	"org.systemd.property.TasksMax", "uint64 5", "run.oci.keep_original_groups", "1", "memory.max", "noexec",
};

/* Choose a text, and say whether the rule takes it. */
static const char *choose_word(struct doc *d, const struct check *c)
{
	size_t at = fuzz_byte(&d->in);

	if (c && c->names && at < 200)
		return c->names[at % c->n_names];
	for (size_t i = 0; c && at < 200 && i < ARRAY_SIZE(words); i++) {
		const char *word = words[(at + i) % ARRAY_SIZE(words)];

		if (c->is_ok(c, word, strlen(word)))
			return word;
	}
	return words[at % ARRAY_SIZE(words)];
}

/* Return: the text */
static const char *put_text(struct doc *d, const struct check *c, bool empty_absent)
{
	const char *word = choose_word(d, c);

	put(d, "\"");
	put(d, word);
	put(d, "\"");
	if (c && !c->is_ok(c, word, strlen(word)) && !(empty_absent && !*word))
		mistake(d, ERR_VALUE);
	return word;
}

/* ---- arrays and objects ---- */

static void put_object(struct doc *d, const struct schema_type *type);
static void put_value(struct doc *d, const struct field *row);

static size_t how_many(struct doc *d)
{
	return fuzz_pick(&d->in, LIST_MAX + 1);
}

static void put_list(struct doc *d, const struct field *row)
{
	size_t n = how_many(d);

	if (row->unique && n > 1)
		n = 1;                   /* malformed.c and decode.c know twins */
	if (n < row->min_items && fuzz_pick(&d->in, 4))
		n = row->min_items;
	if (n < row->min_items)
		mistake(d, ERR_RANGE);
	put(d, "[");
	for (size_t i = 0; i < n; i++) {
		size_t before = path_enter(d, NULL, i);

		put(d, i ? "," : "");
		if (row->kind == KIND_LIST)
			put_object(d, row->type);
		else if (row->kind == KIND_U32V)
			put_number(d, row);
		else
			put_text(d, row->check, false);
		path_back(d, before);
	}
	put(d, "]");
}

/* An object of any keys: those here are all different, for the rule of keys takes the first letters. */
static void put_map(struct doc *d, const struct field *row)
{
	const char *seen[LIST_MAX];
	size_t n = how_many(d), n_seen = 0;

	put(d, "{");
	for (size_t i = 0; i < n; i++) {
		const char *key = choose_word(d, row->key_check);
		size_t before = strlen(d->path);
		bool twice = false;

		for (size_t k = 0; k < n_seen; k++)
			twice = twice || str_eq(seen[k], key);
		if (twice || (row->key_check && !row->key_check->is_ok(row->key_check, key, strlen(key))) ||
		    !*key)
			continue;
		put(d, n_seen ? ",\"" : "\"");
		put(d, key);
		put(d, "\":");
		seen[n_seen++] = key;
		path_enter(d, key, 0);
		if (row->kind == KIND_MAP)
			put_object(d, row->type);
		else
			put_text(d, row->check, false);
		path_back(d, before);
	}
	put(d, "}");
}

static void put_value(struct doc *d, const struct field *row)
{
	bool wrong = fuzz_byte(&d->in) > 250;

	switch ((enum kind)row->kind) {
	case KIND_BOOL:
	case KIND_OPT_BOOL:
		if (wrong)
			put_wrong(d, 1u << 4);
		else
			put(d, fuzz_pick(&d->in, 2) ? "true" : "false");
		return;
	case KIND_STR:
		if (wrong)
			put_wrong(d, 1u << 2);
		else
			put_text(d, row->check, row->empty_absent);
		return;
	case KIND_STRV:
	case KIND_U32V:
	case KIND_LIST:
		if (wrong)
			put_wrong(d, 1u << 1 | 1u << 5);
		else
			put_list(d, row);
		return;
	case KIND_KVV:
	case KIND_MAP:
		if (wrong)
			put_wrong(d, 1u << 0 | 1u << 6);
		else
			put_map(d, row);
		return;
	case KIND_PTR:
	case KIND_OBJECT:
		if (wrong)
			put_wrong(d, 1u << 0 | 1u << 6);
		else
			put_object(d, row->type);
		return;
	default:
		if (wrong)
			put_wrong(d, 1u << 3);
		else
			put_number(d, row);
	}
}

static void put_key(struct doc *d, bool *first, const char *name)
{
	put(d, *first ? "\"" : ",\"");
	put(d, name);
	put(d, "\":");
	*first = false;
}

/* One property, or none. */
static void put_row(struct doc *d, const struct field *row, bool *first)
{
	unsigned choice = fuzz_byte(&d->in);
	size_t before = path_enter(d, row->name, 0);

	if (row->required && choice > 252) {
		if (choice == 255) {
			put_key(d, first, row->name);
			put(d, "null");
		}
		mistake(d, ERR_MISSING);
	} else if (row->required || choice > 140) {
		put_key(d, first, row->name);
		if (choice == 252 && !row->required) {
			put(d, "null");
		} else {
			put_value(d, row);
		}
		if (choice == 251) {
			put_key(d, first, row->name);
			put(d, "null");
			mistake(d, ERR_DUPLICATE);
		}
	}
	path_back(d, before);
}

static void put_object(struct doc *d, const struct schema_type *type)
{
	bool first = true;

	put(d, "{");
	for (size_t i = 0; i < type->n_rows; i++)
		put_row(d, &type->rows[i], &first);
	if (fuzz_byte(&d->in) > 250) {
		put_key(d, &first, "no.such.property");
		put(d, samples[fuzz_pick(&d->in, ARRAY_SIZE(samples))]);
	}
	put(d, "}");
}

/* ---- the verdict ---- */

static void check_problems(const struct doc *d, const struct problems *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].id == d->first_id && str_eq(p->v[i].path, d->first_path) && p->v[i].line == 1)
			return;
	if (strlen(d->first_path) >= PATH_CUT || p->lost)
		return;
	fprintf(stderr, "%s\nwant %u at %s, found %zu: %u at %s: %s\n", d->text, d->first_id, d->first_path,
		p->n, p->v[0].id, p->v[0].path, p->v[0].text);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct doc d = { .in = { data, size } };
	struct oci_spec spec;
	struct err v[32];
	struct problems p = { .v = v, .max = 32 };
	struct arena a;
	int r;

	fuzz_arena(&a);
	d.text = arena_alloc(&a, DOC_MAX);
	put_object(&d, &oci_spec_type);
	if (d.n + 1024 < DOC_MAX) {      /* else the end was left out */
		r = decode(&a, &oci_spec_type, d.text, d.n, &spec, &p);
		if (r == 0 && d.mistakes)
			fprintf(stderr, "%s\nwant %u at %s\n", d.text, d.first_id, d.first_path);
		if (r < 0 && !d.mistakes)
			fprintf(stderr, "%s\nfound %u at %s: %s\n", d.text, v[0].id, v[0].path, v[0].text);
		REQUIRE((r < 0) == (d.mistakes > 0));
		if (r < 0)
			check_problems(&d, &p);
		else
			fuzz_try_spec(&a, &spec);
	}
	arena_close(&a);
	return 0;
}

FUZZ_MAIN("config");
