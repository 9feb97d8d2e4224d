# SPDX-License-Identifier: LGPL-2.1-or-later
lib_LIBRARIES += libocispec/libocispec.a
ocispecdir = $(includedir)/ocispec
ocispec_HEADERS = libocispec/arena.h libocispec/err.h libocispec/runtime.h libocispec/types.h
libocispec_libocispec_a_SOURCES = libocispec/arena.c libocispec/err.c
