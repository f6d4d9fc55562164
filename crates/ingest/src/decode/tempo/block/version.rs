//! Which version of Tempo's blocks a Parquet file is, from its schema alone (Tempo, `tempodb/encoding/vparquet*/schema.go`), and what it is
//! where it is none. Border: a schema in, a version or a reason out.

use parquet::schema::types::{SchemaDescriptor, Type};
use tracemill_model::tables;

/// Root columns shown of a file of someone else's.
const SHOWN_COLUMNS: usize = 8;

/// The versions that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Attributes have one value at most; events and links lie in protobuf.
    V3,
    /// Attributes have lists of values; ten dedicated columns of texts a level.
    V4,
    /// Lists are bare repeated groups; dedicated columns are those configured, and lists.
    V5,
}

impl Version {
    /// Its name, as `meta.json` has it.
    pub fn name(self) -> &'static str {
        match self {
            Version::V3 => "vParquet3",
            Version::V4 => "vParquet4",
            Version::V5 => "vParquet5",
        }
    }

    /// The version that a schema is of, or why the file is refused.
    pub fn of(schema: &SchemaDescriptor) -> Result<Version, String> {
        let root = schema.root_schema();
        if !root.is_group() || child(root, &["TraceID"]).is_none() || child(root, &["rs"]).is_none() {
            return Err(foreign(root));
        }
        if child(root, &["rs", "ils"]).is_some() {
            return Err(old("vParquet", "it can only be read by the Tempo of its time (2.0 and before)"));
        }
        let span = child(root, &["rs", "ss", "Spans"]);
        let has = |path: &[&str]| span.is_some_and(|span| child(span, path).is_some());
        match () {
            () if has(&["Attrs", "IsArray"]) => {
                // the first drafts of vParquet5 still had the fixed columns for HTTP, but already the rounded times
                let four = has(&["HttpMethod"]) && !has(&["StartTimeRounded15"]);
                Ok(if four { Version::V4 } else { Version::V5 })
            }
            () if has(&["SpanID"]) && has(&["DedicatedAttributes"]) => Ok(Version::V3),
            () if has(&["Attrs"]) => {
                Err(old("vParquet2", "convert it with tempo-cli parquet convert-2to3 and convert-3to4 (Tempo 2.x), then ingest the result"))
            }
            () => Err(format!(
                "a Tempo block of a version that tracemill does not know (it reads vParquet3, 4 and 5): its spans have {}; fetch the traces \
                 by the API instead",
                span.map_or_else(|| "no columns".to_owned(), names)
            )),
        }
    }
}

fn old(version: &str, advice: &str) -> String {
    format!("a Tempo block of version {version}, which is not read; {advice}")
}

/// The column at a path, past the inner levels of lists.
fn child<'t>(group: &'t Type, path: &[&str]) -> Option<&'t Type> {
    let Some((name, rest)) = path.split_first() else { return Some(group) };
    if !group.is_group() {
        return None;
    }
    let fields = group.get_fields();
    if let Some(found) = fields.iter().find(|f| f.name() == *name) {
        return child(found, rest);
    }
    child(inner(group)?, path)
}

/// The next level of a list in three levels.
fn inner(group: &Type) -> Option<&Type> {
    let [only] = (if group.is_group() { group.get_fields() } else { &[] }) else { return None };
    matches!(only.name(), "list" | "element").then_some(only)
}

/// Names of a group's columns, some of them.
fn names(group: &Type) -> String {
    if let Some(inner) = inner(group) {
        return names(inner);
    }
    if !group.is_group() {
        return "no columns".to_owned();
    }
    let fields = group.get_fields();
    let shown: Vec<String> = fields.iter().take(SHOWN_COLUMNS).map(|f| format!("{:?}", f.name())).collect();
    let more = if fields.len() > SHOWN_COLUMNS { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Whose a file may be that is no block.
fn foreign(root: &Type) -> String {
    // a part that an older release wrote may lack columns of today's table
    let fields = if root.is_group() { root.get_fields() } else { &[] };
    let own = tables::all().find(|table| fields.len() > 3 && fields.iter().all(|f| table.index(f.name()).is_some()));
    if let Some(table) = own {
        return format!("a part of the table {} of a tracemill lake, which is queried with --lake and not ingested", table.name);
    }
    format!("a Parquet file, but no Tempo block: its columns are {}; export it as OTLP, or query it with tracemill sql", names(root))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn of(spans: &str) -> Result<Version, String> {
        let schema = format!(
            "message Trace {{ required binary TraceID; required group rs (LIST) {{ repeated group list {{ required group element {{
               required group ss (LIST) {{ repeated group list {{ required group element {{
                 required group Spans (LIST) {{ repeated group list {{ required group element {{ {spans} }} }} }}
             }} }} }} }} }} }} }}"
        );
        whole(&schema)
    }

    fn whole(schema: &str) -> Result<Version, String> {
        Version::of(&SchemaDescriptor::new(Arc::new(parse_message_type(schema).unwrap())))
    }

    #[test]
    fn versions_are_told_by_their_columns() {
        let attrs = |rest: &str| {
            format!("required group Attrs (LIST) {{ repeated group list {{ required group element {{ required binary Key (STRING); {rest} }} }} }}")
        };
        let (lists, scalars) = (attrs("required boolean IsArray;"), attrs("optional binary Value (STRING);"));
        let (http, dedicated) = ("optional binary HttpMethod (STRING);", "required group DedicatedAttributes { optional binary String01 (STRING); }");
        assert_eq!(of(&format!("required binary SpanID; {lists} {http} {dedicated}")), Ok(Version::V4));
        assert_eq!(of(&format!("required binary SpanID; {lists} {dedicated}")), Ok(Version::V5));
        assert_eq!(of(&format!("required binary SpanID; {scalars} {http} {dedicated}")), Ok(Version::V3));
        let bare = "message Trace { required binary TraceID; repeated group rs { repeated group ss { repeated group Spans {
            required binary SpanID; repeated group Attrs { required binary Key; required boolean IsArray; } } } } }";
        assert_eq!(whole(bare), Ok(Version::V5));
        let refused = |outcome: Result<Version, String>, words: &str| assert!(outcome.as_ref().is_err_and(|e| e.contains(words)), "{outcome:?}");
        refused(of(&format!("required binary SpanID; {scalars} {http}")), "vParquet2");
        refused(of("required binary Body;"), "Body");
        refused(
            whole("message Trace { required binary TraceID; repeated group rs { repeated group ils { required binary a; } } }"),
            "version vParquet,",
        );
        refused(whole("message m { required int64 id; optional binary name (STRING); }"), r#"its columns are "id", "name";"#);
    }

    #[test]
    fn a_part_of_a_lake_is_known() {
        let columns: Vec<String> = tables::SPANS.columns.iter().map(|c| format!("optional binary {};", c.name)).collect();
        let outcome = whole(&format!("message arrow_schema {{ {} }}", columns.join(" ")));
        assert!(outcome.as_ref().is_err_and(|e| e.contains("the table spans of a tracemill lake")), "{outcome:?}");
    }
}
