# One development build serves `demo` and `test`: polars is heavy, and a newcomer waits for it once.
CARGO ?= cargo
LAKE  := target/demo-lake
BUILD := $(CARGO) build --workspace --all-targets --quiet
PEERS := target/peers
ENGINES := target/engines
THROUGHPUT := TRACEMILL_PEER=$(CURDIR)/$(PEERS)/release/peer TRACEMILL_PEER_PYTHON=$(CURDIR)/$(PEERS)/venv/bin/python target/release/throughput

.PHONY: demo test test-duckdb test-delta check check-page bench bench-attribution bench-instructions bench-peers bench-growth throughput fmt lint doc release clean

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

## The Delta logs of a lake as DuckDB, delta-rs and Spark read them, also while the lake is written to (needs Python and Java 17)
test-delta:
	@$(BUILD)
	@test -x $(ENGINES)/venv/bin/python || python3 -m venv $(ENGINES)/venv
	@$(ENGINES)/venv/bin/python -c 'import duckdb, duckdb_extension_delta, deltalake, pyspark, pyarrow' 2>/dev/null || \
		$(ENGINES)/venv/bin/pip install --quiet duckdb==1.5.5 duckdb-extensions==1.5.5 duckdb-extension-delta==1.5.5 deltalake==1.6.6 pyspark==4.3.0 pyarrow pandas
	TRACEMILL=target/debug/tracemill $(ENGINES)/venv/bin/python tests/peers/delta.py target/engines/delta data/sample/*

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

## For real use: optimised, about 16 minutes on two free cores
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

throughput: release
	$(CARGO) build --release -p tracemill-throughput

clean:
	$(CARGO) clean
