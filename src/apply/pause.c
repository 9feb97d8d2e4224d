// SPDX-License-Identifier: LGPL-2.1-or-later
/* pause.c - stop all processes of a container for a while, and let them go on */
#include <errno.h>

#include "apply/cg_freeze.h"
#include "apply/create.h"
#include "apply/refs.h"
#include "base/codes.h"

#define THAW_WAIT_MS 10000

/* Only what has a process can be frozen. */
static int check_alive(const struct container *c, struct err *e)
{
	if (c->status == STATUS_UNKNOWN)
		return err_set(e, -EINVAL, ERR_RECORD, "the record is damaged: %.160s", c->why_unknown.text);
	if (c->status == STATUS_CREATING)
		return err_set(e, -EAGAIN, ERR_STATUS, "container not running: it is still being created");
	if (c->status == STATUS_STOPPED)
		return err_set(e, -ESRCH, ERR_STATUS, "container not running");
	return 0;
}

int container_pause(struct container *c, int limit_ms, struct err *e)
{
	struct cg_refs refs;
	int r = check_alive(c, e);

	if (r < 0)
		return r;
	if (c->status == STATUS_PAUSED)
		return err_set(e, -EALREADY, ERR_STATUS, "container already paused");
	refs = refs_of_record(c->rec);
	return cg_freeze(&refs, limit_ms, e);
}

int container_resume(struct container *c, struct err *e)
{
	struct cg_refs refs;
	int r = check_alive(c, e);

	if (r < 0)
		return r;
	refs = refs_of_record(c->rec);
	r = cg_frozen(&refs, e);
	if (r == CG_THAWED)
		return err_set(e, -EINVAL, ERR_STATUS, "container not paused");
	return r < 0 ? r : cg_thaw(&refs, THAW_WAIT_MS, e);
}
