# Needs make and a Python from 3.11 on; everything else is set up in .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
READY := .venv/.ready
# How many processes share the tests: those on the live stack wait more than they compute, on two cores too.
JOBS ?= 4
PYTEST := $(BIN)/pytest -n $(JOBS)

.PHONY: help
help:
	@[ -t 1 ] && blue=$$(printf '\033[36m') plain=$$(printf '\033[0m'); \
	awk -v b="$$blue" -v p="$$plain" 'BEGIN {FS = ":.*## "; print "make TARGET"} \
	  /^## / {printf "\n%s\n", substr($$0, 4)} \
	  /^[a-z-]+:.*## / {printf "  %s%-16s%s %s\n", b, $$1, p, $$2}' $(MAKEFILE_LIST)

## Try it

.PHONY: demo
demo: $(READY) ## Watch a season of backorders in a minute
	@$(BIN)/backorder demo

.PHONY: up
up: $(READY) ## Run everything on this machine, until Ctrl-C
	@$(BIN)/backorder up

## Test it

.PHONY: test
test: $(READY) ## Run all tests, most of them on one kind of database (JOBS=4 processes)
	$(PYTEST) --databases one tests

.PHONY: test-both
test-both: $(READY) ## Run all tests, on SQLite and on PostgreSQL
	$(PYTEST) tests

.PHONY: test-domain
test-domain: $(READY) ## Run the tests of the pure core
	$(PYTEST) tests/domain tests/forecasting

.PHONY: test-contract
test-contract: $(READY) ## Run the tests that every adapter has to pass, on SQLite and PostgreSQL
	$(PYTEST) tests/contract

.PHONY: test-workflows
test-workflows: $(READY) ## Run the workflows on a server that skips time
	$(PYTEST) tests/workflows

.PHONY: test-replay
test-replay: $(READY) ## Replay the recorded histories
	$(PYTEST) tests/replay

.PHONY: test-acceptance
test-acceptance: $(READY) ## Run the live stack, as its users do
	$(PYTEST) tests/acceptance

.PHONY: fuzz
fuzz: $(READY) ## Try 100,000 odd inputs at every door (FUZZ=100000), and many lives of a line
	FUZZ=$${FUZZ:-100000} $(PYTEST) -o timeout=0 tests/contract/test_odd_values.py \
	  tests/contract/test_odd_files.py tests/acceptance/cli/test_odd_options.py \
	  tests/acceptance/cli/test_options.py tests/domain/test_answers_at_once.py
	BACKORDER_EXAMPLES=2000 $(PYTEST) -o timeout=0 tests/domain/test_properties.py \
	  tests/domain/test_never_hot_never_forgotten.py tests/domain/test_facts_in_any_order.py tests/domain/test_swaps.py

.PHONY: bench
bench: $(READY) ## List the benches, and how long each takes
	@$(BIN)/python -m bench

.PHONY: soak
soak: $(READY) ## Break things under a whole shop, one at a time and all at once (RUNS="lives key --lines 60")
	$(BIN)/python -m bench.soak $(or $(RUNS),all)

## Keep it in shape

.PHONY: check
check: lint types imports ## Lint, types and import rules

.PHONY: lint
lint: $(READY) ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: format
format: $(READY) ## Put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: $(READY) ## Check the types
	$(BIN)/mypy

.PHONY: imports
imports: $(READY) ## Check who imports whom
	$(BIN)/lint-imports

.PHONY: docs
docs: $(READY) ## Draw the pages that come from tables anew
	$(BIN)/python -m docs.draw

.PHONY: lock
lock: ## Write requirements.lock anew from pyproject.toml (needs uv)
	PATH="$(BIN):$$PATH" uv pip compile pyproject.toml --universal --generate-hashes --all-extras --upgrade --quiet \
	  --no-emit-index-url --no-header --no-annotate --output-file requirements.lock

## Set it up

.PHONY: setup
setup: $(READY) ## Make .venv with the pinned packages

.PHONY: clean
clean: ## Remove .venv and everything that tools left behind
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@for each in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if [ -n "$$each" ] && "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found="$$each"; break; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "A Python from 3.11 on is needed, and none was found: install one, or name it with PYTHON=/path/to/python make setup" >&2; \
	  exit 1; \
	fi; \
	echo "Setting up .venv with $$("$$found" --version)"; \
	"$$found" -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@
