// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * added.c - mounts that come and go while a container exists
 *
 * A child of ours enters the container's namespaces and does there what the container's first process
 * does at its beginning, with the same functions: sources are opened on the host's side as detached
 * trees, targets are resolved in the container's root, mounts are moved onto them and verified. It
 * executes nothing, and no one in there can trace it.
 *
 *	parent                                child
 *	                                      enter, make all mounts, still detached
 *	         <── READY (their mount ids) ──
 *	record them
 *	         ── GO ──────────────────────>
 *	                                      attach one after the other; if one fails, take back all
 *	         <── READY, or why not ────────
 *	record again if it failed
 *
 * A mount is known by its id (mountinfo), which it has while it is detached already. So the record is
 * there before the first mount is, and an entry whose mount is not there means nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "apply/fs.h"
#include "apply/mount.h"
#include "apply/parent.h"
#include "apply/try.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "host/proc.h"
#include "libocispec/decode.h"
#include "libocispec/encode.h"

#define ANSWER_S 60                  /* longer than any mount may take */
#define MOUNTINFO_MAX ((size_t)64 << 20)
#define FILE_NAME "mounts.json"

/* One message, in either direction. */
struct message {
	struct err err;              /* .code: why it failed */
	uint64_t id[ADDED_MAX];      /* 0 = there is none (nofail) */
};

/* One call. */
struct call {
	struct store *store;
	struct arena *arena;
	struct container *c;
	const struct facts *facts;
	struct child child;
	int sock_fd;                 /* of the parent; the child's is child.sync.fd */
	pid_t pid;
	/* remove */
	struct record_mount *going;
	size_t n_going;
	int (*work)(struct call *call, struct err *e);
};

/* ---- the child: enter ---- */

static int keep_hidden(struct err *e)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, ERR_SYSTEM, "become untraceable");
	return 0;
}

static int join(struct child *c, enum ns_kind kind, struct err *e)
{
	if (c->ns_fd[kind] >= 0 && setns(c->ns_fd[kind], 0) < 0)
		return err_sys(e, ERR_NS, "join a namespace of the container");
	return 0;
}

static int join_user(struct child *c, struct err *e)
{
	if (c->ns_fd[NS_USER] < 0)
		return 0;
	TRY(join(c, NS_USER, e));
	TRY(creds_become_root(e));
	/* both are forgotten when credentials change (prctl(2)) */
	return keep_hidden(e);
}

/* A mount namespace of our own: there we may clone what we see, whoever owns the caller's. */
static int own_sources(struct child *c, struct err *e)
{
	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(e, ERR_NS, "make a mount namespace");
	TRY(rootfs_part_all(c->plan, e));
	TRY(rootfs_acquire(c->plan, c->src_fd, e));
	return rootfs_make(c, true, e);
}

static int enter(struct child *c, struct err *e)
{
	umask(0);
	TRY(keep_hidden(e));
	TRY(join_user(c, e));
	if (c->plan && !c->src_by_parent)
		TRY(own_sources(c, e));
	TRY(join(c, NS_NET, e));
	TRY(join(c, NS_IPC, e));
	TRY(join(c, NS_MOUNT, e));
	/* the topmost mount of the namespace's root (setns(2)): the container's root */
	c->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return c->root_fd < 0 ? err_sys(e, ERR_MOUNT, "open the container's root") : 0;
}

static int say(struct child *c, const struct message *m, struct err *e)
{
	int r = fd_send(c->sync.fd, m, sizeof(*m), NULL, 0);

	return r < 0 ? err_code(e, r, ERR_PROTOCOL, "answer the runtime") : 0;
}

/* A mount by an fd of it, whatever its path is by now: through our own entry in the host's procfs. */
static int unmount(struct call *call, int mnt_fd)
{
	char path[32];

	snprintf(path, sizeof(path), "self/fd/%d", mnt_fd);
	if (fchdir(call->store->proc_fd) < 0 || umount2(path, MNT_DETACH) < 0)
		return -errno;
	return 0;
}

/* ---- the child: add ---- */

