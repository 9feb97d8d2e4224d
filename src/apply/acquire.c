// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * acquire.c - everything the child must find in its hands: fds of the host, the compiled filter
 *
 * Before clone3(), by the creating process with the caller's rights. Nothing of it outlives a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "apply/hookstate.h"
#include "apply/parent.h"
#include "apply/rdt.h"
#include "apply/sdnotify.h"
#include "apply/selfexe.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "base/sys.h"
#include "host/revealing.h"

int parent_namespaces(struct parent *p, struct err *e)
{
	static const int types[NS__MAX] = {
		[NS_USER] = CLONE_NEWUSER,     [NS_MOUNT] = CLONE_NEWNS,  [NS_PID] = CLONE_NEWPID,
		[NS_NET] = CLONE_NEWNET,       [NS_IPC] = CLONE_NEWIPC,	  [NS_UTS] = CLONE_NEWUTS,
		[NS_CGROUP] = CLONE_NEWCGROUP, [NS_TIME] = CLONE_NEWTIME,
	};

	for (int k = 0; k < NS__MAX; k++) {
		const char *path = p->plan->ns.ns[k].path;
		int fd, type;

		if (p->plan->ns.ns[k].mode != NS_JOIN)
			continue;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0) {
			err_sys(e, ERR_NS, "open the namespace %s", path);
			err_place(e, "%s", p->plan->ns.ns[k].where);
			return -ENOENT;
		}
		p->child.ns_fd[k] = fd;
		type = ioctl(fd, _IO(0xb7, 0x3)); /* NS_GET_NSTYPE, ioctl_ns(2) */
		if (type != types[k]) {
			err_set(e, -EINVAL, ERR_NS, "%s is not a namespace of this type", path);
			err_place(e, "%s", p->plan->ns.ns[k].where);
			return -EINVAL;
		}
	}
	return 0;
}

static const char *const ns_files[NS__MAX] = {
	[NS_USER] = "self/ns/user", [NS_MOUNT] = "self/ns/mnt", [NS_PID] = "self/ns/pid",
	[NS_NET] = "self/ns/net",   [NS_IPC] = "self/ns/ipc",	[NS_UTS] = "self/ns/uts",
	[NS_CGROUP] = "self/ns/cgroup", [NS_TIME] = "self/ns/time",
};

/* What would change in a namespace of this kind: a JSON path, NULL = nothing */
static const char *changes_in(const struct plan *plan, enum ns_kind kind)
{
	if (kind == NS_NET && plan->n_netdevs)
		return plan->netdevs[0].where;
	if (kind == NS_UTS && (plan->hostname || plan->domainname))
		return plan->hostname ? "hostname" : "domainname";
	for (size_t i = 0; i < plan->n_sysctls; i++)
		if (plan->sysctls[i].ns == kind)
			return plan->sysctls[i].where;
	return NULL;
}

/* A namespace by path may be our own: the container must not change it (config-linux.md, "Sysctl"). */
static int check_foreign(struct parent *p, struct err *e)
{
	for (int k = 0; k < NS__MAX; k++) {
		const char *where = changes_in(p->plan, (enum ns_kind)k);
		struct stat theirs, ours;

		if (p->child.ns_fd[k] < 0 || !where)
			continue;
		if (fstat(p->child.ns_fd[k], &theirs) < 0 ||
		    fstatat(p->store->proc_fd, ns_files[k], &ours, 0) < 0)
			return err_sys(e, ERR_NS, "look at the namespace %s", p->plan->ns.ns[k].path);
		if (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev)
			continue;
		err_set(e, -EINVAL, ERR_CONFLICT, "%s is the host's own namespace: it would change",
			p->plan->ns.ns[k].path);
		err_place(e, "%s", where);
		return -EINVAL;
	}
	return 0;
}

static int acquire_channels(struct parent *p, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, ERR_SYSTEM, "make the channel to the container's first process");
	p->sync.fd = pair[0];
	p->child.sync.fd = pair[1];
	if (p->args->start)
		return 0;
	TRY(store_start_lock(&p->c, &p->child.lock_fd, e));
	return store_listen(&p->c, "start.sock", SOCK_SEQPACKET, &p->child.listen_fd, e);
}

static int acquire_seccomp(struct parent *p, struct err *e)
{
	_close_fd int cache_fd = -1;

	if (!p->plan->seccomp)
		return 0;
	cache_fd = store_cache(p->store);
	TRY(seccomp_compile(p->arena, p->plan->seccomp, cache_fd, &p->filter, e));
	p->child.filter = &p->filter;
	if (!p->plan->seccomp->notify)
		return 0;
	p->agent.path = p->plan->seccomp->listener_path;
	p->agent.metadata = p->plan->seccomp->listener_metadata;
	return p->args->start ? agent_connect(&p->agent, e) : 0;
}

int parent_notify(struct parent *p, struct err *e)
{
	p->child.notify_op = (struct fs_op){
		.kind = FS_BIND,
		.dst = SDNOTIFY_TARGET,
		.where = "NOTIFY_SOCKET",
		.mount.source = arena_fmt(p->arena, "%s/%s/" SDNOTIFY_DIR, p->store->path, p->c.id),
	};
	return sdnotify_prepare(&p->c, e);
}

