// SPDX-License-Identifier: LGPL-2.1-or-later
/* bus.c - the connection to a message bus: with a real dbus-daemon, and with ones that misbehave */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/bus.h"
#include "base/codes.h"
#include "base/pid.h"
#include "tests/lib/tap.h"

static struct arena a;
static char dir[] = "/tmp/taper-bus-XXXXXX";
static char address[128];

static const struct dbus_call list_names = {
	.destination = "org.freedesktop.DBus", .path = "/org/freedesktop/DBus",
	.interface = "org.freedesktop.DBus", .member = "ListNames",
};

static void set_up(void)
{
	arena_open(&a, 0);
	if (!mkdtemp(dir))
		abort();
	/* with a list and an escape, as addresses may have */
	snprintf(address, sizeof(address), "tcp:host=x;unix:path=/no/such%%2fbus;unix:guid=1,path=%s%%2Fbus",
		 dir);
}

static void tear_down(pid_t server)
{
	char path[64];

	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	snprintf(path, sizeof(path), "%s/bus", dir);
	unlink(path);
	rmdir(dir);
}

/* ---- a server that says what the test tells it ---- */

static int listen_here(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.80s/bus", dir);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 4) < 0)
		abort();
	return fd;
}

/* Read one message, return its serial; 0 = the client has gone */
static uint32_t next_serial(int fd)
{
	uint8_t data[4096];
	struct dbus_msg m;
	long len;

	if (recv(fd, data, DBUS_FIXED, MSG_WAITALL) != DBUS_FIXED)
		return 0;
	len = dbus_length(data);
	if (len < 0 || recv(fd, data + DBUS_FIXED, (size_t)len - DBUS_FIXED, MSG_WAITALL) < 0 ||
	    dbus_parse(data, (size_t)len, &m) < 0)
		return 0;
	return m.serial;
}

/* A header without fields but the reply's serial, and for errors a name. */
static void answer(int fd, uint8_t type, uint32_t serial)
{
	struct dbus_out o = dbus_out(&a, 256);
	size_t mark;

	dbus_put_byte(&o, 'l');
	dbus_put_byte(&o, type);
	dbus_put_byte(&o, 0);
	dbus_put_byte(&o, 1);
	dbus_put_u32(&o, 0);
	dbus_put_u32(&o, 99);
	mark = dbus_array_open(&o, 8);
	dbus_put_byte(&o, 5);
	dbus_put_signature(&o, "u");
	dbus_put_u32(&o, serial);
	if (type == DBUS_ERROR) {
		dbus_put_struct(&o);
		dbus_put_byte(&o, 4);
		dbus_put_signature(&o, "s");
		dbus_put_text(&o, "org.x.Failed");
	}
	dbus_array_close(&o, mark, 8);
	dbus_put_struct(&o);
	if (send(fd, o.data, o.len, MSG_NOSIGNAL) < 0)
		_exit(0);
}

enum conduct { SILENT, REJECTING, CLOSING, GARBAGE, ERRORS, SIGNALS_FIRST };

static void serve(int listen_fd, enum conduct how)
{
	static const char rejected[] = "REJECTED EXTERNAL\r\n", taken[] = "DATA\r\nOK 0123\r\n";
	char line[64];
	int fd = accept(listen_fd, NULL, NULL);
	uint32_t serial;

	if (how == SILENT)
		pause();
	if (how == REJECTING) {
		(void)!write(fd, rejected, sizeof(rejected) - 1);
		pause();
	}
	(void)!recv(fd, line, sizeof("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n") - 1, MSG_WAITALL);
	(void)!write(fd, taken, sizeof(taken) - 1);
	answer(fd, DBUS_REPLY, next_serial(fd));
	serial = next_serial(fd);
	if (how == CLOSING)
		return;
	if (how == GARBAGE)
		(void)!write(fd, "garbage, not a message", 22);
	if (how == ERRORS)
		answer(fd, DBUS_ERROR, serial);
	if (how == SIGNALS_FIRST) {
		answer(fd, DBUS_SIGNAL, 1);
		answer(fd, DBUS_REPLY, serial + 1000);
		answer(fd, DBUS_SIGNAL, 2);
		answer(fd, DBUS_REPLY, serial);
	}
	pause();
}

static pid_t start(enum conduct how)
{
	int fd;
	pid_t pid;

	set_up();
	fd = listen_here();
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd, how);
		_exit(0);
	}
	close(fd);
	return pid;
}

