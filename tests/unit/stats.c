// SPDX-License-Identifier: LGPL-2.1-or-later
/* stats.c - what events prints, from invented cgroup files; times as Go writes them (cmd/stats.c, duration.c) */
#include "cmd/duration.h"
#include "cmd/stats.h"

#include <errno.h>

#include "base/str.h"
#include "tests/lib/tap.h"

struct fixture {
	bool v2;
	const char *name, *text;
};

static const struct fixture v1_files[] = {
	{ false, "cpuacct.usage", "7364263\n" },
	{ false, "cpuacct.usage_percpu", "7364263 12 \n" },
	{ false, "cpuacct.usage_all", "cpu user system\n0 100 4000000\n1 12 0\n" },
	{ false, "cpuacct.stat", "user 3\nsystem 5\n" },
	{ false, "cpu.stat", "nr_periods 9\nnr_throttled 8\nthrottled_time 7000\n" },
	{ false, "cpuset.cpus", "0-2,7\n" },
	{ false, "cpuset.mems", "0\n" },
	{ false, "cpuset.sched_load_balance", "1\n" },
	{ false, "cpuset.sched_relax_domain_level", "-1\n" },
	{ false, "memory.usage_in_bytes", "4096\n" },
	{ false, "memory.limit_in_bytes", "9223372036854771712\n" },
	{ false, "memory.max_usage_in_bytes", "8192\n" },
	{ false, "memory.failcnt", "2\n" },
	{ false, "memory.stat", "cache 512\nrss 1024\ntotal_cache 512\n" },
	{ false, "pids.current", "5\n" },
	{ false, "pids.max", "20\n" },
	{ false, "blkio.throttle.io_service_bytes_recursive", "8:0 Read 4096\n8:0 Write 1\nTotal 4097\n" },
	{ false, "blkio.bfq.time_recursive", "8:16 77\n" },
	/* beside v1: with less in it */
	{ true, "cpu.stat", "usage_usec 1\nuser_usec 2\nsystem_usec 3\n" },
	{ true, "cpu.pressure", "some avg10=1.25 avg60=0.00 avg300=0.00 total=77\n"
				"full avg10=0.00 avg60=0.00 avg300=10.50 total=5\n" },
	{ true, "hugetlb.2MB.current", "2097152\n" },
	{ true, "hugetlb.2MB.events", "max 3\n" },
	{ false, NULL, NULL },
};

static const struct fixture v2_files[] = {
	{ true, "cpu.stat", "usage_usec 30\nuser_usec 10\nsystem_usec 20\nnr_periods 1\nnr_throttled 2\n"
			    "throttled_usec 3\n" },
	{ true, "cpuset.cpus.effective", "1,3\n" },
	{ true, "cpuset.mems.effective", "0-1\n" },
	{ true, "memory.current", "4096\n" },
	{ true, "memory.max", "max\n" },
	{ true, "memory.peak", "5000\n" },
	{ true, "memory.events", "low 0\nhigh 0\nmax 6\noom 1\noom_kill 1\n" },
	{ true, "memory.swap.current", "10\n" },
	{ true, "memory.swap.max", "100\n" },
	{ true, "memory.stat", "anon 1\nfile 2\nkernel 3\nkernel_stack 4\nsock 5\n" },
	{ true, "pids.current", "1\n" },
	{ true, "pids.max", "max\n" },
	{ true, "io.stat", "253:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n7:0 \n" },
	{ false, NULL, NULL },
};

static const struct fixture no_files[] = { { false, NULL, NULL } };

static const char *read_fixture(void *arg, bool v2, const char *file)
{
	for (const struct fixture *f = arg; f->name; f++)
		if (f->v2 == v2 && str_eq(f->name, file))
			return f->text;
	return NULL;
}

static const char *json(const struct fixture *files)
{
	static struct arena arena;
	const struct stats_source src = { read_fixture, (void *)(uintptr_t)files };

	is_int(arena_open(&arena, 0), 0);
	return stats_json(&arena, &src);
}

#define HAS(text, part) ok(strstr((text), (part)) != NULL)

