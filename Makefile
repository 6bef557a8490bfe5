# Requires python3 (3.10 or later), pip and make. Everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# pip compiles the files that it installs, but not those of an editable install.
COMPILE := @$(BIN)/python -m compileall -q translator
# Tests run on this many cores.
JOBS ?= auto

DEMO := build/demo
EXAMPLE := examples/train/pipeline_v1.yaml

# A revision to compare conversion times with.
AGAINST ?=
# Seconds for each of the three targets of the fuzzer.
SECONDS ?= 1200

.PHONY: help demo test check golden bench fuzz wheel-test clean

help:
	@echo 'make demo        convert $(EXAMPLE) for Vertex AI and Kubeflow, and show a request'
	@echo 'make test        all tests, with the real SDKs on loopback'
	@echo 'make check       lint, formatting, types'
	@echo 'make golden      regenerate the expected outputs of the tests; then check `git diff`'
	@echo 'make bench       start-up, conversion time and memory, as ratios'
	@echo 'make fuzz        an hour of fuzzing'
	@echo 'make wheel-test  test the wheel, sdist, editable install and plain checkout'

# One stamp for each set of packages, so that a second run starts at once.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable .
	$(COMPILE)
	@touch $@

$(VENV)/.test: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo 'installing the packages that the tests need, both SDKs among them ...'
	$(INSTALL) --editable '.[test]'
	$(COMPILE)
	@touch $@ $(VENV)/.core

$(VENV)/.dev: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable '.[dev]'
	$(COMPILE)
	@touch $@ $(VENV)/.test $(VENV)/.core

$(VENV)/.fuzz: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable '.[fuzz]'
	$(COMPILE)
	@touch $@ $(VENV)/.test $(VENV)/.core

demo: $(VENV)/.core
	$(BIN)/translator inspect $(EXAMPLE)
	@echo
	$(BIN)/translator convert $(EXAMPLE) --to vertex -o $(DEMO)/vertex
	@echo
	$(BIN)/translator convert $(EXAMPLE) --to kubeflow -o $(DEMO)/kubeflow
	@echo
	$(BIN)/python $(DEMO)/vertex/main.py --project my-project --location us-central1 \
		--pipeline-root gs://my-bucket/pipelines --dry-run > $(DEMO)/request.json
	@echo
	@echo 'the first lines of the request; all of it is in $(DEMO)/request.json:'
	@head -n 24 $(DEMO)/request.json
	@echo '      ...'

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

golden: $(VENV)/.test
	$(BIN)/python -m pytest -n $(JOBS) --update-golden tests/test_golden.py
	git diff --stat -- tests/golden

bench: $(VENV)/.core
	$(BIN)/python bench/bench.py $(if $(AGAINST),--against $(AGAINST))

fuzz: $(VENV)/.fuzz
	$(BIN)/python -m tests.fuzz.fuzz --seconds $(SECONDS)

wheel-test: $(VENV)/.test
	$(BIN)/python -m pytest tests/packaging

clean:
	rm -rf build dist *.egg-info $(VENV)
