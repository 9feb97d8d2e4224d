// SPDX-License-Identifier: LGPL-2.1-or-later
/* sd_unit.c - what is made of systemd's answers, with one that gives the answers the test wants */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "apply/sd_unit.h"
#include "base/codes.h"
#include "base/str.h"
#include "tests/lib/tap.h"

#define JOB "/org/freedesktop/systemd1/job/7"
#define SD_ERROR "org.freedesktop.systemd1."

static struct arena a;
static char dir[32];

/* What systemd does */
struct conduct {
	const char *version;
	const char *result;          /* of jobs */
	const char *description;     /* of the unit that is there already, NULL = none */
	const char *state;
	const char *refuses;         /* property that it does not know */
	int hang_up;                 /* close the connection instead of answering: 1 a start, 2 a job's end */
	bool other_jobs;             /* others end as well */
};

/* ---- systemd ---- */

struct header {
	uint8_t type;
	uint32_t reply_to;
	const char *member, *error, *signature;
};

static void put_field(struct dbus_out *o, uint8_t code, const char *type, const char *text)
{
	if (!text)
		return;
	dbus_put_struct(o);
	dbus_put_byte(o, code);
	dbus_put_signature(o, type);
	if (*type == 'g')
		dbus_put_signature(o, text);
	else
		dbus_put_text(o, text);
}

static void say(int fd, const struct header *h, const struct dbus_out *body)
{
	struct dbus_out o = dbus_out(&a, 4096);
	size_t mark;

	dbus_put_byte(&o, 'l');
	dbus_put_byte(&o, h->type);
	dbus_put_byte(&o, 0);
	dbus_put_byte(&o, 1);
	dbus_put_u32(&o, body ? (uint32_t)body->len : 0);
	dbus_put_u32(&o, 99);
	mark = dbus_array_open(&o, 8);
	put_field(&o, 1, "o", "/org/freedesktop/systemd1");
	put_field(&o, 3, "s", h->member);
	put_field(&o, 4, "s", h->error);
	put_field(&o, 8, "g", h->signature);
	dbus_put_struct(&o);
	dbus_put_byte(&o, 5);
	dbus_put_signature(&o, "u");
	dbus_put_u32(&o, h->reply_to);
	dbus_array_close(&o, mark, 8);
	dbus_put_struct(&o);
	for (size_t i = 0; body && i < body->len; i++)
		dbus_put_byte(&o, body->data[i]);
	if (send(fd, o.data, o.len, MSG_NOSIGNAL) < 0)
		_exit(0);
}

static void say_error(int fd, uint32_t serial, const char *name)
{
	say(fd, &(struct header){ .type = DBUS_ERROR, .reply_to = serial, .error = name }, NULL);
}

static void say_text(int fd, uint32_t serial, const char *text)
{
	struct dbus_out body = dbus_out(&a, 512);

	dbus_put_signature(&body, "s");
	dbus_put_text(&body, text);
	say(fd, &(struct header){ .type = DBUS_REPLY, .reply_to = serial, .signature = "v" }, &body);
}

static void say_removed(int fd, const char *job, const char *result)
{
	struct dbus_out body = dbus_out(&a, 512);

	dbus_put_u32(&body, 7);
	dbus_put_text(&body, job);
	dbus_put_text(&body, "x.scope");
	dbus_put_text(&body, result);
	say(fd, &(struct header){ .type = DBUS_SIGNAL, .member = "JobRemoved", .signature = "uoss" }, &body);
}

/* Return: false = the connection is to be closed */
static bool run_job(int fd, uint32_t serial, const struct conduct *c)
{
	struct dbus_out body = dbus_out(&a, 512);

	dbus_put_text(&body, JOB);
	if (c->other_jobs)
		say_removed(fd, JOB "1", "failed");
	say(fd, &(struct header){ .type = DBUS_REPLY, .reply_to = serial, .signature = "o" }, &body);
	if (c->other_jobs)
		say_removed(fd, JOB "2", "timeout");
	if (c->hang_up == 2)
		return false;
	say_removed(fd, JOB, c->result);
	return true;
}

