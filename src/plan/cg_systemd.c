// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_systemd.c - the unit that systemd is asked for: its name, and resources as its properties
 *
 * linux.cgroupsPath is "slice:prefix:name" for prefix-name.scope in slice, or the name of a scope
 * alone. The values of resources that systemd has a property for are given to it as well as written
 * to the files, since systemd writes the files anew whenever it is reloaded. What has no property
 * is written only; a delegated unit keeps such files as they are.
 *
 * Device rules: on v2 systemd is told nothing of them. It then attaches no filter of its own, and
 * leaves ours, attached to the same cgroup, alone, also when it is reloaded. On v1 it would write "a" to
 * devices.allow, so it gets them, and those of an update, too: it writes its own list when it likes.
 *
 * Sources: systemd.resource-control(5), systemd.slice(5), org.freedesktop.systemd1(5).
 */
#include <ctype.h>

#include "plan/internal.h"

#define MANY UINT64_MAX              /* "infinity" */
#define UNIT_NAME_MAX 255

static struct sd_prop *add(struct planner *pl, const char *name, struct sd_value value, const char *where)
{
	struct sd_plan *sd = pl->plan->cgroup.sd;

	sd->props = vec_room(pl->a, sd->props, sd->n_props, sizeof(*sd->props));
	sd->props[sd->n_props] = (struct sd_prop){ name, value, where, 0 };
	return &sd->props[sd->n_props++];
}

static struct sd_prop *add_flag(struct planner *pl, const char *name, bool on)
{
	return add(pl, name, (struct sd_value){ .type = 'b', .number = on }, "systemd unit");
}

static struct sd_prop *add_text(struct planner *pl, const char *name, const char *text, const char *where)
{
	return add(pl, name, (struct sd_value){ .type = 's', .text = text }, where);
}

static struct sd_prop *add_u64(struct planner *pl, const char *name, uint64_t v, const char *where)
{
	return add(pl, name, (struct sd_value){ .type = 't', .number = v },
		   arena_fmt(pl->a, "linux.resources.%s", where));
}

/* ---- name and place ---- */

/* What a unit's name cannot have becomes \xHH. */
static const char *escape_unit(struct arena *a, const char *name)
{
	char *out = arena_alloc(a, 4 * strlen(name) + 1), *o = out;

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c < 0x80 && (isalnum(c) || strchr(":-_.\\@", c))) {
			*o++ = *name;
			continue;
		}
		*o++ = '\\';
		*o++ = 'x';
		*o++ = "0123456789abcdef"[c >> 4];
		*o++ = "0123456789abcdef"[c & 15];
	}
	return out;
}

/* "a-b.slice" is in "a.slice". Return: the path, NULL = not the name of a slice */
static const char *slice_path(struct arena *a, const char *slice)
{
	const char *end = strstr(slice, ".slice"), *path = "";

	if (str_eq(slice, "-.slice"))
		return path;
	if (!end || end[6] || end == slice || strchr(slice, '/') || *slice == '-' || end[-1] == '-' ||
	    strstr(slice, "--"))
		return NULL;
	for (const char *p = slice; p <= end; p++)
		if (*p == '-' || p == end)
			path = arena_fmt(a, "%s/%.*s.slice", path, (int)(p - slice), slice);
	return path;
}

/* The three parts; a text without ":" is the name. Return: false = not in that form */
static bool split(struct arena *a, const char *text, const char *parts[3])
{
	const char *first = strchr(text, ':'), *second = first ? strchr(first + 1, ':') : NULL;

	parts[0] = parts[1] = "";
	parts[2] = text;
	if (!first)
		return true;
	if (!second || strchr(second + 1, ':'))
		return false;
	parts[0] = arena_dup(a, text, (size_t)(first - text));
	parts[1] = arena_dup(a, first + 1, (size_t)(second - first - 1));
	parts[2] = second + 1;
	return true;
}

