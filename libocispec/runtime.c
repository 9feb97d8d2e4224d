// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * runtime.c - rows of config.json: what is the same on all POSIX platforms, and the process
 *
 * Order of the rows: the spec's Go structs, in which engines write their documents.
 */
#include "runtime.h"

#include "check.h"
#include "schema.h"

static const struct field id_mapping_rows[] = {
	F(struct oci_id_mapping, container_id, "containerID", .required = true),
	F(struct oci_id_mapping, host_id, "hostID", .required = true),
	F(struct oci_id_mapping, size, "size", .required = true, RANGE(1, UINT32_MAX)),
};
const struct schema_type oci_id_mapping_type = SCHEMA(struct oci_id_mapping, id_mapping_rows);

static const struct field root_rows[] = {
	F(struct oci_root, path, "path", .required = true, .check = &check_non_empty),
	F(struct oci_root, readonly, "readonly"),
};
static const struct schema_type root_type = SCHEMA(struct oci_root, root_rows);

static const struct field mount_rows[] = {
	F(struct oci_mount, destination, "destination", .required = true, .check = &check_non_empty),
	F(struct oci_mount, type, "type", .empty_absent = true),
	F(struct oci_mount, source, "source", .empty_absent = true),
	F(struct oci_mount, options, "options"),
	F_LIST(struct oci_mount, uid_mappings, "uidMappings", oci_id_mapping_type),
	F_LIST(struct oci_mount, gid_mappings, "gidMappings", oci_id_mapping_type),
};
const struct schema_type oci_mount_type = SCHEMA(struct oci_mount, mount_rows);
const struct schema_type oci_mounts_type = SCHEMA_LIST(struct oci_mounts, oci_mount_type);

/* struct winsize has 16 bits each */
static const struct field console_size_rows[] = {
	F(struct oci_console_size, height, "height", .required = true, RANGE(0, UINT16_MAX)),
	F(struct oci_console_size, width, "width", .required = true, RANGE(0, UINT16_MAX)),
};
static const struct schema_type console_size_type =
	SCHEMA(struct oci_console_size, console_size_rows);

static const struct field user_rows[] = {
	F(struct oci_user, uid, "uid", .required = true, RANGE_ID),
	F(struct oci_user, gid, "gid", .required = true, RANGE_ID),
	F(struct oci_user, umask, "umask", RANGE(0, 0777)),
	F(struct oci_user, additional_gids, "additionalGids", RANGE_ID),
	F(struct oci_user, username, "username"),
};
static const struct schema_type user_type = SCHEMA(struct oci_user, user_rows);

static const char *const rlimit_names[] = {
	"RLIMIT_AS",     "RLIMIT_CORE",   "RLIMIT_CPU",        "RLIMIT_DATA",
	"RLIMIT_FSIZE",  "RLIMIT_LOCKS",  "RLIMIT_MEMLOCK",    "RLIMIT_MSGQUEUE",
	"RLIMIT_NICE",   "RLIMIT_NOFILE", "RLIMIT_NPROC",      "RLIMIT_RSS",
	"RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
};
static const struct field rlimit_rows[] = {
	F(struct oci_rlimit, type, "type", .required = true, .check = ONE_OF(rlimit_names)),
	F(struct oci_rlimit, hard, "hard", .required = true),
	F(struct oci_rlimit, soft, "soft", .required = true),
};
static const struct schema_type rlimit_type = SCHEMA(struct oci_rlimit, rlimit_rows);

/* Unknown names are no error here: an older kernel lacks some, and that only warns */
static const struct field capabilities_rows[] = {
	F(struct oci_capabilities, bounding, "bounding"),
	F(struct oci_capabilities, effective, "effective"),
	F(struct oci_capabilities, inheritable, "inheritable"),
	F(struct oci_capabilities, permitted, "permitted"),
	F(struct oci_capabilities, ambient, "ambient"),
};
static const struct schema_type capabilities_type =
	SCHEMA(struct oci_capabilities, capabilities_rows);

static const char *const sched_policies[] = {
	"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE",
	"SCHED_DEADLINE",
};
static const char *const sched_flags[] = {
	"SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN",
	"SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN",
	"SCHED_FLAG_UTIL_CLAMP_MAX",
};
static const struct field scheduler_rows[] = {
	F(struct oci_scheduler, policy, "policy", .required = true, .check = ONE_OF(sched_policies)),
	F(struct oci_scheduler, nice, "nice", RANGE(-20, 19)),
	F(struct oci_scheduler, priority, "priority", RANGE(0, 99)),
	F(struct oci_scheduler, flags, "flags", .check = ONE_OF(sched_flags)),
	F(struct oci_scheduler, runtime, "runtime"),
	F(struct oci_scheduler, deadline, "deadline"),
	F(struct oci_scheduler, period, "period"),
};
static const struct schema_type scheduler_type = SCHEMA(struct oci_scheduler, scheduler_rows);

