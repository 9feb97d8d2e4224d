/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hooks.c - hooks: order, input, how failures read; and the small steps of a new process (apply/) */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "apply/hooks.h"
#include "apply/keyring.h"
#include "apply/net.h"
#include "base/codes.h"
#include "base/sys.h"
#include "tests/lib/tap.h"

static struct err err;
static const struct hook_state state = { "{\"pid\":", ",\"x\":1}", 0, 0 };

static struct hook_plan shell(const char **argv, const char *script)
{
	argv[0] = "sh";
	argv[1] = "-c";
	argv[2] = script;
	argv[3] = NULL;
	return (struct hook_plan){ .path = "/bin/sh", .argv = argv, .where = "hooks.prestart[7]" };
}

static int run(const char *script, unsigned timeout_ms)
{
	const char *argv[4];
	struct hook_plan h = shell(argv, script);

	h.timeout_ms = timeout_ms;
	err = (struct err){ 0 };
	return hooks_run(&(struct hooks_plan){ &h, 1 }, &state, 42, NULL, &err);
}

TEST(state_comes_on_standard_input)
{
	is_int(run("read -r l; test \"$l\" = '{\"pid\":42,\"x\":1}'", 0), 0);
	is_int(run("test \"$(cat)\" = '{\"pid\":42,\"x\":1}' && ! read -r l", 1000), 0);
}

TEST(in_order_until_one_fails)
{
	char file[] = "/tmp/taper-hooks-XXXXXX", a[100], b[100], c[100], text[16] = "";
	const char *av[4], *bv[4], *cv[4];
	int fd = mkstemp(file);
	struct hook_plan v[3];

	snprintf(a, sizeof(a), "echo a >>%s", file);
	snprintf(b, sizeof(b), "echo b >>%s; exit 5", file);
	snprintf(c, sizeof(c), "echo c >>%s", file);
	v[0] = shell(av, a);
	v[1] = shell(bv, b);
	v[2] = shell(cv, c);
	is_err(hooks_run(&(struct hooks_plan){ v, 3 }, &state, 1, NULL, &err), ECHILD);
	ok(read(fd, text, sizeof(text) - 1) > 0);
	is_str(text, "a\nb\n");
	unlink(file);
	is_int(hooks_run(&(struct hooks_plan){ v, 0 }, &state, 1, NULL, &err), 0);
}

TEST(failures_say_how_and_quote_the_end)
{
	is_err(run("echo first; echo 'no such device' >&2; exit 3", 0), ECHILD);
	is_str(err.text, "hook /bin/sh ended with code 3: \"first\\x0ano such device\"");
	is_str(err.path, "hooks.prestart[7]");
	is_int(err.id, ERR_HOOK);
	is_err(run("exit 1", 0), ECHILD);
	is_str(err.text, "hook /bin/sh ended with code 1");
	is_err(run("kill -9 $$", 0), ECHILD);
	is_str(err.text, "hook /bin/sh was killed by signal 9");
	is_err(run("printf '%0200d' 5; exit 1", 0), ECHILD);
	has_str(err.text, "\"...000");
	has_str(err.text, "05\"");
	is_int(strlen(strchr(err.text, '"')), 2 + 3 + 120);
	is_err(run("for i in 1 2 3 4 5 6 7 8 9 0; do printf ' ü€ü€ü€ü'; done; printf x; exit 1", 0), ECHILD);
	ok(strstr(err.text, "\\x") == NULL);
}

TEST(timeout)
{
	is_err(run("echo waiting; exec sleep 60", 150), ETIMEDOUT);
	is_str(err.text, "hook /bin/sh was killed: not done after 0.150 s: \"waiting\"");
	is_int(err.id, ERR_HOOK_TIMEOUT);
}

TEST(not_there)
{
	const char *argv[] = { "x", NULL };
	struct hook_plan h = { .path = "/no/such/hook", .argv = argv, .where = "hooks.poststop[0]" };

	is_err(hooks_run(&(struct hooks_plan){ &h, 1 }, &state, 1, NULL, &err), ENOENT);
	is_str(err.text, "run hook /no/such/hook: no such file or directory");
	is_str(err.path, "hooks.poststop[0]");
}

TEST(environment)
{
	const char *argv[4], *own[] = { "A=own", NULL }, *given[] = { "A=given", NULL }, *none[] = { NULL };
	struct hook_plan h = shell(argv, "test \"$A\" = given");
	struct hooks_plan hooks = { &h, 1 };

	setenv("A", "inherited", 1);
	is_int(hooks_run(&hooks, &state, 1, given, &err), 0);
	h = shell(argv, "test \"$A\" = own");
	h.envp = own;
	is_int(hooks_run(&hooks, &state, 1, given, &err), 0);
	h = shell(argv, "test -z \"$A\"");
	h.envp = none;
	is_int(hooks_run(&hooks, &state, 1, given, &err), 0);
	h = shell(argv, "test \"$A\" = inherited");
	is_int(hooks_run(&hooks, &state, 1, NULL, &err), 0);
}

TEST(loopback)
{
	struct ifreq request = { .ifr_name = "lo" };

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		skip("no network namespace");
	is_int(net_lo_up(&err), 0);
	is_int(ioctl(socket(AF_UNIX, SOCK_DGRAM, 0), SIOCGIFFLAGS, &request), 0);
	ok(request.ifr_flags & IFF_UP);
	ok(request.ifr_flags & IFF_LOOPBACK);
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) == 0) {
		is_err(net_lo_up(&err), EPERM);
		has_str(err.text, "bring the loopback device up: ");
	}
}

static void keyring_text(char *ret, size_t size)
{
	long n = sys_keyctl(KEYCTL_DESCRIBE, (unsigned long)KEY_SPEC_SESSION_KEYRING, (uintptr_t)ret, size);

	if (n < 0)
		skip("no keys in this kernel");
}

TEST(keyring)
{
	char name[64], first[256] = "", text[256] = "";

	keyring_text(text, sizeof(text));
	snprintf(name, sizeof(name), "_ses.taper-unit-%d", getpid());
	is_int(keyring_join(name, false, &err), 0);
	keyring_text(first, sizeof(first));
	has_str(first, name);
	has_str(first, ";3f1b0000;");
	is_int(keyring_join(name, false, &err), 0);      /* of exec: the same one */
	keyring_text(text, sizeof(text));
	is_str(text, first);
	strcat(name, "u");
	is_int(keyring_join(name, true, &err), 0);
	keyring_text(text, sizeof(text));
	has_str(text, ";3f130008;");
}

TEST(keyring_quota)
{
	char text[256], name[64];
	int r = 0;

	keyring_text(text, sizeof(text));
	if (geteuid() != 0 || setresuid(54321, 54321, 54321) < 0)
		skip("needs root");
	/* each is released when the next is joined, and a little later gone */
	for (int i = 0; i < 5000 && r == 0; i++) {
		snprintf(name, sizeof(name), "_ses.taper-unit-%d-%d", getpid(), i);
		r = keyring_join(name, false, &err);
	}
	if (r == 0)
		skip("the quota is not reached");
	is_err(r, EDQUOT);
	has_str(err.text, "join the session keyring _ses.");
	has_str(err.text, "quota exceeded");
}

TAP_MAIN
