// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * plan_memory.c - decoder and planner with any amount of memory
 *
 * The arena ends after each number of bytes in turn, so that each allocation fails once, those of yajl too.
 * The decoder must say so as of a limit; the planner, which is not reached by a document that is too large
 * for it, may end the program, by itself and with a line.
 */
#include <fcntl.h>
#include <unistd.h>

#include "libocispec/decode.h"
#include "libocispec/encode.h"
#include "tests/unit/plan_fixture.h"

static char text[65536];

/* A config with nearly everything in it. Return: its length */
static size_t load(void)
{
	const char *source = getenv("SRCDIR");
	char path[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/tests/plan/full.json", source ? source : ".");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	ok(n > 1000 && (size_t)n < sizeof(text));
	close(fd);
	return n < 0 ? 0 : (size_t)n;
}

TEST(decoder_with_any_amount)
{
	size_t len = load(), refused = 0, taken = 0;

	for (size_t size = 7; taken < 10 && size < (size_t)16 << 20; size += 7 + size / 512) {
		struct oci_spec spec;
		struct err v[2];
		struct problems p = { .v = v, .max = 2 };
		struct arena a;
		int r;

		ok(arena_open(&a, size) == 0);
		r = decode(&a, &oci_spec_type, text, len, &spec, &p);
		if (r == 0) {
			taken++;
		} else {
			refused++;
			is_int(taken, 0);        /* more of it does no harm */
			is_err(r, E2BIG);
			is_int(v[0].id, ERR_LIMIT);
			has_str(v[0].text, "document needs more memory than there is");
		}
		arena_close(&a);
	}
	printf("# refused %zu times\n", refused);
	ok(refused > 500 && taken == 10);
}

/* Return: 0 planned, 1 the arena was exhausted, else something that must not be */
static int plan_with(size_t size, const struct oci_spec *spec, const struct fixture *f)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		int null_fd = open("/dev/null", O_WRONLY);
		struct plan *plan = NULL;
		struct arena a;

		dup2(null_fd, STDERR_FILENO);
		if (arena_open(&a, size) < 0 || plan_make(&a, spec, &f->opt, &f->facts, &plan, NULL) < 0)
			_exit(2);
		plan_explain(&a, plan, &f->facts, true);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

TEST(planner_with_any_amount)
{
	size_t len = load(), planned = 0, ended = 0;
	struct oci_spec spec;
	struct fixture f;

	fix_init(&f);
	is_int(decode(&f.a, &oci_spec_type, text, len, &spec, NULL), 0);
	for (size_t size = 64; !planned && size < (size_t)16 << 20; size += 64 + size / 256) {
		int r = plan_with(size, &spec, &f);

		if (!ok(r == 0 || r == 1))
			printf("# %zu bytes: %d\n", size, r);
		planned += r == 0;
		ended += r == 1;
	}
	printf("# ended %zu times\n", ended);
	ok(planned == 1 && ended > 100);
}

TAP_MAIN
