// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sysctl.c - kernel parameters
 *
 * Spec: config-linux.md, "Sysctl". Only what a namespace keeps for itself may be set, and only when
 * the container has such a namespace of its own: anything else would change the host.
 *
 * Names: sysctl(8) accepts '.' and '/' as separator; the first one in the name decides, the other
 * is then an ordinary character ("net.ipv4.conf.eth0/1.forwarding").
 */
#include "plan/internal.h"

static const struct {
	const char *name;
	bool prefix;             /* all below */
	enum ns_kind ns;
} allowed[] = {
	{ "fs/mqueue/", true, NS_IPC },
	{ "kernel/domainname", false, NS_UTS },
	{ "kernel/msg_next_id", false, NS_IPC },
	{ "kernel/msgmax", false, NS_IPC },
	{ "kernel/msgmnb", false, NS_IPC },
	{ "kernel/msgmni", false, NS_IPC },
	{ "kernel/sem", false, NS_IPC },
	{ "kernel/sem_next_id", false, NS_IPC },
	{ "kernel/shm_next_id", false, NS_IPC },
	{ "kernel/shm_rmid_forced", false, NS_IPC },
	{ "kernel/shmall", false, NS_IPC },
	{ "kernel/shmmax", false, NS_IPC },
	{ "kernel/shmmni", false, NS_IPC },
	{ "net/", true, NS_NET },
	{ "user/", true, NS_USER },
};

/* The name as a path below /proc/sys; NULL = not a name. */
static const char *file_of(struct arena *a, const char *name)
{
	char *file = arena_str(a, name);
	size_t first = strcspn(file, "./");
	bool dots = file[first] == '.';

	for (char *p = file; dots && *p; p++)
		if (*p == '.' || *p == '/')
			*p = *p == '.' ? '/' : '.';
	for (const char *p = file;;) {
		size_t len = strcspn(p, "/");

		if (len == 0 || (len <= 2 && strspn(p, ".") == len))
			return NULL;
		if (!p[len])
			return file;
		p += len + 1;
	}
}

/* Return: the namespace a parameter belongs to, NS__MAX = none */
static enum ns_kind owner_of(const char *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (allowed[i].prefix ? str_starts(file, allowed[i].name) != NULL
				      : str_eq(file, allowed[i].name))
			return allowed[i].ns;
	return NS__MAX;
}

static void plan_sysctl(struct planner *pl, const struct kv *kv)
{
	const char *where = arena_fmt(pl->a, "linux.sysctl.%s", kv->key);
	const char *file = file_of(pl->a, kv->key);
	struct plan *plan = pl->plan;
	enum ns_kind ns;

	if (!file || !kv->value) {
		plan_bad(pl, ERR_SYSCTL, where, "not the name of a kernel parameter: %s", kv->key);
		return;
	}
	ns = owner_of(file);
	if (str_eq(file, "kernel/hostname")) {
		plan_bad(pl, ERR_SYSCTL, where, "use the property hostname instead");
	} else if (ns == NS__MAX) {
		plan_bad(pl, ERR_SYSCTL, where,
			 "%s belongs to no namespace: it would change the host", kv->key);
	} else if (plan->ns.ns[ns].mode == NS_INHERIT) {
		plan_bad(pl, ERR_SYSCTL, where,
			 "%s would change the host: it needs a %s namespace in linux.namespaces",
			 kv->key, ns_names[ns].name);
	} else {
		plan->sysctls =
			vec_room(pl->a, plan->sysctls, plan->n_sysctls, sizeof(*plan->sysctls));
		plan->sysctls[plan->n_sysctls++] = (struct sysctl_plan){ file, kv->value, ns, where };
	}
}

void plan_sysctls(struct planner *pl)
{
	for (size_t i = 0; i < pl->lin->sysctl.n; i++)
		plan_sysctl(pl, &pl->lin->sysctl.v[i]);
}
