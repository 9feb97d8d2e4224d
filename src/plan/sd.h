/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sd.h - what systemd is asked for: a unit and its properties
 *
 * A value has one of D-Bus' types; plan/gvariant.c knows it as text.
 */
#ifndef TAPER_PLAN_SD_H
#define TAPER_PLAN_SD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"

struct sd_value {
	char type;                   /* D-Bus: b y n q i u x t d s o g, 'a' an array, '(' a tuple */
	union {
		uint64_t number;     /* of integers and booleans; negative ones as int64_t */
		double real;
		const char *text;
		struct {
			const struct sd_value *v;
			size_t n;
			const char *of;      /* 'a': signature of an element */
		} list;
	};
};

struct sd_prop {
	const char *name;            /* "CPUWeight" */
	struct sd_value value;
	const char *where;           /* JSON path */
	unsigned since;              /* first systemd that knows it; 0 = all, or the config names it */
};

struct sd_plan {
	const char *unit;            /* "taper-c1.scope" */
	const char *slice;           /* "system.slice", "-.slice" */
	const char *path;            /* cgroup, "/system.slice/taper-c1.scope"; below the user's manager if user_bus */
	const char *description;
	bool user_bus;               /* the user's own systemd */
	const char *subgroup;        /* v2: cgroup below the unit's that the process enters, "" = none */
	struct sd_prop *props;
	size_t n_props;
};

/* sd_signature() - D-Bus signature of a value: "a(ss)" */
const char *sd_signature(struct arena *a, const struct sd_value *v);

/* gvariant_print() - a value as text that gvariant_parse() reads */
const char *gvariant_print(struct arena *a, const struct sd_value *v);

/**
 * gvariant_parse() - GVariant text to a value
 *
 * Booleans, integers (int32 unless a type is named), doubles, strings, arrays and tuples, with type
 * names ("uint64 5") and signatures ("@as []") in front.
 * Return: NULL, or what is wrong
 */
const char *gvariant_parse(struct arena *a, const char *text, struct sd_value *ret);

#endif
