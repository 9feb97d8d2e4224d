// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * dbus.c - the wire format of D-Bus messages
 *
 * Rules: a value is aligned to its size, counted from the start of the message; structs and the
 * array of header fields to 8. The body begins at a multiple of 8, so it can be written on its own.
 * A string is its length in 32 bits, its bytes and a NUL; a signature has its length in 8 bits. An
 * array is its length in bytes, which does not count the padding before its first element.
 *
 * Source: D-Bus specification, "Type System", "Marshaling", "Message Format".
 */
#include "base/dbus.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define ORDER (__BYTE_ORDER == __LITTLE_ENDIAN ? 'l' : 'B')

/* Codes of header fields. */
enum {
	FIELD_PATH = 1, FIELD_INTERFACE, FIELD_MEMBER, FIELD_ERROR, FIELD_REPLY_SERIAL,
	FIELD_DESTINATION, FIELD_SENDER, FIELD_SIGNATURE,
};

/* ---- write ---- */

struct dbus_out dbus_out(struct arena *a, size_t size)
{
	return (struct dbus_out){ .data = arena_alloc(a, size), .size = size };
}

static void put(struct dbus_out *o, const void *data, size_t len)
{
	if (o->bad || len > o->size - o->len) {
		o->bad = true;
		return;
	}
	memcpy(o->data + o->len, data, len);
	o->len += len;
}

static void put_align(struct dbus_out *o, size_t align)
{
	static const uint8_t zeroes[8];

	put(o, zeroes, (align - o->len % align) % align);
}

/* Numbers are aligned to their own size. */
static void put_number(struct dbus_out *o, const void *v, size_t size)
{
	put_align(o, size);
	put(o, v, size);
}

void dbus_put_byte(struct dbus_out *o, uint8_t v)
{
	put(o, &v, sizeof(v));
}

void dbus_put_u16(struct dbus_out *o, uint16_t v)
{
	put_number(o, &v, sizeof(v));
}

void dbus_put_u32(struct dbus_out *o, uint32_t v)
{
	put_number(o, &v, sizeof(v));
}

void dbus_put_u64(struct dbus_out *o, uint64_t v)
{
	put_number(o, &v, sizeof(v));
}

void dbus_put_double(struct dbus_out *o, double v)
{
	put_number(o, &v, sizeof(v));
}

void dbus_put_text(struct dbus_out *o, const char *s)
{
	size_t len = strlen(s);

	if (len > DBUS_MESSAGE_MAX)
		o->bad = true;
	dbus_put_u32(o, (uint32_t)len);
	put(o, s, len + 1);
}

void dbus_put_signature(struct dbus_out *o, const char *s)
{
	size_t len = strlen(s);

	if (len > UINT8_MAX)
		o->bad = true;
	dbus_put_byte(o, (uint8_t)len);
	put(o, s, len + 1);
}

void dbus_put_struct(struct dbus_out *o)
{
	put_align(o, 8);
}

size_t dbus_array_open(struct dbus_out *o, size_t align)
{
	size_t mark;

	dbus_put_u32(o, 0);
	mark = o->len;
	put_align(o, align);
	return mark;
}

void dbus_array_close(struct dbus_out *o, size_t mark, size_t align)
{
	uint32_t bytes;

	if (o->bad)
		return;
	bytes = (uint32_t)(o->len - (mark + (align - mark % align) % align));
	memcpy(o->data + mark - sizeof(bytes), &bytes, sizeof(bytes));
}

static void put_field(struct dbus_out *o, uint8_t code, const char *signature, const char *value)
{
	if (!value)
		return;
	dbus_put_struct(o);
	dbus_put_byte(o, code);
	dbus_put_signature(o, signature);
	if (*signature == 'g')
		dbus_put_signature(o, value);
	else
		dbus_put_text(o, value);
}

int dbus_call_make(struct arena *a, const struct dbus_call *call, uint32_t serial,
		   const struct dbus_out *body, struct dbus_out *ret)
{
	size_t body_len = body ? body->len : 0, mark;
	struct dbus_out o;

	if (body && body->bad)
		return -EINVAL;
	o = dbus_out(a, body_len + 4096);
	dbus_put_byte(&o, ORDER);
	dbus_put_byte(&o, DBUS_CALL);
	dbus_put_byte(&o, 0);
	dbus_put_byte(&o, 1);                /* version of the protocol */
	dbus_put_u32(&o, (uint32_t)body_len);
	dbus_put_u32(&o, serial);
	mark = dbus_array_open(&o, 8);
	put_field(&o, FIELD_PATH, "o", call->path);
	put_field(&o, FIELD_INTERFACE, "s", call->interface);
	put_field(&o, FIELD_MEMBER, "s", call->member);
	put_field(&o, FIELD_DESTINATION, "s", call->destination);
	put_field(&o, FIELD_SIGNATURE, "g", call->signature);
	dbus_array_close(&o, mark, 8);
	put_align(&o, 8);
	if (body)
		put(&o, body->data, body_len);
	if (o.bad)
		return -E2BIG;
	*ret = o;
	return 0;
}

