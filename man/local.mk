# SPDX-License-Identifier: LGPL-2.1-or-later
#
# taper.1 says everything; a page for each command is made from it (see man/pages).
command_pages = man/taper-checkpoint.1 man/taper-completion.1 man/taper-create.1 man/taper-delete.1 \
	man/taper-events.1 man/taper-exec.1 man/taper-explain.1 man/taper-features.1 man/taper-gc.1 \
	man/taper-kill.1 man/taper-list.1 man/taper-mounts.1 man/taper-pause.1 man/taper-ps.1 \
	man/taper-restore.1 man/taper-resume.1 man/taper-run.1 man/taper-spec.1 \
	man/taper-start.1 man/taper-state.1 man/taper-update.1
nodist_man_MANS = $(command_pages)
CLEANFILES += $(command_pages)
EXTRA_DIST += man/pages
$(command_pages): man/taper.1 man/pages
	@mkdir -p man
	$(AM_V_GEN)command=`expr "$@" : 'man/taper-\(.*\)\.1'`; \
	$(AWK) -v command="$$command" -f $(srcdir)/man/pages $(srcdir)/src/cmd/*.c \
		$(srcdir)/man/taper.1 >$@.new && mv $@.new $@
