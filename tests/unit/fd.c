/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fd.c - whole reads, fds over sockets, long socket names, pidfds and deadlines (base/fd.c, base/pid.c) */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/pid.h"
#include "tests/lib/tap.h"

static int file_of(const char *text, size_t len)
{
	FILE *f = tmpfile();

	if (!f || fwrite(text, 1, len, f) != len || fflush(f) || lseek(fileno(f), 0, SEEK_SET) < 0)
		abort();
	return fileno(f);
}

TEST(read_all_knows_a_file_that_is_too_long)
{
	char buf[8];

	is_int(fd_read_all(file_of("12345678", 8), buf, sizeof(buf)), 8);
	is_int(memcmp(buf, "12345678", 8), 0);
	is_err(fd_read_all(file_of("123456789", 9), buf, sizeof(buf)), E2BIG);
	is_int(fd_read_all(file_of("", 0), buf, sizeof(buf)), 0);
	is_err(fd_read_all(-1, buf, sizeof(buf)), EBADF);
}

TEST(read_arena_grows_for_a_pipe)
{
	struct arena a;
	char *text, big[20000];
	size_t len;
	int p[2];

	memset(big, 'x', sizeof(big));
	is_int(arena_open(&a, 1 << 20), 0);
	is_int(pipe(p), 0);
	is_int(fd_write_all(p[1], big, sizeof(big)), 0);
	close(p[1]);
	is_int(fd_read_arena(p[0], &a, 20000, &text, &len), 0);
	is_int(len, sizeof(big));
	is_int(strlen(text), sizeof(big));
	is_int(fd_read_arena(file_of("abc", 3), &a, 3, &text, NULL), 0);
	is_str(text, "abc");
	is_err(fd_read_arena(file_of("abcd", 4), &a, 3, &text, NULL), E2BIG);
}

TEST(fds_travel_and_arrive_cloexec)
{
	int pair[2], sent[2] = { STDOUT_FILENO, STDERR_FILENO }, got[FD_SEND_MAX];
	size_t n = FD_SEND_MAX;
	char text[8];

	is_int(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	is_int(fd_send(pair[0], "hello", 5, sent, 2), 0);
	is_int(fd_recv(pair[1], text, sizeof(text), got, &n), 5);
	is_int(n, 2);
	is_int(fcntl(got[0], F_GETFD), FD_CLOEXEC);
	n = 0;
	is_int(fd_send(pair[0], "x", 1, NULL, 0), 0);
	is_int(fd_recv(pair[1], text, sizeof(text), NULL, &n), 1);
	is_int(fd_send(pair[0], "123456789", 9, sent, 1), 0);
	is_err(fd_recv(pair[1], text, sizeof(text), NULL, NULL), EMSGSIZE);
	close(pair[0]);
	is_int(fd_recv(pair[1], text, sizeof(text), NULL, NULL), 0);
	is_err(fd_send(pair[1], "x", 1, NULL, 0), EPIPE);
}

TEST(a_message_that_does_not_fit_leaves_no_fd)
{
	int pair[2], sent[3] = { 1, 1, 1 }, got[1], before = dup(0), after;
	size_t n = 1;
	char c;

	close(before);
	is_int(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	is_int(fd_send(pair[0], "x", 1, sent, 3), 0);
	is_err(fd_recv(pair[1], &c, 1, got, &n), EMSGSIZE);
	close(pair[0]);
	close(pair[1]);
	after = dup(0);
	is_int(after, before);
}

TEST(connect_reaches_a_long_name)
{
	char dir[] = "/tmp/taper-fd-XXXXXX", deep[300], path[400], cwd[4096], now[4096];
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "s" };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0), fd;

	ok(mkdtemp(dir) != NULL);
	snprintf(deep, sizeof(deep), "%s/%0150d", dir, 7);
	is_int(mkdir(deep, 0700), 0);
	ok(getcwd(cwd, sizeof(cwd)) != NULL);
	is_int(chdir(deep), 0);
	is_int(bind(sock, (struct sockaddr *)&addr, sizeof(addr)), 0);
	is_int(listen(sock, 1), 0);
	is_int(chdir(cwd), 0);
	snprintf(path, sizeof(path), "%s/s", deep);
	fd = fd_connect(path);
	ok(fd >= 0);
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ok(getcwd(now, sizeof(now)) != NULL);
	is_str(now, cwd);
	unlink(path);
	is_err(fd_connect(path), ENOENT);
	rmdir(deep);
	rmdir(dir);
}

