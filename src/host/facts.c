// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * facts.c - what the planner needs to know of the host, with as few system calls as possible
 *
 * The common case is root in the initial user namespace: no map, no subordinate id and no helper is
 * looked for then. mountinfo is read only where cgroups are not mounted as nearly everywhere, since it
 * is long on a host with many containers.
 *
 * Sources: capabilities(7), user_namespaces(7), cgroups(7), subuid(5), statx(2).
 */
#include "host/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "host/parse.h"
#include "host/proc.h"

#define CG_ROOT "/sys/fs/cgroup"
#define INIT_USERNS_INO 0xEFFFFFFDU  /* linux/proc_ns.h PROC_USER_INIT_INO */
#define TEXT_MAX (16u << 20)         /* of mountinfo and the files in /etc */

static const struct id_range full_range = { 0, 0, UINT32_MAX };

/* A text file of the host, "" when there is none. */
static char *read_host(struct arena *a, const char *path)
{
	_close_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *text;

	if (fd < 0 || fd_read_arena(fd, a, TEXT_MAX, &text, NULL) < 0)
		return arena_str(a, "");
	return text;
}

static int read_proc(struct arena *a, int dir_fd, const char *name, char **ret, struct err *e)
{
	_close_fd int fd = proc_open(dir_fd, name);
	int r = fd < 0 ? fd : fd_read_arena(fd, a, TEXT_MAX, ret, NULL);

	return r < 0 ? err_code(e, r, ERR_PROC, "read /proc/self/%s", name) : 0;
}

/* ---- cgroups ---- */

/* Is this a reason for which one does not see a mount, or did looking fail? */
static bool says_hidden(int code)
{
	return code == ENOENT || code == ENOTDIR || code == EACCES || code == EPERM || code == ELOOP;
}

/*
 * Is the root of mount @m what one finds at its path? A later mount may hide it.
 * Return: 1, 0, -errno: a hierarchy must not be left out because it could not be looked at
 */
static int mount_visible(const struct cg_mount *m)
{
	struct statx stx;

	if (statx(AT_FDCWD, m->point, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID,
		  &stx) < 0)
		return says_hidden(errno) ? 0 : -errno;
	return stx.stx_mask & STATX_MNT_ID && stx.stx_mnt_id == m->id;
}

/*
 * Is a whole hierarchy mounted there? The root directory of one has the inode number 1 and no size (that
 * of a tmpfs has one). Whoever opens it looks at the type of the file system as well (apply/cg_dir.c).
 */
