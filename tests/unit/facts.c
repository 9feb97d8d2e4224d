/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* facts.c - the texts of invented hosts, and this host (host/) */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "host/facts.h"
#include "host/parse.h"
#include "tests/lib/tap.h"

static struct arena arena;

/* "LAYOUT MOUNT(CONTROLLERS)OWN ..." of a host with these two texts */
static const char *layout_of(const char *self, const char *mountinfo)
{
	static const char *const names[] = { "none", "v1", "v2", "hybrid" };
	struct cg_mount mounts[CG_MOUNT_MAX];
	struct facts f = { 0 };
	const char *text;
	size_t n;

	if (!arena.base)
		is_int(arena_open(&arena, 16 << 20), 0);
	n = parse_cg_mounts(arena_str(&arena, mountinfo), mounts);
	parse_cg_self(&arena, arena_str(&arena, self), mounts, n, &f);
	text = names[f.cg.layout];
	for (size_t i = 0; i < f.cg.n_hier; i++)
		text = arena_fmt(&arena, "%s %s(%s)%s%s", text, f.cg.hier[i].mount, f.cg.hier[i].controllers,
				 f.cg.hier[i].v2 ? "2" : "", f.cg.hier[i].own);
	return text;
}

#define TMPFS "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"

TEST(layout_v2)
{
	is_str(layout_of("0::/user.slice/user-1000.slice\n",
			 "30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"),
	       "v2 /sys/fs/cgroup()2/user.slice/user-1000.slice");
	/* v1 lines may be there although no v1 hierarchy is mounted */
	is_str(layout_of("3:cpuset:/\n1:cpu:/\n0::/\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
	       "v2 /sys/fs/cgroup()2/");
}

TEST(layout_v1)
{
	is_str(layout_of("4:cpu,cpuacct:/a\n2:pids:/\n1:name=systemd:/init.scope\n0::/x\n", TMPFS
			 "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 master:2 - cgroup cgroup rw,cpuacct,cpu\n"
			 "34 31 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
			 "35 31 0:32 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"),
	       "v1 /sys/fs/cgroup/cpu,cpuacct(cpu,cpuacct)/a /sys/fs/cgroup/pids(pids)/ "
	       "/sys/fs/cgroup/systemd(name=systemd)/init.scope");
}

TEST(layout_hybrid)
{
	is_str(layout_of("0::/b\n2:pids:/p\n", TMPFS
			 "34 31 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
			 "35 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"),
	       "hybrid /sys/fs/cgroup/pids(pids)/p /sys/fs/cgroup/unified()2/b");
}

TEST(layout_none)
{
	is_str(layout_of("2:pids:/p\n0::/\n", TMPFS), "none");
	is_str(layout_of("", ""), "none");
}

TEST(own_is_relative_to_the_root_of_the_mount)
{
	/* in a container without a cgroup namespace its own cgroup is mounted */
	is_str(layout_of("2:pids:/docker/c1\n",
			 "9 8 0:31 /docker/c1 /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n"),
	       "v1 /sys/fs/cgroup/pids(pids)/");
	is_str(layout_of("2:pids:/docker/c1/x\n",
			 "9 8 0:31 /docker/c1 /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n"),
	       "v1 /sys/fs/cgroup/pids(pids)/x");
	is_str(layout_of("2:pids:/docker/c11\n",
			 "9 8 0:31 /docker/c1 /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n"),
	       "v1 /sys/fs/cgroup/pids(pids)/");
	/* outside of the cgroup namespace */
	is_str(layout_of("0::/../a\n", "9 8 0:31 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n"),
	       "v2 /sys/fs/cgroup()2/");
}

TEST(of_several_mounts)
{
	/* the usual place is preferred, then the last one */
	is_str(layout_of("2:pids:/\n", "34 31 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
				       "90 31 0:31 / /chroot/sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"),
	       "v1 /sys/fs/cgroup/pids(pids)/");
	is_str(layout_of("2:pids:/\n", "34 31 0:31 / /a rw - cgroup cgroup rw,pids\n"
				       "90 31 0:31 / /b rw - cgroup cgroup rw,pids\n"),
	       "v1 /b(pids)/");
	/* a directory whose name only begins like the usual place */
	is_str(layout_of("2:pids:/\n", "34 31 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
				       "90 31 0:31 / /sys/fs/cgroupX rw - cgroup cgroup rw,pids\n"),
	       "v1 /sys/fs/cgroup/pids(pids)/");
	/* names that contain one another */
	is_str(layout_of("2:cpu:/\n1:cpuset:/\n", "34 31 0:31 / /s rw - cgroup cgroup rw,cpuset\n"
						  "35 31 0:32 / /c rw - cgroup cgroup rw,cpu\n"),
	       "v1 /c(cpu)/ /s(cpuset)/");
}

TEST(odd_texts)
{
	is_str(layout_of("2:pids:/\n", "34 31 0:31 / /a\\040b\\134c rw - cgroup cgroup rw,pids\n"),
	       "v1 /a b\\c(pids)/");
	is_str(layout_of("2:pids\n:\n::\nx:y:z\n2::/\n0:pids:/\n2:pids:relative\n",
			 "34 31 0:31 / /p rw - cgroup cgroup rw,pids\n3 4 - cgroup\n - \ngarbage\n"
			 "35 31 0:31 / /u rw - cgroup2 x rw\n36 31 - cgroup2 x rw\n"),
	       "none");
}

TEST(guesses)
{
	struct cg_mount m[CG_MOUNT_MAX];
	struct facts f = { 0 };
	const char *self = "4:cpu,cpuacct:/a:b\n1:name=systemd:/\n0::/x\n";

	is_int(arena_open(&arena, 1 << 20), 0);
	is_int(parse_cg_guess(&arena, self, m), 3);
	is_str(m[0].point, "/sys/fs/cgroup/cpu,cpuacct");
	is_str(m[1].point, "/sys/fs/cgroup/systemd");
	is_str(m[2].point, "/sys/fs/cgroup/unified");
	ok(m[2].v2 && !m[0].v2);
	parse_cg_self(&arena, arena_str(&arena, self), m, 3, &f);
	is_int(f.cg.n_hier, 3);
	is_str(f.cg.hier[0].own, "/a:b");
	is_int(parse_cg_guess(&arena, "garbage", m), 0);
}

TEST(more_hierarchies_than_fit)
{
	struct cg_mount m[2] = { { .root = "/", .point = "/m", .options = "rw,name=x" },
				 { .v2 = true, .root = "/", .point = "/2", .options = "" } };
	struct facts f = { 0 };
	char *self;

	is_int(arena_open(&arena, 1 << 20), 0);
	self = arena_str(&arena, "");
	for (int i = 40; i > 0; i--)
		self = arena_fmt(&arena, "%s%d:name=x:/\n", self, i);
	self = arena_fmt(&arena, "%s0::/\n", self);
	parse_cg_self(&arena, self, m, 2, &f);
	ok(f.cg.n_hier <= CG_HIER_MAX);
	ok(f.cg.n_hier > 2);
}

TEST(id_maps)
{
	struct id_ranges r;

	is_int(arena_open(&arena, 1 << 20), 0);
	r = parse_idmap(&arena, "         0       1000          1\n         1     100000      65536\nx\n5 6\n");
	is_int(r.n, 2);
	is_int(r.v[1].inside, 1);
	is_int(r.v[1].outside, 100000);
	is_int(r.v[1].count, 65536);
	is_int(parse_idmap(&arena, "0 0 4294967295\n").v[0].count, UINT32_MAX);
	is_int(parse_idmap(&arena, "").n, 0);
	is_int(parse_idmap(&arena, "0 0 4294967296\n").n, 0);
}

TEST(subordinate_ids)
{
	const char *text = "alice:100000:65536\n#x\nbob:1:2\n1000:300000:10\nalice:-1:5\nalice:5:0\n"
			   "alice:7\nalicex:1:1\nalice:500000:1\n";
	struct id_ranges r;

	is_int(arena_open(&arena, 1 << 20), 0);
	r = parse_subid(&arena, text, "alice", 1000);
	is_int(r.n, 3);
	is_int(r.v[0].outside, 100000);
	is_int(r.v[1].outside, 300000);
	is_int(r.v[2].outside, 500000);
	is_int(parse_subid(&arena, text, NULL, 1000).n, 1);
	is_int(parse_subid(&arena, text, "carol", 1).n, 0);
}

TEST(login_names)
{
	const char *text = "root:x:0:0:root:/root:/bin/sh\nbad\nbob:x:1000\n:x:7:\nal:x:1001:1::/:\n";

	is_int(arena_open(&arena, 1 << 20), 0);
	is_str(parse_passwd_name(&arena, text, 0), "root");
	is_str(parse_passwd_name(&arena, text, 1001), "al");
	is_str(parse_passwd_name(&arena, text, 1000), "bob");
	is_str(parse_passwd_name(&arena, text, 7), NULL);
}

TEST(releases)
{
	unsigned major = 0, minor = 0;

	parse_release("6.18.44-fc-v509", &major, &minor);
	is_int(major, 6);
	is_int(minor, 18);
	parse_release("7.2-rc1", &major, &minor);
	is_int(major, 7);
	is_int(minor, 2);
	parse_release("x.y", &major, &minor);
	is_int(major, 7);
}

/* ---- this host ---- */

static int facts_now(struct facts *f)
{
	struct err e = { 0 };
	int proc_fd = -1, r;

	if (!arena.base)
		is_int(arena_open(&arena, 0), 0);
	is_int(host_proc(&proc_fd, &e), 0);
	r = host_facts(&arena, proc_fd, f, &e);
	is_str(e.text, "");
	close(proc_fd);
	return r;
}

TEST(this_host)
{
	struct facts f;
	char line[256];
	FILE *file = fopen("/proc/self/status", "re");

	is_int(facts_now(&f), 0);
	is_int(f.euid, geteuid());
	ok(f.kernel_major >= 5);
	ok(f.last_cap >= 37 && f.last_cap < 64);
	while (file && fgets(line, sizeof(line), file))
		if (str_starts(line, "CapPrm:\t"))
			is_int(f.caps_permitted, strtoull(line + 8, NULL, 16));
	ok(f.uid_map.n > 0);
	for (size_t i = 0; i < f.cg.n_hier; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s%s/cgroup.procs", f.cg.hier[i].mount, f.cg.hier[i].own);
		ok(access(path, F_OK) == 0);
	}
}

TEST(boot_id)
{
	struct err e = { 0 };
	int proc_fd = -1;
	char id[37];

	is_int(host_proc(&proc_fd, &e), 0);
	is_int(pid_boot_id(proc_fd, id, &e), 0);
	is_int(strlen(id), 36);
	is_err(pid_boot_id(open("/tmp", O_PATH), id, &e), ENOENT);
	has_str(e.text, "boot_id");
}

static void private_mounts(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		skip("needs root");
	is_int(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
}

TEST(a_false_procfs_is_refused)
{
	struct err e = { 0 };
	int proc_fd = -1;

	private_mounts();
	is_int(mount("/proc/sys", "/proc", NULL, MS_BIND, NULL), 0);
	is_err(host_proc(&proc_fd, &e), EINVAL);
	is_int(mount("none", "/proc", "tmpfs", 0, NULL), 0);
	is_err(host_proc(&proc_fd, &e), EINVAL);
	is_int(proc_fd, -1);
	is_int(umount2("/proc", MNT_DETACH), 0);
	is_int(umount2("/proc", MNT_DETACH), 0);
}

TEST(v2_mounted_over_the_others)
{
	struct facts f;

	private_mounts();
	if (mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
		skip("no cgroup2");
	is_int(facts_now(&f), 0);
	is_int(f.cg.layout, CG_LAYOUT_V2);
	is_int(f.cg.n_hier, 1);
	is_str(f.cg.hier[0].mount, "/sys/fs/cgroup");
}

TEST(a_hidden_mount_does_not_count)
{
	struct facts f;

	private_mounts();
	if (mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) < 0)
		skip("no tmpfs there");
	is_int(facts_now(&f), 0);
	is_int(f.cg.layout, CG_LAYOUT_NONE);
	is_int(mkdir("/sys/fs/cgroup/unified", 0755), 0);
	is_int(facts_now(&f), 0);    /* "0::" does not make a plain directory a hierarchy */
	is_int(f.cg.layout, CG_LAYOUT_NONE);
	is_int(mkdir("/sys/fs/cgroup/x", 0755), 0);
	if (mount("none", "/sys/fs/cgroup/x", "cgroup2", 0, NULL) < 0)
		skip("no cgroup2");
	is_int(facts_now(&f), 0);
	is_int(f.cg.layout, CG_LAYOUT_V2);
	is_str(f.cg.hier[0].mount, "/sys/fs/cgroup/x");
}

TEST(hybrid_without_unified_is_v1)
{
	struct facts f;
	bool was_hybrid;

	is_int(facts_now(&f), 0);
	was_hybrid = f.cg.layout == CG_LAYOUT_HYBRID;
	private_mounts();
	if (!was_hybrid || umount2("/sys/fs/cgroup/unified", MNT_DETACH) < 0)
		skip("not a hybrid host");
	is_int(facts_now(&f), 0);
	is_int(f.cg.layout, CG_LAYOUT_V1);
}

TEST(in_a_user_namespace)
{
	struct facts f;

	if (unshare(CLONE_NEWUSER) < 0)
		skip("no user namespace");
	is_int(facts_now(&f), 0);
	ok(!f.init_userns);
	ok(f.privileged);
	ok(f.rootless);          /* no map yet: euid is the overflow id */
	is_int(f.uid_map.n, 0);
}

TEST(cost)
{
	struct timespec t0, t1;
	double best = 1e9;
	struct facts f;
	struct err e;
	int proc_fd = -1;

	is_int(host_proc(&proc_fd, &e), 0);
	is_int(arena_open(&arena, 0), 0);
	for (int i = 0; i < 100; i++) {
		double us;

		clock_gettime(CLOCK_MONOTONIC, &t0);
		host_facts(&arena, proc_fd, &f, &e);
		clock_gettime(CLOCK_MONOTONIC, &t1);
		us = (double)(t1.tv_sec - t0.tv_sec) * 1e6 + (double)(t1.tv_nsec - t0.tv_nsec) / 1e3;
		best = us < best ? us : best;
	}
	printf("# host_facts: %.1f us\n", best);
	ok(best < 5000);
}

TAP_MAIN
