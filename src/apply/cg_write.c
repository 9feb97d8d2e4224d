// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cg_write.c - write the plan's values into the files of a cgroup
 *
 * Knows nothing of what the values mean, but for device rules, which are lists. Consecutive writes to
 * one file share its fd.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/bpf.h"
#include "apply/cg.h"
#include "apply/cg_dir.h"
#include "apply/cg_text.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"

#define DEVICE_LIST_MAX ((size_t)8 << 20)

/* The file that was written last. */
struct open_file {
	unsigned hier;
	const char *name;
	int fd;
};

static const struct cg_ref *ref_of(const struct cgroup *cg, unsigned hier)
{
	for (size_t i = 0; i < cg->refs.n; i++)
		if (cg->dir_fd[i] == cg->hier_fd[hier])
			return &cg->refs.v[i];
	return NULL;
}

static int open_for(const struct cgroup *cg, const struct cg_write *w, struct open_file *f)
{
	if (f->fd >= 0 && f->hier == w->hier && str_eq(f->name, w->file))
		return 0;
	fd_close(&f->fd);
	f->fd = cg_file_open(cg->hier_fd[w->hier], w->file, O_WRONLY);
	f->hier = w->hier;
	f->name = w->file;
	if (f->fd < 0) {
		int r = f->fd;

		f->fd = -1;
		return r;
	}
	return 0;
}

/* Why a file that a known controller should have is not there, or refuses. */
static const struct remedy {
	const char *file;
	int code;
	const char *why;
} remedies[] = {
	{ "memory.memsw.", -ENOENT, "swap is not counted here: boot with swapaccount=1" },
	{ "memory.swap.", -ENOENT, "swap is not counted here: boot with swapaccount=1" },
	{ "memory.kmem.", -ENOENT, "gone since Linux 5.16 and later" },
	{ "memory.", -EBUSY, "more than that is in use and cannot be given back" },
	{ "memory.memsw.", -EINVAL, "memory and swap together cannot be below the memory limit" },
	{ "memory.limit", -EINVAL, "memory.swap, which counts both, is below it: change it too" },
	{ "cpu.idle", -ENOENT, "it needs Linux 5.15" },
	{ "cpu.max.burst", -ENOENT, "it needs Linux 5.14" },
	{ "cpu.cfs_burst_us", -ENOENT, "it needs Linux 5.14" },
	{ "cpu.cfs_", -ENOENT, "the kernel has no CONFIG_CFS_BANDWIDTH" },
	{ "cpu.max", -ENOENT, "the kernel has no CONFIG_CFS_BANDWIDTH" },
	{ "cpu.rt_", -ENOENT, "the kernel has no CONFIG_RT_GROUP_SCHED" },
	{ "cpu.rt_", -EINVAL, "the cgroup above has no realtime CPU time to give: see its cpu.rt_runtime_us" },
	{ "cpu.shares", -EINVAL, "the cgroup is idle: set cpu.idle to 0" },
	{ "cpu.weight", -EINVAL, "the cgroup is idle: set cpu.idle to 0" },
	{ "cpuset.", -ENOSPC, "there are processes, and no CPU or memory node would be left to them" },
	{ "cpuset.", -EBUSY, "a cgroup below needs more than that" },
	{ "cpuset.", -EINVAL, "not among those of the cgroup above" },
	{ "cpuset.", -EACCES, "not among those of the cgroup above" },
	{ "cpuset.", -ERANGE, "this machine has fewer" },
	{ "blkio.bfq.weight", -ENOENT, "weights need the BFQ scheduler: modprobe bfq" },
	{ "blkio.weight", -ENOENT, "weights need the BFQ scheduler: modprobe bfq" },
	{ "blkio.leaf_weight", -ENOENT, "gone since Linux 5.0" },
	{ "blkio.throttle.", -ENOENT, "the kernel has no CONFIG_BLK_DEV_THROTTLING" },
	{ "blkio.", -ENODEV, "no such block device" },
	{ "io.weight", -ENOENT, "weights need the BFQ scheduler (modprobe bfq) or CONFIG_BLK_CGROUP_IOCOST" },
	{ "io.max", -ENOENT, "the kernel has no CONFIG_BLK_DEV_THROTTLING" },
	{ "io.", -ENODEV, "no such block device" },
	{ "hugetlb.", -ENOENT, "this machine has no pages of that size: see /sys/kernel/mm/hugepages" },
	{ "rdma.max", -ENODEV, "no such RDMA device" },
	{ "net_prio.", -ENODEV, "no such network interface" },
	{ "devices.allow", -EPERM, "the cgroup above allows less" },
	{ "devices.allow", -EINVAL, "there are cgroups below it" },
};

