// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * selfexe.c - the own binary out of the container's reach (security: D5)
 *
 * /proc/PID/exe of a process of ours is a door to the host's binary: a container that executes
 * "#!/proc/self/exe", or looks at us before our execve, could open it, wait until it is no longer
 * running, and write to it. The usual answer is to copy the binary, or to execute it again from a
 * read-only mount, which costs as much as a start. Here the process changes its file instead:
 *
 *   1. a detached clone of the mount that holds the binary is made read-only, and the binary is opened
 *      through it: same inode, but never writable on this path;
 *   2. all segments that are mapped from the old path are mapped anew: unchanged ones from the new
 *      file, changed ones (data, relocations) as anonymous copies;
 *   3. prctl(PR_SET_MM_MAP) makes the new file the process's exe. The kernel permits it once nothing is
 *      mapped from the old one (replace_mm_exe_file() in kernel/fork.c) and the caller is capable of
 *      checkpoint and restore in its user namespace;
 *   4. the mount becomes noexec: nothing can execute the binary through it again.
 *
 * Afterwards exe, and everything in map_files that was ours, leads to the read-only mount. Needs
 * CONFIG_CHECKPOINT_RESTORE; where it is missing, selfexe_start() executes the binary again from such a
 * mount instead.
 */
#include "apply/selfexe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "apply/fs.h"
#include "apply/mount.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"

/* The command line as the kernel shows it; set once by selfexe_args(). */
static struct {
	char **argv;
	char *start, *end;
} args;

void selfexe_args(int argc, char **argv)
{
	if (argc < 1)
		return;
	args.argv = argv;
	args.start = argv[0];
	args.end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
}

/* Is this fd one that can never be opened for writing by its path? */
static bool is_readonly(int fd)
{
	struct statvfs sv;

	return fstatvfs(fd, &sv) == 0 && (sv.f_flag & ST_RDONLY);
}

int selfexe_open(int proc_fd, const char *path, int *ret_fd, int *ret_tree_fd, struct err *e)
{
	_close_fd int self_fd = openat(proc_fd, "self/exe", O_PATH | O_CLOEXEC);
	_close_fd int tree_fd = -1, exe_fd = -1;
	struct stat a, b;
	char link[64];
	int r;

	if (self_fd < 0)
		return err_sys(e, ERR_SYSTEM, "open the own binary");
	tree_fd = mount_clone(path ? AT_FDCWD : proc_fd, path ? path : "self/exe", 0);
	if (tree_fd < 0)
		return err_code(e, tree_fd, ERR_SYSTEM, "clone the mount of the own binary");
	r = mount_readonly(tree_fd, false);
	if (r < 0)
		return err_code(e, r, ERR_SYSTEM, "make the clone of the own binary read-only");
	if (fstat(self_fd, &a) < 0 || fstat(tree_fd, &b) < 0)
		return err_sys(e, ERR_SYSTEM, "stat the own binary");
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return err_set(e, -EAGAIN, ERR_SYSTEM, "%s is no longer the binary that runs",
			       path ? path : "exe");
	snprintf(link, sizeof(link), "self/fd/%d", tree_fd);
	exe_fd = openat(proc_fd, link, O_RDONLY | O_CLOEXEC);
	if (exe_fd < 0)
		return err_sys(e, ERR_SYSTEM, "open the read-only binary");
	*ret_fd = take_fd(&exe_fd);
	*ret_tree_fd = take_fd(&tree_fd);
	return 0;
}

/* Where the segments of the program itself are, found by its own address. */
struct image {
	uintptr_t base;
	const ElfW(Phdr) * phdr;
	size_t n;
};

static int find_image(struct dl_phdr_info *info, size_t size, void *data)
{
	struct image *im = data;

	(void)size;
	/* the program itself comes first (dl_iterate_phdr(3)) */
	*im = (struct image){ .base = info->dlpi_addr,
			      .phdr = info->dlpi_phdr,
			      .n = info->dlpi_phnum };
	return 1;
}

/* memcpy() of a whole segment, with what lies between its variables: red zones in a sanitizer's build */
__attribute__((no_sanitize("address"))) static void
copy_words(volatile uintptr_t *to, const volatile uintptr_t *from, size_t len)
{
	for (size_t i = 0; i < len / sizeof(*to); i++)
		to[i] = from[i];
}

