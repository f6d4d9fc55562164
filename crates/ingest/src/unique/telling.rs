//! What one row tells of a log record, in words that all systems have in common: labels as Loki spells them. Border: one row read, two rows
//! compared; which rows are compared is `twins`' business.
//!
//! Loki's spelling of OTLP (pkg/loghttp/push): resource, scope and record attributes in one flat map, every character outside
//! `[a-zA-Z0-9_]` an underscore, maps flattened, all values text, empty ones gone. So it is the least that two tellings can share.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::dictionary::spelled;
use crate::system::System;

/// See the module.
#[derive(Debug, Clone)]
pub struct Telling {
    system: System,
    record_id: String,
    /// Hashes of a label's name and value, sorted; a name that two attributes share is there with each of their values.
    labels: Vec<(u32, u32)>,
    /// Names whose value cannot be compared: lists, bytes.
    opaque: Vec<u32>,
    /// All that the record is called: Loki shows one of its names.
    names: Vec<u32>,
    line: Option<u32>,
}

impl Telling {
    /// The columns it is read from.
    pub const COLUMNS: [&str; 15] = [
        "record_id",
        "event_name",
        "record_name",
        "severity",
        "severity_number",
        "body",
        "trace_id",
        "span_id",
        "flags",
        "dropped_attributes_count",
        "scope_name",
        "scope_version",
        "scope_attributes",
        "attributes",
        "resource",
    ];

    /// What a row of `events` tells.
    pub fn read(batch: &RecordBatch, row: usize, system: System) -> Telling {
        let text = |name| {
            let column = batch.column_by_name(name)?.as_string_opt::<i32>()?;
            column.is_valid(row).then(|| column.value(row))
        };
        let number = |name| {
            let column = batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
            (column.is_valid(row) && column.value(row) != 0).then(|| column.value(row).to_string())
        };
        let mut telling = Telling {
            system,
            record_id: text("record_id").unwrap_or_default().to_owned(),
            labels: Vec::new(),
            opaque: Vec::new(),
            names: ["event_name", "record_name"].into_iter().filter_map(text).map(hash).collect(),
            line: text("body").and_then(|body| serde_json::from_str(body).ok()).map(|body| hash(&line(body))),
        };
        for (name, column) in [
            ("severity_text", "severity"),
            ("trace_id", "trace_id"),
            ("span_id", "span_id"),
            ("scope_name", "scope_name"),
            ("scope_version", "scope_version"),
        ] {
            telling.scalar(name, text(column).unwrap_or_default());
        }
        for (name, column) in [("severity_number", "severity_number"), ("flags", "flags"), ("dropped_attributes_count", "dropped_attributes_count")] {
            telling.scalar(name, &number(column).unwrap_or_default());
        }
        for column in ["resource", "scope_attributes", "attributes"] {
            if let Some(Ok(Value::Object(map))) = text(column).map(serde_json::from_str) {
                map.iter().for_each(|(key, value)| telling.label(&spelled(key), value));
            }
        }
        telling.labels.sort_unstable();
        telling.labels.dedup();
        telling.labels.shrink_to_fit();
        telling
    }

    /// The system that told it.
    pub fn system(&self) -> System {
        self.system
    }

    /// The greater stands: the richer system, then what says more; the record's id makes the order total.
    pub fn rank(&self) -> (u8, usize, &str) {
        (self.system.richness(), self.labels.len() + self.opaque.len(), &self.record_id)
    }

    /// Whether two tellings, of one time, are of one record: nothing in them differs, and something is equal.
    pub fn same_record(&self, other: &Telling) -> bool {
        let (named, either) = (!self.names.is_empty() && !other.names.is_empty(), !self.names.is_empty() || !other.names.is_empty());
        if named && !self.names.iter().any(|name| other.names.contains(name)) {
            return false;
        }
        // a query can rewrite the line (`line_format`) and leave labels out (`keep`); of an event, unlike of a line of text, the line is not
        // what makes it that event
        if !either && self.line != other.line {
            return false;
        }
        let (few, many) = if self.labels.len() < other.labels.len() { (self, other) } else { (other, self) };
        let agrees = |label: &&(u32, u32)| many.labels.binary_search(label).is_ok();
        if !few.labels.is_empty() && !few.labels.iter().any(|label| agrees(&label)) {
            return false;
        }
        few.labels.iter().all(|label| agrees(&label) || !contradicts(few, many, label.0))
    }

    /// The labels of a name.
    fn values(&self, name: u32) -> &[(u32, u32)] {
        let from = self.labels.partition_point(|label| label.0 < name);
        &self.labels[from..from + self.labels[from..].partition_point(|label| label.0 == name)]
    }

    fn label(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(value) => self.scalar(name, if *value { "true" } else { "false" }),
            Value::Number(value) => self.scalar(name, &value.to_string()),
            Value::String(value) if name == "event_name" => self.names.push(hash(value)),
            Value::String(value) => self.scalar(name, value),
            Value::Array(_) => self.opaque.push(hash(name)),
            // the canonical form of bytes and of doubles that are no numbers
            Value::Object(map) if map.len() == 1 && (map.contains_key("bytesValue") || map.contains_key("doubleValue")) => {
                self.opaque.push(hash(name));
            }
            Value::Object(map) => map.iter().for_each(|(key, value)| self.label(&format!("{name}_{}", spelled(key)), value)),
        }
    }

    fn scalar(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.labels.push((hash(name), number(value).unwrap_or_else(|| hash(value))));
        }
    }
}

