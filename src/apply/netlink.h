/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netlink.h - requests to the kernel's network configuration (rtnetlink(7))
 */
#ifndef TAPER_APPLY_NETLINK_H
#define TAPER_APPLY_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NL_REPLY_MAX 32768

/* One request: a header, a fixed body, attributes. They fit, or nl_send() says -EMSGSIZE. */
struct nl_msg {
	bool full;
	union {
		struct nlmsghdr h;
		char bytes[2048];
	};
};

/* nl_open() - a socket in the network namespace of the caller. Return: fd or -errno */
int nl_open(void);

/* nl_begin() - an empty request. Return: its body, @size bytes, all zero */
void *nl_begin(struct nl_msg *m, uint16_t type, uint16_t flags, size_t size);

void nl_put(struct nl_msg *m, uint16_t type, const void *data, size_t len);

/**
 * nl_ask() - send a request, receive one answer
 * @reply: NL_REPLY_MAX bytes, NULL = only success matters (the request asks for NLM_F_ACK)
 *
 * Return: 0 or -errno, the kernel's
 */
int nl_ask(int sock_fd, struct nl_msg *m, struct nlmsghdr *reply);

/**
 * nl_dump() - send a request and visit each message of the answer
 * @visit: Return: 0, or -errno which ends it
 *
 * Return: 0 or -errno
 */
int nl_dump(int sock_fd, struct nl_msg *m, struct nlmsghdr *buf,
	    int (*visit)(const struct nlmsghdr *h, void *arg), void *arg);

/* nl_attr() - find an attribute behind a body of @size bytes; NULL = there is none */
const struct rtattr *nl_attr(const struct nlmsghdr *h, size_t size, unsigned short type);

#endif
