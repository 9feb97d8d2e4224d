# SPDX-License-Identifier: LGPL-2.1-or-later
src_libhost_a_SOURCES = \
	src/host/facts.c \
	src/host/facts.h \
	src/host/foreign.c \
	src/host/parse.h \
	src/host/parse_cg.c \
	src/host/proc.c \
	src/host/proc.h \
	src/host/program.c \
	src/host/program.h \
	src/host/resctrl.c \
	src/host/resctrl.h \
	src/host/revealing.c \
	src/host/revealing.h \
	src/host/subid.c \
	src/host/user.c \
	src/host/user.h
