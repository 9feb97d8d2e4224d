// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * checkpoint.c - save a container to files
 *
 * criu freezes the container's cgroup, reads its processes, and kills them or lets them go on. It is not
 * killed with us: one that dies while it works leaves processes that cannot go on. What of the container is
 * not its own (bind mounts, joined namespaces, standard files) is named to criu, and found again at restore.
 */
#include "apply/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/cg_open.h"
#include "apply/criu.h"
#include "apply/fs.h"
#include "apply/refs.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"

#define LOG "dump.log"
#define END_MS 20000              /* of criu, and of processes that it has killed */

struct checkpoint {
	struct store *store;
	struct arena *arena;
	struct container *c;
	const struct checkpoint_args *args;
	const struct criu_args *x;
	struct criu criu;
	struct pb_out opts;
};

/* ---- may it be? ---- */

static int check_status(const struct container *c, struct err *e)
{
	switch (c->status) {
	case STATUS_RUNNING:
	case STATUS_PAUSED:
		return 0;
	case STATUS_STOPPED:
		return err_set(e, -ESRCH, ERR_STATUS, "container not running");
	case STATUS_CREATED:
	case STATUS_CREATING:
		return err_set(e, -EBUSY, ERR_STATUS, "cannot checkpoint a container that is %s: start it first",
			       status_name(c->status));
	case STATUS_UNKNOWN:
	case STATUS__MAX:
		break;
	}
	return err_set(e, -EINVAL, ERR_RECORD, "the record is damaged: %.160s", c->why_unknown.text);
}

/* Restore makes what the config has. */
static int check_added(struct checkpoint *k, struct err *e)
{
	struct record_mounts added;

	TRY(container_mounts(k->store, k->arena, k->c, &added, e));
	if (added.n == 0)
		return 0;
	return err_set(e, -ENOTSUP, ERR_UNSUPPORTED, "a mount was added at %.100s: remove it with taper mounts remove",
		       added.v[0].destination);
}

static int check_criu(struct checkpoint *k, struct err *e)
{
	const struct ns_plan *ns = &k->args->plan->ns;

	if (ns->ns[NS_NET].mode == NS_JOIN)
		TRY(criu_need(&k->criu, 31100, "a network namespace that was joined", e));
	if (ns->ns[NS_PID].mode == NS_JOIN)
		TRY(criu_need(&k->criu, 31500, "a pid namespace that was joined", e));
	if (k->x->network_lock)
		TRY(criu_need(&k->criu, 31700, "--network-lock", e));
	if (k->x->pre_dump)
		TRY(criu_need_feature(&k->criu, CRIU_FEATURE_MEM_TRACK, "--pre-dump", e));
	return k->x->lazy_pages ? criu_need_feature(&k->criu, CRIU_FEATURE_LAZY_PAGES, "--lazy-pages", e) : 0;
}

/* ---- what criu is told ---- */

static int put_namespaces(struct checkpoint *k, struct err *e)
{
	static const char *const names[NS__MAX] = { [NS_NET] = "net", [NS_PID] = "pid" };

	for (int i = 0; i < NS__MAX; i++) {
		_close_fd int fd = -1;
		struct stat st;

		if (!names[i] || k->args->plan->ns.ns[i].mode != NS_JOIN)
			continue;
		fd = fs_namespace(k->store->proc_fd,
				  arena_fmt(k->arena, "%d/ns/%s", k->c->rec->pid, names[i]));
		if (fd < 0 || fstat(fd, &st) < 0)
			return err_code(e, fd < 0 ? fd : -errno, ERR_NS, "open the %s namespace of the container",
					names[i]);
		pb_put_text(&k->opts, CRIU_OPT_EXTERNAL,
			    arena_fmt(k->arena, "%s[%llu]:%s", names[i], (unsigned long long)st.st_ino,
				      criu_ns_keys[i]));
	}
	return 0;
}