TEST(a_silent_bus_meets_the_deadline)
{
	pid_t server = start(SILENT);
	struct bus b = BUS_CLOSED;
	struct err e = { 0 };
	int64_t begin = deadline_ms(0);

	is_err(bus_open(&b, &a, address, 200, &e), ETIMEDOUT);
	is_int(b.fd, -1);
	has_str(e.text, "authenticate with the bus");
	ok(deadline_ms(0) - begin >= 200);
	tear_down(server);
}

TEST(a_bus_that_does_not_take_us)
{
	pid_t server = start(REJECTING);
	struct bus b = BUS_CLOSED;
	struct err e = { 0 };

	is_err(bus_open(&b, &a, address, 5000, &e), EACCES);
	has_str(e.text, "REJECTED");
	tear_down(server);
}

static void call_fails(enum conduct how, int error, const char *text)
{
	pid_t server = start(how);
	struct bus b = BUS_CLOSED;
	struct dbus_msg m;
	struct err e = { 0 };

	if (is_int(bus_open(&b, &a, address, 5000, &e), 0)) {
		int r = bus_call(&b, &list_names, NULL, 300, &m, &e);

		is_err(r, error);
		has_str(e.text, text);
		is_int(bus_broken(r), error == EPIPE || error == EPROTO);
	}
	bus_close(&b);
	tear_down(server);
}

TEST(a_bus_that_goes_away)
{
	call_fails(CLOSING, EPIPE, "ListNames");
}

TEST(a_bus_that_talks_nonsense)
{
	call_fails(GARBAGE, EPROTO, "ListNames");
}

TEST(an_error_is_told_by_its_name)
{
	call_fails(ERRORS, EREMOTEIO, "ListNames: org.x.Failed");
}

TEST(signals_wait_for_who_asks)
{
	pid_t server = start(SIGNALS_FIRST);
	struct bus b = BUS_CLOSED;
	struct dbus_msg m;
	struct err e = { 0 };

	is_int(bus_open(&b, &a, address, 5000, &e), 0);
	is_int(bus_call(&b, &list_names, NULL, 5000, &m, &e), 0);
	is_int(bus_signal(&b, 0, &m, &e), 0);
	is_int(m.reply_serial, 1);
	is_int(bus_signal(&b, 0, &m, &e), 0);
	is_int(m.reply_serial, 2);
	is_err(bus_signal(&b, 100, &m, &e), ETIMEDOUT);
	bus_close(&b);
	tear_down(server);
}

TEST(addresses_without_a_bus)
{
	static const char *const list[] = { "", "tcp:host=x", "unix:", "unix:path=", "unix:path=/no/bus",
					    "unix:abstract=taper-no-such-bus", "nonsense", ";;" };

	arena_open(&a, 0);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct bus b = BUS_CLOSED;
		struct err e = { 0 };

		ok(bus_open(&b, &a, list[i], 1000, &e) < 0);
		is_int(e.id, ERR_BUS);
	}
}

/* ---- the real one ---- */

static pid_t start_daemon(void)
{
	char option[160];
	pid_t pid;

	set_up();
	snprintf(option, sizeof(option), "--address=unix:path=%s/bus", dir);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("dbus-daemon", "dbus-daemon", "--session", "--nofork", "--nosyslog",
		       "--nopidfile", option, NULL);
		_exit(127);
	}
	return pid;
}

TEST(a_real_bus)
{
	pid_t server = start_daemon();
	int64_t deadline = deadline_ms(10000);
	struct bus b = BUS_CLOSED;
	struct dbus_call none = list_names;
	struct dbus_msg m;
	struct err e = { 0 };
	int r;

	while ((r = bus_open(&b, &a, address, 5000, &e)) < 0 && waitpid(server, NULL, WNOHANG) == 0 &&
	       deadline_left(deadline) > 0)
		usleep(5000);
	if (waitpid(server, NULL, WNOHANG) != 0) {
		tear_down(0);
		skip("no dbus-daemon");
	}
	if (is_int(r, 0)) {
		is_int(bus_call(&b, &list_names, NULL, 5000, &m, &e), 0);
		is_str(m.signature, "as");
		is_int(bus_signal(&b, 1000, &m, &e), 0);
		is_str(m.member, "NameAcquired");
		none.member = "NoSuchMethod";
		is_err(bus_call(&b, &none, NULL, 5000, &m, &e), EREMOTEIO);
		is_str(m.error, "org.freedesktop.DBus.Error.UnknownMethod");
	}
	bus_close(&b);
	tear_down(server);
}

TAP_MAIN
