/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* record.c - the record of a container, and the text of the intent */
#include "state/record.h"

#include <errno.h>

#include "libocispec/decode.h"
#include "libocispec/encode.h"
#include "tests/lib/tap.h"

#define BOOT "8e5d37b9-a2e2-4996-8e8e-463d77fb7583"

static const struct intent sample = {
	.valid = true, .boot_id = BOOT, .owner_pid = 11337, .owner_start = 278105,
	.made_from = "01-z", .cgroup = "/taper/c1",
};

TEST(an_intent_survives_its_text)
{
	struct intent back = { 0 };
	char text[4096];
	int len = intent_format(&sample, text, sizeof(text));

	is_int(len, (int)strlen(text));
	is_int(intent_parse(text, &back), 0);
	ok(back.valid);
	is_str(back.boot_id, BOOT);
	is_int(back.owner_pid, 11337);
	is_int(back.owner_start, 278105);
	is_str(back.made_from, "01-z");
	is_str(back.cgroup, "/taper/c1");
	is_str(back.unit, "");
}

TEST(an_intent_names_the_unit)
{
	struct intent unit = sample, back = { 0 };
	char text[4096], *at;

	unit.bus = 'u';
	strcpy(unit.unit, "taper-c1.scope");
	ok(intent_format(&unit, text, sizeof(text)) > 0);
	has_str(text, " unit=u:taper-c1.scope cg=/taper/c1");
	is_int(intent_parse(text, &back), 0);
	is_int(back.bus, 'u');
	is_str(back.unit, "taper-c1.scope");
	at = strstr(text, "unit=");
	at[5] = 'x';
	is_err(intent_parse(text, &back), EINVAL);
	at[5] = '-';
	is_err(intent_parse(text, &back), EINVAL);
}

TEST(an_intent_without_cgroup_survives)
{
	struct intent none = sample, back = { 0 };
	char text[4096];

	none.made_from[0] = none.cgroup[0] = '\0';
	ok(intent_format(&none, text, sizeof(text)) > 0);
	is_int(intent_parse(text, &back), 0);
	is_str(back.cgroup, "");
	is_str(back.made_from, "");
}

TEST(a_cgroup_path_may_have_blanks)
{
	struct intent odd = sample, back = { 0 };
	char text[4096];

	strcpy(odd.cgroup, "/a b/cg=x");
	ok(intent_format(&odd, text, sizeof(text)) > 0);
	is_int(intent_parse(text, &back), 0);
	is_str(back.cgroup, "/a b/cg=x");
}

TEST(an_intent_that_does_not_fit_is_refused)
{
	char text[32];

	is_err(intent_format(&sample, text, sizeof(text)), ENAMETOOLONG);
}

/* Every cut of a good text, and every byte of it changed, is refused or harmless: never half read. */
TEST(a_damaged_intent_is_refused_or_whole)
{
	char text[4096], cut[4096];
	int len = intent_format(&sample, text, sizeof(text));

	for (int i = 0; i < len; i++) {
		struct intent back = { 0 };

		memcpy(cut, text, (size_t)len + 1);
		cut[i] = '\0';
		if (intent_parse(cut, &back) < 0)
			ok(!back.valid);
		else
			ok(back.cgroup[0] == '/' || !back.cgroup[0]);
		cut[i] = '\x7f';
		memcpy(cut + i + 1, text + i + 1, (size_t)(len - i));
		if (intent_parse(cut, &back) == 0)
			ok(back.owner_pid > 0 && (back.cgroup[0] == '/' || !back.cgroup[0]));
	}
}

TEST(a_record_survives_its_json)
{
	struct record_cgroup group = { true, "/sys/fs/cgroup", "/taper/c1", UINT64_MAX, 3 };
	const char *args[] = { "/bin/true", "x" };
	struct record_hook hook = { "/bin/true", { args, 2 }, { 0 }, 1500, "hooks.poststop[0]" };
	struct kv note = { "org.x", "y" };
	const struct record rec = {
		.version = RECORD_VERSION, .id = "c1", .bundle = "/b", .rootfs = "/b/rootfs",
		.created = "2026-11-24T03:44:00.000000001Z", .uid = 1000, .pid = 77,
		.start_time = UINT64_MAX - 1, .pid_inode = UINT64_MAX, .boot_id = BOOT, .annotations = { &note, 1 },
		.cgroups = { &group, 1 }, .private_pid = true, .poststop = { &hook, 1 },
	};
	struct record back = { 0 };
	struct arena a;
	const char *text;
	size_t len;

	is_int(arena_open(&a, 0), 0);
	text = encode(&a, &record_type, &rec, NULL, &len);
	is_int(decode(&a, &record_type, text, len, &back, NULL), 0);
	is_int(back.start_time, UINT64_MAX - 1);
	is_int(back.pid_inode, UINT64_MAX);
	is_int(back.cgroups.v[0].ino, UINT64_MAX);
	is_int(back.cgroups.v[0].made_from, 3);
	is_str(back.poststop.v[0].where, "hooks.poststop[0]");
	ok(!back.poststop.v[0].env.v);
	is_str(encode(&a, &record_type, &back, NULL, NULL), text);
}

TEST(a_record_of_another_version_is_refused)
{
	static const char text[] = "{\"version\":2,\"id\":\"c1\"}";
	struct err v[8];
	struct problems p = { .v = v, .max = 8 };
	struct record rec;
	struct arena a;

	is_int(arena_open(&a, 0), 0);
	ok(decode(&a, &record_type, text, sizeof(text) - 1, &rec, &p) < 0);
	is_str(v[0].path, "version");
}

TAP_MAIN
