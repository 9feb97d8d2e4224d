// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * exec.c - find the program inside the container, and become it
 *
 * The texts of the errors are part of the contract with engines (cli-contract, section 7): they decide
 * between exit codes 126 and 127 by them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

/* Can this be executed by anyone? 0, or -ENOENT, -EACCES, -EISDIR... */
static int candidate(const struct child *c, const char *path)
{
	_close_fd int fd = fs_open(c->root_fd, path, O_PATH);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return S_ISREG(st.st_mode) && (st.st_mode & 0111) ? 0 : -EACCES;
}

/* A name with a slash is relative to process.cwd (execvp(3)). */
static int find_direct(struct child *c, const char *name, struct err *e)
{
	int n = name[0] == '/' ? snprintf(c->exec_path, sizeof(c->exec_path), "%s", name)
			       : snprintf(c->exec_path, sizeof(c->exec_path), "%s/%s",
					  c->plan->process.cwd, name);
	int r = n < 0 || (size_t)n >= sizeof(c->exec_path) ? -ENAMETOOLONG
							   : candidate(c, c->exec_path);

	/* podman knows 126 by "permission denied", which is also what execve(2) says of a directory */
	if (r == -EISDIR)
		return err_set(e, -EACCES, ERR_EXEC,
			       "exec: \"%s\": permission denied (it is a directory)", name);
	return r < 0 ? err_code(e, r, ERR_EXEC, "exec: \"%s\"", name) : 0;
}

int exec_find(struct child *c, struct err *e)
{
	const char *name = c->plan->process.argv[0];
	const char *path = c->plan->process.path_env;
	int worst = -ENOENT;

	if (strchr(name, '/'))
		return find_direct(c, name, e);
	for (const char *dir = path ? path : ""; path && *name; dir += strcspn(dir, ":") + 1) {
		size_t len = strcspn(dir, ":");
		/* an empty element is the working directory */
		const char *in = len ? dir : c->plan->process.cwd;
		int n = snprintf(c->exec_path, sizeof(c->exec_path), "%.*s/%s",
				 (int)(len ? len : strlen(in)), in, name);
		int r = n < 0 || (size_t)n >= sizeof(c->exec_path) ? -ENAMETOOLONG
								   : candidate(c, c->exec_path);

		if (r == 0)
			return 0;
		if (r == -EACCES)
			worst = r;
		if (!dir[len])
			break;
	}
	if (worst == -EACCES)
		return err_code(e, worst, ERR_EXEC, "exec: \"%s\"", name);
	return err_set(e, -ENOENT, ERR_EXEC, "exec: \"%s\": executable file not found in $PATH",
		       name);
}

/* ---- HOME ---- */

/* The home directory in one line of passwd(5), when it is this user's. */
static bool home_of_line(const char *line, size_t len, uint32_t uid, char *ret, size_t size)
{
	const char *field[7] = { line };
	size_t n = 1;
	char number[16];
	uint32_t id;

	for (size_t i = 0; i < len && n < 7; i++)
		if (line[i] == ':')
			field[n++] = line + i + 1;
	if (n < 7 || field[3] - field[2] < 2 || (size_t)(field[3] - field[2]) > sizeof(number))
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)(field[3] - field[2] - 1), field[2]);
	if (parse_u32(number, 0, UINT32_MAX - 1, &id) < 0 || id != uid)
		return false;
	snprintf(ret, size, "HOME=%.*s", (int)(field[6] - field[5] - 1), field[5]);
	return ret[5] == '/';
}

/*
 * One bounded look at the image's passwd (security: D11): a regular file, at most 64 KiB of it, no
 * blocking. No id is ever taken from there.
 */
static void find_home(struct child *c)
{
	const struct process_plan *p = &c->plan->process;
	static char text[65536 + 1]; /* stays NUL-terminated */
	_close_fd int fd = -1;
	struct stat st;
	ssize_t n = 0;

	snprintf(c->home, sizeof(c->home), "HOME=/");
	fd = fs_open(c->root_fd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, text, sizeof(text) - 1);
	for (ssize_t at = 0; at < n;) {
		size_t len = strcspn(text + at, "\n");

		if (home_of_line(text + at, len, p->uid, c->home, sizeof(c->home)))
			break;
		snprintf(c->home, sizeof(c->home), "HOME=/");
		at += (ssize_t)len + 1;
	}
}

static void add_variable(struct child *c, const char *entry)
{
	const struct process_plan *p = &c->plan->process;

	p->envp[p->n_env + c->n_spare_env++] = entry;
}

int exec_environment(struct child *c, struct err *e)
{
	const struct process_plan *p = &c->plan->process;

	(void)e;
	if (p->needs_home) {
		find_home(c);
		add_variable(c, c->home);
	}
	if (p->needs_listen_pid) {
		snprintf(c->listen_pid, sizeof(c->listen_pid), "LISTEN_PID=%d", getpid());
		add_variable(c, c->listen_pid);
	}
	return 0;
}

/* ---- the end ---- */

static int exec_error(const struct child *c, int code, struct err *e)
{
	const char *name = c->plan->process.argv[0];
	_close_fd int fd = -1;

	/* execve() says ENOENT for a missing interpreter too */
	if (code == -ENOENT)
		fd = fs_open(c->root_fd, c->exec_path, O_PATH);
	if (fd >= 0)
		return err_set(
			e, code, ERR_EXEC,
			"exec: \"%s\": no such file or directory (missing interpreter of %s)", name,
			c->exec_path);
	return err_code(e, code, ERR_EXEC, "exec: \"%s\"", name);
}

int exec_become(struct child *c, struct err *e)
{
	const struct process_plan *p = &c->plan->process;

	execve(c->exec_path, (char *const *)(uintptr_t)p->argv, (char *const *)(uintptr_t)p->envp);
	return exec_error(c, -errno, e);
}
