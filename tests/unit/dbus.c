// SPDX-License-Identifier: LGPL-2.1-or-later
/* dbus.c - D-Bus messages: bytes as the specification wants them, and reading what is not one */
#include <errno.h>

#include "base/dbus.h"
#include "tests/lib/tap.h"

static struct arena a;

static void open_arena(void)
{
	arena_open(&a, 0);
}

static bool has_bytes(const struct dbus_out *o, const char *bytes, size_t len)
{
	return !o->bad && o->len == len && memcmp(o->data, bytes, len) == 0;
}
#define is_bytes(o, text) ok(has_bytes(&(o), (text), sizeof(text) - 1))

TEST(values_are_aligned)
{
	struct dbus_out o;

	open_arena();
	o = dbus_out(&a, 256);
	dbus_put_byte(&o, 7);
	dbus_put_u32(&o, 0x01020304);
	dbus_put_byte(&o, 8);
	dbus_put_u64(&o, 9);
	dbus_put_u16(&o, 10);
	is_bytes(o, "\7\0\0\0\4\3\2\1\10\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0\12\0");
}

TEST(texts_and_signatures)
{
	struct dbus_out o;

	open_arena();
	o = dbus_out(&a, 64);
	dbus_put_text(&o, "ab");
	dbus_put_signature(&o, "as");
	is_bytes(o, "\2\0\0\0ab\0\2as\0");
}

TEST(an_array_counts_its_elements_only)
{
	struct dbus_out o;
	size_t mark;

	open_arena();
	o = dbus_out(&a, 64);
	mark = dbus_array_open(&o, 8);
	dbus_put_u64(&o, 5);
	dbus_array_close(&o, mark, 8);
	is_bytes(o, "\10\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0");
	o = dbus_out(&a, 64);
	mark = dbus_array_open(&o, 8);
	dbus_array_close(&o, mark, 8);
	is_bytes(o, "\0\0\0\0\0\0\0\0");
}

TEST(what_does_not_fit_is_noticed)
{
	struct dbus_out o, msg;
	const struct dbus_call call = { "d", "/", "i", "m", "s" };

	open_arena();
	o = dbus_out(&a, 8);
	dbus_put_text(&o, "123456");
	ok(o.bad);
	is_err(dbus_call_make(&a, &call, 1, &o, &msg), EINVAL);
}

static struct dbus_out sample(void)
{
	const struct dbus_call call = { "org.x", "/org/x", "org.x.I", "Do", "su" };
	struct dbus_out body = dbus_out(&a, 64), msg = { 0 };

	dbus_put_text(&body, "hello");
	dbus_put_u32(&body, 77);
	is_int(dbus_call_make(&a, &call, 3, &body, &msg), 0);
	return msg;
}

TEST(a_call_survives_the_wire)
{
	struct dbus_out o;
	struct dbus_msg m;

	open_arena();
	o = sample();
	is_int(dbus_length(o.data), o.len);
	if (!is_int(dbus_parse(o.data, o.len, &m), 0))
		return;
	is_int(m.type, DBUS_CALL);
	is_int(m.serial, 3);
	is_str(m.path, "/org/x");
	is_str(m.interface, "org.x.I");
	is_str(m.member, "Do");
	is_str(m.signature, "su");
	is_str(m.error, "");
	is_str(dbus_get_text(&m.body), "hello");
	is_int(dbus_get_u32(&m.body), 77);
	ok(!m.body.bad);
	dbus_get_u32(&m.body);
	ok(m.body.bad);
}

/* Every message with one byte changed, and every part of one, is read or refused: nothing else. */
TEST(damaged_messages)
{
	struct dbus_out o;
	uint8_t *copy;

	open_arena();
	o = sample();
	for (size_t len = 0; len < o.len; len++) {
		struct dbus_msg m;

		copy = malloc(len + 1);
		memcpy(copy, o.data, len);
		is_err(dbus_parse(copy, len, &m), EPROTO);
		free(copy);
	}
	for (size_t i = 0; i < o.len * 256; i++) {
		struct dbus_msg m;

		copy = malloc(o.len);
		memcpy(copy, o.data, o.len);
		copy[i / 256] = (uint8_t)i;
		if (dbus_parse(copy, o.len, &m) == 0) {
			dbus_get_text(&m.body);
			dbus_get_u32(&m.body);
		}
		free(copy);
	}
}

TEST(lengths_of_strangers)
{
	uint8_t data[DBUS_FIXED] = { 'l', 1, 0, 1 };

	open_arena();
	is_int(dbus_length(data), DBUS_FIXED);
	data[0] = 'X';
	is_err(dbus_length(data), EPROTO);
	data[0] = 'l';
	data[7] = 0x7f;
	is_err(dbus_length(data), EPROTO);
	data[7] = 0;
	data[15] = 0xff;
	is_err(dbus_length(data), EPROTO);
	data[15] = 0;
	data[3] = 2;
	is_err(dbus_length(data), EPROTO);
}

TEST(paths_of_units)
{
	open_arena();
	is_str(dbus_unit_path(&a, "taper-c1.scope"),
	       "/org/freedesktop/systemd1/unit/taper_2dc1_2escope");
	is_str(dbus_unit_path(&a, "1a_\xc3.scope"),
	       "/org/freedesktop/systemd1/unit/_31a_5f_c3_2escope");
}

TAP_MAIN
