// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * decode.c - fuzz entry point: any bytes as any document
 *
 * What has to hold: no crash and no leak; a refused document has a problem whose place is in it; an
 * accepted one encodes to a text that decodes and encodes to the same again; decode_locate() takes
 * every path.
 */
#include "libocispec/decode.h"
#include "libocispec/encode.h"
#include "state/record.h"
#include "tests/fuzz/harness.h"

static void round_trip(struct arena *a, const struct schema_type *t, const void *x)
{
	struct err e = { 0 };
	struct problems p = { .v = &e, .max = 1 };
	void *back = arena_alloc(a, t->size);
	size_t len, again_len;
	char *once = encode(a, t, x, NULL, &len), *again;

	REQUIRE(len == strlen(once));
	if (arena_left(a) < 64 * (len + 65536))
		return; /* too large for a second time */
	if (decode(a, t, once, len, back, &p) < 0) {
		fprintf(stderr, "%s: %s\n%s\n", e.path, e.text, once);
		abort();
	}
	again = encode(a, t, back, NULL, &again_len);
	REQUIRE(len == again_len && memcmp(once, again, len) == 0);
}

static void look_at_problem(const struct err *e, const char *text, size_t len)
{
	unsigned lines = 1, line, col;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	REQUIRE(e->code < 0 && e->id > 0 && e->text[0]);
	REQUIRE(e->line <= lines && (e->line > 0) == (e->col > 0));
	REQUIRE(text_utf8(e->text, strlen(e->text)) == strlen(e->text));
	decode_locate(text, len, e->path, &line, &col);
	REQUIRE(line >= 1 && line <= lines && col >= 1);
}

static void try_type(const struct schema_type *t, const char *text, size_t len)
{
	struct err v[4];
	struct problems p = { .v = v, .max = 4 };
	struct arena a;
	void *ret;
	int r;

	if (arena_open(&a, (size_t)64 << 20) < 0)
		abort();
	ret = arena_alloc(&a, t->size);
	r = decode(&a, t, text, len, ret, &p);
	REQUIRE((r == 0) == (p.n == 0));
	REQUIRE(p.n == 0 || v[0].code == r);
	for (size_t i = 0; i < p.n; i++)
		look_at_problem(&v[i], text, len);
	if (r == 0)
		round_trip(&a, t, ret);
	arena_close(&a);
}

/* The text of an intent is refused, or what was read of it makes a text that reads the same. */
static void try_intent(const char *data, size_t size)
{
	struct intent i = { 0 }, back = { 0 };
	char text[4096], again[4096];

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (intent_parse(text, &i) < 0) {
		REQUIRE(!i.valid);
		return;
	}
	REQUIRE(i.valid && i.owner_pid > 0 && (!i.cgroup[0] || i.cgroup[0] == '/'));
	REQUIRE(intent_format(&i, again, sizeof(again)) > 0);
	REQUIRE(intent_parse(again, &back) == 0 && memcmp(&i, &back, sizeof(i)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct schema_type *const types[] = {
		&oci_spec_type, &oci_process_type, &oci_resources_type, &oci_mounts_type,
		&record_type, &record_mounts_type, &oci_state_type, &oci_states_type,
		&oci_process_state_type, &oci_features_type,
	};
	char *text = malloc(size ? size : 1); /* exact size: so that a read beyond it is seen */

	if (!text)
		return 0;
	memcpy(text, data, size);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		try_type(types[i], text, size);
	(void)record_whole(text, size);
	try_intent(text, size);
	free(text);
	return 0;
}

FUZZ_MAIN("decode");
