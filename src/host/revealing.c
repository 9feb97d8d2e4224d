// SPDX-License-Identifier: LGPL-2.1-or-later
/* revealing.c - the file systems of the kernel that show much of the host */
#include "host/revealing.h"

#include "base/codes.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/parse.h"
#include "host/proc.h"

#define TEXT_MAX (16u << 20)

int host_revealing(struct arena *a, int proc_fd, struct strv *ret, struct err *e)
{
	static const char *const types[] = { "proc", "sysfs" };
	_close_fd int fd = proc_open(proc_fd, "self/mountinfo");
	char *text;
	int r = fd < 0 ? fd : fd_read_arena(fd, a, TEXT_MAX, &text, NULL);

	if (r < 0)
		return err_code(e, r, ERR_PROC, "read /proc/self/mountinfo");
	*ret = parse_points(a, text, types, ARRAY_SIZE(types));
	return 0;
}
