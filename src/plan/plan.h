/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - what will be done to make one container: the contract between plan/ and apply/
 *
 * plan_make() turns a decoded config.json, the command's options and the facts of the host into a
 * struct plan; the executors in apply/ carry it out and never look at the config. A plan is data:
 * everything in it lives in the arena, is immutable after plan_make(), and is seen by the container's
 * first process through fork. explain prints it.
 *
 * Each section is a flat array of one type of operation. "where" of an operation is the JSON path it
 * came from, for errors; operations that the runtime adds itself have a where that says so
 * ("default device").
 */
#ifndef TAPER_PLAN_PLAN_H
#define TAPER_PLAN_PLAN_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/err.h"
#include "libocispec/runtime.h"
#include "plan/facts.h"
#include "plan/sd.h"

/* ---- what the command line adds ---- */

enum cg_manager { CG_CGROUPFS, CG_SYSTEMD, CG_DISABLED };

struct plan_options {
	const char *id;
	const char *bundle;          /* absolute */
	enum cg_manager cg_manager;
	bool no_pivot;
	bool no_new_keyring;
	bool detach;                 /* create counts as detached */
	bool has_console_socket;
	unsigned preserve_fds;
	unsigned listen_fds;         /* LISTEN_FDS of the caller, 0 = none */
	const char *notify_socket;   /* NOTIFY_SOCKET of the caller, NULL = none */
	const char *seccomp_receiver; /* RUN_OCI_SECCOMP_RECEIVER of the caller, NULL = none */
	bool joins_container;        /* exec: the process is not the container's first */
};

/* ---- namespaces: plan/ns.c ---- */

enum ns_kind { NS_USER, NS_MOUNT, NS_PID, NS_NET, NS_IPC, NS_UTS, NS_CGROUP, NS_TIME, NS__MAX };
enum ns_mode { NS_INHERIT, NS_NEW, NS_JOIN };

enum ns_step_kind {
	NS_STEP_JOIN,        /* setns() into ns[kind]; NS_USER: then become id 0 */
	NS_STEP_UNSHARE,     /* unshare(flags) */
	NS_STEP_MAP,         /* wait until the parent has written the id maps, then become id 0 */
	NS_STEP_OFFSETS,     /* write the time offsets */
	NS_STEP_FORK,        /* clone3(flags | CLONE_PARENT); the new process goes on, this one ends */
	NS_STEP_TARGET,      /* exec: setns() by the pidfd of the container's first process (flags) */
};

struct ns_step {
	enum ns_step_kind step;
	enum ns_kind kind;   /* NS_STEP_JOIN */
	uint64_t flags;      /* CLONE_NEW*; NS_STEP_UNSHARE, NS_STEP_FORK, NS_STEP_TARGET */
};

#define NS_STEPS_MAX (2 * NS__MAX + 4)

struct time_offset {
	const char *clock;   /* "monotonic", "boottime" */
	int64_t secs;
	uint32_t nanosecs;
};

struct ns_plan {
	struct {
		enum ns_mode mode;
		const char *path;            /* NS_JOIN */
		const char *where;
	} ns[NS__MAX];
	uint64_t clone_flags;                /* CLONE_NEW* for the parent's clone3() */
	struct ns_step steps[NS_STEPS_MAX];  /* what the child does after it, in order */
	size_t n_steps;
	bool cgroup_after_grant;             /* new cgroup namespace: unshared once the process is in its cgroup */
	bool lo_up;                          /* new network namespace: bring lo up */
	struct time_offset offsets[2];
	size_t n_offsets;
};

/* ---- id maps: plan/idmap.c ---- */

enum idmap_writer {
	IDMAP_NONE,          /* no new user namespace */
	IDMAP_DIRECT,        /* the parent writes uid_map and gid_map itself */
	IDMAP_HELPER,        /* newuidmap and newgidmap */
};

struct idmap_plan {
	enum idmap_writer writer;
	bool deny_setgroups;         /* write "deny" first: one's own id alone, unprivileged */
	struct id_ranges uid, gid;   /* inside = container id, outside = id in the caller's namespace */
	const char *newuidmap, *newgidmap;
};

