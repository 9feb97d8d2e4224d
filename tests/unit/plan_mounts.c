// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_mounts.c - mounts, their options, the root and what is sealed */
#include <sys/mount.h>

#include "plan_fixture.h"

static void one_mount(struct fixture *f, const char *dst, const char *type, const char *source,
		      struct strv options)
{
	static struct oci_mount m[1];

	m[0] = (struct oci_mount){
		.destination = dst, .type = type, .source = source, .options = options
	};
	f->spec.mounts.v = m;
	f->spec.mounts.n = 1;
}

#define OPTIONS(...) ((struct strv){ (const char *[]){ __VA_ARGS__ },                              \
				     ARRAY_SIZE(((const char *[]){ __VA_ARGS__ })) })
static const struct strv no_options;

/* What explain says of mounts[0] with these options, without the part that is always there. */
static const char *opts_text(struct fixture *f, bool bind, struct strv options)
{
	const char *head = bind ? "fs bind /x from=/src" : "fs mount /x type=tmpfs source=tmpfs";
	const char *line, *end;

	one_mount(f, "/x", bind ? "bind" : "tmpfs", bind ? "/src" : "tmpfs", options);
	if (plan_it(f) != 0)
		return f->found[0].text;
	line = strstr(f->text, head);
	if (!line)
		return f->text;
	line += strlen(head);
	end = strstr(line, " (mounts[0])");
	return end ? arena_dup(&f->a, line, (size_t)(end - line)) : line;
}

