/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * harness.h - what the fuzz entry points share: conditions, pieces of the input, main()
 *
 * Every target defines LLVMFuzzerTestOneInput() and ends with FUZZ_MAIN("NAME"). By default that is a
 * program that runs over tests/fuzz/corpus/NAME and mutations of it (plain.h); with -DFUZZ_ENGINE the
 * main() is libFuzzer's.
 *
 * An input that has come to its end gives zeroes, and zero always stands for the simplest choice: so a
 * short input is a simple one.
 */
#ifndef TESTS_FUZZ_HARNESS_H
#define TESTS_FUZZ_HARNESS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "libocispec/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* REQUIRE() - what has to hold; stops the program where it does not */
#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond);       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* What is left of an input. */
struct fuzz_in {
	const uint8_t *p;
	size_t left;
};

__attribute__((unused)) static uint8_t fuzz_byte(struct fuzz_in *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

/* fuzz_pick() - a number below @n */
__attribute__((unused)) static size_t fuzz_pick(struct fuzz_in *in, size_t n)
{
	return fuzz_byte(in) % n;
}

__attribute__((unused)) static uint64_t fuzz_u64(struct fuzz_in *in)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | fuzz_byte(in);
	return v;
}

/* fuzz_text() - up to the next @end or to the end, without NUL bytes; NULL when nothing is left */
__attribute__((unused)) static char *fuzz_text(struct arena *a, struct fuzz_in *in, char end)
{
	char *text = arena_alloc(a, in->left + 1), *out = text;

	if (!in->left)
		return NULL;
	while (in->left) {
		char c = (char)fuzz_byte(in);

		if (c == end)
			break;
		if (c)
			*out++ = c;
	}
	return text;
}

/* fuzz_lines() - the lines of what is left */
__attribute__((unused)) static struct strv fuzz_lines(struct arena *a, struct fuzz_in *in, size_t max)
{
	struct strv list = { arena_newv(a, const char *, max + 1), 0 };
	const char *line;

	while (list.n < max && (line = fuzz_text(a, in, '\n')))
		list.v[list.n++] = line;
	return list;
}

__attribute__((unused)) static void fuzz_arena(struct arena *a)
{
	if (arena_open(a, (size_t)64 << 20) < 0)
		abort();
}

#ifdef FUZZ_ENGINE
#define FUZZ_MAIN(name) struct fuzz_needs_a_semicolon
#else
#include "tests/fuzz/plain.h"
#endif

#endif
