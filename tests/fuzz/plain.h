/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plain.h - a main() for fuzz entry points without a fuzzer: runs over a corpus, prints TAP
 *
 * The corpus is tests/fuzz/corpus/NAME, or the files named as arguments. Each file is tried as it is, and
 * FUZZ_RUNS (default 200) times after a few random changes: bits flipped, pieces cut, doubled, or taken
 * from a dictionary of what parsers stumble over. The changes depend on the file alone, so that a failure
 * comes back. One line of TAP for each file.
 */
#ifndef TESTS_FUZZ_PLAIN_H
#define TESTS_FUZZ_PLAIN_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUZZ_MAX ((size_t)1 << 20)

static uint8_t fuzz_file[FUZZ_MAX], fuzz_input[4 * FUZZ_MAX];
static uint64_t fuzz_seed;

static size_t fuzz_below(size_t n)
{
	fuzz_seed = fuzz_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(fuzz_seed >> 33) % (n ? n : 1);
}

/* Put @n bytes in place of @cut bytes at @at. */
static size_t fuzz_splice(size_t len, size_t at, size_t cut, const void *bytes, size_t n)
{
	if (len - cut + n > sizeof(fuzz_input))
		return len;
	memmove(fuzz_input + at + n, fuzz_input + at + cut, len - at - cut);
	memcpy(fuzz_input + at, bytes, n);
	return len - cut + n;
}

static size_t fuzz_change(size_t len)
{
	static const char *const words[] = {
		"\"", "\\", "{", "}", "[", "]", ",", ":", "null", "true", "-1", "0", "-0", "1e9",
		"4294967295", "9223372036854775808", "18446744073709551616", "\"\"", "\\u0000",
		"\\ud800", "\xff", "\xc0\x80", "\n", "\"a\":", "[[[[[[[[", "{\"a\":{\"a\":",
	};
	size_t at = fuzz_below(len + 1), n = fuzz_below(len - at < 64 ? len - at + 1 : 64);
	uint8_t piece[64];
	const char *word;

	switch (fuzz_below(5)) {
	case 0:
		if (at < len)
			fuzz_input[at] ^= (uint8_t)(1u << fuzz_below(8));
		return len;
	case 1:
		return fuzz_splice(len, at, n, "", 0);
	case 2:
		memcpy(piece, fuzz_input + at, n);
		return fuzz_splice(len, fuzz_below(len + 1), 0, piece, n);
	case 3:
		word = words[fuzz_below(sizeof(words) / sizeof(words[0]))];
		return fuzz_splice(len, at, n > 8 ? 0 : n, word, strlen(word));
	default:
		return fuzz_below(8) ? len : at;
	}
}

static void fuzz_one(size_t len, size_t runs)
{
	LLVMFuzzerTestOneInput(fuzz_file, len);
	fuzz_seed = len;
	for (size_t i = 0; i < runs; i++) {
		size_t n = len;

		memcpy(fuzz_input, fuzz_file, len);
		for (size_t k = 1 + fuzz_below(4); k > 0; k--)
			n = fuzz_change(n);
		LLVMFuzzerTestOneInput(fuzz_input, n);
	}
}

/* In a child, so that a crash is the failure of this file alone. */
static int fuzz_path(const char *path, unsigned n)
{
	const char *runs = getenv("FUZZ_RUNS");
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		FILE *f = fopen(path, "re");
		size_t len;

		if (!f)
			_exit(2);
		len = fread(fuzz_file, 1, sizeof(fuzz_file), f);
		fclose(f);
		fuzz_one(len, runs ? strtoul(runs, NULL, 10) : 200);
		exit(0);
	}
	waitpid(pid, &status, 0);
	printf("%sok %u - %s\n", status ? "not " : "", n, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	return status != 0;
}

static int fuzz_main(const char *name, int argc, char **argv)
{
	const char *source = getenv("SRCDIR");
	char folder[2048], path[4096];
	struct dirent **v = NULL;
	unsigned n = 0;
	int failed = 0, n_files;

	for (int i = 1; i < argc; i++)
		failed |= fuzz_path(argv[i], ++n);
	if (argc < 2) {
		snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", source ? source : ".", name);
		n_files = scandir(folder, &v, NULL, alphasort);
		for (int i = 0; i < n_files; i++) {
			snprintf(path, sizeof(path), "%s/%s", folder, v[i]->d_name);
			if (v[i]->d_name[0] != '.')
				failed |= fuzz_path(path, ++n);
			free(v[i]);
		}
		free(v);
	}
	printf("1..%u\n", n);
	return failed || !n;
}

#define FUZZ_MAIN(name)                                                                            \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		return fuzz_main(name, argc, argv);                                                \
	}                                                                                          \
	struct fuzz_needs_a_semicolon

#endif
