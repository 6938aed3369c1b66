# One way to run things. `make` alone lists the targets.

PYTHON := .venv-test/bin/python
COLAB_PYTHON := .venv-colab/bin/python
# Where the machine has no recent node, setup puts one into .venv-test.
export PATH := $(CURDIR)/.venv-test/bin:$(PATH)
# Arguments for pytest, such as PYTEST='-k tunnel'.
PYTEST ?=
# Most tests wait more than they work. A browser leaves an event loop running in its worker, so
# that tests with a loop of their own have runs apart from those in a browser.
AT_ONCE := --numprocesses 3 --dist worksteal
FAST := tests/architecture tests/unit
SMALL := $(FAST) tests/integration
# Where the packages of a notebook matter, and not Python alone (tests/architecture/test_gate.py).
OF_PACKAGES := $(addprefix tests/unit/,control kernel tunnels widgets test_report.py)
WITH_PACKAGES := $(addprefix tests/integration/,core kernel through tunnels) \
  $(wildcard tests/integration/test_*.py)
# Front ends that `make browsers` sets up have a target of their own.
BROWSER := tests/browser --ignore=tests/browser/front_ends
# Lines of the package that unit tests reach, in per cent: measured where all of them run.
COVERED := 50
COVERAGE = $(if $(PYTEST),,--cov=colabwidget --cov-report= --cov-fail-under=$(COVERED))
# Python 3.12 counts lines at no cost; an older one falls back to its tracer.
export COVERAGE_CORE := sysmon
# Else each of some thousand processes compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE

ifndef AT_THE_SAME_TIME
.NOTPARALLEL:
endif
.PHONY: help demo check test setup lint generate unit kaggle system browser slow machines js bench coverage dist docs program screenshots clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

demo: ## start JupyterLab with the example notebook
	@scripts/setup-demo.sh
	.venv/bin/python -m jupyterlab --no-browser --allow-root --ip=127.0.0.1 \
	  --ServerApp.root_dir=examples --LabApp.default_url=/lab/tree/connect.ipynb

test: checks ## set-up, checks and all tests but the slow ones
	$(PYTHON) -m pytest $(AT_ONCE) -m 'not slow' $(COVERAGE) $(FAST) $(PYTEST)
	$(PYTHON) -m pytest $(AT_ONCE) -m 'not slow' tests/integration $(PYTEST)
	$(PYTHON) -m pytest $(AT_ONCE) -m 'not slow' tests/system tests/machines $(BROWSER) $(PYTEST)
	@$(MAKE) --no-print-directory colab SUITES='$(OF_PACKAGES) $(WITH_PACKAGES)'

slow: setup ## tests that make test leaves out: long waits, floods, variants; a quarter of an hour or so
	@scripts/setup-clients.sh
	@scripts/setup-hub.sh
	$(PYTHON) -m pytest --numprocesses 2 --dist worksteal -m slow tests/unit tests/integration $(PYTEST)
	$(PYTHON) -m pytest --numprocesses 2 --dist worksteal -m slow tests/system $(BROWSER) $(PYTEST)
	@$(MAKE) --no-print-directory colab SUITES=tests/integration

machines: setup ## the main story on throw-away machines of all kinds: rights, homes, distributions
	@bash -c '. scripts/lib.sh && ensure_packages debootstrap:debootstrap'
	$(PYTHON) -m pytest --numprocesses 2 --dist worksteal tests/machines $(PYTEST)

.PHONY: browsers
browsers: setup ## the main story in each front end: VS Code's widget managers, Voila, marimo, ...
	@scripts/setup-browsers.sh
	$(PYTHON) -m pytest --numprocesses 2 --dist worksteal tests/browser/front_ends $(PYTEST)

check: checks ## what needs no machine: types, style, unit tests, the front end; in a minute or so
	$(PYTHON) -m pytest $(AT_ONCE) -m 'not slow' $(COVERAGE) $(FAST) $(PYTEST)
	@$(MAKE) --no-print-directory colab SUITES='$(OF_PACKAGES)'

