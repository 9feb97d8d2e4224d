// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * create.c - the creating process: claim, intend, acquire, clone, grant, commit
 *
 * Order is what makes it safe to be killed anywhere: the id is claimed by mkdir, the intent names what
 * will exist, and only then the first cgroup and the first process are made. The process dies with us
 * until the record is committed by a rename. Whatever fails, container_destroy() removes what the
 * intent and the record name: the same code as delete --force.
 */
#include "apply/create.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>

#include "apply/fs.h"
#include "apply/hookstate.h"
#include "apply/parent.h"
#include "apply/refs.h"
#include "apply/selfexe.h"
#include "apply/tty.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "base/sys.h"
#include "state/pidfile.h"

#define TRY(call)                                                                                  \
	do {                                                                                       \
		int try_ = (call);                                                                 \
		if (try_ < 0)                                                                      \
			return try_;                                                               \
	} while (0)

/* ---- intend ---- */

static int intend(struct parent *p, struct err *e)
{
	struct intent i = { .valid = true, .owner_pid = getpid() };
	int r;

	TRY(cg_probe(p->arena, &p->plan->cgroup, p->facts, &p->cg.refs, e));
	r = pid_start_time(p->store->proc_fd, getpid(), &i.owner_start);
	if (r < 0)
		return err_code(e, r, ERR_SYSTEM, "read the own start time");
	memcpy(i.boot_id, p->store->boot_id, sizeof(i.boot_id));
	intent_of_refs(&i, &p->cg.refs, p->facts);
	return store_intend(p->store, &p->c, &i, e);
}

/* ---- acquire ---- */

static int acquire_namespaces(struct parent *p, struct err *e)
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
	return 0;
}

/* What the host's rights are needed for, when the child will have those of a user namespace only. */
static int acquire_sources(struct parent *p, struct err *e)
{
	const struct root_plan *root = &p->plan->root;

	p->child.src_fd = arena_newv(p->arena, int, p->plan->n_fs);
	for (size_t i = 0; i < p->plan->n_fs; i++)
		p->child.src_fd[i] = -1;
	p->child.src_by_parent = p->plan->ns.ns[NS_USER].mode != NS_INHERIT && p->facts->privileged;
	if (!p->child.src_by_parent)
		return 0;
	p->child.root_fd = sys_open_tree(AT_FDCWD, root->path,
					 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (p->child.root_fd < 0)
		return err_sys(e, ERR_ROOTFS, "open the root file system %s", root->path);
	return rootfs_acquire(p->plan, p->child.src_fd, e);
}

static int acquire_self(struct parent *p, struct err *e)
{
	char path[4096];
	ssize_t n;

	TRY(selfexe_start(p->store->proc_fd, &p->child.exe_needed, e));
	if (!p->child.exe_needed)
		return 0;
	if (p->facts->privileged)
		return selfexe_open(p->store->proc_fd, NULL, &p->child.exe_fd, e);
	n = readlinkat(p->store->proc_fd, "self/exe", path, sizeof(path) - 1);
	if (n < 0)
		return err_sys(e, ERR_SYSTEM, "find the own binary");
	p->child.exe_path = arena_dup(p->arena, path, (size_t)n);
	return 0;
}

static int acquire(struct parent *p, struct err *e)
{
	struct oci_state st = {
		.id = p->plan->id,
		.status = "creating",
		.bundle = p->plan->bundle,
		.annotations = p->plan->annotations,
	};

	TRY(acquire_namespaces(p, e));
	TRY(acquire_channels(p, e));
	TRY(acquire_seccomp(p, e));
	TRY(acquire_sources(p, e));
	TRY(acquire_self(p, e));
	p->child.hook_creating = hookstate_make(p->arena, &st);
	st.status = "created";
	p->child.hook_created = hookstate_make(p->arena, &st);
	st.status = "running";
	p->child.hook_running = hookstate_make(p->arena, &st);
	st.status = "stopped";
	p->child.hook_stopped = hookstate_make(p->arena, &st);
	p->child.host_proc_fd = dup(p->store->proc_fd);
	if (p->child.host_proc_fd < 0 || fcntl(p->child.host_proc_fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_sys(e, ERR_SYSTEM, "keep the host's procfs");
	return 0;
}

/* ---- clone ---- */

static int clone_child(struct parent *p, struct err *e)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD | p->plan->ns.clone_flags,
		.pidfd = (uintptr_t)&p->pid_fd,
		.exit_signal = SIGCHLD,
	};

	/* On v2 alone the process is born in its cgroup; beside v1 it has to be moved anyway. */
	if (p->facts->cg.layout == CG_LAYOUT_V2 && p->cg.refs.n) {
		TRY(cg_make(&p->plan->cgroup, p->facts, &p->cg.refs, &p->cg, e));
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)p->cg.v2_fd;
	}
	p->pid = sys_clone3(&args);
	if (p->pid < 0) {
		p->pid = 0;
		return err_sys(e, ERR_NS, "make the container's first process%s",
			       errno == EPERM ? " (no right to make these namespaces)"
			       : errno == EAGAIN
				       ? " (a limit on processes, such as pids.max, is reached)"
				       : "");
	}
	if (p->pid == 0) {
		close(p->sync.fd);
		close(p->c.dir_fd);
		init_main(&p->child);
	}
	p->sync.peer_fd = p->pid_fd;
	fd_close(&p->child.sync.fd);
	fd_close(&p->child.lock_fd);
	fd_close(&p->child.listen_fd);
	fd_close(&p->child.host_proc_fd);
	return 0;
}

