// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * schema.c - the rows beside the JSON schema of the spec, and invariants of the rows themselves
 *
 * OCI_SCHEMA_DIR names the folder "schema" of a checkout of runtime-spec; without it, the comparisons
 * are skipped. Every property, type, enumeration and "required" that one side has and the other lacks
 * is reported, unless it is in the list of known differences below. A difference that is no longer
 * there is reported too.
 */
#include "tests/unit/doc.h"

#include <dirent.h>
#include <errno.h>
#include <yajl/yajl_tree.h>

#include "libocispec/check.h"
#include "tests/lib/tap.h"

struct known {
	const char *text, *why;
	bool is_seen;
};

static struct known known[] = {
	/* the schema requires it, we do not */
	{ "config.linux.resources.pids.limit: we do not require it", "absent since spec 1.3: untouched", false },
	/* we require it, the schema does not, but the text of the spec */
	{ "config.root: we require it", "config.md: REQUIRED on all but Windows and VMs", false },
	{ "config.process.user.uid: we require it", "config.md: REQUIRED", false },
	{ "config.process.user.gid: we require it", "config.md: REQUIRED", false },
	{ "config.linux.memoryPolicy.mode: we require it", "config-linux.md: REQUIRED", false },
	{ "config.linux.personality.domain: we require it", "config-linux.md: REQUIRED", false },
	{ "config.linux.rootfsPropagation: only we allow rprivate", "as other runtimes", false },
	{ "config.linux.rootfsPropagation: only we allow rshared", "as other runtimes", false },
	{ "config.linux.rootfsPropagation: only we allow rslave", "as other runtimes", false },
	{ "config.linux.rootfsPropagation: only we allow runbindable", "as other runtimes", false },
	/* other platforms */
	{ "config.freebsd: not ours", "not Linux", false },
	{ "config.solaris: not ours", "not Linux", false },
	{ "config.vm: not ours", "not Linux", false },
	{ "config.windows: not ours", "not Linux", false },
	{ "config.zos: not ours", "not Linux", false },
	/* in the text of the spec, forgotten in the schema */
	{ "features.linux.intelRdt.schemata: only ours", "features-linux.md", false },
	{ "features.linux.intelRdt.monitoring: only ours", "features-linux.md", false },
	{ "features.linux.memoryPolicy: only ours", "features-linux.md", false },
	/* extensions */
	{ "state.rootfs: only ours", "extension", false },
	{ "state.created: only ours", "extension", false },
	{ "state.owner: only ours", "extension", false },
	{ "state.lastError: only ours", "extension", false },
	{ "state.status: only we allow paused", "extension", false },
};

static void differ(const char *path, const char *what, const char *name)
{
	char *text = arena_fmt(doc_arena(), "%s: %s%s", path, what, name);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].text, text) == 0) {
			known[i].is_seen = true;
			return;
		}
	}
	is_str(text, "no difference");
}

/* Documents of the schema */

static const char *schema_dir(void)
{
	const char *dir = getenv("OCI_SCHEMA_DIR");

	if (!dir || !*dir)
		skip("OCI_SCHEMA_DIR is not set");
	return dir;
}

static const char *read_all(const char *path, size_t *ret_len)
{
	static char text[1 << 20];
	FILE *f = fopen(path, "re");

	if (!f) {
		printf("# %s: %s\n", path, strerror(errno));
		exit(1);
	}
	*ret_len = fread(text, 1, sizeof(text) - 1, f);
	text[*ret_len] = '\0';
	fclose(f);
	return text;
}

static yajl_val tree_load(const char *name)
{
	static struct { const char *name; yajl_val tree; } loaded[16];
	char why[256] = "";
	size_t len, i = 0;

	for (; loaded[i].name; i++)
		if (strcmp(loaded[i].name, name) == 0)
			return loaded[i].tree;
	loaded[i].name = arena_str(doc_arena(), name);
	loaded[i].tree = yajl_tree_parse(read_all(arena_fmt(doc_arena(), "%s/%s", schema_dir(), name),
						  &len), why, sizeof(why));
	is_str(why, "");
	return loaded[i].tree;
}

