// SPDX-License-Identifier: LGPL-2.1-or-later
/* log.c - what goes to standard error and what to the log, in both formats */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/codes.h"
#include "tests/lib/tap.h"

static char dir[] = "/tmp/taper-log-XXXXXX";
static char log_path[64];
static int stderr_pipe[2];

/* Standard error becomes a pipe; a failed check prints to standard output. */
static void begin(const char *target, bool json, enum log_level level)
{
	struct log_options opt = { .target = target, .json = json, .level = level };
	struct err e = { 0 };

	ok(pipe2(stderr_pipe, O_NONBLOCK | O_CLOEXEC) == 0);
	ok(dup2(stderr_pipe[1], STDERR_FILENO) == STDERR_FILENO);
	is_int(log_open(&opt, &e), 0);
}

static void begin_file(const char *prefix, bool json, enum log_level level)
{
	char target[96];

	ok(mkdtemp(dir) != NULL);
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	snprintf(target, sizeof(target), "%s%s", prefix, log_path);
	begin(target, json, level);
}

static const char *read_fd(int fd)
{
	static char text[2][16384];
	static int which;
	char *t = text[which ^= 1];
	ssize_t n = read(fd, t, sizeof(text[0]) - 1);

	t[n > 0 ? n : 0] = '\0';
	return t;
}

static const char *on_stderr(void)
{
	return read_fd(stderr_pipe[0]);
}

/* What is in the file, which is removed */
static const char *in_log(void)
{
	int fd = open(log_path, O_RDONLY);
	const char *text = read_fd(fd);

	close(fd);
	unlink(log_path);
	rmdir(dir);
	return text;
}

static void fail_with_place(void)
{
	struct err e = { 0 };

	err_set(&e, -EINVAL, ERR_ID, "expected a number, found \"x\"");
	err_place(&e, "process.user.uid");
	e.line = 14;
	e.col = 17;
	e.stage = STAGE_BUILD;
	log_failure("create c1", "/b/config.json", &e, NULL);
}

#define SENTENCE "create c1: /b/config.json: process.user.uid: expected a number, found "

TEST(failure_on_stderr_is_one_line)
{
	const char *text;

	begin(NULL, false, LOG_LEVEL_WARNING);
	fail_with_place();
	text = on_stderr();
	has_str(text, "taper: " SENTENCE "\"x\" at line 14 column 17 (");
	has_str(text, code_hint(ERR_ID));
	has_str(text, ") [TAPER-USE-002]\n");
	ok(strchr(text, '\n') == text + strlen(text) - 1);
}

TEST(hint_of_the_caller_counts_more)
{
	struct err e = { 0 };

	begin(NULL, false, LOG_LEVEL_WARNING);
	err_set(&e, -EINVAL, ERR_ID, "text");
	log_failure("x", NULL, &e, "do this");
	is_str(on_stderr(), "taper: x: text (do this) [TAPER-USE-002]\n");
	err_set(&e, -EINVAL, ERR_FILE, "text");
	log_failure("", NULL, &e, NULL);
	is_str(on_stderr(), "taper: text [TAPER-FIL-001]\n");
}

TEST(json_failure_is_one_object)
{
	const char *text;

	begin_file("", true, LOG_LEVEL_WARNING);
	log_msg(LOG_LEVEL_WARNING, "not in a JSON log by default");
	fail_with_place();
	has_str(on_stderr(), "taper: " SENTENCE);
	text = in_log();
	has_str(text, "{\"msg\":\"" SENTENCE "\\\"x\\\" at line 14 column 17\",\"level\":\"error\",\"time\":\"20");
	has_str(text, "Z\",\"code\":\"TAPER-USE-002\",\"stage\":\"build\"");
	has_str(text, ",\"path\":\"process.user.uid\",\"line\":14,\"column\":17");
	has_str(text, ",\"errno\":22,\"hint\":\"");
	has_str(text, "\"}\n");
	ok(strchr(text, '\n') == text + strlen(text) - 1);
}