/* ---- talking to the child ---- */

/* The channel broke: say how the process ended. */
static int died(struct parent *p, struct err *e)
{
	siginfo_t si = { 0 };
	uint64_t oom = cg_oom_kills(&p->cg);

	if (pid_wait(p->pid_fd, 1000) == 1 &&
	    waitid(P_PIDFD, (id_t)p->pid_fd, &si, WEXITED | WNOHANG) == 0 && si.si_pid) {
		if (si.si_code == CLD_EXITED)
			return err_set(e, -EPIPE, ERR_INIT_DIED,
				       "the first process ended with code %d while the "
				       "container was made",
				       si.si_status);
		return err_set(e, -EPIPE, ERR_INIT_DIED,
			       "the first process was killed by signal %d%s", si.si_status,
			       oom ? ": the memory limit of its cgroup (memory.events: oom_kill)"
				   : "");
	}
	return err_set(e, -EPIPE, ERR_INIT_DIED, "the container's first process has gone");
}

/* Receive one message, relaying warnings. */
static int hear(struct parent *p, struct sync_packet *ret, int *fds, size_t *n, struct err *e)
{
	for (;;) {
		size_t room = n ? *n : 0;
		int r = sync_recv(&p->sync, ret, fds, n ? &room : NULL, e);

		if (r == -EPIPE && !(e && e->code))
			return died(p, e);
		if (r != 0)
			return r;
		if (ret->type != MSG_WARN) {
			if (n)
				*n = room;
			return 0;
		}
		if (p->args->warn)
			p->args->warn(ret->err.text);
	}
}

/* The process that made the namespaces told us who goes on inside them. */
static int take_over(struct parent *p, pid_t pid, int pid_fd, struct err *e)
{
	if (waitid(P_PIDFD, (id_t)p->pid_fd, &(siginfo_t){ 0 }, WEXITED) < 0)
		return err_sys(e, ERR_SYSTEM, "wait for the process that made the namespaces");
	fd_close(&p->pid_fd);
	p->pid = pid;
	p->pid_fd = pid_fd;
	p->sync.peer_fd = pid_fd;
	return 0;
}

