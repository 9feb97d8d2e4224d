// SPDX-License-Identifier: LGPL-2.1-or-later
/* record.c - the rows of state.json, and the text of the intent */
#include "state/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "libocispec/encode.h"

static const struct field cgroup_rows[] = {
	F(struct record_cgroup, v2, "v2"),
	F(struct record_cgroup, mount, "mount", .required = true),
	F(struct record_cgroup, path, "path", .required = true),
	F(struct record_cgroup, ino, "ino"),
	F(struct record_cgroup, made_from, "madeFrom"),
};
static const struct schema_type cgroup_type = SCHEMA(struct record_cgroup, cgroup_rows);

static const struct field unit_rows[] = {
	F(struct record_unit, name, "name", .required = true),
	F(struct record_unit, user_bus, "userBus"),
	F(struct record_unit, mark, "mark", .required = true),
	F(struct record_unit, subgroup, "subgroup"),
};
static const struct schema_type unit_type = SCHEMA(struct record_unit, unit_rows);

static const struct field hook_rows[] = {
	F(struct record_hook, path, "path", .required = true),
	F(struct record_hook, args, "args", .required = true),
	F(struct record_hook, env, "env"),
	F(struct record_hook, timeout_ms, "timeoutMs"),
	F(struct record_hook, where, "where", .required = true),
};
static const struct schema_type hook_type = SCHEMA(struct record_hook, hook_rows);

static const struct field record_rows[] = {
	F(struct record, version, "version", .required = true,
	  RANGE(RECORD_VERSION, RECORD_VERSION)),
	F(struct record, id, "id", .required = true),
	F(struct record, bundle, "bundle", .required = true),
	F(struct record, rootfs, "rootfs", .required = true),
	F(struct record, created, "created", .required = true),
	F(struct record, uid, "uid", .required = true),
	F(struct record, pid, "pid", .required = true, RANGE(1, INT32_MAX)),
	F(struct record, start_time, "startTime", .required = true),
	F(struct record, pid_inode, "pidInode"),
	F(struct record, boot_id, "bootId", .required = true),
	F(struct record, annotations, "annotations"),
	F_LIST(struct record, cgroups, "cgroups", cgroup_type),
	F_PTR(struct record, unit, "unit", unit_type),
	F(struct record, private_pid, "privatePid"),
	F_LIST(struct record, poststart, "poststart", hook_type),
	F_LIST(struct record, poststop, "poststop", hook_type),
	F(struct record, start_hooks, "startHooks"),
	F(struct record, stdio, "stdio"),
	F(struct record, terminal, "terminal"),
	F(struct record, transient, "transient"),
	F(struct record, no_new_keyring, "noNewKeyring"),
	F(struct record, notify_socket, "notifySocket"),
	F(struct record, agent, "seccompAgent"),
	F(struct record, agent_metadata, "seccompMetadata"),
};
const struct schema_type record_type = SCHEMA(struct record, record_rows);

#define SUM_HEAD "{\"sum\":\""
#define SUM_DIGITS 16
#define SUM_TAIL "\","

/* FNV-1a: each step is a bijection, so no single byte can be wrong unseen. */
static uint64_t sum_of(const char *text, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return h;
}

static int sum_head(const char *rest, size_t len, char *buf, size_t size)
{
	return snprintf(buf, size, SUM_HEAD "%016llx" SUM_TAIL, (unsigned long long)sum_of(rest, len));
}

const char *record_text(struct arena *a, const struct record *rec, size_t *ret_len)
{
	char head[sizeof(SUM_HEAD) + SUM_DIGITS + sizeof(SUM_TAIL)], *text;
	size_t len, n;
	const char *json = encode(a, &record_type, rec, NULL, &len);

	n = (size_t)sum_head(json + 1, len - 1, head, sizeof(head)); /* without its brace */
	text = arena_alloc(a, n + len);
	memcpy(text, head, n);
	memcpy(text + n, json + 1, len);
	*ret_len = n + len - 1;
	return text;
}

bool record_whole(const char *text, size_t len)
{
	const size_t n = sizeof(SUM_HEAD) - 1 + SUM_DIGITS + sizeof(SUM_TAIL) - 1;
	char head[sizeof(SUM_HEAD) + SUM_DIGITS + sizeof(SUM_TAIL)];

	if (len < n)
		return false;
	sum_head(text + n, len - n, head, sizeof(head));
	return memcmp(text, head, n) == 0;
}

static const struct field record_mount_rows[] = {
	F(struct record_mount, destination, "destination", .required = true),
	F(struct record_mount, type, "type", .required = true),
	F(struct record_mount, source, "source"),
	F(struct record_mount, id, "id", .required = true),
};
static const struct schema_type record_mount_type =
	SCHEMA(struct record_mount, record_mount_rows);
const struct schema_type record_mounts_type = SCHEMA_LIST(struct record_mounts, record_mount_type);

int intent_format(const struct intent *i, char *buf, size_t size)
{
	int n = snprintf(buf, size, "v1 boot=%s owner=%d:%llu pre=%s unit=%c:%s cg=%s", i->boot_id,
			 i->owner_pid, (unsigned long long)i->owner_start, i->made_from,
			 i->bus ? i->bus : '-', i->unit, i->cgroup);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : n;
}

/* Copy the text up to a blank (or the end, when @rest is NULL) into a field. */
static int take_word(const char **at, const char *key, char *dst, size_t size, bool rest)
{
	const char *p = str_starts(*at, key);
	size_t len;

	if (!p)
		return -EINVAL;
	len = rest ? strlen(p) : strcspn(p, " ");
	if (len >= size || (!rest && p[len] != ' '))
		return -EINVAL;
	memcpy(dst, p, len);
	dst[len] = '\0';
	*at = p + len + (rest ? 0 : 1);
	return 0;
}

int intent_parse(const char *text, struct intent *ret)
{
	struct intent i = { 0 };
	char pid[12], start[24], unit[sizeof(i.unit) + 2];
	uint32_t number;

	if (take_word(&text, "v1 boot=", i.boot_id, sizeof(i.boot_id), false) < 0)
		return -EINVAL;
	/* "owner=PID:START": the colon ends the first number */
	size_t colon = strcspn(text, ":");
	const char *p = str_starts(text, "owner=");

	if (!p || text[colon] != ':' || colon - 6 >= sizeof(pid))
		return -EINVAL;
	memcpy(pid, p, colon - 6);
	pid[colon - 6] = '\0';
	text += colon;
	if (take_word(&text, ":", start, sizeof(start), false) < 0 ||
	    take_word(&text, "pre=", i.made_from, sizeof(i.made_from), false) < 0 ||
	    take_word(&text, "unit=", unit, sizeof(unit), false) < 0 ||
	    take_word(&text, "cg=", i.cgroup, sizeof(i.cgroup), true) < 0)
		return -EINVAL;
	if (parse_u32(pid, 1, INT32_MAX, &number) < 0 ||
	    parse_u64(start, 0, UINT64_MAX, &i.owner_start) < 0)
		return -EINVAL;
	if (!unit[0] || !strchr("su-", unit[0]) || unit[1] != ':' || (unit[0] == '-') != !unit[2])
		return -EINVAL;
	i.bus = unit[0];
	memcpy(i.unit, unit + 2, strlen(unit + 2) + 1);
	if (i.cgroup[0] && i.cgroup[0] != '/')
		return -EINVAL;
	i.owner_pid = (int32_t)number;
	i.valid = true;
	*ret = i;
	return 0;
}
