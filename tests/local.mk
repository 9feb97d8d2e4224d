# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A unit test is tests/unit/NAME.c, linked with all libraries: to add one, add its name to the list
# of the folder whose code it tests.
unit_harness = tests/unit/tap
unit_ocispec = tests/unit/arena tests/unit/check tests/unit/decode tests/unit/encode tests/unit/err \
	tests/unit/features tests/unit/limits tests/unit/locate tests/unit/malformed tests/unit/roundtrip \
	tests/unit/schema tests/unit/state
unit_base = tests/unit/bus tests/unit/dbus tests/unit/fd tests/unit/pb tests/unit/spawn tests/unit/log \
	tests/unit/time
unit_host = tests/unit/facts
unit_plan = tests/unit/plan_cgroup tests/unit/plan_devices tests/unit/plan_golden \
	tests/unit/plan_idmap tests/unit/plan_memory tests/unit/plan_mounts tests/unit/plan_ns tests/unit/plan_process \
	tests/unit/plan_seccomp tests/unit/plan_settings tests/unit/plan_systemd \
	tests/unit/plan_update tests/unit/plan_weight
unit_apply = tests/unit/cg tests/unit/cg_v2 tests/unit/cg_text tests/unit/sync tests/unit/hooks \
	tests/unit/lsm tests/unit/seccomp \
	tests/unit/seccomp_proof tests/unit/sd_unit tests/unit/foreground tests/unit/rdt
unit_state = tests/unit/record tests/unit/store
unit_cmd = tests/unit/pstable tests/unit/stats tests/unit/cli tests/unit/words
unit_tests = $(unit_harness) $(unit_ocispec) $(unit_base) $(unit_host) $(unit_plan) \
	$(unit_apply) $(unit_state) $(unit_cmd)

tests_unit_plan_weight_LDADD = $(LDADD) -lm
# What commands are made of is not in the libraries of all programs.
tests_unit_cli_LDADD = src/libcmd.a $(LDADD)
tests_unit_pstable_LDADD = src/libcmd.a $(LDADD)
tests_unit_stats_LDADD = src/libcmd.a $(LDADD)
tests_unit_words_LDADD = src/libcmd.a $(LDADD)

# Suites of real containers, in the order of what builds on what.
integration_tests = \
	tests/integration/basics.bats \
	tests/integration/cli.bats \
	tests/integration/run.bats \
	tests/integration/foreground.bats \
	tests/integration/exec.bats \
	tests/integration/kill.bats \
	tests/integration/events.bats \
	tests/integration/limits.bats \
	tests/integration/conditions.bats \
	tests/integration/pause.bats \
	tests/integration/nested.bats \
	tests/integration/ps.bats \
	tests/integration/output.bats \
	tests/integration/completion.bats \
	tests/integration/engines.bats \
	tests/integration/replay.bats \
	tests/integration/texts.bats \
	tests/integration/mounts.bats \
	tests/integration/features.bats \
	tests/integration/added.bats \
	tests/integration/hooks.bats \
	tests/integration/namespaces.bats \
	tests/integration/netdev.bats \
	tests/integration/cgroups.bats \
	tests/integration/update.bats \
	tests/integration/systemd.bats \
	tests/integration/delegate.bats \
	tests/integration/process.bats \
	tests/integration/seccomp.bats \
	tests/integration/spec-config.bats \
	tests/integration/spec-devices.bats \
	tests/integration/spec-lifecycle.bats \
	tests/integration/spec-options.bats \
	tests/integration/broken.bats \
	tests/integration/order.bats \
	tests/integration/lies.bats \
	tests/integration/checkpoint.bats \
	tests/integration/gc.bats \
	tests/integration/damaged.bats \
	tests/integration/timeout.bats \
	tests/integration/rootless.bats \
	tests/integration/rdt.bats \
	tests/integration/self.bats