static int mount_ids(struct child *c, struct message *m, struct err *e)
{
	for (size_t i = 0; i < c->plan->n_fs; i++) {
		int r = c->src_fd[i] < 0 ? 0 : fs_mount_id(c->src_fd[i], &m->id[i]);

		if (r < 0)
			return err_code(e, r, ERR_MOUNT, "find the id of a mount");
	}
	return 0;
}

static int work_add(struct call *call, struct err *e)
{
	struct child *c = &call->child;
	struct message m = { 0 };
	int keep[ADDED_MAX];
	size_t n = 0;
	int r;

	TRY(rootfs_make(c, false, e));
	TRY(mount_ids(c, &m, e));
	TRY(say(c, &m, e));
	if (fd_recv(c->sync.fd, &m, sizeof(m), NULL, &n) != (ssize_t)sizeof(m))
		return err_set(e, -EPIPE, ERR_PROTOCOL, "the runtime has gone away");
	for (size_t i = 0; i < c->plan->n_fs; i++)
		keep[i] = c->src_fd[i] < 0 ? -1 : fcntl(c->src_fd[i], F_DUPFD_CLOEXEC, 3);
	r = rootfs_apply(c, c->plan->fs, c->plan->n_fs, e);
	/* the last one first; one that was not attached is refused, and is gone with its fds */
	for (size_t i = r < 0 ? c->plan->n_fs : 0; i-- > 0;)
		if (keep[i] >= 0)
			(void)unmount(call, keep[i]);
	return r;
}

/* ---- the child: remove ---- */

static int open_added(struct child *c, const struct record_mount *m, int *ret_fd, struct err *e)
{
	uint64_t id;
	int r;

	*ret_fd = fs_open(c->root_fd, m->destination, O_PATH);
	if (*ret_fd < 0)
		return err_code(e, *ret_fd, ERR_MOUNT_TARGET, "open %s", m->destination);
	r = fs_mount_id(*ret_fd, &id);
	if (r < 0)
		return err_code(e, r, ERR_MOUNT_TARGET, "find the mount at %s", m->destination);
	if (id != m->id)
		return err_set(e, -EBUSY, ERR_MOUNT_TARGET,
			       "%s does not lead to the mount that was added there", m->destination);
	return 0;
}

static int work_remove(struct call *call, struct err *e)
{
	struct message m = { 0 };
	int fd[ADDED_MAX];
	int r;

	for (size_t i = 0; i < call->n_going; i++)
		TRY(open_added(&call->child, &call->going[i], &fd[i], e));
	TRY(say(&call->child, &m, e));
	for (size_t i = call->n_going; i-- > 0;) {
		r = unmount(call, fd[i]);
		if (r < 0)
			return err_code(e, r, ERR_MOUNT, "unmount %s", call->going[i].destination);
	}
	return 0;
}

_Noreturn static void child_main(struct call *call)
{
	struct message m = { 0 };
	struct err e = { 0 };
	int r;

	close(call->sock_fd);
	r = enter(&call->child, &e);
	if (r == 0)
		r = call->work(call, &e);
	if (r < 0)
		m.err = e;
	(void)say(&call->child, &m, NULL);
	_exit(r < 0);
}

/* ---- the parent ---- */

static int check_alive(const struct container *c, struct err *e)
{
	if (c->rec && c->pid_fd >= 0 && pid_wait(c->pid_fd, 0) == 0)
		return 0;
	return err_set(e, -ESRCH, ERR_STATUS, "container not running");
}

/* Its namespace as an fd; -1 when it is our own. */
static int find_namespace(struct call *call, const char *name, int *ret_fd, struct err *e)
{
	char path[48];
	_close_fd int theirs = -1, ours = -1;
	struct stat a, b;

	snprintf(path, sizeof(path), "%d/ns/%s", call->c->rec->pid, name);
	theirs = fs_namespace(call->store->proc_fd, path);
	snprintf(path, sizeof(path), "self/ns/%s", name);
	ours = fs_namespace(call->store->proc_fd, path);
	if (theirs < 0 || ours < 0 || fstat(theirs, &a) < 0 || fstat(ours, &b) < 0)
		return err_code(e, theirs < 0 ? theirs : -errno, ERR_NS,
				"open the %s namespace of the container", name);
	if (a.st_ino != b.st_ino || a.st_dev != b.st_dev)
		*ret_fd = take_fd(&theirs);
	return 0;
}

