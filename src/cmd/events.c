// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * events.c - what a container uses, now and then, and when the kernel kills in it for want of memory
 *
 * One JSON object a line, in the form of runc's: engines decode it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "apply/cg_stats.h"
#include "apply/refs.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "cmd/app.h"
#include "cmd/duration.h"
#include "cmd/stats.h"

#define FILE_ROOM ((size_t)64 << 10)
#define LOOK_MS 50               /* v1 tells before it kills, and nothing when it has: look for so long */
#define LOOKS 100
#define SAMPLE_ROOM ((size_t)64 << 20) /* of one reading; only what is used takes memory */

struct events_options {
	const char *interval;
	bool stats;
};

static const struct cli_option options_table[] = {
	CLI_OPT(struct events_options, interval, CLI_TEXT, "interval", 0, .arg = "DURATION",
		.help = "how often to print what it uses: 500ms, 5s (default), 1m30s"),
	CLI_OPT(struct events_options, stats, CLI_FLAG, "stats", 0,
		.help = "print what it uses now, and end"),
};

struct watched {
	const char *id;
	struct cg_refs refs;
	struct cg_open o;
	struct arena sample;         /* of one reading */
};

static const char *read_file(void *arg, bool v2, const char *file)
{
	struct watched *w = arg;
	char *buf = arena_alloc(&w->sample, FILE_ROOM);

	return cg_stats_read(&w->refs, &w->o, v2, file, buf, FILE_ROOM);
}

static int print_stats(struct watched *w, struct err *e)
{
	const struct stats_source src = { read_file, w };
	int r = arena_open(&w->sample, SAMPLE_ROOM);

	if (r < 0)
		return err_code(e, r, ERR_SYSTEM, "reserve memory");
	r = app_print(arena_fmt(&w->sample, "{\"type\":\"stats\",\"id\":\"%s\",\"data\":%s}\n", w->id,
				stats_json(&w->sample, &src)), e);
	arena_close(&w->sample);
	return r;
}

static int print_oom(const struct watched *w, uint64_t n, struct err *e)
{
	char line[1100];
	int r = 0;

	snprintf(line, sizeof(line), "{\"type\":\"oom\",\"id\":\"%s\"}\n", w->id);
	while (n-- > 0 && r == 0)
		r = app_print(line, e);
	return r;
}

/* Until the first process has ended. */
static int follow(struct watched *w, int pid_fd, int interval_ms, struct err *e)
{
	struct cg_oom oom;
	int64_t next = deadline_ms(interval_ms);
	int r = cg_oom_watch(&w->refs, &w->o, &oom, e);
	bool ended = false;
	int looks = 0;

	while (r == 0 && !ended) {
		int left = deadline_left(next);
		struct pollfd p[2] = {
			{ .fd = pid_fd, .events = POLLIN },
			{ .fd = oom.fd, .events = oom.events },
		};
		int n = poll(p, 2, looks && left > LOOK_MS ? LOOK_MS : left);

		if (n < 0 && errno != EINTR)
			return err_sys(e, ERR_SYSTEM, "wait for events");
		ended = n > 0 && p[0].revents;
		if (n > 0 || looks) {
			uint64_t kills = cg_oom_new(&oom);

			looks = kills ? 0 : n > 0 ? LOOKS : looks - 1;
			r = print_oom(w, kills, e);
		}
		ended = ended || deadline_spent();
		if (r == 0 && !ended && deadline_left(next) == 0) {
			r = print_stats(w, e);
			next = deadline_ms(interval_ms);
		}
	}
	fd_close(&oom.fd);
	return r;
}

static int check_status(const struct container *c, struct err *e)
{
	if (c->status == STATUS_UNKNOWN) {
		*e = c->why_unknown;
		return e->code;
	}
	if (c->status == STATUS_STOPPED || c->status == STATUS_CREATING)
		return err_set(e, -ESRCH, ERR_STATUS, "container not running");
	if (!c->rec->cgroups.n)
		return err_set(e, -EOPNOTSUPP, ERR_CGROUP, "the container has no cgroup: what it uses is not known");
	return 0;
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct events_options *o = options;
	struct container c = CONTAINER_INIT;
	struct watched w = { .id = words->v[0] };
	int r, interval_ms = 5000;
	struct store s;

	if (o->interval && parse_duration(o->interval, &interval_ms) < 0)
		return err_set(e, -EINVAL, ERR_USAGE, "--interval: expected a time such as 5s, found %.40s",
			       o->interval);
	r = app_need_container(app, words->v[0], false, &s, &c, e);
	if (r == 0)
		r = check_status(&c, e);
	if (r == 0) {
		w.refs = refs_of_record(c.rec);
		r = cg_open(&w.refs, &w.o, e);
		if (r == 0)
			r = o->stats ? print_stats(&w, e) : follow(&w, c.pid_fd, interval_ms, e);
		cg_open_close(&w.o);
	}
	container_close(&c);
	return r;
}

const struct cli_command cmd_events = {
	.name = "events",
	.args = "ID",
	.help = "print what a container uses, and when it lacks memory",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct events_options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
