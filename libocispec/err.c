// SPDX-License-Identifier: LGPL-2.1-or-later
/* err.c - the one error value: set, place, escape */
#include "err.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef ERR_ANALYSE
#undef err_set
#undef err_sys
#undef err_code
#endif

const char *errno_text(int error)
{
	static char low[96]; /* single-threaded by design: an error is formatted and gone */
	const char *text = strerrordesc_np(error < 0 ? -error : error);

	if (!text)
		text = "unknown error";
	snprintf(low, sizeof(low), "%s", text);
	/* "No such file" -> "no such file", but "RFS specific error" stays */
	if (isupper((unsigned char)low[0]) && !isupper((unsigned char)low[1]))
		low[0] = (char)tolower((unsigned char)low[0]);
	return low;
}

/* Length of the well-formed UTF-8 sequence at @s, 0 if there is none (RFC 3629). */
static size_t utf8_len(const unsigned char *s, size_t left)
{
	size_t need = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 :
		      s[0] < 0xf5 ? 4 : 0;

	if (need == 0 || need > left)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return need;
}

size_t text_utf8(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		uint64_t word;
		size_t n;

		while (len - i >= sizeof(word)) { /* documents are ASCII nearly everywhere */
			memcpy(&word, s + i, sizeof(word));
			if (word & UINT64_C(0x8080808080808080))
				break;
			i += sizeof(word);
		}
		if (i == len)
			break;
		n = utf8_len((const unsigned char *)s + i, len - i);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

char *text_escape(char *dst, size_t size, const char *src, size_t len)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t out = 0, i = 0;

	assert(size >= 8);
	while (i < len) {
		size_t n = utf8_len(s + i, len - i);
		bool plain = n > 1 || (n == 1 && s[i] >= 0x20 && s[i] != 0x7f);
		size_t need = plain ? n : 4;

		if (out + need + 3 >= size) {
			memcpy(dst + out, "...", 3);
			out += 3;
			break;
		}
		if (plain)
			memcpy(dst + out, s + i, n);
		else
			snprintf(dst + out, 5, "\\x%02x", s[i]);
		out += need;
		i += plain ? n : 1;
	}
	dst[out] = '\0';
	return dst;
}

static int fill(struct err *e, int code, unsigned id, const char *errno_part, const char *fmt,
		va_list ap)
{
	char raw[sizeof(e->text)];
	size_t tail = 0;
	int n;

	assert(code < 0);
	if (!e)
		return code;
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(raw))
		n = sizeof(raw) - 1;
	if (errno_part) /* the reason must survive a long object name */
		tail += strlen(errno_part) + 2;
	e->code = code;
	e->id = (uint16_t)id;
	text_escape(e->text, sizeof(e->text) - tail, raw, (size_t)n);
	if (errno_part) {
		size_t len = strlen(e->text);

		snprintf(e->text + len, sizeof(e->text) - len, ": %s", errno_part);
	}
	return code;
}

int err_set(struct err *e, int code, unsigned id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	code = fill(e, code, id, NULL, fmt, ap);
	va_end(ap);
	return code;
}

int err_sys(struct err *e, unsigned id, const char *fmt, ...)
{
	int code = errno > 0 ? -errno : -EIO;
	va_list ap;

	va_start(ap, fmt);
	code = fill(e, code, id, errno_text(code), fmt, ap);
	va_end(ap);
	return code;
}

int err_code(struct err *e, int code, unsigned id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	code = fill(e, code, id, errno_text(code), fmt, ap);
	va_end(ap);
	return code;
}

void err_place(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (!e || e->path[0])
		return;
	va_start(ap, fmt);
	vsnprintf(e->path, sizeof(e->path), fmt, ap);
	va_end(ap);
}

void err_prefix(struct err *e, const char *fmt, ...)
{
	char raw[2 * sizeof(e->text)];
	va_list ap;
	int n;

	if (!e)
		return;
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(e->text))
		n = sizeof(e->text) - 1;
	snprintf(raw + n, sizeof(raw) - (size_t)n, "%s", e->text);
	text_escape(e->text, sizeof(e->text), raw, strlen(raw));
}

struct err *problem_slot(struct problems *p)
{
	if (!p)
		return NULL;
	if (p->n == p->max) {
		p->lost++;
		return NULL;
	}
	p->v[p->n] = (struct err){ 0 };
	return &p->v[p->n++];
}
