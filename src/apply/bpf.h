/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_APPLY_BPF_H
#define TAPER_APPLY_BPF_H

#include <linux/bpf.h>
#include <stddef.h>

#include "libocispec/err.h"

/**
 * bpf_attach_device() - load a device filter and attach it to a v2 cgroup
 * @dir_fd: the cgroup; removing it takes the filter away
 *
 * Filters of other cgroups above keep their say (BPF_F_ALLOW_MULTI).
 * Return: 0 or -errno
 */
int bpf_attach_device(int dir_fd, const struct bpf_insn *insns, size_t n, struct err *e);

#endif
