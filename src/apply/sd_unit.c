// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sd_unit.c - the container's unit: started, changed and stopped over the bus
 *
 * A job is over when JobRemoved names it. The signal is subscribed to before the job is asked for;
 * when the connection breaks meanwhile, the unit's ActiveState tells.
 *
 * Source: org.freedesktop.systemd1(5).
 */
#include "apply/sd_unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/try.h"
#include "base/codes.h"
#include "base/pid.h"
#include "base/str.h"

#define OPEN_MS 10000
#define CALL_MS 20000
#define JOB_MS 30000

#define SD "org.freedesktop.systemd1"
#define SD_PATH "/org/freedesktop/systemd1"

static struct dbus_call manager_call(const char *member, const char *signature)
{
	return (struct dbus_call){ .destination = SD, .path = SD_PATH, .interface = SD ".Manager",
				   .member = member, .signature = signature };
}

/* ---- connection ---- */

static const char *user_address(struct arena *a)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS"), *dir = getenv("XDG_RUNTIME_DIR");

	if (address && *address)
		return address;
	return dir && *dir ? arena_fmt(a, "unix:path=%s/bus", dir) : NULL;
}

static int subscribe(struct bus *b, struct err *e)
{
	const struct dbus_call match = {
		.destination = "org.freedesktop.DBus", .path = "/org/freedesktop/DBus",
		.interface = "org.freedesktop.DBus", .member = "AddMatch", .signature = "s",
	};
	const struct dbus_call call = manager_call("Subscribe", NULL);
	struct dbus_out body = dbus_out(b->arena, 512);
	struct dbus_msg reply = { .type = DBUS_REPLY };

	dbus_put_text(&body, "type='signal',sender='" SD "',path='" SD_PATH "',interface='" SD
			     ".Manager',member='JobRemoved'");
	TRY(bus_call(b, &match, &body, CALL_MS, &reply, e));
	return bus_call(b, &call, NULL, CALL_MS, &reply, e);
}

int sd_open(struct bus *b, struct arena *a, bool user_bus, struct err *e)
{
	const char *address = user_bus ? user_address(a) : getenv("DBUS_SYSTEM_BUS_ADDRESS");
	int r;

	if (user_bus && !address)
		return err_set(e, -ENOENT, ERR_BUS,
			       "no systemd session of this user: neither DBUS_SESSION_BUS_ADDRESS nor "
			       "XDG_RUNTIME_DIR is set (log in, or loginctl enable-linger)");
	if (!address || !*address)
		address = "unix:path=/run/dbus/system_bus_socket";
	r = bus_open(b, a, address, OPEN_MS, e);
	if (r == 0)
		r = subscribe(b, e);
	if (r < 0)
		bus_close(b);
	return r;
}

/* ---- properties ---- */

static size_t align_of(char type)
{
	if (strchr("xtd(", type))
		return 8;
	return strchr("nq", type) ? 2 : strchr("yg", type) ? 1 : 4;
}

static void put_value(struct dbus_out *o, const struct sd_value *v)
{
	size_t mark;

	switch (v->type) {
	case 'y': dbus_put_byte(o, (uint8_t)v->number); break;
	case 'n':
	case 'q': dbus_put_u16(o, (uint16_t)v->number); break;
	case 'x':
	case 't': dbus_put_u64(o, v->number); break;
	case 'd': dbus_put_double(o, v->real); break;
	case 's':
	case 'o': dbus_put_text(o, v->text); break;
	case 'g': dbus_put_signature(o, v->text); break;
	case 'a':
		mark = dbus_array_open(o, align_of(*v->list.of));
		for (size_t i = 0; i < v->list.n; i++)
			put_value(o, &v->list.v[i]);
		dbus_array_close(o, mark, align_of(*v->list.of));
		break;
	case '(':
		dbus_put_struct(o);
		for (size_t i = 0; i < v->list.n; i++)
			put_value(o, &v->list.v[i]);
		break;
	default: dbus_put_u32(o, (uint32_t)v->number); break;      /* b i u */
	}
}

static void put_prop(struct bus *b, struct dbus_out *o, const char *name, const struct sd_value *v)
{
	dbus_put_struct(o);
	dbus_put_text(o, name);
	dbus_put_signature(o, sd_signature(b->arena, v));
	put_value(o, v);
}

/* Those that systemd of this version knows */
static void put_props(struct bus *b, struct dbus_out *o, const struct sd_prop *v, size_t n,
		      unsigned version)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].since <= version)
			put_prop(b, o, v[i].name, &v[i].value);
}

/* One property that is a text. Return: 0 or -errno */
static int get_text(struct bus *b, const char *path, const char *interface, const char *name,
		    const char **ret, struct err *e)
{
	const struct dbus_call call = { .destination = SD, .path = path,
					.interface = "org.freedesktop.DBus.Properties",
					.member = "Get", .signature = "ss" };
	struct dbus_out body = dbus_out(b->arena, 512);
	struct dbus_msg reply = { .type = DBUS_REPLY };

	dbus_put_text(&body, interface);
	dbus_put_text(&body, name);
	TRY(bus_call(b, &call, &body, CALL_MS, &reply, e));
	if (!str_eq(reply.signature, "v") || !str_eq(dbus_get_signature(&reply.body), "s"))
		return err_set(e, -EPROTO, ERR_BUS, "systemd's %s is no text", name);
	*ret = dbus_get_text(&reply.body);
	return 0;
}

