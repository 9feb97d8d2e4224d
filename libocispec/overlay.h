/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * overlay.h - a document of changes laid over another one, by rows (schema.h)
 */
#ifndef OCISPEC_OVERLAY_H
#define OCISPEC_OVERLAY_H

#include "arena.h"
#include "schema.h"

/**
 * overlay() - take over what is present
 * @a:    new structs live here; what @over points to is shared
 * @type: the rows of both structs
 * @onto: changed
 * @over: what is absent in it stays as it is in @onto
 *
 * Objects are laid over each other member by member, objects of strings key by key. Lists and maps that
 * are present replace the others. A number or boolean that cannot be absent is always taken over.
 * Structs that @onto points to are not changed, but replaced by changed copies.
 */
void overlay(struct arena *a, const struct schema_type *type, void *onto, const void *over);

#endif
