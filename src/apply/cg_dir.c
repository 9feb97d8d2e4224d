// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_dir.c - directories and files of cgroup hierarchies
 *
 * Sources: openat2(2), cgroups(7), kernel admin-guide cgroup-v1 and cgroup-v2.
 */
#include "apply/cg_dir.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "base/sys.h"
#include "host/facts.h"
#include "plan/facts.h"

#define CG_DEPTH_MAX 128

/* Hierarchies do not move while taper runs, and each is needed several times. */
static struct root {
	const char *mount;
	bool v2;
	int fd;
} roots[CG_HIER_MAX];
static size_t n_roots;

static int root_open(const char *mount, bool v2, struct err *e)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC };
	_close_fd int fd = sys_openat2(AT_FDCWD, mount, &how);
	struct statfs fs;

	if (fd < 0)
		return err_sys(e, ERR_CGROUP, "open %s", mount);
	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, ERR_CGROUP, "look at %s", mount);
	if (fs.f_type != (v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC))
		return err_set(e, -EINVAL, ERR_CGROUP, "%s is not a %s file system", mount,
			       v2 ? "cgroup2" : "cgroup");
	return take_fd(&fd);
}

int cg_root(const char *mount, bool v2, struct err *e)
{
	int fd;

	for (size_t i = 0; i < n_roots; i++)
		if (roots[i].v2 == v2 && strcmp(roots[i].mount, mount) == 0)
			return roots[i].fd;
	if (n_roots == ARRAY_SIZE(roots))
		return err_set(e, -E2BIG, ERR_CGROUP, "more than %d hierarchies", CG_HIER_MAX);
	fd = root_open(mount, v2, e);
	if (fd >= 0)
		roots[n_roots++] = (struct root){ .mount = mount, .v2 = v2, .fd = fd };
	return fd;
}

void cg_roots_close(void)
{
	while (n_roots > 0)
		fd_close(&roots[--n_roots].fd);
}

static const char *relative(const char *path)
{
	while (*path == '/')
		path++;
	return *path ? path : ".";
}

static int open_below(int dir_fd, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC),
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
	int fd = sys_openat2(dir_fd, path, &how);

	return fd < 0 ? -errno : fd;
}

int cg_dir_open(int root_fd, const char *path)
{
	return open_below(root_fd, relative(path), O_RDONLY | O_DIRECTORY);
}

int cg_dir_peek(const char *mount, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC };
	char full[PATH_MAX];
	int n = snprintf(full, sizeof(full), "%s%s", mount, path), fd;

	if (n < 0 || (size_t)n >= sizeof(full))
		return -ENAMETOOLONG;
	fd = sys_openat2(AT_FDCWD, full, &how);
	return fd < 0 ? -errno : fd;
}

int cg_dir_make(int root_fd, const char *path)
{
	return mkdirat(root_fd, relative(path), 0755) < 0 ? -errno : 0;
}

int cg_dir_remove(int root_fd, const char *path)
{
	return unlinkat(root_fd, relative(path), AT_REMOVEDIR) < 0 ? -errno : 0;
}

