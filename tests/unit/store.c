/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.c - the state root, and directories of containers in it, good and odd (state/store.c, list.c, forget.c) */
#include "state/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "base/sys.h"
#include "host/facts.h"
#include "state/forget.h"
#include "tests/lib/tap.h"

static struct arena arena;
static struct store store;
static struct err err;
static char top[64], root[80];

static int host(void)
{
	int proc_fd;

	is_int(arena_open(&arena, 8 << 20), 0);
	is_int(host_proc(&proc_fd, &err), 0);
	return proc_fd;
}

/* A state root of our own, empty */
static void open_root(void)
{
	int proc_fd = host();

	snprintf(top, sizeof(top), "/tmp/taper-store-XXXXXX");
	ok(mkdtemp(top));
	snprintf(root, sizeof(root), "%s/a/root", top);
	is_int(store_open(&store, root, true, proc_fd, &err), 1);
	is_str(err.text, "");
}

static void done(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	is_int(system(command), 0);
}

static const char *below(const char *name)
{
	return arena_fmt(&arena, "%s/%s", root, name);
}

static int mark(struct pid_mark *ret)
{
	int pid_fd = sys_pidfd_open(getpid(), 0), r = pid_mark(store.proc_fd, getpid(), pid_fd, ret);

	close(pid_fd);
	return r;
}

static struct record record_of(const char *id)
{
	struct record rec = {
		.version = RECORD_VERSION, .id = id, .bundle = "/b", .rootfs = "/b/rootfs",
		.created = "2026-01-01T00:00:00Z", .boot_id = store.boot_id,
	};
	struct pid_mark m = { .pid = getpid() };

	is_int(mark(&m), 0);
	rec.pid = m.pid;
	rec.start_time = m.start;
	rec.pid_inode = m.inode;
	return rec;
}

/* A container that exists: its first process is this one */
static struct container committed(const char *id)
{
	struct container c = CONTAINER_INIT;
	struct record rec = record_of(id);

	is_int(store_claim(&store, id, &c, &err), 0);
	is_int(store_commit(&store, &arena, &c, &rec, &err), 0);
	is_str(err.text, "");
	return c;
}

/* What is said of a container whose record is this text */
static void unknown(const char *id, const char *text)
{
	struct container c = CONTAINER_INIT, again = CONTAINER_INIT;

	is_int(store_claim(&store, id, &c, &err), 0);
	is_int(store_put(&c, "state.json", text, strlen(text), &err), 0);
	container_close(&c);
	is_int(container_open(&store, &arena, id, false, &again, &err), 1);
	is_str(status_name(again.status), "unknown");
	ok(again.why_unknown.code);
	ok(!again.rec);
	container_close(&again);
}

TEST(D16_a_root_that_is_not_ours_is_refused)
{
	static const char *const bad[] = { "", "relative", "/", "//" };
	struct store s;
	int proc_fd;

	open_root();
	proc_fd = store.proc_fd;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		is_err(store_open(&s, bad[i], true, proc_fd, &err), EINVAL);
	is_int(chmod(root, 0720), 0);
	is_err(store_open(&s, root, true, proc_fd, &err), EPERM);
	has_str(err.text, "others may write to the state root");
	is_int(chmod(root, 0702), 0);
	is_err(store_open(&s, root, true, proc_fd, &err), EPERM);
	is_int(chmod(root, 0755), 0);
	is_int(store_open(&s, root, true, proc_fd, &err), 1);
	if (geteuid() == 0) {
		is_int(chown(root, 65534, 65534), 0);
		is_err(store_open(&s, root, true, proc_fd, &err), EPERM);
		has_str(err.text, "belongs to user 65534, not to user 0");
	}
	is_int(symlink(root, arena_fmt(&arena, "%s/link", top)), 0);
	is_err(store_open(&s, arena_fmt(&arena, "%s/link", top), true, proc_fd, &err), ENOTDIR);
	done();
}

TEST(a_root_that_is_missing)
{
	char *deep;
	struct store s;
	struct stat st;

	open_root();
	deep = arena_fmt(&arena, "%s/x/y/z", top);
	is_int(store_open(&s, deep, false, store.proc_fd, &err), 0);
	is_int(store_open(&s, deep, true, store.proc_fd, &err), 1);
	is_int(stat(deep, &st), 0);
	is_int(st.st_mode & 07777, 0700);
	/* no directory can be made there */
	is_int(close(open(below("file"), O_CREAT | O_WRONLY, 0600)), 0);
	is_err(store_open(&s, below("file/deep"), true, store.proc_fd, &err), ENOTDIR);
	deep = arena_alloc(&arena, 5001);
	memset(deep, 'x', 5000);
	deep[0] = '/';
	is_err(store_open(&s, deep, true, store.proc_fd, &err), ENAMETOOLONG);
	done();
}

