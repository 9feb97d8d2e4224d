/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * state.h - the state of a container as callers see it (runtime.md, "State")
 *
 * What `state` prints, hooks read on stdin and `list` prints as an array. Properties from rootfs on
 * are extensions; they are the words that other runtimes use for the same things, where there are any.
 */
#ifndef OCISPEC_STATE_H
#define OCISPEC_STATE_H

#include "types.h"

struct schema_type;

struct oci_state {
	const char *oci_version;
	const char *id;
	struct opt_i32 pid;         /* as the reader's pid namespace has it; 0 = none */
	const char *status;         /* "creating", "created", "running", "paused", "stopped" */
	const char *bundle;         /* absolute */
	const char *rootfs;         /* absolute */
	const char *created;        /* RFC 3339, UTC, with nanoseconds */
	struct kvv annotations;
	const char *owner;          /* name, or "#uid" */
	const char *last_error;     /* why creating it failed */
};

struct oci_states {
	struct oci_state *v;
	size_t n;
};

/* config-linux.md, "The Container Process State": what a seccomp agent receives */
struct oci_process_state {
	const char *oci_version;
	struct strv fds;            /* names of the fds that go with it: "seccompFd" */
	int32_t pid;
	const char *metadata;
	struct oci_state state;
};

extern const struct schema_type oci_state_type;
extern const struct schema_type oci_states_type;         /* an array */
extern const struct schema_type oci_process_state_type;

#endif
