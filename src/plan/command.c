// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * command.c - what is executed: arguments, environment, directory, terminal, keyring, fds
 *
 * Spec: config.md, "Process" and "POSIX process".
 *
 * Of two environment entries with one name the later wins. An empty HOME counts as absent: the
 * child looks it up in the container's /etc/passwd.
 */
#include <stdint.h>

#include "plan/internal.h"

static void plan_args(struct planner *pl, const struct oci_process *p)
{
	struct process_plan *out = &pl->plan->process;

	out->argv = arena_newv(pl->a, const char *, p->args.n + 1);
	for (size_t i = 0; i < p->args.n; i++)
		out->argv[out->argc++] = p->args.v[i];
	out->cwd = p->cwd && *p->cwd ? p->cwd : "/";
	if (*out->cwd != '/')
		plan_bad(pl, ERR_VALUE, "process.cwd", "expected an absolute path, found %s",
			 out->cwd);
}

/* ---- environment ---- */

/* A set of names, open addressing; the entries are "NAME=value". */
struct name_set {
	const char **slot;
	size_t mask;
};

static size_t name_hash(const char *entry)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);   /* FNV-1a */

	for (; *entry && *entry != '='; entry++)
		h = (h ^ (unsigned char)*entry) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ (h >> 32));
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return n == strcspn(b, "=") && memcmp(a, b, n) == 0;
}

/* Return: false when the name was there already */
static bool name_add(struct name_set *set, const char *entry)
{
	size_t i = name_hash(entry) & set->mask;

	for (; set->slot[i]; i = (i + 1) & set->mask)
		if (same_name(set->slot[i], entry))
			return false;
	set->slot[i] = entry;
	return true;
}

/* All entries: the config's, then what the options add. */
static struct strv collect_env(struct planner *pl, const struct oci_process *p)
{
	struct strv all = { arena_newv(pl->a, const char *, p->env.n + 3), 0 };

	for (size_t i = 0; i < p->env.n; i++) {
		const char *entry = p->env.v[i];

		if (strchr(entry, '=') && *entry != '=')
			all.v[all.n++] = entry;
		else
			plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "process.env[%zu]", i),
				 "expected NAME=value, found %s",
				 *entry ? entry : "an empty string");
	}
	if (pl->opt->listen_fds) {
		all.v[all.n++] = arena_fmt(pl->a, "LISTEN_FDS=%u", pl->opt->listen_fds);
		if (pl->opt->joins_container)
			pl->plan->process.needs_listen_pid = true;
		else
			all.v[all.n++] = "LISTEN_PID=1";
	}
	if (pl->opt->notify_socket)
		all.v[all.n++] = "NOTIFY_SOCKET=/run/notify/notify.sock";
	return all;
}

static void plan_env(struct planner *pl, const struct oci_process *p)
{
	struct process_plan *out = &pl->plan->process;
	struct strv all = collect_env(pl, p);
	struct name_set seen = { .mask = 15 };
	size_t kept = all.n;

	while (seen.mask < 2 * all.n)
		seen.mask = 2 * seen.mask + 1;
	seen.slot = arena_newv(pl->a, const char *, seen.mask + 1);
	out->needs_home = true;
	/* From the end, so that the last of equal names is the first seen. */
	for (size_t i = all.n; i-- > 0;) {
		const char *value = str_starts(all.v[i], "HOME=");

		if (!name_add(&seen, all.v[i]) || (value && !*value))
			continue;
		if (value)
			out->needs_home = false;
		if (str_starts(all.v[i], "PATH="))
			out->path_env = all.v[i] + strlen("PATH=");
		all.v[--kept] = all.v[i];
	}
	out->n_env = all.n - kept;
	out->envp = arena_newv(pl->a, const char *, out->n_env + PLAN_SPARE_ENV + 1);
	for (size_t i = 0; i < out->n_env; i++)
		out->envp[i] = all.v[kept + i];
}

/* ---- the rest ---- */

static void plan_terminal(struct planner *pl, const struct oci_process *p)
{
	struct process_plan *out = &pl->plan->process;
	const struct oci_console_size *size = p->console_size;

	out->terminal = p->terminal.v;
	if (!out->terminal || !size)
		return;
	if (size->height > UINT16_MAX || size->width > UINT16_MAX) {
		plan_bad(pl, ERR_RANGE, "process.consoleSize",
			 "a terminal has at most 65535 rows and columns");
		return;
	}
	out->rows = (uint16_t)size->height;
	out->cols = (uint16_t)size->width;
}

void plan_command(struct planner *pl)
{
	const struct oci_process *p = pl->spec->process;
	struct process_plan *out = &pl->plan->process;

	out->new_keyring = !pl->opt->no_new_keyring;
	out->keyring = arena_fmt(pl->a, "_ses.%s", pl->opt->id);
	out->n_fds = pl->opt->listen_fds + pl->opt->preserve_fds;
	if (!p)
		return;              /* said by plan_validate() */
	plan_args(pl, p);
	plan_env(pl, p);
	plan_terminal(pl, p);
}
