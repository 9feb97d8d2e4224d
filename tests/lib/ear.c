/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ear.c - what tests need beside a shell: sockets of the service manager and for terminals
 *
 * ear fd SOCKET       listen; receive one file descriptor; copy what can be read from it to stdout
 * ear agent SOCKET    listen; receive the listener of a system call filter, print the document; then make, for
 *                     each mkdir, the directory NAME.agent in the caller's root and answer 0; other calls: EDOM
 * ear no-seccomp PROGRAM ARG...   execute it where the kernel seems to have no system call filter
 * ear notify SOCKET   receive datagrams until BARRIER=1; print them
 * ear say SOCKET TEXT send a datagram
 * ear syscall NUMBER  make the call with zeros; its errno is the exit status
 * ear sched           print policy, priority, nice value, I/O class and I/O priority of this process
 * ear signals         print the numbers of the signals that are ignored or blocked
 * ear stuck           be a process that cannot be frozen: read into memory that nobody provides (userfaultfd)
 * ear keyring         print the serial number of the session keyring and its description
 * ear bpf NAME        print how many BPF programs of that name there are
 * ear keyring-label   print the SELinux label of the session keyring
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define KEYCTL_GET_KEYRING_ID 0
#define KEYCTL_DESCRIBE 6
#define KEYCTL_GET_SECURITY 17
#define SESSION_KEYRING (-3)

static long bpf_info(uint32_t id, struct bpf_prog_info *ret)
{
	union bpf_attr attr = { .prog_id = id };
	long fd = syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr)), r;

	if (fd < 0)
		return fd;
	memset(ret, 0, sizeof(*ret));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(*ret);
	attr.info.info = (uintptr_t)ret;
	r = syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
	close((int)fd);
	return r;
}

static int bpf_count(const char *name)
{
	struct bpf_prog_info info;
	union bpf_attr attr = { 0 };
	unsigned n = 0;

	while (syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr)) == 0) {
		if (bpf_info(attr.next_id, &info) == 0 && strcmp(info.name, name) == 0)
			n++;
		attr.start_id = attr.next_id;
	}
	printf("%u\n", n);
	return 0;
}

static int stuck(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register range = { .range = { (unsigned long)page, 4096 },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };
	int zero_fd = open("/dev/zero", O_RDONLY);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &range) < 0) {
		perror("userfaultfd");
		return 1;
	}
	return read(zero_fd, page, 4096) != 4096;
}

/* Our own gets its name when it can be connected to: tests wait for the name. */
static int open_socket(int type, const char *path, int mine)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s%s", path, mine ? ".new" : "");
	if (mine ? bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
			   (type != SOCK_DGRAM && listen(fd, 1) < 0) || rename(sa.sun_path, path) < 0
		 : connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static ssize_t receive(int sock_fd, char *buf, size_t size, int *ret_fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { buf, size };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(sock_fd, &msg, 0);
	struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*ret_fd = -1;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return n;
}

static int hear_fd(const char *path)
{
	char buf[4096];
	int fd, listen_fd = open_socket(SOCK_STREAM, path, 1), conn_fd;
	ssize_t n;

	conn_fd = accept(listen_fd, NULL, NULL);
	if (receive(conn_fd, buf, sizeof(buf), &fd) < 1 || fd < 0)
		return 2;
	close(conn_fd);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, (size_t)n) != n)
			return 3;
	return 0;
}

static int answer(int fd)
{
	struct seccomp_notif req = { 0 };
	struct seccomp_notif_resp resp = { 0 };
	char path[256] = "", name[600], mem[64];
	int mem_fd;

	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0)
		return errno == EINTR ? 0 : -1;
	snprintf(mem, sizeof(mem), "/proc/%u/mem", req.pid);
	mem_fd = open(mem, O_RDONLY);
	if (mem_fd < 0 || pread(mem_fd, path, sizeof(path) - 1, (off_t)req.data.args[0]) < 0)
		path[0] = '\0';
	close(mem_fd);
	snprintf(name, sizeof(name), "/proc/%u/root%s.agent", req.pid, path);
	resp.id = req.id;
	if (req.data.nr != SYS_mkdir || mkdir(name, 0755) < 0)
		resp.error = -EDOM;
	return ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0 && errno != ENOENT ? -1 : 0;
}

