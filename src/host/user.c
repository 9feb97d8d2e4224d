// SPDX-License-Identifier: LGPL-2.1-or-later
/* user.c - who a user id is, and whether ids are the machine's own */
#include "host/user.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "host/parse.h"

#define PASSWD_MAX ((size_t)4 << 20)
#define INIT_USERNS_INO 0xEFFFFFFDU  /* linux/proc_ns.h PROC_USER_INIT_INO */

const char *host_user_name(struct arena *a, uint32_t uid)
{
	_close_fd int fd = -1;
	char *text;

	if (uid == 0)
		return "root";
	fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fd_read_arena(fd, a, PASSWD_MAX, &text, NULL) < 0)
		return NULL;
	return parse_passwd_name(a, text, uid);
}

bool host_init_userns(int proc_fd)
{
	struct stat st;

	return fstatat(proc_fd, "self/ns/user", &st, 0) < 0 || st.st_ino == INIT_USERNS_INO;
}
