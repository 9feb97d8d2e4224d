// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * explain.c - a plan for people and scripts, and for the golden tests
 *
 * One printer per type of operation; the order is that of plan.h. Everything that changes what
 * happens to the container is printed, nothing depends on anything but the plan and the facts.
 */
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "plan/internal.h"
#include "plan/printer.h"

/* A word for a bit. */
struct bit {
	uint64_t bit;
	const char *name;
};

/* "a,b,c" of the bits that are set; bits without a name as a number. NULL = none is set. */
static const char *bit_list(struct arena *a, uint64_t value, const struct bit *table, size_t n)
{
	struct joined list = { .a = a };

	for (size_t i = 0; i < n; i++)
		if ((value & table[i].bit) == table[i].bit && table[i].bit) {
			joined_add(&list, table[i].name);
			value &= ~table[i].bit;
		}
	if (value)
		joined_add(&list, arena_fmt(a, "0x%llx", (unsigned long long)value));
	return list.text;
}

/* ---- namespaces and ids ---- */

static const char *ns_flags(struct arena *a, uint64_t flags)
{
	struct bit table[NS__MAX];

	for (int k = 0; k < NS__MAX; k++)
		table[k] = (struct bit){ ns_names[k].flag, ns_names[k].name };
	return bit_list(a, flags, table, NS__MAX);
}

static void print_ns_step(struct printer *p, const struct ns_step *s)
{
	static const char *const names[] = {
		[NS_STEP_JOIN] = "join", [NS_STEP_UNSHARE] = "unshare", [NS_STEP_MAP] = "map-ids",
		[NS_STEP_OFFSETS] = "time-offsets", [NS_STEP_FORK] = "fork",
		[NS_STEP_TARGET] = "join-container",
	};

	print_begin(p, "step", names[s->step]);
	if (s->step == NS_STEP_JOIN)
		print_word(p, "namespace", ns_names[s->kind].name);
	else if (s->flags)
		print_word(p, "new", ns_flags(p->a, s->flags));
	print_end(p, NULL);
}

static void print_ns(struct printer *p, const struct ns_plan *ns)
{
	for (int k = 0; k < NS__MAX; k++) {
		if (ns->ns[k].mode == NS_INHERIT)
			continue;
		print_begin(p, "namespace", ns_names[k].name);
		print_word(p, "mode", ns->ns[k].mode == NS_NEW ? "new" : "join");
		if (ns->ns[k].mode == NS_JOIN)
			print_word(p, "path", ns->ns[k].path);
		print_end(p, ns->ns[k].where);
	}
	print_begin(p, "clone", NULL);
	print_str(p, "new", ns_flags(p->a, ns->clone_flags));
	print_flag(p, "cgroup-after-grant", ns->cgroup_after_grant);
	print_flag(p, "lo-up", ns->lo_up);
	print_end(p, NULL);
	for (size_t i = 0; i < ns->n_steps; i++)
		print_ns_step(p, &ns->steps[i]);
	for (size_t i = 0; i < ns->n_offsets; i++) {
		print_begin(p, "clock", ns->offsets[i].clock);
		print_i64(p, "secs", ns->offsets[i].secs);
		print_u64(p, "nanosecs", ns->offsets[i].nanosecs);
		print_end(p, NULL);
	}
}

static void print_ranges(struct printer *p, const char *section, const char *op,
			 const struct id_ranges *map)
{
	for (size_t i = 0; i < map->n; i++) {
		print_begin(p, section, op);
		print_u64(p, "inside", map->v[i].inside);
		print_u64(p, "outside", map->v[i].outside);
		print_u64(p, "count", map->v[i].count);
		print_end(p, NULL);
	}
}

static void print_idmap(struct printer *p, const struct idmap_plan *m)
{
	if (m->writer == IDMAP_NONE)
		return;
	print_begin(p, "idmap-writer", NULL);
	print_str(p, "by", m->writer == IDMAP_DIRECT ? "taper" : "newuidmap");
	print_str(p, "newuidmap", m->newuidmap);
	print_str(p, "newgidmap", m->newgidmap);
	print_flag(p, "deny-setgroups", m->deny_setgroups);
	print_end(p, NULL);
	print_ranges(p, "idmap", "uid", &m->uid);
	print_ranges(p, "idmap", "gid", &m->gid);
}

