# Two commands do everything: `make demo` and `make test`. Both can be repeated.
.PHONY: demo test test-slow lint docs setup clean
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

help:
	@echo "make demo       train, prove and build a bitstream, in one go"
	@echo "make test       formatting, types, imports, then the test suite"
	@echo "make test-slow  the long proofs and builds as well"
	@echo "make docs       the pages, in build/docs"

demo: $(STAMP)
	$(BIN)/gatewright demo

test: lint
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: lint
	$(BIN)/python -m pytest -n 2

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The variable keeps a note about the theme's own future out of the output.
docs: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "build/docs/index.html"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "gatewright needs Python 3.11 or newer: install python3, or set PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "gatewright needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) -c 'import platform; print(platform.python_version())'): set PYTHON=/path/to/python3.11."; exit 1; }
	@command -v c++ >/dev/null || { echo "gatewright needs a C++ compiler for its simulator: install g++ (Debian: apt install g++)."; exit 1; }
	@echo "Making $(VENV) (several hundred megabytes the first time) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "The virtual environment cannot be made: install python3-venv (Debian: apt install python3-venv), and check the free space."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]" || { echo "The packages cannot be installed: the network or the package index may be out of reach; the lines above say which package failed. Run make again."; exit 1; }
	@touch $(STAMP)

clean:
	rm -rf $(VENV) build dist