static bool makes(const struct plan *plan, const char *type)
{
	for (size_t i = 0; plan && i < plan->n_fs; i++)
		if (plan->fs[i].kind == FS_MOUNT && str_eq(plan->fs[i].mount.type, type))
			return true;
	return false;
}

static int find_namespaces(struct call *call, struct err *e)
{
	struct child *c = &call->child;

	for (int k = 0; k < NS__MAX; k++)
		c->ns_fd[k] = -1;
	TRY(find_namespace(call, "user", &c->ns_fd[NS_USER], e));
	TRY(find_namespace(call, "mnt", &c->ns_fd[NS_MOUNT], e));
	/* the file systems that show one of these show that of who makes them */
	if (makes(c->plan, "sysfs"))
		TRY(find_namespace(call, "net", &c->ns_fd[NS_NET], e));
	if (makes(c->plan, "mqueue"))
		TRY(find_namespace(call, "ipc", &c->ns_fd[NS_IPC], e));
	/* a pid that has gone to another process meanwhile: then the first one has ended */
	return check_alive(call->c, e);
}

static int call_prepare(struct call *call, const struct plan *plan, struct err *e)
{
	struct child *c = &call->child;
	size_t n = plan ? plan->n_fs : 0;

	*c = (struct child){
		.plan = plan, .facts = call->facts, .host_proc_fd = -1, .root_fd = -1,
		.proc_fd = -1, .devpts_fd = -1, .mask_fd = -1, .exe_fd = -1, .exe_tree_fd = -1,
		.notify_fd = -1, .listen_fd = -1, .lock_fd = -1, .master_fd = -1,
		.src_fd = arena_newv(call->arena, int, n + 1),
	};
	for (size_t i = 0; i < n; i++)
		c->src_fd[i] = -1;
	TRY(find_namespaces(call, e));
	if (c->ns_fd[NS_MOUNT] < 0)
		return err_set(e, -EINVAL, ERR_NS, "the container has no mount namespace of its own");
	if (!plan)
		return 0;
	TRY(child_idmaps(c, call->arena, call->store->proc_fd, e));
	c->src_by_parent = c->ns_fd[NS_USER] >= 0 && call->facts->privileged;
	if (!c->src_by_parent)
		return 0;
	TRY(child_sources(c, e));
	return rootfs_make(c, true, e);
}

static int call_begin(struct call *call, struct err *e)
{
	const struct timeval limit = { .tv_sec = ANSWER_S };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, ERR_SYSTEM, "make a channel");
	call->sock_fd = pair[0];
	call->child.sync.fd = pair[1];
	setsockopt(call->sock_fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	call->pid = fork();
	if (call->pid < 0)
		return err_sys(e, ERR_SYSTEM, "make a process");
	if (call->pid == 0)
		child_main(call);
	fd_close(&call->child.sync.fd);
	return 0;
}

static int hear(struct call *call, struct message *ret, struct err *e)
{
	size_t n = 0;
	ssize_t len = fd_recv(call->sock_fd, ret, sizeof(*ret), NULL, &n);

	if (len == -EAGAIN)
		return err_set(e, -ETIMEDOUT, ERR_DEADLINE, "the mounts took longer than %d s", ANSWER_S);
	if (len != (ssize_t)sizeof(*ret))
		return err_set(e, -EPIPE, ERR_PROTOCOL,
			       "the process that mounts in the container has died");
	if (ret->err.code < 0) {
		if (e)
			*e = ret->err;
		return ret->err.code;
	}
	return 0;
}

static void call_end(struct call *call, int r)
{
	if (call->pid > 0) {
		if (r < 0)
			kill(call->pid, SIGKILL); /* ours, and not waited for yet */
		waitpid(call->pid, NULL, 0);
	}
	fd_close(&call->sock_fd);
	fd_close(&call->child.sync.fd);
	for (int k = 0; k < NS__MAX; k++)
		fd_close(&call->child.ns_fd[k]);
	for (size_t i = 0; call->child.plan && i < call->child.plan->n_fs; i++)
		fd_close(&call->child.src_fd[i]);
}

