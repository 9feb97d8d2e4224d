// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sync.c - fuzz entry point: any messages between the parent and the container's first process
 *
 * The input is a list of choices: side and state, then packets: of any size and with any bytes, or with
 * members that are nearly right; some carry fds.
 *
 * What has to hold: a message is taken only if it has the right size and number and the table allows it
 * in that state; what is refused changes nothing; no fd is left behind; whatever an error that came from
 * the other side holds, it can be printed on one line.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apply/sync.h"
#include "base/fd.h"
#include "base/log.h"
#include "tests/fuzz/harness.h"

/* A packet from the choices. Return: how many bytes of it are sent */
static size_t choose_packet(struct fuzz_in *in, const struct sync *s, struct sync_packet *p)
{
	uint8_t kind = fuzz_byte(in);
	uint8_t *bytes = (uint8_t *)p;

	memset(p, 0, sizeof(*p));
	if (kind >= 224) {
		size_t n = 1 + fuzz_pick(in, sizeof(*p) < 256 ? sizeof(*p) : 255);

		for (size_t i = 0; i < n; i++)
			bytes[i] = fuzz_byte(in);
		return n;
	}
	p->type = kind >= 192 ? (uint32_t)fuzz_u64(in) : kind % MSG__MAX;
	p->seq = s->received + (fuzz_byte(in) > 230);
	p->value = (int64_t)fuzz_byte(in);
	p->err.code = -(int)fuzz_byte(in) + 3;
	p->err.id = (uint16_t)(fuzz_byte(in) * 3u);
	p->err.line = fuzz_byte(in);
	memset(p->err.text, fuzz_byte(in), sizeof(p->err.text));
	memset(p->err.path, fuzz_byte(in), sizeof(p->err.path));
	for (size_t i = 0; i < 16; i++)
		p->err.text[i] = (char)fuzz_byte(in);
	return sizeof(*p);
}

static void check_printable(const struct err *e)
{
	char line[4096];

	REQUIRE(memchr(e->text, '\0', sizeof(e->text)) && memchr(e->path, '\0', sizeof(e->path)));
	err_sentence(line, sizeof(line), NULL, e);
	REQUIRE(text_utf8(line, strlen(line)) == strlen(line));
	for (const char *c = line; *c; c++)
		REQUIRE((unsigned char)*c >= 0x20 && *c != 0x7f);
}

static int lowest_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void check_answer(const struct sync *before, const struct sync *s, int r, const struct err *e,
			 const struct sync_packet *sent, size_t len)
{
	enum sync_side sender = s->side == SIDE_PARENT ? SIDE_CHILD : SIDE_PARENT;
	int next = len == sizeof(*sent) && sent->type < MSG__MAX && sent->seq == before->received
			   ? sync_next(before->state, sender, (enum sync_msg)sent->type) : -1;

	if (next < 0) {
		REQUIRE(r < 0 && s->state == before->state && s->received == before->received);
		REQUIRE(e->code == r && e->text[0]);
	} else {
		REQUIRE((int)s->state == next && s->received == before->received + 1);
		REQUIRE((r == 0) == (sent->type != MSG_FAILED) && r <= 0);
	}
	if (r < 0)
		check_printable(e);
}

static void try_packet(struct fuzz_in *in, struct sync *s, int other_fd)
{
	int sent_fds[2] = { STDERR_FILENO, STDERR_FILENO }, got_fds[FD_SEND_MAX], r;
	size_t n_sent = fuzz_byte(in) > 200 ? 1 + fuzz_pick(in, 2) : 0, room = fuzz_pick(in, 3), n = room;
	struct sync_packet sent, got;
	struct sync before = *s;
	struct err e = { 0 };
	size_t len = choose_packet(in, s, &sent);

	if (fd_send(other_fd, &sent, len, sent_fds, n_sent) < 0)
		return;
	r = sync_recv(s, &got, room ? got_fds : NULL, room ? &n : NULL, &e);
	if (n_sent > room) {             /* refused as a whole */
		REQUIRE(r < 0 && s->received == before.received && s->state == before.state);
		return;
	}
	for (size_t i = 0; room && i < n; i++)
		close(got_fds[i]);
	check_answer(&before, s, r, &e, &sent, len);
	if (r == 0 && got.type == MSG_WARN)
		check_printable(&got.err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct sync s = SYNC_INIT(fuzz_pick(&in, 2) ? SIDE_CHILD : SIDE_PARENT);
	int pair[2], before = lowest_fd(), r;
	struct sync_packet got;
	struct err e = { 0 };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	s.fd = pair[0];
	s.state = (enum sync_state)fuzz_pick(&in, SYNC__MAX);
	for (int i = 0; in.left && i < 16; i++)
		try_packet(&in, &s, pair[1]);
	close(pair[1]);
	r = sync_recv(&s, &got, NULL, NULL, &e);
	REQUIRE(r == (s.state == SYNC_EXEC || s.state == SYNC_COMMITTED ? 1 : -EPIPE));
	close(pair[0]);
	REQUIRE(lowest_fd() == before);
	return 0;
}

FUZZ_MAIN("sync");