static int hear_entered(struct parent *p, struct err *e)
{
	struct sync_packet m;
	int fd = -1;
	size_t n;

	for (;;) {
		n = 1;
		TRY(hear(p, &m, &fd, &n, e));
		if (m.type == MSG_ENTERED)
			return n ? take_over(p, (pid_t)m.value, fd, e) : 0;
		TRY(idmap_write(p->store->proc_fd, p->pid, &p->plan->idmap, e));
		TRY(sync_send(&p->sync, MSG_MAPPED, 0, NULL, 0, e));
	}
}

/* ---- grant ---- */

/* Where a limit is above what the process has, only we may raise it; lowering is done by itself. */
static int grant_limits(struct parent *p, struct err *e)
{
	const struct process_plan *pp = &p->plan->process;

	for (size_t i = 0; i < pp->n_rlimits; i++) {
		const struct rlimit_plan *l = &pp->rlimits[i];
		__rlimit_resource_t res = (__rlimit_resource_t)l->resource;
		struct rlimit now;

		if (getrlimit(res, &now) < 0)
			return err_sys(e, ERR_RLIMIT, "read %s", l->name);
		if (l->hard <= now.rlim_max)
			continue;
		now.rlim_max = l->hard;
		if (prlimit(p->pid, res, &now, NULL) < 0) {
			int r = err_sys(e, ERR_RLIMIT, "raise %s to %llu", l->name,
					(unsigned long long)l->hard);

			err_place(e, "%s", l->where);
			return r;
		}
	}
	return 0;
}

static int grant_oom_score(struct parent *p, struct err *e)
{
	char path[48], text[16];
	int r;

	if (!p->plan->process.has_oom_score_adj)
		return 0;
	snprintf(path, sizeof(path), "%d/oom_score_adj", p->pid);
	snprintf(text, sizeof(text), "%d", p->plan->process.oom_score_adj);
	r = procfs_write(p->store->proc_fd, path, text, strlen(text));
	if (r < 0) {
		err_code(e, r, ERR_OOM_ADJ, "set oom_score_adj to %s", text);
		err_place(e, "process.oomScoreAdj");
	}
	return r;
}

static bool wants_cgroup_mount(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_fs; i++)
		if (plan->fs[i].kind == FS_CGROUP)
			return true;
	return false;
}

/* Detached trees of the container's own directories, for its mount of type cgroup. */
static int grant_trees(struct parent *p, int *fds, size_t *ret_n, int64_t *ret_mask, struct err *e)
{
	const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	bool v2_mount =
		p->facts->cg.layout == CG_LAYOUT_V2 && p->plan->ns.ns[NS_CGROUP].mode == NS_NEW;

	if (!wants_cgroup_mount(p->plan) || v2_mount || !p->facts->privileged)
		return 0;
	for (size_t h = 0; h < p->facts->cg.n_hier; h++) {
		for (size_t k = 0; k < p->cg.refs.n; k++) {
			if (!str_eq(p->cg.refs.v[k].mount, p->facts->cg.hier[h].mount) ||
			    p->cg.dir_fd[k] < 0)
				continue;
			fds[*ret_n] = sys_open_tree(p->cg.dir_fd[k], "", flags);
			if (fds[*ret_n] < 0)
				return err_sys(e, ERR_MOUNT, "clone the container's cgroup %s%s",
					       p->cg.refs.v[k].mount, p->cg.refs.v[k].path);
			(*ret_n)++;
			*ret_mask |= (int64_t)1 << h;
		}
	}
	return 0;
}

static int grant(struct parent *p, struct err *e)
{
	bool made = p->facts->cg.layout == CG_LAYOUT_V2, other = p->plan->ns.n_steps > 0;
	int fds[CG_HIER_MAX];
	int64_t mask = 0;
	size_t n = 0;
	int r;

	/* While the child works on its namespaces, make the cgroups; its pid may still change. */
	if (!made && p->cg.refs.n)
		TRY(cg_make(&p->plan->cgroup, p->facts, &p->cg.refs, &p->cg, e));
	TRY(cg_limit(&p->cg, &p->plan->cgroup, e));
	if (other)
		TRY(hear_entered(p, e));
	TRY(cg_enter(&p->cg, p->pid, made, e));
	TRY(grant_limits(p, e));
	TRY(grant_oom_score(p, e));
	if (!other)
		TRY(hear_entered(p, e));
	r = grant_trees(p, fds, &n, &mask, e);
	if (r == 0)
		r = sync_send(&p->sync, MSG_GRANTED, mask, fds, n, e);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	return r;
}

