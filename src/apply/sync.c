// SPDX-License-Identifier: LGPL-2.1-or-later
/* sync.c - the protocol between the parent and the container's first process */
#include "apply/sync.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/codes.h"
#include "base/fd.h"
#include "base/pid.h"
#include "base/str.h"

static const struct {
	enum sync_state state;
	enum sync_side sender;
	enum sync_msg msg;
	enum sync_state next;
} table[] = {
	{ SYNC_BORN, SIDE_PARENT, MSG_GRANTED, SYNC_GRANTED },
	{ SYNC_BORN, SIDE_PARENT, MSG_LAUNCH, SYNC_LAUNCHED },
	{ SYNC_ENTERED, SIDE_PARENT, MSG_LAUNCH, SYNC_LAUNCHED },
	{ SYNC_LAUNCHED, SIDE_CHILD, MSG_BUILT, SYNC_EXEC },
	{ SYNC_CLONED, SIDE_CHILD, MSG_NEED_MAP, SYNC_MAPPING },
	{ SYNC_MAPPING, SIDE_PARENT, MSG_MAPPED, SYNC_CLONED },
	{ SYNC_CLONED, SIDE_CHILD, MSG_ENTERED, SYNC_ENTERED },
	{ SYNC_ENTERED, SIDE_PARENT, MSG_GRANTED, SYNC_GRANTED },
	{ SYNC_GRANTED, SIDE_CHILD, MSG_NEED_HOOKS, SYNC_HOOKS },
	{ SYNC_HOOKS, SIDE_PARENT, MSG_HOOKED, SYNC_GRANTED },
	{ SYNC_GRANTED, SIDE_CHILD, MSG_BUILT, SYNC_BUILT },
	{ SYNC_BUILT, SIDE_PARENT, MSG_COMMIT, SYNC_COMMITTED },
	{ SYNC_BUILT, SIDE_PARENT, MSG_GO, SYNC_EXEC },
	{ SYNC_COMMITTED, SIDE_PARENT, MSG_GO, SYNC_EXEC },
	/* the child works in these, so it may fail and warn */
	{ SYNC_BORN, SIDE_CHILD, MSG_FAILED, SYNC_FAILED },
	{ SYNC_CLONED, SIDE_CHILD, MSG_FAILED, SYNC_FAILED },
	{ SYNC_ENTERED, SIDE_CHILD, MSG_FAILED, SYNC_FAILED },
	{ SYNC_GRANTED, SIDE_CHILD, MSG_FAILED, SYNC_FAILED },
	{ SYNC_LAUNCHED, SIDE_CHILD, MSG_FAILED, SYNC_FAILED },
	/* it cannot even wait: without a word the closed channel would look like an execve */
	{ SYNC_BUILT, SIDE_CHILD, MSG_FAILED, SYNC_FAILED },
	{ SYNC_COMMITTED, SIDE_CHILD, MSG_FAILED, SYNC_FAILED },
	{ SYNC_EXEC, SIDE_CHILD, MSG_FAILED, SYNC_FAILED },
	{ SYNC_BORN, SIDE_CHILD, MSG_WARN, SYNC_BORN },
	{ SYNC_CLONED, SIDE_CHILD, MSG_WARN, SYNC_CLONED },
	{ SYNC_GRANTED, SIDE_CHILD, MSG_WARN, SYNC_GRANTED },
	{ SYNC_LAUNCHED, SIDE_CHILD, MSG_WARN, SYNC_LAUNCHED },
	{ SYNC_EXEC, SIDE_CHILD, MSG_WARN, SYNC_EXEC },
	{ SYNC_EXEC, SIDE_CHILD, MSG_LISTENER, SYNC_EXEC },
};

int sync_next(enum sync_state state, enum sync_side sender, enum sync_msg msg)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].state == state && table[i].sender == sender && table[i].msg == msg)
			return (int)table[i].next;
	return -1;
}

const char *sync_state_name(enum sync_state s)
{
	static const char *const names[] = {
#define X(name) [SYNC_##name] = #name,
		SYNC_STATES(X)
#undef X
	};

	return s < SYNC__MAX ? names[s] : "?";
}

const char *sync_msg_name(enum sync_msg m)
{
	static const char *const names[] = {
#define X(name) [MSG_##name] = #name,
		SYNC_MSGS(X)
#undef X
	};

	return m < MSG__MAX ? names[m] : "?";
}

static int sync_post(struct sync *s, struct sync_packet *p, const int *fds, size_t n)
{
	int next = sync_next(s->state, s->side, p->type);
	int r;

	assert(next >= 0);
	p->seq = s->sent;
	r = fd_send(s->fd, p, sizeof(*p), fds, n);
	if (r < 0)
		return r;
	s->sent++;
	s->state = (enum sync_state)next;
	return 0;
}

