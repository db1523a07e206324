# Every target makes what it needs: Debian packages (as root, only those that are missing) and the virtual environment .venv.

VENV := .venv
PYTHON := $(VENV)/bin/python
NOX := $(VENV)/bin/nox --no-venv --session

.PHONY: demo demo-clean test unit live nightly fuzz lint bench clean help

help:
	@echo "make demo        a throw-away machine, from bare to a proved LLM workstation (root; kept for the next demo)"
	@echo "make demo-clean  delete the demo's machine"
	@echo "make test        everything: lint, types, unit, collection, wheel, browser, live machines (root)"
	@echo "make unit        unit tests only"
	@echo "make live        tests on throw-away machines only (root)"
	@echo "make nightly     those of many minutes too: runs cut off at random moments, power cuts inside roles (root)"
	@echo "make fuzz        100,000 random machines: no plan formats a disk that holds anything (about 10 minutes)"
	@echo "make lint        ruff, mypy, yamllint, ansible-lint"
	@echo "make bench       the scripts in benchmarks/"
	@echo "make clean       throw-away machines, their cache, .venv and build results"

demo: $(VENV)/.ready
	@$(PYTHON) -m tests.demo

demo-clean: $(VENV)/.ready
	@$(PYTHON) -m tests.targets rm demo

test: $(VENV)/.ready browser-packages
	@$(NOX) lint types yaml ansible_lint collection tests

unit: $(VENV)/.ready
	@$(NOX) unit

live: $(VENV)/.ready
	@$(NOX) live

nightly: $(VENV)/.ready compiler-packages
	@$(NOX) nightly

fuzz: $(VENV)/.ready
	@$(NOX) fuzz

lint: $(VENV)/.ready
	@$(NOX) lint types yaml ansible_lint

bench: $(VENV)/.ready compiler-packages
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@$(NOX) bench

clean:
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m tests.targets clean; fi
	rm -rf $(VENV) .nox .pytest_cache .mypy_cache .ruff_cache .ansible dist build

.PHONY: debian-packages
debian-packages:
	@sh tests/targets/install-debian-packages.sh

# Only `make test` looks at the HTML report with a browser.
.PHONY: browser-packages
browser-packages:
	@sh tests/targets/install-debian-packages.sh tests/browser/debian-packages.txt

# Only these build an engine.
.PHONY: compiler-packages
compiler-packages:
	@sh tests/targets/install-debian-packages.sh tests/live/debian-packages.txt

# Made anew when the dependencies change.
$(VENV)/.ready: pyproject.toml | debian-packages
	@echo "Making the virtual environment $(VENV)"
	@python3 -m venv --clear $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
