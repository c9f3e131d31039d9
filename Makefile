# What people run. Each target is idempotent and says in one line what it lacks; the work is in tools/.
#   make PYTHON=python3.12 ...   another Python (3.10 to 3.12)
#   ODOO_HOME, ODOO_GIT          where Odoo 17.0's source is, or comes from
#   PGHOST, PGPORT, PGUSER, PGPASSWORD   an existing PostgreSQL instead of a private one

SHELL := /bin/bash
PYTHON ?= $(shell for name in python3.11 python3.12 python3.10 python3; do \
	$$name -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$name && break; done)
VENV_PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help python setup setup-without-browser demo test test-unit test-e2e bench chaos lint stop clean

help: ## Say what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

python:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.10 to 3.12 on the PATH: install Python 3.11," \
		"e.g. \`apt-get install python3.11 python3.11-venv\`, or name one with \`make PYTHON=/path/to/python3.11 ...\`" >&2; exit 1; }

setup: python ## Virtual environment, requirements, Chromium, Odoo's source
	@$(PYTHON) -m tools.setup

setup-without-browser: python
	@$(PYTHON) -m tools.setup --no-browser

demo: setup-without-browser ## Odoo with the four apps, demo data, partner simulators, one order gone all the way (HTTP_PORT=8069)
	@HTTP_PORT="$(HTTP_PORT)" $(VENV_PYTHON) -m tools.demo

test: setup ## Every test; ends with one line "N passed, N failed, N skipped"
	@$(VENV_PYTHON) -m tools.run_tests all

test-unit: setup ## One addon's tests: MODULE=logistics_orchestration, K=name narrows it
	@$(VENV_PYTHON) -m tools.run_tests unit --module "$(MODULE)" --keyword "$(K)"

test-e2e: setup ## The end-to-end tests alone
	@$(VENV_PYTHON) -m tools.run_tests e2e

bench: setup-without-browser ## Figures of the backbone beside its peers' (QUICK=1 for a short form, ONLY=row,row)
	@$(VENV_PYTHON) -m tools.bench $(if $(QUICK),--quick) $(if $(ONLY),--only "$(ONLY)") $(if $(WRITE),--write)

chaos: setup-without-browser ## Processes killed at random under load, failures at every step (KILLS=1000 SEED=...)
	@$(VENV_PYTHON) -m tools.chaos $(if $(KILLS),--kills "$(KILLS)") $(if $(SEED),--seed "$(SEED)")

lint: setup-without-browser ## ruff, pylint-odoo, file sizes
	@$(VENV_PYTHON) -m tools.lint

stop: ## Stop the demo and the private PostgreSQL servers
	@if [ -x $(VENV_PYTHON) ]; then $(VENV_PYTHON) -m tools.stop; else echo "nothing was set up here"; fi

clean: ## Stop everything and remove what the suite keeps here: demo, tests, databases, virtual environment
	@if [ -x $(VENV_PYTHON) ]; then $(VENV_PYTHON) -m tools.stop --remove; fi
	@rm -rf .venv .local .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
