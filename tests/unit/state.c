// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/doc.h"

#include "tests/lib/tap.h"

static const struct oci_state full = {
	.oci_version = "1.3.0", .id = "c1", .status = "stopped", .pid = { true, 0 }, .bundle = "/b",
	.rootfs = "/b/rootfs", .created = "2026-01-02T03:04:05.678901234Z", .owner = "root",
	.annotations = { (struct kv[]){ { "k", "v" } }, 1 }, .last_error = "mount /x: no such device",
};

TEST(state_reads_as_callers_expect)
{
	is_str(encode(doc_arena(), &oci_state_type, &full, "  ", NULL),
	       "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"c1\",\n  \"pid\": 0,\n"
	       "  \"status\": \"stopped\",\n  \"bundle\": \"/b\",\n  \"rootfs\": \"/b/rootfs\",\n"
	       "  \"created\": \"2026-01-02T03:04:05.678901234Z\",\n"
	       "  \"annotations\": {\n    \"k\": \"v\"\n  },\n  \"owner\": \"root\",\n"
	       "  \"lastError\": \"mount /x: no such device\"\n}\n");
}

TEST(state_comes_back)
{
	char *s = encode(doc_arena(), &oci_state_type, &full, NULL, NULL);
	struct oci_state back;

	is_str(doc_load(&oci_state_type, s, &back), "");
	is_str(encode(doc_arena(), &oci_state_type, &back, NULL, NULL), s);
	is_str(back.last_error, full.last_error);
	ok(back.pid.set);
}

TEST(state_must_have)
{
	struct oci_state s;

	is_str(doc_load(&oci_state_type, "{\"status\":\"paused\",\"pid\":-1}", &s),
	       "pid: expected unsigned integer, found -1 at 1:26\n"
	       "ociVersion: required property missing at 1:1\n"
	       "id: required property missing at 1:1\n"
	       "bundle: required property missing at 1:1");
	has_str(doc_load(&oci_state_type, "{\"status\":\"dead\"}", &s),
		"status: expected one of creating, created, running, paused, stopped, found \"dead\"");
}

TEST(list)
{
	struct oci_states l = { (struct oci_state[]){ full, full }, 2 }, back;
	char *s = encode(doc_arena(), &oci_states_type, &l, NULL, NULL);

	has_str(s, "[{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",");
	ok(!strchr(s, '\n'));
	is_str(doc_load(&oci_states_type, s, &back), "");
	is_int(back.n, 2);
	l = (struct oci_states){ 0 };
	is_str(encode(doc_arena(), &oci_states_type, &l, NULL, NULL), "[]");
}

TEST(process_state_for_seccomp_agents)
{
	struct oci_process_state p = {
		.oci_version = "1.3.0", .pid = 7, .metadata = "m",
		.fds = { (const char *[]){ "seccompFd" }, 1 },
		.state = { .oci_version = "1.3.0", .id = "c1", .status = "creating", .bundle = "/b",
			   .pid = { true, 7 } },
	}, back;
	char *s = encode(doc_arena(), &oci_process_state_type, &p, NULL, NULL);

	is_str(s, "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":7,\"metadata\":\"m\","
		  "\"state\":{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"pid\":7,\"status\":\"creating\","
		  "\"bundle\":\"/b\"}}");
	is_str(doc_load(&oci_process_state_type, s, &back), "");
	is_str(back.state.id, "c1");
	is_str(doc_load(&oci_process_state_type, "{\"ociVersion\":\"1.3.0\",\"pid\":1}", &back),
	       "state: required property missing at 1:1");
}

TAP_MAIN