/* ---- file system: plan/mounts.c, mntopt.c, devnodes.c ---- */

/* Options of one mount, sorted into what the kernel's calls take. */
struct mount_opts {
	uint64_t attr_set, attr_clr;     /* MOUNT_ATTR_*, this mount */
	uint64_t rec_set, rec_clr;       /* MOUNT_ATTR_*, this mount and all below (r* options) */
	unsigned long propagation;       /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE; 0 = not given */
	bool propagation_rec;
	unsigned long sb_set, sb_clr;    /* MS_*: RDONLY SYNCHRONOUS DIRSYNC LAZYTIME MANDLOCK I_VERSION SILENT */
	struct kvv data;                 /* file system options; value NULL = a flag */
	bool bind, bind_rec;
	bool remount;
	bool tmpcopyup;
	bool idmap, idmap_rec;
	bool src_nofollow, dest_nofollow, copy_symlink;
	bool nofail;                     /* a missing source is a warning */
	bool mode_given;                 /* tmpfs: mode= was among the options */
};

enum fs_kind {
	FS_MOUNT,            /* a new file system */
	FS_BIND,             /* a tree of the host */
	FS_CGROUP,           /* the container's view of the cgroups; v1, v2 or hybrid by the facts */
	FS_DEVICE,           /* a device node or fifo; bound from the host where mknod is not allowed */
	FS_SYMLINK,          /* dst -> target; an existing entry is kept unless .replace */
	FS_READONLY,         /* the tree at dst becomes read-only; a missing one is ignored */
	FS_MASK,             /* the file or directory at dst is hidden; a missing one is ignored */
	FS_MOUNT_READONLY,   /* the mount at dst, not what is mounted below */
	FS_ROOT_READONLY,    /* "/" itself, not what is mounted below */
	FS__MAX,
};

struct fs_op {
	enum fs_kind kind;
	const char *dst;                 /* absolute path inside the container, cleaned of "//" and "/./" */
	const char *where;               /* "mounts[3]" */
	union {
		struct {                     /* FS_MOUNT, FS_BIND, FS_CGROUP */
			const char *type;        /* file system; FS_MOUNT */
			const char *source;      /* FS_BIND: absolute host path; FS_MOUNT: device or dummy */
			struct mount_opts opts;
			struct id_ranges uid_map, gid_map;   /* idmapped mount with maps of its own */
			const char *label;       /* FS_MOUNT: SELinux label of its root, set after mounting */
			bool early;              /* FS_MOUNT: made before the pivot, attached in its turn */
			bool sysfs_fallback;     /* FS_MOUNT sysfs: on EPERM bind the host's /sys read-only */
		} mount;
		struct {                     /* FS_DEVICE */
			mode_t mode;             /* S_IFCHR, S_IFBLK or S_IFIFO and permissions */
			unsigned major, minor;
			uint32_t uid, gid;       /* container ids */
			bool bind;               /* bind the host's node of the same path instead of mknod */
			bool is_default;         /* of the spec's own list: an equal existing node is fine */
		} device;
		struct {                     /* FS_SYMLINK */
			const char *target;
			bool replace;
			bool need_target;        /* make it only when target exists (/proc/kcore) */
		} link;
	};
};

struct root_plan {
	const char *path;                /* absolute host path of the root file system */
	bool readonly;
	bool no_pivot;
	bool pivot_late;                 /* prestart, createRuntime or createContainer hooks want the old root */
	unsigned long tree_propagation;  /* MS_SLAVE | MS_REC by default: all mounts of the new namespace */
	unsigned long propagation;       /* of "/" at the end; 0 = leave */
};

/* ---- process: plan/creds.c, sched.c, lsm.c ---- */

enum cap_set {
	CAPSET_BOUNDING, CAPSET_EFFECTIVE, CAPSET_INHERITABLE, CAPSET_PERMITTED, CAPSET_AMBIENT,
	CAPSET__MAX,
};

struct rlimit_plan {
	int resource;
	const char *name;
	uint64_t soft, hard;
	const char *where;
};

