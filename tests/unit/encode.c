// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/doc.h"

#include "tests/lib/tap.h"

#define MAKE_STRV(...) { (const char *[]){ __VA_ARGS__ }, \
	sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *) }

static const struct oci_spec spec = {
	.oci_version = "1.3.0",
	.process = &(struct oci_process){
		.terminal = { true, false },
		.user = { .uid = 0, .gid = 4294967294, .additional_gids = { (uint32_t[]){ 1, 2 }, 2 } },
		.args = MAKE_STRV("sh", "-c", "echo \"\\\t\x01\" </\xc3\xa4"),
		.env = { (const char *[]){ NULL }, 0 },
		.cwd = "/",
		.oom_score_adj = { true, -1000 },
	},
	.root = &(struct oci_root){ .path = "rootfs" },
	.annotations = { (struct kv[]){ { "a.b", "c" } }, 1 },
	.linux_ = &(struct oci_linux){
		.resources = &(struct oci_resources){
			.cpu = &(struct oci_cpu){ .shares = { true, UINT64_MAX }, .quota = { true, INT64_MIN } },
			.memory = &(struct oci_memory){ .limit.set = false },
		},
		.net_devices = { (void *)(struct oci_net_device[]){ { .key = "eth0" },
								   { "e\n", "x" } }, 2 },
	},
};

TEST(compact)
{
	size_t len = 0;
	char *s = encode(doc_arena(), &oci_spec_type, &spec, NULL, &len);

	is_str(s, "{\"ociVersion\":\"1.3.0\",\"process\":{\"terminal\":false,\"user\":{\"uid\":0,"
		  "\"gid\":4294967294,\"additionalGids\":[1,2]},\"args\":[\"sh\",\"-c\","
		  "\"echo \\\"\\\\\\t\\u0001\\\" </\xc3\xa4\"],\"env\":[],\"cwd\":\"/\","
		  "\"oomScoreAdj\":-1000},\"root\":{\"path\":\"rootfs\"},\"annotations\":{\"a.b\":\"c\"},"
		  "\"linux\":{\"resources\":{\"memory\":{},\"cpu\":{\"shares\":18446744073709551615,"
		  "\"quota\":-9223372036854775808}},\"netDevices\":{\"eth0\":{},"
		  "\"e\\n\":{\"name\":\"x\"}}}}");
	is_int(len, strlen(s));
}

TEST(indented)
{
	struct oci_root root = { "r", { true, true } };
	struct oci_spec small = { .oci_version = "1.0.0", .root = &root,
				  .mounts = { (void *)&root, 0 }, .annotations = { (void *)&root, 0 } };

	is_str(encode(doc_arena(), &oci_spec_type, &small, "\t", NULL),
	       "{\n\t\"ociVersion\": \"1.0.0\",\n\t\"root\": {\n\t\t\"path\": \"r\",\n"
	       "\t\t\"readonly\": true\n\t},\n\t\"mounts\": [],\n\t\"annotations\": {}\n}\n");
	small.mounts.v = NULL;
	small.annotations.v = NULL;
	root.readonly.set = false;
	is_str(encode(doc_arena(), &oci_spec_type, &small, "  ", NULL),
	       "{\n  \"ociVersion\": \"1.0.0\",\n  \"root\": {\n    \"path\": \"r\"\n  }\n}\n");
}

TEST(arrays_at_the_top)
{
	struct oci_mount v[] = { { .destination = "/a" }, { .destination = "/b", .type = "proc" } };
	struct oci_mounts m = { v, 2 }, back;
	char *s = encode(doc_arena(), &oci_mounts_type, &m, NULL, NULL);

	is_str(s, "[{\"destination\":\"/a\"},{\"destination\":\"/b\",\"type\":\"proc\"}]");
	is_str(doc_load(&oci_mounts_type, s, &back), "");
	is_int(back.n, 2);
	is_str(back.v[1].type, "proc");
	m.n = 0;
	is_str(encode(doc_arena(), &oci_mounts_type, &m, NULL, NULL), "[]");
	is_str(doc_load(&oci_mounts_type, "[{\"destination\":\"\"},{},3]", &back),
	       "[0].destination: expected non-empty string, found \"\" at 1:17\n"
	       "[1].destination: required property missing at 1:21\n"
	       "[2]: expected object, found number at 1:24");
	is_str(doc_load(&oci_mounts_type, "{}", &back), ": expected array, found object at 1:1");
}

TEST(an_absent_list_at_the_top_is_empty)
{
	struct oci_mounts m = { NULL, 0 };

	is_str(encode(doc_arena(), &oci_mounts_type, &m, NULL, NULL), "[]");
}

TEST(bytes_that_are_not_utf8_are_replaced)
{
	struct oci_root root = { .path = "a\xff\xc0\x80z" };
	struct oci_spec small = { .oci_version = "1.0.0", .root = &root, .hostname = "\xe2\x82",
				  .domainname = "ok" }, back;
	char *s = encode(doc_arena(), &oci_spec_type, &small, NULL, NULL);

	is_str(s, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"},"
		  "\"hostname\":\"\xef\xbf\xbd\xef\xbf\xbd\",\"domainname\":\"ok\"}");
	is_str(doc_load(&oci_spec_type, s, &back), "");
}

TEST(what_follows_in_the_arena_is_apart)
{
	char *s = encode(doc_arena(), &oci_spec_type, &spec, NULL, NULL);
	size_t len = strlen(s);
	char *next = arena_str(doc_arena(), "next");

	ok(next >= s + len + 1);
	is_int(strlen(s), len);
	for (size_t i = 0; i < 64; i++)
		if (!ok(((char *)arena_alloc(doc_arena(), 64))[i] == 0))
			return;
}

TAP_MAIN
