# Everything runs in .venv, which the first target makes; nothing installed elsewhere is used.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_STAMP := $(VENV)/.installed-demo
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH

define MAKE_VENV
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "voicelive needs Python 3.10 or newer, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12 ...")'
$(PYTHON) -m venv $(VENV)
endef

.PHONY: demo test test-all lint format docs sync bench bench-quick guard contract soak fuzz fuzz-server official clean install

install: $(STAMP)

# What the demo needs is a small part of what the tests need; whoever only wants to hear it shall not wait for the rest.
$(DEMO_STAMP): pyproject.toml
	$(MAKE_VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cli,emulator,picows]'
	touch $@

$(STAMP): pyproject.toml
	$(MAKE_VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@if command -v npm >/dev/null; then \
		mkdir -p $(VENV)/js && cp tests/clients/js/package.json tests/clients/js/package-lock.json $(VENV)/js/ \
		&& npm ci --prefix $(VENV)/js --silent --no-audit --no-fund \
		|| { rm -rf $(VENV)/js; echo "the JavaScript SDK could not be installed; its tests are skipped"; }; \
	else echo "npm is not here; the tests with the JavaScript SDK are skipped"; fi
	touch $@ $(DEMO_STAMP)

demo: $(DEMO_STAMP) ## a spoken conversation with the local server; ARGS="--wav question.wav" asks another question
	$(BIN)/voicelive demo $(ARGS)

test: $(STAMP) ## on up to eight processors; a test of its own: .venv/bin/python -m pytest tests/test_x.py
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal --cov --cov-report=term $(ARGS)

test-all: ## the tests on every supported Python that is present
	@for version in 3.10 3.11 3.12 3.13; do \
		if python$$version -c pass 2>/dev/null; then \
			echo "=== Python $$version"; \
			$(MAKE) --no-print-directory test PYTHON=python$$version VENV=.venv-$$version ARGS="--no-cov $(ARGS)" || exit 1; \
		else \
			echo "=== Python $$version is not here"; \
		fi; \
	done

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/typing
	$(BIN)/mypy examples
	$(BIN)/python tools/check_docs.py
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-cache

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP) ## the documentation site, into site/; a warning is an error
	$(BIN)/zensical build --strict --clean

sync: $(STAMP) ## the blocking facade, made from the asynchronous one
	$(BIN)/python tools/make_sync.py

bench: $(STAMP) ## everything beside its rivals, under ten minutes; the report goes to benchmarks/results
	$(BIN)/python -m benchmarks --out benchmarks/results $(ARGS)

bench-quick: $(STAMP) ## the same in short, under a minute and a half
	$(BIN)/python -m benchmarks --quick $(ARGS)

guard: $(STAMP) ## instruction counts of the hot paths, by valgrind; ARGS="--write" keeps them
	$(BIN)/python -m benchmarks.guard $(ARGS)

soak: $(STAMP) ## ten simulated hours of conversation; ARGS="1" for one
	$(BIN)/python tests/soak.py $(ARGS)

contract: $(STAMP) ## every adapter carries 100,000 frames each way at once
	VOICELIVE_CONTRACT_FRAMES=100000 $(BIN)/python -m pytest tests/transports/test_contract.py -k whole_and_in_order --timeout 600 $(ARGS)

fuzz: $(STAMP) ## coverage-guided fuzzing of the codec and the state, ten minutes; ARGS="-max_total_time=60" for one
	$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris
	mkdir -p build/fuzz
	$(BIN)/python tests/fuzz/fuzz_codec.py -max_total_time=600 -max_len=4096 $(ARGS) build/fuzz tests/fuzz/seeds

fuzz-server: $(STAMP) ## random clients against the local server, ten minutes; ARGS="--seconds 60 --seed 7" for one, from another client on
	$(BIN)/python tests/fuzz/fuzz_server.py $(ARGS)

official: $(STAMP) ## the official SDK's own unit tests against this package; fetches its source distribution
	$(BIN)/python tests/official_suite.py

clean:
	rm -rf .venv .venv-3.* .coverage* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .cache site dist build
