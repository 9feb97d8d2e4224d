// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * foreground.c - be the container's terminal and signal proxy until its first process ends
 *
 * One loop around poll(2) on: the pidfd, a signalfd with everything we may be sent, and, with a
 * terminal, the two directions of the copy. Invariants:
 *  - A direction has one buffer. It is read into only while empty and written only when poll says so,
 *    so neither a blocked reader nor a silent writer makes us spin or wait elsewhere than in poll.
 *  - All signals that could end us are blocked, so our own terminal is restored on every way out but
 *    SIGKILL.
 *  - We hold the container's side of the terminal open as well: without that, a program that closes
 *    it for a moment would leave the master hung up, which poll reports for ever.
 * Kernel rules used: poll of a pty flushes what is on its way before it answers, so once the first
 * process has ended and a read says EAGAIN there is nothing left; a write of PIPE_BUF bytes to a pipe
 * that is writable does not block (pipe(7)).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "apply/tty.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"

/* One direction of the copy. */
struct flow {
	int from_fd, to_fd;          /* not owned */
	char buf[PIPE_BUF];
	size_t at, end;              /* what is still to be written */
	bool no_more;                /* nothing will come any more */
	bool broken;                 /* nobody takes it: read and drop, the program must not block */
};

struct proxy {
	const struct foreground *f;
	int signal_fd;
	int slave_fd;                /* keeps the master from hanging up */
	struct flow in, out;
	struct termios saved;        /* of our terminal, when .is_raw */
	bool is_raw;
	bool end_of_input;           /* standard input has ended: the program is to see that */
	char last_input;
	bool has_ended;
	bool is_traced; /* it has ended, but its exit code is with a tracer for the moment */
	int status;                  /* wait status, when .has_ended */
};

#define DRAIN_MAX ((size_t)256 << 10)  /* more than the kernel keeps for a terminal */

enum { POLL_PID, POLL_SIGNAL, POLL_IN_FROM, POLL_IN_TO, POLL_OUT_FROM, POLL_OUT_TO, POLL__MAX };

/* Faults of our own cannot be waited for, and the first two cannot be blocked. */
static void forwarded_signals(sigset_t *set)
{
	static const int not_these[] = {
		SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT,
	};

	sigfillset(set);
	for (size_t i = 0; i < ARRAY_SIZE(not_these); i++)
		sigdelset(set, not_these[i]);
}

