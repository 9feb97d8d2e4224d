// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * store.c - where containers are remembered
 *
 * Every file is relative to an fd of a directory that belongs to us and that nobody else may write.
 */
#include "state/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "base/sys.h"
#include "libocispec/decode.h"
#include "state/frozen.h"

#define RECORD_MAX ((size_t)4 << 20)
#define LOCK_WAIT_MS 10000
#define CLAIMS_MAX 16

/* ---- the state root ---- */

/* mkdir -p with mode 0700; parents that are missing 0755 */
static int make_path(const char *path)
{
	char buf[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(buf))
		return -ENAMETOOLONG;
	memcpy(buf, path, len + 1);
	for (char *p = buf + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(buf, 0755) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return mkdir(buf, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int check_root(const struct store *s, struct err *e)
{
	struct stat st;

	if (fstat(s->root_fd, &st) < 0)
		return err_sys(e, ERR_STATE_ROOT, "stat the state root %s", s->path);
	if (st.st_uid != geteuid())
		return err_set(e, -EPERM, ERR_STATE_ROOT,
			       "the state root %s belongs to user %u, not to user %u", s->path,
			       st.st_uid, geteuid());
	if (st.st_mode & 022)
		return err_set(e, -EPERM, ERR_STATE_ROOT,
			       "others may write to the state root %s (mode %04o)", s->path,
			       st.st_mode & 07777);
	return 0;
}

int store_open(struct store *s, const char *path, bool create, int proc_fd, struct err *e)
{
	struct store new = { .path = path, .root_fd = -1, .proc_fd = proc_fd };
	int r;

	if (path[0] != '/' || path[strspn(path, "/")] == '\0')
		return err_set(e, -EINVAL, ERR_STATE_ROOT, "\"%s\" cannot be the state root", path);
	new.root_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (new.root_fd < 0 && errno == ENOENT) {
		if (!create)
			return 0;
		r = make_path(path);
		if (r < 0)
			return err_code(e, r, ERR_STATE_ROOT, "make the state root %s", path);
		new.root_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (new.root_fd < 0)
		return err_sys(e, ERR_STATE_ROOT, "open the state root %s", path);
	r = check_root(&new, e);
	if (r == 0)
		r = pid_boot_id(proc_fd, new.boot_id, e);
	if (r < 0) {
		close(new.root_fd);
		return r;
	}
	*s = new;
	return 1;
}

bool store_id_valid(const char *id)
{
	size_t len =
		strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-");

	return len > 0 && len <= 1024 && !id[len] && id[0] != '.' && id[0] != '-' && id[0] != '+';
}

const char *status_name(enum status s)
{
	static const char *const names[STATUS__MAX] = {
		[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created",
		[STATUS_RUNNING] = "running",	[STATUS_PAUSED] = "paused",
		[STATUS_STOPPED] = "stopped",	[STATUS_UNKNOWN] = "unknown",
	};

	return names[s];
}

/* ---- files of a container ---- */

int store_put(struct container *c, const char *name, const void *data, size_t len, struct err *e)
{
	_close_fd int fd = openat(c->dir_fd, name,
				  O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return err_sys(e, ERR_FILE, "create %s of container %s", name, c->id);
	r = fd_write_all(fd, data, len);
	return r < 0 ? err_code(e, r, ERR_FILE, "write %s of container %s", name, c->id) : 0;
}

int store_rename(struct container *c, const char *from, const char *to, struct err *e)
{
	if (renameat(c->dir_fd, from, c->dir_fd, to) < 0)
		return err_sys(e, ERR_FILE, "replace %s of container %s", to, c->id);
	return 0;
}

int store_get(struct container *c, struct arena *a, const char *name, char **ret, size_t *ret_len,
	      struct err *e)
{
	_close_fd int fd = openat(c->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_sys(e, ERR_FILE, "open %s of container %s", name, c->id);
	r = fd_read_arena(fd, a, DECODE_MAX_BYTES, ret, ret_len);
	return r < 0 ? err_code(e, r, ERR_FILE, "read %s of container %s", name, c->id) : 0;
}

int store_intend(struct store *s, struct container *c, const struct intent *i, struct err *e)
{
	char text[PATH_MAX];
	int r;

	(void)s;
	r = intent_format(i, text, sizeof(text));
	if (r < 0)
		return err_code(e, r, ERR_CGROUP,
				"note the intent of container %s (cgroup path too long?)", c->id);
	if (symlinkat(text, c->dir_fd, "intent") < 0)
		return err_sys(e, ERR_FILE, "write the intent of container %s", c->id);
	c->intent = *i;
	return 0;
}

int store_first(struct container *c, const struct pid_mark *m, struct err *e)
{
	char text[64];

	snprintf(text, sizeof(text), "%d:%llu:%llu", m->pid, (unsigned long long)m->start,
		 (unsigned long long)m->inode);
	if (symlinkat(text, c->dir_fd, "first") < 0)
		return err_sys(e, ERR_FILE, "note the first process of container %s", c->id);
	return 0;
}

int store_replace(struct container *c, const char *name, const void *data, size_t len,
		  struct err *e)
{
	char temporary[NAME_MAX + 1];
	int r;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	r = store_put(c, temporary, data, len, e);
	return r < 0 ? r : store_rename(c, temporary, name, e);
}

int store_commit(struct store *s, struct arena *a, struct container *c, const struct record *rec,
		 struct err *e)
{
	size_t len;
	const char *text = record_text(a, rec, &len);

	(void)s;
	return store_replace(c, "state.json", text, len, e);
}

static int read_record(struct container *c, struct arena *a, struct err *e)
{
	_close_fd int fd =
		openat(c->dir_fd, "state.json", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct record *rec = arena_new(a, struct record);
	struct problems p = { .v = e, .max = e ? 1 : 0 };
	char *text;
	size_t len;
	int r;

	if (fd < 0)
		return errno == ENOENT
			       ? 0
			       : err_sys(e, ERR_RECORD, "open the record of container %s", c->id);
	r = fd_read_arena(fd, a, RECORD_MAX, &text, &len);
	if (r < 0)
		return err_code(e, r, ERR_RECORD, "read the record of container %s", c->id);
	if (!record_whole(text, len))
		return err_set(e, -EINVAL, ERR_RECORD,
			       "the record of container %s is damaged: its sum is wrong", c->id);
	r = decode(a, &record_type, text, len, rec, &p);
	if (r < 0)
		return r;
	if (!str_eq(rec->id, c->id))
		return err_set(e, -EINVAL, ERR_RECORD,
			       "the record of container %s is that of %.64s", c->id, rec->id);
	c->rec = rec;
	return 1;
}

static void read_intent(struct container *c)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(c->dir_fd, "intent", text, sizeof(text) - 1);

	if (n < 0)
		return;
	text[n] = '\0';
	intent_parse(text, &c->intent);
}

/* ---- status ---- */

/* The first process holds the lock from before the commit until its execve, or death. */
static int waits_for_start(const struct container *c)
{
	_close_fd int fd = openat(c->dir_fd, "start.lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	do {
		r = flock(fd, LOCK_SH | LOCK_NB);
	} while (r < 0 && errno == EINTR);
	return r == 0 ? 0 : errno == EWOULDBLOCK ? 1 : -errno;
}

/* Return: 0 or -errno */
static int find_living(struct container *c)
{
	int frozen = record_frozen(c->rec), waits = frozen ? 0 : waits_for_start(c);

	if (frozen < 0 || waits < 0)
		return frozen < 0 ? frozen : waits;
	c->status = frozen ? STATUS_PAUSED : waits ? STATUS_CREATED : STATUS_RUNNING;
	return 0;
}

bool container_of_this_boot(const struct store *s, const struct container *c)
{
	if (c->rec)
		return str_eq(c->rec->boot_id, s->boot_id);
	return c->intent.valid && str_eq(c->intent.boot_id, s->boot_id);
}

bool container_owner_alive(const struct store *s, const struct container *c)
{
	_close_fd int fd = -1;

	if (!c->intent.valid || !str_eq(c->intent.boot_id, s->boot_id))
		return false;
	fd = pid_open(s->proc_fd, &(struct pid_mark){ c->intent.owner_pid, .start = c->intent.owner_start });
	return fd != -ESRCH; /* when it cannot be told, it counts as alive */
}

static void find_creating(struct store *s, struct container *c)
{
	c->status = STATUS_CREATING;
	c->owner_alive = container_owner_alive(s, c);
}

/* What store_first() wrote */
static bool read_first(const struct container *c, struct pid_mark *ret)
{
	char text[64], *start, *inode, *rest;
	ssize_t n = readlinkat(c->dir_fd, "first", text, sizeof(text) - 1);
	uint32_t pid;

	if (n < 0)
		return false;
	text[n] = '\0';
	rest = text;
	strsep(&rest, ":");
	start = strsep(&rest, ":");
	inode = rest;
	*ret = (struct pid_mark){ 0 };
	if (!start || !inode || parse_u32(text, 1, INT32_MAX, &pid) < 0 ||
	    parse_u64(start, 0, UINT64_MAX, &ret->start) < 0 || parse_u64(inode, 0, UINT64_MAX, &ret->inode) < 0)
		return false;
	ret->pid = (pid_t)pid;
	return true;
}

/* The intent leads to its cgroups; without cgroups there is the link "first". */
static int find_unknown(struct store *s, struct container *c, struct err *e)
{
	struct pid_mark first;
	int fd;

	c->status = STATUS_UNKNOWN;
	if (!container_of_this_boot(s, c) || !read_first(c, &first))
		return 0;
	fd = pid_open(s->proc_fd, &first);
	if (fd < 0 && fd != -ESRCH)
		return err_code(e, fd, ERR_SYSTEM, "look at the process of container %s", c->id);
	c->pid_fd = fd < 0 ? -1 : fd;
	return 0;
}

int container_refresh(struct store *s, struct container *c, struct err *e)
{
	int fd;

	fd_close(&c->pid_fd);
	if (!c->rec) {
		if (c->why_unknown.code)
			return find_unknown(s, c, e);
		find_creating(s, c);
		return 0;
	}
	c->status = STATUS_STOPPED;
	if (!str_eq(c->rec->boot_id, s->boot_id))
		return 0; /* after a reboot nothing of it can be alive */
	fd = pid_open(s->proc_fd, &(struct pid_mark){ c->rec->pid, c->rec->start_time, c->rec->pid_inode });
	if (fd == -ESRCH)
		return 0;
	if (fd < 0)
		return err_code(e, fd, ERR_SYSTEM, "look at the process of container %s", c->id);
	c->pid_fd = fd;
	fd = find_living(c);
	return fd < 0 ? err_code(e, fd, ERR_SYSTEM, "find out the status of container %s", c->id) : 0;
}

/* ---- opening ---- */

/* Wait for the lock, but not for a holder that never lets go. */
static int take_lock(struct container *c, struct err *e)
{
	int64_t until = deadline_ms(LOCK_WAIT_MS);

	while (flock(c->dir_fd, LOCK_EX | LOCK_NB) < 0) {
		struct timespec pause = { .tv_nsec = 2000000 };

		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, ERR_LOCK, "lock container %s", c->id);
		if (deadline_left(until) == 0)
			return err_set(e, -EAGAIN, ERR_LOCK,
				       "container %s is locked by another command", c->id);
		/* flock() has no deadline of its own; a signal-driven one would need a handler */
		nanosleep(&pause, NULL);
	}
	c->locked = true;
	return 0;
}

/* Is the directory that we hold still the one that has the name? Else a delete was faster. */
static int still_there(struct store *s, const struct container *c)
{
	struct stat a, b;

	if (fstat(c->dir_fd, &a) < 0)
		return -errno;
	if (fstatat(s->root_fd, c->id, &b, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int load(struct store *s, struct arena *a, struct container *c, bool lock, struct err *e)
{
	struct stat st;
	int r;

	c->dir_fd = openat(s->root_fd, c->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->dir_fd < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : err_sys(e, ERR_RECORD, "open container %s", c->id);
	if (fstat(c->dir_fd, &st) < 0)
		return err_sys(e, ERR_RECORD, "stat container %s", c->id);
	c->owner = st.st_uid;
	if (lock) {
		r = take_lock(c, e);
		if (r == 0)
			r = still_there(s, c);
		if (r <= 0)
			return r;
	}
	r = read_record(c, a, &c->why_unknown);
	read_intent(c);
	/* for want of something that may be there the next time: nothing is said about the record */
	if (r == -EMFILE || r == -ENFILE || r == -ENOMEM) {
		if (e)
			*e = c->why_unknown;
		return r;
	}
	if (r >= 0)
		c->why_unknown = (struct err){ 0 };
	else if (!c->why_unknown.code)
		c->why_unknown.code = r;
	r = container_refresh(s, c, e);
	return r < 0 ? r : 1;
}

int container_open(struct store *s, struct arena *a, const char *id, bool lock,
		   struct container *ret, struct err *e)
{
	struct container c = CONTAINER_INIT;
	int r;

	if (!store_id_valid(id))
		return err_set(e, -EINVAL, ERR_ID, "\"%s\" is not a container id", id);
	c.id = arena_str(a, id);
	r = load(s, a, &c, lock, e);
	if (r == 1)
		*ret = c;
	else
		container_close(&c);
	return r;
}

void container_close(struct container *c)
{
	fd_close(&c->dir_fd);
	fd_close(&c->pid_fd);
	c->locked = false;
}

/* ---- claiming ---- */

/* One attempt. Return: 1 it is ours, 0 a delete has taken the new directory away, -errno */
static int claim_once(struct store *s, struct container *c, struct err *e)
{
	int r;

	/* the only exclusion between two creates: mkdir succeeds once */
	if (mkdirat(s->root_fd, c->id, 0700) < 0)
		return errno == EEXIST
			       ? err_set(e, -EEXIST, ERR_EXISTS, "container %s already exists",
					 c->id)
			       : err_sys(e, ERR_STATE_ROOT,
					 "make the directory of container %s in %s", c->id, s->path);
	c->dir_fd = openat(s->root_fd, c->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->dir_fd < 0 && errno == ENOENT)
		return 0;
	if (c->dir_fd < 0) {
		r = err_sys(e, ERR_STATE_ROOT, "open the directory of container %s", c->id);
	} else {
		r = take_lock(c, e);
		if (r == 0)
			r = still_there(s, c);
		if (r == 1)
			return 1;
		if (r < 0 && !(e && e->code))
			err_code(e, r, ERR_STATE_ROOT, "look at the directory of container %s",
				 c->id);
		container_close(c);
	}
	/* It is empty. Somebody else's that has the name by now is not, or is about to be tried again. */
	if (r < 0)
		(void)unlinkat(s->root_fd, c->id, AT_REMOVEDIR);
	return r;
}

int store_claim(struct store *s, const char *id, struct container *ret, struct err *e)
{
	struct container c = CONTAINER_INIT;
	int r = 0;

	if (!store_id_valid(id))
		return err_set(e, -EINVAL, ERR_ID, "\"%s\" is not a container id", id);
	c.id = id;
	for (unsigned i = 0; i < CLAIMS_MAX && r == 0; i++)
		r = claim_once(s, &c, e);
	if (r == 0)
		return err_set(e, -EAGAIN, ERR_EXISTS,
			       "container %s was deleted while it was being made", id);
	if (r < 0)
		return r;
	c.owner = geteuid();
	*ret = c;
	return 0;
}

/* ---- the socket where a created container waits ---- */

/*
 * A socket's address has 108 bytes, a path may be longer: the directory becomes the working directory
 * for the moment. taper has one thread.
 */
static int at_socket(struct container *c, const char *name, int sock_fd,
		     int (*call)(int, const struct sockaddr *, socklen_t))
{
	_close_fd int cwd_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int r;

	if (cwd_fd < 0 || fchdir(c->dir_fd) < 0)
		return -errno;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", name);
	r = call(sock_fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : 0;
	if (fchdir(cwd_fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int store_listen(struct container *c, const char *name, int type, int *ret_fd, struct err *e)
{
	_close_fd int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return err_sys(e, ERR_SYSTEM, "make a socket");
	r = at_socket(c, name, fd, bind);
	if (r == 0 && type != SOCK_DGRAM && listen(fd, 8) < 0)
		r = -errno;
	if (r < 0)
		return err_code(e, r, ERR_FILE, "make the socket %s of container %s", name, c->id);
	*ret_fd = take_fd(&fd);
	return 0;
}

int store_connect(struct container *c, const char *name, int *ret_fd, struct err *e)
{
	_close_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return err_sys(e, ERR_SYSTEM, "make a socket");
	r = at_socket(c, name, fd, connect);
	if (r < 0)
		return err_code(e, r, ERR_FILE, "connect to %s of container %s", name, c->id);
	if (fd_peer_uid(fd) != c->owner)
		return err_set(e, -EPERM, ERR_FILE, "connect to %s of container %s: another user listens", name, c->id);
	*ret_fd = take_fd(&fd);
	return 0;
}

int store_start_lock(struct container *c, int *ret_fd, struct err *e)
{
	_close_fd int fd = openat(c->dir_fd, "start.lock",
				  O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_sys(e, ERR_FILE, "make start.lock of container %s", c->id);
	*ret_fd = take_fd(&fd);
	return 0;
}

int store_chmod(struct container *c, const char *name, mode_t mode)
{
	return fchmodat(c->dir_fd, name, mode, 0) < 0 ? -errno : 0;
}

/* A leading dot keeps it out of the ids. Not having a cache costs time only. */
int store_cache_open(struct store *s)
{
	return openat(s->root_fd, ".seccomp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int store_cache(struct store *s)
{
	int fd = store_cache_open(s);

	if (fd < 0 && errno == ENOENT && mkdirat(s->root_fd, ".seccomp", 0700) == 0)
		fd = store_cache_open(s);
	return fd;
}