# Fuzz entry points, which run over their corpus and mutations of it.
fuzz_tests = tests/fuzz/decode tests/fuzz/config tests/fuzz/plan tests/fuzz/filter tests/fuzz/ids \
	tests/fuzz/mntopt tests/fuzz/words tests/fuzz/argv tests/fuzz/cgroup tests/fuzz/sync tests/fuzz/resolve
tests_fuzz_argv_LDADD = src/libcmd.a $(LDADD)
tests_fuzz_words_LDADD = src/libcmd.a $(LDADD)

check_PROGRAMS += $(unit_tests) $(fuzz_tests)
# What shows that a release archive builds something that works; the tree's own build runs everything.
dist_tests = tests/lint/tree $(unit_tests) $(fuzz_tests) tests/integration/basics.bats \
	tests/integration/run.bats tests/integration/exec.bats tests/integration/rootless.bats
TESTS += tests/lint/tree $(unit_tests) $(fuzz_tests) $(integration_tests)
EXTRA_DIST += tests/unit/doc.h tests/unit/plan_fixture.h tests/unit/cg_fixture.h tests/plan \
	tests/fuzz/plain.h tests/fuzz/corpus \
	tests/lib/tap.h tests/lib/summary tests/lib/rootfs tests/lib/look-around \
	tests/lint/tree tests/lint/layers tests/lint/banned tests/lint/allow tests/lint/format \
	tests/lint/purity tests/lib/bats tests/integration/helpers.bash tests/integration/broken.json \
	tests/integration/broken.tsv $(integration_tests)

# With libFuzzer, FUZZ_SECONDS each; what is found is in the build directory.
FUZZ_CC = clang
FUZZ_SECONDS = 60
fuzz: $(BUILT_SOURCES)
	@SRCDIR='$(abs_top_srcdir)' CC='$(FUZZ_CC)' \
		$(SHELL) $(top_srcdir)/tests/fuzz/run $(FUZZ_SECONDS) $(notdir $(fuzz_tests))
.PHONY: fuzz
EXTRA_DIST += tests/fuzz/harness.h tests/fuzz/planned.h tests/fuzz/redzone.c tests/fuzz/run tests/lib/bpf.h

# Static analysers that are installed; each finding is a failure.
analyse: $(BUILT_SOURCES)
	@SRCDIR='$(abs_top_srcdir)' $(SHELL) $(top_srcdir)/tests/lint/analyse
.PHONY: analyse
EXTRA_DIST += .clang-tidy tests/lint/analyse

# The decoder and the planner under valgrind: a use of what was never written is a failure, too. Without tests of
# address space, which valgrind has filled, and of large documents, which would take it an hour.
memory_tests = $(filter-out tests/unit/arena tests/unit/limits tests/unit/plan_memory,$(unit_ocispec) $(unit_plan)) \
	tests/fuzz/decode tests/fuzz/config tests/fuzz/plan
check-memory:
	FUZZ_RUNS=3 TAP_SECONDS=1800 $(MAKE) check TESTS='$(memory_tests)' LOG_COMPILER='valgrind' \
		LOG_FLAGS='-q --error-exitcode=99 --exit-on-first-error=yes'
.PHONY: check-memory

# Which lines run in make check, of a build with --enable-coverage. Users of all kinds may write the counts.
coverage:
	@find . -name '*.gcno' | sed 's/gcno$$/gcda/' | while read -r f; do : >"$$f" && chmod 666 "$$f"; done
	GCOV_ERROR_FILE=/dev/null $(MAKE) check || :
	@SRCDIR='$(abs_top_srcdir)' $(SHELL) $(top_srcdir)/tests/lib/coverage
.PHONY: coverage
EXTRA_DIST += tests/lib/coverage tests/lib/counts.c tests/lib/counts.ld
if COVERAGE
src_taper_SOURCES += tests/lib/counts.c
src_taper_LDFLAGS = $(AM_LDFLAGS) -Wl,-T,$(top_srcdir)/tests/lib/counts.ld
else
src_taper_LDFLAGS = $(AM_LDFLAGS)
endif

