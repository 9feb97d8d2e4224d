// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cgmount.c - the container's view of the cgroups at a mount of type "cgroup"
 *
 * v2: the cgroup2 file system, whose root is the container's own cgroup in a new cgroup namespace.
 * v1 and hybrid: a tmpfs with a directory per hierarchy, named as on the host, and a symlink for each
 * controller of a joint one ("cpu" -> "cpu,cpuacct").
 * The parent hands over detached clones of the container's own directories (GRANTED); where it has none
 * to give (no rights), the file systems are mounted here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "apply/mount.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

static int cgroup_ns_new(const struct child *c)
{
	return c->plan->ns.ns[NS_CGROUP].mode == NS_NEW;
}

/* A v1 hierarchy: its controllers are flags of the mount, a named one has the option name=. */
static int v1_new(const struct cg_hier *h, const struct mount_opts *opts, int *ret_fd,
		  struct err *e)
{
	static struct kv data
		[CG_HIER_MAX]; /* the first process is single-threaded and mounts one at a time */
	static char text[256];
	struct mount_opts o = *opts;
	char *word, *next;

	if (snprintf(text, sizeof(text), "%s", h->controllers) >= (int)sizeof(text))
		return err_set(e, -E2BIG, ERR_MOUNT, "too many controllers: %s", h->controllers);
	o.data.v = data;
	o.data.n = 0;
	for (word = text; word && o.data.n < CG_HIER_MAX - 1; word = next) {
		const char *name = str_starts(word, "name=");

		next = strchr(word, ',');
		if (next)
			*next++ = '\0';
		data[o.data.n++] = name ? (struct kv){ "name", name } : (struct kv){ word, NULL };
		if (name)
			data[o.data.n++] = (struct kv){ "none", NULL };
	}
	o.sb_set = 0; /* ro of a superblock that the host uses too would be refused */
	return mount_new("cgroup", "cgroup", &o, NULL, ret_fd, e);
}

static int tree_at(struct child *c, size_t i, const struct mount_opts *opts, int *ret_fd,
		   struct err *e)
{
	const struct cg_hier *h = &c->facts->cg.hier[i];
	struct mount_opts o = *opts;

	if (c->cg_fd[i] >= 0) {
		*ret_fd = take_fd(&c->cg_fd[i]);
		if (!o.propagation) /* the parent has cloned it: rootfs_part() together with the flags */
			o.propagation = c->plan->root.tree_propagation & ~(unsigned long)MS_REC;
		return mount_tune(*ret_fd, &o, e);
	}
	if (!cgroup_ns_new(c))
		return -EPERM;
	if (!h->v2)
		return v1_new(h, opts, ret_fd, e);
	o.data.n = 0;
	o.sb_set = 0;
	return mount_new("cgroup2", "cgroup2", &o, NULL, ret_fd, e);
}

static int attach_at(struct child *c, const char *dst, int mnt_fd, struct err *e)
{
	_close_fd int target_fd = -1;
	int r = fs_target(c->root_fd, dst, FS_MAKE_DIR, false, &target_fd, NULL, e);

	return r < 0 ? r : mount_attach(mnt_fd, c->root_fd, dst, false, target_fd, e);
}

/* cpu -> cpu,cpuacct and so on */
static int v1_links(int dir_fd, const struct cg_hier *h, const char *name, struct err *e)
{
	char text[256], *word, *next;

	if (!strchr(h->controllers, ',') ||
	    snprintf(text, sizeof(text), "%s", h->controllers) >= (int)sizeof(text))
		return 0;
	for (word = text; word; word = next) {
		int r;

		next = strchr(word, ',');
		if (next)
			*next++ = '\0';
		if (str_eq(word, name) || str_starts(word, "name="))
			continue;
		r = fs_symlink(dir_fd, word, name, false);
		if (r < 0)
			return err_code(e, r, ERR_MOUNT, "link the controller %s", word);
	}
	return 0;
}

static int v1_one(struct child *c, const struct fs_op *op, size_t i, int tmpfs_fd, struct err *e)
{
	const struct cg_hier *h = &c->facts->cg.hier[i];
	const char *name = strrchr(h->mount, '/') + 1;
	_close_fd int mnt_fd = -1;
	int r = fs_mkdir(tmpfs_fd, name, 0755);

	if (r < 0)
		return err_code(e, r, ERR_MOUNT, "make %s/%s", op->dst, name);
	r = tree_at(c, i, &op->mount.opts, &mnt_fd, e);
	if (r == -EPERM || r == -EBUSY) {
		/* nothing of the host's may be shown instead: the directory stays empty */
		if (e)
			*e = (struct err){ 0 };
		return 0;
	}
	if (r == 0)
		r = mount_move_in(mnt_fd, tmpfs_fd, name, e);
	return r < 0 ? r : v1_links(tmpfs_fd, h, name, e);
}

static int v1_apply(struct child *c, const struct fs_op *op, struct err *e)
{
	struct kv data[] = { { "mode", "755" }, { "context", c->plan->mount_label } };
	const struct mount_opts base = {
		.attr_set = op->mount.opts.attr_set & ~(uint64_t)MOUNT_ATTR_RDONLY,
		.data = { data, data[1].value ? 2 : 1 },
	};
	_close_fd int fd = -1;
	int r = mount_new("tmpfs", "tmpfs", &base, NULL, &fd, e);

	if (r == 0)
		r = attach_at(c, op->dst, fd, e);
	for (size_t i = 0; r == 0 && i < c->facts->cg.n_hier; i++)
		r = v1_one(c, op, i, fd, e);
	if (r == 0 && op->mount.opts.attr_set & MOUNT_ATTR_RDONLY) {
		r = mount_readonly(fd, false);
		if (r < 0)
			err_code(e, r, ERR_MOUNT, "make the tmpfs read-only");
	}
	return r;
}

int cgmount_apply(struct child *c, const struct fs_op *op, struct err *e)
{
	_close_fd int fd = -1;
	int r = child_grant(c, e);

	if (r < 0)
		return r;
	if (c->facts->cg.layout == CG_LAYOUT_NONE)
		return err_set(e, -ENODEV, ERR_MOUNT, "the host has no cgroup file system");
	if (c->facts->cg.layout != CG_LAYOUT_V2)
		return v1_apply(c, op, e);
	r = tree_at(c, 0, &op->mount.opts, &fd, e);
	if (r == -EPERM && !cgroup_ns_new(c))
		return err_set(e, r, ERR_MOUNT,
			       "mount the cgroups: operation not permitted (add a cgroup "
			       "namespace to linux.namespaces)");
	return r < 0 ? r : attach_at(c, op->dst, fd, e);
}
