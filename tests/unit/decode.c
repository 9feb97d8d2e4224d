// SPDX-License-Identifier: LGPL-2.1-or-later
/* decode.c - what the decoder refuses, and how it says so; what it takes is in roundtrip.c */
#include "tests/unit/doc.h"

#include <errno.h>

#include "tests/lib/tap.h"

struct bad {
	const char *text, *problems;
};

static void refuse_all(const struct schema_type *t, const struct bad *v, size_t n)
{
	char ret[1024];

	if (!ok(t->size <= sizeof(ret)))
		return;
	for (size_t i = 0; i < n; i++)
		if (!is_str(doc_load(t, v[i].text, ret), v[i].problems))
			printf("# text %s\n", v[i].text);
}

#define REFUSE(type, list) refuse_all(&(type), list, sizeof(list) / sizeof((list)[0]))

TEST(syntax)
{
	static const struct bad v[] = {
		{ "", ": expected value, found end of text at 1:1" },
		{ " \n ", ": expected value, found end of text at 2:2" },
		{ "{", ": expected key in quotes or '}', found end of text at 1:2" },
		{ "{\"cwd\":\"/\"", "cwd: expected ',' or '}', found end of text at 1:11" },
		{ "{\"cwd\":\"/\"\n", "cwd: expected ',' or '}', found end of text at 2:1" },
		{ "{\"cwd\":", "cwd: expected value, found end of text at 1:8" },
		{ "{\"cwd", ": expected closing quote, found end of text at 1:6" },
		{ "{\"cwd\" 1}", "cwd: expected ':', found 1 at 1:8" },
		{ "{\"cwd\":\"/\",}", "cwd: expected key in quotes, found } at 1:12" },
		{ "{\"cwd\":\"/\" \"env\":[]}", "cwd: expected ',' or '}', found \" at 1:12" },
		{ "{\"cwd\":\"/\"} x", ": expected end of text, found x at 1:13" },
		{ "{\"cwd\":\"/\"}{}", ": expected end of text, found { at 1:12" },
		{ "{\"cwd\":\"/\"]", "cwd: expected ',' or '}', found ] at 1:11" },
		{ "{\"args\":[\"a\",]}", "args[0]: expected value, found ] at 1:14" },
		{ "{\"args\":[\"a\"}", "args[0]: expected ',' or ']', found } at 1:13" },
		{ "{cwd:1}", ": expected key in quotes or '}', found cwd at 1:2" },
		{ "{\"user\":{\"uid\":1,\"x\":[{,", "user: expected key in quotes or '}', found , at 1:24" },
		{ "{\"cwd\":tru}", "cwd: expected true, false or null, found tru at 1:8" },
		{ "{\"cwd\":'/'}", "cwd: expected value, found ' at 1:8" },
		{ "{\"cwd\":\"a\nb\"}", "cwd: expected control characters in strings escaped, "
			"found \\x0a at 1:10" },
		{ "{\"cwd\":\"\\q\"}", "cwd: expected one of \"\\/bfnrtu after a backslash, "
			"found q at 1:10" },
		{ "{\"cwd\":\"\\u00g0\"}", "cwd: expected four hexadecimal digits after \\u, "
			"found g0 at 1:13" },
		{ "{\"x\":01}", ": expected ',' or '}', found 1 at 1:7" },
		{ "{\"x\":-}", ": expected digit, found } at 1:7" },
		{ "{\"x\":1.}", ": expected digit, found } at 1:8" },
		{ "{\"x\":1e}", ": expected digit, found } at 1:8" },
		{ "{\"x\":+1}", ": expected value, found +1 at 1:6" },
		{ "{\"x\":NaN}", ": expected value, found NaN at 1:6" },
		{ "// comment\n{}", ": expected value, found / at 1:1" },
		{ "\xef\xbb\xbf{}", ": expected value, found \xef\xbb\xbf at 1:1" },
		{ "{\"cwd\":\"\xff\"}", ": expected UTF-8, found byte \\xff at 1:9" },
		{ "{\"\xc3\xa4\xe2\x82\xac\":\"\xc0\x80\"}", ": expected UTF-8, found byte \\xc0 at 1:8" },
	};

	REFUSE(oci_process_type, v);
}