# What explain says of the configs in tests/plan: written anew, to be read as a diff.
update-golden: tests/unit/plan_golden
	@SRCDIR='$(abs_top_srcdir)' tests/unit/plan_golden --update
.PHONY: update-golden

EXTRA_DIST += tests/integration/engines tests/lib/ear.c tests/lib/v2-view

# taper with a resctrl that is only a directory, for machines without the hardware.
check_PROGRAMS += tests/lib/taper-resctrl
tests_lib_taper_resctrl_SOURCES = src/cmd/main.c tests/lib/resctrl.c
tests_lib_taper_resctrl_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mkdir -Wl,--wrap=rmdir
tests_lib_taper_resctrl_LDADD = src/libcmd.a $(TAPER_LIBS)

# What goes wrong in taper's system calls: a sample in make check, more of it in make check-fault, all points of
# all configurations in make check-fault-all. And commands that race for one id.
check_PROGRAMS += tests/fault/inject tests/fault/fault
tests_fault_inject_SOURCES = tests/fault/inject.c tests/fault/trace.c tests/fault/trace.h
tests_fault_inject_LDADD =
tests_fault_fault_SOURCES = tests/fault/fault.c tests/fault/faults.h tests/fault/trace.c tests/fault/trace.h
tests_fault_fault_LDADD =
TESTS += tests/fault/sweep tests/fault/failures tests/fault/races tests/fault/scale
EXTRA_DIST += tests/fault/sweep tests/fault/failures tests/fault/races tests/fault/scale
check-fault: src/taper tests/fault/inject tests/fault/fault
	@$(AM_TESTS_ENVIRONMENT) STEP=1 $(top_srcdir)/tests/fault/sweep
	@$(AM_TESTS_ENVIRONMENT) STEP=1 $(top_srcdir)/tests/fault/failures
fault_step = 1
check-fault-all: src/taper tests/fault/inject tests/fault/fault
	@$(AM_TESTS_ENVIRONMENT) failed=0; \
	STEP=$(fault_step) $(top_srcdir)/tests/fault/sweep || failed=1; \
	for config in plain userns hooks terminal rootless v2 v1; do \
		CONFIGS=$$config MODES='kill all errno second' STEP=$(fault_step) FIRST_STEP=5 \
			$(top_srcdir)/tests/fault/failures || failed=1; \
	done; \
	MODES=hold OTHERS='create start kill delete delete-force exec pause update' STEP=$(fault_step) \
		$(top_srcdir)/tests/fault/failures create start kill delete delete-force exec pause update || \
		failed=1; \
	RACES=2000 $(top_srcdir)/tests/fault/races || failed=1; \
	CYCLES=10000 ALIVE=1000 $(top_srcdir)/tests/fault/scale || failed=1; \
	DAMAGE_STEP=1 bats --tap $(top_srcdir)/tests/integration/damaged.bats || failed=1; \
	exit $$failed
.PHONY: check-fault check-fault-all

# Attacks: images, volumes and configs that are traps. STEP=N tries every N-th point of a race that is held at its
# system calls, RACE_SECONDS is for the random ones. prove-security: each can fail, see tests/security/proofs.
security_tests = \
	tests/security/images.bats \
	tests/security/kernel.bats \
	tests/security/process.bats \
	tests/security/inputs.bats \
	tests/security/races.bats
check-security: src/taper tests/fault/inject
	$(MAKE) check TESTS='$(security_tests)'
check-security-all: src/taper tests/fault/inject
	@for suite in $(security_tests); do \
		$(AM_TESTS_ENVIRONMENT) STEP=1 RACE_SECONDS=60 bats --tap $(top_srcdir)/$$suite </dev/null || exit; \
	done
prove-security: src/taper tests/fault/inject
	@$(AM_TESTS_ENVIRONMENT) $(top_srcdir)/tests/security/prove
