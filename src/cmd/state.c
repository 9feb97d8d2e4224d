// SPDX-License-Identifier: LGPL-2.1-or-later
/* state.c - print the state of a container as JSON (runtime.md, "State") */
#include "base/codes.h"
#include "cmd/app.h"
#include "libocispec/encode.h"

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	struct container c = CONTAINER_INIT;
	struct oci_state state;
	struct store s;
	int r = app_need_container(app, words->v[0], false, &s, &c, e);

	(void)options;
	if (r == 0 && c.status == STATUS_UNKNOWN) {
		*e = c.why_unknown;
		r = e->code;
	}
	if (r == 0) {
		app_state(app, &c, &state);
		r = app_print(encode(&app->arena, &oci_state_type, &state, "  ", NULL), e);
	}
	container_close(&c);
	return r;
}

const struct cli_command cmd_state = {
	.name = "state",
	.args = "ID",
	.help = "print the state of a container as JSON",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
