// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/doc.h"

#include "tests/lib/tap.h"

static const char text[] =
	"{\n"
	"  \"linux\": {\n"
	"    \"sysctl\": { \"net.ipv4\": \"0\", \"net.ipv4.ip_forward\": \"1\", \"a[0]\": \"x\" },\n"
	"    \"maskedPaths\": [ \"/a\",\n"
	"\t\"/b\" , [ 1, { \"c\": \"d\" } ] ]\n"
	"  },\n"
	"  \"\\u0061\\n\": { \"\": 5 }, \"\xc3\xa4\": {\"x\":null}\n"
	"}\n";

struct place {
	const char *path;
	unsigned line, col;
};

static void locate_all(const char *doc, size_t len, const struct place *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned line = 0, col = 0;

		decode_locate(doc, len, v[i].path, &line, &col);
		if (!is_int(line, v[i].line) || !is_int(col, v[i].col))
			printf("# path %s\n", v[i].path);
	}
}

#define LOCATE(doc, list) locate_all(doc, strlen(doc), list, sizeof(list) / sizeof((list)[0]))

TEST(values_are_found)
{
	static const struct place v[] = {
		{ "", 1, 1 },
		{ "linux", 2, 12 },
		{ "linux.sysctl", 3, 15 },
		{ "linux.sysctl.net.ipv4", 3, 29 },
		{ "linux.sysctl.net.ipv4.ip_forward", 3, 57 },
		{ "linux.sysctl.a[0]", 3, 70 },
		{ "linux.maskedPaths", 4, 20 },
		{ "linux.maskedPaths[0]", 4, 22 },
		{ "linux.maskedPaths[1]", 5, 2 },
		{ "linux.maskedPaths[2]", 5, 9 },
		{ "linux.maskedPaths[2][0]", 5, 11 },
		{ "linux.maskedPaths[2][1].c", 5, 21 },
		{ "a\\x0a", 7, 15 },
		{ "\xc3\xa4.x", 7, 36 },
	};

	LOCATE(text, v);
}

TEST(what_is_absent_has_its_ancestors_place)
{
	static const struct place v[] = {
		{ "process", 1, 1 },
		{ "linux.seccomp.defaultAction", 2, 12 },
		{ "linux.sysctl.kernel.sem", 3, 15 },
		{ "linux.sysctl.net.ipv6", 3, 15 },
		{ "linux.maskedPaths[3]", 4, 20 },
		{ "linux.maskedPaths[99999999999999999999999]", 4, 20 },
		{ "linux.maskedPaths[0].x", 4, 22 },
		{ "linux.maskedPaths.x", 4, 20 },
		{ "linux.maskedPaths[x]", 4, 20 },
		{ "linux.maskedPaths[]", 4, 20 },
		{ "linux.maskedPaths[", 4, 20 },
		{ "linux[0]", 2, 12 },
		{ "linu", 1, 1 },
		{ "linuxx", 1, 1 },
		{ "[0]", 1, 1 },
		{ ".", 1, 1 },
	};

	LOCATE(text, v);
}

TEST(documents_that_are_arrays)
{
	static const struct place v[] = {
		{ "[1].destination", 2, 17 }, { "[0]", 1, 4 }, { "[2]", 1, 2 }, { "x", 1, 2 },
	};

	LOCATE(" [ {},\n{\"destination\": \"a\"}]", v);
}

TEST(broken_documents_do_no_harm)
{
	for (size_t len = 0; len < sizeof(text); len++) {
		unsigned line, col;
		char *copy = arena_dup(doc_arena(), text, len);

		decode_locate(copy, len, "linux.maskedPaths[2][1].c", &line, &col);
		ok(line >= 1 && col >= 1);
		decode_locate(copy, len, "\xc3\xa4.x", &line, &col);
	}
}

/* The decoder and decode_locate() agree: what the one reports the other finds. */
TEST(places_of_the_decoder_are_found_again)
{
	static const char doc[] =
		"{ \"ociVersion\":\"1.0.0\", \"root\":{ \"path\": 3 },\n"
		" \"annotations\": { \"x.y\" : [4], \"b\\n\": {} , \"x\": 1},\n"
		" \"mounts\" : [ {\"destination\":\"/\", \"options\": [ \"a\" , 5 , \"\\\"\", true ]},7 ],"
		" \"linux\":{ \"seccomp\": { \"syscalls\": [ { \"args\": [ {} ] }]}}}";
	struct err v[DOC_PROBLEMS];
	struct problems p = { .v = v, .max = DOC_PROBLEMS };
	struct oci_spec spec;

	ok(decode(doc_arena(), &oci_spec_type, doc, strlen(doc), &spec, &p) < 0);
	is_int(p.n, 13);
	for (size_t i = 0; i < p.n; i++) {
		unsigned line, col;

		decode_locate(doc, strlen(doc), v[i].path, &line, &col);
		if (!is_int(line, v[i].line) || !is_int(col, v[i].col))
			printf("# path %s\n", v[i].path);
	}
}

TAP_MAIN
