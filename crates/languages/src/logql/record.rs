//! Log records of the lake as Loki's OTLP endpoint would hold them (Grafana Loki 3, "Ingesting logs to Loki using OpenTelemetry
//! Collector", default configuration): stream labels of some resource attributes, everything else as structured metadata,
//! the body as line. Border: rows in, records out; no question is known here.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tracemill_model::read::Rows;

use super::fields::{Category, Fields};
use super::level;
use crate::otlp;

/// The columns of `events` that a record is made of.
pub(super) const COLUMNS: [&str; 17] = [
    "time",
    "observed_time",
    "time_source",
    "origin",
    "event_name",
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

/// Resource attributes that make a stream.
const STREAM: [&str; 17] = [
    "service.name",
    "service.namespace",
    "service.instance.id",
    "deployment.environment",
    "deployment.environment.name",
    "cloud.region",
    "cloud.availability_zone",
    "k8s.cluster.name",
    "k8s.namespace.name",
    "k8s.pod.name",
    "k8s.container.name",
    "container.name",
    "k8s.replicaset.name",
    "k8s.deployment.name",
    "k8s.statefulset.name",
    "k8s.daemonset.name",
    "k8s.job.name",
];

type Pairs = Vec<(Arc<str>, Arc<str>, Category)>;

/// What all records of a resource and scope have in common.
#[derive(Debug)]
pub(crate) struct Base {
    /// Labels of the stream.
    pub stream: Fields,
    all: Pairs,
}

/// Makes records of rows; remembers the names and resources that it has seen.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    names: FxHashMap<String, Arc<str>>,
    bases: FxHashMap<String, Arc<Base>>,
}

/// The name that Loki gives an attribute: every character outside `[a-zA-Z0-9_]` an underscore, `key_` before a digit.
pub(crate) fn label_name(attribute: &str) -> String {
    let mut name: String = attribute.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert_str(0, "key_");
    }
    name
}

impl Reader {
    fn name(&mut self, attribute: &str) -> Arc<str> {
        if let Some(name) = self.names.get(attribute) {
            return name.clone();
        }
        let name: Arc<str> = Arc::from(label_name(attribute));
        self.names.insert(attribute.to_string(), name.clone());
        name
    }

    fn attributes(&mut self, json: Option<&str>, category: Category, into: &mut Pairs) {
        let Some(json) = json.filter(|j| *j != "{}") else { return };
        otlp::flattened(json, &mut |name, value| {
            if !value.is_empty() {
                into.push((self.name(name), Arc::from(value), category));
            }
        });
    }

    /// What a row's resource and scope give its record.
    pub fn base(&mut self, rows: &Rows, row: usize) -> Arc<Base> {
        let texts = [12, 13, 14, 16].map(|column| rows.text(column).get(row).unwrap_or_default());
        let key = texts.join("\u{0}");
        if let Some(base) = self.bases.get(&key) {
            return base.clone();
        }
        let [scope_name, scope_version, scope_attributes, resource] = texts;
        let mut all = Pairs::new();
        self.attributes(Some(resource).filter(|r| !r.is_empty()), Category::Metadata, &mut all);
        for (name, _, category) in &mut all {
            if STREAM.iter().chain(&["k8s.cronjob.name"]).any(|attribute| label_name(attribute) == **name) {
                *category = Category::Stream;
            }
        }
        if !all.iter().any(|(name, ..)| &**name == "service_name") {
            // Loki's `discover_service_name`: the first of these that the stream has
            let found = ["container_name", "k8s_container_name", "k8s_job_name"].iter().find_map(|known| all.iter().find(|(n, ..)| **n == **known));
            let service = found.map_or_else(|| Arc::from("unknown_service"), |(_, value, _)| value.clone());
            all.push((Arc::from("service_name"), service, Category::Stream));
        }
        self.attributes(Some(scope_attributes).filter(|a| !a.is_empty()), Category::Metadata, &mut all);
        for (name, value) in [("scope_name", scope_name), ("scope_version", scope_version)] {
            if !value.is_empty() {
                all.push((Arc::from(name), Arc::from(value), Category::Metadata));
            }
        }
        let stream = Fields::of(all.iter().filter(|(.., c)| *c == Category::Stream).cloned().collect());
        let base = Arc::new(Base { stream, all });
        self.bases.insert(key, base.clone());
        base
    }

