// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * roundtrip.c - decode(encode(x)) == x, for structs made at random from the rows
 *
 * The generator obeys the rows: ranges, names, rules, required and unique ones. The seed of a failing
 * case is printed. Equality is that of the encoded text: encoding is a function of what the struct
 * holds, and the tests of encode.c pin what it writes.
 */
#include "tests/unit/doc.h"

#include "libocispec/check.h"
#include "tests/lib/tap.h"

#define CASES 3000

static uint64_t seed;

static uint64_t random_u64(void)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = seed;

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t random_below(size_t n)
{
	return (size_t)(random_u64() % n);
}

static bool one_in(size_t n)
{
	return random_below(n) == 0;
}

/* Any number of the range, its ends more often than others */
static uint64_t random_number(int64_t min, uint64_t max)
{
	uint64_t span = max - (uint64_t)min;

	if (one_in(4))
		return one_in(2) ? (uint64_t)min : max;
	return (uint64_t)min + (span == UINT64_MAX ? random_u64() : random_u64() % (span + 1));
}

/* Values that satisfy the rules which are functions */
static const struct {
	const struct check *c;
	const char *v[4];
} samples[] = {
	{ &check_absolute, { "/", "/a b", "/\xc3\xa4\n\"\\", "/x/../y" } },
	{ &check_file_name, { "memory.high", "x", "\xf0\x9f\x98\x80", "..." } },
	{ &check_oci_version, { "1.0.0", "1.3.0-rc.1", "1.2.3+b", "1.0.2-dev" } },
	{ &check_env, { "A=", "PATH=/bin", "x y=\t", "_=1" } },
	{ &check_list, { "0", "0-3,7", "1 - 2", "4294967295" } },
	{ &check_list_stride, { "0", "0-31:2/4", "5", "7-9" } },
	{ &check_access, { "rwm", "m", "wr", "r" } },
	{ &check_page_size, { "2MB", "64KB", "1GB", "16GB" } },
	{ &check_net_name, { "eth0", "a", "123456789012345", "veth%d" } },
	{ &check_clos_id, { "/", "a", "b c", "..." } },
	{ &check_mem_bw, { "MB:", "MB:0=1", "MB:0=1;1=2", "MB: " } },
};

static const char *random_text(size_t min_len)
{
	static const char *const pieces[] = {
		"a", "B", " ", "/", "\"", "\\", "\n", "\x01", "\x1f", "\x7f", "\xc3\xa4",
		"\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbd", "{", ",", "null", "<&>",
	};
	char *s = arena_str(doc_arena(), "");
	size_t n = min_len + random_below(6);

	for (size_t i = 0; i < n; i++)
		s = arena_fmt(doc_arena(), "%s%s", s, pieces[random_below(sizeof(pieces) / sizeof(*pieces))]);
	return s;
}

static const char *random_string(const struct check *c, bool is_nonempty)
{
	if (!c)
		return random_text(is_nonempty);
	if (c == &check_non_empty)
		return random_text(1);
	if (c->names)
		return c->names[random_below(c->n_names)];
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const char *s = samples[i].v[random_below(4)];

		if (samples[i].c == c)
			return *s ? s : samples[i].v[0];
	}
	printf("# no samples for: expected %s\n", c->expected);
	abort();
}

/* A key that no other of the same map has. NULL when there is none left */
static const char *random_key(const struct check *c, size_t index)
{
	if (c && c->names)
		return index < c->n_names ? c->names[index] : NULL;
	if (c == &check_net_name)
		return arena_fmt(doc_arena(), "eth%zu", index);
	if (c == &check_file_name)
		return arena_fmt(doc_arena(), "k.%zu", index);
	return arena_fmt(doc_arena(), "%s%zu", random_text(0), index);
}

static void fill(const struct schema_type *t, char *at, bool is_filled);

