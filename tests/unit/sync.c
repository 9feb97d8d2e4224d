/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sync.c - the protocol between the creating process and the first process */
#include "apply/sync.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/codes.h"
#include "tests/lib/tap.h"

/* Messages that the child may send whenever it works do not count as speaking. */
static bool is_aside(int msg)
{
	return msg == MSG_FAILED || msg == MSG_WARN || msg == MSG_LISTENER;
}

static bool speaks(enum sync_state state, enum sync_side side)
{
	for (int msg = 0; msg < MSG__MAX; msg++)
		if (!is_aside(msg) && sync_next(state, side, (enum sync_msg)msg) >= 0)
			return true;
	return false;
}

TEST(every_state_is_reachable)
{
	bool seen[SYNC__MAX] = { [SYNC_BORN] = true, [SYNC_CLONED] = true }; /* where it can begin */

	for (int round = 0; round < SYNC__MAX; round++)
		for (int s = 0; s < SYNC__MAX; s++)
			for (int m = 0; seen[s] && m < MSG__MAX; m++)
				for (int side = 0; side < 2; side++) {
					int next = sync_next((enum sync_state)s, (enum sync_side)side,
							     (enum sync_msg)m);

					if (next >= 0)
						seen[next] = true;
				}
	for (int s = 0; s < SYNC__MAX; s++)
		if (!ok(seen[s]))
			printf("# state %s\n", sync_state_name((enum sync_state)s));
}

TEST(one_side_speaks_in_each_state)
{
	for (int s = 0; s < SYNC__MAX; s++) {
		bool parent = speaks((enum sync_state)s, SIDE_PARENT);
		bool child = speaks((enum sync_state)s, SIDE_CHILD);

		if (!ok(!(parent && child)))
			printf("# state %s\n", sync_state_name((enum sync_state)s));
		/* nobody has the word only at the two ends */
		is_int(parent || child, s != SYNC_EXEC && s != SYNC_FAILED);
	}
}

TEST(every_message_is_used)
{
	for (int m = 0; m < MSG__MAX; m++) {
		bool used = false;

		for (int s = 0; s < SYNC__MAX; s++)
			for (int side = 0; side < 2; side++)
				used = used || sync_next((enum sync_state)s, (enum sync_side)side,
							 (enum sync_msg)m) >= 0;
		if (!ok(used))
			printf("# message %s\n", sync_msg_name((enum sync_msg)m));
	}
}