/* ---- file system ---- */

static const char *propagation(unsigned long flags, bool rec)
{
	const struct { unsigned long flag; const char *name; } table[] = {
		{ MS_SHARED, "rshared" }, { MS_SLAVE, "rslave" }, { MS_PRIVATE, "rprivate" },
		{ MS_UNBINDABLE, "runbindable" },
	};

	rec |= (flags & MS_REC) != 0;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (flags & table[i].flag)
			return table[i].name + !rec;
	return NULL;
}

static const char *attr_list(struct arena *a, uint64_t attrs)
{
	static const struct bit table[] = {
		{ MOUNT_ATTR_RDONLY, "ro" }, { MOUNT_ATTR_NOSUID, "nosuid" },
		{ MOUNT_ATTR_NODEV, "nodev" }, { MOUNT_ATTR_NOEXEC, "noexec" },
		{ MOUNT_ATTR__ATIME, "atime" }, { MOUNT_ATTR_NOATIME, "noatime" },
		{ MOUNT_ATTR_STRICTATIME, "strictatime" }, { MOUNT_ATTR_NODIRATIME, "nodiratime" },
		{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
	};

	return bit_list(a, attrs, table, ARRAY_SIZE(table));
}

static const char *sb_list(struct arena *a, unsigned long flags)
{
	static const struct bit table[] = {
		{ MS_RDONLY, "ro" }, { MS_SYNCHRONOUS, "sync" }, { MS_DIRSYNC, "dirsync" },
		{ MS_LAZYTIME, "lazytime" }, { MS_MANDLOCK, "mand" }, { MS_I_VERSION, "iversion" },
		{ MS_SILENT, "silent" },
	};

	return bit_list(a, flags, table, ARRAY_SIZE(table));
}

static const char *data_list(struct arena *a, const struct kvv *data)
{
	struct joined list = { .a = a };

	for (size_t i = 0; i < data->n; i++)
		joined_add(&list, !data->v[i].value ? data->v[i].key
						    : arena_fmt(a, "%s=%s", data->v[i].key,
								data->v[i].value));
	return list.text;
}

static const char *range_list(struct arena *a, const struct id_ranges *map)
{
	struct joined list = { .a = a };

	for (size_t i = 0; i < map->n; i++)
		joined_add(&list, arena_fmt(a, "%u:%u:%u", map->v[i].inside, map->v[i].outside,
					    map->v[i].count));
	return list.text;
}

static void print_mount_opts(struct printer *p, const struct mount_opts *o)
{
	print_str(p, "set", attr_list(p->a, o->attr_set));
	print_str(p, "clear", attr_list(p->a, o->attr_clr));
	print_str(p, "set-below", attr_list(p->a, o->rec_set));
	print_str(p, "clear-below", attr_list(p->a, o->rec_clr));
	print_str(p, "super-set", sb_list(p->a, o->sb_set));
	print_str(p, "super-clear", sb_list(p->a, o->sb_clr));
	print_str(p, "propagation", propagation(o->propagation, o->propagation_rec));
	print_str(p, "data", data_list(p->a, &o->data));
	print_flag(p, "bind", o->bind && o->remount);
	print_flag(p, "recursive", o->bind_rec);
	print_flag(p, "remount", o->remount);
	print_flag(p, "copy-up", o->tmpcopyup);
	print_flag(p, "idmap", o->idmap && !o->idmap_rec);
	print_flag(p, "idmap-recursive", o->idmap_rec);
	print_flag(p, "src-nofollow", o->src_nofollow);
	print_flag(p, "dest-nofollow", o->dest_nofollow);
	print_flag(p, "copy-symlink", o->copy_symlink);
	print_flag(p, "nofail", o->nofail);
}

static void print_mount(struct printer *p, const struct fs_op *op)
{
	print_str(p, "type", op->mount.type);
	print_str(p, op->kind == FS_BIND ? "from" : "source", op->mount.source);
	print_mount_opts(p, &op->mount.opts);
	print_str(p, "uids", range_list(p->a, &op->mount.uid_map));
	print_str(p, "gids", range_list(p->a, &op->mount.gid_map));
	print_str(p, "label", op->mount.label);
	print_flag(p, "early", op->mount.early);
	print_flag(p, "or-bind-sysfs", op->mount.sysfs_fallback);
}

static void print_device(struct printer *p, const struct fs_op *op)
{
	mode_t type = op->device.mode & S_IFMT;

	print_word(p, "type", type == S_IFCHR ? "c" : type == S_IFBLK ? "b" : "p");
	if (type != S_IFIFO)
		print_word(p, "number",
			   arena_fmt(p->a, "%u:%u", op->device.major, op->device.minor));
	print_str(p, "mode", arena_fmt(p->a, "%04o", op->device.mode & 07777));
	print_u64(p, "uid", op->device.uid);
	print_u64(p, "gid", op->device.gid);
	print_flag(p, "bind", op->device.bind);
}

static void print_fs_op(struct printer *p, const char *section, const struct fs_op *op)
{
	static const char *const names[FS__MAX] = {
		[FS_MOUNT] = "mount", [FS_BIND] = "bind", [FS_CGROUP] = "cgroup",
		[FS_DEVICE] = "device", [FS_SYMLINK] = "symlink", [FS_READONLY] = "readonly",
		[FS_MASK] = "mask", [FS_MOUNT_READONLY] = "mount-readonly",
		[FS_ROOT_READONLY] = "root-readonly",
	};

	print_begin(p, section, names[op->kind]);
	print_word(p, "path", op->dst);
	switch (op->kind) {
	case FS_MOUNT:
	case FS_BIND:
	case FS_CGROUP:
		print_mount(p, op);
		break;
	case FS_DEVICE:
		print_device(p, op);
		break;
	case FS_SYMLINK:
		print_str(p, "to", op->link.target);
		print_flag(p, "replace", op->link.replace);
		print_flag(p, "if-target", op->link.need_target);
		break;
	case FS_READONLY:
	case FS_MASK:
	case FS_MOUNT_READONLY:
	case FS_ROOT_READONLY:
	case FS__MAX:
		break;
	}
	print_end(p, op->where);
}

static void print_root(struct printer *p, const struct root_plan *r)
{
	print_begin(p, "root", NULL);
	print_word(p, "path", r->path);
	print_flag(p, "no-pivot", r->no_pivot);
	print_flag(p, "pivot-after-hooks", r->pivot_late);
	print_str(p, "tree", propagation(r->tree_propagation, false));
	print_str(p, "propagation", propagation(r->propagation, false));
	print_end(p, NULL);
}

/* ---- settings ---- */

static void print_hooks(struct printer *p, const struct plan *plan)
{
	static const char *const names[HOOK__MAX] = {
		[HOOK_PRESTART] = "prestart",
		[HOOK_CREATE_RUNTIME] = "createRuntime",
		[HOOK_CREATE_CONTAINER] = "createContainer",
		[HOOK_START_CONTAINER] = "startContainer",
		[HOOK_POSTSTART] = "poststart",
		[HOOK_POSTSTOP] = "poststop",
	};

	for (int kind = 0; kind < HOOK__MAX; kind++)
		for (size_t i = 0; i < plan->hooks[kind].n; i++) {
			const struct hook_plan *h = &plan->hooks[kind].v[i];
			size_t argc = 0, envc = 0;

			while (h->argv[argc])
				argc++;
			while (h->envp && h->envp[envc])
				envc++;
			print_begin(p, "hook", names[kind]);
			print_word(p, "path", h->path);
			if (h->timeout_ms)
				print_u64(p, "timeout-ms", h->timeout_ms);
			print_flag(p, "inherit-env", !h->envp);
			print_words(p, "args", h->argv, argc);
			if (h->envp)
				print_list(p, "env", h->envp, envc);
			print_end(p, h->where);
		}
}

static void print_settings(struct printer *p, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_sysctls; i++) {
		print_begin(p, "sysctl", plan->sysctls[i].file);
		print_word(p, "value", plan->sysctls[i].value);
		print_end(p, plan->sysctls[i].where);
	}
	print_hooks(p, plan);
	for (size_t i = 0; i < plan->n_netdevs; i++) {
		print_begin(p, "netdev", plan->netdevs[i].host_name);
		print_word(p, "name", plan->netdevs[i].name);
		print_end(p, plan->netdevs[i].where);
	}
	if (!plan->rdt)
		return;
	print_begin(p, "resctrl", NULL);
	print_word(p, "group", plan->rdt->clos_id);
	print_flag(p, "create", plan->rdt->may_create);
	print_flag(p, "monitor", plan->rdt->monitoring);
	print_words(p, "schemata", plan->rdt->schemata, plan->rdt->n_schemata);
	print_end(p, "linux.intelRdt");
}

