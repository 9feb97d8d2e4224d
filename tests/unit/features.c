// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/doc.h"

#include "tests/lib/tap.h"

TEST(absent_false_and_empty_are_three_things)
{
	struct oci_features f = {
		.oci_version_min = "1.0.0", .oci_version_max = "1.3.0",
		.hooks = { (const char *[]){ "prestart" }, 1 },
		.mount_options = { (const char *[]){ NULL }, 0 },
		.linux_ = &(struct oci_features_linux){
			.cgroup = &(struct oci_features_cgroup){ .v1 = { true, true },
								 .rdma = { true, false } },
			.selinux = &(struct oci_feature){ { false, false } },
			.mount_extensions = &(struct oci_features_mounts){
				&(struct oci_feature){ { true, true } } },
			.intel_rdt = &(struct oci_features_rdt){ { true, true }, { true, true },
								 { true, false } },
		},
	}, back;
	char *s = encode(doc_arena(), &oci_features_type, &f, NULL, NULL);

	is_str(s, "{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.3.0\",\"hooks\":[\"prestart\"],"
		  "\"mountOptions\":[],\"linux\":{\"cgroup\":{\"v1\":true,\"rdma\":false},\"selinux\":{},"
		  "\"intelRdt\":{\"enabled\":true,\"schemata\":true,\"monitoring\":false},"
		  "\"mountExtensions\":{\"idmap\":{\"enabled\":true}}}}");
	is_str(doc_load(&oci_features_type, s, &back), "");
	is_str(encode(doc_arena(), &oci_features_type, &back, NULL, NULL), s);
	ok(back.mount_options.v && !back.potentially_unsafe_config_annotations.v);
	ok(back.linux_->selinux && !back.linux_->selinux->enabled.set);
}

TEST(versions_are_required)
{
	struct oci_features f;

	is_str(doc_load(&oci_features_type, "{}", &f),
	       "ociVersionMin: required property missing at 1:1\n"
	       "ociVersionMax: required property missing at 1:1");
}

TAP_MAIN
