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
pub fn of_request(mut request: Message) -> Result<Option<Signal>> {
    let (mut records, at) = (0, request.position());
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
    Err(DecodeError::syntax(at, format!("{records} records of no telling field: neither spans nor log records nor metrics")))
}

/// Whether the beginning of a file can be a request: used for detection only.
pub fn looks_like(head: &[u8], complete: bool) -> bool {
    // field 1, length-delimited, and inside it nothing but fields 1 to 3 or the old 1000, length-delimited. Only the first field would not do:
    // a resource of 123 or 91 bytes begins like a JSON text behind a line break, "\n{" or "\n["
    let mut request = Message::new(head);
    match request.field() {
        Ok(Some((1, Value::Bytes(resource)))) => {
            let mut fields = request.nested(resource);
            loop {
                match fields.field() {
                    Ok(Some((1..=3 | 1000, Value::Bytes(_)))) => {}
                    Ok(None) => return complete || !resource.is_empty(),
                    _ => return false,
                }
            }
        }
        // the head may end inside the first resource
        Err(_) if !complete => matches!(head, [0x0a, ..]) && head.get(1..).is_some_and(|rest| rest.iter().take(12).any(|b| matches!(b, 0x0a | 0x12))),
        Err(_) => is_torn(head),
        _ => false,
    }
}

/// Whether a whole file is the beginning of a request, torn inside its first resource: that is where the only field of an answer of Tempo's is
/// always torn. Text is not mistaken: every record has bytes that no text has.
fn is_torn(file: &[u8]) -> bool {
    let is_text = |byte: &u8| *byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r');
    file.first() == Some(&0x0a) && !file.iter().all(is_text) && is_torn_at(file, 0)
}

/// Whether what there is of a message are fields of a request's, of which the last may reach beyond the end, down to its scopes.
fn is_torn_at(message: &[u8], level: usize) -> bool {
    let mut fields = Message::new(message);
    loop {
        let start = fields.position();
        match fields.field() {
            Ok(Some((1..=3 | 1000, Value::Bytes(_)))) => {}
            Ok(Some((2, Value::Varint(_)))) if level == 2 => {}
            // torn between two fields of it
            Ok(None) => return level > 0,
            Ok(Some(_)) => return false,
            Err(_) => {
                // a tag, then a length of one to ten bytes, then what there is of the field
                let rest = &message[start..];
                let length = rest.iter().skip(1).take_while(|byte| **byte >= 0x80).count() + 1;
                let inner = rest.get(1 + length..).unwrap_or_default();
                return matches!(rest[0], 0x0a | 0x12 | 0x1a) && (level == 2 || inner.is_empty() || is_torn_at(inner, level + 1));
            }
        }
    }
}

