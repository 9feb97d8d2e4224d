// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * stats.c - what a container uses, as the JSON that runc's events prints
 *
 * The keys are those of runc, which engines decode; times are nanoseconds, sizes bytes. Each controller is
 * read where it is, v1 first: on a hybrid host v2 has files of the same names that say less. "max" is
 * 2^64-1, except for pids, where it is 0. Pure: files come from the caller.
 *
 * Sources: kernel admin-guide cgroup-v1/{cpuacct,cpusets,memory,pids,blkio-controller,hugetlb}, cgroup-v2,
 * accounting/psi.
 */
#include "cmd/stats.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define ROOM ((size_t)512 << 10)
#define NS_PER_TICK 10000000u    /* USER_HZ is 100 on every architecture that matters here */

struct out {
	const struct stats_source *src;
	char *text;
	size_t len;
};

static void put(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->text + o->len, ROOM - o->len, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < ROOM - o->len)
		o->len += (size_t)n;
	o->text[o->len] = '\0';
}

/* A comma, unless this is the first of an object or array */
static void next(struct out *o)
{
	char last = o->len ? o->text[o->len - 1] : '{';

	if (last != '{' && last != '[')
		put(o, ",");
}

static void put_number(struct out *o, const char *key, uint64_t v)
{
	next(o);
	put(o, "\"%s\":%llu", key, (unsigned long long)v);
}

static const char *file(const struct out *o, bool v2, const char *name)
{
	return o->src->read(o->src->arg, v2, name);
}

/* ---- texts ---- */

/* A number at the beginning of a text; "max" and what is too large are the largest. */
static uint64_t number_of(const char *text)
{
	uint64_t v = 0;

	if (!text)
		return 0;
	if (str_starts(text, "max"))
		return UINT64_MAX;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return UINT64_MAX;
	return v;
}

static uint64_t number(const struct out *o, bool v2, const char *name)
{
	return number_of(file(o, v2, name));
}

static const char *next_line(const char *p)
{
	p += strcspn(p, "\n");
	return *p ? p + 1 : NULL;
}

/* The number behind "key " or "key=" in a text of such lines or words */
static uint64_t field(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; p && *p; p += strcspn(p, " \n"), p += *p != '\0')
		if (strncmp(p, key, len) == 0 && (p[len] == ' ' || p[len] == '='))
			return number_of(p + len + 1);
	return 0;
}

static uint64_t times(uint64_t v, uint64_t factor)
{
	return __builtin_mul_overflow(v, factor, &v) ? UINT64_MAX : v;
}

/* ---- pressure ---- */

static void put_pressure_line(struct out *o, const char *kind, const char *line)
{
	static const char *const averages[] = { "avg10", "avg60", "avg300" };

	next(o);
	put(o, "\"%s\":{", kind);
	for (size_t i = 0; i < ARRAY_SIZE(averages); i++) {
		const char *at = strstr(line, averages[i]);
		size_t len;

		at = at ? at + strlen(averages[i]) + 1 : "0";
		len = strspn(at, "0123456789.");
		next(o);
		put(o, "\"%s\":%.*s", averages[i], len && len < 16 ? (int)len : 1, len && len < 16 ? at : "0");
	}
	put_number(o, "total", field(line, "total"));
	put(o, "}");
}

static void put_pressure(struct out *o, const char *name)
{
	const char *text = file(o, true, name);

	if (!text || !str_starts(text, "some"))
		return;
	next(o);
	put(o, "\"psi\":{");
	put_pressure_line(o, "some", text);
	text = next_line(text);
	if (text && str_starts(text, "full"))
		put_pressure_line(o, "full", text);
	put(o, "}");
}

/* ---- cpu ---- */

/* A number of each line or word, from column @column on lines that begin with a digit */
static void put_column(struct out *o, const char *key, const char *text, unsigned column, bool lines)
{
	next(o);
	put(o, "\"%s\":[", key);
	while (text && *text) {
		const char *p = text;

		for (unsigned i = 0; i < column; i++)
			p += strcspn(p, " \n"), p += *p == ' ';
		if (*text >= '0' && *text <= '9') {
			next(o);
			put(o, "%llu", (unsigned long long)number_of(p));
		}
		if (lines) {
			text = next_line(text);
		} else {
			text += strcspn(text, " \n");
			text += strspn(text, " \n");
		}
	}
	put(o, "]");
}

