//! The messages of OTLP (opentelemetry-proto 1.10), as a table: names, numbers and types of their fields. It is written anew here and not taken from
//! the program, whose decoders it is held against.

use Kind::{Bool, Bytes, Double, Enum, Fixed32, Fixed64, Id, Int, Signed, Text, Uint, Zigzag};

/// A message.
#[derive(Debug)]
pub struct Message {
    pub name: &'static str,
    pub fields: &'static [Field],
}

/// A field of a message.
#[derive(Debug)]
pub struct Field {
    /// Name in JSON.
    pub name: &'static str,
    pub number: u32,
    pub kind: Kind,
    pub list: bool,
    /// Whether it is one of the message's oneof, of which the last counts.
    pub oneof: bool,
}

/// The type of a field.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    Bytes,
    /// An id of so many bytes, in hex.
    Id(usize),
    Double,
    Bool,
    Fixed64,
    Fixed32,
    /// `sfixed64`.
    Signed,
    /// `uint32` and `uint64`.
    Uint,
    /// `int64`.
    Int,
    /// `sint32`.
    Zigzag,
    /// By the prefix of its names and the rest of them, from zero on.
    Enum(&'static str, &'static [&'static str]),
    Message(&'static Message),
}

impl Message {
    /// The field of a name, in either spelling.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name || name.contains('_') && snake(field.name) == name)
    }

    /// Whether it is one of these.
    pub fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name)
    }
}

/// A name as Protobuf's files have it.
pub fn snake(camel: &str) -> String {
    camel.chars().flat_map(|c| c.is_ascii_uppercase().then_some('_').into_iter().chain([c.to_ascii_lowercase()])).collect()
}

const fn one(name: &'static str, number: u32, kind: Kind) -> Field {
    Field { name, number, kind, list: false, oneof: false }
}

const fn list(name: &'static str, number: u32, kind: Kind) -> Field {
    Field { name, number, kind, list: true, oneof: false }
}

const fn either(name: &'static str, number: u32, kind: Kind) -> Field {
    Field { name, number, kind, list: false, oneof: true }
}

macro_rules! messages {
    ($($name:ident $text:literal: $($field:expr),+;)+) => {
        $(pub static $name: Message = Message { name: $text, fields: &[$($field),+] };)+
    };
}

const TEMPORALITY: Kind = Enum("AGGREGATION_TEMPORALITY_", &["UNSPECIFIED", "DELTA", "CUMULATIVE"]);
const SEVERITY: Kind = Enum(
    "SEVERITY_NUMBER_",
    &["UNSPECIFIED", "TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4", "INFO", "INFO2", "INFO3", "INFO4", "WARN"],
);

