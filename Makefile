# Everything a fresh machine needs is Python 3.11 to 3.13 and make.
PYTHON ?= python3
BIN := .venv/bin
OUT ?= out
MINUTES ?= 10
LINT ?= --recipe small

.PHONY: help setup demo test slow fuzz check format lint-all bench bench-quick docs pictures lock clean

help:            ## what there is
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: .venv/.ready    ## virtual environment with locked versions

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Grader needs Python 3.11 to 3.13: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@# TensorFlow without bytecode costs 14 s of CPU at every import instead of 6.
	$(BIN)/python -m compileall -q -j 0 grader
	touch $@

demo: setup      ## grade a sample class; writes out/
	@# Exit code 1 says that some of the class failed, which is the point of the sample.
	$(BIN)/grader grade mnist_dense examples/class --sandbox any --cell-seconds 45 \
	  --format terminal --format html --format json --format csv --output $(OUT)/demo || test $$? -eq 1
	@echo "Open $(OUT)/demo/index.html for the class, or one student's feedback beside it."

test: setup      ## the fast tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup

slow: setup      ## the slow tests
	$(BIN)/python -m pytest -m slow -n 2 --dist loadgroup

fuzz: setup      ## coverage-guided fuzzing of everything that reads what students send; MINUTES=60 for longer
	$(BIN)/python tests/fuzz/run.py all $$(( $(MINUTES) * 60 ))

check: setup     ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup    ## reformat
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint-all: setup  ## right and wrong answers of every assignment; writes docs/assignments.md
	$(BIN)/grader lint --all $(LINT) --sandbox any --table docs/assignments.md

attacks: setup   ## hostile inputs at every level of isolation, as an ordinary user; writes docs/security.md
	PYTHONPATH=tests $(BIN)/python -m attacks.table docs/security.md

bench: setup     ## ratios, measured in one run
	$(BIN)/python -m benchmarks.run

bench-quick: setup   ## the same with tiny classes
	$(BIN)/python -m benchmarks.run --quick

docs: setup      ## the documentation site; writes out/docs, and fails at any warning
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs $(OUT)/docs
	@echo "Open $(OUT)/docs/index.html."

pictures: setup  ## the pictures of the documentation, from real runs; needs chromium
	GRADER_PICTURES=$(CURDIR)/docs/pictures $(BIN)/python -m pytest -m slow tests/end_to_end/test_new_course.py

lock:            ## resolve the versions again
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade --output-file requirements.lock

clean:           ## everything that make made
	rm -rf .venv .peers out .grader .mypy_cache .ruff_cache .pytest_cache .hypothesis