static void put_usage_v1(struct out *o)
{
	const char *all = file(o, false, "cpuacct.usage_all"), *stat = file(o, false, "cpuacct.stat");

	put_number(o, "total", number(o, false, "cpuacct.usage"));
	put_column(o, "percpu", file(o, false, "cpuacct.usage_percpu"), 0, false);
	put_column(o, "percpu_kernel", all, 2, true);
	put_column(o, "percpu_user", all, 1, true);
	put_number(o, "kernel", times(field(stat, "system"), NS_PER_TICK));
	put_number(o, "user", times(field(stat, "user"), NS_PER_TICK));
}

static void put_cpu(struct out *o)
{
	bool v1 = file(o, false, "cpuacct.usage") != NULL, throttle_v1 = file(o, false, "cpu.stat") != NULL;
	const char *v2_stat = file(o, true, "cpu.stat");
	const char *stat = throttle_v1 ? file(o, false, "cpu.stat") : v2_stat;

	put(o, "\"cpu\":{\"usage\":{");
	if (v1) {
		put_usage_v1(o);
	} else {
		put_number(o, "total", times(field(v2_stat, "usage_usec"), 1000));
		put_number(o, "kernel", times(field(v2_stat, "system_usec"), 1000));
		put_number(o, "user", times(field(v2_stat, "user_usec"), 1000));
	}
	put(o, "},\"throttling\":{");
	put_number(o, "periods", field(stat, "nr_periods"));
	put_number(o, "throttledPeriods", field(stat, "nr_throttled"));
	put_number(o, "throttledTime", throttle_v1 ? field(stat, "throttled_time")
						   : times(field(stat, "throttled_usec"), 1000));
	put(o, "}");
	put_pressure(o, "cpu.pressure");
	put(o, "}");
}

/* ---- cpuset ---- */

/* "0-2,7" as [0,1,2,7] */
static void put_set(struct out *o, const char *key, const char *text)
{
	next(o);
	put(o, "\"%s\":[", key);
	while (text && *text >= '0' && *text <= '9') {
		uint64_t first = number_of(text), last = first;

		text += strspn(text, "0123456789");
		if (*text == '-') {
			last = number_of(++text);
			text += strspn(text, "0123456789");
		}
		for (uint64_t i = first; i <= last && last < 65536; i++) {
			next(o);
			put(o, "%llu", (unsigned long long)i);
		}
		text += *text == ',';
	}
	put(o, "]");
}

static void put_cpuset(struct out *o)
{
	static const char *const flags[][2] = {
		{ "cpu_exclusive", "cpuset.cpu_exclusive" },
		{ "mem_hardwall", "cpuset.mem_hardwall" },
		{ "mem_exclusive", "cpuset.mem_exclusive" },
		{ "memory_migrate", "cpuset.memory_migrate" },
		{ "memory_spread_page", "cpuset.memory_spread_page" },
		{ "memory_spread_slab", "cpuset.memory_spread_slab" },
		{ "memory_pressure", "cpuset.memory_pressure" },
		{ "sched_load_balance", "cpuset.sched_load_balance" },
	};
	const char *cpus = file(o, false, "cpuset.cpus"), *mems = file(o, false, "cpuset.mems");
	const char *level = file(o, false, "cpuset.sched_relax_domain_level");

	put(o, ",\"cpuset\":{");
	put_set(o, "cpus", cpus ? cpus : file(o, true, "cpuset.cpus.effective"));
	put_set(o, "mems", mems ? mems : file(o, true, "cpuset.mems.effective"));
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		put_number(o, flags[i][0], number(o, false, flags[i][1]));
	next(o);
	put(o, "\"sched_relax_domain_level\":%s%llu}", level && *level == '-' ? "-" : "",
	    (unsigned long long)number_of(level && *level == '-' ? level + 1 : level));
}

/* ---- memory ---- */

