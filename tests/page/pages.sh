#!/bin/sh
# Makes the pages that check.mjs looks at, from the samples, in the folder named. Run at the top of the project; TRACEMILL is the program.
set -eu
out=$1
"$TRACEMILL" nightly data/sample --lake "$out/sample" --out "$out/nights" --date 2026-11-23
"$TRACEMILL" ingest data/agents --lake "$out/agents"
"$TRACEMILL" page --lake "$out/agents" --date 2026-11-23 --output "$out/agents.html"
"$TRACEMILL" page --lake "$out/agents" --date 2020-01-01 --output "$out/empty.html"
"$TRACEMILL" flamegraph --lake "$out/sample" --output "$out/flame.svg"
