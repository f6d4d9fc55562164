//! Attributes of a block: those in the list `Attrs`, those in fixed columns, and those in dedicated ones. Border: columns in, pairs on the
//! stack of [`KeyValues`] out, with the types that OTLP has.

use super::columns::{Bytes, Flags, Group, Lists, Result, Scalars, Values};
use super::meta::{Level, Meta};
use super::text::{Tally, text};
use crate::canonical::{self, KeyValues};
use crate::decode::json::{Cursor, value};
use crate::decode::proto;

/// Columns that hold one attribute each whatever `meta.json` says (vParquet4 and before; `service.name` in all versions).
const FIXED: [(Level, &str, &str); 12] = [
    (Level::Resource, "ServiceName", "service.name"),
    (Level::Resource, "Cluster", "cluster"),
    (Level::Resource, "Namespace", "namespace"),
    (Level::Resource, "Pod", "pod"),
    (Level::Resource, "Container", "container"),
    (Level::Resource, "K8sClusterName", "k8s.cluster.name"),
    (Level::Resource, "K8sNamespaceName", "k8s.namespace.name"),
    (Level::Resource, "K8sPodName", "k8s.pod.name"),
    (Level::Resource, "K8sContainerName", "k8s.container.name"),
    (Level::Span, "HttpMethod", "http.method"),
    (Level::Span, "HttpUrl", "http.url"),
    (Level::Span, "HttpStatusCode", "http.status_code"),
];

/// Columns of a value as the JSON text of an `AnyValue`: what the value columns cannot hold (maps, bytes, mixed arrays, null). The first is
/// vParquet4's, the others are those of vParquet3 in the order of its releases.
const AS_JSON: [&str; 4] = ["ValueUnsupported", "ValueDropped", "ValueArray", "ValueKVList"];

/// The group of dedicated columns.
const DEDICATED: &str = "DedicatedAttributes";

/// Whether the column at a path is one attribute's.
pub fn is_column(path: &[String]) -> bool {
    let name = path.last();
    path.iter().any(|group| group == DEDICATED) || FIXED.iter().any(|(_, column, _)| name.is_some_and(|n| n == column))
}

/// The attributes of all resources, or scopes, spans, events, links of a batch.
#[derive(Debug)]
pub struct Attributes<'a> {
    lists: Lists<'a>,
    keys: Bytes<'a>,
    is_array: Flags<'a>,
    values: Vec<Values<'a>>,
    as_json: Vec<Bytes<'a>>,
    as_proto: Option<Bytes<'a>>,
    columns: Vec<Column<'a>>,
}

/// A column of one attribute.
#[derive(Debug)]
struct Column<'a> {
    name: String,
    values: Values<'a>,
    /// Whether the empty text is no value: the column is required, and most resources need not have the attribute.
    required: bool,
    /// Whether the attribute's own name is unknown.
    nameless: bool,
}

/// What was noticed while attributes were written.
#[derive(Debug, Default)]
pub struct Noticed {
    /// A dedicated column whose attribute has no name holds a value.
    pub nameless: bool,
    /// Its texts.
    pub texts: Tally,
    /// Values of the list at hand that vParquet3 counts as dropped, and keeps.
    pub kept: u32,
}

