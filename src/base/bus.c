// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * bus.c - a connection to a D-Bus message bus
 *
 * Source: D-Bus specification, "Authentication Protocol", "Server Addresses", "Message Bus Messages".
 */
#include "base/bus.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"

#define SIGNALS_MAX 4096     /* a peer that sends more without replying is not the bus */

bool bus_broken(int r)
{
	return r == -EPIPE || r == -ECONNRESET || r == -ENOTCONN || r == -EPROTO;
}

/* ---- bytes ---- */

static int await(const struct bus *b, short events, int64_t deadline)
{
	struct pollfd p = { .fd = b->fd, .events = events };
	int r;

	do {
		r = poll(&p, 1, deadline_left(deadline));
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return -ETIMEDOUT;
	return r < 0 ? -errno : 0;
}

static int send_all(const struct bus *b, const void *data, size_t len, int64_t deadline)
{
	while (len > 0) {
		ssize_t n = send(b->fd, data, len, MSG_NOSIGNAL);
		int r;

		if (n >= 0) {
			data = (const char *)data + n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		r = await(b, POLLOUT, deadline);
		if (r < 0)
			return r;
	}
	return 0;
}

static int recv_all(const struct bus *b, void *data, size_t len, int64_t deadline)
{
	while (len > 0) {
		ssize_t n = recv(b->fd, data, len, 0);
		int r;

		if (n == 0)
			return -EPIPE;
		if (n > 0) {
			data = (char *)data + n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		r = await(b, POLLIN, deadline);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- connect ---- */

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdefABCDEF", *p = c ? strchr(digits, c) : NULL;

	return !p ? -1 : p - digits < 16 ? (int)(p - digits) : (int)(p - digits) - 6;
}

/* The value of @key in "path=/run/x,guid=..." (values have %xx). Return: length, -1 = not there */
static int address_value(const char *list, size_t len, const char *key, char *ret, size_t size)
{
	for (const char *p = list, *end = list + len; p < end; p++) {
		const char *stop = memchr(p, ',', (size_t)(end - p));
		const char *value = str_starts(p, key);
		size_t n = 0;

		stop = stop ? stop : end;
		for (; value && value < stop && n < size - 1; value++) {
			bool escaped = *value == '%' && stop - value > 2;
			int high = escaped ? hex_digit(value[1]) : -1, low = escaped ? hex_digit(value[2]) : -1;
			bool hex = high >= 0 && low >= 0;

			ret[n++] = hex ? (char)(high * 16 + low) : *value;
			value += hex ? 2 : 0;
		}
		ret[n] = '\0';
		if (value)
			return value == stop ? (int)n : -1;
		p = stop;
	}
	return -1;
}

/* A name that is no file, as old session buses have */
static int connect_abstract(const char *name, size_t len)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	_close_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (len >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path + 1, name, len);
	if (connect(fd, (const struct sockaddr *)&addr,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)) < 0)
		return -errno;
	return take_fd(&fd);
}

/* One address of the list. Return: fd or -errno */
static int connect_one(const char *address, size_t len)
{
	const char *unix_list = str_starts(address, "unix:");
	char name[4096];
	int n, fd;

	if (!unix_list || len < 5)
		return -EAFNOSUPPORT;
	n = address_value(unix_list, len - 5, "abstract=", name, sizeof(name));
	if (n >= 0)
		return connect_abstract(name, (size_t)n);
	n = address_value(unix_list, len - 5, "path=", name, sizeof(name));
	if (n <= 0)
		return -EAFNOSUPPORT;
	fd = fd_connect(name);
	if (fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		fd_close(&fd);
	return fd;
}

static int connect_any(const char *address, struct err *e)
{
	int fd = -EAFNOSUPPORT;

	for (const char *p = address; *p;) {
		size_t len = strcspn(p, ";");

		fd = connect_one(p, len);
		if (fd >= 0)
			return fd;
		p += len + (p[len] == ';');
	}
	return err_code(e, fd, ERR_BUS, "connect to the bus at %.100s", address);
}

/* A line of the authentication, without its end. Return: 0 or -errno */
static int recv_line(const struct bus *b, char *buf, size_t size, int64_t deadline)
{
	for (size_t n = 0; n < size; n++) {
		int r = recv_all(b, buf + n, 1, deadline);

		if (r < 0)
			return r;
		if (n > 0 && buf[n] == '\n' && buf[n - 1] == '\r') {
			buf[n - 1] = '\0';
			return 0;
		}
	}
	return -EPROTO;
}

static int authenticate(const struct bus *b, int64_t deadline, struct err *e)
{
	/* One NUL first, by which credentials can be sent where sockets do not tell them. */
	static const char hello[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
	char line[256];
	int r = send_all(b, hello, sizeof(hello) - 1, deadline);

	for (int i = 0; i < 2 && r == 0; i++) {
		r = recv_line(b, line, sizeof(line), deadline);
		if (r == 0 && !str_starts(line, i ? "OK " : "DATA"))
			return err_set(e, -EACCES, ERR_BUS, "the bus does not take us for user %u: %.60s",
				       (unsigned)geteuid(), line);
	}
	return r < 0 ? err_code(e, r, ERR_BUS, "authenticate with the bus") : 0;
}

int bus_open(struct bus *b, struct arena *a, const char *address, int limit_ms, struct err *e)
{
	static const struct dbus_call hello = {
		.destination = "org.freedesktop.DBus", .path = "/org/freedesktop/DBus",
		.interface = "org.freedesktop.DBus", .member = "Hello",
	};
	int64_t deadline = deadline_ms(limit_ms);
	struct dbus_msg reply = { .type = DBUS_REPLY };
	int r;

	*b = (struct bus){ .fd = connect_any(address, e), .arena = a };
	if (b->fd < 0) {
		r = b->fd;
		b->fd = -1;
		return r;
	}
	r = authenticate(b, deadline, e);
	if (r == 0)
		r = bus_call(b, &hello, NULL, deadline_left(deadline), &reply, e);
	if (r < 0)
		bus_close(b);
	return r;
}

void bus_close(struct bus *b)
{
	fd_close(&b->fd);
	b->signals = NULL;
}

/* ---- messages ---- */

static int recv_msg(const struct bus *b, int64_t deadline, struct dbus_msg *ret)
{
	uint8_t start[DBUS_FIXED], *data;
	long len;
	int r = recv_all(b, start, sizeof(start), deadline);

	if (r < 0)
		return r;
	len = dbus_length(start);
	if (len < 0)
		return (int)len;
	data = arena_alloc(b->arena, (size_t)len);
	memcpy(data, start, sizeof(start));
	r = recv_all(b, data + sizeof(start), (size_t)len - sizeof(start), deadline);
	return r < 0 ? r : dbus_parse(data, (size_t)len, ret);
}

static void keep_signal(struct bus *b, const struct dbus_msg *m)
{
	struct dbus_msg **end = &b->signals;

	while (*end)
		end = &(*end)->next;
	*end = arena_new(b->arena, struct dbus_msg);
	**end = *m;
}

/* Wait for the reply to the call with this serial; signals are kept. */
static int recv_reply(struct bus *b, uint32_t serial, int64_t deadline, struct dbus_msg *ret)
{
	for (unsigned n = 0; n < SIGNALS_MAX; n++) {
		int r = recv_msg(b, deadline, ret);

		if (r < 0)
			return r;
		if ((ret->type == DBUS_REPLY || ret->type == DBUS_ERROR) && ret->reply_serial == serial)
			return 0;
		if (ret->type == DBUS_SIGNAL)
			keep_signal(b, ret);
	}
	return -EPROTO;
}

int bus_call(struct bus *b, const struct dbus_call *call, const struct dbus_out *body, int limit_ms,
	     struct dbus_msg *ret, struct err *e)
{
	int64_t deadline = deadline_ms(limit_ms);
	struct dbus_out msg = { .data = NULL };
	int r = b->fd < 0 ? -ENOTCONN : dbus_call_make(b->arena, call, ++b->serial, body, &msg);

	if (r == 0)
		r = send_all(b, msg.data, msg.len, deadline);
	if (r == 0)
		r = recv_reply(b, b->serial, deadline, ret);
	if (r == -ETIMEDOUT)
		return err_set(e, r, ERR_DEADLINE, "%s: no reply within %d s", call->member,
			       limit_ms / 1000);
	if (r < 0)
		return err_code(e, r, ERR_BUS, "%s", call->member);
	if (ret->type == DBUS_ERROR) {
		struct dbus_in in = ret->body;
		const char *text = *ret->signature == 's' ? dbus_get_text(&in) : "";

		return err_set(e, -EREMOTEIO, ERR_BUS, "%s: %s%s%s", call->member, ret->error,
			       *text ? ": " : "", text);
	}
	return 0;
}

int bus_signal(struct bus *b, int limit_ms, struct dbus_msg *ret, struct err *e)
{
	int64_t deadline = deadline_ms(limit_ms);
	int r = b->fd < 0 ? -ENOTCONN : 0;

	if (b->signals) {
		*ret = *b->signals;
		b->signals = b->signals->next;
		return 0;
	}
	for (unsigned n = 0; r == 0 && n < SIGNALS_MAX; n++) {
		r = recv_msg(b, deadline, ret);
		if (r == 0 && ret->type == DBUS_SIGNAL)
			return 0;
	}
	r = r ? r : -EPROTO;
	if (r == -ETIMEDOUT)
		return err_set(e, r, ERR_DEADLINE, "no signal within %d s", limit_ms / 1000);
	return err_code(e, r, ERR_BUS, "wait for a signal");
}
