//! Which signal a key leads to. Border: names, those of OTLP/JSON and of its old versions.

/// A kind of record, by the names that lead to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Of `trace.proto`.
    Spans,
    /// Of `logs.proto`.
    Logs,
    /// Of `metrics.proto`.
    Metrics,
}

impl Signal {
    /// The signal whose resources a request has under this key.
    pub fn of_request(key: &str) -> Option<Signal> {
        match key {
            "resourceSpans" | "resource_spans" => Some(Signal::Spans),
            "resourceLogs" | "resource_logs" => Some(Signal::Logs),
            "resourceMetrics" | "resource_metrics" => Some(Signal::Metrics),
            _ => None,
        }
    }

    /// The signal whose scopes a resource has under this key; older versions called them instrumentation libraries.
    pub fn of_resource(key: &str) -> Option<Signal> {
        match key {
            "scopeSpans" | "scope_spans" | "instrumentationLibrarySpans" | "instrumentation_library_spans" => Some(Signal::Spans),
            "scopeLogs" | "scope_logs" | "instrumentationLibraryLogs" | "instrumentation_library_logs" => Some(Signal::Logs),
            "scopeMetrics" | "scope_metrics" | "instrumentationLibraryMetrics" | "instrumentation_library_metrics" => Some(Signal::Metrics),
            _ => None,
        }
    }

    /// The signal whose records a scope has under this key.
    pub fn of_scope(key: &str) -> Option<Signal> {
        match key {
            "spans" => Some(Signal::Spans),
            "logRecords" | "log_records" | "logs" => Some(Signal::Logs),
            "metrics" => Some(Signal::Metrics),
            _ => None,
        }
    }
}
