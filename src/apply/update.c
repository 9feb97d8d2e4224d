// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * update.c - change the resources of a container that exists
 *
 * The values that are there are read first; when one of the new ones is refused they are written back,
 * the last first. Device rules come behind all values, since they go back by themselves. The record of
 * what the container has been given (resources.json) is written before and appears at the end.
 */
#include "apply/update.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/cg.h"
#include "apply/cg_dir.h"
#include "apply/cg_freeze.h"
#include "apply/cg_guard.h"
#include "apply/cg_open.h"
#include "apply/cg_systemd.h"
#include "apply/cg_v2.h"
#include "apply/rdt.h"
#include "apply/refs.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "libocispec/decode.h"
#include "libocispec/encode.h"

#define RESOURCES "resources.json"
#define FREEZE_MS 10000

/* ---- what it has been given ---- */

/* A document of the container's directory. Return: 1, 0 = not there, -errno */
static int read_document(struct arena *a, struct container *c, const char *name,
			 const struct schema_type *type, void *ret, struct err *e)
{
	struct problems p = { .v = e, .max = e ? 1 : 0 };
	char *text;
	size_t len;
	int r = store_get(c, a, name, &text, &len, e);

	if (r == -ENOENT) {
		if (e)
			*e = (struct err){ 0 };
		return 0;
	}
	if (r == 0)
		r = decode(a, type, text, len, ret, &p);
	return r < 0 ? r : 1;
}

int container_resources(struct arena *a, struct container *c, struct oci_resources *ret, struct err *e)
{
	struct oci_spec spec = { 0 };
	int r = read_document(a, c, RESOURCES, &oci_resources_type, ret, e);

	if (r != 0)
		return r < 0 ? r : 0;
	r = read_document(a, c, "config.json", &oci_spec_type, &spec, e);
	if (r < 0)
		return r;
	*ret = spec.linux_ && spec.linux_->resources ? *spec.linux_->resources
						     : (struct oci_resources){ 0 };
	return 0;
}

void container_cpu_max(const struct container *c, struct plan_update *ret)
{
	struct cg_refs refs = refs_of_record(c->rec);
	char text[64], *blank;

	ret->has_cpu_max = false;
	for (size_t i = 0; i < refs.n; i++) {
		_close_fd int dir_fd = -1;
		int root_fd;

		if (!refs.v[i].v2)
			continue;
		root_fd = cg_root(refs.v[i].mount, true, NULL);
		dir_fd = root_fd < 0 ? -1 : cg_dir_open(root_fd, refs.v[i].path);
		if (dir_fd < 0 || cg_file_read(dir_fd, "cpu.max", text, sizeof(text)) <= 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		blank = strchr(text, ' ');
		if (!blank)
			continue;
		*blank = '\0';
		ret->quota = -1;
		ret->has_cpu_max = parse_u64(blank + 1, 1, UINT64_MAX, &ret->period) == 0 &&
				   (str_eq(text, "max") ||
				    parse_i64(text, 1, INT64_MAX, &ret->quota) == 0);
	}
}

/* ---- the cgroups of a container ---- */

static int check_status(const struct container *c, const struct update_args *u, struct err *e)
{
	if (c->status == STATUS_UNKNOWN)
		return err_set(e, -EINVAL, ERR_RECORD, "cannot update: the record is damaged: %.120s",
			       c->why_unknown.text);
	if (c->status == STATUS_CREATING)
		return err_set(e, -EAGAIN, ERR_STATUS, "cannot update: it is still being created");
	if (c->status == STATUS_STOPPED)
		return err_set(e, -ESRCH, ERR_STATUS, "container not running");
	if (c->rec && c->rec->cgroups.n == 0 && (u->plan->n_writes || u->plan->dev_prog || u->plan->dev_open))
		return err_set(e, -ENOENT, ERR_CGROUP,
			       "the container has no cgroup of its own, so nothing can be limited");
	return 0;
}

/* @change: hand down the controllers that the plan needs */
static int open_one(const struct update_args *u, const struct cg_ref *ref, bool change, int *ret_fd,
		    struct err *e)
{
	int root_fd = cg_root(ref->mount, ref->v2, e), r;
	_close_fd int dir_fd = -1;
	uint64_t ino;

	if (root_fd < 0)
		return root_fd;
	dir_fd = cg_dir_open(root_fd, ref->path);
	r = dir_fd < 0 ? dir_fd : cg_dir_ino(dir_fd, &ino);
	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "open cgroup %s%s", ref->mount, ref->path);
	if (ref->ino && ino != ref->ino)
		return err_set(e, -ESTALE, ERR_CGROUP, "cgroup %s%s is not the container's any more",
			       ref->mount, ref->path);
	if (ref->v2 && change)
		TRY(cg_v2_enable(u->plan, u->facts, ref, root_fd, dir_fd, e));
	*ret_fd = take_fd(&dir_fd);
	return 0;
}

