//! Pieces of OTLP as Codex sends them, and the pseudo-random numbers that fill them.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

/// 2026-11-22T00:00:00Z.
pub const START: u64 = 1_795_305_600_000_000_000;

const WORDS: [&str; 12] = ["fix", "the", "parser", "so", "that", "tests", "pass", "again", "and", "write", "docs", "too"];

/// A stream of pseudo-random numbers (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn text(&mut self, words: u64) -> String {
        (0..words).map(|_| WORDS[self.below(12) as usize]).collect::<Vec<_>>().join(" ")
    }

    /// Of a span.
    pub fn id(&mut self) -> Vec<u8> {
        self.next().to_be_bytes().to_vec()
    }

    pub fn trace_id(&mut self) -> Vec<u8> {
        [self.id(), self.id()].concat()
    }

    pub fn conversation(&mut self) -> String {
        format!("01a20458-{:04x}-7000-8000-{:012x}", self.below(1 << 16), self.below(1 << 48))
    }
}

pub fn text(key: &str, value: impl Into<String>) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

pub fn int(key: &str, value: u64) -> KeyValue {
    attribute(key, Value::IntValue(value as i64))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn resource() -> Option<Resource> {
    let attributes = [("service.name", "codex_exec"), ("service.version", "0.169.0"), ("env", "bench"), ("telemetry.sdk.language", "rust")];
    Some(Resource { attributes: attributes.iter().map(|(k, v)| text(k, *v)).collect(), ..Resource::default() })
}

fn scope(name: &str) -> Option<InstrumentationScope> {
    Some(InstrumentationScope { name: name.to_owned(), ..InstrumentationScope::default() })
}

pub fn traces(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { scope: scope("codex_exec"), spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource: resource(), scope_spans, ..ResourceSpans::default() }] }
}

pub fn logs(log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let scope_logs = vec![ScopeLogs { scope: scope("codex_otel.log_only"), log_records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { resource: resource(), scope_logs, ..ResourceLogs::default() }] }
}

pub fn metrics(metrics: Vec<Metric>) -> ExportMetricsServiceRequest {
    let scope_metrics = vec![ScopeMetrics { scope: scope("codex"), metrics, ..ScopeMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics: vec![ResourceMetrics { resource: resource(), scope_metrics, ..ResourceMetrics::default() }] }
}

/// A record of an event of a conversation, with what all of them carry.
pub fn event(name: &str, conversation: &str, at: u64, more: Vec<KeyValue>) -> LogRecord {
    let mut attributes = vec![text("event.name", name), text("conversation.id", conversation), text("model", "gpt-5.5"), text("slug", "gpt-5.5")];
    attributes.extend(more);
    LogRecord { observed_time_unix_nano: at, severity_number: 9, severity_text: "INFO".to_owned(), attributes, ..LogRecord::default() }
}
