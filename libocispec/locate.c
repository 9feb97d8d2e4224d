// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * locate.c - from a JSON path to its place in the text
 *
 * A path is read against the document: at an object, the longest key with which the rest of the path
 * begins is taken. So keys that hold dots ("net.ipv4.ip_forward") need no quoting.
 */
#include "decode.h"

#include <string.h>

#include "scan.h"

/* Does @path begin with the step @key? Return: the length of the step, 0 if not */
static size_t step_len(const char *path, const char *key)
{
	size_t n = strlen(key);

	if (strncmp(path, key, n) != 0 || (path[n] && path[n] != '.' && path[n] != '['))
		return 0;
	return n;
}

/* Go into an object: to the value of the member that matches best. Return: the length of its step */
static size_t enter_object(struct scan *s, const char *path)
{
	struct span key;
	size_t best = 0, at = 0;

	s->pos++;
	while (scan_member(s, &key)) {
		char raw[256], name[sizeof(((struct err *)0)->path)];
		size_t n;

		scan_blanks(s);
		n = scan_key(s, key, raw, sizeof(raw));
		n = step_len(path, text_escape(name, sizeof(name), raw, n));
		if (n > best) {
			best = n;
			at = s->pos;
		}
		if (!scan_value(s))
			break;
	}
	s->pos = at;
	return best;
}

/* Go into an array: to the element that "[N]" at @path names. Return: the length of the step, or 0 */
static size_t enter_array(struct scan *s, const char *path)
{
	size_t want = 0, n = 1;

	if (path[0] != '[')
		return 0;
	for (; path[n] >= '0' && path[n] <= '9'; n++)
		if (want <= DECODE_MAX_ELEMENTS)
			want = want * 10 + (size_t)(path[n] - '0');
	if (path[n] != ']' || n == 1)
		return 0;
	s->pos++;
	while (scan_member(s, NULL)) {
		if (want-- == 0)
			return n + 1;
		if (!scan_value(s))
			break;
	}
	return 0;
}

size_t scan_path(const char *text, size_t len, const char *path)
{
	struct scan s = { .text = text, .len = len };
	size_t here, step;

	scan_blanks(&s);
	here = s.pos;
	while (*path && here < len) {
		if (text[here] == '{')
			step = enter_object(&s, path + (*path == '.'));
		else if (text[here] == '[')
			step = enter_array(&s, path);
		else
			break;
		if (step == 0)
			break;
		path += step + (text[here] == '{' && *path == '.');
		here = s.pos;
	}
	return here;
}

void decode_locate(const char *text, size_t len, const char *path, unsigned *ret_line,
		   unsigned *ret_col)
{
	scan_place(text, scan_path(text, len, path), ret_line, ret_col);
}
