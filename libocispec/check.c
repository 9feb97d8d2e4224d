// SPDX-License-Identifier: LGPL-2.1-or-later
/* check.c - rules for the value of one property */
#include "check.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NET_NAME_MAX 15 /* IFNAMSIZ without the NUL */

bool check_is_one_of(const struct check *c, const char *s, size_t len)
{
	(void)len;
	for (size_t i = 0; i < c->n_names; i++)
		if (strcmp(c->names[i], s) == 0)
			return true;
	return false;
}

char *check_expected(const struct check *c, char *dst, size_t size)
{
	size_t all = strlen("one of "), used, tail_len;
	char tail[32];

	if (c->expected) {
		snprintf(dst, size, "%s", c->expected);
		return dst;
	}
	for (size_t i = 0; i < c->n_names; i++)
		all += strlen(c->names[i]) + 2;
	snprintf(tail, sizeof(tail), "... (%zu in all)", c->n_names);
	tail_len = all < size ? 0 : strlen(tail) + 2;
	used = (size_t)snprintf(dst, size, c->n_names > 1 ? "one of " : "");
	for (size_t i = 0; i < c->n_names; i++) {
		const char *comma = i ? ", " : "";

		if (used + strlen(comma) + strlen(c->names[i]) + tail_len >= size) {
			snprintf(dst + used, size - used, "%s%s", comma, tail);
			break;
		}
		used += (size_t)snprintf(dst + used, size - used, "%s%s", comma, c->names[i]);
	}
	return dst;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_non_empty(const struct check *c, const char *s, size_t len)
{
	(void)c;
	(void)s;
	return len > 0;
}

static bool is_absolute(const struct check *c, const char *s, size_t len)
{
	(void)c;
	(void)len;
	return s[0] == '/';
}

static bool is_file_name(const struct check *c, const char *s, size_t len)
{
	(void)c;
	return len > 0 && !strchr(s, '/') && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

/* A number without leading zero. Return: what follows it, NULL if there is none */
static const char *skip_number(const char *s)
{
	if (*s == '0')
		return s + 1;
	if (!is_digit(*s))
		return NULL;
	while (is_digit(*s))
		s++;
	return s;
}

static bool is_word_char(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

/*
 * Dot-separated identifiers of a pre-release or build part (semver.org 2.0.0, rules 9 and 10).
 * Return: what follows them, NULL at a violation
 */
static const char *skip_identifiers(const char *s, bool is_prerelease)
{
	for (;;) {
		const char *start = s;
		bool is_number = true;

		for (; is_word_char(*s); s++)
			is_number = is_number && is_digit(*s);
		if (s == start || (is_prerelease && is_number && *start == '0' && s - start > 1))
			return NULL;
		if (*s != '.')
			return s;
		s++;
	}
}

static bool is_oci_version(const struct check *c, const char *s, size_t len)
{
	(void)c;
	(void)len;
	if (s[0] != '1' || s[1] != '.')
		return false;
	s = skip_number(s + 2);
	if (!s || *s != '.')
		return false;
	s = skip_number(s + 1);
	if (s && *s == '-')
		s = skip_identifiers(s + 1, true);
	if (s && *s == '+')
		s = skip_identifiers(s + 1, false);
	return s && *s == '\0';
}

static bool is_env(const struct check *c, const char *s, size_t len)
{
	(void)c;
	(void)len;
	return s[0] != '=' && strchr(s, '=');
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

/* A decimal number of up to 32 bits. Return: what follows it, NULL if there is none */
static const char *list_number(const char *s, uint64_t *ret)
{
	uint64_t v = 0;

	s = skip_blanks(s);
	if (!is_digit(*s))
		return NULL;
	for (; is_digit(*s); s++) {
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > UINT32_MAX)
			return NULL;
	}
	*ret = v;
	return skip_blanks(s);
}

/* One item of a list: "3", "0-3", and if @has_stride "0-31:2/4". Return: what follows, NULL if bad */
static const char *list_item(const char *s, bool has_stride)
{
	uint64_t first, last, used, group;

	s = list_number(s, &first);
	if (!s || *s != '-')
		return s;
	s = list_number(s + 1, &last);
	if (!s || last < first)
		return NULL;
	if (*s != ':' || !has_stride)
		return s;
	s = list_number(s + 1, &used);
	if (!s || *s != '/')
		return NULL;
	s = list_number(s + 1, &group);
	return s && used > 0 && used <= group ? s : NULL;
}

static bool is_list(const struct check *c, const char *s, size_t len)
{
	(void)len;
	s = skip_blanks(s);
	if (*s == '\0')
		return true;
	for (;;) {
		s = list_item(s, c == &check_list_stride);
		if (!s)
			return false;
		if (*s == '\0')
			return true;
		if (*s++ != ',')
			return false;
	}
}

static bool is_access(const struct check *c, const char *s, size_t len)
{
	(void)c;
	return len > 0 && len <= 3 && strspn(s, "rwm") == len && strchr(s + 1, s[0]) == NULL &&
	       (len < 3 || s[1] != s[2]);
}

static bool is_page_size(const struct check *c, const char *s, size_t len)
{
	const char *unit = skip_number(s);

	(void)c;
	(void)len;
	return unit && s[0] != '0' && *unit && strchr("KMG", *unit) && strcmp(unit + 1, "B") == 0;
}

/* The rules of the kernel's dev_valid_name() */
static bool is_net_name(const struct check *c, const char *s, size_t len)
{
	(void)c;
	return len > 0 && len <= NET_NAME_MAX && strcspn(s, "/: \t\n\v\f\r") == len &&
	       strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

static bool is_clos_id(const struct check *c, const char *s, size_t len)
{
	return strcmp(s, "/") == 0 || (is_file_name(c, s, len) && !strchr(s, '\n'));
}

static bool is_mem_bw(const struct check *c, const char *s, size_t len)
{
	(void)c;
	(void)len;
	return strncmp(s, "MB:", 3) == 0 && !strchr(s, '\n');
}

const struct check check_non_empty = { is_non_empty, "non-empty string", NULL, 0 };
const struct check check_absolute = { is_absolute, "absolute path", NULL, 0 };
const struct check check_file_name = { is_file_name, "file name without slashes", NULL, 0 };
const struct check check_oci_version = { is_oci_version, "version 1.x.y", NULL, 0 };
const struct check check_env = { is_env, "NAME=value", NULL, 0 };
const struct check check_list = { is_list, "list of numbers and ranges such as 0-3,7", NULL, 0 };
const struct check check_list_stride = { is_list, "list of numbers and ranges such as 0-3,7", NULL, 0 };
const struct check check_access = { is_access, "letters of \"rwm\", each at most once", NULL, 0 };
const struct check check_page_size = { is_page_size, "size such as 64KB, 2MB or 1GB", NULL, 0 };
const struct check check_net_name = {
	is_net_name, "network interface name of 1 to 15 bytes without '/', ':' or blanks", NULL, 0
};
const struct check check_clos_id = { is_clos_id, "\"/\" or a name without slashes", NULL, 0 };
const struct check check_mem_bw = { is_mem_bw, "one line that begins with MB:", NULL, 0 };