/* ---- cgroup ---- */

static void print_cg_write(struct printer *p, const struct cg_write *w, const struct facts *f)
{
	print_begin(p, "cgroup-write", w->file);
	print_word(p, "value", w->value);
	print_str(p, "controller", w->controller);
	print_str(p, "hierarchy", f->cg.hier[w->hier].mount);
	if (w->or_else) {
		print_str(p, "else-file", w->or_else->file);
		print_str(p, "else-value", w->or_else->value);
	}
	print_flag(p, "optional", w->optional);
	print_end(p, w->where);
}

/* The instructions that devbpf.c makes, as text. */
static const char *insn_text(struct arena *a, const struct bpf_insn *in)
{
	const char *op = "?";

	switch (in->code) {
	case BPF_LDX | BPF_MEM | BPF_W:
		return arena_fmt(a, "w%u = context[%d]", in->dst_reg, in->off);
	case BPF_ALU | BPF_MOV | BPF_X:
		return arena_fmt(a, "w%u = w%u", in->dst_reg, in->src_reg);
	case BPF_JMP | BPF_EXIT:
		return "exit";
	case BPF_JMP | BPF_JA:
		return arena_fmt(a, "skip %d", in->off);
	case BPF_ALU | BPF_MOV | BPF_K: op = "="; break;
	case BPF_ALU | BPF_AND | BPF_K: op = "&="; break;
	case BPF_ALU | BPF_RSH | BPF_K: op = ">>="; break;
	case BPF_JMP32 | BPF_JNE | BPF_K: op = "!="; break;
	case BPF_JMP32 | BPF_JSET | BPF_K: op = "&"; break;
	}
	if (BPF_CLASS(in->code) == BPF_JMP32)
		return arena_fmt(a, "if w%u %s %u skip %d", in->dst_reg, op, (unsigned)in->imm,
				 in->off);
	return arena_fmt(a, "w%u %s %u", in->dst_reg, op, (unsigned)in->imm);
}