TEST(v1_with_a_v2_hierarchy_beside_it)
{
	const char *t = json(v1_files);

	HAS(t, "\"cpu\":{\"usage\":{\"total\":7364263,\"percpu\":[7364263,12],\"percpu_kernel\":[4000000,0],"
	       "\"percpu_user\":[100,12],\"kernel\":50000000,\"user\":30000000},"
	       "\"throttling\":{\"periods\":9,\"throttledPeriods\":8,\"throttledTime\":7000},"
	       "\"psi\":{\"some\":{\"avg10\":1.25,\"avg60\":0.00,\"avg300\":0.00,\"total\":77},"
	       "\"full\":{\"avg10\":0.00,\"avg60\":0.00,\"avg300\":10.50,\"total\":5}}}");
	HAS(t, "\"cpuset\":{\"cpus\":[0,1,2,7],\"mems\":[0],\"cpu_exclusive\":0,");
	HAS(t, "\"sched_load_balance\":1,\"sched_relax_domain_level\":-1}");
	HAS(t, "\"memory\":{\"cache\":512,\"usage\":{\"limit\":9223372036854771712,\"usage\":4096,\"max\":8192,"
	       "\"failcnt\":2},\"swap\":{\"limit\":0,");
	HAS(t, "\"raw\":{\"cache\":512,\"rss\":1024,\"total_cache\":512}}");
	HAS(t, "\"pids\":{\"current\":5,\"limit\":20}");
	HAS(t, "\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":4096},"
	       "{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":1}],"
	       "\"ioTimeRecursive\":[{\"major\":8,\"minor\":16,\"op\":\"\",\"value\":77}]}");
	HAS(t, "\"hugetlb\":{\"2MB\":{\"usage\":2097152,\"max\":0,\"failcnt\":3}}");
}

TEST(v2_alone)
{
	const char *t = json(v2_files);

	HAS(t, "\"cpu\":{\"usage\":{\"total\":30000,\"kernel\":20000,\"user\":10000},"
	       "\"throttling\":{\"periods\":1,\"throttledPeriods\":2,\"throttledTime\":3000}}");
	HAS(t, "\"cpuset\":{\"cpus\":[1,3],\"mems\":[0,1],");
	HAS(t, "\"memory\":{\"cache\":2,\"usage\":{\"limit\":18446744073709551615,\"usage\":4096,\"max\":5000,"
	       "\"failcnt\":6},\"swap\":{\"limit\":18446744073709551615,\"usage\":4106,\"max\":0,\"failcnt\":0},"
	       "\"kernel\":{\"limit\":0,\"usage\":3,");
	HAS(t, "\"pids\":{\"current\":1,\"limit\":0}");
	HAS(t, "\"ioServiceBytesRecursive\":[{\"major\":253,\"minor\":0,\"op\":\"Read\",\"value\":1},"
	       "{\"major\":253,\"minor\":0,\"op\":\"Write\",\"value\":2},"
	       "{\"major\":253,\"minor\":0,\"op\":\"Discard\",\"value\":5}],"
	       "\"ioServicedRecursive\":[{\"major\":253,\"minor\":0,\"op\":\"Read\",\"value\":3},");
}

TEST(without_any_file_there_are_zeros)
{
	const char *t = json(no_files);

	HAS(t, "\"pids\":{\"current\":0,\"limit\":0},\"blkio\":{},\"hugetlb\":{}");
	HAS(t, "\"cpus\":[],\"mems\":[]");
}

static int ms_of(const char *text)
{
	int ms = -1, r = parse_duration(text, &ms);

	return r < 0 ? r : ms;
}

TEST(durations)
{
	is_int(ms_of("5s"), 5000);
	is_int(ms_of("500ms"), 500);
	is_int(ms_of("1m30s"), 90000);
	is_int(ms_of("1.5h"), 5400000);
	is_int(ms_of(".25s"), 250);
	is_int(ms_of("1us"), 1);
	is_int(ms_of("1\xc2\xb5s"), 1);
	is_int(ms_of("0s"), -ERANGE);
	is_int(ms_of("1000h"), -ERANGE);
	is_int(ms_of("0"), -EINVAL);
	is_int(ms_of("5"), -EINVAL);
	is_int(ms_of(""), -EINVAL);
	is_int(ms_of("-5s"), -EINVAL);
	is_int(ms_of("5 s"), -EINVAL);
	is_int(ms_of("5x"), -EINVAL);
	is_int(ms_of(".s"), -EINVAL);
	is_int(ms_of("1234567890123s"), -EINVAL);
}

TAP_MAIN