static void get_property(int fd, struct dbus_msg *m, const struct conduct *c)
{
	const char *name, *value = NULL;

	dbus_get_text(&m->body);
	name = dbus_get_text(&m->body);
	if (str_eq(name, "Version"))
		value = c->version;
	else if (str_eq(name, "Description"))
		value = c->description ? c->description : "x.scope";
	else if (str_eq(name, "ActiveState"))
		value = c->state;
	if (value)
		say_text(fd, m->serial, value);
	else
		say_error(fd, m->serial, "org.freedesktop.DBus.Error.UnknownProperty");
}

/* Is the property among the arguments? Its name stands there as text. */
static bool mentions(const struct dbus_msg *m, const char *name)
{
	return name && memmem(m->body.data, m->body.len, name, strlen(name) + 1);
}

/* Return: false = the connection is to be closed */
static bool start_unit(int fd, const struct dbus_msg *m, struct conduct *c)
{
	if (mentions(m, c->refuses)) {
		say_error(fd, m->serial, "org.freedesktop.DBus.Error.PropertyReadOnly");
		return true;
	}
	if (c->hang_up == 1) {
		c->hang_up = 0;
		c->description = "mine [taper 1:2]";
		return false;
	}
	if (c->description) {
		say_error(fd, m->serial, SD_ERROR "UnitExists");
		return true;
	}
	return run_job(fd, m->serial, c);
}

static bool answer(int fd, struct dbus_msg *m, struct conduct *c)
{
	if (str_eq(m->member, "Get"))
		get_property(fd, m, c);
	else if (str_eq(m->member, "StartTransientUnit"))
		return start_unit(fd, m, c);
	else if (str_eq(m->member, "StopUnit") && !c->description)
		say_error(fd, m->serial, SD_ERROR "NoSuchUnit");
	else if (str_eq(m->member, "StopUnit"))
		return run_job(fd, m->serial, c);
	else if (str_eq(m->member, "SetUnitProperties") && mentions(m, c->refuses))
		say_error(fd, m->serial, "org.freedesktop.DBus.Error.PropertyReadOnly");
	else
		say(fd, &(struct header){ .type = DBUS_REPLY, .reply_to = m->serial }, NULL);
	if (str_eq(m->member, "ResetFailedUnit") && str_eq(c->state, "failed"))
		c->description = NULL;
	return true;
}

static void serve(int fd, struct conduct *c)
{
	static const char taken[] = "DATA\r\nOK 0123\r\n";
	char line[64];
	uint8_t data[8192];

	(void)!recv(fd, line, sizeof("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n") - 1, MSG_WAITALL);
	(void)!write(fd, taken, sizeof(taken) - 1);
	while (recv(fd, data, DBUS_FIXED, MSG_WAITALL) == DBUS_FIXED) {
		long len = dbus_length(data);
		struct dbus_msg m;

		if (len < 0 || len > (long)sizeof(data) ||
		    recv(fd, data + DBUS_FIXED, (size_t)len - DBUS_FIXED, MSG_WAITALL) < 0 ||
		    dbus_parse(data, (size_t)len, &m) < 0 || !answer(fd, &m, c))
			return;
	}
}

static pid_t start(struct conduct c)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char address[128];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;

	arena_open(&a, 0);
	snprintf(dir, sizeof(dir), "/tmp/taper-sd-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/bus", dir);
	snprintf(address, sizeof(address), "unix:path=%s", addr.sun_path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 4) < 0)
		abort();
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int client = accept(fd, NULL, NULL);

			serve(client, &c);
			close(client);
		}
	}
	close(fd);
	return pid;
}

static void end(pid_t server)
{
	char path[64];

	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	snprintf(path, sizeof(path), "%s/bus", dir);
	unlink(path);
	rmdir(dir);
}

/* ---- calls ---- */

static const struct sd_unit unit = { .name = "x.scope", .mark = "[taper 1:2]" };

static struct sd_prop props[] = {
	{ "MemoryMax", { .type = 't', .number = 5 }, "here", 0 },
	{ "NewProperty", { .type = 't', .number = 5 }, "here", 250 },
};

static int call_start(struct conduct c, struct err *e)
{
	struct sd_plan plan = { .unit = "x.scope", .description = "d", .props = props, .n_props = 2 };
	struct bus b = BUS_CLOSED;
	pid_t server = start(c);
	int r = sd_open(&b, &a, false, e);

	if (r == 0)
		r = sd_start(&b, &plan, &unit, 1234, e);
	bus_close(&b);
	end(server);
	return r;
}

