/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - what the sub-planners share; private to src/plan
 *
 * Each sub-planner fills its own section of pl->plan and reports what it finds wrong through
 * plan_bad(), without stopping: the user learns everything in one pass. A later sub-planner may
 * read the sections before it (the order is in plan.c) and must cope with what an earlier one
 * refused.
 */
#ifndef TAPER_PLAN_INTERNAL_H
#define TAPER_PLAN_INTERNAL_H

#include <linux/bpf.h>

#include "base/codes.h"
#include "base/str.h"
#include "plan/plan.h"

struct planner {
	struct arena *a;
	const struct oci_spec *spec;
	const struct oci_linux *lin;         /* spec->linux_, or one with nothing in it */
	const struct plan_options *opt;
	const struct facts *facts;
	struct plan *plan;
	struct problems *problems;
	const char *mounts;                  /* what the JSON paths of mounts begin with */
	int first;                           /* code of the first problem, 0 = none yet */
	bool in_userns;                      /* the container is not in the initial user namespace */
	const struct plan_update *update;    /* resources of a container that exists; NULL = a new one */
};

/* ---- names.c: the tables that it lists ---- */

struct name_table {
	const struct name_value *v;
	size_t n;
};
#define NAME_TABLE(rows) { (rows), ARRAY_SIZE(rows) }

extern const struct name_table cap_names;        /* without "CAP_" */
extern const struct name_table seccomp_names[4]; /* actions, operators, archs, flags */
extern const struct name_table memory_names[2];  /* modes, flags */

/* mntopt_names() - every option that is not data for a file system */
struct strv mntopt_names(struct arena *a);

/* ---- plan.c ---- */

/**
 * plan_bad() - note a problem and go on
 * @where: JSON path ("mounts[3].options"), "" = none
 */
void plan_bad(struct planner *pl, unsigned id, const char *where, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), cold));

/* plan_warn() - add a line for the log */
void plan_warn(struct planner *pl, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), cold));

/**
 * vec_room() - make room for one more element of a growing array
 * @v: the array, NULL when empty; @n elements of @size_bytes are in use
 *
 * The array must have been grown by this function alone: its capacity follows from @n.
 * Return: the array, maybe elsewhere
 */
void *vec_room(struct arena *a, void *v, size_t n, size_t size_bytes);

/* plan_annotation() - the value of an annotation, NULL = absent */
const char *plan_annotation(const struct planner *pl, const char *key);

/* ---- path.c ---- */

/**
 * path_clean() - an absolute path without "//", "/./", "/../" and a trailing "/"
 *
 * ".." is resolved by the text alone and stops at the root. A relative path is taken from the root.
 */
const char *path_clean(struct arena *a, const char *path);

/* path_below() - is a clean @path equal to or below a clean @parent? */
bool path_below(const char *path, const char *parent);

/* list_parse() - "0-3,7" to bits; @bits has room for @max. Return: 0, -EINVAL or -ERANGE */
int list_parse(const char *list, uint64_t *bits, unsigned max);

/* ---- ns.c ---- */

struct ns_name {
	const char *name;                    /* as in linux.namespaces[].type */
	uint64_t flag;                       /* CLONE_NEW* */
};
extern const struct ns_name ns_names[NS__MAX];

/**
 * ns_order() - clone flags and steps from the modes of ns->ns[]
 * @privileged: as facts.privileged
 */
void ns_order(struct ns_plan *ns, bool privileged);

/* ---- idmap.c ---- */

/* idmap_known() - the map that rules in the container; NULL = not known (joined namespace) */
const struct id_ranges *idmap_known(const struct planner *pl, bool gids);

/* idmap_has() - does the map give @inside a meaning? */
bool idmap_has(const struct id_ranges *map, uint32_t inside);

/* idmap_copy() - mappings of the config as ranges */
struct id_ranges idmap_copy(struct arena *a, const struct oci_id_mapping *v, size_t n);

/* ---- creds.c ---- */

/* cap_name() - "CHOWN" for a capability's number, NULL = unknown */
const char *cap_name(unsigned cap);

/* ---- mntopt.c ---- */

/* mntopt_parse() - sort the options of one mount into op->mount */
void mntopt_parse(struct planner *pl, const struct strv *options, const char *where,
		  struct fs_op *op);

/* ---- bpfdata.c ---- */

/* plan_bpf_data() - out->bpf and out->notify from an annotation's text */
void plan_bpf_data(struct planner *pl, struct seccomp_plan *out, const char *text);

/* ---- seccomp.c: names for explain; NULL = unknown ---- */

const char *seccomp_action_name(uint32_t action);
const char *seccomp_arch_name(uint32_t arch);
const char *seccomp_operator_name(uint32_t op);

/* ---- devrules.c, devbpf.c ---- */