static const char *remedy_of(const struct cg_write *w, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++)
		if (remedies[i].code == code && str_starts(w->file, remedies[i].file))
			return remedies[i].why;
	return NULL;
}

static int write_failed(const struct cgroup *cg, const struct cg_write *w, int r, struct err *e)
{
	const struct cg_ref *ref = ref_of(cg, w->hier);
	const char *why = remedy_of(w, r);
	char value[64];

	assert(ref);                 /* fds of hierarchies are those of refs */
	text_escape(value, sizeof(value), w->value, strlen(w->value));
	if (r == -ENOENT)
		err_set(e, r, ERR_CGROUP_CONTROLLER, "cgroup %s%s has no file %s (controller %s: %s)",
			ref->mount, ref->path, w->file, w->controller,
			why ? why : "missing, or not in this kernel");
	else
		err_code(e, r, ERR_CGROUP_VALUE, "write \"%s\" to %s%s/%s (controller %s%s%s)", value,
			 ref->mount, ref->path, w->file, w->controller, why ? ": " : "",
			 why ? why : "");
	err_place(e, "%s", w->where);
	return r;
}

/* A value of several lines is several writes: the kernel takes one setting at a time. */
static int write_lines(int fd, const char *value)
{
	do {
		size_t len = strcspn(value, "\n");
		int r = cg_text_write(fd, value, len);

		if (r < 0)
			return r;
		value += len + (value[len] == '\n');
	} while (*value);
	return 0;
}

