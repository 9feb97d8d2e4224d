// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * creds.c - ids, groups, capabilities, limits
 *
 * Spec: config.md, "User", "Linux Process" (capabilities, oomScoreAdj, noNewPrivileges) and "POSIX
 * process" (rlimits).
 *
 * Capabilities (capabilities(7), capset(2)): what the kernel would refuse is dropped with a
 * warning, never an error:
 *  1. in the initial user namespace no set can hold what the caller lacks;
 *  2. effective is a subset of permitted, inheritable of bounding;
 *  3. ambient needs the capability in permitted and inheritable.
 * Without a "capabilities" object every set is empty.
 */
#include <linux/capability.h>
#include <sys/resource.h>

#include "plan/internal.h"

/* Sorted; without the prefix "CAP_". */
static const struct name_value capabilities[] = {
	{ "AUDIT_CONTROL", CAP_AUDIT_CONTROL },
	{ "AUDIT_READ", CAP_AUDIT_READ },
	{ "AUDIT_WRITE", CAP_AUDIT_WRITE },
	{ "BLOCK_SUSPEND", CAP_BLOCK_SUSPEND },
	{ "BPF", CAP_BPF },
	{ "CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE },
	{ "CHOWN", CAP_CHOWN },
	{ "DAC_OVERRIDE", CAP_DAC_OVERRIDE },
	{ "DAC_READ_SEARCH", CAP_DAC_READ_SEARCH },
	{ "FOWNER", CAP_FOWNER },
	{ "FSETID", CAP_FSETID },
	{ "IPC_LOCK", CAP_IPC_LOCK },
	{ "IPC_OWNER", CAP_IPC_OWNER },
	{ "KILL", CAP_KILL },
	{ "LEASE", CAP_LEASE },
	{ "LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE },
	{ "MAC_ADMIN", CAP_MAC_ADMIN },
	{ "MAC_OVERRIDE", CAP_MAC_OVERRIDE },
	{ "MKNOD", CAP_MKNOD },
	{ "NET_ADMIN", CAP_NET_ADMIN },
	{ "NET_BIND_SERVICE", CAP_NET_BIND_SERVICE },
	{ "NET_BROADCAST", CAP_NET_BROADCAST },
	{ "NET_RAW", CAP_NET_RAW },
	{ "PERFMON", CAP_PERFMON },
	{ "SETFCAP", CAP_SETFCAP },
	{ "SETGID", CAP_SETGID },
	{ "SETPCAP", CAP_SETPCAP },
	{ "SETUID", CAP_SETUID },
	{ "SYSLOG", CAP_SYSLOG },
	{ "SYS_ADMIN", CAP_SYS_ADMIN },
	{ "SYS_BOOT", CAP_SYS_BOOT },
	{ "SYS_CHROOT", CAP_SYS_CHROOT },
	{ "SYS_MODULE", CAP_SYS_MODULE },
	{ "SYS_NICE", CAP_SYS_NICE },
	{ "SYS_PACCT", CAP_SYS_PACCT },
	{ "SYS_PTRACE", CAP_SYS_PTRACE },
	{ "SYS_RAWIO", CAP_SYS_RAWIO },
	{ "SYS_RESOURCE", CAP_SYS_RESOURCE },
	{ "SYS_TIME", CAP_SYS_TIME },
	{ "SYS_TTY_CONFIG", CAP_SYS_TTY_CONFIG },
	{ "WAKE_ALARM", CAP_WAKE_ALARM },
};

const struct name_table cap_names = NAME_TABLE(capabilities);

const char *cap_name(unsigned cap)
{
	return value_name(capabilities, ARRAY_SIZE(capabilities), cap);
}

/* Upper or lower case, with or without "CAP_". Return: the number, -1 = unknown */
static int cap_number(const char *name)
{
	const struct name_value *row;
	char upper[32];
	size_t n;

	for (n = 0; n < sizeof(upper) - 1 && name[n]; n++)
		upper[n] = name[n] >= 'a' && name[n] <= 'z' ? (char)(name[n] - 'a' + 'A') : name[n];
	if (name[n])
		return -1;
	upper[n] = '\0';
	name = str_starts(upper, "CAP_");
	row = name_find(capabilities, ARRAY_SIZE(capabilities), name ? name : upper);
	return row ? (int)row->value : -1;
}

/* "CAP_CHOWN, CAP_KILL" */
static const char *cap_list(struct planner *pl, uint64_t set)
{
	const char *text = "";

	for (unsigned cap = 0; cap < 64; cap++)
		if (set & (UINT64_C(1) << cap)) {
			const char *name = cap_name(cap);

			text = arena_fmt(pl->a, "%s%sCAP_%s", text, *text ? ", " : "",
					 name ? name : "?");
		}
	return text;
}

static uint64_t parse_set(struct planner *pl, const struct strv *list, const char *where,
			  uint64_t *unknown_to_kernel)
{
	uint64_t set = 0;

	for (size_t i = 0; i < list->n; i++) {
		int cap = cap_number(list->v[i]);

		if (cap < 0)
			plan_warn(pl, "%s[%zu]: unknown capability %s", where, i, list->v[i]);
		else if ((unsigned)cap > pl->facts->last_cap)
			*unknown_to_kernel |= UINT64_C(1) << cap;
		else
			set |= UINT64_C(1) << cap;
	}
	return set;
}

/* Take from @set what is not in @within, with a warning that says why. */
static void keep_within(struct planner *pl, uint64_t *set, uint64_t within, const char *name,
			const char *why)
{
	if (*set & ~within)
		plan_warn(pl, "process.capabilities.%s: dropped %s: %s", name,
			  cap_list(pl, *set & ~within), why);
	*set &= within;
}

static void plan_caps(struct planner *pl, const struct oci_capabilities *c)
{
	uint64_t *caps = pl->plan->process.caps, all = 0, foreign = 0, grantable = ~UINT64_C(0);
	const struct { enum cap_set set; const char *name; const struct strv *list; } sets[] = {
		{ CAPSET_BOUNDING, "bounding", &c->bounding },
		{ CAPSET_EFFECTIVE, "effective", &c->effective },
		{ CAPSET_INHERITABLE, "inheritable", &c->inheritable },
		{ CAPSET_PERMITTED, "permitted", &c->permitted },
		{ CAPSET_AMBIENT, "ambient", &c->ambient },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		const char *where = arena_fmt(pl->a, "process.capabilities.%s", sets[i].name);

		caps[sets[i].set] = parse_set(pl, sets[i].list, where, &foreign);
		all |= caps[sets[i].set];
	}
	if (foreign)
		plan_warn(pl, "process.capabilities: this kernel has no %s", cap_list(pl, foreign));
	if (pl->plan->ns.ns[NS_USER].mode == NS_INHERIT)
		grantable = pl->facts->caps_permitted;
	if (all & ~grantable)
		plan_warn(pl, "process.capabilities: the caller itself lacks %s",
			  cap_list(pl, all & ~grantable));
	for (int i = 0; i < CAPSET__MAX; i++)
		caps[i] &= grantable;
	keep_within(pl, &caps[CAPSET_EFFECTIVE], caps[CAPSET_PERMITTED], "effective",
		    "not permitted");
	keep_within(pl, &caps[CAPSET_INHERITABLE], caps[CAPSET_BOUNDING], "inheritable",
		    "not in bounding");
	keep_within(pl, &caps[CAPSET_AMBIENT], caps[CAPSET_PERMITTED] & caps[CAPSET_INHERITABLE],
		    "ambient", "not both permitted and inheritable");
}

/* ---- ids ---- */

/* Groups that are mapped; without setgroups(2) only what one is anyway. */
static void plan_groups(struct planner *pl, const struct oci_user *u, bool no_setgroups)
{
	struct process_plan *out = &pl->plan->process;
	const struct id_ranges *map = idmap_known(pl, true);
	const char *keep = plan_annotation(pl, "run.oci.keep_original_groups");
	uint32_t *groups = arena_newv(pl->a, uint32_t, u->additional_gids.n);

	out->keep_groups = no_setgroups || (keep && str_eq(keep, "1"));
	if (keep && str_eq(keep, "1"))
		return;
	for (size_t i = 0; i < u->additional_gids.n; i++) {
		const char *where = arena_fmt(pl->a, "process.user.additionalGids[%zu]", i);
		uint32_t gid = u->additional_gids.v[i];

		if (no_setgroups && gid == u->gid)
			continue;
		if (no_setgroups)
			plan_bad(pl, ERR_CREDS, where,
				 "groups cannot be set where only one id is mapped; the annotation "
				 "run.oci.keep_original_groups=1 keeps those of the caller");
		else if (pl->in_userns && map && !idmap_has(map, gid))
			plan_bad(pl, ERR_CREDS, where,
				 "group %u is not mapped in the container's user namespace", gid);
		else
			groups[out->n_groups++] = gid;
	}
	out->groups = groups;
}

static void plan_user(struct planner *pl, const struct oci_user *u)
{
	const struct id_ranges *uids = idmap_known(pl, false), *gids = idmap_known(pl, true);
	struct process_plan *out = &pl->plan->process;
	bool no_setgroups = pl->plan->idmap.deny_setgroups;

	if (pl->plan->ns.ns[NS_USER].mode == NS_INHERIT)
		no_setgroups = pl->facts->setgroups_denied;
	out->uid = u->uid;
	out->gid = u->gid;
	if (pl->in_userns && uids && !idmap_has(uids, u->uid))
		plan_bad(pl, ERR_CREDS, "process.user.uid",
			 "user %u is not mapped in the container's user namespace", u->uid);
	if (pl->in_userns && gids && !idmap_has(gids, u->gid))
		plan_bad(pl, ERR_CREDS, "process.user.gid",
			 "group %u is not mapped in the container's user namespace", u->gid);
	out->umask = u->umask.set ? (mode_t)u->umask.v : 0022;
	if (out->umask > 0777)
		plan_bad(pl, ERR_RANGE, "process.user.umask", "expected 0 to 511 (0777), found %u",
			 out->umask);
	plan_groups(pl, u, no_setgroups);
}

/* ---- limits ---- */

static const struct name_value rlimits[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
};

static void plan_rlimit(struct planner *pl, const struct oci_rlimit *r, size_t i)
{
	const struct name_value *row =
		r->type ? name_find(rlimits, ARRAY_SIZE(rlimits), r->type) : NULL;
	const char *where = arena_fmt(pl->a, "process.rlimits[%zu]", i);
	struct process_plan *out = &pl->plan->process;

	if (!row) {
		plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "%s.type", where),
			 "unknown resource limit %s", r->type ? r->type : "");
		return;
	}
	if (r->soft > r->hard)
		plan_bad(pl, ERR_CONFLICT, where, "soft %llu is above hard %llu",
			 (unsigned long long)r->soft, (unsigned long long)r->hard);
	for (size_t j = 0; j < out->n_rlimits; j++)
		if (out->rlimits[j].resource == (int)row->value) {
			plan_bad(pl, ERR_DUPLICATE, arena_fmt(pl->a, "%s.type", where),
				 "%s is already in %s", r->type, out->rlimits[j].where);
			return;
		}
	out->rlimits[out->n_rlimits++] = (struct rlimit_plan){
		.resource = (int)row->value, .name = row->name, .soft = r->soft, .hard = r->hard,
		.where = where,
	};
}

void plan_creds(struct planner *pl)
{
	const struct oci_process *p = pl->spec->process;
	struct process_plan *out = &pl->plan->process;

	if (!p)
		return;
	plan_user(pl, &p->user);
	if (p->capabilities)
		plan_caps(pl, p->capabilities);
	out->no_new_privs = p->no_new_privileges.v;
	out->has_oom_score_adj = p->oom_score_adj.set;
	out->oom_score_adj = p->oom_score_adj.v;
	if (out->oom_score_adj < -1000 || out->oom_score_adj > 1000)
		plan_bad(pl, ERR_RANGE, "process.oomScoreAdj", "expected -1000 to 1000, found %d",
			 out->oom_score_adj);
	out->rlimits = arena_newv(pl->a, struct rlimit_plan, ARRAY_SIZE(rlimits));
	for (size_t i = 0; i < p->rlimits.n; i++)
		plan_rlimit(pl, &p->rlimits.v[i], i);
}
