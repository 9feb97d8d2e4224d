// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * console.c - the terminal of the container (config.md, process.terminal)
 *
 * No name of the image is trusted (security: D14): the master is opened in the devpts that we mounted,
 * the slave comes from the master (TIOCGPTPEER), and /dev/console is bound from the slave's fd.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "apply/mount.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* The config may bind a devpts of the host instead of making one: then it must be one. */
static int devpts_find(struct child *c, struct err *e)
{
	struct statfs sf;

	if (c->devpts_fd >= 0)
		return 0;
	c->devpts_fd = fs_open(c->root_fd, "/dev/pts", O_PATH | O_DIRECTORY);
	if (c->devpts_fd < 0)
		return err_code(e, c->devpts_fd, ERR_TTY,
				"a terminal needs a devpts: open /dev/pts");
	if (fstatfs(c->devpts_fd, &sf) < 0 || sf.f_type != DEVPTS_SUPER_MAGIC)
		return err_set(e, -ENODEV, ERR_TTY,
			       "a terminal needs a devpts mounted at /dev/pts");
	return 0;
}

static int console_open(struct child *c, int *ret_slave_fd, struct err *e)
{
	const struct process_plan *p = &c->plan->process;
	struct winsize size = { .ws_row = p->rows, .ws_col = p->cols };
	int unlock = 0, fd;

	c->master_fd = fs_beneath(c->devpts_fd, "ptmx", O_RDWR | O_NOCTTY);
	if (c->master_fd < 0)
		return err_code(e, c->master_fd, ERR_TTY,
				"open the terminal multiplexer /dev/pts/ptmx");
	if (ioctl(c->master_fd, TIOCSPTLCK, &unlock) < 0)
		return err_sys(e, ERR_TTY, "unlock the terminal");
	fd = ioctl(c->master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, ERR_TTY, "open the terminal");
	if ((p->rows || p->cols) && ioctl(fd, TIOCSWINSZ, &size) < 0) {
		close(fd);
		return err_sys(e, ERR_TTY, "set the size of the terminal");
	}
	*ret_slave_fd = fd;
	return 0;
}

/* /dev/console is the terminal, on a file of our own. */
static int console_bind(struct child *c, int slave_fd, struct err *e)
{
	_close_fd int dir_fd = -1, target_fd = -1, tree_fd = -1;
	const char *name;
	int r = fs_parent(c->root_fd, "/dev/console", &dir_fd, &name, e);

	if (r < 0)
		return r;
	target_fd = fs_create(dir_fd, name, 0600);
	if (target_fd >= 0 ||
	    target_fd == -EEXIST) { /* whatever is there is covered, and no link is followed */
		fd_close(&target_fd);
		target_fd = fs_entry(dir_fd, name, O_PATH);
	}
	if (target_fd < 0)
		return err_code(e, target_fd, ERR_TTY, "make /dev/console");
	tree_fd = mount_clone(slave_fd, "", AT_EMPTY_PATH);
	if (tree_fd < 0)
		return err_code(e, tree_fd, ERR_TTY, "clone the terminal for /dev/console");
	return mount_attach(tree_fd, c->root_fd, "/dev/console", true, target_fd, e);
}

int console_make(struct child *c, struct err *e)
{
	_close_fd int slave_fd = -1;
	int r = devpts_find(c, e);

	if (r == 0)
		r = console_open(c, &slave_fd, e);
	/* its group stays: that of devpts (gid=5), to whom mode= gives it */
	if (r == 0 && fchown(slave_fd, c->plan->process.uid, (gid_t)-1) < 0 &&
	    errno != EINVAL && errno != EPERM)
		r = err_sys(e, ERR_TTY, "give the terminal to the container's user");
	if (r == 0 && !c->joins)
		r = console_bind(c, slave_fd, e);
	if (r < 0)
		return r;
	if (ioctl(slave_fd, TIOCSCTTY, 0) < 0)
		return err_sys(e, ERR_TTY, "make the terminal the controlling one");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(slave_fd, fd) < 0)
			return err_sys(e, ERR_TTY, "make the terminal standard input and output");
	return 0;
}