    /// A row's labels.
    pub fn fields(&mut self, base: &Base, rows: &Rows, row: usize, line: &str) -> Fields {
        let mut all = base.all.clone();
        let before = all.len();
        self.attributes(rows.text(15).get(row), Category::Metadata, &mut all);
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                all.push((Arc::from(name), Arc::from(value), Category::Metadata));
            }
        };
        let (severity, number) = (rows.text(5).get(row).unwrap_or_default(), rows.ints(6).get(row).unwrap_or(0));
        add("severity_text", severity);
        if number != 0 {
            add("severity_number", &number.to_string());
        }
        for (name, column) in [("trace_id", 8), ("span_id", 9)] {
            add(name, rows.text(column).get(row).unwrap_or_default());
        }
        for (name, column) in [("flags", 10), ("dropped_attributes_count", 11)] {
            if let Some(value) = rows.ints(column).get(row).filter(|v| *v != 0) {
                add(name, &value.to_string());
            }
        }
        if let Some(observed) = rows.times(1).get(row).filter(|_| rows.text(2).get(row) == Some("record")) {
            add("observed_timestamp", &observed.to_string());
        }
        // the record's own name is a label where no attribute says another, unless it is a place in a program's source
        let own = rows.text(4).get(row).filter(|name| !name.starts_with("event "));
        if let Some(own) = own.filter(|_| !all[before..].iter().any(|(name, ..)| &**name == "event_name")) {
            all.push((Arc::from("event_name"), Arc::from(own), Category::Metadata));
        }
        if !all.iter().any(|(name, ..)| &**name == "detected_level") {
            let found = level::detect(all.iter().map(|(n, v, _)| (&**n, &**v)), line);
            all.push((Arc::from("detected_level"), Arc::from(found), Category::Metadata));
        }
        Fields::of(all)
    }
}

/// When Loki has a record to be: its own time, else when it was observed.
pub(super) fn time(rows: &Rows, row: usize) -> Option<i64> {
    let time = rows.times(0).get(row);
    if rows.text(2).get(row) == Some("record") { time } else { rows.times(1).get(row).or(time) }
}

/// A record's line: its body as text.
pub(super) fn line(rows: &Rows, row: usize) -> String {
    rows.text(7).get(row).map(otlp::of_json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(label_name("event.name"), "event_name");
        assert_eq!(label_name("a-dash/slash"), "a_dash_slash");
        assert_eq!(label_name("9x"), "key_9x");
    }

    #[test]
    fn values_are_text_and_maps_are_flat() {
        let mut seen = Vec::new();
        let json = r#"{"a":{"k1":"v\n","k2":{"deep":5}},"b":{"bytesValue":"AAH"},"c":[ "x",1,2.5],"d":3.0,"e":null,"f":true,"g":9007199254740993}"#;
        otlp::flattened(json, &mut |name, value| seen.push((name.to_string(), value.to_string())));
        let expected =
            [("a_k1", "v\n"), ("a_k2_deep", "5"), ("b", "AAH"), ("c", "[\"x\",1,2.5]"), ("d", "3"), ("f", "true"), ("g", "9007199254740993")];
        assert_eq!(seen, expected.map(|(n, v)| (n.to_string(), v.to_string())));
        assert_eq!((otlp::of_json("\"a\\nb\""), otlp::of_json("{\"b\":1}"), otlp::of_json("42")), ("a\nb".into(), "{\"b\":1}".into(), "42".into()));
    }
}
