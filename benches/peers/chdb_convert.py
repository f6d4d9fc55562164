"""Collector files, OTLP as JSON lines, into zstd Parquet with plain SQL in chDB (ClickHouse in a library): one table for spans, one for
records, one each for sums and histograms. Attributes become maps of text.

    chdb_convert.py OUT TRACES LOGS METRICS
"""

import pathlib
import sys

import chdb

VALUE = "Tuple(stringValue Nullable(String), intValue Nullable(String), boolValue Nullable(Bool), doubleValue Nullable(Float64))"
ATTRIBUTES = f"Array(Tuple(key String, value {VALUE}))"
RESOURCE = f"resource Tuple(attributes {ATTRIBUTES})"
EVENT = f"Tuple(timeUnixNano UInt64, name String, attributes {ATTRIBUTES})"
SPAN = f"""Tuple(traceId String, spanId String, parentSpanId String, name String, kind Int32, startTimeUnixNano UInt64,
    endTimeUnixNano UInt64, attributes {ATTRIBUTES}, events Array({EVENT}), status Tuple(message String, code Int32))"""
RECORD = f"""Tuple(timeUnixNano UInt64, observedTimeUnixNano UInt64, severityNumber Int32, severityText String, body {VALUE},
    attributes {ATTRIBUTES}, traceId String, spanId String, eventName String)"""
NUMBER = f"""Tuple(attributes {ATTRIBUTES}, startTimeUnixNano UInt64, timeUnixNano UInt64, asInt Nullable(Int64),
    asDouble Nullable(Float64))"""
BUCKETS = f"""Tuple(attributes {ATTRIBUTES}, startTimeUnixNano UInt64, timeUnixNano UInt64, count UInt64, sum Float64,
    bucketCounts Array(UInt64), explicitBounds Array(Float64), min Float64, max Float64)"""
METRIC = f"""Tuple(name String, unit String, sum Tuple(dataPoints Array({NUMBER}), aggregationTemporality Int32, isMonotonic Bool),
    histogram Tuple(dataPoints Array({BUCKETS}), aggregationTemporality Int32))"""
SETTINGS = """SETTINGS output_format_parquet_compression_method = 'zstd', input_format_skip_unknown_fields = 1,
    input_format_json_defaults_for_missing_elements_in_named_tuple = 1, input_format_json_ignore_unknown_keys_in_named_tuple = 1"""


def text_map(attributes, name="a"):
    value = (
        f"ifNull(coalesce({name}.value.stringValue, {name}.value.intValue, toString({name}.value.boolValue),"
        f" toString({name}.value.doubleValue)), '')"
    )
    keys = f"arrayMap({name} -> tupleElement({name}, 'key'), {attributes})"
    return f"mapFromArrays({keys}, arrayMap({name} -> {value}, {attributes}))"


def rows(file, plural, scopes, items, item):
    """Resource `r`, scope `s` and one item `i` a row."""
    kind = f"{plural} Array(Tuple({RESOURCE}, {scopes} Array(Tuple(scope Tuple(name String), {items} Array({item})))))"
    return f"""FROM file('{file}', JSONEachRow, '{kind}')
        ARRAY JOIN {plural} AS r ARRAY JOIN r.{scopes} AS s ARRAY JOIN s.{items} AS i"""


def main(out, traces, logs, metrics):
    folder = pathlib.Path(out)
    folder.mkdir(parents=True)

    def write(statement, table):
        chdb.query(f"INSERT INTO FUNCTION file('{folder}/{table}.parquet', Parquet) {statement} {SETTINGS}")

    resource = f"resource['service.name'] AS service_name, {text_map('r.resource.attributes')} AS resource"
    events = f"arrayMap(e -> tuple(e.timeUnixNano, e.name, {text_map('e.attributes', 'b')}), i.events) AS events"
    write(
        f"""SELECT i.traceId AS trace_id, i.spanId AS span_id, i.parentSpanId AS parent_span_id, i.name AS name, i.kind AS kind,
            i.startTimeUnixNano AS start_ns, i.endTimeUnixNano AS end_ns, i.status.code AS status_code, i.status.message AS status_message,
            s.scope.name AS scope, {resource}, {text_map('i.attributes')} AS attributes, {events}
        {rows(traces, 'resourceSpans', 'scopeSpans', 'spans', SPAN)}""",
        "spans",
    )
    write(
        f"""SELECT i.timeUnixNano AS time_ns, i.observedTimeUnixNano AS observed_ns, i.severityNumber AS severity_number,
            i.severityText AS severity_text, i.body.stringValue AS body, i.eventName AS event_name, i.traceId AS trace_id,
            i.spanId AS span_id, s.scope.name AS scope, {resource}, {text_map('i.attributes')} AS attributes
        {rows(logs, 'resourceLogs', 'scopeLogs', 'logRecords', RECORD)}""",
        "records",
    )
    points = rows(metrics, "resourceMetrics", "scopeMetrics", "metrics", METRIC)
    point = f"p.startTimeUnixNano AS start_ns, p.timeUnixNano AS time_ns, {text_map('p.attributes')} AS attributes"
    write(
        f"""SELECT {resource}, i.name AS name, i.unit AS unit, i.sum.aggregationTemporality AS temporality,
            ifNull(p.asDouble, toFloat64(p.asInt)) AS value, {point} {points} ARRAY JOIN i.sum.dataPoints AS p""",
        "sums",
    )
    write(
        f"""SELECT {resource}, i.name AS name, i.unit AS unit, i.histogram.aggregationTemporality AS temporality, p.count AS count,
            p.sum AS sum, p.min AS min, p.max AS max, p.bucketCounts AS bucket_counts, p.explicitBounds AS explicit_bounds, {point}
        {points} ARRAY JOIN i.histogram.dataPoints AS p""",
        "histograms",
    )


main(*sys.argv[1:])
