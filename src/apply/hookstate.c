// SPDX-License-Identifier: LGPL-2.1-or-later
/* hookstate.c - the state document that hooks read */
#include "apply/hookstate.h"

#include <fcntl.h>
#include <string.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/version.h"
#include "libocispec/encode.h"

struct hook_state hookstate_make(struct arena *a, const struct oci_state *state)
{
	static const char key[] = "\"pid\":";
	struct oci_state st = *state;
	char *text, *pid;

	st.oci_version = OCI_VERSION;
	st.pid = (struct opt_i32){ true, 0 };
	text = encode(a, &oci_state_type, &st, NULL, NULL);
	/* ids and status, which come before, hold no quote; so this is the property */
	pid = strstr(text, key) + sizeof(key) - 1;
	*pid = '\0';
	return (struct hook_state){ .before = text, .after = pid + 1 };
}

int hookstate_output(const struct kvv *annotations, struct hook_state *st, struct err *e)
{
	const struct {
		const char *key;
		int *fd;
	} rows[] = {
		{ "run.oci.hooks.stdout", &st->out_fd },
		{ "run.oci.hooks.stderr", &st->err_fd },
	};

	for (size_t i = 0; i < annotations->n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
			const struct kv *kv = &annotations->v[i];
			int fd;

			if (!str_eq(kv->key, rows[k].key) || *rows[k].fd)
				continue;
			fd = open(kv->value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
			if (fd < 0) {
				int r = err_sys(e, ERR_FILE, "open %.150s for the output of hooks",
						kv->value);

				err_place(e, "annotations.%s", kv->key);
				return r;
			}
			*rows[k].fd = fd;
		}
	return 0;
}

void hookstate_close(struct hook_state *st)
{
	if (st->out_fd)
		fd_close(&st->out_fd);
	if (st->err_fd)
		fd_close(&st->err_fd);
	st->out_fd = st->err_fd = 0;
}

/* The length of a NULL-terminated list. */
static struct strv list_of(const char **v)
{
	struct strv list = { .v = v };

	while (v && v[list.n])
		list.n++;
	return list;
}

void hookstate_record(struct arena *a, const struct hooks_plan *hooks, struct record_hook **ret_v,
		      size_t *ret_n)
{
	struct record_hook *v = arena_newv(a, struct record_hook, hooks->n);

	for (size_t i = 0; i < hooks->n; i++)
		v[i] = (struct record_hook){
			.path = hooks->v[i].path,
			.args = list_of(hooks->v[i].argv),
			.env = list_of(hooks->v[i].envp),
			.timeout_ms = hooks->v[i].timeout_ms,
			.where = hooks->v[i].where,
		};
	*ret_v = v;
	*ret_n = hooks->n;
}

static const char **terminated(struct arena *a, const struct strv *list)
{
	const char **v = arena_newv(a, const char *, list->n + 1);

	if (list->n)
		memcpy(v, list->v, list->n * sizeof(*v));
	return v;
}

/* The hooks and their state document, from the record. */
static struct hooks_plan recorded(struct arena *a, const struct container *c,
				  const struct record_hook *v, size_t n, enum status status,
				  struct hook_state *ret_state)
{
	const struct oci_state st = {
		.id = c->id,
		.status = status_name(status),
		.bundle = c->rec->bundle,
		.annotations = c->rec->annotations,
	};
	struct hooks_plan hooks = { .v = n ? arena_newv(a, struct hook_plan, n) : NULL, .n = n };

	for (size_t i = 0; i < n; i++)
		hooks.v[i] = (struct hook_plan){
			.path = v[i].path,
			.argv = terminated(a, &v[i].args),
			.envp = v[i].env.v ? terminated(a, &v[i].env) : NULL,
			.timeout_ms = v[i].timeout_ms,
			.where = v[i].where,
		};
	if (n)
		*ret_state = hookstate_make(a, &st);
	return hooks;
}

int hookstate_poststart(struct arena *a, const struct container *c, struct err *e)
{
	const struct record *rec = c->rec;
	struct hook_state state = { 0 };
	struct hooks_plan hooks = recorded(a, c, rec->poststart.v, rec->poststart.n,
					   STATUS_RUNNING, &state);

	int r = hooks.n ? hookstate_output(&rec->annotations, &state, e) : 0;

	if (r == 0)
		r = hooks_run(&hooks, &state, rec->pid, NULL, e);
	hookstate_close(&state);
	return r;
}

void hookstate_poststop(struct arena *a, const struct container *c, void (*warn)(const char *text))
{
	const struct record *rec = c->rec;
	struct hook_state state = { 0 };
	struct hooks_plan hooks = recorded(a, c, rec->poststop.v, rec->poststop.n, STATUS_STOPPED,
					   &state);

	struct err e = { 0 };

	/* without its file a hook runs all the same */
	if (hooks.n && hookstate_output(&rec->annotations, &state, &e) < 0 && warn)
		warn(e.text);
	hooks_run_each(&hooks, &state, 0, warn);
	hookstate_close(&state);
}
