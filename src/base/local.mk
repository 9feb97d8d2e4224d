# SPDX-License-Identifier: LGPL-2.1-or-later
src_libbase_a_SOURCES = \
	src/base/bus.c \
	src/base/bus.h \
	src/base/codes.c \
	src/base/codes.h \
	src/base/dbus.c \
	src/base/dbus.h \
	src/base/fd.c \
	src/base/fd.h \
	src/base/log.c \
	src/base/log.h \
	src/base/pb.c \
	src/base/pb.h \
	src/base/pid.c \
	src/base/pid.h \
	src/base/spawn.c \
	src/base/spawn.h \
	src/base/str.c \
	src/base/str.h \
	src/base/sys.h \
	src/base/version.h
