#!/bin/sh
# The main job on the sample archive: ingest it, then ask. `make demo` sets TRACEMILL (the program) and LAKE (a new folder).
set -eu

ask() {
    printf '\n$ tracemill'
    for word in "$@"; do
        case $word in *" "*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    TRACEMILL_LAKE=$LAKE "$TRACEMILL" "$@"
}

ask ingest data/sample
ask tokens --by model
ask sql "SELECT tool_name, calls, failed, reported_ok_failed FROM (SELECT tool_name, COUNT(*) AS calls, COUNT(*) FILTER (WHERE outcome = 'failed') AS failed, COUNT(*) FILTER (WHERE outcome = 'failed' AND reported_success) AS reported_ok_failed FROM tool_calls GROUP BY tool_name) AS t WHERE failed > 0 ORDER BY failed DESC, tool_name"
ask models
ask cost --by model
ask tools
ask failures --conversation 01a2045b-27e0-7b30-b5cd-9db8494004d1
ask mcp
ask latency
ask startup
ask approvals --by tool,decision,decision_source,outcome
ask errors --by error_type,http_status
ask show 01a20458-76fe
ask conversations
ask turns
printf '\nThe lake is in %s; any Parquet reader opens it.\n' "$LAKE"
