// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * netdev.c - network devices of the host that become the container's
 *
 * Spec: config-linux.md, "Network Devices". What the kernel does when a device changes its network
 * namespace (net/core/dev.c, net/core/rtnetlink.c):
 *  1. it closes the device and forgets all addresses, so they are remembered here and given again;
 *  2. name, hardware address, MTU, alias and alternative names stay, unless a name is taken there;
 *  3. IFLA_IFNAME beside IFLA_NET_NS_FD is the name that it has afterwards;
 *  4. the number may become another one.
 */
#include "apply/netdev.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "apply/netlink.h"
#include "apply/try.h"
#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

#define ADDRS_MAX 4096
/* The flags of an address that are a choice of who added it; the others are the kernel's. */
#define ADDR_FLAGS (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | \
		    IFA_F_MCAUTOJOIN)

struct netdev {
	const struct netdev_plan *plan;
	char name[IFNAMSIZ]; /* inside, "%d" replaced */
	int index, target_index; /* target_index 0 = not moved */
	bool was_up;
	const struct nlmsghdr **addrs;
	size_t n_addrs;
};

/* One of the two directions. */
struct way {
	int from_sock_fd, to_sock_fd, to_fd;
};

static int bad(const struct netdev *dev, int r, struct err *e, const char *what, const char *name)
{
	err_code(e, r, ERR_NET, "%s %s", what, name);
	err_place(e, "%s", dev->plan->where);
	return r;
}

/* ---- look ---- */

