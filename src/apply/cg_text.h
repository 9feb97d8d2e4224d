/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cg_text.h - texts of cgroup files, without the files
 */
#ifndef TAPER_APPLY_CG_TEXT_H
#define TAPER_APPLY_CG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"

/**
 * cg_text_before() - what to write to a file to undo a write
 * @file:  its name
 * @value: what will be written (one line)
 * @text:  what is in it now
 *
 * Files with a line for each device give the line of the value's device; one that is not in them has no
 * limit. Return: the text, NULL = not known
 */
const char *cg_text_before(struct arena *a, const char *file, const char *value, const char *text);

/* A line of devices.list, or what is written to devices.allow and devices.deny */
struct cg_device {
	char type;             /* 'b', 'c' */
	int64_t major, minor;  /* -1 = any */
	unsigned access;       /* bits for r, w, m */
	size_t order;          /* where in the list of changes */
	bool allow;
};

/* What devices.list says. */
struct cg_devices {
	bool all;              /* all but exceptions; which ones, the kernel does not tell */
	struct cg_device *v;   /* sorted, each pair of numbers once */
	size_t n;
};

/* cg_devices_read() - from the text of devices.list. Return: false when it is not one */
bool cg_devices_read(struct arena *a, const char *text, struct cg_devices *ret);

/**
 * cg_devices_change() - one change after the other, as the kernel would take them
 * @allow, @rule: the n changes: "a" or "c 1:3 rwm"
 */
bool cg_devices_change(struct arena *a, const bool *allow, const char *const *rule, size_t n,
		       struct cg_devices *ret);

/**
 * cg_devices_diff() - what leads from one list to another, both of exceptions that are allowed
 * @ret: what is to be allowed, then what is to be denied
 *
 * Return: how many
 */
size_t cg_devices_diff(struct arena *a, const struct cg_devices *from, const struct cg_devices *to,
		       struct cg_device **ret);

/* cg_device_text() - "c 1:3 rwm" */
const char *cg_device_text(struct arena *a, const struct cg_device *d);

#endif