static int be_agent(const char *path, int type)
{
	char buf[65536];
	int fd, listen_fd = open_socket(type, path, 1), conn_fd;
	struct pollfd p = { .events = POLLIN };
	ssize_t n;

	conn_fd = accept(listen_fd, NULL, NULL);
	n = receive(conn_fd, buf, sizeof(buf), &fd);
	if (n < 1 || fd < 0)
		return 2;
	if (write(1, buf, (size_t)n) != n || read(conn_fd, buf, 1) != 0)
		return 3;
	p.fd = fd;
	while (poll(&p, 1, -1) > 0 && !(p.revents & POLLHUP))
		if (answer(fd) < 0)
			return 4;
	return 0;
}

static int without_seccomp(char **argv)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, insns };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		return 1;
	execv(argv[0], argv);
	return 2;
}

static int hear_notify(const char *path)
{
	int sock_fd = open_socket(SOCK_DGRAM, path, 1), fd;
	char buf[4096];

	for (;;) {
		ssize_t n = receive(sock_fd, buf, sizeof(buf) - 1, &fd);

		if (n < 0)
			return 1;
		buf[n] = '\0';
		printf("%s\n", buf);
		fflush(stdout);
		if (fd >= 0)
			close(fd);
		if (strncmp(buf, "BARRIER=1", 9) == 0)
			return 0;
	}
}

static int print_sched(void)
{
	struct sched_param param;
	int io = (int)syscall(SYS_ioprio_get, 1, 0);

	sched_getparam(0, &param);
	printf("%d %d %d %d %d\n", sched_getscheduler(0), param.sched_priority,
	       getpriority(PRIO_PROCESS, 0), io >> 13, io & 0x1fff);
	return 0;
}

static int print_signals(void)
{
	struct sigaction sa;
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int sig = 1; sig < 65; sig++)
		if (sigismember(&set, sig) == 1 ||
		    (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL))
			printf("%d\n", sig);
	return 0;
}

static int print_keyring(void)
{
	char text[256] = "";
	long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, SESSION_KEYRING, 0);

	if (id < 0 || syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof(text)) < 0)
		printf("none: %s\n", strerror(errno));
	else
		printf("%ld %s\n", id, text);
	return 0;
}

static int print_keyring_label(void)
{
	char text[256] = "";

	if (syscall(SYS_keyctl, KEYCTL_GET_SECURITY, SESSION_KEYRING, text, sizeof(text)) < 0)
		printf("none: %s\n", strerror(errno));
	else
		printf("%s\n", text);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 3 && strcmp(what, "fd") == 0)
		return hear_fd(argv[2]);
	if (argc > 2 && strcmp(what, "no-seccomp") == 0)
		return without_seccomp(argv + 2);
	if (argc == 3 && strcmp(what, "agent") == 0)
		return be_agent(argv[2], SOCK_STREAM);
	if (argc == 3 && strcmp(what, "agent-seqpacket") == 0)
		return be_agent(argv[2], SOCK_SEQPACKET);
	if (argc == 3 && strcmp(what, "notify") == 0)
		return hear_notify(argv[2]);
	if (argc == 4 && strcmp(what, "say") == 0)
		return send(open_socket(SOCK_DGRAM, argv[2], 0), argv[3], strlen(argv[3]), 0) < 0;
	if (argc == 3 && strcmp(what, "syscall") == 0)
		return syscall(atol(argv[2]), 0, 0, 0, 0, 0, 0) < 0 ? errno : 0;
	if (argc == 3 && strcmp(what, "bpf") == 0)
		return bpf_count(argv[2]);
	if (strcmp(what, "euid") == 0)
		return printf("%d\n", (int)geteuid()) < 0;
	if (strcmp(what, "sched") == 0)
		return print_sched();
	if (strcmp(what, "signals") == 0)
		return print_signals();
	if (strcmp(what, "stuck") == 0)
		return stuck();
	if (strcmp(what, "keyring") == 0)
		return print_keyring();
	if (strcmp(what, "keyring-label") == 0)
		return print_keyring_label();
	return 64;
}
