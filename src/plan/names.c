// SPDX-License-Identifier: LGPL-2.1-or-later
/* names.c - what the config may be written with, for `features` */
#include "plan/internal.h"

static struct strv namespaces(struct arena *a)
{
	const char **v = arena_newv(a, const char *, NS__MAX);

	for (size_t n = 0; n < NS__MAX; n++) {
		size_t at = n;

		for (; at > 0 && strcmp(v[at - 1], ns_names[n].name) > 0; at--)
			v[at] = v[at - 1];
		v[at] = ns_names[n].name;
	}
	return (struct strv){ v, NS__MAX };
}

static struct strv of_table(struct arena *a, const char *prefix, const struct name_table *table)
{
	const char **v = arena_newv(a, const char *, table->n);

	for (size_t i = 0; i < table->n; i++)
		v[i] = arena_fmt(a, "%s%s", prefix, table->v[i].name);
	return (struct strv){ v, table->n };
}

struct strv plan_names(struct arena *a, enum plan_names kind)
{
	switch (kind) {
	case NAMES_NAMESPACES:
		return namespaces(a);
	case NAMES_CAPABILITIES:
		return of_table(a, "CAP_", &cap_names);
	case NAMES_MOUNT_OPTIONS:
		return mntopt_names(a);
	case NAMES_SECCOMP_ACTIONS:
	case NAMES_SECCOMP_OPERATORS:
	case NAMES_SECCOMP_ARCHS:
	case NAMES_SECCOMP_FLAGS:
		return of_table(a, "", &seccomp_names[kind - NAMES_SECCOMP_ACTIONS]);
	case NAMES_MEMORY_MODES:
	case NAMES_MEMORY_FLAGS:
		return of_table(a, "", &memory_names[kind - NAMES_MEMORY_MODES]);
	case NAMES__MAX:
		break;
	}
	return (struct strv){ 0 };
}
