// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * criu.c - a criu process and the conversation with it
 *
 * criu finds fds that a request names in the table of whoever has made the socketpair (SO_PEERCRED). That is
 * the child that will execute it: a directory of our own mount namespace would be of no use to a criu in
 * another one, which mounts there. The child sends our end over a second socket, which closes at the execve.
 *
 * Sources: CRIU's images/rpc.proto and criu/cr-service.c (behaviour of swrk), unix(7), prctl(2).
 */
#include "apply/criu.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "apply/fs.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "base/sys.h"

#define ANSWER_MAX ((size_t)64 << 10)
#define SPARE_FD 32                 /* above all that criu gets */

/* criu_req and criu_resp */
enum { REQ_TYPE = 1, REQ_OPTS = 2, REQ_NOTIFY_SUCCESS = 3, REQ_KEEP_OPEN = 4, REQ_FEATURES = 5 };
enum {
	RESP_TYPE = 1, RESP_SUCCESS = 2, RESP_NOTIFY = 5, RESP_ERRNO = 7, RESP_FEATURES = 8, RESP_ERRMSG = 9,
	RESP_VERSION = 10,
};
enum { NOTIFY_SCRIPT = 1, NOTIFY_PID = 2 };
enum { VERSION_MAJOR = 1, VERSION_MINOR = 2, VERSION_SUBLEVEL = 4 };

struct answer {
	int64_t type;
	bool success;
	int error;                   /* errno that criu tells, 0 = none */
	const char *text;            /* in words, NULL = none */
	struct pb_in inner;          /* notify, features or version */
	int fd;
};

/* ---- the child ---- */

static int own_signals(struct err *e)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t none;

	sigemptyset(&none);
	if (sigaction(SIGPIPE, &plain, NULL) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return err_sys(e, ERR_SYSTEM, "reset the signals of criu");
	return 0;
}