/* with the start time alone, and, where the kernel has it, with the inode alone */
TEST(mark_tells_processes_apart)
{
	int proc_fd = open("/proc", O_PATH | O_DIRECTORY), pid_fd;
	struct pid_mark m, other, any;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	any = (struct pid_mark){ .pid = pid };
	is_int(pid_mark(proc_fd, pid, -1, &m), 0);
	ok(m.start > 0 && m.inode == 0);
	pid_fd = pid_open(proc_fd, &m);
	ok(pid_fd >= 0);
	other = (struct pid_mark){ pid, .start = m.start + 1 };
	is_err(pid_open(proc_fd, &other), ESRCH);
	is_int(pid_mark(proc_fd, pid, pid_fd, &m), 0);
	ok(!m.start != !m.inode);
	ok(pid_open(proc_fd, &m) >= 0);
	other = (struct pid_mark){ pid, m.start ? m.start + 1 : 0, m.inode ? m.inode + 1 : 0 };
	is_err(pid_open(proc_fd, &other), ESRCH);
	is_int(pid_wait(pid_fd, 1), 0);
	is_int(pid_kill(pid_fd, SIGKILL), 0);
	is_int(pid_wait(pid_fd, 5000), 1);
	is_err(pid_open(proc_fd, &m), ESRCH);            /* a zombie */
	is_err(pid_open(proc_fd, &any), ESRCH);
	waitpid(pid, NULL, 0);
	is_err(pid_open(proc_fd, &m), ESRCH);
	is_err(pid_open(proc_fd, &any), ESRCH);
	is_err(pid_kill(pid_fd, SIGKILL), ESRCH);
	is_err(pid_mark(proc_fd, pid, -1, &m), ESRCH);
	is_err(pid_open(proc_fd, &(struct pid_mark){ .pid = 0 }), ESRCH);
}

/* A child that lives, or has ended by this signal. Return: its pidfd */
static int child_that(int signal, int proc_fd, pid_t *ret)
{
	pid_t pid = fork();
	int pid_fd;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	pid_fd = pid_open(proc_fd, &(struct pid_mark){ .pid = pid });
	if (signal) {
		pid_kill(pid_fd, signal);
		pid_wait(pid_fd, 5000);
	}
	*ret = pid;
	return pid_fd;
}

TEST(killed_early)
{
	int proc_fd = open("/proc", O_PATH | O_DIRECTORY), pid_fd;
	pid_t pid;

	pid_fd = child_that(0, proc_fd, &pid);
	ok(!pid_killed_early(proc_fd, pid, pid_fd));
	pid_kill(pid_fd, SIGKILL);
	pid_fd = child_that(SIGTERM, proc_fd, &pid);
	ok(!pid_killed_early(proc_fd, pid, pid_fd));
	pid_fd = child_that(SIGKILL, proc_fd, &pid);
	ok(pid_killed_early(proc_fd, pid, pid_fd));
	waitpid(pid, NULL, 0);
	ok(!pid_killed_early(proc_fd, pid, pid_fd)); /* who knows? */
}

/* A listening socket without a place: what is bound has to be found by name. Made by user @uid */
static int listening(uid_t uid, struct sockaddr_un *ret)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	socklen_t len = sizeof(*ret);

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	is_int(seteuid(uid), 0);
	is_int(bind(fd, (struct sockaddr *)ret, sizeof(ret->sun_family)), 0);
	is_int(listen(fd, 4), 0);
	is_int(seteuid(0), 0);
	is_int(getsockname(fd, (struct sockaddr *)ret, &len), 0);
	return fd;
}

static int connected(uid_t uid, const struct sockaddr_un *to)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	is_int(seteuid(uid), 0);
	is_int(connect(fd, (const struct sockaddr *)to, sizeof(to->sun_family) + 6), 0);
	is_int(seteuid(0), 0);
	return fd;
}

TEST(D19_who_is_at_the_other_end_of_a_socket)
{
	struct sockaddr_un name;
	int listen_fd, stranger, friend, fd;
	char c;

	is_int(fd_peer_uid(file_of("", 0)), (uid_t)-1);
	if (getuid() != 0)
		skip("needs root");
	listen_fd = listening(1234, &name);
	stranger = connected(65533, &name);
	friend = connected(0, &name);
	is_int(fd_peer_uid(stranger), 1234);
	fd = fd_accept(listen_fd, 0);
	ok(fd >= 0);
	is_int(fd_peer_uid(fd), 0);
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC);
	is_int(read(stranger, &c, 1), 0); /* has been closed */
	is_int(write(friend, "x", 1), 1);
	is_int(read(fd, &c, 1), 1);
	is_err(fd_accept(fd, 0), EINVAL);
}

TEST(deadlines)
{
	int64_t d = deadline_ms(50);

	ok(deadline_left(d) > 0 && deadline_left(d) <= 50);
	is_int(deadline_left(deadline_ms(-1)), -1);
	deadline_limit(20);
	ok(deadline_left(deadline_ms(50)) <= 20 && deadline_left(deadline_ms(-1)) >= 0);
	is_int(deadline_spent(), false);
	deadline_limit(0);
	is_int(deadline_left(deadline_ms(50)), 0);
	is_int(deadline_spent(), true);
	deadline_grace(10000);
	ok(deadline_left(deadline_ms(-1)) > 5000);
	deadline_limit(-1);
	deadline_grace(10);
	is_int(deadline_left(deadline_ms(-1)), -1);
	is_int(deadline_left(deadline_ms((int64_t)1 << 40)), INT32_MAX);
}

TAP_MAIN