TEST(json_without_a_file_is_the_only_line)
{
	const char *text;

	begin(NULL, true, LOG_LEVEL_WARNING);
	fail_with_place();
	text = on_stderr();
	is_int(text[0], '{');
	ok(strchr(text, '\n') == text + strlen(text) - 1);
}

TEST(json_warnings_when_asked_for)
{
	const char *text;

	begin_file("file:", true, LOG_LEVEL_INFO);
	log_msg(LOG_LEVEL_WARNING, "a %s", "b");
	log_msg(LOG_LEVEL_DEBUG, "no");
	is_str(on_stderr(), "");
	text = in_log();
	has_str(text, "{\"msg\":\"a b\",\"level\":\"warning\",\"time\":\"");
	ok(!strstr(text, "debug"));
}

TEST(text_file)
{
	const char *text;

	begin_file("", false, LOG_LEVEL_WARNING);
	log_msg(LOG_LEVEL_WARNING, "say \"x\"\n");
	fail_with_place();
	has_str(on_stderr(), "taper: " SENTENCE);
	text = in_log();
	has_str(text, "time=\"20");
	has_str(text, "Z\" level=warning msg=\"say \\\"x\\\"\\\\x0a\"\n");
	has_str(text, "Z\" level=error msg=\"" SENTENCE);
	has_str(text, " code=TAPER-USE-002 hint=\"");
}

TEST(messages_on_stderr)
{
	begin(NULL, false, LOG_LEVEL_DEBUG);
	log_msg(LOG_LEVEL_DEBUG, "d");
	log_msg(LOG_LEVEL_WARNING, "w");
	log_msg(LOG_LEVEL_TRACE, "t");
	is_str(on_stderr(), "taper: debug: d\ntaper: warning: w\n");
	ok(log_enabled(LOG_LEVEL_INFO));
	ok(!log_enabled(LOG_LEVEL_TRACE));
}

TEST(control_characters_are_escaped)
{
	struct err e = { 0 };

	begin(NULL, false, LOG_LEVEL_WARNING);
	err_set(&e, -EINVAL, ERR_FILE, "t");
	log_failure("create a\nb\x1b[1m", "/x\ny", &e, NULL);
	is_str(on_stderr(), "taper: create a\\x0ab\\x1b[1m: /x\\x0ay: t [TAPER-FIL-001]\n");
}

TEST(a_long_line_stays_valid_json)
{
	static char name[20000];
	struct err e = { 0 };
	const char *text;

	begin(NULL, true, LOG_LEVEL_WARNING);
	memset(name, '\\', sizeof(name) - 1);
	err_set(&e, -EINVAL, ERR_ID, "t");
	log_failure(name, name, &e, NULL);
	text = on_stderr();
	has_str(text, "\",\"level\":\"error\",\"time\":\"");
	is_str(text + strlen(text) - 3, "\"}\n");
}

TEST(absent_daemons_are_no_failure)
{
	struct err e = { 0 };

	if (access("/run/systemd/journal/socket", F_OK) == 0)
		skip("journald is here");
	begin("journald:c1", false, LOG_LEVEL_WARNING);
	log_msg(LOG_LEVEL_WARNING, "dropped");
	err_set(&e, -EINVAL, ERR_FILE, "t");
	log_failure("x", NULL, &e, NULL);
	is_str(on_stderr(), "taper: x: t [TAPER-FIL-001]\n");
}

TEST(a_file_that_cannot_be_opened_is)
{
	struct log_options opt = { .target = "/nonexistent/log" };
	struct err e = { 0 };

	is_err(log_open(&opt, &e), ENOENT);
	is_str(e.text, "open log /nonexistent/log: no such file or directory");
}

TEST(appends)
{
	struct stat st;

	begin_file("", false, LOG_LEVEL_WARNING);
	log_msg(LOG_LEVEL_WARNING, "one");
	ok(stat(log_path, &st) == 0);
	is_int(st.st_mode & 0133, 0);
	ok(log_open(&(struct log_options){ .target = log_path, .level = LOG_LEVEL_WARNING }, NULL) == 0);
	log_msg(LOG_LEVEL_WARNING, "two");
	ok(strstr(in_log(), "two") != NULL);
}

TAP_MAIN
