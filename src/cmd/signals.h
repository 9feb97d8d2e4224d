/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* signals.h - the names of signals */
#ifndef TAPER_CMD_SIGNALS_H
#define TAPER_CMD_SIGNALS_H

/**
 * signal_parse() - a signal by number or name
 * @text: "9", "KILL", "SIGKILL", "kill", "RTMIN+3", "SIGRTMAX-1"
 *
 * Return: the number, or -EINVAL
 */
int signal_parse(const char *text);

#endif
