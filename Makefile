# smartinst on Debian: needs make and python3 >= 3.11 with pip; root or sudo only if a system library is missing.
#
#   make setup    installs Pango if missing, .venv from the hashed lock, the package (editable)
#   make demo     setup, then sample reports in var/demo
#   make test     setup, the programs that tests need, then all tests, two at a time  (ARGS="-k plans")
#   make test-fast  setup, then the tests that start no program, kernel, browser or server
#   make lint     ruff (format and rules), mypy       make format   rewrite in place
#   make build    wheel and sdist in dist/, without a network
#   make lock     resolve pyproject.toml again        (ARGS=--upgrade for newer versions)
#   make bench    fold of charges compared with DuckDB  make lab    JupyterLab with the dashboards
#   make isolation       reports of fifty sellers together, none with data of another           (SELLERS=50)
#   make bench-delivery  reports of many sellers in one tick: reports per minute, CPU, memory    (SELLERS=200)
#   make bench-reports   reports a minute, beside Papermill and nbconvert                         (ARGS="--rounds 3")
#   make stress-runs     2,000 small runs that loop, hoard, crash, exit, kill; random kills       (ARGS="--runs 500")
#   make chaos           kills, bit flips, slow clients, naughty strings, hostile notebooks       (SIZE=20)
#   make bench-sellers   CPU of commands for one seller, with 10, 1,000 and 10,000 configured
#   make bench-compile   CPU of one report, by part                            (ARGS="--plans 50000 --rounds 1")
#   make bench-loan-book CPU of all figures of the loan book       (ARGS="--charges 1000000 --rounds 1")
#   make bench-forecast  errors of the forecast beside naive ones, on simulated sellers         (ARGS="--sellers growing")
#   make platform the platform's API on a loopback port, to try sync, act, webhooks (ARGS="--webhooks URL")
#   make clean    removes .venv, dist/, caches and var/demo; never other data

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.NOTPARALLEL:
.DEFAULT_GOAL := setup
.PHONY: setup demo test test-fast test-tools build lint format lock bench bench-compile bench-delivery bench-reports bench-sellers bench-forecast bench-loan-book stress-runs isolation chaos lab platform clean

PYTHON ?= python3
ARGS ?=
UV = .venv/bin/uv -q
LINTED = smartinst tests

