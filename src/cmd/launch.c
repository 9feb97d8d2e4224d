// SPDX-License-Identifier: LGPL-2.1-or-later
/* launch.c - make a container: what create and run have in common */
#include "cmd/launch.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

#include "apply/refs.h"
#include "apply/tty.h"
#include "base/codes.h"
#include "base/log.h"
#include "base/pid.h"
#include "cmd/bundle.h"

#define DELETE_TRIES 3

unsigned launch_fds(const void *options)
{
	const struct launch_options *o = options;

	return o->preserve_fds;
}

/* --rootfs takes the place of a bundle: the state names the caller's directory as one. */
static int bare_bundle(struct app *app, const struct launch_options *o, const struct cli_words *words,
		       struct bundle *b, struct err *e)
{
	const struct cli_words program = { words->v + 1, words->n - 1 };
	int r;

	if (o->bundle || o->config)
		return err_set(e, -EINVAL, ERR_USAGE, "--rootfs does not go together with --%s",
			       o->bundle ? "bundle" : "config");
	r = bundle_enter(app, NULL, b, e);
	if (r == 0)
		bundle_default(app, app_path(app, o->rootfs), &program, b);
	return r;
}

static int load(struct app *app, const struct launch_options *o, const struct cli_words *words,
		struct plan_options *opt, struct bundle *b, struct err *e)
{
	int r;

	if (o->rootfs) {
		r = bare_bundle(app, o, words, b, e);
	} else {
		r = bundle_enter(app, o->bundle, b, e);
		if (r == 0)
			r = bundle_read(app, o->config, b, e);
	}
	if (r == 0)
		r = bundle_plan(app, opt, b, e);
	return bundle_blame(app, b, r, e);
}

int launch(struct app *app, const struct launch_options *o, const struct cli_words *words, bool start,
	   struct created *ret, struct err *e)
{
	const char *id = words->v[0];
	/* paths are the caller's: absolute before the bundle becomes the current directory */
	struct create_args args = {
		.pid_file = app_path(app, o->pid_file),
		.console_socket = app_path(app, o->console_socket),
		.pidfd_socket = app_path(app, o->pidfd_socket),
		.notify_socket = app_env("NOTIFY_SOCKET"),
		.start = start,
		.foreground = start && !o->detach,
		.transient = start && !o->detach && !o->keep,
		.warn = app_warn,
	};
	struct plan_options opt = {
		.id = id,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.detach = !args.foreground,
		.has_console_socket = args.console_socket != NULL,
		.preserve_fds = o->preserve_fds,
		.listen_fds = app->listen_fds,
		.notify_socket = args.notify_socket,
		.seccomp_receiver = app_env("RUN_OCI_SECCOMP_RECEIVER"),
	};
	struct bundle b = { .plan = NULL };
	struct store s;
	char name[96];
	int r = app_time_limit(o->timeout, e);

	if (r < 0)
		return r;
	app->g.root = app_path(app, app->g.root);
	if (!store_id_valid(id))
		return err_set(e, -EINVAL, ERR_ID, "%s is not an id",
			       text_escape(name, sizeof(name), id, strlen(id)));
	r = load(app, o, words, &opt, &b, e);
	if (r < 0)
		return r;
	assert(b.plan);
	args.plan = b.plan;
	if (!args.pidfd_socket)
		args.pidfd_socket = app_annotation(&b.plan->annotations, "run.oci.pidfd_receiver");
	args.facts = &b.facts;
	args.config = b.text;
	args.config_len = b.len;
	r = app_store(app, true, &s, e);
	if (r < 0)
		return r;
	log_msg(LOG_LEVEL_DEBUG, "%s: the plan has %zu file system operations, %zu cgroup values (taper explain)", id,
		b.plan->n_fs, b.plan->cgroup.n_writes);
	r = container_create(&s, &app->arena, &args, ret, e);
	if (r == 0)
		log_msg(LOG_LEVEL_DEBUG, "%s: its first process is %d", id, (int)ret->pid);
	return r;
}

int launch_attend(bool adopt, struct err *e)
{
	int r = foreground_signals(e);

	if (r == 0 && adopt && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		r = err_sys(e, ERR_SYSTEM, "become subreaper");
	return r;
}

/* Killed without having been told so: the memory limit, or anybody. */
static void warn_of_limits(struct app *app, const char *id, const struct cg_strikes *since)
{
	struct container c = CONTAINER_INIT;
	struct err why = { 0 };
	struct cg_refs refs;
	struct store s;

	if (app_container(app, id, false, &s, &c, NULL) == 1 && c.rec) {
		refs = refs_of_record(c.rec);
		if (cg_blame_memory(&refs, since, &why) < 0)
			log_msg(LOG_LEVEL_WARNING, "container %s: %s", id, why.text);
	}
	container_close(&c);
}

int launch_wait(struct app *app, const char *id, const struct created *created, int *ret_status,
		struct err *e)
{
	struct foreground f = {
		.pid = created->pid, .pid_fd = created->pid_fd, .master_fd = created->master_fd
	};
	int r;

	deadline_limit(-1); /* --timeout is for getting it to run */
	r = foreground_wait(&f, ret_status, e);
	if (r == 0 && *ret_status == 128 + SIGKILL)
		warn_of_limits(app, id, &created->strikes);
	return r;
}

static int delete_ended(struct app *app, const char *id, struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct store s;
	/* 0: somebody else has deleted it meanwhile */
	int r = app_container(app, id, true, &s, &c, e);

	if (r == 1)
		r = container_destroy(&s, &app->arena, &c, &(struct destroy_args){ .warn = app_warn }, e);
	container_close(&c);
	return r;
}

/* The program has said how it went: that it cannot be deleted now is told, and not in its place. */
static void delete_or_warn(struct app *app, const char *id)
{
	struct err e;
	int r = -EAGAIN;

	/* nobody else will do it: what was in the way once may be gone */
	for (int i = 0; r < 0 && i < DELETE_TRIES; i++) {
		e = (struct err){ 0 };
		r = delete_ended(app, id, &e);
	}
	if (r < 0)
		log_msg(LOG_LEVEL_WARNING, "container %s is not deleted: %s", id, e.text);
}

int launch_finish(struct app *app, const char *id, bool keep, const struct created *created, struct err *e)
{
	int status = 0, r = launch_wait(app, id, created, &status, e);

	/* a container that we cannot wait for must not stay behind either; its error counts more */
	if (!keep || r < 0)
		delete_or_warn(app, id);
	return r < 0 ? r : status;
}