enum { DEV_MKNOD = 1, DEV_READ = 2, DEV_WRITE = 4, DEV_ALL = 7 };   /* as BPF_DEVCG_ACC_* */

struct dev_rule {
	bool allow;
	char type;                           /* 'c' or 'b' */
	int64_t major, minor;                /* -1 = any */
	unsigned access;                     /* DEV_* */
	const char *where;
	const char *part_of;                 /* where of an earlier rule that this one makes an exception of */
};

/* Rules in order; the last that matches decides, else allow_all. */
struct dev_rules {
	bool allow_all;
	struct dev_rule *v;
	size_t n;
};

/**
 * devrules_read() - linux.resources.devices and the rules every container gets, reduced
 *
 * A rule for everything makes all before it pointless; a rule that a later one covers, or that says
 * what holds anyway, is gone.
 */
void devrules_read(struct planner *pl, struct dev_rules *ret);

/* devbpf_make() - a BPF_PROG_TYPE_CGROUP_DEVICE program that decides as @rules say */
const struct bpf_insn *devbpf_make(struct arena *a, const struct dev_rules *rules, size_t *ret_n);

/* ---- cg_path.c ---- */

/* cg_path_plan() - path and relative_to_own of plan->cgroup */
void cg_path_plan(struct planner *pl);

/* ---- cg_delegate.c ---- */

/* cg_delegate_plan() - what the container may change itself in its cgroup */
void cg_delegate_plan(struct planner *pl);

/* ---- cg_systemd.c ---- */

/* cg_systemd_plan() - the unit, for the manager systemd */
void cg_systemd_plan(struct planner *pl);

/* cg_systemd_update() - the properties that change, and those that take it back */
void cg_systemd_update(struct planner *pl, const struct oci_resources *change,
		       const struct oci_resources *had);

/* ---- cgroup.c, cg_check.c, cg_v1.c, cg_v2.c, cg_weight.c ---- */

/* One controller's translation: where it goes and what it is called there. */
struct cg_target {
	struct planner *pl;
	unsigned hier;
	const char *controller;
};

/* cg_add() - append one write; @where is below "linux.resources." */
struct cg_write *cg_add(const struct cg_target *t, const char *file, const char *value,
			const char *where);

/* cg_now() - does 0 or false, given in an update, have to be written? A new cgroup has it anyway. */
#define cg_now(pl, member) ((pl)->update && (member).set)

/* cg_check() - report values that no hierarchy can take */
void cg_check(struct planner *pl, const struct oci_resources *r);

typedef void cg_translate(const struct cg_target *t, const struct oci_resources *r);

cg_translate cg_v1_memory, cg_v1_cpu, cg_v1_cpuset, cg_v1_pids, cg_v1_blkio, cg_v1_hugetlb,
	cg_v1_net_cls, cg_v1_net_prio, cg_v1_rdma;
cg_translate cg_v2_memory, cg_v2_cpu, cg_v2_cpuset, cg_v2_pids, cg_v2_io, cg_v2_hugetlb,
	cg_v2_rdma;

/* cg_v1_devices() - the writes of the v1 device controller */
void cg_v1_devices(const struct cg_target *t, const struct dev_rules *rules);

/* cg_weight_of_shares() - cpu.shares (2..262144) to cpu.weight (1..10000); 0 stays 0 */
unsigned cg_weight_of_shares(uint64_t shares);

/* ---- the sections, in the order of plan_make() ---- */

void plan_validate(struct planner *pl);
void plan_ns(struct planner *pl);
void plan_idmap(struct planner *pl);
void plan_root(struct planner *pl);
void plan_mounts(struct planner *pl);
void plan_late_mounts(struct planner *pl);
void plan_devices(struct planner *pl);
void plan_seal(struct planner *pl);
void plan_sysctls(struct planner *pl);
void plan_hooks(struct planner *pl);
void plan_netdevs(struct planner *pl);
void plan_rdt(struct planner *pl);
void plan_cgroup(struct planner *pl);
void plan_resources(struct planner *pl, const struct oci_resources *r);
void plan_command(struct planner *pl);
void plan_creds(struct planner *pl);
void plan_sched(struct planner *pl);
void plan_lsm(struct planner *pl);
void plan_seccomp(struct planner *pl);

/* ---- exec.c ---- */

/* exec_process() - the process to run: the document or the container's own, and the options on top */
struct oci_process *exec_process(struct planner *pl, const struct exec_input *in);

/* exec_place() - namespaces to join and cgroups to enter, in place of those that create makes */
void exec_place(struct planner *pl, const struct exec_options *x);

/* plan_validate_exec() - the rules of plan_validate() that concern the process alone */
void plan_validate_exec(struct planner *pl);

/* fs_add() - append to plan->fs */
struct fs_op *fs_add(struct planner *pl, enum fs_kind kind, const char *dst, const char *where);

#endif
