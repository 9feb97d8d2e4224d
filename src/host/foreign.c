// SPDX-License-Identifier: LGPL-2.1-or-later
/* foreign.c - which namespaces of a process are not the caller's (namespaces(7)) */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/codes.h"
#include "base/str.h"
#include "base/sys.h"
#include "host/facts.h"

static int ns_stat(int proc_fd, const char *process, const char *name, struct stat *ret)
{
	char path[48];

	snprintf(path, sizeof(path), "%s/ns/%s", process, name);
	return fstatat(proc_fd, path, ret, 0) < 0 ? -errno : 0;
}

int host_foreign(int proc_fd, pid_t pid, uint64_t *ret, struct err *e)
{
	static const struct { const char *name; uint64_t flag; } kinds[] = {
		{ "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS },     { "pid", CLONE_NEWPID },
		{ "net", CLONE_NEWNET },   { "ipc", CLONE_NEWIPC },    { "uts", CLONE_NEWUTS },
		{ "time", CLONE_NEWTIME }, { "cgroup", CLONE_NEWCGROUP },
	};
	uint64_t flags = 0;
	char process[16];

	snprintf(process, sizeof(process), "%d", pid);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct stat own = { 0 }, theirs = { 0 };
		int r = ns_stat(proc_fd, "self", kinds[i].name, &own);

		if (r == -ENOENT) /* not in this kernel */
			continue;
		if (r == 0)
			r = ns_stat(proc_fd, process, kinds[i].name, &theirs);
		if (r == -ENOENT || r == -ESRCH)
			return err_set(e, -ESRCH, ERR_STATUS, "container not running");
		if (r < 0)
			return err_code(e, r, ERR_NS, "look at the namespaces of process %d", pid);
		if (own.st_ino != theirs.st_ino || own.st_dev != theirs.st_dev)
			flags |= kinds[i].flag;
	}
	*ret = flags;
	return 0;
}
