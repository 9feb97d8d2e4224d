// SPDX-License-Identifier: LGPL-2.1-or-later
/* pb.c - protocol buffers: the bytes of a message, and reading what is none */
#include <errno.h>

#include "base/pb.h"
#include "tests/lib/tap.h"

static struct arena a;

static struct pb_out open_out(size_t size)
{
	arena_open(&a, 0);
	return pb_out(&a, size);
}

static bool has_bytes(const struct pb_out *o, const char *bytes, size_t len)
{
	return !o->bad && o->len == len && memcmp(o->data, bytes, len) == 0;
}
#define is_bytes(o, text) ok(has_bytes(&(o), (text), sizeof(text) - 1))

/* in() - the bytes of a literal, to be read */
#define in(text) \
	{ (const uint8_t *)(text), (const uint8_t *)(text) + sizeof(text) - 1 }

TEST(integers)
{
	struct pb_out o = open_out(64);

	pb_put_int(&o, 1, 0);
	pb_put_int(&o, 1, 127);
	pb_put_int(&o, 2, 150); /* the specification's example */
	pb_put_int(&o, 63, -1);
	is_bytes(o, "\x08\x00\x08\x7f\x10\x96\x01\xf8\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST(texts_and_messages)
{
	struct pb_out o = open_out(64), inner = pb_out(&a, 16);

	pb_put_text(&o, 2, "testing");
	pb_put_text(&o, 3, NULL);
	pb_put_text(&o, 4, "");
	pb_put_int(&inner, 1, 150);
	pb_put_message(&o, 3, &inner);
	is_bytes(o, "\x12\x07testing\x22\x00\x1a\x03\x08\x96\x01");
}

TEST(what_does_not_fit_is_noticed)
{
	struct pb_out o = open_out(4), outer;

	pb_put_text(&o, 1, "abc");
	ok(o.bad);
	ok(o.len <= 4);
	pb_put_int(&o, 1, 1);
	ok(o.bad);
	outer = pb_out(&a, 64);
	pb_put_message(&outer, 1, &o);
	ok(outer.bad);
}

TEST(what_was_written_is_read)
{
	static const int64_t values[] = { 0, 1, 127, 128, 300, INT32_MAX, INT64_MAX, -1, INT64_MIN };
	struct pb_out o = open_out(256), inner = pb_out(&a, 16);
	struct pb_in i;
	struct pb_field f;

	for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++)
		pb_put_int(&o, (unsigned)k + 1, values[k]);
	pb_put_text(&inner, 7, "in");
	pb_put_message(&o, 1000, &inner);
	i = (struct pb_in){ o.data, o.data + o.len };
	for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
		is_int(pb_next(&i, &f), 1);
		is_int(f.number, k + 1);
		is_int(f.kind, PB_INT);
		is_int(f.v, values[k]);
	}
	is_int(pb_next(&i, &f), 1);
	is_int(f.number, 1000);
	is_int(f.kind, PB_BYTES);
	is_int(pb_next(&i, &f), 0);
	i = f.bytes;
	is_int(pb_next(&i, &f), 1);
	is_int(f.number, 7);
	is_str(pb_text(&a, &f), "in");
	is_int(pb_next(&i, &f), 0);
}

TEST(fields_of_fixed_size_are_passed_over)
{
	struct pb_in i = in("\x09" "12345678" "\x15" "1234" "\x08\x05");
	struct pb_field f;

	is_int(pb_next(&i, &f), 1);
	is_int(f.kind, PB_FIXED);
	is_int(pb_next(&i, &f), 1);
	is_int(f.kind, PB_FIXED);
	is_int(f.number, 2);
	is_int(pb_next(&i, &f), 1);
	is_int(f.v, 5);
	is_int(pb_next(&i, &f), 0);
}

TEST(malformed_messages_are_refused)
{
	static const struct {
		const char *what, *bytes;
		size_t len;
	} rows[] = {
#define ROW(what, text) { what, text, sizeof(text) - 1 }
		ROW("a key without a value", "\x08"),
		ROW("an integer without an end", "\x08\xff\xff"),
		ROW("an integer of more than ten bytes", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		ROW("an integer of more than 64 bits", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
		ROW("a text without a length", "\x12"),
		ROW("a text that is cut off", "\x12\x05" "abcd"),
		ROW("a text of a huge length", "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" "a"),
		ROW("eight bytes that are seven", "\x09" "1234567"),
		ROW("four bytes that are three", "\x0d" "123"),
		ROW("a group", "\x0b\x08\x01\x0c"),
		ROW("an unknown wire type", "\x0e"),
		ROW("the field 0", "\x00\x01"),
		ROW("a number that is too large", "\x80\x80\x80\x80\x10\x01"),
#undef ROW
	};

	arena_open(&a, 0);
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct pb_in i = { (const uint8_t *)rows[k].bytes,
				   (const uint8_t *)rows[k].bytes + rows[k].len };
		struct pb_field f = { .number = 42 };

		if (!is_err(pb_next(&i, &f), EBADMSG))
			printf("# %s\n", rows[k].what);
		is_int(f.number, 42);
		ok(i.at <= i.end);
	}
}

TEST(any_bytes_are_read_to_an_end)
{
	uint8_t bytes[64];
	uint32_t seed = 1;

	for (int round = 0; round < 20000; round++) {
		struct pb_in i = { bytes, bytes + round % 64 };
		struct pb_field f;
		size_t n = 0;

		for (size_t k = 0; k < sizeof(bytes); k++) {
			seed = seed * 1664525u + 1013904223u;
			bytes[k] = (uint8_t)(seed >> 24);
		}
		while (pb_next(&i, &f) == 1) {
			ok(i.at <= i.end);
			if (f.kind == PB_BYTES)
				ok(f.bytes.at >= bytes && f.bytes.end <= bytes + sizeof(bytes));
			if (!ok(++n <= sizeof(bytes)))
				return;
		}
	}
}

TEST(a_text_ends_at_its_first_nul)
{
	struct pb_in i = in("\x0a\x03" "a\0b");
	struct pb_field f;

	arena_open(&a, 0);
	is_int(pb_next(&i, &f), 1);
	is_str(pb_text(&a, &f), "a");
}

TAP_MAIN