static int get_unit_text(struct bus *b, const char *unit, const char *name, const char **ret,
			 struct err *e)
{
	return get_text(b, dbus_unit_path(b->arena, unit), SD ".Unit", name, ret, e);
}

/* "252.39-1~deb12u2" is 252 */
static int get_version(struct bus *b, unsigned *ret, struct err *e)
{
	const char *text = "";
	uint32_t v = 0;

	TRY(get_text(b, SD_PATH, SD ".Manager", "Version", &text, e));
	text += strcspn(text, "0123456789");
	parse_u32(arena_dup(b->arena, text, strspn(text, "0123456789")), 0, UINT32_MAX, &v);
	*ret = v;
	return 0;
}

/* ---- jobs ---- */

/* Wait for the end of a job. Return: 0 with its result, -errno */
static int await_job(struct bus *b, const char *job, const char **ret, struct err *e)
{
	int64_t deadline = deadline_ms(JOB_MS);
	struct dbus_msg m = { .type = DBUS_SIGNAL };

	for (;;) {
		TRY(bus_signal(b, deadline_left(deadline), &m, e));
		if (!str_eq(m.member, "JobRemoved") || !str_eq(m.signature, "uoss"))
			continue;
		dbus_get_u32(&m.body);
		if (!str_eq(dbus_get_text(&m.body), job))
			continue;
		dbus_get_text(&m.body);
		*ret = dbus_get_text(&m.body);
		return 0;
	}
}

static int reconnect(struct bus *b, bool user_bus, struct err *e)
{
	bus_close(b);
	return sd_open(b, b->arena, user_bus, e);
}

static int unit_call(struct bus *b, const char *member, const char *unit, const char *mode,
		     struct dbus_msg *ret, struct err *e)
{
	const struct dbus_call call = manager_call(member, mode ? "ss" : "s");
	struct dbus_out body = dbus_out(b->arena, 1024);

	dbus_put_text(&body, unit);
	if (mode)
		dbus_put_text(&body, mode);
	return bus_call(b, &call, &body, CALL_MS, ret, e);
}

/* Return: 1 the unit bears our mark, 0 it does not, or there is none, -errno */
static int is_ours(struct bus *b, const struct sd_unit *u, struct err *e)
{
	size_t len = strlen(u->mark);
	const char *text;

	TRY(get_unit_text(b, u->name, "Description", &text, e));
	return strlen(text) >= len && str_eq(text + strlen(text) - len, u->mark);
}

/* ---- start ---- */

static int ask_start(struct bus *b, const struct sd_plan *plan, const struct sd_unit *u, pid_t pid,
		     struct dbus_msg *ret, struct err *e)
{
	const struct dbus_call call = manager_call("StartTransientUnit", "ssa(sv)a(sa(sv))");
	const struct sd_value text = { .type = 's', .text = arena_fmt(b->arena, "%s %s",
								      plan->description, u->mark) };
	const struct sd_value id = { .type = 'u', .number = (uint64_t)pid };
	const struct sd_value pids = { .type = 'a', .list = { &id, 1, "u" } };
	struct dbus_out body;
	unsigned version;
	size_t mark;

	TRY(get_version(b, &version, e));
	body = dbus_out(b->arena, 256 * 1024);
	dbus_put_text(&body, plan->unit);
	dbus_put_text(&body, "fail");
	mark = dbus_array_open(&body, 8);
	put_prop(b, &body, "Description", &text);
	put_prop(b, &body, "PIDs", &pids);
	put_props(b, &body, plan->props, plan->n_props, version);
	dbus_array_close(&body, mark, 8);
	mark = dbus_array_open(&body, 8);        /* no further units */
	dbus_array_close(&body, mark, 8);
	return bus_call(b, &call, &body, CALL_MS, ret, e);
}

/* The name is taken: by ours of a call whose reply was lost, by a failed one, or by somebody. */
static int start_again(struct bus *b, const struct sd_plan *plan, const struct sd_unit *u, pid_t pid,
		       struct dbus_msg *ret, struct err *e)
{
	const char *state = "";
	struct dbus_msg reply = { .type = DBUS_REPLY };

	if (is_ours(b, u, e) == 1)
		return 1;
	TRY(get_unit_text(b, u->name, "ActiveState", &state, e));
	if (!str_eq(state, "failed") && !str_eq(state, "inactive"))
		return err_set(e, -EEXIST, ERR_UNIT, "unit %s exists already and is %s", u->name, state);
	(void)unit_call(b, "ResetFailedUnit", u->name, NULL, &reply, NULL);
	*e = (struct err){ 0 };
	return ask_start(b, plan, u, pid, ret, e);
}

