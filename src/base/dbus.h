/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dbus.h - the wire format of D-Bus messages
 *
 * Only what calling systemd takes: messages in the machine's own byte order, no file descriptors.
 * A body is written piece by piece into a struct dbus_out, and read in the same order from a struct
 * dbus_in. Neither can leave its buffer: what does not fit, or is not there, sets .bad, which is
 * looked at once at the end.
 */
#ifndef TAPER_BASE_DBUS_H
#define TAPER_BASE_DBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"

#define DBUS_MESSAGE_MAX (1u << 20)  /* bytes; the specification allows 128 MiB */
#define DBUS_FIXED 16                /* bytes of a header that say how long the message is */

enum dbus_type { DBUS_CALL = 1, DBUS_REPLY, DBUS_ERROR, DBUS_SIGNAL };

/* ---- write ---- */

struct dbus_out {
	uint8_t *data;
	size_t len, size;
	bool bad;            /* it did not fit */
};

/* dbus_out() - an empty body with room for @size bytes, at most DBUS_MESSAGE_MAX */
struct dbus_out dbus_out(struct arena *a, size_t size);

void dbus_put_byte(struct dbus_out *o, uint8_t v);
void dbus_put_u16(struct dbus_out *o, uint16_t v);
void dbus_put_u32(struct dbus_out *o, uint32_t v);
void dbus_put_u64(struct dbus_out *o, uint64_t v);
void dbus_put_double(struct dbus_out *o, double v);
/* a string or an object path */
void dbus_put_text(struct dbus_out *o, const char *s);
/* a signature, at most 255 characters */
void dbus_put_signature(struct dbus_out *o, const char *s);
/* dbus_put_struct() - what follows are the members of a struct */
void dbus_put_struct(struct dbus_out *o);

/**
 * dbus_array_open() - what follows are the elements of an array
 * @align: of one element: 1, 2, 4 or 8 bytes
 *
 * Return: for dbus_array_close()
 */
size_t dbus_array_open(struct dbus_out *o, size_t align);
void dbus_array_close(struct dbus_out *o, size_t mark, size_t align);

/* Whom to call. A signature of NULL: no arguments. */
struct dbus_call {
	const char *destination, *path, *interface, *member, *signature;
};

/**
 * dbus_call_make() - the whole message of a method call
 * @body: NULL = none
 *
 * Return: 0, -E2BIG, or -EINVAL (the body did not fit)
 */
int dbus_call_make(struct arena *a, const struct dbus_call *call, uint32_t serial,
		   const struct dbus_out *body, struct dbus_out *ret);

/* ---- read ---- */

struct dbus_in {
	const uint8_t *data;
	size_t len, at;
	bool bad;            /* it ended too early, or a text was not terminated */
};

uint32_t dbus_get_u32(struct dbus_in *in);
/* dbus_get_text() - a string or an object path; "" when bad. Points into the message. */
const char *dbus_get_text(struct dbus_in *in);
/* dbus_get_signature() - likewise */
const char *dbus_get_signature(struct dbus_in *in);

struct dbus_msg {
	enum dbus_type type;
	uint32_t serial, reply_serial;
	/* "" = absent */
	const char *path, *interface, *member, *error, *sender, *signature;
	struct dbus_in body;
	struct dbus_msg *next;   /* for queues of them */
};

/**
 * dbus_length() - the length of a message from its first DBUS_FIXED bytes
 *
 * Return: bytes, or -EPROTO (not a message, another byte order, longer than DBUS_MESSAGE_MAX)
 */
long dbus_length(const uint8_t *data);

/* dbus_parse() - a whole message; it points into @data. Return: 0 or -EPROTO */
int dbus_parse(const uint8_t *data, size_t len, struct dbus_msg *ret);

/* dbus_unit_path() - the object path of a systemd unit: all but letters and digits as "_xx" */
const char *dbus_unit_path(struct arena *a, const char *unit);

#endif