TEST(every_option_alone)
{
	static const struct { const char *option, *fs, *bind;
	} rows[] = {
		{ "defaults", "", "" },
		{ "ro", " set=ro super-set=ro", " set=ro" },
		{ "rw", " clear=ro super-clear=ro", " clear=ro" },
		{ "nosuid", " set=nosuid", " set=nosuid" },
		{ "suid", " clear=nosuid", " clear=nosuid" },
		{ "nodev", " set=nodev", " set=nodev" },
		{ "dev", " clear=nodev", " clear=nodev" },
		{ "noexec", " set=noexec", " set=noexec" },
		{ "exec", " clear=noexec", " clear=noexec" },
		{ "sync", " super-set=sync", "" },
		{ "async", " super-clear=sync", "" },
		{ "dirsync", " super-set=dirsync", "" },
		{ "noatime", " set=noatime clear=atime", " set=noatime clear=atime" },
		{ "atime", " clear=atime", " clear=atime" },
		{ "relatime", " clear=atime", " clear=atime" },
		{ "norelatime", "", "" },
		{ "strictatime", " set=strictatime clear=atime", " set=strictatime clear=atime" },
		{ "nostrictatime", " clear=atime", " clear=atime" },
		{ "nodiratime", " set=nodiratime", " set=nodiratime" },
		{ "diratime", " clear=nodiratime", " clear=nodiratime" },
		{ "iversion", " super-set=iversion", "" },
		{ "noiversion", " super-clear=iversion", "" },
		{ "lazytime", " super-set=lazytime", "" },
		{ "nolazytime", " super-clear=lazytime", "" },
		{ "silent", " super-set=silent", "" },
		{ "loud", " super-clear=silent", "" },
		{ "mand", " super-set=mand", "" },
		{ "nomand", " super-clear=mand", "" },
		{ "nosymfollow", " set=nosymfollow", " set=nosymfollow" },
		{ "symfollow", " clear=nosymfollow", " clear=nosymfollow" },
		{ "private", " propagation=private", " propagation=private" },
		{ "rprivate", " propagation=rprivate", " propagation=rprivate" },
		{ "shared", " propagation=shared", " propagation=shared" },
		{ "rshared", " propagation=rshared", " propagation=rshared" },
		{ "slave", " propagation=slave", " propagation=slave" },
		{ "rslave", " propagation=rslave", " propagation=rslave" },
		{ "unbindable", " propagation=unbindable", " propagation=unbindable" },
		{ "runbindable", " propagation=runbindable", " propagation=runbindable" },
		{ "rro", " set-below=ro", " set-below=ro" },
		{ "rrw", " clear-below=ro", " clear-below=ro" },
		{ "rnosuid", " set-below=nosuid", " set-below=nosuid" },
		{ "rsuid", " clear-below=nosuid", " clear-below=nosuid" },
		{ "rnodev", " set-below=nodev", " set-below=nodev" },
		{ "rdev", " clear-below=nodev", " clear-below=nodev" },
		{ "rnoexec", " set-below=noexec", " set-below=noexec" },
		{ "rexec", " clear-below=noexec", " clear-below=noexec" },
		{ "rnoatime", " set-below=noatime clear-below=atime",
		  " set-below=noatime clear-below=atime" },
		{ "ratime", " clear-below=atime", " clear-below=atime" },
		{ "rrelatime", " clear-below=atime", " clear-below=atime" },
		{ "rnorelatime", "", "" },
		{ "rstrictatime", " set-below=strictatime clear-below=atime",
		  " set-below=strictatime clear-below=atime" },
		{ "rnostrictatime", " clear-below=atime", " clear-below=atime" },
		{ "rnodiratime", " set-below=nodiratime", " set-below=nodiratime" },
		{ "rdiratime", " clear-below=nodiratime", " clear-below=nodiratime" },
		{ "rnosymfollow", " set-below=nosymfollow", " set-below=nosymfollow" },
		{ "rsymfollow", " clear-below=nosymfollow", " clear-below=nosymfollow" },
		{ "rsync", "", "" },
		{ "rasync", "", "" },
		{ "rdirsync", "", "" },
		{ "rmand", "", "" },
		{ "rnomand", "", "" },
		{ "bind", NULL, "" },
		{ "rbind", NULL, " recursive" },
		{ "src-nofollow", " src-nofollow", " src-nofollow" },
		{ "dest-nofollow", " dest-nofollow", " dest-nofollow" },
		{ "copy-symlink", " copy-symlink", " copy-symlink" },
		{ "nofail", " nofail", " nofail" },
		{ "tmpcopyup", " copy-up", "tmpcopyup is for tmpfs, found type bind" },
		{ "_netdev", "", "" },
		{ "auto", "", "" },
		{ "noauto", "", "" },
		{ "user", "", "" },
		{ "nouser", "", "" },
		{ "users", "", "" },
		{ "nousers", "", "" },
		{ "owner", "", "" },
		{ "noowner", "", "" },
		{ "group", "", "" },
		{ "nogroup", "", "" },
		{ "x-systemd.automount", "", "" },
		{ "X-mount.mkdir", "", "" },
		{ "comment=a b", "", "" },
		{ "size=64k", " data=size=64k", "" },
		{ "inode64", " data=inode64", "" },
		{ "context=\"a:b:c:d,e\"", " data=context=a:b:c:d,e", "" },
	};
	struct fixture f;

	fix_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].fs)
			is_str(opts_text(&f, false, OPTIONS(rows[i].option)), rows[i].fs);
		is_str(opts_text(&f, true, OPTIONS(rows[i].option)), rows[i].bind);
	}
}

TEST(the_later_of_a_pair_wins)
{
	struct fixture f;

	fix_init(&f);
	is_str(opts_text(&f, false, OPTIONS("ro", "rw")), " clear=ro super-clear=ro");
	is_str(opts_text(&f, false, OPTIONS("rw", "ro")), " set=ro super-set=ro");
	is_str(opts_text(&f, false, OPTIONS("noatime", "strictatime")),
	       " set=strictatime clear=atime");
	is_str(opts_text(&f, false, OPTIONS("strictatime", "relatime")), " clear=atime");
	is_str(opts_text(&f, false, OPTIONS("rro", "rrw", "rnoatime", "rrelatime")),
	       " clear-below=ro,atime");
	is_str(opts_text(&f, false, OPTIONS("rshared", "private")), " propagation=private");
	is_str(opts_text(&f, false, OPTIONS("sync", "async")), " super-clear=sync");
}

