// SPDX-License-Identifier: LGPL-2.1-or-later
/* state.c - rows of the state documents */
#include "state.h"

#include "check.h"
#include "schema.h"

/* "paused" is an extension that callers of OCI runtimes know */
static const char *const statuses[] = { "creating", "created", "running", "paused", "stopped" };

static const struct field state_rows[] = {
	F(struct oci_state, oci_version, "ociVersion", .required = true),
	F(struct oci_state, id, "id", .required = true, .check = &check_non_empty),
	F(struct oci_state, pid, "pid", RANGE(0, INT32_MAX)),
	F(struct oci_state, status, "status", .required = true, .check = ONE_OF(statuses)),
	F(struct oci_state, bundle, "bundle", .required = true),
	F(struct oci_state, rootfs, "rootfs"),
	F(struct oci_state, created, "created"),
	F(struct oci_state, annotations, "annotations", .key_check = &check_non_empty),
	F(struct oci_state, owner, "owner"),
	F(struct oci_state, last_error, "lastError"),
};
const struct schema_type oci_state_type = SCHEMA(struct oci_state, state_rows);
const struct schema_type oci_states_type = SCHEMA_LIST(struct oci_states, oci_state_type);

static const struct field process_state_rows[] = {
	F(struct oci_process_state, oci_version, "ociVersion", .required = true),
	F(struct oci_process_state, fds, "fds"),
	F(struct oci_process_state, pid, "pid", .required = true),
	F(struct oci_process_state, metadata, "metadata"),
	F_OBJECT(struct oci_process_state, state, "state", oci_state_type, .required = true),
};
const struct schema_type oci_process_state_type =
	SCHEMA(struct oci_process_state, process_state_rows);
