// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mntopt.c - mount option strings to what the kernel's mount calls take
 *
 * Spec: config.md, "Linux mount options"; crun's extra options; mount(8), "Filesystem-independent
 * mount options", for those that only user space reads, which are dropped. What is in no table is
 * data for the file system. Of two options of one pair the later wins.
 *
 * Atime modes are one value of several bits in mount_setattr(2): whichever is set,
 * MOUNT_ATTR__ATIME is cleared first. "atime" and "nostrictatime" mean the kernel's default,
 * relatime.
 */
#include <stdlib.h>
#include <sys/mount.h>

#include "plan/internal.h"

enum opt_class {
	OPT_ATTR,        /* attribute of the mount, set */
	OPT_ATTR_CLR,    /* cleared */
	OPT_ATIME,       /* one of the atime modes */
	OPT_SB,          /* superblock flag, set */
	OPT_SB_CLR,
	OPT_PROPAGATION,
	OPT_SPECIAL,     /* a member of struct mount_opts */
	OPT_NOTHING,
};

enum special {
	SP_BIND, SP_RBIND, SP_REMOUNT, SP_TMPCOPYUP, SP_IDMAP, SP_RIDMAP, SP_SRC_NOFOLLOW,
	SP_DEST_NOFOLLOW, SP_COPY_SYMLINK, SP_NOFAIL,
};

struct opt_row {
	const char *name;
	enum opt_class class;
	uint64_t value;
	bool rec;        /* for all mounts below too */
};