static int open_cgroups(const struct container *c, const struct update_args *u, bool change,
			struct cgroup *cg, struct err *e)
{
	cg_init(cg);
	cg->refs = refs_of_record(c->rec);
	for (size_t i = 0; i < cg->refs.n; i++) {
		TRY(open_one(u, &cg->refs.v[i], change, &cg->dir_fd[i], e));
		for (size_t h = 0; h < u->facts->cg.n_hier; h++)
			if (str_eq(u->facts->cg.hier[h].mount, cg->refs.v[i].mount))
				cg->hier_fd[h] = cg->dir_fd[i];
		if (cg->refs.v[i].v2)
			cg->v2_fd = cg->dir_fd[i];
	}
	return 0;
}

/* ---- back to what was there ---- */

/* Writes that undo those of a plan, in reverse; made before the first of these. */
static struct cg_plan undo_of(struct arena *a, const struct cgroup *cg, const struct cg_plan *plan)
{
	struct cg_plan undo = { .writes = arena_newv(a, struct cg_write, plan->n_writes) };

	for (size_t i = plan->n_writes; i-- > 0;) {
		const struct cg_write *w = &plan->writes[i];
		struct cg_write back = *w;

		if (w->controller && str_eq(w->controller, "devices"))
			continue;
		back.value = cg_value_now(a, cg, w, &back.file);
		if (!back.value)
			continue;
		if (!*back.value)
			back.value = "\n";       /* an empty list */
		back.or_else = NULL;
		back.not_below = NULL;
		back.retry = true;
		undo.writes[undo.n_writes++] = back;
	}
	return undo;
}

/* One after the other: what cannot be restored does not keep the rest from it. */
static void take_back(struct arena *a, const struct cgroup *cg, const struct cg_plan *undo,
		      void (*warn)(const char *text))
{
	struct err first = { 0 };

	if (cg_values(a, cg, undo, &first) == 0)
		return;
	for (int round = 0; round < 2; round++) {
		bool failed = false;

		for (size_t i = 0; i < undo->n_writes; i++) {
			struct cg_plan one = { .writes = &undo->writes[i], .n_writes = 1 };

			failed |= cg_values(a, cg, &one, NULL) < 0;
		}
		if (!failed)
			return;
	}
	if (warn)
		warn(arena_fmt(a, "not all old values are back: %s", first.text));
}

/* ---- the record ---- */

static int put_record(struct arena *a, struct container *c, const struct update_args *u, struct err *e)
{
	size_t len;
	const char *text = encode(a, &oci_resources_type, u->after, NULL, &len);

	return store_put(c, RESOURCES ".new", text, len, e);
}

/* ---- while the container is frozen ---- */

struct hold {
	struct cg_open o;
	struct cg_guard guard;
	bool on;
};

/* Without a freezer, or when it is frozen already, nothing is done. */
static int hold_begin(const struct cgroup *cg, struct hold *h, struct err *e)
{
	int r = cg_open(&cg->refs, &h->o, e);

	h->on = false;
	if (r < 0 || h->o.freezer_fd < 0 || cg_frozen_dir(h->o.freezer_fd, h->o.freezer_v2) != CG_THAWED)
		return r;
	TRY(cg_guard_start(&h->guard, h->o.freezer_fd, h->o.freezer_v2, false, e));
	r = cg_freeze(&cg->refs, FREEZE_MS, e);
	if (r < 0)
		cg_guard_end(&h->guard);
	h->on = r == 0;
	return r;
}

/* @r: what came of it meanwhile. Return: that, or what came of thawing */
static int hold_end(const struct cgroup *cg, struct hold *h, int r, struct err *e)
{
	int thawed;

	if (h->on) {
		thawed = cg_thaw(&cg->refs, FREEZE_MS, r < 0 ? NULL : e);
		cg_guard_end(&h->guard);
		r = r < 0 ? r : thawed;
	}
	cg_open_close(&h->o);
	return r;
}

/* ---- update ---- */

/* Rules that cannot be changed by their difference are taken away first: nobody must run meanwhile. */
static int apply_filter(struct arena *a, const struct cgroup *cg, const struct update_args *u,
			struct err *e)
{
	struct hold h;
	int r;

	if (!cg_filter_gap(a, cg, u->plan))
		return cg_filter(a, cg, u->plan, e);
	r = hold_begin(cg, &h, e);
	if (r == 0)
		r = cg_filter(a, cg, u->plan, e);
	return hold_end(cg, &h, r, e);
}