static const char *text_of(yajl_val v)
{
	return YAJL_IS_STRING(v) ? v->u.string : "no string";
}

static yajl_val member(yajl_val v, const char *name)
{
	for (size_t i = 0; YAJL_IS_OBJECT(v) && i < v->u.object.len; i++)
		if (strcmp(v->u.object.keys[i], name) == 0)
			return v->u.object.values[i];
	return NULL;
}

/* A node of a schema: references are relative to its file */
struct node {
	yajl_val v;
	const char *file;
};

/* Follow $ref ("FILE#/A/B" or "#/A/B"), and anyOf of one */
static struct node resolve(struct node n)
{
	yajl_val ref;

	while ((ref = member(n.v, "$ref")) || member(n.v, "anyOf")) {
		char *path, *step, *save;

		if (!ref) {
			n.v = member(n.v, "anyOf")->u.array.values[0];
			continue;
		}
		path = arena_str(doc_arena(), text_of(ref));
		step = strchr(path, '#');
		*step++ = '\0';
		if (*path)
			n.file = path;
		n.v = tree_load(n.file);
		for (step = strtok_r(step, "/", &save); step; step = strtok_r(NULL, "/", &save))
			n.v = member(n.v, step);
		if (!ok(n.v))
			exit(1);
	}
	return n;
}

static struct node sub(struct node n, const char *name)
{
	return resolve((struct node){ member(n.v, name), n.file });
}

/* A property, also one of the parts of an allOf */
static struct node property(struct node n, const char *name)
{
	yajl_val all = member(n.v, "allOf");
	struct node p = { member(member(n.v, "properties"), name), n.file };

	for (size_t i = 0; !p.v && all && i < all->u.array.len; i++)
		p = property(resolve((struct node){ all->u.array.values[i], n.file }), name);
	return p.v ? resolve(p) : p;
}

static bool is_required(struct node n, const char *name)
{
	yajl_val all = member(n.v, "allOf"), list = member(n.v, "required");

	for (size_t i = 0; list && i < list->u.array.len; i++)
		if (strcmp(text_of(list->u.array.values[i]), name) == 0)
			return true;
	for (size_t i = 0; all && i < all->u.array.len; i++)
		if (is_required(resolve((struct node){ all->u.array.values[i], n.file }), name))
			return true;
	return false;
}

/* Comparison */

static void compare_object(struct node n, const struct schema_type *t, const char *path);

static bool in_enum(yajl_val list, const char *name)
{
	for (size_t i = 0; i < list->u.array.len; i++)
		if (strcmp(text_of(list->u.array.values[i]), name) == 0)
			return true;
	return false;
}

static void compare_string(struct node n, const struct check *c, const char *path)
{
	yajl_val list = member(n.v, "enum");

	is_str(text_of(member(n.v, "type")), "string");
	if (list && !c && strncmp(path, "features.", 9) != 0) /* features lists what we know */
		differ(path, "only the schema has an enumeration", "");
	for (size_t i = 0; list && c && i < list->u.array.len; i++) {
		const char *s = text_of(list->u.array.values[i]);

		if (!c->is_ok(c, s, strlen(s)))
			differ(path, "only the schema allows ", s);
	}
	for (size_t i = 0; list && c && i < c->n_names; i++)
		if (!in_enum(list, c->names[i]))
			differ(path, "only we allow ", c->names[i]);
}

static void compare_type(struct node n, const char *want, const char *path)
{
	yajl_val type = member(n.v, "type");

	if (!type) /* an object whose properties are in allOf */
		ok(member(n.v, "allOf") && strcmp(want, "object") == 0);
	else if (!is_str(text_of(type), want))
		printf("# at %s\n", path);
}

/* Values of a map: additionalProperties, patternProperties of one, or named properties */
static struct node map_value(struct node n, const struct field *f, const char *path)
{
	yajl_val p = member(n.v, "patternProperties"), named = member(n.v, "properties");

