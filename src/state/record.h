/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.h - what is remembered of one container
 *
 * state.json is this struct by rows (libocispec/schema.h); its format has a version. Together with the
 * intent it names everything outside the container's own directory that exists because of it.
 */
#ifndef TAPER_STATE_RECORD_H
#define TAPER_STATE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "libocispec/arena.h"
#include "libocispec/schema.h"
#include "libocispec/types.h"

#define RECORD_VERSION 1

struct record_cgroup {
	bool v2;
	const char *mount;
	const char *path;
	uint64_t ino;
	uint32_t made_from; /* leading components of path that were there before us */
};

/* The systemd unit that the container is in. */
struct record_unit {
	const char *name;
	bool user_bus;
	const char *mark;     /* end of its description: it is ours */
	const char *subgroup; /* v2: directory below the unit's cgroup where processes are; NULL = none */
};

/* A hook that runs after create has ended. */
struct record_hook {
	const char *path;
	struct strv args;    /* with argv[0] */
	struct strv env;     /* absent = inherit */
	uint32_t timeout_ms; /* 0 = none */
	const char *where;   /* JSON path in config.json */
};

struct record {
	uint32_t version;
	const char *id;
	const char *bundle;  /* absolute */
	const char *rootfs;  /* absolute */
	const char *created; /* RFC 3339 with nanoseconds, UTC */
	uint32_t uid;	     /* who made it */
	int32_t pid;	     /* first process, in the pid namespace of who made it */
	uint64_t start_time; /* with the next one: its mark (base/pid.h) */
	uint64_t pid_inode;
	const char *boot_id;
	struct kvv annotations;
	VEC_OF(struct record_cgroup) cgroups;
	struct record_unit *unit; /* systemd manager, else NULL */
	bool private_pid; /* new pid namespace: the kernel kills all with the first process */
	VEC_OF(struct record_hook) poststart;
	VEC_OF(struct record_hook) poststop;
	bool start_hooks; /* it has startContainer hooks */
	bool terminal;
	bool transient; /* run deletes it when it has ended */
	bool no_new_keyring;
	struct strv stdio; /* fds 0 to 2: the key of criu(8) for one that leads outside, else ""; may be absent */
	const char *notify_socket; /* NOTIFY_SOCKET of the host, NULL = none */
	const char *agent;	   /* socket of the seccomp agent, NULL = none */
	const char *agent_metadata;
};

extern const struct schema_type record_type;

/**
 * record_text() - a record as what is stored: its JSON with the property "sum" in front, over all that follows
 * @ret_len: without the NUL
 *
 * A record with a wrong letter may be one that names the wrong process or cgroup: it must be told from a good
 * one. A wrong byte always changes the sum.
 * Return: the text
 */
const char *record_text(struct arena *a, const struct record *rec, size_t *ret_len);

/* record_whole() - does the sum agree with the text? */
bool record_whole(const char *text, size_t len);

/* A mount that was added to a container that runs. */
struct record_mount {
	const char *destination; /* inside the container, cleaned */
	const char *type;        /* "bind" for a tree of the host */
	const char *source;
	uint64_t id;             /* of the mount, as in mountinfo: it is still there only if this is */
};

struct record_mounts {
	struct record_mount *v;
	size_t n;
};

extern const struct schema_type record_mounts_type; /* an array */

/*
 * The intent: what will exist before the record does. As text of a symlink:
 * "v1 boot=BOOT owner=PID:START pre=DIGITS unit=BUS:NAME cg=PATH"; cg is last and may be empty.
 */
struct intent {
	bool valid;
	char boot_id[37];
	int32_t owner_pid;
	uint64_t owner_start;
	char made_from
		[24]; /* a character per hierarchy in the host's order: '0'..'z' = 0..; "" = no cgroup */
	char bus;	   /* of the unit: 's'ystem, 'u'ser; '-' = no unit */
	char unit[256];	   /* systemd unit, "" = none */
	char cgroup[1024]; /* path below each hierarchy */
};

/* intent_format() - as text; -ENAMETOOLONG when it does not fit. Return: length or -errno */
int intent_format(const struct intent *i, char *buf, size_t size);

/* intent_parse() - from text. Return: 0 or -EINVAL */
int intent_parse(const char *text, struct intent *ret);

#endif
