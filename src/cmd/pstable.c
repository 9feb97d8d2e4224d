// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * pstable.c - the lines of a table of processes that are about some of them
 *
 * The n-th word of a line is taken for its n-th column, as other runtimes do: PID must not stand behind a column
 * whose values have blanks.
 */
#include "cmd/pstable.h"

#include <string.h>

#include "base/str.h"

#define BLANKS " \t"

/* The @n-th word of a line. Return: its length, 0 = there is none */
static size_t nth_word(const char *line, const char *end, size_t n, const char **ret)
{
	for (;;) {
		size_t len;

		line += strspn(line, BLANKS);
		len = strcspn(line, BLANKS "\n");
		if (line + len > end || len == 0)
			return 0;
		if (n-- == 0) {
			*ret = line;
			return len;
		}
		line += len;
	}
}

static bool has_pid(const struct u32v *pids, const char *word, size_t len)
{
	char number[16];
	uint32_t pid;

	if (len >= sizeof(number))
		return false;
	memcpy(number, word, len);
	number[len] = '\0';
	if (parse_u32(number, 1, INT32_MAX, &pid) < 0)
		return false;
	for (size_t i = 0; i < pids->n; i++)
		if (pids->v[i] == pid)
			return true;
	return false;
}

const char *pstable_filter(struct arena *a, const char *text, const struct u32v *pids)
{
	char *lines = arena_alloc(a, strlen(text) + 2), *at = lines;
	const char *end = text + strcspn(text, "\n"), *word;
	size_t column = 0, len;

	while ((len = nth_word(text, end, column, &word)) > 0 && !(len == 3 && strncmp(word, "PID", 3) == 0))
		column++;
	if (len == 0)
		return NULL;
	for (bool header = true; *text; header = false) {
		end = text + strcspn(text, "\n");
		len = nth_word(text, end, column, &word);
		if (header || (len && has_pid(pids, word, len))) {
			at = mempcpy(at, text, (size_t)(end - text));
			*at++ = '\n';
		}
		text = end + (*end == '\n');
	}
	*at = '\0';
	return lines;
}