static void put_entry_v1(struct out *o, const char *key, const char *prefix)
{
	static const char *const parts[][2] = {
		{ "limit", "limit_in_bytes" }, { "usage", "usage_in_bytes" },
		{ "max", "max_usage_in_bytes" }, { "failcnt", "failcnt" },
	};
	char name[64];

	next(o);
	put(o, "\"%s\":{", key);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		snprintf(name, sizeof(name), "%s.%s", prefix, parts[i][1]);
		put_number(o, parts[i][0], number(o, false, name));
	}
	put(o, "}");
}

static void put_entry(struct out *o, const char *key, uint64_t limit, uint64_t usage, uint64_t max,
		      uint64_t failures)
{
	next(o);
	put(o, "\"%s\":{\"limit\":%llu,\"usage\":%llu,\"max\":%llu,\"failcnt\":%llu}", key,
	    (unsigned long long)limit, (unsigned long long)usage, (unsigned long long)max,
	    (unsigned long long)failures);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return __builtin_add_overflow(a, b, &a) ? UINT64_MAX : a;
}

/* Swap counts as in v1: together with memory. */
static void put_memory_v2(struct out *o)
{
	uint64_t usage = number(o, true, "memory.current"), limit = number(o, true, "memory.max");

	put_entry(o, "usage", limit, usage, number(o, true, "memory.peak"),
		  field(file(o, true, "memory.events"), "max"));
	put_entry(o, "swap", sum(limit, number(o, true, "memory.swap.max")),
		  sum(usage, number(o, true, "memory.swap.current")), 0, 0);
	put_entry(o, "kernel", 0, field(file(o, true, "memory.stat"), "kernel"), 0, 0);
	put_entry(o, "kernelTCP", 0, field(file(o, true, "memory.stat"), "sock"), 0, 0);
}

static void put_raw(struct out *o, const char *text)
{
	next(o);
	put(o, "\"raw\":{");
	for (; text && *text; text = next_line(text)) {
		size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

		if (len == 0 || text[len] != ' ')
			continue;
		next(o);
		put(o, "\"%.*s\":%llu", (int)len, text, (unsigned long long)number_of(text + len + 1));
	}
	put(o, "}");
}

static void put_memory(struct out *o)
{
	bool v1 = file(o, false, "memory.usage_in_bytes") != NULL;
	const char *stat = file(o, !v1, "memory.stat");

	put(o, ",\"memory\":{");
	put_number(o, "cache", field(stat, v1 ? "cache" : "file"));
	if (v1) {
		put_entry_v1(o, "usage", "memory");
		put_entry_v1(o, "swap", "memory.memsw");
		put_entry_v1(o, "kernel", "memory.kmem");
		put_entry_v1(o, "kernelTCP", "memory.kmem.tcp");
	} else {
		put_memory_v2(o);
	}
	put_raw(o, stat);
	put_pressure(o, "memory.pressure");
	put(o, "}");
}

/* ---- pids, block devices, huge pages ---- */

static void put_pids(struct out *o)
{
	bool v1 = file(o, false, "pids.current") != NULL;
	uint64_t limit = number(o, !v1, "pids.max");

	put(o, ",\"pids\":{");
	put_number(o, "current", number(o, !v1, "pids.current"));
	put_number(o, "limit", limit == UINT64_MAX ? 0 : limit);
	put(o, "}");
}

static void put_device(struct out *o, const char *line, const char *op, size_t op_len, uint64_t value)
{
	const char *minor = line + strspn(line, "0123456789");

	next(o);
	put(o, "{\"major\":%llu,\"minor\":%llu,\"op\":\"%.*s\",\"value\":%llu}",
	    (unsigned long long)number_of(line), (unsigned long long)number_of(minor + 1), (int)op_len, op,
	    (unsigned long long)value);
}

