// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_systemd.c - cgroups that systemd makes
 *
 * systemd makes a scope around a process that exists, and says nothing of its cgroup but the name: on
 * v2 the process's own /proc/PID/cgroup tells where it is. From there on the directories are treated
 * like those that we make ourselves, except that the levels above them are systemd's and stay.
 *
 * On v2 a delegated cgroup that hands controllers on may have no process of its own, so the
 * container's processes go one level below the unit's (the plan's subgroup); limits, device filter,
 * freezing and killing are the unit's.
 */
#include "apply/cg_systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "apply/cg_dir.h"
#include "apply/cg_v2.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/proc.h"

static const char *mark_of(struct arena *a, int32_t pid, uint64_t start)
{
	return arena_fmt(a, "[taper %d:%llu]", pid, (unsigned long long)start);
}

int unit_intend(struct parent *p, struct intent *i, struct err *e)
{
	const struct sd_plan *sd = p->plan->cgroup.sd;

	if (!sd)
		return 0;
	TRY(sd_open(&p->bus, p->arena, sd->user_bus, e));
	p->unit = (struct sd_unit){ .name = sd->unit, .user_bus = sd->user_bus,
				    .mark = mark_of(p->arena, i->owner_pid, i->owner_start) };
	i->bus = sd->user_bus ? 'u' : 's';
	snprintf(i->unit, sizeof(i->unit), "%s", sd->unit);
	return 0;
}

/* The cgroup of a process in the v2 hierarchy */
static int path_of(struct parent *p, pid_t pid, const char **ret, struct err *e)
{
	const char *file = arena_fmt(p->arena, "%d/cgroup", pid), *path;
	char text[8192];
	int r = proc_read(p->store->proc_fd, file, text, sizeof(text));

	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "read /proc/%s", file);
	path = strstr(text, "0::");
	path = path && (path == text || path[-1] == '\n') ? path + 3 : "";
	*ret = arena_dup(p->arena, path, strcspn(path, "\n"));
	return 0;
}

/* It must be the unit's. */
static int find_path(struct parent *p, const char **ret, struct err *e)
{
	const char *path, *last;

	TRY(path_of(p, p->pid, &path, e));
	last = strrchr(path, '/');
	if (!last || !str_eq(last + 1, p->unit.name))
		return err_set(e, -EIO, ERR_UNIT,
			       "unit %s was started, but the first process is in cgroup %s",
			       p->unit.name, path);
	*ret = path;
	return 0;
}

static unsigned levels(const char *path)
{
	unsigned n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* Where the unit's directories are: on v2 as the kernel says, else as systemd builds names. */
static int find_refs(struct parent *p, struct err *e)
{
	const char *path = "";

	if (p->facts->cg.layout != CG_LAYOUT_V2)
		return 0;
	TRY(find_path(p, &path, e));
	p->planned.n = 1;
	p->planned.v[0] = (struct cg_ref){ .v2 = true, .mount = p->facts->cg.hier[0].mount, .path = path,
					   .made_from = levels(path) - 1 };
	return 0;
}

static int enter_subgroup(struct parent *p, struct err *e)
{
	const char *name = p->plan->cgroup.sd->subgroup;
	char pid[16];
	int r;

	if (!*name || p->cg.v2_fd < 0)
		return 0;
	r = cg_dir_make(p->cg.v2_fd, name);
	if (r == 0 || r == -EEXIST)
		r = p->home_fd = cg_dir_open(p->cg.v2_fd, name);
	snprintf(pid, sizeof(pid), "%d", p->pid);
	if (r >= 0)
		r = cg_file_write(p->home_fd, "cgroup.procs", pid);
	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "enter cgroup %s below unit %s", name, p->unit.name);
	cg_hand_on(p->cg.v2_fd);
	return 0;
}

int unit_start(struct parent *p, struct err *e)
{
	const struct cg_plan *plan = &p->plan->cgroup;

	TRY(sd_start(&p->bus, plan->sd, &p->unit, p->pid, e));
	TRY(find_refs(p, e));
	TRY(cg_make(plan, p->facts, &p->planned, true, &p->cg, e));
	return enter_subgroup(p, e);
}

