// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * counts.c - in a build with --enable-coverage: processes that taper forks count into its own counts
 *
 * gcov writes what a process has counted when that exits. A first process of a container never does: it
 * becomes the program, or ends by _exit(), where no file of the host has a name. So the counts, which
 * counts.ld has put into pages of their own, are memory that all processes share until their execve, and
 * are written by the one that was called.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern char counts_start[], counts_end[];

__attribute__((constructor)) static void share_counts(void)
{
	size_t len = (size_t)(counts_end - counts_start);
	char *shared = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		_exit(125);
	memcpy(shared, counts_start, len);
	if (mremap(shared, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, counts_start) == MAP_FAILED)
		_exit(125);
}
