// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * log.c - lines for people and for engines
 *
 * Invariants: a message is one line and one write(2), so that lines of several runtimes in one file do
 * not mix. In the JSON form the log of a failed command is exactly one object (podman decodes the whole
 * file as one value), so warnings go there only when somebody asked for more than the default.
 * A log that cannot be written never makes a command fail; one that cannot be opened does.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"

#define LINE_MAX_BYTES 12288         /* PATH_MAX twice, escaped text, and room for the rest */
#define LINE_TAIL 512                /* kept free for what must come after a text that was cut */

enum sink { SINK_STDERR, SINK_FILE, SINK_JOURNALD, SINK_SYSLOG };

/* The one piece of state: where the log goes. -1 = nowhere (an absent daemon), messages are dropped. */
static struct {
	enum sink sink;
	int fd;
	bool json;
	enum log_level level;
	char ident[64];              /* journald, syslog */
} out = { .sink = SINK_STDERR, .fd = STDERR_FILENO, .level = LOG_LEVEL_WARNING };

static const struct {
	const char *name;
	int priority;                /* syslog(3) */
} levels[LOG_LEVEL__MAX] = {
	[LOG_LEVEL_ERROR] = { "error", 3 },
	[LOG_LEVEL_WARNING] = { "warning", 4 },
	[LOG_LEVEL_INFO] = { "info", 6 },
	[LOG_LEVEL_DEBUG] = { "debug", 7 },
	[LOG_LEVEL_TRACE] = { "trace", 7 },
};

/* One message; place and hint are absent for all but failures. */
struct message {
	enum log_level level;
	const char *text;            /* one line */
	const char *hint;            /* NULL, "" = none */
	const struct err *err;       /* NULL = none */
};

struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
};

/* ---- building a line ---- */

__attribute__((format(printf, 2, 3))) static void put(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->len += (size_t)n;
	if (l->len >= sizeof(l->text))
		l->len = sizeof(l->text) - 1;
}

/* put_quoted() - @text between quotes, as JSON and logfmt have it; cut before the line is full */
static void put_quoted(struct line *l, const char *text)
{
	put(l, "\"");
	for (const char *c = text; *c && l->len < sizeof(l->text) - LINE_TAIL; c++) {
		if (*c == '"' || *c == '\\')
			put(l, "\\%c", *c);
		else if ((unsigned char)*c < 0x20 || *c == 0x7f)
			put(l, "\\u%04x", (unsigned)*c);
		else
			put(l, "%c", *c);
	}
	put(l, "\"");
}

/* RFC 3339 with nanoseconds, UTC */
static void put_time(struct line *l)
{
	struct timespec now;
	char text[RFC3339_MAX];

	clock_gettime(CLOCK_REALTIME, &now);
	rfc3339(text, now.tv_sec, now.tv_nsec);
	put(l, "%s", text);
}

static void put_json_error(struct line *l, const struct message *m)
{
	const struct err *e = m->err;

	put(l, ",\"code\":\"TAPER-%s\"", code_name(e->id));
	if (stage_name(e->stage))
		put(l, ",\"stage\":\"%s\"", stage_name(e->stage));
	if (e->path[0]) {
		put(l, ",\"path\":");
		put_quoted(l, e->path);
	}
	if (e->line)
		put(l, ",\"line\":%u,\"column\":%u", e->line, e->col);
	if (e->code < 0)
		put(l, ",\"errno\":%d", -e->code);
	if (m->hint && *m->hint) {
		put(l, ",\"hint\":");
		put_quoted(l, m->hint);
	}
}

static void put_json(struct line *l, const struct message *m)
{
	put(l, "{\"msg\":");
	put_quoted(l, m->text);
	put(l, ",\"level\":\"%s\",\"time\":\"", levels[m->level].name);
	put_time(l);
	put(l, "\"");
	if (m->err)
		put_json_error(l, m);
	put(l, "}\n");
}

static void put_logfmt(struct line *l, const struct message *m)
{
	put(l, "time=\"");
	put_time(l);
	put(l, "\" level=%s msg=", levels[m->level].name);
	put_quoted(l, m->text);
	if (m->err)
		put(l, " code=TAPER-%s", code_name(m->err->id));
	if (m->hint && *m->hint) {
		put(l, " hint=");
		put_quoted(l, m->hint);
	}
	put(l, "\n");
}

/* For people: standard error */
static void put_plain(struct line *l, const struct message *m)
{
	const size_t room = sizeof(l->text) - LINE_TAIL;

	put(l, "taper: ");
	if (!m->err && m->level != LOG_LEVEL_ERROR)
		put(l, "%s: ", levels[m->level].name);
	put(l, "%s", m->text);
	if (l->len > room)
		l->len = room;
	if (m->hint && *m->hint)
		put(l, " (%s)", m->hint);
	if (m->err)
		put(l, " [TAPER-%s]", code_name(m->err->id));
	put(l, "\n");
}