/* ---- exec ---- */

/* May we move a process from @from to @to? cgroup-v2, "Delegation Containment" */
static bool may_move(const char *mount, const char *from, const char *to, struct arena *a)
{
	_close_fd int dir_fd = -1, procs_fd = -1;
	size_t n = 0, end = 0;

	for (; from[n] && from[n] == to[n]; n++)
		if (from[n] == '/')
			end = n;
	if ((!from[n] && to[n] == '/') || (!to[n] && from[n] == '/') || (!from[n] && !to[n]))
		end = n;
	dir_fd = cg_dir_peek(mount, arena_dup(a, from, end));
	procs_fd = dir_fd < 0 ? dir_fd : cg_file_open(dir_fd, "cgroup.procs", O_WRONLY);
	return procs_fd >= 0;
}

int unit_join(struct parent *p, struct err *e)
{
	const struct record *rec = p->c.rec;
	const struct cg_hier *h = &p->facts->cg.hier[0];
	const char *path, *rest;
	size_t len;

	if (!rec->unit || !rec->unit->user_bus || !rec->cgroups.n || !h->v2)
		return 0;
	TRY(path_of(p, rec->pid, &path, e));
	rest = str_starts(path, rec->cgroups.v[0].path);
	len = p->plan->n_cg_subs;
	if (len)
		rest = arena_fmt(p->arena, "/%s", p->plan->cg_subs[len - 1].path);
	if (!rest || may_move(h->mount, h->own, path, p->arena))
		return 0;
	p->attach = rest;
	cg_close(&p->cg);
	p->cg.refs.n = 0;
	return 0;
}

int unit_attach(struct parent *p, struct err *e)
{
	const struct record_unit *u = p->c.rec->unit;
	int r;

	if (!p->attach)
		return 0;
	TRY(sd_open(&p->bus, p->arena, u->user_bus, e));
	r = sd_attach(&p->bus, u->name, p->attach, p->pid, e);
	if (r < 0)
		err_prefix(e, "put a process into unit %.80s: ", u->name);
	return r;
}

/* ---- record ---- */

struct record_unit *unit_record(const struct parent *p)
{
	const struct sd_plan *sd = p->plan->cgroup.sd;
	struct record_unit *u;

	if (!sd)
		return NULL;
	u = arena_new(p->arena, struct record_unit);
	*u = (struct record_unit){ .name = sd->unit, .user_bus = sd->user_bus, .mark = p->unit.mark,
				   .subgroup = *sd->subgroup ? sd->subgroup : NULL };
	return u;
}

void unit_stop(struct arena *a, const struct container *c, void (*warn)(const char *text))
{
	const struct intent *i = &c->intent;
	struct bus b = BUS_CLOSED;
	struct sd_unit u;
	struct err e = { 0 };
	int r;

	if (c->rec && c->rec->unit)
		u = (struct sd_unit){ c->rec->unit->name, c->rec->unit->user_bus, c->rec->unit->mark };
	else if (!c->rec && i->valid && i->bus && i->bus != '-')
		u = (struct sd_unit){ i->unit, i->bus == 'u', mark_of(a, i->owner_pid, i->owner_start) };
	else
		return;
	r = sd_open(&b, a, u.user_bus, &e);
	if (r == 0)
		r = sd_stop(&b, &u, &e);
	bus_close(&b);
	if (r < 0 && warn) {
		err_prefix(&e, "stop unit %.80s: ", u.name);
		warn(e.text);
	}
}

int unit_update(struct arena *a, const struct record_unit *u, const struct sd_plan *plan,
		struct err *e)
{
	struct bus b = BUS_CLOSED;
	int r = sd_open(&b, a, u->user_bus, e);

	if (r == 0)
		r = sd_set(&b, u->name, plan->props, plan->n_props, e);
	bus_close(&b);
	if (r < 0)
		err_prefix(e, "change unit %.80s: ", u->name);
	return r;
}
