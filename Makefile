# One development build serves `demo` and `test`: polars is heavy, and a newcomer waits for it once.
CARGO ?= cargo
LAKE  := target/demo-lake
BUILD := $(CARGO) build --workspace --all-targets --quiet
PEERS := target/peers
ENGINES := target/engines
PYTHON := $(ENGINES)/venv/bin/python
# what the engines' tests run beside the program, from PyPI
WITH := duckdb==1.5.5 duckdb-extensions==1.5.5 duckdb-extension-delta==1.5.5 deltalake==1.6.6 pyspark==4.3.0 pyarrow==26.0.1 pandas==2.3.3 pytz==2026.6 boto3==1.44.8
THROUGHPUT := TRACEMILL_PEER=$(CURDIR)/$(PEERS)/release/peer TRACEMILL_PEER_PYTHON=$(CURDIR)/$(PEERS)/venv/bin/python target/release/throughput

.PHONY: demo engines test test-duckdb test-engines test-delta test-s3 test-workers bench-scale check check-page bench bench-attribution bench-instructions bench-peers bench-growth throughput fmt lint doc release clean

## Ingest the sample archive and print answers from it
demo:
	@echo "building (the first time takes some minutes) …"
	@$(BUILD)
	@rm -rf $(LAKE)
	@TRACEMILL=target/debug/tracemill LAKE=$(LAKE) sh data/demo.sh

## All tests
test:
	$(CARGO) test --workspace

## DuckDB's answers to data/sql/cases.sql, recorded anew and compared with those that the tests know (needs Python with duckdb)
test-duckdb:
	@$(BUILD)
	@rm -rf target/duckdb && mkdir -p target/duckdb
	@target/debug/tracemill ingest data/sample --lake target/duckdb/lake
	@target/debug/tracemill ingest data/agents --lake target/duckdb/agents
	python3 tests/peers/record_duckdb.py target/duckdb/lake target/duckdb/agents data/sql/cases.sql target/duckdb/answers.json
	cmp target/duckdb/answers.json data/sql/answers.json

engines:
	@test -x $(PYTHON) || python3 -m venv $(ENGINES)/venv
	@$(PYTHON) -c 'import boto3, duckdb, duckdb_extension_delta, deltalake, pandas, pyspark, pyarrow, pytz' 2>/dev/null || $(PYTHON) -m pip install --quiet $(WITH)

## Every report on the program, DuckDB and Spark, cell by cell (needs Python and Java; $$TRACEMILL_ENGINES_LAKE names one more lake)
test-engines: engines
	@$(BUILD)
	@rm -rf $(ENGINES)/sample $(ENGINES)/agents
	@target/debug/tracemill ingest data/sample --lake $(ENGINES)/sample
	@target/debug/tracemill ingest data/agents --lake $(ENGINES)/agents
	TRACEMILL=target/debug/tracemill $(PYTHON) tests/peers/engines.py \
		$(ENGINES)/sample $(ENGINES)/agents $(TRACEMILL_ENGINES_LAKE)

## Lakes and archives on a real S3-compatible server: $$AWS_ENDPOINT_URL's, with a bucket `lake` that is emptied, else one started here (Debian's Ceph, as root)
test-s3: engines
	$(CARGO) build --release
	sh tests/peers/with-s3.sh $(PYTHON) tests/peers/s3.py target/release/tracemill target/s3 $(or $(TRACEMILL_S3_ARCHIVE),data/sample)

## The Delta logs of a lake as DuckDB, delta-rs and Spark read them, also while the lake is written to (needs Python and Java 17)
test-delta: engines
	@$(BUILD)
	TRACEMILL=target/debug/tracemill $(PYTHON) tests/peers/delta.py target/engines/delta data/sample/*

## Workers that Spark starts, one killed on the way (docs/examples/spark_workers.py; needs Python and Java)
test-workers: engines
	@$(BUILD)
	$(PYTHON) tests/peers/workers.py target/debug/tracemill target/engines/workers data/sample

## What must hold on main: format, lints, tests, documentation
check: fmt-check lint test doc

## The pages in a real browser: no request, no error, nothing cut off, accessible (needs node and Chromium; $$CHROMIUM names another)
check-page:
	@$(BUILD)
	cd tests/page && npm ci --no-fund --no-audit
	@rm -rf target/pages && mkdir -p target/pages
	TRACEMILL=$(CURDIR)/target/debug/tracemill sh tests/page/pages.sh target/pages
	node tests/page/check.mjs --screenshots target/pages/screenshots target/pages/nights/index.html target/pages/nights/2026-11-23/index.html \
		target/pages/agents.html target/pages/empty.html target/pages/nights/2026-11-23/runs/*.html target/pages/flame.svg

fmt:
	$(CARGO) fmt --all

fmt-check:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet

## For real use: optimised, about 18 minutes on two free cores
release:
	$(CARGO) build --release

## Throughput and memory of each step on a generated archive
bench: throughput
	$(THROUGHPUT) steps

## What the share-out of the turns' time costs, in turns of several shapes
bench-attribution:
	$(CARGO) bench -p tracemill-normalize --bench attribution

## Instructions that the decoders need for a byte, beside those of benches/instructions.txt; fails above 5 % more (needs Valgrind)
bench-instructions:
	$(CARGO) bench -p tracemill-ingest --bench decoders

## The same work done by otlp2records, DuckDB and chDB, in turn on the same files; what cannot be had is left out
bench-peers: throughput
	-$(CARGO) build --release --manifest-path benches/peers/Cargo.toml --target-dir $(PEERS)
	-test -x $(PEERS)/venv/bin/python || python3 -m venv $(PEERS)/venv
	-$(PEERS)/venv/bin/python -c 'import duckdb' 2>/dev/null || $(PEERS)/venv/bin/pip install --quiet duckdb==2.0.1
	-$(PEERS)/venv/bin/python -c 'import chdb' 2>/dev/null || $(PEERS)/venv/bin/pip install --quiet chdb==4.4.0
	$(THROUGHPUT) peers

## How time and memory grow with an archive, and what odd shapes of one cost
bench-growth: throughput
	$(THROUGHPUT) growth

## What a night costs with one worker and with several, in a folder and on a store (as test-s3), and what that makes of a day of 10 TB: docs/scale.md
bench-scale: throughput
	rm -rf target/scale && mkdir -p target/scale
	TRACEMILL_BENCH_MB=$(or $(TRACEMILL_BENCH_MB),1000) target/release/throughput write made target/scale/made
	sh tests/peers/with-s3.sh python3 benches/scale/scale.py target/release/tracemill target/scale/made target/scale/work

throughput: release
	$(CARGO) build --release -p tracemill-throughput

clean:
	$(CARGO) clean
