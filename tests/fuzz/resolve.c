// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * resolve.c - fuzz entry point: paths in any tree with links, against a model of it
 *
 * The input is a list of choices: entries of a tree (directories, files, links to anywhere), then paths
 * to open, or to make as mount points. The tree is made in a directory of its own, in a tmpfs where the
 * machine has one; the model is a table of nodes, and knows path_resolution(7) with the root as the top.
 *
 * What has to hold: fs_open(), which is openat2(2), fs_target() and fs_parent() end where the model does,
 * or fail as it does; after each the tree is the model's, and beside the root nothing has appeared.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/fs.h"
#include "tests/fuzz/harness.h"

#define NODES_MAX 96
#define ENTRIES_MAX 16
#define REQUESTS_MAX 4
#define PARTS_MAX 6
#define LINKS_MAX 40
#define WORK_MAX 4096

struct node {
	int parent;
	char name[8];
	char target[64];             /* of a link */
	mode_t kind;                 /* S_IFDIR, S_IFREG, S_IFLNK */
};

struct model {
	struct node v[NODES_MAX];    /* the first is the root; who stands later was made later */
	int n;
	int root_fd;
	bool made;
	int links_max;
	bool is_long;                /* so many links were followed that not all may be counted, or some twice */
};

/* ---- the model ---- */

static int find(const struct model *m, int dir, const char *name)
{
	for (int i = 1; i < m->n; i++)
		if (m->v[i].parent == dir && str_eq(m->v[i].name, name))
			return i;
	return -1;
}

static int add(struct model *m, int dir, const char *name, mode_t kind)
{
	if (m->n == NODES_MAX || strlen(name) >= sizeof(m->v->name))
		return -1;
	m->v[m->n] = (struct node){ .parent = dir, .kind = kind };
	snprintf(m->v[m->n].name, sizeof(m->v->name), "%s", name);
	return m->n++;
}

/* How a path is walked. */
struct way {
	bool follow;                 /* the last component too */
	bool make;                   /* what is missing */
	mode_t what;                 /* the kind of the last component that is made */
};

/* Is there a component in it? */
static bool has_more(const char *path)
{
	return path[strspn(path, "/")] != '\0';
}

/* Return: the node, or -errno */
static int walk(struct model *m, const char *path, struct way way)
{
	char todo[WORK_MAX], name[WORK_MAX];
	int at = 0, links = 0;

	if (!*path)
		return -ENOENT;
	snprintf(todo, sizeof(todo), "%s", path);
	for (;;) {
		size_t start = strspn(todo, "/"), len = strcspn(todo + start, "/");
		bool last = !has_more(todo + start + len), slash = todo[start + len] == '/';
		int next;

		if (!len)
			return at;
		if (m->v[at].kind != S_IFDIR)
			return -ENOTDIR;
		memcpy(name, todo + start, len);
		name[len] = '\0';
		memmove(todo, todo + start + len, strlen(todo + start + len) + 1);
		if (str_eq(name, "."))
			continue;
		if (str_eq(name, "..")) {
			at = m->v[at].parent;
			continue;
		}
		next = find(m, at, name);
		if (next < 0 && way.make) {
			next = add(m, at, name, last ? way.what : S_IFDIR);
			m->made = true;
		}
		if (next < 0)
			return -ENOENT;
		if (m->v[next].kind == S_IFLNK && (!last || way.follow || slash)) {
			if (++links > m->links_max)
				return -ELOOP;
			m->is_long = m->is_long || links > LINKS_MAX / 2;
			if (way.make && last && !way.follow)
				way.make = false;        /* "link/": looked at, never made */
			snprintf(name, sizeof(name), "%s", m->v[next].target);
			if (strlen(name) + strlen(todo) >= sizeof(todo))
				return -ENAMETOOLONG;
			memmove(todo + strlen(name), todo, strlen(todo) + 1);
			memcpy(todo, name, strlen(name));
			at = name[0] == '/' ? 0 : at;
			continue;
		}
		if (last && slash && m->v[next].kind != S_IFDIR)
			return -ENOTDIR;
		at = next;
	}
}

