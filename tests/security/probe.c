/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe.c - the hostile side of the security tests, inside and outside of containers
 *
 * probe swap A B           exchange two names, once
 * probe swapper A B        exchange them until killed; the first time is done when it prints "ready"
 * probe fds                print "NUMBER DEV:INO TARGET" of each open descriptor
 * probe look MARKER        print "mount ROOT POINT TYPE OPTIONS" of each mount; "FOUND POINT" where MARKER is in one
 * probe writable           print each file below /proc and /sys that can be opened for writing, but those
 *                          of processes; nothing is written
 * probe open FILE...       print "OPENED FILE" for each of procfs that can be opened for writing; nothing is written
 * probe tiocsti            try to put a byte into the terminals of fds 0 to 2 and /dev/tty
 * probe watch SECONDS      look for processes whose executable is not ours or the init's, and try to get hold of
 *                          them: by ptrace and by their files in /proc; print "CAUGHT PID HOW"
 * probe write-exe SECONDS  the same for exe alone: hold what is found, and try to write to it; "WRITTEN PID"
 * probe trace SECONDS      trace every process but ours and the init to its end
 * probe bytes N            print N times the letter a
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int swap(const char *a, const char *b)
{
	if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0)
		return 0;
	perror("swap");
	return 1;
}

static int swapper(const char *a, const char *b)
{
	if (swap(a, b))
		return 1;
	puts("ready");
	fflush(stdout);
	for (;;)
		if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0)
			return 1;
}

static int print_fds(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		char name[64], target[4096];
		struct stat st;
		ssize_t n;

		if (fstat(fd, &st) < 0)
			continue;
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		n = readlink(name, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		printf("%d %u:%u:%lu %s\n", fd, major(st.st_dev), minor(st.st_dev), st.st_ino, target);
	}
	return 0;
}

static int look(const char *marker)
{
	static char text[1 << 18];
	size_t len = 0;
	int fd = open("/proc/self/mountinfo", O_RDONLY);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char root[1024], point[1024], options[1024], type[64] = "?", path[2048];
		char *dash = strstr(line, " - ");
		struct stat st;

		if (sscanf(line, "%*d %*d %*s %1023s %1023s %1023s", root, point, options) != 3)
			continue;
		if (dash)
			sscanf(dash, " - %63s", type);
		printf("mount %s %s %s %s\n", root, point, type, options);
		snprintf(path, sizeof(path), "%s/%s", point, marker);
		if (stat(path, &st) == 0)
			printf("FOUND %s\n", path);
	}
	return 0;
}

static void walk(const char *dir, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		char path[4096];
		struct stat st;
		int fd;

		if (entry->d_name[0] == '.' || (depth == 0 && strspn(entry->d_name, "0123456789")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (lstat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < 16)
			walk(path, depth + 1);
		if (!S_ISREG(st.st_mode))
			continue;
		fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
		if (fd >= 0) {
			puts(path);
			close(fd);
		}
	}
	if (d)
		closedir(d);
}

static void open_procfs(const char *path)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct statfs sf;

	if (fd >= 0 && fstatfs(fd, &sf) == 0 && sf.f_type == PROC_SUPER_MAGIC)
		printf("OPENED %s\n", path);
	if (fd >= 0)
		close(fd);
}

static int tiocsti(void)
{
	static const char byte = '#';
	int tty_fd = open("/dev/tty", O_RDWR | O_NOCTTY);

	for (int fd = 0; fd <= 2; fd++)
		if (ioctl(fd, TIOCSTI, &byte) == 0)
			printf("INJECTED fd %d\n", fd);
	if (tty_fd >= 0 && ioctl(tty_fd, TIOCSTI, &byte) == 0)
		printf("INJECTED /dev/tty\n");
	puts("tried");
	return 0;
}

/* ---- other processes ---- */

static struct stat own_exe, init_exe;

static bool is_ours(int exe_fd)
{
	struct stat st;

	return fstat(exe_fd, &st) < 0 || (st.st_ino == own_exe.st_ino && st.st_dev == own_exe.st_dev) ||
	       (st.st_ino == init_exe.st_ino && st.st_dev == init_exe.st_dev);
}