static struct call call_init(struct store *s, struct arena *a, struct container *c,
			     const struct facts *facts)
{
	return (struct call){ .store = s, .arena = a, .c = c, .facts = facts, .sock_fd = -1,
			      .child.sync.fd = -1 };
}

/* ---- the record ---- */

static int record_write(struct call *call, const struct record_mounts *all, struct err *e)
{
	size_t len;
	const char *text = encode(call->arena, &record_mounts_type, all, NULL, &len);

	return store_replace(call->c, FILE_NAME, text, len, e);
}

/* Does a line of mountinfo begin with this id? (proc(5)) */
static bool is_there(const char *mountinfo, uint64_t id)
{
	char number[24];
	size_t len = (size_t)snprintf(number, sizeof(number), "%llu ", (unsigned long long)id);

	for (const char *line = mountinfo; *line; line = strchrnul(line, '\n'), line += *line != '\0')
		if (!strncmp(line, number, len))
			return true;
	return false;
}

static int drop_gone(struct store *s, struct arena *a, const struct container *c,
		     struct record_mounts *all, struct err *e)
{
	char path[48], *text = NULL;
	_close_fd int fd = -1;
	size_t len, n = 0;
	int r;

	snprintf(path, sizeof(path), "%d/mountinfo", c->rec->pid);
	fd = proc_open(s->proc_fd, path);
	r = fd < 0 ? fd : fd_read_arena(fd, a, MOUNTINFO_MAX, &text, &len);
	if (r < 0)
		return err_code(e, r, ERR_PROC, "read the mounts of the container");
	for (size_t i = 0; i < all->n; i++)
		if (is_there(text, all->v[i].id))
			all->v[n++] = all->v[i];
	all->n = n;
	return 0;
}

int container_mounts(struct store *s, struct arena *a, struct container *c,
		     struct record_mounts *ret, struct err *e)
{
	struct record_mounts all = { 0 };
	struct err first = { 0 };
	struct problems p = { .v = &first, .max = 1 };
	char *text;
	size_t len;
	int r = store_get(c, a, FILE_NAME, &text, &len, NULL);

	*ret = all;
	if (r == -ENOENT || check_alive(c, NULL) < 0)
		return 0;
	if (r == 0)
		r = decode(a, &record_mounts_type, text, len, &all, &p);
	if (r < 0)
		return err_set(e, r, ERR_RECORD, "read the mounts that were added: %s",
			       p.n ? first.text : errno_text(r));
	r = all.n ? drop_gone(s, a, c, &all, e) : 0;
	if (r == 0)
		*ret = all;
	return r;
}

static const struct record_mount *find(const struct record_mounts *all, const char *destination)
{
	for (size_t i = all->n; i-- > 0;)
		if (str_eq(all->v[i].destination, destination))
			return &all->v[i];
	return NULL;
}

/* ---- add ---- */

static int check_new(const struct record_mounts *old, const struct plan *plan, struct err *e)
{
	if (plan->n_fs > ADDED_MAX)
		return err_set(e, -E2BIG, ERR_LIMIT, "more than %d mounts at once", ADDED_MAX);
	for (size_t i = 0; i < plan->n_fs; i++)
		if (find(old, plan->fs[i].dst)) {
			err_set(e, -EEXIST, ERR_EXISTS, "a mount was added at %s already",
				plan->fs[i].dst);
			err_place(e, "%s.destination", plan->fs[i].where);
			return -EEXIST;
		}
	return 0;
}

static struct record_mounts both(struct call *call, const struct record_mounts *old,
				 const struct message *m)
{
	const struct plan *plan = call->child.plan;
	struct record_mounts all = {
		.v = arena_newv(call->arena, struct record_mount, old->n + plan->n_fs + 1), .n = old->n
	};

	if (old->n)
		memcpy(all.v, old->v, old->n * sizeof(*old->v));
	for (size_t i = 0; i < plan->n_fs; i++)
		if (m->id[i])
			all.v[all.n++] = (struct record_mount){
				.destination = plan->fs[i].dst,
				.type = plan->fs[i].kind == FS_BIND ? "bind" : plan->fs[i].mount.type,
				.source = plan->fs[i].mount.source,
				.id = m->id[i],
			};
	return all;
}

