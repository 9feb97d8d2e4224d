// SPDX-License-Identifier: LGPL-2.1-or-later
/* net.c - the loopback device of a new network namespace (netdevice(7)) */
#include "apply/net.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/codes.h"
#include "base/fd.h"

int net_lo_up(struct err *e)
{
	_close_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* a new namespace's lo has no other flag that would be lost */
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK };

	if (fd < 0)
		return err_sys(e, ERR_NET, "make a socket to bring lo up");
	if (ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		return err_sys(e, ERR_NET, "bring the loopback device up");
	return 0;
}
