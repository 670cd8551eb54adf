# Wardmote. `make` alone prints what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
ARGS ?=
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
TRAINING := services/classification/training
SCHOOL := .cache/training
PARTS := libs/kernel libs/contracts libs/rules libs/runtime deploy/local services/intake services/classification services/case-management services/notification services/tenancy services/console
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUNBUFFERED := 1

.PHONY: help
help: ## Print this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# --- Use it ---------------------------------------------------------------------------------------------------------

.PHONY: run
run: $(VENV)/.run ## Run Wardmote with two demo councils, in the foreground; Ctrl-C stops it
	@$(BIN)/wardmote local run $(ARGS)

.PHONY: up
up: $(VENV)/.run ## The same in the background; returns when everything is ready
	@$(BIN)/wardmote local up $(ARGS)

.PHONY: down
down: $(VENV)/.run ## Stop what `make up` started; the data stays
	@$(BIN)/wardmote local down $(ARGS)

.PHONY: status
status: $(VENV)/.run ## Addresses, demo councils, keys and sign-ins (ARGS=--json for programs)
	@$(BIN)/wardmote local status $(ARGS)

.PHONY: logs
logs: $(VENV)/.run ## What the services say (ARGS="intake --follow")
	@$(BIN)/wardmote local logs $(ARGS)

.PHONY: demo
demo: $(VENV)/.run ## Send six realistic reports to both demo councils and print what became of them
	@$(BIN)/wardmote local demo $(ARGS)

.PHONY: latency
latency: $(VENV)/.run ## Measure from report accepted to case visible, over 200 reports on the running stack
	@$(BIN)/wardmote local latency $(ARGS)

# --- Prove it -------------------------------------------------------------------------------------------------------

.PHONY: test
test: $(VENV)/.dev ## Lint, types, unit, contract, structure and integration tests, on a real Kafka and PostgreSQL
	@$(BIN)/python scripts/run_tests.py $(ARGS)

.PHONY: e2e
e2e: $(VENV)/.dev ## The whole stack and a real browser (needs Chromium)
	@$(BIN)/python -m pytest tests/e2e tests/accessibility $(ARGS)

.PHONY: losses
losses: $(VENV)/.dev ## What plain faust loses on a real Kafka, and that our consumer and the test oracle lose nothing
	@$(BIN)/python -m pytest tests/chaos/losses -q $(ARGS)

.PHONY: chaos
chaos: $(VENV)/.dev ## Faults under load, one by one and in pairs, and what they broke (ARGS=--quick)
	@$(BIN)/python -m tests.chaos $(ARGS)

.PHONY: load
load: $(VENV)/.dev ## Measure the whole stack under load beside the machine's own limit (ARGS=--quick: three minutes)
	@$(BIN)/python -m tests.load $(ARGS)

.PHONY: evaluate
evaluate: $(VENV)/.dev ## Score the shipped model on what it never read: one table (DATA=folder of the data sets, ARGS=another model's folder)
	@PYTHONPATH=$(TRAINING) $(BIN)/python -m wardmote_training.evaluate $(DATA) $(ARGS)

# --- Work on it -----------------------------------------------------------------------------------------------------

.PHONY: install
install: $(VENV)/.dev ## Make the developer's environment in .venv

.PHONY: format
format: $(VENV)/.dev ## Put the code in its one form
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix .

.PHONY: protos
protos: $(VENV)/.dev ## Write the stubs and the topic catalogue from protos/
	@$(BIN)/python scripts/generate_contracts.py

.PHONY: protos-publish
protos-publish: $(VENV)/.dev ## Take the present schemas as published: from now on they may only grow
	@$(BIN)/buf breaking protos --against protos/baseline.binpb && $(BIN)/buf build protos -o protos/baseline.binpb

.PHONY: reference
reference: $(VENV)/.dev ## Write docs/reference from the code: settings, topics, RPCs, routes, metrics
	@$(BIN)/python scripts/write_reference.py

.PHONY: lock
lock: $(VENV)/.dev ## Write the hashed locks of Python packages and of Kafka's jars
	@$(BIN)/python scripts/lock.py && $(BIN)/python scripts/lock_kafka.py

.PHONY: train
train: export PYTHONPATH := $(TRAINING):services/classification/src:libs/kernel/src:libs/rules/src
train: $(SCHOOL)/.ready ## Train the line model into var/model (two hours on two cores; DATA=folder of the data sets)
	@$(SCHOOL)/bin/python -m wardmote_training.base $(SCHOOL)/base
	@$(SCHOOL)/bin/python -m wardmote_training all --data $(DATA) --base $(SCHOOL)/base/all-mpnet-base-v2 --out var/model $(ARGS)

.PHONY: hard-pairs
hard-pairs: $(VENV)/.dev ## Write docs/hard-pairs.md: what the shipped model says of ten hard pairs
	@PYTHONPATH=$(TRAINING) $(BIN)/python -m wardmote_training.hard_pairs docs/hard-pairs.md

.PHONY: assets
assets: ## Build the console's styles and scripts from npm packages (needs Node; the result is committed)
	@services/console/assets/build.sh

.PHONY: clean
clean: ## Remove .venv, caches and the local stack's data
	@rm -rf $(VENV) .cache var

# --- Install --------------------------------------------------------------------------------------------------------

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Wardmote needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say where a newer one is: make PYTHON=/path/to/python3.11 …")'
	@echo "install  making .venv"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet uv==$(UV_VERSION)

$(VENV)/.run: $(BIN)/uv requirements/run.txt $(addsuffix /pyproject.toml,$(PARTS))
	@echo "install  $$(grep -c '^[a-z].*==' requirements/run.txt) packages, each checked against requirements/run.txt"
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes -r requirements/run.txt
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation $(addprefix -e ,$(PARTS))
	@touch $@

$(SCHOOL)/.ready: $(BIN)/uv requirements/training.txt
	@echo "install  $$(grep -c '^[a-z].*==' requirements/training.txt) packages for training, each checked against requirements/training.txt"
	@$(PYTHON) -m venv $(SCHOOL)
	@$(BIN)/uv pip install --python $(SCHOOL)/bin/python --quiet --require-hashes -r requirements/training.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt libs/testkit/pyproject.toml
	@echo "install  $$(grep -c '^[a-z].*==' requirements/dev.txt) packages for development, each checked against requirements/dev.txt"
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes -r requirements/dev.txt
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation -e libs/testkit
	@touch $@
