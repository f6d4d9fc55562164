//! What the `meta.json` of a block says of its columns: the attributes whose values lie in dedicated columns have their names nowhere else
//! (Tempo, `tempodb/backend/block_meta.go`). Border: names of attributes; which columns there are is told by the schema.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

/// Names of the file; a block that was compacted into another keeps its own under the second name until it is deleted.
pub const NAMES: [&str; 2] = ["meta.json", "meta.compacted.json"];

/// Bytes of it that are looked at. Real ones have hundreds.
const MAX_BYTES: u64 = 1 << 20;

/// Levels at which an attribute can have a dedicated column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Of a resource.
    Resource,
    /// Of a span.
    Span,
    /// Of an event of a span (vParquet5).
    Event,
    /// No version has them there; what lies there is kept all the same.
    Other,
}

impl Level {
    fn of(word: &str) -> Level {
        match word {
            "resource" => Level::Resource,
            "" | "span" => Level::Span,
            "event" => Level::Event,
            _ => Level::Other,
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Meta {
    /// Whether there is such a file, and it can be understood.
    pub found: bool,
    /// `vParquet4`; empty where unknown.
    pub format: String,
    /// What is odd about it, for a warning; empty where nothing is.
    pub odd: String,
    columns: Vec<(Level, String, String)>,
}

impl Meta {
    /// The one that lies beside a block's file.
    pub fn beside(path: Option<&Path>) -> Meta {
        let Some(folder) = path.and_then(Path::parent) else { return Meta::default() };
        let candidates = NAMES.map(|name| folder.join(name));
        let Some(found) = candidates.iter().find(|p| p.is_file()) else { return Meta::default() };
        read(found).unwrap_or_else(|odd| Meta { odd, ..Meta::default() })
    }

    /// The attribute whose values lie in a dedicated column. `column` is its name in the schema: `String01` is the first text attribute of the
    /// level in the order of the file, `Int02` the second of its integers.
    pub fn attribute(&self, level: Level, column: &str) -> Option<&str> {
        let digits = column.find(|c: char| c.is_ascii_digit())?;
        let (kind, number) = (column[..digits].to_ascii_lowercase(), column[digits..].parse::<usize>().ok()?);
        let mut same = self.columns.iter().filter(|(l, k, _)| *l == level && *k == kind);
        same.nth(number.checked_sub(1)?).map(|(_, _, name)| name.as_str())
    }
}

/// Whether a file is one of these.
pub fn is_one(path: &Path) -> bool {
    read(path).is_ok()
}

fn read(path: &Path) -> Result<Meta, String> {
    let mut text = String::new();
    let opened = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    let _ = opened.map_err(|e| format!("the meta.json beside it cannot be read: {e}"))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Meta, String> {
    let document: Value = serde_json::from_str(text).map_err(|e| format!("the meta.json beside it is damaged: {e}"))?;
    let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut meta = Meta { found: true, format: word(&document, "format"), ..Meta::default() };
    if !meta.format.starts_with("vParquet") {
        return Err(format!("the meta.json beside it is none of a Parquet block: its format is {:?}", meta.format));
    }
    for column in document.get("dedicatedColumns").and_then(Value::as_array).into_iter().flatten() {
        // of what is left out the scope is the span's, and the type is text
        let (scope, kind, name) = (word(column, "s"), word(column, "t"), word(column, "n"));
        let level = Level::of(&scope);
        if level == Level::Other {
            meta.odd = format!("its meta.json has a dedicated column of the scope {scope:?}, which tracemill does not know");
        }
        let kind = if kind.is_empty() { "string".to_owned() } else { kind.to_ascii_lowercase() };
        meta.columns.push((level, kind, name));
    }
    Ok(meta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_by_level_and_type() {
        let meta = parse(
            r#"{"format":"vParquet5","dedicatedColumns":[{"s":"resource","n":"a"},{"n":"b"},{"n":"c","t":"int"},{"n":"d","o":["array"]},
            {"s":"event","n":"e"},{"s":"span","n":"f","t":"string"},{"s":"resource","n":"g","t":"int"}]}"#,
        )
        .unwrap();
        for (level, column, name) in [
            (Level::Resource, "String01", Some("a")),
            (Level::Resource, "Int01", Some("g")),
            (Level::Span, "String01", Some("b")),
            (Level::Span, "String02", Some("d")),
            (Level::Span, "String03", Some("f")),
            (Level::Span, "String04", None),
            (Level::Span, "Int01", Some("c")),
            (Level::Event, "String01", Some("e")),
            (Level::Event, "Int01", None),
            (Level::Span, "String00", None),
            (Level::Span, "String", None),
        ] {
            assert_eq!(meta.attribute(level, column), name, "{level:?} {column}");
        }
        assert_eq!(meta.odd, "");
    }

    #[test]
    fn what_is_odd_is_told() {
        assert!(parse(r#"{"format":"vParquet9","dedicatedColumns":[{"s":"moon","n":"a"}]}"#).unwrap().odd.contains("moon"));
        assert!(parse(r#"{"format":"v2"}"#).unwrap_err().contains("v2"));
        assert!(parse("<html>").unwrap_err().contains("damaged"));
        let folder = tempfile::tempdir().unwrap();
        assert!(!Meta::beside(Some(&folder.path().join("data.parquet"))).found);
        std::fs::write(folder.path().join("meta.compacted.json"), r#"{"format":"vParquet4"}"#).unwrap();
        assert_eq!(Meta::beside(Some(&folder.path().join("data.parquet"))).format, "vParquet4");
        std::fs::write(folder.path().join("meta.json"), "{").unwrap();
        assert!(Meta::beside(Some(&folder.path().join("data.parquet"))).odd.contains("damaged"));
        assert!(!Meta::beside(None).found);
    }
}