TEST(D16_ids)
{
	static const char *const bad[] = { "", ".", "..", ".x", "-x", "+x", "a/b", "a b", "a\n", "%s", "\xc3\xa4" };
	struct container c = CONTAINER_INIT;
	char longest[1026] = { 0 };

	open_root();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		is_err(store_claim(&store, bad[i], &c, &err), EINVAL);
		is_err(container_open(&store, &arena, bad[i], false, &c, &err), EINVAL);
		is_int(err.id, ERR_ID);
	}
	memset(longest, 'x', 1024);
	ok(store_id_valid(longest));
	longest[1024] = 'x';
	ok(!store_id_valid(longest));
	longest[300] = '\0'; /* an id, but no file name */
	is_err(store_claim(&store, longest, &c, &err), ENAMETOOLONG);
	is_int(container_open(&store, &arena, "none", true, &c, &err), 0);
	done();
}

TEST(a_life)
{
	struct intent intent = { .valid = true, .owner_pid = getpid(), .cgroup = "/x" };
	struct container c = CONTAINER_INIT, other = CONTAINER_INIT;
	struct pid_mark me = { 0 };
	struct record rec;
	size_t len;
	char *text;

	open_root();
	is_int(mark(&me), 0);
	intent.owner_start = me.start;
	snprintf(intent.boot_id, sizeof(intent.boot_id), "%s", store.boot_id);
	is_int(store_claim(&store, "c1", &c, &err), 0);
	ok(store_is_empty(&c));
	is_err(store_claim(&store, "c1", &other, &err), EEXIST);
	is_int(store_intend(&store, &c, &intent, &err), 0);
	is_err(store_intend(&store, &c, &intent, &err), EEXIST);
	ok(!store_is_empty(&c));
	is_int(container_open(&store, &arena, "c1", false, &other, &err), 1);
	is_str(status_name(other.status), "creating");
	ok(other.owner_alive && container_of_this_boot(&store, &other));
	container_close(&other);
	rec = record_of("c1");
	is_int(store_commit(&store, &arena, &c, &rec, &err), 0);
	is_int(container_open(&store, &arena, "c1", false, &other, &err), 1);
	is_str(status_name(other.status), "running");
	ok(other.pid_fd >= 0);
	container_close(&other);
	is_int(store_get(&c, &arena, "state.json", &text, &len, &err), 0);
	has_str(text, "c1");
	is_err(store_get(&c, &arena, "nothing", &text, &len, &err), ENOENT);
	is_err(store_rename(&c, "nothing", "more", &err), ENOENT);
	has_str(err.text, "replace more of container c1");
	is_err(store_put(&c, "no/such/place", "", 0, &err), ENOENT);
	is_int(store_forget(&store, &c, &err), 0);
	is_int(store_forget(&store, &c, &err), 0); /* gone already */
	container_close(&c);
	is_int(container_open(&store, &arena, "c1", false, &other, &err), 0);
	done();
}

TEST(status_of_what_waits_and_of_what_has_ended)
{
	struct container c, other = CONTAINER_INIT;
	struct record rec;
	int lock_fd;

	open_root();
	c = committed("c1");
	is_int(store_start_lock(&c, &lock_fd, &err), 0);
	is_err(store_start_lock(&c, &(int){ 0 }, &err), EEXIST);
	is_int(container_refresh(&store, &c, &err), 0);
	c.rec = NULL;
	is_int(container_open(&store, &arena, "c1", false, &other, &err), 1);
	is_str(status_name(other.status), "created");
	close(lock_fd);
	is_int(container_refresh(&store, &other, &err), 0);
	is_str(status_name(other.status), "running");
	container_close(&other);
	/* the number is that of a later process */
	rec = record_of("c1");
	rec.start_time++;
	rec.pid_inode++;
	is_int(store_commit(&store, &arena, &c, &rec, &err), 0);
	is_int(container_open(&store, &arena, "c1", false, &other, &err), 1);
	is_str(status_name(other.status), "stopped");
	container_close(&other);
	/* and after a reboot nothing lives */
	rec = record_of("c1");
	rec.boot_id = "00000000-0000-0000-0000-000000000000";
	is_int(store_commit(&store, &arena, &c, &rec, &err), 0);
	is_int(container_open(&store, &arena, "c1", false, &other, &err), 1);
	is_str(status_name(other.status), "stopped");
	ok(!container_of_this_boot(&store, &other));
	container_close(&other);
	done();
}

TEST(records_that_are_damaged)
{
	struct container c, other = CONTAINER_INIT;
	struct record rec;
	size_t len;
	char *text;

	open_root();
	unknown("empty", "");
	unknown("short", "{\"id\":");
	c = committed("good");
	is_int(store_get(&c, &arena, "state.json", &text, &len, &err), 0);
	ok(strstr(text, "/b/rootfs"));
	strstr(text, "/b/rootfs")[1] = 'c'; /* a good record but for its sum */
	is_int(store_put(&c, "state.json", text, len, &err), 0);
	is_int(container_open(&store, &arena, "good", false, &other, &err), 1);
	is_int(other.status, STATUS_UNKNOWN);
	has_str(other.why_unknown.text, "its sum is wrong");
	container_close(&other);
	/* whole, but of another container */
	is_int(store_claim(&store, "taken", &other, &err), 0);
	rec = record_of("good");
	is_int(store_commit(&store, &arena, &other, &rec, &err), 0);
	container_close(&other);
	is_int(container_open(&store, &arena, "taken", false, &other, &err), 1);
	is_int(other.status, STATUS_UNKNOWN);
	has_str(other.why_unknown.text, "the record of container taken is that of good");
	container_close(&other);
	done();
}