struct sched_plan {                      /* sched_setattr(2) */
	bool set;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;  /* ns */
};

struct process_plan {
	const char **argv;               /* NULL-terminated */
	size_t argc;
	const char **envp;               /* n_env strings, then PLAN_SPARE_ENV free slots and a NULL */
	size_t n_env;
	bool needs_home;                 /* HOME is not in envp (or empty): the child fills one spare slot */
	const char *path_env;            /* value of PATH in envp, NULL = none */
	const char *cwd;
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t n_groups;
	bool keep_groups;                /* leave the caller's supplementary groups */
	mode_t umask;
	uint64_t caps[CAPSET__MAX];
	bool no_new_privs;
	bool terminal;
	uint16_t rows, cols;             /* 0 = leave */
	bool has_oom_score_adj;
	int oom_score_adj;
	struct rlimit_plan *rlimits;
	size_t n_rlimits;
	const char *apparmor, *selinux;  /* labels, NULL = none */
	struct sched_plan sched;
	bool has_ioprio;
	int ioprio;                      /* ioprio_set(2) value */
	bool has_personality;
	unsigned long personality;
	bool has_mempolicy;
	int mempolicy_mode;              /* with MPOL_F_* or-ed in */
	uint64_t mempolicy_nodes[16];    /* bit mask, 1024 nodes */
	bool new_keyring;
	const char *keyring;             /* "_ses.ID" */
	unsigned n_fds;                  /* fds 3..3+n-1 stay open: listen_fds + preserve_fds */
	bool needs_listen_pid;           /* exec: LISTEN_PID is not in envp: the child fills one spare slot */
	const uint64_t *cpus_initial;    /* exec: CPU_WORDS words of bits, NULL = not given */
	const uint64_t *cpus_final;
};
#define PLAN_SPARE_ENV 4
#define CPU_WORDS 1024                   /* 65536 CPUs */

/* ---- sysctl, hooks, seccomp, network devices, resctrl ---- */

struct sysctl_plan {
	const char *file;                /* below /proc/sys, with '/' */
	const char *value;
	enum ns_kind ns;                 /* that keeps it */
	const char *where;
};

enum hook_kind {
	HOOK_PRESTART, HOOK_CREATE_RUNTIME, HOOK_CREATE_CONTAINER, HOOK_START_CONTAINER,
	HOOK_POSTSTART, HOOK_POSTSTOP, HOOK__MAX,
};

struct hook_plan {
	const char *path;
	const char **argv;               /* NULL-terminated, at least one */
	const char **envp;               /* NULL = inherit (startContainer: the container's environment) */
	unsigned timeout_ms;             /* 0 = none */
	const char *where;
};

struct hooks_plan {
	struct hook_plan *v;
	size_t n;
};

struct seccomp_arg {
	uint32_t index;
	uint32_t op;                     /* enum scmp_compare */
	uint64_t a, b;                   /* MASKED_EQ: a = mask, b = value; else a = value */
};

struct seccomp_rule {
	const char *name;                /* system call */
	uint32_t action;                 /* SCMP_ACT_*, errno included */
	struct seccomp_arg *args;
	size_t n_args;
	const char *where;
};

struct seccomp_plan {
	uint32_t default_action;
	uint32_t *archs;                 /* SCMP_ARCH_* tokens, native not necessarily among them */
	size_t n_archs;
	struct seccomp_rule *rules;      /* those with the default action too: the profile knows their calls */
	size_t n_rules;
	uint32_t flags;                  /* SECCOMP_FILTER_FLAG_* */
	bool flags_optional;             /* SPEC_ALLOW by default only: drop when the kernel refuses */
	bool notify;                     /* some rule has SCMP_ACT_NOTIFY */
	bool enosys_stub;                /* unknown newer calls answer ENOSYS */
	bool fail_unknown;               /* unknown names are errors */
	const char *listener_path, *listener_metadata;
	const struct sock_filter *bpf;   /* a finished program instead of rules, NULL = none */
	size_t n_bpf;
};