/* First out of the way of each other, then each to its number. */
static int place_fds(const struct criu_launch *l, const int *first, int *ctl_fd, struct err *e)
{
	int all[SPARE_FD], n = 0;

	*ctl_fd = fcntl(*ctl_fd, F_DUPFD_CLOEXEC, SPARE_FD);
	for (; n < CRIU_FIRST_FD - CRIU_SOCK_FD; n++)
		all[n] = fcntl(first[n], F_DUPFD_CLOEXEC, SPARE_FD);
	for (size_t i = 0; i < l->n_fds; i++)
		all[n++] = fcntl(l->fds[i], F_DUPFD_CLOEXEC, SPARE_FD);
	for (int i = 0; i < n; i++)
		if (all[i] < 0 || dup2(all[i], CRIU_SOCK_FD + i) < 0)
			return err_sys(e, ERR_SYSTEM, "pass fds to criu");
	/* what our caller has left open is not for criu, nor for what it restores */
	if (sys_close_range((unsigned)(CRIU_SOCK_FD + n), ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(e, ERR_SYSTEM, "keep fds from criu");
	return 0;
}

/* The same directory, in the mount namespace that we are in by now. */
static int open_again(const char *path, int old_fd, int *ret_fd, struct err *e)
{
	_close_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat a, b;

	if (fd < 0 || fstat(fd, &a) < 0 || fstat(old_fd, &b) < 0)
		return err_sys(e, ERR_FILE, "open the directory %.180s", path);
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return err_set(e, -ESTALE, ERR_FILE, "the directory %.180s has been exchanged", path);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int send_socket(int ctl_fd, int *ret_fd, struct err *e)
{
	const struct err none = { 0 };
	_close_fd int ours = -1;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, ERR_SYSTEM, "make a channel to criu");
	*ret_fd = pair[0];
	ours = pair[1];
	r = fd_send(ctl_fd, &none, sizeof(none), &ours, 1);
	return r < 0 ? err_code(e, r, ERR_PROTOCOL, "send the channel to criu") : 0;
}

static int child_execute(const struct criu_launch *l, pid_t parent, int *ctl_fd, struct err *e)
{
	const char *argv[] = { "criu", "swrk", "3", NULL };
	int first[CRIU_FIRST_FD - CRIU_SOCK_FD];

	if (l->dies_with_us && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(e, ERR_SYSTEM, "arm the death signal of criu");
	if (l->dies_with_us && getppid() != parent)
		_exit(1);
	if (l->prepare)
		TRY(l->prepare(l->arg, *ctl_fd, e));
	TRY(own_signals(e));
	TRY(open_again(l->x->image_path, l->x->image_fd, &first[1], e));
	TRY(open_again(l->x->work_path, l->x->work_fd, &first[2], e));
	TRY(send_socket(*ctl_fd, &first[0], e));
	TRY(place_fds(l, first, ctl_fd, e));
	fd_limit_restore();
	execve(l->x->program, (char *const *)(uintptr_t)argv, environ);
	return err_sys(e, ERR_CRIU, "execute %s", l->x->program);
}

_Noreturn static void child_main(const struct criu_launch *l, pid_t parent, int ctl_fd)
{
	struct err e = { 0 };

	child_execute(l, parent, &ctl_fd, &e);
	(void)fd_send(ctl_fd, &e, sizeof(e), NULL, 0);
	_exit(127);
}

/* ---- begin and end ---- */

int criu_launch(struct criu *c, struct arena *a, const struct criu_launch *l, struct err *e)
{
	_close_fd int their_ctl = -1;
	pid_t parent = getpid();
	int pair[2];

	c->arena = a;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, ERR_SYSTEM, "make a channel to criu");
	c->ctl_fd = pair[0];
	their_ctl = pair[1];
	c->pid = fork();
	if (c->pid < 0) {
		c->pid = 0;
		return err_sys(e, ERR_SYSTEM, "make a process for criu");
	}
	if (c->pid == 0) {
		close(c->ctl_fd);
		child_main(l, parent, their_ctl);
	}
	c->pid_fd = sys_pidfd_open(c->pid, 0);
	return c->pid_fd < 0 ? err_sys(e, ERR_SYSTEM, "open the process of criu") : 0;
}

static int died(const struct criu *c, struct err *e)
{
	siginfo_t si = { 0 };

	if (pid_wait(c->pid_fd, 1000) == 1 &&
	    waitid(P_PIDFD, (id_t)c->pid_fd, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid)
		return si.si_code == CLD_EXITED
			       ? err_set(e, -EPIPE, ERR_CRIU, "criu ended with code %d, without an answer",
					 si.si_status)
			       : err_set(e, -EPIPE, ERR_CRIU, "criu was killed by signal %d", si.si_status);
	return err_set(e, -EPIPE, ERR_CRIU, "criu has gone without an answer");
}

/* Return: 1 something can be read, 0 criu is gone, -errno */
static int wait_readable(const struct criu *c, int fd, struct err *e)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = c->pid_fd, .events = POLLIN } };
	int64_t until = deadline_ms(-1); /* it works as long as it has to */

	for (;;) {
		int r = poll(p, 2, deadline_left(until));

		if (r > 0)
			return p[0].revents != 0;
		if (r == 0)
			return err_set(e, -ETIMEDOUT, ERR_DEADLINE, "criu has not done it in time");
		if (errno != EINTR)
			return err_sys(e, ERR_SYSTEM, "wait for criu");
	}
}

void criu_end(struct criu *c, int limit_ms)
{
	fd_close(&c->ctl_fd);
	fd_close(&c->sock_fd); /* a criu that waits for more gives up */
	if (c->pid <= 0 || c->pid_fd < 0)
		return;
	if (pid_wait(c->pid_fd, limit_ms) != 1)
		pid_kill(c->pid_fd, SIGKILL);
	waitid(P_PIDFD, (id_t)c->pid_fd, &(siginfo_t){ 0 }, WEXITED);
	fd_close(&c->pid_fd);
	c->pid = 0;
}

/* ---- messages ---- */

