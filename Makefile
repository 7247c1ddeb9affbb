# A thin front for the CMake presets (CMakePresets.json). `make help` lists the targets.

SHELL := /bin/sh
JOBS  ?= $(shell nproc)
PREFIX ?= /usr/local
# make test ONLY=kubernetes runs the tests with that label; labels: unit, integration, race, fuzz, cli,
# kubernetes, terraform, bench, soak, slow.
ONLY  ?=
# Which tests take too long for every day.
SLOW  ?= slow

build  = cmake --preset $(1) >build/$(1).configure.log 2>&1 || { cat build/$(1).configure.log; exit 1; }; \
         cmake --build --preset $(1) -j $(JOBS) $(2)
# A test that fails is asked once more: whole scans on a machine that others use too.
ctest  = ctest --preset $(1) -j $(JOBS) --repeat until-pass:2 $(if $(ONLY),-L '^$(ONLY)$$',-LE '^($(SLOW)|conformance)$$')

.PHONY: all help packages demo test install lint asan tsan valgrind conformance fuzz \
        perf-concurrent perf-bench-concurrent soak clean

all: | build/.packages
	@$(call build,release,--target wgo wgo_shared wgo_static wgo_pages)

help:
	@sed -n 's/^## //p' Makefile

## make                        build wgo into build/release/wgo
## make demo                   scan a fake cloud and sample Terraform states, see a snapshot
## make test [ONLY=label]      build and run the test suite
## make install [PREFIX=/usr]  program, library, header, man pages, completions
## make lint                   formatting, clang-tidy, thread-safety analysis, house rules
## make asan | tsan            the suite under sanitizers; the race programs under ThreadSanitizer
## make valgrind               unit, integration and race programs under memcheck
## make fuzz [SECONDS=10]      each fuzzer for so long
## make conformance            against software nobody here wrote: a real Kubernetes API server, kubectl, moto, SDKs
## make perf-concurrent        whole scans beside a bare libcurl loop, the ideal and other programs [TABLES= FULL=1]
## make perf-bench-concurrent  the micro benchmarks, and instruction counts [BASELINE=FILE, of either]
## make soak [SECONDS=1200]    scans of a cloud that misbehaves: memory and descriptors stay steady

build/.packages: scripts/install-packages.sh
	@mkdir -p build
	@sh scripts/install-packages.sh build
	@touch $@

demo: | build/.packages
	@$(call build,release,--target wgo fakecloud) >build/demo.build.log 2>&1 || { cat build/demo.build.log; exit 1; }
	@sh scripts/demo.sh build/release

test: | build/.packages
	@sh scripts/install-packages.sh test
	@sh scripts/python-packages.sh
	@$(call build,release)
	@$(call ctest,release); code=$$?; sh scripts/skips.sh build/release; exit $$code

install: all
	@cmake --install build/release --prefix "$(PREFIX)"

lint: | build/.packages
	@sh scripts/install-packages.sh lint
	@$(call build,locks)
	@sh scripts/lint.sh build/locks

asan: | build/.packages
	@$(call build,asan)
	@$(call ctest,asan)

tsan: | build/.packages
	@$(call build,tsan)
	@ctest --preset tsan -j $(JOBS) --repeat until-pass:2

valgrind: | build/.packages
	@sh scripts/install-packages.sh test valgrind
	@$(call build,release)
	@python3 scripts/valgrind.py build/release --jobs $(JOBS)

SECONDS ?= 10
fuzz: | build/.packages
	@sh scripts/install-packages.sh lint
	@$(call build,fuzz)
	@sh scripts/fuzz.sh build/fuzz $(SECONDS)

conformance: | build/.packages
	@sh scripts/install-packages.sh conformance
	@sh scripts/python-packages.sh
	@$(call build,release)
	@sh scripts/conformance.sh build/release

# TABLES="pages matrix", FULL=1, BASELINE=bench/results/FILE.json; PERF= for the script's other flags.
TABLES   ?=
FULL     ?=
BASELINE ?=
PERF     ?=
perf     = --build build/release $(if $(BASELINE),--baseline $(BASELINE)) $(PERF)

perf-concurrent: | build/.packages
	@$(call build,release,--target benchmarks)
	@python3 bench/scan/perf_concurrent.py $(TABLES) $(perf) $(if $(FULL),--full)

perf-bench-concurrent: | build/.packages
	@sh scripts/install-packages.sh valgrind || true # without it the counts are SKIPPED
	@$(call build,release,--target benchmarks)
	@python3 bench/micro/perf_bench.py $(perf)

# SECONDS of it, as for the fuzzers; the tests have some, and two minutes with the label slow.
soak: | build/.packages
	@$(call build,release,--target benchmarks)
	@python3 tests/soak/soak.py --seconds $(if $(filter command environment,$(origin SECONDS)),$(SECONDS),1200)

clean:
	@rm -rf build
