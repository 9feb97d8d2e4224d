// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * criu_log.c - why criu has failed: from its log
 *
 * A line is "(00.012345) 123: Error (criu/mount.c:1234): mnt: words". The last lines with "Error" have the
 * cause, and behind it what it has led to; that it FAILED is known already.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "apply/criu.h"
#include "apply/fs.h"
#include "base/codes.h"
#include "base/fd.h"

#define TAIL_MAX 16384
#define CAUSES 3                /* lines that are told */

/* The end of the file, as text. */
static int read_tail(int dir_fd, const char *name, char buf[static TAIL_MAX])
{
	_close_fd int fd = fs_entry(dir_fd, name, O_RDONLY | O_NONBLOCK);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	ssize_t n;

	if (size < 0)
		return -ENOENT;
	n = pread(fd, buf, TAIL_MAX - 1, size >= TAIL_MAX ? size - (TAIL_MAX - 1) : 0);
	if (n <= 0)
		return -ENODATA;
	buf[n] = '\0';
	return 0;
}

/* "Error (criu/mount.c:1234): words" -> "words" */
static const char *words_of(const char *line)
{
	const char *p = strstr(line, "Error"), *after;

	if (!p || strstr(p, "FAILED"))
		return NULL;
	after = strstr(p, "): ");
	return after ? after + 3 : p;
}

int criu_blame(const struct criu_args *x, const char *log, int r, struct err *e)
{
	char buf[TAIL_MAX], text[128] = "", answer[48] = "";
	const char *cause[CAUSES] = { NULL };
	size_t n = 0, len = 0;

	if (!e || e->id != ERR_CRIU || read_tail(x->work_fd, log, buf) < 0)
		return r;
	for (char *line = buf, *next; line; line = next) {
		const char *words;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		words = words_of(line);
		if (words)
			cause[n++ % CAUSES] = words;
	}
	for (size_t i = n > CAUSES ? n - CAUSES : 0; i < n && len < sizeof(text) - 1; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.110s", len ? "; " : "", cause[i % CAUSES]);
	memcpy(answer, e->text, sizeof(answer) - 1);
	return err_set(e, r, ERR_CRIU, "%s%s%s (%s/%s)", answer, n ? ": " : "", text, x->work_path, log);
}