/* Lines "8:0 Read 4096", or "8:0 4096"; the last one, "Total 4096", is of no device */
static void put_blkio_v1(struct out *o, const char *key, const char *bfq, const char *throttle)
{
	const char *text = file(o, false, bfq);

	if ((!text || !strchr(text, ':')) && throttle)
		text = file(o, false, throttle);
	if (!text || !strchr(text, ':'))
		return;
	next(o);
	put(o, "\"%s\":[", key);
	for (; text && *text; text = next_line(text)) {
		const char *op = text + strcspn(text, " \n");
		size_t len;

		if (*text < '0' || *text > '9' || *op != ' ')
			continue;
		len = strspn(++op, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
		put_device(o, text, op, len, number_of(op + len + (len > 0)));
	}
	put(o, "]");
}

/* Lines "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static void put_io(struct out *o, const char *key, const char *const names[3])
{
	static const char *const ops[] = { "Read", "Write", "Discard" };

	next(o);
	put(o, "\"%s\":[", key);
	for (const char *p = file(o, true, "io.stat"); p && *p; p = next_line(p)) {
		char line[512];

		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
		for (size_t i = 0; strchr(line, '=') && i < ARRAY_SIZE(ops); i++)
			put_device(o, line, ops[i], strlen(ops[i]), field(line, names[i]));
	}
	put(o, "]");
}

static void put_blkio(struct out *o)
{
	static const char *const bytes[] = { "rbytes", "wbytes", "dbytes" };
	static const char *const count[] = { "rios", "wios", "dios" };

	put(o, ",\"blkio\":{");
	if (file(o, true, "io.stat")) {
		put_io(o, "ioServiceBytesRecursive", bytes);
		put_io(o, "ioServicedRecursive", count);
	} else {
		put_blkio_v1(o, "ioServiceBytesRecursive", "blkio.bfq.io_service_bytes_recursive",
			     "blkio.throttle.io_service_bytes_recursive");
		put_blkio_v1(o, "ioServicedRecursive", "blkio.bfq.io_serviced_recursive",
			     "blkio.throttle.io_serviced_recursive");
		put_blkio_v1(o, "ioQueueRecursive", "blkio.bfq.io_queued_recursive", NULL);
		put_blkio_v1(o, "ioServiceTimeRecursive", "blkio.bfq.io_service_time_recursive", NULL);
		put_blkio_v1(o, "ioWaitTimeRecursive", "blkio.bfq.io_wait_time_recursive", NULL);
		put_blkio_v1(o, "ioMergedRecursive", "blkio.bfq.io_merged_recursive", NULL);
		put_blkio_v1(o, "ioTimeRecursive", "blkio.bfq.time_recursive", NULL);
		put_blkio_v1(o, "sectorsRecursive", "blkio.bfq.sectors_recursive", NULL);
	}
	put_pressure(o, "io.pressure");
	put(o, "}");
}

static void put_hugetlb(struct out *o)
{
	static const char *const sizes[] = { "64KB", "1MB", "2MB", "16MB", "32MB", "512MB", "1GB", "2GB", "16GB" };
	char name[64];

	put(o, ",\"hugetlb\":{");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t usage, max, failures;
		bool v1;

		snprintf(name, sizeof(name), "hugetlb.%s.usage_in_bytes", sizes[i]);
		v1 = file(o, false, name) != NULL;
		if (!v1)
			snprintf(name, sizeof(name), "hugetlb.%s.current", sizes[i]);
		if (!file(o, !v1, name))
			continue;
		usage = number(o, !v1, name);
		snprintf(name, sizeof(name), "hugetlb.%s.%s", sizes[i], v1 ? "max_usage_in_bytes" : "max");
		max = v1 ? number(o, false, name) : 0;
		snprintf(name, sizeof(name), "hugetlb.%s.%s", sizes[i], v1 ? "failcnt" : "events");
		failures = v1 ? number(o, false, name) : field(file(o, true, name), "max");
		next(o);
		put(o, "\"%s\":{\"usage\":%llu,\"max\":%llu,\"failcnt\":%llu}", sizes[i],
		    (unsigned long long)usage, (unsigned long long)max, (unsigned long long)failures);
	}
	put(o, "}");
}

const char *stats_json(struct arena *a, const struct stats_source *src)
{
	struct out o = { .src = src, .text = arena_alloc(a, ROOM) };

	put(&o, "{");
	put_cpu(&o);
	put_cpuset(&o);
	put_memory(&o);
	put_pids(&o);
	put_blkio(&o);
	put_hugetlb(&o);
	put(&o, ",\"intel_rdt\":{},\"network_interfaces\":null}");
	return o.text;
}
