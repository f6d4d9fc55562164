use super::*;

#[test]
fn every_text_of_the_raw_tables_is_looked_through_or_named_here() {
    // ids, words of the protocol and of the program, names that programs are built with, and what attributes say too
    let others = [
        "record_id",
        "trace_id",
        "span_id",
        "parent_span_id",
        "span_record_id",
        "profile_id",
        "source_id",
        "system",
        "kind",
        "status",
        "time_source",
        "origin",
        "severity",
        "type",
        "unit",
        "temporality",
        "sample_type",
        "sample_unit",
        "period_type",
        "period_unit",
        "original_payload_format",
        "metric",
        "series",
        "description",
        "service_name",
        "service_version",
        "scope_name",
        "scope_version",
        "schema_url",
        "truncated_attributes",
        "quantiles",
        "attribute_units",
        "redacted",
    ];
    for table in tracemill_model::tables::RAW {
        let columns = TABLES.iter().find(|t| t.table == table.name).unwrap();
        for column in table.columns.iter().filter(|c| matches!(c.kind, tracemill_model::Kind::Text | tracemill_model::Kind::Json)) {
            let looked = columns.names[WHOSE - 2..].contains(&column.name);
            assert!(looked || others.contains(&column.name), "{}.{}", table.name, column.name);
        }
        for (n, name) in columns.names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let kind = table.columns[table.index(name).unwrap()].kind;
            let text = n < WHOSE - 2 || (WHOSE..WHOSE + columns.texts).contains(&n);
            assert_eq!(kind == tracemill_model::Kind::Json, !text, "{}.{name}", table.name);
        }
    }
}
