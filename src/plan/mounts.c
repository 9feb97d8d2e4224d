// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mounts.c - the root, the mounts in their order, and what is sealed at the end
 *
 * Spec: config.md, "Root" and "Mounts"; config-linux.md, "Rootfs Mount Propagation", "Masked
 * Paths", "Readonly Paths", "Mount Label".
 *
 * Invariants: every destination is absolute and has no ".."; nothing is mounted on "/", and below
 * /proc only on files that say nothing about security (what else lies there is written to and read
 * from to set the container up); the root, and a tmpfs, become read-only last, when all mount points exist.
 */
#include <sys/mount.h>

#include "plan/internal.h"

struct fs_op *fs_add(struct planner *pl, enum fs_kind kind, const char *dst, const char *where)
{
	struct plan *plan = pl->plan;

	plan->fs = vec_room(pl->a, plan->fs, plan->n_fs, sizeof(*plan->fs));
	plan->fs[plan->n_fs] = (struct fs_op){ .kind = kind, .dst = dst, .where = where };
	return &plan->fs[plan->n_fs++];
}

/* ---- root ---- */

static unsigned long propagation_of(const char *name, bool *ret_rec)
{
	static const struct name_value table[] = {
		{ "private", MS_PRIVATE }, { "shared", MS_SHARED }, { "slave", MS_SLAVE },
		{ "unbindable", MS_UNBINDABLE },
	};
	const struct name_value *row = name_find(table, ARRAY_SIZE(table), name);

	*ret_rec = false;
	if (!row && *name == 'r') {
		row = name_find(table, ARRAY_SIZE(table), name + 1);
		*ret_rec = true;
	}
	return row ? (unsigned long)row->value : 0;
}

static void plan_propagation(struct planner *pl)
{
	struct root_plan *root = &pl->plan->root;
	const char *name = pl->lin->rootfs_propagation;
	unsigned long flag;
	bool rec;

	root->tree_propagation = MS_SLAVE | MS_REC;
	if (!name || !*name)
		return;
	flag = propagation_of(name, &rec);
	if (!flag) {
		plan_bad(
			pl, ERR_VALUE, "linux.rootfsPropagation",
			"expected shared, slave, private, unbindable or one of these with r, found %s",
			name);
		return;
	}
	root->propagation = flag | (rec ? MS_REC : 0);
	/* An unbindable tree could not be bound into the container: it becomes so at the end. */
	root->tree_propagation = (flag == MS_UNBINDABLE ? MS_PRIVATE : flag) | MS_REC;
}

void plan_root(struct planner *pl)
{
	struct root_plan *root = &pl->plan->root;
	const struct oci_hooks *hooks = pl->spec->hooks;

	plan_propagation(pl);
	root->no_pivot = pl->opt->no_pivot;
	root->pivot_late = hooks && (hooks->prestart.n || hooks->create_runtime.n ||
				     hooks->create_container.n);
	if (!pl->spec->root || !pl->spec->root->path || !*pl->spec->root->path)
		return;              /* said by plan_validate() */
	root->readonly = pl->spec->root->readonly.v;
	root->path = pl->spec->root->path;
	if (*root->path != '/')
		root->path = arena_fmt(pl->a, "%s/%s", pl->opt->bundle, root->path);
}

/* ---- mounts ---- */

