// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * bpf.c - the device filter of a v2 cgroup
 *
 * Before Linux 5.11 a program counts against RLIMIT_MEMLOCK, later against the memory cgroup; the
 * kernels that taper runs on are all later.
 *
 * Source: bpf(2), kernel admin-guide cgroup-v2 "Device controller".
 */
#include "apply/bpf.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/sys.h"

#define FILTER_NAME "taper_devices"
#define ATTACHED_MAX 64          /* as many as the kernel takes for one cgroup */

static int load(union bpf_attr *attr)
{
	int fd;

	do {                         /* EAGAIN: the verifier was interrupted */
		fd = sys_bpf(BPF_PROG_LOAD, attr, sizeof(*attr));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd;
}

static int load_filter(const struct bpf_insn *insns, size_t n, struct err *e)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE };
	char log[4096] = "";
	int prog_fd, error;

	attr.insn_cnt = (uint32_t)n;
	attr.insns = (uint64_t)(uintptr_t)insns;
	attr.license = (uint64_t)(uintptr_t)"GPL";
	memcpy(attr.prog_name, FILTER_NAME, sizeof(FILTER_NAME));
	prog_fd = load(&attr);
	if (prog_fd >= 0)
		return prog_fd;
	error = errno;
	attr.log_level = 1;
	attr.log_size = sizeof(log);
	attr.log_buf = (uint64_t)(uintptr_t)log;
	prog_fd = load(&attr);               /* once more, to be told why */
	if (prog_fd >= 0)
		return prog_fd;
	errno = error;
	return log[0] ? err_sys(e, ERR_CGROUP, "load the device filter (%.100s)", log)
		      : err_sys(e, ERR_CGROUP, "load the device filter");
}

/* Is the program of this id one of ours? Return: its fd, -1 = no */
static int ours(uint32_t id)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { .prog_id = id };
	_close_fd int fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));

	if (fd < 0)
		return -1;
	attr = (union bpf_attr){ .info = { .bpf_fd = (uint32_t)fd, .info_len = sizeof(info),
					   .info = (uint64_t)(uintptr_t)&info } };
	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) < 0 ||
	    strcmp(info.name, FILTER_NAME) != 0)
		return -1;
	return take_fd(&fd);
}

/* The ids of the programs that are attached to the cgroup itself. Return: how many, or -errno */
/* NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes to it */
static int attached(int dir_fd, uint32_t ids[ATTACHED_MAX], struct err *e)
{
	union bpf_attr attr = { .query = { .target_fd = (uint32_t)dir_fd,
					   .attach_type = BPF_CGROUP_DEVICE,
					   .prog_ids = (uint64_t)(uintptr_t)ids,
					   .prog_cnt = ATTACHED_MAX } };

	if (sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr)) < 0)
		return err_sys(e, ERR_CGROUP, "look at the device filters of the cgroup");
	return (int)attr.query.prog_cnt;
}

static int attach(int dir_fd, int prog_fd, int old_fd, struct err *e)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)dir_fd;
	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (old_fd >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)old_fd;
	}
	if (sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr)) < 0)
		return err_sys(e, ERR_CGROUP, "%s the device filter", old_fd < 0 ? "attach" : "replace");
	return 0;
}

static int detach(int dir_fd, int prog_fd, struct err *e)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)dir_fd;
	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	if (sys_bpf(BPF_PROG_DETACH, &attr, sizeof(attr)) < 0)
		return err_sys(e, ERR_CGROUP, "detach the old device filter");
	return 0;
}

int bpf_device_set(int dir_fd, const struct bpf_insn *insns, size_t n, struct err *e)
{
	uint32_t ids[ATTACHED_MAX] = { 0 };
	_close_fd int prog_fd = -1;
	int count = attached(dir_fd, ids, e), r = 0;
	bool done;

	if (count < 0)
		return count;
	if (insns) {
		prog_fd = load_filter(insns, n, e);
		if (prog_fd < 0)
			return prog_fd;
	}
	done = !insns;
	for (int i = 0; i < count && r == 0; i++) {
		_close_fd int old_fd = ours(ids[i]);

		if (old_fd < 0)
			continue;
		r = done ? detach(dir_fd, old_fd, e) : attach(dir_fd, prog_fd, old_fd, e);
		done = true;
	}
	return done || r < 0 ? r : attach(dir_fd, prog_fd, -1, e);
}
