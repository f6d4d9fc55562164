//! Where records come from (`resource.proto`, `common.proto`). `strings` is the dictionary of profiles; other signals have none.

use std::borrow::Cow;

use super::{Cursor, Result, lenient, value};
use crate::canonical::{KeyValues, unquoted};
use crate::record::{Resource, Scope};

/// A resource.
pub fn resource(cursor: &mut Cursor, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<Resource> {
    let mut resource = Resource { text: "{}".to_owned(), ..Resource::default() };
    let mut first = true;
    if !cursor.begin_object()? {
        return Ok(resource);
    }
    while let Some(key) = cursor.key(&mut first)? {
        if key != "attributes" {
            cursor.skip()?;
            continue;
        }
        kv.clear();
        let mark = kv.begin();
        value::key_values_of(cursor, kv, strings)?;
        let named = |name| kv.get(mark, name).and_then(unquoted).map(Cow::into_owned).unwrap_or_default();
        resource.service_name = named("service.name");
        resource.service_version = named("service.version");
        resource.text.clear();
        kv.finish(mark, &mut resource.text);
    }
    Ok(resource)
}

/// An instrumentation scope.
pub fn scope(cursor: &mut Cursor, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<Scope> {
    let mut scope = Scope::default();
    let mut first = true;
    if !cursor.begin_object()? {
        return Ok(scope);
    }
    while let Some(key) = cursor.key(&mut first)? {
        match key.as_ref() {
            "name" => scope.name = lenient::text(cursor)?.into_owned(),
            "version" => scope.version = lenient::text(cursor)?.into_owned(),
            "attributes" => {
                scope.attributes.clear();
                kv.clear();
                let mark = kv.begin();
                value::key_values_of(cursor, kv, strings)?;
                if !kv.is_empty(mark) {
                    kv.finish(mark, &mut scope.attributes);
                }
            }
            _ => cursor.skip()?,
        }
    }
    Ok(scope)
}
