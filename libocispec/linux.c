// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * linux.c - rows of config.json: "linux" without "seccomp" (config-linux.md)
 *
 * Numbers of devices: a dev_t of the kernel has 12 bits for the major and 20 for the minor number;
 * mknod(2) would drop what is above, and make another device.
 */
#include "check.h"
#include "runtime.h"
#include "schema.h"

#define RANGE_MAJOR RANGE(0, 4095)
#define RANGE_MINOR RANGE(0, 1048575)

static const char *const namespace_types[] = {
	"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time",
};
static const struct field namespace_rows[] = {
	F(struct oci_namespace, type, "type", .required = true, .check = ONE_OF(namespace_types)),
	F(struct oci_namespace, path, "path", .check = &check_absolute, .empty_absent = true),
};
static const struct schema_type namespace_type = SCHEMA(struct oci_namespace, namespace_rows);

static const char *const clocks[] = { "monotonic", "boottime" };
static const struct field time_offset_rows[] = {
	F(struct oci_time_offset, secs, "secs"),
	F(struct oci_time_offset, nanosecs, "nanosecs", RANGE(0, 999999999)),
};
static const struct schema_type time_offset_type = SCHEMA(struct oci_time_offset, time_offset_rows);

static const char *const device_types[] = { "c", "b", "u", "p" };
static const struct field device_rows[] = {
	F(struct oci_device, path, "path", .required = true, .check = &check_absolute),
	F(struct oci_device, type, "type", .required = true, .check = ONE_OF(device_types)),
	F(struct oci_device, major, "major", RANGE_MAJOR),
	F(struct oci_device, minor, "minor", RANGE_MINOR),
	F(struct oci_device, file_mode, "fileMode"),
	F(struct oci_device, uid, "uid", RANGE_ID),
	F(struct oci_device, gid, "gid", RANGE_ID),
};
static const struct schema_type device_type = SCHEMA(struct oci_device, device_rows);

static const struct field net_device_rows[] = {
	F(struct oci_net_device, name, "name", .check = &check_net_name, .empty_absent = true),
};
static const struct schema_type net_device_type = SCHEMA(struct oci_net_device, net_device_rows);

static const char *const device_rule_types[] = { "a", "c", "b" };
static const struct field device_cgroup_rows[] = {
	F(struct oci_device_cgroup, allow, "allow", .required = true),
	F(struct oci_device_cgroup, type, "type", .check = ONE_OF(device_rule_types),
	  .empty_absent = true),
	F(struct oci_device_cgroup, major, "major", RANGE(-1, 4095)),
	F(struct oci_device_cgroup, minor, "minor", RANGE(-1, 1048575)),
	F(struct oci_device_cgroup, access, "access", .check = &check_access),
};
static const struct schema_type device_cgroup_type =
	SCHEMA(struct oci_device_cgroup, device_cgroup_rows);

/* -1 = unlimited */
#define RANGE_LIMIT RANGE(-1, INT64_MAX)

static const struct field memory_rows[] = {
	F(struct oci_memory, limit, "limit", RANGE_LIMIT),
	F(struct oci_memory, reservation, "reservation", RANGE_LIMIT),
	F(struct oci_memory, swap, "swap", RANGE_LIMIT),
	F(struct oci_memory, kernel, "kernel", RANGE_LIMIT),
	F(struct oci_memory, kernel_tcp, "kernelTCP", RANGE_LIMIT),
	F(struct oci_memory, swappiness, "swappiness", RANGE(0, 100)),
	F(struct oci_memory, disable_oom_killer, "disableOOMKiller"),
	F(struct oci_memory, use_hierarchy, "useHierarchy"),
	F(struct oci_memory, check_before_update, "checkBeforeUpdate"),
};
static const struct schema_type memory_type = SCHEMA(struct oci_memory, memory_rows);

