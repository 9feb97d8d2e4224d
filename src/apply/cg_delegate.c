// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_delegate.c - what the container may change itself in its v2 cgroup
 *
 * Nothing but the directories and the files that /sys/kernel/cgroup/delegate lists are given away: the
 * limits are in the other files. The container is not there yet, so nobody can exchange a file meanwhile.
 *
 * Source: kernel admin-guide cgroup-v2, "Model of Delegation".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "apply/cg_dir.h"
#include "apply/cg_v2.h"
#include "apply/parent.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"

/* Names of files, one a line; the list of old kernels where there is none */
static void list_files(char *ret, size_t size)
{
	_close_fd int dir_fd = cg_dir_peek("/sys/kernel", "/cgroup");

	if (dir_fd < 0 || cg_file_read(dir_fd, "delegate", ret, size) <= 0)
		snprintf(ret, size, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n");
}

static int give(int dir_fd, uid_t uid, struct err *e)
{
	char files[4096], *name = files;
	int r;

	list_files(files, sizeof(files));
	if (fchown(dir_fd, uid, (gid_t)-1) < 0)
		return err_sys(e, ERR_CGROUP, "give the cgroup to user %u", (unsigned)uid);
	while (*name) {
		size_t len = strcspn(name, "\n");
		bool last = !name[len];

		name[len] = '\0';
		/* missing ones: of controllers that are not here */
		r = len ? cg_file_chown(dir_fd, name, uid) : 0;
		if (r < 0 && r != -ENOENT)
			return err_code(e, r, ERR_CGROUP, "give the cgroup's %s to user %u", name,
					(unsigned)uid);
		name += len + !last;
	}
	return 0;
}

/* Make the path below @base_fd, each level the owner's. Return: fd or -errno */
static int make_below(int base_fd, const struct cg_plan *plan, struct err *e)
{
	char path[4096];
	_close_fd int dir_fd = -1;
	int r = snprintf(path, sizeof(path), "%s", plan->delegate) < (int)sizeof(path) ? 0 : -ENAMETOOLONG;

	for (char *p = path, *slash; r >= 0 && p; p = slash ? slash + 1 : NULL) {
		slash = strchr(p, '/');
		if (slash)
			*slash = '\0';
		r = cg_dir_make(base_fd, path);
		fd_close(&dir_fd);
		if (r == 0 || r == -EEXIST)
			r = dir_fd = cg_dir_open(base_fd, path);
		if (r >= 0 && plan->has_owner)
			TRY(give(dir_fd, plan->owner, e));
		if (slash)
			*slash = '/';
	}
	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "make cgroup %s below the container's", plan->delegate);
	return take_fd(&dir_fd);
}

int parent_delegate(struct parent *p, struct err *e)
{
	const struct cg_plan *plan = &p->plan->cgroup;
	int base_fd = p->home_fd >= 0 ? p->home_fd : p->cg.v2_fd;
	_close_fd int dir_fd = -1;

	if (base_fd < 0)
		return 0;
	if (plan->has_owner)
		TRY(give(base_fd, plan->owner, e));
	if (!plan->delegate)
		return 0;
	dir_fd = make_below(base_fd, plan, e);
	if (dir_fd < 0)
		return dir_fd;
	p->delegate_fd = cg_file_open(dir_fd, "cgroup.procs", O_WRONLY);
	if (p->delegate_fd < 0) {
		int r = p->delegate_fd;

		p->delegate_fd = -1;
		return err_code(e, r, ERR_CGROUP, "open cgroup %s below the container's", plan->delegate);
	}
	return 0;
}

void parent_hand_on(struct parent *p)
{
	int base_fd = p->home_fd >= 0 ? p->home_fd : p->cg.v2_fd;

	if (p->plan->cgroup.delegate && base_fd >= 0)
		cg_hand_on(base_fd);
}