static void fill_number(const struct field *f, char *at)
{
	bool r = f->ranged;

	switch ((enum kind)f->kind) {
	case KIND_BOOL:
		*(bool *)at = one_in(2);
		break;
	case KIND_I32:
		*(int32_t *)at = (int32_t)random_number(r ? f->min : INT32_MIN, r ? f->max : INT32_MAX);
		break;
	case KIND_U32:
		*(uint32_t *)at = (uint32_t)random_number(r ? f->min : 0, r ? f->max : UINT32_MAX);
		break;
	case KIND_I64:
		*(int64_t *)at = (int64_t)random_number(r ? f->min : INT64_MIN, r ? f->max : INT64_MAX);
		break;
	case KIND_U64:
		*(uint64_t *)at = random_number(r ? f->min : 0, r ? f->max : UINT64_MAX);
		break;
	case KIND_OPT_BOOL:
		*(struct opt_bool *)at = (struct opt_bool){ true, one_in(2) };
		break;
	case KIND_OPT_I32:
		*(struct opt_i32 *)at = (struct opt_i32){
			true, (int32_t)random_number(r ? f->min : INT32_MIN, r ? f->max : INT32_MAX) };
		break;
	case KIND_OPT_U32:
		*(struct opt_u32 *)at = (struct opt_u32){
			true, (uint32_t)random_number(r ? f->min : 0, r ? f->max : UINT32_MAX) };
		break;
	case KIND_OPT_I64:
		*(struct opt_i64 *)at = (struct opt_i64){
			true, (int64_t)random_number(r ? f->min : INT64_MIN, r ? f->max : INT64_MAX) };
		break;
	case KIND_OPT_U64:
		*(struct opt_u64 *)at = (struct opt_u64){
			true, random_number(r ? f->min : 0, r ? f->max : UINT64_MAX) };
		break;
	case KIND_NONE: case KIND_STR: case KIND_STRV: case KIND_U32V: case KIND_KVV: case KIND_PTR:
	case KIND_OBJECT: case KIND_LIST: case KIND_MAP:
		abort();
	}
}

static void fill_kvv(const struct field *f, struct kvv *v, size_t n)
{
	v->v = arena_newv(doc_arena(), struct kv, n);
	for (v->n = 0; v->n < n; v->n++) {
		const char *key = random_key(f->key_check, v->n);

		if (!key)
			break;
		v->v[v->n] = (struct kv){ key, random_string(f->check, false) };
	}
}

static void fill_structs(const struct field *f, char *at, size_t n, bool is_filled)
{
	struct { char *v; size_t n; } vec = { arena_array(doc_arena(), n, f->size), 0 };

	for (; vec.n < n; vec.n++) {
		char *element = vec.v + vec.n * f->size;
		const char *key = NULL;

		fill(f->type, element, is_filled);
		if (f->unique)
			key = random_key(f->type->rows[0].check, vec.n);
		else if (f->kind == KIND_MAP)
			key = random_key(f->key_check, vec.n);
		else
			continue;
		if (!key)
			break;
		memcpy(element, &key, sizeof(key));
	}
	memcpy(at, &vec, sizeof(vec));
}

static void fill_member(const struct field *f, char *at, bool is_filled)
{
	size_t n = f->min_items + (size_t)is_filled + random_below(one_in(20) ? 40 : 3);
	const char *s;

	switch ((enum kind)f->kind) {
	case KIND_STR:
		s = random_string(f->check, f->empty_absent);
		memcpy(at, &s, sizeof(s));
		break;
	case KIND_STRV:
		*(struct strv *)at = (struct strv){ arena_newv(doc_arena(), const char *, n), n };
		for (size_t i = 0; i < n; i++)
			((struct strv *)at)->v[i] = random_string(f->check, false);
		break;
	case KIND_U32V:
		*(struct u32v *)at = (struct u32v){ arena_newv(doc_arena(), uint32_t, n), n };
		for (size_t i = 0; i < n; i++)
			((struct u32v *)at)->v[i] = (uint32_t)random_number(0, f->ranged ? f->max : UINT32_MAX);
		break;
	case KIND_KVV:
		fill_kvv(f, (struct kvv *)at, n);
		break;
	case KIND_PTR:
		s = arena_alloc(doc_arena(), f->size);
		memcpy(at, &s, sizeof(s));
		fill(f->type, (char *)(uintptr_t)s, is_filled);
		break;
	case KIND_OBJECT:
		fill(f->type, at, is_filled);
		break;
	case KIND_LIST: case KIND_MAP:
		fill_structs(f, at, n, is_filled);
		break;
	case KIND_NONE: case KIND_BOOL: case KIND_I32: case KIND_U32: case KIND_I64: case KIND_U64:
	case KIND_OPT_BOOL: case KIND_OPT_I32: case KIND_OPT_U32: case KIND_OPT_I64: case KIND_OPT_U64:
		fill_number(f, at);
	}
}

