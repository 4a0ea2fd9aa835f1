# Everything a developer or a first-time user types. Only make and Python 3.11 to 3.13 are needed.
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Processes that tests run in, one more than cores, since tests of servers wait. Each starts its own PostgreSQL.
TEST_PROCESSES ?= $(shell expr `$(BIN)/python -c 'import os; print(os.cpu_count() or 1)' 2>/dev/null || echo 1` + 1)

.PHONY: help setup run demo test bench bench-reading bench-matching bench-import bench-fraud chaos fuzz zoo schemathesis audit sbom check lock notices clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(STAMP) ## Create the environment in .venv from the lock file; nothing to do the second time

$(STAMP): requirements.lock pyproject.toml tools/find_python.sh
	@python=$$(PYTHON="$(PYTHON)" sh tools/find_python.sh) || exit 1; \
	if ! $(BIN)/python -c '' 2>/dev/null; then \
	  echo "Creating $(VENV) with $$($$python --version)"; \
	  rm -rf $(VENV) && $$python -m venv $(VENV); \
	fi
	@echo "Installing what requirements.lock lists (a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: setup ## Start everything on http://127.0.0.1:8000 with a sample program
	@$(BIN)/tillpoints serve --sample --sample-doors

demo: setup ## Send sample receipts and print what each earned
	@$(BIN)/tillpoints demo

# Where Python is told to leave no compiled files, every process that a test starts would compile the program anew.
test: setup ## Run the whole test suite
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(TEST_PROCESSES) --maxprocesses 4 --dist worksteal

bench: setup ## Print the scoreboard
	@$(BIN)/python -m bench

bench-reading: setup ## Print how well receipts are read; OPTIONS="--quick" for a part of it
	@$(BIN)/python -m bench reading $(OPTIONS)

bench-matching: setup ## Print how well lines are matched; OPTIONS="--quick" for less, "--growth" for more
	@$(BIN)/python -m bench matching-table $(OPTIONS)

bench-import: setup ## Import a million products while another process matches; OPTIONS="--products 60000" for less
	@$(BIN)/python -m bench matching-import $(OPTIONS)

bench-fraud: setup ## Print how surely fraud is found and honest receipts pass; OPTIONS="--only repeats" for a part
	@$(BIN)/python -m bench fraud $(OPTIONS)

chaos: setup ## Kill processes and what they stand on under load for ten minutes, then count; OPTIONS="--minutes 2"
	@$(BIN)/python -m bench chaos $(OPTIONS)

fuzz: setup ## Show spoiled files of every format to the door and to reading; OPTIONS="--minutes 10"
	@$(BIN)/python -m bench fuzz $(OPTIONS)

zoo: setup ## Print what hostile files of every format cost before they are refused
	@$(BIN)/python -m bench zoo

schemathesis: setup ## Ask every route as its document says, as every role; EXAMPLES=100 for more a route
	@TILLPOINTS_TEST_SCHEMA_EXAMPLES=$(or $(EXAMPLES),20) $(BIN)/python -m pytest -q tests/api/test_schemathesis.py

# A package whose advisories could not be asked for fails it: without a network this says so, and never "none found".
audit: setup ## Ask the package index for known vulnerabilities of everything in requirements.lock (needs a network)
	@$(BIN)/python -m pip_audit --requirement requirements.lock --disable-pip --require-hashes --no-deps --strict

sbom: setup ## Write sbom.json, a CycloneDX list of what the image installs, from requirements.image.lock
	@$(BIN)/python -m cyclonedx_py requirements requirements.image.lock --pyproject pyproject.toml \
	  --output-reproducible --of JSON --output-file sbom.json
	@echo "sbom.json: $$(grep -c '"bom-ref": "requirements' sbom.json) packages"

check: setup ## Lint, formatting, types and import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo 'Run: $(BIN)/ruff format .'; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

lock: setup ## Renew requirements.lock from pyproject.toml, and requirements.image.lock, its part for the image
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --all-extras --group dev pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --all-extras --constraints requirements.lock pyproject.toml -o requirements.image.lock

notices: setup ## Renew THIRD_PARTY_NOTICES.md from what is installed
	@$(BIN)/python tools/notices.py

clean: ## Remove the environment and caches (your data in .data stays)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