TEST(nul_bytes_and_cuts_do_not_end_the_text_early)
{
	static const char text[] = "{\"cwd\":\"/\"}\0{";
	struct oci_process p;

	is_str(doc_load_len(&oci_process_type, text, sizeof(text) - 1, &p),
	       ": expected end of text, found \\x00 at 1:12");
	is_str(doc_load_len(&oci_process_type, text, 11, &p), "");
}

TEST(unknown_keys_are_ignored_and_told_to_who_asks)
{
	static const char text[] = "{\"x\": {\"y\": [1]},\n \"root\": {\"path\": \"/\", \"a\\nb\": 1},"
				   "\"ociVersion\": \"1.0.0\", \"mounts\": [{\"destination\": \"/\", \"z\": 2}]}";
	struct err list[8];
	struct problems ignored = { .v = list, .max = 8 }, p = { .ignored = &ignored };
	struct oci_spec spec;

	is_int(decode(doc_arena(), &oci_spec_type, text, sizeof(text) - 1, &spec, &p), 0);
	is_int(p.n, 0);
	is_str(doc_problems(&ignored), "x:  at 1:2\nroot.a\\x0ab:  at 2:24\nmounts[0].z:  at 2:90");
	p.ignored = NULL;
	is_int(decode(doc_arena(), &oci_spec_type, text, sizeof(text) - 1, &spec, &p), 0);
	is_int(ignored.n, 3);
}

TEST(types)
{
	static const struct bad v[] = {
		{ "[]", ": expected object, found array at 1:1" },
		{ "{\"cwd\":34", "cwd: expected string, found number at 1:8\n"
			"cwd: expected ',' or '}', found end of text at 1:10" },
		{ "7", ": expected object, found number at 1:1" },
		{ " 7 ", ": expected object, found number at 1:2" },
		{ " \n 12", ": expected object, found number at 2:2" },
		{ "\"x\"", ": expected object, found string at 1:1" },
		{ "true", ": expected object, found boolean at 1:1" },
		{ "null", ": expected object, found null at 1:1" },
		{ "{\"cwd\":1}", "cwd: expected string, found number at 1:8" },
		{ "{\"cwd\":[]}", "cwd: expected string, found array at 1:8" },
		{ "{\"cwd\":{\"a\":{}}}", "cwd: expected string, found object at 1:8" },
		{ "{\"cwd\":true}", "cwd: expected string, found boolean at 1:8" },
		{ "{\"cwd\":\"/\",\"terminal\":\"yes\"}",
		  "terminal: expected boolean, found string at 1:23" },
		{ "{\"cwd\":\"/\",\"terminal\":0}", "terminal: expected boolean, found number at 1:23" },
		{ "{\"cwd\":\"/\",\"args\":\"sh\"}", "args: expected array, found string at 1:19" },
		{ "{\"cwd\":\"/\",\"args\":{}}", "args: expected array, found object at 1:19" },
		{ "{\"cwd\":\"/\",\"args\":[\"a\",1,\"b\\\"\", null,[[]],false]}",
		  "args[1]: expected string, found number at 1:24\n"
		  "args[3]: expected string, found null at 1:33\n"
		  "args[4]: expected string, found array at 1:38\n"
		  "args[5]: expected string, found boolean at 1:43" },
		{ "{\"cwd\":\"/\",\"user\":[]}", "user: expected object, found array at 1:19" },
		{ "{\"cwd\":\"/\",\"rlimits\":[3,[{}]]}",
		  "rlimits[0]: expected object, found number at 1:23\n"
		  "rlimits[1]: expected object, found array at 1:25" },
		{ "{\"cwd\":\"/\",\"oomScoreAdj\":\"5\"}",
		  "oomScoreAdj: expected integer, found string at 1:26" },
		{ "{\"cwd\":\"/\",\"oomScoreAdj\":{}}",
		  "oomScoreAdj: expected integer, found object at 1:26" },
	};

	REFUSE(oci_process_type, v);
}

