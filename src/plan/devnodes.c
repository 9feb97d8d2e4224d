// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * devnodes.c - device nodes and links
 *
 * Spec: config-linux.md, "Devices", "Default Devices" and runtime-linux.md, "Dev symbolic links".
 *
 * Invariants: where /dev is a bind mount, it is not ours and nothing in it is made; a path that a
 * mount has already provided is left alone (a chmod there would reach the host's inode).
 */
#include <sys/stat.h>

#include "plan/internal.h"

static const struct {
	const char *path;
	unsigned major, minor;
} defaults[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const struct {
	const char *path, *target;
	bool replace, need_target;
} links[] = {
	{ "/dev/fd", "/proc/self/fd", false, false },
	{ "/dev/stdin", "/proc/self/fd/0", false, false },
	{ "/dev/stdout", "/proc/self/fd/1", false, false },
	{ "/dev/stderr", "/proc/self/fd/2", false, false },
	{ "/dev/core", "/proc/kcore", false, true },
	{ "/dev/ptmx", "pts/ptmx", true, false },
};

/* The mount whose destination is @path, NULL = none. */
static const struct fs_op *mount_on(const struct planner *pl, const char *path)
{
	const struct fs_op *found = NULL;

	for (size_t i = 0; i < pl->plan->n_fs; i++) {
		const struct fs_op *op = &pl->plan->fs[i];

		if (op->kind <= FS_CGROUP && str_eq(op->dst, path))
			found = op;
	}
	return found;
}

static const struct fs_op *device_at(const struct planner *pl, const char *path)
{
	for (size_t i = 0; i < pl->plan->n_fs; i++)
		if (pl->plan->fs[i].kind == FS_DEVICE && str_eq(pl->plan->fs[i].dst, path))
			return &pl->plan->fs[i];
	return NULL;
}

static bool in_config(const struct planner *pl, const char *path)
{
	for (size_t i = 0; i < pl->lin->devices.n; i++) {
		const char *p = pl->lin->devices.v[i].path;

		if (p && str_eq(path_clean(pl->a, p), path))
			return true;
	}
	return false;
}

static void add_defaults(struct planner *pl)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		struct fs_op *op;

		if (mount_on(pl, defaults[i].path) || in_config(pl, defaults[i].path))
			continue;
		op = fs_add(pl, FS_DEVICE, defaults[i].path, "default device");
		op->device.mode = S_IFCHR | 0666;
		op->device.major = defaults[i].major;
		op->device.minor = defaults[i].minor;
		op->device.bind = pl->in_userns;
		op->device.is_default = true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		struct fs_op *op;

		if (mount_on(pl, links[i].path))
			continue;
		op = fs_add(pl, FS_SYMLINK, links[i].path, "default link");
		op->link.target = links[i].target;
		op->link.replace = links[i].replace;
		op->link.need_target = links[i].need_target;
	}
}

/* Return: S_IFCHR, S_IFBLK, S_IFIFO, or 0 */
static mode_t type_bits(const char *type)
{
	if (!type || !*type || type[1])
		return 0;
	switch (*type) {
	case 'c':
	case 'u':
		return S_IFCHR;
	case 'b':
		return S_IFBLK;
	case 'p':
		return S_IFIFO;
	default:
		return 0;
	}
}

static bool is_default(const char *path, const struct oci_device *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (str_eq(defaults[i].path, path))
			return d->major.v == defaults[i].major && d->minor.v == defaults[i].minor;
	return false;
}

/* Return: whether the device can be planned */
static bool check_device(struct planner *pl, const struct oci_device *d, const char *where)
{
	mode_t type = type_bits(d->type);

	if (!type) {
		plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "%s.type", where),
			 "expected c, b, u or p, found %s", d->type ? d->type : "nothing");
		return false;
	}
	if (!d->path || *d->path != '/') {
		plan_bad(pl, ERR_VALUE, arena_fmt(pl->a, "%s.path", where),
			 "expected an absolute path, found %s", d->path ? d->path : "nothing");
		return false;
	}
	if (type == S_IFIFO)
		return true;
	if (!d->major.set || !d->minor.set) {
		plan_bad(pl, ERR_MISSING, where, "a device of type %s needs major and minor",
			 d->type);
		return false;
	}
	/* linux/kdev_t.h: 12 bits of major, 20 of minor */
	if (d->major.v < 0 || d->major.v > 4095 || d->minor.v < 0 || d->minor.v > 1048575) {
		plan_bad(pl, ERR_RANGE, where, "no such device number: %lld:%lld",
			 (long long)d->major.v, (long long)d->minor.v);
		return false;
	}
	return true;
}

static bool same_device(const struct fs_op *op, mode_t type, unsigned major, unsigned minor)
{
	return (op->device.mode & S_IFMT) == type && op->device.major == major &&
	       op->device.minor == minor;
}

static void warn_twice(struct planner *pl, const struct fs_op *new)
{
	for (size_t i = 0; i + 1 < pl->plan->n_fs; i++) {
		const struct fs_op *op = &pl->plan->fs[i];

		if (op->kind == FS_DEVICE && !op->device.is_default &&
		    same_device(op, new->device.mode &S_IFMT, new->device.major,
				new->device.minor) &&
		    !S_ISFIFO(new->device.mode))
			plan_warn(pl, "%s: the same device as %s", new->where, op->where);
	}
}

static void add_device(struct planner *pl, size_t i, bool own_dev)
{
	const struct oci_device *d = &pl->lin->devices.v[i];
	const char *where = arena_fmt(pl->a, "linux.devices[%zu]", i);
	unsigned major, minor;
	const struct fs_op *old;
	struct fs_op *op;
	const char *path;
	mode_t type;

	if (!check_device(pl, d, where))
		return;
	path = path_clean(pl->a, d->path);
	type = type_bits(d->type);
	major = type == S_IFIFO ? 0 : (unsigned)d->major.v;
	minor = type == S_IFIFO ? 0 : (unsigned)d->minor.v;
	/* /dev/ptmx is always the link into the container's own devpts. */
	if (mount_on(pl, path) || (!own_dev && path_below(path, "/dev")) ||
	    str_eq(path, "/dev/ptmx"))
		return;
	old = device_at(pl, path);
	if (old) {
		if (!same_device(old, type, major, minor))
			plan_bad(pl, ERR_DUPLICATE, arena_fmt(pl->a, "%s.path", where),
				 "%s is another device in %s", path, old->where);
		return;
	}
	op = fs_add(pl, FS_DEVICE, path, where);
	op->device.mode = type | (d->file_mode.set ? d->file_mode.v & 07777 : 0666);
	op->device.major = major;
	op->device.minor = minor;
	op->device.uid = d->uid.v;
	op->device.gid = d->gid.v;
	op->device.bind = pl->in_userns && type != S_IFIFO;
	op->device.is_default = is_default(path, d);
	warn_twice(pl, op);
}

void plan_devices(struct planner *pl)
{
	const struct fs_op *dev = mount_on(pl, "/dev");
	bool own_dev = !dev || dev->kind != FS_BIND;

	if (own_dev)
		add_defaults(pl);
	for (size_t i = 0; i < pl->lin->devices.n; i++)
		add_device(pl, i, own_dev);
}