	if (member(n.v, "additionalProperties"))
		return sub(n, "additionalProperties");
	if (p)
		return resolve((struct node){ p->u.object.values[0], n.file });
	for (size_t i = 0; i < named->u.object.len; i++)
		if (!f->key_check->is_ok(f->key_check, named->u.object.keys[i], 1))
			differ(path, "only the schema allows the key ", named->u.object.keys[i]);
	is_int(named->u.object.len, f->key_check->n_names);
	return resolve((struct node){ named->u.object.values[0], n.file });
}

static void compare_field(struct node n, const struct field *f, const char *path)
{
	switch ((enum kind)f->kind) {
	case KIND_NONE:
		ok(false);
		break;
	case KIND_BOOL: case KIND_OPT_BOOL:
		compare_type(n, "boolean", path);
		break;
	case KIND_I32: case KIND_U32: case KIND_I64: case KIND_U64:
	case KIND_OPT_I32: case KIND_OPT_U32: case KIND_OPT_I64: case KIND_OPT_U64:
		compare_type(n, "integer", path);
		break;
	case KIND_STR:
		compare_string(n, f->check, path);
		break;
	case KIND_STRV:
		compare_type(n, "array", path);
		compare_string(sub(n, "items"), f->check, path);
		break;
	case KIND_U32V:
		compare_type(n, "array", path);
		compare_type(sub(n, "items"), "integer", path);
		break;
	case KIND_KVV:
		compare_type(n, "object", path);
		compare_string(map_value(n, f, path), f->check, path);
		break;
	case KIND_PTR: case KIND_OBJECT:
		compare_object(n, f->type, path);
		break;
	case KIND_LIST:
		compare_type(n, "array", path);
		compare_object(sub(n, "items"), f->type, path);
		break;
	case KIND_MAP:
		compare_type(n, "object", path);
		compare_object(map_value(n, f, path), f->type, path);
		break;
	}
}

/* Properties that the schema has and the rows lack */
static void compare_names(struct node n, const struct schema_type *t, const char *path)
{
	yajl_val all = member(n.v, "allOf"), named = member(n.v, "properties");

	for (size_t i = 0; all && i < all->u.array.len; i++)
		compare_names(resolve((struct node){ all->u.array.values[i], n.file }), t, path);
	for (size_t i = 0; named && i < named->u.object.len; i++) {
		const char *name = named->u.object.keys[i];
		bool has = false;

		for (size_t k = 0; k < t->n_rows; k++)
			has |= strcmp(t->rows[k].name, name) == 0;
		if (!has)
			differ(arena_fmt(doc_arena(), "%s.%s", path, name), "not ours", "");
	}
}

static unsigned n_compared;

static void compare_object(struct node n, const struct schema_type *t, const char *path)
{
	compare_type(n, "object", path);
	compare_names(n, t, path);
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct field *f = &t->rows[i];
		const char *here = arena_fmt(doc_arena(), "%s.%s", path, f->name);
		struct node p = property(n, f->name);

		if (!p.v) {
			differ(here, "only ours", "");
			continue;
		}
		if (is_required(n, f->name) != f->required)
			differ(here, f->required ? "we require it" : "we do not require it", "");
		n_compared++;
		compare_field(p, f, here);
	}
}

static void compare_file(const char *file, const char *name, const struct schema_type *t)
{
	compare_object((struct node){ tree_load(file), file }, t, name);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(known[i].text, name, strlen(name)) == 0 && !known[i].is_seen)
			is_str(known[i].text, "a difference that is no more");
}

TEST(config_is_what_the_schema_says)
{
	compare_file("config-schema.json", "config", &oci_spec_type);
	ok(n_compared > 150);
}

TEST(state_is_what_the_schema_says)
{
	compare_file("state-schema.json", "state", &oci_state_type);
}

TEST(features_is_what_the_schema_says)
{
	compare_file("features-schema.json", "features", &oci_features_type);
}

/* Examples of the schema: folder test/KIND/good and test/KIND/bad */

struct example {
	const char *file, *problems, *why;
};

