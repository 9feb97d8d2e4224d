/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_APPLY_BPF_H
#define TAPER_APPLY_BPF_H

#include <linux/bpf.h>
#include <stddef.h>

#include "libocispec/err.h"

/**
 * bpf_device_set() - give a v2 cgroup a device filter
 * @dir_fd: the cgroup; removing it takes the filter away
 * @insns:  NULL = none any more
 *
 * An earlier one of ours is replaced in one step: there is no moment with both or with none. Filters of
 * others, here and in cgroups above, keep their say (BPF_F_ALLOW_MULTI).
 * Return: 0 or -errno
 */
int bpf_device_set(int dir_fd, const struct bpf_insn *insns, size_t n, struct err *e);

#endif
