// SPDX-License-Identifier: LGPL-2.1-or-later
/* list.c - what is in a state root */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "state/forget.h"
#include "state/store.h"

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in the state root, sorted. What an interrupted forget has left is removed, at best, when @sweep. */
static int list_root(struct store *s, struct arena *a, bool (*wanted)(const char *name), bool sweep,
		     struct strv *ret, struct err *e)
{
	int fd = openat(s->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const char **names = NULL;
	size_t n = 0, room = 0;
	struct dirent *d;

	if (!dir) {
		int r = err_sys(e, ERR_STATE_ROOT, "list %s", s->path);

		fd_close(&fd);
		return r;
	}
	while (errno = 0, (d = readdir(dir))) {
		if (sweep && forget_is_dead(d->d_name))
			(void)forget_dead(s, d->d_name);
		if (!wanted(d->d_name))
			continue;
		if (n == room) {
			const char **more = arena_newv(a, const char *, room ? 2 * room : 64);

			if (n)
				memcpy(more, names, n * sizeof(*names));
			names = more;
			room = room ? 2 * room : 64;
		}
		names[n++] = arena_str(a, d->d_name);
	}
	/* half a list would say that the rest does not exist */
	if (errno) {
		int r = err_sys(e, ERR_STATE_ROOT, "list %s", s->path);

		closedir(dir);
		return r;
	}
	closedir(dir);
	if (n)
		qsort(names, n, sizeof(*names), compare_ids);
	*ret = (struct strv){ names, n };
	return 0;
}

int store_list(struct store *s, struct arena *a, const char ***ret_ids, size_t *ret_n,
	       struct err *e)
{
	struct strv ids = { 0 };
	int r = list_root(s, a, store_id_valid, true, &ids, e);

	if (r == 0) {
		*ret_ids = ids.v;
		*ret_n = ids.n;
	}
	return r;
}

int store_leftovers(struct store *s, struct arena *a, struct strv *ret_ids, struct strv *ret_dead,
		    struct err *e)
{
	struct strv ids = { 0 };
	int r = list_root(s, a, store_id_valid, false, &ids, e);

	if (r == 0)
		r = list_root(s, a, forget_is_dead, false, ret_dead, e);
	if (r == 0)
		*ret_ids = ids;
	return r;
}

bool store_is_empty(const struct container *c)
{
	int fd = openat(c->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;
	bool empty = dir != NULL;

	if (!dir) {
		fd_close(&fd);
		return false;
	}
	while (empty && (errno = 0, d = readdir(dir)))
		empty = str_eq(d->d_name, ".") || str_eq(d->d_name, "..");
	empty = empty && !errno;
	closedir(dir);
	return empty;
}
