// SPDX-License-Identifier: LGPL-2.1-or-later
/* keyring.c - the session keyring of a container */
#include "apply/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdint.h>

#include "base/codes.h"
#include "base/sys.h"

/* Permission bits of keyrings(7): all that the possessor has, and search for who will look it up. */
#define POSSESSOR_ALL 0x3f000000U
#define USER_VIEW 0x00010000U
#define USER_SEARCH 0x00080000U
#define OTHER_SEARCH 0x00000008U

int keyring_join(const char *name, bool userns, struct err *e)
{
	/* inside a user namespace the owner is not the container's user: the search is by others */
	uint32_t perm = POSSESSOR_ALL | USER_VIEW | (userns ? OTHER_SEARCH : USER_SEARCH);
	long id = sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, (unsigned long)(uintptr_t)name, 0);

	if (id < 0 && errno == ENOSYS)
		return 0;
	if (id < 0)
		return err_sys(e, ERR_KEYRING, "join the session keyring %.64s", name);
	if (sys_keyctl(KEYCTL_SETPERM, (unsigned long)id, perm) < 0)
		return err_sys(e, ERR_KEYRING, "set the permissions of the session keyring");
	return 0;
}
