# SPDX-License-Identifier: LGPL-2.1-or-later
#
# All but main() is a library, so that unit tests can link it.
noinst_LIBRARIES += src/libcmd.a
src_libcmd_a_SOURCES = \
	src/cmd/app.c \
	src/cmd/app.h \
	src/cmd/bundle.c \
	src/cmd/bundle.h \
	src/cmd/checkpoint.c \
	src/cmd/cli.c \
	src/cmd/cli.h \
	src/cmd/completion.c \
	src/cmd/create.c \
	src/cmd/criu.c \
	src/cmd/criu.h \
	src/cmd/default.c \
	src/cmd/default.h \
	src/cmd/delete.c \
	src/cmd/duration.c \
	src/cmd/duration.h \
	src/cmd/events.c \
	src/cmd/exec.c \
	src/cmd/explain.c \
	src/cmd/features.c \
	src/cmd/gc.c \
	src/cmd/kill.c \
	src/cmd/launch.c \
	src/cmd/launch.h \
	src/cmd/list.c \
	src/cmd/meaning.c \
	src/cmd/meaning.h \
	src/cmd/mounts.c \
	src/cmd/pause.c \
	src/cmd/ps.c \
	src/cmd/pstable.c \
	src/cmd/pstable.h \
	src/cmd/restore.c \
	src/cmd/run.c \
	src/cmd/signals.c \
	src/cmd/signals.h \
	src/cmd/size.c \
	src/cmd/size.h \
	src/cmd/spec.c \
	src/cmd/start.c \
	src/cmd/stats.c \
	src/cmd/stats.h \
	src/cmd/state.c \
	src/cmd/update.c

if WEAKENED
noinst_PROGRAMS = src/taper
else
bin_PROGRAMS += src/taper
endif
src_taper_SOURCES = src/cmd/main.c
src_taper_LDADD = src/libcmd.a $(TAPER_LIBS)

# Scripts for shells, made by the program itself: not when it cannot run here.
if !CROSS_COMPILING
completion_scripts = completion/taper completion/_taper completion/taper.fish
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_bashcompletion_DATA = completion/taper
nodist_zshcompletion_DATA = completion/_taper
nodist_fishcompletion_DATA = completion/taper.fish
CLEANFILES += $(completion_scripts)
$(completion_scripts): src/taper
	@mkdir -p completion
	$(AM_V_GEN)case $@ in *.fish) shell=fish ;; */_*) shell=zsh ;; *) shell=bash ;; esac; \
	src/taper completion $$shell >$@.new && mv $@.new $@
endif