TEST(a_string_with_escapes_has_its_place_too)
{
	static const struct bad v[] = {
		{ "{ \"cwd\" : \"a\\\"\\\\\\\"b\\\\\" }",
		  "cwd: expected absolute path, found \"a\"\\\"b\\\" at 1:11" },
		{ "{\"cwd\":\"\"}", "cwd: expected absolute path, found \"\" at 1:8" },
		{ "{\"\\u0063wd\":\"\\u0061\"}", "cwd: expected absolute path, found \"a\" at 1:13" },
		{ "{\"cwd\":\"/\\u0000\"}", "cwd: expected text, found \\u0000 at 1:8" },
		{ "{\"cwd\":\"/\\\\u0000\"}", "" },
		{ "{\"cwd\":\"/\\ud83d\"}", "cwd: expected text, found half of a surrogate pair at 1:8" },
		{ "{\"cwd\":\"/\\ude00\\ud83d\"}",
		  "cwd: expected text, found half of a surrogate pair at 1:8" },
		{ "{\"cwd\":\"/\\ud83d\\ude00\"}", "" },
		{ "{\"cwd\":\"\n\"}", "cwd: expected control characters in strings escaped, "
			"found \\x0a at 1:9" },
		{ "{\"cwd\":\"\\n\\u001b[31m\"}",
		  "cwd: expected absolute path, found \"\\x0a\\x1b[31m\" at 1:8" },
	};

	REFUSE(oci_process_type, v);
}

TEST(integers_are_exact)
{
	static const struct bad v[] = {
		{ "{\"cpu\":{\"shares\":1.0}}", "cpu.shares: expected integer, found 1.0 at 1:18" },
		{ "{\"cpu\":{\"shares\":1e3}}", "cpu.shares: expected integer, found 1e3 at 1:18" },
		{ "{\"cpu\":{\"shares\":-0}}", "cpu.shares: expected integer, found -0 at 1:18" },
		{ "{\"cpu\":{\"quota\":-0}}", "cpu.quota: expected integer, found -0 at 1:17" },
		{ "{\"cpu\":{\"shares\":-1}}", "cpu.shares: expected unsigned integer, found -1 at 1:18" },
		{ "{\"cpu\":{\"shares\":18446744073709551616}}",
		  "cpu.shares: expected integer from 0 to 18446744073709551615, "
		  "found 18446744073709551616 at 1:18" },
		{ "{\"cpu\":{\"shares\":99999999999999999999999999999999999999999999999999999999}}",
		  "cpu.shares: expected integer from 0 to 18446744073709551615, "
		  "found 99999999999999999999999999999999999999999999... at 1:18" },
		{ "{\"cpu\":{\"shares\":18446744073709551615}}", "" },
		{ "{\"cpu\":{\"quota\":9223372036854775807}}", "" },
		{ "{\"cpu\":{\"quota\":-9223372036854775808}}", "" },
		{ "{\"cpu\":{\"quota\":9223372036854775808}}",
		  "cpu.quota: expected integer from -9223372036854775808 to 9223372036854775807, "
		  "found 9223372036854775808 at 1:17" },
		{ "{\"cpu\":{\"quota\":-9223372036854775809}}",
		  "cpu.quota: expected integer from -9223372036854775808 to 9223372036854775807, "
		  "found -9223372036854775809 at 1:17" },
		{ "{\"network\":{\"classID\":4294967296}}",
		  "network.classID: expected integer from 0 to 4294967295, found 4294967296 at 1:23" },
		{ "{\"memory\":{\"limit\":-1}}", "" },
		{ "{\"memory\":{\"limit\":-2}}",
		  "memory.limit: expected integer from -1 to 9223372036854775807, found -2 at 1:20" },
		{ "{\"memory\":{\"swappiness\":101}}",
		  "memory.swappiness: expected integer from 0 to 100, found 101 at 1:25" },
		{ "{\"cpu\":{\"shares\":0},\"blockIO\":{\"weight\":0}}", "" },
		{ "{\"blockIO\":{\"weight\":10,\"leafWeight\":1000}}", "" },
		{ "{\"blockIO\":{\"weight\":9,\"leafWeight\":1001}}",
		  "blockIO.weight: expected 0 or integer from 10 to 1000, found 9 at 1:22\n"
		  "blockIO.leafWeight: expected 0 or integer from 10 to 1000, found 1001 at 1:37" },
	};

	REFUSE(oci_resources_type, v);
}

