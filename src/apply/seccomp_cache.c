// SPDX-License-Identifier: LGPL-2.1-or-later
/* seccomp_cache.c - compiled filters, kept as files by what they were compiled from */
#include "apply/seccomp_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"
#include "base/sys.h"

#define NAME_SIZE 40
#define PROFILE_MAX (8u << 20)

/* A file: this, the profile, the instructions. */
struct head {
	char magic[8];
	uint32_t profile_len;
	uint32_t n_insns;
	uint64_t sum;                /* of the instructions: a file system may lose what it held last */
};

static const char magic[8] = "TAPBPF01";

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

static uint64_t hash(const void *data, size_t len)
{
	const char *p = data;
	uint64_t h = len, word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = mix(h, word);
	}
	word = 0;
	if (len)
		memcpy(&word, p, len);
	return mix(mix(h, word), 0);
}

static void name_of(const struct seccomp_key *key, char *ret)
{
	snprintf(ret, NAME_SIZE, "%016llx", (unsigned long long)hash(key->bytes, key->len));
}

/* Only a plain file of ours that nobody else may write is read. */
static int open_cached(int cache_fd, const char *name, size_t *ret_size)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	_close_fd int fd = sys_openat2(cache_fd, name, &how);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 022 ||
	    st.st_size < (off_t)sizeof(struct head) || st.st_size > (off_t)PROFILE_MAX)
		return -1;
	*ret_size = (size_t)st.st_size;
	return take_fd(&fd);
}

bool seccomp_cache_get(struct arena *a, int cache_fd, const struct seccomp_key *key,
		       const struct sock_filter **ret, unsigned short *ret_n)
{
	_close_fd int fd = -1;
	char name[NAME_SIZE], *data;
	struct sock_filter *insns;
	struct head head;
	size_t size, bytes;

	name_of(key, name);
	fd = open_cached(cache_fd, name, &size);
	if (fd < 0)
		return false;
	data = arena_alloc(a, size);
	if (fd_read_all(fd, data, size) != (ssize_t)size)
		return false;
	memcpy(&head, data, sizeof(head));
	bytes = head.n_insns * sizeof(*insns);
	if (memcmp(head.magic, magic, sizeof(magic)) != 0 || head.profile_len != key->len ||
	    head.n_insns == 0 || head.n_insns > BPF_MAXINSNS ||
	    size != sizeof(head) + key->len + bytes ||
	    memcmp(data + sizeof(head), key->bytes, key->len) != 0)
		return false;
	insns = arena_newv(a, struct sock_filter, head.n_insns);
	memcpy(insns, data + sizeof(head) + key->len, bytes);
	if (hash(insns, bytes) != head.sum)
		return false;
	*ret = insns;
	*ret_n = (unsigned short)head.n_insns;
	return true;
}

/* The number of files, and the name of the oldest. */
static unsigned count_files(int cache_fd, char *oldest, size_t size)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
	_close_fd int dir_fd = sys_openat2(cache_fd, ".", &how);
	char buf[4096] __attribute__((aligned(8)));
	struct timespec least = { 0 };
	unsigned n = 0;
	ssize_t len;

	while (dir_fd >= 0 && (len = getdents64(dir_fd, buf, sizeof(buf))) > 0) {
		const struct dirent64 *d;

		for (ssize_t at = 0; at < len; at += d->d_reclen) {
			struct stat st;

			d = (const void *)(buf + at);
			if (d->d_type == DT_DIR || strlen(d->d_name) >= size ||
			    fstatat(cache_fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
				continue;
			if (n++ && (st.st_mtim.tv_sec > least.tv_sec ||
				    (st.st_mtim.tv_sec == least.tv_sec &&
				     st.st_mtim.tv_nsec >= least.tv_nsec)))
				continue;
			least = st.st_mtim;
			memcpy(oldest, d->d_name, strlen(d->d_name) + 1);
		}
	}
	return n;
}

static void make_room(int cache_fd)
{
	char oldest[256];

	for (unsigned n = count_files(cache_fd, oldest, sizeof(oldest)); n >= SECCOMP_CACHE_FILES; n--) {
		if (unlinkat(cache_fd, oldest, 0) < 0)
			return;
		if (n > SECCOMP_CACHE_FILES)
			count_files(cache_fd, oldest, sizeof(oldest));
	}
}

void seccomp_cache_put(int cache_fd, const struct seccomp_key *key, const struct sock_filter *insns,
		       unsigned short n)
{
	struct open_how how = { .flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, .mode = 0600,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	size_t bytes = n * sizeof(*insns);
	struct head head = { .profile_len = (uint32_t)key->len, .n_insns = n, .sum = hash(insns, bytes) };
	char name[NAME_SIZE], tmp[NAME_SIZE + 20];
	_close_fd int fd = -1;

	if (sizeof(head) + key->len + bytes > PROFILE_MAX)
		return;
	memcpy(head.magic, magic, sizeof(magic));
	name_of(key, name);
	snprintf(tmp, sizeof(tmp), ".%s-%d", name, getpid());
	make_room(cache_fd);
	fd = sys_openat2(cache_fd, tmp, &how);
	if (fd < 0) {
		if (errno == EEXIST)         /* left by one who was killed */
			unlinkat(cache_fd, tmp, 0);
		return;
	}
	if (fd_write_all(fd, &head, sizeof(head)) < 0 || fd_write_all(fd, key->bytes, key->len) < 0 ||
	    fd_write_all(fd, insns, bytes) < 0 || renameat(cache_fd, tmp, cache_fd, name) < 0)
		unlinkat(cache_fd, tmp, 0);
}

/* ".NAME-PID": of a process that is gone? */
static bool is_left(const char *name, int proc_fd)
{
	const char *dash = strrchr(name, '-');
	uint32_t pid;
	int fd;

	if (name[0] != '.' || !dash || parse_u32(dash + 1, 1, INT32_MAX, &pid) < 0)
		return false;
	fd = pid_open(proc_fd, &(struct pid_mark){ .pid = (pid_t)pid });
	if (fd >= 0)
		close(fd);
	return fd == -ESRCH;
}

unsigned seccomp_cache_clean(int cache_fd, int proc_fd, bool dry_run)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
	_close_fd int dir_fd = sys_openat2(cache_fd, ".", &how);
	char buf[4096] __attribute__((aligned(8)));
	unsigned n = 0;
	ssize_t len;

	while (dir_fd >= 0 && (len = getdents64(dir_fd, buf, sizeof(buf))) > 0) {
		const struct dirent64 *d;

		for (ssize_t at = 0; at < len; at += d->d_reclen) {
			d = (const void *)(buf + at);
			n += is_left(d->d_name, proc_fd) &&
			     (dry_run || unlinkat(cache_fd, d->d_name, 0) == 0);
		}
	}
	return n;
}
