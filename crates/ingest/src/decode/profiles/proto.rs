//! OTLP profiles as protobuf: `ProfilesData`, which is laid out as `ExportProfilesServiceRequest` is. The field numbers stand beside the
//! fields; where releases differ, `layout` says which it is.

mod layout;
mod tables;

use std::borrow::Cow;

use super::dictionary::Dictionary;
use super::{OLD, Sent, of_profile};
use crate::canonical::KeyValues;
use crate::decode::proto::origin;
use crate::decode::proto::wire::{Message, Value};
use crate::decode::{DecodeError, SetAside};
use crate::record::{Profile, Resource, Scope, ValueType, temporality};
use crate::rows::Rows;
use layout::Layout;

type Result<T> = std::result::Result<T, DecodeError>;

/// Whether a request is one of these: requests of the other signals have nothing in field 2, and what else is like them (an answer of
/// Tempo's) no tables there.
pub fn recognises(message: &Message) -> bool {
    let mut fields = message.clone();
    while let Ok(Some((number, value))) = fields.field() {
        if let (2, Value::Bytes(bytes)) = (number, value) {
            return is_dictionary(fields.nested(bytes));
        }
    }
    false
}

/// Seven tables, of which that of strings is never empty.
fn is_dictionary(mut fields: Message) -> bool {
    let mut strings = false;
    loop {
        match fields.field() {
            Ok(Some((number @ 1..=7, Value::Bytes(_)))) => strings |= number == 5,
            Ok(None) => return strings,
            _ => return false,
        }
    }
}

/// Reads a request. A profile or sample that cannot be understood is set aside; the others go through.
///
/// # Errors
///
/// Where the bytes are no profiles, or profiles of a layout that is not read or cannot be told.
pub fn request<'a>(message: &Message<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let mut kv = KeyValues::default();
    let mut dictionary = None;
    let mut fields = message.clone();
    while let Some((number, value)) = fields.field()? {
        match (number, value) {
            (2, Value::Bytes(bytes)) => dictionary = Some(fields.nested(bytes)),
            // the tables beside the profiles: OTLP 1.6
            (3..=8, Value::Bytes(_)) => return Err(DecodeError::syntax(fields.position(), OLD.to_owned())),
            _ => {}
        }
    }
    let dictionary = dictionary.map(|t| tables::read(&t, &mut kv)).transpose()?.unwrap_or_default();
    let layout = layout::of_request(message, dictionary.attributes.len())?;
    rows.told().form(layout.name());
    let mut context = Context { dictionary, layout, kv, rows, aside, sent: Sent::default() };
    let mut fields = message.clone();
    while let Some((number, value)) = fields.field()? {
        if let (1, Value::Bytes(bytes)) = (number, value) {
            context.resource(&fields.nested(bytes))?;
        }
    }
    Ok(())
}

/// Appends a repeated integer: packed, as all writers have it, or one by one.
fn ints<'a>(message: &Message<'a>, value: Value<'a>, out: &mut Vec<i64>) -> Result<()> {
    match value {
        Value::Bytes(bytes) => message.packed_varint(bytes, |n| out.push(n as i64)),
        Value::Varint(n) => {
            out.push(n as i64);
            Ok(())
        }
        _ => Err(message.malformed("a number of another width where integers are expected")),
    }
}

/// What is at hand while the profiles are walked.
struct Context<'s, 'a> {
    dictionary: Dictionary<'a>,
    layout: Layout,
    kv: KeyValues,
    rows: &'s mut Rows,
    aside: &'s mut SetAside,
    sent: Sent,
}

