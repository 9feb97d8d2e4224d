// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * criu_stdio.c - standard files of a container that lead out of it: pipes, files, sockets, terminals
 *
 * They are written down when a container is made: later a shell may have put one aside for a moment.
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

/* The key of one of our own; "" = what the container has there is its own */
static const char *key_of(struct arena *a, int proc_fd, int fd)
{
	char path[24], link[64];
	uint64_t mnt_id;
	struct stat st;
	ssize_t n;

	snprintf(path, sizeof(path), "self/fd/%d", fd);
	n = readlinkat(proc_fd, path, link, sizeof(link) - 1);
	if (n < 0 || fstat(fd, &st) < 0)
		return "";
	link[n] = '\0';
	if (str_starts(link, "pipe:[") || str_starts(link, "socket:["))
		return arena_str(a, link);
	if ((S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode)) && fs_mount_id(fd, &mnt_id) == 0)
		return arena_fmt(a, "file[%llx:%llx]", (unsigned long long)mnt_id, (unsigned long long)st.st_ino);
	if (S_ISCHR(st.st_mode) && isatty(fd))
		return arena_fmt(a, "tty[%llx:%llx]", (unsigned long long)st.st_rdev, (unsigned long long)st.st_dev);
	return "";
}

struct strv criu_stdio_own(struct arena *a, int proc_fd)
{
	struct strv keys = { arena_newv(a, const char *, 3), 3 };

	for (int fd = 0; fd <= 2; fd++)
		keys.v[fd] = key_of(a, proc_fd, fd);
	return keys;
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

int criu_stdio_save(struct arena *a, const struct strv *keys, int image_fd, struct pb_out *opts, struct err *e)
{
	static const char *none[] = { "", "", "" };
	const struct descriptors d = { .fds = keys->n ? *keys : (struct strv){ none, ARRAY_SIZE(none) } };

	for (size_t i = 0; i < keys->n; i++) {
		const char *ino = str_starts(keys->v[i], "socket:");

		if (ino)
			pb_put_text(opts, CRIU_OPT_EXTERNAL, arena_fmt(a, "unix%s", ino));
		else if (*keys->v[i] && !str_starts(keys->v[i], "pipe:"))
			pb_put_text(opts, CRIU_OPT_EXTERNAL, keys->v[i]);
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
