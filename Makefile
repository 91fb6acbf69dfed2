# Two commands: `make run` and `make test`. `make help` lists the rest. Needs Python 3.11 to 3.13 and GNU make 3.81.

PYTHON ?= python3
NB ?= 07
PROFILE ?= standard

UV_VERSION := 0.13.8
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.complete

# Of nbgrader the course uses what takes solutions out; its menus want a grading server, so JupyterLab leaves them away.
LAB_SETTINGS := {"disabledExtensions": {"@jupyter/nbgrader": true}}

# Without byte code every kernel would compile TensorFlow again (12 s instead of 2).
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help run lab test test-offline test-browser test-bare bench workshop slides site
.PHONY: colab publish clean lock environment

help:
	@echo "make run  [NB=07|all] [PROFILE=quick|standard|full]   execute a notebook and print its verdict table"
	@echo "make lab                                              open JupyterLab on the notebooks"
	@echo "make test                                             lint, unit tests, every notebook twice in quick"
	@echo "make test-offline                                     the notebooks that use downloads, without them"
	@echo "make bench  [NB=07]                                   what imports, data, steps and input take (all notebooks)"
	@echo "make test-browser                                     the site and the notebooks' controls, in Chromium"
	@echo "make site                                             a gallery of the notebooks in build/site, to be read offline"
	@echo "make test-bare [NB=07|all]                            a notebook alone in fresh environments (downloads 2 GB)"
	@echo "make workshop                                         student and instructor editions in build/workshop"
	@echo "make slides [NB=07|all]                               slides of the instructor edition, without a network"
	@echo "make environment                                      only create the environment in .venv"
	@echo "authors: make publish NB=07 [PROFILE=standard|full]   execute in place, measure, update the results and README"
	@echo "         make colab REPO=owner/name                   where the notebooks and their badges find the course"
	@echo "         make lock                                    pin the dependencies again"
	@echo "         make clean                                   remove what runs and tests leave behind"
	@echo "Another Python: make test PYTHON=python3.12"

run: $(READY)
	@$(PY) -m helpers.course.run "$(NB)" --profile "$(PROFILE)"

lab: $(READY)
	@$(PY) -m jupyterlab notebooks

test: $(READY)
	@$(PY) -m helpers.course.suite

test-offline: $(READY)
	@$(PY) -m helpers.course.suite --offline

bench: $(READY)
	@$(PY) -m helpers.course.bench "$(if $(filter file,$(origin NB)),all,$(NB))"

test-browser: $(READY)
	@$(PY) -m pytest -m browser -rs --durations 5 tests/browser

site: $(READY)
	@$(PY) -m helpers.course.site

test-bare: $(READY)
	@$(PY) -m pytest -m bare -s tests/test_bare_copy.py --notebook "$(NB)"

workshop: $(READY)
	@$(PY) -m helpers.course.editions

slides: $(READY)
	@$(PY) -m helpers.course.slides "$(NB)"

colab: $(READY)
	@$(PY) -m helpers.course.colab "$(REPO)"

publish: $(READY)
	@$(PY) -m helpers.course.publish "$(NB)" --profile "$(PROFILE)"

clean:
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis notebooks/.ipynb_checkpoints
	find helpers tests -name __pycache__ -prune -exec rm -rf {} +

lock: $(READY)
	@$(VENV)/bin/uv pip compile pyproject.toml --output-file requirements.lock --extra dev --universal \
	  --fork-strategy fewest --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet
	@$(PY) -m helpers.course.environment

environment: $(READY)

# The stamp is written last and removed first: an environment whose making was interrupted is made anew.
# uv reads neither pip.conf nor PIP_*; where those name an index, or uv fails, pip installs the same pins.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "error: Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is `$(PYTHON) --version 2>&1`. Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "error: $(PYTHON) cannot make environments. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@if [ ! -e $@ ]; then echo "making the environment in $(VENV)"; $(PYTHON) -m venv --clear $(VENV); fi
	@rm -f $@
	@$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || \
	  echo "note: uv could not be installed; pip does the work, which takes longer"
	@echo "installing the packages pinned in requirements.lock"
	@if $(PY) -m pip config list | grep -Eq '(^|[.])(index-url|no-index)='; then false; \
	 else $(VENV)/bin/uv pip install --quiet --python $(PY) --compile-bytecode -r requirements.lock && \
	      $(VENV)/bin/uv pip install --quiet --python $(PY) --no-deps --editable .; fi || { \
	  echo "note: installing with pip instead of uv"; \
	  $(PY) -m pip install --quiet --disable-pip-version-check -r requirements.lock && \
	  $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --editable .; }
	@mkdir -p $(VENV)/etc/jupyter/labconfig && echo '$(LAB_SETTINGS)' > $(VENV)/etc/jupyter/labconfig/page_config.json
	@rm -f $(VENV)/etc/jupyter/jupyter_server_config.d/nbgrader.json
	@touch $@
