/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pid.h - processes that cannot be mistaken for others
 *
 * A pid alone names whoever has it now. A process is remembered as a mark, which is true until the next boot, and
 * signalled only through a pidfd that was opened first and compared with the mark afterwards.
 */
#ifndef TAPER_BASE_PID_H
#define TAPER_BASE_PID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libocispec/err.h"

/* The host's procfs: an fd of /proc, verified once by host_proc() (host/proc.h). */

/*
 * What tells a process from those that have its pid later. A start time is in ticks of 10 ms, within which a
 * pid can be given again; an inode of pidfs (Linux 6.9, magic.h) is given once.
 */
struct pid_mark {
	pid_t pid;
	uint64_t start; /* field 22 of /proc/PID/stat (proc(5)): clock ticks since boot; 0 = not known */
	uint64_t inode; /* of its pidfd, 0 = not known */
};

/**
 * pid_mark() - remember a process
 * @proc_fd: verified procfs
 * @pid_fd:  its pidfd; -1 = there is none, the start time will do
 *
 * Return: 0; -ESRCH: no such process; -errno
 */
int pid_mark(int proc_fd, pid_t pid, int pid_fd, struct pid_mark *ret);

/**
 * pid_describe() - "1234 (sleep, state D)", for error texts
 * @ret, @size: where to; only the number when the process is gone
 *
 * Return: @ret
 */
char *pid_describe(int proc_fd, pid_t pid, char *ret, size_t size);

/* pid_state() - the letter of its state (proc(5)), 0 = it is gone. @pid may be a thread's id */
char pid_state(int proc_fd, pid_t pid);

/**
 * pid_killed_early() - was a process killed before its program has begun?
 * @pid_fd: its pidfd
 *
 * execve(2) closes what is close-on-exec before it has made the new address space: a process that is killed after
 * that has told nobody. Waits, for at most two seconds, until the program's code is mapped or the process has ended.
 *
 * Return: true = by SIGKILL; not when that cannot be known, such as of one that somebody has waited for
 */
bool pid_killed_early(int proc_fd, pid_t pid, int pid_fd);

/**
 * pid_ignored() - the signals that a process ignores (proc(5), SigIgn)
 * @ret: bit n - 1 for signal n
 *
 * Return: 0 or -errno
 */
int pid_ignored(int proc_fd, pid_t pid, uint64_t *ret);

/* pid_boot_id() - the id of this boot (random(4)), 36 characters. Return: 0 or -errno */
int pid_boot_id(int proc_fd, char ret[37], struct err *e);

/**
 * pid_open() - a pidfd of exactly the remembered process
 * @m: one with neither start time nor inode is of whoever has the pid
 *
 * Return: the pidfd (CLOEXEC), -ESRCH: gone, or a zombie, or another process has the pid; -errno
 */
int pid_open(int proc_fd, const struct pid_mark *m);

/**
 * pid_wait() - wait until the process behind a pidfd has ended
 * @limit_ms: give up after this time; -1 = never
 *
 * Return: 1 ended, 0 time is up, -errno
 */
int pid_wait(int pid_fd, int limit_ms);

/* pid_kill() - pidfd_send_signal(2). Return: 0, -ESRCH, -errno */
int pid_kill(int pid_fd, int signal);

/*
 * Deadlines. --timeout sets one for the whole call, which no wait outlasts, those without a limit of their own
 * included. It is the only one variable of the program that is not a constant after main() has begun: it would
 * have to be handed to every function otherwise.
 */
#define DEADLINE_NEVER INT64_MAX

/**
 * deadline_ms() - now + limit_ms on CLOCK_MONOTONIC, or that of the whole call, if it comes earlier
 * @limit_ms: negative = no limit of its own
 *
 * Return: the deadline, DEADLINE_NEVER
 */
int64_t deadline_ms(int64_t limit_ms);

/* deadline_left() - ms until then, for poll(2): 0 when past, -1 = there is none */
int deadline_left(int64_t deadline);

/* deadline_limit() - from now on the whole call has this time; negative = as long as it takes */
void deadline_limit(int64_t limit_ms);

/* deadline_grace() - if the whole call has a limit: this much more from now on, for cleaning up */
void deadline_grace(int64_t limit_ms);

/* deadline_spent() - is the time of the whole call up? */
bool deadline_spent(void);

#endif
