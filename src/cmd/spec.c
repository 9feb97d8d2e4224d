// SPDX-License-Identifier: LGPL-2.1-or-later
/* spec.c - write a config.json to begin with */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/fd.h"
#include "cmd/app.h"
#include "cmd/default.h"
#include "libocispec/encode.h"

struct spec_options {
	const char *bundle;
	const char *file;
	bool rootless;
};

static const struct cli_option options_table[] = {
	CLI_OPT(struct spec_options, bundle, CLI_TEXT, "bundle", 'b', .arg = "DIR",
		.help = "directory of the bundle (default: the current one)"),
	CLI_OPT(struct spec_options, file, CLI_TEXT, "file", 'f', .arg = "FILE",
		.help = "write FILE instead of config.json, relative to the bundle"),
	CLI_OPT(struct spec_options, rootless, CLI_FLAG, "rootless", 0,
		.help = "for a user without privileges"),
};

static int write_new(const char *path, const char *text, size_t len, struct err *e)
{
	_close_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
	int r;

	if (fd < 0 && errno == EEXIST)
		return err_set(e, -EEXIST, ERR_FILE, "%.200s exists: it is not overwritten", path);
	if (fd < 0)
		return err_sys(e, ERR_FILE, "write %.200s", path);
	r = fd_write_all(fd, text, len);
	if (r < 0) {
		unlink(path);
		return err_code(e, r, ERR_FILE, "write %.200s", path);
	}
	return 0;
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct spec_options *o = options;
	const struct default_options opt = { .rootless = o->rootless, .uid = geteuid(), .gid = getegid() };
	const char *path = o->file ? o->file : "config.json";
	const char *text;
	size_t len;

	(void)words;
	if (o->bundle && *path != '/')
		path = arena_fmt(&app->arena, "%s/%s", o->bundle, path);
	text = encode(&app->arena, &oci_spec_type, default_spec(&app->arena, &opt), "\t", &len);
	return write_new(path, text, len, e);
}

const struct cli_command cmd_spec = {
	.name = "spec",
	.args = "",
	.help = "write a config.json to begin with",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct spec_options),
	.run = run,
};
