/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * floor.c - how fast could "run a container" be on this kernel?
 *
 *	floor [-c DIR]... ROOTFS COMMAND [ARG]...
 *
 * Asks the kernel for what the config that "taper spec" writes comes down to, and for nothing else:
 * no config is read, nothing is decided, nothing is remembered, and the first failure ends it. The
 * time of a runtime above this is the runtime's own.
 *
 * -c DIR: put the container in a new cgroup DIR (one per hierarchy), removed afterwards.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/sys.h"

#define SAFE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV)
#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

/* The mounts of the default config, in order. Parameters: "key=value", or "key" for a flag. */
static const struct fs_mount {
	const char *type, *at;
	unsigned attr;
	bool make_dir;
	const char *param[3];
} mounts[] = {
	{ "proc", "/proc", 0, false, { NULL } },
	{ "tmpfs", "/dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, false,
	  { "mode=755", "size=65536k" } },
	{ "devpts", "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, true,
	  { "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "tmpfs", "/dev/shm", SAFE, true, { "mode=1777", "size=65536k" } },
	{ "mqueue", "/dev/mqueue", SAFE, true, { NULL } },
	{ "sysfs", "/sys", SAFE | MOUNT_ATTR_RDONLY, false, { NULL } },
};

static const struct node {
	const char *path;
	unsigned major, minor;
} nodes[] = {
	{ "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 }, { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "/dev/fd" }, { "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
	{ "pts/ptmx", "/dev/ptmx" },
};

static const char *const read_only[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
	"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
	"/proc/dynamic_debug",
};

/* must() - @result, unless the call has failed */
static int must(int result, const char *what)
{
	if (result < 0)
		err(125, "floor: %s", what);
	return result;
}

static int new_fs(const struct fs_mount *m)
{
	int fs_fd = must(sys_fsopen(m->type, FSOPEN_CLOEXEC), m->type), mount_fd;

	for (size_t i = 0; i < COUNT(m->param) && m->param[i]; i++) {
		char key[32];
		const char *value = strchr(m->param[i], '=');

		snprintf(key, sizeof(key), "%.*s", (int)(value - m->param[i]), m->param[i]);
		must(sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, key, value + 1, 0), key);
	}
	must(sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0), m->type);
	mount_fd = must(sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, m->attr), m->type);
	close(fs_fd);
	return mount_fd;
}

static void attach(int mount_fd, const char *at)
{
	must(sys_move_mount(mount_fd, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH), at);
	close(mount_fd);
}

static void enter_root(const char *rootfs)
{
	unsigned tree = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
	struct mount_attr private = { .propagation = MS_PRIVATE };
	int root_fd;

	must(sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private), "make mounts private");
	root_fd = must(sys_open_tree(AT_FDCWD, rootfs, tree), rootfs);
	must(sys_move_mount(root_fd, "", AT_FDCWD, rootfs, MOVE_MOUNT_F_EMPTY_PATH), rootfs);
	must(fchdir(root_fd), rootfs);
	must(sys_pivot_root(".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "detach the old root");
	must(chdir("/"), "/");
	close(root_fd);
}

static void fill_root(void)
{
	umask(0);
	for (size_t i = 0; i < COUNT(mounts); i++) {
		if (mounts[i].make_dir)
			must(mkdir(mounts[i].at, 0755), mounts[i].at);
		attach(new_fs(&mounts[i]), mounts[i].at);
	}
	for (size_t i = 0; i < COUNT(nodes); i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)),
		     nodes[i].path);
	for (size_t i = 0; i < COUNT(links); i++)
		must(symlink(links[i][0], links[i][1]), links[i][1]);
	umask(022);
}

static void protect_paths(void)
{
	static const struct fs_mount nothing = { .type = "tmpfs", .attr = SAFE | MOUNT_ATTR_RDONLY };
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };

	for (size_t i = 0; i < COUNT(read_only); i++) {
		int fd = sys_open_tree(AT_FDCWD, read_only[i],
				       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

		if (fd < 0)
			continue;
		must(sys_mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &ro), read_only[i]);
		attach(fd, read_only[i]);
	}
	for (size_t i = 0; i < COUNT(masked); i++) {
		struct stat st;

		if (stat(masked[i], &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			attach(new_fs(&nothing), masked[i]);
		else
			attach(must(sys_open_tree(AT_FDCWD, "/dev/null",
						  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "null"),
			       masked[i]);
	}
}

__attribute__((noreturn)) static void container(const char *rootfs, char *const argv[])
{
	enter_root(rootfs);
	fill_root();
	protect_paths();
	must(sethostname("floor", 5), "sethostname");
	must(setsid(), "setsid");
	for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	must(sys_close_range(3, ~0u, 0), "close_range");
	execv(argv[0], argv);
	err(125, "floor: %s", argv[0]);
}

/* Copy a file of the parent cgroup: a new v1 cpuset is empty and takes no process. */
static void inherit(const char *dir, const char *file)
{
	char path[512], value[256];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/../%s", dir, file);
	fd = must(open(path, O_RDONLY | O_CLOEXEC), path);
	n = must((int)read(fd, value, sizeof(value)), path);
	close(fd);
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = must(open(path, O_WRONLY | O_CLOEXEC), path);
	must((int)write(fd, value, (size_t)n), path);
	close(fd);
}

static void join_cgroup(const char *dir, pid_t pid)
{
	char path[512];
	int fd;

	must(mkdir(dir, 0755), dir);
	if (strstr(dir, "/cpuset/")) {
		inherit(dir, "cpuset.cpus");
		inherit(dir, "cpuset.mems");
	}
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = must(open(path, O_WRONLY | O_CLOEXEC), path);
	must(dprintf(fd, "%d", pid), path);
	close(fd);
}

int main(int argc, char **argv)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
		.exit_signal = SIGCHLD,
	};
	const char *cgroups[16];
	size_t n_cgroups = 0;
	int opt, status, gate[2];
	pid_t pid;

	while ((opt = getopt(argc, argv, "+c:")) == 'c' && n_cgroups < COUNT(cgroups))
		cgroups[n_cgroups++] = optarg;
	if (opt != -1 || argc - optind < 2)
		errx(2, "usage: floor [-c DIR]... ROOTFS COMMAND [ARG]...");

	must(pipe2(gate, O_CLOEXEC), "pipe2");
	pid = must(sys_clone3(&args), "clone3");
	if (pid == 0) {
		close(gate[1]);
		must((int)read(gate[0], &opt, 1), "wait for the cgroup");   /* end of file */
		container(argv[optind], argv + optind + 1);
	}
	for (size_t i = 0; i < n_cgroups; i++)
		join_cgroup(cgroups[i], pid);
	close(gate[1]);
	must(waitpid(pid, &status, 0), "waitpid");
	for (size_t i = 0; i < n_cgroups; i++)
		must(rmdir(cgroups[i]), cgroups[i]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
