#!/bin/sh
# Fills corpus/<target>/ with small pieces of the samples in data/: whole lines, at most 32 kB of each file.
set -eu
cd "$(dirname "$0")"
data=../data
whole() { case $1 in *.gz) gzip -dc "$1" ;; *.zst) zstd -dcq "$1" ;; *) cat "$1" ;; esac; }
# target, file: its first bytes, cut behind a line where there is one
seed() {
    mkdir -p "corpus/$1"
    name=$(echo "$2" | tr '/' '-' | sed 's/^[.-]*//')
    whole "$2" 2>/dev/null | head -c 32768 > "corpus/$1/$name" || true
}
for file in $data/sample/*.jsonl* $data/agents/*/*/*.jsonl*; do [ -f "$file" ] && seed otlp_json "$file"; done
for file in $data/sample/*.pb* $data/languages/corners-*.pb $data/dumps/tempo/blocks/corners.pb; do seed otlp_protobuf "$file"; done
for file in $data/languages/*.pb; do seed frames "$file"; done
for file in $data/dumps/loki/*; do seed loki "$file"; done
for file in $data/dumps/tempo/*.gz $data/dumps/tempo/api/*; do seed tempo "$file"; done
mkdir -p corpus/tempo_block
for file in $data/dumps/tempo/blocks/*/data.parquet; do cp "$file" "corpus/tempo_block/$(echo "$file" | tr '/' '-' | sed 's/^[.-]*//')"; done
for file in $data/dumps/prometheus/*; do seed prometheus "$file"; done
for file in $data/dumps/agents/*; do seed agents "$file"; done
for file in $data/privacy/* $data/sample/*.jsonl; do [ -f "$file" ] && seed secrets "$file"; done
mkdir -p corpus/detect corpus/profiles corpus/lake_log corpus/dialect
for file in $data/sample/mcp-* $data/dumps/loki/page.json $data/dumps/prometheus/matrix.json; do head -c 4096 "$file" > "corpus/detect/$(basename "$file")"; done
printf '%s' '{"resourceProfiles":[{"scopeProfiles":[{"profiles":[{"sample":[{"value":[1]}]}]}]}],"dictionary":{"stringTable":["","a"]}}' > corpus/profiles/one.json
printf '%s' '{"number":1,"added":[{"table":"events","date":"2026-11-22","file":"events/date=2026-11-22/part-1.parquet","rows":1,"bytes":9}],"removed":[],"sources":[]}' > corpus/lake_log/one.json
cp ../crates/normalize/src/dialect/*.toml corpus/dialect/ 2>/dev/null || true
for language in logql:loki promql:prometheus traceql:tempo; do
    target=${language%%:*}
    mkdir -p "corpus/$target"
    zstd -dcq --long=27 "$data/languages/${language##*:}.jsonl.zst" | sed -n 's/.*"query":"\(\([^"\\]\|\\.\)*\)".*/\1/p' | sed 's/\\"/"/g; s/\\\\/\\/g' | sort -u |
        { n=0; while IFS= read -r query; do n=$((n + 1)); printf '%s' "$query" > "corpus/$target/$n"; done; }
done
