# Everything that is done with a checkout. Needs python3 (3.11 or newer) and make; the rest goes into .venv from the lock.
#   make demo                       the whole way on a built-in mail server, nothing left behind
#   make test                       lint, format, types, architecture, all tests
#   make evaluate CORPUS=folder     how well mails are judged and facts found; SHOW=1 lists what is not right,
#                                   BLIND=1 measures on the part that nothing was made on
#   make stories CORPUS=folder      whole stories through the daemon on a real server
#   make letters CORPUS=file.jsonl  what is wrong with the letters, and how alike they are
#   make history                    what history costs in a mailbox of 100,000 mails
#   make faults                     every fault at every I/O step, counted by kind; then random lives, at length
#   make coverage                   lines and branches of life, store, mailbox and outgoing that the tests reach
#   make fuzz                       changed mails and answers of servers, COUNT of each
#   make load                       500 rejections at once, 50 accounts, 300 rejections among 100,000 mails
#   make bench                      what the claims of speed and memory rest on

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.lock-installed

.DEFAULT_GOAL := test
.PHONY: demo test lint types evaluate stories letters history faults coverage fuzz load bench schema lock servers clean

demo: $(STAMP)
	@$(BIN)/responder demo

test: $(STAMP) servers lint types
	@$(BIN)/pytest -n auto --dist loadscope

lint: $(STAMP)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(STAMP)
	@$(BIN)/mypy

evaluate: $(STAMP)
	@$(BIN)/python benchmarks/evaluate.py $(CORPUS) $(if $(BLIND),--blind) $(if $(SHOW),--show)

stories: $(STAMP) servers
	@$(BIN)/python benchmarks/stories_server.py $(CORPUS)

letters: $(STAMP)
	@$(BIN)/python benchmarks/letters.py $(CORPUS)

history: $(STAMP) servers
	@$(BIN)/python benchmarks/history.py

faults: $(STAMP) servers
	@PYTHONPATH=tests $(BIN)/python -m faults
	@LIVES=$${LIVES:-1000} $(BIN)/pytest tests/rounds/test_lives.py

# Each of the four holds 95 % of lines and branches together, and no file less than 92 %
coverage: $(STAMP) servers
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n auto --dist loadscope tests/life tests/store tests/mailbox tests/outgoing tests/rounds tests/faults
	@$(BIN)/coverage combine -q && $(BIN)/coverage json -q -o .coverage.json
	@$(BIN)/python .ci/coverage .coverage.json

fuzz: $(STAMP)
	@cd benchmarks && $(CURDIR)/$(BIN)/python fuzz_answers.py $${COUNT:-20000} && $(CURDIR)/$(BIN)/python fuzz_reading.py $${COUNT:-20000}

load: $(STAMP) servers
	@$(BIN)/python benchmarks/load.py

bench: $(STAMP)
	@for file in start memory judging; do $(BIN)/python benchmarks/$$file.py || exit 1; done

# What is generated, and held to its source by a test
schema: $(STAMP)
	@$(BIN)/python -c "import json; from responder import config; print(json.dumps(config.schema(), indent=2, ensure_ascii=False))" > config.schema.new
	@mv config.schema.new responder/config.schema.json

lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group dev pyproject.toml --output-file requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh .ci/venv
	@touch $(STAMP)

servers:
	@sh .ci/servers

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