static int put_freezer(struct checkpoint *k, struct err *e)
{
	struct cg_refs refs = refs_of_record(k->c->rec);
	struct cg_open o _close_cgroups;
	const struct cg_ref *ref;

	TRY(cg_open(&refs, &o, e));
	if (o.freezer_fd < 0 || (o.freezer_v2 && k->criu.version < 31400))
		return 0;
	ref = cg_freezer_ref(&refs, &o);
	pb_put_text(&k->opts, CRIU_OPT_FREEZE_CGROUP, arena_fmt(k->arena, "%s%s", ref->mount, ref->path));
	return 0;
}

static void put_page_server(struct checkpoint *k)
{
	if (k->x->page_server)
		criu_put_pair(k->arena, &k->opts, CRIU_OPT_PS, k->x->page_server, NULL, k->x->page_port);
}

static int put_all(struct checkpoint *k, struct err *e)
{
	const struct criu_seen seen = {
		.proc_fd = k->store->proc_fd,
		.pid = k->c->rec->pid,
		.plan = k->args->plan,
		.facts = k->args->facts,
		.has_notify = k->c->rec->notify_socket != NULL,
	};

	k->opts = criu_opts(k->arena, k->x, LOG);
	pb_put_int(&k->opts, CRIU_OPT_PID, k->c->rec->pid);
	if (k->x->parent_path) {
		pb_put_text(&k->opts, CRIU_OPT_PARENT_IMG, k->x->parent_path);
		pb_put_int(&k->opts, CRIU_OPT_TRACK_MEM, 1);
	}
	put_page_server(k);
	TRY(put_namespaces(k, e));
	TRY(put_freezer(k, e));
	if (k->x->pre_dump)
		return 0;
	TRY(criu_mounts_put(k->arena, &seen, &k->opts, e));
	TRY(criu_stdio_save(k->arena, &k->c->rec->stdio, k->x->image_fd, &k->opts, e));
	/* a pid that has gone to another process meanwhile: then the first one has ended */
	return pid_wait(k->c->pid_fd, 0) ? err_set(e, -ESRCH, ERR_STATUS, "container not running") : 0;
}

/* ---- the conversation ---- */

static int on_notice(void *arg, const struct criu_notice *n, struct err *e)
{
	struct checkpoint *k = arg;

	if (str_eq(n->script, "status-ready") && k->x->status_fd >= 0) {
		int r = fd_write_all(k->x->status_fd, "", 1);

		close(k->x->status_fd);
		if (r < 0)
			return err_code(e, r, ERR_FILE, "write to --status-fd");
	}
	return 0;
}

static int save(struct checkpoint *k, struct err *e)
{
	const struct criu_launch launch = { .x = k->x };

	TRY(criu_launch(&k->criu, k->arena, &launch, e));
	TRY(criu_executed(&k->criu, e));
	TRY(check_criu(k, e));
	TRY(put_all(k, e));
	return criu_ask(&k->criu, k->x->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, &k->opts, on_notice, k, e);
}

/* criu has killed its processes. */
static int end(struct checkpoint *k, struct err *e)
{
	const struct destroy_args how = { .force = true, .facts = k->args->facts, .warn = k->args->warn };

	if (pid_wait(k->c->pid_fd, END_MS) != 1)
		return err_set(e, -ETIMEDOUT, ERR_DEADLINE, "the container was saved, but has not ended");
	return container_destroy(k->store, k->arena, k->c, &how, e);
}

int container_checkpoint(struct store *s, struct arena *a, struct container *c, const struct checkpoint_args *args,
			 struct err *e)
{
	struct checkpoint k = {
		.store = s, .arena = a, .c = c, .args = args, .x = args->criu, .criu = CRIU_INIT,
	};
	int r;

	TRY(check_status(c, e));
	TRY(criu_refuse(args->plan, args->facts, e));
	TRY(check_added(&k, e));
	TRY(criu_images(k.x->image_fd, k.x->image_path, false, e));
	r = save(&k, e);
	if (r < 0)
		deadline_grace(END_MS);
	criu_end(&k.criu, END_MS);
	if (r < 0)
		return criu_blame(k.x, LOG, r, e);
	return k.x->leave_running || k.x->pre_dump ? 0 : end(&k, e);
}