static const struct example examples[] = {
	{ "config/good/spec-example.json",
	  "ociVersion: expected version 1.x.y, found \"0.5.0-dev\" at 2:19", "drafts are not supported" },
	{ "config/good/zos-example.json",
	  "ociVersion: expected version 1.x.y, found \"0.5.0-dev\" at 2:19", "drafts are not supported" },
	{ "config/bad/freebsd-vnet-disable.json", "", "not Linux: ignored" },
	{ "config/bad/invalid-json.json", ": expected key in quotes or '}', found ] at 1:2", NULL },
	{ "config/bad/linux-hugepage.json",
	  "linux.resources.hugepageLimits[0].pageSize: expected size such as 64KB, 2MB or 1GB, "
	  "found \"64kB\" at 11:33", NULL },
	{ "config/bad/linux-netdevice.json",
	  "linux.netDevices.eth0.name: expected string, found number at 9:25", NULL },
	{ "config/bad/linux-rdma.json",
	  "linux.resources.rdma.mlx5_1.hcaHandles: expected integer, found string at 10:35", NULL },
	{ "features/bad/missing-ociVersionMax.json",
	  "ociVersionMax: required property missing at 1:1", NULL },
	{ "state/bad/invalid-json.json", ": expected key in quotes or '}', found ] at 1:2", NULL },
};

static void try_example(const struct schema_type *t, const char *name)
{
	const char *want = strstr(name, "/good/") ? "" : "some problem";
	char ret[1024];
	size_t len;
	const char *text = read_all(arena_fmt(doc_arena(), "%s/test/%s", schema_dir(), name), &len);

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		if (strcmp(examples[i].file, name) == 0)
			want = examples[i].problems;
	if (!is_str(doc_load_len(t, text, len, ret), want))
		printf("# file %s\n", name);
}

static void try_examples(const struct schema_type *t, const char *folder)
{
	DIR *d = opendir(arena_fmt(doc_arena(), "%s/test/%s", schema_dir(), folder));
	const struct dirent *e;
	unsigned n = 0;

	if (!ok(d))
		return;
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		try_example(t, arena_fmt(doc_arena(), "%s/%s", folder, e->d_name));
	}
	closedir(d);
	ok(n > 0);
}

TEST(examples)
{
	schema_dir();
	try_examples(&oci_spec_type, "config/good");
	try_examples(&oci_spec_type, "config/bad");
	try_examples(&oci_state_type, "state/good");
	try_examples(&oci_state_type, "state/bad");
	try_examples(&oci_features_type, "features/good");
	try_examples(&oci_features_type, "features/bad");
}

/* Invariants that the decoder relies on (schema.h) */

static void look_at_rows(const struct schema_type *t, unsigned depth)
{
	ok(t->n_rows <= SCHEMA_MAX_ROWS);
	ok(depth < SCHEMA_MAX_NESTING - 1);
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct field *f = &t->rows[i];
		bool is_keyed = f->kind == KIND_MAP || f->unique;

		ok(f->kind != KIND_NONE);
		is_int(f->name_len, strlen(f->name));
		ok(f->offset < t->size);
		for (size_t k = 0; k < i; k++)
			ok(strcmp(t->rows[k].name, f->name) != 0 && t->rows[k].offset != f->offset);
		if (f->kind < KIND_PTR) {
			ok(!f->type);
			continue;
		}
		is_int(f->size, f->type->size);
		if (f->unique)
			ok(f->type->rows[0].offset == 0 && f->type->rows[0].kind == KIND_STR);
		for (size_t k = 0; f->kind == KIND_MAP && k < f->type->n_rows; k++)
			ok(f->type->rows[k].offset >= sizeof(char *));
		ok(!is_keyed || f->size >= sizeof(char *));
		look_at_rows(f->type, depth + 1);
	}
}

TEST(rows_keep_their_invariants)
{
	static const struct schema_type *const all[] = {
		&oci_spec_type, &oci_process_type, &oci_resources_type, &oci_mount_type,
		&oci_id_mapping_type, &oci_hooks_type, &oci_linux_type, &oci_seccomp_type,
		&oci_state_type, &oci_process_state_type, &oci_features_type,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		look_at_rows(all[i], 0);
	is_int(oci_mounts_type.list->size, oci_mount_type.size);
	is_int(oci_states_type.list->size, oci_state_type.size);
}

TAP_MAIN
