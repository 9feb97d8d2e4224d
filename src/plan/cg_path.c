// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_path.c - where in the cgroup hierarchies the container lives
 *
 * Spec: config-linux.md, "Cgroups Path": an absolute path counts from the mount of the hierarchy;
 * for the rest the runtime chooses, but the same value must always mean the same place. Here: for
 * the privileged a relative path is as an absolute one; an unprivileged caller can make cgroups
 * only below its own, so that is what its relative paths count from. Without a path the container
 * gets "taper-ID".
 */
#include "plan/internal.h"

/* Is one component ".."? */
static bool climbs(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.')
			return true;
		if (!path[len])
			return false;
		path += len + 1;
	}
}

/* "slice:prefix:name" is what the systemd manager takes. */
static bool is_systemd_form(const char *path)
{
	const char *first = strchr(path, ':');

	return *path != '/' && !strchr(path, '/') && first && strchr(first + 1, ':');
}

void cg_path_plan(struct planner *pl)
{
	struct cg_plan *cg = &pl->plan->cgroup;
	const char *path = pl->lin->cgroups_path;
	const char *where = "linux.cgroupsPath";

	if (!path || !*path) {
		cg->path = arena_fmt(pl->a, "/taper-%s", pl->opt->id);
		cg->relative_to_own = pl->facts->rootless;
		return;
	}
	cg->path = path_clean(pl->a, path);
	cg->relative_to_own = pl->facts->rootless && *path != '/';
	if (climbs(path))
		plan_bad(pl, ERR_CGROUP, where, "\"..\" is not allowed, found %s", path);
	else if (str_eq(cg->path, "/"))
		plan_bad(pl, ERR_CGROUP, where,
			 "the root of the hierarchy cannot be a container's cgroup");
	else if (is_systemd_form(path) && cg->manager != CG_SYSTEMD)
		plan_bad(pl, ERR_CGROUP, where,
			 "%s is slice:prefix:name, which needs --systemd-cgroup", path);
}
