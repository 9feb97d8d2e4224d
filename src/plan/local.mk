# SPDX-License-Identifier: LGPL-2.1-or-later
src_libplan_a_SOURCES = \
	src/plan/cg_check.c \
	src/plan/cg_path.c \
	src/plan/cg_systemd.c \
	src/plan/cg_v1.c \
	src/plan/cg_v2.c \
	src/plan/cg_weight.c \
	src/plan/cgroup.c \
	src/plan/command.c \
	src/plan/creds.c \
	src/plan/devbpf.c \
	src/plan/devnodes.c \
	src/plan/devrules.c \
	src/plan/exec.c \
	src/plan/explain.c \
	src/plan/facts.h \
	src/plan/gvariant.c \
	src/plan/hooks.c \
	src/plan/idmap.c \
	src/plan/internal.h \
	src/plan/lsm.c \
	src/plan/mntopt.c \
	src/plan/mounts.c \
	src/plan/names.c \
	src/plan/netdev.c \
	src/plan/ns.c \
	src/plan/path.c \
	src/plan/plan.c \
	src/plan/plan.h \
	src/plan/printer.c \
	src/plan/printer.h \
	src/plan/rdt.c \
	src/plan/sched.c \
	src/plan/sd.h \
	src/plan/seccomp.c \
	src/plan/sysctl.c \
	src/plan/validate.c
