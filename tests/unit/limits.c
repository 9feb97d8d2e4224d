// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits.c - sizes, depth and memory of the decoder; hostile documents end in an error, and soon */
#include "tests/unit/doc.h"

#include <errno.h>
#include <time.h>

#include "tests/lib/tap.h"

static struct arena text_arena;

/* @head, then @n times @piece with commas between, then @tail */
static char *repeat(const char *head, size_t n, const char *piece, const char *comma,
		    const char *tail)
{
	size_t size = strlen(head) + n * (strlen(piece) + strlen(comma)) + strlen(tail) + 1;
	char *text, *p;

	if (!text_arena.base && arena_open(&text_arena, (size_t)1 << 30) < 0)
		exit(99);
	text = arena_alloc(&text_arena, size);
	p = mempcpy(text, head, strlen(head));
	for (size_t i = 0; i < n; i++) {
		if (i)
			p = mempcpy(p, comma, strlen(comma));
		p = mempcpy(p, piece, strlen(piece));
	}
	memcpy(p, tail, strlen(tail));
	return text;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

TEST(document_size)
{
	char *text = repeat("{\"cwd\":\"/\",\"x\":[", DECODE_MAX_BYTES / 2 - 20, "1", ",", "]}");
	size_t len = strlen(text);
	struct oci_process p;

	memset(text + len, ' ', 1);
	is_str(doc_load_len(&oci_process_type, text, len, &p), "");
	text = repeat("{\"cwd\":\"/\"}", DECODE_MAX_BYTES - 11, " ", "", "");
	is_int(strlen(text), DECODE_MAX_BYTES);
	is_str(doc_load(&oci_process_type, text, &p), "");
	text = repeat("{\"cwd\":\"/\"}", DECODE_MAX_BYTES - 10, " ", "", "");
	is_str(doc_load(&oci_process_type, text, &p),
	       ": document too large: 16777217 bytes at 0:0");
	is_err(decode(doc_arena(), &oci_process_type, text, strlen(text), &p, NULL), E2BIG);
}

TEST(depth)
{
	struct oci_process p;

	is_str(doc_load(&oci_process_type,
			repeat("{\"cwd\":\"/\",\"x\":", 63, "[", "", repeat("", 63, "]", "", "}")), &p), "");
	is_str(doc_load(&oci_process_type,
			repeat("{\"cwd\":\"/\",\"x\":", 64, "[", "", repeat("", 64, "]", "", "}")), &p),
	       ": nested too deep, at most 64 are allowed at 1:79");
	is_str(doc_load(&oci_process_type, repeat("{\"cwd\":\"/\",\"x\":", 200, "{\"y\":", "", ""), &p),
	       ": nested too deep, at most 64 are allowed at 1:331");
	is_str(doc_load(&oci_process_type, repeat("", 1000000, "[", "", ""), &p),
	       ": expected object, found array at 1:1\n"
	       ": nested too deep, at most 64 are allowed at 1:65");
}

TEST(string_length)
{
	struct oci_process p;

	is_str(doc_load(&oci_process_type,
			repeat("{\"cwd\":\"/", DECODE_MAX_STRING - 1, "x", "", "\"}"), &p), "");
	is_int(strlen(p.cwd), DECODE_MAX_STRING);
	is_str(doc_load(&oci_process_type,
			repeat("{\"cwd\":\"/", DECODE_MAX_STRING, "x", "", "\"}"), &p),
	       "cwd: bytes of a string too many, at most 1048576 are allowed at 1:8");
	is_str(doc_load(&oci_process_type,
			repeat("{\"cwd\":\"/", DECODE_MAX_STRING - 1, "\\n", "", "\"}"), &p), "");
	is_int(strlen(p.cwd), DECODE_MAX_STRING);
}

TEST(elements)
{
	struct oci_resources r;
	struct oci_process p;

	is_str(doc_load(&oci_process_type,
			repeat("{\"cwd\":\"/\",\"args\":[", DECODE_MAX_ELEMENTS, "\"\"", ",", "]}"), &p), "");
	is_int(p.args.n, DECODE_MAX_ELEMENTS);
	has_str(doc_load(&oci_process_type,
			 repeat("{\"cwd\":\"/\",\"args\":[", DECODE_MAX_ELEMENTS + 1, "\"\"", ",", "]}"),
			 &p), "args[65535]: too many elements, at most 65536 are allowed at 1:");
	has_str(doc_load(&oci_resources_type,
			 repeat("{\"devices\":[", DECODE_MAX_ELEMENTS + 1, "{\"allow\":true}", ",", "]}"),
			 &r), "devices[65535]: too many elements");
}

TEST(maps_are_not_quadratic)
{
	static char text[4 << 20];
	size_t used = 0;
	struct oci_resources r;
	double t = seconds();

	used += (size_t)snprintf(text, sizeof(text), "{\"unified\":{");
	for (unsigned i = 0; i < DECODE_MAX_ELEMENTS; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\"k%x\":\"\"", i ? "," : "",
					 i * 2654435761u);
	snprintf(text + used, sizeof(text) - used, "}}");
	is_str(doc_load(&oci_resources_type, text, &r), "");
	is_int(r.unified.n, DECODE_MAX_ELEMENTS);
	ok(seconds() - t < 3); /* pairs would take minutes */
}

TEST(many_equal_keys_are_soon_done)
{
	struct oci_resources r;
	double t = seconds();

	has_str(doc_load(&oci_resources_type,
			 repeat("{\"unified\":{", DECODE_MAX_ELEMENTS, "\"a\":\"\"", ",", "}}"), &r),
		"unified.a: key appears twice at 1:20");
	ok(seconds() - t < 3);
}

/* No input may end the program: the decoder sees beforehand that the arena cannot hold it. */
TEST(a_small_arena_is_an_error)
{
	char *text = repeat("{\"devices\":[", 60000, "{\"allow\":true}", ",", "]}");
	struct arena a;
	struct oci_resources r;
	bool has_failed = false;

	for (size_t size = 4096; size < (size_t)64 << 20; size += size / 3) {
		struct err e;
		struct problems p = { .v = &e, .max = 1 };
		int ret;

		arena_open(&a, size);
		ret = decode(&a, &oci_resources_type, text, strlen(text), &r, &p);
		arena_close(&a);
		if (ret == 0)
			break;
		has_failed = true;
		is_err(ret, E2BIG);
		is_int(e.id, ERR_LIMIT);
		has_str(e.text, "document needs more memory than there is");
	}
	ok(has_failed);
	is_int(r.devices.n, 60000);
}

TEST(many_structs_from_few_bytes)
{
	/* each "{}" becomes a struct of 48 bytes and a problem: both have to end */
	char *args = repeat("", 60000, "{}", ",", "");
	char *call = arena_fmt(doc_arena(), "{\"args\":[%s]}", args);
	struct oci_spec spec;
	double t = seconds();

	call = repeat("", 60, call, ",", "");
	has_str(doc_config(repeat("\"linux\":{\"seccomp\":{\"syscalls\":[", 1, call, "", "]}}"), &spec),
		"more");
	ok(seconds() - t < 20);
}

TAP_MAIN