int child_idmaps(struct child *c, struct arena *a, int proc_fd, struct err *e)
{
	const struct plan *plan = c->plan;

	c->idmap_fd = arena_newv(a, int, plan->n_fs);
	for (size_t i = 0; i < plan->n_fs; i++)
		c->idmap_fd[i] = -1;
	for (size_t i = 0; i < plan->n_fs; i++) {
		const struct fs_op *op = &plan->fs[i];
		bool own = op->kind <= FS_BIND && op->mount.uid_map.n;
		int r;

		if (op->kind > FS_BIND || !(op->mount.opts.idmap || own))
			continue;
		r = idmap_userns(proc_fd, own ? &op->mount.uid_map : &plan->idmap.uid,
				 own ? &op->mount.gid_map : &plan->idmap.gid, &c->idmap_fd[i], e);
		if (r < 0) {
			err_place(e, "%s", op->where);
			return r;
		}
	}
	return 0;
}

int child_sources(struct child *c, struct err *e)
{
	TRY(rootfs_acquire(c->plan, c->src_fd, e));
	TRY(rootfs_part_sources(c->plan, c->src_fd, false, e));
	for (size_t i = 0; i < c->plan->n_fs; i++) {
		const struct fs_op *op = &c->plan->fs[i];

		if (op->kind == FS_BIND && c->src_fd[i] >= 0)
			TRY(rootfs_idmap(op, c->src_fd[i], &c->idmap_fd[i], e));
	}
	return 0;
}

/* What the host's rights are needed for, when the child will have those of a user namespace only. */
static int acquire_sources(struct parent *p, struct err *e)
{
	p->child.src_fd = arena_newv(p->arena, int, p->plan->n_fs);
	for (size_t i = 0; i < p->plan->n_fs; i++)
		p->child.src_fd[i] = -1;
	p->child.src_by_parent = p->plan->ns.ns[NS_USER].mode != NS_INHERIT && p->facts->privileged;
	if (p->args->notify_socket)
		TRY(parent_notify(p, e));
	TRY(child_idmaps(&p->child, p->arena, p->store->proc_fd, e));
	if (!p->child.src_by_parent)
		return 0;
	if (p->child.notify_op.dst) {
		TRY(rootfs_source(&p->child.notify_op, &p->child.notify_fd, e));
		TRY(rootfs_part(p->plan, p->child.notify_fd, e));
	}
	TRY(rootfs_open(&p->child, e));
	TRY(rootfs_part(p->plan, p->child.root_fd, e));
	return child_sources(&p->child, e);
}

static int acquire_self(struct parent *p, struct err *e)
{
	char path[4096];
	ssize_t n;

	if (!p->child.exe_needed)
		return 0;
	if (p->facts->privileged)
		return selfexe_open(p->store->proc_fd, NULL, &p->child.exe_fd,
				    &p->child.exe_tree_fd, e);
	n = readlinkat(p->store->proc_fd, "self/exe", path, sizeof(path) - 1);
	if (n < 0)
		return err_sys(e, ERR_SYSTEM, "find the own binary");
	p->child.exe_path = arena_dup(p->arena, path, (size_t)n);
	return 0;
}

/* One look at SigIgn instead of asking for each signal. */
static int acquire_signals(struct parent *p, struct err *e)
{
	int r = pid_ignored(p->store->proc_fd, getpid(), &p->child.ignored);

	return r < 0 ? err_code(e, r, ERR_SYSTEM, "read which signals are ignored") : 0;
}

/* The documents for the kinds of hooks that there are: most containers have none. */
int parent_hook_states(struct parent *p, struct err *e)
{
	static const char *const status[HOOK__MAX] = {
		[HOOK_PRESTART] = "creating",	      [HOOK_CREATE_RUNTIME] = "creating",
		[HOOK_CREATE_CONTAINER] = "creating", [HOOK_START_CONTAINER] = "created",
		[HOOK_POSTSTART] = "running",	      [HOOK_POSTSTOP] = "stopped",
	};
	struct oci_state st = {
		.id = p->plan->id,
		.bundle = p->plan->bundle,
		.annotations = p->plan->annotations,
	};

	struct hook_state *made = p->child.hook_state, *first = NULL;

	for (int kind = 0; kind < HOOK__MAX; kind++) {
		st.status = status[kind];
		if (!p->plan->hooks[kind].n)
			continue;
		made[kind] = hookstate_make(p->arena, &st);
		if (first) {
			made[kind].out_fd = first->out_fd;
			made[kind].err_fd = first->err_fd;
			continue;
		}
		first = &made[kind]; /* the files are the same for all */
		TRY(hookstate_output(&p->plan->annotations, first, e));
	}
	return 0;
}

static int acquire_proc(struct parent *p, struct err *e)
{
	p->child.host_proc_fd = fcntl(p->store->proc_fd, F_DUPFD_CLOEXEC, 0);
	return p->child.host_proc_fd < 0 ? err_sys(e, ERR_SYSTEM, "keep the host's procfs") : 0;
}

int parent_acquire_exec(struct parent *p, struct err *e)
{
	TRY(acquire_signals(p, e));
	TRY(acquire_channels(p, e));
	TRY(acquire_seccomp(p, e));
	TRY(acquire_self(p, e));
	return acquire_proc(p, e);
}

int parent_acquire(struct parent *p, struct err *e)
{
	TRY(acquire_signals(p, e));
	TRY(parent_namespaces(p, e));
	TRY(check_foreign(p, e));
	TRY(acquire_channels(p, e));
	TRY(acquire_seccomp(p, e));
	TRY(acquire_sources(p, e));
	if (p->plan->root.no_pivot)
		TRY(host_revealing(p->arena, p->store->proc_fd, &p->child.revealing, e));
	TRY(acquire_self(p, e));
	TRY(parent_hook_states(p, e));
	if (p->plan->rdt)
		TRY(rdt_prepare(p->arena, p->store->proc_fd, &p->c, p->plan->rdt, e));
	return acquire_proc(p, e);
}
