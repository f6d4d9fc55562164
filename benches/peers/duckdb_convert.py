"""Collector files, OTLP as JSON lines, into zstd Parquet with plain SQL in DuckDB: one table for spans, one for records, one each for
sums and histograms. Attributes become lists of keys and texts: Codex sends some keys twice in a span, which a MAP refuses.

    duckdb_convert.py OUT TRACES LOGS METRICS
"""

import pathlib
import sys

import duckdb

VALUE = "STRUCT(stringValue VARCHAR, intValue VARCHAR, boolValue BOOLEAN, doubleValue DOUBLE)"
ATTRIBUTES = f'STRUCT("key" VARCHAR, "value" {VALUE})[]'
RESOURCE = f"resource STRUCT(attributes {ATTRIBUTES})"
EVENT = f"STRUCT(timeUnixNano UBIGINT, name VARCHAR, attributes {ATTRIBUTES})"
SPAN = f"""STRUCT(traceId VARCHAR, spanId VARCHAR, parentSpanId VARCHAR, name VARCHAR, kind INTEGER, startTimeUnixNano UBIGINT,
    endTimeUnixNano UBIGINT, attributes {ATTRIBUTES}, events {EVENT}[], status STRUCT(message VARCHAR, code INTEGER))"""
RECORD = f"""STRUCT(timeUnixNano UBIGINT, observedTimeUnixNano UBIGINT, severityNumber INTEGER, severityText VARCHAR, body {VALUE},
    attributes {ATTRIBUTES}, traceId VARCHAR, spanId VARCHAR, eventName VARCHAR)"""
NUMBER = f"STRUCT(attributes {ATTRIBUTES}, startTimeUnixNano UBIGINT, timeUnixNano UBIGINT, asInt BIGINT, asDouble DOUBLE)"
BUCKETS = f"""STRUCT(attributes {ATTRIBUTES}, startTimeUnixNano UBIGINT, timeUnixNano UBIGINT, "count" UBIGINT, "sum" DOUBLE,
    bucketCounts UBIGINT[], explicitBounds DOUBLE[], "min" DOUBLE, "max" DOUBLE)"""
METRIC = f"""STRUCT(name VARCHAR, unit VARCHAR, "sum" STRUCT(dataPoints {NUMBER}[], aggregationTemporality INTEGER, isMonotonic BOOLEAN),
    histogram STRUCT(dataPoints {BUCKETS}[], aggregationTemporality INTEGER))"""


def texts(attributes):
    value = "coalesce(a.value.stringValue, a.value.intValue, a.value.boolValue::VARCHAR, a.value.doubleValue::VARCHAR)"
    return f"list_transform({attributes}, lambda a: {{'key': a.key, 'value': {value}}})"


def rows(file, plural, scopes, items, item):
    """Resource attributes, scope and one item a row."""
    kind = f"STRUCT({RESOURCE}, {scopes} STRUCT(scope STRUCT(name VARCHAR), {items} {item}[])[])[]"
    return f"""WITH resources AS (
        SELECT unnest({plural}) AS r FROM read_json('{file}', format = 'newline_delimited', columns = {{'{plural}': '{kind}'}},
            maximum_object_size = 67108864)),
    scopes AS (SELECT {texts('r.resource.attributes')} AS resource, unnest(r.{scopes}) AS s FROM resources),
    items AS (SELECT resource, list_filter(resource, lambda a: a.key = 'service.name')[1].value AS service_name, s.scope.name AS scope,
        unnest(s.{items}) AS i FROM scopes)"""


def main(out, traces, logs, metrics):
    folder = pathlib.Path(out)
    folder.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute(f"SET temp_directory = '{folder}/spill'")

    def write(statement, table):
        connection.execute(f"COPY ({statement}) TO '{folder}/{table}.parquet' (FORMAT parquet, COMPRESSION zstd)")

    events = f"list_transform(i.events, lambda e: {{'time': e.timeUnixNano, 'name': e.name, 'attributes': {texts('e.attributes')}}})"
    write(
        f"""{rows(traces, 'resourceSpans', 'scopeSpans', 'spans', SPAN)}
        SELECT i.traceId AS trace_id, i.spanId AS span_id, i.parentSpanId AS parent_span_id, i.name AS name, i.kind AS kind,
            i.startTimeUnixNano AS start_ns, i.endTimeUnixNano AS end_ns, i.status.code AS status_code, i.status.message AS status_message,
            scope, service_name, resource, {texts('i.attributes')} AS attributes, {events} AS events FROM items""",
        "spans",
    )
    write(
        f"""{rows(logs, 'resourceLogs', 'scopeLogs', 'logRecords', RECORD)}
        SELECT i.timeUnixNano AS time_ns, i.observedTimeUnixNano AS observed_ns, i.severityNumber AS severity_number,
            i.severityText AS severity_text, i.body.stringValue AS body, i.eventName AS event_name, i.traceId AS trace_id,
            i.spanId AS span_id, scope, service_name, resource, {texts('i.attributes')} AS attributes FROM items""",
        "records",
    )
    # parsed once for both kinds
    connection.execute(f"CREATE TEMP TABLE metrics AS {rows(metrics, 'resourceMetrics', 'scopeMetrics', 'metrics', METRIC)} SELECT * FROM items")
    point = f"p.startTimeUnixNano AS start_ns, p.timeUnixNano AS time_ns, {texts('p.attributes')} AS attributes"
    write(
        f"""SELECT service_name, resource, i.name AS name, i.unit AS unit, i.sum.aggregationTemporality AS temporality,
            coalesce(p.asDouble, p.asInt::DOUBLE) AS value, {point}
        FROM (SELECT *, unnest(i.sum.dataPoints) AS p FROM metrics)""",
        "sums",
    )
    write(
        f"""SELECT service_name, resource, i.name AS name, i.unit AS unit, i.histogram.aggregationTemporality AS temporality,
            p.count AS count, p.sum AS sum, p.min AS min, p.max AS max, p.bucketCounts AS bucket_counts,
            p.explicitBounds AS explicit_bounds, {point}
        FROM (SELECT *, unnest(i.histogram.dataPoints) AS p FROM metrics)""",
        "histograms",
    )


main(*sys.argv[1:])
