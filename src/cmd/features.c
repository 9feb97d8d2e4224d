// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * features.c - what this build of taper understands and can do
 *
 * Spec: features.md, features-linux.md. Nothing here depends on the host, its configuration or the caller's
 * rights, but for supportedFlags of seccomp, which the spec defines by the running kernel.
 */
#include "libocispec/features.h"

#include <ctype.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/sys.h"
#include "cmd/app.h"
#include "commit.h"
#include "config.h"
#include "libocispec/encode.h"

#define WORDS(...) { (const char *[]){ __VA_ARGS__ }, ARRAY_SIZE(((const char *[]){ __VA_ARGS__ })) }

static struct oci_feature yes = { .enabled = { true, true } };

/* Only names that the linked libseccomp knows can be used. */
static struct strv architectures(struct arena *a)
{
	struct strv all = plan_names(a, NAMES_SECCOMP_ARCHS);
	size_t n = 0;

	for (size_t i = 0; i < all.n; i++) {
		char name[32] = "";
		const char *short_name = str_starts(all.v[i], "SCMP_ARCH_");

		for (size_t k = 0; short_name && short_name[k] && k + 1 < sizeof(name); k++)
			name[k] = (char)tolower((unsigned char)short_name[k]);
		if (seccomp_arch_resolve_name(name))
			all.v[n++] = all.v[i];
	}
	all.n = n;
	return all;
}

/* A kernel that knows the flags goes on to look at the program, and finds none (seccomp(2)). */
static bool kernel_takes(uint32_t flags)
{
	return sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

static struct strv supported_flags(struct arena *a, const struct strv *known)
{
	struct strv list = { arena_newv(a, const char *, known->n), 0 };

	for (size_t i = 0; i < known->n; i++) {
		uint32_t flag = plan_seccomp_flag(known->v[i]);

		/* WAIT_KILLABLE_RECV goes with a listener only */
		if (kernel_takes(flag) || kernel_takes(flag | SECCOMP_FILTER_FLAG_NEW_LISTENER))
			list.v[list.n++] = known->v[i];
	}
	return list;
}

static struct oci_features_seccomp *seccomp_features(struct arena *a)
{
	struct oci_features_seccomp *s = arena_new(a, struct oci_features_seccomp);

	*s = (struct oci_features_seccomp){
		.enabled = { true, true },
		.actions = plan_names(a, NAMES_SECCOMP_ACTIONS),
		.operators = plan_names(a, NAMES_SECCOMP_OPERATORS),
		.archs = architectures(a),
		.known_flags = plan_names(a, NAMES_SECCOMP_FLAGS),
	};
	s->supported_flags = supported_flags(a, &s->known_flags);
	return s;
}

static struct oci_features_linux *linux_features(struct arena *a)
{
	static struct oci_features_cgroup cgroup = {
		.v1 = { true, true },
		.v2 = { true, true },
		.systemd = { true, true },
		.systemd_user = { true, true },
		.rdma = { true, true },
	};
	static struct oci_features_rdt rdt = {
		.enabled = { true, true },
		.schemata = { true, true },
		.monitoring = { true, true },
	};
	static struct oci_features_mounts mounts = { .idmap = &yes };
	struct oci_features_memory_policy *memory = arena_new(a, struct oci_features_memory_policy);
	struct oci_features_linux *l = arena_new(a, struct oci_features_linux);

	memory->modes = plan_names(a, NAMES_MEMORY_MODES);
	memory->flags = plan_names(a, NAMES_MEMORY_FLAGS);
	*l = (struct oci_features_linux){
		.namespaces = plan_names(a, NAMES_NAMESPACES),
		.capabilities = plan_names(a, NAMES_CAPABILITIES),
		.cgroup = &cgroup,
		.seccomp = seccomp_features(a),
		.apparmor = &yes,
		.selinux = &yes,
		.intel_rdt = &rdt,
		.memory_policy = memory,
		.mount_extensions = &mounts,
		.net_devices = &yes,
	};
	return l;
}

/* The keys are those that engines look for, or begin like those of other runtimes. */
static struct kvv annotations(struct arena *a)
{
	const struct scmp_version *v = seccomp_version();
	const struct kv list[] = {
		{ "io.github.seccomp.libseccomp.version",
		  arena_fmt(a, "%u.%u.%u", v->major, v->minor, v->micro) },
		{ "org.opencontainers.runc.checkpoint.enabled", "true" },
		{ "run.oci.checkpoint.enabled", "true" },
		{ "run.oci.taper.commit", TAPER_COMMIT },
		{ "run.oci.taper.version", PACKAGE_VERSION },
	};
	struct kv *copy = arena_newv(a, struct kv, ARRAY_SIZE(list));

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		copy[i] = list[i];
	return (struct kvv){ copy, ARRAY_SIZE(list) };
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	struct arena *a = &app->arena;
	const struct oci_features f = {
		.oci_version_min = "1.0.0",
		.oci_version_max = OCI_VERSION,
		.hooks = WORDS("prestart", "createRuntime", "createContainer", "startContainer",
			       "poststart", "poststop"),
		.mount_options = plan_names(a, NAMES_MOUNT_OPTIONS),
		.linux_ = linux_features(a),
		.annotations = annotations(a),
		.potentially_unsafe_config_annotations =
			WORDS("run.oci.", "org.systemd.property.", "org.criu.config", "org.criu.",
			      "module.wasm.image/variant", "io.kubernetes.cri.container-type",
			      "krun."),
	};

	(void)options;
	(void)words;
	return app_print(encode(a, &oci_features_type, &f, "    ", NULL), e);
}

const struct cli_command cmd_features = {
	.name = "features",
	.args = "",
	.help = "print what taper understands and can do, as JSON",
	.run = run,
};