static void print_unit(struct printer *p, const struct sd_plan *sd)
{
	print_begin(p, "unit", NULL);
	print_word(p, "name", sd->unit);
	print_str(p, "bus", sd->user_bus ? "user" : "system");
	print_str(p, "subgroup", *sd->subgroup ? sd->subgroup : NULL);
	print_end(p, NULL);
	for (size_t i = 0; i < sd->n_props; i++) {
		print_begin(p, "unit-property", sd->props[i].name);
		print_word(p, "value", gvariant_print(p->a, &sd->props[i].value));
		print_end(p, sd->props[i].where);
	}
}

static void print_cgroup(struct printer *p, const struct cg_plan *cg, const struct facts *f)
{
	static const char *const managers[] = {
		[CG_CGROUPFS] = "cgroupfs", [CG_SYSTEMD] = "systemd", [CG_DISABLED] = "disabled",
	};

	print_begin(p, "cgroup", NULL);
	print_word(p, "path", cg->path);
	print_str(p, "manager", managers[cg->manager]);
	print_flag(p, "below-own", cg->relative_to_own);
	print_flag(p, "best-effort", cg->best_effort);
	print_flag(p, "hands-on-all-controllers", cg->hand_on);
	print_str(p, "delegate", cg->delegate);
	if (cg->has_owner)
		print_u64(p, "owner", cg->owner);
	print_str(p, "enable", *cg->controllers ? cg->controllers : NULL);
	print_end(p, NULL);
	if (cg->sd)
		print_unit(p, cg->sd);
	for (size_t i = 0; i < cg->n_writes; i++)
		print_cg_write(p, &cg->writes[i], f);
	for (size_t i = 0; i < cg->n_dev_prog; i++) {
		print_begin(p, "device-filter", arena_fmt(p->a, "%zu", i));
		print_word(p, "insn", insn_text(p->a, &cg->dev_prog[i]));
		print_end(p, NULL);
	}
}

