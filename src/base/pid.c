// SPDX-License-Identifier: LGPL-2.1-or-later
/* pid.c - processes that cannot be mistaken for others. Sources: proc(5), pidfd_open(2) */
#include "base/pid.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

#define BEGIN_MS 2000

#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC 0x50494446 /* linux/magic.h since 6.9 */
#endif

static const struct open_how proc_how = {
	.flags = O_RDONLY | O_CLOEXEC,
	.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
};

struct pid_stat {
	char state;
	char name[64];               /* the kernel's, escaped */
	uint64_t start;
	uint64_t code;               /* where the program's code begins; 0 = it is not mapped, 1 = not told to us */
	uint64_t status;             /* wait status of a zombie, if it is told to us */
};

/* The fields that are numbers and wanted, in the order of the file. */
static const struct {
	int field;
	size_t offset;
} stat_fields[] = {
	{ 22, offsetof(struct pid_stat, start) },
	{ 26, offsetof(struct pid_stat, code) },
	{ 52, offsetof(struct pid_stat, status) },
};

/* @p: at the third field. Return: 0 or -EBADMSG */
static int stat_numbers(const char *p, struct pid_stat *ret)
{
	int at = 3;

	for (size_t i = 0; i < ARRAY_SIZE(stat_fields); i++) {
		uint64_t v = 0;

		for (; at < stat_fields[i].field; at++) {
			p = strchr(p, ' ');
			if (!p)
				return -EBADMSG;
			p++;
		}
		if (*p < '0' || *p > '9')
			return -EBADMSG;
		for (const char *d = p; *d >= '0' && *d <= '9'; d++)
			v = v * 10 + (uint64_t)(*d - '0');
		memcpy((char *)ret + stat_fields[i].offset, &v, sizeof(v));
	}
	return 0;
}