/* As fs_target(): what is there is taken as it is, what is missing is made. */
static int walk_target(struct model *m, const char *path, mode_t what, bool nofollow)
{
	int r = walk(m, path, (struct way){ .follow = !nofollow });

	m->made = false;
	return r == -ENOENT ? walk(m, path, (struct way){ .follow = !nofollow, .make = true, .what = what }) : r;
}

/* ---- the tree ---- */

static void model_path(const struct model *m, int node, char *ret, size_t size)
{
	char part[1024] = "";

	for (; node; node = m->v[node].parent) {
		snprintf(ret, size, "%s%s%s", m->v[node].name, *part ? "/" : "", part);
		snprintf(part, sizeof(part), "%s", ret);
	}
	snprintf(ret, size, "%s", *part ? part : ".");
}

static void make_real(struct model *m, int node)
{
	char path[1024];
	int r;

	model_path(m, node, path, sizeof(path));
	if (m->v[node].kind == S_IFDIR)
		r = mkdirat(m->root_fd, path, 0755);
	else if (m->v[node].kind == S_IFLNK)
		r = symlinkat(m->v[node].target, m->root_fd, path);
	else
		r = mknodat(m->root_fd, path, S_IFREG | 0644, 0);
	REQUIRE(r == 0);
}

static const char *const names[] = { "a", "b", "c", "d" };

/* A path of a few components, some of them not plain names. */
static void choose_path(struct fuzz_in *in, char *ret, size_t size)
{
	static const char *const parts[] = { "a", "b", "c", "d", "..", ".", "", "x" };
	uint8_t shape = fuzz_byte(in);
	size_t n = 1 + shape % 4u + (shape >= 192 ? PARTS_MAX - 4u : 0), used;

	used = (size_t)snprintf(ret, size, "%s", shape & 16 ? "/" : "");
	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "%s%s", i ? "/" : "",
					 parts[fuzz_pick(in, ARRAY_SIZE(parts))]);
	if (shape & 32 && used < size)
		snprintf(ret + used, size - used, "/");
}

static void choose_tree(struct fuzz_in *in, struct model *m)
{
	for (size_t n = fuzz_pick(in, ENTRIES_MAX + 1); n > 0; n--) {
		static const mode_t kinds[] = { S_IFDIR, S_IFDIR, S_IFLNK, S_IFLNK, S_IFLNK, S_IFREG };
		int dir = (int)fuzz_pick(in, (size_t)m->n), node;
		const char *name = names[fuzz_pick(in, ARRAY_SIZE(names))];
		mode_t kind = kinds[fuzz_pick(in, ARRAY_SIZE(kinds))];
		char target[64];

		choose_path(in, target, sizeof(target));
		if (m->v[dir].kind != S_IFDIR || find(m, dir, name) >= 0)
			continue;
		node = add(m, dir, name, kind);
		if (kind == S_IFLNK)
			snprintf(m->v[node].target, sizeof(m->v->target), "%s", *target ? target : "/");
		make_real(m, node);
	}
}

static unsigned count_entries(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);
	unsigned n = 0;

	REQUIRE(dir);
	for (struct dirent *d; (d = readdir(dir));)
		n += d->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* Is the tree what the model says? */