fn of_record(mut record: Message) -> Result<Option<Signal>> {
    let (mut trace_id, mut span_id, mut name, mut data, mut log) = (false, false, false, false, false);
    while let Some((number, value)) = record.field()? {
        // fields that only one of the three has with this wire type, in whatever order they come
        match (number, value) {
            // Profile.time_unix_nano: nothing can be read without the dictionary, by which whole requests of profiles are known
            (3, Value::Fixed64(_)) => return Err(DecodeError::syntax(record.position(), "profiles without their dictionary".to_owned())),
            // times 7 and 8, flags 16; kind 6 and dropped counts 10, 12, 14; links 13 and status 15
            (7 | 8, Value::Fixed64(_)) | (16, Value::Fixed32(_)) => return Ok(Some(Signal::Spans)),
            (6 | 10 | 12 | 14, Value::Varint(_)) | (13 | 15, Value::Bytes(_)) => return Ok(Some(Signal::Spans)),
            // times 1 and 11, flags 8; severity_number 2 and dropped count 7
            (1 | 11, Value::Fixed64(_)) | (8, Value::Fixed32(_)) | (2 | 7, Value::Varint(_)) => return Ok(Some(Signal::Logs)),
            // sum 7
            (7, Value::Bytes(_)) => return Ok(Some(Signal::Metrics)),
            (1, Value::Bytes(bytes)) => {
                // Span.trace_id, or the name of a metric
                trace_id = bytes.len() == 16 && !bytes.iter().all(|b| b.is_ascii_graphic());
                name = !bytes.is_empty();
            }
            (2, Value::Bytes(bytes)) => span_id = bytes.len() == 8,
            // gauge, histogram, exponential histogram, summary; but also Span.name, attributes and events, LogRecord.body and ids
            (5 | 9 | 10 | 11, Value::Bytes(_)) => data = true,
            // LogRecord.severity_text, attributes, event_name
            (3 | 6 | 12, Value::Bytes(_)) => log = true,
            _ => {}
        }
    }
    Ok(match (trace_id && span_id, name && data, log || data) {
        (true, _, _) => Some(Signal::Spans),
        (_, true, _) => Some(Signal::Metrics),
        (_, _, true) => Some(Signal::Logs),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(record: &[u8]) -> Option<Signal> {
        let wrap = |tag: u8, inner: &[u8]| [&[tag, inner.len() as u8], inner].concat();
        of_request(Message::new(&wrap(0x0a, &wrap(0x12, &wrap(0x12, record))))).unwrap_or(None)
    }

    #[test]
    fn a_file_torn_anywhere_is_still_a_request() {
        let wrap = |tag: u8, inner: &[u8]| [&[tag, inner.len() as u8], inner].concat();
        let resource = wrap(0x0a, &wrap(0x0a, &[wrap(0x0a, b"service.name"), wrap(0x12, &wrap(0x0a, b"svc"))].concat()));
        let span = [&[0x0a, 16][..], &[1; 16], &[0x39, 1, 0, 0, 0, 0, 0, 0, 0]].concat();
        let request = wrap(0x0a, &[resource, wrap(0x12, &[wrap(0x0a, &wrap(0x0a, b"lib")), wrap(0x12, &span)].concat())].concat());
        let answer = [wrap(0x0a, &request), vec![0x12, 0]].concat();
        for whole in [request, answer] {
            assert!(looks_like(&whole, true));
            for end in 8..whole.len() {
                assert!(looks_like(&whole[..end], true), "{end} of {}", whole.len());
            }
        }
        for text in [&b"\n[\n{\n\"a\":1"[..], b"\n{\"resourceSpans\":[{}", b"\nline\nline\n"] {
            assert!(!looks_like(text, true), "{text:?}");
        }
    }

    #[test]
    fn the_first_telling_field_decides_in_whatever_order() {
        let (events, span_time) = ([0x5a, 2, 0x12, 0], [0x39, 1, 0, 0, 0, 0, 0, 0, 0]);
        let (name, summary) = ([0x0a, 1, b'm'], [0x5a, 2, 0x0a, 0]);
        let trace_id = [&[0x0a, 16][..], &[1; 16]].concat();
        for (record, expected) in [
            ([&events[..], &span_time].concat(), Some(Signal::Spans)),
            ([&[0x7a, 0][..], &trace_id].concat(), Some(Signal::Spans)),
            ([&trace_id[..], &[0x12, 8, 1, 2, 3, 4, 5, 6, 7, 8]].concat(), Some(Signal::Spans)),
            ([&summary[..], &name].concat(), Some(Signal::Metrics)),
            ([&name[..], &[0x2a, 0]].concat(), Some(Signal::Metrics)),
            ([&b"\x0a\x10sixteen.letters.\x12\x08eight..."[..], &[0x2a, 0]].concat(), Some(Signal::Metrics)),
            (vec![0x3a, 0], Some(Signal::Metrics)),
            (vec![0x59, 1, 0, 0, 0, 0, 0, 0, 0], Some(Signal::Logs)),
            (vec![0x10, 9], Some(Signal::Logs)),
            (vec![0x2a, 2, 0x0a, 0], Some(Signal::Logs)),
            (vec![0x32, 0], Some(Signal::Logs)),
            (vec![], None),
        ] {
            assert_eq!(signal(&record), expected, "{record:x?}");
        }
    }
}