impl<'a> Attributes<'a> {
    /// Those of a level. `owner` is the group of the resource, scope, span, event or link.
    pub fn of(owner: Option<&Group<'a>>, level: Level, meta: &Meta) -> Result<Attributes<'a>> {
        let nothing = Attributes {
            lists: Lists::EMPTY,
            keys: Bytes::EMPTY,
            is_array: Flags::EMPTY,
            values: Vec::new(),
            as_json: Vec::new(),
            as_proto: None,
            columns: Vec::new(),
        };
        let Some(owner) = owner else { return Ok(nothing) };
        let mut columns = Vec::new();
        for (_, column, attribute) in FIXED.iter().filter(|(of, ..)| *of == level) {
            if let Some(values) = owner.values(column)? {
                columns.push(Column { name: (*attribute).to_owned(), values, required: *column == "ServiceName", nameless: false });
            }
        }
        if let Some(dedicated) = owner.group(DEDICATED)? {
            for column in dedicated.names() {
                let Some(values) = dedicated.values(column)? else { continue };
                let name = meta.attribute(level, column);
                let nameless = name.is_none();
                let name = name.map_or_else(|| format!("{DEDICATED}.{column}"), str::to_owned);
                columns.push(Column { name, values, required: false, nameless });
            }
        }
        let Some((lists, pairs)) = owner.groups("Attrs")? else { return Ok(Attributes { columns, ..nothing }) };
        let (keys, is_array) = (pairs.bytes("Key")?, pairs.flags("IsArray")?);
        if !pairs.has("ValueInt") {
            // the events of vParquet3 have key and value only
            let as_proto = Some(pairs.bytes("Value")?);
            return Ok(Attributes { lists, keys, columns, as_proto, ..nothing });
        }
        let mut values = Vec::new();
        for column in ["Value", "ValueInt", "ValueDouble", "ValueBool"] {
            values.extend(pairs.values(column)?);
        }
        let as_json = AS_JSON.iter().filter(|c| pairs.has(c)).map(|c| pairs.bytes(c)).collect::<Result<_>>()?;
        Ok(Attributes { lists, keys, is_array, values, as_json, as_proto: None, columns })
    }

    /// Puts the attributes of a row onto the stack. An error leaves them there half written.
    pub fn write(&self, row: usize, kv: &mut KeyValues, noticed: &mut Noticed) -> Result<()> {
        noticed.kept = 0;
        for pair in self.lists.range(row) {
            let start = kv.position();
            self.value(pair, kv, noticed)?;
            kv.pair(text(self.keys.get(pair), &mut noticed.texts)?, start);
        }
        for column in &self.columns {
            column.write(row, kv, noticed)?;
        }
        Ok(())
    }

    /// The value of a pair: in exactly one of the columns.
    fn value(&self, pair: usize, kv: &mut KeyValues, noticed: &mut Noticed) -> Result<()> {
        if let Some(encoded) = self.as_proto {
            noticed.texts.take(encoded.get(pair).len())?;
            return from_proto_or_json(encoded.get(pair), kv);
        }
        let is_array = self.is_array.get(pair);
        if let Some(values) = self.values.iter().find(|v| !v.range(pair).is_empty()) {
            return write_values(values, pair, is_array, kv.value(), &mut noticed.texts);
        }
        if let Some(json) = self.as_json.iter().map(|c| c.get(pair)).find(|json| !json.is_empty()) {
            noticed.kept += 1;
            return from_json(text(json, &mut noticed.texts)?, kv);
        }
        kv.value().push_str(if is_array { "[]" } else { "null" });
        Ok(())
    }
}

impl Column<'_> {
    fn write(&self, row: usize, kv: &mut KeyValues, noticed: &mut Noticed) -> Result<()> {
        let range = self.values.range(row);
        let empty = self.required && matches!(self.values.scalars, Scalars::Text(texts) if texts.value(range.start).is_empty());
        if range.is_empty() || empty {
            return Ok(());
        }
        noticed.nameless |= self.nameless;
        let start = kv.position();
        // Tempo reads a dedicated column in the same way: only several values are sure to have been an array
        write_values(&self.values, row, range.len() > 1, kv.value(), &mut noticed.texts)?;
        kv.pair(&self.name, start);
        Ok(())
    }
}

/// The values of a row: its only one, or an array.
fn write_values(values: &Values, row: usize, is_array: bool, out: &mut String, tally: &mut Tally) -> Result<()> {
    let range = values.range(row);
    let is_array = is_array || range.len() > 1;
    if is_array {
        out.push('[');
    }
    for n in range.clone() {
        if n > range.start {
            out.push(',');
        }
        match values.scalars {
            Scalars::Text(texts) => canonical::string(out, text(texts.value(n), tally)?),
            Scalars::Int(ints) => canonical::int(out, ints.value(n)),
            Scalars::Double(doubles) => canonical::double(out, doubles.value(n)),
            Scalars::Bool(flags) => out.push_str(if flags.value(n) { "true" } else { "false" }),
        }
    }
    if is_array {
        out.push(']');
    }
    Ok(())
}

/// The JSON text of an `AnyValue`.
fn from_json(json: &str, kv: &mut KeyValues) -> Result<()> {
    let mut cursor = Cursor::new(json);
    value::any_value(&mut cursor, kv).map_err(|e| format!("an attribute's value is damaged JSON: {e}"))?;
    if cursor.peek().is_some() {
        return Err("an attribute's value is damaged JSON: more follows its end".to_owned());
    }
    Ok(())
}

/// A protobuf `AnyValue`; Tempo 2.0 wrote JSON in its place, and Tempo itself tries both.
fn from_proto_or_json(encoded: &[u8], kv: &mut KeyValues) -> Result<()> {
    let start = kv.position();
    let Err(error) = proto::any_value(encoded, kv) else { return Ok(()) };
    kv.value().truncate(start);
    match std::str::from_utf8(encoded) {
        Ok(json) if json.starts_with('{') => from_json(json, kv),
        _ => Err(format!("an attribute's value is damaged protobuf: {error}")),
    }
}
