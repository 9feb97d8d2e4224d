// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hooks.c - programs to run at points of the lifecycle
 *
 * Spec: config.md, "POSIX-platform Hooks".
 */
#include "plan/internal.h"

static const char **null_terminated(struct arena *a, const struct strv *list)
{
	const char **v = arena_newv(a, const char *, list->n + 1);

	for (size_t i = 0; i < list->n; i++)
		v[i] = list->v[i];
	return v;
}

static void plan_hook(struct planner *pl, const struct oci_hook *h, const char *where,
		      struct hooks_plan *list)
{
	const struct strv path_alone = { (const char *[]){ h->path }, 1 };
	struct hook_plan out = { .path = h->path, .where = where };

	if (!h->path || *h->path != '/') {
		plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "%s.path", where),
			 "expected an absolute path, found %s", h->path ? h->path : "nothing");
		return;
	}
	if (h->timeout.set && (h->timeout.v <= 0 || h->timeout.v > UINT32_MAX / 1000)) {
		plan_bad(pl, ERR_RANGE, arena_fmt(pl->a, "%s.timeout", where),
			 "expected 1 to %u seconds, found %lld", UINT32_MAX / 1000,
			 (long long)h->timeout.v);
		return;
	}
	out.timeout_ms = h->timeout.set ? (unsigned)h->timeout.v * 1000 : 0;
	out.argv = null_terminated(pl->a, h->args.n ? &h->args : &path_alone);
	out.envp = h->env.v ? null_terminated(pl->a, &h->env) : NULL;
	list->v = vec_room(pl->a, list->v, list->n, sizeof(*list->v));
	list->v[list->n++] = out;
}

/* Hooks of later commands use the file as well, which have another working directory. */
static void check_output(struct planner *pl, const char *key)
{
	const char *path = plan_annotation(pl, key);

	if (path && *path != '/')
		plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "annotations.%s", key),
			 "expected an absolute path, found %s", path);
}

void plan_hooks(struct planner *pl)
{
	const struct oci_hooks *h = pl->spec->hooks;
	static const struct oci_hooks none;
	const struct {
		enum hook_kind kind;
		const char *name;
		const struct oci_hook *v;
		size_t n;
	} lists[] = {
#define LIST(kind, name, member) { kind, name, (h ? h : &none)->member.v, (h ? h : &none)->member.n }
		LIST(HOOK_PRESTART, "prestart", prestart),
		LIST(HOOK_CREATE_RUNTIME, "createRuntime", create_runtime),
		LIST(HOOK_CREATE_CONTAINER, "createContainer", create_container),
		LIST(HOOK_START_CONTAINER, "startContainer", start_container),
		LIST(HOOK_POSTSTART, "poststart", poststart),
		LIST(HOOK_POSTSTOP, "poststop", poststop),
#undef LIST
	};

	check_output(pl, "run.oci.hooks.stdout");
	check_output(pl, "run.oci.hooks.stderr");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (size_t j = 0; j < lists[i].n; j++)
			plan_hook(pl, &lists[i].v[j],
				  arena_fmt(pl->a, "hooks.%s[%zu]", lists[i].name, j),
				  &pl->plan->hooks[lists[i].kind]);
}