static bool guess_holds(int root_fd, const struct cg_mount *m)
{
	struct statx stx;

	errno = ENOENT;
	return statx(root_fd, m->point + sizeof(CG_ROOT), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		     STATX_INO | STATX_SIZE, &stx) == 0 &&
	       stx.stx_ino == 1 && stx.stx_size == 0 && stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* Return: how many mounts; -1: not all hierarchies are where they are expected to be */
static int mounts_guess(struct arena *a, int root_fd, const char *self, struct cg_mount *m)
{
	size_t n = parse_cg_guess(a, self, m);

	for (size_t i = 0; i < n; i++) {
		if (guess_holds(root_fd, &m[i]))
			continue;
		if (!m[i].v2 || !says_hidden(errno))
			return -1;
		m[i--] = m[--n];     /* v2 is always listed, mounted or not */
	}
	return (int)n;
}

static int mounts_read(struct arena *a, int self_fd, struct cg_mount *m, size_t *ret_n, struct err *e)
{
	size_t n, kept = 0;
	char *text;
	int r = read_proc(a, self_fd, "mountinfo", &text, e);

	if (r < 0)
		return r;
	n = parse_cg_mounts(text, m);
	for (size_t i = 0; i < n; i++) {
		r = mount_visible(&m[i]);
		if (r < 0)
			return err_code(e, r, ERR_CGROUP, "look at the cgroup mount %s", m[i].point);
		if (r > 0)
			m[kept++] = m[i];
	}
	*ret_n = kept;
	return 0;
}

/*
 * The controllers that a v2 hierarchy can hand on, as a comma-separated list. @beside: those for a cgroup
 * beside this one, where the unprivileged make theirs; NULL for the root's.
 */
static const char *v2_controllers(struct arena *a, const char *mount, const char *beside)
{
	int len = beside ? (int)(strrchr(beside, '/') - beside) : 0;
	char *text = read_host(a, arena_fmt(a, "%s%.*s/cgroup.controllers", mount, len,
					    beside ? beside : ""));

	for (char *p = text; *p; p++) {
		if (*p == ' ')
			*p = ',';
		else if (*p == '\n')
			*p = '\0';
	}
	return text;
}

static int facts_cgroups(struct arena *a, int self_fd, struct facts *f, struct err *e)
{
	struct cg_mount mounts[CG_MOUNT_MAX];
	_close_fd int root_fd = open(CG_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	char *self;
	size_t n = 0;
	int r = read_proc(a, self_fd, "cgroup", &self, e);

	if (r == -ENOENT)            /* a kernel without cgroups */
		return 0;
	if (r < 0)
		return r;
	if (root_fd >= 0 && fstatfs(root_fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC) {
		mounts[n++] = (struct cg_mount){ .v2 = true, .root = "/", .point = CG_ROOT, .options = "" };
	} else {
		r = root_fd < 0 ? -1 : mounts_guess(a, root_fd, self, mounts);
		n = r < 0 ? 0 : (size_t)r;
		r = r > 0 ? 0 : mounts_read(a, self_fd, mounts, &n, e);
		if (r < 0)
			return r;
	}
	parse_cg_self(a, self, mounts, n, f);
	for (size_t i = 0; i < f->cg.n_hier; i++) {
		struct cg_hier *h = &f->cg.hier[i];

		if (h->v2)
			h->controllers = v2_controllers(a, h->mount, f->rootless ? h->own : NULL);
	}
	return 0;
}

/* ---- ids ---- */

static const char *find_helper(const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, X_OK) == 0)
			return *paths;
	return NULL;
}

static void facts_helpers(struct arena *a, struct facts *f)
{
	static const char *const uid_paths[] = { "/usr/bin/newuidmap", "/bin/newuidmap",
		"/usr/local/bin/newuidmap", "/run/wrappers/bin/newuidmap", NULL };
	static const char *const gid_paths[] = { "/usr/bin/newgidmap", "/bin/newgidmap",
		"/usr/local/bin/newgidmap", "/run/wrappers/bin/newgidmap", NULL };

	f->user = parse_passwd_name(a, read_host(a, "/etc/passwd"), f->euid);
	f->subuid = parse_subid(a, read_host(a, "/etc/subuid"), f->user, f->euid);
	f->subgid = parse_subid(a, read_host(a, "/etc/subgid"), f->user, f->euid);
	f->newuidmap = find_helper(uid_paths);
	f->newgidmap = find_helper(gid_paths);
}

/* Our user namespace and what we may do in it. */
static int facts_ids(struct arena *a, int self_fd, struct facts *f, struct err *e)
{
	char deny[16], *uid_map, *gid_map;
	struct stat st;
	int r;

	f->has_user_ns = fstatat(self_fd, "ns/user", &st, 0) == 0;
	f->init_userns = !f->has_user_ns || st.st_ino == INIT_USERNS_INO;
	f->uid_map = f->gid_map = (struct id_ranges){ &full_range, 1 };
	if (!f->init_userns) {
		r = read_proc(a, self_fd, "uid_map", &uid_map, e);
		if (r == 0)
			r = read_proc(a, self_fd, "gid_map", &gid_map, e);
		if (r < 0)
			return r;
		f->uid_map = parse_idmap(a, uid_map);
		f->gid_map = parse_idmap(a, gid_map);
		r = proc_read(self_fd, "setgroups", deny, sizeof(deny));
		f->setgroups_denied = r == 0 && str_starts(deny, "deny");
	}
	f->rootless = f->euid != 0;
	for (size_t i = 0; !f->init_userns && i < f->uid_map.n; i++)
		if (f->uid_map.v[i].inside == 0 && f->uid_map.v[i].outside != 0)
			f->rootless = true;
	if (f->euid == 0 && f->uid_map.n == 1 && f->uid_map.v[0].count == UINT32_MAX)
		f->user = "root";
	else
		facts_helpers(a, f);
	return 0;
}

static void facts_caps(struct facts *f)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (sys_capget(&header, data) == 0) {
		f->caps_permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
		f->privileged = data[0].effective & 1u << CAP_SYS_ADMIN;
	}
	f->last_cap = CAP_LAST_CAP;
	while (f->last_cap > 0 && prctl(PR_CAPBSET_READ, f->last_cap, 0, 0, 0) < 0)
		f->last_cap--;
	while (f->last_cap < 63 && prctl(PR_CAPBSET_READ, f->last_cap + 1, 0, 0, 0) >= 0)
		f->last_cap++;
}

/* ---- kernel ---- */

static bool apparmor_enabled(void)
{
	_close_fd int fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
	char answer = 0;

	return fd >= 0 && read(fd, &answer, 1) == 1 && answer == 'Y';
}

static void facts_kernel(int self_fd, struct facts *f)
{
	uint32_t action = SECCOMP_RET_ERRNO;
	struct utsname name;
	struct statfs fs;

	f->has_time_ns = faccessat(self_fd, "ns/time", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	f->has_cgroup_ns = faccessat(self_fd, "ns/cgroup", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	f->apparmor = apparmor_enabled();
	f->selinux = statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == (long)SELINUX_MAGIC;
	f->seccomp = sys_seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
	if (uname(&name) == 0)
		parse_release(name.release, &f->kernel_major, &f->kernel_minor);
}

int host_facts(struct arena *a, int proc_fd, struct facts *ret, struct err *e)
{
	struct facts f = { .euid = geteuid(), .egid = getegid() };
	_close_fd int self_fd = openat(proc_fd, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (self_fd < 0)
		return err_sys(e, ERR_PROC, "open /proc/self");
	facts_caps(&f);
	facts_kernel(self_fd, &f);
	r = facts_ids(a, self_fd, &f, e);
	if (r == 0)
		r = facts_cgroups(a, self_fd, &f, e);
	if (r < 0)
		return r;
	*ret = f;
	return 0;
}