struct netdev_plan {
	const char *host_name, *name;
	const char *where;
};

struct rdt_plan {
	const char *clos_id;
	bool may_create;
	bool keep;                       /* named by the config: not removed with the container */
	const char **schemata;           /* lines in order */
	size_t n_schemata;
	bool monitoring;
};

/* ---- cgroup: plan/cg_path.c, cg_v1.c, cg_v2.c, devrules.c, devbpf.c ---- */

struct cg_write {
	unsigned hier;                   /* index into facts->cg.hier */
	const char *controller;          /* "memory": must be enabled for the write to make sense */
	const char *file;                /* "memory.max" */
	const char *value;
	const char *where;               /* "linux.resources.memory.limit" */
	const struct cg_write *or_else;  /* tried when the file does not exist (ENOENT) */
	bool optional;                   /* a missing file is ignored */
	bool retry;                      /* EINVAL: try again after the others, which it may depend on */
	const char *not_below;           /* file of what is in use: a smaller value is refused; NULL = none */
};

struct bpf_insn;                         /* linux/bpf.h */

struct cg_plan {
	enum cg_manager manager;
	bool best_effort;                /* rootless without limits: go on when no cgroup can be made */
	const char *path;                /* "/taper/c1", below each hierarchy's mount; clean, no ".." */
	bool relative_to_own;            /* path is below the caller's own cgroup (rootless) */
	const char *controllers;         /* comma-separated: those that writes need (v2: to be enabled) */
	struct cg_write *writes;
	size_t n_writes;
	bool hand_on;                    /* v2: all controllers there are, for cgroups that it makes itself */
	const char *delegate;            /* v2: cgroup below it that the process enters at last, NULL = none */
	bool has_owner;                  /* v2: it becomes the property of */
	uint32_t owner;                  /* this user, an id of the caller's namespace */
	struct sd_plan *sd;              /* CG_SYSTEMD: the unit, else NULL */
	struct sd_plan *sd_back;         /* update: properties that undo those of sd */
	const struct bpf_insn *dev_prog; /* v2 device filter, NULL = none */
	size_t n_dev_prog;
	bool dev_open;                   /* v2: all devices are allowed, so a filter that is there goes */
};

/* ---- exec: plan/exec.c ---- */

/* What exec is asked for beside, or instead of, a document that describes the process. */
struct exec_options {
	struct strv args;                /* the program; none = that of the document */
	bool tty, no_new_privs;
	const char *cwd, *user, *apparmor, *process_label;   /* NULL = not given */
	struct strv env, caps, gids;     /* added to what is there */
	struct strv cgroups;             /* "[CONTROLLER[,CONTROLLER]:]PATH" */
	uint64_t joins;                  /* CLONE_NEW* of the container's namespaces that are not the caller's */
};

/* A cgroup below the container's own. */
struct cg_sub {
	const char *controllers;         /* comma-separated; NULL = in every hierarchy */
	const char *path;                /* "a/b", clean; "" = the container's own */
};

/* ---- all of it ---- */

struct plan {
	const char *id;
	const char *bundle;
	const char *hostname, *domainname;
	const char *mount_label;
	struct kvv annotations;
	struct ns_plan ns;
	struct idmap_plan idmap;
	struct root_plan root;
	struct fs_op *fs;                /* mounts, devices, links: in order */
	size_t n_fs;
	struct fs_op *seal;              /* after the sysctls: read-only root and paths, masks */
	size_t n_seal;
	struct sysctl_plan *sysctls;
	size_t n_sysctls;
	struct hooks_plan hooks[HOOK__MAX];
	struct seccomp_plan *seccomp;    /* NULL = none */
	struct netdev_plan *netdevs;
	size_t n_netdevs;
	struct rdt_plan *rdt;            /* NULL = none */
	struct cg_plan cgroup;
	struct cg_sub *cg_subs;          /* exec */
	size_t n_cg_subs;
	struct process_plan process;
	const char **warnings;           /* to be logged, in order */
	size_t n_warnings;
};