static void pair(struct sync *parent, struct sync *child)
{
	int fds[2];

	*parent = (struct sync)SYNC_INIT(SIDE_PARENT);
	*child = (struct sync)SYNC_INIT(SIDE_CHILD);
	is_int(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	parent->fd = fds[0];
	child->fd = fds[1];
	parent->state = child->state = SYNC_CLONED;
	parent->limit_ms = child->limit_ms = 200;
}

TEST(a_message_moves_both_sides)
{
	struct sync parent, child;
	struct sync_packet p;
	struct err e = { 0 };

	pair(&parent, &child);
	is_int(sync_send(&child, MSG_ENTERED, 42, NULL, 0, &e), 0);
	is_int(sync_recv(&parent, &p, NULL, NULL, &e), 0);
	is_int(p.type, MSG_ENTERED);
	is_int(p.value, 42);
	is_int(parent.state, SYNC_ENTERED);
	is_int(child.state, SYNC_ENTERED);
}

TEST(a_message_out_of_turn_is_a_protocol_error)
{
	struct sync parent, child;
	struct sync_packet p;
	struct err e = { 0 };

	pair(&parent, &child);
	child.state = SYNC_GRANTED;      /* a child that lies about where it is */
	is_int(sync_send(&child, MSG_BUILT, 0, NULL, 0, &e), 0);
	is_err(sync_recv(&parent, &p, NULL, NULL, &e), EPROTO);
	is_str(e.text, "protocol: got BUILT in state CLONED");
}

TEST(a_message_with_a_wrong_number_is_a_protocol_error)
{
	struct sync parent, child;
	struct sync_packet p;
	struct err e = { 0 };

	pair(&parent, &child);
	child.sent = 7;
	is_int(sync_send(&child, MSG_ENTERED, 0, NULL, 0, &e), 0);
	is_err(sync_recv(&parent, &p, NULL, NULL, &e), EPROTO);
}

TEST(a_failure_becomes_the_error_of_the_receiver)
{
	const struct err why = { .code = -EACCES, .id = ERR_MOUNT, .stage = 2, .path = "mounts[3]",
				 .text = "mount /x: permission denied" };
	struct sync parent, child;
	struct sync_packet p;
	struct err e = { 0 };

	pair(&parent, &child);
	sync_fail(&child, &why);
	is_err(sync_recv(&parent, &p, NULL, NULL, &e), EACCES);
	is_str(e.text, why.text);
	is_str(e.path, why.path);
	is_int(e.id, ERR_MOUNT);
	is_int(e.stage, 2);
}

TEST(what_a_child_says_is_one_line_of_text)
{
	struct err why = { .code = -EACCES, .text = "a\nb\x1b[31m\xff", .path = "mounts[3]" };
	struct sync parent, child;
	struct sync_packet p;
	struct err e = { 0 };

	pair(&parent, &child);
	sync_warn(&child, &why);
	is_int(sync_recv(&parent, &p, NULL, NULL, &e), 0);
	is_str(p.err.text, "a\\x0ab\\x1b[31m\\xff");
	memset(why.text, 'x', sizeof(why.text));         /* without an end */
	memset(why.path, 'x', sizeof(why.path));
	sync_warn(&child, &why);
	is_int(sync_recv(&parent, &p, NULL, NULL, &e), 0);
	is_int(strnlen(p.err.text, sizeof(p.err.text)), sizeof(p.err.text) - 1);
	is_int(strnlen(p.err.path, sizeof(p.err.path)), sizeof(p.err.path) - 1);
	sync_fail(&child, &why);
	is_err(sync_recv(&parent, &p, NULL, NULL, &e), EACCES);
	is_str(e.text, p.err.text);
}

TEST(a_failure_is_heard_by_a_side_that_speaks)
{
	const struct err why = { .code = -EACCES, .id = ERR_MOUNT, .text = "mount /x" };
	struct sync parent, child;
	struct err e = { 0 };

	pair(&parent, &child);
	parent.state = child.state = SYNC_ENTERED;
	sync_fail(&child, &why);
	close(child.fd);
	is_err(sync_send(&parent, MSG_GRANTED, 0, NULL, 0, &e), EACCES);
	is_str(e.text, why.text);
	is_int(e.id, ERR_MOUNT);
}

TEST(a_failure_is_heard_though_the_last_message_was_not_read)
{
	const struct err why = { .code = -EACCES, .id = ERR_MOUNT, .text = "mount /x" };
	struct sync parent, child;
	struct sync_packet p;
	struct err e = { 0 };

	pair(&parent, &child);
	parent.state = child.state = SYNC_ENTERED;
	is_int(sync_send(&parent, MSG_GRANTED, 0, NULL, 0, &e), 0);
	sync_fail(&child, &why);
	close(child.fd);
	is_err(sync_recv(&parent, &p, NULL, NULL, &e), EACCES);
	is_str(e.text, why.text);
}

TEST(a_closed_channel_is_success_only_where_it_is_awaited)
{
	struct sync parent, child;
	struct sync_packet p;
	struct err e = { 0 };

	pair(&parent, &child);
	close(child.fd);
	is_err(sync_recv(&parent, &p, NULL, NULL, &e), EPIPE);
	pair(&parent, &child);
	parent.state = SYNC_EXEC;
	close(child.fd);
	is_int(sync_recv(&parent, &p, NULL, NULL, &e), 1);
	pair(&parent, &child);
	parent.state = SYNC_COMMITTED;
	close(child.fd);
	is_int(sync_recv(&parent, &p, NULL, NULL, &e), 1);
}

TEST(nobody_there_is_the_caller_s_to_explain)
{
	struct sync parent, child;
	struct err e = { 0 };

	pair(&parent, &child);
	parent.state = SYNC_BORN;
	close(child.fd);
	is_err(sync_send(&parent, MSG_GRANTED, 0, NULL, 0, &e), EPIPE);
	is_int(e.code, 0);
}

TEST(silence_ends_at_the_deadline)
{
	struct sync parent, child;
	struct sync_packet p;
	struct err e = { 0 };

	pair(&parent, &child);
	is_err(sync_recv(&parent, &p, NULL, NULL, &e), ETIMEDOUT);
	has_str(e.text, "state CLONED");
}

/* Or its closed channel would be taken for an execve by who has just said GO. */
TEST(a_child_that_cannot_wait_says_so)
{
	is_int(sync_next(SYNC_BUILT, SIDE_CHILD, MSG_FAILED), SYNC_FAILED);
	is_int(sync_next(SYNC_COMMITTED, SIDE_CHILD, MSG_FAILED), SYNC_FAILED);
	is_int(sync_next(SYNC_EXEC, SIDE_CHILD, MSG_FAILED), SYNC_FAILED);
}

TAP_MAIN