/* Sorted by name. ro and rw are superblock flags as well: see apply_attr(). */
static const struct opt_row rows[] = {
	{ "async", OPT_SB_CLR, MS_SYNCHRONOUS, false },
	{ "atime", OPT_ATIME, MOUNT_ATTR_RELATIME, false },
	{ "auto", OPT_NOTHING, 0, false },
	{ "bind", OPT_SPECIAL, SP_BIND, false },
	{ "copy-symlink", OPT_SPECIAL, SP_COPY_SYMLINK, false },
	{ "defaults", OPT_NOTHING, 0, false },
	{ "dest-nofollow", OPT_SPECIAL, SP_DEST_NOFOLLOW, false },
	{ "dev", OPT_ATTR_CLR, MOUNT_ATTR_NODEV, false },
	{ "diratime", OPT_ATTR_CLR, MOUNT_ATTR_NODIRATIME, false },
	{ "dirsync", OPT_SB, MS_DIRSYNC, false },
	{ "exec", OPT_ATTR_CLR, MOUNT_ATTR_NOEXEC, false },
	{ "group", OPT_NOTHING, 0, false },
	{ "idmap", OPT_SPECIAL, SP_IDMAP, false },
	{ "iversion", OPT_SB, MS_I_VERSION, false },
	{ "lazytime", OPT_SB, MS_LAZYTIME, false },
	{ "loud", OPT_SB_CLR, MS_SILENT, false },
	{ "mand", OPT_SB, MS_MANDLOCK, false },
	{ "noatime", OPT_ATIME, MOUNT_ATTR_NOATIME, false },
	{ "noauto", OPT_NOTHING, 0, false },
	{ "nodev", OPT_ATTR, MOUNT_ATTR_NODEV, false },
	{ "nodiratime", OPT_ATTR, MOUNT_ATTR_NODIRATIME, false },
	{ "noexec", OPT_ATTR, MOUNT_ATTR_NOEXEC, false },
	{ "nofail", OPT_SPECIAL, SP_NOFAIL, false },
	{ "nogroup", OPT_NOTHING, 0, false },
	{ "noiversion", OPT_SB_CLR, MS_I_VERSION, false },
	{ "nolazytime", OPT_SB_CLR, MS_LAZYTIME, false },
	{ "nomand", OPT_SB_CLR, MS_MANDLOCK, false },
	{ "noowner", OPT_NOTHING, 0, false },
	{ "norelatime", OPT_NOTHING, 0, false },
	{ "nostrictatime", OPT_ATIME, MOUNT_ATTR_RELATIME, false },
	{ "nosuid", OPT_ATTR, MOUNT_ATTR_NOSUID, false },
	{ "nosymfollow", OPT_ATTR, MOUNT_ATTR_NOSYMFOLLOW, false },
	{ "nouser", OPT_NOTHING, 0, false },
	{ "nousers", OPT_NOTHING, 0, false },
	{ "owner", OPT_NOTHING, 0, false },
	{ "private", OPT_PROPAGATION, MS_PRIVATE, false },
	{ "rasync", OPT_NOTHING, 0, true },
	{ "ratime", OPT_ATIME, MOUNT_ATTR_RELATIME, true },
	{ "rbind", OPT_SPECIAL, SP_RBIND, false },
	{ "rdev", OPT_ATTR_CLR, MOUNT_ATTR_NODEV, true },
	{ "rdiratime", OPT_ATTR_CLR, MOUNT_ATTR_NODIRATIME, true },
	{ "rdirsync", OPT_NOTHING, 0, true },
	{ "relatime", OPT_ATIME, MOUNT_ATTR_RELATIME, false },
	{ "remount", OPT_SPECIAL, SP_REMOUNT, false },
	{ "rexec", OPT_ATTR_CLR, MOUNT_ATTR_NOEXEC, true },
	{ "ridmap", OPT_SPECIAL, SP_RIDMAP, false },
	{ "rmand", OPT_NOTHING, 0, true },
	{ "rnoatime", OPT_ATIME, MOUNT_ATTR_NOATIME, true },
	{ "rnodev", OPT_ATTR, MOUNT_ATTR_NODEV, true },
	{ "rnodiratime", OPT_ATTR, MOUNT_ATTR_NODIRATIME, true },
	{ "rnoexec", OPT_ATTR, MOUNT_ATTR_NOEXEC, true },
	{ "rnomand", OPT_NOTHING, 0, true },
	{ "rnorelatime", OPT_NOTHING, 0, false },
	{ "rnostrictatime", OPT_ATIME, MOUNT_ATTR_RELATIME, true },
	{ "rnosuid", OPT_ATTR, MOUNT_ATTR_NOSUID, true },
	{ "rnosymfollow", OPT_ATTR, MOUNT_ATTR_NOSYMFOLLOW, true },
	{ "ro", OPT_ATTR, MOUNT_ATTR_RDONLY, false },
	{ "rprivate", OPT_PROPAGATION, MS_PRIVATE, true },
	{ "rrelatime", OPT_ATIME, MOUNT_ATTR_RELATIME, true },
	{ "rro", OPT_ATTR, MOUNT_ATTR_RDONLY, true },
	{ "rrw", OPT_ATTR_CLR, MOUNT_ATTR_RDONLY, true },
	{ "rshared", OPT_PROPAGATION, MS_SHARED, true },
	{ "rslave", OPT_PROPAGATION, MS_SLAVE, true },
	{ "rstrictatime", OPT_ATIME, MOUNT_ATTR_STRICTATIME, true },
	{ "rsuid", OPT_ATTR_CLR, MOUNT_ATTR_NOSUID, true },
	{ "rsymfollow", OPT_ATTR_CLR, MOUNT_ATTR_NOSYMFOLLOW, true },
	{ "rsync", OPT_NOTHING, 0, true },
	{ "runbindable", OPT_PROPAGATION, MS_UNBINDABLE, true },
	{ "rw", OPT_ATTR_CLR, MOUNT_ATTR_RDONLY, false },
	{ "shared", OPT_PROPAGATION, MS_SHARED, false },
	{ "silent", OPT_SB, MS_SILENT, false },
	{ "slave", OPT_PROPAGATION, MS_SLAVE, false },
	{ "src-nofollow", OPT_SPECIAL, SP_SRC_NOFOLLOW, false },
	{ "strictatime", OPT_ATIME, MOUNT_ATTR_STRICTATIME, false },
	{ "suid", OPT_ATTR_CLR, MOUNT_ATTR_NOSUID, false },
	{ "symfollow", OPT_ATTR_CLR, MOUNT_ATTR_NOSYMFOLLOW, false },
	{ "sync", OPT_SB, MS_SYNCHRONOUS, false },
	{ "tmpcopyup", OPT_SPECIAL, SP_TMPCOPYUP, false },
	{ "unbindable", OPT_PROPAGATION, MS_UNBINDABLE, false },
	{ "user", OPT_NOTHING, 0, false },
	{ "users", OPT_NOTHING, 0, false },
};

