/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * types.h - the small types of which the structs of a document are made
 *
 * "Absent" and JSON null are the same everywhere. An empty list differs from an absent one: it has
 * a non-NULL v and n == 0.
 */
#ifndef OCISPEC_TYPES_H
#define OCISPEC_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strv { const char **v; size_t n; };

struct kv { const char *key, *value; };
struct kvv { struct kv *v; size_t n; };

struct u32v { uint32_t *v; size_t n; };

struct opt_bool { bool set, v; };
struct opt_i32 { bool set; int32_t v; };
struct opt_u32 { bool set; uint32_t v; };
struct opt_i64 { bool set; int64_t v; };
struct opt_u64 { bool set; uint64_t v; };

/* A list of structs: VEC_OF(struct oci_mount) mounts; */
#define VEC_OF(type) struct { type *v; size_t n; }

#endif
