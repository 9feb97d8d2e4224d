// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_idmap.c - id maps and who writes them */
#include "plan_fixture.h"

static void with_userns(struct fixture *f)
{
	fix_init(f);
	LIST(f->lin.namespaces, { "mount", NULL }, { "user", NULL });
	LIST(f->lin.uid_mappings, { 0, 100000, 65536 });
	LIST(f->lin.gid_mappings, { 0, 200000, 65536 });
}

TEST(root_writes_any_map)
{
	struct fixture f;

	with_userns(&f);
	is_int(plan_it(&f), 0);
	check_line(&f, "idmap-writer by=taper");
	check_line(&f, "idmap uid inside=0 outside=100000 count=65536");
	check_line(&f, "idmap gid inside=0 outside=200000 count=65536");
}

TEST(ids_must_exist_in_the_outer_namespace)
{
	static const struct id_range outer[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };
	struct fixture f;

	with_userns(&f);
	f.facts.init_userns = false;
	f.facts.uid_map = f.facts.gid_map = (struct id_ranges){ outer, 2 };
	check_problem(&f, "linux.uidMappings[0]", "do not all exist");
	LIST(f.lin.uid_mappings, { 0, 0, 65537 });
	LIST(f.lin.gid_mappings, { 0, 1, 65536 });
	is_int(plan_it(&f), 0);
}

TEST(own_id_needs_no_helper)
{
	struct fixture f;

	with_userns(&f);
	fix_unprivileged(&f);
	LIST(f.lin.uid_mappings, { 0, 1000, 1 });
	LIST(f.lin.gid_mappings, { 0, 1000, 1 });
	is_int(plan_it(&f), 0);
	check_line(&f, "idmap-writer by=taper deny-setgroups");
}

TEST(granted_ranges_need_the_helpers)
{
	struct fixture f;

	with_userns(&f);
	fix_unprivileged(&f);
	LIST(f.lin.uid_mappings, { 0, 1000, 1 }, { 1, 100000, 65536 });
	LIST(f.lin.gid_mappings, { 0, 1000, 1 }, { 1, 100000, 65536 });
	is_int(plan_it(&f), 0);
	check_line(
		&f,
		"idmap-writer by=newuidmap newuidmap=/usr/bin/newuidmap newgidmap=/usr/bin/newgidmap");
	LIST(f.lin.uid_mappings, { 0, 1000, 1 }, { 1, 100000, 65537 });
	check_problem(&f, "linux.uidMappings[1]", "not granted to alice in /etc/subuid");
	f.facts.newuidmap = NULL;
	check_problem(&f, "linux.uidMappings", "needs newuidmap");
}

TEST(automatic_maps)
{
	struct fixture f;

	fix_init(&f);
	fix_unprivileged(&f);
	is_int(plan_it(&f), 0);
	check_line(&f, "idmap uid inside=0 outside=1000 count=1");
	check_line(&f, "idmap uid inside=1 outside=100000 count=65536");
	check_line(&f, "idmap gid inside=1 outside=100000 count=65536");
	f.facts.newgidmap = NULL;
	check_warning(&f, "newuidmap and newgidmap are not installed");
	check_line(&f, "idmap-writer by=taper deny-setgroups");
	ok(!strstr(f.text, "inside=1"));
}

TEST(automatic_maps_leave_out_what_the_kernel_refuses)
{
	static const struct id_range twice[] = {
		{ 0, 100000, 65536 }, { 0, 100000, 65536 }, { 0, 165535, 10 }, { 0, 990, 20 },
		{ 0, UINT32_MAX, 2 }, { 0, 200000, 5 },
	};
	struct fixture f;

	fix_init(&f);
	fix_unprivileged(&f);
	f.facts.subuid = f.facts.subgid = (struct id_ranges){ twice, ARRAY_SIZE(twice) };
	LIST(f.lin.namespaces, { "mount", NULL }, { "user", NULL });
	is_int(plan_it(&f), 0);
	is_int(f.plan->idmap.uid.n, 3);
	is_int(f.plan->idmap.uid.v[1].outside, 100000);
	is_int(f.plan->idmap.uid.v[2].outside, 200000);
	is_int(f.plan->idmap.uid.v[2].inside, 65537);
}

TEST(mappings_go_together)
{
	struct fixture f;

	with_userns(&f);
	f.lin.gid_mappings.n = 0;
	check_problem(&f, "linux.gidMappings", "go together");
	f.lin.uid_mappings.n = 0;
	check_problem(&f, "linux.uidMappings", "needs uidMappings and gidMappings");
}

TEST(mappings_without_namespace)
{
	struct fixture f;

	with_userns(&f);
	LIST(f.lin.namespaces, { "mount", NULL });
	check_problem(&f, "linux.uidMappings", "need a user namespace");
}

TEST(broken_ranges)
{
	struct fixture f;

	with_userns(&f);
	LIST(f.lin.uid_mappings, { 0, 0, 0 }, { 10, 10, 10 }, { 19, 100, 1 }, { 30, 15, 2 },
	     { 4294967290, 500, 10 });
	check_problem(&f, "linux.uidMappings[0]", "size must not be 0");
	check_problem(&f, "linux.uidMappings[2]", "overlaps with linux.uidMappings[1]");
	check_problem(&f, "linux.uidMappings[3]", "overlaps with linux.uidMappings[1]");
	check_problem(&f, "linux.uidMappings[4]", "ends above 4294967294");
}

TEST(too_many_lines)
{
	static struct oci_id_mapping many[341];
	struct fixture f;

	with_userns(&f);
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct oci_id_mapping){ i, i, 1 };
	f.lin.uid_mappings.v = many;
	f.lin.uid_mappings.n = 341;
	check_problem(&f, "linux.uidMappings", "at most 340 lines");
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct oci_id_mapping){ 1000000000 + i, 2000000000 + i, 1 };
	f.lin.uid_mappings.n = 300;
	check_problem(&f, "linux.uidMappings", "bytes");
}

TEST(joined_user_namespace_keeps_maps_for_information)
{
	struct fixture f;

	with_userns(&f);
	LIST(f.lin.namespaces, { "mount", NULL }, { "user", "/proc/9/ns/user" });
	is_int(plan_it(&f), 0);
	ok(!strstr(f.text, "idmap-writer"));
	is_int(f.plan->idmap.uid.n, 1);
	f.process.user.uid = 70000;
	check_problem(&f, "process.user.uid", "not mapped");
}

TAP_MAIN
