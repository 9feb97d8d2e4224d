// SPDX-License-Identifier: LGPL-2.1-or-later
/* pid.c - processes that cannot be mistaken for others. Sources: proc(5), pidfd_open(2) */
#include "base/pid.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/sys.h"

/* State letter and start time of a process from /proc/PID/stat. Return: 0, -ESRCH or -errno */
static int pid_stat(int proc_fd, pid_t pid, char *ret_state, uint64_t *ret_start)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
	char buf[1024], name[32], *p;
	_close_fd int fd = -1;
	uint64_t start = 0;
	ssize_t n;

	snprintf(name, sizeof(name), "%d/stat", pid);
	fd = sys_openat2(proc_fd, name, &how);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = fd_read_all(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	/* The second field is the name, which may hold blanks and parentheses: the last ')' ends it. */
	p = strrchr(buf, ')');
	if (!p || p[1] != ' ' || !p[2])
		return -EBADMSG;
	p += 2;
	*ret_state = *p;
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return -EBADMSG;
		p++;
	}
	if (*p < '0' || *p > '9')
		return -EBADMSG;
	for (; *p >= '0' && *p <= '9'; p++)
		start = start * 10 + (uint64_t)(*p - '0');
	*ret_start = start;
	return 0;
}

int pid_start_time(int proc_fd, pid_t pid, uint64_t *ret)
{
	char state;

	return pid_stat(proc_fd, pid, &state, ret);
}

int pid_open(int proc_fd, pid_t pid, uint64_t start)
{
	_close_fd int pid_fd = -1;
	uint64_t now_start;
	char state;
	int r;

	if (pid <= 0)
		return -ESRCH;
	pid_fd = sys_pidfd_open(pid, 0);
	/* EINVAL: a thread that is not the first one has the number */
	if (pid_fd < 0)
		return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
	if (start == 0) {
		r = pid_wait(pid_fd, 0);
		return r < 0 ? r : r > 0 ? -ESRCH : take_fd(&pid_fd);
	}
	r = pid_stat(proc_fd, pid, &state, &now_start);
	if (r < 0)
		return r;
	if (now_start != start || state == 'Z' || state == 'X')
		return -ESRCH;
	return take_fd(&pid_fd);
}

int pid_wait(int pid_fd, int limit_ms)
{
	struct pollfd p = { .fd = pid_fd, .events = POLLIN };
	int64_t deadline = limit_ms > 0 ? deadline_ms(limit_ms) : 0;
	int left = limit_ms < 0 ? -1 : limit_ms;

	for (;;) {
		int n = poll(&p, 1, left);

		if (n > 0)
			return p.revents & POLLNVAL ? -EBADF : 1;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return 0;
		if (limit_ms > 0)
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

int64_t deadline_ms(int64_t limit_ms)
{
	return now_ms() + limit_ms;
}

int deadline_left(int64_t deadline)
{
	int64_t left = deadline - now_ms();

	return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}