/* What crun does for a mount without an options list. */
static const struct {
	const char *dst;
	const char *options[8];
} defaults[] = {
	{ "/proc", { "nosuid", "noexec", "nodev" } },
	{ "/dev", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts",
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", { "nosuid", "noexec", "nodev", "ro" } },
};

static struct strv options_of(struct planner *pl, const struct oci_mount *m, const char *dst)
{
	struct strv list = m->options;

	if (list.v || (m->type && str_eq(m->type, "bind")))
		return list;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (str_eq(defaults[i].dst, dst)) {
			list.v = arena_newv(pl->a, const char *, ARRAY_SIZE(defaults[i].options));
			for (; defaults[i].options[list.n]; list.n++)
				list.v[list.n] = defaults[i].options[list.n];
		}
	return list;
}

static enum fs_kind kind_of(const struct oci_mount *m, const struct mount_opts *o)
{
	const char *type = m->type ? m->type : "";

	if (o->remount)
		return FS_MOUNT;
	if (o->bind || str_eq(type, "bind"))
		return FS_BIND;
	if (str_eq(type, "cgroup") || str_eq(type, "cgroup2"))
		return FS_CGROUP;
	return FS_MOUNT;
}

/* Files in /proc that only inform about the machine, so that lxcfs and the like may replace them. */
static bool may_cover_in_proc(const char *dst)
{
	static const char *const files[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/loadavg",
		"/proc/meminfo",
		"/proc/slabinfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/sys/crypto/fips_enabled",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/uptime",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (str_eq(dst, files[i]))
			return true;
	return false;
}

static void check_target(struct planner *pl, const struct fs_op *op, const char *type)
{
	const char *where = arena_fmt(pl->a, "%s.destination", op->where);

	if (op->mount.opts.remount)
		return;
	if (str_eq(op->dst, "/"))
		plan_bad(pl, ERR_MOUNT_TARGET, where,
			 "the destination is the root file system itself, which root.path gives");
	else if (str_eq(op->dst, "/proc")) {
		if (op->kind != FS_BIND && !str_eq(type, "proc"))
			plan_bad(pl, ERR_MOUNT_TARGET, where,
				 "only a proc file system may be mounted on /proc, found type %s",
				 type);
	} else if (path_below(op->dst, "/proc") && !may_cover_in_proc(op->dst)) {
		plan_bad(pl, ERR_MOUNT_TARGET, where, "%s must not be covered by a mount", op->dst);
	}
}

static void plan_bind(struct planner *pl, const struct oci_mount *m, struct fs_op *op)
{
	struct mount_opts *o = &op->mount.opts;

	o->bind = true;
	op->mount.type = NULL;
	o->sb_set = o->sb_clr = 0;       /* the superblock is the host's */
	for (size_t i = 0; i < o->data.n; i++)
		plan_warn(pl, "%s: option %s has no meaning for a bind mount", op->where,
			  o->data.v[i].key);
	o->data = (struct kvv){ 0 };
	if (!m->source || !*m->source)
		plan_bad(pl, ERR_MISSING, arena_fmt(pl->a, "%s.source", op->where),
			 "a bind mount needs a source");
	else if (*m->source != '/')
		op->mount.source = arena_fmt(pl->a, "%s/%s", pl->opt->bundle, m->source);
}

/* uid= and gid= name ids of the container; the fixed gid=5 of devpts is dropped where there is none. */
static void check_id_options(struct planner *pl, struct fs_op *op)
{
	struct kvv *data = &op->mount.opts.data;
	size_t n = 0;

	for (size_t i = 0; i < data->n; i++) {
		struct kv kv = data->v[i];
		bool gid = str_eq(kv.key, "gid");
		const struct id_ranges *map = idmap_known(pl, gid);
		uint32_t id;

		if (pl->in_userns && map && kv.value && (gid || str_eq(kv.key, "uid")) &&
		    parse_u32(kv.value, 0, UINT32_MAX, &id) == 0 && !idmap_has(map, id)) {
			if (gid && id == 5)
				continue;
			plan_bad(pl, ERR_IDMAP, arena_fmt(pl->a, "%s.options", op->where),
				 "%s=%u is not mapped in the container's user namespace", kv.key,
				 id);
		}
		data->v[n++] = kv;
	}
	data->n = n;
}

/*
 * linux.mountLabel, as an option of the file system. Not for those of which the kernel has one that all
 * mounts show, with labels of the host's; mqueue takes no option, and gets its root labelled instead,
 * unless it is another container's or the host's.
 */
static void add_label(struct planner *pl, struct fs_op *op)
{
	static const char *const without[] = { "proc", "sysfs", "cgroup", "cgroup2", "debugfs",
					       "tracefs", "securityfs", "configfs", "pstore",
					       "efivarfs", "fusectl", "selinuxfs" };
	static const char *const given[] = { "context", "fscontext", "defcontext", "rootcontext" };
	const char *option = plan_annotation(pl, "run.oci.mount_context_type");
	struct kvv *data = &op->mount.opts.data;

	if (!pl->plan->mount_label)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		if (str_eq(op->mount.type, without[i]))
			return;
	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		for (size_t k = 0; k < data->n; k++)
			if (str_eq(data->v[k].key, given[i]))
				return;
	if (str_eq(op->mount.type, "mqueue")) {
		if (pl->plan->ns.ns[NS_IPC].mode == NS_NEW)
			op->mount.label = pl->plan->mount_label;
		return;
	}
	data->v = vec_room(pl->a, data->v, data->n, sizeof(struct kv));
	data->v[data->n++] = (struct kv){ option ? option : "context", pl->plan->mount_label };
}

/*
 * What has to be made while the host's mounts are there: devices and the directories of an overlay are
 * paths of the host. A new procfs or sysfs is refused in a user namespace unless one is fully visible in
 * the mount namespace at that moment (mount_too_revealing() in fs/namespace.c). procfs is always early,
 * for what is written through it. Everything else keeps its order in mountinfo, which newer kernels sort
 * by the time of making.
 */
static bool is_early(const struct planner *pl, const struct fs_op *op)
{
	const char *type = op->mount.type, *source = op->mount.source;

	return str_eq(type, "proc") || str_eq(type, "overlay") || (str_eq(type, "sysfs") && pl->in_userns) ||
	       (source[0] == '/' && !str_eq(type, "tmpfs"));
}

static void plan_new_fs(struct planner *pl, struct fs_op *op)
{
	const char *type = op->mount.type;

	if (op->mount.opts.remount)
		return;
	if (!type || !*type) {
		plan_bad(pl, ERR_MISSING, arena_fmt(pl->a, "%s.type", op->where),
			 "a mount that is not a bind mount needs a type");
		return;
	}
	if (!op->mount.source)
		op->mount.source = type;
	check_id_options(pl, op);
	add_label(pl, op);
	op->mount.early = is_early(pl, op);
	/* The kernel lets a user namespace mount sysfs only with a network namespace of its own. */
	op->mount.sysfs_fallback = str_eq(type, "sysfs") && pl->in_userns &&
				   pl->plan->ns.ns[NS_NET].mode != NS_NEW;
}

static void plan_idmapped(struct planner *pl, const struct oci_mount *m, struct fs_op *op)
{
	struct mount_opts *o = &op->mount.opts;

	if ((m->uid_mappings.n > 0) != (m->gid_mappings.n > 0)) {
		plan_bad(pl, ERR_MISSING,
			 arena_fmt(pl->a, "%s.%s", op->where,
				   m->uid_mappings.n ? "gidMappings" : "uidMappings"),
			 "uidMappings and gidMappings of a mount go together");
		return;
	}
	if (m->uid_mappings.n) {
		op->mount.uid_map = idmap_copy(pl->a, m->uid_mappings.v, m->uid_mappings.n);
		op->mount.gid_map = idmap_copy(pl->a, m->gid_mappings.v, m->gid_mappings.n);
		o->idmap = true;
	}
	if (o->idmap && !op->mount.uid_map.n && pl->plan->ns.ns[NS_USER].mode == NS_INHERIT)
		plan_bad(
			pl, ERR_CONFLICT, arena_fmt(pl->a, "%s.options", op->where),
			"idmap needs uidMappings and gidMappings, of the mount or of a user namespace");
}

static void plan_mount(struct planner *pl, size_t i)
{
	const struct oci_mount *m = &pl->spec->mounts.v[i];
	const char *where = arena_fmt(pl->a, "%s[%zu]", pl->mounts, i);
	const char *type = m->type ? m->type : "";
	struct strv options;
	struct fs_op *op;

	if (!m->destination || !*m->destination) {
		plan_bad(pl, ERR_MISSING, arena_fmt(pl->a, "%s.destination", where),
			 "a mount needs a destination");
		return;
	}
	if (*m->destination != '/')
		plan_warn(pl, "%s: relative destination %s is taken from /", where, m->destination);
	op = fs_add(pl, FS_MOUNT, path_clean(pl->a, m->destination), where);
	op->mount.type = m->type;
	op->mount.source = m->source;
	options = options_of(pl, m, op->dst);
	mntopt_parse(pl, &options, where, op);
	op->kind = kind_of(m, &op->mount.opts);
	check_target(pl, op, type);
	plan_idmapped(pl, m, op);
	if (op->kind == FS_BIND)
		plan_bind(pl, m, op);
	else if (op->kind == FS_MOUNT)
		plan_new_fs(pl, op);
	if (op->mount.opts.tmpcopyup && !str_eq(type, "tmpfs"))
		plan_bad(pl, ERR_CONFLICT, arena_fmt(pl->a, "%s.options", where),
			 "tmpcopyup is for tmpfs, found type %s", type);
}

const char *plan_destination(struct arena *a, const char *path)
{
	return path_clean(a, path);
}

void plan_mounts(struct planner *pl)
{
	for (size_t i = 0; i < pl->spec->mounts.n; i++)
		plan_mount(pl, i);
}

/* What may come when the container runs already: nothing else than mounts that can go again. */
void plan_late_mounts(struct planner *pl)
{
	pl->mounts = "";
	plan_mounts(pl);
	for (size_t i = 0; i < pl->plan->n_fs; i++) {
		const struct fs_op *op = &pl->plan->fs[i];

		if (op->kind == FS_CGROUP || (op->kind == FS_MOUNT && op->mount.type &&
					      str_eq(op->mount.type, "proc")))
			plan_bad(pl, ERR_UNSUPPORTED, arena_fmt(pl->a, "%s.type", op->where),
				 "%s is mounted when a container is created, not later",
				 op->kind == FS_CGROUP ? "a cgroup file system" : "a procfs");
		else if (op->mount.opts.remount)
			plan_bad(pl, ERR_CONFLICT, arena_fmt(pl->a, "%s.options", op->where),
				 "remount changes a mount instead of adding one");
		else if (op->mount.opts.copy_symlink)
			plan_bad(pl, ERR_CONFLICT, arena_fmt(pl->a, "%s.options", op->where),
				 "copy-symlink may make a symlink instead of a mount");
	}
}

/* ---- seal ---- */

static void seal_add(struct planner *pl, enum fs_kind kind, const char *dst, const char *where)
{
	struct plan *plan = pl->plan;

	plan->seal = vec_room(pl->a, plan->seal, plan->n_seal, sizeof(*plan->seal));
	plan->seal[plan->n_seal++] = (struct fs_op){ .kind = kind, .dst = dst, .where = where };
}

/* The same again would only lie on top. */
static bool is_sealed(const struct plan *plan, enum fs_kind kind, const char *dst)
{
	for (size_t i = 0; i < plan->n_seal; i++)
		if (plan->seal[i].kind == kind && str_eq(plan->seal[i].dst, dst))
			return true;
	return false;
}

static void seal_paths(struct planner *pl, enum fs_kind kind, const struct strv *list,
		       const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *where = arena_fmt(pl->a, "linux.%s[%zu]", name, i);
		const char *path = path_clean(pl->a, list->v[i]);

		if (*list->v[i] != '/')
			plan_bad(pl, ERR_VALUE, where, "expected an absolute path, found %s",
				 list->v[i]);
		else if (kind == FS_MASK && str_eq(path, "/"))
			plan_bad(pl, ERR_VALUE, where, "the root itself cannot be masked");
		else if (!is_sealed(pl->plan, kind, path))
			seal_add(pl, kind, path, where);
	}
}

/* Is something made in this mount after it, and does dst still lead to it then? */
static bool is_filled(const struct plan *plan, size_t i)
{
	const struct fs_op *op = &plan->fs[i];
	bool filled = str_eq(op->dst, "/dev"); /* the console */

	for (size_t k = i + 1; k < plan->n_fs; k++) {
		if (plan->fs[k].kind != FS_SYMLINK && path_below(op->dst, plan->fs[k].dst))
			return false;
		filled = filled || path_below(plan->fs[k].dst, op->dst);
	}
	return filled;
}

/* A tmpfs has nothing in it: if it is to be read-only, this comes after what is made and mounted in it. */
static void seal_tmpfs(struct planner *pl)
{
	for (size_t i = 0; i < pl->plan->n_fs; i++) {
		struct fs_op *op = &pl->plan->fs[i];
		struct mount_opts *o = &op->mount.opts;

		if (op->kind != FS_MOUNT || o->remount || !op->mount.type || !str_eq(op->mount.type, "tmpfs") ||
		    !(o->attr_set & MOUNT_ATTR_RDONLY) || !is_filled(pl->plan, i))
			continue;
		o->attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		o->sb_set &= ~(unsigned long)MS_RDONLY;
		seal_add(pl, FS_MOUNT_READONLY, op->dst, op->where);
	}
}

void plan_seal(struct planner *pl)
{
	seal_tmpfs(pl);
	seal_paths(pl, FS_READONLY, &pl->lin->readonly_paths, "readonlyPaths");
	seal_paths(pl, FS_MASK, &pl->lin->masked_paths, "maskedPaths");
	if (pl->plan->root.readonly)
		seal_add(pl, FS_ROOT_READONLY, "/", "root.readonly");
}
