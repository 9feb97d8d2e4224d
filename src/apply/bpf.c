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

static int load(union bpf_attr *attr)
{
	int fd;

	do {                         /* EAGAIN: the verifier was interrupted */
		fd = sys_bpf(BPF_PROG_LOAD, attr, sizeof(*attr));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd;
}

int bpf_attach_device(int dir_fd, const struct bpf_insn *insns, size_t n, struct err *e)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE };
	_close_fd int prog_fd = -1;
	char log[4096] = "";
	int error;

	attr.insn_cnt = (uint32_t)n;
	attr.insns = (uint64_t)(uintptr_t)insns;
	attr.license = (uint64_t)(uintptr_t)"GPL";
	memcpy(attr.prog_name, "taper_devices", sizeof("taper_devices"));
	prog_fd = load(&attr);
	if (prog_fd < 0) {
		error = errno;
		attr.log_level = 1;
		attr.log_size = sizeof(log);
		attr.log_buf = (uint64_t)(uintptr_t)log;
		prog_fd = load(&attr);       /* once more, to be told why */
		errno = error;
	}
	if (prog_fd < 0 && log[0])
		return err_sys(e, ERR_CGROUP, "load the device filter (%.100s)", log);
	if (prog_fd < 0)
		return err_sys(e, ERR_CGROUP, "load the device filter");
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)dir_fd;
	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr)) < 0)
		return err_sys(e, ERR_CGROUP, "attach the device filter");
	return 0;
}
