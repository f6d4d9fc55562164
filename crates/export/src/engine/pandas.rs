//! pandas: a Python module with a function for frames, by pyarrow. Times are datetime64[ns, UTC].

use tracemill_model::Kind;

use super::Source;
use super::python::constants;

const FUNCTIONS: &str = r#"

def dataset(name):
    """A table as a pyarrow dataset: for what is read batch by batch, or with a filter."""
    schema, files = SCHEMAS[name], FILES[name]
    if files == []:
        return ds.dataset(schema.empty_table())
    days = ds.partitioning(pa.schema([("date", pa.date32())]), flavor="hive")
    folder = f"{LAKE}/{name}"
    if files is None:
        # names that begin with an underscore, as that of a Delta log, are passed over
        return ds.dataset(folder, schema=schema, format="parquet", partitioning=days)
    return ds.dataset(files, schema=schema, format="parquet", partitioning=days, partition_base_dir=folder)


def table(name, columns=None, filter=None):
    """A table, or columns of it, as a frame. A filter is pyarrow's: ds.field("date") == datetime.date(2026, 11, 22)."""
    return dataset(name).to_table(columns=columns, filter=filter).to_pandas()
"#;

/// The module.
pub fn tables(source: &Source) -> String {
    let constants = constants(source, kind, "pa.date32()", |columns| format!("pa.schema([{columns}])"));
    format!("import pyarrow as pa\nimport pyarrow.dataset as ds\n\n{constants}{FUNCTIONS}")
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json => "pa.string()",
        Kind::Int => "pa.int64()",
        Kind::Float => "pa.float64()",
        Kind::Bool => "pa.bool_()",
        Kind::Time => "pa.timestamp(\"ns\", tz=\"UTC\")",
        Kind::Ints => "pa.list_(pa.int64())",
        Kind::Floats => "pa.list_(pa.float64())",
    }
}