TEST(a_damaged_record_and_its_first_process)
{
	static const char *const bad[] = { "", "x", "1", "1:2", "0:1:2", "1:x:2", "1:2:x", "99999999999:1:2" };
	struct container c = CONTAINER_INIT, other = CONTAINER_INIT;
	struct pid_mark m = { 0 };
	struct intent intent = { .valid = true, .owner_pid = 1 };

	open_root();
	snprintf(intent.boot_id, sizeof(intent.boot_id), "%s", store.boot_id);
	is_int(mark(&m), 0);
	is_int(store_claim(&store, "c1", &c, &err), 0);
	is_int(store_intend(&store, &c, &intent, &err), 0);
	is_int(store_first(&c, &m, &err), 0);
	is_err(store_first(&c, &m, &err), EEXIST);
	is_int(store_put(&c, "state.json", "{", 1, &err), 0);
	is_int(container_open(&store, &arena, "c1", false, &other, &err), 1);
	is_int(other.status, STATUS_UNKNOWN);
	ok(other.pid_fd >= 0); /* it is found all the same */
	container_close(&other);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		is_int(unlink(below("c1/first")), 0);
		if (*bad[i])
			is_int(symlink(bad[i], below("c1/first")), 0);
		is_int(container_open(&store, &arena, "c1", false, &other, &err), 1);
		is_int(other.pid_fd, -1);
		container_close(&other);
		if (!*bad[i])
			is_int(symlink("x", below("c1/first")), 0);
	}
	done();
}

TEST(sockets)
{
	struct container c;
	int listen_fd = -1, fd = -1, type;
	socklen_t len = sizeof(type);

	open_root();
	c = committed("c1");
	is_err(store_connect(&c, "start.sock", &fd, &err), ENOENT);
	has_str(err.text, "connect to start.sock of container c1");
	is_int(store_listen(&c, "start.sock", SOCK_SEQPACKET, &listen_fd, &err), 0);
	is_err(store_listen(&c, "start.sock", SOCK_SEQPACKET, &fd, &err), EADDRINUSE);
	is_int(store_connect(&c, "start.sock", &fd, &err), 0);
	is_int(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	is_int(type, SOCK_SEQPACKET);
	is_int(store_chmod(&c, "start.sock", 0600), 0);
	is_err(store_chmod(&c, "nothing", 0600), ENOENT);
	c.owner++;
	is_err(store_connect(&c, "start.sock", &fd, &err), EPERM);
	has_str(err.text, "connect to start.sock of container c1: another user listens");
	done();
}

TEST(list_and_what_was_left_half_removed)
{
	const char *const *ids;
	const char **list;
	struct strv all, dead;
	size_t n;

	open_root();
	is_int(store_list(&store, &arena, &list, &n, &err), 0);
	is_int(n, 0);
	for (int i = 99; i >= 0; i--)
		is_int(mkdir(below(arena_fmt(&arena, "c%02d", i)), 0700), 0);
	is_int(mkdir(below(".dead-7"), 0700), 0);
	is_int(mkdir(below(".dead-7/notify"), 0700), 0);
	is_int(close(open(below(".dead-7/notify/sock"), O_CREAT | O_WRONLY, 0600)), 0);
	is_int(store_leftovers(&store, &arena, &all, &dead, &err), 0);
	is_int(all.n, 100);
	is_int(dead.n, 1);
	is_str(dead.v[0], ".dead-7");
	is_int(store_list(&store, &arena, &list, &n, &err), 0);
	ids = list;
	is_int(n, 100);
	is_str(ids[0], "c00");
	is_str(ids[99], "c99");
	is_int(access(below(".dead-7"), F_OK), -1);
	/* deeper than anything of ours: it stays, and is no reason to fail */
	is_int(mkdir(below(".dead-8"), 0700), 0);
	is_int(mkdir(below(".dead-8/a"), 0700), 0);
	is_int(mkdir(below(".dead-8/a/b"), 0700), 0);
	is_err(forget_dead(&store, ".dead-8"), ELOOP);
	is_int(store_list(&store, &arena, &list, &n, &err), 0);
	is_int(n, 100);
	done();
}

TEST(the_cache_is_made_once)
{
	int fd;

	open_root();
	is_int(store_cache_open(&store), -1);
	fd = store_cache(&store);
	ok(fd >= 0);
	close(fd);
	fd = store_cache_open(&store);
	ok(fd >= 0);
	done();
}

TAP_MAIN
