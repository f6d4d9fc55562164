//! Where records come from (`resource.proto`, `common.proto`). `strings` is the dictionary of profiles; other signals have none.

use std::borrow::Cow;

use super::wire::{Message, Value};
use super::{Result, value};
use crate::canonical::{KeyValues, unquoted};
use crate::record::{Resource, Scope};

/// `Resource`: attributes 1.
pub fn resource<'a>(mut message: Message<'a>, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<Resource> {
    kv.clear();
    let mark = kv.begin();
    while let Some((number, value)) = message.field()? {
        if let (1, Value::Bytes(bytes)) = (number, value) {
            value::key_value_of(message.nested(bytes), kv, 0, strings)?;
        }
    }
    let named = |name| kv.get(mark, name).and_then(unquoted).map(Cow::into_owned).unwrap_or_default();
    let mut resource = Resource { text: String::new(), service_name: named("service.name"), service_version: named("service.version") };
    kv.finish(mark, &mut resource.text);
    Ok(resource)
}

/// `InstrumentationScope`: name 1, version 2, attributes 3.
pub fn scope<'a>(mut message: Message<'a>, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<Scope> {
    let mut scope = Scope::default();
    kv.clear();
    let mark = kv.begin();
    while let Some((number, value)) = message.field()? {
        match (number, value) {
            (1, Value::Bytes(bytes)) => message.text(bytes)?.clone_into(&mut scope.name),
            (2, Value::Bytes(bytes)) => message.text(bytes)?.clone_into(&mut scope.version),
            (3, Value::Bytes(bytes)) => value::key_value_of(message.nested(bytes), kv, 0, strings)?,
            _ => {}
        }
    }
    if !kv.is_empty(mark) {
        kv.finish(mark, &mut scope.attributes);
    }
    Ok(scope)
}
