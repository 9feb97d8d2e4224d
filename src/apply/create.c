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
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "apply/cg_dir.h"
#include "apply/cg_systemd.h"
#include "apply/criu.h"
#include "apply/hookstate.h"
#include "apply/parent.h"
#include "apply/refs.h"
#include "apply/sdnotify.h"
#include "apply/selfexe.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "base/sys.h"

#define CHILD_MS 5000
#define FILES_NEEDED 36          /* for one without mounts, and for undoing it; see tests/integration/conditions.bats */

/* ---- intend ---- */

int parent_intend(struct parent *p, struct err *e)
{
	struct intent i = { .valid = true, .owner_pid = getpid() };
	struct pid_mark own;
	int r;

	TRY(cg_probe(p->arena, &p->plan->cgroup, p->facts, &p->planned, e));
	r = pid_mark(p->store->proc_fd, i.owner_pid, -1, &own);
	if (r < 0)
		return err_code(e, r, ERR_SYSTEM, "read the own start time");
	i.owner_start = own.start;
	TRY(unit_intend(p, &i, e));
	memcpy(i.boot_id, p->store->boot_id, sizeof(i.boot_id));
	intent_of_refs(&i, &p->planned, p->facts);
	return store_intend(p->store, &p->c, &i, e);
}

/* ---- clone ---- */

static int clone_child(struct parent *p, struct err *e)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD | p->plan->ns.clone_flags,
		.pidfd = (uintptr_t)&p->pid_fd,
		.exit_signal = SIGCHLD,
	};

	/* On v2 the process is born in its cgroup; those of v1 it enters later. */
	if (!p->plan->cgroup.sd)
		TRY(cg_make(&p->plan->cgroup, p->facts, &p->planned, true, &p->cg, e));
	if (p->cg.v2_fd >= 0) {
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
		cg_close(&p->cg);
		cg_roots_close();
		bus_close(&p->bus);
		init_main(&p->child);
	}
	p->sync.peer_fd = p->pid_fd;
	fd_close(&p->child.sync.fd);
	fd_close(&p->child.lock_fd);
	fd_close(&p->child.listen_fd);
	fd_close(&p->child.host_proc_fd);
	return 0;
}

/* ---- commit ---- */

static int hear_built(struct parent *p, struct err *e)
{
	const struct hooks_plan *hooks = p->plan->hooks;
	struct sync_packet m;

	/* These are run by the child, unasked: from here on they may have run. */
	p->hooks_ran = hooks[HOOK_CREATE_CONTAINER].n > 0;
	for (;;) {
		size_t n = 1;

		TRY(parent_hear(p, &m, &p->master_fd, &n, e));
		if (m.type == MSG_BUILT)
			return 0;
		p->hooks_ran = true;
		TRY(hooks_run(&hooks[HOOK_PRESTART], &p->child.hook_state[HOOK_PRESTART], p->pid,
			      NULL, e));
		TRY(hooks_run(&hooks[HOOK_CREATE_RUNTIME],
			      &p->child.hook_state[HOOK_CREATE_RUNTIME], p->pid, NULL, e));
		TRY(parent_say(p, MSG_HOOKED, 0, NULL, 0, e));
	}
}

static const char *time_text(struct arena *a)
{
	struct timespec now;
	char text[RFC3339_MAX];

	clock_gettime(CLOCK_REALTIME, &now);
	rfc3339(text, now.tv_sec, now.tv_nsec);
	return arena_str(a, text);
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
		};
	}
}

int parent_record(struct parent *p, struct record *rec, struct err *e)
{
	const struct hooks_plan *hooks = p->plan->hooks;
	struct pid_mark first;
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
		.unit = unit_record(p),
		.private_pid = p->plan->ns.ns[NS_PID].mode == NS_NEW,
		.start_hooks = hooks[HOOK_START_CONTAINER].n > 0,
		.terminal = p->plan->process.terminal,
		.transient = p->args->transient,
		.no_new_keyring = !p->plan->process.new_keyring,
		.notify_socket = p->args->notify_socket,
		.agent = p->agent.path,
		.agent_metadata = p->agent.metadata,
	};
	if (!p->plan->process.terminal)
		rec->stdio = criu_stdio_own(p->arena, p->store->proc_fd);
	record_cgroups(p, rec);
	hookstate_record(p->arena, &hooks[HOOK_POSTSTART], &rec->poststart.v, &rec->poststart.n);
	hookstate_record(p->arena, &hooks[HOOK_POSTSTOP], &rec->poststop.v, &rec->poststop.n);
	r = pid_mark(p->store->proc_fd, p->pid, p->pid_fd, &first);
	if (r < 0)
		return err_code(e, r, ERR_SYSTEM, "tell the container's first process from later ones");
	rec->start_time = first.start;
	rec->pid_inode = first.inode;
	/* should the record be damaged later, the cgroups lead to it, or this */
	return p->cg.refs.n ? 0 : store_first(&p->c, &first, e);
}

/* In the foreground somebody has to wait for the container meanwhile: that is us, this a child does. */
static int relay(struct parent *p, int notify_fd, struct err *e)
{
	pid_t pid = p->args->foreground ? fork() : 0;
	int r;

	if (pid < 0)
		return err_sys(e, ERR_SYSTEM, "make the process that relays READY=1");
	if (pid > 0)
		return 0;
	if (p->args->foreground) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		container_close(&p->c); /* with the lock */
	}
	r = sdnotify_relay(notify_fd, p->pid_fd, p->pid, p->args->notify_socket, e);
	if (p->args->foreground)
		_exit(r < 0);
	return r;
}