TEST(big_integers_survive)
{
	struct oci_resources r;

	is_str(doc_load(&oci_resources_type,
			"{\"cpu\":{\"shares\":18446744073709551615,\"quota\":-9223372036854775808},"
			"\"memory\":{\"limit\":9223372036854771712,\"swap\":9223372036854775807}}", &r), "");
	ok(r.cpu->shares.set && r.cpu->shares.v == UINT64_MAX);
	ok(r.cpu->quota.set && r.cpu->quota.v == INT64_MIN);
	ok(!r.cpu->period.set);
	is_int(r.memory->limit.v, INT64_C(9223372036854771712));
	is_int(r.memory->swap.v, INT64_MAX);
}

TEST(ids)
{
	static const struct bad v[] = {
		{ "{\"cwd\":\"/\",\"user\":{\"uid\":4294967294,\"gid\":0}}", "" },
		{ "{\"cwd\":\"/\",\"user\":{\"uid\":4294967295,\"gid\":4294967295,\"umask\":512,"
		  "\"additionalGids\":[0,-1,4294967295]}}",
		  "user.uid: expected integer from 0 to 4294967294, found 4294967295 at 1:26\n"
		  "user.gid: expected integer from 0 to 4294967294, found 4294967295 at 1:43\n"
		  "user.umask: expected integer from 0 to 511, found 512 at 1:62\n"
		  "user.additionalGids[1]: expected unsigned integer, found -1 at 1:86\n"
		  "user.additionalGids[2]: expected integer from 0 to 4294967294, "
		  "found 4294967295 at 1:89" },
		{ "{\"cwd\":\"/\",\"user\":{\"uid\":-1}}",
		  "user.uid: expected unsigned integer, found -1 at 1:26\n"
		  "user.gid: required property missing at 1:19" },
		{ "{\"cwd\":\"/\",\"user\":{\"uid\":\"1\",\"gid\":0}}",
		  "user.uid: expected integer, found string at 1:26" },
	};
	struct oci_spec spec;

	REFUSE(oci_process_type, v);
	is_str(doc_config("\"linux\":{\"uidMappings\":[{\"containerID\":4294967295,"
			  "\"hostID\":4294967295,\"size\":1}],\"gidMappings\":["
			  "{\"containerID\":0,\"hostID\":0,\"size\":0}],\"devices\":[{\"path\":\"/d\","
			  "\"type\":\"c\",\"uid\":4294967295}]}", &spec),
	       "linux.gidMappings[0].size: expected integer from 1 to 4294967295, found 0 at 2:132\n"
	       "linux.devices[0].uid: expected integer from 0 to 4294967294, "
	       "found 4294967295 at 2:177");
}

TEST(required_properties_are_reported_at_the_opening_bracket)
{
	static const struct bad v[] = {
		{ "{}", "ociVersion: required property missing at 1:1\n"
			"root: required property missing at 1:1" },
		{ "{\n \"ociVersion\": \"1.0.0\",\n \"root\": {}\n}",
		  "root.path: required property missing at 3:10" },
		{ "{\"ociVersion\":null,\"root\":null}",
		  "ociVersion: required property missing at 1:1\n"
		  "root: required property missing at 1:1" },
		{ "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"mounts\":[{\"destination\":\"a\"},{},\n"
		  " {\"source\":\"x\"}]}",
		  "mounts[1].destination: required property missing at 1:73\n"
		  "mounts[2].destination: required property missing at 2:2" },
	};

	REFUSE(oci_spec_type, v);
}

