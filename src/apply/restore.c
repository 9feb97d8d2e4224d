// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * restore.c - make a container of what was saved
 *
 * As create does it: the id is claimed, the intent written, the cgroups made with their limits; then not a
 * clone of ours but criu makes the processes, as children of ours. While they all are stopped still, the
 * record is committed. Whatever fails, parent_undo() removes what intent and record name.
 *
 *	we                                      child
 *	claim, intend, acquire
 *	fork ────────────────────────────────>
 *	cgroups, limits
 *	       ── trees, files to enter by ──>  enter, build the stage (criu_stage.c), execute criu
 *	       <── the socket to criu ────────
	       ── the request ───────────────>
 *	       <── setup-namespaces ──────────  hooks prestart and createRuntime
 *	       <── orphan-pts-master ─────────  the terminal's master
 *	       <── post-restore ──────────────  hand over, commit
 *	       <── done ──────────────────────  the container runs
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/cg_systemd.h"
#include "apply/checkpoint.h"
#include "apply/criu.h"
#include "apply/fs.h"
#include "apply/parent.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "host/proc.h"

#define LOG "restore.log"
#define END_MS 20000
#define CGROUP_TEXT_MAX 65536

struct restore {
	struct parent *p;
	const struct criu_args *x;
	struct criu criu;
	struct pb_out opts;
	struct created made;
	int fds[NS__MAX];            /* of namespaces, for criu */
	size_t n_fds;
};

/* ---- before criu ---- */

static int acquire(struct parent *p, struct err *e)
{
	struct child *c = &p->child;
	int r;

	TRY(parent_namespaces(p, e));
	c->src_fd = arena_newv(p->arena, int, p->plan->n_fs + 1);
	for (size_t i = 0; i < p->plan->n_fs; i++)
		c->src_fd[i] = -1;
	TRY(parent_notify(p, e));
	TRY(child_idmaps(c, p->arena, p->store->proc_fd, e));
	TRY(parent_hook_states(p, e));
	r = fs_mkdir(p->c.dir_fd, STAGE_DIR, 0700);
	return r < 0 ? err_code(e, r, ERR_FILE, "make the directory of criu's mounts") : 0;
}

/* criu is in the container's cgroups, and so is all that it makes. */
static int make_cgroups(struct parent *p, struct err *e)
{
	const struct cg_plan *plan = &p->plan->cgroup;

	if (plan->sd)
		TRY(unit_start(p, e));
	else
		TRY(cg_make(plan, p->facts, &p->planned, true, &p->cg, e));
	TRY(cg_make(plan, p->facts, &p->planned, false, &p->cg, e));
	return cg_limit(p->arena, &p->cg, plan, e);
}

static int send_cgroups(struct restore *t, struct err *e)
{
	struct parent *p = t->p;
	bool in_unit = p->plan->cgroup.sd && p->facts->cg.layout == CG_LAYOUT_V2;
	int fds[2 * CG_HIER_MAX];
	int64_t mask = 0;
	size_t n = 0;
	int r = parent_trees(p, fds, &n, &mask, e);

	if (r == 0)
		r = parent_tickets(p, in_unit, fds, &n, &mask, e);
	if (r == 0) {
		r = fd_send(t->criu.ctl_fd, &mask, sizeof(mask), fds, n);
		if (r < 0)
			err_code(e, r, ERR_PROTOCOL, "talk to the process that will be criu");
	}
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	return r;
}

static int start_criu(struct restore *t, struct err *e)
{
	struct parent *p = t->p;
	struct criu_stage stage = { .child = &p->child, .dir_fd = p->c.dir_fd };
	const struct criu_launch launch = {
		.x = t->x,
		.dies_with_us = true,
		.fds = t->fds,
		.n_fds = t->n_fds,
		.prepare = criu_stage_make,
		.arg = &stage,
	};

	TRY(criu_launch(&t->criu, p->arena, &launch, e));
	p->pid = t->criu.pid; /* whom a unit is made around; it goes before all others */
	TRY(make_cgroups(p, e));
	TRY(send_cgroups(t, e));
	return criu_executed(&t->criu, e);
}

