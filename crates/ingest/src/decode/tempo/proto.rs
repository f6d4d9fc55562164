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