# apt PACKAGES...: installs quietly; prints the output on failure, and the command to run if there are no rights.
define APT
apt() {
    local rights=() log
    command -v apt-get >/dev/null || { echo "make: not Debian; install yourself: $$*" >&2; return 1; }
    if [ "$$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "make: needs root; run: apt-get update && apt-get install -y $$*" >&2; return 1; }
        rights=(sudo)
    fi
    echo "make: installing $$*" >&2
    log=$$(mktemp)
    local get=("$${rights[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300)
    if "$${get[@]}" update >"$$log" 2>&1 </dev/null && "$${get[@]}" install --no-install-recommends "$$@" >>"$$log" 2>&1 </dev/null
    then rm "$$log"
    else cat "$$log" >&2; rm "$$log"; echo "make: failed: apt-get install -y $$*" >&2; return 1
    fi
}
endef

# Removes an incomplete .venv. pip installs uv from the lock by hash (Debian's pip refuses to install outside a venv).
define VENV
[ -z "$${HOME-}" ] || mkdir -p "$$HOME/.cache" 2>/dev/null || export UV_NO_CACHE=1
[ ! -e .venv/unfinished ] || rm -rf .venv
if ! .venv/bin/python -c '' 2>/dev/null || ! [ -x .venv/bin/uv ]; then
    $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: needs Python >= 3.11 as $(PYTHON); run: make PYTHON=python3.11" >&2; exit 1; }
    $(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "make: needs pip; run: apt-get install -y python3-pip" >&2; exit 1; }
    rm -rf .venv
    mkdir .venv
    touch .venv/unfinished
    $(PYTHON) -m venv --without-pip .venv
    awk '/^[^ ]/ { on = /^uv==/ } on' requirements.lock >.venv/uv.lock
    $(PYTHON) -m pip -qq --disable-pip-version-check --python .venv/bin/python install --require-hashes -r .venv/uv.lock
    rm .venv/unfinished
fi
endef

# Unpacks Postfix's smtp-sink instead of installing it: the package would start a mail server or replace another one.
define SINK
place=$$(mktemp -d)
download() { (cd "$$place" && apt-get -q download postfix) >"$$place/log" 2>&1; }
libraries() { dpkg-deb -f "$$place"/postfix_*.deb Depends | tr , '\n' | awk '$$1 ~ /^lib/ { print $$1 }'; }
download || { apt ca-certificates && download; } || { cat "$$place/log" >&2; rm -r "$$place"; exit 1; }
rm -rf .venv/postfix
dpkg-deb -x "$$place"/postfix_*.deb .venv/postfix
! LD_LIBRARY_PATH=.venv/postfix/usr/lib/postfix ldd .venv/postfix/usr/sbin/smtp-sink | grep -q 'not found' || apt $$(libraries)
rm -r "$$place"
touch .venv/postfix/complete
endef

# The stamp records the inputs of .venv, so that a moved checkout or a changed lock is noticed and a repeat is quick.
setup:
	@$(APT)
	$(PYTHON) -c 'from ctypes import CDLL; [CDLL(f"lib{name}.so.0") for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")]' \
	    2>/dev/null || apt libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
	wanted=$$(pwd; readlink -f "$$(command -v $(PYTHON))"; cat requirements.lock pyproject.toml | sha256sum)
	if [ -x .venv/bin/smartinst ] && [ ! -e .venv/unfinished ] && [ "$$(cat .venv/made-from 2>/dev/null)" = "$$wanted" ]; then exit 0; fi
	echo "make: setting up .venv" >&2
	[ "$$(head -n 2 .venv/made-from 2>/dev/null)" = "$$(head -n 2 <<<"$$wanted")" ] || rm -rf .venv
	$(VENV)
	touch .venv/unfinished
	UV_COMPILE_BYTECODE_TIMEOUT=600 $(UV) pip sync --python .venv/bin/python --require-hashes --compile-bytecode requirements.lock
	$(UV) pip install --python .venv/bin/python --no-deps --no-build-isolation --offline -e .
	.venv/bin/python -m compileall -q smartinst
	echo "$$wanted" >.venv/made-from
	rm .venv/unfinished

demo: setup
	@.venv/bin/smartinst demo

test-tools:
	@$(APT)
	missing=()
	command -v chromium >/dev/null || missing+=(chromium)
	command -v bwrap >/dev/null || missing+=(bubblewrap)
	command -v qpdf >/dev/null || missing+=(qpdf)
	command -v pdffonts >/dev/null || missing+=(poppler-utils)
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
	[ $${#missing[@]} = 0 ] || apt "$${missing[@]}"
	[ -x /usr/sbin/smtp-sink ] || [ -e .venv/postfix/complete ] || { $(SINK); }

# Two processes on two cores (a third one saves no time): with one thread each, Polars starts many
# small queries sooner.
test: setup test-tools
	@POLARS_MAX_THREADS=1 .venv/bin/pytest -n 2 --dist loadfile --durations=20 $(ARGS)

test-fast: setup
	@SMARTINST_TEST_SHARE=0.1 .venv/bin/pytest -n 3 --dist loadfile -m "not (process or kernel or browser or database or pdf or cluster)" $(ARGS)

build: setup
	@rm -rf dist
	.venv/bin/hatchling build

lint: setup
	@.venv/bin/ruff format --check $(LINTED)
	.venv/bin/ruff check $(LINTED)
	.venv/bin/mypy

format: setup
	@.venv/bin/ruff format $(LINTED)
	.venv/bin/ruff check --fix $(LINTED)

# The lock has hashes and no addresses, so any package index with these files will do.
lock:
	@$(VENV)
	lock="$(UV) pip compile --generate-hashes --universal --no-header --no-emit-index-url --no-emit-find-links $(ARGS)"
	$$lock pyproject.toml --group dev -o requirements.lock >/dev/null
	$$lock --group bench -o requirements-bench.lock >/dev/null
	! grep -nE '://|^-' requirements.lock requirements-bench.lock || { echo "make: a lock names an address" >&2; exit 1; }
	! grep -nE '^(numpy|pandas|pyarrow)==' requirements.lock || { echo "make: the set must stay free of these" >&2; exit 1; }

bench: setup
	@$(UV) pip install --python .venv/bin/python --require-hashes --no-deps -r requirements-bench.lock
	.venv/bin/python tests/bench/plan_fold.py

bench-delivery: setup
	@.venv/bin/python -m tests.bench.delivery $(SELLERS)

bench-reports: setup test-tools
	@.venv/bin/python -m tests.bench.reports $(ARGS)

bench-sellers: setup
	@.venv/bin/python -m tests.bench.sellers $(ARGS)

stress-runs: setup test-tools
	@.venv/bin/python -m tests.bench.stress_runs $(ARGS)

chaos: setup test-tools
	@SMARTINST_CHAOS=$(or $(SIZE),20) .venv/bin/pytest tests/chaos tests/intake/test_webhooks_killed.py tests/intake/test_sync_killed.py --durations=20 $(ARGS)

isolation: setup test-tools
	@SMARTINST_TEST_SELLERS=$(or $(SELLERS),50) .venv/bin/pytest tests/delivery/test_isolation.py $(ARGS)

bench-forecast: setup
	@.venv/bin/python -m tests.bench.forecast $(ARGS)

bench-loan-book: setup
	@.venv/bin/python -m tests.bench.loan_book $(ARGS)

bench-compile: setup
	@.venv/bin/python -m tests.bench.compile $(ARGS)

lab: setup
	@.venv/bin/smartinst lab

platform: setup
	@.venv/bin/python -m tests.support.fake_platform $(ARGS)

clean:
	@rm -rf .venv dist .pytest_cache .ruff_cache .mypy_cache .hypothesis var/demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