/* Without the job's end: is it active by now? */
static int started_all_the_same(struct bus *b, const struct sd_unit *u, struct err *e)
{
	const char *state;

	TRY(get_unit_text(b, u->name, "ActiveState", &state, e));
	if (str_eq(state, "active"))
		return 0;
	return err_set(e, -EIO, ERR_UNIT, "start unit %s: it is %s", u->name, state);
}

static int end_start(struct bus *b, const struct sd_unit *u, struct dbus_msg *reply, struct err *e)
{
	const char *result = "";
	int r = await_job(b, dbus_get_text(&reply->body), &result, e);

	if (bus_broken(r)) {
		*e = (struct err){ 0 };
		TRY(reconnect(b, u->user_bus, e));
		return started_all_the_same(b, u, e);
	}
	if (r < 0) {
		err_prefix(e, "start unit %s: ", u->name);
		return r;
	}
	if (!str_eq(result, "done"))
		return err_set(e, -EIO, ERR_UNIT, "start unit %s: systemd's job ended with result \"%s\"",
			       u->name, result);
	return 0;
}

int sd_start(struct bus *b, const struct sd_plan *plan, const struct sd_unit *u, pid_t pid,
	     struct err *e)
{
	struct err scratch = { 0 };
	struct dbus_msg reply = { .error = "" };
	int r;

	e = e ? e : &scratch;
	r = ask_start(b, plan, u, pid, &reply, e);
	if (bus_broken(r)) {
		*e = (struct err){ 0 };
		TRY(reconnect(b, u->user_bus, e));
		r = ask_start(b, plan, u, pid, &reply, e);
	}
	if (r == -EREMOTEIO && str_eq(reply.error, SD ".UnitExists"))
		r = start_again(b, plan, u, pid, &reply, e);
	if (r == 1) {
		*e = (struct err){ 0 };
		return started_all_the_same(b, u, e);
	}
	if (r < 0) {
		err_prefix(e, "start unit %s: ", u->name);
		return r;
	}
	return end_start(b, u, &reply, e);
}

/* ---- change ---- */

int sd_set(struct bus *b, const char *unit, const struct sd_prop *props, size_t n, struct err *e)
{
	const struct dbus_call call = manager_call("SetUnitProperties", "sba(sv)");
	struct dbus_msg reply = { .type = DBUS_REPLY };
	struct dbus_out body;
	unsigned version;
	size_t mark;

	if (n == 0)
		return 0;
	TRY(get_version(b, &version, e));
	body = dbus_out(b->arena, 256 * 1024);
	dbus_put_text(&body, unit);
	dbus_put_u32(&body, 1);                  /* at runtime only */
	mark = dbus_array_open(&body, 8);
	put_props(b, &body, props, n, version);
	dbus_array_close(&body, mark, 8);
	return bus_call(b, &call, &body, CALL_MS, &reply, e);
}

int sd_attach(struct bus *b, const char *unit, const char *below, pid_t pid, struct err *e)
{
	const struct dbus_call call = manager_call("AttachProcessesToUnit", "ssau");
	struct dbus_out body = dbus_out(b->arena, 8192);
	struct dbus_msg reply = { .type = DBUS_REPLY };
	size_t mark;

	dbus_put_text(&body, unit);
	dbus_put_text(&body, below);
	mark = dbus_array_open(&body, 4);
	dbus_put_u32(&body, (uint32_t)pid);
	dbus_array_close(&body, mark, 4);
	return bus_call(b, &call, &body, CALL_MS, &reply, e);
}

/* ---- stop ---- */

static bool is_gone(int r, const struct dbus_msg *reply)
{
	return r == -EREMOTEIO && (str_eq(reply->error, SD ".NoSuchUnit") ||
				   str_eq(reply->error, "org.freedesktop.DBus.Error.UnknownObject"));
}

static int stop_once(struct bus *b, const struct sd_unit *u, struct err *e)
{
	struct dbus_msg reply = { .error = "" };
	const char *result = "", *state = "";
	int r = is_ours(b, u, e);

	if (r <= 0)
		return r;
	r = unit_call(b, "StopUnit", u->name, "replace", &reply, e);
	if (r == 0)
		r = await_job(b, dbus_get_text(&reply.body), &result, e);
	else if (is_gone(r, &reply))
		r = 0;
	if (r < 0)
		return r;
	(void)unit_call(b, "ResetFailedUnit", u->name, NULL, &reply, NULL);
	if (str_eq(result, "done") || !*result)
		return 0;
	TRY(get_unit_text(b, u->name, "ActiveState", &state, e));
	if (str_eq(state, "inactive") || str_eq(state, "failed"))
		return 0;
	return err_set(e, -EIO, ERR_UNIT, "stop unit %s: systemd's job ended with result \"%s\"", u->name,
		       result);
}

int sd_stop(struct bus *b, const struct sd_unit *u, struct err *e)
{
	struct err scratch = { 0 };
	int r;

	e = e ? e : &scratch;
	r = stop_once(b, u, e);
	if (bus_broken(r)) {
		*e = (struct err){ 0 };
		TRY(reconnect(b, u->user_bus, e));
		r = stop_once(b, u, e);
	}
	return r;
}