.PHONY: checks
checks: setup
	@$(MAKE) --no-print-directory --jobs 2 --output-sync AT_THE_SAME_TIME=1 lint js

setup: ## install what the tests need; test, lint and the others do it by themselves
	@scripts/setup-tests.sh

lint: setup ## ruff and mypy
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

generate: setup ## write anew what is committed and made of other files: options, messages, pages, front end
	$(PYTHON) scripts/address.py
	$(PYTHON) scripts/options.py
	$(PYTHON) scripts/command_line.py
	$(PYTHON) scripts/python_reference.py
	$(PYTHON) scripts/protocol.py
	$(PYTHON) scripts/troubleshooting.py
	$(PYTHON) scripts/faults.py
	$(PYTHON) scripts/machines.py
	$(PYTHON) scripts/front_ends.py
	cd js && npm run --silent build

unit: setup ## tests without a machine of their own, with the newest packages and with Colab's
	$(PYTHON) -m pytest $(AT_ONCE) -m 'not slow' $(SMALL) $(PYTEST)
	@$(MAKE) --no-print-directory colab SUITES='$(SMALL)'

.PHONY: colab
colab:
	@if [ -x $(COLAB_PYTHON) ]; then \
	  echo "With Colab's packages:"; $(COLAB_PYTHON) -m pytest $(AT_ONCE) -m 'not slow' $(SUITES) $(PYTEST); \
	fi

kaggle: setup ## unit and integration tests with Kaggle's packages and Python 3.12
	@scripts/setup-kaggle.sh
	.venv-kaggle/bin/python -m pytest $(AT_ONCE) -m 'not slow' tests/unit tests/integration $(PYTEST)

system: setup ## tests on this machine: real sshd, apt, ...
	$(PYTHON) -m pytest $(AT_ONCE) tests/system $(PYTEST)

browser: setup ## tests in real notebooks and a real browser
	$(PYTHON) -m pytest $(AT_ONCE) $(BROWSER) $(PYTEST)

js: setup ## check, test and build the front end; the build must be the committed one
	cd js && npm run --silent check
	cd js && npm run --silent test
	scripts/check-front-end.sh

bench: setup ## run the benchmarks
	@missed=0; for script in benchmarks/*.py; do \
	  echo "$$script"; $(PYTHON) "$$script" || missed=1; \
	done; exit $$missed

coverage: setup ## which lines of the package the fast tests reach, as pages in htmlcov
	$(PYTHON) -m pytest --numprocesses 2 --dist worksteal -m 'not slow' --cov=colabwidget \
	  --cov-report=html --cov-report=xml --cov-report=term:skip-covered $(FAST) $(PYTEST)

docs: ## the pages in docs/ as a site in build/site; a link that leads nowhere ends it
	@scripts/setup-docs.sh
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/python -m mkdocs build --quiet --strict

dist: setup ## wheel, source archive, their contents and sums in dist/, from the commit; both tested
	@scripts/setup-dist.sh
	scripts/check-front-end.sh
	.venv-dist/bin/python scripts/dist.py
	COLABWIDGET_WHEEL=$$(echo $(CURDIR)/dist/*.whl) $(PYTHON) -m pytest tests/release $(PYTEST)

program: setup ## write dist/colabwidget.pyz: the user's end of SSH through a notebook's server
	$(PYTHON) scripts/program.py

screenshots: setup ## make the pictures in docs/images anew
	COLABWIDGET_PICTURES=docs/images $(PYTHON) -m pytest tests/browser/test_pictures.py \
	  tests/browser/test_tour.py

clean: ## remove what these targets made
	rm -rf .machines .venv .venv-test .venv-colab .venv-dist .venv-docs .venv-hub .venv-kaggle js/node_modules js/.types test-results \
	  tests/clients/npm/node_modules
	rm -rf .coverage coverage.xml htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info
	rm -rf .venv-lab3 .venv-marimo .venv-voila tests/clients/vscode/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