/* ---- process ---- */

static void print_caps(struct printer *p, const struct process_plan *pr)
{
	static const char *const sets[CAPSET__MAX] = {
		[CAPSET_BOUNDING] = "bounding", [CAPSET_EFFECTIVE] = "effective",
		[CAPSET_INHERITABLE] = "inheritable", [CAPSET_PERMITTED] = "permitted",
		[CAPSET_AMBIENT] = "ambient",
	};
	struct bit table[64];

	for (unsigned i = 0; i < 64; i++) {
		const char *name = cap_name(i);

		table[i] = (struct bit){ name ? UINT64_C(1) << i : 0, name };
	}
	for (int set = 0; set < CAPSET__MAX; set++) {
		const char *list = bit_list(p->a, pr->caps[set], table, ARRAY_SIZE(table));

		print_begin(p, "capabilities", sets[set]);
		print_word(p, "set", list ? list : "none");
		print_end(p, NULL);
	}
}

static const char *limit_text(struct arena *a, uint64_t v)
{
	return v == UINT64_MAX ? "unlimited" : arena_fmt(a, "%llu", (unsigned long long)v);
}

static void print_user(struct printer *p, const struct process_plan *pr)
{
	struct joined groups = { .a = p->a };

	for (size_t i = 0; i < pr->n_groups; i++)
		joined_add(&groups, arena_fmt(p->a, "%u", pr->groups[i]));
	print_begin(p, "user", NULL);
	print_u64(p, "uid", pr->uid);
	print_u64(p, "gid", pr->gid);
	print_str(p, "groups", groups.text);
	print_flag(p, "keep-groups", pr->keep_groups);
	print_str(p, "umask", arena_fmt(p->a, "%04o", pr->umask));
	print_end(p, NULL);
	print_caps(p, pr);
	for (size_t i = 0; i < pr->n_rlimits; i++) {
		print_begin(p, "rlimit", pr->rlimits[i].name);
		print_str(p, "soft", limit_text(p->a, pr->rlimits[i].soft));
		print_str(p, "hard", limit_text(p->a, pr->rlimits[i].hard));
		print_end(p, pr->rlimits[i].where);
	}
}

static void print_sched(struct printer *p, const struct process_plan *pr)
{
	if (pr->sched.set) {
		print_begin(p, "scheduler", NULL);
		print_u64(p, "policy", pr->sched.policy);
		print_u64(p, "flags", pr->sched.flags);
		print_i64(p, "nice", pr->sched.nice);
		print_u64(p, "priority", pr->sched.priority);
		print_u64(p, "runtime", pr->sched.runtime);
		print_u64(p, "deadline", pr->sched.deadline);
		print_u64(p, "period", pr->sched.period);
		print_end(p, "process.scheduler");
	}
	if (pr->has_mempolicy) {
		struct joined nodes = { .a = p->a };

		for (unsigned i = 0; i < 64 * ARRAY_SIZE(pr->mempolicy_nodes); i++)
			if (pr->mempolicy_nodes[i / 64] & (UINT64_C(1) << (i % 64)))
				joined_add(&nodes, arena_fmt(p->a, "%u", i));
		print_begin(p, "memory-policy", NULL);
		print_i64(p, "mode", pr->mempolicy_mode);
		print_str(p, "nodes", nodes.text);
		print_end(p, "linux.memoryPolicy");
	}
}