/**
 * plan_make() - decide everything
 * @a:     where the plan lives
 * @spec:  decoded config.json
 * @opt:   the command's options
 * @facts: the host
 * @ret:   the plan, only on success
 * @p:     every problem found, with the JSON path in path; line and column are left 0
 *
 * Pure: makes no system call and depends on nothing but its arguments.
 *
 * Return: 0, or the code of the first problem
 */
int plan_make(struct arena *a, const struct oci_spec *spec, const struct plan_options *opt,
	      const struct facts *facts, struct plan **ret, struct problems *p);

/* What plan_exec() works from, beside the host. */
struct exec_input {
	const struct oci_spec *spec;         /* the container's config */
	const struct oci_process *document;  /* --process; NULL = the container's own process is the base */
	const struct exec_options *x;
};

/**
 * plan_added() - mounts that are added to a container that exists
 * @spec: the container's config, with the mounts to add in place of its own
 * @ret:  a plan of which only id, bundle, root, fs, mount_label and warnings are filled
 *
 * What cannot be taken back (remount), or must not come later (procfs, cgroups) is a problem. JSON
 * paths begin with the index: the document is an array.
 * Other parameters and result as of plan_make().
 */
int plan_added(struct arena *a, const struct oci_spec *spec, const struct plan_options *opt,
	       const struct facts *facts, struct plan **ret, struct problems *p);

/* plan_destination() - a destination as fs_op.dst has it: absolute, without "//", "/./", "/../" */
const char *plan_destination(struct arena *a, const char *path);

/**
 * plan_exec() - what exec needs: the process, the namespaces to join, the system call filter
 * @ret: a plan of which only id, bundle, annotations, ns.steps, cg_subs, process, rdt, seccomp and
 *       warnings are filled
 *
 * A document without capabilities, limits, labels, a scheduler, an I/O priority, CPU affinity or
 * oomScoreAdj gets the container's. Other parameters and result as of plan_make().
 */
int plan_exec(struct arena *a, const struct exec_input *in, const struct plan_options *opt,
	      const struct facts *facts, struct plan **ret, struct problems *p);

/* Names that the config may use, as `features` lists them. */
enum plan_names {
	NAMES_NAMESPACES, NAMES_CAPABILITIES, NAMES_MOUNT_OPTIONS,
	NAMES_SECCOMP_ACTIONS, NAMES_SECCOMP_OPERATORS, NAMES_SECCOMP_ARCHS, NAMES_SECCOMP_FLAGS,
	NAMES_MEMORY_MODES, NAMES_MEMORY_FLAGS, NAMES__MAX,
};

/* plan_names() - all names of a kind, sorted */
struct strv plan_names(struct arena *a, enum plan_names kind);

/* plan_seccomp_flag() - the SECCOMP_FILTER_FLAG_* bit of a name of NAMES_SECCOMP_FLAGS */
uint32_t plan_seccomp_flag(const char *name);

/* New values for the resources of a container that exists. */
struct plan_update {
	const struct oci_resources *had;     /* what it has been given until now */
	const struct oci_resources *change;  /* what is present in it shall change */
	bool in_unit;                        /* the container is in a unit of systemd */
	const struct oci_intel_rdt *rdt;     /* new schemata, NULL = none */
	bool has_cpu_max;                    /* v2: cpu.max, as it is now */
	int64_t quota;                       /* -1 = unlimited */
	uint64_t period;
};

/**
 * plan_update() - which values to write
 * @ret:       a plan of which only cgroup (without a path), rdt and warnings are filled
 * @ret_after: what the container will have been given
 *
 * Paths in @p begin with "linux.resources." as those of a config. Devices that are the same as before are
 * left alone. Other parameters and result as of plan_make().
 */
int plan_update(struct arena *a, const struct plan_update *update, const struct facts *facts,
		struct plan **ret, struct oci_resources *ret_after, struct problems *p);

/**
 * plan_explain() - a plan as text, one operation a line, or as JSON
 *
 * Return: the text, in @a
 */
const char *plan_explain(struct arena *a, const struct plan *plan, const struct facts *facts,
			 bool json);

#endif
