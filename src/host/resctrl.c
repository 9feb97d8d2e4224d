// SPDX-License-Identifier: LGPL-2.1-or-later
/* resctrl.c - where the file system is that rations cache and memory bandwidth */
#include "host/resctrl.h"

#include "base/codes.h"
#include "base/fd.h"
#include "host/parse.h"
#include "host/proc.h"

#define TEXT_MAX (16u << 20)

int host_resctrl(struct arena *a, int proc_fd, const char **ret, struct err *e)
{
	_close_fd int fd = proc_open(proc_fd, "self/mountinfo");
	char *text;
	int r = fd < 0 ? fd : fd_read_arena(fd, a, TEXT_MAX, &text, NULL);

	if (r < 0)
		return err_code(e, r, ERR_PROC, "read /proc/self/mountinfo");
	*ret = parse_resctrl(text);
	return *ret != NULL;
}
