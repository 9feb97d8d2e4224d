/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hookstate.h - the state document that hooks read, and hooks of a container that exists already
 */
#ifndef TAPER_APPLY_HOOKSTATE_H
#define TAPER_APPLY_HOOKSTATE_H

#include "apply/hooks.h"
#include "libocispec/state.h"
#include "state/store.h"

/* hookstate_make() - the document as text, split at the pid */
struct hook_state hookstate_make(struct arena *a, const struct oci_state *state);

/**
 * hookstate_output() - open the files that annotations run.oci.hooks.stdout and .stderr name, to append
 * @st: out_fd and err_fd are set, 0 = no file; hookstate_close() closes them
 *
 * Return: 0 or -errno
 */
int hookstate_output(const struct kvv *annotations, struct hook_state *st, struct err *e);
void hookstate_close(struct hook_state *st);

/* hookstate_record() - put the hooks of a kind into a record's list, in @a */
void hookstate_record(struct arena *a, const struct hooks_plan *hooks, struct record_hook **ret_v,
		      size_t *ret_n);

/* hookstate_poststart() - run the hooks that a container's record names. Return: 0 or -errno */
int hookstate_poststart(struct arena *a, const struct container *c, struct err *e);

/* hookstate_poststop() - the same; one that fails is a warning (runtime.md, "Lifecycle", step 13) */
void hookstate_poststop(struct arena *a, const struct container *c, void (*warn)(const char *text));

#endif