static int hear_built(struct parent *p, struct err *e)
{
	const struct hooks_plan *hooks = p->plan->hooks;
	struct sync_packet m;

	for (;;) {
		size_t n = 1;

		TRY(hear(p, &m, &p->master_fd, &n, e));
		if (m.type == MSG_BUILT)
			return 0;
		p->hooks_ran = true;
		TRY(hooks_run(&hooks[HOOK_PRESTART], &p->child.hook_creating, p->pid, NULL, e));
		TRY(hooks_run(&hooks[HOOK_CREATE_RUNTIME], &p->child.hook_creating, p->pid, NULL,
			      e));
		TRY(sync_send(&p->sync, MSG_HOOKED, 0, NULL, 0, e));
	}
}

/* ---- commit ---- */

static const char *time_text(struct arena *a)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	return arena_fmt(a, "%s.%09ldZ", text, now.tv_nsec);
}

static void record_cgroups(struct parent *p, struct record *rec)
{
	rec->cgroups.v = arena_newv(p->arena, struct record_cgroup, p->cg.refs.n);
	rec->cgroups.n = p->cg.refs.n;
	for (size_t i = 0; i < p->cg.refs.n; i++) {
		const struct cg_ref *ref = &p->cg.refs.v[i];

		rec->cgroups.v[i] = (struct record_cgroup){
			.v2 = ref->v2,
			.mount = ref->mount,
			.path = ref->path,
			.ino = ref->ino,
			.made_from = ref->made_from,
			.default_parent = ref->default_parent,
		};
	}
}

static int record_make(struct parent *p, struct record *rec, struct err *e)
{
	const struct hooks_plan *hooks = p->plan->hooks;
	int r;

	*rec = (struct record){
		.version = RECORD_VERSION,
		.id = p->plan->id,
		.bundle = p->plan->bundle,
		.rootfs = p->plan->root.path,
		.created = time_text(p->arena),
		.uid = geteuid(),
		.pid = p->pid,
		.boot_id = p->store->boot_id,
		.annotations = p->plan->annotations,
		.private_pid = p->plan->ns.ns[NS_PID].mode == NS_NEW,
		.terminal = p->plan->process.terminal,
		.no_new_keyring = !p->plan->process.new_keyring,
		.notify_socket = p->args->notify_socket,
	};
	record_cgroups(p, rec);
	hookstate_record(p->arena, &hooks[HOOK_POSTSTART], &rec->poststart.v, &rec->poststart.n);
	hookstate_record(p->arena, &hooks[HOOK_POSTSTOP], &rec->poststop.v, &rec->poststop.n);
	r = pid_start_time(p->store->proc_fd, p->pid, &rec->start_time);
	return r < 0 ? err_code(e, r, ERR_SYSTEM,
				"read the start time of the container's first process")
		     : 0;
}

static int hand_over(struct parent *p, struct created *ret, struct err *e)
{
	if (p->args->pidfd_socket)
		TRY(pidfd_send(p->args->pidfd_socket, p->pid_fd, e));
	if (p->master_fd >= 0 && p->args->console_socket)
		TRY(tty_send(p->args->console_socket, p->master_fd, e));
	if (p->args->pid_file)
		TRY(pidfile_write(p->args->pid_file, p->pid, e));
	if (p->args->foreground)
		ret->master_fd = take_fd(&p->master_fd);
	return 0;
}

