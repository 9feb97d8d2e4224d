// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_delegate.c - which part of its cgroup the container may change itself (v2)
 *
 * Spec: config-linux.md, "Cgroup ownership": with a cgroup namespace of its own and a writable mount of
 * cgroups at /sys/fs/cgroup, the cgroup becomes the property of the user that the process runs as.
 * run.oci.delegate-cgroup names a cgroup below the namespace's root for the processes, so that they can
 * make others beside it and hand controllers on to them; limits stay above.
 *
 * Who may make cgroups inside may want to limit them (a container engine in the container), for which
 * controllers must be there, whether or not this container is limited by them.
 */
#include <sys/mount.h>

#include "plan/internal.h"

/* The user's id outside the container. Return: false = not known */
static bool host_id(const struct planner *pl, uint32_t inside, uint32_t *ret)
{
	const struct id_ranges *map = &pl->plan->idmap.uid;

	*ret = inside;
	if (pl->plan->ns.ns[NS_USER].mode == NS_INHERIT)
		return true;
	for (size_t i = 0; i < map->n; i++)
		if (inside >= map->v[i].inside && inside - map->v[i].inside < map->v[i].count) {
			*ret = map->v[i].outside + (inside - map->v[i].inside);
			return true;
		}
	return false;
}

static bool mounts_it_writable(const struct planner *pl)
{
	for (size_t i = 0; i < pl->plan->n_fs; i++) {
		const struct fs_op *op = &pl->plan->fs[i];

		if (op->kind == FS_CGROUP && str_eq(op->dst, "/sys/fs/cgroup") &&
		    !(op->mount.opts.sb_set & MS_RDONLY) &&
		    !(op->mount.opts.attr_set & MOUNT_ATTR_RDONLY))
			return true;
	}
	return false;
}

static void plan_owner(struct planner *pl)
{
	struct cg_plan *cg = &pl->plan->cgroup;
	uint32_t uid;

	if (pl->plan->ns.ns[NS_CGROUP].mode != NS_NEW || !mounts_it_writable(pl))
		return;
	cg->hand_on = !cg->sd;       /* systemd does so by itself */
	if (!pl->spec->process || !host_id(pl, pl->spec->process->user.uid, &uid))
		return;
	/* Whoever made it owns it already, and an unprivileged caller can give nothing away. */
	if (uid == pl->facts->euid || !pl->facts->privileged || pl->facts->rootless)
		return;
	cg->has_owner = true;
	cg->owner = uid;
}

/* Components that are neither empty, "." or ".." nor a file of the kernel's */
static bool is_below(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (!len || (len == 1 && *path == '.') || (len == 2 && path[0] == '.' && path[1] == '.') ||
		    len > 200 || memchr(path, '\n', len))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

void cg_delegate_plan(struct planner *pl)
{
	const char *name = plan_annotation(pl, "run.oci.delegate-cgroup");

	if (pl->plan->cgroup.manager == CG_DISABLED)
		return;
	if (name && *name && pl->facts->cg.layout != CG_LAYOUT_V2)
		plan_bad(pl, ERR_CGROUP, "annotations.run.oci.delegate-cgroup",
			 "this is for hosts with cgroup v2 alone");
	else if (name && *name && !is_below(name))
		plan_bad(pl, ERR_VALUE, "annotations.run.oci.delegate-cgroup",
			 "expected the path of a cgroup below the container's, found %s", name);
	else if (name && *name)
		pl->plan->cgroup.delegate = name;
	if (pl->facts->cg.layout == CG_LAYOUT_V2)
		plan_owner(pl);
}
