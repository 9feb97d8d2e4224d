// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * criu_stdio.c - standard files of a container that lead out of it: pipes, files, sockets, terminals
 *
 * Their other ends are not saved. At restore our own fds 0 to 2 take their places, each under the key by which
 * criu knows the old one. descriptors.json among the images, an array of three texts, has the keys; other
 * runtimes write and read a file of this name too, with "pipe:[INODE]" as we do.
 *
 * Source: criu(8), --external and --inherit-fd.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/criu.h"
#include "apply/fs.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/proc.h"
#include "libocispec/decode.h"
#include "libocispec/encode.h"

#define FILE_NAME "descriptors.json"
#define FILE_MAX 65536
#define HEAD "{\"fds\":"

/* The array as a property, since a document of rows is an object. */
struct descriptors {
	struct strv fds;
};
static const struct field rows[] = { F(struct descriptors, fds, "fds") };
static const struct schema_type descriptors_type = SCHEMA(struct descriptors, rows);

/* ---- save ---- */

/* Is the mount that a process's fd lies in one of those that it sees? */
static bool is_inside(const struct criu_seen *seen, const struct mount_lines *all, int fd, uint64_t *ret_id)
{
	char path[48], text[512], *p;

	snprintf(path, sizeof(path), "%d/fdinfo/%d", seen->pid, fd);
	*ret_id = 0;
	if (proc_read(seen->proc_fd, path, text, sizeof(text)) < 0)
		return true;
	p = strstr(text, "mnt_id:");
	if (!p)
		return true;
	p += strlen("mnt_id:");
	p += strspn(p, "\t ");
	p[strcspn(p, "\n")] = '\0';
	if (parse_u64(p, 0, UINT64_MAX, ret_id) < 0)
		return true;
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].id == *ret_id)
			return true;
	return false;
}

static int read_link(int proc_fd, const char *path, char *buf, size_t size)
{
	ssize_t n = readlinkat(proc_fd, path, buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

/* The key of one, and what criu has to be told of it (NULL = nothing) */
static const char *key_of(struct arena *a, const struct criu_seen *seen, const struct mount_lines *all, int fd,
			  const char **ret_external)
{
	char path[48], link[4096];
	const char *ino;
	uint64_t mnt_id;
	struct stat st;

	*ret_external = NULL;
	snprintf(path, sizeof(path), "%d/fd/%d", seen->pid, fd);
	if (read_link(seen->proc_fd, path, link, sizeof(link)) < 0 || fstatat(seen->proc_fd, path, &st, 0) < 0)
		return "";
	ino = str_starts(link, "socket:");
	if (ino)
		*ret_external = arena_fmt(a, "unix%s", ino);
	else if (*link == '/' && !is_inside(seen, all, fd, &mnt_id)) {
		if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode))
			*ret_external = arena_fmt(a, "file[%llx:%llx]", (unsigned long long)mnt_id,
						  (unsigned long long)st.st_ino);
		else if (S_ISCHR(st.st_mode))
			*ret_external = arena_fmt(a, "tty[%llx:%llx]", (unsigned long long)st.st_rdev,
						  (unsigned long long)st.st_dev);
		return *ret_external ? *ret_external : arena_str(a, link);
	}
	return arena_str(a, link);
}

static int write_keys(struct arena *a, int image_fd, const struct descriptors *d, struct err *e)
{
	size_t len;
	const char *text = encode(a, &descriptors_type, d, NULL, &len), *array = text + strlen(HEAD);
	_close_fd int fd = -1;
	int r;

	if (unlinkat(image_fd, FILE_NAME, 0) < 0 && errno != ENOENT)
		return err_sys(e, ERR_FILE, "replace " FILE_NAME);
	fd = fs_create(image_fd, FILE_NAME, 0600);
	r = fd < 0 ? fd : fd_write_all(fd, array, (size_t)(strrchr(array, ']') + 1 - array));
	return r < 0 ? err_code(e, r, ERR_FILE, "write " FILE_NAME " beside the images") : 0;
}

int criu_stdio_save(struct arena *a, const struct criu_seen *seen, int image_fd, struct pb_out *opts,
		    struct err *e)
{
	struct descriptors d = { .fds = { arena_newv(a, const char *, 3), 3 } };
	struct mount_lines all;

	TRY(criu_mountinfo(a, seen->proc_fd, seen->pid, &all, e));
	for (int fd = 0; fd <= 2; fd++) {
		const char *external;

		d.fds.v[fd] = key_of(a, seen, &all, fd, &external);
		pb_put_text(opts, CRIU_OPT_EXTERNAL, external);
	}
	return write_keys(a, image_fd, &d, e);
}

/* ---- load ---- */

static int read_keys(struct arena *a, int image_fd, struct descriptors *ret, struct err *e)
{
	_close_fd int fd = fs_entry(image_fd, FILE_NAME, O_RDONLY | O_NONBLOCK);
	struct err first = { 0 };
	struct problems p = { .v = &first, .max = 1 };
	const char *text;
	char *array;
	size_t len;
	int r = fd < 0 ? fd : fd_read_arena(fd, a, FILE_MAX, &array, &len);

	if (r < 0)
		return err_code(e, r, ERR_FILE, "read " FILE_NAME " among the images");
	text = arena_fmt(a, HEAD "%s}", array);
	r = decode(a, &descriptors_type, text, strlen(text), ret, &p);
	if (r < 0)
		err_set(e, r, ERR_FILE, FILE_NAME " among the images is not what it should be: %.120s", first.text);
	return r;
}

static bool is_key(const char *text)
{
	static const char *const kinds[] = { "pipe:[", "socket:[", "file[", "tty[" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_starts(text, kinds[i]))
			return true;
	return false;
}

int criu_stdio_load(struct arena *a, int image_fd, struct pb_out *opts, struct err *e)
{
	struct descriptors d = { 0 };

	TRY(read_keys(a, image_fd, &d, e));
	for (size_t i = 0; i < d.fds.n && i <= 2; i++) {
		size_t k = 0;

		while (k < i && !str_eq(d.fds.v[k], d.fds.v[i]))
			k++;
		if (k == i && is_key(d.fds.v[i]))
			criu_put_pair(a, opts, CRIU_OPT_INHERIT_FD, d.fds.v[i], NULL, (int64_t)i);
	}
	return 0;
}
