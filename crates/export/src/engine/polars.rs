//! polars: a Python module with a function for lazy frames. Times are Datetime("ns", "UTC").

use tracemill_model::Kind;

use super::Source;
use super::python::constants;

const FUNCTIONS: &str = r#"

def scan(name):
    """A table as a lazy frame."""
    schema, files = SCHEMAS[name], FILES[name]
    if files == []:
        return pl.LazyFrame(schema=schema)
    columns = {name: kind for name, kind in schema.items() if name != "date"}
    return pl.scan_parquet(
        f"{LAKE}/{name}/date=*/*.parquet" if files is None else files,
        glob=files is None,
        schema=columns,
        missing_columns="insert",
        hive_partitioning=True,
        hive_schema={"date": pl.Date},
    ).select(list(schema))
"#;

/// The module.
pub fn tables(source: &Source) -> String {
    let constants = constants(source, kind, "pl.Date", |columns| format!("dict([{columns}])"));
    format!("import polars as pl\n\n{constants}{FUNCTIONS}")
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json => "pl.String",
        Kind::Int => "pl.Int64",
        Kind::Float => "pl.Float64",
        Kind::Bool => "pl.Boolean",
        Kind::Time => "pl.Datetime(\"ns\", \"UTC\")",
        Kind::Ints => "pl.List(pl.Int64)",
        Kind::Floats => "pl.List(pl.Float64)",
    }
}