static void compare_trees(const struct model *m, int outside_fd)
{
	char path[1024];
	struct stat st;

	for (int i = 0; i < m->n; i++) {
		unsigned children = 0;
		int fd;

		model_path(m, i, path, sizeof(path));
		REQUIRE(fstatat(m->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0);
		REQUIRE((st.st_mode & S_IFMT) == m->v[i].kind);
		if (m->v[i].kind != S_IFDIR)
			continue;
		for (int k = 1; k < m->n; k++)
			children += m->v[k].parent == i;
		fd = openat(m->root_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		REQUIRE(count_entries(fd) == children);
		close(fd);
	}
	REQUIRE(count_entries(outside_fd) == 1);
}

/* The result is the model's node, or its error. */
static void compare(const struct model *m, const char *what, const char *path, int want, int got_fd)
{
	struct stat got, node;
	char where[1024];

	if (want < 0 && got_fd == want)
		return;
	if (want >= 0 && got_fd >= 0) {
		model_path(m, want, where, sizeof(where));
		if (fstat(got_fd, &got) == 0 &&
		    fstatat(m->root_fd, where, &node, AT_SYMLINK_NOFOLLOW) == 0 && got.st_ino == node.st_ino) {
			close(got_fd);
			return;
		}
	}
	for (int i = 1; i < m->n; i++) {
		model_path(m, i, where, sizeof(where));
		fprintf(stderr, "%s %s\n", where, m->v[i].target);
	}
	fprintf(stderr, "%s %s: want %d, got %d\n", what, path, want, got_fd);
	abort();
}

/* As fs_open(), which gives up when others rename or mount, anywhere, during each of its attempts at ".." */
static int open_at_last(int root_fd, const char *path, uint64_t flags)
{
	int fd;

	do
		fd = fs_open(root_fd, path, flags);
	while (fd == -EAGAIN);
	return fd;
}

static void request(struct fuzz_in *in, struct model *m, int outside_fd)
{
	uint8_t kind = fuzz_byte(in);
	bool nofollow = kind & 1, file = kind & 2, made = false;
	const char *name, *slash;
	char path[128], dir[128];
	struct err e = { 0 };
	struct model rehearsal = *m;
	int fd = -1, r, want;

	choose_path(in, path, sizeof(path));
	/*
	 * A walk that has to begin again, for it met a rename, goes on counting; one that makes things counts
	 * the links of "link/" at its end by themselves. Only a real loop is told by all.
	 */
	rehearsal.links_max = 8 * LINKS_MAX;
	if (walk_target(&rehearsal, path, S_IFDIR, nofollow) != -ELOOP && rehearsal.is_long)
		return;
	want = walk(m, path, (struct way){ .follow = !nofollow });
	compare(m, "open", path, want, open_at_last(m->root_fd, path, O_PATH | (nofollow ? O_NOFOLLOW : 0)));
	if (kind & 4) {
		slash = strrchr(path, '/');
		r = fs_parent(m->root_fd, path, &fd, &name, &e);
		if (!slash || !slash[1]) {
			REQUIRE(r == -EINVAL);
			return;
		}
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
		want = walk_target(m, *dir ? dir : "/", S_IFDIR, false);
		REQUIRE(r < 0 || name == slash + 1);
	} else {
		want = walk_target(m, path, file ? S_IFREG : S_IFDIR, nofollow);
		r = fs_target(m->root_fd, path, file ? FS_MAKE_FILE : FS_MAKE_DIR, nofollow, &fd, &made, &e);
		REQUIRE(r < 0 || made == m->made);
	}
	REQUIRE(r == 0 || e.text[0]);
	compare(m, kind & 4 ? "parent" : file ? "file" : "directory", path, want, r < 0 ? r : fd);
	compare_trees(m, outside_fd);
}

static char base[64];

static void remove_base(void)
{
	rmdir(base);
}

/* A directory for all trees of this process. Return: its fd */
static int base_dir(void)
{
	static int fd = -1;
	static pid_t owner;

	if (fd >= 0 && owner == getpid())
		return fd;
	owner = getpid();
	snprintf(base, sizeof(base), "/dev/shm/taper-fuzz-XXXXXX");
	if (!mkdtemp(base)) {
		snprintf(base, sizeof(base), "/tmp/taper-fuzz-XXXXXX");
		REQUIRE(mkdtemp(base));
	}
	umask(0);
	fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	atexit(remove_base);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct model m = { .n = 1, .v = { { .kind = S_IFDIR } }, .links_max = LINKS_MAX };
	int outside_fd = base_dir();
	char path[1024];

	REQUIRE(mkdirat(outside_fd, "root", 0755) == 0);
	m.root_fd = openat(outside_fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(m.root_fd >= 0);
	choose_tree(&in, &m);
	for (int i = 0; i < REQUESTS_MAX && (in.left || i == 0); i++)
		request(&in, &m, outside_fd);
	for (int i = m.n; --i > 0;) {    /* parents were made before what is in them */
		model_path(&m, i, path, sizeof(path));
		REQUIRE(unlinkat(m.root_fd, path, m.v[i].kind == S_IFDIR ? AT_REMOVEDIR : 0) == 0);
	}
	close(m.root_fd);
	REQUIRE(unlinkat(outside_fd, "root", AT_REMOVEDIR) == 0);
	return 0;
}

FUZZ_MAIN("resolve");
