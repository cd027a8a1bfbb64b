# Roundsman: `make help` lists what you can do.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadgroup $(if $(ONLY),-m $(ONLY))

.PHONY: help demo run test check fmt bench lock clean

help:  ## Show this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

.venv/runtime: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/development: requirements-dev.txt .venv/runtime
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.env:
	@cp .env.example .env && echo "Wrote .env from .env.example: settings for this machine."

demo: .venv/runtime .env  ## Set up everything, load demo data, and walk through the payment-route backfill
	@LOG_LEVEL=WARNING $(MANAGE) demo

run: .venv/runtime .env  ## Serve the admin and the API with a background worker (Ctrl-C stops both)
	@$(MANAGE) run

test: .venv/development  ## Run everything on SQLite and on PostgreSQL; ONLY=routes runs one part
	@$(MAKE) --no-print-directory check
	@echo "== Tests on SQLite"
	@$(PYTEST)
	@echo "== Tests on PostgreSQL"
	@$(BIN)/python -m tests.postgres $(PYTEST)

check: .venv/development  ## Lint, types, import floors, migrations, deploy settings
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m tests.floors
	@$(BIN)/python -m tests.environment manage.py makemigrations --check --dry-run --verbosity 0
	@$(BIN)/python -m tests.environment -m mypy --no-error-summary accounts operations routes billing subscriptions cashback

fmt: .venv/development  ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: .venv/development  ## Measure the engine against bare SQL and the ORM on PostgreSQL
	@TEST_SHARED_BUFFERS=$${TEST_SHARED_BUFFERS:-quarter} $(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench $(ARGS)

lock: .venv/development  ## Resolve the dependencies of pyproject.toml anew and lock them with hashes
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.txt

clean:  ## Remove the environment, the demo database and all caches
	@rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis
