// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * netdev.c - network devices that move into the container
 *
 * Spec: config-linux.md, "Network Devices". Names: net/core/dev.c, dev_valid_name().
 */
#include <linux/if.h>

#include "plan/internal.h"

static bool is_name(const char *s)
{
	return *s && strlen(s) < IFNAMSIZ && !str_eq(s, ".") && !str_eq(s, "..") &&
	       !s[strcspn(s, "/: \t\n\v\f\r")];
}

static void plan_netdev(struct planner *pl, const struct oci_net_device *d)
{
	const char *where = arena_fmt(pl->a, "linux.netDevices.%s", d->key);
	const char *name = d->name && *d->name ? d->name : d->key;
	struct plan *plan = pl->plan;

	if (!is_name(d->key) || !is_name(name)) {
		plan_bad(pl, ERR_NET, where, "not the name of a network device: %s",
			 is_name(d->key) ? name : d->key);
		return;
	}
	for (size_t i = 0; i < plan->n_netdevs; i++)
		if (str_eq(plan->netdevs[i].name, name) && !strstr(name, "%d"))
			plan_bad(pl, ERR_DUPLICATE, where, "%s would also be called %s",
				 plan->netdevs[i].host_name, name);
	plan->netdevs = vec_room(pl->a, plan->netdevs, plan->n_netdevs, sizeof(*plan->netdevs));
	plan->netdevs[plan->n_netdevs++] = (struct netdev_plan){ d->key, name, where };
}

void plan_netdevs(struct planner *pl)
{
	size_t n = pl->lin->net_devices.n;

	if (n && pl->plan->ns.ns[NS_NET].mode == NS_INHERIT)
		plan_bad(pl, ERR_CONFLICT, "linux.netDevices",
			 "devices can only move to a network namespace of the container's own");
	if (n && pl->facts->rootless)
		plan_bad(pl, ERR_NET, "linux.netDevices",
			 "an unprivileged caller cannot move network devices");
	for (size_t i = 0; i < n; i++)
		plan_netdev(pl, &pl->lin->net_devices.v[i]);
}
