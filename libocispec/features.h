/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * features.h - the document that `features` prints (features.md, features-linux.md)
 *
 * Absent means "unknown", false and empty mean "known not to be there".
 */
#ifndef OCISPEC_FEATURES_H
#define OCISPEC_FEATURES_H

#include "types.h"

struct schema_type;

struct oci_feature {
	struct opt_bool enabled;
};

struct oci_features_cgroup {
	struct opt_bool v1;
	struct opt_bool v2;
	struct opt_bool systemd;
	struct opt_bool systemd_user;
	struct opt_bool rdma;
};

struct oci_features_seccomp {
	struct opt_bool enabled;
	struct strv actions;
	struct strv operators;
	struct strv archs;
	struct strv known_flags;
	struct strv supported_flags;
};

struct oci_features_rdt {
	struct opt_bool enabled;
	struct opt_bool schemata;
	struct opt_bool monitoring;
};

struct oci_features_memory_policy {
	struct strv modes;
	struct strv flags;
};

struct oci_features_mounts {
	struct oci_feature *idmap;
};

struct oci_features_linux {
	struct strv namespaces;
	struct strv capabilities;
	struct oci_features_cgroup *cgroup;
	struct oci_features_seccomp *seccomp;
	struct oci_feature *apparmor;
	struct oci_feature *selinux;
	struct oci_features_rdt *intel_rdt;
	struct oci_features_memory_policy *memory_policy;
	struct oci_features_mounts *mount_extensions;
	struct oci_feature *net_devices;
};

struct oci_features {
	const char *oci_version_min;
	const char *oci_version_max;
	struct strv hooks;
	struct strv mount_options;
	struct oci_features_linux *linux_;
	struct kvv annotations;
	struct strv potentially_unsafe_config_annotations;
};

extern const struct schema_type oci_features_type;

#endif
