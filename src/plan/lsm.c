// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lsm.c - AppArmor and SELinux
 *
 * Spec: config.md, "Linux Process" (apparmorProfile, selinuxLabel); config-linux.md, "Mount Label".
 * A profile that cannot be enforced is an error; a label where SELinux is off is a warning, since
 * configs carry labels from one host to another.
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
	if (!pl->facts->selinux && (out->selinux || plan->mount_label)) {
		plan_warn(pl, "SELinux is not enabled: labels are ignored");
		out->selinux = NULL;
		plan->mount_label = NULL;
	}
}