struct strv mntopt_names(struct arena *a)
{
	const char **v = arena_newv(a, const char *, ARRAY_SIZE(rows));

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		v[i] = rows[i].name;
	return (struct strv){ v, ARRAY_SIZE(rows) };
}

static int by_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct opt_row *)row)->name);
}

static void set_attr(struct mount_opts *o, bool rec, uint64_t value, bool on)
{
	uint64_t *set = rec ? &o->rec_set : &o->attr_set;
	uint64_t *clr = rec ? &o->rec_clr : &o->attr_clr;

	*set = on ? *set | value : *set & ~value;
	*clr = on ? *clr & ~value : *clr | value;
	if (value == MOUNT_ATTR_RDONLY && !rec) {
		o->sb_set = on ? o->sb_set | MS_RDONLY : o->sb_set & ~(unsigned long)MS_RDONLY;
		o->sb_clr = on ? o->sb_clr & ~(unsigned long)MS_RDONLY : o->sb_clr | MS_RDONLY;
	}
}

static void set_atime(struct mount_opts *o, bool rec, uint64_t mode)
{
	uint64_t *set = rec ? &o->rec_set : &o->attr_set;
	uint64_t *clr = rec ? &o->rec_clr : &o->attr_clr;

	*set = (*set & ~(uint64_t)MOUNT_ATTR__ATIME) | mode;
	*clr |= MOUNT_ATTR__ATIME;
}

static void set_special(struct mount_opts *o, enum special what)
{
	switch (what) {
	case SP_BIND:          o->bind = true; break;
	case SP_RBIND:         o->bind = o->bind_rec = true; break;
	case SP_REMOUNT:       o->remount = true; break;
	case SP_TMPCOPYUP:     o->tmpcopyup = true; break;
	case SP_IDMAP:         o->idmap = true; break;
	case SP_RIDMAP:        o->idmap = o->idmap_rec = true; break;
	case SP_SRC_NOFOLLOW:  o->src_nofollow = true; break;
	case SP_DEST_NOFOLLOW: o->dest_nofollow = true; break;
	case SP_COPY_SYMLINK:  o->copy_symlink = true; break;
	case SP_NOFAIL:        o->nofail = true; break;
	}
}

static void apply_row(struct mount_opts *o, const struct opt_row *row)
{
	switch (row->class) {
	case OPT_ATTR:
	case OPT_ATTR_CLR:
		set_attr(o, row->rec, row->value, row->class == OPT_ATTR);
		break;
	case OPT_ATIME:
		set_atime(o, row->rec, row->value);
		break;
	case OPT_SB:
		o->sb_set |= row->value;
		o->sb_clr &= ~row->value;
		break;
	case OPT_SB_CLR:
		o->sb_clr |= row->value;
		o->sb_set &= ~row->value;
		break;
	case OPT_PROPAGATION:
		o->propagation = row->value;
		o->propagation_rec = row->rec;
		break;
	case OPT_SPECIAL:
		set_special(o, (enum special)row->value);
		break;
	case OPT_NOTHING:
		break;
	}
}

/* Options for user space alone: mount(8), "comment", "X-*", "x-*", "_netdev". */
static bool is_for_userspace(const char *opt)
{
	return str_starts(opt, "x-") || str_starts(opt, "X-") || str_starts(opt, "comment=") ||
	       str_eq(opt, "_netdev");
}

static void add_data(struct planner *pl, struct mount_opts *o, const char *opt)
{
	const char *eq = strchr(opt, '=');
	struct kv kv = { .key = opt, .value = NULL };

	if (eq) {
		size_t len = strlen(eq + 1);

		kv.key = arena_dup(pl->a, opt, (size_t)(eq - opt));
		kv.value = eq + 1;
		/* context="a:b:c:d,e": the quotes are for mount(2), where a comma ends an option. */
		if (strstr(kv.key, "context") && len >= 2 && eq[1] == '"' && eq[len] == '"')
			kv.value = arena_dup(pl->a, eq + 2, len - 2);
		if (str_eq(kv.key, "mode"))
			o->mode_given = true;
	}
	o->data.v = vec_room(pl->a, o->data.v, o->data.n, sizeof(struct kv));
	o->data.v[o->data.n++] = kv;
}