/* Return: the number of a device, with its flags; -ENODEV or another -errno */
static int find(int sock_fd, const char *name, unsigned *ret_flags)
{
	char buf[NL_REPLY_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *h = (struct nlmsghdr *)buf;
	const struct ifinfomsg *info = NLMSG_DATA(h);
	struct nl_msg m;
	int r;

	nl_begin(&m, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	nl_put(&m, IFLA_IFNAME, name, strlen(name) + 1);
	r = nl_ask(sock_fd, &m, h);
	if (r < 0)
		return r;
	if (ret_flags)
		*ret_flags = info->ifi_flags;
	return info->ifi_index;
}

struct collecting {
	struct arena *a;
	struct netdev *dev;
};

/* Is this address the device's, and there to stay? */
static int collect(const struct nlmsghdr *h, void *arg)
{
	struct collecting *c = arg;
	const struct ifaddrmsg *addr = NLMSG_DATA(h);
	const struct rtattr *wide = nl_attr(h, sizeof(*addr), IFA_FLAGS);
	uint32_t flags = addr->ifa_flags;
	const struct nlmsghdr **v;
	size_t n = c->dev->n_addrs;

	if (wide)
		memcpy(&flags, RTA_DATA(wide), sizeof(flags));
	if (h->nlmsg_type != RTM_NEWADDR || (int)addr->ifa_index != c->dev->index ||
	    addr->ifa_scope != RT_SCOPE_UNIVERSE || !(flags & IFA_F_PERMANENT))
		return 0;
	if (n == ADDRS_MAX)
		return -E2BIG;
	if ((n & (n - 1)) == 0) { /* 0 and each power of two: it is full */
		v = arena_newv(c->a, const struct nlmsghdr *, n ? 2 * n : 1);
		if (n)
			memcpy(v, c->dev->addrs, n * sizeof(*v)); /* NOLINT(bugprone-sizeof-expression): pointers */
		c->dev->addrs = v;
	}
	c->dev->addrs[c->dev->n_addrs++] = memcpy(arena_alloc(c->a, h->nlmsg_len), h, h->nlmsg_len);
	return 0;
}

static int look(struct arena *a, int sock_fd, struct netdev *dev, struct err *e)
{
	char buf[NL_REPLY_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct collecting c = { a, dev };
	struct nl_msg m;
	unsigned flags;
	int r = find(sock_fd, dev->plan->host_name, &flags);

	if (r < 0)
		return bad(dev, r, e, "find the network device", dev->plan->host_name);
	dev->index = r;
	dev->was_up = flags & IFF_UP;
	nl_begin(&m, RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg));
	r = nl_dump(sock_fd, &m, (struct nlmsghdr *)buf, collect, &c);
	return r < 0 ? bad(dev, r, e, "read the addresses of", dev->plan->host_name) : 0;
}

/* The name inside: "eth%d" is the first that is free, any other must be. */
static int choose_name(int sock_fd, struct netdev *dev, struct err *e)
{
	const char *name = dev->plan->name, *number = strstr(name, "%d");
	int r = 0;

	for (unsigned i = 0; r >= 0; i++) {
		int n = number ? snprintf(dev->name, IFNAMSIZ, "%.*s%u%s", (int)(number - name), name,
					  i, number + 2)
			       : snprintf(dev->name, IFNAMSIZ, "%s", name);

		if (n >= IFNAMSIZ)
			return bad(dev, -ENFILE, e, "number the network device", name);
		r = find(sock_fd, dev->name, NULL);
		if (r >= 0 && !number)
			return bad(dev, -EEXIST, e,
				   "the container's network namespace has a device", dev->name);
	}
	return r == -ENODEV ? 0 : bad(dev, r, e, "look for the network device", dev->name);
}

/* ---- move ---- */

/* "eth0:1" of a device that is called net0 now: "net0:1" */
static void put_label(struct nl_msg *m, const struct rtattr *attr, const char *from, const char *to)
{
	const char *label = RTA_DATA(attr), *rest = str_starts(label, from);
	char text[IFNAMSIZ];

	if (rest && snprintf(text, sizeof(text), "%s%s", to, rest) < (int)sizeof(text))
		nl_put(m, IFA_LABEL, text, strlen(text) + 1);
}

static int add_address(int sock_fd, int index, const struct nlmsghdr *h, const char *from,
		       const char *to)
{
	const struct ifaddrmsg *old = NLMSG_DATA(h);
	static const uint16_t kept[] = { IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_ANYCAST,
					 IFA_RT_PRIORITY, IFA_PROTO };
	const struct rtattr *attr;
	struct ifaddrmsg *addr;
	struct nl_msg m;
	uint32_t flags;
	int r;

	addr = nl_begin(&m, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(*addr));
	*addr = *old;
	addr->ifa_index = (unsigned)index;
	addr->ifa_flags &= (uint8_t)ADDR_FLAGS;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		attr = nl_attr(h, sizeof(*old), kept[i]);
		if (attr)
			nl_put(&m, kept[i], RTA_DATA(attr), RTA_PAYLOAD(attr));
	}
	attr = nl_attr(h, sizeof(*old), IFA_FLAGS);
	if (attr) {
		memcpy(&flags, RTA_DATA(attr), sizeof(flags));
		flags &= ADDR_FLAGS;
		nl_put(&m, IFA_FLAGS, &flags, sizeof(flags));
	}
	attr = nl_attr(h, sizeof(*old), IFA_LABEL);
	if (attr)
		put_label(&m, attr, from, to);
	r = nl_ask(sock_fd, &m, NULL);
	return r == -EEXIST ? 0 : r;
}

static int set_up(int sock_fd, int index)
{
	struct ifinfomsg *info;
	struct nl_msg m;

	info = nl_begin(&m, RTM_NEWLINK, NLM_F_ACK, sizeof(*info));
	info->ifi_index = index;
	info->ifi_flags = info->ifi_change = IFF_UP;
	return nl_ask(sock_fd, &m, NULL);
}

static int change_ns(const struct way *way, int index, const char *name)
{
	struct ifinfomsg *info;
	struct nl_msg m;

	info = nl_begin(&m, RTM_NEWLINK, NLM_F_ACK, sizeof(*info));
	info->ifi_index = index;
	nl_put(&m, IFLA_NET_NS_FD, &way->to_fd, sizeof(way->to_fd));
	nl_put(&m, IFLA_IFNAME, name, strlen(name) + 1);
	return nl_ask(way->from_sock_fd, &m, NULL);
}

/* Addresses and state, after the move. Return: 0 or -errno */
static int restore(const struct way *way, const struct netdev *dev, int index, const char *from,
		   const char *to, bool up, struct err *e)
{
	for (size_t i = 0; i < dev->n_addrs; i++) {
		int r = add_address(way->to_sock_fd, index, dev->addrs[i], from, to);

		if (r < 0)
			return bad(dev, r, e, "keep an address of", dev->plan->host_name);
	}
	if (up) {
		int r = set_up(way->to_sock_fd, index);

		if (r < 0)
			return bad(dev, r, e, "set up the network device", to);
	}
	return 0;
}

static int move_in(const struct netdevs *d, struct netdev *dev, struct err *e)
{
	const struct way way = { d->host_sock_fd, d->target_sock_fd, d->target_fd };
	int r;

	TRY(choose_name(d->target_sock_fd, dev, e));
	r = change_ns(&way, dev->index, dev->name);
	if (r < 0)
		return bad(dev, r, e, "move the network device", dev->plan->host_name);
	dev->target_index = r = find(d->target_sock_fd, dev->name, NULL);
	if (r < 0)
		return bad(dev, r, e, "find the moved network device", dev->name);
	return restore(&way, dev, dev->target_index, dev->plan->host_name, dev->name, true, e);
}

/* ---- the two namespaces ---- */

static int open_sockets(struct netdevs *d, struct err *e)
{
	d->host_sock_fd = nl_open();
	if (d->host_sock_fd < 0)
		return err_code(e, d->host_sock_fd, ERR_NET, "open a netlink socket");
	if (setns(d->target_fd, CLONE_NEWNET) < 0)
		return err_sys(e, ERR_NET, "enter the container's network namespace");
	d->target_sock_fd = nl_open();
	if (setns(d->host_fd, CLONE_NEWNET) < 0)
		return err_sys(e, ERR_NET, "return to the own network namespace");
	return d->target_sock_fd < 0 ? err_code(e, d->target_sock_fd, ERR_NET,
						"open a netlink socket in the container")
				     : 0;
}

int netdevs_move(struct arena *a, const struct plan *plan, int host_fd, int target_fd,
		 struct netdevs *d, struct err *e)
{
	d->host_fd = host_fd;
	d->target_fd = target_fd;
	TRY(open_sockets(d, e));
	d->v = arena_newv(a, struct netdev, plan->n_netdevs);
	d->n = plan->n_netdevs;
	for (size_t i = 0; i < plan->n_netdevs; i++) {
		d->v[i].plan = &plan->netdevs[i];
		TRY(look(a, d->host_sock_fd, &d->v[i], e));
		TRY(choose_name(d->target_sock_fd, &d->v[i], e));
	}
	for (size_t i = 0; i < plan->n_netdevs; i++)
		TRY(move_in(d, &d->v[i], e));
	return 0;
}

void netdevs_back(struct netdevs *d, void (*warn)(const char *text))
{
	const struct way way = { d->target_sock_fd, d->host_sock_fd, d->host_fd };

	for (size_t i = 0; i < d->n && d->v[i].target_index > 0; i++) {
		const struct netdev *dev = &d->v[i];
		const char *name = dev->plan->host_name;
		struct err e = { 0 };
		int r = change_ns(&way, dev->target_index, name);

		if (r == 0)
			r = find(d->host_sock_fd, name, NULL);
		if (r < 0)
			bad(dev, r, &e, "move back the network device", name);
		else
			restore(&way, dev, r, dev->name, name, dev->was_up, &e);
		if (e.code && warn)
			warn(e.text);
	}
}

void netdevs_close(struct netdevs *d)
{
	fd_close(&d->host_fd);
	fd_close(&d->target_fd);
	fd_close(&d->host_sock_fd);
	fd_close(&d->target_sock_fd);
}
