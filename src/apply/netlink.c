// SPDX-License-Identifier: LGPL-2.1-or-later
/* netlink.c - requests to rtnetlink, one at a time. Sources: netlink(7), rtnetlink(7) */
#include "apply/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/fd.h"

#define WAIT_S 10

int nl_open(void)
{
	const struct timeval limit = { .tv_sec = WAIT_S };
	_close_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	return take_fd(&fd);
}

void *nl_begin(struct nl_msg *m, uint16_t type, uint16_t flags, size_t size)
{
	memset(m, 0, sizeof(*m));
	m->h.nlmsg_type = type;
	m->h.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	m->h.nlmsg_len = (uint32_t)NLMSG_SPACE(size);
	return m->bytes + NLMSG_HDRLEN;
}

void nl_put(struct nl_msg *m, uint16_t type, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(m->h.nlmsg_len);
	struct rtattr head = { .rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(len) };

	if (len > sizeof(m->bytes) || at + RTA_SPACE(len) > sizeof(m->bytes)) {
		m->full = true;
		return;
	}
	memcpy(m->bytes + at, &head, sizeof(head));
	memcpy(m->bytes + at + RTA_LENGTH(0), data, len);
	m->h.nlmsg_len = (uint32_t)(at + RTA_SPACE(len));
}

static int nl_send(int sock_fd, struct nl_msg *m)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (m->full)
		return -EMSGSIZE;
	return sendto(sock_fd, m->bytes, m->h.nlmsg_len, 0, (struct sockaddr *)&kernel,
		      sizeof(kernel)) < 0
		       ? -errno
		       : 0;
}

/* Return: length, or -errno (-EMSGSIZE: the answer is longer than the buffer) */
static ssize_t nl_recv(int sock_fd, void *buf)
{
	ssize_t n;

	do
		n = recv(sock_fd, buf, NL_REPLY_MAX, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return n > NL_REPLY_MAX ? -EMSGSIZE : n;
}

static int error_of(const struct nlmsghdr *h)
{
	const struct nlmsgerr *answer = NLMSG_DATA(h);

	return h->nlmsg_len < NLMSG_LENGTH(sizeof(answer->error)) ? -EPROTO : answer->error;
}

int nl_ask(int sock_fd, struct nl_msg *m, struct nlmsghdr *reply)
{
	char own[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *h = reply ? reply : (struct nlmsghdr *)own;
	ssize_t n;
	int r = nl_send(sock_fd, m);

	if (r < 0)
		return r;
	if (reply)
		n = nl_recv(sock_fd, reply);
	else
		n = recv(sock_fd, own, sizeof(own), 0) < 0 ? -errno : (ssize_t)sizeof(own);
	if (n < 0)
		return (int)n;
	if (n < (ssize_t)sizeof(*h))
		return -EPROTO;
	return h->nlmsg_type == NLMSG_ERROR ? error_of(h) : 0;
}

int nl_dump(int sock_fd, struct nl_msg *m, struct nlmsghdr *buf,
	    int (*visit)(const struct nlmsghdr *h, void *arg), void *arg)
{
	int r = nl_send(sock_fd, m);

	while (r == 0) {
		ssize_t n = nl_recv(sock_fd, buf);
		unsigned left = n < 0 ? 0 : (unsigned)n;

		if (n <= 0)
			return n < 0 ? (int)n : -EPROTO;
		for (const struct nlmsghdr *h = buf; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			r = h->nlmsg_type == NLMSG_ERROR ? error_of(h) : visit(h, arg);
			if (r < 0)
				return r;
		}
	}
	return r;
}

const struct rtattr *nl_attr(const struct nlmsghdr *h, size_t size, unsigned short type)
{
	size_t at = NLMSG_SPACE(size), len = h->nlmsg_len;

	while (at + sizeof(struct rtattr) <= len) {
		const void *place = (const char *)h + at;
		const struct rtattr *a = place;

		if (a->rta_len < sizeof(*a) || a->rta_len > len - at)
			break;
		if (a->rta_type == type)
			return a;
		at += RTA_ALIGN(a->rta_len);
	}
	return NULL;
}
