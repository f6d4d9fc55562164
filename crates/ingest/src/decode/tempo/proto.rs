//! Protobuf from Tempo's API (`tempo.proto`). The answer of `/api/v2/traces` holds its trace one level deeper than an OTLP request does; that
//! of `/api/traces` is an OTLP request to the last byte. Border: where the trace lies and what stands around it; its spans are read by
//! [`proto`](crate::decode::proto).

use super::{NOT_FOUND, tell, tell_partial};
use crate::decode::DecodeError;
use crate::decode::proto::signal::{self, Signal};
use crate::decode::proto::wire::{Message, Value};
use crate::rows::Rows;

type Result<T> = std::result::Result<T, DecodeError>;

/// `PartialStatus.PARTIAL`.
const PARTIAL: u64 = 1;

/// The trace of a `TraceByIDResponse` (trace 1, metrics 2, status 3, message 4), and what is to be told of it; `None` if the message is none.
///
/// To be asked of messages in which OTLP sees no record. That no request of OTLP is mistaken follows from the types: where the scopes of such
/// an answer lie, in field 2 three levels down, a request has the value of a resource's attribute, and an `AnyValue` has no message there.
///
/// # Errors
/// Where the answer holds no trace, or one whose records are no spans.
pub fn trace<'a>(mut answer: Message<'a>, rows: &mut Rows) -> Result<Option<Message<'a>>> {
    let (mut trace, mut status, mut message, mut surrounded) = (None, 0, "", false);
    while let Some((number, value)) = answer.field()? {
        surrounded |= number > 1;
        match (number, value) {
            (1, Value::Bytes(bytes)) if trace.is_none() => trace = Some((answer.nested(bytes), bytes.is_empty())),
            (2, Value::Bytes(_)) => {}
            (3, Value::Varint(number)) => status = number,
            (4, Value::Bytes(bytes)) => message = answer.text(bytes)?,
            _ => return Ok(None),
        }
    }
    match trace {
        Some((trace, true)) if surrounded => Err(DecodeError::syntax(trace.position(), NOT_FOUND.to_owned())),
        Some((trace, false)) if signal::of_request(trace.clone())? == Some(Signal::Spans) => {
            tell(rows, "Tempo /api/v2/traces protobuf");
            if status == PARTIAL {
                tell_partial(rows, message);
            }
            Ok(Some(trace))
        }
        _ => Ok(None),
    }
}

/// Whether a message may be what `/api/traces` answers: spans of a single trace, without schema URLs, which Tempo does not keep. What an agent
/// or a Collector has sent may be so too; so this is no reason to call it Tempo's, only to look for what Tempo would have cut.
pub fn may_be_trace(bytes: &[u8]) -> bool {
    one_trace(Message::new(bytes)).unwrap_or(false)
}

fn one_trace(mut request: Message) -> Result<bool> {
    let mut trace = None;
    while let Some((number, value)) = request.field()? {
        let (1, Value::Bytes(resource)) = (number, value) else { return Ok(false) };
        let mut resource = request.nested(resource);
        while let Some((number, value)) = resource.field()? {
            let (2, Value::Bytes(scope)) = (number, value) else {
                if is_schema_url(number, value) {
                    return Ok(false);
                }
                continue;
            };
            let mut scope = resource.nested(scope);
            while let Some((number, value)) = scope.field()? {
                if is_schema_url(number, value) {
                    return Ok(false);
                }
                let (2, Value::Bytes(span)) = (number, value) else { continue };
                let id = trace_id(scope.nested(span))?;
                if id.is_none() || *trace.get_or_insert(id) != id {
                    return Ok(false);
                }
            }
        }
    }
    Ok(trace.is_some())
}

/// `ResourceSpans.schema_url` and `ScopeSpans.schema_url`.
fn is_schema_url(number: u32, value: Value) -> bool {
    matches!((number, value), (3, Value::Bytes(url)) if !url.is_empty())
}

/// `Span.trace_id`.
fn trace_id<'a>(mut span: Message<'a>) -> Result<Option<&'a [u8]>> {
    while let Some((number, value)) = span.field()? {
        if let (1, Value::Bytes(id)) = (number, value) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
