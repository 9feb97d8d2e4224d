// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * seccomp.c - rows of config.json: "linux.seccomp" (config-linux.md, "Seccomp")
 *
 * Names of system calls are not checked: profiles of engines list calls of all architectures and
 * kernels. What goes with which action is no matter of a single property, and not checked here.
 */
#include "check.h"
#include "runtime.h"
#include "schema.h"

/* SECCOMP_RET_DATA has 16 bits */
#define RANGE_ERRNO RANGE(0, UINT16_MAX)

static const char *const actions[] = {
	"SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP",
	"SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
};
static const char *const architectures[] = {
	"SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64",
	"SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64",
	"SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
	"SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390",
	"SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB", "SCMP_ARCH_PARISC",
	"SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",
};
static const char *const flags[] = {
	"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
	"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
};
static const char *const operators[] = {
	"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
	"SCMP_CMP_MASKED_EQ",
};

static const struct field arg_rows[] = {
	F(struct oci_syscall_arg, index, "index", .required = true, RANGE(0, 5)),
	F(struct oci_syscall_arg, value, "value", .required = true),
	F(struct oci_syscall_arg, value_two, "valueTwo"),
	F(struct oci_syscall_arg, op, "op", .required = true, .check = ONE_OF(operators)),
};
static const struct schema_type arg_type = SCHEMA(struct oci_syscall_arg, arg_rows);

static const struct field syscall_rows[] = {
	F(struct oci_syscall, names, "names", .required = true, .min_items = 1,
	  .check = &check_non_empty),
	F(struct oci_syscall, action, "action", .required = true, .check = ONE_OF(actions)),
	F(struct oci_syscall, errno_ret, "errnoRet", RANGE_ERRNO),
	F_LIST(struct oci_syscall, args, "args", arg_type),
};
static const struct schema_type syscall_type = SCHEMA(struct oci_syscall, syscall_rows);

static const struct field seccomp_rows[] = {
	F(struct oci_seccomp, default_action, "defaultAction", .required = true,
	  .check = ONE_OF(actions)),
	F(struct oci_seccomp, default_errno_ret, "defaultErrnoRet", RANGE_ERRNO),
	F(struct oci_seccomp, architectures, "architectures", .check = ONE_OF(architectures)),
	F(struct oci_seccomp, flags, "flags", .check = ONE_OF(flags)),
	F(struct oci_seccomp, listener_path, "listenerPath", .empty_absent = true),
	F(struct oci_seccomp, listener_metadata, "listenerMetadata", .empty_absent = true),
	F_LIST(struct oci_seccomp, syscalls, "syscalls", syscall_type),
};
const struct schema_type oci_seccomp_type = SCHEMA(struct oci_seccomp, seccomp_rows);