TEST(duplicates)
{
	static const struct bad v[] = {
		{ "{\"cwd\":\"/\",\"cwd\":\"/\"}", "cwd: key appears twice at 1:12" },
		{ "{\"cwd\":\"/\",\"\\u0063wd\":{}}", "cwd: key appears twice at 1:12" },
		{ "{\"cwd\":null,\"cwd\":\"/\"}",
		  "cwd: key appears twice at 1:13\ncwd: required property missing at 1:1" },
		{ "{\"cwd\":\"/\",\"x\":1,\"x\":{\"y\":1,\"y\":2}}", "" },
		{ "{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1},"
		  "{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},\n{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1}]}",
		  "rlimits[2].type: expected each type once, found \"RLIMIT_AS\" again at 2:9" },
	};
	struct oci_spec spec;

	REFUSE(oci_process_type, v);
	is_str(doc_config("\"annotations\":{\"a\":\"1\",\"b\":\"2\",\"\\u0061\":\"3\"}", &spec),
	       "annotations.a: key appears twice at 2:32");
	is_str(doc_config("\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]}", &spec),
	       "linux.namespaces[1].type: expected each type once, found \"pid\" again at 2:47");
	is_str(doc_config("\"linux\":{\"netDevices\":{\"eth0\":{},\"eth1\":{},\"eth0\":{}}}", &spec),
	       "linux.netDevices.eth0: key appears twice at 2:44");
}

TEST(duplicates_among_many)
{
	char *text = arena_str(doc_arena(), "\"annotations\":{\n\"k0\":\"\"");
	struct oci_spec spec;

	for (int i = 1; i < 100; i++)
		text = arena_fmt(doc_arena(), "%s,\n\"k%d\":\"\"", text, i == 50 ? 9 : i == 70 ? 3 : i);
	is_str(doc_config(arena_fmt(doc_arena(), "%s}", text), &spec),
	       "annotations.k3: key appears twice at 73:1\n"
	       "annotations.k9: key appears twice at 53:1");
}

TEST(keys_of_maps)
{
	struct oci_spec spec;

	is_str(doc_config("\"annotations\":{\"\":\"x\",\"a\\u0000b\":\"y\"}", &spec),
	       "annotations: expected non-empty string, found \"\" at 2:16\n"
	       "annotations: expected text, found \\u0000 at 2:23");
	is_str(doc_config("\"annotations\":{\"a.b[0]\":1,\"c\":null}", &spec),
	       "annotations.a.b[0]: expected string, found number at 2:25");
	is_str(doc_config("\"linux\":{\"timeOffsets\":{\"realtime\":{\"secs\":1},"
			  "\"boottime\":{\"nanosecs\":1000000000}}}", &spec),
	       "linux.timeOffsets.realtime: expected one of monotonic, boottime, "
	       "found \"realtime\" at 2:25\n"
	       "linux.timeOffsets.boottime.nanosecs: expected integer from 0 to 999999999, "
	       "found 1000000000 at 2:70");
	is_str(doc_config("\"linux\":{\"resources\":{\"unified\":{\"../x\":\"1\"}}}", &spec),
	       "linux.resources.unified.../x: expected file name without slashes, "
	       "found \"../x\" at 2:34");
	/* one, two, three and four bytes of UTF-8, as escapes and as they are */
	is_str(doc_config("\"annotations\":{\"a\\u0062\\u00e9\\u20ac\\ud83d\\ude00\":1}", &spec),
	       "annotations.ab\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80: expected string, found number at 2:50");
	is_str(doc_config("\"annotations\":{\"\\u00e9\\ud83d\\ude00\":\"\",\"\xc3\xa9\xf0\x9f\x98\x80\":\"\"}", &spec),
	       "annotations.\xc3\xa9\xf0\x9f\x98\x80: key appears twice at 2:40");
}