TEST(data_of_binds_is_dropped_with_a_warning)
{
	struct fixture f;

	fix_init(&f);
	one_mount(&f, "/x", "none", "/src", OPTIONS("rbind", "mode=755"));
	check_warning(&f, "option mode has no meaning for a bind mount");
	check_line(&f, "fs bind /x from=/src recursive (mounts[0])");
}

TEST(kinds)
{
	struct fixture f;

	fix_init(&f);
	one_mount(&f, "/x", NULL, "etc/x", OPTIONS("rbind"));
	is_int(plan_it(&f), 0);
	check_line(&f, "fs bind /x from=/b/etc/x recursive (mounts[0])");
	one_mount(&f, "/sys/fs/cgroup", "cgroup", "cgroup", OPTIONS("ro", "nosuid"));
	is_int(plan_it(&f), 0);
	check_line(
		&f,
		"fs cgroup /sys/fs/cgroup type=cgroup source=cgroup set=ro,nosuid super-set=ro (mounts[0])");
	one_mount(&f, "/sys/fs/cgroup", "cgroup2", NULL, no_options);
	is_int(plan_it(&f), 0);
	check_line(&f, "fs cgroup /sys/fs/cgroup type=cgroup2 (mounts[0])");
	one_mount(&f, "/", "none", NULL, OPTIONS("remount", "bind", "nodev"));
	is_int(plan_it(&f), 0);
	check_line(&f, "fs mount / type=none set=nodev bind remount (mounts[0])");
}

TEST(destinations)
{
	static const struct { const char *from, *to; } rows[] = {
		{ "/a//b/", "/a/b" }, { "/a/./b/.", "/a/b" }, { "/a/../b", "/b" },
		{ "/../../etc", "/etc" }, { "/a/b/../../c/..x", "/c/..x" }, { "tmp/x", "/tmp/x" },
	};
	struct fixture f;

	fix_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		one_mount(&f, rows[i].from, "tmpfs", NULL, no_options);
		is_int(plan_it(&f), 0);
		is_str(f.plan->fs[0].dst, rows[i].to);
	}
	has_str(f.text, "relative destination tmp/x is taken from /");
	one_mount(&f, "", "tmpfs", NULL, no_options);
	check_problem(&f, "mounts[0].destination", "needs a destination");
}

TEST(refused_targets)
{
	struct fixture f;

	fix_init(&f);
	one_mount(&f, "/a/..", "tmpfs", NULL, no_options);
	check_problem(&f, "mounts[0].destination", "the root file system itself");
	one_mount(&f, "/proc/sys/kernel", "bind", "/x", no_options);
	check_problem(&f, "mounts[0].destination", "/proc/sys/kernel must not be covered");
	one_mount(&f, "/x/../proc/self", "tmpfs", NULL, no_options);
	check_problem(&f, "mounts[0].destination", "/proc/self must not be covered");
	one_mount(&f, "/proc", "tmpfs", NULL, no_options);
	check_problem(&f, "mounts[0].destination", "only a proc file system");
	one_mount(&f, "/proc", "proc", NULL, no_options);
	is_int(plan_it(&f), 0);
	one_mount(&f, "/proc", "bind", "/proc", OPTIONS("rbind"));
	is_int(plan_it(&f), 0);
	one_mount(&f, "/proc/cpuinfo", "bind", "/var/lib/lxcfs/proc/cpuinfo", no_options);
	is_int(plan_it(&f), 0);
	one_mount(&f, "/proc/cpuinfo/x", "bind", "/x", no_options);
	check_problem(&f, "mounts[0].destination", "must not be covered");
	one_mount(&f, "/process", "tmpfs", NULL, no_options);
	is_int(plan_it(&f), 0);
}

