// SPDX-License-Identifier: LGPL-2.1-or-later
/* program.c - find a program of the host. Source: environ(7), PATH */
#include "host/program.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USUAL "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

const char *host_program(struct arena *a, const char *path, const char *name)
{
	for (const char *p = path ? path : USUAL; *p; p += *p == ':') {
		size_t len = strcspn(p, ":");
		const char *file = arena_fmt(a, "%.*s/%s", (int)len, p, name);
		struct stat st;

		p += len;
		if (*file == '/' && stat(file, &st) == 0 && S_ISREG(st.st_mode) && access(file, X_OK) == 0)
			return file;
	}
	return NULL;
}
