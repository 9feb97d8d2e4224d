// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * pb.c - the wire format of protocol buffers
 *
 * An integer has seven bits in each byte, the lowest first; the eighth says that one more byte follows. A
 * negative one is written as its 64 bits, in ten bytes. In front of a value stands number << 3 | wire type.
 */
#include "base/pb.h"

#include <errno.h>
#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

#define VARINT_MAX 10
#define NUMBER_MAX ((1u << 29) - 1)

struct pb_out pb_out(struct arena *a, size_t size)
{
	return (struct pb_out){ .data = arena_alloc(a, size), .size = size };
}

static void put(struct pb_out *o, const void *data, size_t len)
{
	if (o->bad || len > o->size - o->len) {
		o->bad = true;
		return;
	}
	if (len)
		memcpy(o->data + o->len, data, len);
	o->len += len;
}

static void put_varint(struct pb_out *o, uint64_t v)
{
	uint8_t bytes[VARINT_MAX];
	size_t n = 0;

	do {
		bytes[n] = (uint8_t)(v & 0x7f);
		v >>= 7;
		bytes[n++] |= v ? 0x80 : 0;
	} while (v);
	put(o, bytes, n);
}

static void put_key(struct pb_out *o, unsigned field, enum wire wire)
{
	put_varint(o, (uint64_t)field << 3 | wire);
}

void pb_put_int(struct pb_out *o, unsigned field, int64_t v)
{
	put_key(o, field, WIRE_VARINT);
	put_varint(o, (uint64_t)v);
}

static void put_bytes(struct pb_out *o, unsigned field, const void *data, size_t len)
{
	put_key(o, field, WIRE_BYTES);
	put_varint(o, len);
	put(o, data, len);
}

void pb_put_text(struct pb_out *o, unsigned field, const char *text)
{
	if (text)
		put_bytes(o, field, text, strlen(text));
}

void pb_put_message(struct pb_out *o, unsigned field, const struct pb_out *inner)
{
	if (inner->bad)
		o->bad = true;
	else
		put_bytes(o, field, inner->data, inner->len);
}

/* ---- read ---- */

static int get_varint(struct pb_in *in, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < VARINT_MAX && in->at < in->end; i++) {
		uint8_t byte = *in->at++;

		if (i == VARINT_MAX - 1 && byte > 1)
			return -EBADMSG; /* more than 64 bits */
		v |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80)) {
			*ret = v;
			return 0;
		}
	}
	return -EBADMSG;
}

static int get_bytes(struct pb_in *in, uint64_t len, struct pb_in *ret)
{
	if (len > (uint64_t)(in->end - in->at))
		return -EBADMSG;
	*ret = (struct pb_in){ in->at, in->at + len };
	in->at += len;
	return 0;
}

int pb_next(struct pb_in *in, struct pb_field *ret)
{
	struct pb_field f = { 0 };
	uint64_t key, v = 0;
	int r;

	if (in->at == in->end)
		return 0;
	r = get_varint(in, &key);
	if (r < 0 || key >> 3 == 0 || key >> 3 > NUMBER_MAX)
		return -EBADMSG;
	f.number = (unsigned)(key >> 3);
	f.kind = PB_FIXED;
	switch (key & 7) {
	case WIRE_VARINT:
		f.kind = PB_INT;
		r = get_varint(in, &v);
		f.v = (int64_t)v;
		break;
	case WIRE_BYTES:
		f.kind = PB_BYTES;
		r = get_varint(in, &v);
		if (r == 0)
			r = get_bytes(in, v, &f.bytes);
		break;
	case WIRE_64:
		r = get_bytes(in, 8, &f.bytes);
		break;
	case WIRE_32:
		r = get_bytes(in, 4, &f.bytes);
		break;
	default:
		r = -EBADMSG; /* groups are of the past */
	}
	if (r < 0)
		return r;
	*ret = f;
	return 1;
}

const char *pb_text(struct arena *a, const struct pb_field *f)
{
	return arena_dup(a, (const char *)f->bytes.at, (size_t)(f->bytes.end - f->bytes.at));
}
