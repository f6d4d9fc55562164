//! The raw tables: spans, events, metrics as OTLP says them (opentelemetry-proto 1.10, `trace.proto`, `logs.proto`,
//! `metrics.proto`). Border: nothing here knows an agent.

mod profiles;

pub use profiles::PROFILES;

use super::{Column, Table, boolean, float, floats, int, ints, json, text, time};

const RECORD_ID: Column = text("record_id", "content hash of the record with its ordinal among equal records of its request; 32 hex digits");
const SOURCE_ID: Column = text("source_id", "one of the sources that held the record (see the ledger); 16 hex digits");
const SYSTEM: Column = text(
    "system",
    "what held the record: otlp | agent (its own file) | tempo | grafana | loki | prometheus; of one record told by several the richest stands",
);
const REDACTED: Column = text(
    "redacted",
    "what was replaced in the record before it was written, joined by commas: arguments | outputs | personal | prompts | secret | texts; null where nothing was",
);
const SERVICE_NAME: Column = text("service_name", "resource attribute service.name");
const SERVICE_VERSION: Column = text("service_version", "resource attribute service.version");
const SCOPE_NAME: Column = text("scope_name", "instrumentation scope: name");
const SCOPE_VERSION: Column = text("scope_version", "instrumentation scope: version");
const SCOPE_ATTRIBUTES: Column = json("scope_attributes", "instrumentation scope: attributes as JSON; null when it has none");
const SCHEMA_URL: Column = text("schema_url", "schema URL of the scope, else of the resource");
const ATTRIBUTES: Column = json("attributes", "attributes as JSON: keys sorted, OTLP types kept, a repeated key holds the array of its values");
const RESOURCE: Column = json("resource", "resource attributes as JSON, in the same form");

/// A row is a span.
pub static SPANS: Table = Table {
    name: "spans",
    row: "a span",
    columns: &[
        RECORD_ID,
        time("start_time", "start; null when unset or outside 2000–2100"),
        time("end_time", "end; null when unset or outside 2000–2100"),
        int("duration_ns", "end − start in nanoseconds (negative when the clock went back); null when either is unknown"),
        text("trace_id", "32 hex digits; null when absent or zero"),
        text("span_id", "16 hex digits; null when absent or zero"),
        text("parent_span_id", "16 hex digits; null for a root"),
        text("name", "span name"),
        text("kind", "unspecified | internal | server | client | producer | consumer, or the number of an unknown kind"),
        text("status", "unset | ok | error, or the number of an unknown code"),
        text("status_message", "status message"),
        text("trace_state", "W3C tracestate"),
        int("flags", "trace flags; 0 where absent"),
        json("links", "JSON array of links (trace_id, span_id, trace_state, attributes, flags, dropped_attributes_count); null when none"),
        int("dropped_attributes_count", "attributes dropped by the sender"),
        int("dropped_events_count", "span events dropped by the sender"),
        int("dropped_links_count", "links dropped by the sender"),
        SERVICE_NAME,
        SERVICE_VERSION,
        SCOPE_NAME,
        SCOPE_VERSION,
        SCOPE_ATTRIBUTES,
        SCHEMA_URL,
        ATTRIBUTES,
        RESOURCE,
        SOURCE_ID,
        SYSTEM,
        REDACTED,
        json(
            "truncated_attributes",
            "JSON array of the names of attributes, of the span, its events, links, scope or resource, that have the length at which the system \
             they were read from cuts, so that they may lack their end; null when none",
        ),
    ],
    sort: &["start_time", "end_time", "record_id"],
};

/// A row is a log record or a span event.
pub static EVENTS: Table = Table {
    name: "events",
    row: "a log record or a span event",
    columns: &[
        RECORD_ID,
        time("time", "when it happened: the record's own time, else its attribute event.timestamp, else the observed time"),
        time("observed_time", "when the collector or SDK saw it"),
        text("time_source", "where `time` came from: record | attribute | observed; null when there is none"),
        text("origin", "log | span_event"),
        text("event_name", "the event's real name: attribute event.name, else the record's own name"),
        text("record_name", "the record's own name (LogRecord.event_name, the span event's name) where `event_name` came from the attribute"),
        text("severity", "severity text"),
        int("severity_number", "severity number, 1–24"),
        json("body", "body as JSON; null when there is none"),
        text("trace_id", "32 hex digits; null when absent or zero"),
        text("span_id", "16 hex digits; null when absent or zero"),
        int("flags", "trace flags; 0 where absent"),
        int("dropped_attributes_count", "attributes dropped by the sender"),
        text("span_record_id", "span events: record_id of the span that carried it"),
        SERVICE_NAME,
        SERVICE_VERSION,
        SCOPE_NAME,
        SCOPE_VERSION,
        SCOPE_ATTRIBUTES,
        SCHEMA_URL,
        ATTRIBUTES,
        RESOURCE,
        SOURCE_ID,
        SYSTEM,
        REDACTED,
    ],
    sort: &["time", "observed_time", "record_id"],
};

/// A row is a metric data point.
pub static METRICS: Table = Table {
    name: "metrics",
    row: "a metric data point",
    columns: &[
        RECORD_ID,
        time("time", "time of the point"),
        time("start_time", "start of the interval; null when unset"),
        text("metric", "metric name"),
        text("description", "metric description"),
        text("type", "gauge | sum | histogram | exponential_histogram | summary"),
        text("unit", "unit (UCUM)"),
        text("temporality", "unspecified | delta | cumulative; null where the type has none"),
        boolean("monotonic", "sums only"),
        float("value", "gauge and sum: the value as a double, integers too"),
        int("value_int", "gauge and sum: the exact integer where the point is one"),
        int("count", "histograms and summaries: number of values; 0 where left out"),
        float("sum", "sum of the values"),
        float("min", "smallest value"),
        float("max", "largest value"),
        floats("bounds", "histogram: explicit upper bounds (inclusive)"),
        ints("bucket_counts", "histogram: counts, one more than bounds"),
        int("scale", "exponential histogram: scale"),
        int("zero_count", "exponential histogram: values in the zero bucket"),
        float("zero_threshold", "exponential histogram: width of the zero bucket"),
        int("positive_offset", "exponential histogram: index of the first positive bucket"),
        ints("positive_counts", "exponential histogram: positive buckets"),
        int("negative_offset", "exponential histogram: index of the first negative bucket"),
        ints("negative_counts", "exponential histogram: negative buckets"),
        json("quantiles", "summary: JSON array of {quantile, value}"),
        json("exemplars", "JSON array of exemplars (time_unix_nano, value, trace_id, span_id, filtered_attributes); null when none"),
        int("flags", "data point flags (1 = no recorded value); 0 where absent"),
        json("metadata", "metric metadata as JSON; null when none"),
        SERVICE_NAME,
        SERVICE_VERSION,
        SCOPE_NAME,
        SCOPE_VERSION,
        SCOPE_ATTRIBUTES,
        SCHEMA_URL,
        ATTRIBUTES,
        RESOURCE,
        SOURCE_ID,
        SYSTEM,
        REDACTED,
        text("series", "Prometheus: the series' name as the server has it, of which `metric` is the translation; null for OTLP"),
    ],
    sort: &["time", "record_id"],
};