static void plan_name(struct planner *pl, struct sd_plan *sd)
{
	const char *text = pl->lin->cgroups_path, *parts[3], *where = "linux.cgroupsPath", *path;

	if (!text || !*text)
		text = arena_fmt(pl->a, ":taper:%s", pl->opt->id);
	if (!split(pl->a, text, parts) || strchr(text, '/') || !*parts[2]) {
		plan_bad(pl, ERR_CGROUP, where,
			 "the systemd manager takes slice:prefix:name, found %s", text);
		return;
	}
	if (strlen(parts[2]) > 6 && str_eq(parts[2] + strlen(parts[2]) - 6, ".slice")) {
		plan_bad(pl, ERR_CGROUP, where, "%s: a container is a scope, not a slice", parts[2]);
		return;
	}
	sd->slice = !*parts[0] ? sd->user_bus ? "user.slice" : "system.slice"
		    : strchr(parts[0], '.') ? parts[0] : arena_fmt(pl->a, "%s.slice", parts[0]);
	path = slice_path(pl->a, sd->slice);
	if (!path)
		plan_bad(pl, ERR_CGROUP, where, "%s is not the name of a slice", sd->slice);
	sd->unit = arena_fmt(pl->a, "%s%s%s.scope", escape_unit(pl->a, parts[1]), *parts[1] ? "-" : "",
			     escape_unit(pl->a, parts[2]));
	if (strlen(sd->unit) > UNIT_NAME_MAX)
		plan_bad(pl, ERR_CGROUP, where, "the unit's name would be longer than %d characters",
			 UNIT_NAME_MAX);
	sd->path = arena_fmt(pl->a, "%s/%s", path ? path : "", sd->unit);
}

static void plan_subgroup(struct planner *pl, struct sd_plan *sd)
{
	const char *name = plan_annotation(pl, "run.oci.systemd.subgroup");

	sd->subgroup = "";
	if (pl->facts->cg.layout != CG_LAYOUT_V2)
		return;
	if (name && (strchr(name, '/') || str_eq(name, ".") || str_eq(name, "..") ||
		     strncmp(name, "cgroup.", 7) == 0 || strlen(name) > 200))
		plan_bad(pl, ERR_VALUE, "annotations.run.oci.systemd.subgroup",
			 "expected the name of one directory, found %s", name);
	else
		sd->subgroup = name ? name : "container";
}

/* ---- resources ---- */

static uint64_t or_many(int64_t v)
{
	return v < 0 ? MANY : (uint64_t)v;
}

/* CPU time in a second, in steps of 10 ms as systemd counts */
static void add_quota(struct planner *pl, uint64_t quota, uint64_t period, const char *where)
{
	uint64_t us = MANY;

	if (!period)
		period = 100000;
	if (quota != MANY && quota <= UINT64_MAX / 1000000) {
		us = (quota * 1000000 + period - 1) / period;
		us = (us + 9999) / 10000 * 10000;
	}
	add_u64(pl, "CPUQuotaPerSecUSec", us, where);
	add_u64(pl, "CPUQuotaPeriodUSec", period, where)->since = 242;
}

/* A list of CPUs or memory nodes as bits, lowest first */
static void add_mask(struct planner *pl, const char *name, const char *list, const char *where)
{
	uint64_t bits[128] = { 0 };
	struct sd_value *v;
	size_t n = 0;

	if (list_parse(list, bits, 8192) < 0)
		return;              /* refused elsewhere, or by the kernel */
	for (size_t i = 0; i < 1024; i++)
		if (bits[i / 8] >> (i % 8 * 8) & 0xff)
			n = i + 1;
	v = arena_newv(pl->a, struct sd_value, n + 1);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct sd_value){ .type = 'y', .number = bits[i / 8] >> (i % 8 * 8) & 0xff };
	add(pl, name, (struct sd_value){ .type = 'a', .list = { v, n, "y" } },
	    arena_fmt(pl->a, "linux.resources.%s", where))->since = 244;
}

static void plan_memory(struct planner *pl, const struct oci_memory *m, bool v2)
{
	if (!m)
		return;
	if (m->limit.v)
		add_u64(pl, v2 ? "MemoryMax" : "MemoryLimit", or_many(m->limit.v), "memory.limit");
	if (!v2)
		return;
	if (m->reservation.v)
		add_u64(pl, "MemoryLow", or_many(m->reservation.v), "memory.reservation");
	if (m->swap.v < 0)
		add_u64(pl, "MemorySwapMax", MANY, "memory.swap");
	else if (m->swap.v > 0 && m->limit.v > 0 && m->swap.v >= m->limit.v)
		add_u64(pl, "MemorySwapMax", (uint64_t)(m->swap.v - m->limit.v), "memory.swap");
}

/* systemd wants to know both; an update names maybe one. */
static void plan_quota(struct planner *pl, const struct oci_cpu *c)
{
	const struct plan_update *now = pl->update && pl->update->has_cpu_max ? pl->update : NULL;
	int64_t quota = c->quota.v ? c->quota.v : now ? now->quota : 0;

	if (!quota || (!c->quota.v && !c->period.v))
		return;
	add_quota(pl, quota > 0 ? (uint64_t)quota : MANY, c->period.v ? c->period.v : now ? now->period : 0,
		  c->quota.v ? "cpu.quota" : "cpu.period");
}

