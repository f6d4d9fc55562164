//! The raw table of OTLP profiles (opentelemetry-proto 1.10, `profiles/v1development/profiles.proto`, a signal under development). Its rows
//! have no indices into a dictionary: each says what it means.

use super::super::{Column, Table, int, ints, json, text, time};
use super::{
    ATTRIBUTES, RECORD_ID, REDACTED, RESOURCE, SCHEMA_URL, SCOPE_ATTRIBUTES, SCOPE_NAME, SCOPE_VERSION, SERVICE_NAME, SERVICE_VERSION, SOURCE_ID,
    SYSTEM,
};

const STACK: Column = json(
    "stack",
    "JSON array of frames, innermost first: function, system_name, file, line, column, start_line, inlined (into the next frame), address (hex), \
     attributes, attribute_units, mapping (file), mapping_start, mapping_limit, mapping_offset (hex), mapping_attributes; what is not known is left out; \
     null without a stack",
);

/// A row is a sample.
pub static PROFILES: Table = Table {
    name: "profiles",
    row: "a sample of a profile",
    columns: &[
        RECORD_ID,
        time("time", "when its profile was collected (the beginning of the interval), else the first of its timestamps; null when neither is set"),
        int("duration_ns", "interval that its profile covers; 0 where it is a moment"),
        text("profile_id", "32 hex digits; null when absent or zero"),
        text("sample_type", "what the values count: cpu, samples, off_cpu, allocated_space, …"),
        text("sample_unit", "their unit: nanoseconds, count, bytes, …"),
        text("temporality", "delta | cumulative; only OTLP before 1.9 says it"),
        text("period_type", "what was counted between two samples: cpu, …"),
        text("period_unit", "its unit"),
        int("period", "how much of it lies between two samples; null when unset"),
        int("value", "sum of the values; the number of timestamps where there are no values (each stands for 1)"),
        ints("sample_values", "values as they were sent, one an observation (`values` is a word of SQL)"),
        ints("timestamps", "when each was observed, nanoseconds since the epoch; null where this is not said"),
        text("leaf", "function of the innermost frame; null where it has no name"),
        STACK,
        text("trace_id", "linked span: 32 hex digits; null when there is none"),
        text("span_id", "linked span: 16 hex digits; null when there is none"),
        json("attribute_units", "units of those attributes that have one, by key; null when none has"),
        json("profile_attributes", "attributes of its profile, in the form of `attributes`; null when there are none"),
        int("dropped_attributes_count", "attributes of its profile dropped by the sender"),
        text(
            "original_payload_format",
            "what its profile was converted from, where that was sent along: pprof, jfr, …; the payload itself is not kept",
        ),
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
    sort: &["time", "record_id"],
};