/* Values, rations, device rules: what goes back by itself is the last. */
static int apply_steps(struct arena *a, struct container *c, const struct cgroup *cg,
		       const struct update_args *u, void (*warn)(const char *text), struct err *e)
{
	struct cg_plan undo = undo_of(a, cg, u->plan);
	const struct record_unit *unit = c->rec->unit;
	const char *rations = NULL;
	struct err also = { 0 };
	int r;

	if (unit)
		TRY(unit_update(a, unit, u->plan->sd, e));
	r = cg_values(a, cg, u->plan, e);        /* after systemd, which rounds some of them */
	if (r == 0 && u->rdt)
		r = rdt_update(a, u->proc_fd, c, u->rdt, &rations, e);
	if (r == 0)
		r = apply_filter(a, cg, u, e);
	if (r == 0)
		return 0;
	if (unit && unit_update(a, unit, u->plan->sd_back, &also) < 0 && warn)
		warn(also.text);
	if (rations && rdt_restore(a, c, rations) < 0 && warn)
		warn("the old schemata of resctrl are not back");
	take_back(a, cg, &undo, warn);
	return r;
}

/* systemd takes all devices away before it allows those of its list, and has no words for some rules. */
static int apply_all(struct arena *a, struct container *c, const struct cgroup *cg,
		     const struct update_args *u, void (*warn)(const char *text), struct err *e)
{
	const struct sd_plan *sd = c->rec->unit ? u->plan->sd : NULL;
	bool devices = false;
	struct hold h;
	int r;

	for (size_t i = 0; sd && i < sd->n_props; i++)
		devices |= str_eq(sd->props[i].name, "DeviceAllow");
	if (!devices)
		return apply_steps(a, c, cg, u, warn, e);
	r = hold_begin(cg, &h, e);
	if (r == 0)
		r = apply_steps(a, c, cg, u, warn, e);
	return hold_end(cg, &h, r, e);
}

int container_update(struct arena *a, struct container *c, const struct update_args *args,
		     void (*warn)(const char *text), struct err *e)
{
	struct cgroup cg __attribute__((cleanup(cg_close)));
	int r;

	cg_init(&cg);
	TRY(check_status(c, args, e));
	TRY(open_cgroups(c, args, true, &cg, e));
	TRY(put_record(a, c, args, e));
	r = apply_all(a, c, &cg, args, warn, e);
	if (r < 0)
		return r;
	/* All is in force. What is in the way of this one step once may be gone. */
	r = store_rename(c, RESOURCES ".new", RESOURCES, NULL);
	return r < 0 ? store_rename(c, RESOURCES ".new", RESOURCES, e) : 0;
}

static const char *dir_of(struct arena *a, const struct cgroup *cg, unsigned hier)
{
	for (size_t i = 0; i < cg->refs.n; i++)
		if (cg->dir_fd[i] == cg->hier_fd[hier])
			return arena_fmt(a, "%s%s", cg->refs.v[i].mount, cg->refs.v[i].path);
	return "(no cgroup)";
}

int container_update_text(struct arena *a, struct container *c, const struct update_args *args,
			  const char **ret, struct err *e)
{
	struct cgroup cg __attribute__((cleanup(cg_close)));
	const struct cg_plan *plan;
	const char *text = "";

	cg_init(&cg);
	TRY(check_status(c, args, e)); /* before @args: none can be made without a record */
	plan = args->plan;
	TRY(open_cgroups(c, args, false, &cg, e));
	for (size_t i = 0; i < plan->n_writes; i++) {
		const struct cg_write *w = &plan->writes[i];
		const char *file = w->file, *now = NULL;

		if (!w->controller || !str_eq(w->controller, "devices"))
			now = cg_value_now(a, &cg, w, &file);
		text = arena_fmt(a, "%s%s/%s: %s%s%s (%s)\n", text, dir_of(a, &cg, w->hier), file,
				 now ? now : "", now ? " -> " : "", w->value, w->where);
	}
	if (plan->dev_prog || plan->dev_open)
		text = arena_fmt(a, "%sdevice filter: %s (linux.resources.devices)\n", text,
				 plan->dev_open ? "none any more"
						: arena_fmt(a, "%zu instructions", plan->n_dev_prog));
	for (size_t i = 0; plan->sd && i < plan->sd->n_props; i++)
		text = arena_fmt(a, "%s%s: %s %s (%s)\n", text, c->rec->unit->name,
				 plan->sd->props[i].name,
				 gvariant_print(a, &plan->sd->props[i].value), plan->sd->props[i].where);
	for (size_t i = 0; args->rdt && i < args->rdt->n_schemata; i++)
		text = arena_fmt(a, "%sresctrl schemata: %s (linux.intelRdt)\n", text, args->rdt->schemata[i]);
	*ret = text;
	return 0;
}
