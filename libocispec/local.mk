# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installed: users include <ocispec/decode.h> and link with -locispec -lyajl. The folder of the headers
# itself is not for -I: features.h is the name of a header of the C library too.
lib_LIBRARIES += libocispec/libocispec.a
ocispecdir = $(includedir)/ocispec
ocispec_HEADERS = libocispec/arena.h libocispec/check.h libocispec/decode.h libocispec/encode.h \
	libocispec/err.h libocispec/features.h libocispec/overlay.h libocispec/runtime.h libocispec/schema.h \
	libocispec/state.h libocispec/types.h
libocispec_libocispec_a_SOURCES = \
	libocispec/arena.c \
	libocispec/check.c \
	libocispec/collect.c \
	libocispec/decode.c libocispec/decoder.h \
	libocispec/encode.c \
	libocispec/err.c \
	libocispec/features.c \
	libocispec/linux.c \
	libocispec/locate.c \
	libocispec/mem.c libocispec/mem.h \
	libocispec/note.c \
	libocispec/number.c libocispec/number.h \
	libocispec/overlay.c \
	libocispec/runtime.c \
	libocispec/scan.c libocispec/scan.h \
	libocispec/seccomp.c \
	libocispec/state.c
