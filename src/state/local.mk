# SPDX-License-Identifier: LGPL-2.1-or-later
src_libstate_a_SOURCES = \
	src/state/record.h \
	src/state/store.h
