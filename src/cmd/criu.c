// SPDX-License-Identifier: LGPL-2.1-or-later
/* criu.c - what checkpoint and restore have in common */
#include "cmd/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/fd.h"
#include "host/program.h"

const struct name_value criu_cgroups_modes[4] = {
	{ "full", CRIU_CGROUPS_FULL }, { "ignore", CRIU_CGROUPS_IGNORE },
	{ "soft", CRIU_CGROUPS_SOFT }, { "strict", CRIU_CGROUPS_STRICT },
};
/* criu_network_lock_method */
const struct name_value criu_network_locks[3] = { { "iptables", 1 }, { "nftables", 2 }, { "skip", 3 } };
const struct name_value criu_empty_namespaces[1] = { { "network", 1 } };

static int open_dir(const char *path, bool create, int *ret_fd, struct err *e)
{
	if (create && mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(e, ERR_FILE, "make the directory %.180s", path);
	*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? err_sys(e, ERR_FILE, "open the directory %.180s", path) : 0;
}

int criu_prepare(struct app *app, const struct criu_options *o, bool create, struct criu_args *ret, struct err *e)
{
	int r;

	ret->image_fd = ret->work_fd = -1;
	ret->image_path = app_path(app, o->image_path ? o->image_path : "checkpoint");
	ret->work_path = o->work_path ? app_path(app, o->work_path) : ret->image_path;
	ret->program = host_program(&app->arena, app_env("PATH"), "criu");
	if (!ret->program)
		return err_set(e, -ENOENT, ERR_CRIU, "criu is not installed, or not in PATH");
	r = open_dir(ret->image_path, create, &ret->image_fd, e);
	return r < 0 ? r : open_dir(ret->work_path, true, &ret->work_fd, e);
}

void criu_release(struct criu_args *x)
{
	fd_close(&x->image_fd);
	fd_close(&x->work_fd);
}

const char *criu_config(const struct kvv *annotations)
{
	static const char *const usual[] = { "/etc/criu/taper.conf", "/etc/criu/crun.conf", "/etc/criu/runc.conf" };

	for (size_t i = 0; i < annotations->n; i++)
		if (str_eq(annotations->v[i].key, "org.criu.config"))
			return *annotations->v[i].value ? annotations->v[i].value : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (access(usual[i], F_OK) == 0)
			return usual[i];
	return NULL;
}