/* ---- read ---- */

/* @len bytes at the next multiple of @align; NULL when they are not there */
static const uint8_t *get(struct dbus_in *in, size_t align, size_t len)
{
	size_t at = in->at + (align - in->at % align) % align;

	if (in->bad || at > in->len || len > in->len - at) {
		in->bad = true;
		return NULL;
	}
	in->at = at + len;
	return in->data + at;
}

uint32_t dbus_get_u32(struct dbus_in *in)
{
	const uint8_t *p = get(in, 4, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

static const char *get_terminated(struct dbus_in *in, size_t len)
{
	const uint8_t *p = get(in, 1, len + 1);

	if (!p || p[len] != 0 || memchr(p, 0, len)) {
		in->bad = true;
		return "";
	}
	return (const char *)p;
}

const char *dbus_get_text(struct dbus_in *in)
{
	return get_terminated(in, dbus_get_u32(in));
}

const char *dbus_get_signature(struct dbus_in *in)
{
	const uint8_t *len = get(in, 1, 1);

	return len ? get_terminated(in, *len) : "";
}

long dbus_length(const uint8_t *data)
{
	struct dbus_in in = { .data = data, .len = DBUS_FIXED, .at = 4 };
	uint32_t body = dbus_get_u32(&in), fields;

	dbus_get_u32(&in);           /* serial */
	fields = dbus_get_u32(&in);
	if (data[0] != ORDER || data[3] != 1 || body > DBUS_MESSAGE_MAX || fields > DBUS_MESSAGE_MAX)
		return -EPROTO;
	fields = (fields + 7) & ~7u;
	if (body + fields > DBUS_MESSAGE_MAX)
		return -EPROTO;
	return (long)(DBUS_FIXED + fields + body);
}

/* One header field; of a type that is not known here the rest cannot be read. */
static void get_field(struct dbus_in *in, struct dbus_msg *m)
{
	const uint8_t *code = get(in, 8, 1);
	const char *type = dbus_get_signature(in), *text = "";
	uint32_t number = 0;

	if (!code)
		return;
	if (strcmp(type, "s") == 0 || strcmp(type, "o") == 0)
		text = dbus_get_text(in);
	else if (strcmp(type, "g") == 0)
		text = dbus_get_signature(in);
	else if (strcmp(type, "u") == 0)
		number = dbus_get_u32(in);
	else
		in->bad = true;
	switch (*code) {
	case FIELD_PATH: m->path = text; break;
	case FIELD_INTERFACE: m->interface = text; break;
	case FIELD_MEMBER: m->member = text; break;
	case FIELD_ERROR: m->error = text; break;
	case FIELD_SENDER: m->sender = text; break;
	case FIELD_SIGNATURE: m->signature = text; break;
	case FIELD_REPLY_SERIAL: m->reply_serial = number; break;
	default: break;              /* the specification: unknown fields are to be ignored */
	}
}

int dbus_parse(const uint8_t *data, size_t len, struct dbus_msg *ret)
{
	struct dbus_msg m = { .path = "", .interface = "", .member = "", .error = "", .sender = "",
			      .signature = "" };
	struct dbus_in in = { .data = data, .len = len, .at = 4 };
	size_t end;

	if (len < DBUS_FIXED || dbus_length(data) != (long)len)
		return -EPROTO;
	m.type = (enum dbus_type)data[1];
	in.len = len - dbus_get_u32(&in);
	m.serial = dbus_get_u32(&in);
	end = DBUS_FIXED + (size_t)dbus_get_u32(&in);
	m.body = (struct dbus_in){ .data = data + in.len, .len = len - in.len };
	in.len = end;
	while (in.at < end && !in.bad)
		get_field(&in, &m);
	if (in.bad || !m.serial)
		return -EPROTO;
	*ret = m;
	return 0;
}

const char *dbus_unit_path(struct arena *a, const char *unit)
{
	static const char hex[] = "0123456789abcdef", prefix[] = "/org/freedesktop/systemd1/unit/";
	char *path = arena_alloc(a, sizeof(prefix) + 3 * strlen(unit)), *p = path;

	p = mempcpy(p, prefix, sizeof(prefix) - 1);
	for (const char *s = unit; *s; s++) {
		bool digit = *s >= '0' && *s <= '9';
		bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');

		if (letter || (digit && s != unit)) {
			*p++ = *s;
			continue;
		}
		*p++ = '_';
		*p++ = hex[(unsigned char)*s >> 4];
		*p++ = hex[*s & 15];
	}
	return path;
}
