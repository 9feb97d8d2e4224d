/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* meaning.h - what the stable codes of errors mean, in a sentence each */
#ifndef TAPER_CMD_MEANING_H
#define TAPER_CMD_MEANING_H

/**
 * code_find() - the id of a printed code
 * @text: "MNT-001" or "TAPER-MNT-001", in any case
 *
 * Return: the id, 0 = no such code
 */
unsigned code_find(const char *text);

/* code_meaning() - a sentence, NULL = there is none */
const char *code_meaning(unsigned id);

#endif
