// SPDX-License-Identifier: LGPL-2.1-or-later
/* cg_text.c - texts of cgroup files, and writing them to directories that only look like cgroups */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "apply/cg.h"
#include "apply/cg_text.h"
#include "base/str.h"
#include "tests/lib/tap.h"

static struct arena arena;

static struct arena *a(void)
{
	if (!arena.base)
		is_int(arena_open(&arena, 64 << 20), 0);
	return &arena;
}

TEST(what_undoes_a_write)
{
	static const struct { const char *file, *value, *text, *before; } rows[] = {
		{ "memory.max", "1000", "max\n", "max" },
		{ "memory.limit_in_bytes", "1000", "9223372036854771712\n", "9223372036854771712" },
		{ "memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "0" },
		{ "memory.oom_control", "0", "under_oom 0\n", NULL },
		{ "cpu.max", "5000 10000", "max 100000\n", "max 100000" },
		{ "cpuset.cpus", "0", "\n", "" },
		{ "cpuset.cpus", "0", "0-3,7\n", "0-3,7" },
		{ "io.max", "8:0 rbps=5", "8:1 rbps=1\n8:0 rbps=max wbps=7 riops=max wiops=max\n",
		  "8:0 rbps=max wbps=7 riops=max wiops=max" },
		{ "io.max", "8:0 rbps=5", "18:0 rbps=1\n8:01 rbps=2\n",
		  "8:0 rbps=max wbps=max riops=max wiops=max" },
		{ "io.max", "8:0 rbps=5", "", "8:0 rbps=max wbps=max riops=max wiops=max" },
		{ "io.weight", "50", "default 100\n8:0 200\n", "default 100" },
		{ "io.weight", "8:0 50", "default 100\n8:0 200\n", "8:0 200" },
		{ "io.bfq.weight", "8:16 50", "default 100\n8:0 200\n", "8:16 default" },
		{ "io.latency", "8:16 target=5", "", "8:16 target=max" },
		{ "blkio.throttle.read_bps_device", "8:0 5", "8:16 9\n", "8:0 0" },
		{ "blkio.throttle.read_bps_device", "8:0 5", "8:16 9\n8:0 77\n", "8:0 77" },
		{ "blkio.bfq.weight", "500", "100\n", "100" },
		{ "blkio.bfq.weight_device", "8:0 5", "default 100\n", "8:0 default" },
		{ "net_prio.ifpriomap", "lo 5", "eth0 1\nlo 2\n", "lo 2" },
		{ "rdma.max", "mlx5_0 hca_handle=2", "mlx5_0 hca_handle=max hca_object=max\n",
		  "mlx5_0 hca_handle=max hca_object=max" },
		{ "misc.max", "x:y 5", "res_a max\n", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		is_str(cg_text_before(a(), rows[i].file, rows[i].value, rows[i].text), rows[i].before);
}

static const char *list_text(const struct cg_devices *d)
{
	const char *text = d->all ? "all" : "";

	for (size_t i = 0; i < d->n; i++)
		text = arena_fmt(a(), "%s%s%s", text, *text ? "; " : "", cg_device_text(a(), &d->v[i]));
	return text;
}

TEST(device_lists)
{
	struct cg_devices d;

	ok(cg_devices_read(a(), "c 1:3 rwm\nb 8:* r\nc *:* m\n", &d));
	is_str(list_text(&d), "b 8:* r; c *:* m; c 1:3 rwm");
	ok(cg_devices_read(a(), "a *:* rwm\n", &d));
	is_str(list_text(&d), "all");
	ok(cg_devices_read(a(), "", &d));
	is_str(list_text(&d), "");
	ok(cg_devices_read(a(), "c 4294967295:4294967295 w", &d));
	is_str(list_text(&d), "c 4294967295:4294967295 w");
	ok(!cg_devices_read(a(), "c 1:3 rx\n", &d));
	ok(!cg_devices_read(a(), "c 1:y r\n", &d));
	ok(!cg_devices_read(a(), "c :1 r\n", &d));
	ok(!cg_devices_read(a(), "c", &d));
	ok(!cg_devices_read(a(), "x 1:3 r\n", &d));
}

/* "+c 1:3 rwm" allows, "-..." denies */
static void changed(struct cg_devices *ret, const char *const *v, size_t n)
{
	bool allow[16];
	const char *rule[16];

	for (size_t i = 0; i < n; i++) {
		allow[i] = v[i][0] == '+';
		rule[i] = v[i] + 1;
	}
	ok(cg_devices_change(a(), allow, rule, n, ret));
}
#define CHANGED(ret, ...) changed((ret), (const char *const[]){ __VA_ARGS__ }, \
				  ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

TEST(device_changes_add_up)
{
	struct cg_devices d;

	CHANGED(&d, "-a", "+c 1:3 r", "+c 1:3 w", "+b 8:0 rwm", "-b 8:0 w");
	is_str(list_text(&d), "b 8:0 rm; c 1:3 rw");
	CHANGED(&d, "+c 1:3 r", "-a", "+c 1:5 r", "-c 1:5 r");
	is_str(list_text(&d), "");
	/* the kernel knows exceptions by their numbers only: a range stays whole */
	CHANGED(&d, "-a", "+c 10:* rw", "-c 10:1 rw");
	is_str(list_text(&d), "c 10:* rw");
	CHANGED(&d, "+a", "-b 8:0 w", "-c 1:1 rwm", "+c 1:1 rwm");
	is_str(list_text(&d), "all; b 8:0 w");
}

TEST(device_difference)
{
	struct cg_devices from, to;
	struct cg_device *diff;
	const char *text = "";
	size_t n;

	CHANGED(&from, "-a", "+c 1:3 rwm", "+c 10:200 rw", "+b 8:* r", "+c 7:7 m");
	CHANGED(&to, "-a", "+c 10:200 rm", "+c 1:3 rwm", "+b 9:0 r", "+c 7:7 m");
	n = cg_devices_diff(a(), &from, &to, &diff);
	for (size_t i = 0; i < n; i++)
		text = arena_fmt(a(), "%s%s%s", text, diff[i].allow ? "+" : "-",
				 cg_device_text(a(), &diff[i]));
	is_str(text, "+b 9:0 r+c 10:200 m-b 8:* r-c 10:200 w");
	is_int(cg_devices_diff(a(), &to, &to, &diff), 0);
}

/* ---- files ---- */

static char dir[] = "/tmp/taper-cg-text-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	is_int(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const char *get(const char *name)
{
	static char text[256];
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* Files as of controllers that no test machine has */
TEST(values_reach_their_files)
{
	static struct cg_write other = { .controller = "io", .file = "io.weight", .value = "10000" };
	struct cg_write w[] = {
		{ .controller = "rdma", .file = "rdma.max", .value = "mlx5_0 hca_handle=2 hca_object=3" },
		{ .controller = "net_cls", .file = "net_cls.classid", .value = "1048577" },
		{ .controller = "net_prio", .file = "net_prio.ifpriomap", .value = "lo 5" },
		{ .controller = "io", .file = "io.bfq.weight", .value = "1000", .or_else = &other },
		{ .controller = "hugetlb", .file = "hugetlb.2MB.rsvd.max", .value = "0", .optional = true },
	};
	struct cg_plan plan = { .writes = w, .n_writes = ARRAY_SIZE(w) };
	struct cgroup cg;
	struct err e = { 0 };
	const char *file = "";

	ok(mkdtemp(dir) != NULL);
	put("rdma.max", "");
	put("net_cls.classid", "");
	put("net_prio.ifpriomap", "");
	put("io.weight", "default 100\n");
	cg_init(&cg);
	cg.refs.n = 1;
	cg.refs.v[0] = (struct cg_ref){ .mount = dir, .path = "" };
	cg.dir_fd[0] = cg.hier_fd[0] = open(dir, O_RDONLY | O_DIRECTORY);
	is_str(cg_value_now(a(), &cg, &w[3], &file), "default 100");
	is_str(file, "io.weight");
	is_int(cg_values(a(), &cg, &plan, &e), 0);
	is_str(e.text, "");
	is_str(get("rdma.max"), "mlx5_0 hca_handle=2 hca_object=3");
	is_str(get("net_cls.classid"), "1048577");
	is_str(get("net_prio.ifpriomap"), "lo 5");
	has_str(get("io.weight"), "10000");
	w[0] = (struct cg_write){ .controller = "memory", .file = "memory.memsw.limit_in_bytes", .value = "1",
				  .where = "linux.resources.memory.swap" };
	is_err(cg_values(a(), &cg, &plan, &e), ENOENT);
	has_str(e.text, "has no file memory.memsw.limit_in_bytes (controller memory: swap is not counted");
	is_str(e.path, "linux.resources.memory.swap");
	put("memory.current", "5000\n");
	put("memory.max", "max");
	w[0] = (struct cg_write){ .controller = "memory", .file = "memory.max", .value = "4999",
				  .not_below = "memory.current" };
	is_err(cg_values(a(), &cg, &plan, &e), EBUSY);
	has_str(e.text, "unable to set memory.max to 4999 (current usage: 5000)");
	w[0].value = "5000";
	is_int(cg_values(a(), &cg, &plan, &e), 0);
	is_int(system(arena_fmt(a(), "rm -r %s", dir)), 0);
}

TAP_MAIN
