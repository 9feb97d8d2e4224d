/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codes.h - the stable number of every kind of failure
 *
 * A code is printed as TAPER-XXX-NNN, never changes its meaning and is never reused. The table also
 * holds the hint: what the user can do. An empty hint means that the text says it all.
 */
#ifndef TAPER_BASE_CODES_H
#define TAPER_BASE_CODES_H

#include "libocispec/err.h"

/* Codes of documents (ERR_SYNTAX ...) are in libocispec/err.h. Columns: name, printed code, hint. */
#define TAPER_CODES(X) \
	X(ERR_USAGE, "USE-001", "see taper --help") \
	X(ERR_ID, "USE-002", "an id has 1 to 1024 characters of A-Z a-z 0-9 _ + . -") \
	X(ERR_FILE, "FIL-001", "") \
	X(ERR_BUNDLE, "FIL-002", "a bundle is a directory with config.json: make one with taper spec") \
	X(ERR_ROOTFS, "FIL-003", "root.path must name an existing directory") \
	X(ERR_STATE_ROOT, "STA-001", "choose another directory with --root") \
	X(ERR_EXISTS, "STA-002", "choose another id, or remove it with taper delete") \
	X(ERR_NOT_FOUND, "STA-003", "taper list shows the containers") \
	X(ERR_STATUS, "STA-004", "taper state shows the status") \
	X(ERR_RECORD, "STA-005", "taper delete --force removes it all the same") \
	X(ERR_LOCK, "STA-006", "another taper works on this container") \
	X(ERR_KERNEL, "SYS-001", "taper needs Linux 5.12 or newer") \
	X(ERR_SYSTEM, "SYS-002", "") \
	X(ERR_PRIVILEGE, "SYS-003", "run as root, or give the container a user namespace") \
	X(ERR_PROTOCOL, "SYS-004", "") \
	X(ERR_DEADLINE, "SYS-005", "") \
	X(ERR_INIT_DIED, "PRC-001", "") \
	X(ERR_EXEC, "PRC-002", "process.args[0] is looked up in process.env's PATH inside the container") \
	X(ERR_CWD, "PRC-003", "") \
	X(ERR_CREDS, "PRC-004", "") \
	X(ERR_RLIMIT, "PRC-005", "without CAP_SYS_RESOURCE no limit may exceed the caller's hard limit") \
	X(ERR_OOM_ADJ, "PRC-006", "without CAP_SYS_RESOURCE the value cannot go below the caller's own") \
	X(ERR_SCHED, "PRC-007", "") \
	X(ERR_KEYRING, "PRC-008", "kernel.keys.maxkeys may be reached: raise it, or use --no-new-keyring") \
	X(ERR_TTY, "TTY-001", "") \
	X(ERR_CONSOLE, "TTY-002", "a detached terminal needs --console-socket") \
	X(ERR_NS, "NSP-001", "") \
	X(ERR_IDMAP, "NSP-002", "see /etc/subuid and /etc/subgid") \
	X(ERR_MOUNT, "MNT-001", "") \
	X(ERR_MOUNT_FS, "MNT-002", "this kernel does not have the file system") \
	X(ERR_MOUNT_SOURCE, "MNT-003", "the source must exist on the host") \
	X(ERR_MOUNT_TARGET, "MNT-004", "") \
	X(ERR_PATH, "MNT-005", "") \
	X(ERR_PROC, "MNT-006", "") \
	X(ERR_DEVICE, "DEV-001", "") \
	X(ERR_CGROUP, "CGR-001", "") \
	X(ERR_CGROUP_CONTROLLER, "CGR-002", "cgroup.controllers lists what is available") \
	X(ERR_CGROUP_BUSY, "CGR-003", "") \
	X(ERR_CGROUP_VALUE, "CGR-004", "") \
	X(ERR_OOM, "CGR-005", "raise linux.resources.memory.limit, or use less memory") \
	X(ERR_PIDS, "CGR-006", "raise linux.resources.pids.limit") \
	X(ERR_BUS, "SDB-001", "") \
	X(ERR_UNIT, "SDB-002", "") \
	X(ERR_HOOK, "HOK-001", "") \
	X(ERR_HOOK_TIMEOUT, "HOK-002", "") \
	X(ERR_SECCOMP, "SEC-001", "") \
	X(ERR_LSM, "LSM-001", "") \
	X(ERR_SYSCTL, "SCT-001", "") \
	X(ERR_NET, "NET-001", "") \
	X(ERR_RDT, "RDT-001", "") \
	X(ERR_CRIU, "CRI-001", "criu check --all says what is missing; its log has all details") \
	X(ERR_UNSUPPORTED, "CFG-020", "")

enum {
	ERR__BEFORE_TAPER = ERR__PROGRAM - 1,
#define X(name, code, hint) name,
	TAPER_CODES(X)
#undef X
	ERR__END,
};

/* Where an error happened (struct err, stage): in the parent, or in a stage of the first process. */
enum stage { STAGE_PARENT, STAGE_ENTER, STAGE_BUILD, STAGE_WAIT, STAGE_BECOME, STAGE__MAX };

/* stage_name() - "build"; NULL for the parent */
const char *stage_name(unsigned stage);

/* code_name() - "MNT-001" for an id, "SYS-000" for one that is not in the table */
const char *code_name(unsigned id);

/* code_hint() - what the user can do, "" = nothing to add */
const char *code_hint(unsigned id);

#endif