/* ---- sending it ---- */

static void send_datagram(const struct line *l)
{
	/* MSG_DONTWAIT: a daemon that does not read must not stop us */
	if (out.fd >= 0)
		(void)!send(out.fd, l->text, l->len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* systemd's native journal protocol: NAME=VALUE lines */
static void send_journald(const struct message *m)
{
	struct line l = { .len = 0 };

	put(&l, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\n", levels[m->level].priority, out.ident);
	if (m->err)
		put(&l, "TAPER_CODE=TAPER-%s\n", code_name(m->err->id));
	if (m->hint && *m->hint)
		put(&l, "TAPER_HINT=%s\n", m->hint);
	put(&l, "MESSAGE=%s", m->text);
	if (l.len > sizeof(l.text) - 2)
		l.len = sizeof(l.text) - 2;
	put(&l, "\n");
	send_datagram(&l);
}

/* RFC 3164 as local daemons read it; facility "user" */
static void send_syslog(const struct message *m)
{
	struct line l = { .len = 0 };
	const int facility_user = 1 << 3;

	put(&l, "<%d>%s: %s", facility_user | levels[m->level].priority, out.ident, m->text);
	send_datagram(&l);
}

static void write_line(int fd, const struct message *m,
		       void (*format)(struct line *l, const struct message *m))
{
	struct line l = { .len = 0 };
	const char *at = l.text;

	format(&l, m);
	while (l.len) {
		ssize_t n = write(fd, at, l.len);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			at += n;
			l.len -= (size_t)n;
		}
	}
}

static void emit(const struct message *m)
{
	switch (out.sink) {
	case SINK_STDERR:
		write_line(out.fd, m, out.json ? put_json : put_plain);
		return;
	case SINK_FILE:
		write_line(out.fd, m, out.json ? put_json : put_logfmt);
		return;
	case SINK_JOURNALD:
		send_journald(m);
		return;
	case SINK_SYSLOG:
		send_syslog(m);
		return;
	}
}

/* ---- opening ---- */

/* Return: a connected datagram socket, or -1: the daemon is not there */
static int open_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		fd_close(&fd);
	return fd;
}

static int open_daemon(enum sink sink, const char *socket_path, const char *ident)
{
	const char *name = *ident ? ident : "taper";

	out.sink = sink;
	out.fd = open_socket(socket_path);
	text_escape(out.ident, sizeof(out.ident), name, strlen(name));
	return 0;
}

static int open_file(const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd < 0)
		return err_sys(e, ERR_FILE, "open log %s", path);
	out.sink = SINK_FILE;
	out.fd = fd;
	return 0;
}

int log_open(const struct log_options *opt, struct err *e)
{
	const char *rest;

	out.json = opt->json;
	out.level = opt->level;
	if (opt->json && opt->level == LOG_LEVEL_WARNING)
		out.level = LOG_LEVEL_ERROR;
	if (!opt->target || !*opt->target)
		return 0;
	rest = str_starts(opt->target, "journald:");
	if (rest)
		return open_daemon(SINK_JOURNALD, "/run/systemd/journal/socket", rest);
	rest = str_starts(opt->target, "syslog:");
	if (rest)
		return open_daemon(SINK_SYSLOG, "/dev/log", rest);
	rest = str_starts(opt->target, "file:");
	return open_file(rest ? rest : opt->target, e);
}

bool log_enabled(enum log_level level)
{
	return level <= out.level;
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	char raw[2048], text[4096];
	struct message m = { .level = level, .text = text };
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_escape(text, sizeof(text), raw, strlen(raw));
	emit(&m);
}

void err_sentence(char *dst, size_t size, const char *file, const struct err *e)
{
	char name[PATH_MAX] = "", path[4 * sizeof(e->path)], place[64] = "";

	/* it may have keys of the document in it */
	text_escape(path, sizeof(path), e->path, strlen(e->path));
	if (file)
		text_escape(name, sizeof(name), file, strlen(file));
	if (e->line)
		snprintf(place, sizeof(place), " at line %u column %u", e->line, e->col);
	snprintf(dst, size, "%s%s%s%s%s%s", name, file ? ": " : "", path, path[0] ? ": " : "",
		 e->text, place);
}

void log_failure(const char *what, const char *file, const struct err *e, const char *hint)
{
	char sentence[PATH_MAX + 1024], escaped[2048], text[sizeof(sentence) + sizeof(escaped) + 2];
	struct message m = {
		.level = LOG_LEVEL_ERROR, .text = text, .hint = hint ? hint : code_hint(e->id), .err = e
	};

	err_sentence(sentence, sizeof(sentence), file, e);
	text_escape(escaped, sizeof(escaped), what, strlen(what));
	snprintf(text, sizeof(text), "%s%s%s", escaped, *escaped ? ": " : "", sentence);
	emit(&m);
	if (out.sink != SINK_STDERR)
		write_line(STDERR_FILENO, &m, put_plain);
}
