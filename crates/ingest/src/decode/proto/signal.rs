//! Which signal a protobuf request holds. The three requests look alike down to their records, so the first record with
//! a telling field decides (`trace.proto`, `logs.proto`, `metrics.proto`).

use super::wire::{Message, Value};
use super::{DecodeError, Result};

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// `TracesData`.
    Spans,
    /// `LogsData`.
    Logs,
    /// `MetricsData`.
    Metrics,
}

/// The signal of a request; `None` where it has no record.
pub fn of_request(bytes: &[u8]) -> Result<Option<Signal>> {
    let mut records = 0;
    let mut request = Message::new(bytes);
    while let Some((number, value)) = request.field()? {
        let (1, Value::Bytes(resource)) = (number, value) else { continue };
        let mut resource = request.nested(resource);
        while let Some((number, value)) = resource.field()? {
            let (2 | 1000, Value::Bytes(scope)) = (number, value) else { continue };
            let mut scope = resource.nested(scope);
            while let Some((number, value)) = scope.field()? {
                let (2, Value::Bytes(record)) = (number, value) else { continue };
                records += 1;
                if let Some(signal) = of_record(scope.nested(record))? {
                    return Ok(Some(signal));
                }
            }
        }
    }
    if records == 0 {
        return Ok(None);
    }
    Err(DecodeError::syntax(0, format!("{records} records of no telling field: neither spans nor log records nor metrics")))
}

/// Whether the beginning of a file can be a request: used for detection only.
pub fn looks_like(head: &[u8], complete: bool) -> bool {
    // field 1, length-delimited, and inside it fields 1 to 3 or the old 1000, length-delimited
    let mut request = Message::new(head);
    match request.field() {
        Ok(Some((1, Value::Bytes(resource)))) => match request.nested(resource).field() {
            Ok(Some((1..=3 | 1000, Value::Bytes(_)))) => true,
            Ok(None) => complete,
            _ => false,
        },
        // the head may end inside the first resource
        Err(_) if !complete => matches!(head, [0x0a, ..]) && head.get(1..).is_some_and(|rest| rest.iter().take(12).any(|b| matches!(b, 0x0a | 0x12))),
        _ => false,
    }
}

fn of_record(mut record: Message) -> Result<Option<Signal>> {
    let (mut id16, mut id8, mut name, mut data, mut message) = (false, false, false, false, false);
    while let Some((number, value)) = record.field()? {
        match (number, value) {
            // times: Span 7 and 8, LogRecord 1 and 11
            (7 | 8, Value::Fixed64(_)) => return Ok(Some(Signal::Spans)),
            (1 | 11, Value::Fixed64(_)) => return Ok(Some(Signal::Logs)),
            // Span.kind 6 and LogRecord.severity_number 2 are enums
            (6, Value::Varint(_)) => return Ok(Some(Signal::Spans)),
            (2, Value::Varint(_)) => return Ok(Some(Signal::Logs)),
            (1, Value::Bytes(bytes)) => {
                id16 = bytes.len() == 16;
                name = !bytes.is_empty();
            }
            (2, Value::Bytes(bytes)) => id8 = bytes.len() == 8,
            // Metric: gauge 5, sum 7, histogram 9, exponential histogram 10, summary 11
            (7 | 11, Value::Bytes(_)) => return Ok(Some(Signal::Metrics)),
            (5 | 9 | 10, Value::Bytes(_)) => data = true,
            // LogRecord.attributes 6, severity_text 3
            (6, Value::Bytes(_)) => message = true,
            _ => {}
        }
    }
    Ok(match (id16 && id8, name && data, message || data) {
        (true, _, _) => Some(Signal::Spans),
        (_, true, _) => Some(Signal::Metrics),
        (_, _, true) => Some(Signal::Logs),
        _ => None,
    })
}