TEST(values)
{
	static const struct bad v[] = {
		{ "\"mounts\":[{\"destination\":\"\"}]",
		  "mounts[0].destination: expected non-empty string, found \"\" at 2:26" },
		{ "\"mounts\":[{\"destination\":\"tmp/x\"}]", "" },
		{ "\"process\":{\"cwd\":\"rel\",\"args\":[],\"env\":[\"A=b\",\"=c\"]}",
		  "process.cwd: expected absolute path, found \"rel\" at 2:18\n"
		  "process.args: expected at least 1 element, found 0 at 2:31\n"
		  "process.env[1]: expected NAME=value, found \"=c\" at 2:47" },
		{ "\"process\":{\"cwd\":\"/\",\"capabilities\":{\"bounding\":[\"CAP_FOO\",\"cap_bar\"]}}", "" },
		{ "\"hooks\":{\"poststop\":[{\"path\":\"bin/x\",\"timeout\":0}]}",
		  "hooks.poststop[0].path: expected absolute path, found \"bin/x\" at 2:30\n"
		  "hooks.poststop[0].timeout: expected integer from 1 to 9223372036854775807, "
		  "found 0 at 2:48" },
		{ "\"linux\":{\"maskedPaths\":[\"/a\",\"b\"],\"readonlyPaths\":[\"c\"]}",
		  "linux.maskedPaths[1]: expected absolute path, found \"b\" at 2:30\n"
		  "linux.readonlyPaths[0]: expected absolute path, found \"c\" at 2:52" },
		{ "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_FOO\",\"architectures\":[\"x86\"],"
		  "\"syscalls\":[{\"names\":[],\"action\":\"\"}]}}",
		  "linux.seccomp.defaultAction: expected one of SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, "
		  "SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, SCMP_ACT_TRACE, "
		  "SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_NOTIFY, found \"SCMP_FOO\" at 2:37\n"
		  "linux.seccomp.architectures[0]: expected one of SCMP_ARCH_X86, SCMP_ARCH_X86_64, "
		  "SCMP_ARCH_X32, SCMP_ARCH_ARM, SCMP_ARCH_AARCH64, SCMP_ARCH_LOONGARCH64, "
		  "SCMP_ARCH_M68K, SCMP_ARCH_MIPS, SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS64N32, "
		  "SCMP_ARCH_MIPSEL, ... (23 in all), found \"x86\" at 2:65\n"
		  "linux.seccomp.syscalls[0].names: expected at least 1 element, found 0 at 2:93\n"
		  "linux.seccomp.syscalls[0].action: expected one of SCMP_ACT_KILL, "
		  "SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, "
		  "SCMP_ACT_TRACE, SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_NOTIFY, found \"\" at 2:105" },
		{ "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":"
		  "[\"no_such_call\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":65536,\"args\":["
		  "{\"index\":6,\"value\":18446744073709551615}]}]}}",
		  "linux.seccomp.syscalls[0].errnoRet: expected integer from 0 to 65535, "
		  "found 65536 at 2:129\n"
		  "linux.seccomp.syscalls[0].args[0].index: expected integer from 0 to 5, "
		  "found 6 at 2:152\n"
		  "linux.seccomp.syscalls[0].args[0].op: required property missing at 2:143" },
		{ "\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"\"},{\"type\":\"net\"},"
		  "{\"type\":\"ipc\",\"path\":\"ns/ipc\"}]}",
		  "linux.namespaces[1].type: expected one of pid, network, mount, ipc, uts, user, "
		  "cgroup, time, found \"net\" at 2:57\n"
		  "linux.namespaces[2].path: expected absolute path, found \"ns/ipc\" at 2:85" },
		{ "\"linux\":{\"devices\":[{\"path\":\"/x\",\"type\":\"c\",\"major\":4096,\"minor\":-1}]}",
		  "linux.devices[0].major: expected integer from 0 to 4095, found 4096 at 2:53\n"
		  "linux.devices[0].minor: expected unsigned integer, found -1 at 2:66" },
		{ "\"linux\":{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwx\"},"
		  "{\"allow\":true,\"major\":-1,\"minor\":-1,\"access\":\"m\"},{\"type\":\"a\"}]}}",
		  "linux.resources.devices[0].access: expected letters of \"rwm\", each at most once, "
		  "found \"rwx\" at 2:58\n"
		  "linux.resources.devices[2].allow: required property missing at 2:115" },
		{ "\"linux\":{\"rootfsPropagation\":\"rslave\"}", "" },
		{ "\"linux\":{\"rootfsPropagation\":\"master\"}",
		  "linux.rootfsPropagation: expected one of private, shared, slave, unbindable, "
		  "rprivate, rshared, rslave, runbindable, found \"master\" at 2:30" },
		{ "\"process\":{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_FOO\",\"soft\":0,\"hard\":"
		  "18446744073709551615}]}",
		  "process.rlimits[0].type: expected one of RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, "
		  "RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_LOCKS, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, "
		  "RLIMIT_NICE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_RSS, RLIMIT_RTPRIO, "
		  "RLIMIT_RTTIME, ... (16 in all), found \"RLIMIT_FOO\" at 2:41" },
	};
	struct oci_spec spec;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (!is_str(doc_config(v[i].text, &spec), v[i].problems))
			printf("# text %s\n", v[i].text);
}