static int check_criu(struct restore *t, struct err *e)
{
	const struct criu_args *x = t->x;

	if (t->p->plan->ns.ns[NS_NET].mode == NS_JOIN)
		TRY(criu_need(&t->criu, 31100, "a network namespace that is joined", e));
	if (t->p->plan->ns.ns[NS_PID].mode == NS_JOIN)
		TRY(criu_need(&t->criu, 31500, "a pid namespace that is joined", e));
	if (x->lsm_profile)
		TRY(criu_need(&t->criu, 31600, "--lsm-profile", e));
	if (x->lsm_mount_context)
		TRY(criu_need(&t->criu, 31600, "--lsm-mount-context", e));
	if (x->network_lock)
		TRY(criu_need(&t->criu, 31700, "--network-lock", e));
	return x->lazy_pages ? criu_need_feature(&t->criu, CRIU_FEATURE_LAZY_PAGES, "--lazy-pages", e) : 0;
}

/* ---- what criu is told ---- */

/* The namespaces that are there already: criu inherits them, or joins them by their paths. */
static void put_namespaces(struct restore *t, struct pb_out *opts)
{
	static const char *const by_path[NS__MAX] = { [NS_IPC] = "ipc", [NS_UTS] = "uts" };
	struct parent *p = t->p;

	for (int k = 0; k < NS__MAX; k++) {
		if (p->child.ns_fd[k] < 0)
			continue;
		if (criu_ns_keys[k]) {
			criu_put_pair(p->arena, opts, CRIU_OPT_INHERIT_FD, criu_ns_keys[k], NULL,
				      CRIU_FIRST_FD + (int)t->n_fds);
			t->fds[t->n_fds++] = p->child.ns_fd[k];
		} else if (by_path[k]) {
			criu_put_pair(p->arena, opts, CRIU_OPT_JOIN_NS, by_path[k], p->plan->ns.ns[k].path, 0);
		}
	}
}

/* The cgroups that criu is in take the place of those that were saved. */
static int put_cgroups(struct restore *t, struct err *e)
{
	char *text = arena_alloc(t->p->arena, CGROUP_TEXT_MAX), path[48];
	int r;

	snprintf(path, sizeof(path), "%d/cgroup", t->criu.pid);
	r = proc_read(t->p->store->proc_fd, path, text, CGROUP_TEXT_MAX);
	if (r < 0)
		return err_code(e, r, ERR_CGROUP, "read the cgroups of criu");
	for (char *line = text, *next; line && *line; line = next) {
		char *names = strchr(line, ':'), *group = names ? strchr(names + 1, ':') : NULL;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!group)
			continue;
		*group++ = '\0';
		for (char *name = names + 1, *after; name; name = after) {
			after = strchr(name, ',');
			if (after)
				*after++ = '\0';
			criu_put_pair(t->p->arena, &t->opts, CRIU_OPT_CG_ROOT, name, group, 0);
		}
	}
	return 0;
}

static int put_all(struct restore *t, struct err *e)
{
	struct parent *p = t->p;

	pb_put_int(&t->opts, CRIU_OPT_RST_SIBLING, 1);
	pb_put_int(&t->opts, CRIU_OPT_EVASIVE_DEVICES, 1);
	pb_put_text(&t->opts, CRIU_OPT_LSM_PROFILE, t->x->lsm_profile);
	pb_put_text(&t->opts, CRIU_OPT_LSM_MOUNT_CONTEXT, t->x->lsm_mount_context);
	TRY(put_cgroups(t, e));
	return criu_stage_put(p->arena, p->store->proc_fd, t->criu.pid, &p->child, &t->opts, e);
}

/* ---- the conversation ---- */

static int on_namespaces(struct restore *t, const struct criu_notice *n, struct err *e)
{
	struct parent *p = t->p;
	const struct hooks_plan *hooks = p->plan->hooks;

	p->hooks_ran = hooks[HOOK_PRESTART].n > 0 || hooks[HOOK_CREATE_RUNTIME].n > 0;
	TRY(hooks_run(&hooks[HOOK_PRESTART], &p->child.hook_state[HOOK_PRESTART], n->pid, NULL, e));
	return hooks_run(&hooks[HOOK_CREATE_RUNTIME], &p->child.hook_state[HOOK_CREATE_RUNTIME], n->pid, NULL, e);
}

