PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := PYTHONPATH=tests $(BIN)/python -m tools


.PHONY: demo test test-fast e2e soak bench lint lint-manifests release format lock clean

$(VENV)/ready: tests/requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(VENV)/ready ## Two real clusters, and the whole story
	@PATH=$(CURDIR)/$(BIN):$$PATH $(TOOLS).demo

test: $(VENV)/ready ## Everything, real clusters included
	@cd tests && ../$(BIN)/python -m support.cluster >/dev/null
	@cd tests && ../$(BIN)/python -m support.cluster 1.35 >/dev/null
	$(BIN)/pytest -q --ignore=tests/e2e

test-fast: $(VENV)/ready ## What needs no cluster and no patience
	$(BIN)/pytest -q -m "not cluster and not slow" --ignore=tests/e2e

e2e: $(VENV)/ready ## The real Metacontroller, where its binary is at hand
	$(BIN)/pytest -q -rs tests/e2e

soak: $(VENV)/ready ## Ten minutes of renewals, for clients that run all the time
	$(BIN)/pytest -q -rs tests/e2e/soak.py

bench: $(VENV)/bench ## docs/benchmark.md, with the figures of this machine
	$(TOOLS).bench

$(VENV)/bench: $(VENV)/ready tools/bench/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tools/bench/requirements.txt
	touch $@

lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy lib hooks cli tests tools

lint-manifests: $(VENV)/ready ## kube-score, built by Go
	$(TOOLS).lint_manifests

release: $(VENV)/ready ## dist/: install.yaml, the wheel, kubemcsa as one file, checksums
	rm -rf dist
	$(TOOLS).release dist

format: $(VENV)/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs uv; --universal makes one list for every platform.
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
