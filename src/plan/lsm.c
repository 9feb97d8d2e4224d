// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lsm.c - AppArmor and SELinux
 *
 * Spec: config.md, "Linux Process" (apparmorProfile, selinuxLabel); config-linux.md, "Mount Label".
 * What cannot be enforced is an error: who asks for a label relies on it.
 */
#include "plan/internal.h"

void plan_lsm(struct planner *pl)
{
	const struct oci_process *p = pl->spec->process;
	struct plan *plan = pl->plan;
	struct process_plan *out = &plan->process;

	if (p && p->apparmor_profile && *p->apparmor_profile)
		out->apparmor = p->apparmor_profile;
	if (p && p->selinux_label && *p->selinux_label)
		out->selinux = p->selinux_label;
	if (plan->mount_label && !*plan->mount_label)
		plan->mount_label = NULL;

	if (out->apparmor && !pl->facts->apparmor) {
		if (!str_eq(out->apparmor, "unconfined"))
			plan_bad(pl, ERR_LSM, "process.apparmorProfile",
				 "profile %s cannot be enforced: AppArmor is not enabled",
				 out->apparmor);
		out->apparmor = NULL;
	}
	if (!pl->facts->selinux && out->selinux) {
		plan_bad(pl, ERR_LSM, "process.selinuxLabel",
			 "label %s cannot be applied: SELinux is not enabled", out->selinux);
		out->selinux = NULL;
	}
	if (!pl->facts->selinux && plan->mount_label) {
		plan_bad(pl, ERR_LSM, "linux.mountLabel",
			 "label %s cannot be applied: SELinux is not enabled", plan->mount_label);
		plan->mount_label = NULL;
	}
}
