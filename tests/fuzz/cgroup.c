// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cgroup.c - fuzz entry point: cgroup paths, keys and the texts in which the host tells of cgroups
 *
 * The first line is linux.cgroupsPath, the second a key, and the third its value, in
 * linux.resources.unified; the rest is what the host's files hold.
 *
 * What has to hold: a planned path is absolute, clean, below the root and without ".."; the name of a
 * unit has only what systemd takes; a key of unified is one file; hierarchies have absolute paths.
 */
#include <ctype.h>

#include "apply/cg_text.h"
#include "apply/rdt.h"
#include "host/parse.h"
#include "tests/fuzz/planned.h"

static bool is_clean(const char *path)
{
	size_t len = strlen(path);

	if (*path != '/' || len < 2 || path[len - 1] == '/' || strstr(path, "//") || strstr(path, "/./") ||
	    strstr(path, "/../"))
		return false;
	return !(len > 2 && str_eq(path + len - 2, "/.")) && !(len > 2 && str_eq(path + len - 3, "/.."));
}

static void check_unit(const struct sd_plan *sd)
{
	size_t len = strlen(sd->unit);

	REQUIRE(len > 6 && len <= 255 && str_eq(sd->unit + len - 6, ".scope"));
	for (size_t i = 0; i < len; i++)
		REQUIRE(isalnum((unsigned char)sd->unit[i]) || strchr(":-_.\\@", sd->unit[i]));
	REQUIRE(!strchr(sd->slice, '/') && strlen(sd->slice) > 6);
	REQUIRE(is_clean(sd->path));
}

static void try_path(struct arena *a, const char *path, struct kv *unified)
{
	static const enum cg_manager managers[] = { CG_CGROUPFS, CG_SYSTEMD, CG_DISABLED };
	struct oci_spec *spec = fuzz_spec(a);

	spec->linux_->cgroups_path = path;
	spec->linux_->resources = arena_new(a, struct oci_resources);
	spec->linux_->resources->unified = (struct kvv){ unified, unified->key ? 1 : 0 };
	for (size_t m = 0; m < ARRAY_SIZE(managers); m++)
		for (int h = 0; h < HOST__MAX; h++) {
			const struct plan_options opt = { .id = "c1", .bundle = "/b",
							  .cg_manager = managers[m] };
			const struct plan *plan = fuzz_plan(a, spec, &opt, &fuzz_hosts[h]);

			if (!plan)
				continue;
			if (plan->cgroup.path && managers[m] == CG_CGROUPFS)
				REQUIRE(is_clean(plan->cgroup.path));
			if (plan->cgroup.sd)
				check_unit(plan->cgroup.sd);
			for (size_t i = 0; i < plan->cgroup.n_writes; i++)
				REQUIRE(!strchr(plan->cgroup.writes[i].file, '/') &&
					plan->cgroup.writes[i].file[0] != '.');
			plan_explain(a, plan, &fuzz_hosts[h], false);
		}
}

static void check_hierarchies(const struct facts *f)
{
	REQUIRE(f->cg.n_hier <= CG_HIER_MAX);
	for (size_t i = 0; i < f->cg.n_hier; i++) {
		const struct cg_hier *h = &f->cg.hier[i];

		REQUIRE(h->mount && h->own && *h->own == '/' && h->controllers);
		REQUIRE(!h->v2 || i + 1 == f->cg.n_hier);
	}
}

static void try_host(struct arena *a, const char *text)
{
	struct cg_mount mounts[CG_MOUNT_MAX], guessed[CG_MOUNT_MAX];
	size_t n = parse_cg_mounts(arena_str(a, text), mounts), n_guessed = parse_cg_guess(a, text, guessed);
	struct facts f = { 0 };

	REQUIRE(n <= CG_MOUNT_MAX && n_guessed <= CG_MOUNT_MAX);
	parse_cg_self(a, arena_str(a, text), mounts, n, &f);
	check_hierarchies(&f);
	f = (struct facts){ 0 };
	parse_cg_self(a, arena_str(a, text), guessed, n_guessed, &f);
	check_hierarchies(&f);
	parse_resctrl(arena_str(a, text));
}

/* What is written back must be what was read. */
static void try_devices(struct arena *a, const char *text)
{
	struct cg_devices d, none = { .all = false };
	struct cg_device *changes;
	const char *line;

	if (!cg_devices_read(a, text, &d) || d.all)
		return;
	REQUIRE(cg_devices_diff(a, &d, &d, &changes) == 0);
	for (size_t n = cg_devices_diff(a, &none, &d, &changes), i = 0; i < n; i++) {
		line = cg_device_text(a, &changes[i]);
		REQUIRE(changes[i].allow && (line[0] == 'b' || line[0] == 'c') && line[1] == ' ');
	}
}

static void try_files(struct arena *a, const char *key, const char *value, const char *text)
{
	static const char *const files[] = { "io.max", "memory.oom_control", "blkio.weight_device", "cpu.max" };
	const char *before;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		before = cg_text_before(a, files[i], value, text);
		REQUIRE(!before || !strchr(before, '\n'));
	}
	cg_text_before(a, key, value, text);
	try_devices(a, text);
	REQUIRE(!*value || !rdt_holds("", value) || !strpbrk(value, "=:"));
	rdt_holds(text, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	const char *path, *key, *value, *text;
	struct arena a;

	fuzz_arena(&a);
	path = fuzz_text(&a, &in, '\n');
	key = fuzz_text(&a, &in, '\n');
	value = fuzz_text(&a, &in, '\n');
	text = fuzz_text(&a, &in, '\0');
	value = value ? value : "";
	text = text ? text : "";
	try_path(&a, path, &(struct kv){ key && *key ? key : NULL, value });
	try_host(&a, text);
	try_files(&a, key ? key : "", value, text);
	arena_close(&a);
	return 0;
}

FUZZ_MAIN("cgroup");
