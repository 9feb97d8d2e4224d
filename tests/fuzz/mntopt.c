// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mntopt.c - fuzz entry point: any options of a mount, one a line
 *
 * What has to hold: nothing is set and cleared at once; of the options that are given twice the second
 * time changes nothing; what is data for the file system stands among the options.
 */
#include <sys/mount.h>

#include "tests/fuzz/planned.h"

#define OPTIONS_MAX 64

/* Return: the operation, NULL = refused */
static const struct fs_op *plan_mount(struct arena *a, struct oci_spec *spec, const struct strv *options,
				      const char *type)
{
	struct plan *plan;

	spec->mounts.v = arena_new(a, struct oci_mount);
	spec->mounts.n = 1;
	spec->mounts.v[0] = (struct oci_mount){ .destination = "/mnt/x", .type = type, .source = "/src",
						.options = *options };
	plan = fuzz_plan(a, spec, &fuzz_options, &fuzz_hosts[HOST_V2]);
	for (size_t i = 0; plan && i < plan->n_fs; i++)
		if (str_eq(plan->fs[i].where, "mounts[0]"))
			return &plan->fs[i];
	return NULL;
}

static bool is_option(const struct strv *options, const char *text)
{
	for (size_t i = 0; i < options->n; i++)
		if (strstr(options->v[i], text))
			return true;
	return false;
}

static void check_opts(const struct mount_opts *o, const struct strv *options)
{
	static const unsigned long one_of[] = { 0, MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE };
	bool known = false;

	/* the bits of atime are one value, cleared before it is set */
	REQUIRE(!(o->attr_set & o->attr_clr & ~(uint64_t)MOUNT_ATTR__ATIME));
	REQUIRE(!(o->rec_set & o->rec_clr & ~(uint64_t)MOUNT_ATTR__ATIME));
	REQUIRE(!(o->attr_set & MOUNT_ATTR__ATIME) || (o->attr_clr & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME);
	REQUIRE(!(o->sb_set & o->sb_clr));
	for (size_t i = 0; i < ARRAY_SIZE(one_of); i++)
		known = known || o->propagation == one_of[i];
	REQUIRE(known);
	for (size_t i = 0; i < o->data.n; i++) {
		REQUIRE(is_option(options, o->data.v[i].key));
		REQUIRE(!o->data.v[i].value || is_option(options, o->data.v[i].value));
	}
}

static bool same_flags(const struct mount_opts *x, const struct mount_opts *y)
{
	return x->attr_set == y->attr_set && x->attr_clr == y->attr_clr && x->rec_set == y->rec_set &&
	       x->rec_clr == y->rec_clr && x->sb_set == y->sb_set && x->sb_clr == y->sb_clr &&
	       x->propagation == y->propagation && x->propagation_rec == y->propagation_rec &&
	       x->bind == y->bind && x->bind_rec == y->bind_rec && x->idmap == y->idmap;
}

static void try_type(struct arena *a, const struct strv *options, const char *type)
{
	struct strv twice = { arena_newv(a, const char *, 2 * options->n + 1), 2 * options->n };
	const struct fs_op *once, *again;

	for (size_t i = 0; i < twice.n; i++)
		twice.v[i] = options->v[i % options->n];
	once = plan_mount(a, fuzz_spec(a), options, type);
	again = plan_mount(a, fuzz_spec(a), &twice, type);
	REQUIRE(!once == !again);
	if (!once)
		return;
	REQUIRE(once->kind == FS_MOUNT || once->kind == FS_BIND || once->kind == FS_CGROUP);
	check_opts(&once->mount.opts, options);
	REQUIRE(same_flags(&once->mount.opts, &again->mount.opts));
	REQUIRE(once->mount.uid_map.n == again->mount.uid_map.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "tmpfs", "bind", "cgroup", "overlay" };
	struct fuzz_in in = { data, size };
	struct strv options;
	struct arena a;

	fuzz_arena(&a);
	options = fuzz_lines(&a, &in, OPTIONS_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		try_type(&a, &options, types[i]);
	arena_close(&a);
	return 0;
}

FUZZ_MAIN("mntopt");
