# One command for each chore. Needs Python 3.11 or later, git and make; everything else is installed into .venv.
#
#   make demo     the whole loop on handwritten digits: a model improves, the world changes, the loop recovers
#   make test     every test that is not marked slow
#   make test-browser  the page in a real browser: needs a Chromium, and skips, saying so, where there is none
#   make check    lint, format, types and layers
#   make soak     the slow tests: minutes of kills, rounds and load, and an hour and a half of simulated lives
#   make bench    the benchmarks, as ratios to a bare loop in the same run
#   make power    how often the policies err and how soon they see: the table of docs/statistics.md
#   make docs     the pages of docs/ as HTML in site/
#   make lock     resolve the hashed lock files again
#   make clean    remove what the others made, .venv included

.DEFAULT_GOAL := help
.PHONY: help install demo test test-browser check lint types layers soak bench power docs lock clean

# Hundreds of processes start in a run of the tests: compiled modules are kept, whatever the shell says
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
INSTALLED := .venv/.installed
DOCS_INSTALLED := .venv/.installed-docs
BROWSER_INSTALLED := .venv/.installed-browser
# On two cores; many a test waits for a process of its own
WORKERS ?= 3
KIND ?= slow
# The first of these that is new enough and can make a virtual environment
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))

help:
	@sed -n 's/^#   //p' Makefile

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml scripts/install.py
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or later with the venv module is on PATH. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) scripts/install.py .venv requirements.lock --project .
	@touch $@

$(DOCS_INSTALLED): requirements-docs.lock $(INSTALLED)
	@$(BIN)/python scripts/install.py .venv requirements-docs.lock
	@touch $@

$(BROWSER_INSTALLED): requirements-browser.lock $(INSTALLED)
	@$(BIN)/python scripts/install.py .venv requirements-browser.lock
	@touch $@

demo: $(INSTALLED)
	@$(BIN)/everloop demo

test: $(INSTALLED)
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-browser: $(BROWSER_INSTALLED)
	@$(BIN)/pytest -m browser -rs --timeout 900 tests/acceptance/browser

soak: $(INSTALLED)
	@$(BIN)/pytest -m '$(KIND)' -n $(WORKERS) --dist loadfile --no-loadscope-reorder --timeout 3600

check: lint types layers

lint: $(INSTALLED)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(INSTALLED)
	@$(BIN)/mypy

layers: $(INSTALLED)
	@$(BIN)/lint-imports

bench: $(INSTALLED)
	@set -e; for script in tests/benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script; done

power: $(INSTALLED)
	@$(BIN)/python scripts/power.py

docs: $(DOCS_INSTALLED)
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs site
	@echo "Open site/index.html"

lock: $(INSTALLED)
	@$(BIN)/python scripts/lock.py

clean:
	rm -rf .venv site build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
