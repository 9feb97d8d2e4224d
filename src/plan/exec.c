// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * exec.c - the process that exec runs in a container, and where it goes
 *
 * The base is the document of --process, or the container's own process; the options come on top of
 * it. What a document leaves out of the things that confine a process, it has from the container.
 *
 * Kernel rules for entering (see also ns.c):
 *  1. setns(2) with a pidfd joins all namespaces in one step, the user namespace first, and judges by
 *     the rights that the caller had before: no order has to be found.
 *  2. A pid namespace that is joined holds only children made afterwards: a fork follows.
 *  3. A process can be born in a cgroup (CLONE_INTO_CGROUP) only if it is visible from its cgroup
 *     namespace together with the one it comes from. So that namespace is joined last, by the process
 *     that is in the container's cgroup already.
 */
#include <sched.h>

#include "plan/internal.h"

/* ---- the base ---- */

/* What a document may leave to the container. */
static void inherit(struct oci_process *p, const struct oci_process *from)
{
	if (!p->capabilities)
		p->capabilities = from->capabilities;
	if (!p->rlimits.n) {
		p->rlimits.v = from->rlimits.v;
		p->rlimits.n = from->rlimits.n;
	}
	if (!p->apparmor_profile || !*p->apparmor_profile)
		p->apparmor_profile = from->apparmor_profile;
	if (!p->selinux_label || !*p->selinux_label)
		p->selinux_label = from->selinux_label;
	if (!p->oom_score_adj.set)
		p->oom_score_adj = from->oom_score_adj;
	if (!p->scheduler)
		p->scheduler = from->scheduler;
	if (!p->io_priority)
		p->io_priority = from->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = from->exec_cpu_affinity;
}

/* ---- the options ---- */

static struct strv joined(struct arena *a, const struct strv *one, const struct strv *two)
{
	struct strv all = { arena_newv(a, const char *, one->n + two->n + 1), 0 };

	for (size_t i = 0; i < one->n; i++)
		all.v[all.n++] = one->v[i];
	for (size_t i = 0; i < two->n; i++)
		all.v[all.n++] = two->v[i];
	return all;
}

/* "UID[:GID]", digits only: no name is looked up in an image that anyone may have made (security: T30) */
static void set_user(struct planner *pl, struct oci_user *user, const char *text)
{
	const char *colon = strchr(text, ':');
	const char *uid = colon ? arena_dup(pl->a, text, (size_t)(colon - text)) : text;

	if (parse_u32(uid, 0, UINT32_MAX - 1, &user->uid) < 0 ||
	    (colon && parse_u32(colon + 1, 0, UINT32_MAX - 1, &user->gid) < 0))
		plan_bad(pl, ERR_USAGE, "", "--user: expected UID[:GID] in numbers, found %.80s", text);
}

static void add_gids(struct planner *pl, struct oci_user *user, const struct strv *gids)
{
	struct u32v all = { arena_newv(pl->a, uint32_t, user->additional_gids.n + gids->n), 0 };

	for (size_t i = 0; i < user->additional_gids.n; i++)
		all.v[all.n++] = user->additional_gids.v[i];
	for (size_t i = 0; i < gids->n; i++)
		if (parse_u32(gids->v[i], 0, UINT32_MAX - 1, &all.v[all.n++]) < 0)
			plan_bad(pl, ERR_USAGE, "",
				 "--additional-gids: expected the number of a group, found %.80s",
				 gids->v[i]);
	user->additional_gids = all;
}

static bool has_word(const struct strv *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], word))
			return true;
	return false;
}

/*
 * To bounding, effective and permitted; never to inheritable (security: D10), so ambient takes only
 * what is inheritable already.
 */
static void add_caps(struct planner *pl, struct oci_process *p, const struct strv *caps)
{
	struct oci_capabilities *c = arena_new(pl->a, struct oci_capabilities);
	struct strv ambient = { arena_newv(pl->a, const char *, caps->n), 0 };

	if (p->capabilities)
		*c = *p->capabilities;
	c->bounding = joined(pl->a, &c->bounding, caps);
	c->effective = joined(pl->a, &c->effective, caps);
	c->permitted = joined(pl->a, &c->permitted, caps);
	for (size_t i = 0; i < caps->n; i++)
		if (has_word(&c->inheritable, caps->v[i]))
			ambient.v[ambient.n++] = caps->v[i];
	c->ambient = joined(pl->a, &c->ambient, &ambient);
	p->capabilities = c;
}

