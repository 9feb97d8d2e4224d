/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * facts.h - what the planner may know of the host
 *
 * Filled once per call by host/facts.c, or invented by a test. The planner sees the host only through
 * this struct.
 */
#ifndef TAPER_PLAN_FACTS_H
#define TAPER_PLAN_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cg_layout {
	CG_LAYOUT_NONE,      /* no cgroup file system is mounted */
	CG_LAYOUT_V1,
	CG_LAYOUT_V2,
	CG_LAYOUT_HYBRID,    /* v1 controllers beside a v2 hierarchy */
};

#define CG_HIER_MAX 20       /* v1 has at most 14 controllers and named hierarchies are few */

/* One mounted cgroup hierarchy. */
struct cg_hier {
	bool v2;
	const char *mount;        /* mount point, absolute */
	const char *controllers;  /* comma-separated: "cpu,cpuacct"; "name=systemd"; on v2 from cgroup.controllers */
	const char *own;          /* cgroup of the calling process below the mount, "/" or "/a/b" */
};

/* One line of an id map, as in /proc/PID/uid_map or /etc/subuid (inside is 0 there). */
struct id_range {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

struct id_ranges {
	const struct id_range *v;
	size_t n;
};

struct facts {
	uint32_t euid, egid;
	const char *user;            /* login name of euid, NULL if unknown */
	bool init_userns;            /* the calling process is in the initial user namespace */
	bool privileged;             /* CAP_SYS_ADMIN effective in its own user namespace */
	bool rootless;               /* euid != 0, or root of a user namespace that cannot act for host root */
	bool setgroups_denied;       /* /proc/self/setgroups says deny */
	uint64_t caps_permitted;     /* bit n = capability n */
	unsigned last_cap;           /* highest capability that the kernel knows */
	struct id_ranges uid_map;    /* own maps */
	struct id_ranges gid_map;
	struct id_ranges subuid;     /* ranges granted to euid in /etc/subuid, /etc/subgid */
	struct id_ranges subgid;
	const char *newuidmap;       /* absolute paths of the helpers, NULL = not there */
	const char *newgidmap;
	struct {
		enum cg_layout layout;
		struct cg_hier hier[CG_HIER_MAX];
		size_t n_hier;
	} cg;
	bool has_time_ns, has_cgroup_ns, has_user_ns;
	bool apparmor, selinux;      /* enabled in the running kernel */
	bool seccomp;                /* SECCOMP_MODE_FILTER available */
	unsigned kernel_major, kernel_minor;
};

#endif
