// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * scan.c - a second, slow reading of a document to find places in it
 *
 * The grammar is RFC 8259 with the white space that yajl accepts.
 */
#include "scan.h"

#include <string.h>

#include "decode.h"

static int peek(const struct scan *s)
{
	return s->pos < s->len ? (unsigned char)s->text[s->pos] : -1;
}

static bool fail(struct scan *s, const char *expected)
{
	if (!s->expected)
		s->expected = expected;
	return false;
}

static bool eat(struct scan *s, char c)
{
	if (peek(s) != c)
		return false;
	s->pos++;
	return true;
}

void scan_blanks(struct scan *s)
{
	while (peek(s) == ' ' || (peek(s) >= '\t' && peek(s) <= '\r'))
		s->pos++;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int hex_digit(int c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool scan_digits(struct scan *s)
{
	if (!is_digit(peek(s)))
		return fail(s, "digit");
	while (is_digit(peek(s)))
		s->pos++;
	return true;
}

static bool scan_number(struct scan *s)
{
	eat(s, '-');
	if (!eat(s, '0') && !scan_digits(s))
		return false;
	if (eat(s, '.') && !scan_digits(s))
		return false;
	if (eat(s, 'e') || eat(s, 'E')) {
		if (!eat(s, '+'))
			eat(s, '-');
		return scan_digits(s);
	}
	return true;
}

static bool scan_escape(struct scan *s)
{
	int c = peek(s);

	if (c < 1 || !strchr("\"\\/bfnrtu", c))
		return fail(s, "one of \"\\/bfnrtu after a backslash");
	s->pos++;
	for (int i = 0; c == 'u' && i < 4; i++) {
		if (hex_digit(peek(s)) < 0)
			return fail(s, "four hexadecimal digits after \\u");
		s->pos++;
	}
	return true;
}

static bool scan_string(struct scan *s)
{
	s->pos++;
	while (!eat(s, '"')) {
		if (peek(s) < 0)
			return fail(s, "closing quote");
		if (peek(s) < 0x20)
			return fail(s, "control characters in strings escaped");
		if (eat(s, '\\')) {
			if (!scan_escape(s))
				return false;
		} else {
			s->pos++;
		}
	}
	return true;
}

static bool scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len - s->pos < n || memcmp(s->text + s->pos, word, n) != 0)
		return fail(s, "true, false or null");
	s->pos += n;
	return true;
}

bool scan_member(struct scan *s, struct span *ret_key)
{
	/* no value ends in an opening bracket */
	bool is_first = s->text[s->pos - 1] == (ret_key ? '{' : '[');
	char close = ret_key ? '}' : ']';

	scan_blanks(s);
	if (eat(s, close))
		return false;
	if (!is_first && !eat(s, ','))
		return fail(s, ret_key ? "',' or '}'" : "',' or ']'");
	scan_blanks(s);
	if (!ret_key)
		return true;
	if (peek(s) != '"')
		return fail(s, is_first ? "key in quotes or '}'" : "key in quotes");
	ret_key->start = s->pos;
	if (!scan_string(s))
		return false;
	ret_key->end = s->pos;
	scan_blanks(s);
	if (!eat(s, ':'))
		return fail(s, "':'");
	return true;
}

static bool scan_members(struct scan *s, bool is_object)
{
	struct span key;

	s->pos++;
	if (++s->depth > DECODE_MAX_DEPTH)
		return fail(s, "less nesting");
	while (scan_member(s, is_object ? &key : NULL))
		if (!scan_value(s))
			return false;
	s->depth--;
	return !s->expected;
}

bool scan_value(struct scan *s)
{
	scan_blanks(s);
	switch (peek(s)) {
	case '{':
		return scan_members(s, true);
	case '[':
		return scan_members(s, false);
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	}
	if (peek(s) == '-' || is_digit(peek(s)))
		return scan_number(s);
	return fail(s, "value");
}

bool scan_document(struct scan *s)
{
	if (!scan_value(s))
		return false;
	scan_blanks(s);
	return s->pos == s->len || fail(s, "end of text");
}