/* Put an anonymous copy in place of a segment whose pages have been written to. */
static int copy_segment(uintptr_t start, size_t len)
{
	void *copy = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (copy == MAP_FAILED)
		return -errno;
	copy_words(copy, (const volatile uintptr_t *)start, len);
	/* one step, so that there is no moment without data */
	return mremap(copy, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)start) == MAP_FAILED
		       ? -errno
		       : 0;
}

static int map_segment(const ElfW(Phdr) * h, uintptr_t start, size_t len, int exe_fd, size_t page)
{
	int prot = PROT_READ | (h->p_flags & PF_X ? PROT_EXEC : 0);
	off_t offset = (off_t)(h->p_offset & ~(page - 1));

	return mmap((void *)start, len, prot, MAP_PRIVATE | MAP_FIXED, exe_fd, offset) == MAP_FAILED
		       ? -errno
		       : 0;
}

static int remap(const struct image *im, int exe_fd, struct prctl_mm_map *mm)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < im->n; i++) {
		const ElfW(Phdr) *h = &im->phdr[i];
		uintptr_t start = (im->base + h->p_vaddr) & ~(page - 1);
		uintptr_t end = (im->base + h->p_vaddr + h->p_filesz + page - 1) & ~(page - 1);
		int r;

		if (h->p_type != PT_LOAD || end == start)
			continue;
		r = h->p_flags & PF_W ? copy_segment(start, end - start)
				      : map_segment(h, start, end - start, exe_fd, page);
		if (r < 0)
			return r;
		if (h->p_flags & PF_X) {
			mm->start_code = start;
			mm->end_code = end;
		} else if (h->p_flags & PF_W) {
			mm->start_data = start;
			mm->end_data = end;
		}
	}
	return 0;
}

/* The relocated, read-only part of the data segment was made writable by the copy. */
static int protect_relro(const struct image *im)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < im->n; i++) {
		const ElfW(Phdr) *h = &im->phdr[i];
		uintptr_t start = (im->base + h->p_vaddr) & ~(page - 1);
		uintptr_t end = (im->base + h->p_vaddr + h->p_memsz) & ~(page - 1);

		if (h->p_type == PT_GNU_RELRO && end > start &&
		    mprotect((void *)start, end - start, PROT_READ) < 0)
			return -errno;
	}
	return 0;
}

int selfexe_replace(int exe_fd, int tree_fd, struct err *e)
{
	struct image im = { 0 };
	uintptr_t brk = (uintptr_t)sbrk(0);
	struct prctl_mm_map mm = {
		.start_brk = brk,
		.brk = brk,
		.start_stack = (uintptr_t)args.start,
		.arg_start = (uintptr_t)args.start,
		.arg_end = (uintptr_t)args.end,
		.env_start = (uintptr_t)args.end,
		.env_end = (uintptr_t)args.end,
		.exe_fd = (uint32_t)exe_fd,
	};
	int r;

	dl_iterate_phdr(find_image, &im);
	r = remap(&im, exe_fd, &mm);
	if (r == 0)
		r = protect_relro(&im);
	if (r == 0 && prctl(PR_SET_MM, PR_SET_MM_MAP, &mm, sizeof(mm), 0) < 0)
		r = -errno;
	/* Only now: the kernel takes no file of a noexec mount for an executable. */
	if (r == 0)
		r = mount_noexec(tree_fd);
	return r < 0 ? err_code(e, r, ERR_SYSTEM, "put the own binary out of reach") : 0;
}

static bool can_replace(void)
{
	unsigned size;

	return prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) == 0 &&
	       size == sizeof(struct prctl_mm_map);
}

int selfexe_start(int proc_fd, bool *ret_needed, struct err *e)
{
	_close_fd int self_fd = openat(proc_fd, "self/exe", O_PATH | O_CLOEXEC), exe_fd = -1, tree_fd = -1;
	int r;

	if (self_fd < 0)
		return err_sys(e, ERR_SYSTEM, "open the own binary");
	/* A binary that the caller cannot write cannot be written from inside a container of the caller's. */
	*ret_needed = !is_readonly(self_fd) &&
		      faccessat(self_fd, "", W_OK, AT_EACCESS | AT_EMPTY_PATH) == 0;
#ifdef WEAKEN_EXE
	*ret_needed = false;
#endif
	if (!*ret_needed || can_replace())
		return 0;
	r = selfexe_open(proc_fd, NULL, &exe_fd, &tree_fd, e);
	if (r < 0)
		return r;
	fd_limit_restore();
	sys_execveat(exe_fd, "", args.argv, environ, AT_EMPTY_PATH);
	return err_sys(e, ERR_SYSTEM, "execute the read-only clone of the own binary");
}
