// SPDX-License-Identifier: LGPL-2.1-or-later
/* app.c - what all commands share: state root, finding a container, its state, printing */
#include "cmd/app.h"

#include <assert.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "cmd/duration.h"
#include "host/facts.h"
#include "host/user.h"

const char *app_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *app_annotation(const struct kvv *annotations, const char *key)
{
	for (size_t i = 0; i < annotations->n; i++)
		if (str_eq(annotations->v[i].key, key))
			return *annotations->v[i].value ? annotations->v[i].value : NULL;
	return NULL;
}

const char *app_path(struct app *app, const char *path)
{
	char *cwd;

	if (!path || *path == '/')
		return path;
	cwd = get_current_dir_name();
	if (!cwd)
		return path;
	path = arena_fmt(&app->arena, "%s/%s", cwd, path);
	free(cwd);
	return path;
}

void app_warn(const char *text)
{
	log_msg(LOG_LEVEL_WARNING, "%s", text);
}

int app_print(const char *text, struct err *e)
{
	int r = fd_write_all(STDOUT_FILENO, text, strlen(text));

	return r < 0 ? err_code(e, r, ERR_SYSTEM, "write to standard output") : 0;
}

int app_proc(struct app *app, struct err *e)
{
	return app->proc_fd >= 0 ? 0 : host_proc(&app->proc_fd, e);
}

static int default_root(struct app *app, const char **ret, bool *ret_is_shared, struct err *e)
{
	const char *xdg = app_env("XDG_RUNTIME_DIR");
	bool is_root = geteuid() == 0;

	*ret_is_shared = xdg && (!is_root || !host_init_userns(app->proc_fd));
	if (*ret_is_shared)
		*ret = arena_fmt(&app->arena, "%s/taper", xdg);
	else if (is_root)
		*ret = "/run/taper";
	else
		return err_set(e, -ENOENT, ERR_STATE_ROOT, "no place for state: XDG_RUNTIME_DIR is not set");
	return 0;
}

/* Cleaners of XDG_RUNTIME_DIR leave entries with the sticky bit alone (XDG base directory spec). */
static void keep_from_cleaners(const struct store *s)
{
	struct stat st;

	if (fstat(s->root_fd, &st) == 0 && !(st.st_mode & S_ISVTX))
		(void)!fchmod(s->root_fd, 01700);
}

int app_store(struct app *app, bool create, struct store *ret, struct err *e)
{
	const char *path;
	bool is_shared = false;
	int r;

	if (app->store.path) {
		*ret = app->store;
		return 1;
	}
	path = app_path(app, app->g.root);
	r = app_proc(app, e);
	if (r == 0 && !path)
		r = default_root(app, &path, &is_shared, e);
	if (r < 0)
		return r;
	r = store_open(&app->store, path, create, app->proc_fd, e);
	if (r == 1 && create && is_shared)
		keep_from_cleaners(&app->store);
	*ret = app->store;
	return r;
}

int app_container(struct app *app, const char *id, bool lock, struct store *s, struct container *c,
		  struct err *e)
{
	char name[96];
	int r;

	if (!store_id_valid(id))
		return err_set(e, -EINVAL, ERR_ID, "%s is not an id",
			       text_escape(name, sizeof(name), id, strlen(id)));
	r = app_store(app, false, s, e);
	return r == 1 ? container_open(s, &app->arena, id, lock, c, e) : r;
}

int app_need_container(struct app *app, const char *id, bool lock, struct store *s,
		       struct container *c, struct err *e)
{
	int r = app_container(app, id, lock, s, c, e);

	if (r == 0)
		return err_set(e, -ENOENT, ERR_NOT_FOUND, "container %.100s does not exist", id);
	return r < 0 ? r : 0;
}

int app_match(struct app *app, const char *regex, struct strv *ret, struct err *e)
{
	struct store s;
	const char **ids = NULL;
	size_t n = 0, found = 0;
	char why[128];
	regex_t re;
	int r = regcomp(&re, regex, REG_EXTENDED | REG_NOSUB);

	if (r) {
		regerror(r, &re, why, sizeof(why));
		return err_set(e, -EINVAL, ERR_USAGE, "%.80s: %s", regex, why);
	}
	r = app_store(app, false, &s, e);
	if (r == 1)
		r = store_list(&s, &app->arena, &ids, &n, e);
	for (size_t i = 0; i < n; i++)
		if (regexec(&re, ids[i], 0, NULL, 0) == 0)
			ids[found++] = ids[i];
	regfree(&re);
	if (r < 0)
		return r;
	*ret = (struct strv){ ids, found };
	return 0;
}

/* When a container without a record was made: the time of its directory */
static const char *directory_time(struct app *app, const struct container *c)
{
	struct timespec at = { 0 };
	struct stat st;
	char text[RFC3339_MAX];

	if (fstat(c->dir_fd, &st) == 0)
		at = st.st_mtim;
	rfc3339(text, at.tv_sec, at.tv_nsec);
	return arena_str(&app->arena, text);
}

int app_time_limit(const char *text, struct err *e)
{
	int ms;

	if (!text)
		return 0;
	if (parse_duration(text, &ms) < 0)
		return err_set(e, -EINVAL, ERR_USAGE,
			       "--timeout: expected a duration such as 5s or 500ms, found %.40s", text);
	deadline_limit(ms);
	return 0;
}

void app_state(struct app *app, const struct container *c, struct oci_state *ret)
{
	const struct record *rec = c->rec;
	bool has_process = c->status == STATUS_CREATED || c->status == STATUS_RUNNING ||
			   c->status == STATUS_PAUSED;
	const char *owner = host_user_name(&app->arena, (uint32_t)c->owner);

	*ret = (struct oci_state){
		.oci_version = OCI_VERSION,
		.id = c->id,
		.pid = { .set = true, .v = rec && has_process ? rec->pid : 0 },
		.status = status_name(c->status),
		.bundle = rec ? rec->bundle : "",
		.rootfs = rec ? rec->rootfs : "",
		.created = rec ? rec->created : directory_time(app, c),
		.owner = owner ? owner : arena_fmt(&app->arena, "#%u", (unsigned)c->owner),
	};
	if (rec && rec->annotations.n)
		ret->annotations = rec->annotations;
}