.PHONY: check-security check-security-all prove-security
EXTRA_DIST += $(security_tests) tests/security/helpers.bash tests/security/probe.c tests/security/writable \
	tests/security/proofs tests/security/prove

# Container engines, with taper as their runtime. Debian's are installed if they are missing; a suite whose engine is
# not there fails.
engine_tests = \
	tests/engines/podman.bats \
	tests/engines/docker.bats \
	tests/engines/containerd.bats \
	tests/engines/cri.bats \
	tests/engines/buildah.bats \
	tests/engines/bridge.bats \
	tests/engines/many.bats
check-engines: src/taper
	@$(SHELL) $(top_srcdir)/tests/engines/install || :
	@status=0; $(MAKE) check TESTS='$(engine_tests)' \
		BATS_LOG_COMPILER='$(SHELL) $(abs_top_srcdir)/tests/engines/alone' || status=$$?; \
	cat $(engine_tests:.bats=.log); \
	$(MAKE) -s summary TEST_LOGS='$(engine_tests:.bats=.log)' || status=$$?; exit $$status
.PHONY: check-engines
EXTRA_DIST += $(engine_tests) tests/engines/helpers.bash tests/engines/install tests/engines/alone \
	tests/engines/cri

# Every test speaks TAP.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_EXTENSIONS = .bats
BATS_LOG_DRIVER = $(LOG_DRIVER)
BATS_LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/lib/bats
AM_TESTS_ENVIRONMENT = SRCDIR='$(abs_top_srcdir)' BUILDDIR='$(abs_top_builddir)' \
	CC='$(CC)' AWK='$(AWK)'; export SRCDIR BUILDDIR CC AWK;

# In machines of their own, with systemd, cgroup v2 and v1, AppArmor, SELinux: see tests/vm/legs.
check-vm: src/taper tests/fault/inject tests/fault/fault
	@$(AM_TESTS_ENVIRONMENT) $(top_srcdir)/tests/vm/check vm
check-vm-all: src/taper tests/fault/inject tests/fault/fault
	@$(AM_TESTS_ENVIRONMENT) $(top_srcdir)/tests/vm/check all
.PHONY: check-vm check-vm-all
EXTRA_DIST += tests/vm/check tests/vm/run tests/vm/image tests/vm/legs tests/vm/guest-init \
	tests/vm/guest-agent tests/vm/guest-vm.target tests/vm/guest-vm-agent.service \
	tests/vm/apparmor.bats tests/vm/selinux.bats tests/vm/user.bats

# One line that counts everything the last "make check" ran.
summary:
	@$(SHELL) $(top_srcdir)/tests/lib/summary $(TEST_LOGS:.log=.trs)
.PHONY: summary

# What of the specification is tested, and how that went in the last make check, and in the last make check-vm
# here or that whose output is VM=FILE: see tests/conformance
conformance_logs = $(unit_tests:=.log) $(integration_tests:.bats=.log)
conformance:
	@$(AM_TESTS_ENVIRONMENT) vm='$(VM)'; [ "$$vm" ] || vm=$$(ls tests/vm/*.log 2>/dev/null); \
	$(SHELL) $(top_srcdir)/tests/conformance report $(conformance_logs) $${vm:+vm=1 $$vm}
.PHONY: conformance
EXTRA_DIST += tests/conformance tests/conformance.tsv

# make bench: see tests/bench/run
EXTRA_PROGRAMS = tests/bench/floor tests/bench/peak
tests_bench_floor_LDADD =
tests_bench_peak_LDADD =
bench: src/taper tests/bench/floor tests/bench/peak
	@$(AM_TESTS_ENVIRONMENT) $(SHELL) $(top_srcdir)/tests/bench/run
.PHONY: bench
EXTRA_DIST += tests/bench/run
CLEANFILES += $(EXTRA_PROGRAMS)

clean-local:
	rm -rf fuzz-build tests/rootfs tests/ear tests/probe tests/weakened tests/vm/*.log
