// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sched.c - scheduling, I/O priority, CPU affinity, NUMA memory policy, personality
 *
 * Spec: config.md, "Linux Process" (scheduler, ioPriority, execCPUAffinity); config-linux.md,
 * "Memory Policy" and "Personality". Kernel: sched_setattr(2), ioprio_set(2), set_mempolicy(2),
 * personality(2).
 */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sys/personality.h>

#include "plan/internal.h"

#define POLICY_ISO 4                     /* reserved in linux/sched.h, never merged */
#define MEMPOLICY_WEIGHTED_INTERLEAVE 6  /* Linux 6.9 */

static const struct name_value policies[] = {
	{ "SCHED_BATCH", SCHED_BATCH },
	{ "SCHED_DEADLINE", SCHED_DEADLINE },
	{ "SCHED_FIFO", SCHED_FIFO },
	{ "SCHED_IDLE", SCHED_IDLE },
	{ "SCHED_ISO", POLICY_ISO },
	{ "SCHED_OTHER", SCHED_NORMAL },
	{ "SCHED_RR", SCHED_RR },
};

static const struct name_value sched_flags[] = {
	{ "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
};

static const struct name_value io_classes[] = {
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
};

static const struct name_value memory_modes[] = {
	{ "MPOL_BIND", MPOL_BIND },
	{ "MPOL_DEFAULT", MPOL_DEFAULT },
	{ "MPOL_INTERLEAVE", MPOL_INTERLEAVE },
	{ "MPOL_LOCAL", MPOL_LOCAL },
	{ "MPOL_PREFERRED", MPOL_PREFERRED },
	{ "MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY },
	{ "MPOL_WEIGHTED_INTERLEAVE", MEMPOLICY_WEIGHTED_INTERLEAVE },
};

static const struct name_value memory_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
};

const struct name_table memory_names[2] = { NAME_TABLE(memory_modes), NAME_TABLE(memory_flags) };

static const struct name_value domains[] = {
	{ "LINUX", PER_LINUX },
	{ "LINUX32", PER_LINUX32 },
};

/* The value of a name; an unknown one is a problem and counts as 0. */
static int64_t value_of(struct planner *pl, const struct name_value *table, size_t n,
			const char *name, const char *where)
{
	const struct name_value *row = name ? name_find(table, n, name) : NULL;

	if (!row)
		plan_bad(pl, ERR_VALUE, where, "unknown value %s", name ? name : "");
	return row ? row->value : 0;
}

static uint64_t flags_of(struct planner *pl, const struct name_value *table, size_t n,
			 const struct strv *list, const char *where)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < list->n; i++)
		flags |= (uint64_t)value_of(pl, table, n, list->v[i],
					    arena_fmt(pl->a, "%s[%zu]", where, i));
	return flags;
}

static void plan_scheduler(struct planner *pl, const struct oci_scheduler *s)
{
	struct sched_plan *out = &pl->plan->process.sched;
	bool real_time, deadline;

	out->set = true;
	out->policy = (uint32_t)value_of(pl, policies, ARRAY_SIZE(policies), s->policy,
					 "process.scheduler.policy");
	out->flags = flags_of(pl, sched_flags, ARRAY_SIZE(sched_flags), &s->flags,
			      "process.scheduler.flags");
	out->nice = s->nice.v;
	out->priority = (uint32_t)s->priority.v;
	out->runtime = s->runtime.v;
	out->deadline = s->deadline.v;
	out->period = s->period.v;
	real_time = out->policy == SCHED_FIFO || out->policy == SCHED_RR;
	deadline = out->policy == SCHED_DEADLINE;

	if (s->nice.v < -20 || s->nice.v > 19)
		plan_bad(pl, ERR_RANGE, "process.scheduler.nice", "expected -20 to 19, found %d",
			 s->nice.v);
	if (real_time && (s->priority.v < 1 || s->priority.v > 99))
		plan_bad(pl, ERR_RANGE, "process.scheduler.priority", "expected 1 to 99, found %d",
			 s->priority.v);
	if (!real_time && s->priority.v != 0)
		plan_bad(pl, ERR_CONFLICT, "process.scheduler.priority",
			 "only SCHED_FIFO and SCHED_RR have a priority");
	if (!deadline && (s->runtime.v || s->deadline.v || s->period.v))
		plan_bad(pl, ERR_CONFLICT, "process.scheduler",
			 "runtime, deadline and period are for SCHED_DEADLINE");
}

