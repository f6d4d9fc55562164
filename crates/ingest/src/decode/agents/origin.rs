//! Where a document's records come from: resource and scope, under their public and their private names.

use std::borrow::Cow;

use super::{Result, first_of, read, value};
use crate::canonical::unquoted;
use crate::decode::Scratch;
use crate::decode::json::{Cursor, Fields, lenient};
use crate::record::{Resource, Scope};

/// The names that a scope has had.
pub const SCOPES: [&str; 3] = ["instrumentationScope", "scope", "instrumentationLibrary"];

/// Fields that only a resource of the SDK has, and the generation of the SDK that they tell.
const PRIVATE: [(&str, &str); 6] = [
    ("_rawAttributes", ", JS SDK 2"),
    ("_asyncAttributesPending", ", JS SDK 2"),
    ("_memoizedAttributes", ", JS SDK 2"),
    ("_attributes", ", JS SDK 1"),
    ("_syncAttributes", ", JS SDK 1"),
    ("asyncAttributesPending", ", JS SDK 1"),
];

/// What a document says of its resource.
pub struct Origin {
    /// The resource.
    pub resource: Resource,
    /// Its schema URL; empty where there is none.
    pub schema_url: String,
    /// The generation of the SDK that wrote it, as the end of the form's name; empty where it does not show.
    pub sdk: &'static str,
}

/// Whether a document with `scopeMetrics` is an object of the SDK and no `ResourceMetrics` of OTLP, whose attributes are a list and whose
/// metrics have no descriptor.
pub fn is_sdk_object(fields: &Fields) -> bool {
    let resource = fields.get("resource").and_then(|mut c| Fields::read(&mut c).ok());
    let private = |r: &Fields| PRIVATE.iter().any(|(key, _)| r.has(key)) || r.get("attributes").is_some_and(|mut c| c.peek() == Some(b'{'));
    if resource.is_some_and(|r| private(&r)) {
        return true;
    }
    let first = |cursor: Option<Cursor>| -> Option<bool> {
        let mut scopes = cursor?;
        scopes.begin_array().ok()?;
        if !scopes.element(&mut true).ok()? {
            return None;
        }
        let mut metrics = Fields::read(&mut scopes).ok()?.get("metrics")?;
        metrics.begin_array().ok()?;
        Some(metrics.element(&mut true).ok()? && Fields::read(&mut metrics).ok()?.has("descriptor"))
    };
    first(fields.get("scopeMetrics")).unwrap_or(false)
}

/// The resource of a document; without attributes where it names none.
pub fn resource(fields: &Fields, scratch: &mut Scratch) -> Result<Origin> {
    let mut origin = Origin { resource: Resource { text: "{}".to_owned(), ..Resource::default() }, schema_url: String::new(), sdk: "" };
    let Some(mut cursor) = fields.get("resource") else { return Ok(origin) };
    let fields = Fields::read(&mut cursor)?;
    origin.sdk = PRIVATE.iter().find(|(key, _)| fields.has(key)).map_or("", |(_, sdk)| sdk);
    origin.schema_url = read(&fields, &["schemaUrl", "_schemaUrl"], lenient::text)?.unwrap_or_default().into_owned();
    let kv = &mut scratch.kv;
    kv.clear();
    let mark = kv.begin();
    if let Some(mut attributes) = first_of(&fields, &["attributes", "_memoizedAttributes"]) {
        value::key_values(&mut attributes, kv)?;
    } else if let Some(mut attributes) = fields.get("_rawAttributes") {
        value::raw_attributes(&mut attributes, kv)?;
    } else if let Some(mut attributes) = first_of(&fields, &["_attributes", "_syncAttributes"]) {
        value::key_values(&mut attributes, kv)?;
    }
    let named = |name| kv.get(mark, name).and_then(unquoted).map(Cow::into_owned).unwrap_or_default();
    origin.resource.service_name = named("service.name");
    origin.resource.service_version = named("service.version");
    origin.resource.text.clear();
    kv.finish(mark, &mut origin.resource.text);
    Ok(origin)
}

/// A scope, and its schema URL; empty where nothing is said.
pub fn scope(cursor: Option<Cursor>, scratch: &mut Scratch) -> Result<(Scope, String)> {
    let mut scope = Scope::default();
    let Some(mut cursor) = cursor else { return Ok((scope, String::new())) };
    let fields = Fields::read(&mut cursor)?;
    let text = |key| read(&fields, &[key], lenient::text).map(|t| t.unwrap_or_default().into_owned());
    scope.name = text("name")?;
    scope.version = text("version")?;
    if let Some(mut attributes) = fields.get("attributes") {
        value::attributes(&mut attributes, &mut scratch.kv, &mut scope.attributes)?;
        if scope.attributes == "{}" {
            scope.attributes.clear();
        }
    }
    Ok((scope, text("schemaUrl")?))
}
