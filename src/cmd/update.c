// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * update.c - change the resources of a container that exists
 *
 * The options are those of runc and crun; with --resources they are laid over the document. 0, or an
 * empty text, leaves a value as it is, but for those of which 0 is a value (see zero_counts).
 */
#include "apply/update.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/fd.h"
#include "cmd/app.h"
#include "cmd/size.h"
#include "host/facts.h"
#include "libocispec/decode.h"
#include "libocispec/overlay.h"

enum flag {
	BLKIO_WEIGHT, CPU_BURST, CPU_IDLE, CPU_PERIOD, CPU_QUOTA, CPU_RT_PERIOD, CPU_RT_RUNTIME,
	CPU_SHARE, CPUSET_CPUS, CPUSET_MEMS, KERNEL_MEMORY, KERNEL_MEMORY_TCP, L3_CACHE_SCHEMA,
	MEM_BW_SCHEMA, MEMORY, MEMORY_RESERVATION, MEMORY_SWAP, PIDS_LIMIT, FLAG__MAX,
};

struct update_options {
	const char *resources;
	bool dry_run;
	const char *flag[FLAG__MAX];         /* as given, NULL = not given */
};

#define FLAG(id, name_, arg_, help_) \
	CLI_OPT(struct update_options, flag[id], CLI_TEXT, name_, 0, .arg = (arg_), .help = (help_))

static const struct cli_option options_table[] = {
	CLI_OPT(struct update_options, resources, CLI_TEXT, "resources", 'r', .arg = "FILE",
		.help = "read linux.resources as JSON from FILE, - = standard input"),
	CLI_OPT(struct update_options, dry_run, CLI_FLAG, "dry-run", 0,
		.help = "print what would change, and change nothing"),
	FLAG(MEMORY, "memory", "BYTES", "memory limit (k, m, g may follow), -1 = none"),
	FLAG(MEMORY_RESERVATION, "memory-reservation", "BYTES", "memory that is kept for the container"),
	FLAG(MEMORY_SWAP, "memory-swap", "BYTES", "limit of memory and swap together, -1 = none"),
	FLAG(CPU_SHARE, "cpu-share", "N", "weight against other cgroups (1024 is usual)"),
	FLAG(CPU_QUOTA, "cpu-quota", "US", "CPU time in each period, -1 = no limit"),
	FLAG(CPU_PERIOD, "cpu-period", "US", "length of a period"),
	FLAG(CPU_BURST, "cpu-burst", "US", "CPU time that may be saved up"),
	FLAG(CPU_IDLE, "cpu-idle", "0|1", "1 = run only when nothing else does"),
	FLAG(CPU_RT_PERIOD, "cpu-rt-period", "US", "length of a realtime period"),
	FLAG(CPU_RT_RUNTIME, "cpu-rt-runtime", "US", "realtime CPU time in each period"),
	FLAG(CPUSET_CPUS, "cpuset-cpus", "LIST", "CPUs that may be used (0-3,7)"),
	FLAG(CPUSET_MEMS, "cpuset-mems", "LIST", "memory nodes that may be used"),
	FLAG(PIDS_LIMIT, "pids-limit", "N", "number of processes and threads, -1 = no limit"),
	FLAG(BLKIO_WEIGHT, "blkio-weight", "N", "share of block I/O, 10 to 1000"),
	FLAG(L3_CACHE_SCHEMA, "l3-cache-schema", "TEXT", "Intel RDT: L3 cache schema"),
	FLAG(MEM_BW_SCHEMA, "mem-bw-schema", "TEXT", "Intel RDT: memory bandwidth schema"),
	FLAG(KERNEL_MEMORY, "kernel-memory", "BYTES", NULL),
	FLAG(KERNEL_MEMORY_TCP, "kernel-memory-tcp", "BYTES", NULL),
};

/* ---- options to resources ---- */

/* The objects that options may need; those that stay empty are left out. */
struct holder {
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_pids pids;
	struct oci_block_io block_io;
};

enum value_kind { V_U32, V_U64, V_I64, V_BYTES, V_LIST, V_NONE };

