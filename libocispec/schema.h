/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * schema.h - rows that tie the properties of a JSON object to the members of a struct
 *
 * One row per property. The C type of the member gives the JSON type, so that row and struct cannot
 * disagree. Decoding (decode.h) and encoding (encode.h) walk the same rows; encoding writes them in
 * their order.
 *
 *	static const struct field hook_rows[] = {
 *		F(struct oci_hook, path, "path", .required = true, .check = &check_absolute),
 *		F(struct oci_hook, args, "args"),
 *		F(struct oci_hook, timeout, "timeout", RANGE(1, INT64_MAX)),
 *	};
 *	static const struct schema_type hook_type = SCHEMA(struct oci_hook, hook_rows);
 *
 * Invariants: at most SCHEMA_MAX_ROWS rows; types contain each other to a depth of less than
 * SCHEMA_MAX_NESTING; a type never contains itself; the first member of an element of F_MAP, and of an
 * F_LIST with .unique, is a const char * (for a map: the key, without a row of its own).
 */
#ifndef OCISPEC_SCHEMA_H
#define OCISPEC_SCHEMA_H

#include "types.h"

#define SCHEMA_MAX_ROWS 64
#define SCHEMA_MAX_NESTING 16

enum kind {
	KIND_NONE,
	/* a member that cannot be absent: without .required it is 0 or false when the property is */
	KIND_BOOL, KIND_I32, KIND_U32, KIND_I64, KIND_U64,
	/* a member that knows whether the property is there */
	KIND_OPT_BOOL, KIND_OPT_I32, KIND_OPT_U32, KIND_OPT_I64, KIND_OPT_U64,
	KIND_STR,     /* const char * */
	KIND_STRV,    /* struct strv: array of strings */
	KIND_U32V,    /* struct u32v: array of integers */
	KIND_KVV,     /* struct kvv: object whose values are strings */
	KIND_PTR,     /* struct x *: object */
	KIND_OBJECT,  /* struct x: object; all zero when absent */
	KIND_LIST,    /* VEC_OF(struct x): array of objects */
	KIND_MAP,     /* VEC_OF(struct x): object whose values are objects */
};

struct check;         /* check.h */
struct schema_type;

struct field {
	const char *name;               /* as in the document */
	const struct schema_type *type; /* PTR, OBJECT, LIST, MAP: of what */
	const struct check *check;      /* of a string, or of each string of a list or values of a map */
	const struct check *key_check;  /* KVV, MAP: of each key */
	int64_t min;                    /* of a number, or of each number of a list; if .ranged */
	uint64_t max;
	uint32_t size;                  /* of the struct behind PTR, LIST, MAP, or of OBJECT */
	uint16_t offset;                /* of the member */
	uint8_t name_len;
	uint8_t kind;                   /* enum kind */
	uint8_t min_items;              /* arrays: how many elements at least, when the property is there */
	bool required;
	bool ranged;
	bool zero_ok;                   /* 0 is allowed although it is below .min: means "not set" */
	bool empty_absent;              /* "" is the same as an absent property */
	bool unique;                    /* LIST: the first member of the elements may not repeat */
};

struct schema_type {
	const struct field *rows;
	size_t n_rows;
	size_t size;                    /* of the struct */
	const struct field *list;       /* if set, the document is this row instead of an object */
};

#define SCHEMA_MEMBER(ctype, member) (((ctype *)0)->member)

#define SCHEMA_KIND(ctype, member) \
	_Generic(SCHEMA_MEMBER(ctype, member), \
		bool: KIND_BOOL, int32_t: KIND_I32, uint32_t: KIND_U32, \
		int64_t: KIND_I64, uint64_t: KIND_U64, const char *: KIND_STR, \
		struct opt_bool: KIND_OPT_BOOL, struct opt_i32: KIND_OPT_I32, \
		struct opt_u32: KIND_OPT_U32, struct opt_i64: KIND_OPT_I64, \
		struct opt_u64: KIND_OPT_U64, struct strv: KIND_STRV, \
		struct u32v: KIND_U32V, struct kvv: KIND_KVV)

#define SCHEMA_ROW(ctype, member, json) \
	.name = (json), .name_len = sizeof(json) - 1, .offset = offsetof(ctype, member)

/* F() - a scalar, a string, or a list or map of them. What follows the name are members of struct field. */
#define F(ctype, member, json, ...) \
	{ SCHEMA_ROW(ctype, member, json), .kind = SCHEMA_KIND(ctype, member), __VA_ARGS__ }

/* F_PTR() - an object: the member is a struct x *, NULL when absent; @of is the schema_type of struct x */
#define F_PTR(ctype, member, json, of, ...) \
	{ SCHEMA_ROW(ctype, member, json), .kind = KIND_PTR, .type = &(of), \
	  .size = sizeof(*SCHEMA_MEMBER(ctype, member)), __VA_ARGS__ }

/* F_OBJECT() - an object: the member is a struct x, all zero when absent, and always encoded */
#define F_OBJECT(ctype, member, json, of, ...) \
	{ SCHEMA_ROW(ctype, member, json), .kind = KIND_OBJECT, .type = &(of), \
	  .size = sizeof(SCHEMA_MEMBER(ctype, member)), __VA_ARGS__ }

/* F_LIST() - an array of objects: the member is a VEC_OF(struct x) */
#define F_LIST(ctype, member, json, of, ...) \
	{ SCHEMA_ROW(ctype, member, json), .kind = KIND_LIST, .type = &(of), \
	  .size = sizeof(*SCHEMA_MEMBER(ctype, member).v), __VA_ARGS__ }

/* F_MAP() - an object of objects: the member is a VEC_OF(struct x), struct x begins with the key */
#define F_MAP(ctype, member, json, of, ...) \
	{ SCHEMA_ROW(ctype, member, json), .kind = KIND_MAP, .type = &(of), \
	  .size = sizeof(*SCHEMA_MEMBER(ctype, member).v), __VA_ARGS__ }

/* RANGE() - option of a row: the least and the greatest number */
#define RANGE(lo, hi) .ranged = true, .min = (lo), .max = (hi)

/* RANGE_OR_ZERO() - the same, and 0 means "not set" */
#define RANGE_OR_ZERO(lo, hi) RANGE(lo, hi), .zero_ok = true

/* Ids of users and groups: 2^32-1 means "unchanged" to the kernel */
#define RANGE_ID RANGE(0, UINT32_MAX - 1)

/* SCHEMA() - initializer of a schema_type from an array of rows */
#define SCHEMA(ctype, field_rows) \
	{ .rows = (field_rows), .n_rows = sizeof(field_rows) / sizeof((field_rows)[0]), \
	  .size = sizeof(ctype) }

/* SCHEMA_LIST() - initializer for a document that is an array: @ctype has the members v and n */
#define SCHEMA_LIST(ctype, of) \
	{ .size = sizeof(ctype), \
	  .list = &(const struct field){ .name = "", .kind = KIND_LIST, .type = &(of), \
					 .offset = offsetof(ctype, v), \
					 .size = sizeof(*SCHEMA_MEMBER(ctype, v)) } }

#endif