static void plan_cpu(struct planner *pl, const struct oci_cpu *c, bool v2)
{
	if (!c)
		return;
	if (v2 && c->idle.v)
		add_u64(pl, "CPUWeight", 0, "cpu.idle")->since = 252;
	else if (c->shares.v)
		add_u64(pl, v2 ? "CPUWeight" : "CPUShares",
			v2 ? cg_weight_of_shares(c->shares.v) : c->shares.v, "cpu.shares");
	plan_quota(pl, c);
	if (v2 && c->cpus && *c->cpus)
		add_mask(pl, "AllowedCPUs", c->cpus, "cpu.cpus");
	if (v2 && c->mems && *c->mems)
		add_mask(pl, "AllowedMemoryNodes", c->mems, "cpu.mems");
}

static void plan_rest(struct planner *pl, const struct oci_resources *r, bool v2)
{
	if (r->block_io && r->block_io->weight.v >= 10)
		add_u64(pl, v2 ? "IOWeight" : "BlockIOWeight",
			v2 ? 1 + (r->block_io->weight.v - 10) * 9999 / 990 : r->block_io->weight.v,
			"blockIO.weight");
	/* systemd refuses 0; the file gets it afterwards */
	if (r->pids && r->pids->limit.set)
		add_u64(pl, "TasksMax", r->pids->limit.v ? or_many(r->pids->limit.v) : 1, "pids.limit");
}

/* ---- unified ---- */

enum unified_kind { UNIFIED_NUMBER, UNIFIED_QUOTA, UNIFIED_MASK };

static const struct {
	const char *file;
	const char *name;
	enum unified_kind kind;
	unsigned since;
} unified[] = {
	{ "cpu.weight", "CPUWeight", UNIFIED_NUMBER, 0 },
	{ "cpu.max", "CPUQuotaPerSecUSec", UNIFIED_QUOTA, 0 },
	{ "cpuset.cpus", "AllowedCPUs", UNIFIED_MASK, 244 },
	{ "cpuset.mems", "AllowedMemoryNodes", UNIFIED_MASK, 244 },
	{ "memory.high", "MemoryHigh", UNIFIED_NUMBER, 0 },
	{ "memory.low", "MemoryLow", UNIFIED_NUMBER, 0 },
	{ "memory.max", "MemoryMax", UNIFIED_NUMBER, 0 },
	{ "memory.min", "MemoryMin", UNIFIED_NUMBER, 240 },
	{ "memory.swap.max", "MemorySwapMax", UNIFIED_NUMBER, 0 },
	{ "memory.zswap.max", "MemoryZSwapMax", UNIFIED_NUMBER, 253 },
	{ "pids.max", "TasksMax", UNIFIED_NUMBER, 0 },
};

/* A number, or "max". Return: false = neither (1M): then the file alone gets it */
static bool number_or_max(const char *text, uint64_t *ret)
{
	*ret = MANY;
	return str_eq(text, "max") || parse_u64(text, 0, MANY - 1, ret) == 0;
}

static void plan_unified_key(struct planner *pl, size_t row, const char *value)
{
	const char *where = arena_fmt(pl->a, "unified.%s", unified[row].file), *blank;
	uint64_t v, period = 0;

	switch (unified[row].kind) {
	case UNIFIED_NUMBER:
		if (number_or_max(value, &v))
			add_u64(pl, unified[row].name, v || !str_eq(unified[row].file, "pids.max") ? v : 1,
				where)->since = unified[row].since;
		break;
	case UNIFIED_QUOTA:
		blank = strchr(value, ' ');
		if (blank && parse_u64(blank + 1, 1, 1000000, &period) < 0)
			break;
		if (number_or_max(blank ? arena_dup(pl->a, value, (size_t)(blank - value)) : value, &v))
			add_quota(pl, v, period, where);
		break;
	case UNIFIED_MASK:
		add_mask(pl, unified[row].name, value, where);
		break;
	}
}

static void plan_unified(struct planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->unified.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(unified); k++)
			if (str_eq(r->unified.v[i].key, unified[k].file) && r->unified.v[i].value)
				plan_unified_key(pl, k, r->unified.v[i].value);
}

/*
 * systemd writes memory.oom.group by its policy for the unit, which only a new unit can be given. Before 253 scopes
 * had none: it writes 0 whenever it is reloaded.
 */