/* What /proc/PID/stat says. Return: 0, -ESRCH or -errno */
static int pid_stat(int proc_fd, pid_t pid, struct pid_stat *ret)
{
	char buf[2048], file[32], *name, *p;
	_close_fd int fd = -1;
	ssize_t n;

	snprintf(file, sizeof(file), "%d/stat", pid);
	fd = sys_openat2(proc_fd, file, &proc_how);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = fd_read_all(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	/* The second field is the name, which may hold blanks and parentheses: the last ')' ends it. */
	name = strchr(buf, '(');
	p = strrchr(buf, ')');
	if (!name || !p || p < name || p[1] != ' ' || !p[2])
		return -EBADMSG;
	text_escape(ret->name, sizeof(ret->name), name + 1, (size_t)(p - name - 1));
	ret->state = p[2];
	return stat_numbers(p + 2, ret);
}

/* Before pidfs all pidfds had one inode. Return: 0 or -errno */
static int pidfs_inode(int pid_fd, uint64_t *ret)
{
	struct statfs fs;
	struct stat st;

	*ret = 0;
	if (fstatfs(pid_fd, &fs) < 0)
		return -errno;
	if (fs.f_type != PID_FS_MAGIC)
		return 0;
	if (fstat(pid_fd, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

int pid_mark(int proc_fd, pid_t pid, int pid_fd, struct pid_mark *ret)
{
	struct pid_stat st = { .start = 0 };
	int r;

	*ret = (struct pid_mark){ .pid = pid };
	if (pid_fd >= 0) {
		r = pidfs_inode(pid_fd, &ret->inode);
		if (r < 0 || ret->inode)
			return r;
	}
	r = pid_stat(proc_fd, pid, &st);
	ret->start = st.start;
	return r;
}

char pid_state(int proc_fd, pid_t pid)
{
	struct pid_stat st;

	return pid_stat(proc_fd, pid, &st) == 0 ? st.state : 0;
}

bool pid_killed_early(int proc_fd, pid_t pid, int pid_fd)
{
	int64_t until = deadline_ms(BEGIN_MS);
	struct pid_stat st;

	do {
		if (pid_stat(proc_fd, pid, &st) < 0)
			return false;
		if (st.state == 'Z')
			return (st.status & 0x7f) == SIGKILL;
		if (st.code)
			return false;
		/* no event tells of the code, so this looks again; but the end has one */
	} while (pid_wait(pid_fd, 1) >= 0 && deadline_left(until) != 0);
	return false;
}

int pid_boot_id(int proc_fd, char ret[37], struct err *e)
{
	_close_fd int fd = sys_openat2(proc_fd, "sys/kernel/random/boot_id", &proc_how);
	char buf[64];
	ssize_t n;

	if (fd < 0)
		return err_sys(e, ERR_PROC, "open sys/kernel/random/boot_id of procfs");
	n = fd_read_all(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return err_code(e, (int)n, ERR_PROC, "read sys/kernel/random/boot_id of procfs");
	buf[n] = '\0';
	if (strspn(buf, "0123456789abcdef-") != 36)
		return err_set(e, -EBADMSG, ERR_PROC, "sys/kernel/random/boot_id holds no boot id");
	memcpy(ret, buf, 36);
	ret[36] = '\0';
	return 0;
}

int pid_ignored(int proc_fd, pid_t pid, uint64_t *ret)
{
	static const char key[] = "\nSigIgn:\t";
	char buf[4096], file[32];
	_close_fd int fd = -1;
	uint64_t mask = 0;
	const char *p;
	ssize_t n;

	snprintf(file, sizeof(file), "%d/status", pid);
	fd = sys_openat2(proc_fd, file, &proc_how);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	p = strstr(buf, key);
	/* behind a very long list of groups: each signal may be one of them */
	*ret = UINT64_MAX;
	if (!p || strlen(p) < sizeof(key) - 1 + 16)
		return 0;
	for (p += sizeof(key) - 1; *p != '\n' && *p; p++)
		mask = mask << 4 | (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
	*ret = mask;
	return 0;
}

char *pid_describe(int proc_fd, pid_t pid, char *ret, size_t size)
{
	struct pid_stat st;

	if (pid_stat(proc_fd, pid, &st) == 0)
		snprintf(ret, size, "%d (%s, state %c)", pid, st.name, st.state);
	else
		snprintf(ret, size, "%d", pid);
	return ret;
}

/* Is the process behind the pidfd the remembered one? Return: 0, -ESRCH, -errno */
static int compare(int proc_fd, int pid_fd, const struct pid_mark *m)
{
	struct pid_stat st = { .start = 0 };
	struct stat file;
	int r;

	if (m->inode) {
		if (fstat(pid_fd, &file) < 0)
			return -errno;
		return file.st_ino == m->inode ? 0 : -ESRCH;
	}
	if (!m->start)
		return 0;
	r = pid_stat(proc_fd, m->pid, &st);
	return r < 0 ? r : st.start == m->start ? 0 : -ESRCH;
}

int pid_open(int proc_fd, const struct pid_mark *m)
{
	_close_fd int pid_fd = -1;
	int r;

	if (m->pid <= 0)
		return -ESRCH;
	pid_fd = sys_pidfd_open(m->pid, 0);
	/* EINVAL: a thread that is not the first one has the number */
	if (pid_fd < 0)
		return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
	r = compare(proc_fd, pid_fd, m);
	if (r < 0)
		return r;
	r = pid_wait(pid_fd, 0); /* ended: a zombie */
	return r < 0 ? r : r > 0 ? -ESRCH : take_fd(&pid_fd);
}

int pid_wait(int pid_fd, int limit_ms)
{
	struct pollfd p = { .fd = pid_fd, .events = POLLIN };
	int64_t deadline = limit_ms ? deadline_ms(limit_ms) : 0;
	int left = limit_ms ? deadline_left(deadline) : 0;

	for (;;) {
		int n = poll(&p, 1, left);

		if (n > 0)
			return p.revents & POLLNVAL ? -EBADF : 1;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return 0;
		if (limit_ms)
			left = deadline_left(deadline);
	}
}

int pid_kill(int pid_fd, int signal)
{
	return sys_pidfd_send_signal(pid_fd, signal) < 0 ? -errno : 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t whole_call = DEADLINE_NEVER;

int64_t deadline_ms(int64_t limit_ms)
{
	int64_t own = limit_ms < 0 ? DEADLINE_NEVER : now_ms() + limit_ms;

	return own < whole_call ? own : whole_call;
}

void deadline_limit(int64_t limit_ms)
{
	whole_call = limit_ms < 0 ? DEADLINE_NEVER : now_ms() + limit_ms;
}

void deadline_grace(int64_t limit_ms)
{
	if (whole_call != DEADLINE_NEVER)
		deadline_limit(limit_ms);
}

bool deadline_spent(void)
{
	return whole_call != DEADLINE_NEVER && now_ms() >= whole_call;
}

int deadline_left(int64_t deadline)
{
	int64_t left;

	if (deadline == DEADLINE_NEVER)
		return -1;
	left = deadline - now_ms();

	return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}
