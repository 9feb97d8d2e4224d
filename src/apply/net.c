// SPDX-License-Identifier: LGPL-2.1-or-later
/* net.c - the loopback device. One ioctl on any socket: the cheapest way. Source: netdevice(7) */
#include "apply/net.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/codes.h"
#include "base/fd.h"

int net_lo_up(struct err *e)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	_close_fd int sock_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sock_fd < 0)
		return err_sys(e, ERR_NET, "open a socket");
	if (ioctl(sock_fd, SIOCSIFFLAGS, &request) < 0)
		return err_sys(e, ERR_NET, "bring the loopback device up");
	return 0;
}
