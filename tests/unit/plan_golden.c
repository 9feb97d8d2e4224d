// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * plan_golden.c - whole configs on invented hosts against what explain said of them before
 *
 * tests/plan/NAME.facts is a test: it names a host, may name a config (else NAME.json) and options,
 * and NAME.plan is the text that explain must give, or the problems for which the config is
 * refused. "make update-golden" writes NAME.plan anew: read the diff before it is committed.
 *
 * The lines of a .facts file are a word and its values; see facts_rows and read_line().
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "libocispec/decode.h"
#include "plan/plan.h"

struct golden {
	struct arena a;
	const char *dir;
	const char *config;
	struct facts facts;
	struct plan_options opt;
};

static void die(const char *what, const char *name)
{
	printf("Bail out! %s: %s\n", what, name);
	exit(99);
}

/* Return: the text of a file, NULL = there is none */
static char *slurp(struct golden *g, const char *name, size_t *ret_len)
{
	const char *path = arena_fmt(&g->a, "%s/%s", g->dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	struct stat st;
	ssize_t n;
	char *text;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0)
		die("fstat", path);
	text = arena_alloc(&g->a, (size_t)st.st_size + 1);
	while ((n = read(fd, text + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	close(fd);
	if (ret_len)
		*ret_len = len;
	return text;
}

/* ---- .facts ---- */

enum { ROW_U32, ROW_TEXT, ROW_FLAG, ROW_RANGE };

#define ROW(kind, word, member) { word, kind, offsetof(struct golden, member) }
static const struct {
	const char *word;
	int kind;
	size_t offset;
} facts_rows[] = {
	ROW(ROW_TEXT, "config", config),
	ROW(ROW_U32, "euid", facts.euid),
	ROW(ROW_U32, "egid", facts.egid),
	ROW(ROW_TEXT, "user", facts.user),
	ROW(ROW_FLAG, "init-userns", facts.init_userns),
	ROW(ROW_FLAG, "privileged", facts.privileged),
	ROW(ROW_FLAG, "rootless", facts.rootless),
	ROW(ROW_FLAG, "setgroups-denied", facts.setgroups_denied),
	ROW(ROW_U32, "last-cap", facts.last_cap),
	ROW(ROW_RANGE, "uid-map", facts.uid_map),
	ROW(ROW_RANGE, "gid-map", facts.gid_map),
	ROW(ROW_RANGE, "subuid", facts.subuid),
	ROW(ROW_RANGE, "subgid", facts.subgid),
	ROW(ROW_TEXT, "newuidmap", facts.newuidmap),
	ROW(ROW_TEXT, "newgidmap", facts.newgidmap),
	ROW(ROW_FLAG, "time-ns", facts.has_time_ns),
	ROW(ROW_FLAG, "cgroup-ns", facts.has_cgroup_ns),
	ROW(ROW_FLAG, "user-ns", facts.has_user_ns),
	ROW(ROW_FLAG, "apparmor", facts.apparmor),
	ROW(ROW_FLAG, "selinux", facts.selinux),
	ROW(ROW_FLAG, "seccomp", facts.seccomp),
	ROW(ROW_TEXT, "id", opt.id),
	ROW(ROW_TEXT, "bundle", opt.bundle),
	ROW(ROW_FLAG, "no-pivot", opt.no_pivot),
	ROW(ROW_FLAG, "no-new-keyring", opt.no_new_keyring),
	ROW(ROW_FLAG, "detach", opt.detach),
	ROW(ROW_FLAG, "console-socket", opt.has_console_socket),
	ROW(ROW_U32, "preserve-fds", opt.preserve_fds),
	ROW(ROW_U32, "listen-fds", opt.listen_fds),
	ROW(ROW_TEXT, "notify-socket", opt.notify_socket),
};

static uint32_t number(const char *text)
{
	uint32_t v = 0;

	if (!text || parse_u32(text, 0, UINT32_MAX, &v) < 0)
		die("not a number", text ? text : "");
	return v;
}

static void add_range(struct golden *g, struct id_ranges *list, char **word)
{
	struct id_range *v = arena_newv(&g->a, struct id_range, list->n + 1);

	for (size_t i = 0; i < list->n; i++)
		v[i] = list->v[i];
	v[list->n] = (struct id_range){ number(word[1]), number(word[2]), number(word[3]) };
	*list = (struct id_ranges){ v, list->n + 1 };
}

static void set_row(struct golden *g, size_t i, char **word)
{
	void *member = (char *)g + facts_rows[i].offset;

	switch (facts_rows[i].kind) {
	case ROW_U32: *(uint32_t *)member = number(word[1]); break;
	case ROW_TEXT: *(const char **)member = word[1]; break;
	case ROW_FLAG: *(bool *)member = true; break;
	case ROW_RANGE: add_range(g, member, word); break;
	}
}

static void read_facts(struct golden *g, const char *name);

/* The words that are not a row: host FILE, caps all|none, layout NAME, v1|v2 MOUNT CONTROLLERS OWN */
static bool read_special(struct golden *g, char **word)
{
	static const char *const layouts[] = {
		[CG_LAYOUT_NONE] = "none", [CG_LAYOUT_V1] = "v1", [CG_LAYOUT_V2] = "v2",
		[CG_LAYOUT_HYBRID] = "hybrid",
	};

	if (str_eq(word[0], "host")) {
		read_facts(g, arena_fmt(&g->a, "hosts/%s", word[1]));
	} else if (str_eq(word[0], "caps")) {
		g->facts.caps_permitted = str_eq(word[1], "all") ? (UINT64_C(1) << 41) - 1 : 0;
	} else if (str_eq(word[0], "layout")) {
		for (unsigned i = 0; i < ARRAY_SIZE(layouts); i++)
			if (str_eq(layouts[i], word[1]))
				g->facts.cg.layout = (enum cg_layout)i;
	} else if ((str_eq(word[0], "v1") || str_eq(word[0], "v2")) && word[3]) {
		g->facts.cg.hier[g->facts.cg.n_hier++] = (struct cg_hier){
			.v2 = word[0][1] == '2', .mount = word[1],
			.controllers = str_eq(word[2], "-") ? "" : word[2], .own = word[3],
		};
	} else {
		return false;
	}
	return true;
}

static void read_line(struct golden *g, char *line)
{
	char *word[5] = { NULL }, *save;
	size_t n = 0;

	for (char *w = strtok_r(line, " ", &save); w && n < 4; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	if (n == 0 || word[0][0] == '#')
		return;
	for (size_t i = 0; i < ARRAY_SIZE(facts_rows); i++)
		if (str_eq(facts_rows[i].word, word[0])) {
			set_row(g, i, word);
			return;
		}
	if (!read_special(g, word))
		die("unknown word in .facts", word[0]);
}

static void read_facts(struct golden *g, const char *name)
{
	char *text = slurp(g, arena_fmt(&g->a, "%s.facts", name), NULL), *save;

	if (!text)
		die("no such file", name);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		read_line(g, line);
}

/* ---- one test ---- */

static const char *problems_text(struct golden *g, const struct problems *p)
{
	const char *text = "";

	for (size_t i = 0; i < p->n; i++)
		text = arena_fmt(&g->a, "%sproblem %s: %s\n", text, p->v[i].path, p->v[i].text);
	return text;
}

/* What explain says; *json is its JSON form, NULL when the config is refused. */
static const char *explain(struct golden *g, const char *name, const char **json)
{
	struct problems p = { .v = arena_newv(&g->a, struct err, 128), .max = 128 };
	struct oci_spec *spec = arena_new(&g->a, struct oci_spec);
	struct plan *plan;
	char *text;
	size_t len;

	g->opt = (struct plan_options){ .id = "c1", .bundle = "/bundle" };
	read_facts(g, name);
	text = slurp(g, g->config ? g->config : arena_fmt(&g->a, "%s.json", name), &len);
	if (!text)
		die("no config", name);
	*json = NULL;
	if (decode(&g->a, &oci_spec_type, text, len, spec, &p) < 0 ||
	    plan_make(&g->a, spec, &g->opt, &g->facts, &plan, &p) < 0)
		return problems_text(g, &p);
	*json = plan_explain(&g->a, plan, &g->facts, true);
	return plan_explain(&g->a, plan, &g->facts, false);
}

/* The decoder skips keys that it does not know, and so checks any JSON. */
static bool is_json(struct golden *g, const char *text)
{
	struct oci_spec spec;
	struct err v[8];
	struct problems p = { .v = v, .max = 8 };

	decode(&g->a, &oci_spec_type, text, strlen(text), &spec, &p);
	for (size_t i = 0; i < p.n; i++)
		if (v[i].id == ERR_SYNTAX || v[i].id == ERR_DUPLICATE || v[i].id == ERR_LIMIT) {
			printf("# the JSON form: %s at column %u\n", v[i].text, v[i].col);
			return false;
		}
	return true;
}

static void print_difference(const char *want, const char *got)
{
	while (*want && *want == *got) {
		size_t len = strcspn(want, "\n");

		if (strncmp(want, got, len + 1) != 0)
			break;
		want += len + 1;
		got += len + 1;
	}
	printf("# want: %.*s\n", (int)strcspn(want, "\n"), want);
	printf("# got:  %.*s\n", (int)strcspn(got, "\n"), got);
}

static void write_golden(struct golden *g, const char *name, const char *text)
{
	const char *path = arena_fmt(&g->a, "%s/%s.plan", g->dir, name);
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		die("cannot write", path);
}

static bool check(const char *dir, const char *name, bool update)
{
	struct golden g = { .dir = dir };
	const char *got, *want, *json;
	bool held;

	if (arena_open(&g.a, 0) < 0)
		die("no memory", name);
	got = explain(&g, name, &json);
	if (update)
		write_golden(&g, name, got);
	want = slurp(&g, arena_fmt(&g.a, "%s.plan", name), NULL);
	if (!want)
		want = "";
	held = strcmp(want, got) == 0;
	if (!held)
		print_difference(want, got);
	held &= !json || is_json(&g, json);
	arena_close(&g.a);
	return held;
}

static int is_facts(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && str_eq(dot, ".facts");
}

int main(int argc, char **argv)
{
	const char *src = getenv("SRCDIR");
	char dir[4096];
	struct dirent **list;
	bool update = argc > 1 && str_eq(argv[1], "--update");
	int failed = 0, n;

	snprintf(dir, sizeof(dir), "%s/tests/plan", src ? src : ".");
	n = scandir(dir, &list, is_facts, alphasort);
	if (n <= 0)
		die("no tests in", dir);
	for (int i = 0; i < n; i++) {
		char *name = list[i]->d_name;
		bool held;

		*strrchr(name, '.') = '\0';
		held = check(dir, name, update);
		failed += !held;
		printf("%sok %d - %s\n", held ? "" : "not ", i + 1, name);
		free(list[i]);
	}
	free(list);
	printf("1..%d\n", n);
	return failed != 0;
}
