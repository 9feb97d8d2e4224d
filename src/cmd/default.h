/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * default.h - the config.json that `spec` writes, and that `run --rootfs` runs
 */
#ifndef TAPER_CMD_DEFAULT_H
#define TAPER_CMD_DEFAULT_H

#include "libocispec/arena.h"
#include "libocispec/runtime.h"

struct default_options {
	bool rootless;               /* for a user without privileges: a user namespace of one id */
	uint32_t uid, gid;           /* rootless: whose */
};

/**
 * default_spec() - a container that works out of the box and may do little
 *
 * A shell on a terminal, read-only root "rootfs", own namespaces, three capabilities.
 */
struct oci_spec *default_spec(struct arena *a, const struct default_options *opt);

#endif
