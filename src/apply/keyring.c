// SPDX-License-Identifier: LGPL-2.1-or-later
/* keyring.c - the container's session keyring */
#include "apply/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <string.h>

#include "base/codes.h"
#include "base/sys.h"

/* Permission bits of keyrings(7): who may find the keyring by its name, as exec must. */
#define USER_SEARCH 0x00080000u
#define OTHER_SEARCH 0x00000008u

/* The permissions in "keyring;UID;GID;HEX;NAME". Return: whether they could be read */
static bool described_perm(const char *text, uint32_t *ret)
{
	uint32_t perm = 0;
	int digits = 0;

	for (int field = 0; field < 3; field++) {
		text = strchr(text, ';');
		if (!text)
			return false;
		text++;
	}
	for (; *text && *text != ';'; text++, digits++) {
		if (*text >= '0' && *text <= '9')
			perm = perm << 4 | (uint32_t)(*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			perm = perm << 4 | (uint32_t)(*text - 'a' + 10);
		else
			return false;
	}
	*ret = perm;
	return digits > 0 && digits <= 8;
}

int keyring_join(const char *name, bool userns, struct err *e)
{
	uint32_t add = userns ? OTHER_SEARCH : USER_SEARCH, perm;
	char text[512];
	long id, len;

	id = sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, (uintptr_t)name, 0, 0);
	if (id < 0 && (errno == ENOSYS || errno == EPERM))
		return 0;
	if (id < 0)
		return err_sys(e, ERR_KEYRING, "join the session keyring %s", name);
	if (id == 0)                 /* it is ours already */
		return 0;
	len = sys_keyctl(KEYCTL_DESCRIBE, (unsigned long)id, (uintptr_t)text, sizeof(text) - 1);
	if (len < 0)
		return err_sys(e, ERR_KEYRING, "look at the session keyring %s", name);
	text[(size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1] = '\0';
	if (!described_perm(text, &perm))
		return err_set(e, -EBADMSG, ERR_KEYRING, "the kernel describes the session keyring as %s",
			       text);
	/* EACCES: joined, and owned by someone else of the container, who keeps its permissions */
	if ((perm & add) != add && sys_keyctl(KEYCTL_SETPERM, (unsigned long)id, perm | add, 0) < 0 &&
	    errno != EACCES)
		return err_sys(e, ERR_KEYRING, "set the permissions of the session keyring %s", name);
	return 0;
}