static const char *const io_classes[] = {
	"IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE",
};
static const struct field io_priority_rows[] = {
	F(struct oci_io_priority, class, "class", .required = true, .check = ONE_OF(io_classes)),
	F(struct oci_io_priority, priority, "priority", RANGE(0, 7)),
};
static const struct schema_type io_priority_type = SCHEMA(struct oci_io_priority, io_priority_rows);

static const struct field exec_cpu_affinity_rows[] = {
	F(struct oci_exec_cpu_affinity, initial, "initial", .check = &check_list,
	  .empty_absent = true),
	F(struct oci_exec_cpu_affinity, final, "final", .check = &check_list, .empty_absent = true),
};
static const struct schema_type exec_cpu_affinity_type =
	SCHEMA(struct oci_exec_cpu_affinity, exec_cpu_affinity_rows);

static const struct field process_rows[] = {
	F(struct oci_process, terminal, "terminal"),
	F_PTR(struct oci_process, console_size, "consoleSize", console_size_type),
	F_OBJECT(struct oci_process, user, "user", user_type),
	F(struct oci_process, args, "args", .min_items = 1),
	F(struct oci_process, command_line, "commandLine", .empty_absent = true),
	F(struct oci_process, env, "env", .check = &check_env),
	F(struct oci_process, cwd, "cwd", .required = true, .check = &check_absolute),
	F_PTR(struct oci_process, capabilities, "capabilities", capabilities_type),
	F_LIST(struct oci_process, rlimits, "rlimits", rlimit_type, .unique = true),
	F(struct oci_process, no_new_privileges, "noNewPrivileges"),
	F(struct oci_process, apparmor_profile, "apparmorProfile", .empty_absent = true),
	F(struct oci_process, oom_score_adj, "oomScoreAdj", RANGE(-1000, 1000)),
	F_PTR(struct oci_process, scheduler, "scheduler", scheduler_type),
	F(struct oci_process, selinux_label, "selinuxLabel", .empty_absent = true),
	F_PTR(struct oci_process, io_priority, "ioPriority", io_priority_type),
	F_PTR(struct oci_process, exec_cpu_affinity, "execCPUAffinity", exec_cpu_affinity_type),
};
const struct schema_type oci_process_type = SCHEMA(struct oci_process, process_rows);

static const struct field hook_rows[] = {
	F(struct oci_hook, path, "path", .required = true, .check = &check_absolute),
	F(struct oci_hook, args, "args"),
	F(struct oci_hook, env, "env"),
	F(struct oci_hook, timeout, "timeout", RANGE(1, INT64_MAX)),
};
static const struct schema_type hook_type = SCHEMA(struct oci_hook, hook_rows);

static const struct field hooks_rows[] = {
	F_LIST(struct oci_hooks, prestart, "prestart", hook_type),
	F_LIST(struct oci_hooks, create_runtime, "createRuntime", hook_type),
	F_LIST(struct oci_hooks, create_container, "createContainer", hook_type),
	F_LIST(struct oci_hooks, start_container, "startContainer", hook_type),
	F_LIST(struct oci_hooks, poststart, "poststart", hook_type),
	F_LIST(struct oci_hooks, poststop, "poststop", hook_type),
};
const struct schema_type oci_hooks_type = SCHEMA(struct oci_hooks, hooks_rows);

static const struct field spec_rows[] = {
	F(struct oci_spec, oci_version, "ociVersion", .required = true, .check = &check_oci_version),
	F_PTR(struct oci_spec, process, "process", oci_process_type),
	F_PTR(struct oci_spec, root, "root", root_type, .required = true),
	F(struct oci_spec, hostname, "hostname", .empty_absent = true),
	F(struct oci_spec, domainname, "domainname", .empty_absent = true),
	F_LIST(struct oci_spec, mounts, "mounts", oci_mount_type),
	F_PTR(struct oci_spec, hooks, "hooks", oci_hooks_type),
	F(struct oci_spec, annotations, "annotations", .key_check = &check_non_empty),
	F_PTR(struct oci_spec, linux_, "linux", oci_linux_type),
};
const struct schema_type oci_spec_type = SCHEMA(struct oci_spec, spec_rows);
