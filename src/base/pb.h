/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pb.h - messages in the wire format of protocol buffers: what is written, and what is read from others
 *
 * A message is a row of fields, each a number and a value: an integer, or bytes with their length (a text,
 * or a message again). There is no table of a message's fields here: who reads looks at the numbers.
 * A buffer that is too small is noticed at the end (pb_out.bad). Reading stays within the bytes given.
 * Source: protobuf.dev, "Encoding".
 */
#ifndef TAPER_BASE_PB_H
#define TAPER_BASE_PB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"

struct pb_out {
	uint8_t *data;
	size_t len, size;
	bool bad;            /* something did not fit: the message must not be used */
};

/* pb_out() - an empty message with room for @size bytes */
struct pb_out pb_out(struct arena *a, size_t size);

/* pb_put_int() - an integer, a bool or a value of an enum */
void pb_put_int(struct pb_out *o, unsigned field, int64_t v);
/* pb_put_text() - a text; NULL = no field */
void pb_put_text(struct pb_out *o, unsigned field, const char *text);
/* pb_put_message() - a message inside; one that is bad makes this one bad */
void pb_put_message(struct pb_out *o, unsigned field, const struct pb_out *inner);

struct pb_in {
	const uint8_t *at, *end;
};

enum pb_kind { PB_INT, PB_BYTES, PB_FIXED };

struct pb_field {
	unsigned number;
	enum pb_kind kind;
	int64_t v;           /* PB_INT */
	struct pb_in bytes;  /* PB_BYTES: a text, or a message to be read in turn */
};

/**
 * pb_next() - read one field
 * @in: moved behind it
 *
 * Return: 1, 0 at the end of the message, -EBADMSG
 */
int pb_next(struct pb_in *in, struct pb_field *ret);

/* pb_text() - bytes as a text that ends with a NUL, in @a; what follows a NUL in them is cut off */
const char *pb_text(struct arena *a, const struct pb_field *f);

#endif
