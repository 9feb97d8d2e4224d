/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * runtime.h - config.json of runtime-spec 1.3 for Linux, as plain structs
 *
 * Members keep the spec's words in snake case and its order. NULL, .set == false and .v == NULL mean
 * absent (JSON null as well). Strings are UTF-8 without NUL bytes. Which properties are required and
 * which values they allow is said by the rows (runtime.c, linux.c, seccomp.c), not here; what the
 * decoder has accepted satisfies them. Rules across properties are the planner's.
 *
 * Lists of maps with string keys ("rdma", "netDevices", "timeOffsets") are lists whose elements begin
 * with the key.
 */
#ifndef OCISPEC_RUNTIME_H
#define OCISPEC_RUNTIME_H

#include "types.h"

struct schema_type;

/* config.md, "POSIX-platform Mounts" and config-linux.md, "User namespace mappings" */
struct oci_id_mapping {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

/* config.md, "Root" */
struct oci_root {
	const char *path;
	struct opt_bool readonly;
};

/* config.md, "Mounts" */
struct oci_mount {
	const char *destination;
	const char *type;
	const char *source;
	struct strv options;
	VEC_OF(struct oci_id_mapping) uid_mappings;
	VEC_OF(struct oci_id_mapping) gid_mappings;
};

struct oci_mounts {
	struct oci_mount *v;
	size_t n;
};

/* config.md, "Process" */
struct oci_console_size {
	uint32_t height;            /* rows */
	uint32_t width;             /* columns */
};

struct oci_user {
	uint32_t uid;
	uint32_t gid;
	struct opt_u32 umask;
	struct u32v additional_gids;
	const char *username;       /* Windows only: kept, never used */
};

struct oci_rlimit {
	const char *type;           /* "RLIMIT_NOFILE" */
	uint64_t soft;
	uint64_t hard;
};

struct oci_capabilities {
	struct strv bounding;
	struct strv effective;
	struct strv inheritable;
	struct strv permitted;
	struct strv ambient;
};

struct oci_scheduler {
	const char *policy;         /* "SCHED_OTHER" */
	struct opt_i32 nice;
	struct opt_i32 priority;
	struct strv flags;
	struct opt_u64 runtime;     /* ns, as are the next two; SCHED_DEADLINE only */
	struct opt_u64 deadline;
	struct opt_u64 period;
};

struct oci_io_priority {
	const char *class;          /* "IOPRIO_CLASS_BE" */
	int32_t priority;
};

struct oci_exec_cpu_affinity {
	const char *initial;        /* cpuset list, "0-3,7" */
	const char *final;
};

struct oci_process {
	struct opt_bool terminal;
	struct oci_console_size *console_size;
	struct oci_user user;
	struct strv args;
	const char *command_line;   /* Windows only */
	struct strv env;
	const char *cwd;
	struct oci_capabilities *capabilities;
	VEC_OF(struct oci_rlimit) rlimits;
	struct opt_bool no_new_privileges;
	const char *apparmor_profile;
	struct opt_i32 oom_score_adj;
	const char *selinux_label;
	struct oci_scheduler *scheduler;
	struct oci_io_priority *io_priority;
	struct oci_exec_cpu_affinity *exec_cpu_affinity;
};

/* config.md, "POSIX-platform Hooks" */
struct oci_hook {
	const char *path;
	struct strv args;           /* with argv[0]; absent = path alone */
	struct strv env;            /* absent differs from empty */
	struct opt_i64 timeout;     /* s, > 0 */
};

struct oci_hooks {
	VEC_OF(struct oci_hook) prestart;
	VEC_OF(struct oci_hook) create_runtime;
	VEC_OF(struct oci_hook) create_container;
	VEC_OF(struct oci_hook) start_container;
	VEC_OF(struct oci_hook) poststart;
	VEC_OF(struct oci_hook) poststop;
};

/* config-linux.md, "Namespaces" */
struct oci_namespace {
	const char *type;           /* "pid", "network", "mount", ... */
	const char *path;
};

/* config-linux.md, "Offset for Time Namespace" */
struct oci_time_offset {
	const char *key;            /* "monotonic" or "boottime" */
	struct opt_i64 secs;
	struct opt_u32 nanosecs;
};

/* config-linux.md, "Devices" */
struct oci_device {
	const char *type;           /* "c", "b", "u", "p" */
	const char *path;
	struct opt_i64 major;
	struct opt_i64 minor;
	struct opt_u32 file_mode;
	struct opt_u32 uid;
	struct opt_u32 gid;
};

/* config-linux.md, "Network Devices" */
struct oci_net_device {
	const char *key;            /* name in the runtime's namespace */
	const char *name;           /* name in the container's; absent = the same */
};

/* config-linux.md, "Allowed Device list" */
struct oci_device_cgroup {
	bool allow;
	const char *type;           /* "a", "c", "b"; absent = "a" */
	struct opt_i64 major;       /* absent and -1 = any */
	struct opt_i64 minor;
	const char *access;         /* subset of "rwm" */
};

/* config-linux.md, "Memory"; bytes, -1 = unlimited */
struct oci_memory {
	struct opt_i64 limit;
	struct opt_i64 reservation;
	struct opt_i64 swap;
	struct opt_i64 kernel;
	struct opt_i64 kernel_tcp;
	struct opt_u64 swappiness;
	struct opt_bool disable_oom_killer;
	struct opt_bool use_hierarchy;
	struct opt_bool check_before_update;
};

/* config-linux.md, "CPU" */
struct oci_cpu {
	struct opt_u64 shares;
	struct opt_i64 quota;            /* us, as are period and burst */
	struct opt_u64 burst;
	struct opt_u64 period;
	struct opt_i64 realtime_runtime; /* us */
	struct opt_u64 realtime_period;  /* us */
	const char *cpus;
	const char *mems;
	struct opt_i64 idle;
};

struct oci_pids {
	struct opt_i64 limit;            /* -1 = unlimited, 0 = none may be made */
};

/* config-linux.md, "Block IO" */
struct oci_weight_device {
	int64_t major;
	int64_t minor;
	struct opt_u32 weight;
	struct opt_u32 leaf_weight;
};

struct oci_throttle_device {
	int64_t major;
	int64_t minor;
	uint64_t rate;                   /* bytes/s or operations/s */
};

struct oci_block_io {
	struct opt_u32 weight;
	struct opt_u32 leaf_weight;
	VEC_OF(struct oci_weight_device) weight_device;
	VEC_OF(struct oci_throttle_device) throttle_read_bps_device;
	VEC_OF(struct oci_throttle_device) throttle_write_bps_device;
	VEC_OF(struct oci_throttle_device) throttle_read_iops_device;
	VEC_OF(struct oci_throttle_device) throttle_write_iops_device;
};

struct oci_hugepage_limit {
	const char *page_size;           /* "2MB" */
	uint64_t limit;                  /* bytes */
};

struct oci_interface_priority {
	const char *name;
	uint32_t priority;
};

struct oci_network {
	struct opt_u32 class_id;
	VEC_OF(struct oci_interface_priority) priorities;
};

struct oci_rdma {
	const char *key;                 /* device */
	struct opt_u32 hca_handles;
	struct opt_u32 hca_objects;
};

struct oci_resources {
	VEC_OF(struct oci_device_cgroup) devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	VEC_OF(struct oci_hugepage_limit) hugepage_limits;
	struct oci_network *network;
	VEC_OF(struct oci_rdma) rdma;
	struct kvv unified;
};

/* config-linux.md, "Seccomp" */
struct oci_syscall_arg {
	uint32_t index;
	uint64_t value;
	struct opt_u64 value_two;
	const char *op;                  /* "SCMP_CMP_EQ" */
};

struct oci_syscall {
	struct strv names;
	const char *action;              /* "SCMP_ACT_ALLOW" */
	struct opt_u32 errno_ret;
	VEC_OF(struct oci_syscall_arg) args;
};

struct oci_seccomp {
	const char *default_action;
	struct opt_u32 default_errno_ret;
	struct strv architectures;
	struct strv flags;               /* absent differs from empty */
	const char *listener_path;
	const char *listener_metadata;
	VEC_OF(struct oci_syscall) syscalls;
};

/* config-linux.md, "IntelRdt" */
struct oci_intel_rdt {
	const char *clos_id;
	struct strv schemata;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	struct opt_bool enable_monitoring;
};

struct oci_memory_policy {
	const char *mode;                /* "MPOL_BIND" */
	const char *nodes;
	struct strv flags;
};

struct oci_personality {
	const char *domain;              /* "LINUX" or "LINUX32" */
	struct strv flags;
};

struct oci_linux {
	VEC_OF(struct oci_id_mapping) uid_mappings;
	VEC_OF(struct oci_id_mapping) gid_mappings;
	struct kvv sysctl;
	struct oci_resources *resources;
	const char *cgroups_path;
	VEC_OF(struct oci_namespace) namespaces;
	VEC_OF(struct oci_device) devices;
	VEC_OF(struct oci_net_device) net_devices;
	struct oci_seccomp *seccomp;
	const char *rootfs_propagation;
	struct strv masked_paths;
	struct strv readonly_paths;
	const char *mount_label;
	struct oci_intel_rdt *intel_rdt;
	struct oci_memory_policy *memory_policy;
	struct oci_personality *personality;
	VEC_OF(struct oci_time_offset) time_offsets;
};

/* config.md: the whole document */
struct oci_spec {
	const char *oci_version;
	struct oci_root *root;
	struct oci_process *process;
	const char *hostname;
	const char *domainname;
	VEC_OF(struct oci_mount) mounts;
	struct oci_hooks *hooks;
	struct kvv annotations;
	struct oci_linux *linux_;       /* "linux" (the bare word is a macro of gnu17) */
};

/* The rows: documents that callers hand over (decode.h, encode.h) */
extern const struct schema_type oci_spec_type;
extern const struct schema_type oci_process_type;     /* exec --process */
extern const struct schema_type oci_resources_type;   /* update --resources */
extern const struct schema_type oci_mounts_type;      /* an array of mounts */

/* and parts that documents of other programs may hold */
extern const struct schema_type oci_mount_type;
extern const struct schema_type oci_id_mapping_type;
extern const struct schema_type oci_hooks_type;
extern const struct schema_type oci_linux_type;
extern const struct schema_type oci_seccomp_type;

#endif