static void print_process(struct printer *p, const struct process_plan *pr)
{
	print_begin(p, "process", NULL);
	print_str(p, "cwd", pr->cwd);
	print_flag(p, "terminal", pr->terminal);
	if (pr->rows || pr->cols)
		print_str(p, "size", arena_fmt(p->a, "%ux%u", pr->cols, pr->rows));
	print_flag(p, "no-new-privileges", pr->no_new_privs);
	print_flag(p, "needs-home", pr->needs_home);
	if (pr->has_oom_score_adj)
		print_i64(p, "oom-score-adj", pr->oom_score_adj);
	if (pr->has_ioprio)
		print_i64(p, "io-priority", pr->ioprio);
	if (pr->has_personality)
		print_u64(p, "personality", pr->personality);
	print_str(p, "apparmor", pr->apparmor);
	print_str(p, "selinux", pr->selinux);
	print_str(p, "keyring", pr->new_keyring ? pr->keyring : NULL);
	if (pr->n_fds)
		print_u64(p, "fds", pr->n_fds);
	print_end(p, NULL);
	print_begin(p, "args", NULL);
	print_words(p, "argv", pr->argv, pr->argc);
	print_end(p, "process.args");
	for (size_t i = 0; i < pr->n_env; i++) {
		print_begin(p, "env", pr->envp[i]);
		print_end(p, NULL);
	}
	print_user(p, pr);
	print_sched(p, pr);
}

/* ---- seccomp ---- */

static const char *action_text(struct arena *a, uint32_t action)
{
	const char *name = seccomp_action_name(action);
	unsigned data = action & 0xffff;

	if (!name)
		return arena_fmt(a, "0x%x", action);
	return data ? arena_fmt(a, "%s(%u)", name, data) : name;
}

static void print_seccomp_rule(struct printer *p, const struct seccomp_rule *r)
{
	print_begin(p, "seccomp-rule", r->name);
	print_word(p, "action", action_text(p->a, r->action));
	for (size_t i = 0; i < r->n_args; i++) {
		const struct seccomp_arg *arg = &r->args[i];

		print_str(p, arena_fmt(p->a, "arg%u", arg->index),
			  arena_fmt(p->a, "%s:%llu:%llu", seccomp_operator_name(arg->op),
				    (unsigned long long)arg->a, (unsigned long long)arg->b));
	}
	print_end(p, r->where);
}

static void print_seccomp(struct printer *p, const struct seccomp_plan *s)
{
	struct joined archs = { .a = p->a };

	for (size_t i = 0; i < s->n_archs; i++)
		joined_add(&archs, seccomp_arch_name(s->archs[i]));
	print_begin(p, "seccomp", NULL);
	if (s->n_bpf)
		print_u64(p, "instructions", s->n_bpf);
	else
		print_str(p, "default", action_text(p->a, s->default_action));
	print_str(p, "architectures", archs.text);
	print_u64(p, "flags", s->flags);
	print_flag(p, "flags-optional", s->flags_optional);
	print_flag(p, "enosys-for-newer", s->enosys_stub);
	print_flag(p, "fail-unknown", s->fail_unknown);
	print_flag(p, "notify", s->notify);
	print_str(p, "listener", s->listener_path);
	print_str(p, "metadata", s->listener_metadata);
	print_end(p, "linux.seccomp");
	for (size_t i = 0; i < s->n_rules; i++)
		print_seccomp_rule(p, &s->rules[i]);
}

const char *plan_explain(struct arena *a, const struct plan *plan, const struct facts *facts,
			 bool json)
{
	struct printer p;

	print_start(&p, a, json);
	print_begin(&p, "container", NULL);
	print_word(&p, "id", plan->id);
	print_str(&p, "bundle", plan->bundle);
	print_str(&p, "hostname", plan->hostname);
	print_str(&p, "domainname", plan->domainname);
	print_str(&p, "mount-label", plan->mount_label);
	print_end(&p, NULL);
	for (size_t i = 0; i < plan->n_warnings; i++) {
		print_begin(&p, "warning", plan->warnings[i]);
		print_end(&p, NULL);
	}
	print_ns(&p, &plan->ns);
	print_idmap(&p, &plan->idmap);
	print_root(&p, &plan->root);
	for (size_t i = 0; i < plan->n_fs; i++)
		print_fs_op(&p, "fs", &plan->fs[i]);
	for (size_t i = 0; i < plan->n_seal; i++)
		print_fs_op(&p, "seal", &plan->seal[i]);
	print_settings(&p, plan);
	print_cgroup(&p, &plan->cgroup, facts);
	print_process(&p, &plan->process);
	if (plan->seccomp)
		print_seccomp(&p, plan->seccomp);
	return print_finish(&p);
}
