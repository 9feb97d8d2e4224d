/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check.h - rules for the value of one property, which rows name (schema.h)
 *
 * A rule sees one string and nothing else. It says what it expects, the decoder adds what it found
 * and where. Ranges of numbers are in the rows themselves.
 */
#ifndef OCISPEC_CHECK_H
#define OCISPEC_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct check {
	/* Return: whether @s (NUL-terminated, @len bytes, valid UTF-8) is allowed */
	bool (*is_ok)(const struct check *c, const char *s, size_t len);
	const char *expected;           /* what is allowed, in a few words; NULL: the names */
	const char *const *names;       /* is_one_of: what is allowed */
	size_t n_names;
};

bool check_is_one_of(const struct check *c, const char *s, size_t len);

/* ONE_OF() - value of .check or .key_check: one of an array of names */
#define ONE_OF(table) \
	(&(const struct check){ .is_ok = check_is_one_of, .names = (table), \
				.n_names = sizeof(table) / sizeof((table)[0]) })

extern const struct check check_non_empty;
extern const struct check check_absolute;      /* a path that begins with a slash */
extern const struct check check_file_name;     /* one component: no slash, not "." or ".." */
extern const struct check check_oci_version;   /* SemVer 2.0.0, major 1 */
extern const struct check check_env;           /* NAME=value */
extern const struct check check_list;          /* "0-3,7": numbers and ranges, or nothing */
extern const struct check check_list_stride;   /* the same with the kernel's "0-31:2/4" */
extern const struct check check_access;        /* letters of "rwm", each at most once, at least one */
extern const struct check check_page_size;     /* "2MB" */
extern const struct check check_net_name;      /* name of a network interface */
extern const struct check check_clos_id;       /* "/" or one component */
extern const struct check check_mem_bw;        /* one line that begins with "MB:" */

/**
 * check_expected() - what a rule allows, for the user
 * @dst, @size: where to; a list of names that does not fit is cut and ends with their number
 *
 * Return: @dst
 */
char *check_expected(const struct check *c, char *dst, size_t size);

#endif