static int add(struct call *call, const struct plan *plan, struct record_mounts *old, struct err *e)
{
	struct record_mounts all;
	struct message m;
	int r;

	TRY(container_mounts(call->store, call->arena, call->c, old, e));
	TRY(check_new(old, plan, e));
	TRY(call_prepare(call, plan, e));
	TRY(call_begin(call, e));
	TRY(hear(call, &m, e));
	all = both(call, old, &m);
	TRY(record_write(call, &all, e));
	r = fd_send(call->sock_fd, &m, sizeof(m), NULL, 0);
	return r < 0 ? err_code(e, r, ERR_PROTOCOL, "talk to the process that mounts")
		     : hear(call, &m, e);
}

/* What a child has left that could not take it back itself, because it was killed. */
static void take_back(struct call *call, const struct record_mounts *old)
{
	struct record_mounts now = { 0 };
	struct strv left = { 0 };

	if (container_mounts(call->store, call->arena, call->c, &now, NULL) < 0)
		return;
	left.v = arena_newv(call->arena, const char *, now.n + 1);
	for (size_t i = 0; i < now.n; i++)
		if (!find(old, now.v[i].destination))
			left.v[left.n++] = now.v[i].destination;
	/* should that fail too, they stay recorded */
	if (left.n)
		(void)container_mounts_remove(call->store, call->arena, call->c, call->facts, &left, NULL);
	else
		(void)record_write(call, old, NULL);
}

int container_mounts_add(struct store *s, struct arena *a, struct container *c,
			 const struct added_args *args, struct err *e)
{
	struct call *call = arena_new(a, struct call);
	struct record_mounts old = { 0 };
	int r = check_alive(c, e);

	if (r < 0)
		return r;
	*call = call_init(s, a, c, args->facts);
	call->work = work_add;
	r = add(call, args->plan, &old, e);
	call_end(call, r);
	if (r < 0 && call->pid > 0)
		take_back(call, &old);
	return r;
}

/* ---- remove ---- */

static int choose(struct call *call, const struct record_mounts *all,
		  const struct strv *destinations, struct err *e)
{
	if (destinations->n > ADDED_MAX)
		return err_set(e, -E2BIG, ERR_LIMIT, "more than %d mounts at once", ADDED_MAX);
	call->going = arena_newv(call->arena, struct record_mount, destinations->n + 1);
	for (size_t i = 0; i < destinations->n; i++) {
		const struct record_mount *m = find(all, destinations->v[i]);

		if (!m)
			return err_set(e, -ENOENT, ERR_NOT_FOUND, "no mount was added at %s",
				       destinations->v[i]);
		call->going[call->n_going++] = *m;
	}
	return 0;
}

static int remove_them(struct call *call, struct record_mounts *all, const struct strv *destinations,
		       struct err *e)
{
	struct message m;

	TRY(container_mounts(call->store, call->arena, call->c, all, e));
	TRY(choose(call, all, destinations, e));
	TRY(call_prepare(call, NULL, e));
	TRY(call_begin(call, e));
	TRY(hear(call, &m, e));
	return hear(call, &m, e);
}

int container_mounts_remove(struct store *s, struct arena *a, struct container *c,
			    const struct facts *facts, const struct strv *destinations,
			    struct err *e)
{
	struct call *call = arena_new(a, struct call);
	struct record_mounts all = { 0 };
	int r = check_alive(c, e), w;

	if (r < 0)
		return r;
	*call = call_init(s, a, c, facts);
	call->work = work_remove;
	r = remove_them(call, &all, destinations, e);
	call_end(call, r);
	/* whatever went, also when the rest did not */
	w = all.n ? drop_gone(s, a, c, &all, NULL) : 0;
	if (w == 0 && call->n_going)
		w = record_write(call, &all, r < 0 ? NULL : e);
	return r < 0 ? r : w;
}
