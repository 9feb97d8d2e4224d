// SPDX-License-Identifier: LGPL-2.1-or-later
/* codes.c - the table behind codes.h */
#include "base/codes.h"

static const struct {
	const char *name, *hint;
} codes[ERR__END] = {
	[ERR_SYNTAX] = { "CFG-001", "" },
	[ERR_TYPE] = { "CFG-002", "" },
	[ERR_RANGE] = { "CFG-003", "" },
	[ERR_VALUE] = { "CFG-004", "" },
	[ERR_MISSING] = { "CFG-005", "" },
	[ERR_DUPLICATE] = { "CFG-006", "" },
	[ERR_LIMIT] = { "CFG-007", "" },
	[ERR_CONFLICT] = { "CFG-008", "" },
#define X(id, name, hint) [id] = { name, hint },
	TAPER_CODES(X)
#undef X
};

const char *code_name(unsigned id)
{
	return id < ERR__END && codes[id].name ? codes[id].name : "SYS-000";
}

const char *code_hint(unsigned id)
{
	return id < ERR__END && codes[id].hint ? codes[id].hint : "";
}

const char *stage_name(unsigned stage)
{
	static const char *const names[STAGE__MAX] = {
		[STAGE_ENTER] = "enter",
		[STAGE_BUILD] = "build",
		[STAGE_WAIT] = "wait",
		[STAGE_BECOME] = "become",
	};

	return stage < STAGE__MAX ? names[stage] : NULL;
}