static void plan_oom_policy(struct planner *pl, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->unified.n; i++) {
		const struct kv *kv = &r->unified.v[i];

		if (str_eq(kv->key, "memory.oom.group") && kv->value)
			add_text(pl, "OOMPolicy", str_eq(kv->value, "1") ? "kill" : "continue",
				 "linux.resources.unified.memory.oom.group")->since = 253;
	}
}

/* ---- devices of v1 ---- */

/* The rules of @r, which need not be the document's */
static void read_rules(struct planner *pl, const struct oci_resources *r, struct dev_rules *ret)
{
	struct oci_resources resources = *r;
	const struct oci_linux *own = pl->lin;
	struct oci_linux lin = *own;

	lin.resources = &resources;
	pl->lin = &lin;
	devrules_read(pl, ret);
	pl->lin = own;
}

static void plan_devices_v1(struct planner *pl, const struct oci_resources *r)
{
	struct dev_rules rules;
	struct sd_value *v;
	size_t n = 0;

	if (!r->devices.v)
		return;
	read_rules(pl, r, &rules);
	v = arena_newv(pl->a, struct sd_value, rules.n + 1);
	for (size_t i = 0; i < rules.n && !rules.allow_all; i++) {
		const struct dev_rule *d = &rules.v[i];
		struct sd_value *pair = arena_newv(pl->a, struct sd_value, 2);
		const char *kind = d->type == 'c' ? "char" : "block";
		const char *path = d->major < 0 ? arena_fmt(pl->a, "%s-*", kind)
				   : d->minor < 0 ? arena_fmt(pl->a, "%s-%lld", kind, (long long)d->major)
				   : arena_fmt(pl->a, "/dev/%s/%lld:%lld", kind, (long long)d->major,
					       (long long)d->minor);

		if (!d->allow || (d->major < 0 && d->minor >= 0))
			continue;    /* systemd has no words for these: the files have them */
		pair[0] = (struct sd_value){ .type = 's', .text = path };
		pair[1] = (struct sd_value){ .type = 's', .text = arena_fmt(pl->a, "%s%s%s",
			d->access & DEV_READ ? "r" : "", d->access & DEV_WRITE ? "w" : "",
			d->access & DEV_MKNOD ? "m" : "") };
		v[n++] = (struct sd_value){ .type = '(', .list = { pair, 2, NULL } };
	}
	add_text(pl, "DevicePolicy", rules.allow_all ? "auto" : "strict", "linux.resources.devices");
	if (!rules.allow_all)
		add(pl, "DeviceAllow", (struct sd_value){ .type = 'a', .list = { v, n, "(ss)" } },
		    "linux.resources.devices");
}

/* ---- annotations ---- */

/* TimeoutStopSec = 5 is TimeoutStopUSec = uint64 5000000 */
static bool as_usec(struct planner *pl, const char **name, struct sd_value *v)
{
	size_t len = strlen(*name);
	bool real = v->type == 'd', integer = strchr("ynqiuxt", v->type);

	if (len < 4 || !str_eq(*name + len - 3, "Sec") || (len > 4 && str_eq(*name + len - 4, "USec")))
		return true;
	if ((!real && !integer) || (real && (v->real < 0 || v->real > 1e12)) ||
	    (integer && v->number > UINT64_MAX / 1000000))
		return false;
	v->number = real ? (uint64_t)(v->real * 1e6) : v->number * 1000000;
	v->type = 't';
	*name = arena_fmt(pl->a, "%.*sUSec", (int)len - 3, *name);
	return true;
}

static bool is_property(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalpha((unsigned char)*p))
			return false;
	return strlen(name) >= 3;
}

static void plan_property(struct planner *pl, struct sd_plan *sd, const char *name, const struct kv *kv)
{
	const char *where = arena_fmt(pl->a, "annotations.%s", kv->key), *wrong;
	struct sd_value v;

	if (!is_property(name) || str_eq(name, "PIDs") || str_eq(name, "Slice")) {
		plan_bad(pl, ERR_VALUE, where, "not a property that can be set here: %s", name);
		return;
	}
	wrong = gvariant_parse(pl->a, kv->value ? kv->value : "", &v);
	if (!wrong && !as_usec(pl, &name, &v))
		wrong = "expected a number of seconds";
	if (wrong)
		plan_bad(pl, ERR_VALUE, where, "%s: %s", wrong, kv->value);
	else if (str_eq(name, "Description") && v.type == 's')
		sd->description = v.text;
	else
		add(pl, name, v, where);
}