/* memory.checkBeforeUpdate: v1 looks by itself. */
static int check_use(const struct cgroup *cg, const struct cg_write *w, struct err *e)
{
	char text[32] = "";
	uint64_t now, want;
	int r = w->not_below ? cg_file_read(cg->hier_fd[w->hier], w->not_below, text, sizeof(text)) : 0;

	if (r <= 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	if (parse_u64(text, 0, UINT64_MAX, &now) < 0 || parse_u64(w->value, 0, UINT64_MAX, &want) < 0 ||
	    want >= now)
		return 0;
	err_set(e, -EBUSY, ERR_CGROUP_VALUE,
		"unable to set %s to %s (current usage: %s): checkBeforeUpdate is set", w->file, w->value,
		text);
	err_place(e, "%s", w->where);
	return -EBUSY;
}

/* @late: EINVAL of a write that depends on others is no failure yet. Return: 0, 1 = later, -errno */
static int write_one(const struct cgroup *cg, const struct cg_write *w, bool late, struct open_file *f,
		     struct err *e)
{
	int r = -ENOENT;

	for (;; w = w->or_else) {
		if (w->hier >= CG_HIER_MAX || cg->hier_fd[w->hier] < 0)
			return err_set(e, -ENOENT, ERR_CGROUP, "no cgroup for %s (controller %s)", w->file,
				       w->controller);
		r = check_use(cg, w, e);
		if (r < 0)
			return r;
		r = open_for(cg, w, f);
		if (r == 0)
			r = write_lines(f->fd, w->value);
		if (r != -ENOENT || !w->or_else)
			break;
	}
	if (r == -ENOENT && w->optional)
		return 0;
	if (r == -EINVAL && w->retry && late)
		return 1;
	return r < 0 ? write_failed(cg, w, r, e) : 0;
}

static bool is_device_rule(const struct cg_write *w)
{
	return w->controller && str_eq(w->controller, "devices");
}

int cg_values(struct arena *a, const struct cgroup *cg, const struct cg_plan *plan, struct err *e)
{
	bool *waits = arena_newv(a, bool, plan->n_writes);
	struct open_file f = { .fd = -1 };
	int r = 0;

	for (size_t i = 0; i < plan->n_writes && r >= 0; i++) {
		if (is_device_rule(&plan->writes[i]))
			continue;
		r = write_one(cg, &plan->writes[i], true, &f, e);
		waits[i] = r > 0;
	}
	for (size_t i = 0; i < plan->n_writes && r >= 0; i++)
		if (waits[i])
			r = write_one(cg, &plan->writes[i], false, &f, e);
	fd_close(&f.fd);
	return r < 0 ? r : 0;
}

/* ---- device rules ---- */

/* The whole of devices.list; NULL = it cannot be read */
static const char *device_list(struct arena *a, int dir_fd)
{
	_close_fd int fd = cg_file_open(dir_fd, "devices.list", O_RDONLY);
	char *text;
	size_t len;

	return fd >= 0 && fd_read_arena(fd, a, DEVICE_LIST_MAX, &text, &len) == 0 ? text : NULL;
}

/* One after the other as planned, from whatever was there */
static int write_rules(const struct cgroup *cg, const struct cg_write *v, size_t n, struct err *e)
{
	struct open_file f = { .fd = -1 };
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = write_one(cg, &v[i], false, &f, e);
	fd_close(&f.fd);
	return r;
}

/* A change of the list as a write; the rule that asks for it is not known any more. */
static struct cg_write change_of(struct arena *a, const struct cg_write *like, const struct cg_device *d,
				 bool allow)
{
	return (struct cg_write){
		.hier = like->hier,
		.controller = like->controller,
		.file = allow ? "devices.allow" : "devices.deny",
		.value = cg_device_text(a, d),
		.where = "linux.resources.devices",
	};
}

static int write_diff(struct arena *a, const struct cgroup *cg, const struct cg_write *like,
		      const struct cg_devices *from, const struct cg_devices *to, struct err *e)
{
	struct open_file f = { .fd = -1 };
	struct cg_device *diff;
	size_t n = cg_devices_diff(a, from, to, &diff), done = 0;
	int r = 0;

	for (; done < n && r == 0; done++) {
		struct cg_write w = change_of(a, like, &diff[done], diff[done].allow);

		r = write_one(cg, &w, false, &f, e);
	}
	for (size_t i = r < 0 ? done - 1 : 0; i-- > 0;) {    /* take it back */
		struct cg_write w = change_of(a, like, &diff[i], !diff[i].allow);

		write_one(cg, &w, false, &f, NULL);
	}
	fd_close(&f.fd);
	return r;
}

/* The planned rules of v1, which are the last of the writes. */
static const struct cg_write *rules_of(const struct cg_plan *plan, size_t *ret_n)
{
	size_t first = 0;

	while (first < plan->n_writes && !is_device_rule(&plan->writes[first]))
		first++;
	*ret_n = plan->n_writes - first;
	return plan->writes + first;
}

/*
 * Lists of what is allowed can be changed by the difference: what both allow is allowed all the time. Where
 * all is allowed but exceptions, the kernel does not tell which, so everything must be written.
 */
static bool can_diff(struct arena *a, const struct cgroup *cg, const struct cg_write *v, size_t n,
		     struct cg_devices *from, struct cg_devices *to)
{
	const char *text = cg->hier_fd[v->hier] < 0 ? NULL : device_list(a, cg->hier_fd[v->hier]);
	const char **rules = arena_newv(a, const char *, n);
	bool *allow = arena_newv(a, bool, n);

	for (size_t i = 0; i < n; i++) {
		rules[i] = v[i].value;
		allow[i] = str_eq(v[i].file, "devices.allow");
	}
	return text && cg_devices_read(a, text, from) && !from->all &&
	       cg_devices_change(a, allow, rules, n, to) && !to->all;
}

bool cg_filter_gap(struct arena *a, const struct cgroup *cg, const struct cg_plan *plan)
{
	struct cg_devices from, to;
	size_t n;
	const struct cg_write *v = rules_of(plan, &n);

	return n > 1 && !can_diff(a, cg, v, n, &from, &to);      /* one write has no middle */
}

int cg_filter(struct arena *a, const struct cgroup *cg, const struct cg_plan *plan, struct err *e)
{
	struct cg_devices from, to;
	size_t n;
	const struct cg_write *v = rules_of(plan, &n);

	if (n)
		return can_diff(a, cg, v, n, &from, &to) ? write_diff(a, cg, v, &from, &to, e)
							 : write_rules(cg, v, n, e);
	if (cg->v2_fd >= 0 && (plan->dev_prog || plan->dev_open))
		return bpf_device_set(cg->v2_fd, plan->dev_prog, plan->n_dev_prog, e);
	return 0;
}

int cg_limit(struct arena *a, const struct cgroup *cg, const struct cg_plan *plan, struct err *e)
{
	int r = cg_values(a, cg, plan, e);
	size_t n;
	const struct cg_write *v = rules_of(plan, &n);

	if (r < 0)
		return r;
	/* systemd has put the process there; else nobody is, and there is nothing to keep */
	return n && !plan->sd ? write_rules(cg, v, n, e) : cg_filter(a, cg, plan, e);
}

/* ---- what is there now ---- */

const char *cg_value_now(struct arena *a, const struct cgroup *cg, const struct cg_write *w,
			 const char **ret_file)
{
	char text[4096];

	for (; w; w = w->or_else) {
		int dir_fd = w->hier < CG_HIER_MAX ? cg->hier_fd[w->hier] : -1;

		if (dir_fd < 0 || cg_file_read(dir_fd, w->file, text, sizeof(text)) < 0)
			continue;
		*ret_file = w->file;
		return cg_text_before(a, w->file, w->value, text);
	}
	return NULL;
}