TEST(missing_parts)
{
	struct fixture f;

	fix_init(&f);
	one_mount(&f, "/x", "bind", NULL, no_options);
	check_problem(&f, "mounts[0].source", "needs a source");
	one_mount(&f, "/x", NULL, "tmpfs", no_options);
	check_problem(&f, "mounts[0].type", "needs a type");
}

TEST(options_absent_and_empty)
{
	struct fixture f;

	fix_init(&f);
	one_mount(&f, "/dev/shm", "tmpfs", "shm", no_options);
	is_int(plan_it(&f), 0);
	check_line(&f, "fs mount /dev/shm type=tmpfs source=shm set=nosuid,nodev,noexec "
		       "data=mode=1777,size=65536k (mounts[0])");
	ok(f.plan->fs[0].mount.opts.mode_given);
	f.spec.mounts.v[0].options.v = (const char *[]){ NULL };
	is_int(plan_it(&f), 0);
	check_line(&f, "fs mount /dev/shm type=tmpfs source=shm (mounts[0])");
}

TEST(ids_in_options)
{
	struct fixture f;

	fix_init(&f);
	one_mount(&f, "/dev/pts", "devpts", "devpts", OPTIONS("mode=0620", "gid=5", "newinstance"));
	is_int(plan_it(&f), 0);
	has_str(f.text, "data=mode=0620,gid=5,newinstance");
	fix_unprivileged(&f);
	is_int(plan_it(&f), 0);
	has_str(f.text, "data=mode=0620,gid=5,newinstance");
	f.facts.newuidmap = NULL;            /* only one id is mapped */
	is_int(plan_it(&f), 0);
	has_str(f.text, "data=mode=0620,newinstance");
	one_mount(&f, "/x", "tmpfs", "tmpfs", OPTIONS("gid=6"));
	check_problem(&f, "mounts[0].options", "gid=6 is not mapped");
	one_mount(&f, "/x", "tmpfs", "tmpfs", OPTIONS("uid=1"));
	check_problem(&f, "mounts[0].options", "uid=1 is not mapped");
}

TEST(sysfs_in_a_user_namespace)
{
	struct fixture f;

	fix_init(&f);
	one_mount(&f, "/sys", "sysfs", "sysfs", OPTIONS("ro"));
	is_int(plan_it(&f), 0);
	ok(!strstr(f.text, "or-bind-sysfs"));
	fix_unprivileged(&f);
	is_int(plan_it(&f), 0);
	ok(strstr(f.text, "or-bind-sysfs") != NULL);
	LIST(f.lin.namespaces, { "mount", NULL }, { "network", NULL });
	is_int(plan_it(&f), 0);
	ok(!strstr(f.text, "or-bind-sysfs"));
}

TEST(idmapped_mounts)
{
	static struct oci_id_mapping uids[] = { { 0, 1000, 1 }, { 1, 5000, 10 } },
				     gids[] = { { 0, 2000, 1 } };
	struct fixture f;

	fix_init(&f);
	one_mount(&f, "/x", "bind", "/src", OPTIONS("rbind"));
	f.spec.mounts.v[0].uid_mappings.v = uids;
	f.spec.mounts.v[0].uid_mappings.n = 2;
	check_problem(&f, "mounts[0].gidMappings", "go together");
	f.spec.mounts.v[0].gid_mappings.v = gids;
	f.spec.mounts.v[0].gid_mappings.n = 1;
	is_int(plan_it(&f), 0);
	check_line(
		&f,
		"fs bind /x from=/src recursive idmap uids=0:1000:1,1:5000:10 gids=0:2000:1 (mounts[0])");
	one_mount(&f, "/x", "bind", "/src", OPTIONS("ridmap"));
	check_problem(&f, "mounts[0].options", "idmap needs");
	fix_unprivileged(&f);
	is_int(plan_it(&f), 0);
	check_line(&f, "fs bind /x from=/src idmap-recursive (mounts[0])");
}

