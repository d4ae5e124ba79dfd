PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := PYTHONPATH=tests $(BIN)/python -m tools

.PHONY: demo test test-fast e2e node node-shell soak consumers bench bench-scale reference lint lint-manifests release format lock clean

$(VENV)/ready: tests/requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(VENV)/ready ## Bootstrap, import, mount and renew, on two real control planes
	@PATH=$(CURDIR)/$(BIN):$$PATH $(TOOLS).demo

test: $(VENV)/ready ## All tests except e2e, with real control planes
	@cd tests && ../$(BIN)/python -m support.cluster >/dev/null
	@cd tests && ../$(BIN)/python -m support.cluster 1.35 >/dev/null
	$(BIN)/pytest -q -rs --ignore=tests/e2e

test-fast: $(VENV)/ready ## The tests that need no control plane and are not marked slow
	$(BIN)/pytest -q -m "not cluster and not slow" --ignore=tests/e2e

e2e: $(VENV)/ready ## The tests with the real Metacontroller, skipped without its binary
	$(BIN)/pytest -q -rs tests/e2e

# `exec`, so that the kernel tells the program when make is killed.
node: $(VENV)/ready ## Install into a real node, as the documents say, and test it there; needs root
	@exec env $(TOOLS).node

node-shell: $(VENV)/ready ## A prompt on such a node, with kubectl and kubemcsa
	@exec env $(TOOLS).node shell

soak: $(VENV)/ready ## Ten minutes of renewals under clients that never restart
	$(BIN)/pytest -q -rs tests/e2e/soak.py

consumers: $(VENV)/ready ## Recipes with consumers' own code, built with Go, and a renewal
	$(BIN)/pytest -q -rs tests/e2e/consumers.py

bench: $(VENV)/bench ## Measure on this machine, and write docs/benchmark.md
	$(TOOLS).bench

# For example: make bench-scale SCALE="--imports 200 1000 --clusters 100 --print"
bench-scale: $(VENV)/ready ## Measure up to 20,000 imports and 1,000 clusters, in 1.5 hours, and write docs/benchmark-scale.md
	$(TOOLS).bench.scale $(SCALE)

$(VENV)/bench: $(VENV)/ready tools/bench/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tools/bench/requirements.txt
	touch $@

reference: $(VENV)/ready ## Write the generated parts of docs/reference.md and docs/commands.md
	$(TOOLS).reference

lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy lib hooks cli tests tools

lint-manifests: $(VENV)/ready ## kube-score (built with Go) on all manifests
	$(TOOLS).lint_manifests

release: $(VENV)/ready ## Make dist/: manifests, Helm chart, packages, kubemcsa in one file and for krew, SBOMs, SHA256SUMS
	rm -rf dist
	$(TOOLS).release dist

format: $(VENV)/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs uv; --universal: one list of pinned packages for all platforms.
UV := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-header --no-emit-index-url --no-emit-find-links
lock:
	$(UV) hooks/requirements.in -o hooks/requirements.txt
	$(UV) hooks/requirements-build.in -o hooks/requirements-build.txt
	$(UV) cli/requirements.in -o cli/requirements.txt
	$(UV) --extra dev pyproject.toml -o tests/requirements.txt
	$(UV) -c tests/requirements.txt tools/bench/requirements.in -o tools/bench/requirements.txt

clean:
	rm -rf $(VENV) dist
