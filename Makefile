# A convenience for developers; `python3 manage.py up` and `python3 manage.py test` need no make.

PYTHON ?= python3
BIN = .venv/bin
SCRATCH = /tmp/cloudbox-check-$(shell id -u)
# Also what needs programs that .ci/run installs.
ALL = -o norecursedirs='.* var'

.DEFAULT_GOAL := help
.PHONY: help setup up test check lint types imports schema templates dependencies delivery format requirements \
        slow soak attacks faults e2e bench messages screenshots

help: ## Explain all of this
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /\1\t/' | sort | \
	  while IFS="$$(printf '\t')" read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

setup: ## Make or repair .venv, with what tests and checks need
	@$(PYTHON) manage.py setup

up: ## Start CloudBox (python3 manage.py up)
	@$(PYTHON) manage.py up

test: ## Run the proofs at a small size, some minutes (python3 manage.py test)
	@$(PYTHON) manage.py test

check: lint types imports schema templates dependencies delivery ## Everything that can be said without running the tests

lint: setup ## ruff and codespell
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: setup ## mypy --strict
	$(BIN)/mypy --strict .

imports: setup ## import-linter: imports form a tree
	@$(BIN)/lint-imports --no-cache > .lint-imports.log || { cat .lint-imports.log; rm .lint-imports.log; exit 1; }
	@rm .lint-imports.log

schema: setup ## Models and migrations agree, and docs/openapi.yaml says what the code does
	CLOUDBOX_DATA=$(SCRATCH) $(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py spectacular --validate --fail-on-warn --file /dev/null
	$(PYTHON) manage.py describe --check

templates: setup ## djlint
	$(BIN)/djlint --quiet --lint templates

dependencies: setup ## deptry: what is imported is required, what is required is used
	$(BIN)/deptry .

delivery: setup ## Dockerfile, compose file and workflows are what their readers expect
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.dev.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet .github

format: setup ## Let ruff format and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

requirements: setup ## Compile requirements/*.in into hashed *.txt
	for name in uv base embedded dev; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

slow: ## The full numbers, with node, npm, unzip and 7z; writes docs/reports/slow.md
	@$(PYTHON) manage.py test --report slow $(ALL)

soak: ## Hours; writes docs/reports/soak.md
	@$(PYTHON) manage.py test --report soak

attacks: ## What somebody hostile would try, over HTTP
	@$(PYTHON) manage.py test tests/attacks

faults: ## Kills, full disks, lost connections
	@$(PYTHON) manage.py test $(ALL) tests/faults

e2e: ## Real clients, a browser, nginx and Caddy, ffmpeg, unzip and 7z
	@$(PYTHON) manage.py test $(ALL) tests/e2e tests/assets/media

messages: setup ## Bring the catalogues in locale/ up to date (python3 manage.py messages)
	@$(PYTHON) manage.py messages

screenshots: setup ## A picture of every page in docs/screenshots/, with Chromium
	$(BIN)/python -m tests.screenshots

bench: setup ## What is measured, against which peer
	$(BIN)/python -m benchmarks