static void attack(const char *pid)
{
	static const char *const files[] = { "fd", "cwd", "root", "mem", "environ", "maps", "map_files" };
	char path[300];
	int exe_fd, fd;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	exe_fd = open(path, O_PATH | O_CLOEXEC);
	if (exe_fd >= 0 && is_ours(exe_fd)) { /* it has become the program already */
		close(exe_fd);
		return;
	}
	if (exe_fd >= 0)
		printf("CAUGHT %s exe\n", pid);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%s/%s", pid, files[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/exe", pid);
		/* whose it was by then: our own kind may be looked at */
		if (stat(path, &st) == 0 && (st.st_ino != own_exe.st_ino || st.st_dev != own_exe.st_dev) &&
		    (st.st_ino != init_exe.st_ino || st.st_dev != init_exe.st_dev))
			printf("CAUGHT %s %s\n", pid, files[i]);
		close(fd);
	}
	if (ptrace(PTRACE_SEIZE, atoi(pid), 0, 0) == 0) {
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%s/exe", pid);
		if (stat(path, &st) == 0 && (st.st_ino != own_exe.st_ino || st.st_dev != own_exe.st_dev) &&
		    (st.st_ino != init_exe.st_ino || st.st_dev != init_exe.st_dev))
			printf("CAUGHT %s ptrace\n", pid);
		ptrace(PTRACE_INTERRUPT, atoi(pid), 0, 0);
		waitpid(atoi(pid), NULL, __WALL);
		ptrace(PTRACE_DETACH, atoi(pid), 0, 0);
	}
	if (exe_fd >= 0)
		close(exe_fd);
}

static int held[4096], n_held;

static void hold_exe(const char *pid)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	if (is_ours(fd) || n_held == 4096)
		close(fd);
	else
		held[n_held++] = fd;
}

static void trace(const char *pid)
{
	if (ptrace(PTRACE_SEIZE, atoi(pid), 0, 0) == 0)
		waitpid(atoi(pid), NULL, __WALL);
}

static void write_held(void)
{
	for (int i = 0; i < n_held; i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", held[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0) {
			printf("WRITTEN %d\n", i);
			close(fd);
		}
	}
}

static int watch(double seconds, void (*act)(const char *pid))
{
	struct timespec now, end;
	long rounds = 0;

	stat("/proc/self/exe", &own_exe);
	stat("/proc/1/exe", &init_exe);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)seconds;
	puts("ready");
	fflush(stdout);
	do {
		DIR *d = opendir("/proc");
		struct dirent *entry;

		while (d && (entry = readdir(d)))
			if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name) &&
			    atoi(entry->d_name) != getpid() && atoi(entry->d_name) != 1)
				act(entry->d_name);
		if (d)
			closedir(d);
		rounds++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	write_held();
	printf("%s\n", rounds > 10 ? "watched" : "too slow to see anything");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 4 && strcmp(what, "swap") == 0)
		return swap(argv[2], argv[3]);
	if (argc == 4 && strcmp(what, "swapper") == 0)
		return swapper(argv[2], argv[3]);
	if (strcmp(what, "fds") == 0)
		return print_fds();
	if (argc == 3 && strcmp(what, "look") == 0)
		return look(argv[2]);
	if (strcmp(what, "writable") == 0) {
		walk("/proc", 0);
		walk("/sys", 1);
		return 0;
	}
	if (strcmp(what, "open") == 0) {
		puts("tried");
		for (int i = 2; i < argc; i++)
			open_procfs(argv[i]);
		return 0;
	}
	if (strcmp(what, "tiocsti") == 0)
		return tiocsti();
	if (argc == 3 && strcmp(what, "watch") == 0)
		return watch(atof(argv[2]), attack);
	if (argc == 3 && strcmp(what, "write-exe") == 0)
		return watch(atof(argv[2]), hold_exe);
	if (argc == 3 && strcmp(what, "trace") == 0)
		return watch(atof(argv[2]), trace);
	if (argc == 3 && strcmp(what, "bytes") == 0) {
		for (long i = atol(argv[2]); i > 0; i--)
			putchar('a');
		return 0;
	}
	return 64;
}