static const struct flag_row {
	const char *name;
	enum value_kind kind;
	bool zero_counts;
	size_t offset;                       /* into struct holder */
} rows[FLAG__MAX] = {
#define ROW(id, name, kind, zero, member) [id] = { name, kind, zero, offsetof(struct holder, member) }
	ROW(BLKIO_WEIGHT, "blkio-weight", V_U32, false, block_io.weight),
	ROW(CPU_BURST, "cpu-burst", V_U64, true, cpu.burst),
	ROW(CPU_IDLE, "cpu-idle", V_I64, true, cpu.idle),
	ROW(CPU_PERIOD, "cpu-period", V_U64, false, cpu.period),
	ROW(CPU_QUOTA, "cpu-quota", V_I64, false, cpu.quota),
	ROW(CPU_RT_PERIOD, "cpu-rt-period", V_U64, false, cpu.realtime_period),
	ROW(CPU_RT_RUNTIME, "cpu-rt-runtime", V_I64, false, cpu.realtime_runtime),
	ROW(CPU_SHARE, "cpu-share", V_U64, false, cpu.shares),
	ROW(CPUSET_CPUS, "cpuset-cpus", V_LIST, false, cpu.cpus),
	ROW(CPUSET_MEMS, "cpuset-mems", V_LIST, false, cpu.mems),
	ROW(KERNEL_MEMORY, "kernel-memory", V_BYTES, false, memory.kernel),
	ROW(KERNEL_MEMORY_TCP, "kernel-memory-tcp", V_BYTES, false, memory.kernel_tcp),
	[L3_CACHE_SCHEMA] = { "l3-cache-schema", V_NONE, false, 0 },
	[MEM_BW_SCHEMA] = { "mem-bw-schema", V_NONE, false, 0 },
	ROW(MEMORY, "memory", V_BYTES, false, memory.limit),
	ROW(MEMORY_RESERVATION, "memory-reservation", V_BYTES, false, memory.reservation),
	ROW(MEMORY_SWAP, "memory-swap", V_BYTES, false, memory.swap),
	ROW(PIDS_LIMIT, "pids-limit", V_I64, true, pids.limit),
#undef ROW
};

static int set_flag(const struct flag_row *row, const char *text, void *member)
{
	struct opt_u32 u32 = { .set = true };
	struct opt_u64 u64 = { .set = true };
	struct opt_i64 i64 = { .set = true };
	int r = 0;

	if (str_eq(text, "") || (str_eq(text, "0") && !row->zero_counts && row->kind != V_LIST))
		return 0;
	switch (row->kind) {
	case V_NONE: break;
	case V_LIST: memcpy(member, &text, sizeof(text)); break;
	case V_U32:
		r = parse_u32(text, 0, UINT32_MAX, &u32.v);
		memcpy(member, &u32, sizeof(u32));
		break;
	case V_U64:
		r = parse_u64(text, 0, UINT64_MAX, &u64.v);
		memcpy(member, &u64, sizeof(u64));
		break;
	case V_I64:
	case V_BYTES:
		r = row->kind == V_BYTES ? parse_size(text, &i64.v)
					 : parse_i64(text, -1, INT64_MAX, &i64.v);
		memcpy(member, &i64, sizeof(i64));
		break;
	}
	return r;
}

#define PRESENT(part, dst) \
	do { \
		static const __typeof__(part) nothing_; \
		if (memcmp(&(part), &nothing_, sizeof(nothing_)) != 0) \
			(dst) = &(part); \
	} while (0)

static int read_flags(struct app *app, const struct update_options *o, struct oci_resources *ret,
		      struct err *e)
{
	struct holder *h = arena_new(&app->arena, struct holder);
	struct oci_resources flags = { 0 };

	for (int i = 0; i < FLAG__MAX; i++) {
		const struct flag_row *row = &rows[i];

		if (o->flag[i] && set_flag(row, o->flag[i], (char *)h + row->offset) < 0)
			return err_set(e, -EINVAL, ERR_USAGE, "--%s: expected %s, found %.40s", row->name,
				       row->kind == V_BYTES ? "a number of bytes such as 64m" : "a number",
				       o->flag[i]);
	}
	PRESENT(h->memory, flags.memory);
	PRESENT(h->cpu, flags.cpu);
	PRESENT(h->pids, flags.pids);
	PRESENT(h->block_io, flags.block_io);
	overlay(&app->arena, &oci_resources_type, ret, &flags);
	return 0;
}

/* ---- the document ---- */

/* Problems of a document that is not a whole config: the paths begin inside it. */
static int blame(struct app *app, const struct problems *p, const char *text, size_t len, struct err *e)
{
	const char *rest;

	*e = p->v[0];
	rest = str_starts(e->path, "linux.resources.");
	if (rest)
		memmove(e->path, rest, strlen(rest) + 1);
	if (text && !e->line && e->path[0])
		decode_locate(text, len, e->path, &e->line, &e->col);
	if (p->n + p->lost > 1)
		app->hint = arena_fmt(&app->arena, "and %zu more", p->n + p->lost - 1);
	return e->code;
}

