/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mem.h - yajl's allocations from an arena (internal, not installed) */
#ifndef OCISPEC_MEM_H
#define OCISPEC_MEM_H

#include <yajl/yajl_common.h>

#include "arena.h"

/* mem_funcs() - functions for yajl_alloc() and yajl_gen_alloc(); what they free stays in the arena */
void mem_funcs(struct arena *a, yajl_alloc_funcs *ret);

#endif
