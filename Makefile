# The commands of the README. `make demo` and `make test` need Python 3.11 to 3.13 and a package index, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SNAKEMAKE := $(BIN)/python -m snakemake --cores all

.DEFAULT_GOAL := help
.PHONY: help demo paper test test-slurm lint format docs published pins bench gpu-check bench-gpu status targets clean

help: ## Show these commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/installed: requirements.txt
	@case "$$PWD" in *[{}]*) echo "Snakemake cannot work with braces in the name of a folder: rename one of $$PWD." >&2; exit 1; esac
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "Python 3.11 to 3.13 is needed; name one with: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	touch $@

demo: $(VENV)/installed ## Run the whole workflow on small data, in minutes, on a CPU.
	$(SNAKEMAKE) --configfile demo.yaml
	@echo
	@echo "Open results/demo/report.html in a browser. Tables: results/demo/tables, figures: results/demo/figures."
	@! grep -qs "No document was compiled" results/demo/logs/reproduction.log || \
	  echo "There is no PDF of the article for want of TeX (Debian: apt-get install texlive-latex-extra texlive-fonts-recommended)." \
	    "Then delete results/demo/paper/reproduction.pdf and run make demo again: it makes this file alone."

paper: $(VENV)/installed ## Run the whole paper (a GPU is needed in practice).
	$(SNAKEMAKE) --resources gpu=4

test: $(VENV)/installed ## Run all tests; what this machine cannot do is skipped with its reason.
	$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder --durations 40

test-slurm: $(VENV)/installed ## Run the workflow through a real single-node Slurm (root, Debian's slurm-wlm and munge).
	$(BIN)/python -m pytest tests/slurm

lint: $(VENV)/installed ## Check style and types of Python and Snakemake files.
	$(BIN)/ruff check workflow tests benchmarks
	$(BIN)/ruff format --check workflow tests benchmarks
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/python -m snakemake --lint
	$(BIN)/python -m mypy

format: $(VENV)/installed ## Bring Python and Snakemake files into shape.
	$(BIN)/ruff check --fix workflow tests benchmarks
	$(BIN)/ruff format workflow tests benchmarks
	$(BIN)/snakefmt Snakefile workflow/rules

docs: $(VENV)/installed ## Write docs/configuration.md from the schema, docs/inconsistencies.md from the printed values.
	PYTHONPATH=workflow $(BIN)/python -m gengap.config.reference
	PYTHONPATH=workflow $(BIN)/python -m gengap.exhibits.inconsistencies

published: $(VENV)/installed ## Make the published tables, figures and pages from their measurements; with RESULTS=<folder> add a run first.
	$(if $(RESULTS),PYTHONPATH=workflow $(BIN)/python -m gengap.publish $(RESULTS))
	$(SNAKEMAKE) --configfile docs/published/config.yaml
	PYTHONPATH=workflow $(BIN)/python -m gengap.report.published_page results/published docs/published README.md

pins: $(VENV)/installed ## Write requirements.txt and envs/gengap.yaml from pyproject.toml (needs uv).
	$(BIN)/python tests/environments.py

bench: $(VENV)/installed ## Measure speed against plain implementations on the CPU, into results/benchmarks.
	@for part in startup planning training random_matrices spectra minima; do \
	  PYTHONPATH=workflow $(BIN)/python -m benchmarks.$$part || exit; \
	done

gpu-check: $(VENV)/installed ## Check what is right on this machine's CUDA GPU, in about two minutes: one page.
	@PYTHONPATH=workflow $(BIN)/python -m benchmarks.gpu_check

PARTS ?= startup training paper
bench-gpu: $(VENV)/installed ## Measure training on a CUDA device; PARTS="training" and CASES="resnet56-64 vgg16-64" choose what.
	@for part in $(PARTS); do \
	  PYTHONPATH=workflow $(BIN)/python -m benchmarks.$$part --device cuda $(if $(CASES),--cases $(CASES)) $(BENCH) || exit; \
	done

status: $(VENV)/installed ## Show what is done, running, waiting and failed; WATCH=1 goes on showing it.
	@PYTHONPATH=workflow $(BIN)/python -m gengap.status $(if $(CONFIG),--configfile $(CONFIG)) $(if $(WATCH),--watch)

targets: $(VENV)/installed ## List what can be asked for: `snakemake --cores all <target>`.
	@$(SNAKEMAKE) --list-target-rules 2>/dev/null
	@echo "… and every file, for instance results/tables/table_5.tex"

clean: ## Remove the demo's results.
	rm -rf results/demo resources/demo
