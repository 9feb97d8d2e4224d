# SPDX-License-Identifier: LGPL-2.1-or-later
src_libplan_a_SOURCES = \
	src/plan/facts.h \
	src/plan/plan.h
