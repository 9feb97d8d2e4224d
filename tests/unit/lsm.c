/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lsm.c - a label that is not in force is an error (apply/lsm.c, security: D22)
 *
 * A directory of plain files stands in for the private procfs. It takes what is written at the beginning of a
 * file and keeps the rest, so what is read back can be made to differ. With real modules: tests/vm.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/child.h"
#include "base/codes.h"
#include "tests/lib/tap.h"

static char top[64];
static struct plan plan;
static struct child child;
static struct err err;

static void false_procfs(void)
{
	snprintf(top, sizeof(top), "/tmp/taper-lsm-XXXXXX");
	ok(mkdtemp(top));
	is_int(chdir(top), 0);
	is_int(mkdir("7", 0700), 0);
	is_int(mkdir("7/attr", 0700), 0);
	is_int(symlink("7", "self"), 0);
	child = (struct child){ .plan = &plan, .proc_fd = open(".", O_PATH | O_DIRECTORY) };
	ok(child.proc_fd >= 0);
}

/* A file of the false procfs, whose text stays where nothing is written over it */
static void attribute(const char *file, const char *text)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "7/attr/%s", file);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	ok(fd >= 0);
	is_int(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void done(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	is_int(system(command), 0);
}

TEST(nothing_wanted_nothing_written)
{
	is_int(lsm_apply(&(struct child){ .plan = &plan, .proc_fd = -1 }, &err), 0);
}

TEST(D22_selinux)
{
	/* what the kernel has after the label that was written */
	static const struct { const char *want, *rest; bool good; } cases[] = {
		{ "u:r:t:s0", "", true },
		{ "u:r:t:s0", "\n", true },
		{ "u:r:t:s0:c1,c2", "", true },
		{ "u:r:t:s0:c1.c", "9\n", true },       /* a level in the kernel's own form */
		{ "u:r:t", "x", false },
		{ "u:r:t:", "s0", false },
		{ "u:r", ":t:s0", false },
		{ "", "u:r:t:s0", false },
	};

	false_procfs();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[64];
		int r;

		snprintf(text, sizeof(text), "%*s%s", (int)strlen(cases[i].want), "", cases[i].rest);
		attribute("exec", text);
		plan.process.selinux = cases[i].want;
		r = lsm_apply(&child, &err);
		is_int(r, cases[i].good ? 0 : -EPERM);
		if (cases[i].good)
			continue;
		is_int(err.id, ERR_LSM);
		has_str(err.text, "`/proc/self/attr/exec`");
		is_str(err.path, "process.selinuxLabel");
	}
	is_int(unlink("7/attr/exec"), 0);
	is_err(lsm_apply(&child, &err), ENOENT);
	done();
}

TEST(D22_a_link_is_not_followed)
{
	false_procfs();
	attribute("real", "");
	is_int(symlink("real", "7/attr/exec"), 0);
	plan.process.selinux = "u:r:t:s0";
	is_err(lsm_apply(&child, &err), ELOOP);
	done();
}

TEST(D22_apparmor)
{
	static char endless[5000];

	false_procfs();
	plan.process.apparmor = "mine";
	attribute("exec", "");
	/* before Linux 5.8; "exec mine" is what this procfs gives back, which is another profile */
	is_err(lsm_apply(&child, &err), EPERM);
	has_str(err.text, "set the AppArmor profile mine in `/proc/self/attr/exec`");
	is_str(err.path, "process.apparmorProfile");
	is_int(mkdir("7/attr/apparmor", 0700), 0);
	attribute("apparmor/exec", "");
	is_err(lsm_apply(&child, &err), EPERM);
	has_str(err.text, "`/proc/self/attr/apparmor/exec`");
	/* stacks and namespaces are shown as seen from the caller: nothing to compare */
	plan.process.apparmor = "one//&two";
	is_int(lsm_apply(&child, &err), 0);
	plan.process.apparmor = ":ns:one";
	is_int(lsm_apply(&child, &err), 0);
	memset(endless, 'x', sizeof(endless) - 1);
	plan.process.apparmor = endless;
	is_err(lsm_apply(&child, &err), ENAMETOOLONG);
	done();
}

TEST(D22_the_label_of_the_keyring)
{
	false_procfs();
	plan.process.selinux = "u:r:t";
	plan.process.keyring = "_ses.x";
	attribute("keycreate", "     other");
	is_err(lsm_keyring(&child, &err), EPERM);
	has_str(err.text, "SELinux label of the keyring");
	done();
}

TEST(a_label_that_a_mount_cannot_have)
{
	int fd = open("/proc", O_PATH | O_DIRECTORY);

	ok(lsm_label_mount(fd, "u:r:t:s0", &err) < 0);
	is_str(err.path, "linux.mountLabel");
	ok(lsm_label_mount(-1, "u:r:t:s0", &err) < 0);
	has_str(err.text, "open the mount to be labelled");
}

TAP_MAIN