static const struct field cpu_rows[] = {
	F(struct oci_cpu, shares, "shares"),
	F(struct oci_cpu, quota, "quota"),
	F(struct oci_cpu, burst, "burst"),
	F(struct oci_cpu, period, "period"),
	F(struct oci_cpu, realtime_runtime, "realtimeRuntime"),
	F(struct oci_cpu, realtime_period, "realtimePeriod"),
	F(struct oci_cpu, cpus, "cpus", .check = &check_list_stride),
	F(struct oci_cpu, mems, "mems", .check = &check_list_stride),
	F(struct oci_cpu, idle, "idle", RANGE(0, 1)),
};
static const struct schema_type cpu_type = SCHEMA(struct oci_cpu, cpu_rows);

static const struct field pids_rows[] = {
	F(struct oci_pids, limit, "limit", RANGE_LIMIT),
};
static const struct schema_type pids_type = SCHEMA(struct oci_pids, pids_rows);

/* Engines write 0 for "not set" */
#define RANGE_WEIGHT RANGE_OR_ZERO(10, 1000)

static const struct field weight_device_rows[] = {
	F(struct oci_weight_device, major, "major", .required = true, RANGE_MAJOR),
	F(struct oci_weight_device, minor, "minor", .required = true, RANGE_MINOR),
	F(struct oci_weight_device, weight, "weight", RANGE_WEIGHT),
	F(struct oci_weight_device, leaf_weight, "leafWeight", RANGE_WEIGHT),
};
static const struct schema_type weight_device_type =
	SCHEMA(struct oci_weight_device, weight_device_rows);

static const struct field throttle_device_rows[] = {
	F(struct oci_throttle_device, major, "major", .required = true, RANGE_MAJOR),
	F(struct oci_throttle_device, minor, "minor", .required = true, RANGE_MINOR),
	F(struct oci_throttle_device, rate, "rate"),
};
static const struct schema_type throttle_device_type =
	SCHEMA(struct oci_throttle_device, throttle_device_rows);

static const struct field block_io_rows[] = {
	F(struct oci_block_io, weight, "weight", RANGE_WEIGHT),
	F(struct oci_block_io, leaf_weight, "leafWeight", RANGE_WEIGHT),
	F_LIST(struct oci_block_io, weight_device, "weightDevice", weight_device_type),
	F_LIST(struct oci_block_io, throttle_read_bps_device, "throttleReadBpsDevice",
	       throttle_device_type),
	F_LIST(struct oci_block_io, throttle_write_bps_device, "throttleWriteBpsDevice",
	       throttle_device_type),
	F_LIST(struct oci_block_io, throttle_read_iops_device, "throttleReadIOPSDevice",
	       throttle_device_type),
	F_LIST(struct oci_block_io, throttle_write_iops_device, "throttleWriteIOPSDevice",
	       throttle_device_type),
};
static const struct schema_type block_io_type = SCHEMA(struct oci_block_io, block_io_rows);

static const struct field hugepage_limit_rows[] = {
	F(struct oci_hugepage_limit, page_size, "pageSize", .required = true,
	  .check = &check_page_size),
	F(struct oci_hugepage_limit, limit, "limit", .required = true),
};
static const struct schema_type hugepage_limit_type =
	SCHEMA(struct oci_hugepage_limit, hugepage_limit_rows);

static const struct field interface_priority_rows[] = {
	F(struct oci_interface_priority, name, "name", .required = true, .check = &check_net_name),
	F(struct oci_interface_priority, priority, "priority", .required = true),
};
static const struct schema_type interface_priority_type =
	SCHEMA(struct oci_interface_priority, interface_priority_rows);

static const struct field network_rows[] = {
	F(struct oci_network, class_id, "classID"),
	F_LIST(struct oci_network, priorities, "priorities", interface_priority_type),
};
static const struct schema_type network_type = SCHEMA(struct oci_network, network_rows);

static const struct field rdma_rows[] = {
	F(struct oci_rdma, hca_handles, "hcaHandles"),
	F(struct oci_rdma, hca_objects, "hcaObjects"),
};
static const struct schema_type rdma_type = SCHEMA(struct oci_rdma, rdma_rows);

