// SPDX-License-Identifier: LGPL-2.1-or-later
#include "libocispec/arena.h"

#include <errno.h>
#include <sys/resource.h>

#include "tests/lib/tap.h"

TEST(memory_is_zero_aligned_and_apart)
{
	struct arena a;
	char *p, *q;

	is_int(arena_open(&a, 1 << 20), 0);
	p = arena_alloc(&a, 3);
	q = arena_alloc(&a, 100);
	is_int((uintptr_t)p % _Alignof(max_align_t), 0);
	is_int((uintptr_t)q % _Alignof(max_align_t), 0);
	ok(q >= p + 3);
	for (int i = 0; i < 100; i++)
		if (!ok(q[i] == 0))
			return;
	arena_close(&a);
	ok(!a.base);
}

TEST(strings_are_packed_and_structs_after_them_aligned)
{
	struct arena a;
	char *p, *q;

	arena_open(&a, 1 << 20);
	p = arena_dup(&a, "abcdef", 3);
	q = arena_str(&a, "xy");
	is_str(p, "abc");
	ok(q == p + 4);
	is_str(arena_fmt(&a, "%s-%d", "n", 7), "n-7");
	is_str(arena_dup(&a, "", 0), "");
	is_int((uintptr_t)arena_new(&a, uint64_t) % _Alignof(max_align_t), 0);
	is_str(p, "abc");
	is_str(q, "xy");
}

TEST(left_says_what_can_be_had)
{
	struct arena a;

	arena_open(&a, 4096);
	is_int(arena_left(&a), 4096);
	arena_alloc(&a, 4096);
	is_int(arena_left(&a), 0);
}

/* Exhaustion ends the program with status 1: run it in a child. */
static int status_of(size_t n, size_t size)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct arena a;

		if (!freopen("/dev/null", "w", stderr))
			_exit(99);
		arena_open(&a, 8192);
		arena_array(&a, n, size);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(exhaustion_ends_the_program)
{
	is_int(status_of(1, 8192), 0);
	is_int(status_of(1, 8193), 1);
	is_int(status_of(SIZE_MAX / 2, 4), 1);
	is_int(status_of(SIZE_MAX / 8 + 2, 8), 1);
}

TEST(opens_smaller_under_a_limit)
{
#if defined(__SANITIZE_ADDRESS__)
	skip("the sanitizer needs address space");
#endif
	struct rlimit r = { (rlim_t)128 << 20, (rlim_t)128 << 20 };
	struct arena a;

	is_int(setrlimit(RLIMIT_AS, &r), 0);
	is_int(arena_open(&a, 0), 0);
	ok(a.size >= (size_t)4 << 20 && a.size < (size_t)128 << 20);
	is_err(arena_open(&a, (size_t)1 << 40), ENOMEM);
}

TAP_MAIN