/* The code point of "uXXXX" at @p. */
static unsigned hex4(const char *p)
{
	unsigned v = 0;

	for (int i = 1; i <= 4; i++)
		v = v << 4 | (unsigned)hex_digit(p[i]);
	return v;
}

static bool is_high(unsigned c)
{
	return c >= 0xd800 && c <= 0xdbff;
}

static bool is_low(unsigned c)
{
	return c >= 0xdc00 && c <= 0xdfff;
}

static size_t put_utf8(char *dst, unsigned c)
{
	if (c < 0x80) {
		dst[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		dst[0] = (char)(0xc0 | c >> 6);
		dst[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		dst[0] = (char)(0xe0 | c >> 12);
		dst[1] = (char)(0x80 | (c >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	dst[0] = (char)(0xf0 | c >> 18);
	dst[1] = (char)(0x80 | (c >> 12 & 0x3f));
	dst[2] = (char)(0x80 | (c >> 6 & 0x3f));
	dst[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* One escape at @p (behind the backslash) to UTF-8. Return: the end of the escape */
static const char *unescape(const char *p, char *dst, size_t *ret_len)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *simple;
	unsigned c;

	*ret_len = 1;
	if (*p != 'u') {
		simple = strchr(from, *p);
		*dst = simple ? to[simple - from] : *p;
		return p + 1;
	}
	c = hex4(p);
	p += 5;
	if (is_high(c) && p[0] == '\\' && p[1] == 'u' && is_low(hex4(p + 1))) {
		c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 1) - 0xdc00);
		p += 6;
	}
	*ret_len = put_utf8(dst, c);
	return p;
}

size_t scan_key(const struct scan *s, struct span key, char *dst, size_t size)
{
	const char *p = s->text + key.start + 1, *end = s->text + key.end - 1;
	size_t out = 0;

	while (p < end) {
		char piece[4] = { *p };
		size_t n = 1;

		p = *p == '\\' ? unescape(p + 1, piece, &n) : p + 1;
		if (out + n >= size)
			break;
		memcpy(dst + out, piece, n);
		out += n;
	}
	dst[out] = '\0';
	return out;
}

bool scan_is_word(char c)
{
	return is_digit(c) || hex_digit(c) >= 0 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       c == '_' || c == '-' || c == '+' || c == '.';
}

/* Whether a key is @name: compared piece by piece, so that its length does not matter. */
static bool is_key(const struct scan *s, struct span key, const char *name)
{
	const char *p = s->text + key.start + 1, *end = s->text + key.end - 1;

	while (p < end) {
		char piece[4] = { *p };
		size_t n = 1;

		p = *p == '\\' ? unescape(p + 1, piece, &n) : p + 1;
		if (strncmp(name, piece, n) != 0)
			return false;
		name += n;
	}
	return *name == '\0';
}

size_t scan_second(const char *text, size_t len, size_t open, const char *name)
{
	struct scan s = { .text = text, .len = len, .pos = open + 1 };
	struct span key;
	bool is_second = false;

	while (scan_member(&s, &key)) {
		if (is_key(&s, key, name)) {
			if (is_second)
				return key.start;
			is_second = true;
		}
		if (!scan_value(&s))
			break;
	}
	return open;
}

const char *scan_escapes(const char *text, struct span token)
{
	const char *p = text + token.start + 1, *end = text + token.end - 1;

	while (p < end) {
		unsigned c;

		if (*p != '\\' || p[1] != 'u') {
			p += *p == '\\' ? 2 : 1;
			continue;
		}
		c = hex4(p + 1);
		p += 6;
		if (c == 0)
			return "\\u0000";
		if (is_low(c))
			return "half of a surrogate pair";
		if (!is_high(c))
			continue;
		if (p[0] != '\\' || p[1] != 'u' || !is_low(hex4(p + 1)))
			return "half of a surrogate pair";
		p += 6;
	}
	return NULL;
}

void scan_place(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_col)
{
	unsigned line = 1, col = 1;

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			line++;
			col = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			col++;
		}
	}
	*ret_line = line;
	*ret_col = col;
}