static void plan_limits(struct planner *pl, const struct oci_resources *r, bool v2)
{
	plan_memory(pl, r->memory, v2);
	plan_cpu(pl, r->cpu, v2);
	plan_rest(pl, r, v2);
	plan_unified(pl, r);
}

void cg_systemd_plan(struct planner *pl)
{
	const struct oci_resources *r = pl->lin->resources;
	struct sd_plan *sd = arena_new(pl->a, struct sd_plan);
	bool v2 = pl->facts->cg.layout == CG_LAYOUT_V2;

	pl->plan->cgroup.sd = sd;
	sd->user_bus = pl->facts->rootless;
	sd->description = arena_fmt(pl->a, "container %s", pl->opt->id);
	sd->unit = sd->path = sd->slice = "";
	plan_name(pl, sd);
	plan_subgroup(pl, sd);
	if (sd->user_bus && !v2)
		plan_bad(pl, ERR_CGROUP, "", "systemd gives an unprivileged user cgroups of v2 only");
	add_text(pl, "Slice", sd->slice, "systemd unit");
	add_flag(pl, "Delegate", true);
	add_flag(pl, "DefaultDependencies", false);
	add_text(pl, "CollectMode", "inactive-or-failed", "systemd unit")->since = 236;
	add_flag(pl, "CPUAccounting", true);
	add_flag(pl, v2 ? "IOAccounting" : "BlockIOAccounting", true);
	add_flag(pl, "MemoryAccounting", true);
	add_flag(pl, "TasksAccounting", true);
	if (r) {
		plan_limits(pl, r, v2);
		plan_oom_policy(pl, r);
	}
	if (r && !v2)
		plan_devices_v1(pl, r);
	for (size_t i = 0; i < pl->spec->annotations.n; i++) {
		const struct kv *kv = &pl->spec->annotations.v[i];
		const char *name = str_starts(kv->key, "org.systemd.property.");

		if (name)
			plan_property(pl, sd, name, kv);
	}
}

/* ---- update ---- */

/* What a property is when nobody has set it */
static struct sd_value unset_value(const struct sd_prop *p)
{
	bool none = str_eq(p->name, "MemoryLow") || str_eq(p->name, "MemoryMin");

	if (p->value.type == 'a')
		return (struct sd_value){ .type = 'a', .list.of = p->value.list.of };
	if (p->value.type == 's')
		return (struct sd_value){ .type = 's', .text = "auto" }; /* DevicePolicy */
	return (struct sd_value){ .type = 't', .number = none ? 0 : MANY };
}

/* The last of a name counts. */
static const struct sd_prop *find(const struct sd_plan *sd, const char *name)
{
	for (size_t i = sd->n_props; i-- > 0;)
		if (str_eq(sd->props[i].name, name))
			return &sd->props[i];
	return NULL;
}

/* systemd adds to a list, unless it is given an empty one. */
static bool empties(const struct sd_prop *p)
{
	return str_eq(p->name, "DeviceAllow") && p->value.list.n == 0;
}

void cg_systemd_update(struct planner *pl, const struct oci_resources *change,
		       const struct oci_resources *had)
{
	struct cg_plan *cg = &pl->plan->cgroup;
	struct sd_plan *now = arena_new(pl->a, struct sd_plan), *back = arena_new(pl->a, struct sd_plan);
	const struct plan_update *update = pl->update;
	bool v2 = pl->facts->cg.layout == CG_LAYOUT_V2;

	cg->sd = now;
	pl->update = NULL;
	plan_limits(pl, had, v2);
	if (!v2)
		plan_devices_v1(pl, had);
	pl->update = update;
	cg->sd = arena_new(pl->a, struct sd_plan);
	plan_limits(pl, change, v2);
	if (!v2 && change->devices.v) {
		add(pl, "DeviceAllow", (struct sd_value){ .type = 'a', .list.of = "(ss)" },
		    "linux.resources.devices");
		plan_devices_v1(pl, change);
	}
	back->props = arena_newv(pl->a, struct sd_prop, cg->sd->n_props);
	for (size_t i = 0; i < cg->sd->n_props; i++) {
		const struct sd_prop *p = &cg->sd->props[i], *old = find(now, p->name);

		back->props[i] = *p;
		if (empties(p))
			continue;
		back->props[i].value = old ? old->value : unset_value(p);
	}
	back->n_props = cg->sd->n_props;
	cg->sd_back = back;
}