/* Where in the container's own map the id @inside lies, @count ids long; NULL = not in one line. */
static const struct id_range *line_of(const struct id_ranges *map, uint32_t inside, uint32_t count)
{
	for (size_t i = 0; map && i < map->n; i++) {
		uint64_t end = (uint64_t)map->v[i].inside + map->v[i].count;

		if (inside >= map->v[i].inside && (uint64_t)inside + count <= end)
			return &map->v[i];
	}
	return NULL;
}

/* "A-B-L" or "@A-B-L": with @, B is an id of the container. */
static int parse_triple(struct planner *pl, const char *text, bool gids, struct id_range *ret)
{
	bool relative = *text == '@';
	char *part[3] = { arena_str(pl->a, text + relative) };
	uint32_t v[3];

	for (int i = 1; i < 3; i++) {
		char *dash = strchr(part[i - 1], '-');

		if (!dash)
			return -1;
		*dash = '\0';
		part[i] = dash + 1;
	}
	for (int i = 0; i < 3; i++)
		if (parse_u32(part[i], i == 2, UINT32_MAX, &v[i]) < 0)
			return -1;
	if (relative) {
		const struct id_range *line = line_of(idmap_known(pl, gids), v[1], v[2]);

		if (!line)
			return -1;
		v[1] = line->outside + (v[1] - line->inside);
	}
	*ret = (struct id_range){ v[0], v[1], v[2] };
	return 0;
}

/* "A-B-L#A-B-L". Return: 0 or -1 */
static int parse_triples(struct planner *pl, const char *text, bool gids, struct id_ranges *ret)
{
	struct id_range *v = NULL;
	size_t n = 0;
	char *list = arena_str(pl->a, text);

	for (char *next; list; list = next) {
		next = strchr(list, '#');
		if (next)
			*next++ = '\0';
		v = vec_room(pl->a, v, n, sizeof(*v));
		if (parse_triple(pl, list, gids, &v[n++]) < 0)
			return -1;
	}
	*ret = (struct id_ranges){ v, n };
	return 0;
}

/* crun's "idmap=uids=0-1-10#10-100-5;gids=0-1-10" */
static void parse_idmap(struct planner *pl, const char *text, const char *where, struct fs_op *op)
{
	char *list = arena_str(pl->a, text);
	int bad = 0;

	for (char *next; list; list = next) {
		const char *value;

		next = strchr(list, ';');
		if (next)
			*next++ = '\0';
		if ((value = str_starts(list, "uids=")))
			bad |= parse_triples(pl, value, false, &op->mount.uid_map);
		else if ((value = str_starts(list, "gids=")))
			bad |= parse_triples(pl, value, true, &op->mount.gid_map);
		else
			bad = -1;
	}
	op->mount.opts.idmap = true;
	if (bad || !op->mount.uid_map.n || !op->mount.gid_map.n)
		plan_bad(pl, ERR_VALUE, where,
			 "expected idmap=uids=FROM-TO-SIZE[#...];gids=FROM-TO-SIZE[#...], found %s",
			 text);
}

void mntopt_parse(struct planner *pl, const struct strv *options, const char *where,
		  struct fs_op *op)
{
	struct mount_opts *o = &op->mount.opts;

	for (size_t i = 0; i < options->n; i++) {
		const char *opt = options->v[i];
		const struct opt_row *row =
			bsearch(opt, rows, ARRAY_SIZE(rows), sizeof(rows[0]), by_name);
		const char *value;

		if (row)
			apply_row(o, row);
		else if ((value = str_starts(opt, "idmap=")))
			parse_idmap(pl, value, arena_fmt(pl->a, "%s.options[%zu]", where, i), op);
		else if ((value = str_starts(opt, "ridmap=")))
			parse_idmap(pl, value, arena_fmt(pl->a, "%s.options[%zu]", where, i), op),
			o->idmap_rec = true;
		else if (*opt && !is_for_userspace(opt))
			add_data(pl, o, opt);
	}
}