static void set_options(struct planner *pl, struct oci_process *p, const struct exec_options *x)
{
	if (x->args.n)
		p->args = x->args;
	if (x->tty)
		p->terminal = (struct opt_bool){ true, true };
	if (x->no_new_privs)
		p->no_new_privileges = (struct opt_bool){ true, true };
	if (x->cwd)
		p->cwd = x->cwd;
	if (x->apparmor)
		p->apparmor_profile = x->apparmor;
	if (x->process_label)
		p->selinux_label = x->process_label;
	for (size_t i = 0; i < x->env.n; i++)
		if (!strchr(x->env.v[i], '=') || x->env.v[i][0] == '=')
			plan_bad(pl, ERR_USAGE, "", "--env: expected NAME=value, found %.80s",
				 x->env.v[i]);
	if (x->env.n)
		p->env = joined(pl->a, &p->env, &x->env);
	if (x->user)
		set_user(pl, &p->user, x->user);
	if (x->gids.n)
		add_gids(pl, &p->user, &x->gids);
	if (x->caps.n)
		add_caps(pl, p, &x->caps);
}

struct oci_process *exec_process(struct planner *pl, const struct exec_input *in)
{
	const struct oci_process *own = in->spec->process;
	struct oci_process *p = arena_new(pl->a, struct oci_process);

	if (in->document) {
		*p = *in->document;
		if (own)
			inherit(p, own);
	} else if (own) {
		*p = *own;
		/* whether it has a terminal is said by the caller of exec alone */
		p->terminal = (struct opt_bool){ 0 };
		p->args = (struct strv){ 0 };
	}
	set_options(pl, p, in->x);
	return p;
}

/* ---- the place ---- */

/* Below the container's cgroup, and nowhere else (security: T19). */
static bool is_below(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && *path == '.') || (len == 2 && strncmp(path, "..", 2) == 0) ||
		    memchr(path, '\n', len))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

static void place_cgroups(struct planner *pl, const struct strv *list)
{
	struct plan *plan = pl->plan;

	plan->cg_subs = arena_newv(pl->a, struct cg_sub, list->n);
	for (size_t i = 0; i < list->n; i++) {
		const char *text = list->v[i];
		size_t head = strcspn(text, ":/");
		struct cg_sub *sub = &plan->cg_subs[plan->n_cg_subs++];

		if (text[head] == ':') {
			sub->controllers = arena_dup(pl->a, text, head);
			text += head + 1;
		}
		sub->path = *text == '/' ? text + 1 : text;
		if ((*sub->path || *text != '/') && !is_below(sub->path))
			plan_bad(pl, ERR_USAGE, "",
				 "--cgroup: expected a path below the container's cgroup, found %.80s",
				 list->v[i]);
	}
}

static void add_step(struct ns_plan *ns, enum ns_step_kind kind, uint64_t flags)
{
	ns->steps[ns->n_steps++] = (struct ns_step){ .step = kind, .kind = NS__MAX, .flags = flags };
}

void exec_place(struct planner *pl, const struct exec_options *x)
{
	struct ns_plan ns = { 0 };
	uint64_t first = x->joins & ~(uint64_t)CLONE_NEWCGROUP;

	if (first)
		add_step(&ns, NS_STEP_TARGET, first);           /* rule 1 */
	if (x->joins & CLONE_NEWPID)
		add_step(&ns, NS_STEP_FORK, 0);                 /* rule 2 */
	if (x->joins & CLONE_NEWCGROUP)
		add_step(&ns, NS_STEP_TARGET, CLONE_NEWCGROUP); /* rule 3 */
	if (x->joins & CLONE_NEWUSER)
		ns.ns[NS_USER].mode = NS_JOIN;
	pl->plan->ns = ns;
	/* The ids are mapped already; the maps only said which there are. */
	pl->plan->idmap = (struct idmap_plan){ 0 };
	place_cgroups(pl, &x->cgroups);
}
