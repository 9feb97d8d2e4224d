/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host/parse.h - texts of the host to facts, without touching the host
 *
 * Pure, so that tests can show them hosts of any kind. Lines that cannot be understood are left out.
 */
#ifndef TAPER_HOST_PARSE_H
#define TAPER_HOST_PARSE_H

#include "libocispec/arena.h"
#include "libocispec/types.h"
#include "plan/facts.h"

/* One cgroup file system of /proc/self/mountinfo. */
struct cg_mount {
	uint64_t id;                 /* mount id */
	bool v2;
	const char *root;            /* which directory of the hierarchy is mounted */
	const char *point;           /* where */
	const char *options;         /* of the superblock: the controllers are among them */
};

#define CG_MOUNT_MAX 64

/**
 * parse_cg_mounts() - the cgroup file systems of a mountinfo text, in its order
 * @text: changed in place
 * @ret:  room for CG_MOUNT_MAX
 *
 * Source: proc(5), /proc/pid/mountinfo.
 * Return: how many
 */
size_t parse_cg_mounts(char *text, struct cg_mount *ret);

/**
 * parse_cg_self() - the caller's cgroups, joined with where the hierarchies are mounted
 * @text:   of /proc/self/cgroup, changed in place
 * @mounts: those that can be reached; of several for one hierarchy the one below /sys/fs/cgroup is
 *          taken, and of those the last
 * @facts:  cg is filled: v1 hierarchies in the order of the text, v2 last. controllers of v2 is "".
 *
 * Source: cgroups(7), /proc/pid/cgroup.
 */
void parse_cg_self(struct arena *a, char *text, const struct cg_mount *mounts, size_t n_mounts,
		   struct facts *facts);

/**
 * parse_cg_guess() - mounts as nearly every host has them, from /proc/self/cgroup alone
 * @text: "4:cpu,cpuacct:/" becomes a mount of root "/" at /sys/fs/cgroup/cpu,cpuacct; not changed
 *
 * To be checked against the host: it saves reading mountinfo, which is long where containers run.
 * Return: how many; id is 0
 */
size_t parse_cg_guess(struct arena *a, const char *text, struct cg_mount *ret);

/* A line of a mountinfo text; root and point are unescaped. */
struct mount_line {
	uint64_t id, parent;
	const char *root, *point;    /* what of the file system, and where */
	const char *type, *source;
	const char *options;         /* of the superblock */
};

struct mount_lines {
	struct mount_line *v;
	size_t n;
};

/* parse_mounts() - all mounts of a mountinfo text, changed in place, in its order */
struct mount_lines parse_mounts(struct arena *a, char *text);

/* parse_points() - where a mountinfo text, changed in place, says that file systems of some types are, in its order */
struct strv parse_points(struct arena *a, char *text, const char *const *types, size_t n_types);

/* parse_resctrl() - where a mountinfo text, changed in place, says that resctrl is; NULL = nowhere */
const char *parse_resctrl(char *text);

/* parse_idmap() - /proc/self/uid_map: lines "inside outside count" */
struct id_ranges parse_idmap(struct arena *a, const char *text);

/**
 * parse_subid() - the ranges granted to a user in /etc/subuid or /etc/subgid
 * @user: login name, NULL = not known; lines that name the number count too
 *
 * Source: subuid(5): "name:first:count".
 */
struct id_ranges parse_subid(struct arena *a, const char *text, const char *user, uint32_t uid);

/* parse_passwd_name() - the first login name with this uid in a passwd(5) text, NULL = none */
const char *parse_passwd_name(struct arena *a, const char *text, uint32_t uid);

/* parse_release() - "6.18.44-x" to 6 and 18; both stay 0 when it is not of this form */
void parse_release(const char *release, unsigned *ret_major, unsigned *ret_minor);

#endif
