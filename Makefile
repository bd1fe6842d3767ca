# The same commands as in README.md, by name. PYTHON picks the interpreter the environment is made with.
PYTHON ?= python3
Q ?= 中国のAIコア産業の規模は？
BIN := .venv/bin

.PHONY: ask serve test lint eval bench clean

$(BIN)/reportqa: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -c constraints.txt -e '.[test]'
	touch $@

ask: $(BIN)/reportqa
	$(BIN)/reportqa ask "$(Q)"

serve: $(BIN)/reportqa
	$(BIN)/reportqa serve

lint: $(BIN)/reportqa
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest
	$(BIN)/reportqa eval gate --junit eval/results/gate.xml

# The first deck as shipped and, where the folder with the real files is at hand, its text export and other decks.
eval: $(BIN)/reportqa
	$(BIN)/reportqa eval
	[ ! -d ../shared/corpus ] || $(BIN)/reportqa --corpus ../shared/corpus eval
	[ ! -d ../shared/decks ] || $(BIN)/reportqa --corpus ../shared/decks eval eval/gold/second

bench: $(BIN)/reportqa
	$(BIN)/python bench/speed.py
	$(BIN)/python bench/quality.py

clean:
	rm -rf .venv index/CURRENT index/built-*
