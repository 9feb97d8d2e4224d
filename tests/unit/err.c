// SPDX-License-Identifier: LGPL-2.1-or-later
#include "libocispec/err.h"

#include <errno.h>

#include "tests/lib/tap.h"

TEST(set_fills_and_returns_the_code)
{
	struct err e = { 0 };

	is_err(err_set(&e, -EINVAL, ERR_VALUE, "%s is %d", "x", 3), EINVAL);
	is_int(e.code, -EINVAL);
	is_int(e.id, ERR_VALUE);
	is_str(e.text, "x is 3");
	is_str(e.path, "");
	is_err(err_set(NULL, -EPERM, ERR_VALUE, "nobody cares"), EPERM);
}

TEST(sys_takes_errno_in_lower_case)
{
	struct err e = { 0 };

	errno = ENOENT;
	is_err(err_sys(&e, 40, "open %s", "/x"), ENOENT);
	is_str(e.text, "open /x: no such file or directory");
	errno = 0;
	is_err(err_sys(&e, 40, "read"), EIO);
	is_err(err_code(&e, -EACCES, 40, "exec"), EACCES);
	is_str(e.text, "exec: permission denied");
}

TEST(errno_text_keeps_acronyms)
{
	is_str(errno_text(EACCES), "permission denied");
	is_str(errno_text(-EACCES), "permission denied");
	is_str(errno_text(ENOTBLK), "block device required");
	is_str(errno_text(EADV), "advertise error");
	is_str(errno_text(EDOTDOT), "RFS specific error");
	is_str(errno_text(123456), "unknown error");
}

TEST(reason_survives_a_long_name)
{
	char name[1000];
	struct err e = { 0 };

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	err_code(&e, -ENOENT, 40, "open %s", name);
	has_str(e.text, "n...: no such file or directory");
	ok(strlen(e.text) < sizeof(e.text));
}

TEST(control_characters_are_escaped)
{
	struct err e = { 0 };

	err_set(&e, -EINVAL, 40, "a\nb\033[31m\x7f");
	is_str(e.text, "a\\x0ab\\x1b[31m\\x7f");
	err_set(&e, -EINVAL, 40, "\xc3\xa4 \xff \xc0\x80 \xed\xa0\x80");
	is_str(e.text, "\xc3\xa4 \\xff \\xc0\\x80 \\xed\\xa0\\x80");
}

TEST(escape_cuts_between_characters)
{
	char dst[12];

	is_str(text_escape(dst, sizeof(dst), "abc", 3), "abc");
	is_str(text_escape(dst, sizeof(dst), "abcdefghijklmnop", 16), "abcdefgh...");
	is_str(text_escape(dst, sizeof(dst), "abcdefg\xc3\xa4xyzxyz", 15), "abcdefg...");
	is_str(text_escape(dst, sizeof(dst), "\n\n\n\n", 4), "\\x0a\\x0a...");
	is_str(text_escape(dst, sizeof(dst), "", 0), "");
}

TEST(utf8_finds_the_first_bad_byte)
{
	static const struct { const char *s; size_t good; } v[] = {
		{ "", 0 }, { "plain text of more than eight bytes", 35 },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9 },
		{ "12345678\xff", 8 }, { "1234567\xffxxxxxxxxx", 7 },
		{ "\xc0\x80", 0 },          /* overlong NUL */
		{ "\xe0\x80\x80", 0 }, { "\xf0\x80\x80\x80", 0 },
		{ "a\xed\xa0\x80", 1 },     /* surrogate */
		{ "\xed\x9f\xbf\xee\x80\x80", 6 },
		{ "\xf4\x8f\xbf\xbf", 4 }, { "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 },
		{ "ab\xe2\x82", 2 },        /* cut off */
		{ "\x80", 0 },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (!is_int(text_utf8(v[i].s, strlen(v[i].s)), v[i].good))
			printf("# case %zu\n", i);
}

TEST(place_is_set_once_and_prefix_goes_in_front)
{
	struct err e = { 0 };

	err_set(&e, -EINVAL, 40, "bad");
	err_place(&e, "mounts[%d]", 3);
	err_place(&e, "other");
	err_prefix(&e, "create %s: ", "x");
	is_str(e.path, "mounts[3]");
	is_str(e.text, "create x: bad");
	err_place(NULL, "x");
	err_prefix(NULL, "x");
}

TEST(problems_count_what_does_not_fit)
{
	struct err v[2];
	struct problems p = { .v = v, .max = 2 };

	memset(v, 0xff, sizeof(v));
	ok(problem_slot(&p) == &v[0]);
	is_int(v[0].code, 0);
	ok(problem_slot(&p) == &v[1]);
	ok(!problem_slot(&p));
	is_int(p.n, 2);
	is_int(p.lost, 1);
	ok(!problem_slot(NULL));
}

TAP_MAIN
