// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * default.c - the config.json that `spec` writes
 *
 * The tables are what users know from other runtimes, so that a config made here runs there too. That
 * is also why ociVersion is 1.0.2: nothing newer is used, and the runtimes of current distributions
 * refuse configs that say more than they know.
 */
#include "cmd/default.h"

#include "base/str.h"

#define DEFAULT_VERSION "1.0.2"

#define STRV(...) { .v = (const char *[]){ __VA_ARGS__ }, \
		    .n = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *) }

/* Both are copied into the arena: what default_spec() returns may be changed by its caller. */
static const struct oci_mount mounts[] = {
	{ .destination = "/proc", .type = "proc", .source = "proc" },
	{ .destination = "/dev", .type = "tmpfs", .source = "tmpfs",
	  .options = STRV("nosuid", "strictatime", "mode=755", "size=65536k") },
	{ .destination = "/dev/pts", .type = "devpts", .source = "devpts",
	  .options = STRV("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5") },
	{ .destination = "/dev/shm", .type = "tmpfs", .source = "shm",
	  .options = STRV("nosuid", "noexec", "nodev", "mode=1777", "size=65536k") },
	{ .destination = "/dev/mqueue", .type = "mqueue", .source = "mqueue",
	  .options = STRV("nosuid", "noexec", "nodev") },
	{ .destination = "/sys", .type = "sysfs", .source = "sysfs",
	  .options = STRV("nosuid", "noexec", "nodev", "ro") },
	{ .destination = "/sys/fs/cgroup", .type = "cgroup", .source = "cgroup",
	  .options = STRV("nosuid", "noexec", "nodev", "relatime", "ro") },
};

/* What differs for a user without privileges: gid 5 is not mapped, and sysfs belongs to whoever owns
 * the network namespace, which is the host's here. */
static const struct oci_mount rootless_mounts[] = {
	{ .destination = "/dev/pts", .type = "devpts", .source = "devpts",
	  .options = STRV("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620") },
	{ .destination = "/sys", .type = "none", .source = "/sys",
	  .options = STRV("rbind", "nosuid", "noexec", "nodev", "ro") },
};

static const char *const namespaces[] = { "pid", "network", "ipc", "uts", "mount", "cgroup" };
static const char *const rootless_namespaces[] = { "pid", "ipc", "uts", "mount", "cgroup", "user" };

static const char *args[] = { "sh" };
static const char *env[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"TERM=xterm",
};
static const char *capabilities[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" };

static const char *masked_paths[] = {
	"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
	"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
	"/proc/dynamic_debug",
};
static const char *readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

#define STRV_OF(array) ((struct strv){ .v = (array), .n = ARRAY_SIZE(array) })

static struct oci_process *default_process(struct arena *a)
{
	struct oci_process *p = arena_new(a, struct oci_process);

	p->terminal = (struct opt_bool){ true, true };
	p->args = STRV_OF(args);
	p->env = STRV_OF(env);
	p->cwd = "/";
	p->capabilities = arena_new(a, struct oci_capabilities);
	p->capabilities->bounding = STRV_OF(capabilities);
	p->capabilities->effective = STRV_OF(capabilities);
	p->capabilities->permitted = STRV_OF(capabilities);
	p->rlimits.v = arena_newv(a, struct oci_rlimit, 1);
	p->rlimits.v[0] = (struct oci_rlimit){ .type = "RLIMIT_NOFILE", .soft = 1024, .hard = 1024 };
	p->rlimits.n = 1;
	p->no_new_privileges = (struct opt_bool){ true, true };
	return p;
}

static void set_mounts(struct arena *a, struct oci_spec *spec, bool rootless)
{
	spec->mounts.n = ARRAY_SIZE(mounts);
	spec->mounts.v = arena_newv(a, struct oci_mount, ARRAY_SIZE(mounts));
	memcpy(spec->mounts.v, mounts, sizeof(mounts));
	if (!rootless)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		for (size_t k = 0; k < ARRAY_SIZE(rootless_mounts); k++)
			if (str_eq(mounts[i].destination, rootless_mounts[k].destination))
				spec->mounts.v[i] = rootless_mounts[k];
}

static void set_namespaces(struct arena *a, struct oci_linux *lx, bool rootless)
{
	const char *const *types = rootless ? rootless_namespaces : namespaces;

	lx->namespaces.n = rootless ? ARRAY_SIZE(rootless_namespaces) : ARRAY_SIZE(namespaces);
	lx->namespaces.v = arena_newv(a, struct oci_namespace, lx->namespaces.n);
	for (size_t i = 0; i < lx->namespaces.n; i++)
		lx->namespaces.v[i].type = types[i];
}

/* No device but those that every container gets: rules of a user namespace cannot be loaded */
static struct oci_resources *deny_devices(struct arena *a)
{
	struct oci_resources *r = arena_new(a, struct oci_resources);

	r->devices.v = arena_newv(a, struct oci_device_cgroup, 1);
	r->devices.v[0] = (struct oci_device_cgroup){ .allow = false, .access = "rwm" };
	r->devices.n = 1;
	return r;
}

static struct oci_id_mapping *one_id(struct arena *a, uint32_t host_id)
{
	struct oci_id_mapping *m = arena_new(a, struct oci_id_mapping);

	*m = (struct oci_id_mapping){ .container_id = 0, .host_id = host_id, .size = 1 };
	return m;
}

static struct oci_linux *default_linux(struct arena *a, const struct default_options *opt)
{
	struct oci_linux *lx = arena_new(a, struct oci_linux);

	if (opt->rootless) {
		lx->uid_mappings.v = one_id(a, opt->uid);
		lx->gid_mappings.v = one_id(a, opt->gid);
		lx->uid_mappings.n = lx->gid_mappings.n = 1;
	} else {
		lx->resources = deny_devices(a);
	}
	set_namespaces(a, lx, opt->rootless);
	lx->masked_paths = STRV_OF(masked_paths);
	lx->readonly_paths = STRV_OF(readonly_paths);
	return lx;
}

struct oci_spec *default_spec(struct arena *a, const struct default_options *opt)
{
	struct oci_spec *spec = arena_new(a, struct oci_spec);

	spec->oci_version = DEFAULT_VERSION;
	spec->root = arena_new(a, struct oci_root);
	*spec->root = (struct oci_root){ .path = "rootfs", .readonly = { true, true } };
	spec->process = default_process(a);
	spec->hostname = "taper";
	set_mounts(a, spec, opt->rootless);
	spec->linux_ = default_linux(a, opt);
	return spec;
}
