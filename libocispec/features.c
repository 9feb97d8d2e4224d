// SPDX-License-Identifier: LGPL-2.1-or-later
/* features.c - rows of the features document */
#include "features.h"

#include "schema.h"

static const struct field feature_rows[] = {
	F(struct oci_feature, enabled, "enabled"),
};
static const struct schema_type feature_type = SCHEMA(struct oci_feature, feature_rows);

static const struct field cgroup_rows[] = {
	F(struct oci_features_cgroup, v1, "v1"),
	F(struct oci_features_cgroup, v2, "v2"),
	F(struct oci_features_cgroup, systemd, "systemd"),
	F(struct oci_features_cgroup, systemd_user, "systemdUser"),
	F(struct oci_features_cgroup, rdma, "rdma"),
};
static const struct schema_type cgroup_type = SCHEMA(struct oci_features_cgroup, cgroup_rows);

static const struct field seccomp_rows[] = {
	F(struct oci_features_seccomp, enabled, "enabled"),
	F(struct oci_features_seccomp, actions, "actions"),
	F(struct oci_features_seccomp, operators, "operators"),
	F(struct oci_features_seccomp, archs, "archs"),
	F(struct oci_features_seccomp, known_flags, "knownFlags"),
	F(struct oci_features_seccomp, supported_flags, "supportedFlags"),
};
static const struct schema_type seccomp_type = SCHEMA(struct oci_features_seccomp, seccomp_rows);

static const struct field rdt_rows[] = {
	F(struct oci_features_rdt, enabled, "enabled"),
	F(struct oci_features_rdt, schemata, "schemata"),
	F(struct oci_features_rdt, monitoring, "monitoring"),
};
static const struct schema_type rdt_type = SCHEMA(struct oci_features_rdt, rdt_rows);

static const struct field memory_policy_rows[] = {
	F(struct oci_features_memory_policy, modes, "modes"),
	F(struct oci_features_memory_policy, flags, "flags"),
};
static const struct schema_type memory_policy_type =
	SCHEMA(struct oci_features_memory_policy, memory_policy_rows);

static const struct field mounts_rows[] = {
	F_PTR(struct oci_features_mounts, idmap, "idmap", feature_type),
};
static const struct schema_type mounts_type = SCHEMA(struct oci_features_mounts, mounts_rows);

static const struct field linux_rows[] = {
	F(struct oci_features_linux, namespaces, "namespaces"),
	F(struct oci_features_linux, capabilities, "capabilities"),
	F_PTR(struct oci_features_linux, cgroup, "cgroup", cgroup_type),
	F_PTR(struct oci_features_linux, seccomp, "seccomp", seccomp_type),
	F_PTR(struct oci_features_linux, apparmor, "apparmor", feature_type),
	F_PTR(struct oci_features_linux, selinux, "selinux", feature_type),
	F_PTR(struct oci_features_linux, intel_rdt, "intelRdt", rdt_type),
	F_PTR(struct oci_features_linux, memory_policy, "memoryPolicy", memory_policy_type),
	F_PTR(struct oci_features_linux, mount_extensions, "mountExtensions", mounts_type),
	F_PTR(struct oci_features_linux, net_devices, "netDevices", feature_type),
};
static const struct schema_type linux_type = SCHEMA(struct oci_features_linux, linux_rows);

static const struct field features_rows[] = {
	F(struct oci_features, oci_version_min, "ociVersionMin", .required = true),
	F(struct oci_features, oci_version_max, "ociVersionMax", .required = true),
	F(struct oci_features, hooks, "hooks"),
	F(struct oci_features, mount_options, "mountOptions"),
	F_PTR(struct oci_features, linux_, "linux", linux_type),
	F(struct oci_features, annotations, "annotations"),
	F(struct oci_features, potentially_unsafe_config_annotations,
	  "potentiallyUnsafeConfigAnnotations"),
};
const struct schema_type oci_features_type = SCHEMA(struct oci_features, features_rows);