/* run: what start does for a created container. */
static int go(struct parent *p, struct err *e)
{
	_close_fd int notify_fd = -1;

	if (p->args->notify_socket)
		TRY(sdnotify_listen(&p->c, &notify_fd, e));
	TRY(parent_say(p, MSG_GO, 0, NULL, 0, e));
	TRY(parent_await_exec(p, e));
	TRY(hooks_run(&p->plan->hooks[HOOK_POSTSTART], &p->child.hook_state[HOOK_POSTSTART], p->pid,
		      NULL, e));
	return notify_fd < 0 ? 0 : relay(p, notify_fd, e);
}

/* create: leave only when the first process no longer dies with us. */
static int let_wait(struct parent *p, struct err *e)
{
	struct sync_packet m;
	int r;

	TRY(parent_say(p, MSG_COMMIT, 0, NULL, 0, e));
	r = parent_hear(p, &m, NULL, NULL, e);
	if (r < 0)
		return r;
	return pid_wait(p->pid_fd, 0) == 1 ? parent_died(p, e) : 0;
}

static int commit(struct parent *p, struct created *ret, struct err *e)
{
	struct record *rec = arena_new(p->arena, struct record);

	TRY(parent_grant(p, MSG_GRANTED, e));
	TRY(parent_record(p, rec, e));
	TRY(store_put(&p->c, "config.json", p->args->config, p->args->config_len, e));
	TRY(hear_built(p, e));
	parent_hand_on(p);
	TRY(parent_hand_over(p, ret, e));
	TRY(store_commit(p->store, p->arena, &p->c, rec, e));
	p->c.rec = rec;
	return p->args->start ? go(p, e) : let_wait(p, e);
}

/*
 * run, when nothing has to be handed over between building and executing: the record is committed
 * before the child gets what it needs, so it can go all the way without waiting for us again.
 */
static bool can_launch(const struct parent *p)
{
	const struct create_args *a = p->args;

	return a->start && !p->plan->cgroup.delegate && !p->plan->process.terminal && !p->plan->root.pivot_late &&
	       !a->pid_file && !a->pidfd_socket && !a->console_socket && !a->notify_socket;
}

static int launch(struct parent *p, struct err *e)
{
	struct record *rec = arena_new(p->arena, struct record);

	TRY(parent_record(p, rec, e));
	TRY(store_put(&p->c, "config.json", p->args->config, p->args->config_len, e));
	TRY(store_commit(p->store, p->arena, &p->c, rec, e));
	p->c.rec = rec;
	TRY(parent_grant(p, MSG_LAUNCH, e));
	p->sync.until_end = p->agent.path == NULL;
	TRY(parent_await_exec(p, e));
	return hooks_run(&p->plan->hooks[HOOK_POSTSTART], &p->child.hook_state[HOOK_POSTSTART],
			 p->pid, NULL, e);
}

/* ---- undo ---- */

void parent_undo(struct parent *p)
{
	const struct destroy_args how = { .force = true, .facts = p->facts, .warn = p->args->warn };
	struct err also = { 0 };
	int r;

	deadline_grace(UNDO_MS);
	parent_end_child(p, CHILD_MS); /* else below, by its cgroups */
	netdevs_back(&p->netdevs, p->args->warn);
	parent_close(p); /* there may have been too many files */
	r = container_destroy(p->store, p->arena, &p->c, &how, NULL);
	if (r < 0) /* nobody else will do it: what was in the way once may be gone */
		r = container_destroy(p->store, p->arena, &p->c, &how, &also);
	if (r == 0 && p->hooks_ran && !p->c.rec)
		hooks_run_each(&p->plan->hooks[HOOK_POSTSTOP], &p->child.hook_state[HOOK_POSTSTOP],
			       0, p->args->warn);
	if (also.code && p->args->warn)
		p->args->warn(also.text);
}

/* Most are for the sources of mounts. Less than what undoing needs would leave things behind. */
int parent_want_files(const struct parent *p, struct err *e)
{
	size_t ours = (size_t)p->store->proc_fd, needed = ours + FILES_NEEDED;

	if (fd_limit_raise(needed + 2 * p->plan->n_fs) < needed)
		return err_set(e, -EMFILE, ERR_SYSTEM, "the limit on open files is too low: %zu are needed",
			       needed);
	return 0;
}

static int create_steps(struct parent *p, struct created *ret, struct err *e)
{
	TRY(parent_intend(p, e));
	TRY(parent_acquire(p, e));
	TRY(clone_child(p, e));
	TRY(parent_prepare(p, e));
	return can_launch(p) ? launch(p, e) : commit(p, ret, e);
}

int container_create(struct store *s, struct arena *a, const struct create_args *args,
		     struct created *ret, struct err *e)
{
	struct parent *p = arena_new(a, struct parent);
	struct created made = CREATED_INIT;
	int r;

	parent_init(p, s, a, args);
	r = parent_want_files(p, e);
	if (r < 0)
		return r;
	/* it may execute us again: nothing is claimed yet */
	r = selfexe_start(s->proc_fd, &p->child.exe_needed, e);
	if (r == 0)
		r = store_claim(s, args->plan->id, &p->c, e);
	if (r < 0)
		return r;
	r = create_steps(p, &made, e);
	if (r < 0) {
		parent_undo(p);
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