static int on_terminal(struct restore *t, const struct criu_notice *n, struct err *e)
{
	if (*n->fd < 0)
		return err_set(e, -EPROTO, ERR_TTY, "criu has sent no terminal");
	fd_close(&t->p->master_fd);
	t->p->master_fd = take_fd(n->fd);
	return 0;
}

/* All processes are there, and stopped. */
static int on_restored(struct restore *t, const struct criu_notice *n, struct err *e)
{
	struct parent *p = t->p;
	struct record *rec = arena_new(p->arena, struct record);
	const struct pid_mark anyone = { .pid = n->pid };
	int fd = n->pid > 0 ? pid_open(p->store->proc_fd, &anyone) : -ESRCH;

	if (fd < 0)
		return err_code(e, fd, ERR_CRIU, "open the container's first process");
	p->pid = n->pid;
	p->pid_fd = fd;
	TRY(parent_record(p, rec, e));
	TRY(store_put(&p->c, "config.json", p->args->config, p->args->config_len, e));
	TRY(parent_hand_over(p, &t->made, e));
	TRY(store_commit(p->store, p->arena, &p->c, rec, e));
	p->c.rec = rec;
	return 0;
}

static int on_notice(void *arg, const struct criu_notice *n, struct err *e)
{
	static const struct {
		const char *script;
		int (*act)(struct restore *t, const struct criu_notice *n, struct err *e);
	} rows[] = {
		{ "setup-namespaces", on_namespaces },
		{ "orphan-pts-master", on_terminal },
		{ "post-restore", on_restored },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (str_eq(rows[i].script, n->script))
			return rows[i].act(arg, n, e);
	return 0;
}

static int restore_steps(struct restore *t, struct err *e)
{
	struct parent *p = t->p;

	TRY(parent_intend(p, e));
	TRY(acquire(p, e));
	put_namespaces(t, &t->opts);
	TRY(start_criu(t, e));
	TRY(check_criu(t, e));
	TRY(put_all(t, e));
	TRY(criu_ask(&t->criu, CRIU_RESTORE, &t->opts, on_notice, t, e));
	return p->c.rec ? 0 : err_set(e, -EPROTO, ERR_CRIU, "criu has not told which process is the first");
}

/* ---- all of it ---- */

static int finish(struct restore *t, int r, struct created *ret, struct err *e)
{
	struct parent *p = t->p;
	bool restored = p->pid_fd >= 0;

	if (r < 0)
		deadline_grace(END_MS);
	criu_end(&t->criu, r < 0 ? 0 : END_MS);
	if (!restored)
		p->pid = 0; /* that was criu */
	if (r < 0) {
		r = criu_blame(t->x, LOG, r, e);
		parent_undo(p);
		fd_close(&t->made.master_fd);
		fd_close(&p->pid_fd);
		return r;
	}
	(void)unlinkat(p->c.dir_fd, STAGE_DIR, AT_REMOVEDIR);
	t->made.pid = p->pid;
	t->made.pid_fd = take_fd(&p->pid_fd);
	*ret = t->made;
	return 0;
}

int container_restore(struct store *s, struct arena *a, const struct create_args *args, const struct criu_args *x,
		      struct created *ret, struct err *e)
{
	struct parent *p = arena_new(a, struct parent);
	struct restore t = { .p = p, .x = x, .criu = CRIU_INIT, .made = CREATED_INIT };
	int r;

	parent_init(p, s, a, args);
	TRY(criu_refuse(args->plan, args->facts, e));
	TRY(criu_images(x->image_fd, x->image_path, true, e));
	TRY(parent_want_files(p, e));
	t.opts = criu_opts(a, x, LOG);
	TRY(criu_stdio_load(a, x->image_fd, &t.opts, e));
	TRY(store_claim(s, args->plan->id, &p->c, e));
	r = finish(&t, restore_steps(&t, e), ret, e);
	parent_close(p);
	container_close(&p->c);
	return r;
}
