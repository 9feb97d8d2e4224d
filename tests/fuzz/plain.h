/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plain.h - a main() for fuzz entry points without a fuzzer: runs over a corpus, prints TAP
 *
 * The corpus is tests/fuzz/corpus/NAME, or the files named as arguments. Each file is tried as it is, and
 * FUZZ_RUNS (default 200) times after a few random changes: bits flipped, pieces cut, doubled, or taken
 * from a dictionary of what parsers stumble over. The changes depend on the file alone, so that a failure
 * comes back. One line of TAP for each file, and one for all whose names are hashes, as libFuzzer names
 * what it finds.
 */
#ifndef TESTS_FUZZ_PLAIN_H
#define TESTS_FUZZ_PLAIN_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUZZ_MAX ((size_t)1 << 20)
#define FUZZ_FILES 2048

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

static bool fuzz_is_hash(const char *name)
{
	return strlen(name) == 40 && strspn(name, "0123456789abcdef") == 40;
}

static void fuzz_load(const char *path, size_t share)
{
	const char *runs = getenv("FUZZ_RUNS");
	FILE *f = fopen(path, "re");
	size_t len;

	if (!f)
		_exit(2);
	len = fread(fuzz_file, 1, sizeof(fuzz_file), f);
	fclose(f);
	fuzz_one(len, (runs ? strtoul(runs, NULL, 10) : 200) / share);
}

/* In a child, so that a crash is the failure of these files alone. */
static int fuzz_paths(char **paths, size_t n_paths, const char *name, unsigned n)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < n_paths; i++)
			fuzz_load(paths[i], n_paths > 1 ? 20 : 1);
		exit(0);
	}
	waitpid(pid, &status, 0);
	printf("%sok %u - %s\n", status ? "not " : "", n, name);
	return status != 0;
}

/* The files of a folder. Return: how many */
static size_t fuzz_folder(const char *folder, char **ret)
{
	struct dirent **v = NULL;
	int n_files = scandir(folder, &v, NULL, alphasort);
	size_t n = 0;

	for (int i = 0; i < n_files; i++) {
		if (v[i]->d_name[0] != '.' && n < FUZZ_FILES && asprintf(&ret[n], "%s/%s", folder, v[i]->d_name) > 0)
			n++;
		free(v[i]);
	}
	free(v);
	return n;
}

static int fuzz_main(const char *name, int argc, char **argv)
{
	const char *source = getenv("SRCDIR");
	char folder[2048], *files[FUZZ_FILES], *found[FUZZ_FILES];
	size_t n_files = 0, n_found = 0;
	unsigned n = 0;
	int failed = 0;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", source ? source : ".", name);
	if (argc < 2)
		n_files = fuzz_folder(folder, files);
	for (int i = 1; i < argc && n_files < FUZZ_FILES; i++)
		files[n_files++] = argv[i];
	for (size_t i = 0; i < n_files; i++) {
		const char *slash = strrchr(files[i], '/');

		if (argc < 2 && fuzz_is_hash(slash + 1))
			found[n_found++] = files[i];
		else
			failed |= fuzz_paths(&files[i], 1, slash ? slash + 1 : files[i], ++n);
	}
	if (n_found)
		failed |= fuzz_paths(found, n_found, "what libFuzzer has found", ++n);
	for (size_t i = 0; argc < 2 && i < n_files; i++)
		free(files[i]);
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
