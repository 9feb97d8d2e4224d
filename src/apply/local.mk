# SPDX-License-Identifier: LGPL-2.1-or-later
src_libapply_a_SOURCES = \
	src/apply/cg.h \
	src/apply/create.h \
	src/apply/foreground.c \
	src/apply/hooks.h \
	src/apply/net.h \
	src/apply/seccomp.h \
	src/apply/tty.c \
	src/apply/tty.h