TEST(idmap_expressions)
{
	struct fixture f;

	fix_init(&f);
	one_mount(&f, "/x", "bind", "/src", OPTIONS("idmap=uids=0-1-10#10-100-5;gids=3-4-5"));
	is_int(plan_it(&f), 0);
	check_line(&f, "fs bind /x from=/src idmap uids=0:1:10,10:100:5 gids=3:4:5 (mounts[0])");
	one_mount(&f, "/x", "bind", "/src", OPTIONS("idmap=uids=0-1-10"));
	check_problem(&f, "mounts[0].options[0]", "expected idmap=uids=");
	one_mount(&f, "/x", "bind", "/src", OPTIONS("idmap=uids=0-1-0;gids=0-1-1"));
	check_problem(&f, "mounts[0].options[0]", "expected idmap=uids=");
	one_mount(&f, "/x", "bind", "/src", OPTIONS("idmap=uids=0-1;gids=0-1-1"));
	check_problem(&f, "mounts[0].options[0]", "expected idmap=uids=");
	fix_unprivileged(&f);
	one_mount(&f, "/x", "bind", "/src", OPTIONS("ridmap=uids=@0-2-10;gids=@7-0-1"));
	is_int(plan_it(&f), 0);
	check_line(
		&f,
		"fs bind /x from=/src idmap-recursive uids=0:100001:10 gids=7:1000:1 (mounts[0])");
	one_mount(&f, "/x", "bind", "/src", OPTIONS("ridmap=uids=@0-0-2;gids=@7-0-1"));
	check_problem(&f, "mounts[0].options[0]", "expected idmap=uids=");
}

TEST(selinux_label)
{
	struct fixture f;

	fix_init(&f);
	f.lin.mount_label = "u:r:t:s0:c1,c2";
	one_mount(&f, "/x", "tmpfs", "tmpfs", no_options);
	check_problem(&f, "linux.mountLabel", "SELinux is not enabled");
	f.facts.selinux = true;
	is_int(plan_it(&f), 0);
	has_str(f.text, "data=context=u:r:t:s0:c1,c2");
	f.spec.annotations =
		(struct kvv){ (struct kv[]){ { "run.oci.mount_context_type", "rootcontext" } }, 1 };
	is_int(plan_it(&f), 0);
	has_str(f.text, "data=rootcontext=u:r:t:s0:c1,c2");
	one_mount(&f, "/x", "tmpfs", "tmpfs", OPTIONS("context=a:b:c:s0"));
	is_int(plan_it(&f), 0);
	has_str(f.text, "data=context=a:b:c:s0");
	ok(!strstr(f.text, "context=u:r:t:s0:c1,c2"));
	one_mount(&f, "/proc", "proc", "proc", no_options);
	is_int(plan_it(&f), 0);
	ok(!strstr(f.text, "context="));
	one_mount(&f, "/sys", "sysfs", "sysfs", no_options);
	is_int(plan_it(&f), 0);
	ok(!strstr(f.text, "context="));
	one_mount(&f, "/mq", "mqueue", "mqueue", no_options);
	is_int(plan_it(&f), 0);
	ok(!strstr(f.text, "context="));
	one_mount(&f, "/x", "bind", "/src", no_options);
	is_int(plan_it(&f), 0);
	ok(!strstr(f.text, "context="));
}

/* The same for mounts that are added later. */
static int plan_late(struct fixture *f)
{
	f->problems = (struct problems){ .v = f->found, .max = ARRAY_SIZE(f->found) };
	f->plan = NULL;
	return plan_added(&f->a, &f->spec, &f->opt, &f->facts, &f->plan, &f->problems);
}