void sync_fail(struct sync *s, const struct err *why)
{
	struct sync_packet p = { .type = MSG_FAILED, .err = *why };

	/* Where the child has nothing to say (its parent's turn) the closed channel tells. */
	if (sync_next(s->state, s->side, MSG_FAILED) >= 0)
		sync_post(s, &p, NULL, 0);
}

void sync_warn(struct sync *s, const struct err *what)
{
	struct sync_packet p = { .type = MSG_WARN, .err = *what };

	if (sync_next(s->state, s->side, MSG_WARN) >= 0)
		sync_post(s, &p, NULL, 0);
}

/* Wait until the channel can be read; the peer's death counts only when nothing is left to read. */
static int sync_wait(const struct sync *s, struct err *e)
{
	struct pollfd p[2] = {
		{ .fd = s->fd, .events = s->until_end ? 0 : POLLIN }, /* the end is told anyway */
		{ .fd = s->peer_fd, .events = POLLIN },
	};
	int64_t until = deadline_ms(s->limit_ms);

	for (;;) {
		int r = poll(p, 2, deadline_left(until));

		if (r > 0 && p[0].revents)
			return 0;
		if (r > 0)
			return -EPIPE;
		if (r == 0)
			return deadline_spent()
				       ? err_set(e, -ETIMEDOUT, ERR_DEADLINE,
						 "the time of --timeout was up in state %s",
						 sync_state_name(s->state))
				       : err_set(e, -ETIMEDOUT, ERR_DEADLINE,
						 "no answer within %d s in state %s",
						 s->limit_ms / 1000, sync_state_name(s->state));
		if (errno != EINTR)
			return err_sys(e, ERR_SYSTEM, "wait for the container's first process");
	}
}

/* What the child says of an error is printed: on one line, whatever it holds. */
static void make_printable(struct err *e)
{
	char raw[sizeof(e->text)], escaped[sizeof(raw) + 8];

	e->path[sizeof(e->path) - 1] = '\0';
	memcpy(raw, e->text, sizeof(raw));
	raw[sizeof(raw) - 1] = '\0';
	/* one that is as err_set() makes it has been cut already */
	text_escape(escaped, sizeof(escaped), raw, strlen(raw));
	if (str_eq(escaped, raw))
		memcpy(e->text, raw, sizeof(raw));
	else
		text_escape(e->text, sizeof(e->text), raw, strlen(raw));
}

int sync_recv(struct sync *s, struct sync_packet *ret, int *fds, size_t *n, struct err *e)
{
	enum sync_side sender = s->side == SIDE_PARENT ? SIDE_CHILD : SIDE_PARENT;
	struct sync_packet p;
	ssize_t got;
	int next, r;

	r = sync_wait(s, e);
	if (r < 0)
		return r;
	got = fd_recv(s->fd, &p, sizeof(p), fds, n);
	/* A peer that left with something unread: said once, then comes what it sent before. */
	if (got == -ECONNRESET)
		got = fd_recv(s->fd, &p, sizeof(p), fds, n);
	if (got == 0 || got == -ECONNRESET)
		return s->state == SYNC_EXEC || s->state == SYNC_COMMITTED ? 1 : -EPIPE;
	if (got < 0)
		return err_code(e, (int)got, ERR_PROTOCOL, "receive in state %s",
				sync_state_name(s->state));
	next = (size_t)got == sizeof(p) && p.type < MSG__MAX ? sync_next(s->state, sender, p.type)
							     : -1;
	if (next < 0 || p.seq != s->received)
		return err_set(e, -EPROTO, ERR_PROTOCOL, "protocol: got %s in state %s",
			       sync_msg_name(p.type), sync_state_name(s->state));
	s->received++;
	s->state = (enum sync_state)next;
	make_printable(&p.err);
	*ret = p;
	if (p.type != MSG_FAILED)
		return 0;
	if (e)
		*e = p.err;
	return p.err.code < 0 ? p.err.code : -EPROTO;
}

int sync_send(struct sync *s, enum sync_msg msg, int64_t value, const int *fds, size_t n,
	      struct err *e)
{
	struct sync_packet p = { .type = msg, .value = value };
	int r = sync_post(s, &p, fds, n);

	/* A peer that has gone may have said why, while it was this side's turn. */
	while ((r == -EPIPE || r == -ECONNRESET) && sync_recv(s, &p, NULL, NULL, e) == 0)
		;
	if (r < 0 && e && e->code)
		return e->code;
	if (r == -EPIPE || r == -ECONNRESET)
		return -EPIPE;
	if (r < 0)
		return err_code(e, r, ERR_PROTOCOL, "send %s", sync_msg_name(msg));
	return 0;
}
