# One definition of every check: people, pre-commit and CI call the same targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
RULES := lambda_alias_promotion_rules
SOURCES := handler console local macro $(RULES) benchmarks tests
TEMPLATES := template.yaml examples/*/*.yaml examples/*/*.json

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-zA-Z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(READY) ## release, promote and roll back on this machine, with no AWS account
	@$(BIN)/python -m local.demo

.PHONY: test
test: $(READY) ## run the tests that CI runs: all but those of `make e2e`
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not thorough" \
	    --cov --cov-report=term:skip-covered --cov-fail-under=100

.PHONY: e2e
e2e: $(READY) ## run the end-to-end tests that `make test` leaves out, and search for new examples
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "thorough or hypothesis" \
	    --hypothesis-profile searching

.PHONY: chaos
chaos: $(READY) ## break every call of every scenario, and look at what the aliases serve
	@$(BIN)/python -m tests.chaos

.PHONY: bench
bench: $(READY) ## measure the provider beside its floor and beside what people use instead
	@$(BIN)/python -m benchmarks $(ROWS)

.PHONY: fidelity
fidelity: $(READY) ## compare the engine and stock moto with AWS's recorded answers
	@$(BIN)/python -m tests.engine.fidelity

.PHONY: status
status: $(READY) ## where aliases stand in your account: make status FUNCTIONS="orders payments"
	@test -n "$(FUNCTIONS)" || { echo 'Name the functions: make status FUNCTIONS="orders payments"'; exit 2; }
	@$(BIN)/python -m handler status $(FUNCTIONS)

.PHONY: check
check: lint typecheck ## lint and typecheck

.PHONY: lint
lint: $(READY) ## ruff over the code, cfn-lint over every template
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/cfn-lint $(TEMPLATES) --append-rules $(RULES)

.PHONY: format
format: $(READY) ## write the code as ruff wants it
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

.PHONY: typecheck
typecheck: $(READY) ## mypy, strict
	@$(BIN)/mypy $(SOURCES)

.PHONY: build
build: $(READY) ## build the provider with sam
	@$(BIN)/sam build

.PHONY: deploy
deploy: build ## deploy the provider to your account with sam
	@$(BIN)/sam deploy

.PHONY: local
local: $(READY) ## run the local engine; MINUTE=2 makes a canary's minutes last 2 seconds
	@$(BIN)/python -m local $(if $(MINUTE),--minute $(MINUTE))

.PHONY: reference
reference: $(READY) ## write docs/reference.md from the schema
	@$(BIN)/python -m tests.documents.reference

.PHONY: lock
lock: $(READY) ## pin the dependencies anew, without hosts and URLs
	@for name in provider dev; do \
	    $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes \
	        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	        --output-file=requirements/$$name.txt requirements/$$name.in; \
	done

.PHONY: clean
clean: ## remove what the other targets made
	@rm -rf .venv .aws-sam .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

# The pip of Python 3.11 can't read a lock file without hosts where an index has two files of a
# version; this one can.
$(READY): requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: set PYTHON to it"; exit 1; }
	@echo "Installing the tools into .venv, about a minute ..."
	@"$(PYTHON)" -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check pip==26.3
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# What a cold start loads. Its byte code counts where the Python that builds is the runtime's, and is
# ignored elsewhere; in Lambda nothing could write it, and each start would compile anew.
POWERTOOLS := $(addprefix aws_lambda_powertools/,__init__.py package_logger.py exceptions logging metrics \
    shared tracing utilities/__init__.py utilities/jmespath_utils warnings)
LOADED := handler crhelper fastjsonschema jmespath typing_extensions.py $(POWERTOOLS)

# `sam build` calls this one, with ARTIFACTS_DIR set. Everything installed is pure Python: the
# artifact is the same whichever Python and architecture builds it.
.PHONY: build-ProviderFunction
build-ProviderFunction:
	@"$(PYTHON)" -m pip install --quiet --disable-pip-version-check --no-compile --only-binary=:all: \
	    --require-hashes --requirement requirements/provider.txt --target "$(ARTIFACTS_DIR)"
	@mkdir -p "$(ARTIFACTS_DIR)/handler"
	@cp $(filter-out handler/__main__.py,$(wildcard handler/*.py)) handler/schema.json \
	    "$(ARTIFACTS_DIR)/handler/"
	@rm -rf "$(ARTIFACTS_DIR)/bin"
	@PYTHONPATH="$(ARTIFACTS_DIR)" "$(PYTHON)" -B -m handler.schema "$(ARTIFACTS_DIR)/handler"
	@"$(PYTHON)" -m compileall -q --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" \
	    $(addprefix "$(ARTIFACTS_DIR)"/,$(LOADED))

# No dependency at all: what broke the provider must not break its last resort.
.PHONY: build-LastResortFunction
build-LastResortFunction:
	@mkdir -p "$(ARTIFACTS_DIR)/handler"
	@cp handler/__init__.py handler/last_resort.py handler/response_url.py "$(ARTIFACTS_DIR)/handler/"

# Python alone: a macro calls nothing.
.PHONY: build-MacroFunction
build-MacroFunction:
	@mkdir -p "$(ARTIFACTS_DIR)/macro"
	@cp macro/*.py "$(ARTIFACTS_DIR)/macro/"