static int send_request(struct criu *c, const struct pb_out *req, struct err *e)
{
	int r = req->bad ? -E2BIG : fd_send(c->sock_fd, req->data, req->len, NULL, 0);

	if (r == -EPIPE || r == -ECONNRESET)
		return died(c, e);
	return r < 0 ? err_code(e, r, ERR_CRIU, "send a request to criu") : 0;
}

static int read_answer(struct criu *c, struct pb_in in, struct answer *ret)
{
	struct pb_field f;
	int r;

	while ((r = pb_next(&in, &f)) == 1) {
		if (f.number == RESP_TYPE && f.kind == PB_INT)
			ret->type = f.v;
		else if (f.number == RESP_SUCCESS && f.kind == PB_INT)
			ret->success = f.v != 0;
		else if (f.number == RESP_ERRNO && f.kind == PB_INT && f.v > 0 && f.v < 4096)
			ret->error = (int)f.v;
		else if (f.kind != PB_BYTES)
			continue;
		else if (f.number == RESP_ERRMSG)
			ret->text = pb_text(c->arena, &f);
		else if (f.number == RESP_NOTIFY || f.number == RESP_FEATURES || f.number == RESP_VERSION)
			ret->inner = f.bytes;
	}
	return r;
}

/* @ret: .fd is the caller's */
static int hear(struct criu *c, struct answer *ret, struct err *e)
{
	uint8_t *buf = arena_alloc(c->arena, ANSWER_MAX);
	size_t n = 1;
	ssize_t len;
	int r;

	*ret = (struct answer){ .fd = -1 };
	r = wait_readable(c, c->sock_fd, e);
	if (r <= 0)
		return r < 0 ? r : died(c, e);
	len = fd_recv(c->sock_fd, buf, ANSWER_MAX, &ret->fd, &n);
	if (n == 0)
		ret->fd = -1;
	if (len == 0 || len == -ECONNRESET)
		return died(c, e);
	r = len < 0 ? (int)len : read_answer(c, (struct pb_in){ buf, buf + len }, ret);
	if (r < 0)
		fd_close(&ret->fd);
	return r < 0 ? err_code(e, r, ERR_CRIU, "read criu's answer") : 0;
}

static int refused(const struct answer *a, const char *what, struct err *e)
{
	char text[120];

	return err_set(e, a->error ? -a->error : -EIO, ERR_CRIU, "criu could not %s%s%s%s%s", what, a->text ? ": " : "",
		       a->text ? text_escape(text, sizeof(text), a->text, strlen(a->text)) : "",
		       a->error ? ": " : "", a->error ? errno_text(a->error) : "");
}

/* A question to which the answer is all. */
static int inquire(struct criu *c, struct pb_out *req, const char *what, struct pb_in *ret, struct err *e)
{
	struct answer a;

	pb_put_int(req, REQ_KEEP_OPEN, 1);
	TRY(send_request(c, req, e));
	TRY(hear(c, &a, e));
	fd_close(&a.fd);
	*ret = a.inner;
	return a.success ? 0 : refused(&a, what, e);
}

static int ask_version(struct criu *c, struct err *e)
{
	struct pb_out req = pb_out(c->arena, 32);
	struct pb_field f;
	struct pb_in in;
	unsigned part[VERSION_SUBLEVEL + 1] = { 0 };

	pb_put_int(&req, REQ_TYPE, CRIU_VERSION);
	TRY(inquire(c, &req, "tell its version", &in, e));
	while (pb_next(&in, &f) == 1)
		if (f.kind == PB_INT && f.number <= VERSION_SUBLEVEL && f.v >= 0 && f.v < 100)
			part[f.number] = (unsigned)f.v;
	c->version = part[VERSION_MAJOR] * 10000 + part[VERSION_MINOR] * 100 + part[VERSION_SUBLEVEL];
	return 0;
}

/* The child's end of the channel: an error, or the socket to what it becomes, or closed. */
static int hear_child(struct criu *c, int *ret_fd, struct err *e)
{
	struct err why = { 0 };
	size_t n = ret_fd ? 1 : 0;
	ssize_t len;
	int r = wait_readable(c, c->ctl_fd, e);

	if (r < 0)
		return r;
	len = fd_recv(c->ctl_fd, &why, sizeof(why), ret_fd, &n);
	if (len == (ssize_t)sizeof(why) && why.code < 0) {
		if (e)
			*e = why;
		return why.code;
	}
	return 0;
}

int criu_executed(struct criu *c, struct err *e)
{
	int sock_fd = -1, r = hear_child(c, &sock_fd, e);

	if (r < 0)
		return r;
	c->sock_fd = sock_fd;
	TRY(hear_child(c, NULL, e)); /* nothing: the channel has closed */
	fd_close(&c->ctl_fd);
	return c->sock_fd < 0 ? died(c, e) : ask_version(c, e);
}

int criu_need(const struct criu *c, unsigned version, const char *what, struct err *e)
{
	if (c->version >= version)
		return 0;
	return err_set(e, -ENOTSUP, ERR_CRIU, "%s needs CRIU %u.%u, and this is %u.%u", what, version / 10000,
		       version / 100 % 100, c->version / 10000, c->version / 100 % 100);
}

int criu_need_feature(struct criu *c, enum criu_feature feature, const char *what, struct err *e)
{
	struct pb_out req = pb_out(c->arena, 64), features = pb_out(c->arena, 16);
	struct pb_field f;
	struct pb_in in;
	bool has = false;

	pb_put_int(&features, feature, 1);
	pb_put_int(&req, REQ_TYPE, CRIU_FEATURE_CHECK);
	pb_put_message(&req, REQ_FEATURES, &features);
	TRY(inquire(c, &req, "tell what it can do", &in, e));
	while (pb_next(&in, &f) == 1)
		has |= f.number == (unsigned)feature && f.kind == PB_INT && f.v;
	return has ? 0 : err_set(e, -ENOTSUP, ERR_CRIU, "%s: this kernel, or this CRIU, cannot do that", what);
}

/* ---- the conversation ---- */

static int answer_notice(struct criu *c, struct answer *a, criu_notify *notify, void *arg, struct err *e)
{
	struct criu_notice n = { .script = "", .fd = &a->fd };
	struct pb_out reply = pb_out(c->arena, 32);
	struct pb_field f;
	int r;

	while (pb_next(&a->inner, &f) == 1) {
		if (f.number == NOTIFY_SCRIPT && f.kind == PB_BYTES)
			n.script = pb_text(c->arena, &f);
		else if (f.number == NOTIFY_PID && f.kind == PB_INT && f.v > 0 && f.v <= INT32_MAX)
			n.pid = (pid_t)f.v;
	}
	r = notify(arg, &n, e);
	fd_close(&a->fd);
	pb_put_int(&reply, REQ_TYPE, CRIU_NOTIFY);
	pb_put_int(&reply, REQ_NOTIFY_SUCCESS, r == 0);
	if (r < 0) {
		/* criu undoes what it has done; its own words would only say that we have failed */
		(void)send_request(c, &reply, NULL);
		return r;
	}
	return send_request(c, &reply, e);
}

int criu_ask(struct criu *c, enum criu_request type, const struct pb_out *opts, criu_notify *notify, void *arg,
	     struct err *e)
{
	struct pb_out req = pb_out(c->arena, opts->size + 64);
	struct answer a;

	pb_put_int(&req, REQ_TYPE, type);
	pb_put_message(&req, REQ_OPTS, opts);
	TRY(send_request(c, &req, e));
	for (;;) {
		TRY(hear(c, &a, e));
		if (a.type != CRIU_NOTIFY)
			break;
		TRY(answer_notice(c, &a, notify, arg, e));
	}
	fd_close(&a.fd);
	if (!a.success || a.type != (int64_t)type)
		return refused(&a, type == CRIU_RESTORE ? "restore the container" : "save the container", e);
	return 0;
}
