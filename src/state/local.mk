# SPDX-License-Identifier: LGPL-2.1-or-later
src_libstate_a_SOURCES = \
	src/state/forget.c \
	src/state/forget.h \
	src/state/frozen.c \
	src/state/frozen.h \
	src/state/list.c \
	src/state/pidfile.c \
	src/state/pidfile.h \
	src/state/record.c \
	src/state/record.h \
	src/state/store.c \
	src/state/store.h