TEST(added_later)
{
	const struct {
		const char *type;
		struct strv options;
		const char *path, *words;
	} refused[] = {
		{ "proc", { 0 }, "[0].type", "a procfs is mounted when a container is created" },
		{ "cgroup", { 0 }, "[0].type", "a cgroup file system is mounted when" },
		{ "cgroup2", { 0 }, "[0].type", "a cgroup file system is mounted when" },
		{ "tmpfs", OPTIONS("remount"), "[0].options", "remount changes a mount" },
		{ "bind", OPTIONS("copy-symlink"), "[0].options", "copy-symlink may make a symlink" },
	};
	struct fixture f;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		fix_init(&f);
		one_mount(&f, str_eq(refused[i].type, "proc") ? "/proc" : "/x", refused[i].type, "/src",
			  refused[i].options);
		is_err(plan_late(&f), i < 3 ? EOPNOTSUPP : EINVAL);
		ok(!f.plan);
		is_str(f.found[0].path, refused[i].path);
		has_str(f.found[0].text, refused[i].words);
	}
	fix_init(&f);
	f.lin.mount_label = "u:r:t:s0";
	f.facts.selinux = true;
	f.opt.bundle = "/bundle";
	one_mount(&f, "//a/../b/", "tmpfs", "tmpfs", OPTIONS("size=1k"));
	is_int(plan_late(&f), 0);
	is_int(f.plan->n_fs, 1);
	is_str(f.plan->fs[0].dst, "/b");
	is_str(f.plan->fs[0].where, "[0]");
	is_str(f.plan->fs[0].mount.opts.data.v[1].key, "context");
	is_str(f.plan->fs[0].mount.opts.data.v[1].value, "u:r:t:s0");
	ok(f.plan->root.tree_propagation == (MS_SLAVE | MS_REC));
	one_mount(&f, "/x", "bind", "rel", no_options);
	is_int(plan_late(&f), 0);
	is_str(f.plan->fs[0].mount.source, "/bundle/rel");
}

TEST(root)
{
	struct fixture f;

	fix_init(&f);
	is_int(plan_it(&f), 0);
	check_line(&f, "root /b/rootfs tree=rslave");
	f.root.path = "/abs";
	f.opt.no_pivot = true;
	f.lin.rootfs_propagation = "rshared";
	is_int(plan_it(&f), 0);
	check_line(&f, "root /abs no-pivot tree=rshared propagation=rshared");
	f.lin.rootfs_propagation = "unbindable";
	is_int(plan_it(&f), 0);
	check_line(&f, "root /abs no-pivot tree=rprivate propagation=unbindable");
	f.lin.rootfs_propagation = "rro";
	check_problem(&f, "linux.rootfsPropagation", "found rro");
	f.lin.rootfs_propagation = NULL;
	f.spec.root = NULL;
	check_problem(&f, "root.path", "not named");
}

TEST(hooks_that_want_the_old_root)
{
	struct oci_hooks hooks = { 0 };
	struct fixture f;

	fix_init(&f);
	f.spec.hooks = &hooks;
	LIST(hooks.start_container, { .path = "/h" });
	is_int(plan_it(&f), 0);
	ok(!f.plan->root.pivot_late);
	LIST(hooks.create_container, { .path = "/h" });
	is_int(plan_it(&f), 0);
	ok(f.plan->root.pivot_late);
}

TEST(seal)
{
	struct fixture f;

	fix_init(&f);
	f.root.readonly = (struct opt_bool){ true, true };
	WORDS(f.lin.masked_paths, "/proc/kcore", "/sys/../sys//firmware");
	WORDS(f.lin.readonly_paths, "/proc/sys");
	is_int(plan_it(&f), 0);
	has_str(f.text, "seal readonly /proc/sys (linux.readonlyPaths[0])\n"
			"seal mask /proc/kcore (linux.maskedPaths[0])\n"
			"seal mask /sys/firmware (linux.maskedPaths[1])\n"
			"seal root-readonly / (root.readonly)\n");
	WORDS(f.lin.masked_paths, "proc/kcore", "/");
	WORDS(f.lin.readonly_paths, "");
	check_problem(&f, "linux.maskedPaths[0]", "absolute path, found proc/kcore");
	check_problem(&f, "linux.maskedPaths[1]", "root itself");
	check_problem(&f, "linux.readonlyPaths[0]", "absolute path");
	is_int(f.problems.n, 3);
}

TAP_MAIN
