// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * plan.c - fuzz entry point: any config on several invented hosts
 *
 * What has to hold: no crash; a plan is made or at least one problem is named, never both; the same
 * input gives the same plan; both forms of explain print every plan, and its JSON is JSON.
 *
 * Its corpus are the configs of the golden tests.
 */
#include "tests/fuzz/planned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oci_spec spec;
	struct arena a;

	fuzz_arena(&a);
	if (decode(&a, &oci_spec_type, (const char *)data, size, &spec, NULL) == 0)
		fuzz_try_spec(&a, &spec);
	arena_close(&a);
	return 0;
}

FUZZ_MAIN("../../plan");
