/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log.h - where messages go: standard error, and the file of --log
 *
 * Only cmd/ and the relay of the child's messages call it; libraries return errors instead.
 * Formats: cli-contract, "Logging". In the JSON form a failure is exactly one object on one line.
 */
#ifndef TAPER_BASE_LOG_H
#define TAPER_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "libocispec/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE, LOG_LEVEL__MAX };

struct log_options {
	const char *target;      /* --log: PATH, file:PATH, journald:ID, syslog:ID; NULL = standard error */
	bool json;               /* --log-format json */
	enum log_level level;
};

/**
 * log_open() - open the log before anything else can fail
 *
 * Return: 0 or -errno
 */
int log_open(const struct log_options *opt, struct err *e);

/* log_enabled() - would a message of this level be written? */
bool log_enabled(enum log_level level);

/* log_msg() - write one message */
void log_msg(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * err_sentence() - "FILE: PATH: TEXT at line L column C", as much of it as there is
 * @dst, @size: where to; always terminated
 * @file:       document the error is about, NULL = none
 */
void err_sentence(char *dst, size_t size, const char *file, const struct err *e);

/**
 * log_failure() - the one line that says why the command failed
 * @what: command and id ("create c1")
 * @file: document the error is about, NULL = none
 * @hint: what to do; NULL = the hint of the error's code
 *
 * To standard error: "taper: create c1: FILE: PATH: TEXT at line L column C (hint) [TAPER-XXX-NNN]";
 * to the log of --log as well.
 */
void log_failure(const char *what, const char *file, const struct err *e, const char *hint);

#endif
