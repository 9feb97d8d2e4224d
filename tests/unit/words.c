// SPDX-License-Identifier: LGPL-2.1-or-later
/* words.c - names of signals, meanings of codes, and the default config */
#include <errno.h>
#include <signal.h>

#include "base/codes.h"
#include "base/str.h"
#include "cmd/default.h"
#include "cmd/meaning.h"
#include "cmd/signals.h"
#include "cmd/size.h"
#include "libocispec/decode.h"
#include "libocispec/encode.h"
#include "tests/lib/tap.h"

TEST(signals_have_many_spellings)
{
	const struct name_value good[] = {
		{ "0", 0 }, { "9", SIGKILL }, { "KILL", SIGKILL }, { "SIGKILL", SIGKILL }, { "kill", SIGKILL },
		{ "SigKill", SIGKILL }, { "1", 1 }, { "64", 64 }, { "RTMIN", SIGRTMIN },
		{ "RTMIN+3", SIGRTMIN + 3 }, { "SIGRTMIN+3", SIGRTMIN + 3 }, { "SIGRTMAX", SIGRTMAX },
		{ "SIGRTMAX-1", SIGRTMAX - 1 }, { "rtmax-30", SIGRTMAX - 30 }, { "IOT", SIGABRT },
		{ "CLD", SIGCHLD }, { "POLL", SIGIO }, { "VTALRM", SIGVTALRM }, { "015", SIGTERM },
	};
	static const char *const bad[] = {
		"", "65", "-9", "SIG", "SIGSIG", "KIL", "KILLX", "RTMIN-1", "RTMAX+1", "RTMIN+31",
		"RTMIN+", "RTMAX-31", "9 ", "0x9", "SIG9", "a very long name of a signal that is none",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!is_int(signal_parse(good[i].name), good[i].value))
			printf("# %s\n", good[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!is_err(signal_parse(bad[i]), EINVAL))
			printf("# %s\n", bad[i]);
}

TEST(sizes)
{
	const struct name_value good[] = {
		{ "0", 0 }, { "512", 512 }, { "512b", 512 }, { "64m", 64 << 20 }, { "64M", 64 << 20 },
		{ "1GiB", 1 << 30 }, { "10kb", 10240 }, { "8191p", 8191LL << 50 }, { "-1", -1 },
		{ "9223372036854775807", INT64_MAX },
	};
	static const char *const bad[] = {
		"", "-", "-0", "-2", "-1m", "-0m", "m", "1bb", "1 m", "1mm", "1x", "0x10", "1.5g", "+1",
		"8192p", "9223372036854775808", "99999999999999999999999999999",
	};
	int64_t v = 7;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!is_int(parse_size(good[i].name, &v), 0) || !is_int(v, good[i].value))
			printf("# %s\n", good[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		v = 7;
		if (!ok(parse_size(bad[i], &v) < 0) || !is_int(v, 7))
			printf("# %s\n", bad[i]);
	}
}

TEST(all_signals_of_libc_have_names)
{
	for (int n = 1; n < 32; n++) {
		const char *name = sigabbrev_np(n);

		if (name && !is_int(signal_parse(name), n))
			printf("# %s\n", name);
	}
}

TEST(every_code_has_a_meaning)
{
	for (unsigned id = 1; id < ERR__END; id++) {
		char with_prefix[32];

		if (str_eq(code_name(id), "SYS-000"))
			continue;
		snprintf(with_prefix, sizeof(with_prefix), "taper-%s", code_name(id));
		if (!ok(code_meaning(id) != NULL) || !is_int(code_find(code_name(id)), id) ||
		    !is_int(code_find(with_prefix), id))
			printf("# id %u, %s\n", id, code_name(id));
	}
}

TEST(no_code_no_meaning)
{
	is_int(code_find("XYZ-001"), 0);
	is_int(code_find("SYS-000"), 0);
	is_int(code_find(""), 0);
	is_int(code_find("TAPER-"), 0);
	ok(!code_meaning(0));
	ok(!code_meaning(ERR__END));
}

static bool has_namespace(const struct oci_spec *spec, const char *type)
{
	for (size_t i = 0; i < spec->linux_->namespaces.n; i++)
		if (str_eq(spec->linux_->namespaces.v[i].type, type))
			return true;
	return false;
}

static const struct oci_mount *mount_at(const struct oci_spec *spec, const char *path)
{
	for (size_t i = 0; i < spec->mounts.n; i++)
		if (str_eq(spec->mounts.v[i].destination, path))
			return &spec->mounts.v[i];
	return NULL;
}

/* Through text, as `spec` and a later `create` do. */
static void read_back(struct arena *a, bool rootless, struct oci_spec *ret)
{
	const struct default_options opt = { .rootless = rootless, .uid = 1000, .gid = 100 };
	struct err found[8];
	struct problems p = { .v = found, .max = 8 };
	size_t len;
	char *text = encode(a, &oci_spec_type, default_spec(a, &opt), "\t", &len);

	if (!is_int(decode(a, &oci_spec_type, text, len, ret, &p), 0))
		printf("# %s: %s\n", found[0].path, found[0].text);
	has_str(text, "\n\t\"ociVersion\": \"1.0.2\"");
}

TEST(default_is_a_config)
{
	struct arena a;
	struct oci_spec spec;

	is_int(arena_open(&a, 0), 0);
	read_back(&a, false, &spec);
	is_str(spec.root->path, "rootfs");
	ok(spec.root->readonly.v);
	ok(spec.process->terminal.v);
	ok(spec.process->no_new_privileges.v);
	is_str(spec.process->args.v[0], "sh");
	is_int(spec.process->args.n, 1);
	is_int(spec.process->capabilities->bounding.n, 3);
	is_int(spec.process->rlimits.v[0].soft, 1024);
	is_int(spec.mounts.n, 7);
	ok(has_namespace(&spec, "network"));
	ok(!has_namespace(&spec, "user"));
	ok(!spec.linux_->resources->devices.v[0].allow);
	is_int(spec.linux_->uid_mappings.n, 0);
	is_str(spec.hostname, "taper");
}

TEST(default_for_an_unprivileged_user)
{
	struct arena a;
	struct oci_spec spec;
	const struct oci_mount *pts, *sys;

	is_int(arena_open(&a, 0), 0);
	read_back(&a, true, &spec);
	ok(!has_namespace(&spec, "network"));
	ok(has_namespace(&spec, "user"));
	ok(spec.linux_->resources == NULL);
	is_int(spec.linux_->uid_mappings.v[0].host_id, 1000);
	is_int(spec.linux_->gid_mappings.v[0].host_id, 100);
	is_int(spec.linux_->gid_mappings.v[0].size, 1);
	pts = mount_at(&spec, "/dev/pts");
	for (size_t i = 0; i < pts->options.n; i++)
		ok(!str_starts(pts->options.v[i], "gid="));
	sys = mount_at(&spec, "/sys");
	is_str(sys->source, "/sys");
	is_str(sys->options.v[0], "rbind");
	is_int(spec.mounts.n, 7);
}

TAP_MAIN