int foreground_signals(struct err *e)
{
	sigset_t set;

	forwarded_signals(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_sys(e, ERR_SYSTEM, "block signals");
	return 0;
}

/* ---- our own terminal ---- */

/*
 * Raw, when standard input is a terminal that is ours: one that controls our session but whose
 * foreground is another process group is somebody else's at the moment (SIGCONT tells when that
 * changes). One that does not control our session was given to us by an engine.
 */
static void terminal_take(struct proxy *p)
{
	pid_t foreground = tcgetpgrp(STDIN_FILENO);
	struct termios raw;

	if (p->f->master_fd < 0 || (foreground >= 0 && foreground != getpgrp()))
		return;
	if (!p->is_raw && tcgetattr(STDIN_FILENO, &p->saved) < 0)
		return;
	raw = p->saved;
	cfmakeraw(&raw);
	raw.c_oflag = p->saved.c_oflag; /* output is not raw: newlines come as such */
	p->is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void terminal_give_back(struct proxy *p)
{
	if (p->is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &p->saved);
	p->is_raw = false;
}

/* Our own terminal goes on turning newlines into what it needs, and a pipe gets what was written. */
void tty_keep_newlines(int master_fd)
{
	struct termios t;

	if (master_fd < 0 || tcgetattr(master_fd, &t) < 0)
		return;
	t.c_oflag &= ~(tcflag_t)ONLCR;
	tcsetattr(master_fd, TCSANOW, &t);
}

void tty_copy_size(int master_fd)
{
	struct winsize size;

	if (master_fd < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
			if (size.ws_row && size.ws_col)
				ioctl(master_fd, TIOCSWINSZ, &size);
			return;
		}
}

/* ---- children and signals ---- */

/* As a subreaper we get the container's orphans too: none may stay a zombie. */
/* Return: true = there are no more children */
static bool reap(struct proxy *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == p->f->pid) {
			p->has_ended = true;
			p->status = status;
		}
	return pid < 0;
}

static void take_signal(struct proxy *p, const struct signalfd_siginfo *s)
{
	switch ((int)s->ssi_signo) {
	case SIGCHLD:
		reap(p);
		return;
	case SIGURG:
		return;
	case SIGWINCH:
		tty_copy_size(p->f->master_fd);
		return;
	case SIGPIPE:
	case SIGTTOU:
	case SIGTTIN:
		/* of our own reading and writing; poll and errno say what there is to know */
		if (s->ssi_pid == (uint32_t)getpid() || s->ssi_code == SI_KERNEL)
			return;
		break;
	case SIGCONT:
		terminal_take(p);
		tty_copy_size(p->f->master_fd);
		break;
	}
	/* one that has ended meanwhile is noticed by the loop */
	(void)pid_kill(p->f->pid_fd, (int)s->ssi_signo);
}

/* Return: true = a signal came that a person would send to end a program */
static bool take_signals(struct proxy *p)
{
	struct signalfd_siginfo s;
	bool wants_end = false;

	while (read(p->signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		take_signal(p, &s);
		wants_end |= s.ssi_signo == SIGINT || s.ssi_signo == SIGTERM || s.ssi_signo == SIGHUP ||
			     s.ssi_signo == SIGQUIT;
	}
	return wants_end;
}

/* ---- copying ---- */

static bool is_empty(const struct flow *w)
{
	return w->at == w->end;
}

static void flow_read(struct flow *w)
{
	ssize_t n = read(w->from_fd, w->buf, sizeof(w->buf));

	if (n > 0) {
		w->at = 0;
		w->end = w->broken ? 0 : (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		w->no_more = true;
	}
}

static void flow_write(struct flow *w)
{
	ssize_t n = write(w->to_fd, w->buf + w->at, w->end - w->at);

	if (n >= 0) {
		w->at += (size_t)n;
	} else if (errno != EAGAIN && errno != EINTR) {
		w->broken = true;
		w->at = w->end;
	}
}

/*
 * The end of our input, as a person at the terminal would give it: the end-of-file character; twice
 * when the last line has no end, since the first one only ends that line.
 */
static void queue_end_of_input(struct proxy *p)
{
	bool is_partial = p->last_input && p->last_input != '\n' && p->last_input != '\r';
	struct termios t;

	p->end_of_input = false;
	if (tcgetattr(p->f->master_fd, &t) < 0)
		return;
	p->in.at = 0;
	p->in.end = is_partial && (t.c_lflag & ICANON) ? 2 : 1;
	memset(p->in.buf, t.c_cc[VEOF], p->in.end);
}

static void read_input(struct proxy *p)
{
	flow_read(&p->in);
	if (!is_empty(&p->in))
		p->last_input = p->in.buf[p->in.end - 1];
	if (!p->in.no_more)
		return;
	/* EIO: we are in the background, or our terminal is gone; that is not an end of input */
	p->end_of_input = errno != EIO;
}

/* A background reader of a terminal must not read: it would get EIO or be stopped. */
static bool may_read_input(const struct proxy *p)
{
	return !p->in.no_more && is_empty(&p->in) && !p->end_of_input &&
	       (p->is_raw || !isatty(STDIN_FILENO));
}

static void poll_flows(const struct proxy *p, struct pollfd *fds)
{
	const bool copies = p->f->master_fd >= 0;

	if (copies && may_read_input(p))
		fds[POLL_IN_FROM] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
	if (copies && !is_empty(&p->in) && !p->in.broken)
		fds[POLL_IN_TO] = (struct pollfd){ p->f->master_fd, POLLOUT, 0 };
	if (copies && !p->out.no_more && is_empty(&p->out))
		fds[POLL_OUT_FROM] = (struct pollfd){ p->f->master_fd, POLLIN, 0 };
	if (copies && !is_empty(&p->out))
		fds[POLL_OUT_TO] = (struct pollfd){ STDOUT_FILENO, POLLOUT, 0 };
}

static void copy(struct proxy *p, const struct pollfd *fds)
{
	if (fds[POLL_IN_FROM].revents) {
		errno = 0;
		read_input(p);
	}
	if (fds[POLL_IN_TO].revents)
		flow_write(&p->in);
	if (p->end_of_input && is_empty(&p->in))
		queue_end_of_input(p);
	if (fds[POLL_OUT_FROM].revents)
		flow_read(&p->out);
	if (fds[POLL_OUT_TO].revents)
		flow_write(&p->out);
}

/* ---- the loop ---- */

/* Return: 0, or -errno of poll */
static int wait_once(struct proxy *p, int limit_ms, bool *ret_wants_end)
{
	struct pollfd fds[POLL__MAX];
	int r;

	for (size_t i = 0; i < POLL__MAX; i++)
		fds[i] = (struct pollfd){ .fd = -1 };
	fds[POLL_SIGNAL] = (struct pollfd){ p->signal_fd, POLLIN, 0 };
	if (!p->has_ended && !p->is_traced)
		fds[POLL_PID] = (struct pollfd){ p->f->pid_fd, POLLIN, 0 };
	poll_flows(p, fds);
	r = poll(fds, POLL__MAX, limit_ms);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[POLL_SIGNAL].revents)
		*ret_wants_end = take_signals(p);
	copy(p, fds);
	if (!p->has_ended && fds[POLL_PID].revents) {
		if (reap(p) && !p->has_ended)
			return -ECHILD;
		/* Who traces it, in a pid namespace that was joined, is told first; then comes a SIGCHLD. */
		p->is_traced = !p->has_ended;
	}
	return 0;
}

/* What the program has written before it ended. Others may go on writing, so there is a limit; whoever is
 * tired of a blocked reader may interrupt. */
static int drain(struct proxy *p)
{
	bool wants_end = false;
	size_t total = 0;
	int r = 0;

	p->in.no_more = true;
	p->in.at = p->in.end;
	p->end_of_input = false;
	while (r == 0 && !wants_end) {
		if (is_empty(&p->out)) {
			flow_read(&p->out);
			total += p->out.end - p->out.at;
			if (is_empty(&p->out) || total > DRAIN_MAX)
				break;
		}
		r = wait_once(p, -1, &wants_end);
	}
	return r;
}

static int run(struct proxy *p, struct err *e)
{
	bool wants_end = false;
	int r = 0;

	terminal_take(p);
	tty_copy_size(p->f->master_fd);
	while (r == 0 && !p->has_ended)
		r = wait_once(p, -1, &wants_end);
	if (r == 0 && p->f->master_fd >= 0)
		r = drain(p);
	terminal_give_back(p);
	if (r == -ECHILD)
		return err_set(e, r, ERR_SYSTEM, "process %d is not our child: its exit code is lost",
			       (int)p->f->pid);
	return r < 0 ? err_code(e, r, ERR_SYSTEM, "wait for process %d", (int)p->f->pid) : 0;
}

static int prepare_master(struct proxy *p, struct err *e)
{
	int fd = p->f->master_fd, flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_sys(e, ERR_TTY, "set up the master of the terminal");
	p->slave_fd = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return 0;
}

int foreground_wait(const struct foreground *f, int *ret_status, struct err *e)
{
	_close_fd int signal_fd = -1;
	struct proxy p = {
		.f = f,
		.slave_fd = -1,
		.in = { .from_fd = STDIN_FILENO, .to_fd = f->master_fd },
		.out = { .from_fd = f->master_fd, .to_fd = STDOUT_FILENO },
	};
	sigset_t set;
	int r;

	forwarded_signals(&set);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		return err_sys(e, ERR_SYSTEM, "signalfd");
	p.signal_fd = signal_fd;
	r = f->master_fd >= 0 ? prepare_master(&p, e) : 0;
	if (r == 0)
		r = run(&p, e);
	fd_close(&p.slave_fd);
	if (r < 0)
		return r;
	*ret_status = WIFSIGNALED(p.status) ? 128 + WTERMSIG(p.status) : WEXITSTATUS(p.status);
	return 0;
}