static int call_stop(struct conduct c, struct err *e)
{
	struct bus b = BUS_CLOSED;
	pid_t server = start(c);
	int r = sd_open(&b, &a, false, e);

	if (r == 0)
		r = sd_stop(&b, &unit, e);
	bus_close(&b);
	end(server);
	return r;
}

#define GOOD .version = "252.39-1", .result = "done", .state = "active"

TEST(a_unit_starts)
{
	struct err e = { 0 };

	is_int(call_start((struct conduct){ GOOD }, &e), 0);
}

TEST(ends_of_other_jobs_are_passed_over)
{
	struct err e = { 0 };

	is_int(call_start((struct conduct){ GOOD, .other_jobs = true }, &e), 0);
}

TEST(the_result_of_the_job_is_told)
{
	struct err e = { 0 };

	is_err(call_start((struct conduct){ .version = "252", .result = "timeout", .state = "" }, &e), EIO);
	is_int(e.id, ERR_UNIT);
	has_str(e.text, "start unit x.scope: systemd's job ended with result \"timeout\"");
}

TEST(a_refused_property_is_told)
{
	struct err e = { 0 };

	is_err(call_start((struct conduct){ GOOD, .refuses = "MemoryMax" }, &e), EREMOTEIO);
	has_str(e.text, "start unit x.scope: StartTransientUnit: org.freedesktop.DBus.Error.PropertyReadOnly");
}

TEST(an_old_systemd_is_not_asked_for_new_properties)
{
	struct err e = { 0 };

	is_int(call_start((struct conduct){ .version = "v249-rc1", .result = "done", .state = "",
					    .refuses = "NewProperty" }, &e), 0);
	is_err(call_start((struct conduct){ GOOD, .refuses = "NewProperty" }, &e), EREMOTEIO);
}

TEST(a_unit_of_somebody)
{
	struct err e = { 0 };

	is_err(call_start((struct conduct){ GOOD, .description = "x [taper 9:9]" }, &e), EEXIST);
	has_str(e.text, "exists already and is active");
}

TEST(a_failed_unit_is_reset)
{
	struct err e = { 0 };

	is_int(call_start((struct conduct){ .version = "252", .result = "done", .state = "failed",
					    .description = "old" }, &e), 0);
}

TEST(a_lost_connection_is_made_anew)
{
	struct err e = { 0 };

	is_int(call_start((struct conduct){ GOOD, .hang_up = 1 }, &e), 0);
	is_int(call_start((struct conduct){ GOOD, .hang_up = 2 }, &e), 0);
	is_err(call_start((struct conduct){ .version = "252", .state = "failed", .hang_up = 2 }, &e), EIO);
	has_str(e.text, "start unit x.scope: it is failed");
}

TEST(our_unit_is_stopped)
{
	struct err e = { 0 };

	is_int(call_stop((struct conduct){ GOOD, .description = "d [taper 1:2]" }, &e), 0);
	is_err(call_stop((struct conduct){ .version = "", .result = "failed", .state = "active",
					   .description = "d [taper 1:2]" }, &e), EIO);
	has_str(e.text, "stop unit x.scope: systemd's job ended with result \"failed\"");
}

TEST(units_that_are_not_ours_or_gone)
{
	struct err e = { 0 };

	/* these would fail if they were stopped */
	is_int(call_stop((struct conduct){ .result = "failed", .state = "active",
					   .description = "d [taper 1:22]" }, &e), 0);
	is_int(call_stop((struct conduct){ .result = "failed", .state = "active" }, &e), 0);
	is_int(e.code, 0);
}

TEST(changes)
{
	struct bus b = BUS_CLOSED;
	struct err e = { 0 };
	pid_t server = start((struct conduct){ GOOD, .refuses = "NewProperty" });

	is_int(sd_open(&b, &a, false, &e), 0);
	is_int(sd_set(&b, "x.scope", props, 1, &e), 0);
	is_err(sd_set(&b, "x.scope", props, 2, &e), EREMOTEIO);
	is_int(sd_attach(&b, "x.scope", "/container", 1, NULL), 0);
	bus_close(&b);
	end(server);
}

TEST(no_session)
{
	struct bus b = BUS_CLOSED;
	struct err e = { 0 };

	arena_open(&a, 0);
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
	unsetenv("XDG_RUNTIME_DIR");
	is_err(sd_open(&b, &a, true, &e), ENOENT);
	has_str(e.text, "loginctl enable-linger");
}

TAP_MAIN