int cg_dir_ino(int dir_fd, uint64_t *ret)
{
	struct stat st;

	if (fstat(dir_fd, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

int cg_dir_ino_at(int root_fd, const char *path, uint64_t *ret)
{
	struct stat st;

	if (fstatat(root_fd, relative(path), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

int cg_dir_parent(int dir_fd)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV };
	int fd = sys_openat2(dir_fd, "..", &how);

	return fd < 0 ? -errno : fd;
}

bool cg_dir_writable(int root_fd, const char *path)
{
	return faccessat(root_fd, relative(path), W_OK | X_OK, AT_EACCESS) == 0;
}

static bool is_child(const struct dirent64 *d)
{
	return d->d_type == DT_DIR && strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* The next entry that is a sub-cgroup. @buf holds @len bytes of getdents64(2), read up to *@at. */
static const char *next_child(const char *buf, ssize_t len, ssize_t *at)
{
	while (*at < len) {
		const struct dirent64 *d = (const void *)(buf + *at);

		*at += d->d_reclen;
		if (is_child(d))
			return d->d_name;
	}
	return NULL;
}

int cg_dir_child(int dir_fd, char *ret)
{
	char buf[2048] __attribute__((aligned(8)));
	const char *name;
	ssize_t len;

	if (lseek(dir_fd, 0, SEEK_SET) < 0)
		return -errno;
	while ((len = getdents64(dir_fd, buf, sizeof(buf))) > 0) {
		ssize_t at = 0;

		name = next_child(buf, len, &at);
		if (name) {
			memcpy(ret, name, strlen(name) + 1);
			return 1;
		}
	}
	return len < 0 ? -errno : 0;
}

static int each_level(int dir_fd, unsigned depth, int (*fn)(int dir_fd, void *arg), void *arg)
{
	char buf[2048] __attribute__((aligned(8)));
	const char *name;
	ssize_t len;
	int r;

	if (depth > CG_DEPTH_MAX)
		return -ELOOP;
	if (lseek(dir_fd, 0, SEEK_SET) < 0)
		return -errno;
	while ((len = getdents64(dir_fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; (name = next_child(buf, len, &at));) {
			_close_fd int child_fd = open_below(dir_fd, name, O_RDONLY | O_DIRECTORY);

			if (child_fd < 0 && (child_fd == -ENOENT || child_fd == -ENODEV))
				continue;
			r = child_fd < 0 ? child_fd : each_level(child_fd, depth + 1, fn, arg);
			if (r < 0)
				return r;
		}
	}
	if (len < 0 && errno != ENOENT && errno != ENODEV)
		return -errno;
	r = fn(dir_fd, arg);
	return r < 0 ? r : 0;
}

int cg_dir_each(int dir_fd, int (*fn)(int dir_fd, void *arg), void *arg)
{
	return each_level(dir_fd, 0, fn, arg);
}

int cg_file_open(int dir_fd, const char *name, int flags)
{
	if (strchr(name, '/') || !*name)
		return -EINVAL;
	return open_below(dir_fd, name, flags);
}

int cg_file_read(int dir_fd, const char *name, char *buf, size_t size)
{
	_close_fd int fd = cg_file_open(dir_fd, name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	do {
		n = read(fd, buf, size - 1);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return (int)n;
}

int cg_text_write(int fd, const char *text, size_t len)
{
	ssize_t n;

	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int cg_file_chown(int dir_fd, const char *name, uid_t uid)
{
	if (strchr(name, '/'))
		return -EINVAL;
	return fchownat(dir_fd, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int cg_file_write(int dir_fd, const char *name, const char *text)
{
	_close_fd int fd = cg_file_open(dir_fd, name, O_WRONLY);

	return fd < 0 ? fd : cg_text_write(fd, text, strlen(text));
}

/* Decimal digits at @p; more than fit are cut to the largest number. */
static uint64_t number_at(const char *p)
{
	uint64_t v = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return UINT64_MAX;
	return v;
}

int cg_file_field(int dir_fd, const char *name, const char *key, uint64_t *ret)
{
	size_t key_len = strlen(key);
	char text[4096];
	int n = cg_file_read(dir_fd, name, text, sizeof(text));

	if (n < 0)
		return n;
	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, key, key_len) == 0 && p[key_len] == ' ') {
			*ret = number_at(p + key_len + 1);
			return 1;
		}
	}
	return 0;
}

int cg_dir_tasks(int dir_fd, const char *file, pid_t *ret, size_t max, size_t *ret_n)
{
	_close_fd int fd = cg_file_open(dir_fd, file, O_RDONLY);
	char buf[4096];
	pid_t pid = 0;
	ssize_t len;

	*ret_n = 0;
	if (fd < 0)
		return fd == -ENOENT || fd == -ENODEV ? 0 : fd;
	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			if (buf[i] >= '0' && buf[i] <= '9') {
				pid = pid * 10 + (buf[i] - '0');
				continue;
			}
			if (pid > 0 && *ret_n < max)
				ret[(*ret_n)++] = pid;
			pid = 0;
		}
	}
	/* ENODEV: removed meanwhile. EOPNOTSUPP: threaded, its processes are listed above it */
	return len < 0 && errno != ENODEV && errno != EOPNOTSUPP ? -errno : 0;
}

int cg_event_wait(int dir_fd, const char *key, uint64_t want, int64_t deadline)
{
	_close_fd int events_fd = cg_file_open(dir_fd, "cgroup.events", O_RDONLY);

	if (events_fd < 0)
		return events_fd;
	for (;;) {
		struct pollfd p = { .fd = events_fd, .events = POLLPRI };
		uint64_t value = want;
		char text[256];

		/* reading makes poll wait for the next change, so the value is read after that */
		if (pread(events_fd, text, sizeof(text), 0) < 0)
			return errno == ENODEV ? 1 : -errno;
		if (cg_file_field(dir_fd, "cgroup.events", key, &value) != 1 || value == want)
			return 1;
		if (deadline_left(deadline) == 0)
			return 0;
		if (poll(&p, 1, deadline_left(deadline)) < 0 && errno != EINTR)
			return -errno;
	}
}

pid_t cg_first_pid(int dir_fd)
{
	char text[32];
	int n = cg_file_read(dir_fd, "cgroup.procs", text, sizeof(text));

	if (n < 0)
		return n == -ENODEV ? 0 : n;     /* removed meanwhile */
	return (pid_t)number_at(text);
}

static int find_first(int dir_fd, void *arg)
{
	pid_t *first = arg, pid = *first ? 0 : cg_first_pid(dir_fd);

	if (pid > 0)
		*first = pid;
	return 0;
}

void cg_someone(int dir_fd, char *ret, size_t size)
{
	_close_fd int proc_fd = -1;
	pid_t pid = 0;

	if (dir_fd >= 0)
		cg_dir_each(dir_fd, find_first, &pid);
	if (pid == 0)
		snprintf(ret, size, "unknown");
	else if (host_proc(&proc_fd, NULL) < 0)
		snprintf(ret, size, "%d", pid);
	else
		pid_describe(proc_fd, pid, ret, size);
}

void cg_pause_us(unsigned us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000 };

	ppoll(NULL, 0, &t, NULL);
}