TEST(versions)
{
	struct oci_spec spec;

	is_str(doc_load(&oci_spec_type, "{\"ociVersion\":\"1.0.2-dev\",\"root\":{\"path\":\"/\"}}",
			&spec), "");
	is_str(doc_load(&oci_spec_type, "{\"ociVersion\":\"1.99.0\",\"root\":{\"path\":\"/\"}}",
			&spec), "");
	is_str(doc_load(&oci_spec_type, "{\"ociVersion\":\"2.0.0\",\"root\":{\"path\":\"/\"}}",
			&spec), "ociVersion: expected version 1.x.y, found \"2.0.0\" at 1:15");
}

TEST(found_values_are_cut)
{
	char name[300], want[200];
	struct oci_spec spec;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(want, sizeof(want), "hooks.prestart[0].path: expected absolute path, "
		 "found \"%.60s...\" at 2:30", name);
	is_str(doc_config(arena_fmt(doc_arena(), "\"hooks\":{\"prestart\":[{\"path\":\"%s\"}]}", name),
			  &spec), want);
}

TEST(nothing_is_written_on_failure)
{
	struct oci_process p, before;

	memset(&p, 0x5a, sizeof(p));
	before = p;
	ok(*doc_load(&oci_process_type, "{\"terminal\":true,\"cwd\":\"x\"}", &p));
	is_int(memcmp(&p, &before, sizeof(p)), 0);
}

TEST(problems_that_do_not_fit_are_counted)
{
	char *text = arena_str(doc_arena(), "{\"cwd\":\"/\",\"env\":[\"\"");
	struct oci_process p;

	for (int i = 1; i < DOC_PROBLEMS + 5; i++)
		text = arena_fmt(doc_arena(), "%s,\"\"", text);
	has_str(doc_load(&oci_process_type, arena_fmt(doc_arena(), "%s]}", text), &p),
		"env[15]: expected NAME=value, found \"\" at 1:64\nand 5 more");
	is_err(decode(doc_arena(), &oci_process_type, "{}", 2, &p, NULL), EINVAL);
}

TEST(columns_count_characters)
{
	struct oci_process p;

	is_str(doc_load(&oci_process_type, "{\"\xc3\xa4\xf0\x9f\x98\x80\":1,\r\n\t\"cwd\":\"x\"}", &p),
	       "cwd: expected absolute path, found \"x\" at 2:8");
	is_str(doc_load(&oci_process_type, "{\"\xc3\xa4\xf0\x9f\x98\x80\":1,\"cwd\":\"x\"}", &p),
	       "cwd: expected absolute path, found \"x\" at 1:15");
}

TAP_MAIN