messages! {
    REQUEST "Request": list("resourceSpans", 1, Kind::Message(&RESOURCE_SPANS)), list("resourceLogs", 1, Kind::Message(&RESOURCE_LOGS)),
        list("resourceMetrics", 1, Kind::Message(&RESOURCE_METRICS));
    RESOURCE_SPANS "ResourceSpans": one("resource", 1, Kind::Message(&RESOURCE)), list("scopeSpans", 2, Kind::Message(&SCOPE_SPANS)), one("schemaUrl", 3, Text);
    RESOURCE_LOGS "ResourceLogs": one("resource", 1, Kind::Message(&RESOURCE)), list("scopeLogs", 2, Kind::Message(&SCOPE_LOGS)), one("schemaUrl", 3, Text);
    RESOURCE_METRICS "ResourceMetrics": one("resource", 1, Kind::Message(&RESOURCE)), list("scopeMetrics", 2, Kind::Message(&SCOPE_METRICS)), one("schemaUrl", 3, Text);
    SCOPE_SPANS "ScopeSpans": one("scope", 1, Kind::Message(&SCOPE)), list("spans", 2, Kind::Message(&SPAN)), one("schemaUrl", 3, Text);
    SCOPE_LOGS "ScopeLogs": one("scope", 1, Kind::Message(&SCOPE)), list("logRecords", 2, Kind::Message(&LOG_RECORD)), one("schemaUrl", 3, Text);
    SCOPE_METRICS "ScopeMetrics": one("scope", 1, Kind::Message(&SCOPE)), list("metrics", 2, Kind::Message(&METRIC)), one("schemaUrl", 3, Text);
    RESOURCE "Resource": list("attributes", 1, Kind::Message(&KEY_VALUE)), one("droppedAttributesCount", 2, Uint);
    SCOPE "Scope": one("name", 1, Text), one("version", 2, Text), list("attributes", 3, Kind::Message(&KEY_VALUE)), one("droppedAttributesCount", 4, Uint);
    KEY_VALUE "KeyValue": one("key", 1, Text), one("value", 2, Kind::Message(&ANY_VALUE));
    ANY_VALUE "AnyValue": either("stringValue", 1, Text), either("boolValue", 2, Bool), either("intValue", 3, Int), either("doubleValue", 4, Double),
        either("arrayValue", 5, Kind::Message(&ARRAY_VALUE)), either("kvlistValue", 6, Kind::Message(&KEY_VALUE_LIST)), either("bytesValue", 7, Bytes);
    ARRAY_VALUE "ArrayValue": list("values", 1, Kind::Message(&ANY_VALUE));
    KEY_VALUE_LIST "KeyValueList": list("values", 1, Kind::Message(&KEY_VALUE));
    SPAN "Span": one("traceId", 1, Id(16)), one("spanId", 2, Id(8)), one("traceState", 3, Text), one("parentSpanId", 4, Id(8)), one("flags", 16, Fixed32),
        one("name", 5, Text), one("kind", 6, Enum("SPAN_KIND_", &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"])),
        one("startTimeUnixNano", 7, Fixed64), one("endTimeUnixNano", 8, Fixed64), list("attributes", 9, Kind::Message(&KEY_VALUE)),
        one("droppedAttributesCount", 10, Uint), list("events", 11, Kind::Message(&EVENT)), one("droppedEventsCount", 12, Uint),
        list("links", 13, Kind::Message(&LINK)), one("droppedLinksCount", 14, Uint), one("status", 15, Kind::Message(&STATUS));
    EVENT "Event": one("timeUnixNano", 1, Fixed64), one("name", 2, Text), list("attributes", 3, Kind::Message(&KEY_VALUE)), one("droppedAttributesCount", 4, Uint);
    LINK "Link": one("traceId", 1, Id(16)), one("spanId", 2, Id(8)), one("traceState", 3, Text), list("attributes", 4, Kind::Message(&KEY_VALUE)),
        one("droppedAttributesCount", 5, Uint), one("flags", 6, Fixed32);
    STATUS "Status": one("message", 2, Text), one("code", 3, Enum("STATUS_CODE_", &["UNSET", "OK", "ERROR"]));
    LOG_RECORD "LogRecord": one("timeUnixNano", 1, Fixed64), one("observedTimeUnixNano", 11, Fixed64), one("severityNumber", 2, SEVERITY),
        one("severityText", 3, Text), one("body", 5, Kind::Message(&ANY_VALUE)), list("attributes", 6, Kind::Message(&KEY_VALUE)), one("droppedAttributesCount", 7, Uint),
        one("flags", 8, Fixed32), one("traceId", 9, Id(16)), one("spanId", 10, Id(8)), one("eventName", 12, Text);
    METRIC "Metric": one("name", 1, Text), one("description", 2, Text), one("unit", 3, Text), either("gauge", 5, Kind::Message(&GAUGE)),
        either("sum", 7, Kind::Message(&SUM)), either("histogram", 9, Kind::Message(&HISTOGRAM)),
        either("exponentialHistogram", 10, Kind::Message(&EXPONENTIAL)), either("summary", 11, Kind::Message(&SUMMARY)), list("metadata", 12, Kind::Message(&KEY_VALUE));
    GAUGE "Gauge": list("dataPoints", 1, Kind::Message(&NUMBER_POINT));
    SUM "Sum": list("dataPoints", 1, Kind::Message(&NUMBER_POINT)), one("aggregationTemporality", 2, TEMPORALITY), one("isMonotonic", 3, Bool);
    HISTOGRAM "Histogram": list("dataPoints", 1, Kind::Message(&HISTOGRAM_POINT)), one("aggregationTemporality", 2, TEMPORALITY);
    EXPONENTIAL "ExponentialHistogram": list("dataPoints", 1, Kind::Message(&EXPONENTIAL_POINT)), one("aggregationTemporality", 2, TEMPORALITY);
    SUMMARY "Summary": list("dataPoints", 1, Kind::Message(&SUMMARY_POINT));
    NUMBER_POINT "NumberDataPoint": list("attributes", 7, Kind::Message(&KEY_VALUE)), one("startTimeUnixNano", 2, Fixed64), one("timeUnixNano", 3, Fixed64),
        either("asDouble", 4, Double), either("asInt", 6, Signed), list("exemplars", 5, Kind::Message(&EXEMPLAR)), one("flags", 8, Uint);
    HISTOGRAM_POINT "HistogramDataPoint": list("attributes", 9, Kind::Message(&KEY_VALUE)), one("startTimeUnixNano", 2, Fixed64), one("timeUnixNano", 3, Fixed64),
        one("count", 4, Fixed64), one("sum", 5, Double), list("bucketCounts", 6, Fixed64), list("explicitBounds", 7, Double), list("exemplars", 8, Kind::Message(&EXEMPLAR)),
        one("flags", 10, Uint), one("min", 11, Double), one("max", 12, Double);
    EXPONENTIAL_POINT "ExponentialHistogramDataPoint": list("attributes", 1, Kind::Message(&KEY_VALUE)), one("startTimeUnixNano", 2, Fixed64), one("timeUnixNano", 3, Fixed64),
        one("count", 4, Fixed64), one("sum", 5, Double), one("scale", 6, Zigzag), one("zeroCount", 7, Fixed64), one("positive", 8, Kind::Message(&BUCKETS)),
        one("negative", 9, Kind::Message(&BUCKETS)), one("flags", 10, Uint), list("exemplars", 11, Kind::Message(&EXEMPLAR)), one("min", 12, Double), one("max", 13, Double),
        one("zeroThreshold", 14, Double);
    BUCKETS "Buckets": one("offset", 1, Zigzag), list("bucketCounts", 2, Uint);
    SUMMARY_POINT "SummaryDataPoint": list("attributes", 7, Kind::Message(&KEY_VALUE)), one("startTimeUnixNano", 2, Fixed64), one("timeUnixNano", 3, Fixed64),
        one("count", 4, Fixed64), one("sum", 5, Double), list("quantileValues", 6, Kind::Message(&QUANTILE)), one("flags", 8, Uint);
    QUANTILE "ValueAtQuantile": one("quantile", 1, Double), one("value", 2, Double);
    EXEMPLAR "Exemplar": list("filteredAttributes", 7, Kind::Message(&KEY_VALUE)), one("timeUnixNano", 2, Fixed64), either("asDouble", 3, Double), either("asInt", 6, Signed),
        one("spanId", 4, Id(8)), one("traceId", 5, Id(16));
}
