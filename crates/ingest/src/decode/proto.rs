//! OTLP protobuf requests, walked on the wire over borrowed bytes (opentelemetry-proto 1.10; the field numbers stand beside
//! the fields). Border: one request in, rows out; the signal is recognised from the content, because
//! `TracesData`, `LogsData` and `MetricsData` all have their resources in field 1.

mod logs;
mod metrics;
pub mod origin;
pub mod signal;
mod traces;
pub mod value;
pub mod wire;

pub use signal::{Signal, looks_like};
pub use traces::links;

use super::{DecodeError, Scratch, SetAside, profiles, tempo};
use crate::canonical::KeyValues;
use crate::record::{Resource, Scope};
use crate::rows::Rows;
use wire::{Message, Value};

type Result<T> = std::result::Result<T, DecodeError>;

/// One of the two decoders here.
pub type Decode = fn(bytes: &[u8], rows: &mut Rows, aside: &mut SetAside) -> Result<()>;

/// Decodes one request. On an error its rows are gone.
pub fn request(bytes: &[u8], rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    begin(rows, aside, |rows, aside| decode(bytes, rows, aside))
}

/// Decodes a request that is a whole file. Such a one may be Tempo's `/api/traces`, which is a request of OTLP but for what Tempo loses.
pub fn file(bytes: &[u8], rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    begin(rows, aside, |rows, aside| {
        rows.suspect_cuts(tempo::proto::may_be_trace(bytes));
        decode(bytes, rows, aside)
    })
}

fn begin(rows: &mut Rows, aside: &mut SetAside, decode: impl Fn(&mut Rows, &mut SetAside) -> Result<()>) -> Result<()> {
    let before = rows.begin_request();
    let asides = aside.len();
    // once more at its end: schema URLs are filled in behind the records
    let outcome = decode(rows, aside).and_then(|()| rows.check_size(0));
    if outcome.is_err() {
        rows.rollback(before);
        aside.truncate(asides);
    }
    outcome
}

fn decode(bytes: &[u8], rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let message = Message::new(bytes);
    if profiles::proto::recognises(&message) {
        return profiles::proto::request(&message, rows, aside);
    }
    let (signal, message) = match signal::of_request(message.clone())? {
        Some(signal) => {
            rows.told().form("OTLP protobuf");
            (signal, message)
        }
        // what holds no record may be a trace that lies one level deeper
        None => match tempo::proto::trace(message, rows)? {
            Some(trace) => (Signal::Spans, trace),
            None => return without_records(Message::new(bytes)),
        },
    };
    let scratch = rows.take_scratch();
    let mut context = Context { scratch, rows, aside, signal };
    let outcome = context.request(message);
    context.rows.keep_scratch(context.scratch);
    outcome
}

/// Whether a message without records is a request that has none: anything in it that OTLP does not have could be some.
fn without_records(request: Message) -> Result<()> {
    fields(request, "a request", |request, number, bytes| match number {
        1 => fields(request.nested(bytes), "a resource's telemetry", |resource, number, bytes| match number {
            2 | 1000 => fields(resource.nested(bytes), "a scope's telemetry", |scope, number, bytes| known(scope, number, bytes)),
            _ => known(resource, number, bytes),
        }),
        _ => Ok(false),
    })
    .map(|_| ())
}

/// An origin, or a schema URL.
fn known(message: &Message, number: u32, bytes: &[u8]) -> Result<bool> {
    Ok(number == 1 || number == 3 && message.text(bytes).is_ok())
}

/// Visits the fields of a message, each of which must be bytes, and known.
fn fields<'a>(mut message: Message<'a>, of: &str, is_known: impl Fn(&Message<'a>, u32, &'a [u8]) -> Result<bool>) -> Result<bool> {
    while let Some((number, value)) = message.field()? {
        let known = if let Value::Bytes(bytes) = value { is_known(&message, number, bytes)? } else { false };
        if !known {
            return Err(message.malformed(&format!("field {number} of {of} without records, which OTLP does not have")));
        }
    }
    Ok(true)
}

/// A bare `AnyValue`, appended to the stack's buffer.
pub fn any_value(bytes: &[u8], kv: &mut KeyValues) -> Result<()> {
    value::any_value(Message::new(bytes), kv, 0)
}

/// What is at hand while a request is walked.
struct Context<'s, 'a> {
    scratch: Scratch<'a>,
    rows: &'s mut Rows,
    aside: &'s mut SetAside,
    signal: Signal,
}

impl<'a> Context<'_, 'a> {
    fn request(&mut self, mut message: Message<'a>) -> Result<()> {
        while let Some((number, value)) = message.field()? {
            match (number, value) {
                (1, Value::Bytes(bytes)) => self.resource(&message.nested(bytes))?,
                _ => self.left_out(&message, number, "a request"),
            }
        }
        Ok(())
    }

    /// `Resource{Spans,Logs,Metrics}`: resource 1, scopes 2, schema_url 3, and the old scopes 1000.
    fn resource(&mut self, message: &Message<'a>) -> Result<()> {
        let from = self.rows.counts();
        let (mut resource, mut schema_url) = (Resource { text: "{}".to_owned(), ..Resource::default() }, "");
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            match (number, value) {
                (1, Value::Bytes(bytes)) => resource = origin::resource(fields.nested(bytes), &mut self.scratch.kv, &[])?,
                (3, Value::Bytes(bytes)) => schema_url = fields.text(bytes)?,
                (2 | 1000, Value::Bytes(_)) => {}
                _ => self.left_out(&fields, number, "a resource's telemetry"),
            }
        }
        self.rows.set_resource(resource);
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            if let (2 | 1000, Value::Bytes(bytes)) = (number, value) {
                self.scope(&fields.nested(bytes))?;
            }
        }
        self.rows.fill_schema_url(from, schema_url);
        Ok(())
    }

    /// `Scope{Spans,Logs,Metrics}`: scope 1, records 2, schema_url 3.
    fn scope(&mut self, message: &Message<'a>) -> Result<()> {
        let from = self.rows.counts();
        let (mut scope, mut schema_url) = (Scope::default(), "");
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            match (number, value) {
                (1, Value::Bytes(bytes)) => scope = origin::scope(fields.nested(bytes), &mut self.scratch.kv, &[])?,
                (3, Value::Bytes(bytes)) => schema_url = fields.text(bytes)?,
                (2, Value::Bytes(_)) => {}
                _ => self.left_out(&fields, number, "a scope's telemetry"),
            }
        }
        self.rows.set_scope(scope);
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            if let (2, Value::Bytes(bytes)) = (number, value) {
                self.record(fields.nested(bytes))?;
            }
        }
        self.rows.fill_schema_url(from, schema_url);
        Ok(())
    }

    /// Notes a field that OTLP does not have where it stands: it may hold records.
    fn left_out(&mut self, message: &Message, number: u32, of: &str) {
        self.aside.push(DecodeError::value(message.position(), format!("field {number} of {of}, which OTLP does not have")));
    }

    /// A record. One with a value that is none is set aside; the others go through.
    fn record(&mut self, message: Message<'a>) -> Result<()> {
        let before = self.rows.counts();
        self.rows.check_size_sometimes(message.position())?;
        let outcome = match self.signal {
            Signal::Spans => self.span(message),
            Signal::Logs => self.log_record(message),
            Signal::Metrics => self.metric(&message),
        };
        match outcome {
            Err(error) if error.recoverable => {
                self.rows.rollback(before);
                self.aside.push(error);
                Ok(())
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