static int commit(struct parent *p, struct created *ret, struct err *e)
{
	struct record *rec = arena_new(p->arena, struct record);
	struct sync_packet m;
	int r;

	TRY(record_make(p, rec, e));
	TRY(store_put(&p->c, "config.json", p->args->config, p->args->config_len, e));
	TRY(hear_built(p, e));
	TRY(hand_over(p, ret, e));
	TRY(store_commit(p->store, p->arena, &p->c, rec, e));
	p->c.rec = rec;
	if (!p->args->start)
		return sync_send(&p->sync, MSG_COMMIT, 0, NULL, 0, e);
	TRY(sync_send(&p->sync, MSG_GO, 0, NULL, 0, e));
	p->sync.limit_ms = -1; /* startContainer hooks have limits of their own */
	do
		r = hear(p, &m, NULL, NULL, e);
	while (r == 0);
	if (r < 0)
		return r;
	return hooks_run(&p->plan->hooks[HOOK_POSTSTART], &p->child.hook_running, p->pid, NULL, e);
}

/* ---- undo ---- */

static void undo(struct parent *p)
{
	struct err also = { 0 };

	if (p->pid > 0 && p->pid_fd >= 0) {
		pid_kill(p->pid_fd, SIGKILL);
		waitid(P_PIDFD, (id_t)p->pid_fd, &(siginfo_t){ 0 }, WEXITED);
	}
	if (container_destroy(p->store, p->arena, &p->c, p->args->warn, &also) == 0 &&
	    p->hooks_ran && !p->c.rec)
		hooks_run(&p->plan->hooks[HOOK_POSTSTOP], &p->child.hook_stopped, 0, NULL, &also);
	if (also.code && p->args->warn)
		p->args->warn(also.text);
}

static void parent_close(struct parent *p)
{
	cg_close(&p->cg);
	fd_close(&p->sync.fd);
	fd_close(&p->master_fd);
	fd_close(&p->child.exe_fd);
	fd_close(&p->child.root_fd);
	for (size_t i = 0; p->child.src_fd && i < p->plan->n_fs; i++)
		fd_close(&p->child.src_fd[i]);
	for (int k = 0; k < NS__MAX; k++)
		fd_close(&p->child.ns_fd[k]);
}

static void parent_init(struct parent *p, struct store *s, struct arena *a,
			const struct create_args *args)
{
	*p = (struct parent){
		.store = s, .arena = a, .args = args, .plan = args->plan, .facts = args->facts,
		.c = CONTAINER_INIT, .cg.v2_fd = -1, .pid_fd = -1, .master_fd = -1,
		.sync = SYNC_INIT(SIDE_PARENT),
		.child = {
			.plan = args->plan, .facts = args->facts, .sync = SYNC_INIT(SIDE_CHILD),
			.host_proc_fd = -1, .root_fd = -1, .proc_fd = -1, .devpts_fd = -1, .mask_fd = -1,
			.exe_fd = -1, .listen_fd = -1, .lock_fd = -1, .master_fd = -1,
		},
	};
	for (int i = 0; i < CG_HIER_MAX; i++)
		p->cg.dir_fd[i] = p->child.cg_fd[i] = -1;
	for (int k = 0; k < NS__MAX; k++)
		p->child.ns_fd[k] = -1;
}

static int create_steps(struct parent *p, struct created *ret, struct err *e)
{
	TRY(intend(p, e));
	TRY(acquire(p, e));
	TRY(clone_child(p, e));
	TRY(grant(p, e));
	return commit(p, ret, e);
}

int container_create(struct store *s, struct arena *a, const struct create_args *args,
		     struct created *ret, struct err *e)
{
	struct parent *p = arena_new(a, struct parent);
	struct created made = CREATED_INIT;
	int r;

	parent_init(p, s, a, args);
	r = store_claim(s, args->plan->id, &p->c, e);
	if (r < 0)
		return r;
	r = create_steps(p, &made, e);
	if (r < 0) {
		undo(p);
		fd_close(&made.master_fd);
		fd_close(&p->pid_fd);
	} else {
		made.pid = p->pid;
		made.pid_fd = take_fd(&p->pid_fd);
		*ret = made;
	}
	parent_close(p);
	container_close(&p->c);
	return r;
}