static const struct field resources_rows[] = {
	F_LIST(struct oci_resources, devices, "devices", device_cgroup_type),
	F_PTR(struct oci_resources, memory, "memory", memory_type),
	F_PTR(struct oci_resources, cpu, "cpu", cpu_type),
	F_PTR(struct oci_resources, pids, "pids", pids_type),
	F_PTR(struct oci_resources, block_io, "blockIO", block_io_type),
	F_LIST(struct oci_resources, hugepage_limits, "hugepageLimits", hugepage_limit_type),
	F_PTR(struct oci_resources, network, "network", network_type),
	F_MAP(struct oci_resources, rdma, "rdma", rdma_type, .key_check = &check_non_empty),
	F(struct oci_resources, unified, "unified", .key_check = &check_file_name),
};
const struct schema_type oci_resources_type = SCHEMA(struct oci_resources, resources_rows);

static const struct field intel_rdt_rows[] = {
	F(struct oci_intel_rdt, clos_id, "closID", .check = &check_clos_id, .empty_absent = true),
	F(struct oci_intel_rdt, schemata, "schemata"),
	F(struct oci_intel_rdt, l3_cache_schema, "l3CacheSchema", .empty_absent = true),
	F(struct oci_intel_rdt, mem_bw_schema, "memBwSchema", .check = &check_mem_bw,
	  .empty_absent = true),
	F(struct oci_intel_rdt, enable_monitoring, "enableMonitoring"),
};
static const struct schema_type intel_rdt_type = SCHEMA(struct oci_intel_rdt, intel_rdt_rows);

static const char *const memory_modes[] = {
	"MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE",
	"MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_LOCAL",
};
static const char *const memory_flags[] = {
	"MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES",
};
static const struct field memory_policy_rows[] = {
	F(struct oci_memory_policy, mode, "mode", .required = true, .check = ONE_OF(memory_modes)),
	F(struct oci_memory_policy, nodes, "nodes", .check = &check_list),
	F(struct oci_memory_policy, flags, "flags", .check = ONE_OF(memory_flags)),
};
static const struct schema_type memory_policy_type =
	SCHEMA(struct oci_memory_policy, memory_policy_rows);

static const char *const personalities[] = { "LINUX", "LINUX32" };
static const struct field personality_rows[] = {
	F(struct oci_personality, domain, "domain", .required = true, .check = ONE_OF(personalities)),
	F(struct oci_personality, flags, "flags"),
};
static const struct schema_type personality_type = SCHEMA(struct oci_personality, personality_rows);

/* The recursive forms are no part of the spec, but all runtimes know them */
static const char *const propagations[] = {
	"private", "shared", "slave", "unbindable", "rprivate", "rshared", "rslave", "runbindable",
};
static const struct field linux_rows[] = {
	F_LIST(struct oci_linux, uid_mappings, "uidMappings", oci_id_mapping_type),
	F_LIST(struct oci_linux, gid_mappings, "gidMappings", oci_id_mapping_type),
	F(struct oci_linux, sysctl, "sysctl", .key_check = &check_non_empty),
	F_PTR(struct oci_linux, resources, "resources", oci_resources_type),
	F(struct oci_linux, cgroups_path, "cgroupsPath", .empty_absent = true),
	F_LIST(struct oci_linux, namespaces, "namespaces", namespace_type, .unique = true),
	F_LIST(struct oci_linux, devices, "devices", device_type),
	F_MAP(struct oci_linux, net_devices, "netDevices", net_device_type,
	      .key_check = &check_net_name),
	F_PTR(struct oci_linux, seccomp, "seccomp", oci_seccomp_type),
	F(struct oci_linux, rootfs_propagation, "rootfsPropagation", .check = ONE_OF(propagations),
	  .empty_absent = true),
	F(struct oci_linux, masked_paths, "maskedPaths", .check = &check_absolute),
	F(struct oci_linux, readonly_paths, "readonlyPaths", .check = &check_absolute),
	F(struct oci_linux, mount_label, "mountLabel", .empty_absent = true),
	F_PTR(struct oci_linux, intel_rdt, "intelRdt", intel_rdt_type),
	F_PTR(struct oci_linux, memory_policy, "memoryPolicy", memory_policy_type),
	F_PTR(struct oci_linux, personality, "personality", personality_type),
	F_MAP(struct oci_linux, time_offsets, "timeOffsets", time_offset_type,
	      .key_check = ONE_OF(clocks)),
};
const struct schema_type oci_linux_type = SCHEMA(struct oci_linux, linux_rows);
