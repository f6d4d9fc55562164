//! Rows as text, for tests to compare: column name → value; nulls are left out.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

use crate::columns::Columns;
use crate::rows::Rows;

pub type Row = BTreeMap<String, String>;

/// All rows of all tables, and nothing is left in `rows`.
pub fn all(rows: &mut Rows) -> [Vec<Row>; 3] {
    [rows.spans.finish(), rows.events.finish(), rows.metrics.finish()].map(|b| batch(&b.unwrap().0))
}

/// The samples of profiles, and none is left in `rows`.
pub fn samples(rows: &mut Rows) -> Vec<Row> {
    batch(&rows.profiles.finish().unwrap().0)
}

pub fn batch(batch: &RecordBatch) -> Vec<Row> {
    let schema = batch.schema();
    let row = |n: usize| {
        let cells = schema.fields().iter().zip(batch.columns()).filter(|(_, c)| c.is_valid(n));
        cells.map(|(field, column)| (field.name().clone(), cell(column.as_ref(), n))).collect()
    };
    (0..batch.num_rows()).map(row).collect()
}

fn cell(column: &dyn Array, n: usize) -> String {
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(n).to_owned(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(n).to_string(),
        DataType::Float64 => format!("{:?}", column.as_primitive::<Float64Type>().value(n)),
        DataType::Boolean => column.as_boolean().value(n).to_string(),
        DataType::Timestamp(..) => column.as_primitive::<TimestampNanosecondType>().value(n).to_string(),
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(n);
            (0..list.len()).map(|i| cell(list.as_ref(), i)).collect::<Vec<_>>().join(" ")
        }
        other => panic!("no such type in a raw table: {other}"),
    }
}