/* @is_filled: leave nothing absent */
static void fill(const struct schema_type *t, char *at, bool is_filled)
{
	if (t->list) {
		fill_member(t->list, at + t->list->offset, is_filled);
		return;
	}
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct field *f = &t->rows[i];

		if (is_filled || f->required || f->kind == KIND_OBJECT || one_in(2))
			fill_member(f, at + f->offset, is_filled);
	}
}

static bool comes_back(const struct schema_type *t, const char *x, char *back)
{
	size_t len = 0;
	char *once = encode(doc_arena(), t, x, one_in(2) ? NULL : "  ", &len);
	bool is_indented = len && once[len - 1] == '\n';

	return is_str(doc_load_len(t, once, len, back), "") &&
	       is_str(encode(doc_arena(), t, back, is_indented ? "  " : NULL, NULL), once);
}

static void round_trip(const struct schema_type *t)
{
	char *x = arena_alloc(doc_arena(), t->size), *back = arena_alloc(doc_arena(), t->size);

	for (uint64_t i = 0; i < CASES; i++) {
		struct arena before = *doc_arena();

		seed = i << 32;
		memset(x, 0, t->size);
		fill(t, x, i == 0);
		if (!comes_back(t, x, back)) {
			printf("# case %ju\n", (uintmax_t)i);
			return;
		}
		memset(before.base + before.used, 0, doc_arena()->used - before.used);
		*doc_arena() = before;
	}
}

TEST(spec)
{
	round_trip(&oci_spec_type);
}

TEST(process)
{
	round_trip(&oci_process_type);
}

TEST(resources)
{
	round_trip(&oci_resources_type);
}

TEST(mounts)
{
	round_trip(&oci_mounts_type);
}

TEST(states)
{
	round_trip(&oci_state_type);
	round_trip(&oci_states_type);
	round_trip(&oci_process_state_type);
}

TEST(features)
{
	round_trip(&oci_features_type);
}

/* Nothing in an accepted struct is lost or made up: null is absent, empty is not */
TEST(absent_null_and_empty)
{
	static const char text[] =
		"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\",\"readonly\":null},\"mounts\":null,"
		"\"hooks\":{},\"hostname\":\"\",\"annotations\":{\"a\":null,\"b\":\"\"},"
		"\"process\":{\"cwd\":\"/\",\"env\":[],\"capabilities\":{\"bounding\":null,\"ambient\":[]},"
		"\"user\":null},\"linux\":{\"netDevices\":{\"a\":null,\"b\":{}},\"namespaces\":[],"
		"\"resources\":null,\"seccomp\":null},\"zzz\":{\"a\":[1,{\"ociVersion\":2}]},\"windows\":3}";
	struct oci_spec s;

	is_str(doc_load(&oci_spec_type, text, &s), "");
	ok(!s.root->readonly.set && !s.mounts.v && s.hooks && !s.hooks->prestart.v && !s.hostname);
	ok(s.process->env.v && s.process->env.n == 0 && !s.process->args.v);
	ok(s.process->capabilities && !s.process->capabilities->bounding.v &&
	   s.process->capabilities->ambient.v);
	ok(!s.linux_->resources && !s.linux_->seccomp && s.linux_->namespaces.v);
	is_str(encode(doc_arena(), &oci_spec_type, &s, NULL, NULL),
	       "{\"ociVersion\":\"1.0.0\",\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"env\":[],"
	       "\"cwd\":\"/\",\"capabilities\":{\"ambient\":[]}},\"root\":{\"path\":\"r\"},\"hooks\":{},"
	       "\"annotations\":{\"b\":\"\"},\"linux\":{\"namespaces\":[],\"netDevices\":{\"b\":{}}}}");
}

TEST(keys_in_any_order_land_in_their_members)
{
	struct oci_resources r;

	is_str(doc_load(&oci_resources_type,
			"{\"unified\":{\"z\":\"1\",\"a\":\"2\"},\"pids\":{\"limit\":7},\"cpu\":{\"mems\":\"1\","
			"\"shares\":2,\"idle\":1,\"quota\":3},\"devices\":[{\"access\":\"r\",\"allow\":true}]}",
			&r), "");
	is_str(r.unified.v[0].key, "z");
	is_str(r.unified.v[1].value, "2");
	is_int(r.pids->limit.v, 7);
	is_str(r.cpu->mems, "1");
	is_int(r.cpu->shares.v, 2);
	is_int(r.cpu->idle.v, 1);
	is_int(r.cpu->quota.v, 3);
	ok(r.devices.v[0].allow);
	is_str(r.devices.v[0].access, "r");
}

TAP_MAIN
