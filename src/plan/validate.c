// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * validate.c - rules between properties, as a table of predicates
 *
 * What concerns one section alone is checked by that section's planner.
 */
#include "plan/internal.h"

struct rule {
	bool (*broken)(const struct planner *pl);
	unsigned id;
	const char *where;
	const char *text;
};

static bool has_ns(const struct planner *pl, const char *type)
{
	for (size_t i = 0; i < pl->lin->namespaces.n; i++)
		if (pl->lin->namespaces.v[i].type && str_eq(pl->lin->namespaces.v[i].type, type))
			return true;
	return false;
}

static bool no_root(const struct planner *pl)
{
	return !pl->spec->root || !pl->spec->root->path || !*pl->spec->root->path;
}

static bool no_process(const struct planner *pl)
{
	return !pl->spec->process;
}

static bool no_args(const struct planner *pl)
{
	return pl->spec->process && !pl->spec->process->args.n;
}

static bool no_cwd(const struct planner *pl)
{
	return pl->spec->process && (!pl->spec->process->cwd || !*pl->spec->process->cwd);
}

static bool terminal(const struct planner *pl)
{
	return pl->spec->process && pl->spec->process->terminal.v;
}

static bool terminal_without_receiver(const struct planner *pl)
{
	return terminal(pl) && pl->opt->detach && !pl->opt->has_console_socket;
}

static bool receiver_without_terminal(const struct planner *pl)
{
	return pl->spec->process && !terminal(pl) && pl->opt->has_console_socket;
}

static bool no_mount_ns(const struct planner *pl)
{
	return !has_ns(pl, "mount");
}

static bool hostname_without_uts(const struct planner *pl)
{
	return pl->spec->hostname && *pl->spec->hostname && !has_ns(pl, "uts");
}

static bool domainname_without_uts(const struct planner *pl)
{
	return pl->spec->domainname && *pl->spec->domainname && !has_ns(pl, "uts");
}

static bool long_hostname(const struct planner *pl)
{
	return pl->spec->hostname && strlen(pl->spec->hostname) > 64;
}

static bool long_domainname(const struct planner *pl)
{
	return pl->spec->domainname && strlen(pl->spec->domainname) > 64;
}

static bool uids_without_userns(const struct planner *pl)
{
	return pl->lin->uid_mappings.n && !has_ns(pl, "user");
}

static bool gids_without_userns(const struct planner *pl)
{
	return pl->lin->gid_mappings.n && !has_ns(pl, "user");
}

static bool metadata_without_listener(const struct planner *pl)
{
	const struct oci_seccomp *s = pl->lin->seccomp;

	return s && s->listener_metadata && *s->listener_metadata &&
	       !(s->listener_path && *s->listener_path);
}

static bool has_empty_annotation(const struct planner *pl)
{
	for (size_t i = 0; i < pl->spec->annotations.n; i++)
		if (!*pl->spec->annotations.v[i].key)
			return true;
	return false;
}

static const struct rule rules[] = {
	/* config.md, "Root" */
	{ no_root, ERR_MISSING, "root.path", "the root file system is not named" },
	/* config.md, "Process": could come as late as start, but nobody gains by that */
	{ no_process, ERR_MISSING, "process", "a container without a process cannot be created" },
	{ no_args, ERR_MISSING, "process.args", "at least the name of the program is needed" },
	{ no_cwd, ERR_MISSING, "process.cwd", "the working directory is not named" },
	{ terminal_without_receiver, ERR_CONSOLE, "process.terminal",
	  "a detached container with a terminal needs a console socket" },
	{ receiver_without_terminal, ERR_CONSOLE, "process.terminal",
	  "a console socket was given, but the process has no terminal" },
	/* config.md, "Hostname", "Domainname" */
	{ hostname_without_uts, ERR_CONFLICT, "hostname",
	  "would change the host's name: it needs a uts namespace in linux.namespaces" },
	{ domainname_without_uts, ERR_CONFLICT, "domainname",
	  "would change the host's name: it needs a uts namespace in linux.namespaces" },
	{ long_hostname, ERR_RANGE, "hostname", "the kernel takes at most 64 bytes" },
	{ long_domainname, ERR_RANGE, "domainname", "the kernel takes at most 64 bytes" },
	/* config.md, "Annotations" */
	{ has_empty_annotation, ERR_VALUE, "annotations", "a key must not be empty" },
	/* config-linux.md, "Namespaces" */
	{ no_mount_ns, ERR_NS, "linux.namespaces",
	  "without a mount namespace every mount would change the host: add {\"type\": \"mount\"}" },
	/* config-linux.md, "User namespace mappings" */
	{ uids_without_userns, ERR_CONFLICT, "linux.uidMappings",
	  "mappings need a user namespace in linux.namespaces" },
	{ gids_without_userns, ERR_CONFLICT, "linux.gidMappings",
	  "mappings need a user namespace in linux.namespaces" },
	/* config-linux.md, "Seccomp" */
	{ metadata_without_listener, ERR_CONFLICT, "linux.seccomp.listenerMetadata",
	  "listenerMetadata needs listenerPath" },
};

/* @prefix: of the places that matter */
static void check(struct planner *pl, const char *prefix)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (str_starts(rules[i].where, prefix) && rules[i].broken(pl))
			plan_bad(pl, rules[i].id, rules[i].where, "%s", rules[i].text);
}

void plan_validate(struct planner *pl)
{
	check(pl, "");
}

void plan_validate_exec(struct planner *pl)
{
	check(pl, "process.");
}