static int read_document(struct app *app, const char *path, char **ret, size_t *ret_len, struct err *e)
{
	bool is_stdin = str_eq(path, "-");
	_close_fd int opened = is_stdin ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r;

	app->document = is_stdin ? "standard input" : path;
	if (!is_stdin && opened < 0)
		return err_sys(e, ERR_FILE, "open");
	r = fd_read_arena(is_stdin ? STDIN_FILENO : opened, &app->arena, DECODE_MAX_BYTES, ret, ret_len);
	return r < 0 ? err_code(e, r, r == -E2BIG ? ERR_LIMIT : ERR_FILE, "read") : 0;
}

/* ---- update ---- */

/* What the user wants: the document, and the options over it. */
struct wanted {
	char *text;                          /* of the document, NULL = none */
	size_t len;
	struct oci_resources resources;
	struct oci_intel_rdt rdt;
	bool has_rdt;
	struct problems problems;
};

static int read_wanted(struct app *app, const struct update_options *o, struct wanted *w, struct err *e)
{
	int r = 0;

	w->problems = (struct problems){ .v = arena_newv(&app->arena, struct err, 16), .max = 16 };
	if (o->resources) {
		r = read_document(app, o->resources, &w->text, &w->len, e);
		if (r < 0)
			return r;
		r = decode(&app->arena, &oci_resources_type, w->text, w->len, &w->resources, &w->problems);
		if (r < 0)
			return blame(app, &w->problems, w->text, w->len, e);
		app->document = NULL;
	}
	w->rdt = (struct oci_intel_rdt){ .l3_cache_schema = o->flag[L3_CACHE_SCHEMA],
					 .mem_bw_schema = o->flag[MEM_BW_SCHEMA] };
	w->has_rdt = w->rdt.l3_cache_schema || w->rdt.mem_bw_schema;
	return read_flags(app, o, &w->resources, e);
}

static int plan_it(struct app *app, struct container *c, struct wanted *w, struct update_args *ret,
		   struct err *e)
{
	struct oci_resources had, *after = arena_new(&app->arena, struct oci_resources);
	struct plan_update u = { .had = &had, .change = &w->resources,
				 .rdt = w->has_rdt ? &w->rdt : NULL };
	struct facts *facts = arena_new(&app->arena, struct facts);
	struct plan *plan;
	int r = host_facts(&app->arena, app->proc_fd, facts, e);

	if (r == 0)
		r = container_resources(&app->arena, c, &had, e);
	if (r < 0)
		return r;
	container_cpu_max(c, &u);
	u.in_unit = c->rec && c->rec->unit;
	r = plan_update(&app->arena, &u, facts, &plan, after, &w->problems);
	if (r < 0) {
		app->document = w->text ? "the resources" : NULL;
		return blame(app, &w->problems, w->text, w->len, e);
	}
	for (size_t i = 0; i < plan->n_warnings; i++)
		log_msg(LOG_LEVEL_WARNING, "%s", plan->warnings[i]);
	*ret = (struct update_args){ .plan = &plan->cgroup, .rdt = plan->rdt, .after = after,
				      .facts = facts, .proc_fd = app->proc_fd };
	return 0;
}

static int update(struct app *app, struct container *c, const struct update_options *o, struct wanted *w,
		  struct err *e)
{
	struct update_args args;
	const char *text = "";
	int r;

	if (!c->rec)
		return container_update_text(&app->arena, c, NULL, &text, e);   /* says why not */
	r = plan_it(app, c, w, &args, e);
	if (r < 0)
		return r;
	if (!o->dry_run)
		return container_update(&app->arena, c, &args, app_warn, e);
	r = container_update_text(&app->arena, c, &args, &text, e);
	return r < 0 ? r : app_print(text, e);
}

static int run(struct app *app, const void *options, const struct cli_words *words, struct err *e)
{
	const struct update_options *o = options;
	struct wanted *w = arena_new(&app->arena, struct wanted);
	struct container c = CONTAINER_INIT;
	struct store s;
	int r = read_wanted(app, o, w, e);

	if (r == 0)
		r = app_need_container(app, words->v[0], true, &s, &c, e);
	if (r == 0)
		r = update(app, &c, o, w, e);
	container_close(&c);
	return r;
}

const struct cli_command cmd_update = {
	.name = "update",
	.args = "ID",
	.help = "change the resources of a container",
	.options = options_table,
	.n_options = ARRAY_SIZE(options_table),
	.options_size = sizeof(struct update_options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
