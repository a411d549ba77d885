# Every target makes .venv first if it is missing or older than the lock; a second run costs nothing.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench soak install lock clean

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# a .venv that was moved here, or whose Python is gone, is made anew
$(shell test ! -e $(VENV)/.installed || { $(BIN)/python -c '' && test "$$(cat $(VENV)/.installed)" = "$(CURDIR)"; } \
    2>/dev/null || { rm -f $(VENV)/.installed; touch $(VENV)/.unfinished; })

help: ## list the targets
	@echo 'Schoolmark: make TARGET [ARGS="..."]'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## start everything on this machine and show a sample state; ARGS go to `schoolmark demo`
	@$(BIN)/schoolmark demo $(ARGS)

test: $(VENV)/.installed ## run the tests against a real broker and database; ARGS go to pytest
	@deploy/browser.sh
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.installed ## style, types and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed ## measure a line against this machine's floor; ARGS=--quick takes three minutes, else half an hour
	@$(BIN)/schoolmark bench $(ARGS)

soak: $(VENV)/.installed ## a larger sample under minutes of random faults, with figures; ARGS go to pytest
	@$(BIN)/python -m pytest -m soak -s $(ARGS)

install: $(VENV)/.installed ## make .venv only

lock: $(VENV)/.installed ## renew requirements.lock from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --universal --all-extras --generate-hashes --python-version 3.11 --upgrade \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.lock
	@! grep -nE '://|^ *--(index|extra-index|find)' requirements.lock

clean: ## remove .venv, .var (local servers' state) and caches
	@rm -rf $(VENV) .var build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: requirements.lock pyproject.toml deploy/install.sh
	@deploy/install.sh