static void plan_ioprio(struct planner *pl, const struct oci_io_priority *io)
{
	struct process_plan *out = &pl->plan->process;
	int class = (int)value_of(pl, io_classes, ARRAY_SIZE(io_classes), io->class,
				  "process.ioPriority.class");

	if (io->priority < 0 || io->priority > 7) {
		plan_bad(pl, ERR_RANGE, "process.ioPriority.priority", "expected 0 to 7, found %d",
			 io->priority);
		return;
	}
	out->has_ioprio = true;
	out->ioprio = class << IOPRIO_CLASS_SHIFT | io->priority;
}

/* execCPUAffinity concerns exec alone, but a mistake in it is found at create. */
static const uint64_t *plan_affinity(struct planner *pl, const char *list, const char *where)
{
	uint64_t *bits;

	if (!list || !*list)
		return NULL;
	bits = arena_newv(pl->a, uint64_t, CPU_WORDS);
	if (list_parse(list, bits, 64 * CPU_WORDS) < 0)
		plan_bad(pl, ERR_VALUE, where, "expected a list such as 0-3,7, found %s", list);
	return bits;
}

static void plan_mempolicy(struct planner *pl, const struct oci_memory_policy *m)
{
	struct process_plan *out = &pl->plan->process;
	const unsigned max = 64 * (unsigned)ARRAY_SIZE(out->mempolicy_nodes);
	int mode = (int)value_of(pl, memory_modes, ARRAY_SIZE(memory_modes), m->mode,
				 "linux.memoryPolicy.mode");
	uint64_t flags = flags_of(pl, memory_flags, ARRAY_SIZE(memory_flags), &m->flags,
				  "linux.memoryPolicy.flags");
	bool has_nodes = m->nodes && *m->nodes;
	int r = has_nodes ? list_parse(m->nodes, out->mempolicy_nodes, max) : 0;

	out->has_mempolicy = true;
	out->mempolicy_mode = mode | (int)flags;
	if (r == -ERANGE)
		plan_bad(pl, ERR_RANGE, "linux.memoryPolicy.nodes", "node numbers end at %u",
			 max - 1);
	else if (r < 0)
		plan_bad(pl, ERR_VALUE, "linux.memoryPolicy.nodes",
			 "expected a list such as 0-3,7, found %s", m->nodes);
	if ((flags & MPOL_F_STATIC_NODES) && (flags & MPOL_F_RELATIVE_NODES))
		plan_bad(pl, ERR_CONFLICT, "linux.memoryPolicy.flags",
			 "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
	if (has_nodes && (mode == MPOL_DEFAULT || mode == MPOL_LOCAL))
		plan_bad(pl, ERR_CONFLICT, "linux.memoryPolicy.nodes", "%s takes no nodes",
			 m->mode);
	if (!has_nodes && mode != MPOL_DEFAULT && mode != MPOL_LOCAL && mode != MPOL_PREFERRED)
		plan_bad(pl, ERR_MISSING, "linux.memoryPolicy.nodes", "%s needs nodes", m->mode);
}

static void plan_personality(struct planner *pl, const struct oci_personality *p)
{
	pl->plan->process.has_personality = true;
	pl->plan->process.personality = (unsigned long)value_of(
		pl, domains, ARRAY_SIZE(domains), p->domain, "linux.personality.domain");
	if (p->flags.n)
		plan_warn(pl, "linux.personality.flags: no flag is defined, all are ignored");
}

void plan_sched(struct planner *pl)
{
	const struct oci_process *p = pl->spec->process;
	struct process_plan *out = &pl->plan->process;

	if (p && p->scheduler)
		plan_scheduler(pl, p->scheduler);
	if (p && p->io_priority)
		plan_ioprio(pl, p->io_priority);
	if (p && p->exec_cpu_affinity) {
		out->cpus_initial = plan_affinity(pl, p->exec_cpu_affinity->initial,
						  "process.execCPUAffinity.initial");
		out->cpus_final = plan_affinity(pl, p->exec_cpu_affinity->final,
						"process.execCPUAffinity.final");
	}
	if (pl->lin->memory_policy)
		plan_mempolicy(pl, pl->lin->memory_policy);
	if (pl->lin->personality)
		plan_personality(pl, pl->lin->personality);
}
