// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * foreground.c - the proxy of a terminal and of signals, with ordinary processes in a container's place
 *
 * Standard input and output of the test are replaced by pipes or a terminal, and come back before
 * anything is checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <termios.h>
#include <utmp.h>

#include "apply/tty.h"
#include "tests/lib/tap.h"

struct stage {
	int in[2], out[2];           /* pipes: what the proxy reads and writes */
	int saved_in, saved_out;
	struct foreground f;
	int slave_fd;
};

static void set_up(struct stage *s)
{
	*s = (struct stage){ .f = { .master_fd = -1 }, .slave_fd = -1 };
	fflush(stdout);
	ok(pipe2(s->in, O_CLOEXEC) == 0 && pipe2(s->out, O_CLOEXEC) == 0);
	fcntl(s->out[1], F_SETPIPE_SZ, 1 << 20);
	s->saved_in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	s->saved_out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	ok(foreground_signals(NULL) == 0);
}

/* Run @program with the terminal, or with ours when @tty is false. */
static void launch(struct stage *s, bool tty, void (*program)(void))
{
	sigset_t none;
	pid_t pid;

	if (tty)
		ok(openpty(&s->f.master_fd, &s->slave_fd, NULL, NULL, NULL) == 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(20);           /* the test's own alarm is forwarded like any signal */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (tty) {
			close(s->f.master_fd);
			login_tty(s->slave_fd);
		} else {
			dup2(s->out[1], STDOUT_FILENO);
		}
		close(s->in[1]);
		close(s->out[0]);
		program();
		_exit(0);
	}
	if (tty)
		close(s->slave_fd);
	s->f.pid = pid;
	s->f.pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Be the proxy. Return: the exit code, or -errno */
static int proxy(struct stage *s)
{
	int status = -1, r;

	dup2(s->in[0], STDIN_FILENO);
	dup2(s->out[1], STDOUT_FILENO);
	r = foreground_wait(&s->f, &status, NULL);
	dup2(s->saved_in, STDIN_FILENO);
	dup2(s->saved_out, STDOUT_FILENO);
	close(s->out[1]);
	return r < 0 ? r : status;
}

static const char *output(struct stage *s)
{
	static char text[65536];
	ssize_t n, len = 0;

	while ((n = read(s->out[0], text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += n;
	text[len] = '\0';
	return text;
}

static void type(struct stage *s, const char *text)
{
	ok(write(s->in[1], text, strlen(text)) == (ssize_t)strlen(text));
}

static void end_input(struct stage *s)
{
	close(s->in[1]);
}

static void wait_a_bit(int ms)
{
	poll(NULL, 0, ms);
}

static void exit_5(void)
{
	_exit(5);
}

static void die_by_kill(void)
{
	kill(getpid(), SIGKILL);
}

TEST(exit_codes)
{
	struct stage s;

	set_up(&s);
	launch(&s, false, exit_5);
	is_int(proxy(&s), 5);
	set_up(&s);
	launch(&s, true, exit_5);
	is_int(proxy(&s), 5);
	set_up(&s);
	launch(&s, false, die_by_kill);
	is_int(proxy(&s), 128 + SIGKILL);
}

static void greet(void)
{
	char line[64] = "";
	ssize_t n;

	dprintf(1, "hello\n");
	n = read(0, line, sizeof(line) - 1);
	dprintf(1, "got %zd %s", n, line);
	_exit(3);
}

TEST(copies_both_ways)
{
	struct stage s;
	const char *text;

	set_up(&s);
	launch(&s, true, greet);
	type(&s, "abc\n");
	is_int(proxy(&s), 3);
	text = output(&s);
	has_str(text, "hello\r\n");
	has_str(text, "got 4 abc\r\n");
}

static void count_to_the_end(void)
{
	char buf[64];
	ssize_t n;
	int total = 0;

	while ((n = read(0, buf, sizeof(buf))) > 0)
		total += (int)n;
	_exit(total);
}

TEST(end_of_input_reaches_the_program)
{
	struct stage s;

	set_up(&s);
	launch(&s, true, count_to_the_end);
	type(&s, "abc\n");
	end_input(&s);
	is_int(proxy(&s), 4);
	set_up(&s);
	launch(&s, true, count_to_the_end);
	type(&s, "no end");
	end_input(&s);
	is_int(proxy(&s), 6);
	set_up(&s);
	launch(&s, true, count_to_the_end);
	end_input(&s);
	is_int(proxy(&s), 0);
}

#define MANY 40000

static void write_block(void)
{
	static char block[MANY];

	memset(block, 'x', sizeof(block));
	for (size_t at = 0; at < sizeof(block);) {
		ssize_t n = write(1, block + at, sizeof(block) - at);

		if (n < 0)
			_exit(1);
		at += (size_t)n;
	}
}

static void write_much(void)
{
	write_block();
	_exit(0);
}

static void write_much_and_wait(void)
{
	write_block();
	wait_a_bit(300);
	write_block();
}

TEST(the_last_output_is_not_lost)
{
	struct stage s;

	for (int i = 0; i < 20; i++) {
		set_up(&s);
		launch(&s, true, write_much);
		end_input(&s);
		is_int(proxy(&s), 0);
		if (!is_int(strlen(output(&s)), MANY))
			return;
		for (int fd = 3; fd < 30; fd++)
			if (fd != s.saved_in && fd != s.saved_out)
				close(fd);
	}
}

TEST(a_reader_that_went_away_stops_nothing)
{
	struct stage s;

	set_up(&s);
	launch(&s, true, write_much_and_wait);
	close(s.out[0]);
	is_int(proxy(&s), 0);
}

/* user and system time used by this process, ms */
static long cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

static void close_the_terminal(void)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	wait_a_bit(700);
}

static void just_wait(void)
{
	wait_a_bit(700);
}

/* A pipe that is full and never read; the program wants to write on. */
static void fill(int fd)
{
	char block[4096];

	memset(block, 0, sizeof(block));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, block, sizeof(block)) > 0)
		;
	fcntl(fd, F_SETFL, 0);
}

static void write_and_wait(void)
{
	dprintf(1, "x");
	wait_a_bit(700);
}

static void close_and_open_again(void)
{
	char name[64];

	if (ttyname_r(0, name, sizeof(name)) != 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	wait_a_bit(300);
	if (open(name, O_RDWR) != 0 || dup(0) != 1)
		_exit(2);
	for (int i = 0; i < 3; i++)
		write_block();
}

TEST(a_terminal_closed_for_a_moment_goes_on)
{
	struct stage s;

	set_up(&s);
	launch(&s, true, close_and_open_again);
	is_int(proxy(&s), 0);
	is_int(strlen(output(&s)), 65535);   /* more than the kernel would keep */
}

TEST(does_not_spin)
{
	struct stage s;
	long before = cpu_ms();

	set_up(&s);
	launch(&s, true, close_the_terminal);
	is_int(proxy(&s), 0);
	set_up(&s);
	launch(&s, true, just_wait);
	end_input(&s);
	is_int(proxy(&s), 0);
	ok(cpu_ms() - before < 200);
}

TEST(a_blocked_reader_waits_in_poll)
{
	struct stage s;
	long before = cpu_ms();
	pid_t self = getpid();

	set_up(&s);
	fill(s.out[1]);
	launch(&s, true, write_and_wait);
	if (fork() == 0) {
		/* once the program has ended, its output waits for a reader; somebody loses patience */
		wait_a_bit(1200);
		kill(self, SIGTERM);
		_exit(0);
	}
	is_int(proxy(&s), 0);
	ok(cpu_ms() - before < 200);
}

static volatile sig_atomic_t got, got_other;

static void on_signal(int n)
{
	got = n;
}

static void on_other(int n)
{
	got_other = n;
}

static void wait_for_usr1(void)
{
	signal(SIGUSR1, on_signal);
	signal(SIGURG, on_other);
	signal(SIGWINCH, on_other);
	kill(getppid(), SIGURG);
	kill(getppid(), SIGWINCH);
	wait_a_bit(100);
	kill(getppid(), SIGUSR1);
	for (int i = 0; i < 50 && !got; i++)
		wait_a_bit(100);
	_exit(got == SIGUSR1 && !got_other ? 42 : 1);
}

TEST(signals_are_forwarded)
{
	struct stage s;

	set_up(&s);
	launch(&s, false, wait_for_usr1);
	is_int(proxy(&s), 42);
}

static void leave_an_orphan(void)
{
	if (fork() == 0) {
		wait_a_bit(100);
		_exit(0);
	}
	if (fork() == 0)
		_exit(0);
	wait_a_bit(400);
	_exit(0);
}

static void orphan_parent(void)
{
	if (fork() == 0)
		leave_an_orphan();
	wait_a_bit(600);
	_exit(9);
}

TEST(orphans_are_reaped)
{
	struct stage s;

	ok(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	set_up(&s);
	launch(&s, false, orphan_parent);
	is_int(proxy(&s), 9);
	wait_a_bit(50);
	is_int(waitpid(-1, NULL, WNOHANG), -1);
	is_int(errno, ECHILD);
}

static void show_size(void)
{
	struct winsize w = { 0 };

	for (int i = 0; i < 50 && w.ws_row != 33; i++) {
		ioctl(0, TIOCGWINSZ, &w);
		wait_a_bit(20);
	}
	dprintf(1, "%dx%d", w.ws_row, w.ws_col);
}

TEST(own_terminal_is_raw_and_comes_back)
{
	struct stage s;
	struct winsize size = { .ws_row = 33, .ws_col = 77 };
	struct termios before, during, after;
	int master, slave;
	pid_t looker;
	int status;

	set_up(&s);
	ok(openpty(&master, &slave, NULL, NULL, &size) == 0);
	ok(tcgetattr(slave, &before) == 0);
	dup2(slave, s.in[0]);
	launch(&s, true, show_size);
	looker = fork();
	if (looker == 0) {
		for (int i = 0; i < 100; i++, wait_a_bit(10)) {
			tcgetattr(slave, &during);
			if (!(during.c_lflag & (ICANON | ECHO | ISIG)))
				_exit(0);
		}
		_exit(1);
	}
	/* the looker is a child too: its status is taken before the proxy could reap it */
	waitid(P_PID, (id_t)s.f.pid, NULL, WNOHANG | WNOWAIT);
	is_int(proxy(&s), 0);
	ok(tcgetattr(slave, &after) == 0);
	is_int(after.c_lflag, before.c_lflag);
	is_int(after.c_iflag, before.c_iflag);
	is_int(after.c_oflag, before.c_oflag);
	if (waitpid(looker, &status, 0) == looker)
		is_int(status, 0);
	is_str(output(&s), "33x77");
}

TEST(a_foreign_process_is_an_error)
{
	struct stage s;
	pid_t pid;
	int p[2];

	ok(pipe(p) == 0);
	if (fork() == 0) {
		pid = fork();
		if (pid == 0) {
			wait_a_bit(200);
			_exit(0);
		}
		ok(write(p[1], &pid, sizeof(pid)) == sizeof(pid));
		_exit(0);
	}
	wait(NULL);
	ok(read(p[0], &pid, sizeof(pid)) == sizeof(pid));
	set_up(&s);
	s.f = (struct foreground){ pid, (int)syscall(SYS_pidfd_open, pid, 0), -1 };
	is_err(proxy(&s), ECHILD);
}

TAP_MAIN