impl<'a> Context<'_, 'a> {
    /// `ResourceProfiles`: resource 1, scope_profiles 2, schema_url 3.
    fn resource(&mut self, message: &Message<'a>) -> Result<()> {
        let from = self.rows.counts();
        let (mut resource, mut schema_url) = (Resource { text: "{}".to_owned(), ..Resource::default() }, "");
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            match (number, value) {
                (1, Value::Bytes(bytes)) => resource = origin::resource(fields.nested(bytes), &mut self.kv, &self.dictionary.strings)?,
                (3, Value::Bytes(bytes)) => schema_url = fields.text(bytes)?,
                _ => {}
            }
        }
        self.rows.set_resource(resource);
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            if let (2, Value::Bytes(bytes)) = (number, value) {
                self.scope(&fields.nested(bytes))?;
            }
        }
        self.rows.fill_schema_url(from, schema_url);
        Ok(())
    }

    /// `ScopeProfiles`: scope 1, profiles 2, schema_url 3.
    fn scope(&mut self, message: &Message<'a>) -> Result<()> {
        let from = self.rows.counts();
        let (mut scope, mut schema_url) = (Scope::default(), "");
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            match (number, value) {
                (1, Value::Bytes(bytes)) => scope = origin::scope(fields.nested(bytes), &mut self.kv, &self.dictionary.strings)?,
                (3, Value::Bytes(bytes)) => schema_url = fields.text(bytes)?,
                _ => {}
            }
        }
        self.rows.set_scope(scope);
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            let (2, Value::Bytes(bytes)) = (number, value) else { continue };
            match self.profile(&fields.nested(bytes)) {
                Err(error) if error.recoverable => self.aside.push(error),
                other => other?,
            }
        }
        self.rows.fill_schema_url(from, schema_url);
        Ok(())
    }

    /// `Profile`: sample_type 1, samples 2, time_unix_nano 3, duration_nano 4, period_type 5, period 6; the rest as the layout has it.
    fn profile(&mut self, message: &Message<'a>) -> Result<()> {
        let (mut profile, mut attributes, mut comments) = (Profile::default(), Vec::new(), Vec::new());
        let numbers = self.layout.profile();
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            match (number, value) {
                (1, Value::Bytes(bytes)) => profile.sample = self.value_type(fields.nested(bytes))?,
                (3, value) => profile.time_ns = value.int(),
                (4, value) => profile.duration_ns = value.int(),
                (5, Value::Bytes(bytes)) => profile.period_type = self.value_type(fields.nested(bytes))?,
                (6, value) => profile.period = value.int() as i64,
                (n, Value::Bytes(bytes)) if n == numbers.profile_id => profile.profile_id = fields.id(bytes)?,
                (n, value) if n == numbers.dropped_attributes => profile.dropped_attributes = value.int() as u32,
                (n, Value::Bytes(bytes)) if n == numbers.format => profile.original_payload_format = Cow::Borrowed(fields.text(bytes)?),
                (n, Value::Bytes(_)) if n == numbers.payload => self.rows.told().lacks("original payload of the profiler"),
                (n, value) if n == numbers.attributes => ints(&fields, value, &mut attributes)?,
                (n, value) if Some(n) == numbers.comments => ints(&fields, value, &mut comments)?,
                _ => {}
            }
        }
        let wrong = |reason| DecodeError::value(message.position(), reason);
        profile.attributes = of_profile(&self.dictionary, &attributes, &comments, &mut self.kv).map_err(wrong)?;
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            let (2, Value::Bytes(bytes)) = (number, value) else { continue };
            match self.sample(fields.nested(bytes), &profile, &attributes) {
                Err(error) if error.recoverable => self.aside.push(error),
                other => other?,
            }
            self.rows.check_size(fields.position())?;
        }
        Ok(())
    }

    /// `ValueType`: type_strindex 1, unit_strindex 2, and before OTLP 1.9 aggregation_temporality 3.
    fn value_type(&self, mut fields: Message) -> Result<ValueType<'a>> {
        let mut found = ValueType::default();
        while let Some((number, value)) = fields.field()? {
            let text = |index: u64| -> Result<Cow<'a, str>> {
                let text = self.dictionary.text(index as i64).map_err(|reason| DecodeError::value(fields.position(), reason))?;
                Ok(Cow::Owned(text.to_owned()))
            };
            match (number, value) {
                (1, Value::Varint(n)) => found.kind = text(n)?,
                (2, Value::Varint(n)) => found.unit = text(n)?,
                (3, Value::Varint(n @ 1..)) => found.temporality = temporality(n as i64),
                _ => {}
            }
        }
        Ok(found)
    }

    /// `Sample`: stack_index 1, timestamps_unix_nano 5; the rest as the layout has it.
    fn sample(&mut self, mut fields: Message, profile: &Profile, of_profile: &[i64]) -> Result<()> {
        let (numbers, sent) = (self.layout.sample(), &mut self.sent);
        let at = fields.position();
        sent.clear();
        while let Some((number, value)) = fields.field()? {
            match (number, value) {
                (1, value) => sent.stack = value.int() as i64,
                (5, Value::Bytes(bytes)) => fields.packed_fixed64(bytes, |time| sent.sample.timestamps.push(time))?,
                (5, Value::Fixed64(time)) => sent.sample.timestamps.push(time),
                (n, value) if n == numbers.attributes => ints(&fields, value, &mut sent.attributes)?,
                (n, value) if n == numbers.link => sent.link = value.int() as i64,
                (n, value) if n == numbers.values => ints(&fields, value, &mut sent.sample.values)?,
                _ => {}
            }
        }
        let put = sent.put(&mut self.dictionary, profile, of_profile, &mut self.kv, self.rows);
        put.map_err(|reason| DecodeError::value(at, reason))
    }
}
