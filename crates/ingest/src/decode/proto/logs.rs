//! Log records (`logs.proto`).

use std::borrow::Cow;

use super::wire::{Message, Value};
use super::{Context, Result, value};
use crate::record::LogRecord;

impl<'a> Context<'_, 'a> {
    /// `LogRecord`.
    pub(super) fn log_record(&mut self, mut message: Message<'a>) -> Result<()> {
        let scratch = &mut self.scratch;
        let (kv, texts) = (&mut scratch.kv, &mut scratch.texts);
        texts.clear();
        kv.clear();
        let mark = kv.begin();
        let mut record = LogRecord::default();
        let mut body = None;
        while let Some((number, value)) = message.field()? {
            match (number, value) {
                (1, value) => record.time_ns = value.int(),
                (2, value) => record.severity_number = value.int() as i64,
                (3, Value::Bytes(bytes)) => record.severity = Cow::Borrowed(message.text(bytes)?),
                (5, Value::Bytes(bytes)) => body = Some(message.nested(bytes)),
                (6, Value::Bytes(bytes)) => value::key_value(message.nested(bytes), kv, 0)?,
                (7, value) => record.dropped_attributes = value.int() as u32,
                (8, value) => record.flags = value.int() as u32,
                (9, Value::Bytes(bytes)) => record.trace_id = message.id(bytes)?,
                (10, Value::Bytes(bytes)) => record.span_id = message.id(bytes)?,
                (11, value) => record.observed_ns = value.int(),
                (12, Value::Bytes(bytes)) => record.event_name = Cow::Borrowed(message.text(bytes)?),
                _ => self.rows.told().left_out(&format!("number {number} of a log record")),
            }
        }
        texts.take_attributes(kv, mark);
        if let Some(body) = body {
            kv.clear();
            value::any_value(body, kv, 0)?;
            if kv.value() != "null" {
                texts.body.push_str(kv.value());
            }
        }
        self.rows.log_record(&record, texts);
        Ok(())
    }
}
