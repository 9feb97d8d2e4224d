// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lsm.c - labels of SELinux and profiles of AppArmor
 *
 * Labels go to the private procfs and are read back (security: D4, D22): a label that is not in force is
 * an error. Those for the program are set last, for the execve alone, and before no_new_privs, after
 * which AppArmor only allows profiles that are narrower.
 * Sources: proc_pid_attr(5); kernel documentation, "Linux Security Module Usage" and "AppArmor".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "apply/child.h"
#include "apply/fs.h"
#include "apply/keyring.h"
#include "base/codes.h"
#include "base/fd.h"

enum {
	LABEL_MAX = 4096, /* of a procfs attribute: a page */
};

/* A file of our own: by its name in these quotes podman knows what has failed. */
static int attr_fail(struct err *e, int r, const char *what, const char *value, const char *file,
		     const char *where)
{
	err_code(e, r, ERR_LSM, "set the %s %.100s in `/proc/self/%s`", what, value, file);
	err_place(e, "%s", where);
	return r;
}

/* The attribute as the kernel has it, without its newline. */
static int label_read(struct child *c, const char *file, char *buf, size_t size)
{
	_close_fd int fd = -1;
	ssize_t n;

	fd = procfs_self(c->proc_fd, file, O_RDONLY);
	if (fd < 0)
		return fd;
	n = read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

/* ---- SELinux ---- */

/* "user:role:type:level": the kernel writes the level in its own form, the rest as it was given. */
static bool same_context(const char *want, const char *got)
{
	size_t len = 0;

	if (strcmp(want, got) == 0)
		return true;
	for (int colons = 0; colons < 3; len++) {
		if (want[len] == '\0' || want[len] != got[len])
			return false;
		colons += want[len] == ':';
	}
	return want[len] && got[len];
}

/* @where: what wants it */
static int need_procfs(struct child *c, const char *where, struct err *e)
{
	int r = procfs_open(c, NULL);

	if (r == 0)
		return 0;
	err_code(e, r, ERR_LSM, "mount a procfs to set the label%s",
		 r == -EPERM ? " (a user namespace may do that when its container has one at /proc)" : "");
	err_place(e, "%s", where);
	return r;
}

static int selinux_set(struct child *c, const char *file, const char *what, struct err *e)
{
	const char *label = c->plan->process.selinux;
	char got[LABEL_MAX];
	int r = need_procfs(c, "process.selinuxLabel", e);

	if (r < 0)
		return r;
	r = procfs_write_self(c->proc_fd, file, label);
	if (r == 0)
		r = label_read(c, file, got, sizeof(got));
	if (r == 0 && !same_context(label, got))
		r = -EPERM;
	return r < 0 ? attr_fail(e, r, what, label, file, "process.selinuxLabel") : 0;
}

int lsm_keyring(struct child *c, struct err *e)
{
	const struct plan *plan = c->plan;
	bool userns = plan->ns.ns[NS_USER].mode != NS_INHERIT;
	int r;

	if (!plan->process.selinux)
		return keyring_join(plan->process.keyring, userns, e);
	r = selinux_set(c, "attr/keycreate", "SELinux label of the keyring", e);
	if (r == 0)
		r = keyring_join(plan->process.keyring, userns, e);
	if (r < 0)
		return r;
	r = procfs_write_self(c->proc_fd, "attr/keycreate", "");
	return r < 0 ? err_code(e, r, ERR_LSM, "take back the SELinux label for keyrings") : 0;
}

int lsm_label_mount(int mnt_fd, const char *label, struct err *e)
{
	_close_fd int fd = fs_beneath(mnt_fd, ".", O_RDONLY | O_DIRECTORY);
	int r;

	if (fd < 0)
		return err_code(e, fd, ERR_LSM, "open the mount to be labelled");
	if (fsetxattr(fd, "security.selinux", label, strlen(label) + 1, 0) == 0)
		return 0;
	r = err_sys(e, ERR_LSM, "set the SELinux label %s", label);
	err_place(e, "linux.mountLabel");
	return r;
}

/* ---- AppArmor ---- */

/*
 * "NAME (MODE)": is it this name? What names a namespace or a stack of profiles is shown by the kernel as
 * seen from the caller and in an order of its own: there is nothing to compare then.
 */
static bool same_profile(const char *want, const char *got)
{
	size_t len = strlen(want);

	if (*want == ':' || strstr(want, "//&"))
		return true;
	return strncmp(want, got, len) == 0 &&
	       (got[len] == '\0' || (got[len] == ' ' && got[len + 1] == '(' &&
				     !strchr(got + len + 2, ' ')));
}

static int apparmor_set(struct child *c, struct err *e)
{
	const char *name = c->plan->process.apparmor, *file = "attr/apparmor/exec";
	char text[LABEL_MAX];
	int r = need_procfs(c, "process.apparmorProfile", e), fd;

	if (r < 0)
		return r;
	/* Before Linux 5.8 the module had no directory of its own. */
	fd = procfs_self(c->proc_fd, file, O_WRONLY);
	if (fd == -ENOENT)
		file = "attr/exec";
	fd_close(&fd);
	if (snprintf(text, sizeof(text), "exec %s", name) >= (int)sizeof(text))
		return attr_fail(e, -ENAMETOOLONG, "AppArmor profile", name, file,
				 "process.apparmorProfile");
	r = procfs_write_self(c->proc_fd, file, text);
	if (r == -ENOENT) {
		err_set(e, r, ERR_LSM, "the AppArmor profile %s is not loaded", name);
		err_place(e, "process.apparmorProfile");
		return r;
	}
	if (r == 0)
		r = label_read(c, file, text, sizeof(text));
	if (r == 0 && !same_profile(name, text))
		r = -EPERM;
	return r < 0 ? attr_fail(e, r, "AppArmor profile", name, file, "process.apparmorProfile") : 0;
}

int lsm_apply(struct child *c, struct err *e)
{
	const struct process_plan *p = &c->plan->process;
	int r = 0;

	if (p->selinux)
		r = selinux_set(c, "attr/exec", "SELinux label", e);
	if (r == 0 && p->apparmor)
		r = apparmor_set(c, e);
	return r;
}