/// Whether both have values of that name, none of which they share.
fn contradicts(a: &Telling, b: &Telling, name: u32) -> bool {
    if a.opaque.contains(&name) || b.opaque.contains(&name) {
        return false;
    }
    let (a, b) = (a.values(name), b.values(name));
    !b.is_empty() && !a.iter().any(|label| b.contains(label))
}

/// A body as a line of text. Loki writes lists and maps as JSON, so text that is JSON stands for what it says.
fn line(body: Value) -> String {
    match body {
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(inner @ (Value::Array(_) | Value::Object(_))) => plain(&inner),
            _ => text,
        },
        other => plain(&other),
    }
}

/// JSON in one spelling.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Number(value) => number(&value.to_string()).map_or_else(|| value.to_string(), |hash| hash.to_string()),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(",")),
        Value::Object(map) => match (map.len(), map.get("bytesValue")) {
            (1, Some(bytes)) => plain(bytes),
            _ => format!("{{{}}}", map.iter().map(|(key, value)| format!("{key:?}:{}", plain(value))).collect::<Vec<_>>().join(",")),
        },
        other => other.to_string(),
    }
}

/// Half a hash is enough: few labels are compared with few.
fn hash(text: &str) -> u32 {
    xxh3_64(text.as_bytes()) as u32
}

/// A number's hash, the same for `3`, `3.0` and `3e0`: systems write numbers differently. Twelve digits of a double count: its last bit does not
/// survive every reader and writer.
fn number(text: &str) -> Option<u32> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return None;
    }
    if let Ok(int) = text.parse::<i64>() {
        return Some(hash(&int.to_string()));
    }
    let double: f64 = text.parse().ok()?;
    Some(hash(&if double.fract() == 0.0 && double.abs() < 1e15 { format!("{double:.0}") } else { format!("{double:.12e}") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Columns;
    use crate::record::{LogRecord, Resource, Texts};
    use crate::rows::Rows;

    /// A record with the given attributes as JSON, as a system tells it.
    fn telling(system: System, resource: &str, attributes: &str, event: &str, body: &str) -> Telling {
        let mut rows = Rows::default();
        let _ = rows.begin_request();
        rows.set_system(system);
        rows.set_resource(Resource { text: resource.to_owned(), ..Resource::default() });
        let texts = Texts { attributes: attributes.to_owned(), body: body.to_owned(), ..Texts::default() };
        rows.log_record(&LogRecord { time_ns: 1_795_369_212_000_000_000, event_name: event.into(), ..LogRecord::default() }, &texts);
        let (batch, _) = rows.events.finish().unwrap();
        Telling::read(&batch, 0, system)
    }

    const RESOURCE: &str = r#"{"service.name":"codex_exec"}"#;
    const TYPED: &str =
        r#"{"a.b":3.0,"cost":0.0014399999999999999,"call_id":"c1","flag":true,"list":[1,2],"map":{"k.1":{"deep":7}},"n":12,"none":null,"empty":""}"#;

    #[test]
    fn types_dots_and_origin_may_be_lost() {
        let original = telling(System::Otlp, RESOURCE, TYPED, "", "");
        let flat = r#"{"a_b":"3","cost":"0.0014399999999999999","call_id":"c1","flag":"true","list":"[1,2]","map_k_1_deep":"7","n":"12","service_name":"codex_exec"}"#;
        assert!(original.same_record(&telling(System::Loki, "{}", flat, "", "")));
        // constants that an export left out, and labels that a query added
        assert!(original.same_record(&telling(System::Loki, "{}", r#"{"call_id":"c1","what":"x"}"#, "", "")));
        assert!(original.same_record(&telling(System::Loki, "{}", "{}", "", "")));
        for other in [r#"{"call_id":"c2"}"#, r#"{"call_id":"c1","n":"13"}"#, r#"{"other":"c1"}"#] {
            assert!(!original.same_record(&telling(System::Loki, "{}", other, "", "")), "{other}");
        }
    }

    #[test]
    fn a_record_may_be_called_by_either_of_its_names() {
        let named = r#"{"call_id":"c1","event.name":"codex.tool_result"}"#;
        let original = telling(System::Otlp, RESOURCE, named, "event otel/src/lib.rs:7", "");
        let of = |name: &str| telling(System::Loki, "{}", r#"{"call_id":"c1"}"#, name, "");
        assert!(original.same_record(&of("codex.tool_result")) && original.same_record(&of("event otel/src/lib.rs:7")));
        assert!(!original.same_record(&of("codex.tool_decision")));
    }

    #[test]
    fn lines_of_text_are_their_lines_and_events_are_not() {
        let line = |system, body| telling(system, RESOURCE, "{}", "", body);
        assert!(line(System::Otlp, "\"one\"").same_record(&line(System::Loki, "\"one\"")));
        assert!(!line(System::Otlp, "\"one\"").same_record(&line(System::Loki, "\"two\"")));
        assert!(line(System::Otlp, "[\"a\",{\"k\":2.0}]").same_record(&line(System::Loki, r#""[\"a\",{\"k\":2}]""#)));
        let event = |system, body| telling(system, RESOURCE, r#"{"id":"1"}"#, "e", body);
        assert!(event(System::Otlp, "\"e\"").same_record(&event(System::Loki, "\"rewritten\"")));
    }

    #[test]
    fn the_richer_system_stands_then_what_says_more() {
        let of = |system, attributes| telling(system, "{}", attributes, "", "");
        let (one, two) = (r#"{"a":"1"}"#, r#"{"a":"1","b":"2"}"#);
        assert!(of(System::Otlp, one).rank() > of(System::Loki, two).rank());
        assert!(of(System::Loki, two).rank() > of(System::Loki, one).rank());
    }
}
