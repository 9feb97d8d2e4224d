# SPDX-License-Identifier: LGPL-2.1-or-later
src_libhost_a_SOURCES = \
	src/host/facts.h
